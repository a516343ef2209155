# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weather signals as data, held against each circular's section about typhoons and rainstorms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, WeatherRule
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import GateError
from ansible_collections.hkex.drill.plugins.plugin_utils.weather import Signal, judge, parse_weather
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gate_drills import (
    CONTINGENCY,
    DRILLS,
    PRACTICE,
    REHEARSAL,
    SECOND,
    SESSIONS,
    TEST,
    Reading,
    at,
    black,
    extreme,
    two_readings,
    typhoon,
    weather_rules,
)

# drill, day, from when a signal cancels, until when (both included); later ones terminate
HOURS = [
    (REHEARSAL, "2021-11-06", "07:00", "11:30"),
    (SESSIONS, "2024-11-16", "09:00", "12:00"),
    (SESSIONS, "2024-11-30", "09:00", "12:00"),
    (PRACTICE, "2025-06-21", "09:00", "14:00"),
]
MIDNIGHT = timedelta(hours=24)


def effect(drill: Drill, day: str, signal: Signal, now: datetime | None = None) -> str | None:
    """What the signal does to the drill, as of the end of the day or of ``now``."""
    verdict = judge(drill, date.fromisoformat(day), [signal], now or at(f"{day}T00:00") + MIDNIGHT)
    return verdict.effect if verdict else None


def kinds(start: datetime, end: datetime | None = None) -> list[Signal]:
    """A typhoon signal, Extreme Conditions and a black rainstorm warning of the same time."""
    return [
        Signal("typhoon", 8, start, end),
        Signal("extreme_conditions", None, start, end),
        Signal("black_rainstorm", None, start, end),
    ]


@two_readings
@pytest.mark.parametrize(("name", "day", "first", "last"), HOURS)
def test_what_is_still_up_at_the_first_hour_cancels(
    read: Reading, name: str, day: str, first: str, last: str
) -> None:
    begins = at(f"{day}T{first}")
    for lowered, expected in ((-SECOND, None), (0 * SECOND, None), (SECOND, "cancelled")):
        for signal in kinds(begins - timedelta(hours=30), begins + lowered):
            assert effect(read(name), day, signal) == expected


@two_readings
@pytest.mark.parametrize(("name", "day", "first", "last"), HOURS)
def test_what_is_issued_up_to_the_last_hour_cancels_and_later_terminates(
    read: Reading, name: str, day: str, first: str, last: str
) -> None:
    ends = at(f"{day}T{last}")
    for issued, gale, rain in (
        (-SECOND, "cancelled", "cancelled"),
        (0 * SECOND, "cancelled", "cancelled"),
        (SECOND, "terminated", "continues"),
    ):
        found = [effect(read(name), day, signal) for signal in kinds(ends + issued)]
        assert found == [gale, gale, rain]


@two_readings
@pytest.mark.parametrize(("name", "day", "first", "last"), HOURS)
def test_a_termination_takes_15_minutes_and_a_cancellation_none(
    read: Reading, name: str, day: str, first: str, last: str
) -> None:
    issued = at(f"{day}T{last}") + timedelta(minutes=7)
    late = judge(read(name), date.fromisoformat(day), [typhoon(issued.isoformat()[:16])], issued)
    assert late
    assert (late.since, late.over) == (issued, issued + timedelta(minutes=15))
    early = judge(read(name), date.fromisoformat(day), [typhoon(f"{day}T01:00")], issued)
    assert early
    assert (early.since, early.over) == (at(f"{day}T{first}"), at(f"{day}T{first}"))


@pytest.mark.parametrize(("name", "day", "first", "last"), HOURS)
def test_without_an_end_the_first_rule_still_yields_to_the_session(
    name: str, day: str, first: str, last: str
) -> None:
    """2024 and 2025, section 5, to the letter: the cancelling rule has no end."""
    literal = replace(DRILLS[name], weather=weather_rules(first, last, None))
    later = at(f"{day}T{last}") + SECOND
    assert [effect(literal, day, signal) for signal in kinds(later)] == [
        "terminated",
        "terminated",
        "continues",
    ]
    assert {effect(literal, day, signal) for signal in kinds(later - SECOND)} == {"cancelled"}
    assert {effect(literal, day, signal) for signal in kinds(later - timedelta(hours=9))} == {"cancelled"}


