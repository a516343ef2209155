# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SFTP clients of a simulated Windows workstation: everybody's, in two executions, with the rest or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.lab.windows.simulation import HOSTS, Cut, SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit.test_windows_engine import BACK, DRILL, RAP, machine, play

OLD, NEW, PORT = "10.243.2.141", "10.243.66.141", 18801
CHAN, LI = "S-1-5-21-7-8-9-1001", "S-1-5-21-7-8-9-1002"
FILEZILLA = r"C:\Users\chan\AppData\Roaming\FileZilla"
WINSCP = rf"HKU\{LI}\Software\Martin Prikryl\WinSCP 2"
SITES = (
    b'<?xml version="1.0" encoding="UTF-8"?>\r\n<FileZilla3 version="3.63.0" platform="windows">\r\n\t<Servers>\r\n'
    b"\t\t<Server>\r\n\t\t\t<Host>10.243.2.141</Host>\r\n\t\t\t<Port>18801</Port>\r\n\t\t\t<Protocol>1</Protocol>\r\n"
    b"\t\t\t<Name>RAP</Name>\r\n\t\t</Server>\r\n\t</Servers>\r\n</FileZilla3>\r\n"
)
SETTINGS = (
    b'<FileZilla3 version="3.63.0"><Settings><Setting name="Number of Transfers">2</Setting></Settings>'
    b"</FileZilla3>"
)
TEXT, NUMBER = "String", "DWord"


def box() -> SimulatedMachine:
    """Chan is logged on and uses FileZilla; Li is not, and uses WinSCP, which keeps its settings in the registry."""
    pc = machine()
    pc.registry.profiles = [
        {"sid": CHAN, "folder": r"C:\Users\chan", "loaded": True, "proxy": "", "bypass": "", "pac": ""},
        {"sid": LI, "folder": r"C:\Users\li", "loaded": False, "proxy": "", "bypass": "", "pac": ""},
    ]
    pc.volume.folders[FILEZILLA.lower()] = ""
    pc.put(rf"{FILEZILLA}\sitemanager.xml", WindowsFile(SITES, ("Hidden",), "O:S-1-5-21-7-8-9-1001"))
    pc.put(rf"{FILEZILLA}\filezilla.xml", WindowsFile(SETTINGS))
    pc.registry.write(rf"{WINSCP}\Sessions\RAP", "HostName", {"kind": TEXT, "data": OLD})
    pc.registry.write(rf"{WINSCP}\Sessions\RAP", "PortNumber", {"kind": NUMBER, "data": PORT})
    pc.registry.mounted.clear()
    return pc


def switch(host: str) -> dict[str, Any]:
    known = [{"host": each, "port": PORT} for each in (OLD, NEW)]
    return {
        **DRILL,
        "host_table": {"entries": [{"name": RAP, "address": host.replace("141", "51")}]},
        "sftp_client": {"sites": [{"known": known, "host": host, "port": PORT}]},
    }


def hosts(pc: SimulatedMachine) -> set[bytes | str]:
    sites = pc.read(rf"{FILEZILLA}\sitemanager.xml") or b""
    winscp = pc.registry.read(rf"{WINSCP}\Sessions\RAP", "HostName")
    return {sites.split(b"<Host>")[1].split(b"<")[0].decode(), winscp["data"] if winscp else ""}


def test_everybodys_clients_move_with_the_host_table_in_two_executions_and_stay_in_one() -> None:
    pc = box()
    told = play(pc, switch(NEW))
    assert told["changed"] and len(pc.requests) == 2, told
    assert hosts(pc) == {NEW} and b"10.243.66.51" in (pc.read(HOSTS) or b"")
    moved = pc.file(rf"{FILEZILLA}\sitemanager.xml")
    assert moved is not None and (moved.attributes, moved.sddl) == (("Hidden",), "O:S-1-5-21-7-8-9-1001")
    transfers = pc.registry.read(rf"{WINSCP}\Configuration\Interface", "QueueTransfersLimit")
    assert transfers == {"kind": NUMBER, "data": 1} and pc.registry.mounted[LI] >= 2
    sites = told["after"]["sftp_client"]["sites"]
    assert {(site["user"], site["client"], site["limited"]) for site in sites} == {
        ("chan", "filezilla", True),
        ("li", "winscp", True),
    }
    assert not play(pc, switch(NEW))["changed"] and len(pc.requests) == 3


def test_there_and_back_and_a_rollback() -> None:
    pc = box()
    start = pc.snapshot()
    play(pc, switch(OLD))
    limited = pc.snapshot()
    predicted = play(pc, switch(NEW), check=True)
    assert pc.snapshot() == limited
    done = play(pc, switch(NEW))
    assert {key: predicted[key] for key in ("before", "after", "edits", "files")} == {
        key: done[key] for key in ("before", "after", "edits", "files")
    }
    play(pc, switch(OLD))
    assert pc.snapshot() == limited
    assert play(pc, BACK)["changed"] and pc.snapshot() == start


