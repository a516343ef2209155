# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a drill on a simulated Windows workstation: the same brain, through ``windows_io``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_judge import UNREAD

from tests.lab.windows.simulation import HOSTS, STATE_DIR, Cut, SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit.test_windows_engine import play

REPORTS, REHEARSAL = r"C:\RAP\reports", r"C:\RAP\rehearsal"
ASKED: dict[str, Any] = {
    "drill": "2021-11-06-ccass-failover-rehearsal",
    "occurrence": "2021-11-06",
    "folders": [REPORTS],
    "rehearsal_folder": REHEARSAL,
}
REPORT = WindowsFile(b"production", ("ReadOnly",), written=7)


def machine() -> SimulatedMachine:
    """With a baseline."""
    files: dict[str, bytes | WindowsFile] = {HOSTS: b""}
    files |= {rf"{REPORTS}\CSESM01.zip": REPORT, rf"{REPORTS}\帳目.txt": b"mine"}
    box = SimulatedMachine("pc-02", files, [])
    box.volume.folders[REHEARSAL.lower()] = ""
    assert ask(box, "baseline")["changed"]
    return box


def ask(box: SimulatedMachine, state: str, check: bool = False, **more: Any) -> dict[str, Any]:
    return play(box, {**ASKED, "state": state, **more}, "rehearsal_files", check)


def drill(box: SimulatedMachine) -> None:
    box.put(rf"{REPORTS}\csesm01.ZIP", WindowsFile(b"DRILL-OVER", written=7))  # size and date stay
    box.put(rf"{REPORTS}\CSEOP01.zip", WindowsFile(b"drill", written=1))
    box.put(rf"{REHEARSAL}\20211106\any", WindowsFile(b"deep", written=2))


def quarantined(box: SimulatedMachine) -> list[bytes]:
    return [file.content for path, file in sorted(box.volume.all().items()) if "quarantine" in path]


def contents(box: SimulatedMachine) -> dict[str, bytes]:
    return {path: file.content for path, file in box.snapshot()["files"].items() if path != HOSTS}


def test_a_second_baseline_is_none_and_reads_reports_alone() -> None:
    box = machine()
    assert not ask(box, "baseline")["changed"]
    (asked, _rehearsal) = sorted(box.requests[-1]["look"]["trees"], key=lambda tree: -len(tree["known"]))
    assert set(asked["known"]) == {"帳目.txt"}  # a report's date is the server's, so that it is read again


def test_what_the_drill_brought_goes_and_what_it_overwrote_comes_back() -> None:
    box = machine()
    drill(box)
    before = box.snapshot()
    predicted = ask(box, "purged", check=True)
    assert box.snapshot() == before
    told = ask(box, "purged")
    assert (predicted["after"], predicted["findings"]) == (told["after"], told["findings"])
    assert told["after"]["rehearsal_files"]["verdict"] == "clean"
    assert contents(box) == {rf"{REPORTS}\CSESM01.zip": b"production", rf"{REPORTS}\帳目.txt": b"mine"}
    assert quarantined(box) == [b"drill", b"deep"]
    kept = [file.content for path, file in box.volume.all().items() if r"\blobs" in path]
    assert b"DRILL-OVER" in kept
    assert not ask(box, "purged")["changed"]


def test_folders_of_a_day_go_once_they_are_empty_and_no_junction_on_the_way() -> None:
    box = machine()
    drill(box)
    box.put(rf"{REHEARSAL}\GLOB\20211106\CSESM01.zip", WindowsFile(b"drill too"))
    box.put(rf"{REHEARSAL}\kept\20211106\away", WindowsFile(b"", link=True))
    below = REHEARSAL.lower() + "\\"
    ask(box, "purged")
    left = {folder[len(below) :] for folder in box.volume.folders if folder.startswith(below)}
    assert left == {"kept", r"kept\20211106"} and REHEARSAL.lower() in box.volume.folders
    assert rf"{REPORTS}".lower() in box.volume.folders

    box = machine()
    drill(box)

    def swap(at: int | str, _step: Mapping[str, Any]) -> None:
        if at == "hold":
            box.put(r"C:\RAP", WindowsFile(b"", link=True))

    box.trouble = swap
    ask(box, "purged")
    assert rf"{REHEARSAL}\20211106".lower() in box.volume.folders
    box.put(r"C:\RAP", None)
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"


