# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an administrator is told of files that went, came back, are gone or left."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import INFO, WARNING
from ansible_collections.hkex.drill.plugins.plugin_utils.rehearsal import cleaned

from tests.unit.rehearsal_desk import REPORT, Desk, desk, drilled
from tests.unit.test_rehearsal_moves import just_after_check
from tests.unit.test_rehearsal_windows import ask, drill, machine

__all__ = ["desk"]

NIGHT = datetime(2021, 11, 6, 18, tzinfo=UTC)  # Sunday in Hong Kong


def levels(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["level"], each["where"]) for each in told["findings"]]


def test_what_became_of_the_files_is_counted(desk: Desk) -> None:
    (desk.reports / "TP001").write_bytes(b"archived meanwhile")
    (desk.reports / "CSESM02").write_bytes(b"put away by mistake")
    drilled(desk)
    (desk.reports / "TP001").unlink()
    (desk.reports / "CSESM02").rename(desk.rehearsal / "CSESM02")
    (desk.rehearsal / "x").write_bytes(b"of the drill")
    (desk.reports / "whose").write_bytes(b"?")
    predicted, told = desk.run("purged", True), desk.run("purged")
    expected = {"taken": 3, "put_back": 2, "gone": 1, "left": 1}
    place = {"quarantine": str(desk.folder / "state" / "quarantine" / "1"), "until": "2021-11-17"}
    assert cleaned(None, told, NIGHT) == cleaned(None, predicted, NIGHT) == {**expected, **place}
    assert len(desk.quarantined()) == 3
    again = desk.run("purged")
    assert cleaned(None, again, NIGHT) == {**expected, "taken": 0, "put_back": 0}


@pytest.mark.parametrize(("days", "until"), [(0, None), (3, "2021-11-10")])
def test_what_is_not_kept_has_no_quarantine(desk: Desk, days: int, until: str | None) -> None:
    drilled(desk)
    told = cleaned(days, desk.run("purged", keep_days=days), NIGHT)
    assert told["taken"] == 2 and told.get("until") == until and ("quarantine" in told) == bool(days)


def test_where_nothing_happened_and_nothing_is_left_nothing_is_told(desk: Desk) -> None:
    desk.run("baseline")
    assert cleaned(None, desk.run("purged"), NIGHT) == {}
    assert cleaned(None, {"before": {}, "after": {}, "edits": []}, NIGHT) == {}


def test_a_report_that_was_overwritten_is_a_warning(desk: Desk) -> None:
    drilled(desk)
    assert levels(desk.run("purged")) == [(WARNING, str(desk.reports / "CSESM01.zip"))]


def test_what_comes_to_the_rehearsal_folder_after_it_was_emptied_is_a_warning(desk: Desk) -> None:
    drilled(desk)
    (desk.rehearsal / "in time").write_bytes(b"of the drill")
    first = desk.run("purged")
    assert str(desk.rehearsal / "in time") not in dict(levels(first)).values()
    (desk.rehearsal / "CSESM01_Tuesday").write_bytes(REPORT + b" of Tuesday")
    predicted, told = desk.run("purged", True), desk.run("purged")
    assert levels(told) == levels(predicted) == [(WARNING, str(desk.rehearsal / "CSESM01_Tuesday"))]
    assert "after it had been emptied" in told["findings"][0]["what"]
    assert desk.verdict(told) == "clean" and levels(desk.run("purged")) == []
    desk.run("baseline")
    (desk.rehearsal / "anew").write_bytes(b"of the drill")
    assert levels(desk.run("purged")) == []


def test_what_could_not_be_taken_the_first_time_is_not_late(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run("baseline")
    busy = desk.rehearsal / "busy"
    busy.write_bytes(b"of the drill")
    just_after_check(monkeypatch, 1, lambda: busy.write_bytes(b"of the drill, still being written"))
    assert desk.verdict(desk.run("purged")) == "not clean"
    assert levels(desk.run("purged")) == [] and not busy.exists()


def test_windows_tells_the_same() -> None:
    box = machine()
    drill(box)
    told = ask(box, "purged")
    assert cleaned(None, told, NIGHT)["put_back"] == 1
    assert [each["level"] for each in told["findings"] if "was overwritten" in each["what"]] == [WARNING]
    assert INFO not in [each["level"] for each in told["findings"] if "emptied" in each["what"]]
