# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The day before on a simulated Windows workstation: for each check there is one that fails only that one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.lab.windows.simulation import SimulatedMachine
from tests.unit.machine_pc import NAME, looked, only

CHAN, LI = "S-1-5-21-7-8-9-1001", "S-1-5-21-7-8-9-1002"
SIMULATED = "2021-11-06T04:20:00Z"
MB = 1024**2
VERSION = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"


def box(**of_chan: str) -> SimulatedMachine:
    pc = SimulatedMachine("pc", {}, [])
    plain = {"loaded": True, "proxy": "", "bypass": "", "pac": ""}
    pc.registry.profiles = [
        {**plain, "sid": CHAN, "folder": r"C:\Users\chan", **of_chan},
        {**plain, "sid": LI, "folder": r"D:\Users\li"},
    ]
    pc.free["D:\\"] = 7 * 1024 * MB
    pc.clock = SIMULATED
    return pc


def play(pc: SimulatedMachine, **more: Any) -> dict[str, Any]:
    workstation = Windows(lambda request: str(pc.run("windows_io", {"request": request})["answer"]))
    return looked(workstation, **{"now": SIMULATED, **more})


def test_of_a_workstation_in_order_all_is_told_and_nothing_is_to_be_said() -> None:
    pc = box()
    told = play(pc)
    assert told["findings"] == [] and len(pc.requests) == 2 and not pc.registry.mounted
    assert told["machine"] == {
        "as_asked": True,
        "seconds_ahead": 0,
        "volumes": [
            {
                "volume": "C:\\",
                "free_mb": 80 * 1024,
                "holds": [r"C:\ProgramData\hkex-drill", r"C:\Users\chan"],
            },
            {"volume": "D:\\", "free_mb": 7 * 1024, "holds": [r"D:\Users\li"]},
        ],
        "rights": True,
        "reboot": [],
        "proxies": [],
        "in_order": True,
    }


def test_where_everybody_lives_on_one_drive_one_execution_is_enough() -> None:
    pc = box()
    pc.registry.profiles.pop()
    assert play(pc)["findings"] == [] and len(pc.requests) == 1


def test_a_clock_that_is_off() -> None:
    finding = only(play(box(), now="2021-11-06T04:18:00Z"))
    assert "120 s ahead of the controller" in finding["what"] and "w32tm /resync" in finding["remedy"]


@pytest.mark.parametrize(("drive", "level"), [("C:\\", "error"), ("D:\\", "warning")])
def test_too_little_space(drive: str, level: str) -> None:
    pc = box()
    pc.free[drive] = 20 * MB
    finding = only(play(pc))
    assert (finding["level"], finding["where"]) == (level, f"volume {drive}") and "20 MB" in finding["what"]


def test_of_a_drive_that_is_not_there_nothing_is_told() -> None:
    pc = box()
    del pc.free["D:\\"]
    told = play(pc)
    assert told["findings"] == [] and [each["volume"] for each in told["machine"]["volumes"]] == ["C:\\"]


def test_an_account_that_is_no_administrator_is_an_error() -> None:
    pc = box()
    pc.administrator = False
    finding = only(play(pc))
    assert finding["level"] == "error" and "no administrator" in finding["what"]
    assert "group Administrators" in finding["remedy"]


@pytest.mark.parametrize(
    ("place", "name", "value", "level"),
    [
        (rf"{VERSION}\Component Based Servicing\RebootPending", "x", {"kind": "DWord", "data": 1}, "warning"),
        (
            rf"{VERSION}\WindowsUpdate\Auto Update\RebootRequired",
            "x",
            {"kind": "DWord", "data": 1},
            "warning",
        ),
        (
            r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager",
            "PendingFileRenameOperations",
            {"kind": "MultiString", "data": [r"\??\C:\Temp\old.dll", ""]},
            "info",
        ),
    ],
)
def test_a_pending_reboot(place: str, name: str, value: dict[str, Any], level: str) -> None:
    pc = box()
    pc.registry.write(place, name, value)
    told = play(pc)
    finding = only(told)
    assert finding["level"] == level and finding["where"].startswith(place) and "Restart" in finding["remedy"]
    assert told["machine"]["reboot"] == [finding["what"]]


@pytest.mark.parametrize(
    "of_chan",
    [
        {"proxy": "proxy.example:8080"},
        {"proxy": "http=web.example:80;https=proxy.example:8080", "bypass": "*.office.example;<local>"},
        {"proxy": "socks=proxy.example:8080", "bypass": "hkexposttrade.com.hk"},
    ],
)
def test_a_proxy_of_a_person(of_chan: dict[str, str]) -> None:
    told = play(box(**of_chan))
    finding = only(told)
    assert finding["level"] == "warning" and finding["where"] == r"internet settings of C:\Users\chan"
    assert f"the proxy proxy.example:8080 fetches {NAME} for chan" in finding["what"]
    assert "exceptions of the proxy" in finding["remedy"]
    assert told["machine"]["proxies"][0]["names"] == [NAME]


@pytest.mark.parametrize(
    "of_chan",
    [
        {"proxy": "http=web.example:80;ftp=web.example:21"},
        {"proxy": "proxy.example:8080", "bypass": "localhost; *.HKEXPOSTTRADE.com.hk"},
        {"proxy": "proxy.example:8080", "bypass": NAME},
    ],
)
def test_a_proxy_that_fetches_none_of_the_names(of_chan: dict[str, str]) -> None:
    assert play(box(**of_chan))["findings"] == []


def test_a_proxy_script_of_a_person_is_told_without_its_query() -> None:
    told = play(box(pac="http://wpad.example/proxy.pac?token=S3CRET", bypass="*"))
    finding = only(told)
    assert "the proxy script http://wpad.example/proxy.pac decides" in finding["what"]
    assert f"answers DIRECT for {NAME}" in finding["remedy"]
    assert "S3CRET" not in json.dumps([finding, told["machine"]])
