# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The board as a page: whole by itself, for everybody to read, and of nobody's making but the drill's."""

from __future__ import annotations

import json
import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import STYLE, Html, natural, tag
from ansible_collections.hkex.drill.plugins.plugin_utils._board_timeline import _lanes
from ansible_collections.hkex.drill.plugins.plugin_utils.board import board, file_name, write_board
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.board_days import Pen, drill, finding, hk, row, rows, sandbox_day
from tests.unit.board_pages import Page, contrast

NOW = hk("2021-11-06 17:10")
EVIL = "\"><script>alert(1)</script><img src=//x onerror='y'>&amp;\x00\x1b]\ud800"


def page(records: list[dict[str, Any]], verdict: Verdict | None = None) -> Page:
    return Page(board(day(records, *drill(), NOW), verdict))


def troubled() -> list[dict[str, Any]]:
    """A day on which much goes wrong."""
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 09:00", allowed=False, msg="not open yet")
    pen.end()
    pen.begin("to-secondary", "2021-11-06 12:20", force="asked by phone", overridden=["window: not open"])
    pen.look("ws-1", rows("ws-1", "mixed", configuration="failed", service="failed"))
    pen.look("ws-2", [row("ws-2", "rap", "unknown", configuration="pending", access="ip_address")])
    pen.lost("ws-3")
    pen.lost("ws-10", "failed", "disk full")
    pen.begin("status", "2021-11-06 14:35", check=True)
    first = pen.note("hotline says go", "2021-11-06 14:40", ["hotline"])
    pen.note("no, later", "2021-11-06 14:41", corrects=first)
    return pen.records


def attested() -> list[dict[str, Any]]:
    """What somebody wrote who was asked and had to say no."""
    pen = Pen()
    pen.note("Hotline: it is called off", "2021-11-06 09:35", ["hotline"])
    return pen.records


DAYS = {"nothing": [], "a good day": sandbox_day(), "a bad day": troubled()}


@pytest.mark.parametrize("name", DAYS)
def test_the_page_is_one_of_html(name: str) -> None:
    read = page(DAYS[name])
    assert read.doctype == "DOCTYPE html"
    assert read.all("html")[0].attributes["lang"] == "en"
    assert [each.parents for each in read.all("h1", "main")] == [("html", "body"), ("html", "body", "main")]
    assert read.all("title")[0].text == "CCASS data centre failover rehearsal of 6 November 2021: board"
    assert "viewport" in [each.attributes.get("name") for each in read.all("meta")]
    ids = [each.attributes["id"] for each in read.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    named = [
        each.attributes["aria-labelledby"] for each in read.elements if "aria-labelledby" in each.attributes
    ]
    assert set(named) <= set(ids)


@pytest.mark.parametrize("name", DAYS)
def test_headings_and_tables_say_what_they_are(name: str) -> None:
    read = page(DAYS[name])
    assert [each.tag for each in read.all("h1", "h2", "h3")] == ["h1", *["h2"] * 7]
    for each in read.all("section"):
        assert each.attributes["aria-labelledby"]
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(
        each.attributes.get("scope") in ("col", "row") and each.text.strip() for each in read.all("th")
    )
    assert all(each.attributes["data-label"] and each.text.strip() for each in read.all("td"))


@pytest.mark.parametrize("name", DAYS)
def test_it_needs_nothing_but_itself(name: str) -> None:
    read = page(DAYS[name])
    assert not read.all(
        "script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video", "a"
    )
    assert not [key for each in read.elements for key in each.attributes if key.startswith("on")]
    assert not [
        each for each in read.elements if {"src", "href", "xlink:href", "srcset"} & set(each.attributes)
    ]
    assert not re.search(r"@import|expression\(|url\((?!#)", read.source)
    (policy,) = [each for each in read.all("meta") if "http-equiv" in each.attributes]
    assert policy.attributes["content"].startswith("default-src 'none'")


def poisoned(value: Any) -> Any:
    """Every text that a trail can hold from elsewhere, with something in it that wants out."""
    if isinstance(value, dict):
        return {key: poisoned(each) for key, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each) for each in value]
    return f"{value}{EVIL}" if isinstance(value, str) else value


def test_nothing_from_the_trail_becomes_html() -> None:
    kept = ("drill", "occurrence", "at", "event", "phase")
    records = [
        {key: value if key in kept else poisoned(value) for key, value in record.items()}
        for record in [*sandbox_day(), *troubled()]
    ]
    harmless = page([*sandbox_day(), *troubled()])
    read = page(records, Verdict(False, 3, 4, EVIL))
    assert {each.tag for each in read.elements} == {each.tag for each in harmless.elements}
    assert "<script>alert(1)</script>" in read.body
    assert not {each for key in read.elements for each in key.attributes if each in ("onerror", "src")}
    assert "\x1b" not in read.source and "\x00" not in read.source
    read.source.encode("utf-8")


@given(st.text())
def test_any_text_reads_as_it_was_or_with_marks_for_what_none_can_read(text: str) -> None:
    made = tag("p", text, title=text)
    (element,) = Page(made).elements
    readable = all(char.isprintable() or char in "\t\n" for char in text)
    if readable:
        assert (element.text, element.attributes["title"]) == (text, text)
    assert isinstance(made, Html) and made.count("<") == 2


