# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated Windows workstation of which nothing is to be said."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.hkex.drill.plugins.module_utils.engine import Workstation
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.lab.windows.simulation import Network, SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit import bookmarks_pc
from tests.unit import rap_keys as made
from tests.unit.each_check_pc import ACCOUNT, ADDRESS, CLOCK, NAME, PRE_DRILL, SERVERS, Linux
from tests.unit.rap_pc import MINE
from tests.unit.readiness_fleets import REHEARSAL

CHAN = "S-1-5-21-7-8-9-1001"
_CHAN = r"C:\Users\chan\AppData\Local\Google\Chrome\User Data"
_PROGRAM = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\chrome.exe"
WINDOWS_HOSTS = r"C:\Windows\System32\drivers\etc\hosts"


class OnWindows:
    """A simulated Windows workstation, all of it in order. Nothing serves yet, and so nothing is asked."""

    drill, system, md5 = REHEARSAL, "windows", True
    before: Mapping[str, str] = {}

    def __init__(self, how: str = PRE_DRILL) -> None:
        self.how = how
        whole = Linux()
        self.inventory = {
            **whole.inventory,
            "ansible_connection": "psrp",
            "drill_rap_keys": {},
            "drill_host_keys": {},
        }
        self.inventory["drill_access"] = {"rap": "dns", "var_online": "dns", "ccass": "dns"}
        self.box = SimulatedMachine(
            NAME,
            {
                rf"{_CHAN}\Local State": bookmarks_pc.local_state(Default="Work"),
                rf"{_CHAN}\Default\Bookmarks": bookmarks_pc.bookmarks(
                    bookmarks_pc.url("VaR", bookmarks_pc.RIGHT + "/")
                ),
            },
            [Network("{7B5D4C1A-0000-4000-8000-00000000000A}", "SDNet", [ADDRESS], list(SERVERS))],
        )
        self.person = {
            "sid": CHAN,
            "folder": r"C:\Users\chan",
            "loaded": True,
            "proxy": "",
            "bypass": "",
            "pac": "",
        }
        self.box.registry.profiles = [self.person]
        self.box.registry.write(_PROGRAM, "", {"kind": "String", "data": r"C:\chrome.exe"})
        self.box.clock = CLOCK

    def keys(self) -> None:
        """The inventory says where a key pair lies."""
        folder = rf"C:\Users\chan\{ACCOUNT}"
        self.inventory["drill_rap_keys"] = {
            ACCOUNT: {"public_key": f"{folder}.pub", "private_key": f"{folder}.ppk"}
        }
        self.box.put(f"{folder}.pub", WindowsFile(made.public_file(MINE)))

    def by_host_table(self, content: str) -> None:
        """VaR Online by the host table, which holds this."""
        self.inventory["drill_access"] = {"var_online": "host_table"}
        self.inventory["drill_participant"] = {"kinds": ["general_clearing"]}
        self.box.put(WINDOWS_HOSTS, WindowsFile(content.encode()))

    def reached(self) -> Workstation:
        return Windows(lambda request: str(self.box.run("windows_io", {"request": request})["answer"]))
