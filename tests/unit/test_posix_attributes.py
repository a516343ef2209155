# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stays with a real file that is replaced: mode, owner, extended attributes, access lists."""

from __future__ import annotations

import errno
import os
import stat
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import File
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

from tests.unit import posix_files
from tests.unit.posix_files import NEW, OLD, ROOT, STRANGER, read, untouched, write

target = posix_files.target


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
