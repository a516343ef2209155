# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the board says of runs, the checklist and the fleet: no more than its records do."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.board import board
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load

from tests.unit.board_days import Pen, hk, row, rows, sandbox_day
from tests.unit.board_pages import Page
from tests.unit.test_board import NOW, attested, page


def state(read: Page, item: str) -> tuple[str, str]:
    """Sign and word of an item of the checklist."""
    (at,) = [number for number, each in enumerate(read.elements) if each.tag == "small" and each.text == item]
    sign = next(each for each in read.elements[at:] if "s-" in each.attributes.get("class", ""))
    return sign.attributes["class"], sign.text


def test_what_somebody_says_is_no_proof_and_its_words_stand_there() -> None:
    read = page([*sandbox_day()[:-1], *attested()])
    assert state(read, "hotline") == ("s-said", "attested")
    assert state(read, "at-primary") == ("s-good", "proved")
    (cell,) = [each for each in read.all("p") if "it is called off" in each.text]
    assert cell.text == "Attested by entry 1 by amy, Sat 2021-11-06 09:35:01: Hotline: it is called off"


def came(pen: Pen) -> list[tuple[str, str]]:
    """What came of the first run, with its signs."""
    elements = page(pen.records).elements
    labels = [each.attributes.get("data-label") for each in elements]
    cell = elements[labels.index("What came of it") : labels.index("Records")]
    return [(each.attributes["class"], each.text) for each in cell if each.tag == "span"]


def test_a_run_whose_verdict_failed_did_not_go_through() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", rows("ws-1", "secondary"))
    assert came(pen) == [("s-wait", "cut off, or still on")]
    pen.judge("ws-1")
    pen.end(failed=1)
    assert came(pen) == [("s-bad", "1 not as it should be")]


def test_a_run_that_left_work_pending_says_so() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20")
    for host in ("ws-1", "ws-2"):
        pen.look(host, rows(host, "primary", configuration="pending", service="deferred"))
    pen.lost("ws-3")
    pen.end()
    assert came(pen) == [("s-wait", "3 pending")]
    pen.records[-1]["detail"]["failed"] = 1  # of a play that leaves no record of a workstation
    assert came(pen) == [("s-wait", "3 pending"), ("s-bad", "ended with a failure")]


def test_a_good_run_went_through() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20", limit="ws-1")
    pen.look("ws-1", rows("ws-1", "secondary", changed=True, service="deferred"))
    pen.end()
    assert came(pen) == [("s-good", "went through")]
    assert "1, 1 changed; limited to ws-1" in page(pen.records).body
    assert "All runs were limited" in page(pen.records).body


def test_in_check_mode_nothing_has_changed() -> None:
    pen = Pen()
    pen.begin("to-secondary", "2021-11-06 12:20", check=True)
    pen.look("ws-1", rows("ws-1", "secondary", changed=True))
    pen.end()
    assert "1, 1 would change" in page(pen.records).body
    assert "All runs were limited" not in page(sandbox_day()).body


def test_the_fleet_names_who_is_not_clean() -> None:
    pen = Pen()
    pen.begin("cleanup", "2021-11-06 16:30")
    pen.look("ws-1", rows("ws-1", "primary"), not_clean="files of the drill: 3 left")
    (head,) = [each for each in page(pen.records).all("th") if each.text.startswith("ws-1")]
    assert head.text == "ws-1not clean"


def test_systems_stand_in_the_order_of_the_drill() -> None:
    pen = Pen()
    pen.begin("status", "2021-11-06 14:35")
    pen.look("ws-1", [row("ws-1", name, "secondary") for name in ("x", "var_online", "rap", "ccass")])
    heads = [
        each.text for each in page(pen.records).all("th") if each.text in ("CCASS", "RAP", "VaR Online", "x")
    ]
    assert heads == [*(["CCASS", "RAP", "VaR Online", "x"] * 2)]


def test_deadlines_of_the_days_before_are_there() -> None:
    found = load(DIRECTORY, "2025-06-21-rap-practice-session")
    read = Page(board(day([], found, found.occurrences[0], hk("2025-06-20 10:00"))))
    assert read.body.count("14 h left") == 2
    assert "The drill file has none" in Page(board(day([], load(DIRECTORY, "contingency"), None, NOW))).body
