# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readiness as an administrator meets it: who is not ready is not written to, and the rest goes ahead."""

from __future__ import annotations

import re
from pathlib import Path

from tests.integration.play import OFF, Ran, Sandbox, fleet, participant, resolve
from tests.unit import rap_keys as made

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


def test_of_who_is_not_in_the_run_the_names_are_told_and_nobody_else_is_refused(tmp_path: Path) -> None:
    """pc-2 is not in the run; pc-8 is in no inventory."""
    other = participant(2, "pc-2")
    other["accounts"][0]["workstations"] = {"pc-2": "198.51.100.77", "pc-8": "127.135.1.8"}  # type: ignore[index]
    ran = (box := ready(tmp_path, drill_participant=other)).phase("pre-drill", BEFORE, "--limit=!pc-2")
    assert ran.code == 0 and written(box) == ["pc-1", "pc-3"], ran.said
    assert "warning: RAP account CA00002001: pc-2: 198.51.100.77, registered for pc-2, lies outside" in said(
        ran
    )
    assert "warning: RAP account CA00002001: pc-8: 127.135.1.8 is registered for pc-8, and no" in said(ran)
    assert "error: " not in said(ran)


def test_who_takes_no_part_is_not_concerned_and_nothing_else(tmp_path: Path) -> None:
    """pc-2 has the registered address of pc-1, which takes part and is refused for it."""
    other = participant(1, "pc-1")
    other["accounts"][0]["workstations"]["pc-2"] = "127.135.1.1"  # type: ignore[index]
    box = fleet(
        tmp_path,
        {"pc-1": {"drill_participant": other}, "pc-2": {"drill_takes_part": False}, "pc-3": {}},
    )
    ran = box.phase("pre-drill", BEFORE, drill_failure_limit=100)
    assert ran.code == 2 and written(box) == ["pc-3"], ran.said
    assert "1 failed: pc-1" in said(ran) and "pc-2 is not ready" not in said(ran)
    assert re.search(r"\d not concerned.*: pc-2", said(ran)), ran.said


def test_batch_by_batch_what_was_seen_of_the_earlier_ones_still_counts(tmp_path: Path) -> None:
    """The four show the keys they have: pc-3 that of pc-1, an earlier batch's. pc-2 cannot be reached."""
    keys = {}
    for number, name in enumerate([*NAMES, "pc-4"], 1):
        account, pair = f"CA{number:05}001", made.pair(number == 4)
        (tmp_path / f"{account}.pub").write_bytes(made.public_file(pair))
        (tmp_path / account).write_bytes(made.pem(pair, "PKCS8"))
        (tmp_path / account).chmod(0o600)
        paths = {"public_key": str(tmp_path / f"{account}.pub"), "private_key": str(tmp_path / account)}
        keys[name] = {"drill_rap_keys": {account: paths}, **(OFF if name == "pc-2" else {})}
    box = fleet(tmp_path, keys)
    ran = box.phase("pre-drill", BEFORE, drill_batch=2, drill_failure_limit=100)
    assert ran.code == 4 and written(box) == ["pc-1"], ran.said
    assert "pc-3 is not ready" in said(ran) and "RAP accounts CA00001001, CA00003001: they share" in said(ran)
    assert resolve(box.hosts("pc-4"), ENTRY) and "pc-4 is not ready" not in said(ran), ran.said


def test_a_workstation_that_another_rule_finds_wanting_is_not_ready_either(tmp_path: Path) -> None:
    """What it was seen to have counts: here a key pair that is not where the inventory says."""
    nowhere = {"public_key": str(tmp_path / "CA00002001.pub"), "private_key": str(tmp_path / "CA00002001")}
    box = ready(tmp_path, drill_rap_keys={"CA00002001": nowhere})
    ran = box.phase("pre-drill", BEFORE, drill_failure_limit=100)
    assert "pc-2 is not ready, and was not changed." in said(ran) and written(box) == ["pc-1", "pc-3"]
    assert "there is no public key (pc-2)" in said(ran), ran.said


def test_keys_age_by_the_time_that_the_run_pretends(tmp_path: Path) -> None:
    account = {**participant(2, "pc-2")["accounts"][0], "registered": "2021-11-01"}  # type: ignore[index]
    (tmp_path / "CA00002001.pub").write_bytes(made.public_file(made.pair()))
    (tmp_path / "CA00002001").write_bytes(made.pem(made.pair(), "PKCS8"))
    (tmp_path / "CA00002001").chmod(0o600)
    paths = {"public_key": str(tmp_path / "CA00002001.pub"), "private_key": str(tmp_path / "CA00002001")}
    mine = {**participant(2, "pc-2"), "accounts": [account]}
    box = ready(tmp_path, drill_participant=mine, drill_rap_keys={"CA00002001": paths})
    ran = box.phase("pre-drill", BEFORE)
    assert ran.code == 0 and "run out" not in said(ran), ran.said


def test_without_a_gate_nobody_is_ready(tmp_path: Path) -> None:
    box = ready(tmp_path)
    play = tmp_path / "alone.yml"
    play.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - hkex.drill.readiness: {gate: {allowed: true, run: x}, looks: {}}\n      run_once: true\n"
    )
    ran = box.run(str(play), at="")
    assert ran.code == 2 and "gate: it has not let this run pass" in said(ran)
