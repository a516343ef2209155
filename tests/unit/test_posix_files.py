# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real files: whole or untouched, and what is no file refused."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import File, Refusal, sha256
from ansible_collections.hkex.drill.plugins.module_utils.posix import files
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit import posix_files
from tests.unit.posix_files import NEW, OLD, ROOT, put_in_place_of, read, strangers_link, untouched, write

nothing_hangs = posix_files.nothing_hangs
target = posix_files.target


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(0, 0o777))
def test_any_bytes_are_read_and_written_as_they_are(
    tmp_path: Path, old: bytes, new: bytes, mode: int
) -> None:
    path = tmp_path / "any"
    path.unlink(missing_ok=True)
    path.write_bytes(old)
    path.chmod(mode | 0o400)
    found = read(path)
    assert found == File(old, found.attributes if found else "", None)
    write(path, old, new)
    assert path.read_bytes() == new
    after = read(path)
    assert (after and after.attributes) == (found and found.attributes)
    assert stat.S_IMODE(path.stat().st_mode) == mode | 0o400


def test_a_large_file_is_written_whole(target: Path) -> None:
    content = bytes(range(256)) * 20_000
    write(target, OLD, content)
    assert target.read_bytes() == content


# ---- whole or untouched --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [b"else", None])
def test_a_file_that_somebody_changed_is_left_untouched(target: Path, before: bytes | None) -> None:
    message = f"{target}: somebody changed it.*left untouched"
    with pytest.raises(Stop, match=message):
        write(target, before)
    with pytest.raises(Stop, match=message):
        files.remove(str(target), None if before is None else sha256(before))
    assert untouched(target)


def test_a_file_that_somebody_took_away_is_not_made_anew(target: Path) -> None:
    target.unlink()
    with pytest.raises(Stop, match="somebody changed it"):
        write(target)
    assert list(target.parent.iterdir()) == []


