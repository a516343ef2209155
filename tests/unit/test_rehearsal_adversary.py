# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders that nobody should name, links that lead astray, and what changes between look and purge."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import rehearsal_files
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import check, inside, matcher
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    WINDOWS,
    Facts,
    Look,
    Move,
    Profile,
    Prune,
    Refusal,
    Stamp,
    Tree,
)
from ansible_collections.hkex.drill.plugins.module_utils.posix import folders, trees
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.module_process import run as run_module
from tests.unit.module_process import tree
from tests.unit.rehearsal_desk import REPORT, Desk

GIVEN: dict[str, Any] = {"state": "purged", "drill": "d", "folders": ["/srv/reports"]}
FACTS = {
    POSIX: Facts(blobs="/opt/hkex-drill/blobs", profiles=(Profile("1000", "/data/people/chan"),)),
    WINDOWS: Facts(
        blobs=r"C:\ProgramData\hkex-drill\blobs", profiles=(Profile("S-1-5-21-1", r"D:\Profiles\chan"),)
    ),
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.reports / "CSESM01.zip").write_bytes(REPORT)
    desk.run("baseline")
    return desk


def asked(**more: Any) -> Any:
    return rehearsal_files.concern({**GIVEN, **more}, "now").options


# ---- options -------------------------------------------------------------------------------------------------------

NEVER_POSIX = (
    "/",
    "//",
    "/etc",
    "/etc/reports",
    "/usr/share/x",
    "/var",
    "/var/lib",
    "/boot/efi",
    "/home",
    "/home/chan",
    "/root",
    "/data/people/chan/",
    "/srv",
    "/tmp",
    "/proc/1",
    "/dev/shm",
    "/opt/hkex-drill",
    "/opt/hkex-drill/quarantine",
    "/var/lib/hkex-drill",
    "/var/lib/dpkg",
    "/var/lib/apt/lists",
    "/var/spool/cron",
    "/data/people",
    "/data/people/chan/.ssh",
    "/home/chan/.config/rap",
    "/root" + "/.ssh",
)
NEVER_WINDOWS = (
    "C:\\",
    "d:/",
    r"C:\Windows",
    r"c:\WINDOWS\Temp",
    r"C:\Windows.\x",
    r"C:\Program Files (x86)\RAP",
    r"C:\Users",
    r"C:\Users\chan",
    "C:/Users/chan/",
    r"D:\PROFILES\Chan",
    r"C:\PROGRA~1\RAP",
    r"C:\ProgramData",
    r"C:\ProgramData\hkex-drill\blobs",
    r"C:\reports:stream",
    r"C:\$Recycle.Bin\x",
    r"C:\$WinREAgent\x",
    r"C:\Windows.old\x",
    r"C:\PerfLogs",
    r"C:\Users\rap\AppData",
    r"c:\users\rap\appdata\Local\x",
    r"D:\Profiles",
    r"D:\profiles\Chan\.ssh",
    r"C:\Documents and Settings\x",
    r"C:\inetpub",
    r"C:\InetPub\ftproot\x",
    r"C:\con\x",
    r"C:\reports\AUX.txt",
    r"C:\reports\lpt1 .x\y",
    r"C:\reports\com²",
    r"C:\reports\ConIn$",
)
NOWHERE = (
    r"\\server\share",
    r"\\server\share\reports",
    r"\\?\C:\reports",
    "reports",
    "~/reports",
    "C:reports",
    "",
    "/srv/../etc",
    "/srv/./reports",
    "/srv/a\0b",
    r"C:\reports\..\Windows",
    "C:/reports/..",
)


@pytest.mark.parametrize(
    ("system", "folder"),
    [(POSIX, each) for each in NEVER_POSIX] + [(WINDOWS, each) for each in NEVER_WINDOWS],
)
@pytest.mark.parametrize("option", ["folders", "rehearsal_folder"])
def test_roots_homes_and_folders_of_the_system_are_refused(system: str, folder: str, option: str) -> None:
    other = "/srv/reports" if system == POSIX else r"D:\reports"
    given = {"folders": [folder]} if option == "folders" else {"folders": [other], "rehearsal_folder": folder}
    with pytest.raises(Refusal, match=f"rehearsal_files.{option}"):
        check(asked(**given), system, FACTS[system])


@pytest.mark.parametrize("folder", NOWHERE)
@pytest.mark.parametrize("option", ["folders", "rehearsal_folder"])
def test_paths_that_lead_elsewhere_are_refused_on_every_system(folder: str, option: str) -> None:
    if option == "rehearsal_folder" and not folder:
        return
    with pytest.raises(Refusal, match=f"rehearsal_files.{option}"):
        asked(**{option: [folder] if option == "folders" else folder})


