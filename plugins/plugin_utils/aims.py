# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a circular and a workstation to what is asked of the workstation. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DnsServers, Drill, Endpoint
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation

DNS = "dns"
HOST_TABLE = "host_table"
IP_ADDRESS = "ip_address"

SSH = "ssh"  # how an SFTP server is proved

# What a client takes where neither the circular nor the inventory gives a port.
_PORTS = {"https": 443, SSH: 22}


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


def _by_hand(access: str, endpoints: Sequence[Endpoint]) -> str:
    allowed = {kind for endpoint in endpoints for kind in endpoint.access}
    if access not in allowed:
        source = "; ".join(dict.fromkeys(endpoint.source for endpoint in endpoints))
        return f"the circular does not provide for access by {access}, only by {', '.join(sorted(allowed))} ({source})"
    if access == IP_ADDRESS and any(endpoint.proof != SSH for endpoint in endpoints):
        return "the address is stored in a client that is none for SFTP"
    return ""


def stale(drill: Drill, drills: Iterable[Drill]) -> tuple[str, ...]:
    """Addresses of SFTP servers in earlier circulars that this drill does not know: nothing leads there any more."""
    today = _last_day(drill)
    own = _sftp_addresses(drill.endpoints)
    older = (other for other in drills if _last_day(other) < today)
    return tuple(sorted({address for other in older for address in _sftp_addresses(other.endpoints)} - own))


def _last_day(drill: Drill) -> date:
    """The contingency is always today's."""
    return max((occurrence.day for occurrence in drill.occurrences), default=date.max)


def _sftp_addresses(endpoints: Iterable[Endpoint]) -> set[str]:
    return {
        address
        for endpoint in endpoints
        if endpoint.proof == SSH
        for addresses in endpoint.addresses.values()
        for address in addresses
    }


def wishes(
    drill: Drill, workstation: Workstation, data_centre: str, dns: bool = True, stale: Sequence[str] = ()
) -> dict[str, Any]:
    """The concerns' options that make the workstation point at ``data_centre``; empty where nothing can be written.

    :param dns: whether DNS servers and leftover lines are its business too. They are the same for both data
        centres, and a refusal about them must not stand in the way back.
    :param stale: see ``stale``
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
    by_dns = [name for aim in mine if aim.access == DNS for name in aim.names] if dns else []
    if entries or by_dns:
        asked["host_table"] = _given(
            path=workstation.host_table,
            entries=entries,
            leftovers=by_dns,
            leftovers_state="absent" if workstation.remove_leftovers else "reported",
        )
    sites = [
        site
        for aim in mine
        for endpoint in aim.endpoints
        if endpoint.proof == SSH
        for site in _sites(workstation, aim, endpoint, data_centre)
    ]
    if sites:
        # A stored address beside access by name would stay where it is when the name moves.
        by_name = [each for aim in mine if aim.access != IP_ADDRESS for each in aim.endpoints]
        asked["sftp_client"] = _given(
            sites=sites,
            stale=sorted({*stale, *_sftp_addresses(by_name)}),
            users=list(workstation.sftp_users),
            config_dir=workstation.sftp_config_dir,
        )
    servers = _servers(drill, workstation)
    if servers and dns:
        asked["dns_servers"] = _given(
            path=workstation.resolv_conf,
            servers=[servers.preferred, servers.alternate],
            networks=list(workstation.networks)
            or [network.range for network in drill.networks if network.market == servers.market],
            domains=by_dns,
        )
    return asked


def _sites(workstation: Workstation, aim: Aim, endpoint: Endpoint, data_centre: str) -> list[dict[str, Any]]:
    """What an SFTP client stores of an endpoint: its addresses, position by position, or its name.

    With each go the host keys that the inventory has of it.
    """
    port = _port(workstation, endpoint)
    if aim.access != IP_ADDRESS:
        place = {"host": endpoint.name, "port": port}
        return [{"known": [place], **place, **_keys(workstation, endpoint.name)}] if endpoint.name else []
    return [
        {
            "known": [
                {"host": addresses[position], "port": port}
                for addresses in endpoint.addresses.values()
                if position < len(addresses)
            ],
            "host": wanted,
            "port": port,
            **_keys(workstation, wanted),
        }
        for position, wanted in enumerate(endpoint.addresses.get(data_centre, ()))
    ]


def _keys(workstation: Workstation, host: str) -> dict[str, Any]:
    keys = workstation.host_keys.get(host.lower())
    return {"host_keys": list(keys)} if keys else {}


def _port(workstation: Workstation, endpoint: Endpoint) -> int:
    return endpoint.port or workstation.ports.get(endpoint.system) or _PORTS[endpoint.proof or SSH]


def questions(
    drill: Drill,
    workstation: Workstation,
    data_centre: str,
    settled: bool = True,
    only: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """The options of ``services``: every endpoint of the workstation, knocked at as its clients would.

    A client that stores the address is knocked at where it should lead: at ``data_centre``. So is a name of the
    host table that is not ``settled``, because it is yet to be written.

    :param only: the one system and market to knock at; None: all
    """
    servers = _servers(drill, workstation)
    endpoints = [
        knock
        for aim in aims(drill, workstation)
        for endpoint in aim.endpoints
        if only in (None, (aim.system, endpoint.market))
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
        own_resolver=settled,  # before the write it need not know the exchange's names
        timeout=workstation.timeout,
    )


def _knocks(
    workstation: Workstation, aim: Aim, endpoint: Endpoint, data_centre: str, settled: bool
) -> list[dict[str, Any]]:
    if endpoint.proof is None:
        return []
    port = _port(workstation, endpoint)
    knock = _given(kind=endpoint.proof, port=port, name=endpoint.name if aim.access != IP_ADDRESS else None)
    if "name" in knock and (settled or aim.access == DNS):
        return [{**knock, "access": aim.access, **_shown(workstation, endpoint, endpoint.name)}]
    return [
        {**knock, "address": address, **_shown(workstation, endpoint, address)}
        for address in endpoint.addresses.get(data_centre, ())
    ]


def _shown(workstation: Workstation, endpoint: Endpoint, host: str | None) -> dict[str, Any]:
    """The host keys of which a server must show one; a name may lead to either data centre."""
    if endpoint.proof != SSH or host is None:
        return {}
    hosts = [host]
    if host == endpoint.name:
        hosts += [address for addresses in endpoint.addresses.values() for address in addresses]
    keys = [key for each in hosts for key in workstation.host_keys.get(each.lower(), ())]
    return {"host_keys": list(dict.fromkeys(keys))} if keys else {}


def _servers(drill: Drill, workstation: Workstation) -> DnsServers | None:
    """The exchange's DNS servers, if some system of this workstation goes by them."""
    by_dns = {
        endpoint.market for aim in aims(drill, workstation) if aim.access == DNS for endpoint in aim.endpoints
    }
    return next((servers for servers in drill.dns_servers if servers.market in by_dns), None)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
