# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers of a Windows network adapter: one backend of the concern.

Every look brings, for each adapter, the IPv4 servers that are set there; none: they are as DHCP gives them.
"""

from typing import Any, Dict, List, Optional

from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Adapter,
    Assign,
    Key,
    Plan,
    Refusal,
    Seen,
)


def key(adapter: Adapter) -> Key:
    """The setting that holds an adapter's servers."""
    return Key("adapter", adapter.guid, "dns")


def plan(options: Options, seen: Seen, adapter: Optional[Adapter]) -> Plan:
    """Set the servers on this adapter; ``absent``: take them away, where none are left back to DHCP's."""
    if options.path or options.backend == "plain":
        raise Refusal(
            "dns_servers",
            "Windows keeps its DNS servers in network adapters, not in a file",
            "Leave path and backend out here",
        )
    if adapter is None:
        return Plan()
    before = seen.settings[key(adapter)]
    after = _after(options, before)
    if before == after:
        return Plan()
    return Plan((Assign(key(adapter), before, after),), frozenset(["resolver"]))


def _after(options: Options, before: List[str]) -> List[str]:
    if options.state == PRESENT:
        return list(options.servers)
    return [server for server in before if server not in options.servers]


def describe(seen: Seen, adapter: Optional[Adapter]) -> Dict[str, Any]:
    """The servers that are set there, in order."""
    servers = list(seen.settings[key(adapter)]) if adapter else []
    return {"backend": "adapter", "path": None, "servers": servers, "automatic": not servers}
