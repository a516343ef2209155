# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders of a POSIX workstation with all that is below them, looked at without following a single link.

Every folder is opened by its name in the open folder above it, so that one swapped for a link is noticed by the
kernel. Another file system below a folder is not entered. Files are read in pieces, so that memory stays small.
"""

import errno
import hashlib
import os
import stat
from contextlib import suppress
from typing import Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import matcher
from ansible_collections.hkex.drill.plugins.module_utils.model import Branch, Refusal, Stamp, Tree
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import attributes_of

DEEPEST = 100  # folders

PIECE = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Entry(NamedTuple):
    """Something in an open folder, and its path below the folder that is looked at."""

    folder: int
    name: str
    below: str
    status: os.stat_result


def look(
    tree: Tree,
    blob: Callable[[str], bytes],
    kept: Callable[[Stamp], bool] = lambda _stamp: False,
    bounded: bool = True,
) -> Optional[Branch]:
    """What below a folder is not as it is known; None: there is no such folder.

    :param blob: the kept content of a SHA-256
    :param kept: whether there is a copy of a file, as far as that shows without reading it
    :param bounded: whether it is held to the limits of a folder of reports
    :raises Refusal: it is no folder, a link leads to it, or there is too much in it
    """
    top = opened(tree.path)
    if top is None:
        return None
    try:
        known: Mapping[str, Stamp] = {}
        if tree.known:
            known = manifests.read(blob(tree.known), tree.known).folders.get(tree.path, {})
        looking = _Looking(tree, known, top)
        if bounded:
            looking.bounded()
        branch = looking.branch()
        changed = [below for below in branch.stamps if below in known] if tree.doubted else []
        return branch._replace(lost=frozenset(below for below in changed if not kept(known[below])))
    finally:
        os.close(top)


class _Looking:
    def __init__(self, tree: Tree, known: Mapping[str, Stamp], top: int) -> None:
        self._tree, self._known, self._top = tree, known, top
        self._matches = matcher(tree.patterns, "/")

    def branch(self) -> Branch:
        stamps = manifests.Files()
        attributes: Dict[str, str] = {}
        same: Dict[str, str] = {}  # most have the same attributes
        links: List[str] = []
        gone = set(self._known)
        for entry in self._entries():
            if not stat.S_ISREG(entry.status.st_mode):
                links.append(entry.below)
                continue
            gone.discard(entry.below)
            fits = bool(self._matches(entry.below))
            if not fits and self._same(entry, fits):
                continue
            told = self._told(entry, fits)
            if told is None:  # it went away meanwhile
                if entry.below in self._known:
                    gone.add(entry.below)
                continue
            if told[0] != self._known.get(entry.below):
                stamps[entry.below] = told[0]
            if told[1] is not None:
                attributes[entry.below] = same.setdefault(told[1], told[1])
        # Of most file systems this stays what it is when the workstation starts again; the number of a device may not.
        root = f"{os.fstatvfs(self._top).f_fsid:x}:{os.fstat(self._top).st_ino}"
        return Branch(stamps, frozenset(gone), tuple(sorted(links)), attributes, root=root)

    def _entries(self) -> Iterator[Entry]:
        return entries(self._top, self._tree.path)

    def _same(self, entry: Entry, fits: bool) -> bool:
        """Whether a file can be taken for what is known of it without reading it."""
        known = self._known.get(entry.below)
        if known is None or not known.sha256 or (fits and self._tree.doubted):
            return False
        return known == _stamp(entry.status, known.sha256)

    def _told(self, entry: Entry, fits: bool) -> Optional[Tuple[Stamp, Optional[str]]]:
        try:
            with Reading(entry.folder, entry.name) as file:
                attributes = attributes_of(file.descriptor) if fits and not self._tree.doubted else None
                if self._same(entry, fits):
                    return self._known[entry.below], attributes
                return file.stamp(), attributes
        except FileNotFoundError:
            return None
        except OSError:
            return _stamp(entry.status, ""), None

    def bounded(self) -> None:
        """Count before anything is read.

        :raises Refusal: there is too much to read
        """
        files = size = 0
        for entry in self._entries():
            if stat.S_ISREG(entry.status.st_mode):
                files += 1
                fits = bool(self._tree.doubted and self._matches(entry.below))
                size += 0 if self._same(entry, fits) else entry.status.st_size
        limits.hold(self._tree.path, files, size)


def _stamp(status: os.stat_result, sha256: str) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, sha256, status.st_ctime_ns)


class Reading:
    """An open regular file, and what it is known by.

    :raises OSError: it cannot be read, or is no regular file (or not any more)
    """

    def __init__(self, folder: int, name: str) -> None:
        self.descriptor = os.open(name, _FILE, dir_fd=folder)

    def __enter__(self) -> "Reading":
        if not stat.S_ISREG(os.fstat(self.descriptor).st_mode):
            os.close(self.descriptor)
            raise OSError(errno.EINVAL, "is no regular file")
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self.descriptor)

    def stamp(self, into: Optional[int] = None) -> Stamp:
        """Read it all, and write what was read ``into`` another file.

        :raises OSError: also when somebody wrote to it meanwhile
        """
        before = os.fstat(self.descriptor)
        digest = hashlib.sha256()
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        while True:
            piece = os.read(self.descriptor, PIECE)
            if not piece:
                break
            digest.update(piece)
            if into is not None:
                write(into, piece)
        after = os.fstat(self.descriptor)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise OSError(errno.EBUSY, "somebody is writing to it")
        return _stamp(before, digest.hexdigest())


def write(descriptor: int, content: bytes) -> None:
    """Write all of it."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def entries(top: int, path: str) -> Iterator[Entry]:
    """All below an open folder but the folders themselves. Who is done with an entry may remove it.

    :raises Refusal: folders lie in each other beyond any reason
    """
    device = os.fstat(top).st_dev
    yield from _below(top, "", device, path, 0)


