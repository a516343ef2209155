# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' documentation says of results and in its examples is what they give and take."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES

from tests.unit.module_process import run

SITE = {"known": [{"host": "10.243.2.141", "port": 18801}], "host": "10.243.66.141", "port": 18801}
VAR = {"name": "rmcd.example", "url": "https://rmcd.example"}
FILEZILLA = """<FileZilla3><Servers><Server><Host>10.243.2.141</Host><Port>18801</Port><Protocol>1</Protocol>
<Name>RAP</Name></Server></Servers></FileZilla3>"""


def documented(module: str, block: str) -> Any:
    return yaml.safe_load(
        getattr(importlib.import_module(f"ansible_collections.hkex.drill.plugins.modules.{module}"), block)
    )


def asked(module: str, folder: Path) -> dict[str, Any]:
    """Parameters that change something."""
    (folder / "hosts").write_bytes(b"127.0.0.1 localhost\n")
    (folder / "resolv.conf").write_bytes(b"")
    table = {"path": f"{folder}/hosts", "entries": [{"name": "rap.example", "address": "10.2.0.51"}]}
    dns = {"path": f"{folder}/resolv.conf", "servers": ["10.243.1.1"], "adapter": "lo"}
    endpoints = [{"kind": "tcp", "address": "127.0.0.1", "port": 1}]
    (folder / "settings").mkdir()
    (folder / "settings" / "sitemanager.xml").write_text(FILEZILLA)
    account = {
        "name": "CB99999001",
        "public_key": f"{folder}/CB99999001.pub",
        "private_key": f"{folder}/rap.key",
    }
    given: dict[str, dict[str, Any]] = {
        "host_table": table,
        "dns_servers": dns,
        "sftp_client": {"sites": [SITE], "config_dir": f"{folder}/settings"},
        "rehearsal_files": {"state": "baseline", "drill": "d", "folders": [f"{folder}/settings"]},
        "workstation": {"host_table": table, "dns_servers": dns},
        "rap_key_info": {"accounts": [account]},
        "endpoint_info": {"endpoints": endpoints, "timeout": 1.0},
        "workstation_info": {
            "host_table": table,
            "services": {"endpoints": endpoints, "timeout": 1.0},
            "bookmarks": {"sites": [VAR], "config_dir": f"{folder}/settings"},
            "machine": {"now": "2025-06-21T01:00:00Z"},
            "rap_key": {"accounts": [account]},
        },
    }
    return {**given[module], "state_dir": f"{folder}/state"}


@pytest.mark.parametrize("module", MODULES)
def test_every_value_returned_is_documented_and_every_documented_one_is_returned(
    module: str, tmp_path: Path
) -> None:
    result = run(module, asked(module, tmp_path))
    assert not result.get("failed"), result
    told = set(result) - {"changed", "invocation"}
    returns = documented(module, "RETURN")
    always = {name for name, value in returns.items() if value["returned"] == "always"}
    assert always <= told <= set(returns)
    types = {"str": str, "int": int, "dict": dict, "list": list, "bool": bool}
    for name in told:
        assert result[name] is None or isinstance(result[name], types[returns[name]["type"]]), name


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_are_taken(module: str) -> None:
    tasks = documented(module, "EXAMPLES")
    validator = ArgumentSpecValidator(**MODULES[module].takes)
    assert tasks
    for task in tasks:
        parameters = {
            name: each for name, each in task[f"hkex.drill.{module}"].items() if "{{" not in str(each)
        }
        assert validator.validate(parameters).error_messages == [], task["name"]
        assert MODULES[module].concerns(validator.validate(parameters).validated_parameters)
