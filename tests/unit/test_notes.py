# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people write down: what an entry may be, what it attests, and how a later one takes its place."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from ansible.parsing.splitter import parse_kv
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import notes
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import START, chain, parse
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from hypothesis import given
from hypothesis import strategies as st

DRILL = load(DIRECTORY, "2021-11-06-ccass-failover-rehearsal")
DAY = "2021-11-06"


def record(seq: int, text: str = "seen", **more: Any) -> dict[str, Any]:
    """A record as the action writes it."""
    said = {"text": text, "items": more.pop("items", []), "corrects": more.pop("corrects", None)}
    own = {"seq": seq, "at": "2021-11-06T04:00:00+00:00", "who": "li", "from": "ctl-1", "event": "note"}
    return {**own, "drill": DRILL.id, "occurrence": DAY, "host": None, "detail": said, **more}


def read(*records: dict[str, Any]) -> dict[int, int | None]:
    return notes.entries(records, DRILL.id, DAY)


# ---- a text ----


@given(st.text(max_size=60))
def test_a_text_is_kept_as_it_is_or_refused_and_what_is_kept_can_be_read(text: str) -> None:
    try:
        kept = notes.held(text, notes.NOTE, notes.LONGEST)
    except Refusal:
        assert not text.strip() or any(
            unicodedata.category(char) in ("Cc", "Cs", "Cf", "Zl", "Zp") for char in text
        )
        return
    assert kept == text.strip() != ""
    assert all(unicodedata.category(char) != "Cc" or char == "\n" for char in kept)
    assert (parse(chain(START, {"detail": kept})) or {})["detail"] == kept


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "note: it has no text"),
        (" \n ", "note: it has no text"),
        ("x" * 4001, "it has 4001 characters, and 4000 is the most"),
        ("a\tb", r"character 2 is a control character \(U\+0009\)"),
        ("a\x1b[2Jb", r"U\+001B"),
        ("a\rb", r"U\+000D"),
        ("no \u202eog", r"character 4 is RIGHT-TO-LEFT OVERRIDE \(U\+202E\)"),
        ("a\u2028b", "LINE SEPARATOR"),
        ("\udc80", r"U\+DC80"),
    ],
)
def test_a_text_that_no_trail_should_hold_is_refused(text: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        notes.detail(DRILL, {}, text)


def test_a_text_may_be_as_long_as_it_says_and_have_lines() -> None:
    assert notes.detail(DRILL, {}, "x" * 4000)["text"] == "x" * 4000
    assert notes.detail(DRILL, {}, "香港\nfour 🧑‍💻\n")["text"] == "香港\nfour 🧑‍💻"


def test_whose_word_it_is_is_one_line() -> None:
    assert notes.detail(DRILL, {}, "go", by=" Ms Chan ")["by"] == "Ms Chan"
    assert "by" not in notes.detail(DRILL, {}, "go")
    with pytest.raises(Refusal, match="note_by: character 3"):
        notes.detail(DRILL, {}, "go", by="Ms\nChan")


# ---- what it is about ----


def test_items_are_those_of_the_drill_each_once() -> None:
    asked = ["hotline", " session-1-ccass", "", "hotline"]
    assert notes.detail(DRILL, {}, "go", items=asked)["items"] == ["hotline", "session-1-ccass"]


def test_an_item_that_the_drill_does_not_have_is_refused_with_the_closest() -> None:
    with pytest.raises(Refusal) as refused:
        notes.detail(DRILL, {}, "go", items=["hotlin"])
    assert "has no 'hotlin'. Did you mean hotline? Its items are read, pass-on" in str(refused.value)


def test_a_workstation_is_one_of_the_inventory() -> None:
    assert notes.workstation("ws-02", ["ws-01", "ws-02"]) == "ws-02"
    assert notes.workstation(None, ["ws-01"]) is notes.workstation("", ["ws-01"]) is None
    with pytest.raises(Refusal, match=r"has no 'ws-2'\. Did you mean ws-02\?"):
        notes.workstation("ws-2", ["ws-02", "other"])


def test_a_text_and_a_number_are_what_was_given_and_nothing_else() -> None:
    assert notes.words("note", "['a']") == "['a']" and notes.words("note", 5) == "5"
    assert notes.words("note", None) is None and notes.number(None) is None
    assert notes.number("17") == notes.number(17) == 17
    for wrong in (["a", "b"], {"a": 1}, True):
        with pytest.raises(Refusal, match=r"note: .* is no text"):
            notes.words("note", wrong)
    for none in ("abc", "-1", "1.5", "\u0663", ""):
        with pytest.raises(Refusal, match=r"note_corrects: .* is no number of an entry"):
            notes.number(none)


@pytest.mark.parametrize(
    ("name", "message"),
    [("note_item", "Did you mean note_items"), ("note_workstations", "Did you mean note_workstation")],
)
def test_a_mistyped_variable_is_named(name: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        notes.misnamed(["drill", name])
    notes.misnamed([*notes.VARIABLES, "notebook", "note_to_self"])


# ---- corrections ----


def test_only_what_people_said_of_this_occurrence_is_an_entry() -> None:
    told = (
        record(1),
        record(2, event="result"),
        record(3, occurrence="2021-11-07"),
        record(4, drill="contingency", occurrence=None),
        {"seq": 5, "event": "recovered", "detail": {"what": "x"}},
        record(6, detail=None),
        record(7, corrects=["6"]),
    )
    assert read(*told) == {1: None, 6: None, 7: None}


def test_only_an_entry_that_stands_can_be_corrected() -> None:
    told = read(record(1), record(3, corrects=1), record(4))
    assert notes.detail(DRILL, told, "no", corrects=3)["corrects"] == 3
    for seq, message in (
        (1, "entry 1 has been corrected by entry 3"),
        (2, r"2 is no entry of this drill and occurrence\. Entries that can be corrected: 3, 4"),
    ):
        with pytest.raises(Refusal, match=message):
            notes.detail(DRILL, told, "no", corrects=seq)
    with pytest.raises(Refusal, match="There is none yet to correct"):
        notes.detail(DRILL, {}, "no", corrects=1)


@given(st.lists(st.integers(1, 12), max_size=12))
def test_an_entry_stands_until_it_is_corrected(told: list[int]) -> None:
    """Whatever order they are corrected in; also where two correct the same, as on two terminals at once."""
    records = [record(seq, corrects=corrects) for seq, corrects in enumerate(told, 1)]
    later: dict[int, int] = {}
    for seq, corrects in enumerate(told, 1):
        if corrects < seq:
            later[corrects] = seq
    assert read(*records) == {seq: later.get(seq) for seq in range(1, len(told) + 1)}


# ---- as it was typed ----


def typed(*words: str) -> dict[str, str]:
    return notes.typed((each, parse_kv(each)) for each in words)


@pytest.mark.parametrize(
    "words", ["note=go", "note='hotline says go'", "note=x note_items=a,b", "drill=x note=y", "x=1 y"]
)
def test_what_ansible_reads_whole_is_left_to_it(words: str) -> None:
    assert typed(words) == {}


def test_what_ansible_cuts_at_a_blank_is_taken_whole() -> None:
    assert typed("note=hotline says go", "note_by=Ms Chan", "drill_batch=5") == {
        "note": "hotline says go",
        "note_by": "Ms Chan",
    }
    assert typed("note_items=hotline, read") == {"note_items": "hotline, read"}


@pytest.mark.parametrize(
    "words",
    ["note=RAP at port=18801", "note=port a=1", "note_items=a note=go now", "note=go now note_items=a"],
)
def test_where_the_text_ends_nobody_guesses(words: str) -> None:
    with pytest.raises(Refusal, match="where the text ends cannot be told"):
        typed(words)
