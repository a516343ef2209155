# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readiness: the whole fleet held against the rules of registration and network, and who is not ready for the write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, readiness
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, Drill, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.run import passed


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller and contacts no workstation; see modules/readiness.py for its options."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "gate": {"type": "dict", "required": True},
                "looks": {"type": "dict", "required": True},
            }
        )
        variables = task_vars or {}
        try:
            verdict = passed(given["gate"])
            drill = load(Path(verdict["directory"]), verdict["drill"], known=verdict["digest"])
            known = available(DIRECTORY, Path(verdict["directory"]))
            taking_part = _taking_part(drill, variables, known)
            return dict(result, **_judged(drill, taking_part, given["looks"], variables, verdict["force"]))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=f"{refusal}. Nothing was changed.")


def _taking_part(
    drill: Drill, variables: Mapping[str, Any], known: Collection[str]
) -> list[fleet.Workstation]:
    """Every workstation of the inventory that the drill concerns, also those that this run leaves out."""
    hostvars = variables["hostvars"]
    return [
        fleet.workstation(name, hostvars[name])
        for name in variables["groups"]["all"]
        if fleet.takes_part(name, hostvars[name], drill.id, known)
    ]


def _judged(
    drill: Drill,
    taking_part: Iterable[fleet.Workstation],
    looks: Mapping[str, Mapping[str, Any]],
    variables: Mapping[str, Any],
    force: str | None,
) -> dict[str, Any]:
    seen = {name: _addresses(look) for name, look in looks.items() if "adapters" in look}
    keys = {name: look["rap_keys"] for name, look in looks.items() if look.get("rap_keys")}
    verdicts = readiness.judge(drill, taking_part, seen, variables["groups"]["all"], keys)
    # Who takes no part is not written to, and so not refused.
    concerned = {name: look for name, look in looks.items() if look.get("takes_part") is not False}
    of, rest = readiness.told(verdicts, concerned)
    # Those of earlier batches have been told already, and are here for what was seen of them.
    present = [name for name in concerned if name in variables["ansible_play_batch"]]
    findings = {name: [each._asdict() for each in of[name]] for name in present if name in of}
    refused = {
        name: why
        for name in present
        if (
            why := readiness.refusal(
                name, [*(concerned[name].get("findings") or ()), *findings.get(name, ())]
            )
        )
    }
    overridden = [f"readiness of {name}: {why}" for name, why in refused.items()] if force else []
    return {
        "changed": False,
        "findings_of": findings,
        "findings": [each._asdict() for each in rest],
        "refused": {} if force else refused,
        "overridden": overridden,
        "force": force,
        "msg": f"{len(refused)} of {len(present)} workstations are not ready",
    }


def _addresses(look: Mapping[str, Any]) -> list[str]:
    return [address for adapter in look["adapters"] for address in adapter["addresses"]]
