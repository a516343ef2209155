# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate as an administrator meets it: what is refused, what is said, and that nothing is changed then."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.play import BACK, GAP, RAP, Sandbox, resolve, sandbox
from tests.lab.fleet import HOSTS, ROOT

ONE = "--limit=ws-02"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    yield sandbox(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that every test must leave as it found it."""
    box = sandbox(tmp_path_factory.mktemp("still"))
    before = box.everything()
    yield box
    assert box.everything() == before


def test_without_a_tag_nothing_happens(still: Sandbox) -> None:
    ran = still.run("playbooks/drill.yml", at=GAP)
    assert ran.code == 0 and "No phase is asked for, so nothing is done" in ran.text
    assert "Workstation  System" not in ran.said and still.trail() == []


@pytest.mark.parametrize("tags", ["all", "untagged", "tagged", "always"])
def test_tags_that_name_no_phase_are_harmless(still: Sandbox, tags: str) -> None:
    assert still.phase(tags, GAP, ONE).code == 0
    assert still.trail() == []


@pytest.mark.parametrize(
    ("tags", "skip", "message"),
    [
        ("to-secundary", "", "Did you mean to-secondary?"),
        ("to-secondary,to-primary", "", "these are several phases"),
        ("never", "", "never"),
        ("to-secondary", "always", "always"),
    ],
)
def test_contradictory_or_mistyped_tags_change_nothing(
    still: Sandbox, tags: str, skip: str, message: str
) -> None:
    before = still.tables()
    ran = still.phase(tags, GAP, ONE, *([f"--skip-tags={skip}"] if skip else []))
    assert still.tables() == before
    if skip:  # the check itself was cut out, and with it all phases: their own gate refuses
        assert "changed=1" not in ran.said and "Nothing was done: the tags left all of it out" in ran.text
        assert ran.code == 1
    else:
        assert ran.code != 0 and message in ran.text


@pytest.mark.parametrize(
    ("phase", "at", "variables", "message"),
    [
        ("to-secondary", "2021-11-06T12:14:59", {}, "opens in 1 s"),
        ("to-secondary", "2021-11-06T16:00", {}, "it closed 0 s ago"),
        ("pre-drill", "2021-11-06T11:30", {}, "it closed 0 s ago"),
        ("cleanup", "2021-11-06T15:59", {}, "opens in 1 min"),
        (
            "to-secondary",
            "2021-08-14T20:35",
            {"drill": "2021-08-14-ccms-rap-connectivity-test"},
            "no session at the",
        ),
        ("cleanup", GAP, {"drill": "contingency"}, "none may be purged"),
        (
            "to-secondary",
            GAP,
            {"drill": "2021-11-06-ccass-failover-rehersal"},
            "Did you mean 2021-11-06-ccass",
        ),
        ("to-secondary", GAP, {"drill_occurrence": "2021-11-07"}, "there is none on '2021-11-07'"),
        (
            "to-secondary",
            "2024-11-16T11:00",
            {"drill": "2024-11-rrs-secondary-connectivity"},
            "several dates",
        ),
        ("to-secondary", GAP, {"drill_force": "  "}, "Give the reason in words"),
        ("to-secondary", "2021-11-06T11:00", {"drill_force": False}, "'False' is no reason"),
        ("to-secondary", GAP, {"drill_weather": "x"}, "'x' is no list of signals"),
        ("to-secondary", GAP, {"drill_failure_limit": "abc"}, "drill_failure_limit: 'abc' is no percentage"),
        ("to-secondary", GAP, {"drill_timeout": "abc"}, "ws-02, drill_timeout: 'abc' is no time to wait"),
        ("to-secondary", GAP, {"drill_wether": []}, "Did you mean drill_weather"),
        (
            "to-secondary",
            GAP,
            {"drill_takes_part": {"2021-11-6-ccass-failover-rehearsal": False}},
            "no drill",
        ),
        ("to-secondary", GAP, {"drill_sandbox": False}, "only a sandbox inventory may pretend"),
        ("to-secondary", "12:20", {}, "is no date with a time of day"),
        (
            "to-secondary",
            GAP,
            {"drill_weather": [{"kind": "typhoon", "level": 8, "start": "2021-11-06T11:40"}]},
            "terminated at Sat 2021-11-06 11:55",
        ),
        ("to-secondary", GAP, {"drill_weather": [{"kind": "hail", "start": "2021-11-06T11:40"}]}, "hail"),
        ("to-secondary", GAP, {"drill_access": {"rap": "hosttable"}}, "Did you mean host_table"),
        ("to-secondary", GAP, {"drill_participant": {}}, "drill_participant: it is not set"),
    ],
)
def test_what_the_gate_refuses_it_says_why(
    still: Sandbox, phase: str, at: str, variables: dict[str, object], message: str
) -> None:
    ran = still.phase(phase, at, ONE, **variables)
    assert ran.code != 0
    assert message in ran.text, ran.said
    assert "Nothing was changed" in ran.text


def test_start_at_task_jumps_over_the_gate_and_the_write_refuses(still: Sandbox) -> None:
    ran = still.phase("to-secondary", GAP, ONE, "--start-at-task=Write")
    assert ran.code != 0 and "changed=1" not in ran.said


def test_the_write_alone_refuses_without_the_gates_result(still: Sandbox) -> None:
    book = still.folder / "own.yml"
    book.write_text(
        "- hosts: all\n  gather_facts: false\n  vars: {drill_phase: to-secondary}\n  tasks:\n"
        "    - ansible.builtin.include_role: {name: hkex.drill.workstation}\n"
        "      vars:\n        workstation_gate: {run: x, allowed: true, phase: to-secondary, canaries: []}\n"
    )
    ran = still.run(str(book), ONE)
    assert ran.code != 0 and "has not let this run pass" in ran.text


def test_without_the_audit_callback_nothing_runs(still: Sandbox) -> None:
    ran = still.run(
        "playbooks/to_secondary.yml", ONE, at=GAP, env={"ANSIBLE_CALLBACKS_ENABLED": "hkex.drill.progress"}
    )
    assert ran.code != 0 and "Set callbacks_enabled" in ran.text


def test_one_run_at_a_time_but_status_always(box: Sandbox) -> None:
    evidence = box.folder / "evidence"
    evidence.mkdir(mode=0o700)
    with (evidence / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = box.everything()
        ran = box.phase("to-secondary", GAP, ONE)
        assert ran.code != 0 and "another run is on" in ran.text
        assert box.everything() == before
        assert "not on primary (1): ws-02" in box.phase("status", BACK, ONE).said.splitlines()


def test_force_with_a_reason_opens_a_window_and_stands_in_the_trail(box: Sandbox) -> None:
    reason = "the exchange called at 16:10"
    ran = box.phase("to-secondary", "2021-11-06T16:15", ONE, drill_force=reason)
    assert ran.code == 0, ran.said
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.66.51"
    gates = [record["detail"] for record in box.trail() if record["event"] == "gate"]
    assert {gate["force"] for gate in gates} == {reason} and "it closed" in gates[0]["overridden"][0]


def test_the_way_back_knows_no_window_no_weather_and_no_force(box: Sandbox) -> None:
    box.phase("to-secondary", GAP, ONE)
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.66.51"
    signal = {"kind": "typhoon", "level": 10, "start": "2021-11-06T11:00"}
    # Ten months later no drill is on, and nothing is asked of the network only because nobody answers on loopback.
    # Nor does what is mistyped of the weather and the bound stand in its way.
    mistyped = {"drill_weather": [{**signal, "kind": "tyfon"}], "drill_failure_limit": "abc"}
    ran = box.phase("to-primary", "2022-09-01T03:00", ONE, **mistyped)
    assert ran.code == 0, ran.said
    assert "drill_weather[0].kind: 'tyfon' is no kind" in ran.text
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.2.51"
    ran = box.phase("rollback", "2022-09-01T03:05", ONE, drill_weather=[signal])
    assert ran.code == 0 and box.hosts("ws-02") == HOSTS["ws-02"]


def test_limit_moves_one_and_the_gate_still_runs(box: Sandbox) -> None:
    before = box.tables()
    assert box.phase("to-secondary", GAP, ONE).code == 0
    after = box.tables()
    assert {name for name in after if after[name] != before[name]} == {"ws-02"}
    assert [record["event"] for record in box.trail()].count("gate") >= 1


def test_contingency_never_writes_a_host_table(box: Sandbox) -> None:
    before = box.tables()
    # Nobody listens on loopback: the services are asked, and the table says so.
    ran = box.phase("to-secondary", GAP, "--limit=ws-05:ws-07", drill="contingency", drill_timeout=0.5)
    assert ran.code == 0, ran.said
    assert box.tables() == before
    assert ran.table()["ws-05", "RAP", "ip_address"][0] == "unknown"
    assert "Set it there by hand: 127.243.66.141 port 18801" in ran.said


def test_the_circulars_own_addresses_session_2_then_session_1(box: Sandbox) -> None:
    """With the collection's own drill files. Both phases in a gap of the timetable: no service is asked."""
    own = {"drill_directory": str(ROOT / "drills")}
    start = b"127.0.0.1 localhost\r\n10.243.2.51\trapcc.hkexposttrade.com.hk\r\n"
    for name in ("ws-02", "ws-10"):
        (box.etc(name) / "hosts").write_bytes(start)
    for phase, at, site in (("to-secondary", GAP, "66"), ("to-primary", BACK, "2")):
        ran = box.phase(phase, at, "--limit=ws-02:ws-10", **own)
        assert ran.code == 0, ran.said
        assert {cells[4] for cells in ran.table().values()} == {"deferred"}
        for name in ("ws-02", "ws-10"):
            assert box.hosts(name) == (
                b"127.0.0.1 localhost\r\n10.243.%s.51\trapcc.hkexposttrade.com.hk\r\n"
                b"10.243.%s.32 rmcd.hkexposttrade.com.hk\r\n10.243.%s.15 sso.hkexposttrade.com.hk\r\n"
                b"10.243.%s.14 idm.hkexposttrade.com.hk\r\n" % ((site.encode(),) * 4)
            )


def test_a_touched_trail_fails_status_and_does_not_stand_in_the_way_back(box: Sandbox) -> None:
    box.phase("to-secondary", GAP, ONE)
    path = box.folder / "evidence" / "trail.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"ws-02"', b'"ws-03"', 1))
    ran = box.phase("status", GAP, ONE)
    assert ran.code != 0 and "its chain is broken at record" in ran.text
    assert ran.table()["ws-02", "RAP", "host_table"][0] == "secondary"
    assert box.phase("to-primary", BACK, ONE).code == 0
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.2.51"


def test_two_phases_in_one_command_stop_after_the_first(box: Sandbox) -> None:
    ran = box.run("hkex.drill.to_secondary", "hkex.drill.to_primary", ONE, at=GAP)
    assert ran.code != 0 and "this command has run to-secondary, and now it is to run to-primary" in ran.text
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.66.51"
    ran = box.run("hkex.drill.to_primary", "hkex.drill.status", ONE, at=BACK)
    assert "now it is to run" not in ran.text and resolve(box.hosts("ws-02"), RAP) == "127.243.2.51"
    assert "not clean (1): ws-02" in ran.said.splitlines(), "nobody has been there before the drill"


def test_phases_run_by_their_playbooks_names_too(box: Sandbox) -> None:
    assert box.run("hkex.drill.to_secondary", ONE, at=GAP).code == 0
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.66.51"
    assert box.run("playbooks/to_primary.yml", ONE, at=BACK).code == 0
    assert resolve(box.hosts("ws-02"), RAP) == "127.243.2.51"
