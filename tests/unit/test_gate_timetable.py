# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations and times as people read them, and what a timetable promises over all time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from itertools import pairwise

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, SECONDARY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    Span,
    expect,
    lasting,
    phase_span,
    serving,
    show,
    timeline,
    wanted,
)

from tests.unit.gate_drills import DRILLS, REHEARSAL, SECOND, SESSIONS, at, window


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.5, "1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (61, "2 min"),
        (3599, "1 h"),
        (7800, "2 h 10 min"),
        (86400, "1 d"),
        (86401, "1 d 1 min"),
        (90061, "1 d 1 h"),
        (183600, "2 d 3 h"),
    ],
)
def test_a_wait_is_said_as_people_say_it(seconds: float, text: str) -> None:
    assert lasting(timedelta(seconds=seconds)) == text


def test_times_are_shown_in_hong_kong() -> None:
    noon = at("2021-11-06T12:15").astimezone(UTC)
    assert show(noon) == "Sat 2021-11-06 12:15"
    assert show(noon + timedelta(seconds=1)) == "Sat 2021-11-06 12:15:01"


@pytest.mark.parametrize("name", list(DRILLS))
@pytest.mark.parametrize("over", [None, "00:00", "12:00", "14:30", "23:59"])
def test_a_timeline_has_no_gaps_and_no_needless_cuts(name: str, over: str | None) -> None:
    for occurrence in DRILLS[name].occurrences:
        stop = at(f"{occurrence.id}T{over}") if over else None
        stretches = timeline(DRILLS[name], occurrence.day, stop)
        assert stretches[0].span.start is None
        assert stretches[-1].span.end is None
        for before, after in pairwise(stretches):
            assert before.span.end == after.span.start
            assert before.data_centre != after.data_centre
        known = [each for each in stretches if stop and each.data_centre and each.span.has(stop)]
        assert not known, "after the weather's stop nothing is known"


def test_of_several_failures_the_first_opens_and_of_several_sessions_the_last_closes() -> None:
    twice = replace(
        DRILLS[SESSIONS],
        windows=(
            window("failover", "10:00", "10:30"),
            window("serving", "10:30", "11:00", SECONDARY),
            window("failover", "12:00", "12:30"),
            window("serving", "12:30", "13:00", SECONDARY),
        ),
    )
    day = date(2024, 11, 16)
    assert phase_span(twice, day, "to-secondary") == Span(at("2024-11-16T10:00"), at("2024-11-16T13:00"))
    assert phase_span(twice, day, "cleanup") == Span(at("2024-11-16T13:00"), None)
    assert phase_span(twice, day, "pre-drill").end == at("2024-11-16T10:00")
    assert serving(twice, day, at("2024-11-16T11:30")).data_centre is None, (
        "nothing is promised between windows"
    )


def test_the_weather_is_named_as_what_ended_the_service() -> None:
    over = at("2024-11-16T13:00")
    before, after = (
        expect(DRILLS[SESSIONS], date(2024, 11, 16), SECONDARY, over + step, over)
        for step in (-SECOND, 0 * SECOND)
    )
    assert (before.serving, before.deferred) == (SECONDARY, False)
    assert (after.serving, after.deferred, after.until) == (None, True, None)
    assert "the weather ended the drill at Sat 2024-11-16 13:00" in after.why


@pytest.mark.parametrize(
    ("name", "moment", "centre"),
    [
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-05T17:00", "primary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-06T10:00", "primary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-06T12:14", "primary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-06T12:15", "secondary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-06T15:59", "secondary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-06T16:00", "primary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-06T22:31", "primary"),
        ("2021-11-06-ccass-failover-rehearsal", "2021-11-08T07:00", "primary"),
        ("2025-06-21-rap-practice-session", "2025-06-21T11:59", "primary"),
        ("2025-06-21-rap-practice-session", "2025-06-21T12:00", None),
        ("2025-06-21-rap-practice-session", "2025-06-21T14:00", "secondary"),
        ("2025-06-21-rap-practice-session", "2025-06-21T16:00", "primary"),
    ],
)
def test_where_the_fleet_should_point_goes_by_the_windows(name: str, moment: str, centre: str | None) -> None:
    drill = load(DIRECTORY, name)
    assert wanted(drill, drill.occurrences[0].day, at(moment)).data_centre == centre


@pytest.mark.parametrize("name", list(DRILLS))
def test_whatever_serves_is_where_the_fleet_should_point(name: str) -> None:
    for occurrence in DRILLS[name].occurrences:
        day, midnight = occurrence.day, at(f"{occurrence.id}T00:00")
        for minute in range(-60, 26 * 60, 7):
            now = midnight + timedelta(minutes=minute)
            serves = serving(DRILLS[name], day, now).data_centre
            assert serves in (None, wanted(DRILLS[name], day, now).data_centre), now


def test_once_the_weather_has_ended_the_drill_the_fleet_belongs_to_the_primary() -> None:
    drill, over = DRILLS[REHEARSAL], at("2021-11-06T15:00")
    day = date(2021, 11, 6)
    assert wanted(drill, day, over - timedelta(minutes=1), over).data_centre == "secondary"
    assert wanted(drill, day, over, over).data_centre == "primary"
