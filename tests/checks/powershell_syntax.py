# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerShell source may look like: it parses, and Windows PowerShell 5.1 knows all of it.

The grammar is that of PowerShell 7, so what 5.1 does not know is refused here. The language:
https://learn.microsoft.com/en-us/powershell/scripting/whats-new/differences-from-windows-powershell
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tree_sitter import Node

from tests.checks.powershell_tree import (
    QUOTED,
    Source,
    child,
    command_name,
    module_file,
    text,
    unquoted,
    variable,
)

# REUSE-IgnoreStart
HEADER = (
    "# Copyright (c) 2026 The hkex.drill maintainers",
    "# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
)
# REUSE-IgnoreEnd
SHEBANG = "#!powershell"
LEGACY = "-PowerShell Ansible.ModuleUtils.Legacy"
STRICT = re.compile(r"(?m)^Set-StrictMode -Version 2\.0$")
STOP = re.compile(r"(?m)^\$ErrorActionPreference = 'Stop'$")

# What Get-Alias lists in Windows PowerShell 5.1.
ALIASES = frozenset(
    """% ? ac asnp cat cd CFS chdir clc clear clhy cli clp cls clv cnsn compare copy cp cpi cpp curl cvpa dbp del diff
    dir dnsn ebp echo epal epcsv epsn erase etsn exsn fc fhx fl foreach ft fw gal gbp gc gci gcb gcm gcs gdr ghy gi
    gin gjb gl gm gmo gp gps gpv group gsn gsnp gsv gtz gu gv gwmi h history icm iex ihy ii ipal ipcsv ipmo ipsn irm
    ise iwmi iwr kill lp ls man md measure mi mount move mp mv nal ndr ni nmo npssc nsn nv nwsn ogv oh popd ps pushd
    pwd r rbp rcjb rcsn rd rdr ren ri rjb rm rmdir rmo rni rnp rp rsn rsnp rujb rv rvpa rwmi sajb sal saps sasv sbp
    scb select set shcm si sl sleep sls sort sp spjb spps spsv start stz sujb sv swmi tee trcm type wget where wjb
    write""".lower().split()
)

BANNED_COMMANDS = {
    "invoke-expression": "call the command itself; text that is run as code cannot be checked",
    "write-host": "return the value; what is written to the host breaks the answer",
}

# Of these the grammar makes nodes of their own.
BANNED_NODES = {
    "ternary_expression": ("`? :` is unknown to PowerShell 5.1", "use if and else"),
    "null_coalesce_expression": ("`??` is unknown to PowerShell 5.1", "use if ($null -eq ...)"),
    "pipeline_chain_tail": ("`&&` and `||` between commands are unknown to PowerShell 5.1", "use if"),
    "using_statement": ("`using` hides which type is meant", "write the type's full name"),
    "class_statement": ("classes are compiled at every run", "use functions"),
    "trap_statement": ("`trap` acts from a distance", "use try and catch"),
}
ASSIGNMENTS = frozenset({"=", "+=", "-=", "*=", "/=", "%="})
CORE_ONLY = frozenset({"iswindows", "islinux", "ismacos", "iscoreclr", "psstyle"})


def shape(source: Source) -> Iterator[str]:
    """The bytes: ASCII, spaces, plain line ends."""
    for number, line in enumerate(source.raw.split(b"\n"), 1):
        if not line.isascii():
            yield source.at(
                number, "not ASCII; 5.1 reads such bytes in the code page of the machine: use words"
            )
        if line.endswith(b"\r"):
            yield source.at(number, "ends with CRLF; write LF")
        if b"\t" in line:
            yield source.at(number, "a tab; write spaces")
        if line.rstrip(b"\r") != line.rstrip():
            yield source.at(number, "spaces at the end of the line; remove them")
    if not source.raw.endswith(b"\n") or source.raw.endswith(b"\n\n"):
        yield source.at(source.raw.count(b"\n") + 1, "ends with no or several line ends; write one")


def head(source: Source) -> Iterator[str]:
    """What every file has at its top."""
    is_module = source.name.endswith(".ps1")
    lines = source.text.split("\n")
    if is_module and lines[0] != SHEBANG:
        yield source.at(1, f"Ansible needs another first line; write {SHEBANG}")
    start = lines.index(HEADER[0]) if HEADER[0] in lines[:3] else 0
    if tuple(lines[start : start + 3]) != HEADER:
        yield source.at(1, f"no licence; write: {' / '.join(HEADER)}")
    if is_module and LEGACY not in [what for _, what in source.requires]:
        yield source.at(1, f"does not bring its helpers; write #AnsibleRequires {LEGACY}")
    for rule, what in ((STRICT, "Set-StrictMode -Version 2.0"), (STOP, "$ErrorActionPreference = 'Stop'")):
        if not rule.search(source.text):
            yield source.at(1, f"runs on after a mistake; write {what}")


