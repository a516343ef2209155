# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The day as a trail tells it: runs, where workstations stand, what was found, what is proved and what attested."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils._board_checklist import Item, provable
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import merged
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.board_days import (
    DAY,
    REHEARSAL,
    SESSIONS,
    Pen,
    drill,
    finding,
    hk,
    row,
    rows,
    sandbox_day,
)

NOW = hk("2021-11-06 23:00")


def told(records: list[dict[str, Any]]) -> Day:
    return day(records, *drill(), NOW)


def item(known: Day, name: str) -> Item:
    return next(each for each in known.items if each.id == name)


def places(known: Day, host: str) -> dict[str, str]:
    return {each.row.system: each.row.points_at for each in known.standings[host]}


def test_windows_and_deadlines_are_those_of_the_day() -> None:
    known = told([])
    assert [each.window.id for each in known.windows][:2] == ["prepare", "session-1"]
    assert known.windows[1].start == hk("2021-11-06 11:30")
    assert [(each.id, each.by) for each in known.deadlines] == [
        ("report-for-duty", hk("2021-11-06 11:30")),
        ("confirmation", hk("2021-11-06 18:00")),
    ]
    assert [each.confirmation for each in known.deadlines] == [False, True]


def test_a_deadline_without_an_hour_lasts_until_the_end_of_its_day() -> None:
    (deadline,) = day([], *drill(SESSIONS, "2024-11-16"), NOW).deadlines
    assert (deadline.id, deadline.by) == ("confirmation-2024-11-16", hk("2024-11-17 00:00"))
    assert deadline.until == "the end of Sat 2024-11-16"
    assert deadline.left(hk("2024-11-16 21:30")) == "2 h 30 min left"
    assert deadline.left(hk("2024-11-17 00:00")) == "passed 0 s ago"


def test_the_contingency_has_neither_windows_nor_deadlines() -> None:
    known = day([], load(DIRECTORY, "contingency"), None, NOW)
    assert (known.windows, known.deadlines, known.runs) == ((), (), ())


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


def test_a_sandbox_s_runs_have_the_time_they_pretend() -> None:
    pen = Pen()
    pen.begin("status", "2026-01-01 08:00", pretend=True, now="2021-11-06T14:35:00+08:00")
    pen.look("ws-1", rows("ws-1", "secondary"))
    pen.end()
    known = told(pen.records)
    assert known.pretended
    assert known.runs[0].start.isoformat() == "2021-11-06T14:34:59+08:00"
    assert known.standings["ws-1"][0].at.isoformat() == "2021-11-06T14:35:01+08:00"


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


def test_what_the_toolkit_did_is_proved_by_records() -> None:
    known = told(sandbox_day())
    states = {each.id: each.state for each in known.items if each.who == "toolkit"}
    assert states == {
        "dns": "proved",
        "registered": "proved",
        "at-primary": "proved",
        "baseline": "not proved",
        "to-secondary": "proved",
        "to-primary": "proved",
        "clean-up": "proved",
        "proof-at-primary": "proved",
    }
    switched = item(known, "to-secondary").proof
    assert switched is not None and switched.seqs is not None
    seqs = [record["seq"] for record in sandbox_day() if record["phase"] == "to-secondary"]
    assert seqs[0] < switched.seqs[0] <= switched.seqs[1] < seqs[-1]


def test_one_workstation_without_proof_is_named() -> None:
    records = [
        each for each in sandbox_day() if not (each["host"] == "ws-10" and each["at"] > "2021-11-06T08:00")
    ]
    proof = item(told(records), "to-primary").proof
    assert proof is not None
    assert (proof.proved, dict(proof.lacking)) == (2, {"ws-10": "no record"})
    assert item(told(records), "to-primary").state == "partly proved"


def test_what_nobody_has_looked_at_is_lacking_nowhere() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20")
    pen.look("ws-1", rows("ws-1", "secondary", changed=True))
    known = told(pen.records)
    for name in ("dns", "registered", "at-primary", "to-primary", "clean-up", "proof-at-primary"):
        proof = item(known, name).proof
        assert proof is not None and (proof.proved, dict(proof.lacking)) == (0, {}), name


def test_being_at_primary_before_the_last_switch_proves_no_way_back() -> None:
    records = [each for each in sandbox_day() if each["at"] < "2021-11-06T08:00"]
    assert item(told(records), "to-secondary").state == "proved"
    assert item(told(records), "to-primary").state == "not proved"


def test_a_status_before_its_window_proves_nothing_of_the_window() -> None:
    records = [each for each in sandbox_day() if each["at"] < "2021-11-06T14:00"]
    assert item(told(records), "proof-at-primary").state == "not proved"


def test_the_alternate_dns_server_has_to_answer_once() -> None:
    pen = Pen()
    silent = [finding("warning", "DNS server 10.243.65.1", "timed out")]
    pen.begin("pre-drill", "2021-11-05 17:00")
    pen.look("ws-1", rows("ws-1", "primary"), findings=silent)
    assert item(told(pen.records), "dns").state == "not proved"
    pen.look("ws-1", rows("ws-1", "primary"))
    pen.look("ws-1", rows("ws-1", "primary"), findings=silent)
    assert item(told(pen.records), "dns").state == "proved"


