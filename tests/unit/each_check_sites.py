# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The places in the code at which a check says something, and which of them were reached."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import FrameType
from typing import Any
from unittest.mock import patch

from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_file import Damaged
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import Malformed
from ansible_collections.hkex.drill.plugins.module_utils.model import Finding, Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import pointing, readiness
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_view import Verdict

from tests.checks.bench import ROOT

_BELOW = "ansible_collections.hkex.drill.plugins."

MODULES = tuple(
    _BELOW + name
    for name in (
        "module_utils._bookmarks_file",
        "module_utils._bookmarks_programs",
        "module_utils._dns_adapter",
        "module_utils._dns_links",
        "module_utils._dns_networkd",
        "module_utils._dns_networkmanager",
        "module_utils._dns_plain",
        "module_utils._rap_key_findings",
        "module_utils._rap_key_forms",
        "module_utils._rap_key_private",
        "module_utils._rap_key_public",
        "module_utils._rap_key_wire",
        "module_utils._services_findings",
        "module_utils._services_logins",
        "module_utils.bookmarks",
        "module_utils.dns_servers",
        "module_utils.host_table",
        "module_utils.machine",
        "module_utils.rap_key",
        "module_utils.services",
        "module_utils.sftp_client",
        "module_utils.sftp_clients._filezilla_folder",
        "module_utils.sftp_clients._filezilla_keys",
        "module_utils.sftp_clients._filezilla_places",
        "module_utils.sftp_clients._key_stores",
        "module_utils.sftp_clients._openssh_findings",
        "module_utils.sftp_clients._winscp_places",
        "module_utils.sftp_clients.client",
        "module_utils.sftp_clients.filezilla",
        "module_utils.sftp_clients.others",
        "module_utils.sftp_clients.winscp",
        "plugin_utils._readiness_accounts",
        "plugin_utils._readiness_addresses",
        "plugin_utils.logins",
        "plugin_utils.pointing",
    )
)

# What makes findings and has tests of its own: where SFTP clients download to, a drill's files, a write. The last
# two hand on what was found.
ELSEWHERE = re.compile(
    re.escape(_BELOW)
    + r"(module_utils\.(sftp_clients\._(local_folder|\w+_local)|_rehearsal_.*|rehearsal_files"
    r"|rollback|messages|engine|perform)|plugin_utils\._readiness_view)"
)

# What a check says is one of these, or comes from a function that says by its annotation that it makes one.
_SAID = {"Finding", "Verdict", "Refusal", "Malformed", "Damaged", "_finding"}

# Places that no phase comes to, by their functions, with their number: options that only a play of one's own gives, and
# servers that are to be absent.
NO_CHECKS = {
    "module_utils._dns_adapter.plan": 1,
    "module_utils._dns_networkd.plan": 1,
    "module_utils._dns_networkmanager._hindrance": 1,
    "module_utils._dns_plain._findings": 1,
    "module_utils.bookmarks.plan": 1,
    "module_utils.sftp_client.concern": 1,
}

Site = tuple[str, int]


@cache
def sites() -> dict[Site, str]:
    """Each place at which something is said: module and line, and the function in which it stands."""
    trees = {name: ast.parse(inspect.getsource(importlib.import_module(name))) for name in MODULES}
    makers = {
        name: {
            each.name
            for each in ast.walk(tree)
            if isinstance(each, ast.FunctionDef) and ast.unparse(each.returns or each) in _SAID
        }
        for name, tree in trees.items()
    }
    everybodys = set().union(*makers.values())
    return {
        (name, call.lineno): f"{name.removeprefix(_BELOW)}.{function.name}"
        for name, tree in trees.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
        and (
            call.func.id in _SAID | makers[name]
            if isinstance(call.func, ast.Name)
            else getattr(call.func, "attr", "") in everybodys
        )
    }


@contextmanager
def reached() -> Iterator[set[Site]]:
    """The places that are reached meanwhile, with those from which they were called."""
    found: set[Site] = set()

    def note() -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_globals.get("__name__", "").startswith(_BELOW):
                found.add((frame.f_globals["__name__"], frame.f_lineno))
            frame = frame.f_back

    def watched(plain: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            note()
            return plain(*arguments, **named)

        return call

    with ExitStack() as patched:
        patched.enter_context(patch.object(Finding, "__new__", watched(Finding.__new__)))
        patched.enter_context(patch.object(pointing, "_finding", watched(pointing._finding)))
        for kind in (Verdict, Refusal, Malformed, Damaged):
            patched.enter_context(patch.object(kind, "__init__", watched(kind.__init__)))
        yield found


def finders() -> set[str]:
    """The modules of the collection that make findings, and those with rules of readiness."""
    making = {
        ".".join(path.relative_to(ROOT / "plugins").with_suffix("").parts)
        for path in (ROOT / "plugins").rglob("*.py")
        if re.search(r"(?<!class )\bFinding\(", path.read_text(encoding="utf-8"))
    }
    return {_BELOW + name for name in making} | {rule.__module__ for rule in readiness.RULES}


def faults() -> list[str]:
    """What can be wrong with a bookmark, which is one finding with all of it: the longest plain text of each."""
    judge = importlib.import_module(f"{_BELOW}module_utils._bookmarks_judge")
    return [
        max((str(part.value) for part in ast.walk(call.args[0]) if isinstance(part, ast.Constant)), key=len)
        for call in ast.walk(ast.parse(inspect.getsource(judge)))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "append"
    ]
