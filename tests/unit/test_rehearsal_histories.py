# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In no history is a file lost or altered that the drill did not bring, nor one left that it brought.

Nearly all of 10,000 histories happen in memory, the rest in real folders. What they know is which files are whose
(``rehearsal_world``); the toolkit has to find out.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rehearsal_world import FOLDERS, REHEARSAL, STATE, Desk, File, History, judged, run, told

IN_MEMORY, IN_FOLDERS = 9_700, 300


def laid_out(history: History) -> dict[str, File]:
    return {path: File(file.content, file.mtime, file.of) for path, file in history.files.items()}


def rehearse(history: History, desk: Desk) -> None:
    """The baseline, the drill, the purge; then the laws."""
    history.live()
    desk.files = laid_out(history)
    assert run(desk, "baseline").state == "changed"
    assert run(desk, "baseline").state == "unchanged"
    history.drill()
    desk.files = laid_out(history)
    predicted = run(desk, "purged", check=True)
    assert desk.files == laid_out(history), "check mode changed something"
    purged = run(desk, "purged")
    assert (told(predicted), predicted.plan) == (told(purged), purged.plan)
    now = {path: file.content for path, file in desk.files.items() if not path.startswith(STATE)}
    assert judged(history, now) == []
    # Whatever was there before is there still, or in quarantine.
    contents = {file.content for file in desk.files.values()} | set(desk.blobs.values())
    assert {file.content for file in history.files.values()} <= contents
    assert run(desk, "purged").state == "unchanged"


@given(st.randoms(use_true_random=False))
def test_the_laws_hold(chance: Random) -> None:
    rehearse(History(chance), Desk())


def test_in_thousands_of_histories_nothing_of_production_is_lost_and_nothing_of_the_drill_left() -> None:
    clean = 0
    for seed in range(IN_MEMORY):
        history = History(Random(seed))
        history.live()
        desk = Desk(laid_out(history))
        run(desk, "baseline")
        history.drill()
        desk.files = laid_out(history)
        clean += told(run(desk, "purged"))["verdict"] == "clean"
        now = {path: file.content for path, file in desk.files.items() if not path.startswith(STATE)}
        assert judged(history, now) == [], seed
    assert IN_MEMORY / 4 < clean < 3 * IN_MEMORY / 4  # both happen


# ---- in real folders -----------------------------------------------------------------------------------------------


def put(root: Path, before: dict[str, File], after: dict[str, File]) -> None:
    """Make the folders be what they are after, touching only what differs."""
    for path in before.keys() - after.keys():
        Path(f"{root}{path}").unlink()
    for path, file in after.items():
        if before.get(path) != file:
            target = Path(f"{root}{path}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
            os.utime(target, ns=(file.mtime, file.mtime))


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in (root / "srv").rglob("*") if path.is_file())
    return {str(path)[len(str(root)) :]: path.read_bytes() for path in files}


@pytest.mark.parametrize("share", range(3))
def test_the_same_in_real_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    for seed in range(share, IN_FOLDERS, 3):
        root = tmp_path / str(seed)
        for folder in FOLDERS:
            Path(f"{root}{folder}").mkdir(parents=True)
        here: dict[str, Any] = {
            "folders": [f"{root}{folder}" for folder in FOLDERS],
            "rehearsal_folder": f"{root}{REHEARSAL}",
        }
        history = History(Random(seed))
        history.live()
        put(root, {}, history.files)
        pc = Posix(f"{root}/state")
        run(pc, "baseline", **here)
        history.drill()
        put(root, history.before, history.files)
        drilled = contents(root)
        predicted = run(pc, "purged", check=True, **here)
        assert contents(root) == drilled
        purged = run(pc, "purged", **here)
        assert told(predicted, **here) == told(purged, **here) and predicted.plan == purged.plan
        assert judged(history, contents(root)) == [], seed
        assert run(pc, "purged", **here).state == "unchanged"
