# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of a workstation, in the way in which a phase or a module asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils.engine import Workstation
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, logins, pointing, readiness
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import questions, wishes
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import PRIMARY
from ansible_collections.hkex.drill.plugins.plugin_utils.preparations import preparations, rap_keys

from tests.unit.each_check_pc import ENDPOINTS, LOG_ON, NAME, NOW, PRE_DRILL, STATUS, Linux
from tests.unit.each_check_windows import OnWindows
from tests.unit.readiness_fleets import DRILLS

Pc = Linux | OnWindows


def told(pc: Pc) -> list[dict[str, str]]:
    """All findings about a workstation, as the phase that asks gathers them; the rules on the fleet are among them."""
    forbidden = ValueError("disabled for FIPS")
    with nullcontext() if pc.md5 else patch.object(hashlib, "md5", side_effect=forbidden):
        return _told(pc)


def _told(pc: Pc) -> list[dict[str, str]]:
    drill, workstation = DRILLS[pc.drill], fleet.workstation(NAME, pc.inventory)
    left: list[dict[str, Any]] = []
    module, asked = "workstation_info", wishes(drill, workstation, PRIMARY)
    if pc.how == PRE_DRILL:
        asked |= preparations(drill, workstation, NOW)
        if pc.system != "windows":
            asked["services"] = questions(drill, workstation, PRIMARY, settled=False)
    elif pc.how == STATUS:
        asked |= {
            "services": questions(drill, workstation, PRIMARY),
            "rap_key": rap_keys(drill, workstation, {}),
        }
    elif pc.how == ENDPOINTS:
        module, asked = "endpoint_info", questions(drill, workstation, PRIMARY)
    elif pc.how == LOG_ON:
        module = "endpoint_info"
        asked, why_not = logins.log_on(drill, workstation, PRIMARY, None, pc.before)
        left = [each._asdict() for each in why_not]
    answer = looked(module, pc.reached(), asked) if asked else {"findings": []}
    found: list[dict[str, str]] = [*left, *answer["findings"]]
    if pc.how in (PRE_DRILL, STATUS) and "adapters" in answer:
        found += pointing.findings(drill, workstation, PRIMARY, answer, settled=pc.how == STATUS)
    if pc.how == PRE_DRILL and "adapters" in answer:
        has = [address for adapter in answer["adapters"] for address in adapter["addresses"]]
        verdicts = readiness.judge(drill, [workstation], {NAME: has}, [NAME])
        found += [each._asdict() for each in readiness.told(verdicts, [NAME])[0].get(NAME, ())]
    return found


def looked(module: str, workstation: Workstation, asked: Mapping[str, Any]) -> dict[str, Any]:
    valid = ArgumentSpecValidator(**MODULES[module].takes).validate(asked)
    assert not valid.error_messages
    answer = perform(MODULES[module], workstation, valid.validated_parameters, False, False)
    if answer.get("failed"):
        return {
            "findings": [{"level": ERROR, **{part: answer[part] for part in ("where", "what", "remedy")}}]
        }
    return answer