@pytest.mark.parametrize(("level", "expected"), [(1, None), (3, None), (8, "cancelled"), (10, "cancelled")])
def test_only_signals_from_number_8_count(level: int, expected: str | None) -> None:
    signal = typhoon("2021-11-06T08:00", level=level)
    assert effect(DRILLS[REHEARSAL], "2021-11-06", signal) == expected


def test_what_is_cancelled_in_the_morning_stays_so_all_day() -> None:
    morning = typhoon("2021-11-06T05:00", "2021-11-06T07:10")
    assert effect(DRILLS[REHEARSAL], "2021-11-06", morning, at("2021-11-06T06:59:59")) is None
    for now in ("07:00", "07:10", "15:00", "23:59"):
        assert effect(DRILLS[REHEARSAL], "2021-11-06", morning, at(f"2021-11-06T{now}")) == "cancelled"


def test_what_is_not_issued_yet_is_not_known() -> None:
    storm = extreme("2021-11-06T14:40")
    assert effect(DRILLS[REHEARSAL], "2021-11-06", storm, at("2021-11-06T14:39:59")) is None
    assert effect(DRILLS[REHEARSAL], "2021-11-06", storm, at("2021-11-06T14:40")) == "terminated"


def test_weather_of_another_day_does_nothing() -> None:
    for signal in (
        typhoon("2024-11-15T08:00", "2024-11-15T23:00"),
        typhoon("2024-11-17T00:00"),
        black("2024-11-14T10:00", "2024-11-14T12:00"),
    ):
        assert effect(DRILLS[SESSIONS], "2024-11-16", signal, at("2024-11-20T00:00")) is None


def test_the_first_stop_counts_and_a_rainstorm_hides_none() -> None:
    day, now = date(2021, 11, 6), at("2021-11-06T20:00")
    signals = [black("2021-11-06T12:00"), typhoon("2021-11-06T15:00", level=9), typhoon("2021-11-06T13:00")]
    verdict = judge(DRILLS[REHEARSAL], day, signals, now)
    assert verdict
    assert (verdict.effect, verdict.over) == ("terminated", at("2021-11-06T13:15"))
    assert "terminated at Sat 2021-11-06 13:15" in verdict.sentence
    rain = judge(DRILLS[REHEARSAL], day, signals[:1], now)
    assert rain
    assert "goes on as planned" in rain.sentence


def test_where_the_document_has_no_rule_the_weather_says_nothing() -> None:
    storm = typhoon("2021-08-14T08:00", level=10)
    assert effect(DRILLS[TEST], "2021-08-14", storm) is None
    assert judge(CONTINGENCY, None, [storm], at("2021-08-14T12:00")) is None


def test_a_rule_without_start_takes_the_whole_day_in() -> None:
    rule = WeatherRule("all-day", ("black_rainstorm",), None, None, False, "cancelled", 0, "5")
    drill = replace(DRILLS[TEST], weather=(rule,))
    for issued, expected in (
        ("2021-08-13T23:59:59", None),
        ("2021-08-14T00:00:00", "cancelled"),
        ("2021-08-14T23:59:59", "cancelled"),
        ("2021-08-15T00:00:00", None),
    ):
        assert effect(drill, "2021-08-14", black(issued), at("2021-08-16T00:00")) == expected


