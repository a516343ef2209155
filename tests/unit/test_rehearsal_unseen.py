# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a purge could not see is not clean, and is judged once it can be seen."""

from __future__ import annotations

import os

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix import trees

from tests.unit.rehearsal_desk import REPORT, Desk, desk, drilled, left

__all__ = ["desk"]


def put_right(desk: Desk) -> bool:
    names = sorted(path.name for path in desk.reports.iterdir())
    return names == ["CSESM01.zip", "notes.txt"] and (desk.reports / "CSESM01.zip").read_bytes() == REPORT


@pytest.mark.parametrize("mount_point", [False, True])
def test_a_folder_that_was_not_there_is_judged_when_it_is_back(desk: Desk, mount_point: bool) -> None:
    drilled(desk)
    desk.reports.rename(desk.folder / "away")
    if mount_point:
        desk.reports.mkdir()
    told = desk.run("purged")
    why = "none of the files of the baseline is there" if mount_point else "the folder is gone"
    assert desk.verdict(told) == "not clean" and why in left(told)["reports"]
    assert desk.verdict(desk.run("purged")) == "not clean"
    if mount_point:
        desk.reports.rmdir()
    (desk.folder / "away").rename(desk.reports)
    assert desk.verdict(desk.run("purged")) == "clean" and put_right(desk)


def test_where_a_volume_is_missing_what_was_there_does_not_go_from_elsewhere(desk: Desk) -> None:
    """A copy of a report may be the only one that is left of it."""
    drilled(desk)
    (desk.rehearsal / "copy").write_bytes(b"mine")
    desk.reports.rename(desk.folder / "away")
    desk.reports.mkdir()
    told = desk.run("purged")
    assert "is not there any more" in left(told)["copy"] and list(desk.reports.iterdir()) == []
    desk.reports.rmdir()
    (desk.folder / "away").rename(desk.reports)
    assert desk.verdict(desk.run("purged")) == "clean" and list(desk.rehearsal.iterdir()) == []


def test_what_production_puts_away_after_the_drill_was_settled_is_its_own_business(desk: Desk) -> None:
    drilled(desk)
    assert desk.verdict(desk.run("purged")) == "clean"
    for path in desk.reports.iterdir():
        path.unlink()
    told = desk.run("purged")
    assert desk.verdict(told) == "clean" and told["after"]["rehearsal_files"]["gone"] == 2


def test_files_that_were_all_renamed_are_there(desk: Desk) -> None:
    desk.run("baseline")
    for path in list(desk.reports.iterdir()):
        path.rename(f"{path}.old")
    assert desk.verdict(desk.run("purged")) == "clean"


def test_a_folder_of_the_baseline_that_is_not_named_is_not_clean_and_is_judged_when_it_is(
    desk: Desk,
) -> None:
    two = desk.folder / "two"
    two.mkdir()
    both = [str(desk.reports), str(two)]
    desk.run("baseline", folders=both)
    (two / "CSEOP01.zip").write_bytes(b"of the drill")
    (desk.rehearsal / "x").write_bytes(b"of the drill")
    told = desk.run("purged")
    assert desk.verdict(told) == "not clean" and "not among the folders that were named" in left(told)["two"]
    assert not (desk.rehearsal / "x").exists()
    (desk.reports / "CSEOP01.zip").write_bytes(b"of Monday")
    told = desk.run("purged", folders=both)
    assert desk.verdict(told) == "clean" and not (two / "CSEOP01.zip").exists()
    assert (desk.reports / "CSEOP01.zip").read_bytes() == b"of Monday"  # that folder was settled


@pytest.mark.parametrize("other", [None, "other"])
def test_a_rehearsal_folder_of_the_baseline_that_is_not_named_is_not_clean(
    desk: Desk, other: str | None
) -> None:
    desk.run("baseline")
    (desk.rehearsal / "x").write_bytes(b"of the drill")
    told = desk.run("purged", rehearsal_folder=other and str(desk.folder / other))
    assert desk.verdict(told) == "not clean" and "not among the folders" in left(told)["rehearsal"]


