# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a workstation reaches, and where: the service proof, asked by name or by address as its clients would.

A service that is reached by name is looked up the way the workstation does it: the host table first, then the DNS
servers in their order. All of it are questions; nothing here changes anything.
"""

import ipaddress
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import host_table
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Answer,
    Concern,
    Look,
    Plan,
    Probe,
    Refusal,
    Seen,
)


class Endpoint(NamedTuple):
    """Where to knock: at ``address``, or at what ``name`` leads to.

    ``listed``: by the host table alone. The workstation's own DNS servers need not be those that are asked here.
    """

    kind: str
    port: int
    name: Optional[str] = None
    address: Optional[str] = None
    listed: bool = False


class Options(NamedTuple):
    """``servers`` are asked for every name that the host table does not answer, each of them, preferred first."""

    endpoints: Tuple[Endpoint, ...]
    host_table: Optional[str]
    servers: Tuple[str, ...]
    server_port: int
    ca: str
    timeout: float  # seconds, for each question

    def table(self, seen: Seen) -> str:
        return self.host_table or seen.facts.host_table


def concern(params: Mapping[str, Any]) -> Concern:
    """The concern of a module's checked parameters."""
    return Concern("services", parse(params), look, plan, describe)


def parse(params: Mapping[str, Any]) -> Options:
    """Options of the module's parameters.

    :raises Refusal: an endpoint has neither a name nor a valid address, or a port or the time-out is out of range
    """
    endpoints = []
    for index, given in enumerate(params["endpoints"]):
        where = f"services.endpoints[{index}]"
        if not given.get("name") and not given.get("address"):
            raise Refusal(where, "has neither name nor address", "Give the one that the client uses")
        if given.get("address"):
            _address(given["address"], f"{where}.address")
        _port(given["port"], f"{where}.port")
        listed = given.get("access") == "host_table"
        endpoints.append(
            Endpoint(given["kind"], given["port"], given.get("name"), given.get("address"), listed)
        )
    for index, server in enumerate(params["servers"] or ()):
        _address(server, f"services.servers[{index}]")
    _port(params["server_port"], "services.server_port")
    if not 0 < params["timeout"] < float("inf"):
        raise Refusal("services.timeout", f"{params['timeout']} is no time to wait", "Give some seconds")
    return Options(
        tuple(endpoints),
        params.get("host_table"),
        tuple(params["servers"] or ()),
        params["server_port"],
        params.get("ca") or "",
        params["timeout"],
    )


def look(options: Options, seen: Seen) -> Look:
    """First the host table, then DNS for the names it does not give, then the endpoints themselves."""
    table = options.table(seen)
    if table not in seen.files:
        return Look(files=frozenset({table}))
    questions = {
        probe
        for endpoint in options.endpoints
        if endpoint.name and not endpoint.address and not _from_table(options, seen, endpoint.name)
        for probe in _lookups(options, endpoint)
    }
    if questions - set(seen.probes):
        return Look(probes=frozenset(questions))
    knocks = {_knock(options, seen, endpoint) for endpoint in options.endpoints}
    return Look(probes=frozenset(probe for probe in knocks if probe is not None))


def plan(_options: Options, _seen: Seen) -> Plan:
    """Nothing: questions change nothing."""
    return Plan()


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """For each endpoint where it leads, by what (``host_table``, ``dns`` or ``ip_address``), and what answered."""
    return {"endpoints": [_described(options, seen, endpoint) for endpoint in options.endpoints]}


def _described(options: Options, seen: Seen, endpoint: Endpoint) -> Dict[str, Any]:
    by, address = _leads_to(options, seen, endpoint)
    told: Dict[str, Any] = {
        "kind": endpoint.kind,
        "name": endpoint.name,
        "port": endpoint.port,
        "address": address,
        "by": by,
        "dns": [],
    }
    if by == "dns":
        told["dns"] = [
            dict(_answer(seen.probes.get(probe)), server=probe.host) for probe in _lookups(options, endpoint)
        ]
    knock = _knock(options, seen, endpoint)
    if knock is None:
        told.update(ok=False, what=f"{endpoint.name} leads to no address", values=[], seconds=0.0)
    else:
        told.update(_answer(seen.probes.get(knock)))
    return told


def _answer(answer: Optional[Answer]) -> Dict[str, Any]:
    if answer is None:
        return {"ok": False, "what": "was not asked", "values": [], "seconds": 0.0}
    return dict(answer._asdict(), values=list(answer.values))


def _lookups(options: Options, endpoint: Endpoint) -> List[Probe]:
    if endpoint.listed or not endpoint.name:
        return []
    return [
        Probe("dns", server, options.server_port, endpoint.name, timeout=options.timeout)
        for server in options.servers
    ]


def _from_table(options: Options, seen: Seen, name: str) -> Tuple[str, ...]:
    file = seen.files.get(options.table(seen))
    return () if file is None else host_table.resolve(file.content, name)


def _leads_to(options: Options, seen: Seen, endpoint: Endpoint) -> Tuple[str, Optional[str]]:
    if endpoint.address:
        return "ip_address", endpoint.address
    listed = _from_table(options, seen, endpoint.name or "")
    if listed or endpoint.listed:
        return "host_table", listed[0] if listed else None
    for probe in _lookups(options, endpoint):
        answer = seen.probes.get(probe)
        if answer is not None and answer.ok and answer.values:
            return "dns", answer.values[0]
    return "dns", None


def _knock(options: Options, seen: Seen, endpoint: Endpoint) -> Optional[Probe]:
    _by, address = _leads_to(options, seen, endpoint)
    if address is None:
        return None
    probe = Probe(endpoint.kind, address, endpoint.port, timeout=options.timeout)
    if endpoint.kind == "https":
        probe = probe._replace(name=endpoint.name or address, ca=options.ca)
    return probe


def _address(text: str, where: str) -> None:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        raise Refusal(
            where, f"{text!r} is not an IPv4 address", "Give four numbers, such as 10.243.2.51"
        ) from None


def _port(number: int, where: str) -> None:
    if not 0 < number < 65536:
        raise Refusal(where, f"{number} is no port", "Give a number from 1 to 65535")
