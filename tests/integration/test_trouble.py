# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workstations that fail, are powered off, are edited by somebody, and a run that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

from tests.integration.play import BACK, GAP, OFF, RAP, SESSION_2, TABLE, TIME_OUT, Sandbox, fleet, resolve
from tests.lab.fleet import ROOT

AWAY, HERE = "127.243.66.51", "127.243.2.51"


def moved(box: Sandbox, names: list[str]) -> list[str]:
    return [name for name in names if resolve(box.hosts(name), RAP) == AWAY]


def test_a_failed_canary_keeps_the_rest_where_it_is(tmp_path: Path) -> None:
    names = [f"pc-{number}" for number in range(4)]
    box = fleet(tmp_path, {name: {} for name in names})
    (box.etc("pc-0") / "hosts").unlink()
    (box.etc("pc-0") / "hosts").mkdir()
    ran = box.phase("to-secondary", GAP)
    assert ran.code != 0 and moved(box, names[1:]) == []
    assert "is not a regular file" in ran.text and "canary pc-0: it failed" in ran.text
    assert "--limit 'all:!pc-0'" in ran.text
    assert box.phase("to-secondary", GAP, "--limit=all:!pc-0").code == 0
    assert moved(box, names[1:]) == names[1:]


def test_a_powered_off_workstation_is_pending_and_a_later_run_finishes(tmp_path: Path) -> None:
    names = [f"pc-{number}" for number in range(6)]
    box = fleet(tmp_path, {name: dict(OFF) if name == "pc-5" else {} for name in names})
    ran = box.phase("to-secondary", GAP)
    assert ran.code == 4 and moved(box, names) == names[:5]
    assert "1 pending (unreachable): pc-5" in ran.said
    assert "pc-5" in ran.said.split("Workstation  ")[1]
    box.inventory.joinpath("hosts.yml").write_text(
        yaml.safe_dump({"all": {"hosts": {name: {"drill_access": TABLE} for name in names}}})
    )
    ran = box.phase("to-secondary", "2021-11-06T12:40")
    assert ran.code == 0 and moved(box, names) == names


def test_an_unreachable_canary_stops_a_drill_and_force_goes_on_without_it(tmp_path: Path) -> None:
    names = [f"pc-{number}" for number in range(6)]
    box = fleet(tmp_path, {name: dict(OFF) if name == "pc-0" else {} for name in names})
    ran = box.phase("to-secondary", GAP)
    assert ran.code != 0 and moved(box, names) == []
    assert "canary pc-0: it cannot be reached" in ran.text
    ran = box.phase("to-secondary", GAP, drill_force="pc-0 is being repaired")
    assert moved(box, names) == names[1:], ran.said


def test_in_contingency_powered_off_workstations_stop_nobody(tmp_path: Path) -> None:
    """It knows no host names, so the toolkit writes nothing yet; who answers is proved, who is off is pending."""
    names = [f"pc-{number}" for number in range(4)]
    by_address = {"drill_access": {"rap": "ip_address"}}
    box = fleet(
        tmp_path, {name: {**by_address, **(OFF if name in ("pc-0", "pc-1") else {})} for name in names}
    )
    ran = box.phase("to-secondary", "2026-03-02T09:00", drill="contingency", drill_timeout=0.5)
    assert ran.code == 4, ran.said
    assert {key[0] for key, cells in ran.table().items() if cells[-1] == "failed"} == {"pc-2", "pc-3"}
    assert "2 pending (unreachable): pc-0, pc-1" in ran.said


def test_the_failure_bound_counts_unreachable_ones_batch_by_batch(tmp_path: Path) -> None:
    names = [f"pc-{number}" for number in range(8)]
    off = ("pc-1", "pc-2")
    box = fleet(tmp_path, {name: dict(OFF) if name in off else {} for name in names})
    ran = box.phase("to-secondary", GAP, drill_batch=4, drill_failure_limit=20)
    assert ran.code != 0 and moved(box, names) == ["pc-0", "pc-3"]
    assert "0 failed and 2 unreachable of 8 workstations are more than the 20 % allowed" in ran.text
    ran = box.phase("to-primary", BACK, "--limit=!pc-3", drill_batch=1, drill_failure_limit=0)
    assert moved(box, names) == ["pc-3"], "the way back knows no bound, and no batch that is lost as a whole"
    assert box.phase("rollback", BACK, drill_batch=1).code == 4
    assert moved(box, names) == []


