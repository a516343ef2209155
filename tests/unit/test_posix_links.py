# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links on the way to a real file: one's own are followed, a stranger's never, nor one swapped in meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, sha256
from ansible_collections.hkex.drill.plugins.module_utils.posix import files, places
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

from tests.unit import posix_files
from tests.unit.posix_files import (
    NEW,
    OLD,
    ROOT,
    STRANGER,
    put_in_place_of,
    read,
    strangers_link,
    untouched,
    write,
)

nothing_hangs = posix_files.nothing_hangs
target = posix_files.target


def test_a_chain_of_own_links_leads_to_the_file_and_stays(target: Path) -> None:
    folder = target.parent
    (folder / "real").mkdir()
    target.rename(folder / "real" / "stub")
    (folder / "way").symlink_to("real")
    (folder / "second").symlink_to(folder / "way" / ".." / "way" / "stub")
    target.symlink_to("./second")
    found = read(target)
    assert found is not None
    assert (found.content, found.link) == (OLD, f"{folder}/real/stub")
    write(target)
    assert target.is_symlink()
    assert (folder / "second").is_symlink()
    assert (folder / "real" / "stub").read_bytes() == NEW
    assert [each.name for each in (folder / "real").iterdir()] == ["stub"]
    through_folder = read(folder / "way" / "stub")
    assert through_folder is not None
    assert through_folder.link is None
    files.remove(str(target), sha256(NEW))
    assert target.is_symlink()
    assert not target.exists()


@pytest.mark.parametrize("leads_to", ["gone", "no/such/folder"])
def test_a_link_to_nothing_is_refused_and_not_written_through(target: Path, leads_to: str) -> None:
    target.unlink()
    target.symlink_to(leads_to)
    with pytest.raises(Refusal, match="symbolic link that leads to nothing"):
        read(target)
    assert target.is_symlink() and not target.exists()


def test_roots_links_are_followed_by_everybody(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = target.with_name("link")
    link.symlink_to(target)
    if ROOT:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    found = read(link)
    assert found is not None
    assert found.content == OLD


@pytest.mark.parametrize("where", ["file", "folder", "end of a chain"])
def test_a_link_that_somebody_else_made_is_refused(
    target: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folder = target.parent
    link = folder / "theirs"
    strangers_link(link, folder if where == "folder" else target, monkeypatch)
    path = link / "hosts" if where == "folder" else link
    if where == "end of a chain":
        if not ROOT:
            monkeypatch.undo()
        (folder / "mine").symlink_to(link)
        path = folder / "mine"
        if not ROOT:
            monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    for act in (files.read, files.sweep, lambda path: files.write(path, sha256(OLD), NEW)):
        with pytest.raises(
            Refusal, match=r"is a symbolic link that user \d+ made, and is not followed.*real path"
        ):
            act(str(path))
    assert untouched(target)


def test_links_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "ping").symlink_to(tmp_path / "pong" / "x")
    (tmp_path / "pong").symlink_to("ping")
    for path in ("loop", "loop/below", "ping", "pong/x"):
        with pytest.raises(Refusal, match=f"{path}: leads through too many symbolic links"):
            read(tmp_path / path)


@pytest.mark.parametrize("call", ["_make_ready", "_inherit", "_check"])
def test_a_link_swapped_in_for_the_file_is_not_followed(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    other = target.with_name("other")
    other.write_bytes(OLD)

    def swap() -> None:
        target.unlink()
        target.symlink_to(other)

    put_in_place_of(target, swap, monkeypatch, call)
    with pytest.raises(Stop, match="hosts"):
        write(target)
    assert target.is_symlink()
    assert untouched(other)


@pytest.mark.parametrize("call", ["_make_ready", "_inherit", "_check"])
def test_a_pipe_swapped_in_for_the_file_does_not_hang(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def swap() -> None:
        target.unlink()
        os.mkfifo(target)

    put_in_place_of(target, swap, monkeypatch, call)
    with pytest.raises(Stop, match="is not a regular file"):
        write(target)
    assert [each.name for each in target.parent.iterdir()] == ["hosts"]


def test_a_link_swapped_in_for_a_folder_on_the_way_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home", "system"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hosts").write_bytes(OLD)

    def swap() -> None:
        (tmp_path / "home").rename(tmp_path / "aside")
        (tmp_path / "home").symlink_to("system")

    path = tmp_path / "home" / "hosts"
    step = places._step

    def late(folder: int, name: str) -> int:
        if name == "home":
            swap()
        return step(folder, name)

    with monkeypatch.context() as patch:
        patch.setattr(places, "_step", late)
        with pytest.raises(Refusal, match="home is not a folder"):
            read(path)
    (tmp_path / "home").unlink()
    (tmp_path / "aside").rename(tmp_path / "home")
    put_in_place_of(path, swap, monkeypatch, "_make_ready")
    write(path)
    assert (tmp_path / "system" / "hosts").read_bytes() == OLD
    assert (tmp_path / "aside" / "hosts").read_bytes() == NEW
