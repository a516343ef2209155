# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of a POSIX workstation taken away, or what they overwrote put back: each whole, whenever a run is killed.

A file is where it was, or where it was moved to, or both: it gets its new name before it loses the old one, and never
one that another file has. To another file system it is copied, written to disk and read back.
"""

import errno
import os
from contextlib import contextmanager, suppress
from typing import Iterator, Optional

from ansible_collections.hkex.drill.plugins.module_utils.model import Kept, Move, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import copies, machine
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop, attributes_of
from ansible_collections.hkex.drill.plugins.module_utils.posix.names import (
    AT_WORK,
    Place,
    exchange,
    link,
    placed,
    rename,
)
from ansible_collections.hkex.drill.plugins.module_utils.posix.trees import Reading

_NOT_MOVED = "{}: cannot be moved: {}; it was left where it is"
_AGAIN = "Remove the cause, and run it again"
_IN_USE = "Close what uses it, and run it again"
_REMEDIES = {
    errno.EROFS: "Mount it for writing, and run it again",
    errno.EACCES: "Run with become",
    errno.EPERM: "Run with become, or see whether it is immutable (lsattr)",
    errno.EXDEV: "Run with become, or give a state_dir on the volume of the folders",
    errno.EBUSY: _IN_USE,
}


class _Owned(PermissionError):
    """No other name can be given to a file of another user's (fs.protected_hardlinks), nor its owner to a copy."""


def move(step: Move, blobs: str) -> None:
    """Carry out a move.

    :param blobs: the folder of the kept contents
    :raises Stop: the file is not the one that was looked at, or cannot be moved; it is where it was
    """
    try:
        with placed(step.path) as source, _known(step, source) as file:
            if step.instead is not None:
                _replace(step, source, file, step.instead, blobs)
            elif step.to is None:
                _gone(step, source, file)
            else:
                _away(step, step.to, source, file, blobs)
    except Refusal as refusal:
        raise Stop(f"{refusal.where}: {refusal.what}", refusal.remedy) from None
    except OSError as error:
        remedy = machine.make_room(error, step.path) or _REMEDIES.get(error.errno or 0, _AGAIN)
        raise Stop(_NOT_MOVED.format(step.path, error.strerror), remedy) from error


@contextmanager
def _known(step: Move, source: Place) -> Iterator[Reading]:
    """The file, open, if it is the one that was looked at."""
    try:
        reading = Reading(source.folder, source.name)
    except FileNotFoundError:
        raise _changed(step) from None
    with reading as file:
        status = os.fstat(file.descriptor)
        same = (status.st_size, status.st_mtime_ns) == (step.stamp.size, step.stamp.mtime_ns)
        if not same or file.stamp().sha256 != step.stamp.sha256:
            raise _changed(step)
        yield file


def _changed(step: Move) -> Stop:
    return Stop(f"{step.path}: somebody changed it between look and move; it was left where it is", _IN_USE)


def _taken(step: Move) -> Stop:
    return Stop(
        f"{step.to}: something is there already; {step.path} was left where it is",
        "Move one of them away, and run it again",
    )


def _is(one: Optional[os.stat_result], other: Optional[os.stat_result]) -> bool:
    return one is not None and other is not None and os.path.samestat(one, other)


def _same(now: Optional[os.stat_result], file: Reading) -> bool:
    return _is(now, os.fstat(file.descriptor))


def _still(step: Move, source: Place, file: Reading) -> None:
    """The name still leads to the file that was read, to which nobody has written since."""
    if not _unwritten(step, file) or not _same(source.status(), file):
        raise _changed(step)


def _unwritten(step: Move, file: Reading) -> bool:
    read = os.fstat(file.descriptor)
    return (read.st_size, read.st_mtime_ns) == (step.stamp.size, step.stamp.mtime_ns)


def _at_work(source: Place, file: Reading) -> Place:
    return source._replace(name=AT_WORK.format(f"{os.fstat(file.descriptor).st_ino:x}"))


def _gone(step: Move, source: Place, file: Reading) -> None:
    """Remove the file, and not another that takes its name in this instant: that one gets its name back."""
    _still(step, source, file)
    ours = _at_work(source, file)
    os.rename(source.name, ours.name, src_dir_fd=source.folder, dst_dir_fd=ours.folder)
    if not _same(ours.status(), file):
        with suppress(FileExistsError):  # there is yet another by now: both stay
            rename(ours, source)
        raise _changed(step)
    # Not synced: a power cut leaves the one name or the other, and the journal's end, which is, comes after.
    ours.remove()


