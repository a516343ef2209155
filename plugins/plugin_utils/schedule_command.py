# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How ansible-playbook is run now, for runs that inherit nothing of it: what only the running program knows."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible import constants, context
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import AUDIT, configured
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import Controller

VAULTS = ("ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST")


def command_line() -> dict[str, Any]:
    """The options that were given: without what ansible.cfg says anyway, with the vaults that the environment names."""
    cli = dict(context.CLIARGS)
    usual = {"force_handlers": constants.DEFAULT_FORCE_HANDLERS}
    if "ANSIBLE_FORKS" not in os.environ:
        usual["forks"] = constants.DEFAULT_FORKS
    cli = {name: value for name, value in cli.items() if name not in usual or usual[name] != value}
    file, ids = (os.environ.get(each) for each in VAULTS)
    cli["vault_password_files"] = (*(cli.get("vault_password_files") or ()), *([file] if file else []))
    cli["vault_ids"] = (
        *(each.strip() for each in (ids or "").split(",") if each.strip()),
        *(cli.get("vault_ids") or ()),
    )
    return cli


def controller_here(arguments: tuple[str, ...], variables: Mapping[str, Any]) -> Controller:
    """How ansible-playbook is run now, for a run that inherits nothing of it."""
    places = [Path(sys.argv[0]).absolute().parent, Path(sys.executable).parent]
    return Controller(
        program=shutil.which("ansible-playbook", path=os.pathsep.join(map(str, places))) or "",
        folder=str(Path.cwd()),
        config=str(Path(constants.CONFIG_FILE or "").absolute()),
        evidence=str(configured().absolute()),
        arguments=arguments,
        variables=dict(variables),
    )


def can_run(controller: Controller) -> None:
    """Hold the command against what it needs.

    :raises Refusal: without the program, a configuration file or the audit trail such a run does nothing
    """
    if not controller.program:
        what = "it lies neither beside the program that runs now nor beside its Python"
        raise Refusal("ansible-playbook", what, "Run this by ansible-playbook itself")
    if constants.CONFIG_FILE is None or AUDIT not in constants.CALLBACKS_ENABLED:
        what = (
            "it does not enable the callback that keeps the audit trail, so that a scheduled run would refuse"
        )
        remedy = (
            "Set callbacks_enabled = hkex.drill.audit, hkex.drill.progress there, and run from its folder"
        )
        raise Refusal("ansible.cfg", what, remedy)
