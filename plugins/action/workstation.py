# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How every concern reaches a workstation: on POSIX the module does all of it there."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):  # type: ignore[misc]
    """Serves all modules that write to or look at a workstation (meta/runtime.yml routes them here)."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        if getattr(self._connection._shell, "_IS_WINDOWS", False):
            return dict(
                result,
                failed=True,
                msg="Windows workstations are not served by this version of hkex.drill. Nothing was changed.",
            )
        return dict(
            result, **self._execute_module(module_name=str(self._task.action), task_vars=task_vars or {})
        )
