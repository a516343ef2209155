# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The allow-list ``powershell_allowed.yml``: what PowerShell source may call, each with its documentation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.checks.powershell_syntax import ALIASES

Entry = tuple[str, ...]

LIST = Path(__file__).with_suffix(".yml")
SCHEMA = Path(__file__).resolve().parents[2] / "plugins/plugin_utils/windows_io.schema.json"

CMDLETS = "https://learn.microsoft.com/en-us/powershell/module/"
API = "https://learn.microsoft.com/en-us/dotnet/api/"
PLACES = ("https://learn.microsoft.com/en-us/", "https://docs.ansible.com/")

# Cmdlets whose -Path takes wildcards and whose -LiteralPath does not.
LITERAL = frozenset(
    """Add-Content Clear-Content Clear-Item Clear-ItemProperty Convert-Path Copy-Item Copy-ItemProperty Export-Csv
    Export-Clixml Format-Hex Get-Acl Get-AuthenticodeSignature Get-ChildItem Get-Content Get-FileHash Get-Item
    Get-ItemProperty Get-ItemPropertyValue Import-Clixml Import-Csv Invoke-Item Move-Item Move-ItemProperty
    New-ItemProperty Out-File Push-Location Remove-Item Remove-ItemProperty Rename-Item Rename-ItemProperty
    Resolve-Path Select-String Set-Acl Set-Content Set-Item Set-ItemProperty Set-Location Split-Path Tee-Object
    Test-Path Unblock-File""".lower().split()
)


@dataclass(frozen=True)
class Command:
    """A cmdlet, a function that Ansible brings, or a program.

    :param parameters: those that take a value
    :param switches: those that take none
    :param positional: how many arguments may come without a name; -1: a program, whose arguments are its own
    """

    doc: str
    parameters: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()
    positional: int = 0


@dataclass(frozen=True)
class Type:
    """A .NET type, or a class of CIM.

    :param static: what may stand behind ``::``; ``new`` is the constructor
    :param values: of an enumeration
    :param instance: what may stand behind a dot
    """

    doc: str
    static: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    instance: frozenset[str] = frozenset()


@dataclass
class Allowed:
    """The list, and which of its entries have been used.

    :param short: type accelerators and attributes, with the full name each stands for
    :param variables: what PowerShell itself sets
    :param common: parameters that every cmdlet takes
    :param keys: names of the fields of request and answer, and of the keys of tables
    """

    commands: dict[str, Command]
    types: dict[str, Type]
    short: dict[str, str]
    variables: frozenset[str]
    common: frozenset[str]
    keys: frozenset[str] = frozenset()
    used: set[Entry] = field(default_factory=set)

    def type_named(self, name: str) -> str | None:
        """The full name of a type as written in brackets; None if it is not on the list."""
        full = name if name in self.types else f"System.{name}"
        if full in self.types:
            self.used.add(("types", full))
            return full
        if name in self.short:
            self.used.add(("short", name))
            return self.short[name]
        return None

    def static(self, full: str, member: str) -> bool:
        """Whether this may stand behind ``[full]::``."""
        at = self.types.get(full)
        known = at is not None and member in at.static | at.values
        self.used |= {("types", full), ("types", full, member)} if known else set()
        return known

    def instance(self, member: str) -> bool:
        """Whether this may stand behind the dot after something whose type is not known."""
        owners = [full for full, type_ in self.types.items() if member in type_.instance]
        self.used |= {("types", full) for full in owners} | {("types", full, member) for full in owners}
        return bool(owners) or member in self.keys

    def entries(self) -> Iterator[Entry]:
        """Everything on the list."""
        for name, command in self.commands.items():
            yield "commands", name
            yield from (("commands", name, each) for each in command.parameters | command.switches)
        for name, type_ in self.types.items():
            yield "types", name
            yield from (("types", name, each) for each in type_.static | type_.values | type_.instance)
        yield from (("short", name) for name in self.short)
        yield from (("variables", name) for name in self.variables)
        yield from (("common", name) for name in self.common)

    def unused(self) -> list[str]:
        """A line for every entry that nothing used."""
        idle = sorted(set(self.entries()) - self.used)
        return [f"{LIST.name}: {': '.join(entry)}: nothing uses it; remove it" for entry in idle]


def allowed(path: Path = LIST, schema: Path = SCHEMA) -> Allowed:
    """The list as it stands in the file."""
    there = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Allowed(
        commands={name: command(given) for name, given in there["commands"].items()},
        types={name: type_(given) for name, given in there["types"].items()},
        short=dict(there["short"]["names"]),
        variables=frozenset(there["variables"]["names"]),
        common=frozenset(there["common"]["names"]),
        keys=frozenset(fields(json.loads(schema.read_text(encoding="utf-8")))),
    )


def command(given: dict[str, Any]) -> Command:
    """One entry below ``commands``."""
    sets = {name: frozenset(given.get(name, ())) for name in ("parameters", "switches")}
    return Command(doc=given["doc"], positional=given.get("positional", 0), **sets)


def type_(given: dict[str, Any]) -> Type:
    """One entry below ``types``."""
    sets = {name: frozenset(given.get(name, ())) for name in ("static", "values", "instance")}
    return Type(doc=given["doc"], **sets)


def fields(schema: Any) -> Iterator[str]:
    """The names of all properties anywhere in a JSON Schema."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        schema = schema.values()
    if not isinstance(schema, str | int | float | None):
        for each in schema:
            yield from fields(each)


def ill_documented(path: Path = LIST) -> list[str]:
    """A line for every entry whose documentation is not that of its name, and for what is never allowed.

    Members are documented on the page of their type, or on the page of that address with a dot and their name.
    """
    there = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = [about_command(name, command(given)) for name, given in there["commands"].items()]
    found += [about_type(name, given["doc"]) for name, given in there["types"].items()]
    found += [elsewhere(name, there[name]["doc"]) for name in ("short", "variables", "common")]
    return [f"{path.name}: {each}" for each in found if each]


def about_command(name: str, given: Command) -> str:
    """What is wrong with an entry below ``commands``, if anything."""
    if name.lower() in ALIASES:
        return f"{name}: an alias; name the command it stands for"
    if "Path" in given.parameters and name.lower() in LITERAL:
        return f"{name}: -Path takes wildcards; allow -LiteralPath"
    if given.doc.startswith(CMDLETS) and not given.doc.endswith("/" + name.lower()):
        return f"{name}: documented by the page of another cmdlet, {given.doc}"
    return elsewhere(name, given.doc)


def about_type(name: str, doc: str) -> str:
    """What is wrong with an entry below ``types``, if anything."""
    page = doc.removeprefix(API)
    if page != doc and re.sub(r"-\d+$", "", page) != name.lower():
        return f"{name}: documented by the page of another type, {doc}"
    return elsewhere(name, doc)


def elsewhere(name: str, doc: str) -> str:
    """What is wrong with an address, if anything."""
    return "" if doc.startswith(PLACES) else f"{name}: not its vendor's documentation: {doc}"
