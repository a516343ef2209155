# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirmation gathers what is known, answers nothing, and names what is left to people."""

from __future__ import annotations

import email
import re
import stat
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils._board_form import Confirmation, form
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import (
    confirmation,
    eml,
    left_open,
    write_confirmation,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.board_days import REHEARSAL, SESSIONS, Pen, drill, finding, hk, row, rows, sandbox_day
from tests.unit.board_pages import Page

NOW = hk("2021-11-06 17:10")
TEMPLATE = "Subject: On $date\n\nWe were there on the $day of $month $year, for $$0.\n"

# What nobody but a person may say, in whatever form. The exchange's own words for it are not in this file.
CLAIMS = re.compile(
    r"no (problem|issue)s?\b|without (any )?(problem|issue)|success|\[x\]|[\u2611\u2612\u2713\u2714]", re.I
)


def filled(
    records: list[dict[str, Any]], template: str | None = None, now: datetime = NOW, of: str = REHEARSAL
) -> Confirmation:
    which = drill(of, "2024-11-16") if of == SESSIONS else drill()
    made = confirmation(day(records, *which, now), template)
    assert made is not None
    return made


def letter(made: Confirmation) -> EmailMessage:
    return email.message_from_bytes(eml(made), policy=default)


def body(made: Confirmation) -> str:
    return str(letter(made).get_content()).replace("\r\n", "\n")


def said(made: Confirmation, part: str) -> list[str]:
    witness = next(each.witness for each in made.parts if each.id == part)
    assert witness is not None
    return witness.sentences()


def failing() -> list[dict[str, Any]]:
    """A session at the secondary data centre of which there is something to tell."""
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", rows("ws-1", "secondary"))
    pen.look(
        "ws-2",
        [row("ws-2", "rap", "secondary", service="failed"), row("ws-2", "ccass", "by DNS")],
        findings=[finding("warning", "rapcc", "timed out")],
    )
    pen.lost("ws-3")
    pen.end()
    pen.note("Logged on again\n[x] No", "2021-11-06 14:50", ["resumed"], "ws-1", by="Bob")
    pen.note("The lights went out", "2021-11-06 15:00")
    pen.note("After it", "2021-11-06 16:30")
    return pen.records


def test_the_draft_goes_where_the_circular_wants_it_and_from_nobody_yet() -> None:
    message = letter(filled(sandbox_day()))
    assert message["To"] == "ClearingDrill@hkex.com.hk"
    assert (message["From"], message["Date"], message["X-Unsent"]) == (None, None, "1")
    assert message["Subject"] == (
        "CCASS data centre failover rehearsal of 6 November 2021: confirmation of 6 November 2021"
    )
    assert message.get_content_type() == "text/plain"
    assert b"\r\n" in eml(filled([])) and max(map(len, eml(filled(failing())).split(b"\r\n"))) <= 78


@pytest.mark.parametrize("of", [REHEARSAL, SESSIONS])
@pytest.mark.parametrize("template", [None, TEMPLATE])
def test_everything_that_is_a_person_s_is_open_and_named(of: str, template: str | None) -> None:
    made = filled([], template, of=of)
    asked = drill(of, "2024-11-16" if of == SESSIONS else "2021-11-06")[0].data["confirmation"]["parts"]
    page, text = Page(form(made)), body(made)
    headings = [each.text for each in page.all("h3")]
    for number, part in enumerate(asked, 1):
        assert f"{number}. {part['text']}" in headings
        assert f"[ ] {part['do'].capitalize()}: {part['text']}" in text
    assert page.body.count("Left open: ") == len(asked) == len(made.parts)
    assert page.body.count("\N{WHITE SQUARE} No") == sum(part["do"] == "tick" for part in asked)


@pytest.mark.parametrize("of", [REHEARSAL, SESSIONS])
@pytest.mark.parametrize("records", [[], sandbox_day()])
def test_it_never_says_by_itself_that_all_was_well(records: list[dict[str, Any]], of: str) -> None:
    made = filled(records, of=of)
    for text in (body(made), Page(form(made)).body):
        assert not CLAIMS.search(text)
    assert "A draft: nothing in it has been answered" in Page(form(made)).body


def test_a_question_is_answered_by_nobody_but_has_what_is_known_of_it() -> None:
    made = filled(failing())
    assert said(made, "session-2-var") == [
        "The toolkit, over the network: answered on 1 workstation: ws-1; did not answer on 1 workstation: ws-2; "
        "not looked at, unreachable or failed, on 1 workstation: ws-3",
        "Found by the toolkit: warning: rapcc: timed out (ws-2)",
        "People, of session-2-var: nobody has attested it",
        "People, in this time: entry 8 by amy, Sat 2021-11-06 15:00:01: The lights went out",
    ]
    assert said(made, "session-2-ccass")[0].startswith(
        "The toolkit, over the network: answered on 2 workstations: ws-1, ws-2; not looked at"
    )
    assert said(made, "session-2-ccass")[2] == (
        "People, of resumed: attested by entry 7 by amy, told by Bob, Sat 2021-11-06 14:50:01, about ws-1: "
        "Logged on again\n[x] No"
    )
    assert said(made, "session-1-ccass") == [
        "The toolkit, over the network: no answer is recorded in this window",
        "People, of session-1-ccass: nobody has attested it",
    ]


def test_no_line_of_a_note_passes_for_one_of_the_form() -> None:
    lines = body(filled(failing())).splitlines()
    assert [line for line in lines if "[x]" in line] == ["      [x] No"]


def test_what_no_letter_can_hold_is_marked() -> None:
    pen = Pen()
    pen.note("half a \ud800 and \x1b[2J", "2021-11-06 14:50")
    assert "half a ? and \N{REPLACEMENT CHARACTER}[2J" in body(filled(pen.records))


def test_a_corrected_note_bears_on_nothing() -> None:
    pen = Pen()
    first = pen.note("All seen", "2021-11-06 14:50", ["resumed"])
    pen.note("Wrong drill", "2021-11-06 18:50", corrects=first)
    assert "All seen" not in body(filled(pen.records))


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2021-11-06 17:10", "50 min left"),
        ("2021-11-06 18:00", "passed 0 s ago"),
        ("2021-11-06 20:30", "passed 2 h 30 min ago"),
    ],
)
def test_the_deadline_is_shown_with_the_time_left(now: str, left: str) -> None:
    page = Page(form(filled([], now=hk(now))))
    assert f"Due until Sat 2021-11-06 18:00: {left} at Sat {now}." in page.body
    assert page.body.count("Due until") == 1


