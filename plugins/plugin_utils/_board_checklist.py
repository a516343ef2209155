# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drill's checklist held against what is known: what the toolkit saw, and what people attest. Pure functions.

The two never mix. What is the toolkit's is proved by records of workstations, and a person who attests it does not
prove it. What is a person's is attested by a note, and no record of the toolkit can stand for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR
from ansible_collections.hkex.drill.plugins.plugin_utils._board_heard import Heard
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import (
    INVENTORY,
    RESULT,
    Answer,
    Note,
    Readiness,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_rules import BY_READINESS, RULES, Rule
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import DEFERRED, NOTHING, OK
from ansible_collections.hkex.drill.plugins.plugin_utils.table import UNREACHABLE
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    PRE_DRILL,
    ROLLBACK,
    TO_PRIMARY,
    TO_SECONDARY,
    Span,
)

PERSON = "person"
TOOLKIT = "toolkit"

# What becomes of an item.
PROVED = "proved"
PARTLY = "partly proved"
NOT_PROVED = "not proved"
ATTESTED = "attested"
OPEN = "open"

_ALWAYS, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# What an answer is that says nothing for or against.
_UNSAID = {UNREACHABLE: UNREACHABLE, DEFERRED: DEFERRED, NOTHING: "not looked at"}
_UNKNOWN = "The toolkit knows no record that shows it: see for yourself"


@dataclass(frozen=True)
class Proof:
    """What the records show of an item. ``lacking``: workstation -> what it is instead; ``seqs``: first and last,
    None where they are of several trails; ``trail``: of which they are.

    ``unseen``: why no record can show it.
    """

    shows: str
    proved: int = 0
    lacking: Mapping[str, str] = field(default_factory=dict)
    seqs: tuple[int, int] | None = None
    at: datetime | None = None  # of the last record
    runs: tuple[str, ...] = ()
    unseen: str = ""
    trail: str = ""


@dataclass(frozen=True)
class Item:
    """One item of the checklist. ``proof`` is the toolkit's alone, ``notes`` are people's, those that stand."""

    id: str
    when: str
    window: str
    who: str
    text: str
    source: str
    state: str
    proof: Proof | None = None
    notes: tuple[Note, ...] = ()


def checklist(drill: Drill, day: datetime | None, heard: Heard) -> tuple[Item, ...]:
    """The items in the circular's order, each with what proves or attests it.

    :param day: midnight of the drill's day in Hong Kong; None: contingency
    """
    return tuple(_item(drill, day, heard, item) for item in drill.data["checklists"])


def _item(drill: Drill, day: datetime | None, heard: Heard, item: Mapping[str, Any]) -> Item:
    notes = tuple(note for note in heard.notes if note.stands and item["id"] in note.items)
    proof = _proof(drill, day, heard, item) if item["who"] == TOOLKIT else None
    if proof:
        whole = not proof.lacking and not heard.limited
        state = (PROVED if whole else PARTLY) if proof.proved else NOT_PROVED
    else:
        state = ATTESTED if notes else OPEN
    window = str(item.get("window") or "")
    return Item(
        item["id"], item["when"], window, item["who"], item["text"], item["source"], state, proof, notes
    )


def _proof(drill: Drill, day: datetime | None, heard: Heard, item: Mapping[str, Any]) -> Proof:
    if item["id"] in BY_READINESS:
        return _by_readiness(heard.readiness, heard.answers)
    rule = RULES.get(item["id"])
    if rule is None:
        return Proof("", unseen=_UNKNOWN)
    span = _span(drill, day, heard.answers, rule, str(item.get("window") or ""))
    return _by_answers(drill, rule, heard.answers, span)


def _span(drill: Drill, day: datetime | None, answers: Sequence[Answer], rule: Rule, window: str) -> Span:
    """When an answer has to be from, to count."""
    starts, ends = [], []
    if rule.back:
        there = max((each.at for each in answers if each.phase == TO_SECONDARY), default=_ALWAYS)
        back = (each.at for each in answers if each.phase in (TO_PRIMARY, ROLLBACK) and each.at > there)
        starts.append(min(back, default=_NEVER))
    if rule.inside and day:
        for start, end in (each.on(day.date()) for each in drill.windows if each.id == window):
            starts.append(start)
            ends.append(end)
    return Span(max(starts, default=None), min(ends, default=None))


def _by_answers(drill: Drill, rule: Rule, answers: Sequence[Answer], span: Span) -> Proof:
    everybody = dict.fromkeys(answer.host for answer in answers)
    last: dict[str, tuple[Answer, str]] = {}
    silent = set()  # who answered, but has nothing that the item is about
    verified: set[str] = set()  # on whom was seen what has to be so once
    for answer in answers:
        if answer.phase not in rule.phases or not span.has(answer.at):
            continue
        if answer.heard == RESULT and rule.step not in ("", answer.step):
            continue
        said = _said(drill, rule, answer, verified)
        if said in _UNSAID:
            last.setdefault(
                answer.host, (answer, _UNSAID[said])
            )  # which takes back nothing that was seen before
        elif said:
            last[answer.host] = (answer, said)
        elif answer.rows:
            silent.add(answer.host)
    good = [host for host, (_answer, said) in last.items() if said == OK]
    if not last:
        return Proof(rule.shows)  # nobody has looked yet, so nobody lacks it
    lacking = {
        host: last[host][1] if host in last else "no record"
        for host in everybody
        if (last[host][1] != OK if host in last else host not in silent)
    }
    used = [answer for answer, _said in last.values()]
    return Proof(
        rule.shows,
        len(good),
        lacking,
        _seqs(used),
        max(answer.at for answer in used),
        tuple(dict.fromkeys(answer.run for answer in used)),
        trail=used[-1].trail,
    )


def _said(drill: Drill, rule: Rule, answer: Answer, verified: set[str]) -> str:
    """What an answer says of an item; who was seen to be as it has to be once is added to ``verified``."""
    if answer.heard != RESULT:
        return answer.heard
    said = rule.judge(drill, answer)
    if said != OK or rule.once is None or answer.host in verified:
        return said
    said = rule.once(drill, answer)
    if said == OK:
        verified.add(answer.host)
    return said


def _seqs(used: Sequence[Answer]) -> tuple[int, int] | None:
    """The numbers of several trails say nothing together."""
    if len({answer.trail for answer in used}) > 1:
        return None
    return min(answer.seq for answer in used), max(answer.seq for answer in used)


def _by_readiness(judged: Readiness | None, answers: Sequence[Answer]) -> Proof:
    shows = "the rules of registration were held against the inventory and the addresses seen: no error"
    looked = dict.fromkeys(answer.host for answer in answers if answer.phase == PRE_DRILL)
    if judged is None:
        return Proof(shows)
    wrong = {each.workstation: each.what for each in judged.findings if each.level == ERROR}
    proved = 0 if INVENTORY in wrong else len([host for host in looked if host not in wrong])
    seqs = (judged.seq, judged.seq)
    return Proof(shows, proved, wrong, seqs, judged.at, (judged.run,), trail=judged.trail)
