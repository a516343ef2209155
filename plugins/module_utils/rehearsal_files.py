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
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_look as looks
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_purge as purges
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_judge import Verdict
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import (
    BASELINE,
    NAME,
    Options,
    matcher,
    parse,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import Quarantine, story
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Branch,
    Concern,
    Plan,
    Seen,
    Tree,
)

__all__ = ["Options", "concern", "parse"]


def concern(params: Mapping[str, Any], now: str) -> Concern:
    """This concern with a module's parameters.

    :param now: the time by the clock of the journal
    :raises Refusal: an option is wrong
    """
    mind = _Mind()
    return Concern(NAME, parse(params, now), looks.look, mind.plan, mind.describe)


def _ground(options: Options, seen: Seen, found: Mapping[str, Optional[Branch]]) -> purges.Ground:
    over = tuple(_filled(options, seen))
    baseline = looks.last(options, seen).manifest
    settled, homeless = looks.settled(options, seen), looks.homeless(options, seen)
    earlier = looks.earlier(options, seen)
    return purges.Ground(story(seen, options), baseline, settled, found, over, homeless, earlier)


class _Thought:
    """What a look comes to. It takes a while where there are many files, and is asked for several times."""

    def __init__(self, options: Options, seen: Seen) -> None:
        options = looks.spelled(options, seen)
        self.of = (options, seen)
        self._plan: Optional[Plan] = None
        self._found = {folder: seen.trees[tree] for folder, tree in looks.looked_at(options, seen).items()}
        if options.state == BASELINE:
            separator = "\\" if seen.system == WINDOWS else "/"
            matches = matcher(options.patterns, separator)
            last, lost = looks.last(options, seen)
            earlier = looks.earlier(options, seen)
            self._before = baselines.Ground(
                last or manifests.EMPTY, self._found, matches, separator, lost, earlier
            )
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
