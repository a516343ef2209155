# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows workstations of the sandbox inventory."""

from __future__ import annotations

from pathlib import Path

from .simulation import HOSTS, Network, SimulatedMachine
from .volume import WindowsFile

DNS_PORT = 10053  # the embedded exchange may not listen at 53
CA = r"C:\lab\ca.pem"  # as the inventory says

TABLES = {
    "ws-11": (
        b"# Copyright (c) 1993-2009 Microsoft Corp.\r\n#\r\n127.0.0.1       localhost\r\n"
        b"127.243.2.51\trapcc.hkexposttrade.com.hk rap\t# by the dealing room\r\n"
        b"127.243.2.32 rmcd.hkexposttrade.com.hk\r\n127.243.2.15 sso.hkexposttrade.com.hk\r\n"
        b"127.243.2.14 idm.hkexposttrade.com.hk"
    ),
    "ws-12": b"# Copyright (c) 1993-2009 Microsoft Corp.\r\n",
}


def machines(exchange: Path) -> list[SimulatedMachine]:
    """They trust the authority of the embedded exchange.

    :param exchange: the exchange's folder, once it is on
    """
    authority = (exchange / "ca.pem").read_bytes()
    return [
        SimulatedMachine(
            name,
            {HOSTS: WindowsFile(table, ("ReadOnly",)), CA: authority},
            [
                Network("{5F0C6A51-0000-4000-8000-000000000001}", "Office", ["192.0.2.20"], ["192.0.2.53"]),
                Network(
                    "{5F0C6A51-0000-4000-8000-000000000002}", "SDNet", ["127.135.0.20"], [], ["192.0.2.53"]
                ),
            ],
            dns_port=DNS_PORT,
        )
        for name, table in TABLES.items()
    ]