def test_a_quarantine_whose_time_is_over_goes_with_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    box = machine()
    drill(box)
    ask(box, "purged", keep_days=1)
    folder = rf"{STATE_DIR}\quarantine\1"
    assert folder.lower() in box.volume.folders and quarantined(box) == [b"drill", b"deep"]
    monkeypatch.setattr(journal, "now", lambda: "2999-01-01T00:00:00.000+00:00")
    assert ask(box, "purged", keep_days=1)["changed"]
    assert folder.lower() not in box.volume.folders and quarantined(box) == []
    assert not ask(box, "purged", keep_days=1)["changed"]


def test_a_junction_is_not_followed_and_a_strange_file_stays() -> None:
    box = machine()
    box.put(rf"{REHEARSAL}\away", WindowsFile(b"", link=True))
    box.put(rf"{REPORTS}\strange.dat", WindowsFile(b"?"))
    told = ask(box, "purged")["after"]["rehearsal_files"]
    assert (told["verdict"], told["left_count"]) == ("not clean", 2)
    assert box.file(rf"{REHEARSAL}\away") is not None and box.read(rf"{REPORTS}\strange.dat") == b"?"


def test_what_changes_between_look_and_purge_is_left_and_the_rest_goes() -> None:
    box = machine()
    drill(box)

    def change(_at: int | str, step: Mapping[str, Any]) -> None:
        if step.get("do") == "move" and step["path"].endswith("CSEOP01.zip"):
            box.put(step["path"], WindowsFile(b"of somebody", written=9))

    box.trouble = change
    told = ask(box, "purged")
    assert box.read(rf"{REPORTS}\CSEOP01.zip") == b"of somebody" and quarantined(box) == [b"deep"]
    assert [each["level"] for each in told["findings"] if "CSEOP01" in each["where"]] == ["pending"]
    box.trouble = None
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"


def test_a_cut_at_every_step_leaves_whole_files_and_the_next_run_finishes() -> None:
    for at in range(9):
        box = machine()
        drill(box)

        def cut(index: int | str, _step: Mapping[str, Any], at: int = at) -> None:
            if index == at:
                raise Cut

        box.trouble = cut
        try:
            ask(box, "purged")
        except Cut:
            everything = {file.content for file in box.volume.all().values()}
            assert everything >= {b"production", b"mine", b"drill", b"deep", b"DRILL-OVER"}
        else:
            assert at > 6
        box.trouble = None
        assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean", at
        assert contents(box) == {rf"{REPORTS}\CSESM01.zip": b"production", rf"{REPORTS}\帳目.txt": b"mine"}
        assert set(quarantined(box)) == {b"drill", b"deep"}


def test_too_much_is_refused_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    box = machine()
    monkeypatch.setattr(limits, "MOST_FILES", 1)
    told = ask(box, "baseline")
    assert told["failed"] and f"{REPORTS}: holds 2 files, of which 0 MB" in told["msg"]
    monkeypatch.setattr(limits, "MOST_FILES", 9)
    monkeypatch.setattr(limits, "MOST_BYTES", 2 * 1024**2)
    box.put(rf"{REPORTS}\big.dat", WindowsFile(b"0" * (3 * 1024**2)))
    told = ask(box, "baseline")
    assert told["failed"] and "holds 3 files, of which 3 MB would have to be read" in told["msg"]
    monkeypatch.setattr(limits, "MOST_BYTES", 3 * 1024**2 + len(REPORT.content))
    assert ask(box, "baseline")["changed"]  # but for reports what is known already does not count


