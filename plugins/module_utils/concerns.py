# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of concerns: each is an option of the modules for whole workstations, under its name."""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple

from ansible_collections.hkex.drill.plugins.module_utils.arguments import DNS_SERVERS, HOST_TABLE, SERVICES
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern


class Option(NamedTuple):
    """A concern as an option: its argument spec, and how to make it of what was given."""

    arguments: Mapping[str, Any]
    concern: Callable[[Mapping[str, Any]], Concern]


# Imported where they are asked for (see ``arguments``), and by name: AnsiballZ packs static imports only.
def _host_table(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import host_table

    return host_table.concern(params)


def _dns_servers(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import dns_servers

    return dns_servers.concern(params)


def _services(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import services

    return services.concern(params)


def _rollback(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import rollback

    return rollback.concern(params["drill"], params.get("occurrence"))


# What a workstation can be made to be.
WRITES = {"host_table": Option(HOST_TABLE, _host_table), "dns_servers": Option(DNS_SERVERS, _dns_servers)}
# That, and what can be asked of it besides.
LOOKS = {**WRITES, "services": Option(SERVICES, _services)}


def arguments(table: Mapping[str, Option]) -> Dict[str, Any]:
    """The argument spec of a module that takes these concerns."""
    return {name: {"type": "dict", "options": option.arguments} for name, option in table.items()}


def concerns(params: Mapping[str, Any], table: Mapping[str, Option]) -> List[Concern]:
    """The concerns whose options were given; or the one that takes all of them back, if that is asked for.

    :raises Refusal: an option of one of them is wrong
    """
    if params.get("rollback"):
        return [_rollback(params)]
    return [option.concern(params[name]) for name, option in table.items() if params.get(name) is not None]
