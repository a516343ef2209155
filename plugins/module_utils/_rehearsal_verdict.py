# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose the files are that are found after a drill, and what is told of it."""

from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_judge import (
    A_LINK,
    MOVED_IN,
    OF_REHEARSAL,
    OVERWROTE,
    Left,
    Verdict,
    judge,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Manifest, shown
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import (
    NAME,
    PURGED,
    Options,
    matcher,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import (
    ANOTHER,
    EARLIER,
    EMPTIED,
    FORGOTTEN,
    GONE_FOLDER,
    TAKE_FROM_THERE,
    Scene,
    Settled,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import rehearsal as rehearsal_of
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import Quarantine, Story
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    WARNING,
    WINDOWS,
    Branch,
    Finding,
    Seen,
)

TOLD = 20  # findings of one kind; the result counts the rest
NO_BASELINE = "no baseline of this drill was taken here, so that nothing is known to be the drill's"
BY_HAND = "Look through it by hand"
_BY_HAND_IF = "Remove it by hand if it is the drill's"
_MEANT = "if that was meant, take a new baseline once nothing of the drill is left"
_OVERWRITTEN = "was overwritten, and comes back as it was at the baseline"
_OURS = "If production itself wrote the other one, which nobody can tell, get that back out of quarantine"
_LATE = "{} files came to the rehearsal folder after it had been emptied, of which this is the first; they go, too"
_REMEDY = {
    GONE_FOLDER: f"Find out where it went, or why it could not be made, and run it again; {_MEANT}",
    EMPTIED: f"Mount it, and run it again; {_MEANT}",
    ANOTHER: "Mount what belongs there, and run it again; if it was the baseline that did not have it, or that was"
    " meant, look through it by hand, and take a new baseline",
    FORGOTTEN: f"Name it again, and run it again; {_MEANT}",
    A_LINK: "Look where it leads, by hand, and remove it; or make it a folder that can be entered, and run it again",
}


class Ground(NamedTuple):
    """What a purge goes by: journal, baseline, what finished purges came to, what the folders hold now (None: it is
    gone), the quarantines whose time is over, or by the clock still to come, with what is in them, the folders that
    are not there to put files back into, and how much is in rehearsal folders of earlier baselines.
    """

    story: Story
    baseline: Optional[Manifest]
    settled: Settled
    found: Mapping[str, Optional[Branch]]
    filled: Tuple[Tuple[Quarantine, Branch], ...]
    homeless: FrozenSet[str] = frozenset()
    earlier: Mapping[str, int] = {}

    def due(self) -> List[Tuple[Quarantine, Branch]]:
        """The quarantines whose time is over."""
        return [each for each in self.filled if each[0].due]


def verdict(options: Options, seen: Seen, ground: Ground) -> Verdict:
    """Whose each file is; of folders that are not in the baseline nothing is known."""
    if ground.baseline is None:
        return Verdict()
    windows = seen.system == WINDOWS
    separator = "\\" if windows else "/"
    own = options.rehearsal_folder
    rehearsal, why = rehearsal_of(ground.baseline, own, ground.found.get(own or ""))
    judged = judge(
        Scene(
            ground.baseline,
            {folder: branch for folder, branch in ground.found.items() if folder != own},
            rehearsal,
            matcher(options.patterns, separator),
            options.unmatched,
            ground.settled,
            separator,
            str.lower if windows else str,
            ground.homeless,
        )
    )
    left = [
        Left(folder, EARLIER.format(number), None, TAKE_FROM_THERE)
        for folder, number in ground.earlier.items()
    ]
    left += [Left(str(ground.baseline.header["rehearsal"]), why)] if why else []
    return judged._replace(left=(*left, *judged.left))


def strangers(options: Options, baseline: Optional[Manifest]) -> List[str]:
    """The folders of which no baseline was taken."""
    known, before = (baseline.folders, baseline.header.get("rehearsal")) if baseline else ({}, None)
    found = [folder for folder in options.folders if folder not in known]
    own = options.rehearsal_folder
    return [*found, own] if own and before != own else found


def describe(options: Options, ground: Ground, judged: Verdict) -> Dict[str, Any]:
    """The verdict: ``clean``, ``not clean`` (and what is left, and why) or ``no baseline``."""
    reasons: Dict[str, int] = {}
    for take in judged.takes:
        reasons[take.why] = reasons.get(take.why, 0) + 1
    unknown = strangers(options, ground.baseline)
    clean = not (judged.takes or judged.left or unknown)
    word = "no baseline" if ground.baseline is None else "clean" if clean else "not clean"
    return {
        "state": PURGED,
        "verdict": word,
        "summary": _summary(judged, unknown),
        "left": [{"path": shown(each.path), "why": each.why} for each in judged.left[:TOLD]],
        "left_count": len(judged.left),
        "to_go": len(judged.takes),
        "to_go_why": reasons,
        "unknown_folders": unknown,
        "rehearsal_folders": list(
            dict.fromkeys(filter(None, (*ground.story.rehearsals, options.rehearsal_folder)))
        ),
        "gone": len(judged.gone),
        "came_since": len(judged.since),
        "same_as_production": len(judged.twins),
        "quarantines_due": len(ground.due()),
    }


def _summary(judged: Verdict, unknown: List[str]) -> str:
    parts = []
    if judged.takes:
        parts.append(f"{len(judged.takes)} files are to go, the first {_one(judged.takes[0])}")
    if judged.left:
        parts.append(f"{len(judged.left)} are left, the first {_one(judged.left[0])}")
    if unknown:
        parts.append(f"no baseline has {', '.join(unknown)}")
    return "; ".join(parts) or "nothing of the drill is there"


def _one(each: Any) -> str:
    return f"{shown(each.path)} ({each.why})"


def findings(options: Options, ground: Ground, judged: Verdict) -> Iterator[Finding]:
    """What is to be said of it to people."""
    for folder in strangers(options, ground.baseline):
        what = NO_BASELINE if ground.baseline is None else "is not in the baseline, and was left alone"
        yield Finding(ERROR, folder, what, f"{BY_HAND}; the next drill's pre-drill takes a baseline")
    for left in judged.left[:TOLD]:
        yield Finding(WARNING, shown(left.path), left.why, left.remedy or _REMEDY.get(left.why, _BY_HAND_IF))
    if len(judged.left) > TOLD:
        yield Finding(WARNING, NAME, f"{len(judged.left) - TOLD} more files are left", BY_HAND)
    for take in [take for take in judged.takes if take.why in (OVERWROTE, MOVED_IN)][:TOLD]:
        if take.instead:
            yield Finding(WARNING, shown(take.path), _OVERWRITTEN, _OURS if options.keep_days else "")
        else:
            yield Finding(INFO, shown(take.back or take.path), take.why)
    late = _late(options, ground, judged)
    if late:
        what = _LATE.format(len(late))
        yield Finding(
            WARNING,
            shown(late[0]),
            what,
            "See which client still downloads there; get back what is not the drill's",
        )
    if judged.gone:
        yield Finding(
            INFO,
            shown(judged.gone[0]),
            f"{len(judged.gone)} files of the baseline are gone, of which this is the first",
            f"See whether that was meant; copies of reports are named in {ground.story.baseline} among the blobs",
        )
    if judged.since:
        yield Finding(
            WARNING,
            shown(judged.since[0]),
            f"{len(judged.since)} files that fit a name of the drill came or changed after its files had been taken"
            " away, of which this is the first; they pass for production's",
            "If they are the drill's, remove them by hand; copies of what they changed are named in"
            f" {ground.story.baseline} among the blobs",
        )
    if judged.twins:
        yield Finding(
            WARNING,
            shown(judged.twins[0]),
            f"{len(judged.twins)} new files fit a name of the drill and hold what another file of production holds, of"
            " which this is the first; they pass for production's own copies, and stay",
            "If they are the drill's (reports without data may be all the same), remove them by hand",
        )
    if judged.links:
        yield Finding(
            INFO,
            shown(judged.links[0]),
            f"{len(judged.links)} links, or folders that cannot be entered, were there at the baseline, of which this"
            " is the first; nobody looked where they lead",
            "Name the folder itself, or look there by hand",
        )
    yield from _clocks(ground)


def _late(options: Options, ground: Ground, judged: Verdict) -> List[str]:
    """What is in the rehearsal folder though a purge has emptied it: whoever put it there may not know that it goes."""
    if options.rehearsal_folder not in ground.settled.folders:
        return []
    there = (take.path for take in judged.takes if take.why in (OF_REHEARSAL, MOVED_IN))
    return [path for path in there if path not in ground.settled.undone]


def _clocks(ground: Ground) -> Iterator[Finding]:
    """A clock that was wrong once, or is now."""
    if ground.story.ahead:
        yield Finding(
            WARNING,
            NAME,
            f"the journal's last record is of {ground.story.ahead}, which is still to come by the clock of this run",
            "Correct the clock, if it is wrong: quarantines end by it",
        )
    for quarantine, _branch in ground.filled:
        if quarantine.ahead:
            yield Finding(
                WARNING,
                quarantine.path,
                f"was filled at {quarantine.ahead}, which is still to come by the clock of this run, and would end"
                f" {quarantine.keep_days} days after that",
                "Remove it by hand when nobody needs it any more",
            )