def test_an_edit_of_somebodys_survives_and_a_rollback_does_not_lose_it(tmp_path: Path) -> None:
    names = ["pc-0", "pc-1"]
    box = fleet(tmp_path, {name: {} for name in names})
    start = box.hosts("pc-1")
    assert box.phase("to-secondary", GAP).code == 0
    with (box.etc("pc-0") / "hosts").open("ab") as table:
        table.write(b"192.0.2.9 intranet\n")
    assert box.phase("to-primary", BACK).code == 0
    assert resolve(box.hosts("pc-0"), RAP) == HERE and box.hosts("pc-0").endswith(b"192.0.2.9 intranet\n")
    kept = box.hosts("pc-0")
    ran = box.phase("rollback", BACK)
    assert ran.code != 0 and "a rollback would lose that change" in ran.text and "/blobs/" in ran.text
    assert box.hosts("pc-0") == kept and box.hosts("pc-1") == start


@pytest.mark.parametrize("after", [1.8, 2.6, 3.4])
def test_a_run_killed_at_any_moment_is_finished_by_the_next(tmp_path: Path, after: float) -> None:
    names = [f"pc-{number}" for number in range(4)]
    box = fleet(tmp_path, {name: {} for name in names})
    before = {name: box.hosts(name) for name in names}
    process = subprocess.Popen(
        box.command("playbooks/drill.yml", "--tags=to-secondary", at=GAP),
        cwd=ROOT,
        env=box.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after)
    kill_tree(process.pid)
    process.wait(TIME_OUT)
    whole = {name: resolve(box.hosts(name), RAP) for name in names}
    for name in names:
        assert whole[name] in (HERE, AWAY)
        if whole[name] == HERE:
            assert box.hosts(name) == before[name]
    ran = box.phase("to-secondary", GAP)
    assert ran.code == 0, ran.said
    for name in names:
        assert {each: resolve(box.hosts(name), each) for each in SESSION_2} == SESSION_2
        assert [path.name for path in box.etc(name).iterdir() if "hkex-drill" in path.name] == []
    assert Trail(box.folder / "evidence").verify().ok


def kill_tree(root: int) -> None:
    """Kill a process and all its descendants, each by its id, and wait until they are gone.

    Ansible's workers are sessions of their own, and each holds the run lock. They are stopped first: nobody then
    starts another one, or is orphaned and so lost from sight, while they are being killed.
    """
    tree: set[int] = set()
    while found := ({root} | children(tree | {root})) - tree:
        for each in found:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGSTOP)
        for each in found:
            wait_until_it_stands(each)
        tree |= found
    for each in tree:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    deadline = time.monotonic() + TIME_OUT
    while left := [each for each in tree if alive(each)]:
        assert time.monotonic() < deadline, f"processes {left} outlive SIGKILL"
        time.sleep(0.01)


def wait_until_it_stands(process: int) -> None:
    """A stopped process may go on for a moment, and start another one; one that waits for the disk or its child not."""
    deadline = time.monotonic() + TIME_OUT
    while (known := status(process)) and known[0] not in "TtZXD":
        assert time.monotonic() < deadline, f"process {process} does not stop"


def children(parents: set[int]) -> set[int]:
    every = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return {each for each in every if (known := status(each)) and int(known[1]) in parents}


def alive(process: int) -> bool:
    """Whether it still is; one that has ended and only waits for its parent to ask is not."""
    known = status(process)
    return known is not None and known[0] not in "ZX"


def status(process: int) -> list[str] | None:
    """State, parent, ... of a process (proc(5), stat, from the third field on); None: there is no such process."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
