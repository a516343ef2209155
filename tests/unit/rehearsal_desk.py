# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation of real folders, of which the tests of the drill's files ask what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine, rehearsal_files
from ansible_collections.hkex.drill.plugins.module_utils.model import Outcome
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix
from ansible_collections.hkex.drill.plugins.module_utils.result import result

SATURDAY = "2021-11-06T18:00:00.000+00:00"
REPORT = b"production report of Friday"


class Desk:
    """A workstation with a folder of reports and one for the rehearsal, and the concern asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reports = folder / "reports"
        self.rehearsal = folder / "rehearsal"
        self.reports.mkdir()

    def run(
        self, state: str, check: bool = False, now: str = SATURDAY, also: Any = (), **more: Any
    ) -> dict[str, Any]:
        given = {
            "state": state,
            "drill": "d",
            "occurrence": "o",
            "folders": [str(self.reports)],
            "rehearsal_folder": str(self.rehearsal),
            **more,
        }
        concern = rehearsal_files.concern(given, now)
        outcome: Outcome = engine.run(
            Posix(str(self.folder / "state")), [*also, concern], lambda: now, given["drill"], "o", check=check
        )
        return result(outcome, [concern], diff=True)

    def verdict(self, told: dict[str, Any]) -> str:
        return str(told["after"]["rehearsal_files"]["verdict"])

    def quarantined(self) -> list[bytes]:
        return [
            path.read_bytes()
            for path in sorted((self.folder / "state" / "quarantine").rglob("*"))
            if path.is_file()
        ]

    def journal(self) -> list[dict[str, Any]]:
        return [
            json.loads(each) for each in (self.folder / "state" / "journal.jsonl").read_text().splitlines()
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.reports / "CSESM01.zip").write_bytes(REPORT)
    (desk.reports / "notes.txt").write_bytes(b"mine")
    return desk


def drilled(desk: Desk) -> None:
    desk.run("baseline")
    (desk.reports / "CSESM01.zip").write_bytes(b"of the drill")
    (desk.reports / "CSEOP01.zip").write_bytes(b"of the drill, too")


def left(told: dict[str, Any]) -> dict[str, str]:
    return {Path(each["path"]).name: each["why"] for each in told["after"]["rehearsal_files"]["left"]}