def test_a_file_that_nobody_may_read_is_named_and_the_rest_goes_on() -> None:
    box = machine()
    box.put(rf"{REPORTS}\open.log", WindowsFile(b"", closed=True))
    (finding,) = ask(box, "baseline")["findings"]
    assert (finding["where"], finding["remedy"]) == (
        rf"{REPORTS}\open.log",
        "Close what uses it, and run it again",
    )
    assert not ask(box, "baseline")["changed"]
    drill(box)
    busy = rf"{REHEARSAL}\20211106\busy"
    box.put(busy, WindowsFile(b"busy", closed=True))
    told = ask(box, "purged")["after"]["rehearsal_files"]
    assert [(each["path"], each["why"]) for each in told["left"]] == [(busy, UNREAD)]
    assert quarantined(box) == [b"drill", b"deep"]
    box.put(busy, WindowsFile(b"busy"))
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"
    assert box.read(busy) is None and box.file(rf"{REPORTS}\open.log") is not None


def test_a_file_that_nobody_could_read_and_that_went_is_gone() -> None:
    box = machine()
    box.put(rf"{REPORTS}\open.log", WindowsFile(b"", closed=True))
    ask(box, "baseline")
    box.put(rf"{REPORTS}\open.log", None)
    assert ask(box, "baseline")["after"]["rehearsal_files"]["files"] == 2
    assert not ask(box, "baseline")["changed"]


def fresh() -> SimulatedMachine:
    """Where nobody has made a rehearsal folder."""
    return SimulatedMachine("pc-02", {HOSTS: b"", rf"{REPORTS}\x": b""}, [])


def test_the_rehearsal_folder_is_made_once_with_the_access_that_the_folder_above_gives() -> None:
    box = fresh()
    access = box.volume.folders[r"c:\rap"] = "O:S-1-5-21-1G:BAD:AI(A;OICIID;FA;;;S-1-5-21-1)"
    predicted = ask(box, "baseline", check=True)
    assert REHEARSAL.lower() not in box.volume.folders
    told = ask(box, "baseline")
    assert told["findings"] == predicted["findings"] == []
    assert told["after"]["rehearsal_files"]["rehearsal_folder_exists"]
    assert box.volume.folders[REHEARSAL.lower()] == access
    assert not ask(box, "baseline")["changed"]


def test_no_rehearsal_folder_is_made_below_a_junction_or_where_something_else_is() -> None:
    box = fresh()

    def swap(at: int | str, _step: Mapping[str, Any]) -> None:
        if at == "hold":
            box.put(r"C:\RAP", WindowsFile(b"", link=True))

    box.trouble = swap
    finding, _and_so_says_the_look_after = ask(box, "baseline")["findings"]
    assert r"because C:\RAP is a junction" in finding["what"] and REHEARSAL.lower() not in box.volume.folders

    box = fresh()
    box.put(REHEARSAL, WindowsFile(b"", link=True))
    told = ask(box, "baseline")
    assert told["failed"] and f"because {REHEARSAL} is a junction" in told["msg"]

    box = fresh()
    box.put(REHEARSAL, WindowsFile(b"a file"))
    (finding,) = ask(box, "baseline")["findings"]
    assert "is a file" in finding["what"] and box.read(REHEARSAL) == b"a file"


@pytest.mark.parametrize(
    "folder", ["D:\\", r"C:\Windows\Temp", r"C:\Users\chan", r"\\pc-01\c$\reports", STATE_DIR]
)
def test_folders_of_the_system_are_refused(folder: str) -> None:
    box = machine()
    told = ask(box, "purged", folders=[folder])
    assert told["failed"] and "Nothing was changed." in told["msg"]


def test_a_pattern_that_is_added_afterwards_takes_what_was_left() -> None:
    box = machine()
    box.put(rf"{REPORTS}\SITEST1.TXT", WindowsFile(b"drill"))
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "not clean"
    told = ask(box, "purged", patterns=["SITEST*"])
    assert told["after"]["rehearsal_files"]["verdict"] == "clean" and quarantined(box) == [b"drill"]


def test_a_second_name_of_a_report_comes_back_too() -> None:
    box = machine()
    box.put(rf"{REPORTS}\latest.dat", REPORT)
    ask(box, "baseline")
    for name in ("CSESM01.zip", "latest.dat"):
        box.put(rf"{REPORTS}\{name}", WindowsFile(b"drill", written=8))
    assert ask(box, "purged")["after"]["rehearsal_files"]["verdict"] == "clean"
    assert {box.read(rf"{REPORTS}\{name}") for name in ("CSESM01.zip", "latest.dat")} == {b"production"}