@pytest.mark.parametrize(
    ("system", "folders"),
    [
        (POSIX, ["/srv/a", "/srv/a/b"]),
        (POSIX, ["/srv/a/b", "/srv/a"]),
        (POSIX, ["/srv/a", "//srv//a/"]),
        (POSIX, ["/opt/hkex-drill/x"]),
        (WINDOWS, [r"D:\a", r"d:\A\b"]),
        (WINDOWS, [r"C:\ProgramData\HKEX-drill"]),
    ],
)
def test_folders_within_each_other_or_in_the_own_one_are_refused(system: str, folders: list[str]) -> None:
    with pytest.raises(Refusal, match="one or lie within each other"):
        check(asked(folders=folders), system, FACTS[system])
    with pytest.raises(Refusal, match="one or lie within each other"):
        check(asked(folders=folders[:1], rehearsal_folder=folders[-1]), system, FACTS[system])


def test_folders_of_reports_are_taken() -> None:
    for system, named in (
        (POSIX, ["/srv/a", "/srv/ab", "/home/chan/報告", "/var/opt/rap", "/data/people/chan/x", "/rooms/a"]),
        (WINDOWS, [r"D:\a", r"D:\ab", r"C:\Users\chan\Downloads", r"C:\ProgramData\RAP", r"C:\UsersX\a"]),
        (WINDOWS, [r"D:\console\x", r"D:\com10", r"D:\a\null", r"D:\reports\inetpub"]),
    ):
        check(asked(folders=named[1:], rehearsal_folder=named[0]), system, FACTS[system])
    with pytest.raises(Refusal, match="is not an absolute path on a Windows workstation"):
        check(asked(), WINDOWS, FACTS[WINDOWS])


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("patterns", ["*"], "fits any file"),
        ("patterns", ["*.*"], "fits any file"),
        ("patterns", ["??/*"], "fits any file"),
        ("patterns", [""], "fits any file"),
        ("patterns", ["../x"], "is no name of a file"),
        ("patterns", ["/etc/x*"], "is no name of a file"),
        ("patterns", ["a\\b"], "is no name of a file"),
        ("keep_days", 11, "is not 0 to 10"),
        ("keep_days", -1, "is not 0 to 10"),
        ("folders", [], "neither folders nor rehearsal_folder"),
    ],
)
def test_what_is_no_option_is_refused(tmp_path: Path, option: str, value: Any, message: str) -> None:
    refused = run_module("rehearsal_files", {**GIVEN, "state_dir": str(tmp_path / "state"), option: value})
    assert refused["failed"] and message in refused["msg"] and "Nothing was changed." in refused["msg"]
    assert not (tmp_path / "state").exists()


def test_without_a_drill_there_is_nothing_to_do(tmp_path: Path) -> None:
    inner = {"state": "purged", "folders": [str(tmp_path / "a")]}
    refused = run_module("workstation", {"rehearsal_files": inner, "state_dir": str(tmp_path / "state")})
    assert refused["failed"] and "is asked for no drill" in refused["msg"]


@given(st.lists(st.sampled_from(["a", "B", "ab"]), min_size=1, max_size=3), st.sampled_from("/\\"))
def test_a_folder_has_in_it_what_is_below_it_and_no_neighbour(parts: list[str], separator: str) -> None:
    top = "/srv/x" if separator == "/" else "D:\\x"
    folder = separator.join([top, *parts])
    assert inside(folder, top) and inside(folder, folder) and not inside(top, folder)
    assert not inside(folder + "c", folder)
    assert inside(folder.upper(), folder.lower()) == (separator == "\\" or folder.upper() == folder.lower())


def test_patterns_fit_names_and_with_a_slash_the_folders_above() -> None:
    fits = matcher(("CSESM01*", "GLOB/????????/*", "a[1].z?p"), "/")
    for name in (
        "csesm01",
        "x/CSESM01_1.ZIP",
        "CSESM01\n",
        "GLOB/20211106/x",
        "y/glob/20211106/x",
        "A[1].zip",
    ):
        assert fits(name), name
    for name in (
        "XCSESM01",
        "CSESM01/x",
        "GLOB/2021110/x",
        "GLOB/20211106/x/y",
        "XGLOB/20211106/x",
        "a1.zip",
    ):
        assert not fits(name), name
    assert matcher(("GLOB/????????/*",), "\\")("GLOB\\20211106\\x")


# ---- links and strange files ---------------------------------------------------------------------------------------


