# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The laws on a simulated Windows workstation: the same engine and concerns, through ``windows_io``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import SETTLE, Windows

from tests.lab.windows.simulation import HOSTS, STATE_DIR, Cut, Network, SimulatedMachine
from tests.lab.windows.volume import Stop, WindowsFile

RAP = "rapcc.hkexposttrade.com.hk"
TABLE = b"127.0.0.1\tlocalhost\r\n# \xb4\xfa\r\n10.243.2.51  " + RAP.encode() + b"  # RAP\r\n"
GUID = "{8C2B1A5E-0000-4000-8000-0123456789AB}"
DNS = ["10.243.1.1", "10.243.65.1"]
DRILL = {"drill": "2021-11-06-ccass-failover-rehearsal", "occurrence": "2021-11-06"}
BACK: dict[str, Any] = {**DRILL, "rollback": True}


def machine() -> SimulatedMachine:
    sdnet = Network(GUID, "SDNet", ["10.135.0.9"], dhcp=["192.0.2.53"])
    office = Network(GUID.replace("8C", "9D"), "Office", ["192.0.2.10"], static=["192.0.2.1"])
    table = WindowsFile(TABLE, ("ReadOnly",), "O:BAG:SYD:(A;;FA;;;BA)", (("Zone.Identifier", b"x"),))
    return SimulatedMachine("pc-02", {HOSTS: table}, [office, sdnet])


def switch(address: str = "10.243.66.51") -> dict[str, Any]:
    """Both concerns, as a phase asks for them."""
    return {
        **DRILL,
        "host_table": {"entries": [{"name": RAP, "address": address}]},
        "dns_servers": {"servers": DNS, "networks": ["10.135.0.0/16"]},
    }


def play(
    box: SimulatedMachine, parameters: Mapping[str, Any], module: str = "workstation", check: bool = False
) -> dict[str, Any]:
    """What the action does, without the wire."""
    params = ArgumentSpecValidator(**MODULES[module].takes).validate(parameters).validated_parameters
    workstation = Windows(lambda request: str(box.run("windows_io", {"request": request})["answer"]))
    return perform(MODULES[module], workstation, params, check, diff=False)


def pointed(box: SimulatedMachine) -> bytes:
    return box.read(HOSTS) or b""


# ---- nobody disturbs ---------------------------------------------------------------------------------------------


def test_a_change_is_two_executions_and_no_change_is_one() -> None:
    box = machine()
    assert play(box, switch())["changed"] and len(box.requests) == 2
    assert [step["do"] for step in box.requests[1]["steps"]] == [
        "keep",
        "note",
        "write",
        "assign",
        "refresh",
        "note",
    ]
    assert box.requests[1]["settle"] == SETTLE and box.flushed == 1
    assert not play(box, switch())["changed"] and len(box.requests) == 3


def test_there_and_back_moves_nothing_but_the_address() -> None:
    box = machine()
    start = box.snapshot()
    play(box, {name: value for name, value in switch().items() if name != "dns_servers"})
    assert pointed(box) == TABLE.replace(b"10.243.2.51", b"10.243.66.51")
    now = box.file(HOSTS)
    assert now is not None and replace(now, content=TABLE) == start["files"][HOSTS]
    back = switch("10.243.2.51")
    del back["dns_servers"]
    play(box, back)
    assert box.snapshot() == start


def test_check_mode_changes_nothing_and_predicts() -> None:
    box = machine()
    start = box.snapshot()
    predicted = play(box, switch(), check=True)
    assert (box.snapshot(), len(box.requests), box.read(rf"{STATE_DIR}\journal.jsonl")) == (start, 1, None)
    done = play(box, switch())
    same = ("changed", "before", "after", "edits", "files")
    assert {key: predicted[key] for key in same} == {key: done[key] for key in same}


@pytest.mark.parametrize("check", [True, False])
def test_where_there_is_no_folder_nothing_can_be_made(check: bool) -> None:
    box = machine()
    start = box.snapshot()
    entry = {"name": RAP, "address": "10.243.66.51"}
    told = play(box, {"path": r"C:\None\hosts", "entries": [entry]}, "host_table", check)
    assert told["failed"] and r"C:\None\hosts: its folder does not exist" in told["msg"]
    assert box.snapshot() == start and len(box.requests) == 1


def test_a_replacement_that_stops_halfway_leaves_the_old_file_and_the_next_run_goes_on() -> None:
    box = machine()
    start = box.snapshot()

    def halfway(at: int | str, _step: Mapping[str, Any]) -> None:
        if at == "away":
            raise Stop(f"{HOSTS}: unable to move the replacement (0x80070499)")

    box.trouble = halfway
    told = play(box, switch())
    assert told["failed"] and "0x80070499" in told["msg"] and box.snapshot() == start
    box.trouble = None
    assert play(box, switch())["changed"] and b"10.243.66.51" in pointed(box)