def _away(step: Move, to: str, source: Place, file: Reading, blobs: str) -> None:
    try:
        with _second(step, to, source, file):
            _gone(step, source, file)
    except _Owned:
        # In the collection's own folder nobody else gives names, so that there none is taken by anybody meanwhile.
        if not to.startswith(os.path.dirname(blobs) + "/"):
            raise
        _renamed(step, to, source, file)


def _renamed(step: Move, to: str, source: Place, file: Reading) -> None:
    """The file under its new name alone, at once."""
    with placed(to) as target:
        if target.status() is not None:
            raise _taken(step)
        _still(step, source, file)
        os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
        if not _same(target.status(), file):
            with suppress(FileExistsError):  # there is yet another by now: both stay
                rename(target, source)  # pylint: disable=arguments-out-of-order
            raise _changed(step)


@contextmanager
def _second(step: Move, to: str, source: Place, file: Reading) -> Iterator[None]:
    """The file under its new name, too; only under the old one again if what follows cannot be done."""
    with placed(to) as target:
        try:
            _still(step, source, file)
            link(source, target)
        except FileExistsError:
            raise _taken(step) from None
        except OSError:  # on another file system (or mount), or on one that knows no second names
            try:
                _copy(step, file, target)
            except PermissionError as error:
                raise _Owned(error.errno, error.strerror) from None
        try:
            yield
        except BaseException:
            with suppress(OSError):
                target.remove()
            raise


def _replace(step: Move, source: Place, file: Reading, kept: Kept, blobs: str) -> None:
    """Put the kept file in the place of the one that is taken away, in one instant."""
    ready = _at_work(source, file)
    ours: Optional[os.stat_result] = None
    try:
        _make_ready(step, ready, kept, f"{blobs}/{kept.sha256}")
        ours = ready.status()
        if step.to is None:
            _over(step, source, file, ready)
        else:
            with _second(step, step.to, source, file):
                _over(step, source, file, ready)
        with suppress(OSError):  # what came out is the next run's to take away then
            ready.remove()
    except BaseException:
        with suppress(OSError):
            if ours is None or _is(ready.status(), ours):
                ready.remove()
        raise


def _make_ready(step: Move, ready: Place, kept: Kept, blob: str) -> None:
    ready.remove()
    with placed(blob) as place:
        try:
            content = Reading(*place)
        except FileNotFoundError:
            raise Stop(
                f"{step.path}: its copy {blob} is missing; it was left as it is", copies.BACKUP
            ) from None
        with content:
            copies.write(content, *ready, kept, blob)


def _over(step: Move, source: Place, file: Reading, ready: Place) -> None:
    """Let what is ready and the file change places, if it is this file and no other that comes out."""
    ours = ready.status()
    _still(step, source, file)
    if not exchange(ready, source):  # a file that comes in this instant is lost then
        os.rename(ready.name, source.name, src_dir_fd=ready.folder, dst_dir_fd=source.folder)
    elif not _same(ready.status(), file) or not _unwritten(step, file):
        _give_back(source, ready, ours)
        raise _changed(step)


def _give_back(source: Place, ready: Place, ours: Optional[os.stat_result]) -> None:
    """What came out gets its name back. If yet another has that by now, it is the newest and keeps it; what came out
    stays beside it then, for the next run.
    """
    try:
        exchange(ready, source)
        if not _is(ready.status(), ours):
            exchange(ready, source)
    except FileNotFoundError:  # nothing has the name any more
        with suppress(FileExistsError):
            rename(ready, source)


def _copy(step: Move, file: Reading, target: Place) -> None:
    """A copy of the file, whole and on disk before it has its name."""
    # By its content: its inode is that of what may lie there ready to take its place.
    part = target._replace(name=AT_WORK.format(step.stamp.sha256))
    part.remove()
    kept = Kept(step.stamp.sha256, attributes_of(file.descriptor), step.stamp.mtime_ns)
    try:
        copies.write(file, *part, kept, step.path)
        rename(part, target)
    except FileExistsError:
        raise _taken(step) from None
    except OSError as error:
        remedy = machine.make_room(error, step.to or "")
        if not remedy:
            raise
        raise Stop(_NOT_MOVED.format(step.path, error.strerror), remedy) from error
    finally:
        with suppress(OSError):
            part.remove()
    os.fsync(target.folder)
