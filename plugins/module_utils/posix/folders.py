# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders of a POSIX workstation made for a drill, and removed once they are empty."""

import os
import stat
from contextlib import suppress

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import machine, trees
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.names import AT_WORK, Place, placed

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def make(path: str) -> None:
    """Make a folder, unless it is there, private to the owner of the folder above.

    :raises Stop: something else is there, or it cannot be made
    """
    try:
        with placed(path) as place:
            there = place.status()
            if there is not None and stat.S_ISDIR(there.st_mode):
                return
            if there is not None:
                raise Stop(f"{path}: something that is no folder is there already")
            _made_whole(place, path)
            os.fsync(place.folder)
    except Refusal as refusal:
        raise Stop(str(refusal)) from None
    except OSError as error:
        become = "Run with become" if isinstance(error, PermissionError) else ""
        remedy = machine.make_room(error, path) or become
        raise Stop(f"{path}: cannot be made: {error.strerror}", remedy) from error


def _made_whole(place: Place, path: str) -> None:
    """It has its name once all else about it is right. What a kill leaves instead, the next run takes away."""
    above = os.fstat(place.folder)
    ready = place._replace(name=AT_WORK.format(f"{above.st_ino:x}"))
    with suppress(FileNotFoundError):
        os.rmdir(ready.name, dir_fd=place.folder)
    os.mkdir(ready.name, 0o700, dir_fd=place.folder)
    try:
        folder = os.open(ready.name, _FOLDER, dir_fd=place.folder)
        try:
            if trees.names(folder):  # never give away one that was put in its place
                raise Stop(f"{path}: somebody put something else there in this instant")
            if (os.fstat(folder).st_uid, os.fstat(folder).st_gid) != (above.st_uid, above.st_gid):
                os.fchown(folder, above.st_uid, above.st_gid)
            os.fchmod(folder, 0o700)
        finally:
            os.close(folder)
        # Over nothing that is more than an empty folder: the kernel refuses that.
        os.rename(ready.name, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    except BaseException:
        with suppress(OSError):
            os.rmdir(ready.name, dir_fd=place.folder)
        raise


def prune(path: str, itself: bool) -> None:
    """Remove the empty folders below a folder, and that folder ``itself``. What cannot be removed stays."""
    with suppress(OSError, Refusal, Stop), placed(path) as place:
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
            inner = os.open(name, _FOLDER, dir_fd=folder)
            try:
                _prune(inner, depth - 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
