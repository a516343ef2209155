# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations and times as people read them, and what a timetable promises over all time."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import pairwise

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import lasting, show, timeline

from tests.unit.gate_drills import DRILLS, at


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
