# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module run as a workstation runs it: a process of its own, parameters in, one JSON object out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lab.fleet import ROOT

PACKAGE = "ansible_collections.hkex.drill.plugins.modules."
PROGRAM = """
import json, runpy, sys
from ansible.module_utils.testing import patch_module_args
with patch_module_args(json.load(sys.stdin)):
    runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
"""


def run(module: str, parameters: dict[str, Any], check: bool = False, diff: bool = False) -> dict[str, Any]:
    """The result of a module."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, PACKAGE + module],
        input=json.dumps({**parameters, "_ansible_check_mode": check, "_ansible_diff": diff}),
        env={**os.environ, "PYTHONPATH": str(ROOT / "collections")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if not ended.stdout.lstrip().startswith("{"):
        raise AssertionError(ended.stdout + ended.stderr)
    result: dict[str, Any] = json.loads(ended.stdout)
    return result


def tree(folder: Path) -> dict[str, Any]:
    """Everything below a folder: what a file holds, where a link leads, and the mode of each."""
    return {
        str(path.relative_to(folder)): (
            str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder",
            path.lstat().st_mode,
        )
        for path in sorted(folder.rglob("*"))
    }
