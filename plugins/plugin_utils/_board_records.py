# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the records of one occurrence say: its runs, what workstations answered in them, and people's notes.

Pure functions. They take any record that a trail can hold: what is missing or of another form is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record, of_occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.table import FAILED, UNREACHABLE, Found, Row
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import show

RESULT = "result"
NOTE = "note"
READINESS = "readiness"
GATE = "gate"
INVENTORY = "the inventory"  # what a finding is about that is no workstation's


@dataclass(frozen=True)
class DayRun:
    """One run of a phase. ``end`` None: the trail has none, so it is still on or was cut off.

    ``refused``: why the gate did not let it pass. ``pretended``: a sandbox's; its times are those it pretended.
    """

    id: str
    phase: str
    who: str
    controller: str
    start: datetime
    last: datetime  # of its last record
    seqs: tuple[int, int]
    end: datetime | None = None
    check: bool = False
    hosts: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    force: str = ""
    overridden: tuple[str, ...] = ()
    refused: str = ""
    pretended: bool = False
    trail: str = ""  # which of several merged trails it is from

    @property
    def elapsed(self) -> timedelta:
        return self.last - self.start


@dataclass(frozen=True)
class Answer:
    """What one record says of one workstation: ``heard`` is ``result``, ``failed`` or ``unreachable``.

    ``not_clean`` None: nobody looked. ``keys``: RAP keys of it were seen.
    """

    seq: int
    at: datetime
    run: str
    phase: str
    step: str
    host: str
    heard: str
    rows: tuple[Row, ...] = ()
    findings: tuple[Found, ...] = ()
    not_clean: str | None = None
    keys: bool = False
    message: str = ""
    trail: str = ""


@dataclass(frozen=True)
class Readiness:
    """The fleet held against the rules: what was found, by workstation or by ``the inventory``."""

    seq: int
    at: datetime
    run: str
    findings: tuple[Found, ...]


@dataclass(frozen=True)
class Note:
    """What a person wrote down. ``corrected_by``: the entry that stands in its place; None: it stands itself."""

    seq: int
    at: datetime
    who: str  # the account at the controller
    by: str  # who told it; empty: nobody else
    host: str
    text: str
    items: tuple[str, ...]
    corrects: int | None = None
    corrected_by: int | None = None
    trail: str = ""

    @property
    def stands(self) -> bool:
        return self.corrected_by is None

    @property
    def signature(self) -> str:
        """Who says it, when, about what, and where that is recorded."""
        told = f", told by {self.by}" if self.by else ""
        about = f", about {self.host}" if self.host else ""
        of = f" of {self.trail}" if self.trail else ""
        return f"entry {self.seq}{of} by {self.who}{told}, {show(self.at)}{about}"


@dataclass(frozen=True)
class Heard:
    """All of it, each part in the order of the records."""

    runs: tuple[DayRun, ...] = ()
    answers: tuple[Answer, ...] = ()  # of runs that were real: none of check mode
    readiness: Readiness | None = None  # the last one
    notes: tuple[Note, ...] = ()
    records: int = 0


@dataclass
class _Reading:
    runs: dict[str, DayRun] = field(default_factory=dict)
    shifts: dict[str, timedelta] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    readiness: Readiness | None = None
    notes: list[Note] = field(default_factory=list)


def hear(records: Iterable[Record], drill: str, occurrence: str | None) -> Heard:
    """What the records of this drill and occurrence say; ``records`` may be those of a whole trail."""
    own = tuple(_timed(of_occurrence(records, drill, occurrence)))
    reading = _Reading(shifts=_shifts(own))
    for record, at in own:
        if record.get("event") == NOTE:
            reading.notes.append(_note(record, at))
        elif record.get("run"):
            _hear_run(reading, record, at + reading.shifts.get(str(record["run"]), timedelta()))
    runs = tuple(sorted(reading.runs.values(), key=lambda run: run.start))
    return Heard(
        tuple(run for run in runs if run.phase),
        tuple(reading.answers),
        reading.readiness,
        tuple(_corrected(reading.notes)),
        len(own),
    )


def _timed(records: Iterable[Record]) -> Iterator[tuple[Record, datetime]]:
    """Those that say when, and as which of their trail."""
    for record in records:
        at = _when(record.get("at"))
        if at and isinstance(record.get("seq"), int):
            yield record, at


def _shifts(records: Iterable[tuple[Record, datetime]]) -> dict[str, timedelta]:
    """How far the time that a sandbox's run pretends is from the time of its records."""
    shifts: dict[str, timedelta] = {}
    for record, at in records:
        detail = _detail(record)
        pretended = _when(detail.get("now")) if detail.get("pretend") is True else None
        if pretended and record.get("event") in (GATE, FAILED):
            shifts.setdefault(str(record["run"]), pretended - at)
    return shifts


