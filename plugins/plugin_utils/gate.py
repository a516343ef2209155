# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a phase may run now: decided from the drill, the time and the weather, by pure functions.

The way back (``to-primary``, ``rollback``) and ``status`` are never blocked by a window, the weather, the canary or
the failure bound. They only need to know which drill and which occurrence they are about, because snapshots and
evidence are kept by both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import weather as weather_
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import (
    HONG_KONG,
    PRIMARY,
    SECONDARY,
    Drill,
    Occurrence,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.rehearsal import files_notes
from ansible_collections.hkex.drill.plugins.plugin_utils.tags import meant
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    CLEANUP,
    PHASES,
    PRE_DRILL,
    ROLLBACK,
    STATUS,
    TO_PRIMARY,
    TO_SECONDARY,
    GateError,
    Wanted,
    expect,
    lasting,
    parse_time,
    phase_span,
    show,
    wanted,
)

__all__ = [
    "NEVER_BLOCKED",
    "PHASES",
    "SWITCHES",
    "Decision",
    "GateError",
    "GateRefusal",
    "decide",
    "occurrence",
    "or_refusal",
    "pretend",
]

T = TypeVar("T")

CONTINGENCY = "contingency"
UNDECIDED = Wanted(None, "the gate has not opened")
SWITCHES = frozenset({TO_SECONDARY, TO_PRIMARY, ROLLBACK})
NEVER_BLOCKED = frozenset({TO_PRIMARY, ROLLBACK, STATUS})

# What -e drill_force=... and JSON make of a switch that is not one: no reason, and some of them mean the opposite.
_NO_REASON = frozenset(
    {"", "0", "1", "f", "false", "n", "no", "none", "null", "off", "on", "t", "true", "y", "yes"}
)

# What a phase's service proof is about; None: whatever serves.
_PROOF_OF = {
    PRE_DRILL: PRIMARY,
    TO_SECONDARY: SECONDARY,
    TO_PRIMARY: PRIMARY,
    CLEANUP: PRIMARY,
    ROLLBACK: PRIMARY,
    STATUS: None,
}


@dataclass(frozen=True)
class GateRefusal:
    """Why a phase may not run: where, what, and the remedy. ``overridable``: ``drill_force`` may pass it."""

    where: str
    what: str
    remedy: str
    overridable: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


@dataclass(frozen=True)
class Decision:
    """What the gate says.

    ``refusals`` stop the phase; ``overridden`` would have, but for the force whose ``reason`` is given. ``wanted`` is
    where the fleet should point now, ``serving`` the data centre that serves now by the timetable, None while none
    does. ``today`` is the drill's day. ``cleaning``: by now nothing of the drill should be left. A ``deferred``
    service proof is not a failed one: the data centre that the phase is about does not serve now; it will from
    ``deferred_until`` on, None where nobody knows. ``why`` says so in a sentence.
    """

    drill: str
    occurrence: str | None
    phase: str
    now: datetime
    refusals: tuple[GateRefusal, ...] = ()
    overridden: tuple[GateRefusal, ...] = ()
    reason: str | None = None
    notes: tuple[str, ...] = ()
    wanted: Wanted = UNDECIDED
    serving: str | None = None
    today: bool = False
    cleaning: bool = False
    deferred: bool = False
    deferred_until: datetime | None = None
    why: str = ""

    @property
    def allowed(self) -> bool:
        return not self.refusals

    def as_dict(self) -> dict[str, Any]:
        """This for a result: nothing but what JSON knows, times as ISO 8601."""
        until = self.deferred_until
        return {
            "drill": self.drill,
            "occurrence": self.occurrence,
            "phase": self.phase,
            "allowed": self.allowed,
            "overridden": [f"{refusal.where}: {refusal.what}" for refusal in self.overridden],
            "force": self.reason,
            "notes": [*self.notes, *([self.wanted.sentence] if self.phase == STATUS else ())],
            "now": self.now.isoformat(),
            "wanted": self.wanted.data_centre,
            "window": self.wanted.window,
            "serving": self.serving,
            "today": self.today,
            "cleaning": self.cleaning,
            "deferred": self.deferred,
            "deferred_until": until.isoformat() if until else None,
            "why": self.why,
            "msg": self.why,
        }


