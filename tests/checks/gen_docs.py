# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/variables.md from its sources: ``python -m tests.checks.gen_docs``.

The sources are the comments of inventory/example, the documentation in the modules and the audit callback, and the
argument_specs of the roles. A test compares the file with what they say.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.checks.bench import ROOT

TARGET = ROOT / "docs" / "variables.md"
EXAMPLE = ROOT / "inventory" / "example" / "group_vars" / "all.yml"

HEAD = """\
# Variables and options

Made by `python -m tests.checks.gen_docs` from the comments of
[inventory/example](../inventory/example/group_vars/all.yml), the modules' documentation and the roles'
argument_specs: change those.
"""

_ASSIGNED = re.compile(r"(# )?(drill[a-z_]*):( .*)?")
_NOTE = re.compile(r"(Required|Default)[.:,] ?(.*)")
_REFERENCE = re.compile(r"\b(?:RV|[OVCPMI])\(([^()]*)\)")

Row = Sequence[str]


@dataclass(frozen=True)
class Variable:
    """A variable of the example inventory: in which section, what it means, when it is needed, and its value there."""

    name: str
    section: str
    meaning: str
    need: str  # as the comment has it: "Required ..." or "Default: ..."
    value: Any
    active: bool  # False: it is commented out


def variables(text: str) -> list[Variable]:
    """The variables of an inventory file whose every assignment follows a comment about it.

    :raises ValueError: an assignment without one, or a comment that says neither Required nor Default
    """
    found: list[Variable] = []
    section, comment = "", list[str]()
    lines = text.splitlines()
    for index, line in enumerate(lines):
        assigned = _ASSIGNED.fullmatch(line)
        if line.startswith("# ---- "):
            section, comment = line.strip("# -"), []
        elif assigned:
            source = "\n".join(_uncommented(lines[index:]))
            meaning, need = _explained(assigned[2], comment)
            value = yaml.safe_load(source)[assigned[2]]
            found.append(Variable(assigned[2], section, meaning, need, value, not assigned[1]))
        elif line.startswith("# "):
            comment.append(line[2:])
        elif not line:
            comment = []
    return found


def _uncommented(lines: Sequence[str]) -> Iterator[str]:
    """The assignment that the lines begin with, its comment signs removed."""
    for line in lines:
        if not line:
            return
        yield line.removeprefix("# ")


def _explained(name: str, comment: Sequence[str]) -> tuple[str, str]:
    notes = [index for index, line in enumerate(comment) if _NOTE.match(line)]
    if len(notes) != 1 or not notes[0]:
        raise ValueError(f"{name}: its comment must say what it is, then Required or Default")
    return " ".join(comment[: notes[0]]), " ".join(comment[notes[0] :])


def literal(path: Path, name: str) -> str:
    """The text that a Python file gives a name, at its top or in a class."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return str(ast.literal_eval(node.value))
    raise KeyError(f"{path}: no {name}")


def shared(name: str, part: str) -> str:
    """The text of a part of a documentation fragment, which may be made from others."""
    fragments = importlib.import_module(f"ansible_collections.hkex.drill.plugins.doc_fragments.{name}")
    return str(getattr(fragments.ModuleDocFragment, part))


def documentation(path: Path) -> dict[str, Any]:
    """What a module says of itself, with the options that it shares."""
    own: dict[str, Any] = yaml.safe_load(literal(path, "DOCUMENTATION"))
    options = dict(own.get("options") or {})
    for fragment in own.get("extends_documentation_fragment") or ():
        name, part = (fragment + ".documentation").removeprefix("hkex.drill.").split(".")[:2]
        options.update(yaml.safe_load(shared(name, part.upper()))["options"])
    return {**own, "options": options}


def options(given: Mapping[str, Any], within: str = "") -> Iterator[Row]:
    """A row for each option and, below it, for each option within."""
    for name, option in given.items():
        kind = str(option.get("type", "str"))
        kind += f" of {option['elements']}" if "elements" in option else ""
        yield f"`{within}{name}`", kind, _need(option), _meaning(option)
        yield from options(option.get("suboptions") or {}, f"{within}{name}.")


def _need(option: Mapping[str, Any]) -> str:
    if option.get("required"):
        return "required"
    if "default" not in option or option["default"] in ("", None):
        return ""
    default = option["default"]
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _meaning(option: Mapping[str, Any]) -> str:
    described = option["description"]
    text = plain(described if isinstance(described, str) else " ".join(described))
    choices = (
        f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}." if "choices" in option else ""
    )
    ini = "".join(
        f" In `ansible.cfg`: `{each['key']}` of `[{each['section']}]`." for each in option.get("ini") or ()
    )
    environment = "".join(f" In the environment: `{each['name']}`." for each in option.get("env") or ())
    return text + choices + ini + environment


def plain(text: str) -> str:
    """Ansible's markup as Markdown."""
    return _REFERENCE.sub(lambda match: f"`{match[1].removeprefix('ignore:').split('#')[0]}`", text)


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _inventory() -> Iterator[str]:
    yield "## Variables of the inventory"
    known = variables(EXAMPLE.read_text(encoding="utf-8"))
    for section in dict.fromkeys(each.section for each in known):
        yield f"### {section}"
        mine = [each for each in known if each.section == section]
        yield table(
            ("variable", "meaning", "need"), [(f"`{each.name}`", each.meaning, each.need) for each in mine]
        )


def _modules() -> Iterator[str]:
    yield "## Options of the modules"
    for path in sorted((ROOT / "plugins" / "modules").glob("*.py")):
        said = documentation(path)
        yield f"### {said['module']}"
        yield f"{plain(said['short_description'])}. More: `ansible-doc -t module hkex.drill.{said['module']}`."
        yield table(_OPTION_HEAD, options(said["options"]))
    said = yaml.safe_load(literal(ROOT / "plugins" / "callback" / "audit.py", "DOCUMENTATION"))
    yield "## Options of the audit callback"
    yield table(_OPTION_HEAD, options(said["options"]))


def _roles() -> Iterator[str]:
    yield "## Options of the roles"
    yield "The playbooks use all of them with their defaults, which come from the variables above."
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        (said,) = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()
        yield f"### {path.parents[1].name}"
        yield f"{plain(said['short_description'])}."
        yield table(_OPTION_HEAD, options(said["options"]))


_OPTION_HEAD = ("option", "type", "default", "meaning")


def render() -> str:
    """The whole page."""
    parts = [HEAD, *_inventory(), *_modules(), *_roles()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "collections"))
    TARGET.write_text(render(), encoding="utf-8")
    print(f"written: {TARGET.relative_to(ROOT)}")
