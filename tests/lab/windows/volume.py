# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a simulated Windows workstation: case kept and not told apart, replaced in one instant, moved."""

from __future__ import annotations

import fnmatch
import hashlib
import ntpath
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

NEW, OLD = ".hkex-drill-new", ".hkex-drill-old"
IN_USE = "it is used by another program (0x80070020)"
INHERITED = "O:BAG:SYD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)"


class Stop(Exception):
    """A step cannot be carried out as it stands."""


@dataclass(frozen=True)
class WindowsFile:
    """A file with what must not move.

    :param locked: another program holds it: it can be read and not replaced
    :param closed: another program lets nobody read it either
    :param written: ticks of 100 ns since the year 1
    :param link: it is a junction or symbolic link, which nobody follows
    """

    content: bytes
    attributes: tuple[str, ...] = ()
    sddl: str = INHERITED
    streams: tuple[tuple[str, bytes], ...] = ()
    locked: bool = False
    written: int = field(default=0, compare=False)  # every write moves it
    link: bool = False
    closed: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def stamp(self) -> dict[str, Any]:
        digest = "" if self.closed else self.sha256
        return {"size": len(self.content), "written": self.written, "sha256": digest}

    def told(self) -> dict[str, str]:
        names = ", ".join(self.attributes) or "Normal"
        return {"content": b64encode(self.content).decode(), "attributes": f"{names}; {self.sddl}"}


def _way(folder: str) -> Iterator[str]:
    """A folder and all those on the way to it."""
    while folder != ntpath.dirname(folder):
        yield folder
        folder = ntpath.dirname(folder)
    yield folder


