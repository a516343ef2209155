# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate on PowerShell source: ``python -m tests.checks.powershell``.

Where no PowerShell is at hand, nothing runs these files before a workstation does. So they are parsed, kept to what
Windows PowerShell 5.1 knows, and every command, parameter, type and member they name is one of the project's own or
stands, with its documentation, in powershell_allowed.yml.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tests.checks import powershell_syntax, powershell_variables
from tests.checks.bench import ROOT, tree
from tests.checks.powershell_allowed import Allowed, allowed, ill_documented
from tests.checks.powershell_names import Names, keys
from tests.checks.powershell_tree import Source, exported, module_file, read, text

SUFFIXES = (".ps1", ".psm1")


def problems(path: Path, known: Allowed | None = None, root: Path = ROOT) -> list[str]:
    """Everything wrong with one file, in the order of its lines: ``file:line: what; what instead``.

    :param known: the allow-list, which notes what is used of it; the project's own unless given
    :param root: the checkout, where the modules are that the file brings in
    """
    source = read(path, root if path.is_relative_to(root) else None)
    known = known or allowed()
    modules = required(source, root)
    tables = {key for each in (source, *modules) for key in table_keys(each)}
    names = Names(source, exported(modules), replace(known, keys=known.keys | tables))
    found = [
        *powershell_syntax.problems(source, root),
        *names.problems(),
        *powershell_variables.problems(source, known),
    ]
    return sorted(set(found), key=lambda line: (int(line.split(":")[1]), line))


def required(source: Source, root: Path) -> list[Source]:
    """The modules of the project that a file brings in, as far as they are there."""
    files = (module_file(what, root) for _, what in source.requires)
    return [read(file, root) for file in files if file and file.is_file()]


def table_keys(source: Source) -> Iterable[str]:
    """The keys of every table written in a file, or set in one (``$t['key'] = ``): its values may be asked for."""
    yield from (key for table in source.find("hash_literal_expression") for key in keys(table))
    for target in source.find("left_assignment_expression"):
        yield from re.findall(r"\['(\w+)'\]$", text(target).strip())


def gate(paths: Iterable[Path], known: Allowed | None = None, root: Path = ROOT) -> list[str]:
    """Everything wrong with these files, and every entry of the allow-list that none of them uses."""
    known = known or allowed()
    files = sorted(paths)
    found = [line for path in files for line in problems(path, known, root)]
    return found + (known.unused() if files else [])


def main() -> int:
    """Check every PowerShell file of the collection that git knows."""
    paths = [ROOT / name for name in tree() if name.startswith("plugins/") and name.endswith(SUFFIXES)]
    found = gate(paths) + ill_documented()
    print("\n".join([*found, f"{len(paths)} PowerShell files, {len(found)} problems"]))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
