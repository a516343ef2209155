# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a drill's checklist is proved, and what attested."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils._board_rules import BY_READINESS, RULES
from ansible_collections.hkex.drill.plugins.plugin_utils.board import board
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import merged

from tests.unit.board_days import GATE, NOW, SESSIONS, Pen, drill, finding, item, row, rows, sandbox_day, told
from tests.unit.board_pages import Page


def test_what_the_toolkit_did_is_proved_by_records() -> None:
    known = told(sandbox_day())
    states = {each.id: each.state for each in known.items if each.who == "toolkit"}
    assert states == {
        "dns": "proved",
        "registered": "proved",
        "at-primary": "proved",
        "baseline": "proved",
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


@pytest.mark.parametrize("back", ["to-primary", "rollback"])
def test_being_at_primary_before_anybody_went_there_proves_no_way_back(back: str) -> None:
    records = [each for each in sandbox_day() if each["at"] < "2021-11-06T04:00"]
    assert {each["phase"] for each in records} >= {"pre-drill", "status"}
    assert item(told(records), "to-primary").state == "not proved"
    pen = Pen(records=records)
    pen.begin(back, "2021-11-06 12:00")
    pen.look("ws-1", rows("ws-1", "primary"))
    pen.begin("status", "2021-11-06 12:10")
    for host in ("ws-1", "ws-2", "ws-10"):
        pen.look(host, rows(host, "primary"))
    assert item(told(pen.records), "to-primary").state == "proved"


def test_a_status_before_its_window_proves_nothing_of_the_window() -> None:
    records = [each for each in sandbox_day() if each["at"] < "2021-11-06T14:00"]
    assert item(told(records), "proof-at-primary").state == "not proved"


def test_the_alternate_dns_server_has_to_answer_once() -> None:
    pen = Pen()
    silent = [finding("warning", "DNS server 10.243.65.1", "timed out")]
    pen.begin("pre-drill", "2021-11-05 17:00")
    pen.look("ws-1", rows("ws-1", "primary"), findings=silent)
    pen.end()
    assert item(told(pen.records), "dns").state == "not proved"
    pen.begin("status", "2021-11-06 11:40")
    pen.look("ws-1", rows("ws-1", "primary"))
    pen.look("ws-1", rows("ws-1", "primary"), findings=silent)
    assert item(told(pen.records), "dns").state == "proved"


def test_servers_that_are_no_longer_set_are_not_proved_whatever_answered_once() -> None:
    pen = Pen()
    pen.begin("pre-drill", "2021-11-05 17:00")
    pen.look("ws-1", rows("ws-1", "primary"))
    pen.end()
    pen.begin("status", "2021-11-06 11:40")
    pen.look(
        "ws-1", [row("ws-1", "ccass", "none", dns="differs", configuration="failed", service="deferred")]
    )
    proof = item(told(pen.records), "dns").proof
    assert proof is not None and dict(proof.lacking) == {"ws-1": "failed"}
    pen.look("ws-1", rows("ws-1", "primary", service="deferred"))
    assert item(told(pen.records), "dns").state == "proved"


@pytest.mark.parametrize("at", ["2021-11-06 23:30", "2021-11-09 10:00"])
def test_a_status_after_its_window_proves_nothing_of_the_window(at: str) -> None:
    pen = Pen(records=[each for each in sandbox_day() if each["at"] < "2021-11-06T14:00"])
    pen.begin("status", at)
    pen.look("ws-1", rows("ws-1", "primary"))
    assert item(told(pen.records), "proof-at-primary").state == "not proved"
    assert item(told(pen.records), "to-primary").state == "proved"


def test_that_files_were_listed_is_proved_where_a_baseline_was_written() -> None:
    pen = Pen()
    pen.begin("pre-drill", "2021-11-05 17:00")
    listed = [{"path": "rehearsal_files", "new": "baseline, listed in /blobs/1"}]
    for host, edits in (("ws-1", listed), ("ws-2", [])):
        pen.look(host, rows(host, "primary"), "write", edits=edits)
    pen.look("ws-1", rows("ws-1", "primary"), "write", edits=[])  # nothing new since
    proof = item(told(pen.records), "baseline").proof
    assert proof is not None and (proof.proved, dict(proof.lacking)) == (1, {})
    pen.look("ws-3", rows("ws-3", "primary"))  # not ready, so not written
    proof = item(told(pen.records), "baseline").proof
    assert proof is not None and dict(proof.lacking) == {"ws-3": "no record"}


def test_runs_of_a_part_of_the_fleet_prove_nothing_of_the_rest() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20", limit="ws-1")
    pen.look("ws-1", rows("ws-1", "secondary", changed=True))
    pen.end()
    known = told(pen.records)
    assert (known.limited, known.runs[0].limit, item(known, "to-secondary").state) == (
        True,
        "ws-1",
        "partly proved",
    )
    pen.begin("to-secondary", "2021-11-06 12:25", check=True)
    pen.look("ws-1", rows("ws-1", "secondary"))
    assert told(pen.records).limited
    pen.begin("to-secondary", "2021-11-06 12:30")
    pen.look("ws-1", rows("ws-1", "secondary"))
    pen.lost("ws-2")
    pen.end()
    proof = item(told(pen.records), "to-secondary").proof
    assert proof is not None and (told(pen.records).limited, dict(proof.lacking)) == (
        False,
        {"ws-2": "unreachable"},
    )


@pytest.mark.parametrize("stopped", ["cut off", "refused"])
def test_a_run_that_stopped_after_its_canaries_has_not_gone_over_the_fleet(stopped: str) -> None:
    pen = Pen("contingency", None)
    pen.begin("to-secondary", "2024-03-01 10:00")
    pen.look("ws-1", rows("ws-1", "secondary", changed=True))
    if stopped == "refused":
        said = {
            "task": GATE,
            "allowed": False,
            "overridden": [],
            "force": None,
            "msg": "a canary is not well",
        }
        pen.write("failed", said, "ws-1")
        pen.end(failed=1)
    known = day(pen.records, load(DIRECTORY, "contingency"), None, NOW)
    assert (known.limited, item(known, "to-secondary").state) == (True, "partly proved")
    assert "limited or stopped early, so there may be workstations that the trail does not know" in board(
        known
    )


@pytest.mark.parametrize("later", ["deferred", "-", "unreachable", "failed"])
def test_only_what_says_otherwise_takes_a_proof_back(later: str) -> None:
    pen = Pen(SESSIONS, "2024-11-16")
    pen.begin("pre-drill", "2024-11-15 17:00")
    pen.look("ws-1", [row("ws-1", "rap", "primary", access="ip_address")])
    if later == "unreachable":
        pen.lost("ws-1")
    else:
        pen.look("ws-1", [row("ws-1", "rap", "primary", access="ip_address", service=later)])
    pen.end()
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
    assert {each["id"] for each in items if each["who"] == "toolkit"} <= {*RULES, *BY_READINESS}


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


def two_trails() -> list[dict[str, Any]]:
    """A day of two controllers, whose records have the same numbers."""
    first, second = Pen(), Pen()
    first.begin("to-secondary", "2021-11-06 12:20")
    first.look("ws-1", rows("ws-1", "secondary", changed=True))
    first.end()
    first.note("go", "2021-11-06 12:30", ["hotline"])
    second.note("another entry of the same number", "2021-11-06 12:10")
    second.begin("to-secondary", "2021-11-06 12:40")
    second.look("ws-2", rows("ws-2", "secondary", changed=True))
    second.end()
    second.note("corrects its own", "2021-11-06 12:50", corrects=1)
    others = [{**each, "run": f"2-{each['run']}"} for each in second.records]
    return merged({"": first.records, "two": others})


def test_trails_of_several_controllers_are_one_day() -> None:
    known = told(two_trails())
    assert [(run.trail, run.hosts) for run in known.runs] == [
        ("", frozenset({"ws-1"})),
        ("two", frozenset({"ws-2"})),
    ]
    proof = item(known, "to-secondary").proof
    assert proof is not None and (proof.proved, proof.seqs, len(proof.runs)) == (2, None, 2)
    assert [(each.seq, each.trail) for each in item(known, "hotline").notes] == [(5, "")]
    assert [(each.trail, each.stands) for each in known.notes if each.seq == 1] == [("two", False)]
    assert "entry 5 by amy" in item(known, "hotline").notes[0].signature


def test_a_number_on_the_board_says_of_which_trail_it_is() -> None:
    read = Page(board(told(two_trails())))
    looks = [each.text for each in read.all("small") if "record " in each.text]
    assert [each.rpartition(", ")[2] for each in looks] == [*["record 3"] * 3, *["record 4 of two"] * 3]
    entries = [each.text for each in read.all("th") if "corrects" in each.text or "corrected" in each.text]
    assert entries == ["1 of twocorrected by 6 of two", "6 of twocorrects 1 of two"]
    for trail, of in (("", ""), ("two", " of two")):
        pen = Pen()
        pen.begin("pre-drill", "2021-11-05 17:00")
        pen.look("ws-1", rows("ws-1", "primary"), rap_keys={"CA10001001": "SHA256:a"})
        pen.write("readiness", {"findings": [], "findings_of": {}}, "ws-1")
        body = Page(board(told(merged({trail: pen.records})))).body
        assert f"it concerns: record 3{of}, the last" in body  # of workstations
        assert f"it concerns: record 4{of}, the last" in body  # of the rules
