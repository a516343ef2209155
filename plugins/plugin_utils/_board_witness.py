# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of one question of a confirmation: material for an answer, never one. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ansible_collections.hkex.drill.plugins.plugin_utils._board_checklist import Item
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import count, names, natural
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import Answer, Note
from ansible_collections.hkex.drill.plugins.plugin_utils.day import LEVELS, Day, DayWindow
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import FAILED, OK


@dataclass(frozen=True)
class Witness:
    """What a window's records and notes say of some systems.

    ``answered`` and ``failed``: workstations on which a service proof of them did so, some in both; ``dropped`` were
    unreachable or failed altogether. ``said``: notes of that time that attest no item at all.
    """

    asked: bool  # whether it is about a window at all
    answered: tuple[str, ...]
    failed: tuple[str, ...]
    dropped: tuple[str, ...]
    found: tuple[str, ...]
    items: tuple[Item, ...]
    said: tuple[Note, ...]

    def sentences(self) -> list[str]:
        """In words; what was not seen is said, too."""
        lines = []
        if self.asked:
            proofs = [
                f"{what} on {count(len(hosts), 'workstation')}: {names(hosts)}"
                for what, hosts in (
                    ("answered", self.answered),
                    ("did not answer", self.failed),
                    ("not looked at, unreachable or failed,", self.dropped),
                )
                if hosts
            ]
            what = "; ".join(proofs) or "no answer is recorded in this window"
            lines.append(f"The toolkit, over the network: {what}")
            lines += [f"Found by the toolkit: {each}" for each in self.found]
        for item in self.items:
            notes = "; ".join(f"{note.signature}: {note.text}" for note in item.notes)
            lines.append(
                f"People, of {item.id}: {f'attested by {notes}' if notes else 'nobody has attested it'}"
            )
        return lines + [f"People, in this time: {note.signature}: {note.text}" for note in self.said]


def witness(known: Day, window: str | None, systems: Collection[str], items: Collection[str]) -> Witness:
    """What bears on a question about a window, systems and items of the checklist."""
    span = next((each for each in known.windows if each.window.id == window), None)
    answers = [each for each in known.answers if span and span.start <= each.at < span.end]
    of = tuple(item for item in known.items if item.id in items)
    return Witness(
        span is not None,
        _hosts(answers, systems, OK),
        _hosts(answers, systems, FAILED),
        tuple(sorted({each.host for each in answers if each.heard != "result"}, key=natural)),
        _found(answers),
        of,
        tuple(note for note in _during(known, span) if not note.items),
    )


def _hosts(answers: Sequence[Answer], systems: Collection[str], state: str) -> tuple[str, ...]:
    hosts = {
        each.host
        for each in answers
        for row in each.rows
        if row.service == state and (not systems or row.system in systems)
    }
    return tuple(sorted(hosts, key=natural))


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
