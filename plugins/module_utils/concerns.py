# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of concerns: each is an option of the workstation modules, under its name."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from ansible_collections.hkex.drill.plugins.module_utils import dns_servers, host_table, services
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern

# What a workstation can be made to be. AnsiballZ packs static imports only, so a new one is imported above.
WRITES = {"host_table": host_table, "dns_servers": dns_servers}
# What can be asked of it besides.
LOOKS = {"services": services}

ARGUMENTS: Dict[str, Any] = {
    name: {"type": "dict", "options": concern.ARGUMENTS} for name, concern in WRITES.items()
}
LOOK_ARGUMENTS: Dict[str, Any] = {
    **ARGUMENTS,
    **{name: {"type": "dict", "options": concern.ARGUMENTS} for name, concern in LOOKS.items()},
}


def concerns(params: Mapping[str, Any]) -> List[Concern]:
    """The concerns whose options were given.

    :raises Refusal: an option of one of them is wrong
    """
    return [
        concern.concern(params[name])
        for name, concern in {**WRITES, **LOOKS}.items()
        if params.get(name) is not None
    ]
