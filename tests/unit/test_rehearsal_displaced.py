# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of production stands where something else stood: nothing of it is lost, and twice is once."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Move
from ansible_collections.hkex.drill.plugins.module_utils.posix import moves
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

from tests.lab.windows.volume import WindowsFile
from tests.unit.rehearsal_desk import REPORT, Desk, desk, left
from tests.unit.test_rehearsal_windows import REPORTS, ask, machine, quarantined

__all__ = ["desk"]

OVER = b"of the drill, and longer than what stood there"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def purged(desk: Desk) -> dict[str, Any]:
    """What a purge tells; check mode says the same before, and another one finds nothing to do and tells it again."""
    predicted, told = desk.run("purged", check=True), desk.run("purged")
    again = desk.run("purged")
    assert (again["state"], left(again)) == ("unchanged", left(told))
    verdicts = [each["after"]["rehearsal_files"] for each in (predicted, told, again)]
    assert verdicts[0] == verdicts[1]
    assert verdicts[2] == verdicts[1]
    return told


def cut_off(monkeypatch: pytest.MonkeyPatch, desk: Desk, after: int) -> None:
    """A purge that is killed after so many moves."""
    done: list[Move] = []
    real = moves.move

    def move(step: Move, blobs: str) -> None:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(step)
        real(step, blobs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(moves, "move", move)
        desk.run("purged")


def busy(monkeypatch: pytest.MonkeyPatch, desk: Desk, name: str) -> dict[str, Any]:
    """A purge while one file cannot be moved."""
    real = moves.move

    def move(step: Move, blobs: str) -> None:
        if step.path.endswith(name):
            raise Stop(f"{step.path}: it is open")
        real(step, blobs)

    with monkeypatch.context() as patch:
        patch.setattr(moves, "move", move)
        return desk.run("purged")


# ---- over a report -------------------------------------------------------------------------------------------------


def test_files_that_changed_names_are_left_and_told_with_where_the_reports_copy_is(desk: Desk) -> None:
    report, notes, between = desk.reports / "CSESM01.zip", desk.reports / "notes.txt", desk.folder / "x"
    desk.run("baseline")
    notes.rename(between)
    report.rename(notes)
    between.rename(report)
    told = purged(desk)
    assert desk.verdict(told) == "not clean" and str(notes) in left(told)["CSESM01.zip"]
    assert contents(desk.reports) == {"CSESM01.zip": b"mine", "notes.txt": REPORT}
    (finding,) = told["findings"]
    assert finding["where"] == str(report) and sha256(REPORT).hexdigest() in finding["remedy"]
    report.rename(between)
    notes.rename(report)
    between.rename(notes)
    assert desk.verdict(purged(desk)) == "clean" and desk.quarantined() == []


def test_what_lies_over_a_report_and_was_begun_anew_is_left_and_so_is_that_report_elsewhere(
    desk: Desk,
) -> None:
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").rename(desk.rehearsal / "away")
    (desk.reports / "notes.txt").rename(desk.reports / "CSESM01.zip")
    (desk.reports / "notes.txt").write_bytes(b"new notes")
    assert set(left(purged(desk))) == {"CSESM01.zip", "away"}
    assert contents(desk.reports) == {"CSESM01.zip": b"mine", "notes.txt": b"new notes"}
    assert contents(desk.rehearsal) == {"away": REPORT} and desk.quarantined() == []


def test_on_windows_what_lies_over_a_report_cannot_go_back_in_the_same_run_and_is_left() -> None:
    box = machine()
    box.put(rf"{REPORTS}\帳目.txt", None)
    box.put(rf"{REPORTS}\CSESM01.zip", WindowsFile(b"mine"))
    predicted, told = ask(box, "purged", check=True), ask(box, "purged")
    assert predicted["after"] == told["after"] and told["after"]["rehearsal_files"]["left_count"] == 1
    assert box.read(rf"{REPORTS}\CSESM01.zip") == b"mine" and quarantined(box) == []
    box.put(rf"{REPORTS}\帳目.txt", WindowsFile(b"mine"))
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"
    assert box.read(rf"{REPORTS}\CSESM01.zip") == b"production"


# ---- of equal content ----------------------------------------------------------------------------------------------


def test_each_of_two_equal_files_goes_back_by_its_own_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a.txt", "b.txt", "c.txt", "d.txt")
    for name in names:
        (desk.reports / name).write_bytes(b"the same")
    desk.run("baseline")
    (desk.reports / "a.txt").unlink()
    for name in names[1:3]:
        (desk.reports / name).rename(desk.rehearsal / name)
    cut_off(monkeypatch, desk, 1)
    assert desk.verdict(purged(desk)) == "clean"
    assert set(contents(desk.reports)) == {"CSESM01.zip", "notes.txt", *names[1:]}
    assert desk.quarantined() == []


def test_what_is_missed_where_it_stood_is_told_by_the_next_run_too_though_an_equal_report_is_back(
    desk: Desk,
) -> None:
    for name in ("a.txt", "CSEOP01"):
        (desk.reports / name).write_bytes(b"the same")
    desk.run("baseline")
    (desk.reports / "a.txt").rename(desk.rehearsal / "a.txt")
    (desk.reports / "a.txt").write_bytes(b"begun anew")
    (desk.reports / "CSEOP01").write_bytes(OVER)
    assert set(left(purged(desk))) == {"a.txt"} and contents(desk.rehearsal) == {"a.txt": b"the same"}
    assert (desk.reports / "CSEOP01").read_bytes() == b"the same"


def test_a_new_report_with_the_content_of_another_stays_and_is_told_once(desk: Desk) -> None:
    (desk.reports / "CSEOP01_1105.txt").write_bytes(b"NO DATA")
    desk.run("baseline")
    for name in ("CSEOP01_1106.txt", "CSEBA01.txt", "copy of it.txt"):
        (desk.reports / name).write_bytes(b"NO DATA")
    (desk.reports / "CSESM01.zip").rename(desk.reports / "CSESM01_1105.zip")  # this is but another name
    told = purged(desk)
    assert (desk.verdict(told), told["after"]["rehearsal_files"]["same_as_production"]) == ("clean", 2)
    (finding,) = [each for each in told["findings"] if each["level"] == "warning"]
    assert finding["where"] == str(desk.reports / "CSEBA01.txt") and finding["what"].startswith("2 new files")
    assert (desk.reports / "CSEOP01_1106.txt").exists()


def test_names_of_one_file_that_are_no_reports_are_told_the_same_twice(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "notes.txt").write_bytes(b"written on")
    os.link(desk.reports / "notes.txt", desk.reports / "unknown.dat")
    os.link(desk.reports / "notes.txt", desk.rehearsal / "x")  # goes, by which the others change
    assert set(left(purged(desk))) == {"unknown.dat"}
    assert set(contents(desk.reports)) == {"CSESM01.zip", "notes.txt", "unknown.dat"}


def test_what_a_cut_off_run_was_about_to_put_back_is_put_back(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "notes.txt").rename(desk.reports / ".1a2b.hkex-drill")
    assert desk.verdict(purged(desk)) == "clean" and desk.quarantined() == []
    assert (desk.reports / "notes.txt").read_bytes() == b"mine"


# ---- cut off -------------------------------------------------------------------------------------------------------


def test_an_empty_report_that_a_killed_run_put_back_is_productions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "CSEOP01").write_bytes(b"")
    desk.run("baseline")
    (desk.reports / "CSEOP01").write_bytes(OVER)
    (desk.rehearsal / "x").write_bytes(OVER)
    cut_off(monkeypatch, desk, 1)
    assert desk.verdict(purged(desk)) == "clean" and (desk.reports / "CSEOP01").read_bytes() == b""


