# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of files of a POSIX workstation with all that they are besides their content: on disk, and read back."""

import errno
import os
from contextlib import suppress
from typing import Dict, NamedTuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Kept
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop, extended_in, extended_of
from ansible_collections.hkex.drill.plugins.module_utils.posix.trees import Reading

BACKUP = "Restore the report from a backup"
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write(content: Reading, folder: int, name: str, kept: Kept, where: str) -> None:
    """A new file with this content, attributes and time, read back from what was written.

    :param folder: open
    :param where: whose copy it is, for the message
    :raises OSError: the file is there, or this user may not give it what the other has
    :raises Stop: it is not what it should be
    """
    try:
        wanted = _Attributes.read(kept.attributes)
    except ValueError:
        raise Stop(
            f"{where}: nobody can read what mode, owner and attributes it had ({kept.attributes});"
            " nothing was moved",
            f"Copy {where} there by hand",
        ) from None
    descriptor = os.open(name, _NEW, 0o600, dir_fd=folder)
    try:
        content.stamp(into=descriptor)
        _give(descriptor, wanted)
        os.utime(descriptor, ns=(kept.mtime_ns, kept.mtime_ns))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with Reading(folder, name) as written:
        if written.stamp().sha256 != kept.sha256:
            raise Stop(f"{where}: its copy is not what it should be, or damaged; nothing was moved", BACKUP)


class _Attributes(NamedTuple):
    """What ``attributes_of`` told of a file."""

    mode: int
    user: int
    group: int
    extended: Dict[str, bytes]

    @classmethod
    def read(cls, told: str) -> "_Attributes":
        """:raises ValueError: it cannot be read"""
        mode, owner = told.split(" ")[:2]
        user, group = owner.split(":")
        return cls(int(mode, 8), int(user), int(group), extended_in(told))


def _give(descriptor: int, wanted: _Attributes) -> None:
    """Mode, owner and extended attributes.

    :raises OSError: this user may not give them
    """
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (wanted.user, wanted.group):
        os.fchown(descriptor, wanted.user, wanted.group)
    os.fchmod(descriptor, wanted.mode)
    inherited = extended_of(descriptor)
    for name in (
        inherited.keys() - wanted.extended.keys()
    ):  # an access list that the folder gives to new files
        with suppress(OSError):  # a label that the system gives to every file stays
            os.removexattr(descriptor, name)
    for name, value in wanted.extended.items():
        try:
            if inherited.get(name) != value:
                os.setxattr(descriptor, name, value)
        except OSError as error:
            if error.errno != errno.ENOTSUP:  # a quarantine's file system may have none
                raise
