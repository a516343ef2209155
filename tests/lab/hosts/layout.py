# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts the lab has: names, adapters, addresses and DNS backends. Facts only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Interface

SDNET_SIDE = "br-sdnet"  # the bridge that carries every 10.x address
OFFICE_SIDE = "br-office"

# What the lab itself has on the two bridges: the way to the hosts, the office's DHCP and DNS, and the gateways.
LAB_ADDRESSES = {
    SDNET_SIDE: ("10.0.0.1/8", "10.0.0.53/8"),
    OFFICE_SIDE: ("192.168.7.1/24",),
}
GATEWAY = {SDNET_SIDE: "10.0.0.1", OFFICE_SIDE: "192.168.7.1"}
OFFICE_DNS = {SDNET_SIDE: "10.0.0.53", OFFICE_SIDE: "192.168.7.1"}
OFFICE_NAMES = {"intranet.office.example": "10.0.0.80", "mail.office.example": "10.0.0.81"}


class Backend(Enum):
    """Who decides on a workstation's DNS servers."""

    NM_RESOLVED = "NetworkManager with systemd-resolved"
    NM = "NetworkManager alone"
    NETWORKD = "systemd-networkd with systemd-resolved"
    PLAIN = "plain /etc/resolv.conf"

    @property
    def network_manager(self) -> bool:
        return self in (Backend.NM, Backend.NM_RESOLVED)

    @property
    def resolved(self) -> bool:
        return self in (Backend.NM_RESOLVED, Backend.NETWORKD)


@dataclass(frozen=True)
class Adapter:
    """``interface``: its address with the prefix length, a fixed lease unless ``dhcp`` is False."""

    name: str
    interface: IPv4Interface
    side: str = SDNET_SIDE
    dhcp: bool = True
    default_route: bool = True

    @property
    def address(self) -> str:
        return str(self.interface.ip)

    @property
    def mac(self) -> str:
        """Locally administered, made of the address: so the DHCP server knows the adapter."""
        return ":".join(f"{octet:02x}" for octet in (2, 0, *self.interface.ip.packed))


@dataclass(frozen=True)
class Workstation:
    """``accounts``: the RAP accounts that this workstation is registered for."""

    name: str
    backend: Backend
    adapters: tuple[Adapter, ...]
    accounts: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The one at which the lab reaches it."""
        return self.adapters[0].address

    def port(self, adapter: Adapter) -> str:
        """The bridge's end of an adapter's cable; at most 15 characters, as the kernel wants them."""
        return f"{self.name}-{adapter.name[-1]}"


def _sdnet(address: str, dhcp: bool = True, default_route: bool = True) -> Adapter:
    return Adapter("host0", IPv4Interface(f"{address}/8"), dhcp=dhcp, default_route=default_route)


WORKSTATIONS = (
    Workstation("nm-resolved", Backend.NM_RESOLVED, (_sdnet("10.135.0.11"),), ("C12345001",)),
    Workstation("nm-alone", Backend.NM, (_sdnet("10.136.0.12"),)),
    Workstation("networkd", Backend.NETWORKD, (_sdnet("10.176.0.13"),)),
    Workstation("plain", Backend.PLAIN, (_sdnet("10.135.0.14", dhcp=False),), ("C12345001",)),
    Workstation(
        "two-adapters",
        Backend.NM_RESOLVED,
        (
            _sdnet("10.179.0.15", default_route=False),
            Adapter("host1", IPv4Interface("192.168.7.15/24"), OFFICE_SIDE),
        ),
    ),
    Workstation("derivatives", Backend.PLAIN, (_sdnet("10.151.20.16", dhcp=False),), ("DCXXX001",)),
)

HOSTS = {one.name: one for one in WORKSTATIONS}