def parsed(source: Source) -> Iterator[str]:
    """Every ERROR and MISSING node of the tree."""
    for node in source.nodes:
        if node.is_missing:
            yield source.at(node, f"not understood: a {node.type} is missing; count brackets and quotes")
        elif node.is_error:
            shown = text(node).split("\n")[0][:60]
            if child(node, "?"):
                yield source.at(node, f"not understood: `{shown}`; 5.1 has no ?. and ?[]: use if")
            elif text(node).endswith("&"):
                yield source.at(node, f"not understood: `{shown}`; 5.1 has no & behind a command")
            else:
                yield source.at(node, f"not understood near `{shown}`; count brackets and quotes")


def banned(source: Source) -> Iterator[str]:
    """Constructs that 5.1 does not know or that nobody can check."""
    for node in source.nodes:
        if node.type in BANNED_NODES:
            what, instead = BANNED_NODES[node.type]
            yield source.at(node, f"{what}; {instead}")
        elif node.type in RULES:
            yield from (source.at(node, what) for what in RULES[node.type](node))


def assignment(node: Node) -> Iterator[str]:
    """Only the operators of 5.1; ``!=`` and ``??=`` come as assignments."""
    operator = text(node).strip()
    if operator not in ASSIGNMENTS:
        yield f"`{operator}` is unknown to PowerShell 5.1; use -ne, or if ($null -eq ...)"


def command(node: Node) -> Iterator[str]:
    """Neither an alias nor a command that is banned; ``==`` comes as a command called ``=``."""
    name = command_name(node)
    if name.startswith("="):
        yield "`==` is unknown to PowerShell; use -eq"
    elif name.lower() in ALIASES:
        yield f"`{name}` is an alias, and anybody can give it another meaning; write the command's name"
    elif name.lower() in BANNED_COMMANDS:
        yield f"{name} is not used here; {BANNED_COMMANDS[name.lower()]}"
    if text(child(node, "command_invocation_operator")).startswith("."):
        yield "a dot brings in what cannot be checked; use #AnsibleRequires"


def parameter(node: Node) -> Iterator[str]:
    """No ``-Parallel``."""
    if text(node).lower() == "-parallel":
        yield "-Parallel is unknown to PowerShell 5.1; take one after the other"


def pipe(node: Node) -> Iterator[str]:
    """A pipe stands at the end of a line: 5.1 takes a line that begins with one for a new command."""
    before = node.prev_sibling
    if before is not None and text(before) and node.start_point.row > last_row(before):
        yield "5.1 does not know a line that begins with |; end the line before with it"


def last_row(node: Node) -> int:
    """The row of the last character of a node that is neither a space nor a line end."""
    return node.start_point.row + text(node).rstrip().count("\n")


def core_variable(node: Node) -> Iterator[str]:
    """No variable that only PowerShell 7 sets."""
    if variable(node).lower() in CORE_ONLY:
        yield f"${variable(node)} does not exist in 5.1; ask [System.Environment]::OSVersion"


def expandable(node: Node) -> Iterator[str]:
    """``"$file: text"`` asks for a variable on the drive ``file``, which the grammar overlooks."""
    for found in re.finditer(r"(?<!`)\$(\w+):(?!:|\w)", text(node)):
        yield f"`{found.group()}` is read as a drive; write ${{{found.group(1)}}}:"


RULES: dict[str, Callable[[Node], Iterator[str]]] = {
    "assignment_operator": assignment,
    "command": command,
    "command_parameter": parameter,
    "|": pipe,
    "variable": core_variable,
    "expandable_string_literal": expandable,
    "expandable_here_string_literal": expandable,
}


def continued(source: Source) -> Iterator[str]:
    """Lines that a backtick continues."""
    position = 0
    for number, line in enumerate(source.raw.split(b"\n"), 1):
        end = position + len(line.rstrip())
        if line.rstrip().endswith(b"`"):
            node = source.root.descendant_for_byte_range(end - 1, end)
            if node is None or node.type not in QUOTED:
                yield source.at(number, "a backtick continues the line; break it after | , ( or {")
        position += len(line) + 1


def modules(source: Source, root: Path) -> Iterator[str]:
    """What ``#AnsibleRequires`` brings in is there, and what is handed out is defined."""
    for number, what in source.requires:
        file = module_file(what, root)
        if what != LEGACY and not (file and file.is_file()):
            yield source.at(number, f"no such module: {what}; bring {LEGACY} or a .psm1 of the project")
    for node in source.exports:
        if unquoted(node) not in source.functions:
            yield source.at(node, f"hands out {unquoted(node)}, which is not defined here; remove it")


def problems(source: Source, root: Path) -> list[str]:
    """Everything wrong with how a file is written, in no order."""
    rules = (shape, head, parsed, banned, continued)
    return [*(found for rule in rules for found in rule(source)), *modules(source, root)]