def test_no_link_is_followed(desk: Desk) -> None:
    away = desk.folder / "away"
    away.mkdir()
    (away / "CSESM02.zip").write_bytes(b"not ours")
    (desk.reports / "out").symlink_to(away)
    (desk.rehearsal / "out").symlink_to(away)
    (desk.rehearsal / "CSESM02.zip").symlink_to(away / "CSESM02.zip")
    (desk.reports / "CSESM02.zip").symlink_to(away / "CSESM02.zip")
    before = tree(away)
    told = desk.run("purged", purge_unmatched=True)
    assert tree(away) == before and desk.verdict(told) == "not clean"
    assert [each["why"] for each in told["after"]["rehearsal_files"]["left"]] == [
        "is a link, no file, or a folder that cannot be entered, and was not followed"
    ] * 4
    assert (desk.reports / "CSESM02.zip").is_symlink() and (desk.rehearsal / "out").is_symlink()


@pytest.mark.parametrize("level", ["folder", "above"])
def test_a_folder_that_a_link_leads_to_is_refused(desk: Desk, level: str) -> None:
    real = desk.folder / "real"
    (real / "reports").mkdir(parents=True)
    (desk.folder / "link").symlink_to(real / "reports" if level == "folder" else real)
    named = desk.folder / ("link" if level == "folder" else "link/reports")
    with pytest.raises(Refusal, match="is no folder, or a symbolic link, and none is followed"):
        desk.run("baseline", folders=[str(named)])


def swapped(desk: Desk, monkeypatch: pytest.MonkeyPatch, swap: Callable[[], None]) -> None:
    """Somebody does this between look and purge."""
    real = Posix.visit
    done: list[bool] = []

    def visit(self: Posix, steps: Any, look: Any) -> Any:
        if steps and not done:
            done.append(True)
            swap()
        return real(self, steps, look)

    monkeypatch.setattr(Posix, "visit", visit)


def test_a_folder_that_becomes_a_link_between_look_and_purge_is_noticed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = desk.folder / "away"
    (away / "inner").mkdir(parents=True)
    (desk.rehearsal / "inner").mkdir()
    for folder in (away / "inner", desk.rehearsal / "inner"):
        (folder / "file").write_bytes(b"the same")
        os.utime(folder / "file", ns=(1, 1))

    def swap() -> None:
        shutil.rmtree(desk.rehearsal / "inner")
        (desk.rehearsal / "inner").symlink_to(away / "inner")

    swapped(desk, monkeypatch, swap)
    told = desk.run("purged")
    assert (away / "inner" / "file").read_bytes() == b"the same"
    assert [each["level"] for each in told["findings"]] == ["pending"]
    assert "none is followed" in told["findings"][0]["what"]


def test_what_changes_between_look_and_purge_is_left_and_the_rest_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    for name in "abcd":
        (desk.rehearsal / name).write_bytes(name.encode())
    date = (desk.rehearsal / "b").stat().st_mtime_ns

    def change() -> None:
        (desk.rehearsal / "b").write_bytes(b"B")  # the same size and date
        os.utime(desk.rehearsal / "b", ns=(date, date))
        (desk.rehearsal / "c").unlink()
        (desk.reports / "CSESM01.zip").write_bytes(b"of somebody, just now")

    swapped(desk, monkeypatch, change)
    told = desk.run("purged")
    assert (desk.rehearsal / "b").read_bytes() == b"B" and not (desk.rehearsal / "a").exists()
    assert (desk.reports / "CSESM01.zip").read_bytes() == b"of somebody, just now"
    assert not (desk.rehearsal / "d").exists() and desk.verdict(told) == "not clean"
    waiting = {Path(each["where"]).name for each in told["findings"] if each["level"] == "pending"}
    assert waiting == {"b", "c", "CSESM01.zip"}
    assert "whole" not in desk.journal()[-1]  # so the next purge still knows whose they are
    assert desk.verdict(desk.run("purged")) == "clean"
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert sorted(desk.quarantined()) == [b"B", b"a", b"d", b"of somebody, just now"]


def test_beyond_so_many_that_cannot_be_moved_the_rest_waits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_steps

    monkeypatch.setattr(_rehearsal_steps, "MOST_STOPS", 2)
    for name in "abcd":
        (desk.rehearsal / name).write_bytes(name.encode())

    def change() -> None:
        for name in "abc":
            (desk.rehearsal / name).write_bytes(b"X")

    swapped(desk, monkeypatch, change)
    told = desk.run("purged")
    assert len([each for each in told["findings"] if each["level"] == "pending"]) == 2
    assert (desk.rehearsal / "d").exists() and "whole" not in desk.journal()[-1]
    assert desk.verdict(desk.run("purged")) == "clean"


