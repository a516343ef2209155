# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes how long each task took, as a JSON line: name, seconds."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Enabled by its name; HKEX_DRILL_STOPWATCH is the file."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "stopwatch"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._task: tuple[str, float] | None = None

    def _lap(self) -> None:
        if self._task:
            name, start = self._task
            with Path(os.environ["HKEX_DRILL_STOPWATCH"]).open("a") as laps:
                laps.write(json.dumps([name, time.monotonic() - start]) + "\n")
        self._task = None

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._lap()
        self._task = (task.get_name(), time.monotonic())

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._lap()
