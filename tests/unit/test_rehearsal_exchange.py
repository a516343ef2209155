# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report that goes back while production writes under its name, in that very instant."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix import moves, names

from tests.unit.rehearsal_desk import REPORT, SATURDAY, Desk

OVER, NEW, NEWEST = b"of the drill", b"production of this instant", b"production of the next instant"


class Instant:
    """Names change as the kernel changes them, and somebody does something just before each time."""

    def __init__(self, *before: Callable[[], object]) -> None:
        self.before = list(before)

    def __call__(self, ready: names.Place, source: names.Place) -> bool:
        (folder, one), other = ready, source.name
        if self.before:
            self.before.pop(0)()
        third = f"{one}.third"
        for old, new in ((one, third), (other, one), (third, other)):
            try:
                os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)
            except FileNotFoundError:
                os.rename(third, one, src_dir_fd=folder, dst_dir_fd=folder)
                raise
        return True


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.reports / "CSESM01.zip").write_bytes(REPORT)
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").write_bytes(OVER)
    return desk


def written(desk: Desk, content: bytes) -> Callable[[], object]:
    def write() -> None:
        (desk.folder / "new").write_bytes(content)
        (desk.folder / "new").rename(desk.reports / "CSESM01.zip")

    return write


def inside(desk: Desk) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in desk.reports.iterdir()}


def stopped(told: dict[str, Any]) -> bool:
    (pending,) = (each["what"] for each in told["findings"] if each["level"] == "pending")
    return "somebody changed it" in pending


@pytest.mark.parametrize("keep_days", [0, 3])
def test_a_file_of_that_instant_keeps_its_name(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, keep_days: int
) -> None:
    monkeypatch.setattr(moves, "exchange", Instant(written(desk, NEW)))
    assert stopped(desk.run("purged", keep_days=keep_days))
    assert inside(desk) == {"CSESM01.zip": NEW} and desk.quarantined() == []


def test_what_is_written_into_the_file_in_that_instant_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = desk.reports / "CSESM01.zip"
    monkeypatch.setattr(moves, "exchange", Instant(lambda: report.write_bytes(NEW)))
    assert stopped(desk.run("purged"))
    assert inside(desk) == {"CSESM01.zip": NEW} and desk.quarantined() == []


def test_the_newest_of_two_keeps_the_name_and_the_other_is_not_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "exchange", Instant(written(desk, NEW), written(desk, NEWEST)))
    assert stopped(desk.run("purged"))
    assert inside(desk).pop("CSESM01.zip") == NEWEST and sorted(inside(desk).values()) == [NEWEST, NEW]
    desk.run("purged")
    assert NEW in desk.quarantined()


def test_what_came_out_gets_its_name_back_though_ours_was_moved_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = desk.reports / "CSESM01.zip"
    rotated = Instant(written(desk, NEW), lambda: report.rename(desk.reports / "CSESM01.old"))
    monkeypatch.setattr(moves, "exchange", rotated)
    assert stopped(desk.run("purged"))
    assert inside(desk) == {"CSESM01.zip": NEW, "CSESM01.old": REPORT}


def test_a_name_that_is_gone_in_that_instant_is_not_given_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "exchange", Instant((desk.reports / "CSESM01.zip").unlink))
    assert "No such file" in str(desk.run("purged")["findings"]) and inside(desk) == {}


def test_what_came_out_and_cannot_be_removed_is_the_next_runs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.reports / "CSESM01.zip").write_bytes(REPORT)
    (desk.reports / "CSESM02.zip").write_bytes(b"of production, too")
    desk.run("baseline")
    (desk.reports / "CSESM02.zip").rename(desk.reports / "CSESM01.zip")
    with monkeypatch.context() as patch:
        patch.setattr(moves, "exchange", Instant(lambda: patch.setattr(os, "unlink", forbidden)))
        desk.run("purged")
    assert (desk.reports / "CSESM01.zip").read_bytes() == REPORT
    assert (desk.reports / "CSESM02.zip").read_bytes() == b"of production, too"
    assert desk.verdict(desk.run("purged")) == "clean" and len(inside(desk)) == 2


def forbidden(*_given: Any, **_more: Any) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


# ---- the system's own ----------------------------------------------------------------------------------------------


def test_two_files_change_names_or_nothing_is_done(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    (tmp_path / "報\udcff").write_bytes(b"2")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        known = names.exchange(names.Place(folder, "one"), names.Place(folder, "報\udcff"))
        assert (tmp_path / "one").read_bytes() == (b"2" if known else b"1")
        assert (tmp_path / "報\udcff").read_bytes() == (b"1" if known else b"2")
        if known:
            with pytest.raises(FileNotFoundError):
                names.exchange(names.Place(folder, "one"), names.Place(folder, "none"))
        assert (tmp_path / "one").exists()
    finally:
        os.close(folder)


@pytest.mark.parametrize("number", [None, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM])
def test_where_it_is_not_known_the_report_goes_back_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    library = SimpleNamespace() if number is None else SimpleNamespace(renameat2=lambda *_given: -1)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_given, **_more: library)
    monkeypatch.setattr(ctypes, "get_errno", lambda: number)
    assert desk.verdict(desk.run("purged", now=SATURDAY)) == "clean"
    assert inside(desk) == {"CSESM01.zip": REPORT} and desk.quarantined() == [OVER]
