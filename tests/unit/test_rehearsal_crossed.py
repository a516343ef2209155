# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two drills on one workstation: no baseline remembers what another drill brought, and no purge meets a later drill."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import moves
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

from tests.unit.rehearsal_desk import REPORT, Desk, desk, drilled
from tests.unit.test_rehearsal_windows import ASKED, ask, drill, machine

__all__ = ["desk"]

NEXT: dict[str, Any] = {"drill": "next", "occurrence": "2022-01-08"}
FIRST = "no cleanup of d, o has been finished here"


def put_right(desk: Desk) -> bool:
    names = sorted(path.name for path in desk.reports.iterdir())
    return names == ["CSESM01.zip", "notes.txt"] and (desk.reports / "CSESM01.zip").read_bytes() == REPORT


@pytest.mark.parametrize("other", [NEXT, {"occurrence": "second"}, {"occurrence": None}])
def test_a_baseline_waits_for_the_cleanup_of_another_drill(desk: Desk, other: dict[str, Any]) -> None:
    drilled(desk)
    for check in (True, False):
        with pytest.raises(Refusal, match=FIRST) as refused:
            desk.run("baseline", check=check, **other)
    assert "Run the cleanup of d, o first" in refused.value.remedy
    assert desk.verdict(desk.run("purged")) == "clean" and put_right(desk)
    desk.run("baseline", **other)
    (desk.reports / "CSESM01.zip").write_bytes(b"of the other drill")
    with pytest.raises(Refusal, match="has taken a baseline here since") as refused:
        desk.run("purged")
    assert f"Run the cleanup of {other.get('drill', 'd')}" in refused.value.remedy
    assert desk.verdict(desk.run("purged", **other)) == "clean" and put_right(desk)
    assert desk.run("purged")["state"] == "unchanged"


def test_a_cleanup_that_could_not_move_all_is_not_finished(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drilled(desk)

    def busy(*_asked: object) -> None:
        raise Stop("it is in use")

    monkeypatch.setattr(moves, "_over", busy)
    desk.run("purged")
    monkeypatch.undo()
    with pytest.raises(Refusal, match=FIRST):
        desk.run("baseline", **NEXT)
    desk.run("purged")
    assert desk.run("baseline", **NEXT)["changed"] and put_right(desk)


def test_the_same_drill_takes_its_baseline_again_and_ends_without_a_file(desk: Desk) -> None:
    """A drill with a rehearsal folder alone to which nothing came has ended, too."""
    alone: dict[str, Any] = {"folders": []}
    desk.run("baseline", **alone)
    desk.run("baseline", **alone)
    assert desk.verdict(desk.run("purged", check=True, **alone)) == "clean"
    with pytest.raises(Refusal, match=FIRST):
        desk.run("baseline", **NEXT, **alone)
    assert desk.run("purged", **alone)["changed"] and not desk.run("purged", **alone)["changed"]
    assert desk.run("baseline", **NEXT, **alone)["changed"]


def test_a_drill_that_never_took_place_ends_with_all_of_production_where_it_is(desk: Desk) -> None:
    """As the message says: its baseline again, then its cleanup."""
    desk.run("baseline")
    (desk.reports / "CSEOP01.zip").write_bytes(b"of production, weeks later")
    desk.run("baseline")
    assert desk.verdict(desk.run("purged")) == "clean" and desk.quarantined() == []
    assert desk.run("baseline", **NEXT)["changed"]


def test_the_rehearsal_folder_of_a_later_drill_is_not_emptied(desk: Desk) -> None:
    desk.run("baseline")
    desk.run("purged")
    desk.run("baseline", **NEXT)
    (desk.rehearsal / "today").write_bytes(b"in the middle of its day")
    for check in (True, False):
        with pytest.raises(Refusal, match="next, 2022-01-08 has taken a baseline"):
            desk.run("purged", check=check)
    assert (desk.rehearsal / "today").exists()


def test_on_windows_too() -> None:
    box = machine()
    drill(box)
    told = ask(box, "baseline", **NEXT)
    assert told["failed"] and f"no cleanup of {ASKED['drill']}, 2021-11-06 has been finished" in told["msg"]
    ask(box, "purged")
    assert ask(box, "baseline", **NEXT)["changed"]
    assert ask(box, "purged")["failed"]
