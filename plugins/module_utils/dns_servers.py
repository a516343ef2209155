# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS servers of a workstation: the exchange's preferred and alternate server, in that order.

The circular of October 2021 (rehearsal of 6 November 2021, section 3) asks for both on every workstation that reaches
CCASS, RAP or VaR Online by name. They answer only inside SDNet, so they are set only where an adapter has an address
there, and they replace what stood before: a further server would go on answering and hide a fail-over.
"""

import ipaddress
from typing import Any, Dict, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _dns_adapter, _dns_plain
from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options, parse
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Adapter,
    Concern,
    Facts,
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
    return Look() if seen.system == WINDOWS else _dns_plain.look(options, seen)


def plan(options: Options, seen: Seen) -> Plan:
    """The edits after which the resolver asks these servers in this order (``absent``: none of them).

    :raises Refusal: ``present`` without an adapter in SDNet (never falling back on the default route), or servers
        that another program would set again
    """
    carried = carrier(options, seen.facts)
    if options.state == PRESENT and carried is None:
        raise _no_carrier(options, seen.facts)
    if seen.system == WINDOWS:
        return _dns_adapter.plan(options, seen, carried[0] if carried else None)
    return _dns_plain.plan(options, seen)


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """What stands there: who keeps the servers, they in order, and the adapter that leads to them."""
    carried = carrier(options, seen.facts)
    adapter = carried[0] if carried else None
    told = (
        _dns_adapter.describe(seen, adapter) if seen.system == WINDOWS else _dns_plain.describe(options, seen)
    )
    told["adapter"] = adapter.name if adapter else None
    told["address"] = carried[1] if carried else None
    return told


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
