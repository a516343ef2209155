# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of the baseline stood where, and where its contents have gone to."""

from typing import Dict, List, Optional, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import cut_off
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import EMPTY, Scene
from ansible_collections.hkex.drill.plugins.module_utils.model import Branch, Stamp


class Known:
    """The files of the baseline by the names by which they are the same."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._later = scene, scene.later
        self._written: Dict[str, Dict[str, str]] = {}
        if scene.fold is not str:
            for folder, stamps in scene.baseline.folders.items():
                self._written[folder] = {scene.fold(below): below for below in stamps}
        self._second: Dict[Stamp, List[Tuple[str, str]]] = {}
        self._second = self._second_names()

    def at(self, folder: str, below: str) -> Tuple[Optional[Stamp], Optional[str]]:
        """What stood there, and its attributes if there is a copy."""
        lost = below in (self._scene.found.get(folder) or Branch()).lost
        if self._written:
            below = self._written[folder].get(self._scene.fold(below), below)
        was = self._scene.baseline.folders[folder].get(below)
        if lost:
            return was, None
        copied = self._scene.baseline.attributes.get((folder, below))
        if was is None or copied is not None:
            return was, copied
        now = self._now(folder, below)
        if now is None:
            return was, None
        # Of those that were to be put back together the report may be the first that was.
        asked = self._later.is_second(folder + self._scene.separator + below, now)
        reports = (report for report in self._second.get(was, ()) if asked or self._now(*report) == now)
        return was, next((self._scene.baseline.attributes[report] for report in reports), None)

    def _now(self, folder: str, below: str) -> Optional[Stamp]:
        found = self._scene.found.get(folder)
        return found.stamps.get(below) if found else None

    def _second_names(self) -> Dict[Stamp, List[Tuple[str, str]]]:
        """The reports of which changed files were a hard link: what overwrites the one, overwrites the other, so that
        both were the same and are. They stand in no manifest, but size, times and content do.
        """
        baseline, asked = self._scene.baseline, set()
        for folder in self._scene.production():
            for below in (self._scene.found.get(folder) or Branch()).stamps:
                was, copied = self.at(folder, below)
                if was is not None and copied is None:
                    asked.add(was)
        second: Dict[Stamp, List[Tuple[str, str]]] = {}
        for folder, below in baseline.attributes if asked else ():
            stamp = baseline.folders[folder][below]
            if stamp in asked:
                second.setdefault(stamp, []).append((folder, below))
        return second


class Places:
    """Where those contents of the baseline stood that are found now, and what has become of them.

    ``missing``: the places where those stood that stand there no more, because the file is gone. ``stray``: the same,
    because something else stands there and nothing is put back in its place, or the folder is lost. ``homeless``: the
    same, because the folder in which it stood is not there. For each that stands under another name of production one
    place is not missed. ``displaced``: all that do not stand where they stood.
    """

    def __init__(self, scene: Scene, known: Known) -> None:
        self.contents: Set[str] = set()
        self.displaced: Set[str] = set()
        self.missing: Dict[str, List[str]] = {}
        self.stray: Dict[str, List[str]] = {}
        self.homeless: Dict[str, List[str]] = {}
        self.gone: List[str] = []
        self._separator = scene.separator
        # What would be put back, and where, by what stands there now.
        self._over: Dict[str, List[Tuple[str, str]]] = {}
        branches = [*scene.found.values(), scene.rehearsal[1] if scene.rehearsal else None]
        self._asked = {stamp.sha256 for found in branches if found for stamp in found.stamps.values()} - {""}
        for folder in scene.production():
            self._folder(scene, known, folder, scene.found.get(folder))
        elsewhere = self._elsewhere(scene, known)
        for told in (self.missing, self.homeless, self.stray):
            for content in list(told):
                places, number = told[content], elsewhere.get(content, 0)
                places.sort()
                elsewhere[content] = max(number - len(places), 0)
                del places[:number]
                if not places:
                    del told[content]
        self._not_put_back(elsewhere)

    def _folder(self, scene: Scene, known: Known, folder: str, found: Optional[Branch]) -> None:
        here = found or Branch()
        now = {scene.fold(below): stamp.sha256 for below, stamp in here.stamps.items()}
        lost = scene.lost(folder)
        above = folder + scene.separator
        self.gone += (above + below for below in here.gone)
        for below, stamp in scene.baseline.folders[folder].items():
            if stamp.sha256 not in self._asked:
                continue
            self.contents.add(stamp.sha256)
            path, held = above + below, now.get(scene.fold(below), stamp.sha256)
            if lost:
                told = self.stray
            elif below in here.gone and path.rpartition(scene.separator)[0] in scene.homeless:
                told = self.homeless
            elif below in here.gone:
                told = self.missing
            elif held == stamp.sha256:
                continue
            elif known.at(folder, below)[1] is None:
                told = self.stray
            else:
                told = {}
                self._over.setdefault(held, []).append((stamp.sha256, path))
            self.displaced.add(stamp.sha256)
            if stamp.sha256 != EMPTY:
                told.setdefault(stamp.sha256, []).append(path)

    def _elsewhere(self, scene: Scene, known: Known) -> Dict[str, int]:
        """How often each of them stands under another name of production, and will."""
        asked = {content for told in (self.missing, self.stray, self.homeless) for content in told}
        asked.update(content for over in self._over.values() for content, _place in over)
        number: Dict[str, int] = {}
        for folder in scene.production() if asked else ():
            for below, stamp in (scene.found.get(folder) or Branch()).stamps.items():
                if stamp.sha256 in asked and not cut_off(below):
                    was, copied = known.at(folder, below)
                    if was is None or (copied is None and was.sha256 != stamp.sha256):
                        number[stamp.sha256] = number.get(stamp.sha256, 0) + 1
                    elif was.sha256 != stamp.sha256 and scene.separator == "\\":
                        # One file is put in the place of another there, and that one goes among the blobs.
                        self._no_way_back(stamp.sha256)
        return number

    def _no_way_back(self, content: str) -> None:
        places = self.missing.pop(content, [])
        if places:
            self.stray.setdefault(content, []).extend(places)

    def _not_put_back(self, elsewhere: Dict[str, int]) -> None:
        """Where what stands over a report is left, that is not put back either."""
        left = ["", *self.stray, *self.homeless]
        while left:
            for content, place in self._over.pop(left.pop(), ()):
                if elsewhere.get(content, 0):
                    elsewhere[content] -= 1
                elif content != EMPTY:
                    self.stray.setdefault(content, []).append(place)
                    left.append(content)

    def home(self, path: str, stamp: Stamp) -> Optional[str]:
        """Where a file belongs whose content is missed: one goes back to each place, if it can by its own name."""
        places = self.missing.get(stamp.sha256)
        if not places:
            return None
        name = self._separator + path.rpartition(self._separator)[2]
        return places.pop(next((at for at, place in enumerate(places) if place.endswith(name)), 0))

    def production(self, stamp: Stamp) -> bool:
        """Whether the content stood there at the baseline. That nothing is in a file proves it only if such a file
        is missed.
        """
        return stamp.sha256 in self.contents and (stamp.size > 0 or stamp.sha256 in self.displaced)
