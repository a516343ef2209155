# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who keeps the DNS servers of a Linux workstation, by what its adapter and its resolv.conf show.

Two questions: what does the C library's file come from, and which program gives the adapter its servers. Only where
both answers lead to one keeper are servers set, for that adapter alone. What a link looks like is observed by
``posix/settings.py``; here it is judged.
"""

from typing import Any, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _dns_networkmanager, _dns_plain
from ansible_collections.hkex.drill.plugins.module_utils.model import Adapter, Key, Refusal

PLAIN = "plain"
NETWORK_MANAGER = "NetworkManager"
NETWORKD = "systemd-networkd"
RESOLVED = "systemd-resolved"

_ONE_LIST = "/systemd/resolve/resolv.conf"


def observed(adapter: Adapter) -> Key:
    """The setting that tells how an adapter gets its DNS servers. It is only looked at."""
    return Key("link", adapter.name, "dns")


class Keeper(NamedTuple):
    """The program that keeps the servers of an adapter; ``refusal``: why they cannot be set there.

    ``servers`` are those that the adapter's resolver asks now, in order, where it could be asked.
    """

    program: str
    servers: Tuple[str, ...] = ()
    refusal: Optional[Refusal] = None


def keeper(adapter: Adapter, link: Mapping[str, Any]) -> Keeper:
    """Who keeps the servers of this adapter.

    :param link: the value of ``observed(adapter)``
    """
    manager, networkd, resolved = link["networkmanager"], link["networkd"], link["resolved"]
    file = _dns_plain.of_sign(link["resolv_conf"])
    sign = _dns_plain.keeper(file)
    program = sign.program if sign else PLAIN
    writes = manager and manager["mode"] != "none" and manager["rc"] in _dns_networkmanager.WRITES_RESOLV_CONF
    if program == PLAIN and writes:
        program = NETWORK_MANAGER  # it writes the file at the next occasion
    if program == RESOLVED:
        servers = tuple(resolved["servers"]) if resolved else ()
        if (
            file
            and file.link
            and file.link.endswith(_ONE_LIST)
            and resolved
            and not resolved["default_route"]
        ):
            return Keeper(RESOLVED, servers, _one_list(adapter, file.link))
        if manager:
            return Keeper(NETWORK_MANAGER, servers, _profile(adapter, manager, RESOLVED))
        if networkd:
            return Keeper(NETWORKD, servers, _network_file(adapter, networkd))
        return Keeper(RESOLVED, servers, _unmanaged(adapter))
    if program == NETWORK_MANAGER and manager and writes:
        servers = tuple(manager["servers"].get(adapter.name, ()))
        return Keeper(NETWORK_MANAGER, servers, _profile(adapter, manager))
    return Keeper(PLAIN)  # whether another program keeps the file, _dns_plain judges


def _profile(adapter: Adapter, manager: Mapping[str, Any], to: Optional[str] = None) -> Optional[Refusal]:
    """Why the servers cannot be set in the adapter's profile, from where they have to get to ``to``."""
    if "/netplan-" in manager["file"]:
        return _netplan(adapter, manager["file"])
    if to and manager["mode"] != to:
        return Refusal(
            f"adapter {adapter.name}",
            f"NetworkManager manages it but hands no DNS servers to {to}, which keeps /etc/resolv.conf",
            f"Say dns={to} in NetworkManager.conf, or let it be managed by systemd-networkd",
        )
    return None


def _network_file(adapter: Adapter, networkd: Mapping[str, Any]) -> Optional[Refusal]:
    """Why the servers cannot be set beside the adapter's .network file."""
    others = [name for name in networkd["links"] if name != adapter.name]
    if "-netplan-" in networkd["file"]:
        return _netplan(adapter, networkd["file"])
    if others:
        return Refusal(
            f"adapter {adapter.name}",
            f"{networkd['file']} configures {' and '.join(others)}, too, which would get the servers as well",
            f"Give {adapter.name} a .network file of its own",
        )
    return None


def _netplan(adapter: Adapter, file: str) -> Refusal:
    return Refusal(
        f"adapter {adapter.name}",
        f"netplan makes {file}, and would make it again without the servers",
        "Set nameservers, and dhcp4-overrides with use-dns: false, for it in /etc/netplan, and run netplan apply",
    )


def _one_list(adapter: Adapter, link: str) -> Refusal:
    return Refusal(
        f"adapter {adapter.name}",
        f"/etc/resolv.conf leads to {link}, one list for all adapters, and the default route is another one's",
        "Link /etc/resolv.conf to /run/systemd/resolve/stub-resolv.conf, where adapters are kept apart",
    )


def _unmanaged(adapter: Adapter) -> Refusal:
    return Refusal(
        f"adapter {adapter.name}",
        f"{RESOLVED} keeps /etc/resolv.conf, and neither NetworkManager nor {NETWORKD} manages this adapter",
        "Start the one that should (systemctl start NetworkManager), or set the servers where the adapter is set up"
        " (/etc/network/interfaces)",
    )
