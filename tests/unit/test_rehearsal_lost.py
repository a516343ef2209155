# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of the drill's files that is missing or damaged: nothing is taken by it, and a new baseline begins anew."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

from tests.lab.windows.simulation import STATE_DIR, SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit.rehearsal_desk import REPORT, Desk, desk, drilled
from tests.unit.test_rehearsal_windows import REHEARSAL, REPORTS, ask, machine

__all__ = ["desk"]


def blob(desk: Desk, kind: str = "manifest") -> Path:
    """The last list that the journal names."""
    named = [each["files"][kind] for each in desk.journal() if kind in each.get("files", {})]
    return Path(desk.folder, "state", "blobs", named[-1])


def remove(path: Path) -> None:
    path.unlink()


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


LOSSES = pytest.mark.parametrize("lose", [remove, damage])


@LOSSES
@pytest.mark.parametrize("kind", ["manifest", "left"])
def test_a_purge_without_its_lists_is_refused_and_a_new_baseline_mends_it(
    desk: Desk, lose: Callable[[Path], None], kind: str
) -> None:
    drilled(desk)
    if kind == "left":
        desk.run("purged")
    lost = blob(desk, kind)
    lose(lost)
    with pytest.raises(Refusal) as refused:
        desk.run("purged")
    assert (refused.value.where, refused.value.what) == (
        str(lost),
        "the list of the drill's files is missing or damaged",
    )
    assert "by hand" in refused.value.remedy and "take a new baseline" in refused.value.remedy
    desk.run("baseline")
    (desk.reports / "TP001.zip").write_bytes(b"of another drill")
    assert desk.verdict(desk.run("purged")) == "clean" and not (desk.reports / "TP001.zip").exists()


@LOSSES
def test_a_baseline_whose_last_list_is_lost_begins_anew_and_says_so(
    desk: Desk, lose: Callable[[Path], None]
) -> None:
    desk.run("baseline")
    (desk.rehearsal / "SITEST.TXT").write_bytes(b"for upload")
    lost = blob(desk)
    lose(lost)
    predicted, told = desk.run("baseline", check=True), desk.run("baseline")
    assert told["changed"] and told["after"] == predicted["after"]
    assert told["findings"] == predicted["findings"]
    assert [(each["level"], each["where"]) for each in told["findings"]] == [
        ("warning", str(lost)),
        ("warning", str(desk.rehearsal)),
    ]
    assert "is missing or damaged; this baseline begins anew" in told["findings"][0]["what"]
    assert "look through those folders by hand" in told["findings"][0]["remedy"]
    assert "holds 1 files already" in told["findings"][1]["what"]
    assert desk.run("baseline")["state"] == "unchanged"
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT and list(desk.rehearsal.iterdir()) == []


@LOSSES
def test_a_list_that_is_written_again_as_it_was_is_there_again(
    desk: Desk, lose: Callable[[Path], None]
) -> None:
    """Where nothing changed since it has the same name."""
    desk.rehearsal.mkdir()  # else it would be known from the second baseline on
    desk.run("baseline")
    desk.run("baseline")
    lost = blob(desk)
    lose(lost)
    told = desk.run("baseline")
    assert blob(desk) == lost and told["after"]["rehearsal_files"]["as_asked"]
    assert desk.run("baseline")["findings"] == []


def test_a_list_of_an_earlier_form_counts_as_lost(desk: Desk) -> None:
    from ansible_collections.hkex.drill.plugins.module_utils.model import sha256

    desk.run("baseline")
    now = blob(desk)
    header, *lines = gzip.decompress(now.read_bytes()).splitlines()
    earlier = gzip.compress(
        b"\n".join([json.dumps({**json.loads(header), "form": 1}).encode(), *lines]), mtime=0
    )
    (now.parent / sha256(earlier)).write_bytes(earlier)
    journal = desk.folder / "state" / "journal.jsonl"
    journal.write_text(journal.read_text().replace(now.name, sha256(earlier)))
    with pytest.raises(Refusal, match="its form is 1, not 2"):
        desk.run("purged")
    (finding,) = desk.run("baseline")["findings"]
    assert "its form is 1, not 2; this baseline begins anew" in finding["what"]
    assert desk.run("baseline")["state"] == "unchanged"


def test_on_windows_too() -> None:
    box = machine()
    (lost,) = lists(box)
    box.put(lost, WindowsFile(b"damaged"))
    box.put(rf"{REHEARSAL}\SITEST.TXT", WindowsFile(b"for upload"))
    told = ask(box, "purged")
    assert told["failed"] and "the list of the drill's files" in told["msg"] and "new baseline" in told["msg"]
    told = ask(box, "baseline")
    assert told["changed"] and [each["level"] for each in told["findings"]] == ["warning", "warning"]
    assert not ask(box, "baseline")["changed"]
    box.put(rf"{REPORTS}\CSEOP01.zip", WindowsFile(b"of the drill"))
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"
    assert box.read(rf"{REPORTS}\CSEOP01.zip") is None and box.read(rf"{REHEARSAL}\SITEST.TXT") is None


def lists(box: SimulatedMachine) -> list[str]:
    records: list[dict[str, Any]] = [json.loads(line) for line in journal(box).splitlines()]
    return [rf"{STATE_DIR}\blobs\{each['files']['manifest']}" for each in records if "files" in each]


def journal(box: SimulatedMachine) -> str:
    return (box.read(rf"{STATE_DIR}\journal.jsonl") or b"").decode()
