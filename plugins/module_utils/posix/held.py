# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a file from being replaced by another one, as far as it shows before somebody tries."""

import fcntl
import os
import struct
from contextlib import suppress
from typing import Optional, Tuple

# FS_IOC_GETFLAGS, and of its flags those that forbid a rename (ioctl_iflags(2)).
_GETFLAGS = 2 << 30 | struct.calcsize("l") << 16 | ord("f") << 8 | 1
_FLAGS = ((0x10, "immutable", "i"), (0x20, "append-only", "a"))


def held(file: int, folder: int, path: str) -> Optional[Tuple[str, str]]:
    """What holds the open file in its open folder, and what to do about it; None: nothing that shows."""
    if _mount(file) != _mount(folder):
        return (
            "is mounted by itself, as containers have it, and cannot be replaced",
            "Change the file that is mounted there, outside, or start the container without that mount",
        )
    if os.fstatvfs(folder).f_flag & os.ST_RDONLY:
        return "lies on a file system that is mounted read-only", "Mount it for writing"
    for descriptor, where in ((file, path), (folder, os.path.dirname(path))):
        flags = _flags(descriptor)
        for flag, what, letter in _FLAGS:
            if flags & flag:
                return (
                    f"cannot be replaced, because {where} is {what} (lsattr)",
                    f"Find out who wants it so, then chattr -{letter} {where}",
                )
    return None


def _mount(descriptor: int) -> Optional[bytes]:
    """The mount that a descriptor leads into (proc(5), fdinfo)."""
    with suppress(OSError), open(f"/proc/self/fdinfo/{descriptor}", "rb") as lines:
        return next((line for line in lines if line.startswith(b"mnt_id:")), None)
    return None


def _flags(descriptor: int) -> int:
    """The attributes of a file by chattr(1); 0 on a file system that has none."""
    with suppress(OSError):
        flags: int = struct.unpack_from("=I", fcntl.ioctl(descriptor, _GETFLAGS, bytes(8)))[0]
        return flags
    return 0
