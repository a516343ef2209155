# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The concern of a drill's files: nothing of the drill is left, nothing of production is lost.

Before the drill a *baseline* remembers what stands in the folders, with a copy of each report that the drill's could
overwrite. Afterwards the drill's files go into quarantine, and what they overwrote comes back (information package of
6 November 2021, section 3.1 g and the notes of Appendix B).
"""

from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_baseline as baselines
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_look as looks
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_purge as purges
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_verdict as verdicts
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


def _ground(options: Options, seen: Seen, found: Mapping[str, Optional[Branch]]) -> verdicts.Ground:
    over = tuple(_filled(options, seen))
    baseline = looks.last(options, seen).manifest
    settled, homeless = looks.settled(options, seen), looks.homeless(options, seen)
    earlier = looks.earlier(options, seen)
    return verdicts.Ground(story(seen, options), baseline, settled, found, over, homeless, earlier)


class _Thought:
    """What a look comes to. It takes a while where there are many files, and is asked for several times. What it was
    planned from, which may be large, is forgotten with the plan.
    """

    def __init__(self, options: Options, seen: Seen) -> None:
        options = looks.spelled(options, seen)
        self.of = seen
        found = {folder: seen.trees[tree] for folder, tree in looks.looked_at(options, seen).items()}
        self._plan: Optional[Plan] = None
        self._planned: Callable[[], Plan]
        if options.state == BASELINE:
            separator = "\\" if seen.system == WINDOWS else "/"
            last, lost = looks.last(options, seen)
            before = baselines.Ground(
                last or manifests.EMPTY,
                found,
                matcher(options.patterns, separator),
                separator,
                lost,
                looks.earlier(options, seen),
            )
            self.told = baselines.describe(options, before)
            self._planned = partial(baselines.plan_baseline, options, seen, before)
        else:
            after = _ground(options, seen, found)
            judged = verdicts.verdict(options, seen, after)
            self.told = verdicts.describe(options, after, judged)
            self._planned = partial(purges.plan_purge, options, seen, after, judged)

    def plan(self) -> Plan:
        if self._plan is None:
            self._plan = self._planned()
            del self._planned
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
        return self._thought(options, seen).plan()

    def describe(self, options: Options, seen: Seen) -> Dict[str, Any]:
        """What is remembered, or what is left of the drill."""
        return self._thought(options, seen).told

    def _thought(self, options: Options, seen: Seen) -> _Thought:
        for each in self._thoughts:
            if each.of is seen:
                return each
        thought = _Thought(options, seen)
        self._thoughts = [*self._thoughts[-1:], thought]
        return thought
