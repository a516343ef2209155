# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation that is asked about services answers from a table; who asks, and what is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import (
    engine,
    services,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    Answer,
    Facts,
    File,
    Look,
    Probe,
    Seen,
    Step,
)
from ansible_collections.hkex.drill.plugins.module_utils.result import observation

from tests.unit.host_keys import ED25519, OTHER, RSA

NAME = "rapcc.hkexposttrade.com.hk"
SERVERS = ["127.0.0.53", "127.0.0.54"]
BY_DNS = {"kind": "ssh", "name": NAME, "port": 22}
SSH_2 = ("SSH-2.0-x",)

AT = {"kind": "ssh", "address": "127.9.9.3", "port": 22}
ED25519_LINE, RSA_LINE, OTHER_LINE = (f"{key.type} {key.base64}" for key in (ED25519, RSA, OTHER))

LOGIN = {"account": "CB99999001", "private_key": "/k", "reports": ["inbox/*.zip"], "how_many": "2"}
LOGGED = {**AT, "host_keys": [ED25519_LINE], "login": LOGIN}
READY = {("ssh", "127.9.9.3"): SSH_2, ("host_key", "127.9.9.3"): (ED25519_LINE,)}


class Asked:
    """A workstation that answers from a table, and remembers what it was asked."""

    def __init__(
        self,
        table: bytes,
        answers: Mapping[tuple[str, str], tuple[str, ...]],
        system: str = POSIX,
        slow: Mapping[str, float] | None = None,
    ) -> None:
        self.blank = Seen(system, Facts())
        self._slow = slow or {}
        self._table, self._answers = table, answers
        self.probes: list[list[Probe]] = []

    def waits(self) -> list[set[float]]:
        """How long the questions of each round may take, in seconds."""
        return [{probe.timeout for probe in asked} for asked in self.probes]

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        assert not steps, "questions change nothing"
        if look.probes:
            self.probes.append(sorted(look.probes, key=repr))
        values = {
            probe: self._answers.get((probe.kind, probe.host or probe.name), ()) for probe in look.probes
        }
        return Seen(
            self.blank.system,
            files={path: File(self._table) for path in look.files},
            probes={
                probe: Answer(bool(found), "said so", found, self._slow.get(probe.host or probe.name, 0.0))
                for probe, found in values.items()
            },
        )


def look(
    pc: Asked, *endpoints: dict[str, Any], closely: bool = False, **more: Any
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is told of the endpoints, and the findings."""
    given = {
        "endpoints": list(endpoints),
        "servers": SERVERS,
        "server_port": 53,
        "own_resolver": True,
        "timeout": 1.0,
        **more,
    }
    concern = services.endpoints_concern(given) if closely else services.concern(given)
    outcome = engine.run(pc, [concern], lambda: "now", check=True)
    told = observation(outcome, [concern])
    assert told["changed"] is False
    return told["services"]["endpoints"], told["findings"]


def ask(pc: Asked, *endpoints: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return look(pc, *endpoints, **more)[0]


def said_by_both(*addresses: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return dict.fromkeys([("dns", each) for each in SERVERS], addresses)
