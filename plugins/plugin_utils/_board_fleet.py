# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the board that says where each workstation stands. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import (
    BAD,
    GOOD,
    WAIT,
    Html,
    cell,
    head,
    joined,
    natural,
    sign,
    table,
    tag,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import of
from ansible_collections.hkex.drill.plugins.plugin_utils._board_standing import Standing
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, Group
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import FAILED, NOTHING, OK
from ansible_collections.hkex.drill.plugins.plugin_utils.table import SYSTEMS


def sums(known: Day) -> Html:
    """How many stand where, for each system."""
    systems = _systems(known)
    places: dict[str, dict[str, int]] = {}
    for standings in known.standings.values():
        for each in standings:
            own = places.setdefault(each.row.system, {})
            own[each.row.points_at] = own.get(each.row.points_at, 0) + 1
    if not places:
        return Html()
    columns = list(dict.fromkeys(place for own in places.values() for place in own))
    shown = ["not known" if column == NOTHING else column for column in columns]
    rows = (
        [
            head(SYSTEMS.get(system, system)),
            *(cell(word, places[system].get(place, 0)) for place, word in zip(columns, shown, strict=True)),
        ]
        for system in systems
    )
    return table("How many lead where", ["System", *shown], rows)


def fleet(known: Day) -> Html:
    hosts = sorted({*known.standings, *known.troubles}, key=natural)
    if not hosts:
        return tag("p", "No workstation is recorded.")
    systems = _systems(known)
    columns = ("Workstation", *(SYSTEMS.get(system, system) for system in systems), "Findings")
    numbers = _numbers(known.findings)

    def row(host: str) -> list[Html]:
        trouble = known.troubles.get(host)
        marks = [sign(BAD, trouble.kind)] if trouble else []
        marks += [sign(WAIT, "not clean")] if host in known.not_clean else []
        own = known.standings.get(host, ())
        cells = [
            _stands(column, [each for each in own if each.row.system == system])
            for column, system in zip(columns[1:], systems, strict=False)
        ]
        named = head(host, *(tag("small", mark) for mark in marks))
        return [named, *cells, cell(columns[-1], ", ".join(numbers.get(host, ())) or NOTHING)]

    caption = "The last that is known of each workstation, and the record that says so"
    return table(caption, columns, map(row, hosts), even=True)


def _systems(known: Day) -> list[str]:
    """Those that the trail knows, in the order of the drill, which is that of its proofs."""
    used = dict.fromkeys(each.row.system for own in known.standings.values() for each in own)
    order = [str(system["id"]) for system in known.drill.data["systems"]]
    return [system for system in dict.fromkeys([*order, *used]) if system in used]


def _numbers(groups: Sequence[Group]) -> dict[str, list[str]]:
    """The numbers of the findings of each workstation."""
    of: dict[str, list[str]] = {}
    for number, group in enumerate(groups, start=1):
        for host in group.workstations:
            of.setdefault(host, []).append(f"F{number}")
    return of


def _stands(column: str, standings: Sequence[Standing]) -> Html:
    if not standings:
        return cell(column, NOTHING)
    worst = max((_state(each) for each in standings), key=(GOOD, WAIT, BAD).index)
    return cell(column, *(_stand(each) for each in standings), class_=worst)


def _stand(each: Standing) -> Html:
    row = each.row
    place = "not known" if row.points_at == NOTHING else row.points_at
    dns = "" if row.dns == NOTHING else f", DNS servers {row.dns}"
    parts = f"configuration {row.configuration}, service {row.service}{dns}"
    origin = f"{row.access}; {each.phase} {each.at:%d %b %H:%M}, record {each.seq}{of(each.trail)}"
    return joined([sign(_state(each), place), tag("small", f"{parts}\n{origin}")])


def _state(each: Standing) -> str:
    states = (each.row.configuration, each.row.service)
    if FAILED in states or each.row.points_at in ("mixed", "none"):
        return BAD
    return GOOD if all(state == OK for state in states) else WAIT
