# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of concerns: each is an option of the modules for whole workstations, under its name."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from ansible_collections.hkex.drill.plugins.module_utils import dns_servers, host_table
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern

# What a workstation can be made to be. AnsiballZ packs static imports only, so a new one is imported above.
CONCERNS: Mapping[str, Any] = {"host_table": host_table, "dns_servers": dns_servers}


def arguments(table: Mapping[str, Any] = CONCERNS) -> Dict[str, Any]:
    """The argument spec of a module that has these concerns as its options."""
    return {name: {"type": "dict", "options": concern.ARGUMENTS} for name, concern in table.items()}


def concerns(params: Mapping[str, Any], table: Mapping[str, Any] = CONCERNS) -> List[Concern]:
    """The concerns whose options were given.

    :raises Refusal: an option of one of them is wrong
    """
    return [concern.concern(params[name]) for name, concern in table.items() if params.get(name) is not None]
