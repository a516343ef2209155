# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clocks that are off: no quarantine ends early by them, and none stays for ever without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import journal

from tests.unit.rehearsal_desk import Desk
from tests.unit.test_rehearsal_windows import REPORTS, ask, drill, machine, quarantined


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """After a drill that brought two files."""
    desk = Desk(tmp_path)
    desk.run("baseline")
    for name in ("CSESM01.zip", "CSEOP01.zip"):
        (desk.reports / name).write_bytes(b"of the drill")
    return desk


def test_a_clock_that_was_set_back_does_not_end_a_quarantine_early(desk: Desk) -> None:
    told = desk.run("purged", now="2000-01-01T00:00:00.000+00:00")
    assert [each["what"] for each in told["findings"] if "still to come" in each["what"]] == [
        "the journal's last record is of 2021-11-06T18:00:00+00:00, which is still to come by the clock of this run"
    ]
    told = desk.run("purged", now="2021-11-07T00:00:00.000+00:00")
    assert told["state"] == "unchanged" and told["findings"] == [] and len(desk.quarantined()) == 2
    desk.run("purged", now="2021-11-16T18:00:00.000+00:00")
    assert desk.quarantined() == []


def test_a_quarantine_of_a_time_to_come_is_named_until_somebody_removes_it(desk: Desk) -> None:
    desk.run("purged", now="2099-01-01T00:00:00.000+00:00")
    (desk.rehearsal / "x").write_bytes(b"of the drill")
    told = desk.run("purged", keep_days=1)
    assert [Path(each["where"]).name for each in told["findings"] if "still to come" in each["what"]] == [
        "rehearsal_files",
        "1",
    ]
    told = desk.run("purged", now="2021-11-07T18:00:00.000+00:00")
    assert len(desk.quarantined()) == 2  # the second ends a day after it was filled
    (finding,) = told["findings"]
    assert finding["where"] == str(desk.folder / "state" / "quarantine" / "1")
    for path in (desk.folder / "state" / "quarantine" / "1").iterdir():
        path.unlink()
    (desk.folder / "state" / "quarantine" / "1").rmdir()
    assert desk.run("purged", now="2021-11-07T18:00:00.000+00:00")["findings"] == []


def test_a_quarantine_that_holds_more_than_a_folder_may_ends_like_any_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hold what several folders did."""
    desk.run("purged")
    assert len(desk.quarantined()) == 2
    monkeypatch.setattr(limits, "MOST_FILES", 1)
    monkeypatch.setattr(limits, "MOST_BYTES", 1)
    desk.run("purged", now="2021-11-16T18:00:00.000+00:00")
    assert desk.quarantined() == []


def test_on_windows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    box = machine()
    drill(box)
    ask(box, "purged", keep_days=1)
    monkeypatch.setattr(limits, "MOST_FILES", 1)
    box.put(rf"{REPORTS}\帳目.txt", None)  # of production's folder one is left
    assert len(quarantined(box)) == 2
    monkeypatch.setattr(journal, "now", lambda: "2999-01-01T00:00:00.000+00:00")
    assert not ask(box, "purged", keep_days=1).get("failed") and quarantined(box) == []
