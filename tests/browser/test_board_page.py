# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Board and confirmation in a real browser: how they look, whether everybody can read them, how fast they are there.

What is missing here (the browser, axe-core) makes them fail, not skip: they are run where it is, as a part of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.board import write_board
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import write_confirmation

from tests.bench.board import WORKSTATIONS, fleet, open_page
from tests.browser.chromium import Browser, axe, chromium
from tests.unit.board_days import drill, hk, sandbox_day
from tests.unit.test_board import DAYS

NOW = hk("2021-11-06 17:10")
PAPER = 680  # pixels of CSS: A4 upright with margins of 15 mm
PNG = b"\x89PNG\r\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def checker() -> str:
    return axe()


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for name, records in DAYS.items():
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        made[name] = write_board(folder, records, *drill(), NOW)
    made["confirmation"] = write_confirmation(tmp_path, sandbox_day(), *drill(), NOW)[1]
    return made


@pytest.mark.parametrize("name", [*DAYS, "confirmation"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(
    browser: Browser, checker: str, pages: dict[str, Path], name: str, width: int
) -> None:
    browser.open(pages[name], width)
    browser.ask(checker)
    told = browser.wait(
        "axe.run({resultTypes: ['violations', 'incomplete']}).then(arguments[arguments.length - 1])"
    )
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
def test_it_fits_its_window(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    browser.open(pages[name], width)
    assert browser.ask("return document.documentElement.scrollWidth") <= width
    small = browser.ask(
        "return [...document.querySelectorAll('p,td,th,li,h1,h2')]"
        ".filter(e => parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.textContent)"
    )
    assert small == []
    picture = browser.screenshot()
    assert picture.startswith(PNG) and len(picture) > 10_000


def test_its_picture_is_in_front_of_a_phone_s_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["a good day"], 360)
    group = "document.querySelector('.scroll')"
    assert browser.ask(f"{group}.focus(); return document.activeElement === {group}") is True
    assert browser.ask(f"return {group}.scrollWidth > {group}.clientWidth") is True


def test_it_prints_in_black_and_white(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["a bad day"], PAPER)
    browser.media("print")
    width = browser.ask("return document.documentElement.scrollWidth")
    display = browser.ask("return getComputedStyle(document.querySelector('td')).display")
    grounds = browser.ask(
        "return [...new Set([...document.querySelectorAll('td,th')].map(e => getComputedStyle(e).backgroundColor))]"
    )
    browser.media("screen")
    assert grounds == ["rgba(0, 0, 0, 0)"]
    assert (width, display) == (PAPER, "table-cell")
    assert browser.pdf().startswith(b"%PDF-")


def test_it_asks_nobody_for_anything(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["a good day"])
    assert browser.ask("return performance.getEntriesByType('resource').length") == 0
    assert browser.ask("return document.scripts.length") == 0


def test_a_thousand_workstations_are_there_within_a_second(browser: Browser, tmp_path: Path) -> None:
    path = write_board(tmp_path, fleet(WORKSTATIONS), *drill(), NOW)
    assert browser.ask("return 1") == 1
    assert min(open_page(browser, path) for _try in range(3)) < 1.0
    assert browser.ask("return document.querySelectorAll('tr').length") > WORKSTATIONS
