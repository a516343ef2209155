# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Molecule scenarios on paper: none is missing, none leaves out a stage, and their fleet is the lab's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.hkex.drill.plugins.module_utils.concerns import WRITERS

from tests.lab.hosts.layout import WORKSTATIONS

ROOT = Path(__file__).parents[2]
MOLECULE = ROOT / "extensions" / "molecule"
SCENARIOS = {path.parent.name: path for path in MOLECULE.glob("*/molecule.yml")}
TESTS = sorted(set(SCENARIOS) - {"default"})
# In this order, whatever stands between them.
STAGES = (
    "create",
    "check",
    "verify",
    "converge",
    "idempotence",
    "verify",
    "side_effect",
    "verify",
    "cleanup",
    "destroy",
)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def merged(name: str) -> tuple[list[str], dict[str, str]]:
    """A scenario's sequence and playbooks, as Molecule merges them."""
    common, own = load(MOLECULE / "config.yml"), load(SCENARIOS[name])
    sequence = {**common["scenario"], **own.get("scenario", {})}["test_sequence"]
    return sequence, {**common["ansible"]["playbooks"], **own["ansible"]["playbooks"]}


def played(name: str) -> list[Path]:
    """Every playbook of a scenario that its sequence plays."""
    sequence, playbooks = merged(name)
    found = []
    for step in sequence:
        action, *files = step.split()
        action = "converge" if action in ("check", "idempotence") else action
        if action not in ("create", "destroy") or name == "default":
            found += [SCENARIOS[name].parent / each for each in files or [playbooks[action]]]
    return found


def test_every_role_and_the_dns_servers_have_a_scenario() -> None:
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    assert roles | {"dns_servers", "drill_day"} == set(TESTS)
    assert "dns_servers" in WRITERS


@pytest.mark.parametrize("name", TESTS)
def test_no_scenario_leaves_out_a_stage(name: str) -> None:
    sequence, _playbooks = merged(name)
    rest = iter(step.split()[0] for step in sequence)
    assert all(stage in rest for stage in STAGES), sequence


@pytest.mark.parametrize("name", TESTS)
def test_a_check_is_followed_by_a_look_whether_it_changed_anything(name: str) -> None:
    sequence, _playbooks = merged(name)
    assert sequence[sequence.index("check") + 1] == "verify ../shared/untouched.yml"


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_playbook_that_is_played_is_there(name: str) -> None:
    assert [path for path in played(name) if not path.is_file()] == []


def test_no_playbook_lies_there_that_nobody_plays() -> None:
    known = {path.resolve() for name in SCENARIOS for path in played(name)}
    known |= {path.resolve() for path in SCENARIOS.values()}
    there = {path.resolve() for name in SCENARIOS for path in (MOLECULE / name).glob("*.yml")}
    assert there <= known


def test_only_default_boots_and_takes_down() -> None:
    for name in SCENARIOS:
        _sequence, playbooks = merged(name)
        assert (
            {"create", "destroy"} <= set(playbooks)
            if name == "default"
            else not {"create", "destroy"} & set(playbooks)
        )


def test_the_fleet_is_the_labs() -> None:
    inventory = load(MOLECULE / "inventory" / "hosts.yml")
    hosts = inventory["lab"]["hosts"]
    assert {name: own["sdnet_address"] for name, own in hosts.items()} == {
        one.name: one.address for one in WORKSTATIONS
    }
    accounts = load(MOLECULE / "inventory" / "group_vars" / "lab.yml")["drill_participant"]["accounts"]
    registered = {(each["name"], name, at) for each in accounts for name, at in each["workstations"].items()}
    keys = {(account, one.name, one.address) for one in WORKSTATIONS for account in one.accounts}
    assert keys <= registered  # the others have no key: nobody logs on with them
    assert {at for _account, _name, at in registered} == {one.address for one in WORKSTATIONS}


def test_connection_variables_are_the_labs_alone() -> None:
    """On ``all`` they would also hold for the controller."""
    everybody = load(MOLECULE / "inventory" / "group_vars" / "all.yml")
    assert [name for name in everybody if name.startswith("ansible_")] == []


def test_evidence_stays_out_of_the_checkout() -> None:
    evidence = load(MOLECULE / "config.yml")["ansible"]["cfg"]["hkex_drill"]["evidence"]
    assert evidence.startswith("${MOLECULE_EPHEMERAL_DIRECTORY}/")