def test_colours_are_told_apart_and_never_alone() -> None:
    texts = set(re.findall(r"[;{]color:(#\w+)", STYLE)) | {"#1a1a1a"}
    grounds = set(re.findall(r"background:(#\w+)", STYLE))
    assert len(texts) > 1 and len(grounds) > 3
    assert min(contrast(one, other) for one in texts for other in grounds) >= 4.5
    assert contrast("#767676", "#fff") >= 3  # borders and patterns
    assert (contrast("#000", "#fff"), round(contrast("#777777", "#ffffff"), 2)) == (21.0, 4.48)


def test_each_state_has_a_shape_and_a_word() -> None:
    shapes = dict(re.findall(r'\.(s-\w+)::before\{content:"(\\\w+)', STYLE))
    assert len(set(shapes.values())) == len(shapes) == 4
    read = page([*DAYS["a bad day"], *attested()])
    signs = [each for each in read.all("span") if "s-" in each.attributes.get("class", "")]
    assert {"s-bad", "s-wait", "s-said"} <= {each.attributes["class"] for each in signs} <= set(shapes)
    assert all(each.text.strip() for each in signs)
    tinted = [each for each in read.all("td") if "class" in each.attributes]
    assert tinted and all("configuration" in each.text for each in tinted)


def test_what_went_wrong_stands_there_with_its_remedy() -> None:
    read = page(DAYS["a bad day"], Verdict(False, 5, 6, "it was altered", head="ab12"))
    for said in (
        "Unreachable, so pending: ws-3.",
        "Failed: ws-10.",
        "is BROKEN at record 6: it was altered",
        "ab12",
        "refused: not open yet",
        "forced because: asked by phone (against window: not open)",
        "its end is not recorded",
        "Run the phase again when it is on",
        "disk full",
        "corrected by",
        "(check mode)",
        "50 min left",
        "passed 5 h 40 min ago",
    ):
        assert said in read.body, said


def test_the_fleet_names_the_findings_of_each() -> None:
    read = page(sandbox_day(findings=2))
    bodies = [each for each in read.all("th") if each.attributes["scope"] == "row"]
    assert [each.text for each in bodies if each.text.startswith("ws-")] == ["ws-1", "ws-2", "ws-10"]
    assert read.body.count("F1, F2") == 3


def test_a_long_fleet_is_named_in_the_table_alone() -> None:
    hosts = [f"ws-{number}" for number in range(1, 31)]
    read = page(sandbox_day(hosts))
    assert "ws-20 and 10 more" in read.body
    assert read.body.count("ws-29") == 1


@pytest.mark.parametrize("name", available(DIRECTORY))
def test_every_drill_has_a_board(name: str) -> None:
    found = load(DIRECTORY, name)
    for occurrence in [*found.occurrences, None]:
        pen = Pen(name, occurrence.id if occurrence else None)
        pen.begin("pre-drill", "2021-11-05 17:00")
        pen.look("ws-1", rows("ws-1", "primary"))
        pen.end()
        read = Page(board(day(pen.records, found, occurrence, NOW)))
        assert "R1 pre-drill" in read.body
        assert all(item["text"] in read.body for item in found.data["checklists"])


def test_marks_of_runs_do_not_cover_one_another() -> None:
    assert _lanes([0, 10, 20, 40, 50, 300]) == [0, 1, 2, 0, 1, 0]
    many = _lanes([float(number) for number in range(40)])
    assert max(many) == 7


def test_workstations_stand_in_the_order_of_their_numbers() -> None:
    assert sorted(["ws-10", "ws-9", "a", "ws-²", "ws-2b10", "ws-2b9"], key=natural) == [
        "a",
        "ws-2b9",
        "ws-2b10",
        "ws-9",
        "ws-10",
        "ws-²",
    ]


def test_the_board_of_a_day_s_trail_is_written_whole_and_for_its_owner(tmp_path: Path) -> None:
    trail = Trail.open(tmp_path)
    for record in sandbox_day():
        trail.append({key: value for key, value in record.items() if key != "seq"})
    path = write_board(tmp_path, trail.records(), *drill(), NOW, trail.verify())
    assert path == tmp_path / "board-2021-11-06-ccass-failover-rehearsal-2021-11-06.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = Page(path.read_text(encoding="utf-8"))
    assert "8 proved by records, 1 attested by people" in read.body
    assert f"is whole; hash of its last record: {trail.verify().head}" in read.body
    assert {each.name for each in tmp_path.iterdir()} == {"trail.jsonl", "trail.mark", path.name}


def test_it_takes_the_place_of_the_last_one_and_follows_no_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    path = tmp_path / file_name(*drill())
    path.symlink_to(elsewhere)
    write_board(tmp_path, [], *drill(), NOW)
    later = write_board(tmp_path, [], *drill(), NOW + timedelta(hours=1)).read_text(encoding="utf-8")
    assert (elsewhere.read_text(), path.is_symlink()) == ("mine", False)
    assert "18:10" in later


def test_where_it_cannot_be_written_what_was_there_stays(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="cannot be written"):
        write_board(tmp_path / "nowhere", [], *drill(), NOW)
    (tmp_path / file_name(*drill())).mkdir()
    with pytest.raises(Refusal, match="run status again"):
        write_board(tmp_path, [], *drill(), NOW)
    assert [each.name for each in tmp_path.iterdir()] == [file_name(*drill())]


def test_the_same_day_makes_the_same_page() -> None:
    records = sandbox_day()
    assert page(records).source == page(json.loads(json.dumps(records))).source


def test_a_finding_of_many_is_told_once() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    for host in ("ws-1", "ws-2"):
        pen.look(host, [], findings=[finding("pending", "RAP", "its client is running", "Close it")])
    read = page(pen.records)
    assert read.body.count("its client is running") == 1
    assert "ws-1, ws-2" in read.body