def test_a_folder_that_cannot_be_entered_is_named_and_judged_when_it_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run("baseline")
    (desk.reports / "GLOB").mkdir()
    (desk.reports / "GLOB" / "CSEOP01.zip").write_bytes(b"of the drill")
    real = trees._entered
    monkeypatch.setattr(
        trees, "_entered", lambda folder, name, *more: None if name == "GLOB" else real(folder, name, *more)
    )
    told = desk.run("purged")
    assert desk.verdict(told) == "not clean" and "cannot be entered" in left(told)["GLOB"]
    monkeypatch.undo()
    assert desk.verdict(desk.run("purged")) == "clean"
    assert not (desk.reports / "GLOB" / "CSEOP01.zip").exists()


def test_a_new_link_is_told_and_one_of_the_baseline_does_not_make_it_unclean(desk: Desk) -> None:
    (desk.folder / "archive").mkdir()
    desk.run("baseline")
    (desk.reports / "archive").symlink_to(desk.folder / "archive")
    assert desk.run("baseline")["state"] == "changed"
    assert desk.run("baseline")["state"] == "unchanged"
    told = desk.run("purged")
    assert desk.verdict(told) == "clean"
    (finding,) = told["findings"]
    assert finding["level"] == "info" and finding["where"] == str(desk.reports / "archive")
    (desk.reports / "today").symlink_to(desk.folder / "archive")
    assert desk.verdict(desk.run("purged")) == "clean"  # this drill is settled
    desk.run("baseline", drill="next")
    (desk.reports / "tomorrow").symlink_to(desk.folder / "archive")
    told = desk.run("purged", drill="next")
    assert desk.verdict(told) == "not clean" and set(left(told)) == {"tomorrow"}


def test_of_what_lies_where_the_baseline_found_a_link_nobody_knows_whose_it_is(desk: Desk) -> None:
    (desk.reports / "day").symlink_to(desk.folder)
    (desk.reports / "TP001").symlink_to(desk.folder)
    desk.run("baseline")
    (desk.reports / "day").unlink()
    (desk.reports / "day").mkdir()
    (desk.reports / "day" / "CSEOP01.zip").write_bytes(b"?")
    (desk.reports / "TP001").unlink()
    (desk.reports / "TP001").write_bytes(b"?")
    told = desk.run("purged", purge_unmatched=True)
    assert desk.verdict(told) == "not clean" and set(left(told)) == {"CSEOP01.zip", "TP001"}
    assert (desk.reports / "day" / "CSEOP01.zip").exists() and (desk.reports / "TP001").exists()


def test_a_report_that_the_baseline_could_not_read_is_told_where_it_can_be_read_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = trees.Reading.__init__

    def closed(file: trees.Reading, folder: int, name: str) -> None:
        if name in ("CSESM01.zip", "notes.txt"):
            raise PermissionError(13, "Permission denied")
        real(file, folder, name)

    monkeypatch.setattr(trees.Reading, "__init__", closed)
    desk.run("baseline")
    monkeypatch.undo()
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    told = desk.run("purged")
    assert desk.verdict(told) == "not clean"
    assert left(told) == {
        "CSESM01.zip": "fits CSESM01* and could not be read at the baseline, so nobody knows whether it is as it was"
    }
    assert (desk.reports / "CSESM01.zip").read_bytes() == b"of the drill"


def test_a_report_that_can_still_not_be_read_is_told_if_its_date_or_size_is_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_file: trees.Reading, _folder: int, _name: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(trees.Reading, "__init__", closed)
    desk.run("baseline")
    (desk.reports / "notes.txt").write_bytes(b"of somebody")
    assert desk.verdict(desk.run("purged", check=True)) == "clean"
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    assert left(desk.run("purged")) == {"CSESM01.zip": "cannot be read, so nobody knows what it is"}


# ---- patterns and second names -------------------------------------------------------------------------------------


