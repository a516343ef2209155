# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirmation that the exchange wants on the day: a draft to send and a page to print.

It gathers what the records and people say of each question, and answers none: what a person writes, ticks, signs or
chops is left open and named. The circular's own words come from a template of the administrator's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from string import Template
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils._board_file import write_owned
from ansible_collections.hkex.drill.plugins.plugin_utils._board_form import (
    DOING,
    Confirmation,
    Part,
    form,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import readable
from ansible_collections.hkex.drill.plugins.plugin_utils._board_witness import witness
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, Occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import show

_BLANK = "_" * 30
_DELETE = "----- LEFT TO PEOPLE. Delete these lines when all of it is done -----"
_SUBJECT = re.compile(r"\s*subject\s*:(.*)", re.IGNORECASE)


def write_confirmation(
    folder: Path,
    records: Iterable[Record],
    drill: Drill,
    occurrence: Occurrence | None,
    now: datetime,
    template: Path | None = None,
) -> tuple[Path, ...]:
    """Write draft and page into the evidence folder, for its owner alone; nothing where the circular asks for none.

    :param template: a text file with the circular's wording, see ``confirmation``
    :raises Refusal: one of the files cannot be read or written, or the template has a blank that nobody knows
    """
    wording = None
    if template is not None:
        try:
            wording = template.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            remedy = "Give a text file in UTF-8, or none to use our own words"
            raise Refusal(f"template {template}", f"it cannot be read: {error}", remedy) from error
    filled = confirmation(day(records, drill, occurrence, now), wording, str(template))
    if filled is None:
        return ()
    name = f"confirmation-{drill.id}{f'-{occurrence.id}' if occurrence else ''}"
    return (
        write_owned(folder / f"{name}.eml", eml(filled)),
        write_owned(folder / f"{name}.html", form(filled)),
    )


def confirmation(known: Day, template: str | None = None, name: str = "template") -> Confirmation | None:
    """What can be filled in by now; None where the circular asks for no confirmation.

    :param template: the wording, in which ``$date``, ``$day``, ``$month``, ``$year``, ``$drill`` and ``$open`` (what
        is left to people, a line each) are filled in; ``$$`` is a dollar. Its first line may be ``Subject: …``.
        Where it has no ``$open``, the draft begins with that, to be deleted
    :param name: of the template, for messages
    :raises Refusal: the template has another blank
    """
    asked = known.drill.data.get("confirmation")
    if asked is None or known.occurrence is None:
        return None
    contacts = [each for each in known.drill.data["contacts"] if each["id"] in asked["contacts"]]
    parts = tuple(_part(known, part) for part in asked["parts"])
    date = f"{known.occurrence.day.day} {known.occurrence.day:%B %Y}"
    subject, wording = _filled(known, parts, date, template, name) if template is not None else ("", "")
    names_open = template is not None and "$open" in template
    return Confirmation(
        asked["what"],
        known.drill.title,
        date,
        subject or f"{known.drill.title}: confirmation of {date}",
        tuple(each["value"] for each in contacts if each["channel"] == "email"),
        tuple(f"{each['channel']}: {each['value']} ({each['who']})" for each in contacts),
        tuple(each for each in known.deadlines if each.confirmation),
        parts,
        wording,
        names_open,
        asked["source"],
        known.now,
        known.pretended,
    )


def eml(filled: Confirmation) -> bytes:
    """The draft of the e-mail. It has no sender and no date; ``X-Unsent`` makes programs that know it open a draft."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(readable(filled.subject).split())
    message["To"] = ", ".join(filled.addresses)
    message["X-Unsent"] = "1"
    message.set_content(readable(_letter(filled)), cte="quoted-printable")
    return message.as_bytes()


def left_open(parts: Iterable[Part]) -> list[str]:
    """What is left to people, a line each."""
    return [f"[ ] {DOING[part.do]}: {part.text}" for part in parts]


def _part(known: Day, part: Mapping[str, Any]) -> Part:
    asks = part.get("window") or part.get("items")
    seen = (
        witness(known, part.get("window"), part.get("systems", ()), part.get("items", ())) if asks else None
    )
    return Part(part["id"], part["do"], part["text"], part["source"], seen)


def _filled(known: Day, parts: tuple[Part, ...], date: str, template: str, name: str) -> tuple[str, str]:
    """Subject and text of a template; the subject is empty where it has none."""
    number, month, year = date.split()
    blanks = {
        "date": date,
        "day": number,
        "month": month,
        "year": year,
        "drill": known.drill.title,
        "open": "\n".join(left_open(parts)),
    }
    lines = template.splitlines() or [""]
    given = _SUBJECT.fullmatch(lines[0])
    body = "\n".join(lines[1:] if given else lines)
    return _blanks(given[1] if given else "", blanks, name).strip(), _blanks(
        body, blanks, name
    ).strip() + "\n"


def _blanks(text: str, blanks: Mapping[str, str], name: str) -> str:
    try:
        return Template(text).substitute(blanks)
    except (KeyError, ValueError) as error:
        there = ", ".join(f"${blank}" for blank in blanks)
        what = f"nobody knows its blank ${error.args[0]}" if isinstance(error, KeyError) else f"{error}"
        raise Refusal(name, what, f"Its blanks can be {there}; a dollar is $$") from error


def _letter(filled: Confirmation) -> str:
    if not filled.wording:
        return _own_words(filled)
    if filled.names_open:
        return filled.wording
    return "\n".join([_DELETE, *left_open(filled.parts), _DELETE, "", filled.wording])


def _own_words(filled: Confirmation) -> str:
    """The text where no template gives the circular's: a form to complete, with what the records say beside it."""
    lines = [
        f"{filled.what}",
        f"{filled.title}, {filled.date}",
        "",
        "DRAFT IN OUR OWN WORDS. Every [ ] and every line is for a person to complete.",
        f"The wording that the circular prescribes is not in it ({filled.source}).",
        "",
    ]
    for part in filled.parts:
        lines += [f"[ ] {DOING[part.do]}: {part.text}", f"    {_BLANK}"]
        if part.witness:
            # Indented, so that no line of a note passes for one of the form.
            lines += [f"    - {said}".replace("\n", "\n      ") for said in part.witness.sentences()]
        lines.append("")
    lines.append(f"As known at {show(filled.now)}, Hong Kong time.")
    lines += ["The times are those that a sandbox pretended."] if filled.pretended else []
    return "\n".join(lines) + "\n"