class Volume:
    """``during``, if set, is told of each stage of a replacement: it may raise, as a power failure does."""

    def __init__(self, folders: Iterable[str]) -> None:
        self.folders: dict[str, str] = {}  # owner, group and access of each
        for folder in folders:
            self.folders |= {each.lower(): INHERITED for each in _way(folder)}
        self.during: Callable[[str, str], None] = lambda stage, path: None
        self._files: dict[str, tuple[str, WindowsFile]] = {}

    def file(self, path: str) -> WindowsFile | None:
        return self._files.get(path.lower(), (path, None))[1]

    def put(self, path: str, file: WindowsFile | None) -> None:
        """Make it so, as another program would; None removes it."""
        if file is None:
            self._files.pop(path.lower(), None)
        else:
            known = self._files.get(path.lower(), (path, file))[0]
            self._files[path.lower()] = (known, file)
            for folder in _way(ntpath.dirname(path)):
                self.folders.setdefault(folder.lower(), INHERITED)

    def all(self) -> dict[str, WindowsFile]:
        return dict(self._files.values())

    def seen(self, path: str) -> WindowsFile | None:
        """The file, or what a cut-off write left under its backup's name."""
        return self.file(path) or self.file(path + OLD)

    def tidy(self, path: str) -> None:
        """Put back what a cut-off write took away, and remove what it left."""
        old = self.file(path + OLD)
        if old is not None and self.file(path) is None:
            self.put(path, old)
        self.put(path + OLD, None)
        self.put(path + NEW, None)

    def guarded(self, path: str, before: str | None) -> WindowsFile | None:
        """The file, whose SHA-256 must be ``before``.

        :raises Stop: it is another one
        """
        file = self.file(path)
        if file is not None and file.link:
            raise Stop(f"{path}: is a junction or symbolic link, and is not followed")
        self.tidy(path)
        file = self.file(path)
        if file is not None and file.closed:
            raise Stop(f"{path}: {IN_USE}")
        if (None if file is None else file.sha256) != before:
            raise Stop(f"{path}: somebody changed it between look and write; it was left untouched")
        return file

    def replace(self, path: str, before: str | None, content: bytes) -> None:
        """What File.Replace does: the old one goes under the backup's name, then the new one takes its place.

        :raises Stop: it cannot be
        """
        old = self.guarded(path, before)
        if ntpath.dirname(path).lower() not in self.folders:
            raise Stop(f"{path}: its folder does not exist")
        if old is not None and old.locked:
            raise Stop(f"{path}: {IN_USE}")
        new = WindowsFile(content) if old is None else replace(old, content=content, written=old.written + 1)
        self.put(path + NEW, new)
        self.during("ready", path)
        if old is not None:
            self.put(path + OLD, old)
            self.put(path, None)
            try:
                self.during("away", path)
            except Stop:  # ERROR_UNABLE_TO_MOVE_REPLACEMENT_2: the old one stands under the backup's name
                self.tidy(path)
                raise
        self.put(path, new)
        self.put(path + NEW, None)
        self.during("replaced", path)
        self.put(path + OLD, None)

    def move(self, path: str, stamp: Mapping[str, Any], to: str | None) -> None:
        """Move the file with this stamp to where nothing is; None removes it.

        :raises Stop: it is another one, or something is there
        """
        file = self.file(path)
        if file is not None and file.closed:
            raise Stop(f"{path}: {IN_USE}")
        if file is None or file.link or file.stamp != stamp:
            raise Stop(f"{path}: somebody changed it between look and move; it was left where it is")
        if to is not None and (self.file(to) is not None or to.lower() in self.folders):
            raise Stop(f"{to}: something is there already; {path} was left where it is")
        self.put(path, None)
        if to is not None:
            self.put(to, file)

    def make(self, path: str) -> None:
        """Make a folder, unless it is there, with the access that the folder above gives.

        :raises Stop: a link is on the way, or something else is there
        """
        self._no_link(path)
        if path.lower() in self.folders:
            return
        if self.file(path) is not None:
            raise Stop(f"{path}: is a file, where a folder is to be made")
        above = ntpath.dirname(path)
        if above.lower() not in self.folders:
            raise Stop(f"{path}: its folder does not exist")
        self.during("hold", above)
        self._no_link(path)  # from now on the folder above is held
        self.folders[path.lower()] = self.folders[above.lower()]

    def prune(self, path: str, itself: bool) -> None:
        """Remove the empty folders below a folder, and that folder ``itself``. What cannot be removed stays."""
        below = path.lower() + "\\"
        inner = [folder for folder in self.folders if folder.startswith(below)]
        with suppress(Stop):
            self._no_link(path)
            if inner:
                self.during("hold", path)
                self._no_link(path)  # from now on the folder is held
            # The deepest first: what is in a folder is longer than the folder.
            for folder in (*sorted(inner, key=len, reverse=True), *([path.lower()] if itself else [])):
                used = (*self.folders, *self._files)
                if not any(place.startswith(folder + "\\") for place in used) and folder not in self._files:
                    self.folders.pop(folder, None)

    def _no_link(self, path: str) -> None:
        for place in _way(path):
            file = self.file(place)
            if file is not None and file.link:
                raise Stop(
                    f"{path}: is not followed, because {place} is a junction or symbolic link. Give the real path"
                )

    def tree(self, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """What is below a folder and not known; None: there is no such folder.

        :raises Stop: a link leads to it
        """
        self._no_link(asked["path"])
        folder = asked["path"].lower()
        if folder not in self.folders:
            return None
        below = {
            path[len(folder) + 1 :]: file
            for path, file in self.all().items()
            if path.lower().startswith(folder + "\\")
        }
        files = {name: file for name, file in below.items() if not file.link}
        unread = {name: file for name, file in files.items() if _unread(asked, name, file)}
        amount = {"files": len(files), "bytes": sum(len(file.content) for file in unread.values())}
        if amount["files"] > asked["most"]["files"] or amount["bytes"] > asked["most"]["bytes"]:
            return amount
        return {
            "stamps": {name: file.stamp for name, file in unread.items()},
            "gone": sorted(set(asked["known"]) - set(files)),
            "links": sorted(set(below) - set(files)),
        }


def _unread(asked: Mapping[str, Any], name: str, file: WindowsFile) -> bool:
    """Whether a file has to be read: it is known and not the same any more, or not known and its name fits."""
    known = asked["known"].get(name)
    if known is not None:
        return any(known[part] != file.stamp[part] for part in ("size", "written"))
    patterns = asked["patterns"] or ["*"]
    return any(fnmatch.fnmatch(ntpath.basename(name).lower(), each.lower()) for each in patterns)
