# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workstations on the day before, in order but for what a test changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils.engine import Workstation
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Facts,
    File,
    Key,
    Look,
    Profile,
    Seen,
    Step,
)
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform

NOW, NAME = "2025-06-21T01:00:00Z", "rmcd.hkexposttrade.com.hk"
OWN = "/var/lib/hkex-drill"
GB = 1024**3


class Linux:
    """A Linux workstation that is what it is told to be: its files, and its volumes by the folders on them."""

    blank = Seen(facts=Facts(blobs=f"{OWN}/blobs"))

    def __init__(self) -> None:
        self.clock = "2025-06-21T01:00:03Z"
        self.files: dict[str, bytes] = {}
        self.volumes: dict[str, tuple[str, int]] = {OWN: ("/", 20 * GB), "/home/chan": ("/home", 9 * GB)}
        self.rights = True

    def visit(self, steps: Any, look: Look) -> Seen:
        """What is there; nothing is ever written."""
        done: list[Step] = list(steps)
        assert not done
        return Seen(
            facts=Facts(
                "pc",
                blobs=f"{OWN}/blobs",
                profiles=(Profile("1001", "/home/chan", name="chan"),),
                clock=self.clock,
            ),
            files={path: File(self.files[path]) if path in self.files else None for path in look.files},
            settings={key: self._setting(key) for key in look.settings},
        )

    def _setting(self, key: Key) -> Any:
        if key.store == "account":
            return self.rights
        volume, free = self.volumes[key.place]
        return {"volume": volume, "free": free}


def looked(workstation: Workstation, **more: Any) -> dict[str, Any]:
    """What is told of any kind of workstation."""
    module = MODULES["workstation_info"]
    valid = ArgumentSpecValidator(**module.takes).validate({"machine": {"now": NOW, "names": [NAME], **more}})
    assert not valid.error_messages
    return perform(module, workstation, valid.validated_parameters, False, True)


def only(told: Mapping[str, Any]) -> dict[str, str]:
    """The one finding; that the workstation is in order or not follows from it."""
    (finding,) = told["findings"]
    assert finding["where"] and finding["what"] and finding["remedy"] and not finding["remedy"].endswith(".")
    assert told["machine"]["in_order"] == (finding["level"] == "info")
    found: dict[str, str] = finding
    return found
