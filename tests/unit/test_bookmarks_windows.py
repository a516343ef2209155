# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saved bookmarks on a simulated Windows workstation: everybody's, and browsers of the machine or of a person."""

from __future__ import annotations

from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.lab.windows.simulation import SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit import bookmarks_pc as made
from tests.unit.bookmarks_pc import RIGHT, looked, url

CHAN, LI = "S-1-5-21-7-8-9-1001", "S-1-5-21-7-8-9-1002"
CHROME = r"C:\Users\chan\AppData\Local\Google\Chrome\User Data"
EDGE = r"C:\Users\li\AppData\Local\Microsoft\Edge\User Data"
APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\chrome.exe"
PROGRAM = {"kind": "String", "data": r"C:\Program Files\Google\Chrome\Application\chrome.exe"}


def box(program: str = f"HKLM\\{APP_PATHS}") -> SimulatedMachine:
    """Chan has VaR Online in Chrome and Li, who is not logged on, in Edge."""
    pc = SimulatedMachine(
        "pc",
        {
            rf"{CHROME}\Local State": made.local_state(Default="Dealing", Profile_1="Home"),
            rf"{CHROME}\Default\Bookmarks": made.bookmarks(url("VaR", RIGHT + "/")),
            rf"{CHROME}\Profile 1\Bookmarks": made.bookmarks(url("Bank", made.BANK)),
            rf"{EDGE}\Local State": made.local_state(Default="Work"),
            rf"{EDGE}\Default\Bookmarks": made.bookmarks(url("VaR", RIGHT + "/")),
        },
        [],
    )
    pc.registry.profiles = [
        {"sid": CHAN, "folder": r"C:\Users\chan", "loaded": True, "proxy": "", "bypass": "", "pac": ""},
        {"sid": LI, "folder": r"C:\Users\li", "loaded": False, "proxy": "", "bypass": "", "pac": ""},
    ]
    if program:
        pc.registry.write(program, "", PROGRAM)
    pc.registry.mounted.clear()
    return pc


def play(pc: SimulatedMachine, **more: Any) -> dict[str, Any]:
    workstation = Windows(lambda request: str(pc.run("windows_io", {"request": request})["answer"]))
    return looked(workstation, **{"browsers": ["chrome"], **more})


def test_everybodys_profiles_are_compared_in_two_executions_and_no_hive_is_loaded() -> None:
    pc = box()
    told = play(pc)
    assert told["findings"] == [] and len(pc.requests) == 2 and not pc.registry.mounted
    assert [(each["user"], each["browser"]) for each in told["bookmarks"]["bookmarks"]] == [
        ("chan", "chrome"),
        ("li", "edge"),
    ]
    assert told["bookmarks"]["browsers"] == [{"name": "chrome", "installed": True}]


def test_a_wrong_bookmark_in_any_profile_is_told() -> None:
    pc = box()
    pc.put(rf"{CHROME}\Profile 1\Bookmarks", WindowsFile(made.bookmarks(url("VaR", "https://10.243.66.32/"))))
    (finding,) = play(pc)["findings"]
    assert finding["where"] == "Chrome of chan, profile Profile 1 (Home): bookmark Bookmarks bar/VaR"


def test_a_browser_that_a_person_installed_for_themselves_counts() -> None:
    for sid in (CHAN, LI):
        assert play(box(f"HKU\\{sid}\\{APP_PATHS}"))["findings"] == []


def test_no_browser_at_all_is_an_error_and_a_hive_that_cannot_be_had_leaves_it_open() -> None:
    (finding,) = play(box(""))["findings"]
    assert finding["level"] == "error" and "Chrome is not installed" in finding["what"]
    pc = box("")
    pc.registry.busy.add(LI)
    told = play(pc)
    assert [finding["level"] for finding in told["findings"]] == ["warning"]
    assert told["bookmarks"]["browsers"] == [{"name": "chrome", "installed": None}]


def test_profiles_that_a_policy_keeps_elsewhere_are_told() -> None:
    pc = box()
    policy = {"kind": "String", "data": r"D:\Profiles\${user_name}"}
    pc.registry.write(r"HKLM\SOFTWARE\Policies\Google\Chrome", "UserDataDir", policy)
    (finding,) = play(pc)["findings"]
    assert finding["level"] == "warning" and "somewhere else" in finding["what"]
    assert play(pc, config_dir=r"D:\Profiles\chan")["findings"] == []


def test_a_folder_is_given_as_windows_writes_it() -> None:
    told = play(box(), config_dir="/home/chan")
    assert told["failed"] and "on a Windows workstation" in told["what"]


def test_what_cannot_be_read_of_one_person_is_told_once_and_the_rest_is_compared() -> None:
    pc = box()
    for name in ("Local State", r"Default\Bookmarks"):
        pc.put(rf"{EDGE}\{name}", WindowsFile(b"", link=True))
    told = play(pc)
    (finding,) = told["findings"]
    assert finding["where"] == rf"Edge of li: {EDGE}\Local State" and "junction" in finding["what"]
    assert [each["user"] for each in told["bookmarks"]["bookmarks"]] == ["chan"]
