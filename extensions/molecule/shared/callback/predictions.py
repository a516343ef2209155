# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: E402 - the documentation stands above the imports, as in every plugin

"""Notes what a run in check mode says would stand on each workstation, for a verification after the real run."""

from __future__ import annotations

DOCUMENTATION = r"""
name: predictions
type: notification
short_description: Notes what a check mode predicts
description:
  - Writes C(predicted.json) into Molecule's folder, with C(files) and C(after) of the last result of a module of
    hkex.drill on each workstation, if the run is in check mode.
author:
  - The hkex.drill maintainers (!UNKNOWN)
"""

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """See above."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "predictions"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._predicted: dict[str, dict[str, Any]] = {}

    def v2_runner_on_ok(self, result: Any) -> None:
        told = result.result
        if result.task.check_mode and "files" in told and "after" in told:
            self._predicted[result.host.get_name()] = {name: told[name] for name in ("files", "after")}

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if self._predicted:
            path = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "predicted.json"
            path.write_text(json.dumps(self._predicted, indent=2), encoding="utf-8")
