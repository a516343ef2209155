# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/checklists.md has every item of the circulars' lists, and names no check that the code does not have."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.concerns import WRITES
from ansible_collections.hkex.drill.plugins.module_utils.looks import LOOKS, MODULES
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.readiness import RULES
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import PHASES

from tests.checks import gen_docs
from tests.checks.bench import ROOT

PAGE = (ROOT / "docs" / "checklists.md").read_text(encoding="utf-8")
DRILLS = ROOT / "drills"

# Typed from the circulars, not from the page.
APPENDIX_A = "(A) 1; (A) 2; (A) 3; (A) 4; (A) 5; (A) 6; (A) 7; (A) 8; (A) 9; (A) 10; (B) 1; (B) 2; (B) 3"
NOTES_3_1 = (
    "3.1 a); 3.1 b); 3.1 c); 3.1 d); 3.1 e); 3.1 f); 3.1 g); 3.1 h); "
    "3.1 i); 3.1 j); 3.1 k); 3.1 l); 3.1 m); 3.1 n); 3.1 o)"
)
NOTES_3_2 = "3.2 a); 3.2 b); 3.2 c); 3.2 d); 3.2 e); 3.2 f); 3.2 g); 3.2 h); 3.2 i)"
UNNUMBERED = "3.1, addresses; 3.1, keys"
ITEMS = {
    "## 2021: rehearsal of 6 November": f"{APPENDIX_A}; 3; {NOTES_3_1}; {NOTES_3_2}",
    "## 2024: sessions of 16 and 30 November": f"{UNNUMBERED}; i); ii); iii); iv); v)",
    "## 2025: practice session of 21 June": (
        f"{UNNUMBERED}; i); ii); iii); iv); v); vi); remark, part 1; remark, part 2; remark"
    ),
}
OWN = "## What the drill files give to the toolkit before the day"
# What a drill file gives to the toolkit, and no phase does.
LEFT: set[tuple[str, str]] = set()

LOG_ON = "drill_log_on"  # asks for more than a look

_QUOTED = r"`[^`]+`(?:, `[^`]+`)*"
CHECKED = re.compile(rf"checked by ({_QUOTED}): ({_QUOTED})(; in part)?")
BY_HAND = re.compile(r"by hand, because \w.*")


def section(heading: str) -> str:
    """What stands below a heading, up to the next one."""
    return PAGE.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of a section's table, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][2:]


def items_typed(heading: str) -> list[str]:
    return [item.strip() for item in ITEMS[heading].split(";")]


def every_row() -> list[list[str]]:
    return [row for heading in (*ITEMS, OWN) for row in rows(heading)]


def checks() -> Iterator[tuple[list[str], set[str], set[str]]]:
    """Each row that something checks, with its phases and with what these go by."""
    for row in every_row():
        found = CHECKED.fullmatch(row[-1])
        if found:
            yield row, set(re.findall(r"`(.+?)`", found[1])), set(re.findall(r"`(.+?)`", found[2]))


def rules() -> set[str]:
    """The names that the verdicts of readiness can have."""
    trees = (ast.parse(textwrap.dedent(inspect.getsource(rule))) for rule in RULES)
    return {
        str(node.args[0].value)
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Verdict"
        and isinstance(node.args[0], ast.Constant)
    }


