# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How every concern reaches a workstation: on POSIX the module does all of it there, on Windows its hands do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.plugin_utils import login_lock
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows


class ActionModule(ActionBase):  # type: ignore[misc]
    """Serves all modules that write to or look at a workstation (meta/runtime.yml routes them here)."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        windows = getattr(self._connection._shell, "_IS_WINDOWS", False)
        act = self._on_windows if windows else self._on_posix
        if MODULES[str(self._task.action).rpartition(".")[2]].logs_on:
            return dict(result, **self._logging_on(act, variables))
        return dict(result, **act(variables))

    def _logging_on(
        self, act: Callable[[dict[str, Any]], dict[str, Any]], variables: dict[str, Any]
    ) -> dict[str, Any]:
        """What may log on does so while no other workstation has its accounts."""
        try:
            accounts = login_lock.accounts(self._task.args)
            who = str(variables.get("inventory_hostname", "a workstation"))
            with login_lock.held(accounts, login_lock.folder(), who) if accounts else nullcontext():
                return act(variables)
        except Refusal as refusal:
            return {"failed": True, "changed": False, "msg": f"{refusal}. Nothing was asked."}

    def _on_posix(self, variables: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = self._execute_module(module_name=str(self._task.action), task_vars=variables)
        return told

    def _on_windows(self, variables: dict[str, Any]) -> dict[str, Any]:
        # With -vvvvv a connection prints all that comes back, and clients keep their passwords in what is looked at.
        self._connection._play_context.no_log = True
        module = MODULES[str(self._task.action).rpartition(".")[2]]
        valid = ArgumentSpecValidator(**module.takes).validate(self._task.args)
        if valid.error_messages:
            return {"failed": True, "changed": False, "msg": "; ".join(valid.error_messages)}

        def execute(request: str) -> str:
            told = self._execute_module(
                module_name="hkex.drill.windows_io", module_args={"request": request}, task_vars=variables
            )
            if told.get("failed") or "answer" not in told:
                raise Refusal(
                    "windows_io",
                    f"did not answer: {told.get('msg') or 'its output was cut short'}",
                    "Run the same again; if it stays, run it with -vvv and look at what PowerShell says",
                )
            return str(told["answer"])

        params = valid.validated_parameters
        workstation = Windows(execute, params["state_dir"])
        return perform(module, workstation, params, self._task.check_mode, self._task.diff)
