# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status is judged by the present window: by its exit code, and by the names of those who are not on primary."""

from __future__ import annotations

from pathlib import Path

from tests.integration.play import BACK, GAP, OFF, TABLE, fleet

NIGHT = "2021-11-08T07:00"


def test_the_exit_code_says_whether_all_is_as_the_present_window_wants_it(tmp_path: Path) -> None:
    names = [f"pc-{number}" for number in range(1, 4)]
    box = fleet(tmp_path, {name: {"drill_access": TABLE} for name in names})
    behind = "--limit=pc-1"
    assert box.phase("to-primary", GAP).code == 0
    assert box.phase("to-secondary", GAP, "--limit=!pc-1").code == 0

    ran = box.phase("status", GAP)
    assert ran.code == 2
    assert "The fleet should point at the secondary data centre: failover is on until Sat" in ran.text
    assert f"not on primary (2): {', '.join(names[1:])}" in ran.said.splitlines()
    assert ran.said.count("]: FAILED!") == 1
    assert "[pc-1]: FAILED!" in ran.said
    assert "rap by host_table (primary; configuration failed, service deferred)" in ran.text
    assert ran.table()["pc-2", "RAP", "host_table"][3] == "ok"
    board = box.folder / "evidence" / "board-2021-11-06-ccass-failover-rehearsal-2021-11-06.html"
    assert f"board: {board}" in ran.said.splitlines()
    assert "pc-1" in board.read_text(encoding="utf-8") and board.stat().st_mode & 0o077 == 0
    draft = board.with_name(board.name.replace("board", "confirmation")).with_suffix(".eml")
    assert f"confirmation, to be completed: {draft}" in ran.said.splitlines() and draft.exists()
    assert box.phase("to-secondary", GAP, behind).code == 0
    assert box.phase("status", GAP).code == 0

    late = box.phase("status", BACK)
    assert late.code == 2
    assert "return is on until" in late.text
    assert late.said.count("]: FAILED!") == 3
    assert box.phase("to-primary", BACK).code == 0
    well = box.phase("status", BACK)
    assert well.code == 0
    assert "not on primary" not in well.said


def test_who_is_switched_off_is_named_and_hides_nobody_else(tmp_path: Path) -> None:
    hosts = {"pc-1": {}, "pc-2": {}, "pc-3": {}, "off": OFF}
    box = fleet(tmp_path, {name: {"drill_access": TABLE, **more} for name, more in hosts.items()})
    box.phase("to-primary", GAP)
    assert box.phase("to-secondary", GAP, "--limit=pc-2").code == 0
    ran = box.phase("status", BACK)
    assert ran.code == 4
    assert "not on primary (1): pc-2" in ran.said.splitlines()
    assert "not known (1): off" in ran.said.splitlines()
    assert {key[0] for key in ran.table()} == set(hosts)