def _below(folder: int, above: str, device: int, path: str, depth: int) -> Iterator[Entry]:
    if depth > DEEPEST:
        raise Refusal(path, f"has more than {DEEPEST} folders in each other", "Look at what made them")
    for name in names(folder):
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield Entry(folder, name, above + name, status)
            continue
        inner = _entered(folder, name, device)
        if inner is None:
            # As something that is no file: nobody goes there, and a person is told.
            yield Entry(folder, name, above + name, status)
            continue
        try:
            yield from _below(inner, f"{above}{name}/", device, path, depth + 1)
        finally:
            os.close(inner)


def names(folder: int) -> List[str]:
    """What is in an open folder, in order."""
    return sorted(os.listdir(folder))


def _entered(folder: int, name: str, device: int) -> Optional[int]:
    """A folder, opened; None: it is another file system's, or cannot be entered, or is none any more."""
    with suppress(OSError):
        inner = os.open(name, _FOLDER, dir_fd=folder)
        if os.fstat(inner).st_dev == device:
            return inner
        os.close(inner)
    return None


def opened(path: str) -> Optional[int]:
    """Open a folder without following any link on the way to it; None: there is no such folder.

    :raises Refusal: there is something else, or it cannot be entered
    """
    folder = os.open("/", _FOLDER)
    walked = ""
    for part in [part for part in path.split("/") if part]:
        walked += f"/{part}"
        try:
            inner = os.open(part, _FOLDER, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _no_folder(walked, error) from None
        finally:
            os.close(folder)
        folder = inner
    return folder


def _no_folder(path: str, error: OSError) -> Refusal:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        what = "is no folder, or a symbolic link, and none is followed"
        return Refusal(path, what, "Give the real path of the folder")
    return Refusal(path, f"cannot be entered: {error.strerror}", "Run with become")
