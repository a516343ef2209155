# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of PowerShell source: under Set-StrictMode whoever reads one that nobody set stops the run.

PowerShell would also find a variable in whoever called the function. That is not counted: a function gets what it
needs by its parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from tests.checks.powershell_allowed import Allowed
from tests.checks.powershell_tree import Source, child, parameters, scope, text, variable, walk

HOLDERS = frozenset({"param_block", "function_parameter_declaration"})


def problems(source: Source, allowed: Allowed) -> list[str]:
    """Every variable that is read where nothing sets it."""
    kept = {name for node in source.find("left_assignment_expression") for name in targets(node)}
    script = {name for name in kept if name.startswith("script:")}
    script |= {f"script:{name}" for name in set_in(source.root)}
    known: dict[int, set[str]] = {}
    found = []
    for node in source.find("variable"):
        name, around = variable(node).lower(), scope(node)
        there = known.setdefault(around.id, set_in(around))
        if (
            name not in there | script
            and not name.startswith("env:")
            and not automatic(variable(node), allowed)
        ):
            found.append(source.at(node, f"${variable(node)} is read here, but not set; set it, or pass it"))
    return found


def automatic(name: str, allowed: Allowed) -> bool:
    """Whether PowerShell or Ansible sets it."""
    match = next((each for each in allowed.variables if each.lower() == name.lower()), None)
    if match:
        allowed.used.add(("variables", match))
    return match is not None


def set_in(around: Node) -> set[str]:
    """The variables that a function sets itself or gets, in lower case."""
    names: set[str] = set()
    for node in within(around):
        if node.type == "left_assignment_expression":
            names |= set(targets(node))
        elif node.type == "foreach_statement":
            names.add(variable(child(node, "variable")).lower())
        elif node.type in HOLDERS:
            names |= {name.lower() for name, _ in parameters(node)}
    return names


def within(around: Node) -> Iterator[Node]:
    """The nodes of a function, or of the whole file, but not those of a function in it."""
    waiting = list(around.children)
    while waiting:
        at = waiting.pop()
        yield at
        waiting.extend(at.children if at.type != "function_statement" else ())


def targets(assigned: Node) -> Iterator[str]:
    """The variables on the left of an assignment; a member or an element of one does not set it."""
    if not any(node.type in ("member_access", "element_access") for node in walk(assigned)):
        yield from (
            variable(node).lower() for node in walk(assigned) if node.type == "variable" and text(node)
        )
