# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where the exchange may play on the circulars' own addresses: a network with no way out."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

from .config import ExchangeError

LAB = IPv4Network("10.0.0.0/8")
NETWORK = Path("/proc/self/ns/net")
ROUTES = Path("/proc/self/net/route")
NONE = "00000000"  # no gateway, or any destination


def require_enclosed(machine: int, network: Path = NETWORK, routes: Path = ROUTES) -> None:
    """See that this process is in a network namespace of its own that leads nowhere.

    On a participant's machine the circulars' addresses are the exchange's. A sandbox that had them there could be
    mistaken for it, and its clients would talk to the real one.

    :param machine: the inode of the machine's own network namespace, /proc/self/ns/net outside the lab
    :raises ExchangeError: this is the machine's network, or it has a route to elsewhere
    """
    if network.stat().st_ino == machine:
        raise ExchangeError(
            "the circulars' own addresses are played in the lab's network only, and this is the machine's: "
            "start the lab (python -m tests.lab.hosts up), or play on loopback"
        )
    for line in routes.read_text("ascii").splitlines()[1:]:
        interface, destination, gateway, *rest = line.split()
        if gateway != NONE or (destination == NONE and rest[4] == NONE):
            raise ExchangeError(
                f"the circulars' own addresses are played where nothing leads outside, and this network has a "
                f"route out by {interface}: remove it"
            )