def test_a_change_at_the_last_moment_is_noticed(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place_of(target, lambda: target.write_bytes(b"mine"), monkeypatch, "_check")
    with pytest.raises(Stop, match="somebody changed it"):
        write(target)
    assert untouched(target, b"mine")


def test_what_a_killed_write_left_is_removed(target: Path) -> None:
    ready = target.with_name(".hosts.hkex-drill")
    acts: list[Callable[[], None]] = [
        lambda: files.sweep(str(target)),
        lambda: write(target),
        lambda: files.remove(str(target), sha256(NEW)),
    ]
    for act in acts:
        ready.write_bytes(b"half")
        act()
        assert not ready.exists()
    files.sweep(str(target))
    assert not target.exists()


def test_a_link_that_waits_where_the_write_gets_ready_is_not_written_through(target: Path) -> None:
    other = target.with_name("other")
    other.write_bytes(b"precious")
    target.with_name(".hosts.hkex-drill").symlink_to(other)
    write(target)
    assert other.read_bytes() == b"precious"
    assert target.read_bytes() == NEW
    assert not target.is_symlink()


def test_a_link_put_there_while_the_write_gets_ready_is_not_written_through(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = target.with_name("other")
    other.write_bytes(b"precious")
    link = target.with_name(".hosts.hkex-drill")
    put_in_place_of(target, lambda: link.symlink_to(other), monkeypatch, "_make_ready")
    with pytest.raises(Stop, match=f"{target}: cannot be replaced: File exists"):
        write(target)
    assert other.read_bytes() == b"precious"
    assert untouched(target)


PROBLEMS = [
    (errno.EBUSY, "mounted by itself.*manage it outside"),
    (errno.EPERM, "not permitted.*immutable.*lsattr"),
    (errno.EACCES, "cannot be replaced: Permission denied"),
    (errno.EROFS, "cannot be replaced: Read-only file system"),
    (errno.ENOSPC, "cannot be replaced: No space left"),
    (errno.EIO, "cannot be replaced: Input/output error"),
]


@pytest.mark.parametrize(("number", "message"), PROBLEMS)
@pytest.mark.parametrize("call", ["rename", "fsync", "open"])
def test_what_the_system_refuses_is_said_clearly(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, message: str
) -> None:
    real = getattr(os, call)

    def failing(*arguments: Any, **options: Any) -> Any:
        if call == "open" and not arguments[1] & os.O_CREAT:
            return real(*arguments, **options)
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(Stop, match=f"{target}: .*{message}"):
            write(target)
    assert untouched(target)


@pytest.mark.parametrize(("number", "message"), PROBLEMS)
def test_what_cannot_be_removed_is_said_clearly(
    target: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    def failing(*_arguments: Any, **_options: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", failing)
        with pytest.raises(Stop, match=f"{target}: .*{message}"):
            files.remove(str(target), sha256(OLD))
        with pytest.raises(Stop, match=f"{target}: what a write left beside it stays: .*{message}"):
            files.sweep(str(target))
    assert untouched(target)


def test_a_file_that_is_mounted_by_itself_is_refused(target: Path) -> None:
    """What a container does to /etc/hosts, in a mount namespace of a child's own, if that is allowed here."""
    child = os.fork()
    if child == 0:
        code = 9
        try:
            code = _written_while_mounted(target)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 3)  # 3: not allowed; then only EBUSY itself was tried, above
    assert untouched(target)


def _written_while_mounted(target: Path) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    new_namespace, private, bind = 0x00020000 | (0 if ROOT else 0x10000000), (1 << 18) | (1 << 14), 1 << 12
    mounted = (
        libc.unshare(new_namespace) == 0
        and libc.mount(b"none", b"/", None, private, None) == 0
        and libc.mount(os.fsencode(target), os.fsencode(target), None, bind, None) == 0
    )
    if not mounted:
        return 3
    found = read(target)
    if not (found and found.held and "mounted by itself" in found.held[0]):
        return 4
    try:
        write(target)
    except Stop as stop:
        return 0 if "mounted by itself" in str(stop) else 1
    return 2


@pytest.mark.parametrize("where", ["file", "folder"])
@pytest.mark.parametrize(
    ("flags", "what", "letter"), [(0x10, "immutable", "i"), (0x80020, "append-only", "a")]
)
def test_an_attribute_that_forbids_replacing_a_file_shows_before_it_is_tried(
    target: Path, monkeypatch: pytest.MonkeyPatch, where: str, flags: int, what: str, letter: str
) -> None:
    path = target if where == "file" else target.parent

    def attributes(descriptor: int, request: int, _buffer: bytes) -> bytes:
        assert request & 0xFFFF == 0x6601  # FS_IOC_GETFLAGS
        return struct.pack(
            "=Ii", flags if os.path.samestat(os.fstat(descriptor), path.stat()) else 0x80000, 0
        )

    monkeypatch.setattr("fcntl.ioctl", attributes)
    found = read(target)
    assert found and found.held == (
        f"cannot be replaced, because {path} is {what} (lsattr)",
        f"Find out who wants it so, then chattr -{letter} {path}",
    )


def test_a_read_only_file_system_shows_before_it_is_tried(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fstatvfs", lambda _descriptor: SimpleNamespace(f_flag=os.ST_RDONLY))
    found = read(target)
    assert found and found.held and "mounted read-only" in found.held[0]


@pytest.mark.parametrize("number", [errno.ENOTTY, errno.EOPNOTSUPP, errno.EPERM])
def test_where_attributes_do_not_show_nothing_holds_a_file(
    target: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def failing(*_arguments: Any) -> bytes:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.ioctl", failing)
    found = read(target)
    assert found and found.held is None


def test_a_file_with_two_names_is_refused(target: Path) -> None:
    os.link(target, target.with_name("second"))
    with pytest.raises(Stop, match=r"hosts: has 2 names \(hard links\)"):
        write(target)
    assert untouched(target)


# ---- what is no file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "hosts"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = Path("/dev/zero")
    with pytest.raises(Refusal, match=f"{path}: is not a regular file. Give the path of the file itself"):
        read(path)
    if kind != "device":
        with pytest.raises(Stop, match="is not a regular file"):
            write(path, None)
        assert [each.name for each in tmp_path.iterdir()] == ["hosts"]


def test_no_descriptor_stays_open(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (target.parent / "folder").mkdir()
    (target.parent / "loop").symlink_to("loop")
    strangers_link(target.parent / "theirs", target, monkeypatch)
    before = os.listdir("/proc/self/fd")  # noqa: PTH208
    for path in ("folder", "loop", "theirs", "hosts", "none", "none/none", "hosts/below", "x" * 300):
        for act in (files.read, files.sweep, lambda path: files.write(path, "x", b"")):
            with suppress(Refusal, Stop):
                act(str(target.parent / path))
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208
    assert untouched(target)


@pytest.mark.parametrize("size", [100, 101])
def test_a_file_too_large_is_refused(target: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(files, "LARGEST", 100)
    target.write_bytes(b"x" * size)
    if size > 100:
        with pytest.raises(Refusal, match=f"{target}: is larger than 100 bytes"):
            read(target)
    else:
        assert read(target) is not None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("hosts", "hosts: is not an absolute path. Give the path from the root"),
        ("", "is not an absolute path"),
        ("/", "/: is the root folder"),
        ("//", "is the root folder"),
        ("/..", "is not a regular file"),
        ("{tmp}/hosts/below", "{tmp}/hosts is not a folder"),
        ("{tmp}/" + "x" * 300, "cannot be reached: File name too long"),
        ("{tmp}/a\0b", "cannot be reached: .*embedded null"),
        ("{tmp}/\ud800", "cannot be reached: .*surrogates not allowed"),
    ],
)
def test_a_path_that_cannot_be_is_refused(target: Path, path: str, message: str) -> None:
    tmp = str(target.parent)
    with pytest.raises(Refusal, match=message.replace("{tmp}", tmp)):
        read(path.replace("{tmp}", tmp))
    assert untouched(target)


def test_a_folder_that_must_not_be_entered_is_refused(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.stat

    def forbidden(name: Any, **options: Any) -> os.stat_result:
        if name == "hosts":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(name, **options)

    monkeypatch.setattr(os, "stat", forbidden)
    with pytest.raises(Refusal, match=f"{target}: cannot be reached: Permission denied.*become"):
        read(target)


def test_a_file_that_must_not_be_read_is_refused(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def forbidden(name: Any, flags: int, *arguments: Any, **options: Any) -> int:
        if name == "hosts":
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(name, flags, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", forbidden)
        with pytest.raises(Refusal, match=f"{target}: cannot be read: Permission denied.*become"):
            read(target)


def test_what_does_not_exist_is_none_and_not_made_without_its_folder(tmp_path: Path) -> None:
    assert read(tmp_path / "none") is None
    assert read(tmp_path / "none" / "none") is None
    with pytest.raises(Stop, match="none/none: its folder does not exist"):
        write(tmp_path / "none" / "none", None)
    files.remove(str(tmp_path / "none" / "none"), None)
    files.sweep(str(tmp_path / "none" / "none"))
    assert list(tmp_path.iterdir()) == []
