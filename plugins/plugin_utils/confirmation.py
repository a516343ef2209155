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
from ansible_collections.hkex.drill.plugins.plugin_utils._board_form import (
    DOING,
    Confirmation,
    Part,
    form,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import readable
from ansible_collections.hkex.drill.plugins.plugin_utils._board_witness import witness
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, Occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import write_owned
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record

_BLANK = "_" * 30
_FROM = "----- NOT FOR THE EXCHANGE: delete from here -----"
_TO = "----- NOT FOR THE EXCHANGE: delete to here -----"
_SUBJECT = re.compile(r"\s*subject\s*:(.*)", re.IGNORECASE)


def write_confirmation(
    folder: Path,
    records: Iterable[Record],
    drill: Drill,
    occurrence: Occurrence | None,
    now: datetime,
    templates: Path | None = None,
    verdict: Verdict | None = None,
) -> tuple[Path, ...]:
    """Write draft and page into the evidence folder, for its owner alone; nothing where the circular asks for none.

    :param templates: a folder of text files with the circulars' wordings, see ``confirmation``, each named
        ``DRILL.txt``, so that no drill gets another's words. A drill that has none there gets ours
    :param verdict: what came of verifying the trail; None: nobody has, and the confirmation says so
    :raises Refusal: one of the files cannot be read or written, or the template has no text, or a blank that nobody
        knows
    """
    template = templates / f"{drill.id}.txt" if templates else None
    wording = _read(template) if template else None
    filled = confirmation(day(records, drill, occurrence, now), wording, str(template), verdict)
    if filled is None:
        return ()
    name = f"confirmation-{drill.id}{f'-{occurrence.id}' if occurrence else ''}"
    return (
        write_owned(folder / f"{name}.eml", eml(filled)),
        write_owned(folder / f"{name}.html", form(filled)),
    )


def _read(template: Path) -> str | None:
    """None where there is none for this drill."""
    try:
        if template.parent.is_dir() and not template.exists():
            return None
        return template.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Give a folder that has it as a text file in UTF-8, or none to use our own words"
        raise Refusal(f"template {template}", f"it cannot be read: {error}", remedy) from error


def confirmation(
    known: Day, template: str | None = None, name: str = "template", verdict: Verdict | None = None
) -> Confirmation | None:
    """What can be filled in by now; None where the circular asks for no confirmation.

    :param template: the wording, in which ``$date``, ``$day``, ``$month``, ``$year``, ``$drill`` and ``$open`` (what
        is left to people, a line each) are filled in; ``$$`` is a dollar. Its first line may be ``Subject: …``
    :param name: of the template, for messages
    :raises Refusal: the template has another blank, or no text
    """
    asked = known.drill.data.get("confirmation")
    if asked is None or known.occurrence is None:
        return None
    contacts = [each for each in known.drill.data["contacts"] if each["id"] in asked["contacts"]]
    parts = tuple(_part(known, part) for part in asked["parts"])
    date = f"{known.occurrence.day.day} {known.occurrence.day:%B %Y}"
    subject, wording = _filled(known, parts, date, template, name) if template is not None else ("", "")
    names_open = template is None or "open" in Template(template).get_identifiers()
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
        known.told_by(verdict),
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
    lines = _blanks(template, blanks, name).splitlines() or [""]
    given = _SUBJECT.fullmatch(lines[0])
    wording = "\n".join(lines[1:] if given else lines).strip()
    if not wording:
        remedy = "Put the words into it that the circular prescribes, or take it away to use our own"
        raise Refusal(name, "it has no text" + (" but a subject" if given else ""), remedy)
    return given[1].strip() if given else "", wording + "\n"


def _blanks(text: str, blanks: Mapping[str, str], name: str) -> str:
    try:
        return Template(text).substitute(blanks)
    except (KeyError, ValueError) as error:
        there = ", ".join(f"${blank}" for blank in blanks)
        what = f"nobody knows its blank ${error.args[0]}" if isinstance(error, KeyError) else f"{error}"
        raise Refusal(name, what, f"Its blanks can be {there}; a dollar is $$") from error


def _letter(filled: Confirmation) -> str:
    """What is known, between lines that say that it is not for the exchange; then what is."""
    frame = [_FROM, *filled.facts()]
    if not filled.wording:
        frame += [f"In our own words: those that the circular prescribes are not in here ({filled.source})."]
    frame += ["What the records say, which answers nothing:"]
    for part in filled.parts:
        if part.witness:
            frame += ["", f"  {part.text}"]
            # Indented, so that no line of a note passes for one of the form.
            frame += [f"    - {said}".replace("\n", "\n      ") for said in part.witness.sentences()]
    if not filled.names_open:
        frame += ["", "What is left to people:", *left_open(filled.parts)]
    return "\n".join([*frame, _TO, "", filled.wording or _own_words(filled)])


def _own_words(filled: Confirmation) -> str:
    """The text where no template gives the circular's: a form to complete."""
    lines = [filled.what, f"{filled.title}, {filled.date}", ""]
    lines += [line for each in left_open(filled.parts) for line in (each, f"    {_BLANK}", "")]
    return "\n".join(lines)
