# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes that are full, or would be: that of the collection's own, and that of the reports."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_steps
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import machine, moves, store, trees

from tests.unit.rehearsal_desk import REPORT, Desk

MB = 1024**2
PLENTY = 1000 * MB


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.reports / "CSESM01.zip").write_bytes(bytes(MB))
    (desk.reports / "CSESM02.zip").write_bytes(bytes(MB - 1))
    desk.run("baseline")
    return desk


def volumes(monkeypatch: pytest.MonkeyPatch, own: int, reports: int, rehearsal: str = "/reports") -> None:
    """How much is free where."""

    def free(path: str) -> dict[str, Any]:
        volume = "/own" if "state" in path else rehearsal if "rehearsal" in path else "/reports"
        return {"volume": volume, "free": own if volume == "/own" else reports}

    monkeypatch.setattr(machine, "free", free)
    # As another file system has it.
    monkeypatch.setattr(os, "link", full(errno.EXDEV))


def full(number: int = errno.ENOSPC) -> Any:
    def call(*_given: Any, **_more: Any) -> None:
        raise OSError(number, os.strerror(number))

    return call


def refused(desk: Desk, why: str, **more: Any) -> None:
    for check in (True, False):
        with pytest.raises(Refusal, match=why):
            desk.run("purged", check=check, **more)
    assert desk.quarantined() == []


def test_what_goes_to_another_volume_needs_room_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    volumes(monkeypatch, 101 * MB - 1, PLENTY)
    (desk.rehearsal / "x").write_bytes(bytes(MB))
    refused(desk, r"1 files from another volume need 2 MB, and /own has 100 MB free.* keep_days 0")
    assert (desk.rehearsal / "x").exists()
    assert desk.verdict(desk.run("purged", keep_days=0)) == "clean"


@pytest.mark.parametrize("keep_days", [0, 3])
def test_a_report_that_goes_back_needs_room_on_its_volume_before_the_other_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, keep_days: int
) -> None:
    """One at a time: when the first is there, the other version of it is not any more."""
    for name in ("CSESM01.zip", "CSESM02.zip"):
        (desk.reports / name).write_bytes(b"x" * MB)
    volumes(monkeypatch, PLENTY, MB - 1)
    why = "copies of 2 reports that go back need 2 MB, and /reports has 0 MB free. Make room there, and run"
    refused(desk, why, keep_days=keep_days)
    volumes(monkeypatch, PLENTY, MB)
    assert desk.verdict(desk.run("purged", keep_days=keep_days)) == "clean"


def test_where_the_quarantine_is_on_the_same_volume_both_versions_stay_on_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CSESM01.zip", "CSESM02.zip"):
        (desk.reports / name).write_bytes(b"of the drill")
    free = [2 * MB - 2]
    monkeypatch.setattr(machine, "free", lambda _path: {"volume": "/all", "free": free[0]})
    refused(desk, "copies of 2 reports that go back need 2 MB, and /all has 1 MB free.? Make room")
    free[0] += 1  # no reserve: nothing comes from elsewhere
    assert desk.verdict(desk.run("purged")) == "clean"


def test_what_was_moved_into_the_rehearsal_folder_needs_room_where_it_stood(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "CSESM01.zip").rename(desk.rehearsal / "x")
    volumes(monkeypatch, PLENTY, MB - 1, "/rehearsal")
    refused(desk, "1 files from another volume need 2 MB, and /reports has 0 MB free")
    volumes(monkeypatch, PLENTY, MB, "/rehearsal")
    assert desk.verdict(desk.run("purged")) == "clean" and (desk.reports / "CSESM01.zip").exists()


# ---- full all the same ---------------------------------------------------------------------------------------------


def pending(told: dict[str, Any]) -> tuple[str, str]:
    (one,) = ((each["what"], each["remedy"]) for each in told["findings"] if each["level"] == "pending")
    return one


def fills(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Nothing can be written in this folder."""
    real = trees.write

    def write(descriptor: int, content: bytes) -> None:
        if where in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor, content)

    monkeypatch.setattr(trees, "write", write)


@pytest.mark.parametrize(("where", "volume"), [("/quarantine/", "/own"), ("/reports/", "/reports")])
def test_the_volume_that_is_full_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str, volume: str
) -> None:
    volumes(monkeypatch, PLENTY, PLENTY)
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    fills(monkeypatch, where)
    what, remedy = pending(desk.run("purged"))
    assert what == "cannot be moved: No space left on device; it was left where it is"
    assert remedy == f"Make room on {volume}, and run it again"
    assert (desk.reports / "CSESM01.zip").read_bytes() == b"of the drill" and desk.quarantined() == []
    assert len([*desk.reports.iterdir()]) == 2


def test_a_file_that_cannot_lose_its_name_for_want_of_room_is_told_with_its_volume(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.rehearsal / "x").write_bytes(b"x")
    monkeypatch.setattr(moves, "_gone", full(errno.EDQUOT))
    monkeypatch.setattr(machine, "free", lambda _path: None)
    assert pending(desk.run("purged"))[1] == "Make room on its volume, and run it again"


def test_a_quarantine_that_cannot_be_made_for_want_of_room_is_told_with_its_volume(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.rehearsal / "x").write_bytes(b"x")
    volumes(monkeypatch, PLENTY, PLENTY)
    monkeypatch.setattr(os, "makedirs", full())
    what, remedy = pending(desk.run("purged"))
    assert what == f"{desk.folder}/state/quarantine: cannot be made: No space left on device"
    assert remedy == "Make room on /own, and run it again"


def test_a_copy_for_which_there_is_no_room_is_told_with_its_volume_and_not_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "CSESM03.zip").write_bytes(REPORT)
    before = sorted((desk.folder / "state" / "blobs").iterdir())
    volumes(monkeypatch, PLENTY, PLENTY)
    with monkeypatch.context() as patch:
        patch.setattr(store, "_digest", full())
        with pytest.raises(
            Refusal, match=r"blobs: cannot be written: No space left on device.* Make room on /own"
        ):
            desk.run("baseline")
        patch.setattr(store, "_digest", full(errno.EIO))  # of the report itself, perhaps
        with pytest.raises(Refusal, match=r"Input/output error. Remove the cause"):
            desk.run("baseline")
    assert sorted((desk.folder / "state" / "blobs").iterdir()) == before
    assert desk.run("baseline")["changed"]


# ---- what is told of what could not be done ------------------------------------------------------------------------


def test_a_file_that_could_not_be_moved_is_no_edit(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    (desk.rehearsal / "x").write_bytes(b"x")
    fills(monkeypatch, "/reports/")
    told = desk.run("purged")
    assert pending(told) and [Path(each["path"]).name for each in told["edits"]] == ["rehearsal_files", "x"]


def test_what_waits_after_many_that_could_not_be_moved_is_no_edit_either(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_rehearsal_steps, "MOST_STOPS", 2)
    for number in range(4):
        (desk.rehearsal / f"x{number}").write_bytes(b"x")
    monkeypatch.setattr(moves, "_gone", full(errno.EIO))
    told = desk.run("purged")
    assert [Path(each["path"]).name for each in told["edits"]] == ["rehearsal_files"]
