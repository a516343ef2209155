# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files a drill brought: held against the baseline, never by their dates, and never by guesswork.

What a drill brought is all in the rehearsal folder; elsewhere what stood not there at the baseline and fits a name of
the drill. A file whose content stood in the folders at the baseline is production's, whatever it is called now.
"""

from typing import Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Manifest
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import Matcher
from ansible_collections.hkex.drill.plugins.module_utils.model import Branch, Kept, Stamp

OF_REHEARSAL = "in the rehearsal folder"
MOVED_IN = "moved into the rehearsal folder, put back"
NEW = "not in the baseline and matches {}"
ASKED = "not in the baseline, and everything new was asked to go"
OVERWROTE = "overwrote a production report, put back"

NO_NAME = "not in the baseline, and fits no name of the drill"
UNREAD = "cannot be read, so nobody knows what it is"
NO_COPY = "fits {} and is not as it was at the baseline, when no copy was kept"
WAS = "holds what {} was at the baseline, where something else stands now"
A_LINK = "is a link or no file, and was not followed"

# What a killed run leaves beside a report that it was about to put back (``READY`` of posix/files.py).
_READY = (".", ".hkex-drill")


class Take(NamedTuple):
    """A file to take away, and why; ``back``: where it belongs; ``instead``: what belongs in its place."""

    path: str
    stamp: Stamp
    why: str
    back: Optional[str] = None
    instead: Optional[Kept] = None


class Left(NamedTuple):
    """A file that nobody knows to be the drill's or production's, or that cannot be touched."""

    path: str
    why: str
    stamp: Optional[Stamp] = None


class Verdict(NamedTuple):
    """``since``: files that fit a name of the drill, but came after everything had been taken away."""

    takes: Tuple[Take, ...] = ()
    left: Tuple[Left, ...] = ()
    gone: Tuple[str, ...] = ()
    renamed: int = 0
    changed: int = 0
    since: Tuple[str, ...] = ()


class Scene(NamedTuple):
    """What is judged. ``found``: what the production folders hold beside what is in the baseline, ``rehearsal``: the
    rehearsal folder and what it holds. ``settled``: what a finished purge left, None if none has finished.
    """

    baseline: Manifest
    found: Mapping[str, Branch]
    rehearsal: Optional[Tuple[str, Branch]]
    matches: Matcher
    unmatched: bool
    settled: Optional[Mapping[str, str]]
    separator: str
    fold: Callable[[str], str] = str  # by what names are the same


def judge(scene: Scene) -> Verdict:
    """Whose file each is that is not as it was at the baseline."""
    places = _Places(scene)
    takes: List[Take] = []
    left: List[Left] = []
    since: List[str] = []
    for folder in sorted(scene.found):
        of_folder = _settled if scene.settled is not None else _production
        of_folder(scene, places, folder, takes, left, since)
    _rehearsal(scene, places, takes, left)
    return Verdict(
        tuple(takes), tuple(left), tuple(sorted(places.gone)), places.renamed, places.changed, tuple(since)
    )


class _Places:
    """Where the contents of the baseline stood, and what has become of them.

    ``missing``: those that stand nowhere any more, because the file is gone, by a place where they stood. ``stray``:
    the same because something else stands there, and no copy was kept. ``displaced``: all that do not stand where
    they stood.
    """

    def __init__(self, scene: Scene) -> None:
        self.contents: Set[str] = set()
        self.displaced: Set[str] = set()
        self.missing: Dict[str, str] = {}
        self.stray: Dict[str, str] = {}
        self.gone: List[str] = []
        self.renamed = self.changed = 0
        present: Set[str] = set()
        for folder, found in scene.found.items():
            now = {scene.fold(below): stamp.sha256 for below, stamp in found.stamps.items()}
            for below, stamp in scene.baseline.folders[folder].items():
                self.contents.add(stamp.sha256)
                path = folder + scene.separator + below
                if below in found.gone:
                    self.gone.append(path)
                    self.missing.setdefault(stamp.sha256, path)
                elif now.get(scene.fold(below), stamp.sha256) == stamp.sha256:
                    present.add(stamp.sha256)
                    continue
                elif (folder, below) in scene.baseline.attributes:
                    del now[scene.fold(below)]  # it will not stand there any more
                else:
                    self.stray.setdefault(stamp.sha256, path)
                self.displaced.add(stamp.sha256)
            present.update(now.values())
        self.contents.discard("")
        for told in (self.missing, self.stray):
            for content in [each for each in told if each in present]:
                del told[content]
            for nothing in ("", _EMPTY):
                told.pop(nothing, None)

    def production(self, stamp: Stamp) -> bool:
        """Whether the content stood there at the baseline. That nothing is in a file proves it only if such a file
        is missed.
        """
        return stamp.sha256 in self.contents and (stamp.size > 0 or stamp.sha256 in self.displaced)


_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _production(
    scene: Scene, places: _Places, folder: str, takes: List[Take], left: List[Left], _since: List[str]
) -> None:
    """A folder of production: what is new and fits goes, what was overwritten comes back."""
    known = {scene.fold(below): (below, stamp) for below, stamp in scene.baseline.folders[folder].items()}
    for below, stamp in sorted(scene.found[folder].stamps.items()):
        path = folder + scene.separator + below
        if scene.fold(below) in known:
            _overwritten(scene, places, (folder, *known[scene.fold(below)]), stamp, takes, left)
        elif not stamp.sha256:
            left.append(Left(path, UNREAD, stamp))
        elif _unfinished(scene, folder, below):
            continue
        elif places.production(stamp):
            places.renamed += 1
        else:
            fits = scene.matches(below)
            if fits or scene.unmatched:
                takes.append(Take(path, stamp, NEW.format(fits) if fits else ASKED))
            else:
                left.append(Left(path, NO_NAME, stamp))


def _overwritten(
    scene: Scene,
    places: _Places,
    was: Tuple[str, str, Stamp],
    stamp: Stamp,
    takes: List[Take],
    left: List[Left],
) -> None:
    folder, below, old = was
    path = folder + scene.separator + below
    if stamp.sha256 == old.sha256 or not old.sha256:
        return
    if not stamp.sha256:
        left.append(Left(path, UNREAD, stamp))
    elif (folder, below) in scene.baseline.attributes:
        # Whoever put a content of production here that is missed elsewhere: both stand where they stood afterwards.
        back = places.missing.pop(stamp.sha256, None)
        kept = Kept(old.sha256, scene.baseline.attributes[folder, below], old.mtime_ns)
        takes.append(Take(path, stamp, OVERWROTE, back, kept))
    elif places.production(stamp):
        places.renamed += 1
    elif scene.matches(below):
        left.append(Left(path, NO_COPY.format(scene.matches(below)), stamp))
    else:
        places.changed += 1


def _unfinished(scene: Scene, folder: str, below: str) -> bool:
    """Whether it is what a killed run left beside a kept report; the next one to put that back removes it."""
    above, separator, name = below.rpartition(scene.separator)
    if not (name.startswith(_READY[0]) and name.endswith(_READY[1])):
        return False
    return (folder, above + separator + name[len(_READY[0]) : -len(_READY[1])]) in scene.baseline.attributes


def _settled(
    scene: Scene, places: _Places, folder: str, takes: List[Take], left: List[Left], since: List[str]
) -> None:
    """A folder of production after the drill's files had been taken away: what came later is production's own."""
    before = scene.settled or {}
    known = {scene.fold(below) for below in scene.baseline.folders[folder]}
    for below, stamp in sorted(scene.found[folder].stamps.items()):
        path = folder + scene.separator + below
        if before.get(path) == stamp.sha256:
            if scene.unmatched and stamp.sha256 and scene.fold(below) not in known:
                takes.append(Take(path, stamp, ASKED))
            else:
                left.append(Left(path, NO_NAME if stamp.sha256 else UNREAD, stamp))
        elif scene.fold(below) not in known and not places.production(stamp) and scene.matches(below):
            since.append(path)


def _rehearsal(scene: Scene, places: _Places, takes: List[Take], left: List[Left]) -> None:
    """All of the rehearsal folder goes. What was moved there out of production goes back where it stood."""
    if scene.rehearsal is None:
        return
    folder, found = scene.rehearsal
    for below, stamp in sorted(found.stamps.items()):
        path = folder + scene.separator + below
        if not stamp.sha256 or stamp.sha256 in places.stray:
            why = WAS.format(places.stray[stamp.sha256]) if stamp.sha256 else UNREAD
            left.append(Left(path, why, stamp))
            continue
        back = places.missing.pop(stamp.sha256, None)
        takes.append(Take(path, stamp, MOVED_IN if back else OF_REHEARSAL, back))
    left += (Left(folder + scene.separator + link, A_LINK) for link in found.links)
