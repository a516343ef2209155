# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerShell source may name: functions of the project, and otherwise what the allow-list documents.

Names are compared with their case: PowerShell does not mind, but then a name has one spelling only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from tests.checks.powershell_allowed import LITERAL, Allowed, Command
from tests.checks.powershell_tree import (
    Function,
    Source,
    child,
    command_name,
    scope,
    text,
    unquoted,
    variable,
    walk,
)

WHERE = "look it up in Microsoft's documentation, then add it to powershell_allowed.yml with its page"
# The grammar takes the call off ``-Bytes $hash.ComputeHash($content)``: an argument list belongs to what is before it.
NOT_ARGUMENTS = frozenset({"command_argument_sep", "redirection", "comment", "argument_list"})


@dataclass(frozen=True)
class Names:
    """The names of one file held against the functions it may call and the allow-list.

    :param brought: functions of the modules it requires
    """

    source: Source
    brought: Mapping[str, Function]
    allowed: Allowed

    def problems(self) -> list[str]:
        """Everything that is named without being known."""
        kinds = {
            "command": self.command,
            "type_name": self.type_name,
            "member_access": self.member,
            "invocation_expression": self.member,
            "cast_expression": self.cast,
        }
        return [
            self.source.at(node, what)
            for node in self.source.nodes
            if node.type in kinds
            for what in kinds[node.type](node)
        ]

    # ---- commands ----

    def command(self, node: Node) -> Iterator[str]:
        """The command is known, and so is every parameter."""
        called = child(node, "command_name_expr")
        if called is None:
            name = command_name(node)
        elif called.children[0].type == "string_literal":
            name = unquoted(called.children[0])
        else:
            at = called.children[0]
            if at.type != "script_block_expression" and not (at.named_child_count == 1 and variable_of(at)):
                yield f"nobody can see what `{text(node)[:40]}` calls; call a function, or a script block"
            return
        own = self.source.functions.get(name) or self.brought.get(name)
        if own is not None:
            yield from self.arguments(node, own.name, frozenset(own.types), switches(own), 0, own)
        elif name in self.allowed.commands:
            self.allowed.used.add(("commands", name))
            yield from self.cmdlet(node, name, self.allowed.commands[name])
        elif not name.startswith("="):
            yield f"{name} is neither a function of the project nor on the allow-list; {WHERE}"

    def cmdlet(self, node: Node, name: str, known: Command) -> Iterator[str]:
        """The parameters of a command of the allow-list."""
        if known.positional >= 0:
            parameters = known.parameters | known.switches | self.allowed.common
            yield from self.arguments(node, name, parameters, known.switches, known.positional)

    def arguments(
        self,
        node: Node,
        name: str,
        known: frozenset[str],
        flags: frozenset[str],
        positional: int,
        own: Function | None = None,
    ) -> Iterator[str]:
        """Every parameter is known and gets its value, and no more values come without a name than may."""
        bare, waiting, empty = 0, "", []
        for at in elements(node):
            if at.type == "command_parameter":
                empty.append(waiting)
                waiting = text(at)[1:]
                yield from self.parameter(name, waiting, known, own)
                waiting = "" if waiting in flags and not colon_behind(at) else waiting
            elif splat(at):
                yield from self.splatted(node, at, name, known, own)
            elif waiting:
                yield from self.value(own, waiting, at)
                waiting = ""
            else:
                bare += 1
        yield from (
            f"{name} -{each} gets no value; give it one" for each in [*empty, waiting] if each in known
        )
        if bare > positional:
            yield f"{name} is given {bare} values without a name, {positional} may be; write the parameters' names"

    def parameter(self, name: str, given: str, known: frozenset[str], own: Function | None) -> Iterator[str]:
        """One parameter by its name."""
        if given in known:
            self.allowed.used.add(
                ("common", given) if given in self.allowed.common else ("commands", name, given)
            )
        elif given == "Path" and name.lower() in LITERAL:
            yield f"{name} -Path takes wildcards, and [ ] are allowed in file names; use -LiteralPath"
        elif given != "Parallel":
            yield f"{name} has no parameter -{given} here; {'declare it' if own else WHERE}"

    def value(self, own: Function | None, parameter: str, at: Node) -> Iterator[str]:
        """A value of an enumeration, as far as it stands there as a word."""
        full = self.allowed.type_named(own.types[parameter]) if own and own.types.get(parameter) else None
        word = text(at) if at.type == "generic_token" else unquoted(at) if plain(at) else ""
        yield from self.values(full, word)

    def splatted(
        self, node: Node, at: Node, name: str, known: frozenset[str], own: Function | None
    ) -> Iterator[str]:
        """The parameters of a splat are the keys of the table it was made of, in the same function."""
        sigil = variable(at.children[0])
        tables = [table for table in literal_tables(scope(node)) if table[0] == sigil]
        if not tables:
            yield f"nobody can see which parameters @{sigil} holds; make it of one @{{ }} in the same function"
        for _, table in tables:
            for key in keys(table):
                yield from self.parameter(name, key, known, own)

    # ---- types and members ----

    def type_name(self, node: Node) -> Iterator[str]:
        """A type, wherever it stands in brackets."""
        outer = node.parent
        if outer is not None and outer.type != "type_name" and self.allowed.type_named(text(node)) is None:
            yield f"[{text(node)}] is not on the allow-list; {WHERE}"

    def member(self, node: Node) -> Iterator[str]:
        """What stands behind ``::`` or a dot."""
        target = node.children[0]
        member = child(node, "member_name")
        name = child(member, "simple_name") if member else None
        if name is None:
            yield f"nobody can see which member `{text(node)[:40]}` is; write its name, or use [ ] for a key"
        elif child(node, "::") is None:
            if not self.allowed.instance(text(name)):
                yield f".{text(name)} is no member on the allow-list and no field of request or answer; {WHERE}"
        elif target.type != "type_literal":
            yield f"nobody can see which type `{text(target)[:40]}` is; write [type]::{text(name)}"
        else:
            full = self.literal(target)
            if full is not None and not self.allowed.static(full, text(name)):
                yield f"[{full}]::{text(name)} is not on the allow-list; {WHERE}"

    def cast(self, node: Node) -> Iterator[str]:
        """``[System.IO.FileShare]'Read, Delete'``: the words are values of the enumeration."""
        literal, operand = child(node, "type_literal"), child(node, "unary_expression")
        if literal and operand and plain(operand):
            yield from self.values(self.literal(literal), unquoted(operand))

    def literal(self, node: Node) -> str | None:
        """The full name of the type in brackets; of an array it is ``System.Array``."""
        inner = [each for each in walk(node) if each.type in ("array_type_name", "type_name")]
        if inner and inner[0].type == "array_type_name":
            return "System.Array"
        return self.allowed.type_named(text(inner[0])) if inner else None

    def values(self, full: str | None, words: str) -> Iterator[str]:
        """These words, between commas, are values of that enumeration."""
        type_ = self.allowed.types.get(full or "")
        if full is None or type_ is None or not type_.values:
            return
        for word in filter(None, (each.strip() for each in words.split(","))):
            if not self.allowed.static(full, word):
                yield f"{word} is no value of [{full}] on the allow-list; {WHERE}"


