# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a baseline refuses or warns of before its first write, because it could not be put right after the drill."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_options as given
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

from tests.unit.rehearsal_desk import Desk, desk
from tests.unit.test_rehearsal_windows import REPORTS, ask, contents, machine

__all__ = ["desk"]

BOTH = pytest.mark.parametrize("check", [True, False])


@BOTH
def test_a_rehearsal_folder_that_has_no_folder_above_it_is_refused_before_any_write(
    desk: Desk, check: bool
) -> None:
    with pytest.raises(Refusal, match="there is no folder above it"):
        desk.run("baseline", check=check, rehearsal_folder=str(desk.folder / "no" / "such"))
    assert not (desk.folder / "state").exists()


@BOTH
def test_one_that_this_account_may_not_make_is_refused_before_any_write(
    desk: Desk, check: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., bool] = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(desk.folder) and real(path, mode))
    with pytest.raises(Refusal, match="may not write into the folder above it"):
        desk.run("baseline", check=check)
    assert not (desk.folder / "state").exists()
    desk.rehearsal.mkdir()  # as it says
    assert desk.run("baseline", check=check)["state"] == "changed"


@BOTH
def test_what_is_above_it_and_cannot_be_looked_at_is_refused(desk: Desk, check: bool) -> None:
    (desk.folder / "file").write_bytes(b"")
    with pytest.raises(Refusal):
        desk.run("baseline", check=check, rehearsal_folder=str(desk.folder / "file" / "rehearsal"))
    assert not (desk.folder / "state").exists()


@BOTH
def test_on_windows_too(check: bool) -> None:
    box = machine()
    before = box.snapshot()
    told = ask(box, "baseline", check=check, rehearsal_folder=r"C:\no\such")
    assert told["failed"] and "there is no folder above it" in told["msg"] and box.snapshot() == before
    assert not ask(box, "baseline", check=check, rehearsal_folder=r"C:\RAP\second").get("failed")
    assert contents(box).keys() == contents(machine()).keys()


@pytest.mark.parametrize(
    ("folder", "above"),
    [
        ("/srv/rap/HKMK", "/srv/rap"),
        ("/srv/rap/glob", "/srv/rap"),
        ("/srv/rap/SZMK/20211105", "/srv/rap"),
        ("/srv/rap/MAMK/20211105/more", "/srv/rap"),
        (r"D:\rap\hkmk\20211105", r"D:\rap"),
    ],
)
def test_a_folder_of_a_market_is_refused_with_the_one_to_name(folder: str, above: str) -> None:
    from ansible_collections.hkex.drill.plugins.module_utils.model import POSIX, WINDOWS, Facts

    options = given.parse({"state": "baseline", "drill": "d", "folders": [folder]}, "")
    system, blobs = (WINDOWS, r"C:\own\blobs") if "\\" in folder else (POSIX, "/own/state/blobs")
    with pytest.raises(Refusal, match="is a market's") as refused:
        given.check(options, system, Facts()._replace(blobs=blobs))
    assert refused.value.remedy == f"Name the folder above it, {above}"
    fine = given.parse(
        {
            "state": "baseline",
            "drill": "d",
            "folders": [above, f"{above}2/HKMK/other".replace("/", "\\" if "\\" in above else "/")],
            "rehearsal_folder": f"{above}3/HKMK".replace("/", "\\" if "\\" in above else "/"),
        },
        "",
    )
    given.check(fine, system, Facts()._replace(blobs=blobs))


def test_uploads_that_were_prepared_in_productions_folder_are_told(desk: Desk) -> None:
    (desk.reports / "SITEST1.TXT").write_bytes(b"for upload")
    predicted = desk.run("baseline", check=True, patterns=["SITEST*"])
    told = desk.run("baseline", patterns=["SITEST*"])
    (finding,) = told["findings"]
    assert predicted["findings"] == told["findings"] == desk.run("baseline", patterns=["SITEST*"])["findings"]
    assert (finding["level"], finding["where"]) == ("warning", str(desk.reports / "SITEST1.TXT"))
    assert "1 files fit a name that the inventory gives" in finding["what"]
    (desk.reports / "SITEST1.TXT").rename(desk.rehearsal / "SITEST1.TXT")
    assert [each["level"] for each in desk.run("baseline", patterns=["SITEST*"])["findings"]] == ["info"]
    assert desk.verdict(desk.run("purged", patterns=["SITEST*"])) == "clean"
    assert desk.quarantined() == [b"for upload"]


def test_on_windows_they_are_told_too() -> None:
    box = machine()
    (finding,) = ask(box, "baseline", patterns=["csesm01.z*"])["findings"]
    assert finding["where"] == rf"{REPORTS}\CSESM01.zip"
