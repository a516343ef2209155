# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a drill in real folders: what is remembered, what goes, what comes back, and when it is over."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import engine
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import folders, trees
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.unit.engine_workstation import line
from tests.unit.kill import second_name
from tests.unit.module_process import run as run_module
from tests.unit.rehearsal_desk import REPORT, Desk, desk
from tests.unit.rehearsal_kill import far_away

__all__ = ["desk"]

# ---- the baseline --------------------------------------------------------------------------------------------------


def test_a_baseline_makes_the_rehearsal_folder_private_and_keeps_copies_of_reports_alone(desk: Desk) -> None:
    told = desk.run("baseline")
    assert told["changed"] and desk.rehearsal.stat().st_mode & 0o777 == 0o700
    assert desk.rehearsal.stat().st_uid == desk.folder.stat().st_uid
    blobs = [path.read_bytes() for path in (desk.folder / "state" / "blobs").iterdir()]
    assert REPORT in blobs and b"mine" not in blobs and len(blobs) == 2
    after = told["after"]["rehearsal_files"]
    assert (after["files"], after["copies"], after["copies_bytes"], after["new"]) == (2, 1, len(REPORT), 0)
    assert desk.run("baseline")["state"] == "unchanged"


def test_the_rehearsal_folder_belongs_to_who_has_the_folder_above(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    real = os.fstat

    def above_is_hers(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        if Path(f"/proc/self/fd/{descriptor}").readlink() == desk.folder:
            found[4:6] = [4711, 4712]
        return os.stat_result(found)

    monkeypatch.setattr(os, "fchown", lambda _descriptor, user, group: given.append((user, group)))
    monkeypatch.setattr(os, "fstat", above_is_hers)
    folders.make(str(desk.rehearsal))
    assert given == [(4711, 4712)]


def test_a_second_baseline_reads_only_what_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run("baseline")
    (desk.reports / "new.txt").write_bytes(b"new")
    (desk.reports / "notes.txt").write_bytes(b"mine, and more")
    read: list[str] = []
    real = trees.Reading.stamp

    def counted(file: trees.Reading, into: int | None = None) -> Any:
        read.append(Path(f"/proc/self/fd/{file.descriptor}").readlink().name)
        return real(file, into)

    monkeypatch.setattr(trees.Reading, "stamp", counted)
    assert desk.run("baseline")["changed"]
    assert sorted(read) == ["new.txt", "notes.txt"]
    del read[:]
    assert not desk.run("baseline")["changed"] and read == []


def test_the_last_baseline_counts_because_reports_come_until_the_drill(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "CSEOP01.zip").write_bytes(b"of Friday night")
    desk.run("baseline")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSEOP01.zip").exists()


def test_count_and_size_are_looked_at_before_anything_is_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trees.Reading, "stamp", lambda *_: pytest.fail("a file was read"))
    monkeypatch.setattr(limits, "MOST_FILES", 1)
    with pytest.raises(Refusal, match=r"reports: holds 2 files, of which 0 MB .* no more than 1 files"):
        desk.run("baseline")
    monkeypatch.setattr(limits, "MOST_FILES", 9)
    monkeypatch.setattr(limits, "MOST_BYTES", 9)
    with pytest.raises(Refusal, match="holds 2 files"):
        desk.run("baseline")
    assert not (desk.folder / "state").exists()


def test_copies_need_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.hkex.drill.plugins.module_utils.posix import machine

    monkeypatch.setattr(machine, "free", lambda _path: {"volume": "/data", "free": 101 * 1024**2})
    assert desk.run("baseline", check=True)["changed"]
    monkeypatch.setattr(machine, "free", lambda _path: {"volume": "/data", "free": 100 * 1024**2})
    with pytest.raises(
        Refusal, match="copies of 1 reports need 1 MB, and /data has 100 MB free, of which 100 MB stay"
    ):
        desk.run("baseline")


def test_a_folder_that_is_not_there_has_no_baseline(desk: Desk) -> None:
    with pytest.raises(Refusal, match=r"folders\[0\]: there is no folder"):
        desk.run("baseline", folders=[str(desk.folder / "none")])


def test_a_folder_for_the_rehearsal_that_is_in_use_before_the_first_baseline_is_refused(desk: Desk) -> None:
    desk.rehearsal.mkdir()
    (desk.rehearsal / "mine").write_bytes(b"")
    with pytest.raises(Refusal, match=r"rehearsal_folder: .* holds 1 files already, such as mine, and after"):
        desk.run("baseline")
    (desk.rehearsal / "mine").unlink()
    desk.run("baseline")
    (desk.rehearsal / "SITEST.TXT").write_bytes(b"for upload")
    (finding,) = desk.run("baseline")["findings"]
    assert "holds 1 files already" in finding["what"]
    (desk.folder / "another").mkdir()
    (desk.folder / "another" / "mine").write_bytes(b"")
    with pytest.raises(Refusal, match="such as mine"):
        desk.run("baseline", rehearsal_folder=str(desk.folder / "another"))


def test_a_file_that_changes_while_copies_are_made_keeps_the_baseline_from_being_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Posix.visit

    def visit(self: Posix, steps: Any, look: Any) -> Any:
        if steps:
            (desk.reports / "CSESM01.zip").write_bytes(b"another")
        return real(self, steps, look)

    monkeypatch.setattr(Posix, "visit", visit)
    with pytest.raises(Refusal, match="somebody changed it between look and write"):
        desk.run("baseline")
    monkeypatch.undo()
    assert desk.run("baseline")["changed"]


# ---- the purge -----------------------------------------------------------------------------------------------------


def drill(desk: Desk) -> None:
    """A drill that does everything it should not."""
    desk.run("baseline")
    os.utime(desk.reports / "CSESM01.zip", ns=(0, 10**18))
    date = (desk.reports / "CSESM01.zip").stat().st_mtime_ns
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").write_bytes(b"D" * len(REPORT))
    os.utime(desk.reports / "CSESM01.zip", ns=(date, date))  # as a client gives it the server's
    (desk.reports / "CSEOP01_20211106.ZIP").write_bytes(b"of the drill")
    (desk.rehearsal / "20211106" / "GLOB").mkdir(parents=True)
    (desk.rehearsal / "20211106" / "GLOB" / "any.thing").write_bytes(b"of the drill, too")


def test_what_the_drill_brought_goes_into_quarantine_with_a_reason_and_what_it_overwrote_comes_back(
    desk: Desk,
) -> None:
    (desk.reports / "CSESM01.zip").chmod(0o640)
    drill(desk)
    predicted = desk.run("purged", check=True)
    assert (desk.reports / "CSEOP01_20211106.ZIP").exists()
    told = desk.run("purged")
    assert predicted.pop("transaction") is None and told.pop("transaction") == 3
    assert predicted == told
    assert told["before"]["rehearsal_files"]["verdict"] == "not clean" and desk.verdict(told) == "clean"
    assert {Path(edit["path"]).name: edit.get("why") for edit in told["edits"]} == {
        "rehearsal_files": None,
        "CSEOP01_20211106.ZIP": "not in the baseline and matches CSEOP01*",
        "CSESM01.zip": "overwrote a production report, put back",
        "any.thing": "in the rehearsal folder",
    }
    report = (desk.reports / "CSESM01.zip").stat()
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert (report.st_mode & 0o777, report.st_mtime_ns) == (0o640, 10**18)
    assert desk.quarantined() == [b"of the drill", b"D" * len(REPORT), b"of the drill, too"]
    assert sorted(path.name for path in desk.reports.iterdir()) == ["CSESM01.zip", "notes.txt"]
    assert list(desk.rehearsal.iterdir()) == []  # its dated folders went, too
    assert desk.run("purged")["state"] == "unchanged"
    quarantine = desk.folder / "state" / "quarantine"
    assert {path.stat().st_mode & 0o777 for path in (quarantine, quarantine / "1")} == {0o700}


def test_the_list_on_the_workstation_says_of_each_file_where_it_was(desk: Desk) -> None:
    drill(desk)
    told = desk.run("purged")
    listed = gzip.decompress(Path(told["edits"][0]["list"]).read_bytes())
    lines = [json.loads(each) for each in listed.splitlines()[1:]]
    assert [each[-2:] for each in lines] == [[edit["path"], edit["why"]] for edit in told["edits"][1:]]


def test_new_files_that_no_name_fits_stay_and_are_told_unless_they_are_to_go(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "what is this").write_bytes(b"?")
    told = desk.run("purged")
    assert desk.verdict(told) == "not clean" and not told.get("failed")
    (left,) = told["after"]["rehearsal_files"]["left"]
    assert left == {
        "path": str(desk.reports / "what is this"),
        "why": "not in the baseline, and fits no name of the drill",
    }
    assert [each["level"] for each in told["findings"]] == ["warning"]
    assert desk.verdict(desk.run("purged")) == "not clean" and (desk.reports / "what is this").exists()
    assert desk.verdict(desk.run("purged", purge_unmatched=True)) == "clean"
    assert desk.quarantined() == [b"?"] and (desk.reports / "notes.txt").exists()


def test_patterns_of_the_inventory_add_to_those_of_the_circulars(desk: Desk) -> None:
    desk.run("baseline")
    for name in ("SITEST01.TXT", "tp002.zip", "GLOB/20211106/x", "SITEST01.TXT.bak"):
        (desk.reports / name).parent.mkdir(parents=True, exist_ok=True)
        (desk.reports / name).write_bytes(name.encode())
    told = desk.run("purged", patterns=["SITEST??.txt"])
    assert told["after"]["rehearsal_files"]["left_count"] == 1
    assert not (desk.reports / "SITEST01.TXT").exists() and (desk.reports / "SITEST01.TXT.bak").exists()


def test_a_renamed_file_of_production_is_no_file_of_the_drill(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").rename(desk.reports / "CSESM01-old.zip")
    (desk.reports / "notes.txt").rename(desk.reports / "TP001")
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSESM01-old.zip").read_bytes() == REPORT
    assert (desk.reports / "TP001").read_bytes() == b"mine"


def test_an_empty_report_is_the_drills_unless_an_empty_file_of_production_is_missed(desk: Desk) -> None:
    (desk.reports / "empty").write_bytes(b"")
    desk.run("baseline")
    (desk.reports / "TP001").write_bytes(b"")
    desk.run("purged")
    assert not (desk.reports / "TP001").exists() and (desk.reports / "empty").exists()
    desk.run("baseline")
    (desk.reports / "empty").rename(desk.reports / "TP002")
    desk.run("purged")
    assert (desk.reports / "TP002").exists()


def test_an_empty_file_in_the_rehearsal_folder_is_nobodys_but_the_drills(desk: Desk) -> None:
    (desk.reports / "empty").write_bytes(b"")
    desk.run("baseline")
    (desk.reports / "empty").unlink()
    (desk.rehearsal / "empty").write_bytes(b"")
    desk.run("purged")
    assert not (desk.reports / "empty").exists() and desk.quarantined() == [b""]


def test_what_a_killed_purge_left_beside_a_report_is_no_file_to_wonder_about(desk: Desk) -> None:
    drill(desk)
    (desk.reports / ".1a2b.hkex-drill").write_bytes(REPORT[:9])
    (desk.reports / ".2c3d.hkex-drill").write_bytes(REPORT)
    told = desk.run("purged")
    assert desk.verdict(told) == "clean" and "pending" not in [each["level"] for each in told["findings"]]
    assert sorted(path.name for path in desk.reports.iterdir()) == ["CSESM01.zip", "notes.txt"]
    assert {REPORT, REPORT[:9]} <= set(desk.quarantined())


def test_a_file_of_production_in_the_rehearsal_folder_goes_back(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "notes.txt").rename(desk.rehearsal / "notes.txt")
    told = desk.run("purged", keep_days=0)
    assert (desk.reports / "notes.txt").read_bytes() == b"mine" and desk.verdict(told) == "clean"
    assert [each["what"] for each in told["findings"] if "put back" in each["what"]]


def test_one_that_another_file_replaced_stays_and_is_told(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "notes.txt").rename(desk.rehearsal / "notes.txt")
    (desk.reports / "notes.txt").write_bytes(b"new notes")
    told = desk.run("purged")
    assert (desk.rehearsal / "notes.txt").read_bytes() == b"mine" and desk.verdict(told) == "not clean"


def test_two_reports_that_changed_places_stand_where_they_stood(desk: Desk) -> None:
    """Who put the one over the other, nobody can tell; both are there afterwards."""
    (desk.reports / "TP001").write_bytes(b"another report")
    desk.run("baseline")
    (desk.reports / "TP001").rename(desk.reports / "CSESM01.zip")
    desk.run("purged")
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert (desk.reports / "TP001").read_bytes() == b"another report"


def test_without_a_baseline_nothing_is_touched(desk: Desk) -> None:
    desk.rehearsal.mkdir()
    (desk.rehearsal / "CSESM02").write_bytes(b"x")
    (desk.reports / "CSESM02").write_bytes(b"x")
    told = desk.run("purged")
    assert told["failed"] and desk.verdict(told) == "no baseline" and not told["changed"]
    assert "no baseline of this drill was taken here" in told["msg"]
    desk.run("baseline", drill="another", rehearsal_folder=None)
    (desk.rehearsal / "CSESM02.zip").write_bytes(b"x")
    assert desk.verdict(desk.run("purged")) == "no baseline"
    assert (desk.rehearsal / "CSESM02").exists() and (desk.reports / "CSESM02").exists()


def test_a_folder_that_the_baseline_does_not_have_is_left_alone_and_the_rest_is_not(desk: Desk) -> None:
    desk.run("baseline")
    other, own = desk.folder / "other", desk.folder / "production!"
    for folder in (other, own):
        folder.mkdir()
        (folder / "CSESM02.zip").write_bytes(b"x")
    (desk.reports / "CSESM02.zip").write_bytes(b"x")
    told = desk.run("purged", folders=[str(desk.reports), str(other)], rehearsal_folder=str(own))
    assert told["failed"] and told["after"]["rehearsal_files"]["unknown_folders"] == [str(other), str(own)]
    assert (other / "CSESM02.zip").exists() and (own / "CSESM02.zip").exists()
    assert not (desk.reports / "CSESM02.zip").exists()


def test_a_folder_that_is_gone_is_not_clean_and_nothing_comes_back_from_it(desk: Desk) -> None:
    desk.run("baseline")
    (desk.rehearsal / "copy").write_bytes(REPORT)
    shutil.rmtree(desk.reports)
    told = desk.run("purged")
    assert desk.verdict(told) == "not clean" and "the folder is gone" in told["findings"][0]["what"]
    assert desk.quarantined() == [] and (desk.rehearsal / "copy").read_bytes() == REPORT  # maybe the only one


# ---- afterwards ----------------------------------------------------------------------------------------------------


def test_what_comes_after_a_finished_purge_is_productions(desk: Desk) -> None:
    drill(desk)
    (desk.reports / "stray").write_bytes(b"?")
    desk.run("purged")
    (desk.reports / "CSESM01.zip").write_bytes(b"production report of Monday")
    (desk.reports / "CSESM02.zip").write_bytes(b"another of Monday")
    (desk.reports / "invoice").write_bytes(b"of Monday")
    (desk.rehearsal / "late").write_bytes(b"of the drill")
    told = desk.run("purged", purge_unmatched=True)
    assert (desk.reports / "CSESM01.zip").read_bytes() == b"production report of Monday"
    assert (desk.reports / "CSESM02.zip").exists() and (desk.reports / "invoice").exists()
    assert not (desk.reports / "stray").exists() and not (desk.rehearsal / "late").exists()
    assert desk.verdict(told) == "clean" and told["after"]["rehearsal_files"]["came_since"] == 2
    # A new baseline begins anew.
    desk.run("baseline")
    (desk.reports / "TP002").write_bytes(b"of a second day")
    desk.run("purged")
    assert not (desk.reports / "TP002").exists() and (desk.reports / "CSESM02.zip").exists()


def test_a_purge_that_finds_nothing_is_finished_too(desk: Desk) -> None:
    desk.run("baseline")
    assert desk.run("purged")["state"] == "changed"
    (desk.reports / "CSESM02.zip").write_bytes(b"of Monday")
    assert desk.run("purged")["state"] == "unchanged" and (desk.reports / "CSESM02.zip").exists()


def test_quarantine_ends_by_the_clock_of_the_journal_with_the_next_purge(desk: Desk) -> None:
    drill(desk)
    desk.run("purged", keep_days=3)
    for now in ("2021-11-01T00:00:00.000+00:00", "2021-11-09T17:59:59.999+00:00", "no time"):
        assert desk.run("purged", now=now)["state"] == "unchanged" and len(desk.quarantined()) == 3
    assert desk.run("baseline", now="2021-11-19T00:00:00.000+00:00", drill="next")["changed"]
    predicted = desk.run("purged", now="2021-11-09T18:00:00.000+00:00", drill="next", check=True)
    assert len(desk.quarantined()) == 3
    told = desk.run("purged", now="2021-11-09T18:00:00.000+00:00", drill="next")
    assert predicted["edits"] == told["edits"] and predicted["after"] == told["after"]
    assert {edit["why"] for edit in told["edits"][1:]} == {"its 3 days in quarantine are over"}
    assert desk.quarantined() == [] and not (desk.folder / "state" / "quarantine" / "1").exists()
    assert desk.run("purged", now="2021-11-30T00:00:00.000+00:00")["state"] == "unchanged"


def test_without_days_of_quarantine_files_go_at_once(desk: Desk) -> None:
    drill(desk)
    assert desk.verdict(desk.run("purged", keep_days=0)) == "clean"
    assert desk.quarantined() == [] and (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert list(desk.rehearsal.iterdir()) == []


def test_quarantine_may_be_on_another_file_system(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.reports / "CSESM01.zip").chmod(0o604)
    drill(desk)
    (desk.reports / "CSEOP01_20211106.ZIP").chmod(0o640)
    monkeypatch.setattr(os, "link", os.link)  # what it becomes is undone
    far_away()
    inodes = {path.stat().st_ino for path in desk.rehearsal.rglob("any.thing")}
    assert desk.verdict(desk.run("purged")) == "clean"
    monkeypatch.undo()
    assert not inodes & {path.stat().st_ino for path in (desk.folder / "state" / "quarantine").rglob("*")}
    assert desk.quarantined() == [b"of the drill", b"D" * len(REPORT), b"of the drill, too"]
    assert (desk.folder / "state" / "quarantine" / "1" / "000001").stat().st_mode & 0o777 == 0o640
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT


def test_extended_attributes_of_a_report_come_back_and_those_a_folder_gives_do_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In memory: not every file system has them."""
    report = str(desk.reports / "CSESM01.zip")
    given: dict[str, dict[str, bytes]] = {report: {"user.label": b"\x00 mine"}}

    def attributes(descriptor: int) -> dict[str, bytes]:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        return given.setdefault(path, {"user.folders": b"inherited"} if path.endswith(".hkex-drill") else {})

    monkeypatch.setattr(os, "listxattr", lambda descriptor: list(attributes(descriptor)))
    monkeypatch.setattr(os, "getxattr", lambda descriptor, name: attributes(descriptor)[name])
    monkeypatch.setattr(
        os, "setxattr", lambda descriptor, name, value: attributes(descriptor).update({name: value})
    )
    monkeypatch.setattr(os, "removexattr", lambda descriptor, name: attributes(descriptor).pop(name))
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    desk.run("purged")
    (ready,) = (path for path in given if path.startswith(str(desk.reports)) and path.endswith(".hkex-drill"))
    assert given[ready] == {"user.label": b"\x00 mine"}
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT


def test_a_copy_that_is_damaged_on_its_way_takes_nothing_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill(desk)
    real = trees.write
    monkeypatch.setattr(trees, "write", lambda descriptor, content: real(descriptor, content[:-1] + b"!"))
    told = desk.run("purged")
    (waiting,) = [each for each in told["findings"] if each["level"] == "pending"]
    assert waiting["where"].endswith("CSESM01.zip") and "is not what it should be" in waiting["what"]
    assert (desk.reports / "CSESM01.zip").read_bytes() == b"D" * len(REPORT)
    assert sorted(path.name for path in desk.reports.iterdir()) == ["CSESM01.zip", "notes.txt"]


def test_a_rollback_of_the_drill_brings_back_settings_and_no_file_of_the_drill(desk: Desk) -> None:
    from ansible_collections.hkex.drill.plugins.module_utils import rollback

    hosts = desk.folder / "hosts"
    hosts.write_bytes(b"rap 10.1\n")
    desk.run("baseline", also=[line(str(hosts), b"rap", b"10.2")])
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    desk.run("purged")
    concern = rollback.concern("d", "o")
    for expected in ("changed", "unchanged"):
        outcome = engine.run(Posix(str(desk.folder / "state")), [concern], lambda: "now", "d", "o")
        assert outcome.state == expected
    assert hosts.read_bytes() == b"rap 10.1\n" and (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert desk.run("purged")["state"] == "unchanged"


def test_other_concerns_are_written_first_and_what_they_come_to_counts(desk: Desk) -> None:
    hosts = desk.folder / "hosts"
    hosts.write_bytes(b"rap 10.1\n")
    told = desk.run("baseline", also=[line(str(hosts), b"rap", b"10.2")])
    events = [(each["event"], "files" in each) for each in desk.journal()]
    assert events == [("begin", False), ("done", False), ("begin", True), ("done", False)]
    assert told["transaction"] == 2 and hosts.read_bytes() == b"rap 10.2\n"


def test_where_another_concern_is_taken_back_no_file_moves(desk: Desk) -> None:
    desk.run("baseline")
    (desk.rehearsal / "x").write_bytes(b"x")
    hosts = desk.folder / "new"
    hosts.write_bytes(b"rap 10.1\n")
    told = desk.run("purged", also=[line(str(hosts), b"rap", b"10.2"), second_name(desk.folder)])
    assert told["state"] == "undone" and (desk.rehearsal / "x").exists() and desk.quarantined() == []


def test_the_module_is_the_same(desk: Desk) -> None:
    asked = {
        "drill": "d",
        "occurrence": "o",
        "folders": [str(desk.reports)],
        "rehearsal_folder": str(desk.rehearsal),
        "state_dir": str(desk.folder / "state"),
    }
    whole = {"drill": "d", "occurrence": "o", "state_dir": asked["state_dir"]}
    inner = {name: asked[name] for name in ("folders", "rehearsal_folder")}
    assert run_module("workstation", {**whole, "rehearsal_files": {**inner, "state": "baseline"}})["changed"]
    (desk.reports / "CSEOP01").write_bytes(b"x")
    seen = run_module("workstation_info", {**whole, "rehearsal_files": {**inner, "state": "purged"}})
    assert seen["rehearsal_files"]["to_go"] == 1 and not seen["rehearsal_files"]["as_asked"]
    assert (desk.reports / "CSEOP01").exists()
    assert run_module("rehearsal_files", {**asked, "state": "purged"})["after"]["rehearsal_files"]["as_asked"]
    assert not (desk.reports / "CSEOP01").exists()
