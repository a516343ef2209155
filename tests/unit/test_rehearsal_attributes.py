# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report that comes back with its extended attributes, whatever their names; and lists that nobody can read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix import files
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rehearsal_desk import REPORT, Desk

# A kernel forbids in names nothing but NUL.
NAMES = st.text(st.characters(exclude_characters="\0"), min_size=1).map("user.".__add__)


@given(st.dictionaries(NAMES, st.binary(max_size=9), max_size=3))
def test_attributes_come_back_as_they_were(attributes: dict[str, bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "extended_of", lambda _descriptor: attributes)
        told = files.attributes_of(0)
    assert files.extended_in(told) == attributes


def test_attributes_of_earlier_lists_are_read() -> None:
    told = "0640 0:0 security.selinux=00ff user.a=b=76 user.empty="
    assert files.extended_in(told) == {"security.selinux": b"\0\xff", "user.a=b": b"v", "user.empty": b""}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, Path]:
    """With attributes by inode, since not every file system has them."""
    kept: dict[int, dict[str, bytes]] = {}

    def of(file: Any) -> dict[str, bytes]:
        return kept.setdefault(os.stat(file).st_ino, {})  # noqa: PTH116 (descriptors as well)

    monkeypatch.setattr(os, "listxattr", lambda file: list(of(file)))
    monkeypatch.setattr(os, "getxattr", lambda file, name: of(file)[name])
    monkeypatch.setattr(os, "setxattr", lambda file, name, value: of(file).update({name: value}))
    desk = Desk(tmp_path)
    report = desk.reports / "CSESM01.zip"
    report.write_bytes(REPORT)
    return desk, report


def test_a_name_with_a_space_keeps_no_report_from_coming_back(report: tuple[Desk, Path]) -> None:
    desk, path = report
    os.setxattr(path, "user.from mail", b"v")
    desk.run("baseline")
    path.write_bytes(b"of the drill")
    assert desk.verdict(desk.run("purged")) == "clean" and path.read_bytes() == REPORT
    assert os.getxattr(path, "user.from mail") == b"v"


@pytest.mark.parametrize("written", ["0644 0:0 user.from mail=76", "0644 0:0 user.a=7", "0644", "rw 0:0", ""])
def test_attributes_that_nobody_can_read_keep_nothing_else_from_going(
    report: tuple[Desk, Path], monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    desk, path = report
    with monkeypatch.context() as patch:
        patch.setattr(
            "ansible_collections.hkex.drill.plugins.module_utils.posix.trees.attributes_of", lambda _: written
        )
        desk.run("baseline")
    path.write_bytes(b"of the drill")
    (desk.reports / "CSESM02.zip").write_bytes(b"of the drill, too")
    told = desk.run("purged")
    (pending,) = (each for each in told["findings"] if each["level"] == "pending")
    assert "nobody can read what mode, owner and attributes it had" in pending["what"]
    assert pending["remedy"].startswith(f"Copy {desk.folder}/state/blobs/")
    assert desk.verdict(told) == "not clean" and path.read_bytes() == b"of the drill"
    assert [each.name for each in desk.reports.iterdir()] == ["CSESM01.zip"]