def decide(
    drill: Drill,
    occurrence_id: str | None,
    phase: str,
    *,
    now: datetime,
    weather: Iterable[weather_.Signal] = (),
    force: str | None = None,
    fleet: Iterable[GateRefusal | None] = (),
    switched: str | None = None,
    holidays: Collection[date] = (),
) -> Decision:
    """Whether the phase of this drill and occurrence may run now, and what its proof can expect.

    :param occurrence_id: the date; may be left out where the drill has one only, must be in contingency
    :param now: an aware time; which zone it is in does not matter
    :param weather: the signals of the day, see ``weather.parse_weather``
    :param force: ``drill_force``, the reason for which window, weather and an unreachable canary do not count
    :param fleet: what ``canary.bound`` and ``canary.canary_verdict`` said, and what ``or_refusal`` could not read
    :param switched: the last phase by which this drill switched the fleet; only contingency, which has no windows,
        goes by it
    :param holidays: days that are no business days in Hong Kong, besides Saturdays and Sundays
    :raises GateError: ``now`` has no time zone
    """
    if now.tzinfo is None:
        raise GateError("now", f"{now.isoformat()} has no time zone", "Give an aware time")
    chosen, invalid = _choose(drill, occurrence_id or None), _misplaced(drill, phase)
    if isinstance(chosen, GateRefusal):
        return Decision(drill.id, occurrence_id, phase, now, refusals=(*invalid, chosen))
    which, day = (chosen.id, chosen.day) if chosen else (None, None)
    if invalid:
        return Decision(drill.id, which, phase, now, refusals=tuple(invalid))
    signals = tuple(weather)
    verdict = weather_.judge(drill, day, signals, now)
    over = verdict.over if verdict else None
    notes = [verdict.sentence] if verdict else weather_.forecast(drill, day, signals, now)
    reason = (force or "").strip()
    forced = reason.lower() not in _NO_REASON
    blockers = [refusal for refusal in fleet if refusal]
    blockers += _outside_window(drill, day, phase, now, over) + _stopped(verdict, phase)
    if phase in NEVER_BLOCKED:
        notes += [f"This does not block {phase}: {refusal.where}: {refusal.what}" for refusal in blockers]
        blockers, forced = [], False
    elif force is not None and not forced:
        what = f"{reason!r} is no reason" if reason else "it is empty"
        remedy = "Give the reason in words, or leave drill_force out altogether"
        blockers.append(GateRefusal("drill_force", what, remedy))
    overridden = tuple(refusal for refusal in blockers if forced and refusal.overridable)
    if forced and not overridden:
        notes.append("drill_force was given, but window and weather had nothing that it could override")
    notes += files_notes(drill, day, phase, now, holidays)
    expected = _expected(Decision(drill.id, which, phase, now), drill, day, over, switched)
    return replace(
        expected,
        refusals=tuple(refusal for refusal in blockers if refusal not in overridden),
        overridden=overridden,
        reason=reason if forced else None,
        notes=tuple(notes),
    )


def _expected(
    decision: Decision, drill: Drill, day: date | None, over: datetime | None, switched: str | None
) -> Decision:
    """The decision with what holds now, whatever is refused."""
    now = decision.now
    proof = expect(drill, day, _PROOF_OF[decision.phase], now, over)
    return replace(
        decision,
        wanted=wanted(drill, day, now, over) if day else _after(switched),
        serving=proof.serving,
        today=now.astimezone(HONG_KONG).date() == day,
        cleaning=drill.cleans_up and phase_span(drill, day, CLEANUP, over).has(now),
        deferred=proof.deferred,
        deferred_until=proof.until,
        why=proof.why,
    )


def _after(switched: str | None) -> Wanted:
    """Where a fleet without windows should point: where it was last sent."""
    if switched is None:
        return Wanted(PRIMARY, "by the audit trail of this controller it has not been switched")
    return Wanted(SECONDARY if switched == TO_SECONDARY else PRIMARY, f"{switched} was its last switch")


def occurrence(drill: Drill, wanted: str | None) -> Occurrence | None:
    """The occurrence that is meant, whatever the time; None in contingency.

    :raises Refusal: it cannot be told
    """
    chosen = _choose(drill, wanted or None)
    if isinstance(chosen, GateRefusal):
        raise Refusal(chosen.where, chosen.what, chosen.remedy)
    return chosen


