# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the audit callback writes after a status, and says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.callback.audit import CallbackModule
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

from tests.unit.board_days import DAY, REHEARSAL, sandbox_day

GATE = {"directory": str(DIRECTORY), "drill": REHEARSAL, "digest": "", "occurrence": DAY}
NOW = "2021-11-06T17:10:00+08:00"


@dataclass
class Screen:
    said: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def display(self, text: str, stderr: bool = False) -> None:
        self.said += text.splitlines()

    def error(self, text: str) -> None:
        self.errors.append(text)


@pytest.fixture
def screen() -> Screen:
    return Screen()


def show(folder: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch, template: Path | None = None) -> None:
    callback = CallbackModule()
    monkeypatch.setattr(callback, "_display", screen)
    monkeypatch.setattr(callback, "get_option", lambda _name: template and str(template))
    callback._show(folder, {**GATE, "now": NOW})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trail = Trail.open(tmp_path / "evidence")
    for record in sandbox_day():
        trail.append({key: value for key, value in record.items() if key != "seq"})
    return tmp_path / "evidence"


def test_a_template_that_is_not_there_costs_the_confirmation_alone(
    folder: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(folder, screen, monkeypatch, folder / "nowhere")
    (board,) = folder.glob("board-*.html")
    assert screen.said == [f"board: {board}"]
    (error,) = screen.errors
    assert error.startswith("The confirmation was not written: ") and "nowhere" in error
    assert [*folder.glob("confirmation-*")] == []


def test_the_confirmation_says_that_the_trail_is_broken_as_the_board_does(
    folder: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = folder / "trail.jsonl"
    trail.write_bytes(trail.read_bytes().replace(b'"who":"amy"', b'"who":"eve"', 1))
    show(folder, screen, monkeypatch)
    assert (len(screen.said), screen.errors) == (3, [])
    for page in (*folder.glob("board-*.html"), *folder.glob("confirmation-*")):
        assert "is BROKEN at record" in page.read_text(encoding="utf-8").replace("=\n", ""), page


def test_what_cannot_be_written_at_all_is_said_of_both(
    folder: Path, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for known in folder.iterdir():
        known.rename(folder.parent / known.name)
    folder.rmdir()
    show(folder, screen, monkeypatch)
    assert screen.said == []
    assert screen.errors[0].startswith("Board and confirmation were not written: ")
