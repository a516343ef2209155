# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example inventory has every variable, explained and valid, and the page of variables is made from it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, gate
from ansible_collections.hkex.drill.plugins.plugin_utils._variables import VARIABLES
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, HONG_KONG, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.weather import parse_weather

from tests.checks import gen_docs
from tests.checks.bench import ROOT, environment

EXAMPLE = gen_docs.variables(gen_docs.EXAMPLE.read_text(encoding="utf-8"))


def test_the_page_of_variables_is_what_its_sources_say() -> None:
    written = gen_docs.TARGET.read_text(encoding="utf-8")
    assert written == gen_docs.render(), "run: python -m tests.checks.gen_docs"


def test_the_example_has_the_variables_that_the_code_reads_and_no_other() -> None:
    read = {"drill"}
    for folder in ("action", "plugin_utils"):
        for path in (ROOT / "plugins" / folder).glob("*.py"):
            read |= set(re.findall(r'"(drill_[a-z_]+)"', path.read_text(encoding="utf-8")))
    for path in (*ROOT.glob("roles/*/*/*.yml"), *ROOT.glob("playbooks/*.yml")):
        for expression in re.findall(r"\{\{(.*?)\}\}", path.read_text(encoding="utf-8")):
            read |= set(re.findall(r"\bdrill_[a-z_]+\b", expression))
    read -= {"drill_phase", "drill_checks"}  # what the playbooks set themselves; a file
    assert {each.name for each in EXAMPLE} == read
    assert {*VARIABLES, "drill"} == read | {"drill_phase"}


def test_defaults_in_roles_and_playbooks_are_those_of_the_comments() -> None:
    said = {each.name: each.need for each in EXAMPLE}
    found: dict[str, str] = {}
    for path in (*ROOT.glob("roles/*/defaults/main.yml"), *ROOT.glob("playbooks/*.yml")):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r"\b(drill_[a-z_]+) \| default\('?([\d.%]+)'?\)", text))
    assert found.keys() == {"drill_failure_limit", "drill_batch"}
    for name, default in found.items():
        assert said[name] == f"Default: {default}"


def example_hosts() -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-inventory")), "-i", "inventory/example", "--list"],
        cwd=ROOT,
        env=environment(Path(sys.executable)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    hosts: dict[str, dict[str, Any]] = json.loads(done.stdout)["_meta"]["hostvars"]
    return hosts


def test_every_workstation_of_the_example_is_read() -> None:
    hosts = example_hosts()
    drill = load(ROOT / "drills", hosts["pc-01"]["drill"])
    apart = [
        name for name, own in hosts.items() if not fleet.takes_part(name, own, drill.id, available(DIRECTORY))
    ]
    assert apart == ["pc-05", "pc-06"]
    systems = {name: fleet.workstation(name, own).system for name, own in hosts.items()}
    assert {
        system: [name for name in hosts if systems[name] == system] for system in ("posix", "windows")
    } == {
        "posix": [f"pc-0{number}" for number in range(1, 7)],
        "windows": ["pc-21", "pc-22"],
    }
    assert {
        access for own in hosts.values() for access in own["drill_access"].values() if isinstance(access, str)
    } == {
        "dns",
        "host_table",
        "ip_address",
    }


def test_registered_workstations_of_the_example_are_in_it() -> None:
    hosts = example_hosts()
    for account in fleet.workstation("pc-01", hosts["pc-01"]).participant.accounts:
        assert set(account.workstations) <= set(hosts)
        for name in account.workstations:
            assert account.market in fleet.workstation(name, hosts[name]).markets


def test_what_is_commented_out_in_the_example_is_valid_too() -> None:
    values = {each.name: each.value for each in EXAMPLE}
    assert fleet.workstation("pc-99", values).ports == {"rap": 18801}
    assert fleet.takes_part("pc-99", values, "contingency", available(DIRECTORY))
    assert len(parse_weather(values["drill_weather"])) == 2
    assert gate.pretend(values["drill_pretend_now"], values["drill_sandbox"]).tzinfo == HONG_KONG
    assert values["drill_occurrence"] in {
        each.id for each in load(ROOT / "drills", "2024-11-rrs-secondary-connectivity").occurrences
    }
    for name, kind in {"drill_failure_limit": float, "drill_timeout": float, "drill_batch": int}.items():
        assert isinstance(values[name], kind)


@pytest.mark.parametrize("variable", EXAMPLE, ids=lambda each: each.name)
def test_what_the_example_calls_required_is_and_nothing_else(variable: gen_docs.Variable) -> None:
    own = {each.name: each.value for each in EXAMPLE if each.name != variable.name}
    if variable.name in ("drill_participant", "drill_markets"):
        with pytest.raises(Refusal, match=variable.name):
            fleet.workstation("pc-99", own)
    else:
        assert fleet.workstation("pc-99", own).name == "pc-99"
    required = variable.need.startswith("Required")
    assert required == (variable.name in ("drill", "drill_participant", "drill_markets"))
    assert variable.active or not required


@pytest.mark.parametrize(
    "text", ["drill_x: 1\n", "# What it is.\ndrill_x: 1\n", "# Default: 1\ndrill_x: 1\n"]
)
def test_a_variable_without_a_whole_comment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="drill_x"):
        gen_docs.variables(text)
