# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After the first purge what comes is production's; what was there before is not forgotten."""

from __future__ import annotations

import os

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Move
from ansible_collections.hkex.drill.plugins.module_utils.posix import moves
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

from tests.unit.rehearsal_desk import Desk, desk, drilled, left

__all__ = ["desk"]


def test_a_report_that_only_looked_like_another_is_not_put_back_with_it(desk: Desk) -> None:
    """Files of one size, time and content need not be one."""
    os.link(desk.reports / "CSESM01.zip", desk.reports / "latest.dat")
    desk.run("baseline")
    (desk.reports / "latest.dat").unlink()
    (desk.reports / "latest.dat").write_bytes(b"of production")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "latest.dat").read_bytes() == b"of production"


def test_one_file_that_cannot_be_moved_leaves_mondays_reports_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drilled(desk)
    (desk.rehearsal / "open").write_bytes(b"of the drill")
    (desk.reports / "CSEBA01.zip").write_bytes(b"of the drill")
    real = moves.move

    def stubborn(step: Move, blobs: str) -> None:
        if step.path.endswith(("open", "CSEBA01.zip")):
            raise Stop(f"{step.path}: it is open")
        real(step, blobs)

    monkeypatch.setattr(moves, "move", stubborn)
    assert desk.verdict(desk.run("purged")) == "not clean"
    (desk.reports / "CSEOP01_1108.zip").write_bytes(b"of Monday")
    assert desk.verdict(desk.run("purged")) == "not clean"
    monkeypatch.undo()
    (desk.reports / "CSEBA01.zip").write_bytes(b"of the drill, written on")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSEOP01_1108.zip").read_bytes() == b"of Monday"
    assert not (desk.rehearsal / "open").exists() and not (desk.reports / "CSEBA01.zip").exists()
    assert desk.run("purged")["state"] == "unchanged"


def test_a_folder_that_production_emptied_itself_is_clean_and_mondays_reports_stay(desk: Desk) -> None:
    desk.run("baseline")
    for path in list(desk.reports.iterdir()):
        path.unlink()
    (desk.reports / "CSEOP01.zip").write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean" and list(desk.reports.iterdir()) == []
    (desk.reports / "CSEOP01.zip").write_bytes(b"of Monday")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSEOP01.zip").read_bytes() == b"of Monday"


def test_of_another_volume_in_a_folders_place_nothing_is_taken(desk: Desk) -> None:
    desk.run("baseline")
    desk.reports.rename(desk.folder / "away")
    desk.reports.mkdir()
    (desk.reports / "CSEOP01.zip").write_bytes(b"of that volume")
    told = desk.run("purged", purge_unmatched=True)
    assert "none of the files of the baseline" in left(told)["reports"]
    assert (desk.reports / "CSEOP01.zip").read_bytes() == b"of that volume"


def test_a_new_link_leaves_mondays_reports_alone_and_is_told_until_it_is_gone(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "today").symlink_to(desk.folder)
    assert set(left(desk.run("purged"))) == {"today"}
    (desk.reports / "CSEOP01.zip").write_bytes(b"of Monday")
    assert set(left(desk.run("purged"))) == {"today"}
    (desk.reports / "today").unlink()
    assert desk.verdict(desk.run("purged")) == "clean" and (desk.reports / "CSEOP01.zip").exists()


def test_what_was_left_is_told_under_another_name_and_with_another_content_and_not_taken(desk: Desk) -> None:
    desk.run("baseline")
    for name in ("SITEST1.TXT", "SITEST2.TXT", "SITEST3.TXT"):
        (desk.reports / name).write_bytes(f"of the drill {name}".encode())
    assert len(left(desk.run("purged"))) == 3
    (desk.reports / "SITEST1.TXT").rename(desk.reports / "SITEST1.BAK")
    (desk.reports / "SITEST2.TXT").write_bytes(b"another")
    (desk.reports / "SITEST3.TXT").unlink()
    for _time in range(2):
        told = desk.run("purged", patterns=["SITEST*"])
        assert set(left(told)) == {"SITEST1.BAK", "SITEST2.TXT"}
        assert all("renamed or changed since" in each for each in left(told).values())
        assert desk.quarantined() == [] and "SITEST1.BAK" in told["findings"][0]["where"]
    assert desk.run("purged", patterns=["SITEST*"])["state"] == "unchanged"
    (desk.reports / "SITEST1.BAK").unlink()
    (desk.reports / "SITEST2.TXT").unlink()
    assert desk.verdict(desk.run("purged")) == "clean"


def test_what_was_left_is_not_forgotten_while_its_volume_is_missing(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "SITEST1.TXT").write_bytes(b"of the drill")
    desk.run("purged")
    desk.reports.rename(desk.folder / "away")
    desk.reports.mkdir()
    (desk.rehearsal / "x").write_bytes(b"of the drill, too")
    assert set(left(desk.run("purged"))) == {"reports"}
    desk.reports.rmdir()
    (desk.folder / "away").rename(desk.reports)
    assert desk.verdict(desk.run("purged", patterns=["SITEST*"])) == "clean"
    assert not (desk.reports / "SITEST1.TXT").exists()


def test_what_a_kill_leaves_in_a_settled_folder_goes_and_no_baseline_takes_it_for_productions(
    desk: Desk,
) -> None:
    drilled(desk)
    assert desk.verdict(desk.run("purged")) == "clean"
    (desk.reports / ".1a2b.hkex-drill").write_bytes(b"of the drill")
    desk.run("baseline", occurrence="second")
    assert desk.verdict(desk.run("purged", occurrence="second")) == "clean"
    assert not (desk.reports / ".1a2b.hkex-drill").exists()
    (desk.reports / ".1a2b.hkex-drill").write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean" and not (desk.reports / ".1a2b.hkex-drill").exists()


def test_a_rehearsal_folder_that_is_gone_is_not_clean(desk: Desk) -> None:
    desk.run("baseline")
    desk.rehearsal.rename(desk.folder / "away")
    told = desk.run("purged")
    assert desk.verdict(told) == "not clean" and "the folder is gone" in left(told)["rehearsal"]
    (desk.folder / "away").rename(desk.rehearsal)
    assert desk.verdict(desk.run("purged")) == "clean"