def test_a_rollback_brings_everything_back_dns_to_dhcp() -> None:
    box = machine()
    start = box.snapshot()
    play(box, switch())
    assert box.adapters[GUID].static == DNS
    play(box, switch("10.243.2.51"))
    assert play(box, BACK)["changed"]
    assert box.snapshot() == start and box.adapters[GUID].static == []
    assert not play(box, BACK)["changed"]


def test_a_look_says_where_it_points() -> None:
    asked = {
        "host_table": {"leftovers": [RAP]},
        "dns_servers": {"servers": DNS, "networks": ["10.135.0.0/16"]},
    }
    box = machine()
    seen = play(box, asked, "workstation_info")
    assert seen["host_table"]["names"][RAP]["address"] == "10.243.2.51"
    assert (seen["dns_servers"]["adapter"], seen["dns_servers"]["servers"]) == ("SDNet", [])
    assert seen["hostname"] == "PC-02" and len(box.requests) == 1 and not box.requests[0]["steps"]


def test_a_host_table_that_was_moved_is_found_where_the_registry_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = r"D:\etc\hosts"
    monkeypatch.setattr("tests.lab.windows.simulation.HOSTS", elsewhere)
    box = SimulatedMachine("pc-02", {elsewhere: TABLE}, [])
    asked = switch()
    del asked["dns_servers"]
    assert play(box, asked)["changed"] and len(box.requests) == 3
    assert box.read(elsewhere) == TABLE.replace(b"10.243.2.51", b"10.243.66.51")


# ---- somebody does -----------------------------------------------------------------------------------------------


def test_an_edit_between_look_and_write_is_not_lost() -> None:
    box = machine()
    mine = TABLE + b"192.0.2.9 intranet\r\n"

    def edit(at: int | str, step: Mapping[str, Any]) -> None:
        if step.get("do") == "note":
            box.put(HOSTS, WindowsFile(mine))

    box.trouble = edit
    told = play(box, switch())
    assert told["failed"] and HOSTS in told["msg"] and "somebody changed it" in told["msg"]
    assert pointed(box) == mine and box.adapters[GUID].static == []


def test_a_file_that_another_program_holds_undoes_the_whole() -> None:
    box = machine()
    table = box.file(HOSTS)
    assert table is not None
    box.put(HOSTS, replace(table, locked=True))
    start = box.snapshot()
    told = play(box, switch())
    assert told["failed"] and told["state"] == "undone" and "used by another program" in told["msg"]
    assert box.snapshot() == start


def test_an_antivirus_program_that_puts_the_file_back_is_named_and_all_is_taken_back() -> None:
    box = machine()
    start = box.snapshot()
    box.antivirus = {HOSTS: 2.0}
    told = play(box, switch())
    assert told["failed"] and told["state"] == "undone" and "antivirus" in told["msg"]
    assert box.snapshot() == start


def test_somebodys_edit_since_is_kept_by_a_rollback() -> None:
    box = machine()
    play(box, switch())
    box.put(HOSTS, WindowsFile(pointed(box) + b"192.0.2.9 intranet\r\n"))
    mine = pointed(box)
    told = play(box, BACK)
    assert told["failed"] and "a rollback would lose that change" in told["msg"]
    assert rf"{STATE_DIR}\blobs" in told["msg"]
    assert pointed(box) == mine and box.adapters[GUID].static == []  # the rest went back


# ---- a kill at every instant ---------------------------------------------------------------------------------------

INSTANTS: list[int | str] = [0, 1, 2, 3, 4, 5, "ready", "away", "replaced"]


@pytest.mark.parametrize("instant", INSTANTS)
@pytest.mark.parametrize("then", ["the same", "rollback"])
def test_a_kill_leaves_every_file_whole_and_the_next_run_finishes_or_goes_back(
    instant: int | str, then: str
) -> None:
    box = machine()
    start = box.snapshot()

    def cut(at: int | str, step: Mapping[str, Any]) -> None:
        if at == instant:
            box.trouble = None
            raise Cut

    box.trouble = cut
    with pytest.raises(Cut):
        play(box, switch())
    left = box.read(HOSTS) or box.read(HOSTS + ".hkex-drill-old")
    assert left in (TABLE, TABLE.replace(b"10.243.2.51", b"10.243.66.51"))
    if then == "rollback":
        play(box, BACK)
        assert box.snapshot() == start
    else:
        play(box, switch())
        clean = machine()
        play(clean, switch())
        assert box.snapshot() == clean.snapshot()
    assert not play(box, BACK if then == "rollback" else switch())["changed"]
