# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a POSIX workstation, read and replaced where they really are (``places.py``).

A file is replaced by renaming a complete one over it: whoever reads it sees the old or the new, and a kill leaves one
of the two.
"""

import errno
import os
import stat
from contextlib import suppress
from typing import Dict, Optional

from ansible_collections.hkex.drill.plugins.module_utils.model import SEVERAL_NAMES, File, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix.held import held
from ansible_collections.hkex.drill.plugins.module_utils.posix.places import Place, dangling, locate

# A host table, a resolver file or a client's settings are far smaller; a larger file is not one of them.
LARGEST = 64 * 1024 * 1024

# The name of the file that is being made ready beside its target. It is always the same, so that one left by a kill
# is found again, and it has no ending that a program which reads whole folders would take for its own.
READY = ".{}.hkex-drill"


class Stop(Exception):
    """A step cannot be carried out; the message says why, and ``remedy`` what to do. Nothing of it was done."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.remedy = remedy


def nowhere(path: str) -> bool:
    """Whether not even the folder of this path exists.

    :raises Refusal: as ``locate`` does
    """
    place = locate(path)
    if place is not None:
        os.close(place.folder)
    return place is None


def read(path: str) -> Optional[File]:
    """A regular file with what must not move (mode, owner, extended attributes); None if there is none.

    :raises Refusal: it is something else than a regular file, is too large, or must not be read, or a link to nothing
    """
    place = locate(path)
    if place is None:
        return None
    with place:
        file = _read(place)
    if file is None and place.link is not None:
        raise dangling(path)
    return file


def _read(place: Place) -> Optional[File]:
    try:
        descriptor = _opened(place)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refusal(
            place.path, f"cannot be read: {error.strerror}", "Give the right path, or run with become"
        ) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refusal(place.path, "is not a regular file", "Give the path of the file itself")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise Refusal(
                place.path,
                f"is larger than {LARGEST} bytes",
                "It cannot be what the option says; give the right path",
            )
        names = os.fstat(descriptor).st_nlink
        why = held(descriptor, place.folder, place.path)
        return File(content, attributes_of(descriptor), place.link, names, why)
    finally:
        os.close(descriptor)


def _opened(place: Place) -> int:
    """The file for reading, whatever it is by now: no link is followed, and nobody waits for a pipe."""
    return os.open(
        place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place.folder
    )


def attributes_of(descriptor: int) -> str:
    """What of an open file must not move besides its content: mode, owner, extended attributes."""
    status = os.fstat(descriptor)
    extended = sorted(extended_of(descriptor).items())
    parts = [f"{stat.S_IMODE(status.st_mode):04o} {status.st_uid}:{status.st_gid}"]
    return " ".join(parts + [f"{_quoted(name)}={value.hex()}" for name, value in extended])


def extended_in(attributes: str) -> Dict[str, bytes]:
    """The extended attributes of which ``attributes_of`` told.

    :raises ValueError: they cannot be read
    """
    told = (each.rpartition("=") for each in attributes.split(" ")[2:])
    return {_unquoted(name): bytes.fromhex(value) for name, _equals, value in told}


def _quoted(name: str) -> str:
    """The name of an extended attribute, without spaces. One that has none, nor a percent sign, is as it was."""
    return name.replace("%", "%25").replace(" ", "%20")


def _unquoted(name: str) -> str:
    return name.replace("%20", " ").replace("%25", "%")


def extended_of(descriptor: int) -> Dict[str, bytes]:
    """Extended attributes: ACLs, SELinux labels and the like. A file system without them has none."""
    try:
        return {name: os.getxattr(descriptor, name) for name in os.listxattr(descriptor)}
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.EPERM):
            return {}
        raise


def write(path: str, before: Optional[str], content: bytes) -> None:
    """Replace the file whose SHA-256 is ``before`` (None: there is none) in one instant, keeping all but content.

    :raises Stop: the file is not what it was planned from, or cannot be replaced as it should be
    """
    place = locate(path)
    if place is None:
        raise Stop(f"{path}: its folder does not exist")
    with place:
        ready = READY.format(place.name)
        try:
            _remove(place.folder, ready)
            _make_ready(place, ready, content)
            _check(place, path, before)
            os.rename(ready, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
            os.fsync(place.folder)
        except (OSError, Stop, Refusal) as error:
            with suppress(OSError):
                _remove(place.folder, ready)
            raise Stop(f"{path}: {_reason(error)}" if isinstance(error, OSError) else str(error)) from error


def remove(path: str, before: Optional[str]) -> None:
    """Remove the file whose SHA-256 is ``before``, and one that a killed write left beside it.

    :raises Stop: the file is not what it was planned from
    """
    place = locate(path)
    if place is None:
        return
    with place:
        _check(place, path, before)
        try:
            _remove(place.folder, READY.format(place.name))
            _remove(place.folder, place.name)
            os.fsync(place.folder)
        except OSError as error:
            raise Stop(f"{path}: {_reason(error)}") from error


def sweep(path: str) -> None:
    """Remove what a killed write left beside a file.

    :raises Stop: it cannot be removed
    """
    place = locate(path)
    if place is None:
        return
    with place:
        try:
            _remove(place.folder, READY.format(place.name))
        except OSError as error:
            raise Stop(f"{path}: what a write left beside it stays: {_reason(error)}") from error


def _check(place: Place, path: str, before: Optional[str]) -> None:
    present = _read(place)
    if (None if present is None else present.sha256) != before:
        raise Stop(f"{path}: somebody changed it between look and write; it was left untouched")


def _make_ready(place: Place, ready: str, content: bytes) -> None:
    """Write the new file beside the old one, with the old one's mode, owner and extended attributes."""
    descriptor = os.open(
        ready, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=place.folder
    )
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()  # before the rest: a write takes capabilities and set-id bits away
        _inherit(place, descriptor)
        os.fsync(descriptor)


def _inherit(place: Place, descriptor: int) -> None:
    try:
        old = _opened(place)
    except FileNotFoundError:
        os.fchmod(descriptor, 0o644)
        return
    try:
        status = os.fstat(old)
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            raise Stop(f"{place.path}: {SEVERAL_NAMES.format(status.st_nlink)}")
        with suppress(OSError):  # what could not be done shows in the comparison
            _copy_attributes(old, descriptor, status)
        if attributes_of(descriptor) != attributes_of(old):
            raise Stop(f"{place.path}: its mode, owner or extended attributes cannot be kept by this user")
    finally:
        os.close(old)


def _copy_attributes(old: int, new: int, status: os.stat_result) -> None:
    mine = os.fstat(new)
    if (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(new, status.st_uid, status.st_gid)
    wanted, inherited = extended_of(old), extended_of(new)
    for name in inherited:  # an access list that the folder gives to new files
        if name not in wanted:
            os.removexattr(new, name)
    os.fchmod(new, stat.S_IMODE(status.st_mode))
    for name, value in wanted.items():
        if inherited.get(name) != value:
            os.setxattr(new, name, value)


def _remove(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _reason(error: OSError) -> str:
    if error.errno == errno.EBUSY:
        return "it is mounted by itself (a container does that) and cannot be replaced; manage it outside"
    if error.errno == errno.EPERM:
        return "replacing it is not permitted; see whether it is immutable (lsattr)"
    return f"cannot be replaced: {error.strerror}"
