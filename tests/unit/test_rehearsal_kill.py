# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kill at every call: each file is whole, in its place or in quarantine or both, and the next run finishes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.unit.rehearsal_kill import DEEP, MOVED, NEW, OVER, REPORT, TRIALS, UPLOAD

ROOT = Path(__file__).resolve().parents[2]
LINES = {"purge": 50, "far": 80, "at once": 35, "due": 25, "baseline": 30}
BROUGHT = {each.decode() for each in (OVER, NEW, UPLOAD, DEEP)}


@pytest.fixture(scope="module")
def trials() -> dict[str, list[dict[str, Any]]]:
    with tempfile.TemporaryDirectory(prefix="hkex-drill-test-") as folder:
        for name in TRIALS:
            (Path(folder) / name).mkdir()
        done = subprocess.run(
            [sys.executable, "-B", str(ROOT / "tests/unit/rehearsal_kill.py"), folder],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'collections'}:{ROOT}"},
            capture_output=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr.decode()
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: [each for each in told if each["trial"] == name] for name in TRIALS}


def whole(found: dict[str, Any]) -> dict[str, str]:
    """The files but for copies in the making, which no one takes for a file."""
    return {path: content for path, content in found["files"].items() if not path.endswith(".hkex-drill")}


def production(found: dict[str, Any]) -> dict[str, str]:
    return {path: text for path, text in found["files"].items() if not path.startswith("state/")}


@pytest.mark.parametrize("name", TRIALS)
def test_a_kill_at_every_call_leaves_whole_files_and_the_next_run_finishes(
    trials: dict[str, list[dict[str, Any]]], name: str
) -> None:
    undisturbed, *kills = trials[name]
    assert len(kills) >= LINES[name]
    after = {"reports/CSESM01.zip": REPORT.decode(), "reports/moved.txt": MOVED.decode()}
    assert production(undisturbed["finally"]) == after
    for trial in kills:
        assert trial["signal"] == 9, trial
        known = {REPORT.decode(), MOVED.decode(), *BROUGHT}
        then = whole(trial["then"])
        assert set(then.values()) <= known, trial
        assert MOVED.decode() in then.values(), trial
        assert then["reports/CSESM01.zip"] in (REPORT.decode(), OVER.decode()), trial
        if name in ("purge", "far"):
            assert set(then.values()) >= BROUGHT, trial
            assert {
                text for path, text in trial["finally"]["files"].items() if "quarantine" in path
            } >= BROUGHT, trial
        assert trial["end"] == undisturbed["end"], trial
        assert production(trial["finally"]) == after, trial
        assert [each for each in trial["finally"]["folders"] if each.startswith("rehearsal")] == [
            "rehearsal"
        ], trial
        assert trial["then"]["whose"] in (None, undisturbed["finally"]["whose"]), trial
        assert trial["finally"]["whose"] == undisturbed["finally"]["whose"], trial
        assert not [path for path in trial["finally"]["folders"] if path.endswith(".hkex-drill")], trial
    if name in ("at once", "due"):
        assert not [path for trial in kills for path in trial["finally"]["files"] if "quarantine" in path]
