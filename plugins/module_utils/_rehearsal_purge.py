# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking away what a drill brought: into quarantine, with a reason each, and for good when its time is over."""

from typing import Any, Iterator, List, Sequence

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_crossed as crossed
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_room as room
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_verdict as verdicts
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_judge import Verdict
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import PURGED, Options
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import rehearsal
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_verdict import Ground
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Keep,
    Mark,
    Move,
    Plan,
    Seen,
    sha256,
)

TIME_IS_OVER = "its {} days in quarantine are over"


def plan_purge(options: Options, seen: Seen, ground: Ground, judged: Verdict) -> Plan:
    """Take away what the drill brought, and what was in quarantine for long enough.

    :raises Refusal: another drill has begun since, or there is no room for what comes from another volume
    """
    crossed.no_purge(ground.story)
    findings = tuple(verdicts.findings(options, ground, judged))
    over = tuple(_over(ground, seen))
    known = judged.settled == ground.settled and not ground.story.undone
    known = known and (ground.baseline is None or ground.story.settled is not None)  # others wait for its end
    if known and not judged.takes and not over:
        return Plan(findings=findings)
    place = ground.story.next
    moves = tuple(_away(options, seen, place, judged))
    room.for_moves(seen, moves, over, ground.found, ground.baseline or manifests.EMPTY)
    content = _list(options, seen, place, moves)
    left = judged.settled.write(manifests.only(seen, options.now))
    record = {
        "kind": PURGED,
        "drill": options.drill,
        "occurrence": options.occurrence,
        "manifest": sha256(content),
        "left": sha256(left),
        "quarantine": len(ground.story.quarantines) + 1,
        "keep_days": options.keep_days,
    }
    # On Windows a file is put back in the place of another, of which there must be a copy.
    keep = tuple(
        Keep(move.path, move.stamp.sha256) for move in moves if move.instead and seen.system == WINDOWS
    )
    prune = tuple(quarantine.path for quarantine, _branch in ground.due())
    own = options.rehearsal_folder
    if ground.baseline and rehearsal(ground.baseline, own, ground.found.get(own or ""))[0]:
        prune += (str(own),)
    # First those whose time is over: they make room.
    mark = Mark(record, (content, left), keep, prune=prune)
    return Plan(files=(mark, *over, *moves), findings=findings)


def _away(options: Options, seen: Seen, place: str, judged: Verdict) -> Iterator[Move]:
    """The way of each file: back to production, into quarantine, or for good."""
    separator = "\\" if seen.system == WINDOWS else "/"
    for number, take in enumerate(judged.takes, 1):
        to = take.back
        if take.instead is not None and seen.system == WINDOWS:
            to = f"{seen.facts.blobs}\\{take.stamp.sha256}"
        elif to is None and options.keep_days:
            to = f"{place}{separator}{number:06d}"
        yield Move(take.path, to, take.stamp, take.why, take.instead)


def _list(options: Options, seen: Seen, place: str, moves: Sequence[Move]) -> bytes:
    """The manifest of a quarantine, which also says of each file where it was, and why it is there or gone."""
    header = {
        **manifests.only(seen, options.now),
        "drill": options.drill,
        "occurrence": options.occurrence,
    }
    return manifests.text(header, [place], (_entry(place, move) for move in moves))


def _entry(place: str, move: Move) -> List[Any]:
    if move.to is not None and move.to.startswith(place):
        return [0, move.to[len(place) + 1 :], *move.stamp, None, move.path, move.why]
    return [-1, move.to, *move.stamp, None, move.path, move.why]


def _over(ground: Ground, seen: Seen) -> Iterator[Move]:
    """All that lies in quarantines whose time is over, and be it altered meanwhile."""
    separator = "\\" if seen.system == WINDOWS else "/"
    for quarantine, branch in ground.due():
        why = TIME_IS_OVER.format(quarantine.keep_days)
        for below, stamp in sorted(branch.stamps.items()):
            yield Move(quarantine.path + separator + below, None, stamp, why)
