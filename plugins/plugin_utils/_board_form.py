# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirmation as a page to print: with room to write, tick, sign and chop. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import Html, page, section, tag
from ansible_collections.hkex.drill.plugins.plugin_utils._board_witness import Witness
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Deadline
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import show

# What a person does with a part, as it is asked of them.
DOING = {"write": "Write", "tick": "Tick", "sign": "Sign", "chop": "Chop"}

_STYLE = """
.part{border:1px solid #767676;padding:.5rem .8rem;margin:0 0 .8rem;break-inside:avoid}
.part h3{font-size:1rem;margin:0 0 .3rem}
.line{border-bottom:1px solid #1a1a1a;height:2.2rem;margin:0 0 .5rem}
.room{border:1px dashed #1a1a1a;height:6rem;width:12rem;margin:.4rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #767676;padding:.6rem;font:inherit}
"""


@dataclass(frozen=True)
class Part:
    """One thing that is left to a person, with what is known of it."""

    id: str
    do: str
    text: str
    source: str
    witness: Witness | None  # None: nothing that a trail could know


@dataclass(frozen=True)
class Confirmation:
    """``wording`` is the circular's, from the template (empty: none was given).

    ``names_open``: the letter itself says what is left to people. ``trail``: what the records are worth.
    """

    what: str
    title: str
    date: str
    subject: str
    addresses: tuple[str, ...]  # of e-mail
    ways: tuple[str, ...]  # all ways to send it, in words
    deadlines: tuple[Deadline, ...]
    parts: tuple[Part, ...]
    wording: str
    names_open: bool
    source: str
    trail: str
    now: datetime
    pretended: bool

    def facts(self) -> list[str]:
        """What to know before anything is written into it or sent."""
        now = show(self.now)
        said = [f"Due until {each.until}: {each.left(self.now)} at {now}." for each in self.deadlines]
        said += [f"As known at {now}, Hong Kong time.", self.trail]
        return [*said, "The times are those that a sandbox pretended."] if self.pretended else said


def form(filled: Confirmation) -> str:
    """The page."""
    return page(
        f"{filled.title}: confirmation",
        tag("h1", filled.what),
        _top(filled),
        section(
            "open", "Left to people", *(_part(number, part) for number, part in enumerate(filled.parts, 1))
        ),
        section("wording", "Wording", *_wording(filled)),
        style=_STYLE,
    )


def _top(filled: Confirmation) -> Html:
    facts = [
        f"{filled.title}, {filled.date}.",
        f"To be sent by {' or '.join(filled.ways)}.",
        "A draft: nothing in it has been answered, and nothing has been sent.",
        *filled.facts(),
    ]
    return tag("div", *(tag("p", fact) for fact in facts), class_="box")


def _part(number: int, part: Part) -> Html:
    title = tag("h3", f"{number}. {part.text}")
    said = [tag("p", f"Left open: {DOING[part.do].lower()}. ", tag("small", part.source))]
    if part.witness:
        said += [tag("ul", *(tag("li", sentence, class_="said") for sentence in part.witness.sentences()))]
    if part.do == "tick":
        said.append(tag("p", "\N{WHITE SQUARE} No   \N{WHITE SQUARE} Yes: ", class_="said"))
    return tag("div", title, *said, tag("div", class_="room" if part.do == "chop" else "line"), class_="part")


def _wording(filled: Confirmation) -> list[Html]:
    if not filled.wording:
        return [
            tag(
                "p",
                "The circular prescribes one, and it is not in here: no template was given for this drill. Take it ",
                f"from {filled.source}.",
            )
        ]
    given = "From the administrator's template, with only its blanks filled in."
    return [tag("p", given), tag("p", tag("strong", filled.subject)), tag("pre", filled.wording)]
