# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files a drill brought: held against the baseline, never by their dates, and never by guesswork.

What a drill brought is all in the rehearsal folder; elsewhere what stood not there at the baseline and fits a name of
the drill. A file whose content stood in the folders at the baseline is production's, whatever it is called now. Where
nobody can look it is not clean, and judged once somebody can.
"""

from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Files, cut_off, shown
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_places import Known, Places
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import Scene, Settled
from ansible_collections.hkex.drill.plugins.module_utils.model import Branch, Kept, Stamp

OF_REHEARSAL = "in the rehearsal folder"
MOVED_IN = "moved into the rehearsal folder, put back"
NEW = "not in the baseline and matches {}"
ASKED = "not in the baseline, and everything new was asked to go"
OVERWROTE = "overwrote a production report, put back"

NO_NAME = "not in the baseline, and fits no name of the drill"
UNREAD = "cannot be read, so nobody knows what it is"
NO_COPY = "fits {} and is not as it was at the baseline, of which there is no copy (any more)"
NEVER_READ = "fits {} and could not be read at the baseline, so nobody knows whether it is as it was"
HIDDEN = "is where a link was at the baseline, or a folder that could not be entered"
WAS = "holds what {} was at the baseline, which is not there any more"
BACK_BY_HAND = "Move it back where it belongs, by hand; the copy of what stood here is {} among the blobs"
HOMELESS = "holds what {} was at the baseline, whose folder is not there any more"
A_LINK = "is a link, no file, or a folder that cannot be entered, and was not followed"

CHANGED = (
    "was left, or was to go and could not, and was renamed or changed since, so nobody knows whose it is"
)
CUT_OFF = "left by a purge that was cut off"


class Take(NamedTuple):
    """A file to take away, and why; ``back``: where it belongs; ``instead``: what belongs in its place."""

    path: str
    stamp: Stamp
    why: str
    back: Optional[str] = None
    instead: Optional[Kept] = None


class Left(NamedTuple):
    """A file that nobody knows to be the drill's or production's, or a place that nobody could look at.

    ``remedy``: what to do about it, where that goes not by the reason alone.
    """

    path: str
    why: str
    stamp: Optional[Stamp] = None
    remedy: str = ""


class Verdict(NamedTuple):
    """``since``: files that fit a name of the drill, but came or changed after everything had been taken away.
    ``twins``: new files that fit one too, and hold what another file of production holds where it stood.
    ``links``: what could not be looked at already at the baseline. ``settled``: what is as soon as all has been taken.
    """

    takes: Tuple[Take, ...] = ()
    left: Tuple[Left, ...] = ()
    gone: Tuple[str, ...] = ()
    renamed: int = 0
    changed: int = 0
    since: Tuple[str, ...] = ()
    twins: Tuple[str, ...] = ()
    links: Tuple[str, ...] = ()
    settled: Settled = Settled()


def judge(scene: Scene) -> Verdict:
    """Whose file each is that is not as it was at the baseline."""
    return _Judgement(scene).verdict()


class _Judgement:
    """Folder by folder: what is to go, what stays and is told."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known = Known(scene)
        self._later = scene.later
        self._places = Places(scene, self._known)
        self._takes: List[Take] = []
        self._left: List[Left] = []
        self._since: List[str] = []
        self._twins: List[str] = []
        self._second: Dict[str, str] = {}
        self._links: List[str] = []
        self._renamed = self._changed = 0

    def verdict(self) -> Verdict:
        scene = self._scene
        for folder in scene.production():
            why = scene.lost(folder)
            if why:  # and be there something: nobody knows whose it is
                self._left.append(Left(folder, why))
            else:
                self._folder(folder, scene.found[folder] or Branch())
        settled = self._settled()
        self._rehearsal()
        return Verdict(
            tuple(self._takes),
            tuple(self._left),
            tuple(sorted(self._places.gone)),
            self._renamed,
            self._changed,
            tuple(self._since),
            tuple(self._twins),
            tuple(self._links),
            settled,
        )

    def _settled(self) -> Settled:
        """What was looked into, and what is left there. Of what could not be seen now the last word stands, and of what
        has changed since: whose that is nobody will know the next time either.
        """
        scene, before = self._scene, self._scene.settled
        looked = {folder for folder in scene.production() if not scene.lost(folder)}
        missed = tuple(folder + scene.separator for folder in scene.production() if folder not in looked)
        changed = [each for each in self._left if each.why == CHANGED]
        places = {scene.fold(each.path) for each in changed}
        contents = {each.stamp.sha256 for each in changed if each.stamp}

        def stands(path: str, digest: str = "") -> bool:
            return (
                path.startswith(missed) or scene.fold(path) in places or (digest != "" and digest in contents)
            )

        left = Files((path, stamp) for path, stamp in before.left.items() if stands(path, stamp.sha256))
        for each in self._left:
            if each.stamp and each.why != CHANGED:
                # Of a hard link the time of the last change may become another one in this purge.
                left[each.path] = each.stamp._replace(ctime_ns=0)
        closed = {each.path for each in self._left if each.why == A_LINK}
        emptied = {scene.rehearsal[0]} if scene.rehearsal else set()
        return Settled(
            before.folders | looked | emptied,
            left,
            frozenset(closed | {path for path in before.closed if path.startswith(missed)}),
            {path: digest for path, digest in before.undone.items() if stands(path)},
            {**before.second, **self._second},
        )

    def _folder(self, folder: str, found: Branch) -> None:
        scene = self._scene
        settled = folder in scene.settled.folders
        above = folder + scene.separator
        links = (scene.baseline.header.get("links") or {}).get(folder, ())
        hidden = tuple(link + scene.separator for link in links)
        for below in sorted(found.stamps):
            stamp = found.stamps[below]
            if cut_off(below) and stamp.sha256:
                back = self._places.home(above + below, stamp)
                # First, since its name may be needed again.
                self._takes.insert(0, Take(above + below, stamp, CUT_OFF, back))
            elif settled and not self._later.is_of_then(above + below, stamp):
                self._came_since(folder, below, stamp)
            elif (below + scene.separator).startswith(hidden):
                self._left.append(Left(above + below, HIDDEN, stamp))
            else:
                self._file(folder, below, stamp)
        self._links += (above + link for link in found.links if link in links)
        self._left += (
            Left(above + link, A_LINK)
            for link in found.links
            if link not in links and (not settled or self._later.was_closed(above + link))
        )

    def _came_since(self, folder: str, below: str, stamp: Stamp) -> None:
        """What came after the drill's files had been taken away is production's own."""
        path = folder + self._scene.separator + below
        was, copied = self._known.at(folder, below)
        if was is not None and stamp.sha256 and was.sha256 == stamp.sha256:
            return
        production = self._places.production(stamp)
        waited = self._later.had(path) or (self._later.left(stamp) and (was is None or copied is not None))
        if waited and not production:
            self._left.append(Left(path, CHANGED, stamp))
            return
        if was is None and production:
            self._renamed_file(path, self._scene.matches(below), stamp)
        new = was is None and not production and self._scene.matches(below)
        if new or (was is not None and copied is not None and was.sha256 != stamp.sha256):
            self._since.append(path)

    def _file(self, folder: str, below: str, stamp: Stamp) -> None:
        """A file in production: what is new and fits goes, what was overwritten comes back."""
        path = folder + self._scene.separator + below
        was, copied = self._known.at(folder, below)
        fits = self._scene.matches(below)
        if was is not None:
            self._changed_file(path, fits, was, copied, stamp)
        elif not stamp.sha256:
            self._left.append(Left(path, UNREAD, stamp))
        elif self._places.production(stamp):
            self._renamed_file(path, fits, stamp)
        elif fits or self._scene.unmatched:
            self._takes.append(Take(path, stamp, NEW.format(shown(fits)) if fits else ASKED))
        else:
            self._left.append(Left(path, NO_NAME, stamp))

    def _renamed_file(self, path: str, fits: Optional[str], stamp: Stamp) -> None:
        """It may be production's own copy. Where nothing of that content is missed it may as well be the drill's."""
        self._renamed += 1
        if fits and stamp.sha256 not in self._places.displaced:
            self._twins.append(path)

    def _changed_file(
        self, path: str, fits: Optional[str], was: Stamp, copied: Optional[str], stamp: Stamp
    ) -> None:
        if stamp.sha256 == was.sha256 and (stamp.sha256 or not fits):
            return
        if not stamp.sha256:
            self._left.append(Left(path, UNREAD, stamp))
        elif copied is not None and self._stays(path, stamp, BACK_BY_HAND.format(was.sha256)):
            pass
        elif copied is not None:
            # Whoever put a content of production here that is missed elsewhere: both stand where they stood afterwards.
            back = self._places.home(path, stamp)
            self._takes.append(Take(path, stamp, OVERWROTE, back, Kept(was.sha256, copied, was.mtime_ns)))
            if not fits:
                self._second[path] = stamp.sha256
        elif self._places.production(stamp):
            self._renamed += 1
        elif fits:
            why = NO_COPY if was.sha256 else NEVER_READ
            self._left.append(Left(path, why.format(shown(fits)), stamp))
        elif self._later.was_to_go(path):
            self._left.append(Left(path, CHANGED, stamp))
        elif was.sha256:
            self._changed += 1

    def _stays(self, path: str, stamp: Stamp, remedy: str = "") -> bool:
        """Whether it holds what is missed where it stood and cannot go back: it may be the only one that is left."""
        places = self._places
        if stamp.sha256 in places.stray:
            why = WAS.format(shown(places.stray[stamp.sha256][0]))
            self._left.append(Left(path, why, stamp, remedy))
        elif stamp.sha256 in places.homeless and not places.missing.get(stamp.sha256):
            self._homeless(path, stamp)
        else:
            return False
        return True

    def _rehearsal(self) -> None:
        """All of the rehearsal folder goes. What was moved there out of production goes back where it stood."""
        if self._scene.rehearsal is None:
            return
        folder, found = self._scene.rehearsal
        above = folder + self._scene.separator
        for below in sorted(found.stamps):
            stamp = found.stamps[below]
            if not stamp.sha256:
                self._left.append(Left(above + below, UNREAD, stamp))
                continue
            if self._stays(above + below, stamp):
                continue
            back = self._places.home(above + below, stamp)
            self._takes.append(Take(above + below, stamp, MOVED_IN if back else OF_REHEARSAL, back))
        self._left += (Left(above + link, A_LINK) for link in found.links)

    def _homeless(self, path: str, stamp: Stamp) -> None:
        """Whose a folder was, and who might enter it, is not known."""
        place = self._places.homeless[stamp.sha256][0]
        folder = shown(place.rpartition(self._scene.separator)[0])
        self._left.append(
            Left(
                path,
                HOMELESS.format(shown(place)),
                stamp,
                f"Make the folder {folder} again, and run it again; or remove this file by hand if nobody needs it",
            )
        )
