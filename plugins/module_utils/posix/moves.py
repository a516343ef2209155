# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a POSIX workstation taken away, or what they overwrote put back: each whole, whenever a run is killed.

A file is where it was, or where it was moved to, or both. On the way to another file system it is copied, written to
disk, read back and only then removed.
"""

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import Iterator, NamedTuple, Optional

from ansible_collections.hkex.drill.plugins.module_utils.model import Kept, Move, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import trees
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import (
    READY,
    Stop,
    attributes_of,
    extended_of,
)
from ansible_collections.hkex.drill.plugins.module_utils.posix.trees import Reading

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class _Place(NamedTuple):
    """A name in an open folder."""

    folder: int
    name: str

    def status(self) -> Optional[os.stat_result]:
        with suppress(FileNotFoundError):
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        return None


@contextmanager
def _place(path: str) -> Iterator[_Place]:
    """The place of a path, to which no link leads."""
    above, _separator, name = path.rpartition("/")
    folder = trees.opened(above)
    if folder is None:
        raise Stop(f"{path}: its folder does not exist")
    try:
        yield _Place(folder, name)
    finally:
        os.close(folder)


def move(step: Move, blobs: str) -> None:
    """Carry out a move.

    :param blobs: the folder of the kept contents
    :raises Stop: the file is not the one that was looked at, or cannot be moved; it is where it was
    """
    try:
        with _place(step.path) as source, _known(step, source) as file:
            if step.instead is not None:
                _replace(step, source, file, blobs)
            elif step.to is None:
                _still(step, source, file)
                os.unlink(source.name, dir_fd=source.folder)
            else:
                _away(step, source, file)
    except Refusal as refusal:
        raise Stop(str(refusal)) from None
    except OSError as error:
        raise Stop(f"{step.path}: cannot be moved: {error.strerror}; it was left where it is") from error


@contextmanager
def _known(step: Move, source: _Place) -> Iterator[Reading]:
    """The file, open, if it is the one that was looked at."""
    try:
        with Reading(source.folder, source.name) as file:
            status = os.fstat(file.descriptor)
            same = (status.st_size, status.st_mtime_ns) == (step.stamp.size, step.stamp.mtime_ns)
            if not same or file.stamp().sha256 != step.stamp.sha256:
                raise _changed(step)
            yield file
    except FileNotFoundError:
        raise _changed(step) from None


def _changed(step: Move) -> Stop:
    return Stop(f"{step.path}: somebody changed it between look and move; it was left where it is")


def _still(step: Move, source: _Place, file: Reading) -> None:
    """The name still leads to the file that was read, to which nobody has written since."""
    now, read = source.status(), os.fstat(file.descriptor)
    if now is None or (now.st_dev, now.st_ino) != (read.st_dev, read.st_ino):
        raise _changed(step)
    if (read.st_size, read.st_mtime_ns) != (step.stamp.size, step.stamp.mtime_ns):
        raise _changed(step)


def _free(step: Move, target: _Place) -> None:
    if target.status() is not None:
        raise Stop(f"{step.to}: something is there already; {step.path} was left where it is")


def _away(step: Move, source: _Place, file: Reading) -> None:
    with _place(str(step.to)) as target:
        _free(step, target)
        _still(step, source, file)
        if os.fstat(target.folder).st_dev == os.fstat(source.folder).st_dev:
            # Not synced: a power cut leaves the one name or the other, and the journal's end, which is, comes after.
            os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
            return
        _copy(step, file, target)
        os.fsync(target.folder)
        _still(step, source, file)
        os.unlink(source.name, dir_fd=source.folder)


def _replace(step: Move, source: _Place, file: Reading, blobs: str) -> None:
    """Put the kept file in the place of the one that is taken away, in one instant."""
    kept: Optional[Kept] = step.instead
    if kept is None:
        return
    if step.to is not None:
        with _place(step.to) as target:
            _free(step, target)
            _copy(step, file, target)
            os.fsync(target.folder)
    ready = _Place(source.folder, READY.format(source.name))
    with suppress(FileNotFoundError):
        os.unlink(ready.name, dir_fd=ready.folder)
    try:
        with _place(f"{blobs}/{kept.sha256}") as blob, Reading(*blob) as content:
            _write(content, ready, kept, f"{blobs}/{kept.sha256}")
        _still(step, source, file)
        os.rename(ready.name, source.name, src_dir_fd=source.folder, dst_dir_fd=source.folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(ready.name, dir_fd=ready.folder)
        raise


def _copy(step: Move, file: Reading, target: _Place) -> None:
    """A copy of the file, whole and on disk before it has its name."""
    part = _Place(target.folder, f"{target.name}.part")
    with suppress(FileNotFoundError):
        os.unlink(part.name, dir_fd=part.folder)
    kept = Kept(step.stamp.sha256, attributes_of(file.descriptor), step.stamp.mtime_ns)
    try:
        _write(file, part, kept, step.path)
        os.rename(part.name, target.name, src_dir_fd=part.folder, dst_dir_fd=target.folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(part.name, dir_fd=part.folder)
        raise


def _write(content: Reading, target: _Place, kept: Kept, where: str) -> None:
    """A new file with this content, attributes and time, read back from what was written."""
    descriptor = os.open(target.name, _NEW, 0o600, dir_fd=target.folder)
    try:
        content.stamp(into=descriptor)
        _give(descriptor, kept.attributes)
        os.utime(descriptor, ns=(kept.mtime_ns, kept.mtime_ns))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with Reading(target.folder, target.name) as written:
        if written.stamp().sha256 != kept.sha256:
            raise Stop(f"{where}: its copy is not what it should be, or damaged; nothing was moved")


def _give(descriptor: int, attributes: str) -> None:
    """Mode, owner and extended attributes as ``attributes_of`` tells them.

    :raises OSError: this user may not give them
    """
    mode, owner, *more = attributes.split(" ")
    user, _colon, group = owner.partition(":")
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (int(user), int(group)):
        os.fchown(descriptor, int(user), int(group))
    os.fchmod(descriptor, int(mode, 8))
    wanted = {name: bytes.fromhex(value) for name, _equals, value in (each.rpartition("=") for each in more)}
    inherited = extended_of(descriptor)
    for name in inherited.keys() - wanted.keys():  # an access list that the folder gives to new files
        with suppress(OSError):  # a label that the system gives to every file stays
            os.removexattr(descriptor, name)
    for name, value in wanted.items():
        try:
            if inherited.get(name) != value:
                os.setxattr(descriptor, name, value)
        except OSError as error:
            if error.errno != errno.ENOTSUP:  # a quarantine's file system may have none
                raise


def make(path: str) -> None:
    """Make a folder, unless it is there, private to the owner of the folder above.

    :raises Stop: something else is there, or it cannot be made
    """
    try:
        with _place(path) as place:
            there = place.status()
            if there is not None and stat.S_ISDIR(there.st_mode):
                return
            os.mkdir(place.name, 0o700, dir_fd=place.folder)
            above = os.fstat(place.folder)
            folder = os.open(
                place.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place.folder
            )
            try:
                if trees.names(folder):  # never give away one that was put in its place
                    raise Stop(f"{path}: somebody put something else there in this instant")
                if os.fstat(folder).st_uid != above.st_uid or os.fstat(folder).st_gid != above.st_gid:
                    os.fchown(folder, above.st_uid, above.st_gid)
                os.fchmod(folder, 0o700)
            finally:
                os.close(folder)
            os.fsync(place.folder)
    except Refusal as refusal:
        raise Stop(str(refusal)) from None
    except OSError as error:
        raise Stop(f"{path}: cannot be made: {error.strerror}") from error


def prune(path: str, itself: bool) -> None:
    """Remove the empty folders below a folder, and that folder ``itself``. What cannot be removed stays."""
    with suppress(OSError, Refusal, Stop), _place(path) as place:
        folder = trees.opened(path)
        if folder is None:
            return
        try:
            _prune(folder, trees.DEEPEST)
        finally:
            os.close(folder)
        if itself:
            os.rmdir(place.name, dir_fd=place.folder)


def _prune(folder: int, depth: int) -> None:
    for name in trees.names(folder) if depth else ():
        with suppress(OSError):
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                _prune(inner, depth - 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
