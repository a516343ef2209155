# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The circular's own words in a confirmation: the administrator's template, with its blanks filled in."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils._board_form import form
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import left_open, write_confirmation
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.board_days import REHEARSAL, SESSIONS, drill
from tests.unit.board_letters import NOW, TEMPLATE, filled, framed, letter
from tests.unit.board_pages import Page


def test_the_circular_s_words_are_the_administrator_s_template_with_its_blanks_filled_in() -> None:
    made = filled([], TEMPLATE)
    assert letter(made)["Subject"] == "On 6 November 2021"
    frame, text = framed(made)
    assert text.strip() == "We were there on the 6 of November 2021, for $0."
    assert "\n".join(left_open(made.parts)) in frame
    page = Page(form(made))
    assert page.all("pre")[0].text == "We were there on the 6 of November 2021, for $0.\n"


@pytest.mark.parametrize("blank", ["$open", "${open}"])
def test_a_template_can_name_what_is_open_itself(blank: str) -> None:
    made = filled([], f"Dear $drill\n{blank}\nYours")
    frame, text = framed(made)
    assert text.strip().splitlines() == [
        "Dear CCASS data centre failover rehearsal of 6 November 2021",
        *left_open(made.parts),
        "Yours",
    ]
    assert "[ ]" not in frame
    assert letter(made)["Subject"].startswith("CCASS data centre")


def test_what_only_looks_like_the_blank_of_what_is_open_is_none() -> None:
    frame, text = framed(filled([], "for $$open"))
    assert text.strip() == "for $open"
    assert "[ ] Tick" in frame


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("on $dat", r"blank \$dat"),
        ("cost: $ 5", "line 1, col 7"),
        ("${date", "line 1"),
        ("Subject: ours\ncost: $ 5", "line 2, col 7"),
    ],
)
def test_a_blank_that_nobody_knows_is_refused(template: str, why: str) -> None:
    with pytest.raises(Refusal, match=why) as refused:
        filled([], template)
    assert "$date, $day, $month, $year, $drill, $open" in refused.value.remedy


@pytest.mark.parametrize("template", ["", " \n\n", "Subject: ours", "subject: ours\n \n"])
def test_a_template_without_text_is_no_wording(template: str) -> None:
    with pytest.raises(Refusal, match="it has no text") as refused:
        filled([], template)
    assert "take it away to use our own" in refused.value.remedy
    assert ("subject" in str(refused.value)) == bool(template.strip())


def test_without_a_template_it_says_that_the_prescribed_words_are_missing() -> None:
    made = filled([])
    assert "no template was given" in Page(form(made)).body
    assert "In our own words" in framed(made)[0]


@given(st.text(max_size=60))
def test_no_template_gets_out_of_its_place(text: str) -> None:
    made = filled([], f"Subject: {text}\nOurs: {text}".replace("$", "$$"))
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


def test_no_drill_gets_another_s_words(tmp_path: Path) -> None:
    (tmp_path / f"{REHEARSAL}.txt").write_text("Ours")
    draft, page = write_confirmation(tmp_path, [], *drill(SESSIONS, "2024-11-16"), NOW, tmp_path)
    assert "In our own words" in draft.read_text()
    assert "no template was given for this drill" in page.read_text()


def test_a_template_that_cannot_be_read_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        write_confirmation(tmp_path, [], *drill(), NOW, tmp_path / "nowhere")
    template = tmp_path / f"{REHEARSAL}.txt"
    template.write_bytes(b"\xff\xfe\x00")
    for folder, why in ((tmp_path, "UTF-8"), (template, "Give a folder")):
        with pytest.raises(Refusal, match=why):
            write_confirmation(tmp_path, [], *drill(), NOW, folder)
    assert [*tmp_path.iterdir()] == [template]