@pytest.mark.parametrize("later", ["deferred", "-", "unreachable", "failed"])
def test_only_what_says_otherwise_takes_a_proof_back(later: str) -> None:
    pen = Pen(SESSIONS, "2024-11-16")
    pen.begin("pre-drill", "2024-11-15 17:00")
    pen.look("ws-1", [row("ws-1", "rap", "primary", access="ip_address")])
    if later == "unreachable":
        pen.lost("ws-1")
    else:
        pen.look("ws-1", [row("ws-1", "rap", "primary", access="ip_address", service=later)])
    known = day(pen.records, *drill(SESSIONS, "2024-11-16"), NOW)
    assert item(known, "network").state == ("not proved" if later == "failed" else "proved")


def test_what_is_left_over_is_why_the_cleanup_is_not_proved() -> None:
    pen = Pen()
    pen.begin("cleanup", "2021-11-06 16:30")
    pen.look("ws-1", rows("ws-1", "primary"), not_clean="files of the drill: 2 left")
    proof = item(told(pen.records), "clean-up").proof
    assert proof is not None and dict(proof.lacking) == {"ws-1": "files of the drill: 2 left"}


@pytest.mark.parametrize("name", available(DIRECTORY))
def test_of_every_item_of_the_toolkit_is_known_what_would_prove_it(name: str) -> None:
    items = load(DIRECTORY, name).data["checklists"]
    assert [each["id"] for each in items if each["who"] == "toolkit" and not provable(each["id"])] == []


def test_a_person_s_word_attests_and_proves_nothing() -> None:
    pen = Pen()
    seq = pen.note("go", "2021-11-06 09:40", ["hotline", "to-secondary"], "ws-1", by="Bob")
    known = told(pen.records)
    hotline, switch = item(known, "hotline"), item(known, "to-secondary")
    assert (hotline.state, hotline.proof, [each.seq for each in hotline.notes]) == ("attested", None, [seq])
    assert (switch.state, [each.seq for each in switch.notes]) == ("not proved", [seq])
    assert known.notes[0].signature == (
        "entry 1 by amy, told by Bob, Sat 2021-11-06 09:40:01, about ws-1"  # the pen writes a second later
    )


def test_no_record_of_the_toolkit_attests_what_is_a_person_s() -> None:
    states = {each.state for each in told(sandbox_day()[:-1]).items if each.who == "person"}
    assert states == {"open"}


def test_a_corrected_entry_attests_nothing_and_its_correction_does() -> None:
    pen = Pen()
    first = pen.note("go", "2021-11-06 09:40", ["hotline"])
    second = pen.note("no, that was the other hotline", "2021-11-06 09:41", [], corrects=first)
    known = told(pen.records)
    assert item(known, "hotline").state == "open"
    assert [(each.seq, each.stands) for each in known.notes] == [(first, False), (second, True)]
    third = pen.note("it was ours after all", "2021-11-06 09:42", ["hotline"], corrects=second)
    assert [each.seq for each in item(told(pen.records), "hotline").notes] == [third]


@pytest.mark.parametrize("corrects", [0, 2, 99, -1, True, "1", None])
def test_what_is_no_earlier_entry_is_not_corrected(corrects: object) -> None:
    pen = Pen()
    pen.note("go", "2021-11-06 09:40", ["hotline"])
    pen.note("well", "2021-11-06 09:41", [], corrects=corrects)
    assert item(told(pen.records), "hotline").state == "attested"


def test_trails_of_several_controllers_are_one_day() -> None:
    first, second = Pen(), Pen()
    first.begin("to-secondary", "2021-11-06 12:20")
    first.look("ws-1", rows("ws-1", "secondary", changed=True))
    first.end()
    here = first.note("go", "2021-11-06 12:30", ["hotline"])
    second.note("another entry of the same number", "2021-11-06 12:10")
    second.begin("to-secondary", "2021-11-06 12:40")
    second.look("ws-2", rows("ws-2", "secondary", changed=True))
    second.end()
    second.note("corrects its own", "2021-11-06 12:50", corrects=1)
    known = told(
        merged(
            {"one": first.records, "two": [{**each, "run": f"2-{each['run']}"} for each in second.records]}
        )
    )
    assert [(run.trail, run.hosts) for run in known.runs] == [
        ("one", frozenset({"ws-1"})),
        ("two", frozenset({"ws-2"})),
    ]
    proof = item(known, "to-secondary").proof
    assert proof is not None and (proof.proved, proof.seqs, len(proof.runs)) == (2, None, 2)
    assert [(each.seq, each.trail) for each in item(known, "hotline").notes] == [(here, "one")]
    assert [(each.trail, each.stands) for each in known.notes if each.seq == 1] == [("two", False)]
    assert f"entry {here} of one by amy" in item(known, "hotline").notes[0].signature


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rows", "findings", "items", "step", "msg", "now", "pretend"]), inner
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
                "event": st.sampled_from(["result", "note", "gate", "readiness", "failed", "run_ended", 7]),
                "drill": st.sampled_from([REHEARSAL, None, "x"]),
                "occurrence": st.sampled_from([DAY, None]),
                "run": st.sampled_from(["a", "b", None]),
                "phase": st.sampled_from(["status", "to-secondary", None, ""]),
                "host": st.sampled_from(["ws-1", None]),
                "detail": JSON,
            }
        ),
        max_size=6,
    )
)
def test_no_record_that_a_trail_can_hold_breaks_the_day(records: list[dict[str, Any]]) -> None:
    known = told(records)
    assert known.records <= len(records)
    assert all(run.start <= run.last for run in known.runs)
