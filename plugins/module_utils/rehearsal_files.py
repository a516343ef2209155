# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The concern of a drill's files: nothing of the drill is left, nothing of production is lost.

Before the drill a *baseline* remembers what stands in the folders, with a copy of each report that the drill's could
overwrite. Afterwards the drill's files go into quarantine, and what they overwrote comes back (information package of
6 November 2021, section 3.1 g and the notes of Appendix B).
"""

from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_baseline as baselines
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_purge as purges
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_room as room
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_judge import Verdict
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Manifest
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import (
    BASELINE,
    NAME,
    Options,
    check,
    matcher,
    parse,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import Settled
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import Quarantine, story
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Branch,
    Concern,
    Look,
    Plan,
    Seen,
    Tree,
)

__all__ = ["Options", "concern", "look", "parse"]


def concern(params: Mapping[str, Any], now: str) -> Concern:
    """This concern with a module's parameters.

    :param now: the time by the clock of the journal
    :raises Refusal: an option is wrong
    """
    mind = _Mind()
    return Concern(NAME, parse(params, now), look, mind.plan, mind.describe)


def look(options: Options, seen: Seen) -> Look:
    """The baseline that there is, then the folders as far as they differ from it.

    :raises Refusal: a folder is none of which files may be taken
    """
    check(options, seen.system, seen.facts)
    if not seen.facts.clock:
        return Look()  # nobody has been there yet, and what to look at is in the journal
    asked = _manifests(options, seen)
    if asked.without(seen):
        return asked
    trees = _trees(options, seen)
    asked |= room.look(seen, () if options.state == BASELINE else trees)
    return asked | Look(trees=frozenset(trees.values()) | frozenset(_over(options, seen)))


def _manifests(options: Options, seen: Seen) -> Look:
    known = story(seen, options)
    wanted = {known.baseline}
    if options.state != BASELINE:
        wanted |= {known.settled, *(each for each, stopped in known.undone if stopped is None)}
    return Look(blobs=frozenset(each for each in wanted if each))


def _trees(options: Options, seen: Seen) -> Dict[str, Tree]:
    """How each folder is to be looked at; where nothing is known of it, a purge does not look."""
    known = story(seen, options)
    before = _manifest(seen, known.baseline)
    asked = {}
    for folder in options.folders:
        last = known.baseline if before and folder in before.folders else None
        if options.state == BASELINE:
            asked[folder] = Tree(folder, options.patterns, last or "")
        elif last:
            asked[folder] = Tree(folder, options.patterns, last, doubted=True)
    own = options.rehearsal_folder
    if own and options.state == BASELINE:
        asked[own] = Tree(own, (), known.baseline or "" if before and own in before.folders else "")
    elif own and before and own not in purges.strangers(options, before):
        asked[own] = Tree(own)
    return asked


def _over(options: Options, seen: Seen) -> List[Tree]:
    """The quarantines whose time is over or cannot be told, of whatever drill."""
    if options.state == BASELINE:
        return []
    return [Tree(each.path) for each in story(seen, options).quarantines if each.due or each.ahead]


def _manifest(seen: Seen, digest: Optional[str]) -> Optional[Manifest]:
    """The manifest of that SHA-256."""
    if digest is None or digest not in seen.blobs:
        return None
    return manifests.read(seen.blobs[digest], digest)


def _ground(options: Options, seen: Seen, found: Mapping[str, Optional[Branch]]) -> purges.Ground:
    over = tuple(_filled(options, seen))
    known = story(seen, options)
    settled = Settled.read(seen.blobs[known.settled]) if known.settled else Settled()
    undone = dict(settled.undone)
    for each, stopped in known.undone:
        undone.update(manifests.origins(seen.blobs[each]) if stopped is None else dict.fromkeys(stopped, ""))
    settled = settled._replace(undone=undone)
    return purges.Ground(known, _manifest(seen, known.baseline), settled, found, over)


class _Thought:
    """What a look comes to. It takes a while where there are many files, and is asked for several times."""

    def __init__(self, options: Options, seen: Seen) -> None:
        self.of = (options, seen)
        self._plan: Optional[Plan] = None
        self._found = {folder: seen.trees[tree] for folder, tree in _trees(options, seen).items()}
        if options.state == BASELINE:
            known = story(seen, options)
            separator = "\\" if seen.system == WINDOWS else "/"
            last = _manifest(seen, known.baseline) or manifests.EMPTY
            matches = matcher(options.patterns, separator)
            self._before = baselines.Ground(last, self._found, matches, separator)
            self.told = baselines.describe(options, self._before)
        else:
            self._after = _ground(options, seen, self._found)
            self._judged: Verdict = purges.verdict(options, seen, self._after)
            self.told = purges.describe(options, self._after, self._judged)

    @property
    def plan(self) -> Plan:
        if self._plan is None:
            options, seen = self.of
            if options.state == BASELINE:
                self._plan = baselines.plan_baseline(options, seen, self._before)
            else:
                self._plan = purges.plan_purge(options, seen, self._after, self._judged)
        return self._plan


def _filled(options: Options, seen: Seen) -> Iterator[Tuple[Quarantine, Branch]]:
    for each in story(seen, options).quarantines:
        branch = seen.trees.get(Tree(each.path))
        if branch is not None:
            yield each, branch


class _Mind:
    """The last two thoughts: on what was there and on what is there now."""

    def __init__(self) -> None:
        self._thoughts: List[_Thought] = []

    def plan(self, options: Options, seen: Seen) -> Plan:
        """The baseline, if it differs from the one there is; or what takes away the drill's files.

        :raises Refusal: a folder is not there, or there is no room for copies of its reports
        """
        return self._thought(options, seen).plan

    def describe(self, options: Options, seen: Seen) -> Dict[str, Any]:
        """What is remembered, or what is left of the drill."""
        return self._thought(options, seen).told

    def _thought(self, options: Options, seen: Seen) -> _Thought:
        for each in self._thoughts:
            if each.of[1] is seen:
                return each
        thought = _Thought(options, seen)
        self._thoughts = [*self._thoughts[-1:], thought]
        return thought
