# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves that cannot be as planned: names that are taken in the last instant, other mounts, full disks, lost copies."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix import moves

from tests.unit.rehearsal_desk import REPORT, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.reports / "CSESM01.zip").write_bytes(REPORT)
    (desk.reports / "notes.txt").write_bytes(b"mine")
    desk.run("baseline")
    return desk


def just_after_check(monkeypatch: pytest.MonkeyPatch, number: int, act: Callable[[], object]) -> None:
    """Somebody does this when a file has been found to be still the same for the first or the second time."""
    real, checks = moves._still, list[bool]()

    def still(*given: Any) -> None:
        real(*given)
        checks.append(True)
        if len(checks) == number:
            act()

    monkeypatch.setattr(moves, "_still", still)


def pending(told: dict[str, Any]) -> dict[str, str]:
    return {each["what"]: each["remedy"] for each in told["findings"] if each["level"] == "pending"}


# ---- the last instant ----------------------------------------------------------------------------------------------


def test_a_file_that_production_writes_where_one_goes_back_is_not_overwritten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "notes.txt").rename(desk.rehearsal / "notes.txt")
    just_after_check(monkeypatch, 1, lambda: (desk.reports / "notes.txt").write_bytes(b"new notes"))
    told = desk.run("purged")
    assert (desk.reports / "notes.txt").read_bytes() == b"new notes"
    assert (desk.rehearsal / "notes.txt").read_bytes() == b"mine" and desk.verdict(told) == "not clean"
    ((what, remedy),) = pending(told).items()
    assert "something is there already" in what and remedy.startswith("Move one of them away")


@pytest.mark.parametrize("keep_days", [0, 3])
@pytest.mark.parametrize("links", [True, False])
def test_a_file_of_production_that_takes_a_name_in_the_last_instant_gets_it_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, keep_days: int, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    (desk.reports / "CSEOP01.zip").write_bytes(b"of the drill")

    def swap() -> None:
        (desk.folder / "new").write_bytes(b"of production")
        (desk.folder / "new").rename(desk.reports / "CSEOP01.zip")

    just_after_check(monkeypatch, 2 if keep_days else 1, swap)  # before it loses its old name
    told = desk.run("purged", keep_days=keep_days)
    assert (desk.reports / "CSEOP01.zip").read_bytes() == b"of production" and desk.quarantined() == []
    assert [*pending(told)] == ["somebody changed it between look and move; it was left where it is"]
    assert sorted(path.name for path in desk.reports.iterdir()) == ["CSEOP01.zip", "CSESM01.zip", "notes.txt"]


# ---- other file systems --------------------------------------------------------------------------------------------


