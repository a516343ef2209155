# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS servers of a workstation: the exchange's preferred and alternate server, in that order.

The circular of October 2021 (rehearsal of 6 November 2021, section 3) asks for both on every workstation that reaches
CCASS, RAP or VaR Online by name. They answer only inside SDNet, so they are set only where an adapter has an address
there, and they replace what stood before: a further server would go on answering and hide a fail-over.
"""

import ipaddress
from typing import Any, Dict, Mapping, NamedTuple, Optional, Protocol, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import (
    _dns_adapter,
    _dns_links,
    _dns_networkd,
    _dns_networkmanager,
    _dns_plain,
)
from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options, parse
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WARNING,
    WINDOWS,
    Adapter,
    Concern,
    Facts,
    Finding,
    Look,
    Plan,
    Refusal,
    Seen,
)

__all__ = ["Options", "carrier", "concern", "describe", "look", "parse", "plan"]


def concern(params: Mapping[str, Any]) -> Concern:
    """This concern with a module's parameters."""
    return Concern("dns_servers", parse(params), look, plan, describe)


def look(options: Options, seen: Seen) -> Look:
    """What keeps the servers; of Windows adapters every look brings them."""
    if seen.system == WINDOWS:
        return Look()
    adapter = _questioned(options, seen)
    if adapter is None:
        # Before the first visit no adapter is known, and so not whose business the file is.
        by_file = seen.facts.adapters or options.path or options.backend == _dns_links.PLAIN
        return _dns_plain.look(options, seen) if by_file else Look()
    asked = Look(settings=frozenset([_dns_links.observed(adapter)]))
    if asked.without(seen):
        return asked
    kept = _kept(options, seen)
    if kept is None:
        return asked | _dns_plain.look(options, seen)
    return asked if kept.backend is None else asked | kept.backend.look(adapter, kept.link)


def plan(options: Options, seen: Seen) -> Plan:
    """The edits after which the resolver asks these servers in this order (``absent``: none of them).

    Servers that are there already need no edit, whoever keeps them.

    :raises Refusal: ``present`` without an adapter in SDNet (never falling back on the default route), or the program
        that keeps the servers is not one that can be told
    """
    carried = carrier(options, seen.facts)
    if options.state == PRESENT and carried is None:
        raise _no_carrier(options, seen.facts)
    if seen.system == WINDOWS:
        return _dns_adapter.plan(options, seen, carried[0] if carried else None)
    kept = _kept(options, seen)
    if kept is None:
        return _dns_plain.plan(options, seen)
    if kept.backend is not None:
        return kept.backend.plan(options, seen, kept.adapter, kept.link)
    return _left_to_its_keeper(options, kept.keeper)


def _left_to_its_keeper(options: Options, keeper: _dns_links.Keeper) -> Plan:
    """Nothing to do, where the servers cannot be set and are as asked.

    :raises Refusal: they are not
    """
    present = options.state == PRESENT
    wrong = keeper.servers != options.servers if present else bool(set(keeper.servers) & set(options.servers))
    if keeper.refusal is not None and wrong:
        raise keeper.refusal
    if keeper.refusal is None or not present or keeper.program != _dns_links.RESOLVED:
        return Plan()
    what = f"the servers are asked, but nothing shows that they stay over a boot: {keeper.refusal.what}"
    return Plan(findings=(Finding(WARNING, keeper.refusal.where, what, keeper.refusal.remedy),))


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """What stands there: who keeps the servers, they in order, and the adapter that leads to them."""
    carried = carrier(options, seen.facts)
    adapter = carried[0] if carried else None
    if seen.system == WINDOWS:
        told = _dns_adapter.describe(seen, adapter)
    else:
        kept = _kept(options, seen)
        told = _dns_plain.describe(options, seen) if kept is None else _told(kept, seen)
    told["adapter"] = adapter.name if adapter else None
    told["address"] = carried[1] if carried else None
    return told


class _Backend(Protocol):
    """A program that can be told the servers of an adapter; ``link`` is how it has that adapter."""

    def look(self, adapter: Adapter, link: Mapping[str, Any]) -> Look:
        """What must be seen of its settings."""

    def plan(self, options: Options, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Plan:
        """The edits of its settings."""

    def describe(self, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, Any]:
        """``servers``, and whether ``automatic`` ones come on top."""


class _Kept(NamedTuple):
    """Servers that are kept for an adapter, not in a file; ``backend`` is None where they cannot be set."""

    adapter: Adapter
    link: Mapping[str, Any]
    keeper: _dns_links.Keeper
    backend: Optional[_Backend]


_BACKENDS: Dict[str, _Backend] = {
    _dns_links.NETWORK_MANAGER: _dns_networkmanager,
    _dns_links.NETWORKD: _dns_networkd,
}


def _questioned(options: Options, seen: Seen) -> Optional[Adapter]:
    """The adapter of which is to be found out who keeps its servers; None where the file is meant."""
    carried = carrier(options, seen.facts)
    return carried[0] if carried and options.path is None and options.backend != _dns_links.PLAIN else None


def _kept(options: Options, seen: Seen) -> Optional[_Kept]:
    """Who keeps the servers of the adapter; None: they stand in the file alone."""
    adapter = _questioned(options, seen)
    link = seen.settings.get(_dns_links.observed(adapter)) if adapter else None
    if adapter is None or link is None:
        return None
    found = _dns_links.keeper(adapter, link)
    if found.program == _dns_links.PLAIN:
        return None
    return _Kept(adapter, link, found, None if found.refusal else _BACKENDS.get(found.program))


def _told(kept: _Kept, seen: Seen) -> Dict[str, Any]:
    found = (
        kept.backend.describe(seen, kept.adapter, kept.link)
        if kept.backend is not None
        else {"servers": list(kept.keeper.servers), "automatic": None}
    )
    return dict(found, backend=kept.keeper.program, path=None)


def carrier(options: Options, facts: Facts) -> Optional[Tuple[Adapter, str]]:
    """The first adapter, and its address, that may be given the servers; None where there is none."""
    networks = [ipaddress.IPv4Network(text) for text in options.networks]
    for adapter in facts.adapters:
        if options.adapter in (None, adapter.name):
            for address in adapter.addresses:
                if not networks or any(ipaddress.IPv4Address(address) in network for network in networks):
                    return adapter, address
    return None


def _no_carrier(options: Options, facts: Facts) -> Refusal:
    wanted = f"adapter {options.adapter} has no address" if options.adapter else "no adapter has an address"
    if options.networks:
        wanted += f" in {', '.join(options.networks)}"
    found = ", ".join(f"{each.name} ({', '.join(each.addresses) or 'none'})" for each in facts.adapters)
    return Refusal(
        "dns_servers",
        f"{wanted}; found: {found or 'no adapter'}",
        "Connect the workstation to SDNet, or correct networks or adapter, or leave dns_servers out here",
    )