def options(spec: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Every option, those inside of others with a dot."""
    for name, told in spec.items():
        yield f"{above}{name}"
        yield from options(told.get("options", {}), f"{above}{name}.")


def looked_at() -> set[str]:
    return set(options(MODULES["workstation_info"].takes["argument_spec"]))


def roles_of(phase: str) -> set[str]:
    """The roles that the playbook of a phase includes."""
    playbook = ROOT / "playbooks" / f"{phase.replace('-', '_')}.yml"
    return set(re.findall(r"name: hkex\.drill\.(\w+)", playbook.read_text(encoding="utf-8")))


# ---- the circulars' items --------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading", ITEMS)
def test_every_item_stands_there_once_and_in_its_order(heading: str) -> None:
    assert [row[0] for row in rows(heading)] == items_typed(heading)


def test_the_lists_are_as_long_as_the_circulars() -> None:
    assert [len(items_typed(heading)) for heading in ITEMS] == [10 + 3 + 1 + 15 + 9, 2 + 5, 2 + 6 + 3]


def test_every_row_has_one_verdict() -> None:
    assert len(every_row()) > 60
    for row in every_row():
        assert len(row) == 3 and all(row), row
        assert bool(CHECKED.fullmatch(row[-1])) != bool(BY_HAND.fullmatch(row[-1])), row
        assert row[-1].count("checked by") + row[-1].count("by hand") == 1, row


@pytest.mark.parametrize("heading", [*ITEMS, OWN])
def test_what_is_checked_in_part_says_what_is_left(heading: str) -> None:
    named = 1 if heading == OWN else 0
    in_part = {row[named] for row in rows(heading) if row[-1].endswith("; in part")}
    heads = re.findall(r"^- ((?:\*\*[^*]+\*\*(?:, )?)+):", section(heading), re.MULTILINE)
    assert in_part == {label for head in heads for label in re.findall(r"\*\*(.+?)\*\*", head)}


# ---- what checks them ------------------------------------------------------------------------------------------


def test_phases_and_what_they_go_by_exist() -> None:
    assert len(rules()) >= len(RULES)
    known = rules() | looked_at() | {LOG_ON}
    for row, phases, names in checks():
        assert phases <= set(PHASES), row
        assert names <= known, row


def test_each_phase_asks_for_what_the_page_says() -> None:
    only_readiness = rules() | set(LOOKS) - set(WRITES) - {"services", "rap_key"}
    for row, phases, names in checks():
        for phase in phases:
            assert roles_of(phase) & {"readiness", "proof", "workstation"}, row
            if names & only_readiness:
                assert "readiness" in roles_of(phase), row
            if "services" in names:
                assert roles_of(phase) & {"readiness", "proof"}, row
            if "rap_key" in names:
                assert phase == "status" or "readiness" in roles_of(phase), row
            if LOG_ON in names:
                assert phase == "status", row


def test_whatever_the_page_quotes_exists() -> None:
    variables = {each.name for each in gen_docs.variables(gen_docs.EXAMPLE.read_text(encoding="utf-8"))}
    known = set(PHASES) | rules() | looked_at() | set(MODULES) | variables
    quoted = set(re.findall(r"`([^`]+)`", PAGE))
    assert len(quoted) > 15
    assert quoted <= known, quoted - known


# ---- the drill files' items ------------------------------------------------------------------------------------


def test_what_a_drill_gives_to_the_toolkit_before_the_day_is_checked_or_said_to_be_left() -> None:
    given = [
        (name, item["id"])
        for name in available(DRILLS)
        for item in load(DRILLS, name).data["checklists"]
        if item["when"] == "before" and item["who"] == "toolkit"
    ]
    said = [(row[0], row[1]) for row in rows(OWN)]
    assert sorted(said) == sorted(given)
    assert {(row[0], row[1]) for row in rows(OWN) if BY_HAND.fullmatch(row[-1])} == LEFT


def test_what_the_page_says_of_the_phases_that_remove_and_log_on_is_so() -> None:
    """Verdicts that rest on what is not there must fall when it comes."""
    assert [name for name in available(DRILLS) if load(DRILLS, name).cleans_up] == [
        "2021-11-06-ccass-failover-rehearsal"
    ]
    assert roles_of("cleanup") == {"gate", "workstation", "proof"}
    tasks = ROOT / "roles" / "proof" / "tasks"
    assert "step: log_on" in (tasks / "log_on.yml").read_text(encoding="utf-8")
    assert "proof_gate.phase == 'status'" in (tasks / "main.yml").read_text(encoding="utf-8")


def test_lines_are_short() -> None:
    assert [line for line in PAGE.splitlines() if len(line) > 120] == []