def or_refusal(read: Callable[[], T], otherwise: T) -> tuple[T, GateRefusal | None]:
    """What ``read`` gives; where it refuses, ``otherwise`` and the refusal, which need not block the way back."""
    try:
        return read(), None
    except Refusal as refusal:
        return otherwise, GateRefusal(refusal.where, refusal.what, refusal.remedy)


def pretend(now_text: str, sandbox: bool) -> datetime:
    """The time that a sandbox inventory pretends it is.

    :raises GateError: the inventory is not a sandbox; the text is no time
    """
    if not sandbox:
        raise GateError(
            "drill_pretend_now",
            "only a sandbox inventory may pretend another time",
            "Remove it; to act outside a window on real workstations, give drill_force a reason",
        )
    return parse_time(now_text, "drill_pretend_now")


def _misplaced(drill: Drill, phase: str) -> list[GateRefusal]:
    """Why the drill does not have this phase at all; no force passes that."""
    if phase not in PHASES:
        remedy = f"{meant(phase, PHASES)}Phases are {', '.join(PHASES)}"
        return [GateRefusal("phase", f"{phase!r} is none", remedy)]
    where = f"{phase} of {drill.id}"
    if phase == TO_SECONDARY and not drill.has_secondary:
        what = "this drill has no session at the secondary data centre"
        return [
            GateRefusal(where, what, "Stay at the primary one: this drill has pre-drill, status and cleanup")
        ]
    if phase == CLEANUP and drill.kind == CONTINGENCY:
        what = "in a real failover the downloaded reports are production's, none may be purged"
        remedy = "There is nothing to do; to go back to the primary data centre, run to-primary"
        return [GateRefusal(where, what, remedy)]
    return []


def _choose(drill: Drill, wanted: str | None) -> Occurrence | GateRefusal | None:
    """The occurrence that is meant (None: contingency has none), or why it cannot be told."""
    where, ids = f"occurrence of {drill.id}", [occurrence.id for occurrence in drill.occurrences]
    if drill.kind == CONTINGENCY:
        what = f"contingency has no dates, but {wanted!r} is given"
        return GateRefusal(where, what, "Leave the occurrence out") if wanted else None
    if wanted is None and len(ids) > 1:
        return GateRefusal(where, "this drill has several dates", f"Choose one: {', '.join(ids)}")
    for occurrence in drill.occurrences:
        if wanted in (None, occurrence.id):
            return occurrence
    remedy = f"{meant(wanted or '', ids)}This drill is on {', '.join(ids)}"
    return GateRefusal(where, f"there is none on {wanted!r}", remedy)


def _outside_window(
    drill: Drill, day: date | None, phase: str, now: datetime, over: datetime | None
) -> list[GateRefusal]:
    span = phase_span(drill, day, phase, over)
    if span.has(now):
        return []
    ends = f" until {show(span.end)}" if span.end else " on"
    what = (
        f"open from {show(span.start)}{ends} Hong Kong time" if span.start else f"open{ends} Hong Kong time"
    )
    if span.start and now < span.start:
        what += f"; now it is {show(now)}, it opens in {lasting(span.start - now)}"
        remedy = f"Run {phase} again then"
    elif span.end:
        what += f"; now it is {show(now)}, it closed {lasting(now - span.end)} ago"
        remedy = "Check the drill and its occurrence; in a real failover use the drill contingency"
    else:
        return []
    remedy += ", or give drill_force the reason why it must be now"
    return [GateRefusal(f"{phase} of {drill.id} on {day}", what, remedy, overridable=True)]


def _stopped(verdict: weather_.Verdict | None, phase: str) -> list[GateRefusal]:
    """The weather stops what leads into the drill, and from the signal's issue on.

    In the 15 minutes until a termination the session still runs, but whoever is sent there now only has to come
    back. Cleaning up and the way back stay open.
    """
    if verdict is None or verdict.over is None or phase not in (PRE_DRILL, TO_SECONDARY):
        return []
    remedy = "Bring switched workstations back with to-primary, which is always open, then run cleanup"
    return [GateRefusal("drill_weather", verdict.sentence, remedy, overridable=True)]
