# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In no history is a file lost or altered that the drill did not bring, nor one left that it brought.

Nearly all of 10,000 histories happen in memory, the rest in real folders. What they know is which files are whose
(``rehearsal_world``); the toolkit has to find out.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rehearsal_history import History, judged
from tests.unit.rehearsal_world import FOLDERS, REHEARSAL, STATE, Desk, File, Killed, run, told

IN_MEMORY, IN_FOLDERS = 9_700, 300


def laid_out(files: Mapping[str, File]) -> dict[str, File]:
    return {path: replace(file) for path, file in files.items()}


def purge(desk: Desk, check: bool) -> dict[str, Any]:
    """What a purge tells, and check mode before it."""
    if check:
        before = laid_out(desk.files)
        predicted = run(desk, "purged", check=True)
        assert desk.files == before, "check mode changed something"
    purged = run(desk, "purged")
    after = told(purged)
    if check:
        assert (told(predicted), predicted.plan) == (after, purged.plan)
    return after


def around(history: History, desk: Desk, check: bool = False) -> bool:
    """The baseline, the drill, the purge; then the laws. Whether the workstation is clean.

    :param check: also what check mode says, and that nothing is left to do
    """
    history.live()
    desk.files = laid_out(history.files)
    assert run(desk, "baseline").state == "changed"
    if history.chance.random() < 0.3:
        history.live_on()
        desk.files = laid_out(history.files)
        run(desk, "baseline")
    if check:
        assert run(desk, "baseline").state == "unchanged"
    history.drill()
    desk.files = laid_out(history.files)
    if history.chance.random() < 0.2:
        without_a_folder(history, desk, check)
    if history.chance.random() < 0.1:
        undisturbed = Desk(laid_out(desk.files), set(desk.folders), dict(desk.blobs), list(desk.records))
        purge(undisturbed, False)
        disturbed(history, desk)
        after = purge(desk, check)
        assert outside(desk) == outside(undisturbed)
    else:
        after = purge(desk, check)
    left = {each["path"] for each in after["left"]}
    assert judged(history, outside(desk), left) == []
    # Whatever was there before is there still, or in quarantine.
    contents = {file.content for file in desk.files.values()} | set(desk.blobs.values())
    assert {file.content for file in history.files.values()} <= contents
    if check or history.chance.random() < 0.05:  # twice is once
        again = run(desk, "purged")
        assert (again.state, told(again)) == ("unchanged", after)
    if history.chance.random() < 0.2 and not left & set(FOLDERS):
        later(history, desk, check)
    return bool(after["verdict"] == "clean")


def outside(desk: Desk) -> dict[str, bytes]:
    return {path: file.content for path, file in desk.files.items() if not path.startswith(STATE)}


def disturbed(history: History, desk: Desk) -> None:
    """A purge that is killed, or to which a file is not given."""
    if history.chance.random() < 0.5:
        desk.life = history.chance.randrange(12)
        with suppress(Killed):
            run(desk, "purged")
        desk.life = inf
    elif outside(desk):
        desk.stop = {history.chance.choice(sorted(outside(desk)))}
        run(desk, "purged")
        desk.stop = set()


def without_a_folder(history: History, desk: Desk, check: bool) -> None:
    """A purge while a volume is missing, which is back afterwards."""
    folder = history.chance.choice(FOLDERS)
    was = [file for path, file in history.before.items() if path.startswith(f"{folder}/")]
    there = {path: file for path, file in desk.files.items() if path.startswith(f"{folder}/")}
    for path in there:
        del desk.files[path]
    if history.chance.random() < 0.5 or not was:
        desk.folders.remove(folder)
    else:
        desk.bare = folder
    after = purge(desk, check)
    assert after["verdict"] == "not clean" and folder in {each["path"] for each in after["left"]}
    assert not any(path.startswith(f"{folder}/") for path in desk.files)
    desk.files |= there
    desk.folders.add(folder)
    desk.bare = ""


def later(history: History, desk: Desk, check: bool) -> None:
    """What production does after all was settled is its own."""
    history.files = {path: file for path, file in desk.files.items() if not path.startswith(STATE)}
    history.monday()
    desk.files |= history.files
    of_monday = {path: file for path, file in history.files.items() if not path.startswith(REHEARSAL)}
    purge(desk, check)
    assert {path: desk.files.get(path) for path in of_monday} == of_monday
    assert f"{REHEARSAL}/late" not in desk.files


@given(st.randoms(use_true_random=False))
def test_the_laws_hold(chance: Random) -> None:
    around(History(chance), Desk(), check=True)


def test_in_thousands_of_histories_nothing_of_production_is_lost_and_nothing_of_the_drill_left() -> None:
    clean = sum(around(History(Random(seed)), Desk()) for seed in range(IN_MEMORY))
    assert IN_MEMORY / 4 < clean < 3 * IN_MEMORY / 4  # both happen


# ---- in real folders -----------------------------------------------------------------------------------------------


def put(root: Path, history: History, before: Mapping[str, File]) -> None:
    """Make the folders be what they are in the history, touching only what differs."""
    for path in before.keys() - history.files.keys():
        Path(f"{root}{path}").unlink()
    for path, file in history.files.items():
        if before.get(path) != file:
            target = Path(f"{root}{path}")
            target.parent.mkdir(parents=True, exist_ok=True)
            if path not in history.written and path not in history.second:
                target.unlink(missing_ok=True)
            target.write_bytes(file.content)
            os.utime(target, ns=(file.mtime, file.mtime))
    for second, path in history.second.items() if not before else ():
        Path(f"{root}{second}").unlink()
        Path(f"{root}{second}").hardlink_to(f"{root}{path}")


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
        put(root, history, {})
        pc = Posix(f"{root}/state")
        run(pc, "baseline", **here)
        history.drill()
        put(root, history, history.before)
        drilled = contents(root)
        predicted = run(pc, "purged", check=True, **here)
        assert contents(root) == drilled
        purged = run(pc, "purged", **here)
        assert told(predicted, **here) == told(purged, **here) and predicted.plan == purged.plan
        left = {each["path"][len(str(root)) :] for each in told(purged, **here)["left"]}
        assert judged(history, contents(root), left) == [], seed
        assert run(pc, "purged", **here).state == "unchanged"
