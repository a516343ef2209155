# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a purge goes by: the baseline, what is found now, and what the last purge saw and left."""

from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Files, Manifest
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import Matcher
from ansible_collections.hkex.drill.plugins.module_utils.model import Branch, Stamp

GONE_FOLDER = "the folder is gone, and with it whatever the drill brought to it"
EMPTIED = "none of the files of the baseline is there any more, as if a volume were missing"
ANOTHER = "is another folder than at the baseline, as if a volume were missing now, or had been then"
FORGOTTEN = "is in the baseline, but not among the folders that were named, so nobody looked there"
EARLIER = (
    "was the rehearsal folder at an earlier baseline, and holds {} files, which nothing takes from there"
)
TAKE_FROM_THERE = "Move what is the drill's into the rehearsal folder, or remove it by hand, and run it again"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Settled(NamedTuple):
    """The folders that a purge has looked into: what came later is production's.

    ``left``: what it left there, by path. ``closed``: what it could not look into. ``undone``: by path what it was to
    take and did not; with a SHA-256 where it was cut off, and may have taken it. ``second``: the files of which no copy
    was made, but which were to be put back, because they were one with a report; with the SHA-256 that they had.
    """

    folders: FrozenSet[str] = frozenset()
    left: Mapping[str, Stamp] = {}
    closed: FrozenSet[str] = frozenset()
    undone: Mapping[str, str] = {}
    second: Mapping[str, str] = {}

    def write(self, more: Mapping[str, str]) -> bytes:
        """As a blob that says ``more``, too."""
        header = {**more, "closed": sorted(self.closed)}
        return manifests.text(header, sorted(self.folders), self._entries())

    def _entries(self) -> Iterator[List[Any]]:
        for path in sorted(self.left):
            yield ["left", path, *self.left[path]]
        for name, told in (("undone", self.undone), ("second", self.second)):
            for path in sorted(told):
                yield [name, path, told[path]]

    @classmethod
    def read(cls, content: bytes) -> "Settled":
        """That of a blob."""
        entries = manifests.told(content)
        header: Any = next(entries, None)
        left = Files()
        others: Dict[str, Dict[str, str]] = {"undone": {}, "second": {}}
        for name, path, *told in entries:
            if name == "left":
                left[path] = Stamp(*told)
            else:
                (others[name][path],) = told
        return cls(frozenset(header["folders"]), left, frozenset(header["closed"]), **others)


class Later:
    """Which of the files that are found in a folder that was looked into before were there then."""

    def __init__(self, settled: Settled, fold: Callable[[str], str], separator: str) -> None:
        self._fold, self._separator = fold, separator
        self._left = Files((fold(path), stamp) for path, stamp in settled.left.items())
        self._undone = {fold(path): digest for path, digest in settled.undone.items()}
        self._contents = {stamp.sha256 for stamp in settled.left.values()} - {"", EMPTY}
        self._closed = tuple(fold(path) + separator for path in settled.closed)
        self._second = {fold(path): digest for path, digest in settled.second.items()}

    def is_of_then(self, path: str, stamp: Stamp) -> bool:
        """Whether it was there, or where nobody could look, and was not taken."""
        path = self._fold(path)
        left = self._left.get(path)
        if left is not None and (left.size, left.mtime_ns) == (stamp.size, stamp.mtime_ns):
            return left.sha256 in ("", stamp.sha256) or not stamp.sha256
        if self._undone.get(path) in ("", stamp.sha256):
            return True
        return (path + self._separator).startswith(self._closed)

    def had(self, path: str) -> bool:
        """Whether something was there then, and was not taken."""
        place = self._fold(path)
        return place in self._left or place in self._undone

    def left(self, stamp: Stamp) -> bool:
        """Whether the same was left then, under whatever name."""
        return stamp.sha256 in self._contents

    def was_to_go(self, path: str) -> bool:
        """Whether what was there then was to be taken, and may not have been."""
        return self._fold(path) in self._undone

    def is_second(self, path: str, stamp: Stamp) -> bool:
        """Whether it was to be put back together with the report with which it was one, and still holds the same."""
        return self._second.get(self._fold(path)) == stamp.sha256

    def was_closed(self, path: str) -> bool:
        """Whether nobody could look into it."""
        return (self._fold(path) + self._separator) in self._closed

    def waits(self, folder: str) -> bool:
        """Whether anything of then is, or was, in this folder."""
        above = self._fold(folder) + self._separator
        return any(path.startswith(above) for each in (self._left, self._undone) for path in each)


class Scene(NamedTuple):
    """What is judged. ``found``: what the production folders that were named hold beside what is in the baseline (None:
    the folder is gone), ``rehearsal``: the rehearsal folder and what it holds. ``homeless``: the folders below them to
    which files would go back, and which are not there.
    """

    baseline: Manifest
    found: Mapping[str, Optional[Branch]]
    rehearsal: Optional[Tuple[str, Branch]]
    matches: Matcher
    unmatched: bool
    settled: Settled
    separator: str
    fold: Callable[[str], str] = str  # by what names are the same
    homeless: FrozenSet[str] = frozenset()

    @property
    def later(self) -> Later:
        return Later(self.settled, self.fold, self.separator)

    def production(self) -> List[str]:
        """The folders of the baseline that are production's."""
        return sorted(set(self.baseline.folders) - {self.baseline.header.get("rehearsal")})

    def lost(self, folder: str) -> str:
        """Why nobody can tell what is in a folder of the baseline; empty: it is there."""
        if folder not in self.found:
            return FORGOTTEN
        found, known = self.found[folder], self.baseline.folders[folder]
        if found is None:
            return GONE_FOLDER
        other = another(self.baseline, folder, found)
        if not emptied(known, found) and (known or not other):
            return ""
        if folder in self.settled.folders and not self.later.waits(folder):
            return ""  # what production puts away afterwards is its own business
        if not known:
            return ANOTHER
        told = (self.baseline.header.get("roots") or {}).get(folder)
        return "" if told and told == found.root else EMPTIED  # the same folder was emptied


def another(baseline: Manifest, folder: str, found: Branch) -> bool:
    """Whether it is another folder than at the baseline, as far as both are told."""
    root = (baseline.header.get("roots") or {}).get(folder)
    return bool(root and found.root and root != found.root)


def emptied(known: Mapping[str, Stamp], found: Branch) -> bool:
    """Whether files were known in a folder, and none of them is there any more, be it under another name."""
    if not known or len(found.gone) < len(known):
        return False
    moved = {stamp.sha256 for stamp in found.stamps.values() if stamp.sha256}
    return not any(stamp.sha256 in moved for stamp in known.values())


def rehearsal(
    baseline: Manifest, own: Optional[str], found: Optional[Branch]
) -> Tuple[Optional[Tuple[str, Branch]], str]:
    """The rehearsal folder of a baseline with what it holds, if all of that may be taken; or why nobody can tell."""
    before = baseline.header.get("rehearsal")
    if not before or own is None:
        return None, FORGOTTEN if before else ""
    if before != own:
        return None, FORGOTTEN
    if found is None:
        return None, GONE_FOLDER
    return (None, ANOTHER) if another(baseline, own, found) else ((own, found), "")