def test_of_two_occurrences_each_has_its_own_day() -> None:
    page = Page(form(filled([], now=hk("2024-11-16 17:30"), of=SESSIONS)))
    assert "Due until the end of Sat 2024-11-16: 6 h 30 min left" in page.body
    assert "16 November 2024" in page.body and "30 November" not in page.body


def test_the_circular_s_words_are_the_administrator_s_template_with_its_blanks_filled_in() -> None:
    made = filled([], TEMPLATE)
    assert letter(made)["Subject"] == "On 6 November 2021"
    text = body(made)
    assert "We were there on the 6 of November 2021, for $0.\n" in text
    assert text.count("LEFT TO PEOPLE. Delete these lines") == 2
    page = Page(form(made))
    assert page.all("pre")[0].text == "We were there on the 6 of November 2021, for $0.\n"


def test_a_template_that_names_what_is_open_is_all_of_the_letter() -> None:
    made = filled([], "Dear $drill\n$open\nYours")
    lines = body(made).splitlines()
    assert lines == [
        "Dear CCASS data centre failover rehearsal of 6 November 2021",
        *left_open(made.parts),
        "Yours",
    ]
    assert letter(made)["Subject"].startswith("CCASS data centre")


@pytest.mark.parametrize(
    ("template", "why"), [("on $dat", r"blank \$dat"), ("cost: $ 5", "line 1, col 7"), ("${date", "line 1")]
)
def test_a_blank_that_nobody_knows_is_refused(template: str, why: str) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        filled([], template)
    assert "$date, $day, $month, $year, $drill, $open" in refused.value.remedy


def test_without_a_template_it_says_that_the_prescribed_words_are_missing() -> None:
    made = filled([])
    assert "no template was given" in Page(form(made)).body
    assert "DRAFT IN OUR OWN WORDS" in body(made)


@given(st.text(max_size=60))
def test_no_template_gets_out_of_its_place(text: str) -> None:
    made = filled([], f"Subject: {text}\n{text}".replace("$", "$$"))
    message = letter(made)
    assert set(message.keys()) == {
        "Subject",
        "To",
        "X-Unsent",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
    Page(form(made))


@pytest.mark.parametrize("name", available(DIRECTORY))
def test_what_a_form_asks_about_is_in_its_drill(name: str) -> None:
    found = load(DIRECTORY, name)
    asked: Mapping[str, Any] = found.data.get("confirmation", {})
    items = {each["id"] for each in found.data["checklists"]}
    parts = asked.get("parts", ())
    assert len({part["id"] for part in parts}) == len(parts)
    assert {item for part in parts for item in part.get("items", ())} <= items
    for occurrence in found.occurrences:
        made = confirmation(day([], found, occurrence, NOW))
        assert (made is None) == (not asked)
        assert made is None or [each.by.date() for each in made.deadlines]


def test_draft_and_page_are_written_for_their_owner(tmp_path: Path) -> None:
    template = tmp_path / "template.txt"
    template.write_text("\ufeffSubject: Ours\nYes", encoding="utf-8")
    draft, page = write_confirmation(tmp_path, sandbox_day(), *drill(), NOW, template)
    assert (draft.name, page.name) == (
        "confirmation-2021-11-06-ccass-failover-rehearsal-2021-11-06.eml",
        "confirmation-2021-11-06-ccass-failover-rehearsal-2021-11-06.html",
    )
    assert {stat.S_IMODE(path.stat().st_mode) for path in (draft, page)} == {0o600}
    assert email.message_from_bytes(draft.read_bytes(), policy=default)["Subject"] == "Ours"
    Page(page.read_text(encoding="utf-8"))


def test_where_none_is_wanted_none_is_written(tmp_path: Path) -> None:
    none = load(DIRECTORY, "2025-06-21-rap-practice-session")
    assert write_confirmation(tmp_path, [], none, none.occurrences[0], NOW) == ()
    assert write_confirmation(tmp_path, [], load(DIRECTORY, "contingency"), None, NOW) == ()
    assert [*tmp_path.iterdir()] == []


def test_a_template_that_cannot_be_read_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        write_confirmation(tmp_path, [], *drill(), NOW, tmp_path / "nowhere.txt")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refusal, match="UTF-8"):
        write_confirmation(tmp_path, [], *drill(), NOW, tmp_path / "binary")
    assert [each.name for each in tmp_path.iterdir()] == ["binary"]
