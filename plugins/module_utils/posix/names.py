# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in open folders of a POSIX workstation: given to files, and changed between two of them."""

import errno
import os
from contextlib import contextmanager, suppress
from typing import Iterator, NamedTuple, Optional

from ansible_collections.hkex.drill.plugins.module_utils.posix import trees
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

# What lies beside a file while it is at work, by a number: short, since names may be as long as they can be.
# One that a kill left is taken away by the next run (``CUT_OFF`` of the judgement).
AT_WORK = ".{}.hkex-drill"

_EXCHANGE = 2  # RENAME_EXCHANGE (renameat2(2), Linux 3.15)
# ENOSYS: an older kernel; EINVAL, ENOTSUP: this file system. A container's filter may say EPERM of calls it does not
# know; where it really is not permitted, the rename that follows says so again.
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


class Place(NamedTuple):
    """A name in an open folder."""

    folder: int
    name: str

    def status(self) -> Optional[os.stat_result]:
        with suppress(FileNotFoundError):
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        return None

    def remove(self) -> None:
        """Remove what has this name, if anything has."""
        with suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder)


@contextmanager
def placed(path: str) -> Iterator[Place]:
    """The place of a path, to which no link leads."""
    above, _separator, name = path.rpartition("/")
    folder = trees.opened(above)
    if folder is None:
        raise Stop(f"{path}: its folder does not exist", "Remove the cause, and run it again")
    try:
        yield Place(folder, name)
    finally:
        os.close(folder)


def link(source: Place, target: Place) -> None:
    """Give a file a second name.

    :raises FileExistsError: another file has that name
    :raises OSError: the file system knows no second names, or is another one
    """
    os.link(
        source.name,
        target.name,
        src_dir_fd=source.folder,
        dst_dir_fd=target.folder,
        follow_symlinks=False,
    )


def rename(source: Place, target: Place) -> None:
    """Give a file another name on its file system.

    :raises FileExistsError: another file has that name
    """
    try:
        link(source, target)
    except FileExistsError:
        raise
    except OSError:  # the file system knows no second names
        if target.status() is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)
    else:
        source.remove()


def exchange(one: Place, other: Place) -> bool:
    """Let two files change names in one instant; False: that is not known here, and nothing was done.

    :raises OSError: it cannot be done
    """
    try:
        import ctypes

        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (ImportError, AttributeError):  # a Python without ctypes, or a C library from before 2018
        return False
    if call(one.folder, os.fsencode(one.name), other.folder, os.fsencode(other.name), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number))
