# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume that is missing when a baseline is taken, or at a purge: nothing that it holds passes for the drill's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

from tests.unit.rehearsal_desk import REPORT, Desk, desk, left

__all__ = ["desk"]


def off(folder: Path) -> None:
    """As if the volume were not mounted: what it holds is gone, and the mount point is empty."""
    folder.rename(folder.with_name(f"{folder.name}.volume"))
    folder.mkdir()


def on(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.with_name(f"{folder.name}.volume").rename(folder)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_no_baseline_saw_because_of_a_missing_volume_is_not_the_drills(desk: Desk) -> None:
    off(desk.reports)
    desk.run("baseline")
    on(desk.reports)
    predicted, told = desk.run("purged", check=True), desk.run("purged")
    assert predicted["after"] == told["after"] and desk.verdict(told) == "not clean"
    assert "is another folder than at the baseline" in left(told)["reports"]
    assert "take a new baseline" in told["findings"][0]["remedy"]
    assert names(desk.reports) == ["CSESM01.zip", "notes.txt"] and desk.quarantined() == []
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT


def test_an_empty_volume_that_is_missing_at_the_purge_is_judged_when_it_is_back(desk: Desk) -> None:
    for path in desk.reports.iterdir():
        path.unlink()
    desk.run("baseline")
    (desk.reports / "CSEOP01.zip").write_bytes(b"of the drill")
    off(desk.reports)
    assert desk.verdict(desk.run("purged")) == "not clean"
    on(desk.reports)
    assert desk.verdict(desk.run("purged")) == "clean" and desk.quarantined() == [b"of the drill"]


def test_a_baseline_that_was_taken_without_an_empty_volume_is_taken_anew_with_it(desk: Desk) -> None:
    for path in desk.reports.iterdir():
        path.unlink()
    off(desk.reports)
    desk.run("baseline")
    on(desk.reports)
    assert desk.run("baseline")["changed"] and not desk.run("baseline")["changed"]
    assert desk.verdict(desk.run("purged")) == "clean"


@pytest.mark.parametrize("only", [False, True])
def test_a_baseline_does_not_forget_the_last_one_because_a_volume_is_missing(desk: Desk, only: bool) -> None:
    """And what it says to do where that was meant works."""
    other, own = desk.folder / "other", None if only else str(desk.rehearsal)
    other.mkdir()
    desk.run("baseline", rehearsal_folder=own)
    off(desk.reports)
    for check in (True, False):
        with pytest.raises(Refusal, match="none of its files is there any more") as refused:
            desk.run("baseline", check=check, rehearsal_folder=own)
    assert refused.value.where == "rehearsal_files.folders[0]"
    assert "run it once without this folder" in refused.value.remedy
    (desk.reports / "note").write_bytes(b"new")  # what stands at a mount point changes nothing
    with pytest.raises(Refusal, match="as if a volume were missing"):
        desk.run("baseline", rehearsal_folder=own)
    assert desk.run("baseline", folders=[str(other)] if only else [], rehearsal_folder=own)["changed"]
    assert desk.run("baseline", rehearsal_folder=own)["changed"]
    (desk.reports / "CSEOP01.zip").write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged", rehearsal_folder=own)) == "clean"
    assert names(desk.reports) == ["note"]


def test_a_folder_that_was_emptied_or_whose_files_were_renamed_is_remembered_so(desk: Desk) -> None:
    desk.run("baseline")
    off(desk.reports)
    (desk.reports / "moved.zip").write_bytes(REPORT)
    assert desk.run("baseline")["changed"]
    (desk.reports / "moved.zip").unlink()
    assert desk.run("baseline")["changed"]


def test_from_a_rehearsal_folder_that_is_another_one_nothing_is_taken(desk: Desk) -> None:
    desk.rehearsal.mkdir()
    desk.run("baseline")
    (desk.rehearsal / "CSESM01.zip").write_bytes(b"of the drill")
    off(desk.rehearsal)
    (desk.rehearsal / "mine").write_bytes(b"of nobody knows whom")
    predicted, told = desk.run("purged", check=True), desk.run("purged")
    assert predicted["after"] == told["after"] and desk.verdict(told) == "not clean"
    assert "is another folder than at the baseline" in left(told)["rehearsal"]
    assert names(desk.rehearsal) == ["mine"] and not desk.run("purged")["changed"]
    on(desk.rehearsal)
    assert desk.verdict(desk.run("purged")) == "clean" and desk.quarantined() == [b"of the drill"]


def test_another_rehearsal_folder_is_the_drills_from_a_new_baseline_on_if_it_is_empty(desk: Desk) -> None:
    desk.rehearsal.mkdir()
    desk.run("baseline")
    off(desk.rehearsal)
    (desk.rehearsal / "mine").write_bytes(b"of nobody knows whom")
    with pytest.raises(Refusal, match="holds 1 files already"):
        desk.run("baseline")
    (desk.rehearsal / "mine").unlink()
    assert desk.run("baseline")["changed"] and not desk.run("baseline")["changed"]
    (desk.rehearsal / "CSESM01.zip").write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean" and desk.quarantined() == [b"of the drill"]


def test_uploads_that_were_prepared_are_not_forgotten_because_their_volume_is_missing(desk: Desk) -> None:
    second: dict[str, Any] = {"rehearsal_folder": None}
    desk.rehearsal.mkdir()
    desk.run("baseline")
    (desk.rehearsal / "SITEST1.TXT").write_bytes(b"for upload")
    desk.run("baseline")
    off(desk.rehearsal)
    with pytest.raises(Refusal, match="as if a volume were missing") as refused:
        desk.run("baseline")
    assert refused.value.where == "rehearsal_files.rehearsal_folder"
    desk.run("baseline", **second)
    assert desk.run("baseline")["changed"]
    assert desk.verdict(desk.run("purged")) == "clean"