@pytest.mark.parametrize("user", ["BROKER\\chan", "chan.BROKER", ""])
def test_while_filezilla_runs_no_client_moves_and_the_host_table_does(user: str) -> None:
    pc = box()
    pc.processes = [{"name": "FileZilla", "id": 4711, "user": user}]
    told = play(pc, switch(NEW))
    (finding,) = [each for each in told["findings"] if each["level"] == "pending"]
    assert "process 4711" in finding["what"] and hosts(pc) == {OLD}
    assert b"10.243.66.51" in (pc.read(HOSTS) or b"") and told["after"]["sftp_client"]["pending"]
    pc.processes = []
    assert play(pc, switch(NEW))["changed"] and hosts(pc) == {NEW}


def test_while_filezilla_runs_a_rollback_leaves_its_settings_and_takes_the_rest_back() -> None:
    pc = box()
    start = pc.snapshot()
    play(pc, switch(NEW))
    pc.processes = [{"name": "FileZilla", "id": 4711, "user": "BROKER\\chan"}]
    told = play(pc, BACK)
    waiting = {each["where"]: each["what"] for each in told["findings"]}
    assert set(waiting) == {rf"{FILEZILLA}\sitemanager.xml", rf"{FILEZILLA}\filezilla.xml"}
    assert all("process 4711" in what for what in waiting.values()) and not told.get("failed")
    assert hosts(pc) == {OLD, NEW} and pc.read(HOSTS) == start["files"][HOSTS].content
    pc.processes = []
    assert play(pc, BACK)["changed"] and pc.snapshot() == start


def test_damaged_settings_wait_and_the_host_table_moves() -> None:
    pc = box()
    pc.put(rf"{FILEZILLA}\sitemanager.xml", WindowsFile(SITES[:-20]))
    told = play(pc, switch(NEW))
    (finding,) = [each for each in told["findings"] if each["level"] == "pending"]
    assert finding["where"].startswith(FILEZILLA) and hosts(pc) == {OLD} and told["changed"]


def test_what_cannot_be_read_of_one_person_waits_and_the_host_table_moves() -> None:
    pc = box()
    pc.put(rf"{FILEZILLA}\recentservers.xml", WindowsFile(b"", link=True))
    pc.registry.busy = {LI}
    told = play(pc, switch(NEW))
    assert told["changed"] and not told.get("failed") and len(pc.requests) == 2
    waiting = {each["where"]: each["what"] for each in told["findings"] if each["level"] == "pending"}
    assert "is a junction or symbolic link" in waiting[rf"{FILEZILLA}\recentservers.xml"]
    assert any("used by another process" in what for what in waiting.values())
    assert b"10.243.66.51" in (pc.read(HOSTS) or b"") and pc.read(rf"{FILEZILLA}\sitemanager.xml") == SITES


INSTANTS = [*range(12), "ready", "away", "replaced"]


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_kill_at_any_instant_leaves_all_or_nothing_after_the_next_run(instant: int | str) -> None:
    pc = box()

    def kill(at: int | str, _step: Mapping[str, Any]) -> None:
        if at == instant and pc.requests[-1]["steps"]:
            pc.trouble = None
            raise Cut

    pc.trouble = kill
    try:
        play(pc, switch(NEW))
    except Cut:
        assert hosts(pc) <= {OLD, NEW}
    pc.trouble = None
    assert not play(pc, switch(NEW)).get("failed") and hosts(pc) == {NEW}
    assert b"10.243.66.51" in (pc.read(HOSTS) or b"")


def test_a_value_that_cannot_be_written_takes_everything_back() -> None:
    pc = box()
    start = pc.snapshot()

    pc.registry.denied = {rf"{WINSCP}\Sessions\RAP".lower()}
    told = play(pc, switch(NEW))
    assert told["failed"] and "access is denied" in told["msg"] and pc.snapshot() == start
    pc.registry.denied = set()
    assert play(pc, switch(NEW))["changed"] and hosts(pc) == {NEW}


def test_a_stored_password_is_left_to_winscp_and_so_is_all_else_of_the_clients() -> None:
    pc = box()
    pc.registry.write(rf"{WINSCP}\Sessions\RAP", "Password", {"kind": TEXT, "data": "A35C1FSECRET"})
    told = play(pc, switch(NEW))
    (finding,) = [each for each in told["findings"] if each["level"] == "pending"]
    assert "/batchsettings" in finding["remedy"] and hosts(pc) == {OLD}
    assert "A35C1FSECRET" not in repr(told) and b"10.243.66.51" in (pc.read(HOSTS) or b"")
