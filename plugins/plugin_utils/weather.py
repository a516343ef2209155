# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the weather does to a drill: signals as data, held against the circular's rules.

The circulars agree that a typhoon signal No. 8 or above, Extreme Conditions or a black rainstorm warning cancels a
drill whose day begins with it, that the first two terminate one that has begun 15 minutes after they are issued,
and that a black rainstorm then changes nothing. They differ in the hours:

* 6 November 2021, section 5: issued or still up between 07:00 and 11:30 cancels; issued after 11:30 terminates.
* 2024 and 2025, section 5: issued or still in force at or after 09:00 cancels; issued after the session's start
  (12:00; 14:00) terminates. Read alone the first sentence has no end and would cancel a running session too, which
  the second contradicts; so where both speak of one signal, the rule that begins later wins.

Edge minutes: "between", "from" and "at or after" take both their edges in, "issued after" leaves its start out. A
signal issued at 11:30:00 (2021), 12:00:00 (2024) or 14:00:00 (2025) therefore still cancels. A signal is no longer
up at its own end: lowered at 07:00:00 it has not been up from 07:00 on. "Will not be resumed" holds for the rest of
the day, also after the signal is lowered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches

from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill, WeatherRule
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import GateError, day_of, parse_time, show

TYPHOON = "typhoon"
EXTREME_CONDITIONS = "extreme_conditions"
BLACK_RAINSTORM = "black_rainstorm"
KINDS = (TYPHOON, EXTREME_CONDITIONS, BLACK_RAINSTORM)

# The Observatory's tropical cyclone signals; there is no 2, 4 to 7.
LEVELS = (1, 3, 8, 9, 10)

CANCELLED = "cancelled"
TERMINATED = "terminated"
CONTINUES = "continues"


@dataclass(frozen=True)
class Signal:
    """One warning: in force from ``start`` until ``end`` (None: still). A change of level is another signal."""

    kind: str
    level: int | None  # of a typhoon signal
    start: datetime
    end: datetime | None

    @property
    def name(self) -> str:
        names = {EXTREME_CONDITIONS: "Extreme Conditions", BLACK_RAINSTORM: "Black Rainstorm Warning"}
        return names.get(self.kind, f"Typhoon Signal No. {self.level}")

    @property
    def rule_word(self) -> str | None:
        """How a drill's weather rules call it; None where no rule speaks of it (signals No. 1 and 3)."""
        if self.kind != TYPHOON:
            return self.kind
        return "typhoon_8_or_above" if self.level is not None and self.level >= 8 else None


@dataclass(frozen=True)
class Verdict:
    """What a signal came to under a rule: known since ``since``; a stopped drill is over at ``over``."""

    effect: str
    signal: Signal
    rule: WeatherRule
    since: datetime
    over: datetime | None

    @property
    def sentence(self) -> str:
        source = f"({self.rule.source})"
        if self.effect == CONTINUES or self.over is None:
            return f"{self.signal.name} of {show(self.since)}: the drill goes on as planned {source}"
        up = f"{self.signal.name}, issued {show(self.signal.start)}"
        if self.effect == TERMINATED:
            return f"{up}: the drill is terminated at {show(self.over)} and not resumed that day {source}"
        return f"{up}: the drill is cancelled and not resumed that day {source}"


def parse_weather(items: object, where: str = "drill_weather") -> tuple[Signal, ...]:
    """The signals of a list of ``{kind, level, start, end}``, as an inventory gives them.

    ``start`` and ``end`` are ISO 8601 times; one without a zone is a time of Hong Kong. ``end`` is left out while
    the signal is up. ``level`` belongs to ``kind: typhoon`` alone.

    :raises GateError: naming the entry and what is wrong with it
    """
    if not isinstance(items, (list, tuple)):
        raise GateError(
            where,
            f"{items!r} is no list of signals",
            "Give a list of {kind, level, start, end}; [] for fair weather",
        )
    return tuple(_signal(item, f"{where}[{index}]") for index, item in enumerate(items))


