# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the records of one occurrence say: its runs, what workstations answered in them, and people's notes.

Pure functions. They take any record that a trail can hold: what is missing or of another form is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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

    @property
    def last(self) -> datetime | None:
        """The time of the last of them; None where there is none."""
        return max([*(run.last for run in self.runs), *(note.at for note in self.notes)], default=None)


_Timed = tuple[Record, datetime]


def hear(records: Iterable[Record], drill: str, occurrence: str | None) -> Heard:
    """What the records of this drill and occurrence say; ``records`` may be those of a whole trail."""
    known = tuple(_timed(of_occurrence(records, drill, occurrence)))
    shifts = _shifts(known)
    own = tuple((record, at + shifts.get(str(record.get("run")), timedelta())) for record, at in known)
    of_runs: dict[str, list[_Timed]] = {}
    for record, at in own:
        if record.get("event") != NOTE and record.get("run"):
            of_runs.setdefault(str(record["run"]), []).append((record, at))
    runs = (_run(name, its, name in shifts) for name, its in of_runs.items())
    real = [(record, at) for record, at in own if record.get("check") is not True]
    judged = [_readiness(record, at) for record, at in real if record.get("event") == READINESS]
    return Heard(
        tuple(sorted((run for run in runs if run.phase), key=lambda run: run.start)),
        tuple(_answer(record, at) for record, at in real if _answers(record)),
        judged[-1] if judged else None,
        tuple(_corrected([_note(record, at) for record, at in known if record.get("event") == NOTE])),
        len(own),
    )


def _timed(records: Iterable[Record]) -> Iterator[_Timed]:
    """Those that say when, and as which of their trail."""
    for record in records:
        at = _when(record.get("at"))
        if at and isinstance(record.get("seq"), int):
            yield record, at


def _shifts(records: Iterable[_Timed]) -> dict[str, timedelta]:
    """How far the time that a sandbox's run pretends is from the time of its records."""
    shifts: dict[str, timedelta] = {}
    for record, at in records:
        pretended = _pretended(record)
        if pretended and record.get("event") in (GATE, FAILED):
            shifts.setdefault(str(record["run"]), pretended - at)
    return shifts


def _pretended(record: Record) -> datetime | None:
    """The time that it says in a sandbox; None where it pretends none."""
    detail = _detail(record)
    return _when(detail.get("now")) if detail.get("pretend") is True else None


def _run(name: str, own: Sequence[_Timed], pretended: bool) -> DayRun:
    first, start = own[0]
    records = [record for record, _at in own]
    ends = [at for record, at in own if record.get("event") == "run_ended"]
    gates = [record for record in records if record.get("event") in (GATE, READINESS) or _gates(record)]
    refusals = [_detail(record) for record in gates if record.get("event") == FAILED]
    answers = [record for record in records if _answers(record)]
    overridden = (each for gate in gates for each in _texts(_detail(gate).get("overridden")))
    return DayRun(
        name,
        _first(record.get("phase") for record in records),
        str(first.get("who") or ""),
        str(first.get("from") or ""),
        start,
        max(at for _record, at in own),
        (int(first["seq"]), int(records[-1]["seq"])),
        end=ends[-1] if ends else None,
        check=any(record.get("check") is True for record in records),
        hosts=_hosts(answers),
        changed=_hosts(record for record in answers if _detail(record).get("changed")),
        failed=_hosts(
            record for record in answers if record["event"] == FAILED and not _detail(record).get("ignored")
        ),
        unreachable=_hosts(record for record in answers if record["event"] == UNREACHABLE),
        force=_first(_detail(gate).get("force") for gate in gates),
        overridden=tuple(dict.fromkeys(overridden)),
        refused=str(refusals[-1].get("msg") or "no reason given") if refusals else "",
        pretended=pretended,
        trail=str(first.get("trail") or ""),
    )


def _first(texts: Iterable[object]) -> str:
    return next((str(each) for each in texts if each), "")


def _hosts(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(str(record["host"]) for record in records)


def _answers(record: Record) -> bool:
    """Whether it is of a workstation, in a phase: the verdict of status, in a play of its own, is neither."""
    known = record.get("event") in (RESULT, FAILED, UNREACHABLE)
    return bool(known and record.get("host") and record.get("phase")) and not _gates(record)


def _readiness(record: Record, at: datetime) -> Readiness:
    return Readiness(int(record["seq"]), at, str(record.get("run") or ""), _judged(_detail(record)))


def _answer(record: Record, at: datetime) -> Answer:
    host, detail = str(record["host"]), _detail(record)
    return Answer(
        int(record["seq"]),
        at,
        str(record.get("run") or ""),
        str(record["phase"]),
        str(detail.get("step") or ""),
        host,
        RESULT if detail.get("ignored") else str(record["event"]),
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
        _pretended(record) or at,
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
    return moment.astimezone(HONG_KONG) if moment.tzinfo and 1970 <= moment.year < 3000 else None


def _detail(record: Record) -> Record:
    detail = record.get("detail")
    return detail if isinstance(detail, Mapping) else {}


def _mappings(value: object) -> list[Record]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
