# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the board that says what is proved and what is attested. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.hkex.drill.plugins.plugin_utils._board_checklist import (
    ATTESTED,
    OPEN,
    PERSON,
    PROVED,
    Item,
    Proof,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import (
    BAD,
    GOOD,
    SAID,
    WAIT,
    Html,
    cell,
    count,
    head,
    names,
    natural,
    records,
    sign,
    table,
    tag,
    text,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import Note, of
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import NOTHING
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import show


def checklist(known: Day) -> list[Html]:
    counted = f"{sum(item.state == PROVED for item in known.items)} proved by records"
    counted += f", {sum(item.state == ATTESTED for item in known.items)} attested by people"
    counted += f", {sum(item.state not in (PROVED, ATTESTED) for item in known.items)} neither"
    columns = ("Item", "When", "Whose", "State", "Proof or attestation", "Source")
    rows = (
        [
            head(item.text, tag("small", item.id)),
            cell(columns[1], item.when, f" ({item.window})" if item.window else ""),
            cell(columns[2], "a person's" if item.who == PERSON else "the toolkit's"),
            cell(columns[3], sign(_item_state(item), item.state)),
            cell(columns[4], *_evidence(item, known.limited)),
            cell(columns[5], item.source),
        ]
        for item in known.items
    )
    explained = (
        "What is the toolkit's is proved by records alone. What is a person's is attested by what somebody wrote down: "
        "the toolkit has not seen it, and whether it is a yes or a no is in the words."
    )
    return [tag("p", f"{counted}. {explained}"), table("The circular's items", columns, rows)]


def _item_state(item: Item) -> str:
    if item.state in (PROVED, ATTESTED):
        return GOOD if item.state == PROVED else SAID
    return WAIT if item.state == OPEN or not (item.proof and item.proof.lacking) else BAD


def _evidence(item: Item, limited: bool) -> list[Html]:
    said = [tag("p", f"{sentence}.") for sentence in _proved(item.proof, limited)] if item.proof else []
    said += [tag("p", f"Attested by {note.sentence}", class_="said") for note in item.notes]
    return said or [text("Nothing recorded.")]


def _proved(proof: Proof, limited: bool) -> list[str]:
    if proof.unseen:
        return [proof.unseen]
    said = [f"What counts: {proof.shows}"]
    if proof.proved and proof.at:
        where = records(proof.seqs) + of(proof.trail) if proof.seqs else f"runs {', '.join(proof.runs)}"
        where += f", the last of {show(proof.at)}"
        known = count(proof.proved + len(proof.lacking), "workstation")
        said.append(f"Proved on {proof.proved} of {known} that the trail knows and it concerns: {where}")
        if limited:
            said.append(
                "All runs were limited or stopped early, so there may be workstations that the trail does not know"
            )
    if proof.lacking:
        said.append(f"Not on {count(len(proof.lacking), 'workstation')}: {_why(proof.lacking)}")
    return said if proof.proved or proof.lacking else [*said, "No record of it"]


def _why(lacking: Mapping[str, str]) -> str:
    named = [f"{host} ({why})" for host, why in sorted(lacking.items(), key=lambda each: natural(each[0]))]
    return names(named)


def notes_table(notes: Sequence[Note]) -> Html:
    if not notes:
        return tag("p", "Nothing yet.")
    columns = ("Entry", "When", "Who", "Workstation", "Text", "Attests")
    rows = (
        [
            head(note.seq, of(note.trail), tag("small", _correction(note)) if _correction(note) else ""),
            cell(columns[1], show(note.at)),
            cell(columns[2], note.who, f", told by {note.by}" if note.by else ""),
            cell(columns[3], note.host or NOTHING),
            cell(columns[4], tag("span" if note.stands else "del", note.text, class_="said")),
            cell(columns[5], ", ".join(note.items) if note.stands and note.items else NOTHING),
        ]
        for note in notes
    )
    caption = "Entries of people. A corrected one stays readable, and attests nothing any more"
    return table(caption, columns, rows)


def _correction(note: Note) -> str:
    others = (("corrects", note.corrects), ("corrected by", note.corrected_by))
    return ", ".join(f"{what} {seq}{of(note.trail)}" for what, seq in others if seq is not None)