def _hear_run(reading: _Reading, record: Record, at: datetime) -> None:
    event, name, detail = record.get("event"), str(record["run"]), _detail(record)
    seq, check = int(record["seq"]), record.get("check") is True
    begun = DayRun(name, "", str(record.get("who") or ""), str(record.get("from") or ""), at, at, (seq, seq))
    run = reading.runs.get(name, begun)
    run = replace(
        run,
        phase=run.phase or str(record.get("phase") or ""),
        last=max(run.last, at),
        seqs=(run.seqs[0], seq),
        check=run.check or check,
        end=at if event == "run_ended" else run.end,
        pretended=name in reading.shifts,
        trail=str(record.get("trail") or ""),
    )
    if event in (GATE, READINESS) or _gates(record):
        run = replace(
            run,
            force=run.force or str(detail.get("force") or ""),
            overridden=tuple(dict.fromkeys((*run.overridden, *_texts(detail.get("overridden"))))),
            refused=str(detail.get("msg") or "no reason given") if event == FAILED else run.refused,
        )
    elif event in (RESULT, FAILED, UNREACHABLE) and record.get("host") and record.get("phase"):
        run = _counted(run, str(record["host"]), str(event), detail)
        if not check:
            reading.answers.append(_answer(record, at, detail))
    if event == READINESS and not check:
        reading.readiness = Readiness(seq, at, name, _judged(detail))
    reading.runs[name] = run


def _counted(run: DayRun, host: str, event: str, detail: Record) -> DayRun:
    one = frozenset({host})
    run = replace(run, hosts=run.hosts | one, changed=run.changed | (one if detail.get("changed") else set()))
    if event == FAILED and not detail.get("ignored"):
        run = replace(run, failed=run.failed | one)
    return replace(run, unreachable=run.unreachable | one) if event == UNREACHABLE else run


def _answer(record: Record, at: datetime, detail: Record) -> Answer:
    host = str(record["host"])
    return Answer(
        int(record["seq"]),
        at,
        str(record["run"]),
        str(record["phase"]),
        str(detail.get("step") or ""),
        host,
        str(record["event"]),
        tuple(Row.read(host, row) for row in _mappings(detail.get("rows"))),
        tuple(_found(host, each) for each in _mappings(detail.get("findings"))),
        str(detail["not_clean"]) if isinstance(detail.get("not_clean"), str) else None,
        bool(detail.get("rap_keys")),
        str(detail.get("msg") or ""),
        str(record.get("trail") or ""),
    )


def _gates(record: Record) -> bool:
    """Whether a failure is one of the gate or of readiness, which refuse a run, and no workstation's."""
    if record.get("event") != FAILED:
        return False
    role = str(_detail(record).get("task") or "").rpartition(" : ")[0].rpartition(".")[2]
    return role == GATE or "allowed" in _detail(record) or "findings_of" in _detail(record)


def _judged(detail: Record) -> tuple[Found, ...]:
    of = detail.get("findings_of")
    each = {INVENTORY: detail.get("findings"), **(of if isinstance(of, Mapping) else {})}
    return tuple(
        _found(str(name), finding) for name, findings in each.items() for finding in _mappings(findings)
    )


def _note(record: Record, at: datetime) -> Note:
    detail = _detail(record)
    corrects = detail.get("corrects")
    return Note(
        int(record["seq"]),
        at,
        str(record.get("who") or ""),
        str(detail.get("by") or ""),
        str(record.get("host") or ""),
        str(detail.get("text") or ""),
        tuple(_texts(detail.get("items"))),
        corrects if isinstance(corrects, int) and not isinstance(corrects, bool) else None,
        trail=str(record.get("trail") or ""),
    )


def _corrected(notes: list[Note]) -> Iterator[Note]:
    """Each with who corrected it last. Only an earlier note of the same day can be corrected."""
    known = {(note.trail, note.seq) for note in notes}
    by: dict[tuple[str, int], int] = {}
    for note in notes:
        if note.corrects is not None and note.corrects < note.seq and (note.trail, note.corrects) in known:
            by[note.trail, note.corrects] = note.seq
    return (replace(note, corrected_by=by.get((note.trail, note.seq))) for note in notes)


def _found(host: str, finding: Record) -> Found:
    return Found(host, *(str(finding.get(part) or "") for part in ("level", "where", "what", "remedy")))


def _when(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.astimezone(HONG_KONG) if moment.tzinfo else None


def _detail(record: Record) -> Record:
    detail = record.get("detail")
    return detail if isinstance(detail, Mapping) else {}


def _mappings(value: object) -> list[Record]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
