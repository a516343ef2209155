# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation whose RAP keys are in order, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_public as public_keys
from ansible_collections.hkex.drill.plugins.module_utils.engine import Workstation
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.unit import rap_keys as made

ACCOUNT = "CB99999001"
TODAY = "2025-06-21"
MINE, NOT_MINE = made.pair(), made.pair(1)
FINGERPRINT = public_keys.sha256_fingerprint(made.blob(MINE))


def in_order(folder: Path) -> Path:
    """The workstation's files: a key pair, and a folder of downloads."""
    put(folder / f"{ACCOUNT}.pub", made.public_file(MINE), 0o644)
    put(folder / "rap.key", made.openssh(MINE, b"aes256-ctr"))
    (folder / "downloads").mkdir()
    return folder


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.write_bytes(content)
    path.chmod(mode)


def account(pc: Path, **more: Any) -> dict[str, Any]:
    """The account, as it is asked about."""
    return {
        "name": ACCOUNT,
        "public_key": str(pc / f"{ACCOUNT}.pub"),
        "private_key": str(pc / "rap.key"),
        "registered": "2024-11-18",
        "recorded": FINGERPRINT,
        "folders": [str(pc / "downloads")],
        **more,
    }


def play(pc: Path, *accounts: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What the module tells, without a process of its own."""
    return looked(Posix(str(pc / "state")), accounts or [account(pc)], **more)


def looked(workstation: Workstation, accounts: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """What is told of any kind of workstation."""
    module = MODULES["rap_key_info"]
    valid = ArgumentSpecValidator(**module.takes).validate(
        {"accounts": list(accounts), "today": TODAY, **more}
    )
    assert not valid.error_messages
    return perform(module, workstation, valid.validated_parameters, False, True)


def only(told: Mapping[str, Any]) -> dict[str, str]:
    """The one finding; that the account is in order or not follows from it."""
    (finding,) = told["findings"]
    assert finding["what"] and finding["remedy"] and not finding["remedy"].endswith(".")
    assert finding["where"].startswith(f"{ACCOUNT}: ")
    assert told["rap_key"]["in_order"] == (finding["level"] != "error")
    found: dict[str, str] = finding
    return found
