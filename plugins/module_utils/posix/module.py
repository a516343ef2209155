# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an Ansible module on a POSIX workstation to the engine and back: the only place that knows both."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Callable, Dict, Mapping, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hkex.drill.plugins.module_utils import engine
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix
from ansible_collections.hkex.drill.plugins.module_utils.result import observation, result

Concerns = Callable[[Mapping[str, Any]], Sequence[Concern]]

# Where journal and blobs lie; every module that writes has it.
STATE_DIR: Dict[str, Any] = {"state_dir": {"type": "path"}}


def run(module: AnsibleModule, concerns: Concerns) -> None:
    """Make the workstation be what the concerns of the module's parameters ask for."""
    _refusing(module, lambda: _run(module, concerns(module.params)))


def look(module: AnsibleModule, concerns: Concerns) -> None:
    """Only look at what the concerns of the module's parameters are about."""
    _refusing(module, lambda: _look(module, concerns(module.params)))


def _run(module: AnsibleModule, concerns: Sequence[Concern]) -> Dict[str, Any]:
    outcome = engine.run(
        Posix(module.params["state_dir"]),
        concerns,
        _now,
        drill=module.params.get("drill"),
        occurrence=module.params.get("occurrence"),
        check=module.check_mode,
    )
    return result(outcome, concerns, module._diff)


def _look(module: AnsibleModule, concerns: Sequence[Concern]) -> Dict[str, Any]:
    outcome = engine.run(Posix(module.params["state_dir"]), concerns, _now, check=True)
    return observation(outcome, concerns)


def _refusing(module: AnsibleModule, work: Callable[[], Dict[str, Any]]) -> None:
    """A refusal becomes one message; any other exception is a fault and keeps its traceback."""
    try:
        told = work()
    except Refusal as refusal:
        told = {
            "failed": True,
            "changed": False,
            "msg": f"{refusal}. Nothing was changed.",
            "where": refusal.where,
            "what": refusal.what,
            "remedy": refusal.remedy,
        }
    if told.get("failed"):
        module.fail_json(**told)
    module.exit_json(**told)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
