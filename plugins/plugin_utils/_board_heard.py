# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the records of one occurrence say together: its runs, what workstations answered in them, and people's notes.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import (
    GATE,
    NOTE,
    READINESS,
    Answer,
    Note,
    Readiness,
    answer,
    answers,
    details,
    judges,
    moment,
    note,
    pretended,
    readiness,
    refuses,
    texts,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_standing import Standing, not_clean, standings
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record, of_occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import PENDING
from ansible_collections.hkex.drill.plugins.plugin_utils.table import FAILED, UNREACHABLE


@dataclass(frozen=True)
class DayRun:
    """One run of a phase. ``end`` None: the trail has none, so it is still on or was cut off.

    ``refused``: why the gate did not let it pass. ``astray``: who was not as it should be at its end, by the verdict
    or by what was last seen of it in the run; ``pending``: where something waits for a person or a later run.
    ``ended_badly``: Ansible counted failures. ``limit``: the part of the fleet it was for; empty: all of it.
    ``pretended``: a sandbox's; its times are those it pretended.
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
    limit: str = ""
    hosts: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    astray: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()
    ended_badly: bool = False
    force: str = ""
    overridden: tuple[str, ...] = ()
    refused: str = ""
    pretended: bool = False
    trail: str = ""  # which of several merged trails it is from

    @property
    def elapsed(self) -> timedelta:
        return self.last - self.start


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

    @property
    def limited(self) -> bool:
        """Whether no run has gone over the whole fleet, so that nobody can say who is missing.

        One that has no end, or was refused after its canaries, has not.
        """
        return not any(
            run.hosts and run.end and not (run.limit or run.check or run.refused) for run in self.runs
        )


_Timed = tuple[Record, datetime]


def hear(records: Iterable[Record], drill: str, occurrence: str | None) -> Heard:
    """What the records of this drill and occurrence say; ``records`` may be those of a whole trail."""
    sound = (record for record in records if isinstance(record.get("run"), str | None))
    known = tuple(_timed(of_occurrence(sound, drill, occurrence)))
    shifts = _shifts(known)
    own = tuple((record, at + shifts.get(str(record.get("run")), timedelta())) for record, at in known)
    of_runs: dict[str, list[_Timed]] = {}
    for record, at in own:
        if record.get("event") != NOTE and record.get("run"):
            of_runs.setdefault(str(record["run"]), []).append((record, at))
    heard = [answer(record, at) for record, at in own if answers(record)]
    by_run: dict[str, list[Answer]] = {}
    for each in heard:
        by_run.setdefault(each.run, []).append(each)
    runs = (_run(name, its, by_run.get(name, ()), name in shifts) for name, its in of_runs.items())
    real = [(record, at) for record, at in own if record.get("check") is not True]
    judged = [readiness(record, at) for record, at in real if record.get("event") == READINESS]
    return Heard(
        tuple(sorted((run for run in runs if run.phase), key=lambda run: run.start)),
        tuple(each for each in heard if not each.check),
        judged[-1] if judged else None,
        tuple(_corrected([note(record, at) for record, at in known if record.get("event") == NOTE])),
        len(own),
    )


def _timed(records: Iterable[Record]) -> Iterator[_Timed]:
    """Those that say when, and as which of their trail."""
    for record in records:
        at = moment(record.get("at"))
        if at and isinstance(record.get("seq"), int):
            yield record, at


def _shifts(records: Iterable[_Timed]) -> dict[str, timedelta]:
    """How far the time at which a sandbox's run pretends to begin is from the time of its first record."""
    began: dict[str, datetime] = {}
    shifts: dict[str, timedelta] = {}
    for record, at in records:
        run, then = str(record.get("run")), pretended(record)
        began.setdefault(run, at)
        if then and record.get("event") in (GATE, FAILED):
            shifts.setdefault(run, then - began[run])
    return shifts


def _run(name: str, own: Sequence[_Timed], heard: Sequence[Answer], pretends: bool) -> DayRun:
    first, start = own[0]
    records = [record for record, _at in own]
    ends = [(record, at) for record, at in own if record.get("event") == "run_ended"]
    gates = [record for record in records if record.get("event") in (GATE, READINESS) or refuses(record)]
    refusals = [details(record) for record in gates if record.get("event") == FAILED]
    overridden = (each for gate in gates for each in texts(details(gate).get("overridden")))
    judged = (str(record["host"]) for record in records if judges(record))
    unreachable = frozenset(each.host for each in heard if each.heard == UNREACHABLE)
    last = standings(heard)
    return DayRun(
        name,
        _first(record.get("phase") for record in records),
        str(first.get("who") or ""),
        str(first.get("from") or ""),
        start,
        max(at for _record, at in own),
        (int(first["seq"]), int(records[-1]["seq"])),
        end=ends[-1][1] if ends else None,
        check=any(record.get("check") is True for record in records),
        limit=_first(
            details(record).get("limit") for record in records if record.get("event") == "run_started"
        ),
        hosts=frozenset(each.host for each in heard),
        changed=frozenset(each.host for each in heard if each.changed),
        failed=frozenset(each.host for each in heard if each.heard == FAILED),
        unreachable=unreachable,
        astray=frozenset([*judged, *_left(last, FAILED), *not_clean(heard)]),
        pending=unreachable | _left(last, PENDING),
        ended_badly=any(details(record).get("failed") not in (None, 0) for record, _at in ends),
        force=_first(details(gate).get("force") for gate in gates),
        overridden=tuple(dict.fromkeys(overridden)),
        refused=str(refusals[-1].get("msg") or "no reason given") if refusals else "",
        pretended=pretends,
        trail=str(first.get("trail") or ""),
    )


def _left(last: Mapping[str, Sequence[Standing]], state: str) -> frozenset[str]:
    """Who had a system in this state when the run had last seen it."""
    return frozenset(
        host
        for host, own in last.items()
        if any(state in (each.row.configuration, each.row.service) for each in own)
    )


def _first(given: Iterable[object]) -> str:
    return next((str(each) for each in given if each), "")


def _corrected(notes: list[Note]) -> Iterator[Note]:
    """Each with who corrected it last. Only an earlier note of the same day can be corrected."""
    known = {(each.trail, each.seq) for each in notes}
    by: dict[tuple[str, int], int] = {}
    for each in notes:
        if each.corrects is not None and each.corrects < each.seq and (each.trail, each.corrects) in known:
            by[each.trail, each.corrects] = each.seq
    return (replace(each, corrected_by=by.get((each.trail, each.seq))) for each in notes)
