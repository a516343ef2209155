# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox that stays on, for trying things by hand: one at a time, and it leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile

import pytest

from tests.lab.demo import FOLDER, play
from tests.lab.fleet import ROOT

PATIENCE = 60  # seconds


def start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.lab.demo", "--stay"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def paragraph(process: subprocess.Popen[str]) -> str:
    """What it says up to the next empty line, or to its end."""
    assert process.stdout is not None
    return "".join(takewhile(lambda line: line.strip(), process.stdout))


@pytest.fixture
def running() -> Iterator[subprocess.Popen[str]]:
    process = start()
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_is_on_until_it_is_interrupted(running: subprocess.Popen[str], end: signal.Signals) -> None:
    said = paragraph(running)
    assert "The sandbox is on until Ctrl-C" in said
    commands = paragraph(running)
    assert "export HKEX_DRILL_EVIDENCE=.demo/evidence" in commands
    if end == signal.SIGINT:
        mine = FOLDER / "fleet"
        there = mine.stat().st_ino
        second = start()
        _out, error = second.communicate(timeout=PATIENCE)
        assert second.returncode == 1 and "a sandbox is on in this checkout already" in error
        assert mine.stat().st_ino == there, "the one that is on keeps its folder"
        assert play(FOLDER, "status", "2021-11-06T12:00", "--limit=ws-02:ws-11") == 2, "nothing is prepared"
        trail = (FOLDER / "evidence" / "trail.jsonl").read_text(encoding="utf-8")
        looked_at = {
            record["host"] for record in map(json.loads, trail.splitlines()) if record["event"] == "result"
        }
        assert looked_at == {"ws-02", "ws-11"}
    os.kill(running.pid, end)
    _out, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130 and error.strip().endswith(
        "Everything that was started has been stopped."
    )
