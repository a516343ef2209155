# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service proof's questions: in which order they are asked, and that a name is looked up as the clients do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine, services
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Answer,
    Facts,
    File,
    Look,
    Probe,
    Refusal,
    Seen,
    Step,
)
from ansible_collections.hkex.drill.plugins.module_utils.result import observation

NAME = "rapcc.hkexposttrade.com.hk"
SERVERS = ["127.0.0.53", "127.0.0.54"]


class Asked:
    """A workstation that answers from a table, and remembers what it was asked."""

    blank = Seen(facts=Facts())

    def __init__(self, table: bytes, answers: Mapping[tuple[str, str], tuple[str, ...]]) -> None:
        self._table, self._answers = table, answers
        self.probes: list[list[Probe]] = []

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        assert not steps, "questions change nothing"
        if look.probes:
            self.probes.append(sorted(look.probes, key=repr))
        values = {probe: self._answers.get((probe.kind, probe.host), ()) for probe in look.probes}
        return Seen(
            files={path: File(self._table) for path in look.files},
            probes={probe: Answer(bool(found), "said so", found) for probe, found in values.items()},
        )


def ask(pc: Asked, *endpoints: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    given = {"endpoints": list(endpoints), "servers": SERVERS, "server_port": 53, "timeout": 1.0, **more}
    concern = services.concern(given)
    outcome = engine.run(pc, [concern], lambda: "now", check=True)
    told = observation(outcome, [concern])
    assert told["changed"] is False
    found: list[dict[str, Any]] = told["services"]["endpoints"]
    return found


def test_a_name_of_the_host_table_is_not_asked_of_dns() -> None:
    pc = Asked(b"127.9.9.1 " + NAME.encode() + b"\n", {("ssh", "127.9.9.1"): ("SSH-2.0-x",)})
    (told,) = ask(pc, {"kind": "ssh", "name": NAME, "port": 22})
    assert (told["by"], told["address"], told["ok"], told["dns"]) == ("host_table", "127.9.9.1", True, [])
    assert [[(probe.kind, probe.host, probe.port) for probe in round_] for round_ in pc.probes] == [
        [("ssh", "127.9.9.1", 22)]
    ]


def test_else_every_dns_server_is_asked_and_the_first_that_answers_counts() -> None:
    pc = Asked(b"", {("dns", SERVERS[1]): ("127.9.9.2",), ("https", "127.9.9.2"): (NAME,)})
    (told,) = ask(pc, {"kind": "https", "name": NAME, "port": 443}, ca="/ca.pem")
    assert (told["by"], told["address"], told["ok"]) == ("dns", "127.9.9.2", True)
    assert [(each["server"], each["ok"]) for each in told["dns"]] == [(SERVERS[0], False), (SERVERS[1], True)]
    lookups, knocks = pc.probes
    assert {(probe.host, probe.port, probe.name) for probe in lookups} == {
        (each, 53, NAME) for each in SERVERS
    }
    assert [(probe.host, probe.name, probe.ca) for probe in knocks] == [("127.9.9.2", NAME, "/ca.pem")]


def test_a_name_that_leads_nowhere_is_said_to_and_nobody_is_knocked_at() -> None:
    pc = Asked(b"", {})
    (told,) = ask(pc, {"kind": "ssh", "name": NAME, "port": 22})
    assert (told["ok"], told["address"], told["what"]) == (False, None, f"{NAME} leads to no address")
    assert {probe.kind for round_ in pc.probes for probe in round_} == {"dns"}


def test_a_name_that_is_reached_by_the_host_table_alone_is_asked_of_no_dns_server() -> None:
    """The DNS servers that are asked here need not be those of the workstation, whose programs would not find it."""
    pc = Asked(b"", {("dns", SERVERS[0]): ("127.9.9.2",), ("ssh", "127.9.9.2"): ("SSH-2.0-x",)})
    (told,) = ask(pc, {"kind": "ssh", "name": NAME, "port": 22, "access": "host_table"})
    assert (told["by"], told["address"], told["ok"]) == ("host_table", None, False)
    assert not [probe for round_ in pc.probes for probe in round_]


def test_an_address_is_knocked_at_as_it_is_with_the_name_for_the_certificate() -> None:
    pc = Asked(b"127.9.9.1 " + NAME.encode() + b"\n", {("https", "127.9.9.3"): (NAME,)})
    (told,) = ask(pc, {"kind": "https", "name": NAME, "address": "127.9.9.3", "port": 443})
    assert (told["by"], told["address"], told["ok"]) == ("ip_address", "127.9.9.3", True)
    assert [(probe.host, probe.name) for probe in pc.probes[0]] == [("127.9.9.3", NAME)]


@pytest.mark.parametrize(
    ("endpoint", "more", "where"),
    [
        ({"kind": "tcp", "port": 1}, {}, "services.endpoints[0]"),
        ({"kind": "tcp", "port": 1, "address": "10.1"}, {}, "services.endpoints[0].address"),
        ({"kind": "tcp", "port": 70000, "name": NAME}, {}, "services.endpoints[0].port"),
        ({"kind": "tcp", "port": 1, "name": NAME}, {"servers": ["dns"]}, "services.servers[0]"),
    ],
)
def test_bad_options_are_named(endpoint: dict[str, Any], more: dict[str, Any], where: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(Asked(b"", {}), endpoint, **more)
    assert refused.value.where == where and refused.value.remedy