@given(
    st.sampled_from(HOURS),
    st.integers(0, 3),
    st.integers(-1800, 1439),
    st.integers(1, 2000),
    st.booleans(),
)
@settings(max_examples=200)
def test_the_rules_agree_with_a_reading_minute_by_minute(
    hours: tuple[str, str, str, str], which: int, issued: int, minutes: int, still_up: bool
) -> None:
    """An independent reading of section 5: walk through the minutes in which the signal is up."""
    name, day, first, last = hours
    midnight = at(f"{day}T00:00")
    start = midnight + timedelta(minutes=issued)
    end = None if still_up else start + timedelta(minutes=minutes)
    signal = [*kinds(start, end), Signal("typhoon", 3, start, end)][which]
    up = range(issued, 1440 if end is None else min(issued + minutes, 1440))
    begins, noon = ((at(f"{day}T{text}") - midnight) // timedelta(minutes=1) for text in (first, last))
    expected = None
    if which != 3 and any(begins <= minute <= noon for minute in up):
        expected = "cancelled"
    elif which != 3 and issued > noon:
        expected = "continues" if which == 2 else "terminated"
    assert effect(DRILLS[name], day, signal) == expected


def test_a_rule_about_what_is_issued_takes_its_end_in_and_not_its_start() -> None:
    hours = (time(10), time(12))
    rule = WeatherRule("issued", ("black_rainstorm",), *hours, False, "terminated", 15, "5")
    drill = replace(DRILLS[TEST], weather=(rule,))
    for issued, expected in (
        ("10:00:00", None),
        ("10:00:01", "terminated"),
        ("12:00:00", "terminated"),
        ("12:00:01", None),
    ):
        assert effect(drill, "2021-08-14", black(f"2021-08-14T{issued}")) == expected


# --- from an inventory ----------------------------------------------------------------------------------------


def test_signals_are_read_from_an_inventory() -> None:
    assert parse_weather([]) == ()
    assert parse_weather(
        [
            {"kind": "typhoon", "level": 8, "start": "2021-11-06T07:10", "end": "2021-11-06 12:00:30"},
            {"kind": "black_rainstorm", "start": "2021-11-05T23:10:00Z"},
            {"kind": "extreme_conditions", "start": datetime(2021, 11, 6, 4, 0, tzinfo=UTC), "end": None},
            {"kind": "extreme_conditions", "start": datetime(2021, 11, 6, 12, 0)},
        ]
    ) == (
        typhoon("2021-11-06T07:10", "2021-11-06T12:00:30"),
        black("2021-11-06T07:10"),
        extreme("2021-11-06T12:00"),
        extreme("2021-11-06T12:00"),
    )


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (None, "drill_weather: None is no list of signals"),
        ("typhoon", "drill_weather: 'typhoon' is no list of signals"),
        ({"kind": "typhoon"}, "is no list of signals"),
        (["T8"], "drill_weather[0]: 'T8' is no signal"),
        ([{"kind": "typhon"}], "drill_weather[0].kind: 'typhon' is no kind of signal. Did you mean typhoon?"),
        ([{"kind": "hail"}], "Kinds are typhoon, extreme_conditions, black_rainstorm"),
        ([{"kind": "typhoon", "from": "x"}], "drill_weather[0]: unknown key 'from'"),
        ([{"kind": "typhoon", "start": "2021-11-06T07:10"}], ".level: None is no typhoon signal's number"),
        (
            [{"kind": "typhoon", "level": 7}],
            ".level: 7 is no typhoon signal's number. Give one of 1, 3, 8, 9, 10",
        ),
        ([{"kind": "typhoon", "level": True}], ".level: True is no typhoon signal's number"),
        ([{"kind": "typhoon", "level": "8"}], ".level: '8' is no typhoon signal's number"),
        ([{"kind": "black_rainstorm", "level": 8}], ".level: black_rainstorm has no level, but 8 is given"),
        ([{"kind": "black_rainstorm"}], "drill_weather[0].start: it is missing"),
        ([{"kind": "black_rainstorm", "start": 420}], ".start: 420 is no date with a time of day"),
        ([{"kind": "black_rainstorm", "start": date(2021, 11, 6)}], "is no date with a time of day"),
        (
            [{"kind": "black_rainstorm", "start": "2021-11-06"}],
            "Write it as 2021-11-06T12:15 (Hong Kong time)",
        ),
        ([{"kind": "black_rainstorm", "start": "2021-11-31T07:00"}], "is no date with a time of day"),
        (
            [
                {"kind": "black_rainstorm", "start": "2021-11-06T07:00"},
                {"kind": "black_rainstorm", "start": "2021-11-06T07:00", "end": "2021-11-06T07:00"},
            ],
            "drill_weather[1].end: it ends Sat 2021-11-06 07:00, not after its start Sat 2021-11-06 07:00",
        ),
    ],
)
def test_a_signal_that_is_none_is_named(items: Any, message: str) -> None:
    with pytest.raises(GateError) as error:
        parse_weather(items)
    assert message in str(error.value)
