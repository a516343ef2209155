# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible gives a Windows workstation to run: which module, with which arguments.

A module arrives as a bootstrap script (the command line) and, on its standard input, two JSON texts: the wrapper
with its parameters, and the manifest of scripts and actions. A line of four NULs stands between them.
"""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SEPARATOR = b"\n\0\0\0\0\n"
MARK = "`0`0`0`0"  # what makes a script the bootstrap wrapper: it looks for the separator
MODULE_WRAPPER = "module_wrapper.ps1"


class NotAModule(Exception):
    """Something else than a module was to run; the message says what."""


@dataclass(frozen=True)
class Call:
    """One execution of a module; ``module`` is its script's name without collection and .ps1."""

    module: str
    arguments: Mapping[str, Any]

    @property
    def check_mode(self) -> bool:
        return bool(self.arguments.get("_ansible_check_mode", False))


def decode_command(command: str) -> str:
    """The script in a PowerShell command line.

    :raises NotAModule: there is none
    """
    try:
        words = shlex.split(command)  # newer versions of ansible put what has a = into quotes
        encoded = words[words.index("-EncodedCommand") + 1]
        return base64.b64decode(encoded, validate=True).decode("utf-16-le")
    except (LookupError, ValueError) as error:
        message = f"this stand-in runs modules only, not the command {command[:80]!r}"
        raise NotAModule(message) from error


def read_call(script: str, given: bytes) -> Call:
    """What is to run.

    :param script: the PowerShell script of the command
    :param given: its standard input
    :raises NotAModule: the script is not ansible's bootstrap, or what it is to start is not just a module
    """
    if MARK not in script:
        raise NotAModule(f"this stand-in runs modules only, not the script {script.strip()[:80]!r}")
    texts = given.split(SEPARATOR)
    try:
        manifest = json.loads(texts[1])
        actions = manifest["actions"]
        if [action["name"] for action in actions] != [MODULE_WRAPPER]:
            names = ", ".join(action["name"] for action in actions)
            raise NotAModule(f"this stand-in runs modules only, not {names}")
        parameters = actions[0]["params"]
        name = parameters["Script"]
        if name not in manifest["scripts"] or not name.endswith(".ps1"):
            raise NotAModule(f"the manifest has no script {name}")
        values = {one["Name"]: one["Value"] for one in parameters.get("Variables", [])}
        return Call(name[: -len(".ps1")].rpartition(".")[2], values.get("complex_args", {}))
    except (LookupError, TypeError, ValueError) as error:
        raise NotAModule(f"the input of the bootstrap wrapper is not what is expected: {error!r}") from error
