# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trees, moves and processes in a real PowerShell."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.powershell.program import PowerShell, request

Told = dict[str, Any]
MOST = {"files": 9, "bytes": 99}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "RAP [1]"
    (folder / "2021").mkdir(parents=True)
    (folder / "HKSCC_01.zip").write_bytes(b"report")
    (folder / "2021" / "DCASS_02.ZIP").write_bytes(b"deep")
    (folder / "notes.txt").write_bytes(b"mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "HKSCC_03.zip").write_bytes(b"not ours")
    (folder / "link.zip").symlink_to(folder / "notes.txt")
    (folder / "away").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    return folder


@contextmanager
def nobody_reads(file: Path) -> Iterator[None]:
    """Windows keeps others from a file that is locked; .NET on POSIX from one that somebody has under flock."""
    with file.open("r+b") as held:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def ask(powershell: PowerShell, state: Path, steps: list[Told] | None = None, **look: Any) -> Told:
    answer: Told = json.loads(powershell.execute(request(state, steps, **look)))
    return answer


def test_of_a_tree_only_what_is_not_known_travels(
    powershell: PowerShell, folder: Path, tmp_path: Path
) -> None:
    asked = {"path": str(folder), "patterns": ["*.zip"], "known": {}, "most": MOST}
    (tree,) = ask(powershell, tmp_path / "state", trees=[asked])["trees"]
    deep = str(Path("2021", "DCASS_02.ZIP"))
    assert set(tree["stamps"]) == {"HKSCC_01.zip", deep}
    assert sorted(tree["links"]) == ["away", "link.zip"] and tree["gone"] == []
    assert tree["stamps"][deep]["size"] == 4 and len(tree["stamps"][deep]["sha256"]) == 64

    (folder / "HKSCC_01.zip").write_bytes(b"another")
    (folder / "new.zip").write_bytes(b"")
    known = {**tree["stamps"], "old.zip": tree["stamps"][deep]}
    (tree,) = ask(powershell, tmp_path / "state", trees=[{**asked, "known": known}])["trees"]
    assert set(tree["stamps"]) == {"HKSCC_01.zip", "new.zip"} and tree["gone"] == ["old.zip"]

    none = {**asked, "path": str(tmp_path / "none")}
    every = {**asked, "patterns": []}
    told = ask(powershell, tmp_path / "state", trees=[none, every])["trees"]
    assert told[0] is None and len(told[1]["stamps"]) == 4


def test_of_too_much_nothing_is_read(powershell: PowerShell, folder: Path, tmp_path: Path) -> None:
    asked = {"path": str(folder), "patterns": ["*.zip"], "known": {}}
    for most in ({"files": 2, "bytes": 10}, {"files": 3, "bytes": 9}):
        told = ask(powershell, tmp_path / "state", trees=[{**asked, "most": most}])["trees"]
        assert told == [{"files": 3, "bytes": 10}]
    just = {**asked, "most": {"files": 3, "bytes": 10}}
    (tree,) = ask(powershell, tmp_path / "state", trees=[just])["trees"]
    known = {**just, "known": tree["stamps"], "most": {"files": 3, "bytes": 0}}
    (tree,) = ask(powershell, tmp_path / "state", trees=[known])["trees"]
    assert (tree["stamps"], tree["gone"]) == ({}, [])


def test_a_file_that_nobody_may_read_is_told_and_the_rest_goes_on(
    powershell: PowerShell, folder: Path, tmp_path: Path
) -> None:
    asked = {"path": str(folder), "patterns": [], "known": {}, "most": MOST}
    with nobody_reads(folder / "notes.txt"):
        (tree,) = ask(powershell, tmp_path / "state", trees=[asked])["trees"]
    (unread,) = [below for below, stamp in tree["stamps"].items() if not stamp["sha256"]]
    assert (unread, tree["stamps"][unread]["size"]) == ("notes.txt", 4) and len(tree["stamps"]) == 3
    (tree,) = ask(powershell, tmp_path / "state", trees=[asked])["trees"]
    assert len(tree["stamps"]["notes.txt"]["sha256"]) == 64


def test_brackets_are_no_wildcards(powershell: PowerShell, folder: Path, tmp_path: Path) -> None:
    (folder / "a[1].zip").write_bytes(b"1")
    (folder / "a1.zip").write_bytes(b"2")
    asked = {"path": str(folder), "patterns": ["a[1].z?p"], "known": {}, "most": MOST}
    (tree,) = ask(powershell, tmp_path / "state", trees=[asked])["trees"]
    assert set(tree["stamps"]) == {"a[1].zip"}


def test_a_file_moves_with_its_stamp_only(powershell: PowerShell, folder: Path, tmp_path: Path) -> None:
    state, report = tmp_path / "state", folder / "HKSCC_01.zip"
    asked = {"path": str(folder), "patterns": ["HKSCC*"], "known": {}, "most": MOST}
    (tree,) = ask(powershell, state, trees=[asked])["trees"]
    stamp, target = tree["stamps"]["HKSCC_01.zip"], tmp_path / "quarantine" / "1" / "000001"
    move = {"do": "move", "path": str(report), "stamp": stamp, "to": str(target)}

    for wrong in ({"size": 7}, {"written": stamp["written"] + 1}, {"sha256": "0" * 64}):
        stopped = ask(powershell, state, [{**move, "stamp": {**stamp, **wrong}}])["stopped"]
        assert "somebody changed it" in stopped["why"]
    taken = {**move, "to": str(folder / "notes.txt")}
    assert "something is there already" in ask(powershell, state, [taken])["stopped"]["why"]
    link = {**move, "path": str(folder / "link.zip")}
    assert "junction or symbolic link" in ask(powershell, state, [link])["stopped"]["why"]
    assert report.read_bytes() == b"report" and not target.exists()

    assert ask(powershell, state, [move])["stopped"] is None
    assert target.read_bytes() == b"report" and not report.exists()
    assert "is not there any more" in ask(powershell, state, [move])["stopped"]["why"]
    assert ask(powershell, state, [{**move, "path": str(target), "to": None}])["stopped"] is None
    assert not target.exists() and (folder / "notes.txt").read_bytes() == b"mine"


def test_a_folder_is_made_once_and_never_below_a_link(
    powershell: PowerShell, folder: Path, tmp_path: Path
) -> None:
    state, new = tmp_path / "state", folder / "rehearsal"

    def made(path: Path) -> str:
        stopped = ask(powershell, state, [{"do": "make", "path": str(path)}])["stopped"]
        return stopped["why"] if stopped else ""

    assert made(new) == "" and list(new.iterdir()) == []
    (new / "report").write_bytes(b"stays")
    before = sorted(folder.rglob("*"))
    assert made(new) == "" and sorted(folder.rglob("*")) == before
    assert "junction or symbolic link" in made(folder / "away" / "rehearsal")
    assert "junction or symbolic link" in made(folder / "away")
    assert "is a file" in made(folder / "notes.txt")
    assert "its folder does not exist" in made(folder / "none" / "rehearsal")
    assert sorted(folder.rglob("*")) == before and len(list((tmp_path / "elsewhere").iterdir())) == 1


def test_only_empty_folders_are_pruned_and_no_link_on_the_way(
    powershell: PowerShell, folder: Path, tmp_path: Path
) -> None:
    state, empty = tmp_path / "state", tmp_path / "elsewhere" / "empty"
    for each in (empty, folder / "a" / "b", folder / "c", folder / "2021" / "none"):
        each.mkdir(parents=True)

    def prune(path: Path, itself: bool = False) -> None:
        step = {"do": "prune", "path": str(path), "itself": itself}
        assert ask(powershell, state, [step])["stopped"] is None

    prune(folder)
    left = {path.name for path in folder.iterdir()}
    assert left == {"2021", "HKSCC_01.zip", "away", "link.zip", "notes.txt"}
    assert [path.name for path in (folder / "2021").iterdir()] == ["DCASS_02.ZIP"] and empty.is_dir()
    prune(folder / "away", itself=True)
    prune(folder / "no such folder", itself=True)
    assert (folder / "away").is_symlink() and empty.is_dir()
    prune(folder / "2021", itself=True)
    assert (folder / "2021").is_dir()
    prune(empty, itself=True)
    assert not empty.exists()


def test_processes_of_the_programs_asked_for(powershell: PowerShell, tmp_path: Path) -> None:
    name = Path(sys.executable).stem
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        told = ask(powershell, tmp_path / "state", processes=[name, "no-such-program"])["processes"]
    finally:
        running.kill()
        running.wait(10)
    assert {each["name"].lower() for each in told} == {name.lower()}
    (ours,) = [each for each in told if each["id"] == running.pid]
    assert ours["user"], "an administrator is told whose process it is"
    assert ask(powershell, tmp_path / "state")["processes"] == []
