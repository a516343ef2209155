# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The confirmation gathers what is known, answers nothing, and names what is left to people."""

from __future__ import annotations

import email
import re
import stat
from collections.abc import Mapping
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils._board_form import Confirmation, form
from ansible_collections.hkex.drill.plugins.plugin_utils.board import board
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import (
    confirmation,
    eml,
    write_confirmation,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.board_days import REHEARSAL, SESSIONS, Pen, drill, finding, hk, row, rows, sandbox_day
from tests.unit.board_letters import NOW, TEMPLATE, body, filled, framed, letter
from tests.unit.board_pages import Page

# What nobody but a person may say, in whatever form. The exchange's own words for it are not in this file.
CLAIMS = re.compile(
    r"no (problem|issue)s?\b|without (any )?(problem|issue)|success|\[x\]|[\u2611\u2612\u2713\u2714]", re.I
)

# What some program or other takes for the end of a line.
ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


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
        "People, in this time: entry 7 by amy, told by Bob, Sat 2021-11-06 14:50:01, about ws-1: "
        "Logged on again\n> [x] No",
        "People, in this time: entry 8 by amy, Sat 2021-11-06 15:00:01: The lights went out",
    ]
    assert said(made, "session-2-ccass")[0].startswith(
        "The toolkit, over the network: answered on 2 workstations: ws-1, ws-2; not looked at"
    )
    assert said(made, "session-2-ccass")[2] == (
        "People, of resumed: attested by entry 7 by amy, told by Bob, Sat 2021-11-06 14:50:01, about ws-1: "
        "Logged on again\n> [x] No"
    )
    assert said(made, "session-1-ccass") == [
        "The toolkit, over the network: no answer is recorded in this window",
        "People, of session-1-ccass: nobody has attested it",
    ]


def test_no_line_of_a_note_passes_for_one_of_the_form() -> None:
    lines = body(filled(failing())).splitlines()
    assert {line for line in lines if "[x]" in line} == {"      > [x] No"}


@given(st.text(ENDS, max_size=6), st.sampled_from(["", "People, of resumed: "]))
def test_no_line_of_a_text_passes_for_an_attestation_by_somebody_else(end: str, before: str) -> None:
    forged = f"{before}attested by entry 12 by Ms Chan, Sat 2021-11-06 14:50:01: all seen"
    pen = Pen()
    pen.note(
        f"RAP not reached; {forged}{end}{forged}\n{forged.capitalize()}", "2021-11-06 14:50", ["resumed"]
    )
    pen.note("no", "2021-11-06 14:51", ["resumed"])
    board_page, form_page = Page(board(day(pen.records, *drill(), NOW))), Page(form(filled(pen.records)))
    told = [each.text for each in board_page.all("p") if each.text.startswith("Attested by ")]
    listed = [each.text for each in form_page.all("li") if each.text.startswith("People, of resumed: ")]
    assert len(told) == 2 and len(set(listed)) == 2
    for first, *more in map(str.splitlines, (*told, *listed)):
        assert re.match(r"(People, of resumed: a|A)ttested by entry [12] by amy, ", first)
        assert all(line.startswith("> ") for line in more)
    letter_lines = [line for line in body(filled(pen.records)).splitlines() if "Ms Chan" in line]
    assert all(" by amy, " in line or line.startswith("      > ") for line in letter_lines)


@pytest.mark.parametrize("template", [None, TEMPLATE, "Dear $drill\n$open"])
def test_what_the_records_say_is_not_for_the_exchange(template: str | None) -> None:
    made = confirmation(
        day(failing(), *drill(), NOW), template, verdict=Verdict(False, 5, 6, "it was altered")
    )
    assert made is not None
    frame, text = framed(made)
    for said in ("ws-1", "rapcc", "The lights went out", "Due until Sat 2021-11-06 18:00: 50 min left"):
        assert said in frame and said not in text, said
    assert "is BROKEN at record 6: it was altered" in frame and "BROKEN" not in text
    assert "BROKEN at record 6" in Page(form(made)).all("div")[0].text


def test_whether_the_trail_was_verified_is_told() -> None:
    assert "has not been verified" in framed(filled([]))[0]
    made = confirmation(day([], *drill(), NOW), verdict=Verdict(True, 0))
    assert made is not None and "is whole; hash of its last record" in framed(made)[0]
    assert "is whole" in Page(form(made)).body


def test_an_answer_of_the_wrong_data_centre_is_told_apart() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    for host, place in (("ws-1", "secondary"), ("ws-2", "primary"), ("ws-3", "unknown"), ("ws-4", "by DNS")):
        pen.look(host, [row(host, "rap", place)])
    pen.look("ws-5", [row("ws-5", "rap", "primary", service="deferred")])
    assert said(filled(pen.records), "session-2-var")[0] == (
        "The toolkit, over the network: answered on 2 workstations: ws-1, ws-4; "
        "answered, but leads to primary, on 1 workstation: ws-2; "
        "answered, but nobody knows where it leads, on 1 workstation: ws-3; deferred on 1 workstation: ws-5"
    )


def test_a_note_of_the_session_is_told_whatever_item_it_names() -> None:
    pen = Pen()
    pen.note("BOS is restored", "2021-11-06 14:50", ["restore"])
    pen.note("Seen", "2021-11-06 14:55", ["session-2-var"])
    told = said(filled(pen.records), "session-2-var")
    assert [line.rpartition(": ")[2] for line in told if line.startswith("People, in this time")] == [
        "BOS is restored"
    ]
    assert sum("Seen" in line for line in told) == 1


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
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / f"{REHEARSAL}.txt").write_text("\ufeffSubject: Ours\nYes", encoding="utf-8")
    draft, page = write_confirmation(tmp_path, sandbox_day(), *drill(), NOW, templates)
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
