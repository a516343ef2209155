# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a module's parameters to its result: the same for every module and every kind of workstation."""

from typing import Any, Dict, Mapping

from ansible_collections.hkex.drill.plugins.module_utils import engine, journal
from ansible_collections.hkex.drill.plugins.module_utils.concerns import Module
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    Concern,
    Finding,
    Plan,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.result import observation, result


def perform(
    module: Module, workstation: engine.Workstation, params: Mapping[str, Any], check: bool, diff: bool
) -> Dict[str, Any]:
    """Make the workstation be what the parameters ask for, or only look at it, and tell the result.

    :param params: as Ansible has checked them
    :param check: check mode: predict only
    :param diff: ``--diff`` was given
    """
    try:
        concerns = module.concerns(params)
        outcome = engine.run(
            workstation,
            [_tolerant(each) for each in concerns] if module.looks else concerns,
            journal.now,
            drill=params.get("drill"),
            occurrence=params.get("occurrence"),
            check=check or module.looks,
        )
        return observation(outcome, concerns) if module.looks else result(outcome, concerns, diff)
    except Refusal as refusal:  # any other exception is a fault and keeps its traceback
        return {
            "failed": True,
            "changed": False,
            "msg": f"{refusal}." if module.looks else f"{refusal}. Nothing was changed.",
            "where": refusal.where,
            "what": refusal.what,
            "remedy": refusal.remedy,
        }


def _tolerant(concern: Concern) -> Concern:
    """For who only looks: why the concern could not be had is one more thing to tell, beside what stands there."""

    def plan(options: Any, seen: Seen) -> Plan:
        try:
            return concern.plan(options, seen)
        except Refusal as refusal:
            return Plan(findings=(Finding(ERROR, refusal.where, refusal.what, refusal.remedy),))

    return concern._replace(plan=plan)
