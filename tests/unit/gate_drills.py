# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The five documents' timetables and weather rules, written from the circulars by hand for the gate's tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import (
    HONG_KONG,
    PRIMARY,
    SECONDARY,
    Drill,
    Occurrence,
    WeatherRule,
    Window,
    load,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.weather import Signal

TEST = "2021-08-14-ccms-rap-connectivity-test"
REHEARSAL = "2021-11-06-ccass-failover-rehearsal"
SESSIONS = "2024-11-rrs-secondary-connectivity"
PRACTICE = "2025-06-21-rap-practice-session"

SECOND = timedelta(seconds=1)

GALES = ("typhoon_8_or_above", "extreme_conditions")
ALL_SIGNALS = (*GALES, "black_rainstorm")


def at(text: str) -> datetime:
    """A time of Hong Kong."""
    return datetime.fromisoformat(text).replace(tzinfo=HONG_KONG)


def typhoon(start: str, end: str | None = None, level: int = 8) -> Signal:
    return Signal("typhoon", level, at(start), at(end) if end else None)


def black(start: str, end: str | None = None) -> Signal:
    return Signal("black_rainstorm", None, at(start), at(end) if end else None)


def extreme(start: str, end: str | None = None) -> Signal:
    return Signal("extreme_conditions", None, at(start), at(end) if end else None)


def window(kind: str, start: str, end: str, data_centre: str | None = None, optional: bool = False) -> Window:
    return Window(
        kind, kind, time.fromisoformat(start), time.fromisoformat(end), data_centre, optional, "4.2"
    )


def weather_rules(first: str, start: str, end: str | None) -> tuple[WeatherRule, ...]:
    """The three rules that every circular has: cancelled from ``first`` to ``end``, then terminated or going on."""
    begun = time.fromisoformat(start)
    until = time.fromisoformat(end) if end else None
    return (
        WeatherRule("early", ALL_SIGNALS, time.fromisoformat(first), until, True, "cancelled", 0, "5"),
        WeatherRule("gale", GALES, begun, None, False, "terminated", 15, "5"),
        WeatherRule("rain", ("black_rainstorm",), begun, None, False, "continues", 0, "5"),
    )


def make_drill(
    name: str,
    days: tuple[str, ...],
    windows: tuple[Window, ...],
    weather: tuple[WeatherRule, ...] = (),
    kind: str = "rehearsal",
    issued: str | None = None,
) -> Drill:
    data: dict[str, Any] = {"circular": {"issued": issued} if issued else {}}
    occurrences = tuple(Occurrence(day, date.fromisoformat(day)) for day in days)
    return Drill(name, kind, name, occurrences, windows, ("hkscc",), (), (), weather, data)


CONTINGENCY = make_drill("contingency", (), (), kind="contingency")
DRILLS = {
    TEST: make_drill(TEST, ("2021-08-14",), (window("serving", "20:30", "22:30", PRIMARY),)),
    REHEARSAL: make_drill(
        REHEARSAL,
        ("2021-11-06",),
        (
            window("serving", "11:30", "12:15", PRIMARY),
            window("failover", "12:15", "14:30"),
            window("serving", "14:30", "16:00", SECONDARY),
            window("return", "16:00", "22:30"),
            window("verification", "22:30", "23:30", PRIMARY, optional=True),
        ),
        weather_rules("07:00", "11:30", "11:30"),
    ),
    SESSIONS: make_drill(
        SESSIONS,
        ("2024-11-16", "2024-11-30"),
        (
            window("prepare", "10:00", "12:00"),
            window("serving", "12:00", "14:00", SECONDARY),
            window("return", "14:00", "15:00"),
            window("serving", "15:00", "17:00", PRIMARY),
        ),
        weather_rules("09:00", "12:00", "12:00"),
        issued="2024-10-21",
    ),
    PRACTICE: make_drill(
        PRACTICE,
        ("2025-06-21",),
        (
            window("prepare", "12:00", "14:00"),
            window("serving", "14:00", "16:00", SECONDARY),
            window("return", "16:00", "18:00"),
            window("verification", "18:00", "19:00", PRIMARY),
        ),
        weather_rules("09:00", "14:00", "14:00"),
        issued="2025-05-26",
    ),
}

# drill, occurrence, phase, when it opens, when it closes (None: never)
SPANS = [
    (TEST, "2021-08-14", "pre-drill", "2021-07-15T00:00", "2021-08-14T20:30"),
    (TEST, "2021-08-14", "cleanup", "2021-08-14T22:30", None),
    (REHEARSAL, "2021-11-06", "pre-drill", "2021-10-07T00:00", "2021-11-06T11:30"),
    (REHEARSAL, "2021-11-06", "to-secondary", "2021-11-06T12:15", "2021-11-06T16:00"),
    (REHEARSAL, "2021-11-06", "cleanup", "2021-11-06T16:00", None),
    (SESSIONS, "2024-11-16", "pre-drill", "2024-10-21T00:00", "2024-11-16T12:00"),
    (SESSIONS, "2024-11-16", "to-secondary", "2024-11-16T10:00", "2024-11-16T14:00"),
    (SESSIONS, "2024-11-16", "cleanup", "2024-11-16T14:00", None),
    (SESSIONS, "2024-11-30", "pre-drill", "2024-10-21T00:00", "2024-11-30T12:00"),
    (SESSIONS, "2024-11-30", "to-secondary", "2024-11-30T10:00", "2024-11-30T14:00"),
    (SESSIONS, "2024-11-30", "cleanup", "2024-11-30T14:00", None),
    (PRACTICE, "2025-06-21", "pre-drill", "2025-05-26T00:00", "2025-06-21T14:00"),
    (PRACTICE, "2025-06-21", "to-secondary", "2025-06-21T12:00", "2025-06-21T16:00"),
    (PRACTICE, "2025-06-21", "cleanup", "2025-06-21T16:00", None),
]

# drill, occurrence, then from when on which data centre serves
SERVING = [
    (TEST, "2021-08-14", [("08-14T00:00", None), ("08-14T20:30", "primary")]),
    (
        REHEARSAL,
        "2021-11-06",
        [
            ("11-06T00:00", None),
            ("11-06T11:30", "primary"),
            ("11-06T12:15", None),
            ("11-06T14:30", "secondary"),
            ("11-06T16:00", None),
            ("11-06T22:30", "primary"),
        ],
    ),
    *(
        (
            SESSIONS,
            f"2024-{day}",
            [
                (f"{day}T00:00", None),
                (f"{day}T12:00", "secondary"),
                (f"{day}T14:00", None),
                (f"{day}T15:00", "primary"),
            ],
        )
        for day in ("11-16", "11-30")
    ),
    (
        PRACTICE,
        "2025-06-21",
        [
            ("06-21T00:00", None),
            ("06-21T14:00", "secondary"),
            ("06-21T16:00", None),
            ("06-21T18:00", "primary"),
        ],
    ),
]


@cache
def by_hand(name: str) -> Drill:
    return {**DRILLS, CONTINGENCY.id: CONTINGENCY}[name]


@cache
def from_file(name: str) -> Drill:
    return load(Path(__file__).parents[2] / "drills", name)


Reading = Callable[[str], Drill]

# Each drill twice: as read here, and as the drill files' author read the circulars.
two_readings = pytest.mark.parametrize("read", [by_hand, from_file], ids=["by hand", "drill file"])
