# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drill day of simulated Windows workstations, over stock ansible-playbook and both transports."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

from tests.integration.play import BACK, GAP, SESSION_1, SESSION_2, TABLE, Ran, fleet, resolve
from tests.integration.play_windows import START, machine, windows
from tests.lab.windows import Fault, Kind
from tests.lab.windows.simulation import HOSTS, STATE_DIR, SimulatedMachine


def pointed(box: SimulatedMachine) -> dict[str, str | None]:
    return {name: resolve(box.read(HOSTS) or b"", name) for name in SESSION_2}


def rows(ran: Ran) -> dict[tuple[str, str, str], tuple[str, ...]]:
    assert ran.code == 0, ran.said
    return ran.table()


DAY = (("to-secondary", GAP, SESSION_2), ("to-primary", BACK, SESSION_1))


@pytest.fixture(scope="module")
def posix_day(tmp_path_factory: pytest.TempPathFactory) -> list[dict[tuple[str, str, str], tuple[str, ...]]]:
    """The tables of a Linux workstation that starts with the same host table, each phase twice."""
    posix = fleet(tmp_path_factory.mktemp("posix"), {"pc-1": {"drill_access": TABLE}})
    (posix.etc("pc-1") / "hosts").write_bytes(START)
    return [rows(posix.phase(phase, at)) for phase, at, _session in DAY for _time in range(2)]


@pytest.mark.parametrize("transport", ["psrp", "winrm"])
def test_the_same_day_gives_the_same_tables_as_on_posix(
    tmp_path: Path, transport: str, posix_day: list[dict[tuple[str, str, str], tuple[str, ...]]]
) -> None:
    tables = iter(posix_day)
    one = machine("pc-1")
    start = one.snapshot()
    with windows(tmp_path, [one], transport) as (box, stand_in):
        for phase, at, session in DAY:
            predicted = rows(box.phase(phase, at, "--check", "--diff"))
            before = one.snapshot()
            stand_in.forget()
            assert rows(box.phase(phase, at)) == next(tables)
            assert len(stand_in.executions("pc-1")) == 3  # a look, a write, and the proof
            assert pointed(one) == session and one.snapshot() != before
            assert {cells[2] for cells in predicted.values()} == {"yes"}
            stand_in.forget()
            assert rows(box.phase(phase, at)) == next(tables)  # nothing is left to do
            assert len(stand_in.executions("pc-1")) == 2  # a look, and the proof
        assert box.phase("rollback", BACK).code == 0
        assert one.snapshot() == start
        assert stand_in.shells("pc-1") == 0
    assert Trail(box.folder / "evidence").verify().ok


def test_a_first_look_at_a_machine_changes_nothing_and_prints_what_it_saw(tmp_path: Path) -> None:
    one = machine("pc-1")
    one.clock = "2021-11-06T04:20:00Z"
    start = one.snapshot()
    with windows(tmp_path, [one], "psrp") as (box, stand_in):
        ran = box.run("playbooks/windows_smoke.yml")
        assert ran.code == 0, ran.said
        assert len(stand_in.executions("pc-1")) == 1
    assert one.snapshot() == start and one.read(rf"{STATE_DIR}\journal.jsonl") is None
    for told in (
        '"computer": "PC-1"',
        "10.0.19045 (simulated)",
        '"clock": "2021-11-06T04:20:00Z"',
        '"dns_from": "DHCP"',
        HOSTS.replace("\\", "\\\\"),
        '"rapcc.hkexposttrade.com.hk": { "address": "127.243.2.51"',
        '"findings": []',
    ):
        assert told in ran.text, (told, ran.said)


def test_check_mode_writes_nothing_at_all(tmp_path: Path) -> None:
    one = machine("pc-1")
    start = one.snapshot()
    with windows(tmp_path, [one], "psrp") as (box, _stand_in):
        ran = box.phase("to-secondary", GAP, "--check", "--diff")
        assert ran.code == 0 and "+127.243.66.51 rapcc.hkexposttrade.com.hk # RAP" in ran.said, ran.said
    assert one.snapshot() == start and one.read(rf"{STATE_DIR}\journal.jsonl") is None
    assert all(request["steps"] == [] for request in one.requests)


def test_trouble_on_the_wire_is_named_and_the_next_run_finishes(tmp_path: Path) -> None:
    slowly = {Kind.LOST: 0.2, Kind.HANG: 0.2}
    kinds = (Kind.LOGIN, Kind.QUOTA, Kind.CLOSED, Kind.CUT, Kind.LOST, Kind.HANG)
    well = machine("a-canary")  # the first is one
    machines = {machine(kind.name.lower()): Fault(kind, seconds=slowly.get(kind, 0.0)) for kind in kinds}
    with windows(tmp_path, [well, *machines], "winrm") as (box, stand_in):
        for each, fault in machines.items():
            stand_in.fault(each.name, fault)
        ran = box.phase("to-secondary", GAP, drill_failure_limit=100.0)
        assert ran.code != 0
        for each in machines:
            assert f"fatal: [{each.name}]: " in ran.said, ran.said
        assert "fatal: [a-canary]" not in ran.said and pointed(well) == SESSION_2
        stand_in.forget()
        assert rows(box.phase("to-secondary", GAP))
    assert [each.name for each in machines if pointed(each) != SESSION_2] == []


def test_a_write_whose_answer_is_lost_is_found_done_by_the_next_run(tmp_path: Path) -> None:
    one = machine("pc-1")
    with windows(tmp_path, [one], "winrm") as (box, stand_in):

        def lose(at: int | str, step: object) -> None:
            one.trouble = None
            stand_in.fault("pc-1", Fault(Kind.LOST, seconds=0.2))

        one.trouble = lose
        assert box.phase("to-secondary", GAP).code != 0
        ran = box.phase("to-secondary", GAP)
        assert ran.code == 0, ran.said
    assert pointed(one) == SESSION_2


def test_a_machine_that_dies_in_the_middle_of_a_write_is_whole_after_the_next_run(tmp_path: Path) -> None:
    one = machine("pc-1")
    with windows(tmp_path, [one], "psrp") as (box, _stand_in):

        def die(at: int | str, step: object) -> None:
            if at == "away":
                one.trouble = None
                raise RuntimeError("the power is gone")

        one.trouble = die
        ran = box.phase("to-secondary", GAP)
        assert ran.code != 0 and "the power is gone" in ran.text, ran.said
        assert one.read(HOSTS) is None and one.read(HOSTS + ".hkex-drill-old") == START
        ran = box.phase("to-secondary", GAP)
        assert ran.code == 0 and "an earlier run was cut off" in ran.text, ran.said
    assert pointed(one) == SESSION_2 and one.read(HOSTS + ".hkex-drill-old") is None


def test_an_antivirus_program_is_named_to_the_administrator(tmp_path: Path) -> None:
    one = machine("pc-1")
    one.antivirus = {HOSTS: 1.0}
    start = one.snapshot()
    with windows(tmp_path, [one], "psrp") as (box, _stand_in):
        ran = box.phase("to-secondary", GAP)
        assert ran.code != 0 and "antivirus" in ran.text and HOSTS in ran.text, ran.said
    assert one.snapshot() == start
