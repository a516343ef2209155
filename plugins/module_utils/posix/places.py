# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a path of a POSIX workstation really leads, without ever following a link that an ordinary user made.

A path is walked component by component through folder descriptors, so that a folder swapped for a link in between
is noticed by the kernel, not by luck.
"""

import os
import stat
from typing import NamedTuple, Optional

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

LINKS = 40  # as many as the kernel follows


class Place(NamedTuple):
    """A file's real folder, open, and its name there; ``link`` is its real path if a symbolic link led to it."""

    folder: int
    name: str
    path: str
    link: Optional[str]

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self.folder)


def locate(path: str) -> Optional[Place]:
    """Open the folder that really holds ``path``; None if a folder on the way does not exist.

    Links are followed only if root or the user of this process made them: anybody else could have us write
    anywhere.

    :raises Refusal: a link on the way is somebody else's, or something on the way is no folder or not to be entered
    """
    if not os.path.isabs(path):
        raise Refusal(path, "is not an absolute path", "Give the path from the root, such as /etc/hosts")
    todo = [part for part in path.split("/") if part not in ("", ".")][::-1]
    folder, walked, linked, links = os.open("/", os.O_RDONLY | os.O_DIRECTORY), "", False, 0
    try:
        while todo:
            name = todo.pop()
            target = _link_target(folder, name, f"{walked}/{name}")
            if target is not None:
                links += 1
                if links > LINKS:
                    raise Refusal(path, "leads through too many symbolic links", "Give the real path")
                linked = linked or not todo
                todo += [part for part in target.split("/") if part not in ("", ".")][::-1]
                if target.startswith("/"):
                    folder, walked = _step(folder, "/"), ""
            elif todo:
                folder, walked = _step(folder, name), f"{walked}/{name}"
            else:
                real = os.path.normpath(f"{walked}/{name}")
                return Place(folder, name, real, real if linked else None)
    except FileNotFoundError:
        os.close(folder)
        if linked:
            raise dangling(path) from None
        return None
    except NotADirectoryError:
        os.close(folder)
        raise Refusal(path, f"{walked}/{name} is not a folder", "Give the path of a file") from None
    except (OSError, ValueError) as error:
        os.close(folder)
        raise Refusal(
            path, f"cannot be reached: {_why(error)}", "Correct the path, or run with become"
        ) from error
    except BaseException:
        os.close(folder)
        raise
    os.close(folder)
    raise Refusal(path, "is the root folder", "Give the path of a file")


def dangling(path: str) -> Refusal:
    """For a link to nothing: a program that is not at work now makes what it leads to; that is not ours to make."""
    return Refusal(
        path,
        "is a symbolic link that leads to nothing",
        "Start the program that keeps it, or put the file itself in its place",
    )


def _step(folder: int, name: str) -> int:
    """Go on into a folder (never through a link) and close the one behind."""
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    os.close(folder)
    return inner


def _link_target(folder: int, name: str, path: str) -> Optional[str]:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISLNK(status.st_mode):
        return None
    if status.st_uid not in (0, os.geteuid()):
        raise Refusal(
            path,
            f"is a symbolic link that user {status.st_uid} made, and is not followed",
            "Replace it by what it leads to, or give the real path",
        )
    return os.readlink(name, dir_fd=folder)


def _why(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)