def test_files_that_are_no_files_stay_and_are_told(desk: Desk) -> None:
    os.mkfifo(desk.rehearsal / "CSESM01.fifo")
    here = os.open(desk.rehearsal, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{here}/socket")
    os.close(here)
    told = desk.run("purged")
    assert told["after"]["rehearsal_files"]["left_count"] == 2 and desk.verdict(told) == "not clean"


def test_another_file_system_below_a_folder_is_not_entered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.rehearsal / "mount").mkdir()
    (desk.rehearsal / "mount" / "file").write_bytes(b"of another")
    real = os.fstat

    def mounted(descriptor: int) -> os.stat_result:
        found = real(descriptor)
        if Path(f"/proc/self/fd/{descriptor}").readlink().name != "mount":
            return found
        return os.stat_result([*found[:2], found.st_dev + 1, *found[3:10]])

    monkeypatch.setattr(os, "fstat", mounted)
    told = desk.run("purged")
    monkeypatch.undo()
    assert (desk.rehearsal / "mount" / "file").exists() and desk.verdict(told) == "not clean"


def test_folders_without_end_are_refused(desk: Desk) -> None:
    deep = desk.rehearsal.joinpath(*(["d"] * (trees.DEEPEST + 2)))
    deep.mkdir(parents=True)
    with pytest.raises(Refusal, match="more than 100 folders in each other"):
        desk.run("purged")


def test_hard_links_read_only_and_open_files(desk: Desk) -> None:
    os.link(desk.reports / "CSESM01.zip", desk.rehearsal / "the same file")
    (desk.rehearsal / "read only").write_bytes(b"r")
    (desk.rehearsal / "read only").chmod(0o400)
    with (desk.rehearsal / "open").open("wb") as writing:
        writing.write(b"first")
        writing.flush()
        told = desk.run("purged")
        writing.write(b", second")
    assert desk.verdict(told) == "clean" and (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert desk.quarantined() == [b"first, second", b"r", REPORT]


def test_a_report_with_two_names_comes_back_under_its_own_alone(desk: Desk) -> None:
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    os.link(desk.reports / "CSESM01.zip", desk.folder / "elsewhere")
    desk.run("purged")
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert (desk.folder / "elsewhere").read_bytes() == b"of the drill"


def test_a_file_that_cannot_be_read_is_told_and_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.rehearsal / "x").write_bytes(b"x")

    def denied(_file: Any, into: Any = None) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(trees.Reading, "stamp", denied)
    told = desk.run("purged")
    assert {each["why"] for each in told["after"]["rehearsal_files"]["left"]} == {
        "cannot be read, so nobody knows what it is"
    }
    assert (desk.rehearsal / "x").exists() and (desk.reports / "CSESM01.zip").exists()
    (finding,) = desk.run("baseline", drill="another", rehearsal_folder=None)["findings"]
    assert "1 files cannot be read" in finding["what"]
    monkeypatch.undo()
    (desk.reports / "CSESM01.zip").write_bytes(b"whatever")
    desk.run("purged", drill="another", rehearsal_folder=None)
    assert (desk.reports / "CSESM01.zip").read_bytes() == b"whatever"


def test_a_purge_is_not_over_while_a_file_is_being_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "CSESM02.zip").write_bytes(b"half of")
    (desk.rehearsal / "x").write_bytes(b"x")
    real = trees.Reading.stamp

    def busy(file: trees.Reading, into: int | None = None) -> Stamp:
        if Path(f"/proc/self/fd/{file.descriptor}").readlink().name == "CSESM02.zip":
            raise OSError("somebody is writing to it")
        return real(file, into)

    monkeypatch.setattr(trees.Reading, "stamp", busy)
    assert desk.verdict(desk.run("purged")) == "not clean" and desk.quarantined() == [b"x"]
    assert desk.run("purged")["state"] == "unchanged"
    monkeypatch.undo()
    assert desk.verdict(desk.run("purged")) == "clean" and len(desk.quarantined()) == 2


def test_one_that_is_being_written_is_not_read_as_anything(desk: Desk) -> None:
    with (
        (desk.rehearsal / "x").open("wb") as writing,
        trees.Reading(os.open(desk.rehearsal, os.O_RDONLY), "x") as file,
    ):
        real = os.read
        writing.write(b"more")

        def read(descriptor: int, length: int) -> bytes:
            writing.flush()
            return real(descriptor, length)

        with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="somebody is writing to it"):
            patch.setattr(os, "read", read)
            file.stamp()


