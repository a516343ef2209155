# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of a workstation besides what it can be made to be; modules that write do not bring it along."""

from typing import Any, Mapping

from ansible_collections.hkex.drill.plugins.module_utils import services
from ansible_collections.hkex.drill.plugins.module_utils.arguments import (
    BOOKMARKS,
    ENDPOINTS,
    MACHINE,
    RAP_KEY,
    SERVICES,
    STATE_DIR,
)
from ansible_collections.hkex.drill.plugins.module_utils.concerns import (
    WHOSE,
    WRITERS,
    WRITES,
    Module,
    Option,
    arguments,
    given,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern


# Imported where they are asked for (see ``arguments``).
def _bookmarks(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import bookmarks

    return bookmarks.concern(params)


def _machine(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import machine

    return machine.concern(params)


def _rap_key(params: Mapping[str, Any], option: str = "rap_key.") -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import rap_key

    return rap_key.concern(params, option)


LOOKS = {
    **WRITES,
    "services": Option(SERVICES, services.concern),
    "bookmarks": Option(BOOKMARKS, _bookmarks),
    "machine": Option(MACHINE, _machine),
    "rap_key": Option(RAP_KEY, _rap_key),
}

LOOKER = Module(
    {"argument_spec": dict(arguments(LOOKS), **WHOSE, **STATE_DIR)},
    lambda params: given(params, LOOKS),
    looks=True,
)


RAP_KEYS = Module(
    {"argument_spec": dict(RAP_KEY, **STATE_DIR)}, lambda params: [_rap_key(params, "")], looks=True
)

ENDPOINT = Module(
    {"argument_spec": dict(ENDPOINTS, **STATE_DIR)},
    lambda params: [services.endpoints_concern(params)],
    looks=True,
    logs_on=True,
)

# Every module that goes to a workstation, by its name.
MODULES = {**WRITERS, "workstation_info": LOOKER, "rap_key_info": RAP_KEYS, "endpoint_info": ENDPOINT}
