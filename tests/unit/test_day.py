# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The day as a trail tells it: runs, where workstations stand, what was found, what is proved and what attested."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.board import board
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import confirmation
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.board_days import (
    DAY,
    NOW,
    REHEARSAL,
    SESSIONS,
    Pen,
    drill,
    finding,
    hk,
    item,
    row,
    rows,
    sandbox_day,
    told,
)


def places(known: Day, host: str) -> dict[str, str]:
    return {each.row.system: each.row.points_at for each in known.standings[host]}


def test_windows_and_deadlines_are_those_of_the_day() -> None:
    known = told([])
    assert [each.window.id for each in known.windows][:2] == ["prepare", "session-1"]
    assert known.windows[1].start == hk("2021-11-06 11:30")
    assert [(each.id, each.by) for each in known.deadlines] == [
        ("registration", hk("2021-11-03 00:00")),
        ("report-for-duty", hk("2021-11-06 11:30")),
        ("confirmation", hk("2021-11-06 18:00")),
    ]
    assert [each.confirmation for each in known.deadlines] == [False, False, True]


def test_a_deadline_without_an_hour_lasts_until_the_end_of_its_day() -> None:
    deadline = day([], *drill(SESSIONS, "2024-11-16"), NOW).deadlines[-1]
    assert (deadline.id, deadline.by) == ("confirmation-2024-11-16", hk("2024-11-17 00:00"))
    assert deadline.until == "the end of Sat 2024-11-16"
    assert deadline.left(hk("2024-11-16 21:30")) == "2 h 30 min left"
    assert deadline.left(hk("2024-11-17 00:00")) == "passed 0 s ago"


@pytest.mark.parametrize(
    ("of", "occurrence", "names"),
    [
        (SESSIONS, "2024-11-16", ["registration-2024-11-16", "confirmation-2024-11-16"]),
        (SESSIONS, "2024-11-30", ["registration-2024-11-30", "confirmation-2024-11-30"]),
        (
            "2025-06-21-rap-practice-session",
            "2025-06-21",
            ["accounts", "questionnaire", "registration", "cross-check", "accounts-for-rollout"],
        ),
    ],
)
def test_deadlines_of_days_before_are_there_and_none_of_another_occurrence(
    of: str, occurrence: str, names: list[str]
) -> None:
    assert [each.id for each in day([], *drill(of, occurrence), NOW).deadlines] == names


def test_the_contingency_has_neither_windows_nor_deadlines() -> None:
    known = day([], load(DIRECTORY, "contingency"), None, NOW)
    assert (known.windows, known.deadlines, known.runs) == ((), (), ())


def test_a_sandbox_s_runs_have_the_time_they_pretend() -> None:
    pen = Pen()
    pen.begin("status", "2026-01-01 08:00", pretend=True, now="2021-11-06T14:35:00+08:00")
    pen.look("ws-1", rows("ws-1", "secondary"))
    pen.end()
    known = told(pen.records)
    assert known.pretended
    assert known.runs[0].start.isoformat() == "2021-11-06T14:35:00+08:00"
    assert known.standings["ws-1"][0].at.isoformat() == "2021-11-06T14:35:02+08:00"


def test_an_entry_of_a_sandbox_has_the_time_it_pretends() -> None:
    entry = {
        "seq": 1,
        "at": "2026-01-01T00:00:00+00:00",
        "event": "note",
        "drill": REHEARSAL,
        "occurrence": DAY,
    }
    said = {"text": "go", "pretend": True, "now": "2021-11-06T14:35:00+08:00"}
    known = day([{**entry, "detail": said}], *drill())
    assert known.notes[0].at.isoformat() == known.now.isoformat() == said["now"]


def test_the_last_word_on_a_system_stands_with_its_record() -> None:
    known = told(sandbox_day())
    assert places(known, "ws-1") == {"ccass": "by DNS", "rap": "primary", "var_online": "primary"}
    last = next(each for each in known.standings["ws-1"] if each.row.system == "rap")
    assert (last.row.service, last.phase, known.answers[-3].seq) == ("ok", "status", last.seq)


def test_a_proof_does_not_outlive_what_it_proved() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 11:40")
    pen.look("ws-1", [row("ws-1", "rap", "primary")])
    pen.end()
    pen.begin("to-secondary", "2021-11-06 12:20")
    pen.look("ws-1", [row("ws-1", "rap", "secondary", changed=True, service="-")], "write")
    assert told(pen.records).standings["ws-1"][0].row.service == "-"
    pen.look("ws-1", [row("ws-1", "rap", "secondary", service="ok")])
    pen.look("ws-1", [row("ws-1", "rap", "-", service="-")], "write")
    kept = told(pen.records).standings["ws-1"][0].row
    assert (kept.points_at, kept.service) == ("secondary", "ok")
    pen.look("ws-1", [row("ws-1", "rap", "mixed", service="-")])
    assert told(pen.records).standings["ws-1"][0].row.service == "-"


