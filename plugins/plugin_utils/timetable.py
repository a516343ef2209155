# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When each phase of a drill is open, and which data centre serves when.

Pure functions of a drill and aware times. A drill's day is a day in Hong Kong, whatever zone the controller is in.
A stretch of time has its start and does not have its end.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, PRIMARY, SECONDARY, Drill

PRE_DRILL = "pre-drill"
TO_SECONDARY = "to-secondary"
TO_PRIMARY = "to-primary"
CLEANUP = "cleanup"
STATUS = "status"
ROLLBACK = "rollback"
PHASES = (PRE_DRILL, TO_SECONDARY, TO_PRIMARY, CLEANUP, STATUS, ROLLBACK)

BUSINESS = time(7)  # of Hong Kong: a business day's reports are about to be downloaded

# How long before the drill preparing is open where the circular carries no date of issue.
PREPARATION = timedelta(days=30)

# datetime.fromisoformat also takes a bare date and forms without separators; a time of day is wanted here.
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")


class GateError(Refusal):
    """What the gate was asked makes no sense: nothing can be decided, nothing is changed."""


@dataclass(frozen=True)
class Span:
    """From ``start`` until ``end``; None: without beginning, without end."""

    start: datetime | None
    end: datetime | None

    def has(self, moment: datetime) -> bool:
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


@dataclass(frozen=True)
class Serving:
    """Which data centre serves (None: nothing does, or nobody knows) during a stretch of time."""

    data_centre: str | None
    span: Span


@dataclass(frozen=True)
class Expectation:
    """``serving``: what serves now. A ``deferred`` proof waits ``until`` then (None: nobody knows); ``why`` says it."""

    serving: str | None
    deferred: bool
    until: datetime | None
    why: str


@dataclass(frozen=True)
class Wanted:
    """The data centre at which the fleet should point (None: one of them, as a whole), and why."""

    data_centre: str | None
    why: str
    window: str | None = None  # the one that is on

    @property
    def sentence(self) -> str:
        if self.data_centre is None:
            return f"Either data centre is right now: {self.why}"
        return f"The fleet should point at the {self.data_centre} data centre: {self.why}"


def parse_time(value: object, where: str) -> datetime:
    """An aware time from an ISO 8601 text or a YAML timestamp; without a zone it is a time of Hong Kong.

    :raises GateError: it is neither, or has no time of day
    """
    moment: datetime | None = None
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and _ISO.fullmatch(value.strip()):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None  # well formed, but there is no such day or hour
    if moment is None:
        raise GateError(
            where,
            f"{value!r} is no date with a time of day",
            "Write it as 2021-11-06T12:15 (Hong Kong time) or with a zone, 2021-11-06T04:15+00:00",
        )
    return moment.replace(tzinfo=HONG_KONG) if moment.tzinfo is None else moment.astimezone(HONG_KONG)


def show(moment: datetime) -> str:
    """A time as people read it, in Hong Kong: ``Sat 2021-11-06 12:15``."""
    local = moment.astimezone(HONG_KONG)
    return local.strftime("%a %Y-%m-%d %H:%M:%S" if local.second else "%a %Y-%m-%d %H:%M")