def elements(command: Node) -> list[Node]:
    """A command's parameters and values."""
    holder = child(command, "command_elements")
    return [each for each in holder.children if each.type not in NOT_ARGUMENTS] if holder else []


def colon_behind(parameter: Node) -> bool:
    """Whether a switch is given its value: ``-Force:$true``."""
    following = parameter.next_sibling
    return following is not None and text(following).startswith(":")


def switches(own: Function) -> frozenset[str]:
    """A function's parameters that take no value."""
    return frozenset(name for name, type_ in own.types.items() if type_.lower() == "switch")


def variable_of(node: Node) -> Node | None:
    """The variable this is, and nothing else."""
    return node if node.type == "variable" else child(node, "variable")


def splat(node: Node) -> bool:
    """Whether this is ``@name``."""
    return text(node).startswith("@") and bool(node.children) and node.children[0].type == "variable"


def plain(node: Node) -> bool:
    """Whether this is a text without variables."""
    within = [each.type for each in walk(node)]
    return within[-1] == "verbatim_string_characters" and len(within) <= 3


def literal_tables(within: Node) -> Iterator[tuple[str, Node]]:
    """Variables that are made of one ``@{ }``, each with that table."""
    for node in walk(within):
        if node.type != "assignment_expression":
            continue
        target, value = child(node, "left_assignment_expression"), child(node, "assignment_value")
        at = value
        while at is not None and at.type != "hash_literal_expression":
            at = at.named_children[0] if at.named_child_count == 1 else None
        if target is not None and at is not None:
            yield text(target).strip().lstrip("$"), at


def keys(table: Node) -> Iterator[str]:
    """The keys of a table itself, not of those within it."""
    body = child(table, "hash_literal_body")
    for entry in body.children if body else ():
        key = child(entry, "key_expression")
        if key is not None:
            yield unquoted(key)
