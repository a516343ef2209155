# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drill that had another rehearsal folder, or other words for the same, at an earlier baseline."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

from tests.lab.windows.volume import WindowsFile
from tests.unit.rehearsal_desk import Desk, desk, left
from tests.unit.test_rehearsal_windows import REHEARSAL, REPORTS, ask, contents, drill, machine, quarantined

__all__ = ["desk"]


def whole(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["level"], each["where"]) for each in told["findings"]]


def test_what_is_in_the_rehearsal_folder_of_an_earlier_baseline_is_told_until_it_is_empty(desk: Desk) -> None:
    desk.run("baseline")
    upload = desk.rehearsal / "SITEST.TXT"
    upload.write_bytes(b"for upload")
    second: dict[str, Any] = {"rehearsal_folder": str(desk.folder / "second")}
    predicted, told = desk.run("baseline", check=True, **second), desk.run("baseline", **second)
    assert predicted["findings"] == told["findings"] and predicted["after"] == told["after"]
    assert whole(told) == [("warning", str(desk.rehearsal))]
    assert "holds 1 files" in told["findings"][0]["what"] and not desk.run("baseline", **second)["changed"]
    predicted, told = desk.run("purged", check=True, **second), desk.run("purged", **second)
    assert predicted["after"] == told["after"]
    assert desk.verdict(told) == "not clean" and "at an earlier baseline" in left(told)["rehearsal"]
    assert "Move what is the drill's into the rehearsal folder" in told["findings"][0]["remedy"]
    assert desk.run("purged", **second)["state"] == "unchanged" and upload.exists()
    upload.rename(desk.folder / "second" / "SITEST.TXT")
    assert desk.verdict(desk.run("purged", **second)) == "clean" and desk.quarantined() == [b"for upload"]
    desk.rehearsal.rmdir()
    assert desk.verdict(desk.run("purged", **second)) == "clean"


def test_it_may_be_named_again_with_all_that_is_in_it(desk: Desk) -> None:
    second: dict[str, Any] = {"rehearsal_folder": str(desk.folder / "second")}
    desk.run("baseline")
    (desk.rehearsal / "SITEST.TXT").write_bytes(b"for upload")
    desk.run("baseline", **second)
    (desk.folder / "second" / "CSESM01").write_bytes(b"of the drill")
    told = desk.run("purged", rehearsal_folder=None)["after"]["rehearsal_files"]
    assert told["left_count"] == 2 and len({each["path"] for each in told["left"]}) == 2
    desk.run("baseline", rehearsal_folder=None)
    told = desk.run("purged", rehearsal_folder=None)
    assert set(left(told)) == {"rehearsal", "second"}
    assert whole(desk.run("baseline"))[0] == ("warning", str(desk.folder / "second"))
    told = desk.run("purged")
    assert set(left(told)) == {"second"} and list(desk.rehearsal.iterdir()) == []


def test_a_rehearsal_folder_that_becomes_productions_is_told_with_what_is_in_it(desk: Desk) -> None:
    desk.run("baseline")
    (desk.rehearsal / "SITEST.TXT").write_bytes(b"for upload")
    now: dict[str, Any] = {"folders": [str(desk.reports), str(desk.rehearsal)], "rehearsal_folder": None}
    told = desk.run("baseline", **now)
    assert whole(told) == [("warning", str(desk.rehearsal))]
    assert "1 files in it pass for production's" in told["findings"][0]["what"]
    assert desk.run("baseline", **now)["findings"] == []
    assert desk.verdict(desk.run("purged", **now)) == "clean"
    with pytest.raises(Refusal, match="holds 1 files already"):
        desk.run("baseline")


def test_what_is_named_now_is_not_told_as_left_in_an_earlier_folder(desk: Desk) -> None:
    desk.run("baseline")
    inner = desk.rehearsal / "inner"
    inner.mkdir()
    (inner / "mine").write_bytes(b"of production")
    now: dict[str, Any] = {"folders": [str(inner)], "rehearsal_folder": str(desk.folder / "second")}
    told = desk.run("baseline", **now)
    assert [each["what"].split(";")[0] for each in told["findings"]] == ["was the rehearsal folder until now"]
    assert desk.run("baseline", **now)["findings"] == []
    assert desk.verdict(desk.run("purged", **now)) == "clean" and (inner / "mine").exists()


def test_a_folder_of_production_is_no_rehearsal_folder_at_the_next_baseline(desk: Desk) -> None:
    """Everything in it would be taken away."""
    two = desk.folder / "two"
    two.mkdir()
    desk.run("baseline", folders=[str(desk.reports), str(two)], rehearsal_folder=None)
    with pytest.raises(Refusal, match=r"holds 2 files already, such as CSESM01\.zip"):
        desk.run("baseline", folders=[str(two)], rehearsal_folder=str(desk.reports))


def test_a_link_in_the_rehearsal_folder_before_the_first_baseline_is_refused(desk: Desk) -> None:
    desk.rehearsal.mkdir()
    (desk.rehearsal / "away").symlink_to(desk.reports)
    with pytest.raises(Refusal, match="holds 1 files already, such as away"):
        desk.run("baseline")
    (desk.rehearsal / "away").unlink()
    assert desk.run("baseline")["changed"]


def test_windows_does_not_tell_case_apart() -> None:
    other: dict[str, Any] = {
        "folders": [REPORTS.upper()],
        "rehearsal_folder": REHEARSAL.replace("rehearsal", "Rehearsal"),
    }
    box = machine()
    assert not ask(box, "baseline", **other)["changed"]
    drill(box)
    predicted, told = ask(box, "purged", check=True, **other), ask(box, "purged", **other)
    assert told["after"] == predicted["after"]
    assert (
        told["after"]["rehearsal_files"]["verdict"] == "clean" and told["findings"] == predicted["findings"]
    )
    assert contents(box) == {rf"{REPORTS}\CSESM01.zip": b"production", rf"{REPORTS}\帳目.txt": b"mine"}
    assert quarantined(box) == [b"drill", b"deep"] and not ask(box, "purged", **other)["changed"]


def test_an_earlier_rehearsal_folder_is_told_on_windows_too() -> None:
    box = machine()
    box.put(rf"{REHEARSAL}\SITEST.TXT", WindowsFile(b"for upload"))
    second: dict[str, Any] = {"rehearsal_folder": r"C:\RAP\second"}
    assert ask(box, "baseline", **second)["changed"] and not ask(box, "baseline", **second)["changed"]
    told = ask(box, "purged", **second)["after"]["rehearsal_files"]
    assert [each["path"] for each in told["left"]] == [REHEARSAL]
    box.put(rf"{REHEARSAL}\SITEST.TXT", None)
    assert ask(box, "purged", **second)["after"]["rehearsal_files"]["verdict"] == "clean"
