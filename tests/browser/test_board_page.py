# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Board and confirmation in a real browser: how they look, whether everybody can read them, how fast they are there.

What is missing here (the browser, axe-core) makes them fail, not skip: they are run where it is, as a part of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.board import write_board
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import write_confirmation
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.bench.board import WORKSTATIONS, fleet
from tests.browser.chromium import chromium
from tests.unit.board_days import drill, hk, sandbox_day
from tests.unit.test_board import DAYS

NOW = hk("2021-11-06 17:10")
PAPER = 680  # pixels of CSS: A4 upright with margins of 15 mm
WHOLE = Verdict(True, 40, head=hashlib.sha256(b"of its last line").hexdigest())
PNG = b"\x89PNG\r\n"


# Headings of columns of which a word stands on two lines.
BROKEN_HEADINGS = """
[...document.querySelectorAll('thead th')].filter(th => {
  const text = th.firstChild, range = document.createRange();
  return [...text.data.matchAll(/\\S+/g)].some(word => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  });
}).map(th => th.textContent)
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium() as page:
        yield page


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for name, records in DAYS.items():
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        made[name] = write_board(folder, records, *drill(), NOW, WHOLE)
    made["confirmation"] = write_confirmation(tmp_path, sandbox_day(), *drill(), NOW, verdict=WHOLE)[1]
    return made


def show(browser: Page, path: Path, width: int = 1280) -> None:
    browser.set_viewport_size({"width": width, "height": 900})
    browser.goto(path.as_uri())


@pytest.mark.parametrize("name", [*DAYS, "confirmation"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(browser: Page, pages: dict[str, Path], name: str, width: int) -> None:
    show(browser, pages[name], width)
    told = Axe().run(browser, options={"resultTypes": ["violations", "incomplete"]}).response
    found = [
        (each["id"], node["html"][:200])
        for each in (*told["violations"], *told["incomplete"])
        for node in each["nodes"]
    ]
    # Of texts in a picture it cannot tell the ground; tests/unit/test_board.py computes all contrasts.
    wrong = [each for each in found if each[0] != "color-contrast" or not each[1].startswith("<text ")]
    assert not wrong, json.dumps(wrong, indent=1)
    assert len(told["passes"]) > 15


@pytest.mark.parametrize("name", [*DAYS, "confirmation"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_fits_its_window(browser: Page, pages: dict[str, Path], name: str, width: int) -> None:
    show(browser, pages[name], width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    small = browser.evaluate(
        "[...document.querySelectorAll('p,td,th,li,h1,h2')]"
        ".filter(e => parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.textContent)"
    )
    assert small == []
    picture = browser.screenshot(full_page=True)
    assert picture.startswith(PNG) and len(picture) > 10_000


def test_its_picture_is_in_front_of_a_phone_s_keyboard(browser: Page, pages: dict[str, Path]) -> None:
    show(browser, pages["a good day"], 360)
    group = "document.querySelector('.scroll')"
    assert browser.evaluate(f"() => {{ {group}.focus(); return document.activeElement === {group} }}") is True
    assert browser.evaluate(f"{group}.scrollWidth > {group}.clientWidth") is True


def test_it_prints_in_black_and_white(browser: Page, pages: dict[str, Path]) -> None:
    show(browser, pages["a bad day"], PAPER)
    browser.emulate_media(media="print")
    width = browser.evaluate("document.documentElement.scrollWidth")
    display = browser.evaluate("getComputedStyle(document.querySelector('td')).display")
    broken = browser.evaluate(BROKEN_HEADINGS)
    grounds = browser.evaluate(
        "[...new Set([...document.querySelectorAll('td,th')].map(e => getComputedStyle(e).backgroundColor))]"
    )
    browser.emulate_media(media="screen")
    assert grounds == ["rgba(0, 0, 0, 0)"]
    assert broken == []
    assert (width, display) == (PAPER, "table-cell")
    assert browser.pdf().startswith(b"%PDF-")


def test_it_asks_nobody_for_anything(browser: Page, pages: dict[str, Path]) -> None:
    show(browser, pages["a good day"])
    assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
    assert browser.evaluate("document.scripts.length") == 0


def test_a_thousand_workstations_are_shown_whole(browser: Page, tmp_path: Path) -> None:
    show(browser, write_board(tmp_path, fleet(WORKSTATIONS), *drill(), NOW))
    assert browser.evaluate("document.querySelectorAll('tr').length") > WORKSTATIONS
