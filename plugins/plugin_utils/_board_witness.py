# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of one question of a confirmation: material for an answer, never one. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ansible_collections.hkex.drill.plugins.plugin_utils._board_checklist import Item
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import count, names, natural
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import RESULT, Answer, Note
from ansible_collections.hkex.drill.plugins.plugin_utils.day import LEVELS, Day, DayWindow
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import (
    BY_DNS,
    DEFERRED,
    FAILED,
    MIXED,
    NONE,
    NOTHING,
    OK,
    UNKNOWN,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.table import Row

_ANSWERED, _SILENT, _LOST = "answered", "did not answer", "not looked at, unreachable or failed,"
_ELSEWHERE = {
    MIXED: "leads to both data centres",
    NONE: "leads to neither data centre",
    UNKNOWN: "nobody knows where it leads",
    NOTHING: "nobody knows where it leads",
}


@dataclass(frozen=True)
class Witness:
    """What a window's records and notes say of some systems.

    ``proofs``: how a service proof of them ended, in words, and on which workstations; some end in several ways.
    ``said``: notes of that time that do not stand below ``items``.
    """

    asked: bool  # whether it is about a window at all
    proofs: tuple[tuple[str, tuple[str, ...]], ...]
    found: tuple[str, ...]
    items: tuple[Item, ...]
    said: tuple[Note, ...]

    def sentences(self) -> list[str]:
        """In words; what was not seen is said, too."""
        lines = []
        if self.asked:
            proofs = [
                f"{what} on {count(len(hosts), 'workstation')}: {names(hosts)}" for what, hosts in self.proofs
            ]
            what = "; ".join(proofs) or "no answer is recorded in this window"
            lines.append(f"The toolkit, over the network: {what}")
            lines += [f"Found by the toolkit: {each}" for each in self.found]
        for item in self.items:
            attested = [f"attested by {note.sentence}" for note in item.notes]
            lines += [f"People, of {item.id}: {each}" for each in attested or ["nobody has attested it"]]
        return lines + [f"People, in this time: {note.sentence}" for note in self.said]


def witness(known: Day, window: str | None, systems: Collection[str], items: Collection[str]) -> Witness:
    """What bears on a question about a window, systems and items of the checklist."""
    span = next((each for each in known.windows if each.window.id == window), None)
    answers = [each for each in known.answers if span and span.start <= each.at < span.end]
    of = tuple(item for item in known.items if item.id in items)
    shown = {note for item in of for note in item.notes}
    return Witness(
        span is not None,
        _proofs(answers, systems, span.window.data_centre if span else None),
        _found(answers),
        of,
        tuple(note for note in _during(known, span) if note not in shown),
    )


def _proofs(
    answers: Sequence[Answer], systems: Collection[str], centre: str | None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    hosts: dict[str, set[str]] = {_ANSWERED: set(), _SILENT: set()}  # these two first
    for each in answers:
        for row in each.rows:
            if not systems or row.system in systems:
                hosts.setdefault(_ended(row, centre), set()).add(each.host)
        if each.heard != RESULT:
            hosts.setdefault(_LOST, set()).add(each.host)
    return tuple((what, tuple(sorted(of, key=natural))) for what, of in hosts.items() if what and of)


def _ended(row: Row, centre: str | None) -> str:
    """How the proof of a system ended; empty: there was none."""
    if row.service == OK and centre and row.points_at not in (centre, BY_DNS):
        return f"answered, but {_ELSEWHERE.get(row.points_at, f'leads to {row.points_at}')},"
    return {OK: _ANSWERED, FAILED: _SILENT, DEFERRED: "deferred"}.get(row.service, "")


def _found(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Each finding once, with who has it. Findings name places, not systems: a person sees which bear on what."""
    groups: dict[str, dict[str, None]] = {}
    for each in answers:
        for found in each.findings:
            if found.level in LEVELS:
                groups.setdefault(f"{found.level}: {found.where}: {found.what}", {})[each.host] = None
    return tuple(f"{what} ({names(sorted(hosts, key=natural))})" for what, hosts in groups.items())


def _during(known: Day, span: DayWindow | None) -> list[Note]:
    if span is None:
        return []
    return [note for note in known.notes if note.stands and span.start <= note.at < span.end]
