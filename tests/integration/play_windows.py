# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox of simulated Windows workstations, behind the stand-in for PSRP and WinRM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.play import PORT, TABLE, Sandbox, fleet
from tests.lab.windows import WindowsFleet
from tests.lab.windows.simulation import HOSTS, Network, SimulatedMachine

START = b"127.0.0.1 localhost\r\n127.243.2.51 rapcc.hkexposttrade.com.hk # RAP\r\n"
UNSET = dict.fromkeys(
    (
        "drill_host_table",
        "drill_resolv_conf",
        "drill_state_dir",
        "drill_sftp_config_dir",
        "drill_browser_dir",
    ),
    "",
)
GUID = "{5F0C6A51-0000-4000-8000-000000000002}"


def machine(name: str) -> SimulatedMachine:
    return SimulatedMachine(
        name,
        {HOSTS: START},
        [Network(GUID, "SDNet", ["127.135.0.20"], [], ["192.0.2.53"])],
        dns_port=PORT,
    )


@contextmanager
def windows(
    tmp_path: Path, machines: list[SimulatedMachine], transport: str
) -> Iterator[tuple[Sandbox, WindowsFleet]]:
    """A sandbox of these machines only."""
    with WindowsFleet(tmp_path / "windows", machines) as stand_in:
        hosts = {
            each.name: {**UNSET, **stand_in.variables(each.name, transport), "drill_access": TABLE}
            for each in machines
        }
        yield fleet(tmp_path, hosts), stand_in
