# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real files: whole or untouched, all but their contents kept, and nobody's link followed."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import stat
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import File, Refusal, sha256
from ansible_collections.hkex.drill.plugins.module_utils.posix import files, places
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROOT = os.geteuid() == 0
OLD, NEW = b"\xef\xbb\xbfold\r\n\xff", b"new \xfe\r"
STRANGER = 4242


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    """Opening a pipe in the wrong way waits for ever."""

    def alarm(_signal: int, _frame: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def write(path: Path, before: bytes | None = OLD, content: bytes = NEW) -> None:
    files.write(str(path), None if before is None else sha256(before), content)


def read(path: Path | str) -> File | None:
    return files.read(str(path))


def untouched(path: Path, content: bytes = OLD) -> bool:
    """The file is as it was and nothing lies beside it."""
    beside = [each.name for each in path.parent.iterdir() if each.name.endswith(".hkex-drill")]
    return path.read_bytes() == content and not beside


def strangers_link(link: Path, to: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that is neither root's nor this user's: really so for root, else by being somebody else ourselves."""
    link.symlink_to(to)
    if ROOT:
        os.lchown(link, STRANGER, STRANGER)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


def put_in_place_of(path: Path, what: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Do something at the moment of this call, that is between look and write, once."""
    real = getattr(files, call)

    def first(*arguments: Any) -> Any:
        monkeypatch.setattr(files, call, real)
        what()
        return real(*arguments)

    monkeypatch.setattr(files, call, first)


# ---- contents and all that is not contents -----------------------------------------------------------------------


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


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o4755, 0o2750, 0o400, 0o777])
def test_mode_and_owner_stay_and_show_in_the_attributes(target: Path, mode: int) -> None:
    owner = (STRANGER, STRANGER) if ROOT else (os.geteuid(), os.getegid())
    os.chown(target, *owner)
    target.chmod(mode)
    found = read(target)
    assert found is not None
    assert found.attributes.startswith(f"{mode:04o} {owner[0]}:{owner[1]}")
    write(target)
    status = target.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (*owner, mode)
    assert read(target) == File(NEW, found.attributes)


def pretend_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Extended attributes in memory, where no file system here has the real ones."""
    kept: dict[int, dict[str, bytes]] = {}

    def of(file: Any) -> dict[str, bytes]:
        return kept.setdefault(os.stat(file).st_ino, {})  # noqa: PTH116 (descriptors as well)

    monkeypatch.setattr(os, "listxattr", lambda file: list(of(file)))
    monkeypatch.setattr(os, "getxattr", lambda file, name: of(file)[name])
    monkeypatch.setattr(os, "setxattr", lambda file, name, value: of(file).update({name: value}))
    monkeypatch.setattr(os, "removexattr", lambda file, name: of(file).pop(name))


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with an extended attribute, on a file system that has them if there is one."""
    for folder in (str(tmp_path), "/dev/shm", "/var/tmp", str(Path.cwd())):
        if not os.access(folder, os.W_OK):
            continue
        with tempfile.TemporaryDirectory(dir=folder, prefix=".hkex-drill-test-") as made:
            path = Path(made).resolve() / "hosts"
            path.write_bytes(OLD)
            try:
                os.setxattr(path, "user.origin", b"\x00\xffsite")
            except OSError as error:
                assert error.errno == errno.ENOTSUP
                continue
            yield path
            return
    pretend_attributes(monkeypatch)
    path = tmp_path / "hosts"
    path.write_bytes(OLD)
    os.setxattr(path, "user.origin", b"\x00\xffsite")
    yield path


def test_extended_attributes_stay_and_show_in_the_attributes(labelled: Path) -> None:
    found = read(labelled)
    assert found is not None
    assert "user.origin=00ff73697465" in found.attributes
    write(labelled)
    assert {name: os.getxattr(labelled, name) for name in os.listxattr(labelled) if name[:5] == "user."} == {
        "user.origin": b"\x00\xffsite"
    }
    assert read(labelled) == File(NEW, found.attributes)
    os.setxattr(labelled, "user.origin", b"other")
    assert read(labelled) != File(NEW, found.attributes)


def test_what_a_program_may_do_more_than_its_user_stays(labelled: Path) -> None:
    """A write takes such rights away: capabilities, which only root can give, or else the set-id bit."""
    if ROOT:
        version_and_effective, net_bind_service = 0x02000001, 1 << 10
        value = struct.pack("<5I", version_and_effective, net_bind_service, 0, 0, 0)
        os.setxattr(labelled, "security.capability", value)
    else:
        labelled.chmod(0o4755)
    found = read(labelled)
    assert found is not None
    assert ("security.capability" if ROOT else "4755") in found.attributes
    write(labelled)
    assert read(labelled) == File(NEW, found.attributes)


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """The kernel's form (linux/posix_acl_xattr.h) of entries: tag, permissions, id."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY = 0xFFFFFFFF
GRANTS = access_list((1, 6, NOBODY), (2, 4, STRANGER), (4, 4, NOBODY), (16, 4, NOBODY), (32, 0, NOBODY))


@pytest.mark.parametrize("whose", ["the file's", "the folder's"])
def test_an_access_list_stays_and_none_is_inherited(
    labelled: Path, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = whose == "the file's"
    grant = (labelled, "system.posix_acl_access") if own else (labelled.parent, "system.posix_acl_default")
    try:
        os.setxattr(*grant, GRANTS)
    except OSError as error:
        assert error.errno == errno.ENOTSUP
        pretend_attributes(monkeypatch)
        os.setxattr(*grant, GRANTS)
    found = read(labelled)
    write(labelled)
    assert found is not None
    assert read(labelled) == File(NEW, found.attributes)
    assert ("system.posix_acl_access" in os.listxattr(labelled)) == own


@pytest.mark.parametrize("problem", [errno.ENOTSUP, errno.EPERM])
def test_a_file_system_without_extended_attributes_has_none(
    target: Path, monkeypatch: pytest.MonkeyPatch, problem: int
) -> None:
    def without(_descriptor: int) -> list[str]:
        raise OSError(problem, "none")

    monkeypatch.setattr(os, "listxattr", without)
    write(target)
    assert read(target) == File(NEW, f"0640 {os.geteuid()}:{target.stat().st_gid}")


def test_what_cannot_be_kept_keeps_the_file_from_being_replaced(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_arguments: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", forbidden)
    with pytest.raises(Stop, match=f"{target}: its mode, owner or extended attributes cannot be kept"):
        write(target)
    assert untouched(target)


def test_a_new_file_can_be_read_by_all_and_written_by_its_owner(target: Path) -> None:
    path = target.with_name("new")
    before = os.umask(0o077)
    try:
        write(path, None)
    finally:
        os.umask(before)
    assert path.read_bytes() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


# ---- whole or untouched ------------------------------------------------------------------------------------------


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


# ---- what is no file ---------------------------------------------------------------------------------------------


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


# ---- links -------------------------------------------------------------------------------------------------------


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