def lasting(duration: timedelta) -> str:
    """A duration as people say it: ``2 h 10 min``; minutes are rounded up, below one minute it is seconds."""
    seconds = duration.days * 86400 + duration.seconds + (1 if duration.microseconds else 0)
    if seconds < 60:
        return f"{seconds} s"
    days, minutes = divmod(-(-seconds // 60), 24 * 60)
    parts = ((days, "d"), (minutes // 60, "h"), (minutes % 60, "min"))
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])


def day_of(day: date) -> tuple[datetime, datetime]:
    """A day in Hong Kong: its midnight and the next one."""
    return _midnight(day), _midnight(day + timedelta(days=1))


def next_business_day(day: date, holidays: Collection[date]) -> date:
    """The first day after ``day`` that is neither Saturday nor Sunday nor a holiday."""
    day += timedelta(days=1)
    while day.isoweekday() > 5 or day in holidays:
        day += timedelta(days=1)
    return day


def phase_span(drill: Drill, day: date | None, phase: str, over: datetime | None = None) -> Span:
    """When a phase is open.

    ``to-primary``, ``status`` and ``rollback`` always are: the way back is never blocked. In contingency (``day`` is
    None) there is no timetable and all is open.

    * ``to-secondary``: from the simulated failure on. The sessions of 2024 and 2025 simulate none; changing the
      address belongs to their preparation (2024, section 3.2 ii), so there it opens with that day's preparation. It
      closes when the secondary data centre's last session ends.
    * ``pre-drill``: from the circular's issue until the first session or the failure. Later the drill's own reports
      are among the files, and a baseline would take them for production's.
    * ``cleanup``: from the end of the secondary data centre's last session on; earlier it would purge under people's
      hands. Where there is none, the drill's last session counts. It stays open without end.

    :param over: when the weather ended the drill; its sessions end then at the latest
    """
    if day is None or phase not in (PRE_DRILL, TO_SECONDARY, CLEANUP):
        return Span(None, None)
    sessions = [window.on(day) for window in drill.windows if window.data_centre]
    secondary = [
        window.on(day)
        for window in drill.windows
        if window.data_centre == SECONDARY and window.kind == "serving"
    ]
    failures = [window.on(day)[0] for window in drill.windows if window.kind == "failover"]
    if phase == PRE_DRILL:
        return Span(_issued(drill, day), min(failures + [start for start, _end in sessions], default=None))
    ends = [end for _start, end in secondary or sessions]
    last = max(ends, default=day_of(day)[1])
    if phase == CLEANUP:
        return Span(min((moment for moment in (last, over) if moment), default=None), None)
    preparations = [window.on(day)[0] for window in drill.windows if window.kind == "prepare"]
    starts = failures or preparations or [start for start, _end in secondary]
    return Span(min(starts, default=last), last)


def timeline(drill: Drill, day: date, over: datetime | None = None) -> tuple[Serving, ...]:
    """Which data centre serves, over all time, in stretches without gaps.

    Outside the drill's day it is the primary one. On the day it is what the timetable says; before its first window
    and between its windows nothing is promised; after its last one production is back at the primary. From ``over``
    on (the weather ended the drill) nothing is known for the rest of the day.
    """
    first, midnight = day_of(day)
    windows = [(*window.on(day), window.data_centre) for window in drill.windows]
    done = max((end for _start, end, _centre in windows), default=first)
    edges = {moment for start, end, _centre in windows for moment in (start, end)}
    cuts = sorted({first, midnight, *edges, *([over] if over and first <= over < midnight else [])})

    def at(moment: datetime) -> str | None:
        if over and over <= moment:
            return None
        centres = [centre for start, end, centre in windows if start <= moment < end]
        return centres[0] if centres else PRIMARY if moment >= done else None

    stretches = [Serving(PRIMARY, Span(None, first))]
    stretches += [Serving(at(start), Span(start, end)) for start, end in pairwise(cuts)]
    stretches += [Serving(PRIMARY, Span(midnight, None))]
    merged: list[Serving] = []
    for centre, same in groupby(stretches, key=lambda stretch: stretch.data_centre):
        spans = [stretch.span for stretch in same]
        merged.append(Serving(centre, Span(spans[0].start, spans[-1].end)))
    return tuple(merged)


def serving(drill: Drill, day: date | None, now: datetime, over: datetime | None = None) -> Serving:
    """What serves now and until when. In contingency no timetable says it: the secondary one is expected."""
    if day is None:
        return Serving(SECONDARY, Span(None, None))
    return next(stretch for stretch in timeline(drill, day, over) if stretch.span.has(now))


def expect(
    drill: Drill, day: date | None, wanted: str | None, now: datetime, over: datetime | None = None
) -> Expectation:
    """What a service proof can expect now.

    :param wanted: the data centre that the proof is about; None: whichever serves
    """
    present = serving(drill, day, now, over)
    if day is None:
        why = "In a real failover no timetable says what serves: the secondary data centre is expected"
        return Expectation(present.data_centre, False, None, why)
    if present.data_centre:
        until = f" until {show(present.span.end)}" if present.span.end else ""
        why = f"The {present.data_centre} data centre serves{until}"
    else:
        stopped = f", the weather ended the drill at {show(over)}" if over and over <= now else ""
        why = f"No data centre is known to serve now{stopped}"
    if present.data_centre and wanted in (None, present.data_centre):
        return Expectation(present.data_centre, False, None, why)
    for later in timeline(drill, day, over):
        start, centre = later.span.start, later.data_centre
        if start and start > now and centre and wanted in (None, centre):
            return Expectation(
                present.data_centre, True, start, f"{why}; the {centre} one serves from {show(start)}"
            )
    return Expectation(present.data_centre, True, None, f"{why}; the {wanted} one does not serve again")


def wanted(drill: Drill, day: date, now: datetime, over: datetime | None = None) -> Wanted:
    """Where the fleet should point now.

    In a session, where it is held; from the simulated failure on at the secondary data centre; at the primary one while
    it returns, on any other day, and once the weather has ended the drill. A drill that simulates no failure changes
    the addresses while it prepares (2024, section 3.2 ii): until its first session both are right, each by itself.
    """
    if over and over <= now:
        return Wanted(PRIMARY, f"the weather ended the drill at {show(over)}")
    fails = any(window.kind == "failover" for window in drill.windows)
    centres = {"failover": SECONDARY, "prepare": PRIMARY if fails else None}
    for window in drill.windows:
        start, end = window.on(day)
        if start <= now < end:
            centre = window.data_centre or centres.get(window.kind, PRIMARY)
            return Wanted(centre, f"{window.id} is on until {show(end)}", window.id)
    return Wanted(PRIMARY, "no window of the drill is on")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), HONG_KONG)


def _issued(drill: Drill, day: date) -> datetime:
    issued = drill.data.get("circular", {}).get("issued")
    return _midnight(date.fromisoformat(issued) if issued else day - PREPARATION)
