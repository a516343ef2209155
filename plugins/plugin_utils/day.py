# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The day of a drill as its trail tells it. Pure functions of records, drill and time.

What the toolkit saw and what people wrote down stay apart: an ``Item`` has a ``proof`` of the first and ``notes`` of
the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, PENDING, WARNING
from ansible_collections.hkex.drill.plugins.plugin_utils._board_checklist import Item, checklist
from ansible_collections.hkex.drill.plugins.plugin_utils._board_heard import DayRun, Heard, hear
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import RESULT, Answer, Note
from ansible_collections.hkex.drill.plugins.plugin_utils._board_standing import (
    Standing,
    not_clean,
    standings,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill, Occurrence, Window
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record
from ansible_collections.hkex.drill.plugins.plugin_utils.table import (
    FAILED,
    UNREACHABLE,
    Found,
    Trouble,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import PHASES, lasting, show

_EPOCH = datetime.fromtimestamp(0, UTC)
_CLEAN = "Run cleanup when the sessions are over. What it leaves then, a person looks at"
LEVELS = (ERROR, PENDING, WARNING)  # of findings that are shown, the gravest first


@dataclass(frozen=True)
class DayWindow:
    window: Window
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Deadline:
    """``by``: the last moment; of a deadline without an hour the end of its day (``whole_day``)."""

    id: str
    what: str
    by: datetime
    whole_day: bool
    source: str
    confirmation: bool  # it is one of the drill's confirmation

    @property
    def until(self) -> str:
        """As people read it."""
        return f"the end of {self.by - timedelta(days=1):%a %Y-%m-%d}" if self.whole_day else show(self.by)

    def left(self, now: datetime) -> str:
        """``2 h 10 min left``, or how long ago it passed."""
        return f"{lasting(self.by - now)} left" if now < self.by else f"passed {lasting(now - self.by)} ago"


@dataclass(frozen=True)
class Group:
    """A finding and everybody who has it."""

    level: str
    where: str
    what: str
    remedy: str
    workstations: tuple[str, ...]


@dataclass(frozen=True)
class Elapsed:
    """All runs of a phase: ``total`` is the time they took, not that between them. Check mode counts apart."""

    phase: str
    runs: int
    checks: int
    first: datetime
    last: datetime
    total: timedelta


@dataclass(frozen=True)
class Day:
    """See the module. Times are of Hong Kong; ``pretended``: a sandbox's, which pretended them.

    ``not_clean``: on whom something of the drill is left, and what. ``limited``: no run has gone over the whole fleet.
    """

    drill: Drill
    occurrence: Occurrence | None
    now: datetime
    windows: tuple[DayWindow, ...]
    deadlines: tuple[Deadline, ...]
    runs: tuple[DayRun, ...]
    elapsed: tuple[Elapsed, ...]
    standings: Mapping[str, tuple[Standing, ...]]  # of each workstation, as the trail came to know them
    findings: tuple[Group, ...]
    troubles: Mapping[str, Trouble]
    not_clean: Mapping[str, str]
    items: tuple[Item, ...]
    notes: tuple[Note, ...]
    answers: tuple[Answer, ...]
    records: int
    limited: bool

    @property
    def pretended(self) -> bool:
        return any(run.pretended for run in self.runs)

    @property
    def unreachable(self) -> tuple[str, ...]:
        return tuple(name for name, trouble in self.troubles.items() if trouble.kind == UNREACHABLE)

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(name for name, trouble in self.troubles.items() if trouble.kind == FAILED)

    def told_by(self, verdict: Verdict | None) -> str:
        """From what it is known, and how far that can be trusted. None: nobody has verified the trail."""
        trail = "has not been verified for this page"
        if verdict:
            trail = "is whole" if verdict.ok else f"is BROKEN at record {verdict.broken_at}: {verdict.why}"
            trail += f"; hash of its last record{'' if verdict.ok else ' before the break'}: {verdict.head}"
        said = f"{self.records} record{'' if self.records == 1 else 's'}"
        return f"Made from {said} of the audit trail, which {trail}."


def day(
    records: Iterable[Record], drill: Drill, occurrence: Occurrence | None, now: datetime | None = None
) -> Day:
    """The day as it is known now.

    :param records: of a trail, or of several merged by time; those of other drills and occurrences are left out
    :param occurrence: None in contingency
    :param now: an aware time; None: that of the last record, or where there is none the start of the drill's day
    """
    heard = hear(records, drill.id, occurrence.id if occurrence else None)
    midnight = datetime.combine(occurrence.day, time(0), HONG_KONG) if occurrence else None
    troubles = _troubles(heard.answers)
    return Day(
        drill,
        occurrence,
        (now or heard.last or midnight or _EPOCH).astimezone(HONG_KONG),
        tuple(DayWindow(each, *each.on(occurrence.day)) for each in drill.windows) if occurrence else (),
        deadlines(drill, occurrence),
        heard.runs,
        _elapsed(heard.runs),
        standings(heard.answers),
        _findings(heard, troubles),
        troubles,
        not_clean(heard.answers),
        checklist(drill, midnight, heard),
        heard.notes,
        heard.answers,
        heard.records,
        heard.limited,
    )


def deadlines(drill: Drill, occurrence: Occurrence | None) -> tuple[Deadline, ...]:
    """Those until the end of the occurrence's day, in order of time, without those of another occurrence."""
    if occurrence is None:
        return ()
    days = {
        each["date"]: {each["date"], each.get("registration_deadline")} for each in drill.data["occurrences"]
    }
    others = set().union(*days.values()) - days[occurrence.id]
    confirming = drill.data.get("confirmation", {}).get("deadlines", ())
    own = [
        _deadline(item, item["id"] in confirming)
        for item in drill.data["deadlines"]
        if item["by"][:10] <= occurrence.id and item["by"][:10] not in others
    ]
    return tuple(sorted(own, key=lambda each: each.by))


def _deadline(item: Mapping[str, str], confirmation: bool) -> Deadline:
    moment = datetime.fromisoformat(item["by"]).replace(tzinfo=HONG_KONG)
    whole_day = len(item["by"]) == len("YYYY-MM-DD")
    by = moment + timedelta(days=1) if whole_day else moment
    return Deadline(item["id"], item["what"], by, whole_day, item["source"], confirmation)


def _troubles(answers: Sequence[Answer]) -> dict[str, Trouble]:
    """Who dropped out and has given no answer since."""
    last = {answer.host: answer for answer in answers}
    return {
        host: Trouble(answer.heard, answer.message or "no reason given")
        for host, answer in last.items()
        if answer.heard != RESULT
    }


def _findings(heard: Heard, troubles: Mapping[str, Trouble]) -> tuple[Group, ...]:
    """Of each workstation what the last run found that looked at it, of the rules what they last said, troubles, and
    what is not clean."""
    last = {answer.host: answer.run for answer in heard.answers if answer.heard == RESULT}
    found = [
        each for answer in heard.answers if last.get(answer.host) == answer.run for each in answer.findings
    ]
    judged = heard.readiness
    if judged:
        found += [each for each in judged.findings if last.get(each.workstation, judged.run) == judged.run]
    for host, trouble in troubles.items():
        level = PENDING if trouble.kind == UNREACHABLE else ERROR
        when = "when it is on" if trouble.kind == UNREACHABLE else "when that is mended"
        found.append(Found(host, level, trouble.kind, trouble.message, f"Run the phase again {when}"))
    found += [
        Found(host, PENDING, "not clean", left, _CLEAN) for host, left in not_clean(heard.answers).items()
    ]
    groups: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for each in found:
        if each.level in LEVELS:
            group = groups.setdefault((each.level, each.where, each.what, each.remedy), {})
            group[each.workstation] = None
    ordered = sorted(groups.items(), key=lambda group: LEVELS.index(group[0][0]))
    return tuple(Group(*said, tuple(hosts)) for said, hosts in ordered)


def _elapsed(runs: Sequence[DayRun]) -> tuple[Elapsed, ...]:
    of: dict[str, list[DayRun]] = {}
    for run in runs:
        of.setdefault(run.phase, []).append(run)
    order = {phase: place for place, phase in enumerate(PHASES)}
    return tuple(
        _of_phase(phase, of[phase])
        for phase in sorted(of, key=lambda each: (order.get(each, len(order)), each))
    )


def _of_phase(phase: str, runs: Sequence[DayRun]) -> Elapsed:
    real = [run for run in runs if not run.check]
    return Elapsed(
        phase,
        len(real),
        len(runs) - len(real),
        min(run.start for run in runs),
        max(run.last for run in runs),
        sum((run.elapsed for run in real), timedelta()),
    )
