# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where workstations stand after a row of answers. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import Answer
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import NOTHING
from ansible_collections.hkex.drill.plugins.plugin_utils.table import Row


@dataclass(frozen=True)
class Standing:
    """The last that is known of one system of a workstation, and the record that says so."""

    row: Row
    seq: int
    at: datetime
    phase: str
    trail: str = ""


def standings(answers: Iterable[Answer]) -> dict[str, tuple[Standing, ...]]:
    """Of each workstation, in the order in which they became known."""
    known: dict[str, dict[tuple[str, str], Standing]] = {}
    for answer in answers:
        own = known.setdefault(answer.host, {})
        for row in answer.rows:
            key = (row.system, row.access)
            before = own.get(key)
            merged = _then(before.row, row) if before else row
            own[key] = Standing(merged, answer.seq, answer.at, answer.phase, answer.trail)
    return {host: tuple(own.values()) for host, own in known.items()}


def not_clean(answers: Iterable[Answer]) -> dict[str, str]:
    """On whom something of the drill is left, by the last look at it, and what."""
    last = {answer.host: answer.not_clean for answer in answers if answer.not_clean is not None}
    return {host: left for host, left in last.items() if left}


def _then(before: Row, later: Row) -> Row:
    """What is known after both. A proof does not outlive what it was a proof of."""
    if later.changed:
        return later
    moved = later.points_at not in (NOTHING, before.points_at)
    return replace(before, service=NOTHING).then(later) if moved else before.then(later)
