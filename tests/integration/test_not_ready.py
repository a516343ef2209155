# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readiness as an administrator meets it: who is not ready is not written to, and the rest goes ahead."""

from __future__ import annotations

from pathlib import Path

from tests.integration.play import Ran, Sandbox, fleet, participant, resolve

BEFORE = "2021-11-05T17:00"
NAMES = ["pc-1", "pc-2", "pc-3"]
ENTRY = "rmcd.hkexposttrade.com.hk"


def ready(tmp_path: Path, **of_pc_2: object) -> Sandbox:
    return fleet(tmp_path, {name: dict(of_pc_2) if name == "pc-2" else {} for name in NAMES})


def written(box: Sandbox) -> list[str]:
    return [name for name in NAMES if resolve(box.hosts(name), ENTRY)]


def said(ran: Ran) -> str:
    return " ".join(ran.text.split())


UNREGISTERED = {**participant(2, "pc-9"), "accounts": []}


def test_who_is_not_ready_is_left_out_and_the_rest_is_written(tmp_path: Path) -> None:
    box = ready(tmp_path, drill_participant=UNREGISTERED)
    ran = box.phase("pre-drill", BEFORE, drill_failure_limit=100)
    assert ran.code == 2 and written(box) == ["pc-1", "pc-3"], ran.said
    assert "pc-2 is not ready, and was not changed. See what was found, and what to do: RAP" in said(ran)
    assert "error: RAP: it uses RAP of hkscc, and is registered for no account of hkscc" in said(ran)
    assert "1 failed: pc-2" in ran.text
    (told,) = [record["detail"] for record in box.trail() if record["event"] == "readiness"]
    assert [(finding["level"], finding["where"]) for finding in told["findings_of"]["pc-2"]] == [
        ("error", "RAP")
    ]
    assert set(told["findings_of"]) == {"pc-2"}


def test_check_mode_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    box = ready(tmp_path, drill_participant=UNREGISTERED)
    before = box.everything()
    ran = box.phase("pre-drill", BEFORE, "--check")
    assert ran.code == 2 and "pc-2 is not ready, and was not changed" in said(ran)
    assert box.everything() == before


def test_a_reason_goes_ahead_and_stands_in_the_trail(tmp_path: Path) -> None:
    box = ready(tmp_path, drill_participant=UNREGISTERED)
    ran = box.phase("pre-drill", BEFORE, drill_force="registration is on its way")
    assert ran.code == 0 and written(box) == NAMES, ran.said
    assert "overridden, because registration is on its way: readiness of pc-2" in said(ran)
    (told,) = [record["detail"] for record in box.trail() if record["event"] == "readiness"]
    assert told["force"] == "registration is on its way" and "pc-2 is not ready" in told["overridden"][0]


def test_the_rules_hold_over_the_whole_inventory_whatever_the_limit(tmp_path: Path) -> None:
    """pc-2 takes the address that is registered for pc-1, and is not even part of the run."""
    other = participant(2, "pc-2")
    other["accounts"][0]["workstations"] = {"pc-2": "127.135.1.1"}  # type: ignore[index]
    box = ready(tmp_path, drill_participant=other)
    ran = box.phase("pre-drill", BEFORE, "--limit=pc-1")
    assert ran.code == 2 and written(box) == []
    assert "registered address 127.135.1.1: it is registered for 2 workstations, pc-1, pc-2" in said(ran)


def test_a_workstation_that_another_rule_finds_wanting_is_not_ready_either(tmp_path: Path) -> None:
    """What it was seen to have counts: here a key pair that is not where the inventory says."""
    nowhere = {"public_key": str(tmp_path / "CA00002001.pub"), "private_key": str(tmp_path / "CA00002001")}
    box = ready(tmp_path, drill_rap_keys={"CA00002001": nowhere})
    ran = box.phase("pre-drill", BEFORE, drill_failure_limit=100)
    assert "pc-2 is not ready, and was not changed." in said(ran) and written(box) == ["pc-1", "pc-3"]
    assert "there is no public key (pc-2)" in said(ran), ran.said


def test_without_a_gate_nobody_is_ready(tmp_path: Path) -> None:
    box = ready(tmp_path)
    play = tmp_path / "alone.yml"
    play.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - hkex.drill.readiness: {gate: {allowed: true, run: x}, looks: {}}\n      run_once: true\n"
    )
    ran = box.run(str(play), at="")
    assert ran.code == 2 and "gate: it has not let this run pass" in said(ran)
