# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which range of the exchange's networks an address lies in. Pure functions over netaddr.

SDNet is the network that connects to CCASS, and the only one from which RAP of HKSCC can be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

try:
    import netaddr  # type: ignore[import-untyped]
except ImportError:  # said where it is needed: a plugin must load without it
    netaddr = None

# OCP briefing video (2025), 04 Preparation Arrangements - For HKSCC Participants and Designated Banks
SDNET = ("10.135.0.0/16", "10.136.0.0/16", "10.176.0.0/14")


def subnet(address: object, ranges: Iterable[str] = SDNET) -> str | None:
    """The first of the ranges (CIDR notation) that the address lies in; None if it lies in none of them.

    :raises Refusal: it is no IP address, a range is none, or netaddr is not installed
    """
    if netaddr is None:
        raise Refusal(
            "netaddr",
            "the Python of ansible-playbook lacks this library, with which addresses are compared",
            "Install it there (pip install netaddr)",
        )
    if not isinstance(address, str):  # netaddr takes a number for an address
        raise _no_address(address)
    try:
        found = netaddr.IPAddress(address)
    except (netaddr.AddrFormatError, ValueError):
        raise _no_address(address) from None
    return next((each for each in ranges if found in _network(each)), None)


def _network(text: str) -> Any:
    try:
        return netaddr.IPNetwork(text)
    except (netaddr.AddrFormatError, ValueError, TypeError):
        raise Refusal(
            f"range {text!r}", "it is no IP network", "Write it in CIDR notation, such as 10.135.0.0/16"
        ) from None


def _no_address(address: object) -> Refusal:
    return Refusal(
        f"address {address!r}", "it is no IP address", "Give one address as text, such as 10.135.10.12"
    )
