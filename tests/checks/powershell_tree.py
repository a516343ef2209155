# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PowerShell source as a tree: its nodes, its functions and their parameters, what it brings in and hands out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tree_sitter_pwsh
from tree_sitter import Language, Node, Parser

LANGUAGE = Language(tree_sitter_pwsh.language())

REQUIRES = re.compile(r"(?im)^#\s*AnsibleRequires\b(.*)$")
OWN_MODULE = re.compile(r"-PowerShell ansible_collections\.hkex\.drill\.(plugins\.module_utils\.\w+)")

# Nodes whose text is not code.
QUOTED = frozenset(
    {
        "comment",
        "verbatim_string_characters",
        "verbatim_here_string_characters",
        "expandable_string_literal",
        "expandable_here_string_literal",
    }
)


@dataclass(frozen=True)
class Function:
    """A function of the project.

    :param types: its parameters, each with the type it is declared with as written, ``""`` without
    """

    name: str
    types: dict[str, str]


@dataclass(frozen=True)
class Source:
    """One file of PowerShell.

    :param name: how messages call it
    :param raw: its bytes
    """

    name: str
    raw: bytes

    @cached_property
    def root(self) -> Node:
        """The tree; the parser makes one of anything, with ERROR nodes where it does not understand."""
        return Parser(LANGUAGE).parse(self.raw).root_node

    @cached_property
    def text(self) -> str:
        """The whole file; bytes that are not UTF-8 become U+FFFD."""
        return self.raw.decode("utf-8", "replace")

    def at(self, where: Node | int, what: str) -> str:
        """A message about a node or the line of that number."""
        line = where if isinstance(where, int) else where.start_point.row + 1
        return f"{self.name}:{line}: {what}"

    def find(self, *types: str) -> Iterator[Node]:
        """Every node of these types, in the order of the text."""
        return (node for node in self.nodes if node.type in types)

    @cached_property
    def nodes(self) -> list[Node]:
        """Every node, in the order of the text."""
        return list(walk(self.root))

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions defined here, by name."""
        found = (function(node) for node in self.find("function_statement"))
        return {each.name: each for each in found}

    @cached_property
    def requires(self) -> list[tuple[int, str]]:
        """What stands behind each ``#AnsibleRequires``, with its line."""
        return [
            (self.text.count("\n", 0, found.start()) + 1, found.group(1).strip())
            for found in REQUIRES.finditer(self.text)
        ]

    @cached_property
    def exports(self) -> list[Node]:
        """The names that ``Export-ModuleMember -Function`` hands out, as the nodes of their texts."""
        calls = (node for node in self.find("command") if command_name(node) == "Export-ModuleMember")
        return [text for call in calls for text in walk(call) if text.type == "verbatim_string_characters"]


def read(path: Path, root: Path | None = None) -> Source:
    """A file, called by its path below ``root``."""
    return Source(str(path.relative_to(root) if root else path), path.read_bytes())


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting.extend(reversed(at.children))


def text(node: Node | None) -> str:
    """The source text of a node."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def unquoted(node: Node) -> str:
    """The content of a string node."""
    return text(node).strip("'\"")


def child(node: Node, *types: str) -> Node | None:
    """The first child of one of these types."""
    return next((each for each in node.children if each.type in types), None)


def command_name(command: Node) -> str:
    """What a command is called by: ``Get-Item``; empty for an expression behind ``&``."""
    return text(child(command, "command_name"))


def above(node: Node) -> Iterator[Node]:
    """The nodes this one is part of, the nearest first."""
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def scope(node: Node) -> Node:
    """The function this stands in, or the whole file."""
    around = [node, *above(node)]
    return next((each for each in around[1:] if each.type == "function_statement"), around[-1])


def function(statement: Node) -> Function:
    """A function statement's name and parameters, of either notation."""
    body = child(statement, "script_block")
    holders = [child(statement, "function_parameter_declaration"), body and child(body, "param_block")]
    types = {name: type_ for holder in holders if holder for name, type_ in parameters(holder)}
    return Function(text(child(statement, "function_name")), types)


def parameters(holder: Node) -> Iterator[tuple[str, str]]:
    """The parameters a ``param`` block declares, each with its type as written."""
    for node in walk(holder):
        if node.type != "script_parameter":
            continue
        attributes = child(node, "attribute_list")
        literals = [child(each, "type_literal") for each in attributes.children] if attributes else []
        yield variable(child(node, "variable")), next((text(each)[1:-1] for each in literals if each), "")
        yield from swallowed(child(node, "script_parameter_default"))


def swallowed(default: Node | None) -> Iterator[tuple[str, str]]:
    """The parameters after a default value: the grammar takes ``$A = 1, $B`` for a list of two values."""
    values = child(default, "array_literal_expression") if default else None
    for value in (values.named_children if values else [])[1:]:
        names = [node for node in walk(value) if node.type == "variable"]
        types = [node for node in walk(value) if node.type == "type_literal"]
        yield variable(names[-1] if names else None), text(types[0])[1:-1] if types else ""


def variable(node: Node | None) -> str:
    """A variable's name without its sigil and braces: ``File`` of ``${File}``, ``script:Old`` of ``$script:Old``."""
    return text(node).lstrip("$@").strip("{}")


def module_file(required: str, root: Path) -> Path | None:
    """The file of a module of the project that an ``#AnsibleRequires`` names, whether or not it is there."""
    own = OWN_MODULE.fullmatch(required)
    return root / (own.group(1).replace(".", "/") + ".psm1") if own else None


def exported(sources: Iterable[Source]) -> dict[str, Function]:
    """The functions that modules hand out, by name."""
    return {
        unquoted(node): source.functions[unquoted(node)]
        for source in sources
        for node in source.exports
        if unquoted(node) in source.functions
    }