def judge(drill: Drill, day: date | None, signals: Iterable[Signal], now: datetime) -> Verdict | None:
    """What the weather does to the drill, by what is known now; None where no rule is touched.

    The stop that came first counts; without one, the first signal that a rule lets pass. A signal issued later than
    now is not known yet.
    """
    if day is None:
        return None
    verdicts = [verdict for signal in signals if (verdict := _of_signal(drill, day, signal, now))]
    return min(verdicts, key=lambda verdict: (verdict.over is None, verdict.since), default=None)


def forecast(drill: Drill, day: date | None, signals: Iterable[Signal], now: datetime) -> list[str]:
    """What the signals issued so far will come to if they stay up; nothing where that stops no drill."""
    if day is None:
        return []
    up = [signal for signal in signals if signal.start <= now]
    verdict = judge(drill, day, up, day_of(day)[1])
    if verdict is None or verdict.over is None:
        return []
    return [f"If it is still up at {show(verdict.since)}: {verdict.sentence}"]


def _of_signal(drill: Drill, day: date, signal: Signal, now: datetime) -> Verdict | None:
    """The effect of one signal: what touched it first, and of several rules at once the one that begins later."""
    touched = []
    for rule in drill.weather:
        since = _since(rule, day, signal)
        if since and since <= now:
            begins = _edges(rule, day)[0]
            touched.append((since, -begins.timestamp(), rule))
    if not touched:
        return None
    since, _begins, rule = min(touched, key=lambda each: each[:2])
    stops = rule.effect in (CANCELLED, TERMINATED)
    over = since + timedelta(minutes=rule.after_minutes) if stops else None
    return Verdict(rule.effect, signal, rule, since, over)


def _since(rule: WeatherRule, day: date, signal: Signal) -> datetime | None:
    """From when on the rule is met by the signal; None: it never is."""
    if signal.rule_word not in rule.signals:
        return None
    start, end = _edges(rule, day)
    if rule.in_force:
        since = max(signal.start, start)
        return since if since <= end and (signal.end is None or since < signal.end) else None
    after = signal.start >= start if rule.start is None else signal.start > start
    return signal.start if after and signal.start <= end else None


def _edges(rule: WeatherRule, day: date) -> tuple[datetime, datetime]:
    first, midnight = day_of(day)
    start = first if rule.start is None else datetime.combine(day, rule.start, HONG_KONG)
    # The midnight that ends the day is no longer part of it.
    last = midnight - timedelta(microseconds=1)
    return start, last if rule.end is None else datetime.combine(day, rule.end, HONG_KONG)


def _signal(item: object, where: str) -> Signal:
    if not isinstance(item, Mapping):
        raise GateError(
            where, f"{item!r} is no signal", "Write {kind: typhoon, level: 8, start: 2021-11-06T07:10}"
        )
    unknown = [str(key) for key in item if key not in ("kind", "level", "start", "end")]
    if unknown:
        raise GateError(where, f"unknown key {unknown[0]!r}", "A signal has kind, level, start and end")
    kind = item.get("kind")
    if kind not in KINDS:
        near = get_close_matches(str(kind), KINDS, 1, 0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise GateError(
            f"{where}.kind", f"{kind!r} is no kind of signal", f"{hint}Kinds are {', '.join(KINDS)}"
        )
    level = _level(kind, item.get("level"), f"{where}.level")
    if item.get("start") is None:
        raise GateError(
            f"{where}.start", "it is missing", "Say when the signal was issued, as in 2021-11-06T07:10"
        )
    start = parse_time(item["start"], f"{where}.start")
    end = None if item.get("end") is None else parse_time(item["end"], f"{where}.end")
    if end is not None and end <= start:
        raise GateError(
            f"{where}.end",
            f"it ends {show(end)}, not after its start {show(start)}",
            "Correct one of them; leave end out while the signal is in force",
        )
    return Signal(kind, level, start, end)


def _level(kind: str, level: object, where: str) -> int | None:
    if kind != TYPHOON:
        if level is not None:
            raise GateError(where, f"{kind} has no level, but {level!r} is given", "Leave level out")
        return None
    if isinstance(level, bool) or not isinstance(level, int) or level not in LEVELS:
        levels = ", ".join(map(str, LEVELS))
        raise GateError(where, f"{level!r} is no typhoon signal's number", f"Give one of {levels}")
    return level