def test_who_was_unreachable_is_so_until_heard_of_again() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20")
    pen.lost("ws-1")
    pen.lost("ws-2", "failed", "disk full")
    pen.end()
    known = told(pen.records)
    assert (known.unreachable, known.failed) == (("ws-1",), ("ws-2",))
    assert [(each.level, each.what) for each in known.findings] == [
        ("error", "disk full"),
        ("pending", "no route to host"),
    ]
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", rows("ws-1", "primary"))
    assert told(pen.records).unreachable == ()


def test_the_verdict_of_status_makes_no_workstation_fail() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", rows("ws-1", "primary"))
    pen.phase = None
    pen.write("failed", {"task": "hkex.drill.proof : Judge", "msg": "is not as it should be"}, "ws-1")
    assert told(pen.records).failed == ()


def test_findings_are_those_of_the_last_run_that_looked() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20")
    pen.look("ws-1", [], "write", findings=[finding("pending", "RAP", "its client is running")])
    pen.look("ws-2", [], "write", findings=[finding("pending", "RAP", "its client is running")])
    pen.look("ws-2", [], findings=[finding("error", "DNS", "refused"), finding("info", "x", "y")])
    pen.end()
    groups = told(pen.records).findings
    assert [(each.level, each.workstations) for each in groups] == [
        ("error", ("ws-2",)),
        ("pending", ("ws-1", "ws-2")),
    ]
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", rows("ws-1", "secondary"))
    pen.lost("ws-2")
    later = told(pen.records).findings
    assert {each.what: each.workstations for each in later} == {
        "refused": ("ws-2",),
        "its client is running": ("ws-2",),
        "no route to host": ("ws-2",),
    }


def test_what_is_not_clean_is_pending_work_until_it_is() -> None:
    pen = Pen()
    pen.begin("cleanup", "2021-11-06 16:30")
    for host in ("ws-1", "ws-2"):
        pen.look(
            host, rows(host, "primary"), not_clean="files of the drill: 3 left" if host == "ws-1" else ""
        )
    (group,) = told(pen.records).findings
    assert (group.level, group.what, group.workstations) == (
        "pending",
        "files of the drill: 3 left",
        ("ws-1",),
    )
    pen.look("ws-1", rows("ws-1", "primary"))
    assert [*told(pen.records).not_clean] == ["ws-1"]
    pen.look("ws-1", rows("ws-1", "primary"), not_clean="")
    assert (told(pen.records).findings, told(pen.records).not_clean) == ((), {})


def test_readiness_tells_of_workstations_and_of_the_inventory() -> None:
    pen = Pen()
    pen.begin("pre-drill", "2021-11-05 17:00")
    pen.look("ws-1", rows("ws-1", "none"))
    found = {"ws-1": [finding("error", "account", "not registered")]}
    pen.write(
        "readiness", {"findings": [finding("warning", "limit", "too many")], "findings_of": found}, "ws-1"
    )
    known = told(pen.records)
    assert [each.workstations for each in known.findings] == [("ws-1",), ("the inventory",)]
    registered = item(known, "registered")
    assert registered.proof is not None
    assert (registered.state, registered.proof.lacking) == ("not proved", {"ws-1": "not registered"})


@pytest.mark.parametrize("run", [["a"], {"a": 1}, 7, None])
def test_a_run_of_another_form_is_left_out(run: object) -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35", pretend=True, now="2021-11-06T14:35:00+08:00")
    for record in pen.records:
        record["run"] = run
    assert told(pen.records).runs == ()
    for record in pen.records:
        del record["run"]
    assert told(pen.records).runs == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "rows",
                    "findings",
                    "items",
                    "step",
                    "msg",
                    "now",
                    "pretend",
                    "edits",
                    "limit",
                    "failed",
                    "text",
                ]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "seq": st.integers(1, 99),
                "at": st.sampled_from(
                    [NOW.isoformat(), "9999-12-31T23:59:59-12:00", "2021-11-06T12:00", "", None]
                ),
                "event": st.sampled_from(
                    [
                        "result",
                        "note",
                        "gate",
                        "readiness",
                        "failed",
                        "run_started",
                        "run_ended",
                        7,
                        ["result"],
                    ]
                ),
                "drill": st.sampled_from([REHEARSAL, None, "x"]),
                "occurrence": st.sampled_from([DAY, None]),
                "phase": st.sampled_from(["status", "to-secondary", None, "", {"a": 1}]),
                "host": st.sampled_from(["ws-1", None, ["ws-1"]]),
                "detail": JSON,
            },
            optional={"run": st.sampled_from(["a", "b", None, ["a"], {"a": 1}, 7])},
        ),
        max_size=6,
    )
)
def test_no_record_that_a_trail_can_hold_breaks_the_day(records: list[dict[str, Any]]) -> None:
    known = told(records)
    assert known.records <= len(records)
    assert all(run.start <= run.last for run in known.runs)
    assert board(known) and confirmation(known)