def test_a_pattern_that_is_added_afterwards_takes_what_was_left(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "SITEST1.TXT").write_bytes(b"of the drill")
    (desk.reports / "strange").write_bytes(b"?")
    assert set(left(desk.run("purged"))) == {"SITEST1.TXT", "strange"}
    (desk.reports / "SITEST2.TXT").write_bytes(b"came since")
    told = desk.run("purged", patterns=["SITEST*"])
    assert set(left(told)) == {"strange"} and desk.quarantined() == [b"of the drill"]
    assert (desk.reports / "SITEST2.TXT").exists() and told["after"]["rehearsal_files"]["came_since"] == 1
    assert "not in the baseline and matches SITEST*" in {edit.get("why") for edit in told["edits"]}


def test_what_was_left_is_remembered_while_its_folder_is_away_and_until_it_is_taken(desk: Desk) -> None:
    two = desk.folder / "two"
    two.mkdir()
    both = [str(desk.reports), str(two)]
    desk.run("baseline", folders=both)
    (two / "SITEST1.TXT").write_bytes(b"of the drill")
    assert set(left(desk.run("purged", folders=both))) == {"SITEST1.TXT"}
    two.rename(desk.folder / "away")
    (desk.rehearsal / "x").write_bytes(b"of the drill, too")
    assert set(left(desk.run("purged", folders=both))) == {"two"} and list(desk.rehearsal.iterdir()) == []
    (desk.folder / "away").rename(two)
    desk.run("purged", folders=both, patterns=["SITEST*"])
    assert list(two.iterdir()) == []
    (two / "SITEST1.TXT").write_bytes(b"of the drill")  # or whoever wrote the same again: it came since
    told = desk.run("purged", folders=both, patterns=["SITEST*"])
    assert told["after"]["rehearsal_files"]["came_since"] == 1 and (two / "SITEST1.TXT").exists()


def test_a_pattern_cannot_break_a_line(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "SITE\nTEST").write_bytes(b"of the drill")
    told = desk.run("purged", patterns=["SITE\nT*"])
    assert told["edits"][1]["why"] == r"not in the baseline and matches SITE\nT*"


def test_a_second_name_of_a_report_comes_back_too(desk: Desk) -> None:
    (desk.reports / "keep").mkdir()
    os.link(desk.reports / "CSESM01.zip", desk.reports / "keep" / "latest.dat")
    (desk.reports / "CSESM01.zip").chmod(0o640)
    drilled(desk)
    predicted, told = desk.run("purged", check=True), desk.run("purged")
    assert desk.verdict(told) == desk.verdict(predicted) == "clean"
    latest = desk.reports / "keep" / "latest.dat"
    assert latest.read_bytes() == REPORT and latest.stat().st_mode & 0o777 == 0o640
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert desk.run("purged")["state"] == "unchanged"


def test_what_a_reason_names_cannot_break_a_line(desk: Desk) -> None:
    (desk.reports / "a\nb").write_bytes(b"a file of production")
    desk.run("baseline")
    (desk.reports / "a\nb").rename(desk.rehearsal / "a")
    (desk.reports / "a\nb").write_bytes(b"another")
    assert rf"holds what {desk.reports}/a\nb was" in left(desk.run("purged"))["a"]


def test_a_report_that_was_put_back_may_have_been_productions_own_and_is_told_so(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").write_bytes(b"of production, on Saturday")
    told = desk.run("purged")
    assert [(each["level"], each["remedy"]) for each in told["findings"]] == [
        (
            "warning",
            "If production itself wrote the other one, which nobody can tell, get that back out of quarantine",
        )
    ]
    assert desk.quarantined() == [b"of production, on Saturday"]


def test_a_report_that_is_gone_stays_gone_and_is_told(desk: Desk) -> None:
    """Production archives reports; what it put away must not come back."""
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").unlink()
    told = desk.run("purged")
    assert desk.verdict(told) == "clean" and not (desk.reports / "CSESM01.zip").exists()
    assert [(each["level"], each["where"]) for each in told["findings"]] == [
        ("info", str(desk.reports / "CSESM01.zip"))
    ]
