# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of the workstation that are asked or told something: busctl, nmcli, networkctl."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, List

_PATIENCE = 15.0  # seconds; each of them answers in milliseconds
_BUS = "/run/dbus/system_bus_socket"


class Failed(Exception):
    """A program is not there, does not answer, or says no; the message says which, and why."""


def run(*command: str) -> str:
    """What a program prints.

    :raises Failed: with the last line of what it complains of
    """
    environment = dict(os.environ, LC_ALL="C", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    try:
        # Not AnsibleModule.run_command: a workstation knows nothing of the module that it is visited by.
        ended = subprocess.run(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise Failed(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]} does not answer within {_PATIENCE:.0f} seconds") from None
    if ended.returncode:
        said = ended.stderr.decode("utf-8", "replace").strip() or f"exit code {ended.returncode}"
        raise Failed(f"{command[0]}: {said.splitlines()[-1]}")
    return ended.stdout.decode("utf-8", "replace")


def owned(service: str) -> bool:
    """Whether somebody has this name on the system's message bus, that is, whether the service runs."""
    if not os.path.exists(_BUS):
        return False
    bus = "org.freedesktop.DBus"
    return bool(call(bus, "/org/freedesktop/DBus", bus, "NameHasOwner", "s", service)[0])


def call(service: str, path: str, interface: str, method: str, *arguments: str) -> List[Any]:
    """What a method of a service answers, as busctl writes it in JSON. No service is started for it."""
    said = run(
        "busctl", "--json=short", "--auto-start=no", "call", service, path, interface, method, *arguments
    )
    return list(json.loads(said)["data"]) if said.strip() else []


def properties(service: str, path: str, interface: str, *names: str) -> List[Any]:
    """The values of an object's properties."""
    said = run("busctl", "--json=short", "--auto-start=no", "get-property", service, path, interface, *names)
    return [json.loads(line)["data"] for line in said.splitlines() if line.strip()]
