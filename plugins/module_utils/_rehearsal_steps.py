# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine does with files as a whole: announce it, move them one by one, say whether all of it was done.

There is no way back, because every step leaves a workstation that the next run can go on from: a file is where it was,
in quarantine, or in both. A file that cannot be moved keeps no other from being moved.
"""

from typing import Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ansible_collections.hkex.drill.plugins.module_utils import engine, journal
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import shown
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import NAME
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import STOPPED, WHOLE, own
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    PENDING,
    WINDOWS,
    Branch,
    Finding,
    Look,
    Make,
    Mark,
    Move,
    Note,
    Outcome,
    Prune,
    Put,
    Refusal,
    Seen,
    Step,
    Tree,
    sha256,
)

# After so many files that cannot be moved the rest waits for the next run: each costs a visit.
MOST_STOPS = 50
_AGAIN = "Remove the cause and run it again"


# ---- what check mode shows -----------------------------------------------------------------------------------------


def predicted(seen: Seen, edits: Sequence[Union[Mark, Move]]) -> Seen:
    """The workstation as it will be when all of this is done."""
    moves = [edit for edit in edits if isinstance(edit, Move)]
    trees: Dict[Tree, Optional[Branch]] = dict(seen.trees)
    separator = "\\" if seen.system == WINDOWS else "/"
    for tree, branch in seen.trees.items():
        if branch is not None and moves:
            trees[tree] = _without(tree.path + separator, branch, moves)
    for mark in (edit for edit in edits if isinstance(edit, Mark)):
        seen = _marked(seen._replace(trees=trees), mark)
        trees = dict(seen.trees)
    return seen._replace(trees=trees)


def _without(above: str, branch: Branch, moves: Sequence[Move]) -> Branch:
    away = {move.path[len(above) :] for move in moves if move.path.startswith(above)}
    back = {move.to[len(above) :] for move in moves if move.to and move.to.startswith(above)}
    return branch._replace(
        stamps={below: stamp for below, stamp in branch.stamps.items() if below not in away},
        gone=branch.gone - back,
    )


def _marked(seen: Seen, mark: Mark) -> Seen:
    contents = {sha256(content): content for content in mark.contents}
    digest = next(iter(contents))
    trees: Dict[Tree, Optional[Branch]] = dict(seen.trees)
    for tree, branch in seen.trees.items():
        if tree.path in mark.known:
            links = branch.links if branch else ()
            trees[tree._replace(known=digest)] = Branch(links=links)
        if tree.path in mark.prune and tree.path.startswith(own(seen)):
            trees[tree] = None
    number = journal.number(seen.journal)
    records = (_begin(number, "", None, None, mark), {**journal.note(number, "", journal.DONE), WHOLE: True})
    return seen._replace(trees=trees, blobs={**seen.blobs, **contents}, journal=(*seen.journal, *records))


def _begin(
    number: int, at: str, drill: Optional[str], occurrence: Optional[str], mark: Mark
) -> Mapping[str, object]:
    return {**journal.begin(number, at, drill, occurrence, ()), journal.FILES: mark.record}


# ---- what a run does -----------------------------------------------------------------------------------------------


class _Stop(NamedTuple):
    step: Step
    why: str
    remedy: str


def carry_out(
    workstation: engine.Workstation,
    outcome: Outcome,
    clock: Callable[[], str],
    whose: Tuple[Optional[str], Optional[str]],
    look: Callable[[Seen], Seen],
) -> Outcome:
    """Do with the files what an outcome plans, and see what has become of it.

    :param outcome: of all else that was asked for; its plan has the mark and the moves
    :param look: until nothing is asked for any more
    :raises Refusal: nothing was changed, not even by all else
    """
    mark = next(each for each in outcome.plan.files if isinstance(each, Mark))
    moves = [each for each in outcome.plan.files if isinstance(each, Move)]
    seen = outcome.after
    number, position = journal.number(seen.journal), len(seen.journal)
    before: List[Step] = [*mark.keep, *map(Put, mark.contents)]
    before.append(Note(_begin(number, clock(), *whose, mark), position))
    done = journal.note(number, clock(), journal.DONE)
    before += map(Make, mark.make)
    end = Note({**done, WHOLE: True}, position + 1)
    newest, stops, waiting = _carried_out(workstation, [*before, *moves, *map(Prune, mark.prune)], end)
    begun = len(newest.journal) > position
    if stops and not begun and outcome.state == engine.UNCHANGED:
        raise Refusal("before the first write", stops[0].why, stops[0].remedy or _AGAIN)
    told = _seen(outcome, newest, stops, number if begun else outcome.transaction, look)
    undone = {step for step in [*waiting, *(stop.step for stop in stops)] if isinstance(step, Move)}
    files = [each for each in told.plan.files if begun and (isinstance(each, Mark) or each not in undone)]
    return told._replace(plan=told.plan._replace(files=tuple(files)))


def _carried_out(
    workstation: engine.Workstation, steps: List[Step], end: Note
) -> Tuple[Seen, List[_Stop], List[Step]]:
    """The steps but for the moves that cannot be, which the note at the end names; the first of the others that cannot
    be ends it. Also those to which it did not come.
    """
    stops: List[_Stop] = []
    waiting: List[Step] = []
    while True:
        newest = workstation.visit([*steps, end], Look())
        if newest.stopped is None:
            return newest, stops, waiting
        step = [*steps, end][newest.stopped.step]
        stops.append(_Stop(step, newest.stopped.why, newest.stopped.remedy))
        steps = steps[newest.stopped.step + 1 :]
        if not isinstance(step, Move):
            return newest, stops, waiting + steps
        told = {name: value for name, value in end.record.items() if name not in (WHOLE, STOPPED)}
        if len(stops) < MOST_STOPS:
            told[STOPPED] = [each.step.path for each in stops if isinstance(each.step, Move)]
        else:  # what waits then is in the list of what was to go
            waiting = [step for step in steps if isinstance(step, Move)]
            steps = [step for step in steps if not isinstance(step, Move)]
        end = end._replace(record=told)


def _seen(
    outcome: Outcome,
    newest: Seen,
    stops: Sequence[_Stop],
    transaction: Optional[int],
    look: Callable[[Seen], Seen],
) -> Outcome:
    findings = outcome.plan.findings + tuple(_told(stop) for stop in stops)
    state = engine.CHANGED
    after = outcome.after
    try:
        # Folders change: they are looked at anew, by the manifest that there is now. Blobs do not, but one that was
        # lost may be there again.
        lists = {
            sha256(content)
            for each in outcome.plan.files
            if isinstance(each, Mark)
            for content in each.contents
        }
        unreadable = {where: why for where, why in after.unreadable.items() if where not in lists}
        after = look(after.update(newest)._replace(trees={}, unreadable=unreadable))
    except Refusal as refusal:
        findings += (
            Finding(ERROR, refusal.where, f"{refusal.what} (found right after the write)", refusal.remedy),
        )
        state = engine.CONFLICT
    return outcome._replace(
        state=state, plan=outcome.plan._replace(findings=findings), after=after, transaction=transaction
    )


def _told(stop: _Stop) -> Finding:
    if isinstance(stop.step, Move):
        what = stop.why[len(stop.step.path) + 2 :] if stop.why.startswith(stop.step.path) else stop.why
        remedy = (
            stop.remedy
            or "Close what uses it, or remove what else is said to be in the way, and run it again"
        )
        return Finding(PENDING, shown(stop.step.path), shown(what), remedy)
    return Finding(ERROR, NAME, shown(stop.why), stop.remedy or _AGAIN)
