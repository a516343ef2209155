# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file of production that belongs into a folder which is not there any more stays where it is, and is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.windows.volume import WindowsFile
from tests.unit.rehearsal_desk import REPORT, Desk, desk, left
from tests.unit.test_rehearsal_windows import REHEARSAL, REPORTS, ask, machine

__all__ = ["desk"]


def nothing(_folder: Path) -> None:
    """The folder stays away."""


def a_file(folder: Path) -> None:
    folder.write_bytes(b"of production")


def a_link(folder: Path) -> None:
    folder.symlink_to(folder.parent)


@pytest.fixture
def moved(desk: Desk) -> Desk:
    """A file of production lies in the rehearsal folder, and the folders that it was in are gone."""
    inner = desk.reports / "old" / "2021"
    inner.mkdir(parents=True)
    (inner / "mine.txt").write_bytes(b"of last year")
    desk.run("baseline")
    (inner / "mine.txt").rename(desk.rehearsal / "mine.txt")
    inner.rmdir()
    inner.parent.rmdir()
    return desk


@pytest.mark.parametrize("instead", [nothing, a_file, a_link])
def test_it_is_left_and_told_and_goes_back_once_its_folder_is_made(
    moved: Desk, instead: Callable[[Path], None]
) -> None:
    old = moved.reports / "old"
    instead(old)
    predicted, told = moved.run("purged", check=True), moved.run("purged")
    assert (told["after"], told["findings"]) == (predicted["after"], predicted["findings"])
    assert "whose folder is not there any more" in left(told)["mine.txt"]
    (finding,) = [each for each in told["findings"] if each["where"] == str(moved.rehearsal / "mine.txt")]
    assert f"Make the folder {old / '2021'} again, and run it again" in finding["remedy"]
    records = len(moved.journal())
    assert moved.run("purged")["state"] == "unchanged" and len(moved.journal()) == records
    assert (moved.rehearsal / "mine.txt").read_bytes() == b"of last year" and moved.quarantined() == []
    if instead is not nothing:
        old.unlink()
    (old / "2021").mkdir(parents=True)
    predicted, told = moved.run("purged", check=True), moved.run("purged")
    assert told["after"] == predicted["after"] and moved.verdict(told) == "clean"
    assert (old / "2021" / "mine.txt").read_bytes() == b"of last year"


def test_over_a_report_it_is_no_file_of_the_drill_to_take_away(moved: Desk) -> None:
    (moved.rehearsal / "mine.txt").rename(moved.reports / "CSESM01.zip")
    assert "whose folder is not there" in left(moved.run("purged"))["CSESM01.zip"]
    assert (moved.reports / "CSESM01.zip").read_bytes() == b"of last year"
    (moved.reports / "old" / "2021").mkdir(parents=True)
    assert moved.verdict(moved.run("purged")) == "clean"
    assert (moved.reports / "CSESM01.zip").read_bytes() == REPORT
    assert (moved.reports / "old" / "2021" / "mine.txt").read_bytes() == b"of last year"


def test_what_stood_in_two_places_goes_back_to_the_one_that_is_there(desk: Desk) -> None:
    for place in (desk.reports / "a", desk.reports / "z"):
        place.mkdir()
        (place / "mine").write_bytes(b"in two places")
    desk.run("baseline")
    (desk.reports / "a" / "mine").unlink()
    (desk.reports / "a").rmdir()
    (desk.reports / "z" / "mine").rename(desk.rehearsal / "mine")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "z" / "mine").read_bytes() == b"in two places"


def test_on_windows_too() -> None:
    box = machine()
    box.put(rf"{REPORTS}\old\mine.txt", WindowsFile(b"of last year"))
    ask(box, "baseline")
    box.put(rf"{REPORTS}\old\mine.txt", None)
    del box.volume.folders[rf"{REPORTS}\old".lower()]
    box.put(rf"{REHEARSAL}\mine.txt", WindowsFile(b"of last year"))
    predicted, told = ask(box, "purged", check=True), ask(box, "purged")
    assert predicted["after"] == told["after"]
    assert told["after"]["rehearsal_files"]["verdict"] == "not clean" and not ask(box, "purged")["changed"]
    box.volume.folders[rf"{REPORTS}\old".lower()] = ""
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"
    assert box.read(rf"{REPORTS}\old\mine.txt") == b"of last year"
