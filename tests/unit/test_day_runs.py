# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What came of a day's runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.board_days import Pen, finding, item, row, rows, sandbox_day, told


def test_runs_and_the_time_they_took() -> None:
    known = told(sandbox_day())
    assert [run.phase for run in known.runs] == [
        "pre-drill",
        "status",
        "to-secondary",
        "status",
        "to-primary",
        "cleanup",
        "status",
    ]
    first = known.runs[0]
    assert (first.who, first.controller, first.seqs) == ("amy", "controller", (1, 10))
    assert (first.elapsed, first.end) == (timedelta(seconds=9), first.last)
    status = next(each for each in known.elapsed if each.phase == "status")
    assert (status.runs, status.total) == (3, timedelta(seconds=15))
    assert [each.phase for each in known.elapsed] == [
        "pre-drill",
        "to-secondary",
        "to-primary",
        "cleanup",
        "status",
    ]


def test_of_a_run_that_was_cut_off_no_end_is_known() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20")
    pen.look("ws-1", rows("ws-1", "secondary", changed=True), "write")
    assert told(pen.records).runs[0].end is None


def test_check_mode_is_a_run_but_changes_nothing_that_is_known() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20", check=True)
    pen.look("ws-1", rows("ws-1", "secondary", changed=True), "write", findings=[finding("error", "a", "b")])
    pen.end()
    known = told(pen.records)
    assert known.runs[0].check
    assert (known.standings, known.findings, known.elapsed[0].runs, known.elapsed[0].checks) == ({}, (), 0, 1)
    assert item(known, "to-secondary").state == "not proved"


def test_other_drills_and_occurrences_are_none_of_its_business() -> None:
    other = Pen(drill="contingency", occurrence=None)
    other.begin("to-secondary", "2021-11-06 12:20")
    other.look("ws-1", rows("ws-1", "secondary"))
    other.end()
    other.note("of another drill", "2021-11-06 12:30", ["hotline"])
    assert told(other.records).records == 0
    assert told(other.records).standings == {}
    assert item(told(other.records), "hotline").state == "open"


def test_a_refusal_of_the_gate_is_the_run_s_and_no_workstation_s() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 09:00", allowed=False, msg="to-secondary is refused. Wait")
    pen.end()
    known = told(pen.records)
    assert known.runs[0].refused == "to-secondary is refused. Wait"
    assert (known.failed, known.findings) == ((), ())


def test_force_is_told_with_what_it_passed() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 09:00", force="asked by phone", overridden=["window: not open"])
    assert (told(pen.records).runs[0].force, told(pen.records).runs[0].overridden) == (
        "asked by phone",
        ("window: not open",),
    )


def test_a_run_knows_who_was_not_as_it_should_be() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", rows("ws-1", "secondary"))
    pen.look("ws-2", rows("ws-2", "secondary"))
    pen.judge("ws-1")
    pen.end(failed=1)
    pen.begin("cleanup", "2021-11-06 16:30")
    pen.look("ws-2", rows("ws-2", "primary"), not_clean="files of the drill: 3 left")
    pen.end()
    status, cleanup = told(pen.records).runs
    assert (set(status.astray), set(status.failed), status.ended_badly) == ({"ws-1"}, set(), True)
    assert (set(cleanup.astray), cleanup.ended_badly) == ({"ws-2"}, False)


@pytest.mark.parametrize(
    ("last", "astray", "pending"),
    [("pending", set(), {"ws-1", "ws-2"}), ("failed", {"ws-1"}, {"ws-2"}), ("ok", set(), {"ws-2"})],
)
def test_a_run_ends_as_what_it_saw_last(last: str, astray: set[str], pending: set[str]) -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20")
    pen.look("ws-1", [row("ws-1", "rap", "primary", configuration="failed")], "write")
    pen.look("ws-1", [row("ws-1", "rap", "primary", configuration=last)])
    pen.lost("ws-2")
    pen.end()
    run = told(pen.records).runs[0]
    assert (set(run.astray), set(run.pending)) == (astray, pending)


def test_runs_of_one_pretended_time_stand_as_they_came() -> None:
    pen = Pen()
    phases = ("to-primary", "to-secondary", "status")
    for number, phase in enumerate(phases):
        pen.begin(phase, "2026-01-01 08:00", pretend=True, now="2021-11-06T14:35:00+08:00")
        gate = pen.records[-1]
        gate["at"] = gate["at"].replace(".000000", f".{number}00000")
    assert tuple(run.phase for run in told(pen.records).runs) == phases
