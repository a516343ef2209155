# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the DNS servers concern, held to what a workstation can be asked."""

import ipaddress
from typing import Any, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_host_name, is_ipv4
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

PRESENT = "present"
MOST = 3  # the C library reads no more (MAXNS in resolv.h)


class Options(NamedTuple):
    """What is asked: these servers in this order, and no other (``absent``: none of these).

    :param networks: IPv4 networks of which the workstation must have an address (SDNet)
    :param adapter: the adapter that must have it, or whose word is taken for it if there are no ``networks``
    :param domains: what is to be asked at these servers even where those of another adapter are the usual ones
    :param backend: ``plain``: the file at ``path`` is nobody else's; ``auto``: find out whether that is so
    """

    servers: Tuple[str, ...]
    networks: Tuple[str, ...] = ()
    adapter: Optional[str] = None
    backend: str = "auto"
    path: Optional[str] = None
    state: str = PRESENT
    domains: Tuple[str, ...] = ()


def parse(params: Mapping[str, Any]) -> Options:
    """The options of a module's (checked) parameters. Refuses what no workstation can be asked."""
    options = Options(
        servers=_servers(params.get("servers") or ()),
        networks=tuple(_network(text) for text in params.get("networks") or ()),
        adapter=params.get("adapter") or None,
        backend=params.get("backend") or "auto",
        path=params.get("path") or None,
        state=params.get("state") or PRESENT,
        domains=tuple(dict.fromkeys(_domain(text) for text in params.get("domains") or ())),
    )
    if options.state == PRESENT and not options.networks and not options.adapter:
        raise Refusal(
            "dns_servers",
            "neither networks nor adapter is given, so nothing says which adapter leads to the servers",
            "Give networks: the networks that SDNet assigned to you",
        )
    if options.path and not options.path.startswith("/"):
        raise Refusal("dns_servers.path", f"{options.path!r} is not an absolute path", "Write it from / on")
    return options


def _servers(given: Any) -> Tuple[str, ...]:
    where = "dns_servers.servers"
    if not 1 <= len(given) <= MOST:
        raise Refusal(
            where,
            f"{len(given)} servers are given and the system asks 1 to {MOST}",
            "Give the preferred server, then the alternate one",
        )
    for text in given:
        if not is_ipv4(text):
            raise Refusal(where, f"{text!r} is not an IPv4 address", "Write it like 192.0.2.1")
    if len(set(given)) < len(given):
        raise Refusal(where, f"{', '.join(given)} names one server twice", "Name each once, in order")
    return tuple(given)


def _domain(text: str) -> str:
    domain = text.lower().rstrip(".")
    if not is_host_name(domain):
        raise Refusal(
            "dns_servers.domains",
            f"{text!r} is not a domain; every name belongs to none of the exchange's",
            "Write it like ccass.com",
        )
    return domain


def _network(text: str) -> str:
    where = "dns_servers.networks"
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as problem:
        raise Refusal(
            where, f"{text!r} is not an IPv4 network ({problem})", "Write it like 192.0.2.0/24"
        ) from None
    if network.prefixlen == 0:
        raise Refusal(where, f"{text} is every address, not SDNet", "Give the networks assigned to you")
    return str(network)