NAMES = [
    "報告 CSESM01.zip",
    "a\nb",
    "\x1b[31m",
    b"caf\xe9".decode("utf-8", "surrogateescape"),
    "-rf",
    " ",
    "x" * 255,
]


def test_any_name_is_moved_and_told_so_that_a_terminal_can_show_it(desk: Desk) -> None:
    for name in NAMES:
        (desk.rehearsal / name).write_bytes(name.encode("utf-8", "surrogateescape"))
    module = {
        "drill": "d",
        "occurrence": "o",
        "folders": [str(desk.reports)],
        "rehearsal_folder": str(desk.rehearsal),
        "state_dir": str(desk.folder / "state"),
    }
    told = run_module("rehearsal_files", {**module, "state": "purged"})
    assert told["after"]["rehearsal_files"]["verdict"] == "clean" and list(desk.rehearsal.iterdir()) == []
    shown = [Path(edit["path"]).name for edit in told["edits"][1:]]
    assert {"報告 CSESM01.zip", "a\\nb", "\\x1b[31m", "caf\\xe9"} <= set(shown)
    json.dumps(told, ensure_ascii=False).encode()
    assert all(each.isprintable() for each in shown)
    assert len(desk.quarantined()) == len(NAMES)


# ---- the hands alone -----------------------------------------------------------------------------------------------


def moved(desk: Desk, path: Path, to: str | None, stamp: Stamp) -> str:
    stopped = Posix(str(desk.folder / "state")).visit([Move(str(path), to, stamp, "why")], Look()).stopped
    return stopped.why if stopped else ""


def test_a_move_takes_only_the_file_with_its_stamp_and_overwrites_nothing(desk: Desk) -> None:
    path, other = desk.rehearsal / "x", desk.rehearsal / "other"
    path.write_bytes(b"x")
    other.write_bytes(b"other")
    found = trees.look(Tree(str(desk.rehearsal)), lambda _digest: b"")
    assert found is not None
    stamp = found.stamps["x"]
    for wrong in (stamp._replace(size=2), stamp._replace(mtime_ns=1), stamp._replace(sha256="0" * 64)):
        assert "somebody changed it between look and move" in moved(desk, path, None, wrong)
    assert "something is there already" in moved(desk, path, str(other), stamp)
    assert "its folder does not exist" in moved(desk, path, str(desk.folder / "none" / "x"), stamp)
    (desk.rehearsal / "link").symlink_to(path)
    assert "cannot be moved" in moved(desk, desk.rehearsal / "link", None, stamp)
    assert path.read_bytes() == b"x" and other.read_bytes() == b"other"
    assert moved(desk, path, str(desk.rehearsal / "y"), stamp) == "" and not path.exists()


def test_a_folder_put_in_the_place_of_the_new_one_is_not_given_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    real = os.mkdir

    def swap(name: str, mode: int, dir_fd: int) -> None:
        real(name, mode, dir_fd=dir_fd)
        (tmp_path / name / "of somebody").write_bytes(b"")

    monkeypatch.setattr(os, "mkdir", swap)
    monkeypatch.setattr(os, "fchmod", lambda descriptor, _mode: given.append(descriptor))
    with pytest.raises(Stop, match="somebody put something else there"):
        folders.make(str(tmp_path / "rehearsal"))
    assert given == []


def test_a_folder_that_cannot_be_given_to_whose_it_should_be_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_given: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", forbidden)
    for _time in range(2):
        with pytest.raises(Stop, match="rehearsal: cannot be made: Operation not permitted") as told:
            folders.make(str(tmp_path / "rehearsal"))
        assert told.value.remedy == "Run with become"
    (tmp_path / "rehearsal").write_bytes(b"")
    with pytest.raises(Stop, match="rehearsal: something that is no folder is there already"):
        folders.make(str(tmp_path / "rehearsal"))
    assert [each.name for each in tmp_path.iterdir()] == ["rehearsal"]


def test_only_empty_folders_are_pruned_and_no_link_on_the_way(desk: Desk) -> None:
    away = desk.folder / "away"
    (away / "empty").mkdir(parents=True)
    (desk.rehearsal / "a" / "b").mkdir(parents=True)
    (desk.rehearsal / "c").mkdir()
    (desk.rehearsal / "c" / "file").write_bytes(b"")
    (desk.rehearsal / "link").symlink_to(away)
    Posix(str(desk.folder / "state")).visit([Prune(str(desk.rehearsal))], Look())
    assert sorted(path.name for path in desk.rehearsal.iterdir()) == ["c", "link"]
    assert (away / "empty").is_dir()
