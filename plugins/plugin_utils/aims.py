# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a circular and a workstation to what is asked of the workstation. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DnsServers, Drill, Endpoint
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation

DNS = "dns"
HOST_TABLE = "host_table"
IP_ADDRESS = "ip_address"

# What a client takes where neither the circular nor the inventory gives a port.
_PORTS = {"https": 443, "ssh": 22}


@dataclass(frozen=True)
class Aim:
    """One system of a workstation by one access, with the endpoints of its markets."""

    system: str
    access: str
    endpoints: tuple[Endpoint, ...]
    by_hand: str = ""  # why the toolkit cannot point it; empty: it can

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(endpoint.name for endpoint in self.endpoints if endpoint.name)


def aims(drill: Drill, workstation: Workstation) -> tuple[Aim, ...]:
    """What of the drill concerns this workstation: its markets, its participant's kinds, the systems it uses."""
    grouped: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in drill.endpoints:
        access = workstation.access.get((endpoint.system, endpoint.market))
        if access and endpoint.market in workstation.markets and _addressed(drill, workstation, endpoint):
            grouped.setdefault((endpoint.system, access), []).append(endpoint)
    return tuple(
        Aim(system, access, tuple(endpoints), _by_hand(access, endpoints))
        for (system, access), endpoints in grouped.items()
    )


def _addressed(drill: Drill, workstation: Workstation, endpoint: Endpoint) -> bool:
    return any(
        group["market"] == endpoint.market
        and endpoint.system in group["systems"]
        and set(group["kinds"]) & set(workstation.participant.kinds)
        for group in drill.data["participants"]
    )


def _by_hand(access: str, endpoints: Iterable[Endpoint]) -> str:
    allowed = {kind for endpoint in endpoints for kind in endpoint.access}
    if access == IP_ADDRESS:
        return "the address is stored in the SFTP client, which the toolkit does not change"
    if access not in allowed:
        return f"the circular does not provide for access by {access}, only by {', '.join(sorted(allowed))}"
    return ""


def wishes(drill: Drill, workstation: Workstation, data_centre: str, dns: bool = True) -> dict[str, Any]:
    """The concerns' options that make the workstation point at ``data_centre``; empty where nothing can be written.

    :param dns: whether DNS servers and leftover lines are its business too. They are the same for both data
        centres, and a refusal about them must not stand in the way back.
    """
    mine = [aim for aim in aims(drill, workstation) if not aim.by_hand]
    asked: dict[str, Any] = {}
    entries = [
        {"name": endpoint.name, "address": endpoint.addresses[data_centre][0]}
        for aim in mine
        if aim.access == HOST_TABLE
        for endpoint in aim.endpoints
        if endpoint.name and endpoint.addresses.get(data_centre)
    ]
    leftovers = [name for aim in mine if aim.access == DNS for name in aim.names] if dns else []
    if entries or leftovers:
        asked["host_table"] = _given(
            path=workstation.host_table,
            entries=entries,
            leftovers=leftovers,
            leftovers_state="absent" if workstation.remove_leftovers else "reported",
        )
    servers = _servers(drill, workstation)
    if servers and dns:
        asked["dns_servers"] = _given(
            path=workstation.resolv_conf,
            servers=[servers.preferred, servers.alternate],
            networks=list(workstation.networks)
            or [network.range for network in drill.networks if network.market == servers.market],
        )
    return asked


def questions(
    drill: Drill, workstation: Workstation, data_centre: str, settled: bool = True
) -> dict[str, Any]:
    """The options of ``services``: every endpoint of the workstation, knocked at as its clients would.

    A client that stores the address is knocked at where it should lead: at ``data_centre``. So is a name of the
    host table that is not ``settled``, because it is yet to be written.
    """
    servers = _servers(drill, workstation)
    endpoints = [
        knock
        for aim in aims(drill, workstation)
        for endpoint in aim.endpoints
        for knock in _knocks(workstation, aim, endpoint, data_centre, settled)
    ]
    if not endpoints:
        return {}
    return _given(
        endpoints=endpoints,
        host_table=workstation.host_table,
        servers=[servers.preferred, servers.alternate] if servers else [],
        server_port=servers.port if servers else None,
        ca=workstation.ca,
        timeout=workstation.timeout,
    )


def _knocks(
    workstation: Workstation, aim: Aim, endpoint: Endpoint, data_centre: str, settled: bool
) -> list[dict[str, Any]]:
    if endpoint.proof is None:
        return []
    port = endpoint.port or workstation.ports.get(endpoint.system) or _PORTS[endpoint.proof]
    knock = _given(kind=endpoint.proof, port=port, name=endpoint.name if aim.access != IP_ADDRESS else None)
    if "name" in knock and (settled or aim.access == DNS):
        return [knock]
    return [{**knock, "address": address} for address in endpoint.addresses.get(data_centre, ())]


def _servers(drill: Drill, workstation: Workstation) -> DnsServers | None:
    """The exchange's DNS servers, if some system of this workstation goes by them."""
    by_dns = {
        endpoint.market for aim in aims(drill, workstation) if aim.access == DNS for endpoint in aim.endpoints
    }
    return next((servers for servers in drill.dns_servers if servers.market in by_dns), None)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
