# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What proves an item of a checklist that is the toolkit's: by which records, and what counts. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import Answer
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import DNS
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import PRIMARY, SECONDARY, Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import (
    BY_DNS,
    DEFERRED,
    FAILED,
    NOTHING,
    OK,
    PENDING,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.table import Row
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    CLEANUP,
    PRE_DRILL,
    STATUS,
    TO_PRIMARY,
    TO_SECONDARY,
)

Judge = Callable[
    [Drill, Answer], str
]  # ok | failed | pending | deferred, or empty: it says nothing about the item


@dataclass(frozen=True)
class Rule:
    """What proves an item of the toolkit: the last answer of each workstation in ``phases`` that says anything of it.

    ``shows``: what is proved then, in words. ``back``: only answers since the way back was begun count;
    ``inside``: only those in the item's window; ``step``: only results of this one. ``once``: what has to have been so
    once, and need not stay so.
    """

    shows: str
    phases: frozenset[str]
    judge: Judge
    back: bool = False
    inside: bool = False
    step: str = ""
    once: Judge | None = None


def _worst(states: Sequence[str]) -> str:
    return next((state for state in (FAILED, PENDING, DEFERRED, NOTHING, OK) if state in states), "")


def _points_at(centre: str) -> Judge:
    def judge(drill: Drill, answer: Answer) -> str:
        return _worst([_placed(row, centre) for row in answer.rows if row.points_at != NOTHING])

    return judge


def _placed(row: Row, centre: str) -> str:
    if row.configuration != OK:
        return row.configuration
    return OK if row.points_at in (centre, BY_DNS) else FAILED


def _serves(*systems: str, centre: str = "") -> Judge:
    def judge(drill: Drill, answer: Answer) -> str:
        asked = [row for row in answer.rows if not systems or row.system in systems]
        asked = [row for row in asked if row.service != NOTHING and (not centre or _there(row, centre))]
        return _worst([row.service for row in asked])

    return judge


def _there(row: Row, centre: str) -> bool:
    return row.points_at in (centre, BY_DNS)


def _by_dns(answer: Answer) -> list[Row]:
    return [row for row in answer.rows if row.access == DNS and row.dns != NOTHING]


def _servers_set(drill: Drill, answer: Answer) -> str:
    return _worst([OK if row.dns == OK else FAILED for row in _by_dns(answer)])


def _servers_answered(drill: Drill, answer: Answer) -> str:
    silent = {f"DNS server {servers.alternate}" for servers in drill.dns_servers}
    states = [FAILED for found in answer.findings if found.where in silent]
    return _worst([*states, *(row.service for row in _by_dns(answer))])


def _keys(drill: Drill, answer: Answer) -> str:
    if not answer.keys:
        return ""
    return FAILED if any(found.level == ERROR for found in answer.findings) else OK


def _listed(drill: Drill, answer: Answer) -> str:
    return OK if answer.listed else ""


def _clean(drill: Drill, answer: Answer) -> str:
    return "" if answer.not_clean is None else answer.not_clean or OK


_BACK = frozenset({TO_PRIMARY, CLEANUP, STATUS})
_AT_PRIMARY = Rule(
    "after preparing, the configuration of every system is ok and leads to primary or where the DNS does",
    frozenset({PRE_DRILL}),
    _points_at(PRIMARY),
)
_BACK_AT_PRIMARY = Rule(
    "since the way back the configuration is ok and leads to primary or where the DNS does",
    _BACK,
    _points_at(PRIMARY),
    back=True,
)

# By the id of the item, which means the same in every drill; tests hold every drill to it.
RULES: Mapping[str, Rule] = {
    "dns": Rule(
        "where a system goes by DNS both servers are set; the alternate one and the system have answered once",
        frozenset({PRE_DRILL, STATUS}),
        _servers_set,
        once=_servers_answered,
    ),
    "at-primary": _AT_PRIMARY,
    "network": Rule(
        "what serves answered over the network, from the workstation",
        frozenset({PRE_DRILL, STATUS}),
        _serves(),
    ),
    "key": Rule("RAP keys were seen in pre-drill, and no error was found", frozenset({PRE_DRILL}), _keys),
    "rap-connect": Rule(
        "every address of RAP answered in the session", frozenset({STATUS}), _serves("rap"), inside=True
    ),
    "baseline": Rule(
        "pre-drill kept a list of the files in the folders of the inventory",
        frozenset({PRE_DRILL}),
        _listed,
        step="write",
    ),
    "to-secondary": Rule(
        "the configuration of every system is ok and leads to secondary or where the DNS does",
        frozenset({TO_SECONDARY}),
        _points_at(SECONDARY),
    ),
    "to-primary": _BACK_AT_PRIMARY,
    "keep-primary": _BACK_AT_PRIMARY,
    "proof-at-primary": Rule(
        "what leads to primary answered there in the verification window",
        _BACK,
        _serves(centre=PRIMARY),
        back=True,
        inside=True,
    ),
    "clean-up": Rule(
        "nothing of the drill is left in the folders of the inventory", frozenset({CLEANUP, STATUS}), _clean
    ),
}

BY_READINESS = frozenset({"registered"})
