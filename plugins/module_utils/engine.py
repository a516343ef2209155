# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one engine: look, plan, journal, apply, look again, and take back what did not hold.

It owns check mode, atomicity and recovery for every concern and every kind of workstation. A workstation has one
verb, ``visit(steps, look) -> Seen``: carry out these steps in order, stop at the first whose guard does not hold,
then look. All decisions are here, and pure but for those visits.
"""

from typing import Callable, List, NamedTuple, Optional, Protocol, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply, touched
from ansible_collections.hkex.drill.plugins.module_utils.journal import Change, Recovery
from ansible_collections.hkex.drill.plugins.module_utils.messages import (
    left_alone,
    not_begun,
    problems,
    recovered,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    SEVERAL_NAMES,
    Concern,
    Finding,
    Keep,
    Key,
    Look,
    Note,
    Outcome,
    Plan,
    Refresh,
    Refusal,
    Seen,
    Step,
    Write,
)

UNCHANGED = "unchanged"
CHANGED = "changed"
UNDONE = journal.UNDONE
CONFLICT = journal.CONFLICT

# The deepest honest chain of questions is: facts, files, DNS, endpoint. A concern that asks for more is broken.
ROUNDS = 8

Clock = Callable[[], str]


class Workstation(Protocol):
    """What the engine needs of a workstation.

    ``blank`` is what is assumed of its kind before the first visit, so that one look is usually enough.
    """

    blank: Seen

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        """Carry out the steps, stop where a guard does not hold, look."""


def run(
    workstation: Workstation,
    concerns: Sequence[Concern],
    clock: Clock,
    drill: Optional[str] = None,
    occurrence: Optional[str] = None,
    check: bool = False,
) -> Outcome:
    """Make the workstation be what all the concerns ask for, as one transaction.

    :param clock: the present time as text, for the journal
    :param drill: with ``occurrence``, whose transaction it is; a rollback goes by them
    :param check: predict only: nothing is written, not even the end of a transaction that was cut off
    :raises Refusal: nothing was changed
    """

    def asked(seen: Seen) -> Look:
        look = Look()
        for concern in concerns:
            look = look | concern.look(concern.options, seen)
        return look

    found, seen, recovery = _observe(workstation, asked)
    plan = Plan()
    for concern in concerns:
        plan = plan | concern.plan(concern.options, seen)
    work = _Work(found, seen, recovery, plan, clock, drill, occurrence)
    outcome = _commit(workstation, work, check)
    if not plan.files or outcome.state in (UNDONE, CONFLICT):
        return outcome
    # What is done with whole folders is a transaction of its own, after all else holds: it is never taken back.
    from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_steps

    if check:
        return outcome._replace(state=CHANGED, after=_rehearsal_steps.predicted(outcome.after, plan.files))
    return _rehearsal_steps.carry_out(
        workstation, outcome, clock, (drill, occurrence), lambda seen: _look(workstation, seen, asked)
    )


class _Work(NamedTuple):
    """What ``_commit`` has to do: ``found`` is what the visits saw; ``seen`` is that with ``recovery`` applied."""

    found: Seen
    seen: Seen
    recovery: Optional[Tuple[int, Recovery]]
    plan: Plan
    clock: Clock
    drill: Optional[str]
    occurrence: Optional[str]

    def closing(self) -> Tuple[Step, ...]:
        """The steps that end a transaction which an earlier run left without an end."""
        if self.recovery is None:
            return ()
        number, recovery = self.recovery
        if recovery.event == journal.DONE:
            done = Note(journal.note(number, self.clock(), journal.DONE), len(self.found.journal))
            return (*recovery.edits(), done)
        return self.undo(number, recovery, len(self.found.journal))

    def undo(self, number: int, recovery: Recovery, position: int) -> Tuple[Step, ...]:
        """The steps that take a transaction back. It is announced first: so no two runs take back at once, and
        a kill in between does not look like a change of somebody's.
        """
        return (
            Note(journal.note(number, self.clock(), journal.UNDO), position),
            *recovery.edits(),
            Note(journal.note(number, self.clock(), recovery.event), position + 1),
        )


def _observe(
    workstation: Workstation, asked: Callable[[Seen], Look]
) -> Tuple[Seen, Seen, Optional[Tuple[int, Recovery]]]:
    """Look until nothing new is asked for; if an earlier run was cut off, see the workstation as recovered."""
    found = _look(
        workstation, workstation.blank.update(workstation.visit((), asked(workstation.blank))), asked
    )
    cut_off = journal.cut_off(found.journal)
    if cut_off is None:
        return found, found, None
    found = _look(workstation, found, lambda seen: journal.look(cut_off.changes))
    recovery = journal.recovery(cut_off.changes, found, finish=not cut_off.undoing)
    end = journal.note(cut_off.number, "", recovery.event)

    def ended(seen: Seen) -> Seen:
        return seen._replace(journal=(*seen.journal, end))

    seen = _look(workstation, apply(found, recovery.edits()), lambda seen: asked(ended(seen)))
    return found, ended(seen), (cut_off.number, recovery)


def _look(workstation: Workstation, seen: Seen, asked: Callable[[Seen], Look]) -> Seen:
    for _round in range(ROUNDS):
        look = asked(seen).without(seen)
        if not look:
            return seen
        newer = workstation.visit((), look)
        if newer.journal != seen.journal:
            raise Refusal(
                seen.facts.hostname or "workstation",
                "another run wrote on it while this one looked",
                "Wait for the other run and repeat",
            )
        seen = seen.update(newer)
    raise AssertionError(f"a concern asks without end: {look!r}")


def _commit(workstation: Workstation, work: _Work, check: bool) -> Outcome:
    predicted = apply(work.seen, work.plan.edits)
    changes = touched(work.plan.edits, work.seen, predicted)
    _possible(changes, work.seen)
    plan = work.plan._replace(findings=work.plan.findings + recovered(work.recovery, work.found))
    closing = work.closing()
    taken_back = work.recovery is not None and work.recovery[1].written
    changed = CHANGED if changes or taken_back else UNCHANGED
    if check or not (changes or closing):
        return Outcome(changed, plan, work.found, predicted)

    number = journal.number(work.found.journal)
    steps = closing
    if changes:
        notes = sum(isinstance(step, Note) for step in closing)
        steps += _transaction(number, changes, predicted, work, len(work.found.journal) + notes)
    everything = _everything(work.seen, changes)
    try:
        after = work.seen.update(workstation.visit(steps, everything))
    except Refusal as refusal:  # steps never refuse, they stop: so this is the look that follows them
        return _unseen(work, plan, predicted, refusal, number if changes else None)
    if after.stopped is not None and after.stopped.step < len(closing) + _preparations(changes):
        raise not_begun(work.recovery, after.stopped.step < len(closing), after.stopped.why)
    wrong = problems(changes, work.seen, after)
    if not wrong and after.stopped is None:
        return Outcome(changed, plan, work.found, after, number if changes else None)
    return _take_back(
        workstation, work, plan._replace(findings=plan.findings + wrong), number, changes, after
    )


def _possible(changes: Sequence[Change], seen: Seen) -> None:
    """What a write would stop at is refused before it, in check mode too."""
    for change in changes:
        if not isinstance(change.target, str):
            continue
        file = seen.files[change.target]
        if file is None and change.target in seen.nowhere:
            raise Refusal(change.target, "its folder does not exist", "Correct the path, or make the folder")
        if file is not None and file.names > 1:
            raise Refusal(change.target, SEVERAL_NAMES.format(file.names), "Make it a file of its own")
        if file is not None and file.held:
            raise Refusal(change.target, *file.held)


def _everything(seen: Seen, changes: Sequence[Change]) -> Look:
    """What has been seen, once more; of whole registry keys only what was to change."""
    keys = {change.target for change in changes if isinstance(change.target, Key)}
    return Look(
        files=frozenset(seen.files),
        settings=frozenset(seen.settings) | keys,
        tolerated=frozenset(seen.unreadable),
    )


def _unseen(work: _Work, plan: Plan, predicted: Seen, refusal: Refusal, number: Optional[int]) -> Outcome:
    problem = Finding(
        ERROR,
        refusal.where,
        f"{refusal.what} (found right after the write, of this or another file)",
        refusal.remedy,
    )
    plan = plan._replace(findings=(*plan.findings, problem))
    return Outcome(CONFLICT, plan, work.found, predicted, number)


def _transaction(
    number: int, changes: Sequence[Change], predicted: Seen, work: _Work, position: int
) -> Tuple[Step, ...]:
    """Blobs, announcement, targets, caches, end: in this order, so that a kill at any instant can be recovered."""
    begin = journal.begin(number, work.clock(), work.drill, work.occurrence, changes)
    steps: List[Step] = [*_blobs(changes), Note(begin, position)]
    for change in changes:
        file = predicted.files[change.target] if isinstance(change.target, str) else None
        steps.append(
            change.edit() if file is None else Write(str(change.target), change.before, file.content)
        )
    steps += (Refresh(cache) for cache in sorted(work.plan.refresh))
    steps.append(Note(journal.note(number, work.clock(), journal.DONE), position + 1))
    return tuple(steps)


def _blobs(changes: Sequence[Change]) -> Tuple[Keep, ...]:
    return tuple(
        Keep(change.target, change.before)
        for change in changes
        if isinstance(change.target, str) and change.before is not None
    )


def _preparations(changes: Sequence[Change]) -> int:
    """How many steps of a transaction come before its first write."""
    return len(_blobs(changes)) + 1 if changes else 0


def _take_back(
    workstation: Workstation, work: _Work, plan: Plan, number: int, changes: Sequence[Change], after: Seen
) -> Outcome:
    """Undo a transaction that did not hold, target by target; what is somebody else's by now is left alone."""
    recovery = journal.recovery(changes, after, finish=False)
    steps = work.undo(number, recovery, len(after.journal))
    look = _everything(work.seen, changes)
    try:
        final = after.update(workstation.visit(steps, look))
    except Refusal as refusal:
        return _unseen(work, plan, after, refusal, number)
    findings = tuple(left_alone(change, ERROR, final) for change in recovery.conflicts)
    state = recovery.event
    if final.stopped is not None:
        state = CONFLICT
        findings += (
            Finding(
                ERROR, "taking the write back", final.stopped.why, "The next run takes back what is left"
            ),
        )
    return Outcome(state, plan._replace(findings=plan.findings + findings), work.found, final, number)