def refuse(number: int) -> Callable[..., None]:
    def call(*_given: Any, **_more: Any) -> None:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_where_no_second_name_can_be_given_files_are_copied(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Another mount of the same file system says EXDEV though its device is the same."""
    monkeypatch.setattr(os, "link", refuse(number))
    (desk.reports / "CSESM01.zip").write_bytes(b"over it")
    (desk.rehearsal / "x").write_bytes(b"x")
    (desk.reports / "notes.txt").rename(desk.rehearsal / "notes.txt")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert (desk.reports / "notes.txt").read_bytes() == b"mine"
    assert sorted(desk.quarantined()) == [b"over it", b"x"]


def test_the_longest_name_goes_to_another_file_system(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EXDEV))
    name = "報" * 85  # 255 bytes
    (desk.reports / name).write_bytes(b"of production")
    desk.run("baseline")
    (desk.reports / name).rename(desk.rehearsal / name)
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / name).read_bytes() == b"of production"


# ---- what cannot be put back ---------------------------------------------------------------------------------------


def blob_of(desk: Desk, content: bytes) -> Path:
    (blob,) = (path for path in (desk.folder / "state" / "blobs").iterdir() if path.read_bytes() == content)
    return blob


@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_report_whose_copy_is_gone_is_told_as_such_and_fills_no_quarantine(desk: Desk, damage: str) -> None:
    blob = blob_of(desk, REPORT)
    if damage == "missing":
        blob.unlink()
    else:
        blob.write_bytes(REPORT[::-1])
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    for check in (True, False, False, False):
        told = desk.run("purged", check=check)
        # A damaged one is read only when it is needed.
        assert desk.verdict(told) == ("clean" if check and damage == "damaged" else "not clean")
        assert (desk.reports / "CSESM01.zip").read_bytes() == b"of the drill" and desk.quarantined() == []
        if damage == "missing":
            (left,) = told["after"]["rehearsal_files"]["left"]
            assert "of which there is no copy" in left["why"] and not pending(told)
        elif not check:
            ((what, remedy),) = pending(told).items()
            assert damage in what and remedy == "Restore the report from a backup"
    blob.write_bytes(REPORT)
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT


def test_a_report_with_the_longest_name_is_put_back(desk: Desk) -> None:
    report = desk.reports / ("CSEOP01" + "x" * 248)
    report.write_bytes(REPORT)
    desk.run("baseline")
    report.write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean" and report.read_bytes() == REPORT


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "Run with become"),
        (errno.EROFS, "Mount it for writing, and run it again"),
        (errno.EIO, "Remove the cause, and run it again"),
    ],
)
def test_the_remedy_is_for_the_cause(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    (desk.rehearsal / "x").write_bytes(b"x")
    monkeypatch.setattr(moves, "_gone", refuse(number))
    ((what, told),) = pending(desk.run("purged")).items()
    assert os.strerror(number) in what and told == remedy
    assert (desk.rehearsal / "x").read_bytes() == b"x" and desk.quarantined() == []


def test_a_quarantine_that_others_may_enter_is_told_with_one_remedy(desk: Desk) -> None:
    quarantine = desk.folder / "state" / "quarantine"
    quarantine.mkdir(mode=0o755)
    (desk.rehearsal / "x").write_bytes(b"x")
    ((what, remedy),) = pending(desk.run("purged")).items()
    assert what.startswith(f"{quarantine}: is not a folder that this user alone may enter")
    assert remedy.startswith("Run as its owner") and "chmod 0700" in remedy and "chmod" not in what
    quarantine.chmod(0o700)
    assert desk.verdict(desk.run("purged")) == "clean" and desk.quarantined() == [b"x"]


# ---- files of root's in a user's folder ----------------------------------------------------------------------------


@pytest.fixture
def protected(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """As fs.protected_hardlinks has it for a file of another's, which cannot be copied with its owner either."""
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    monkeypatch.setattr(os, "fchmod", refuse(errno.EPERM))
    return desk


def test_they_are_renamed_into_quarantine(protected: Desk) -> None:
    file = protected.rehearsal / "x"
    file.write_bytes(b"x")
    inode = file.stat().st_ino
    assert protected.verdict(protected.run("purged")) == "clean" and protected.quarantined() == [b"x"]
    assert (protected.folder / "state" / "quarantine" / "1" / "000001").stat().st_ino == inode
    assert protected.run("purged")["state"] == "unchanged"


def test_they_are_not_renamed_to_where_a_program_could_give_names(protected: Desk) -> None:
    (protected.reports / "notes.txt").rename(protected.rehearsal / "notes.txt")
    ((_what, remedy),) = pending(protected.run("purged")).items()
    assert remedy.startswith("Run with become")
    assert (protected.rehearsal / "notes.txt").read_bytes() == b"mine" and protected.quarantined() == []


def test_they_are_renamed_over_nothing_and_no_other_goes_in_their_place(
    protected: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = protected.rehearsal / "x"
    file.write_bytes(b"x")
    taken = protected.folder / "state" / "quarantine" / "1" / "000001"
    for folder in (taken.parent.parent, taken.parent):
        folder.mkdir(mode=0o700)
    taken.write_bytes(b"there already")
    assert "something is there already" in next(iter(pending(protected.run("purged"))))
    assert file.read_bytes() == b"x" and taken.read_bytes() == b"there already"

    def swap() -> None:
        (protected.folder / "new").write_bytes(b"of another")
        (protected.folder / "new").rename(file)

    just_after_check(monkeypatch, 2, swap)
    assert "somebody changed it" in next(iter(pending(protected.run("purged"))))
    assert file.read_bytes() == b"of another" and b"of another" not in protected.quarantined()