@pytest.fixture
def one(desk: Desk) -> Desk:
    """A report of three names, which the drill has overwritten."""
    for name in ("a.dat", "z.dat"):
        os.link(desk.reports / "CSESM01.zip", desk.reports / name)
    desk.run("baseline")
    with (desk.reports / "z.dat").open("r+b") as file:
        file.write(OVER)
    return desk


@pytest.mark.parametrize("after", range(3))
def test_what_is_one_file_with_a_report_comes_back_after_a_kill_too(
    one: Desk, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    cut_off(monkeypatch, one, after)
    assert one.verdict(purged(one)) == "clean"
    assert {*contents(one.reports).values()} == {REPORT, b"mine"}


@pytest.mark.parametrize("name", ["CSESM01.zip", "a.dat", "z.dat"])
def test_what_is_one_file_with_a_report_and_could_not_be_moved_is_not_forgotten(
    one: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for _time in range(2):
        assert one.verdict(busy(monkeypatch, one, name)) == "not clean"
    assert one.verdict(purged(one)) == "clean"
    assert {*contents(one.reports).values()} == {REPORT, b"mine"}


def written_on(path: Path) -> None:
    path.write_bytes(b"of production")


def replaced(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"of production")


@pytest.mark.parametrize("change", [written_on, replaced])
def test_what_production_makes_of_it_meanwhile_is_left_and_told(
    one: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    busy(monkeypatch, one, "z.dat")
    change(one.reports / "z.dat")
    assert "renamed or changed since" in left(purged(one))["z.dat"]
    assert (one.reports / "z.dat").read_bytes() == b"of production"
