# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service proof's questions: in which order they are asked, and that a name is looked up as the clients do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import (
    _services_findings,
    services,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Answer,
    Probe,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.services_pc import (
    BY_DNS,
    LOGGED,
    NAME,
    READY,
    SERVERS,
    SSH_2,
    Asked,
    ask,
    look,
    said_by_both,
)


def test_a_name_of_the_host_table_is_not_asked_of_dns() -> None:
    pc = Asked(b"127.9.9.1 " + NAME.encode() + b"\n", {("ssh", "127.9.9.1"): ("SSH-2.0-x",)})
    (told,) = ask(pc, {"kind": "ssh", "name": NAME, "port": 22})
    assert (told["by"], told["address"], told["ok"], told["dns"]) == ("host_table", "127.9.9.1", True, [])
    assert [[(probe.kind, probe.host, probe.port) for probe in round_] for round_ in pc.probes] == [
        [("resolve", "", 0), ("ssh", "127.9.9.1", 22)]
    ]


def test_else_every_dns_server_is_asked_and_the_first_that_answers_counts() -> None:
    pc = Asked(b"", {("dns", SERVERS[1]): ("127.9.9.2",), ("https", "127.9.9.2"): (NAME,)})
    (told,) = ask(pc, {"kind": "https", "name": NAME, "port": 443}, ca="/ca.pem")
    assert (told["by"], told["address"], told["ok"]) == ("dns", "127.9.9.2", True)
    assert [(each["server"], each["ok"]) for each in told["dns"]] == [(SERVERS[0], False), (SERVERS[1], True)]
    lookups, knocks = pc.probes
    assert {(probe.kind, probe.host, probe.port, probe.name) for probe in lookups} == {
        ("dns", each, 53, NAME) for each in SERVERS
    }
    assert [(probe.kind, probe.host, probe.name, probe.ca) for probe in knocks] == [
        ("https", "127.9.9.2", NAME, "/ca.pem"),
        ("resolve", "", NAME, ""),
    ]


def test_a_name_that_leads_nowhere_is_said_to_and_nobody_is_knocked_at() -> None:
    pc = Asked(b"", {})
    (told,) = ask(pc, {"kind": "ssh", "name": NAME, "port": 22})
    assert (told["ok"], told["address"]) == (False, None)
    assert {probe.kind for round_ in pc.probes for probe in round_} == {"dns", "resolve"}


@pytest.mark.parametrize(
    ("more", "endpoint", "said"),
    [
        ({}, {}, f"asked {SERVERS[0]} and {SERVERS[1]}: said so"),
        ({"servers": SERVERS[:1]}, {}, f"asked {SERVERS[0]}: said so"),
        ({"servers": []}, {}, "asked this workstation's own resolver: said so"),
        (
            {"servers": [], "own_resolver": False},
            {},
            "the host table does not give it, and nobody else was to be asked",
        ),
        ({}, {"access": "host_table"}, "it is to be reached by the host table alone, which does not give it"),
    ],
)
def test_of_a_name_that_leads_nowhere_it_is_said_who_was_asked_and_for_how_long(
    more: dict[str, Any], endpoint: dict[str, Any], said: str
) -> None:
    pc = Asked(b"", {}, slow={SERVERS[0]: 0.4, NAME: 0.4})
    (told,), findings = look(pc, {**BY_DNS, **endpoint}, closely=True, **more)
    assert told["what"] == f"{NAME} leads to no address; {said}"
    assert told["seconds"] == (0.4 if said.startswith("asked") else 0.0)
    (remedy,) = [each["remedy"] for each in findings if each["what"] == told["what"]]
    assert remedy == told["remedy"] + ". Then run status"
    assert told["remedy"].startswith("Compare the name with the circular")


def test_of_servers_that_say_different_things_each_is_named_with_what_it_said() -> None:
    answers = {
        Probe("dns", "10.243.1.1", 53, NAME): Answer(False, "DNS query from here: no answer in 2 s", (), 2.0),
        Probe("dns", "10.243.65.1", 53, NAME): Answer(
            False, "DNS query from here: the server answered NXDOMAIN"
        ),
    }
    told = _services_findings.nowhere(services.Endpoint("ssh", 22, NAME), answers)
    assert told["seconds"] == 2.0 and told["what"].endswith(
        "; asked 10.243.1.1: no answer in 2 s; asked 10.243.65.1: the server answered NXDOMAIN"
    )


def test_a_name_that_is_reached_by_the_host_table_alone_is_asked_of_no_dns_server() -> None:
    """The DNS servers that are asked here need not be those of the workstation, whose programs would not find it."""
    pc = Asked(b"", {("dns", SERVERS[0]): ("127.9.9.2",), ("ssh", "127.9.9.2"): ("SSH-2.0-x",)})
    (told,) = ask(pc, {"kind": "ssh", "name": NAME, "port": 22, "access": "host_table"})
    assert (told["by"], told["address"], told["ok"]) == ("host_table", None, False)
    assert {probe.kind for round_ in pc.probes for probe in round_} == {"resolve"}


def test_an_address_is_knocked_at_as_it_is_with_the_name_for_the_certificate() -> None:
    pc = Asked(b"127.9.9.1 " + NAME.encode() + b"\n", {("https", "127.9.9.3"): (NAME,)})
    (told,) = ask(pc, {"kind": "https", "name": NAME, "address": "127.9.9.3", "port": 443})
    assert (told["by"], told["address"], told["ok"]) == ("ip_address", "127.9.9.3", True)
    assert [(probe.host, probe.name) for probe in pc.probes[0]] == [("127.9.9.3", NAME)]


# ---- how long it may take ------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    timeout=st.floats(0.01, 600.0),
    shares=st.lists(st.floats(0.0, 1.3), min_size=2, max_size=2),
    servers=st.sampled_from([SERVERS, []]),
)
def test_names_and_endpoints_share_the_time_out(
    timeout: float, shares: list[float], servers: list[str]
) -> None:
    """Names take half of it at most, endpoints have what is left, and half of it at least."""
    slow = {
        who: share * timeout / 2 for who, share in zip((*SERVERS, NAME), (*shares, shares[0]), strict=True)
    }
    answers = {("dns", SERVERS[0]): ("127.9.9.2",), ("resolve", NAME): ("127.9.9.2",)}
    pc = Asked(b"", answers, slow=slow)
    given_address = {"kind": "https", "address": "127.9.9.4", "port": 443}
    ask(pc, BY_DNS, given_address, timeout=timeout, servers=servers, own_resolver=not servers)
    first, (second,) = pc.waits()
    assert first == {timeout / 2}
    spent = min(max(shares if servers else shares[:1]), 1.0) * timeout / 2
    assert timeout / 2 <= second <= timeout
    assert second >= timeout - spent - 1e-9, "nothing is wasted"
    assert spent + second <= timeout + 0.1 + 1e-9


def test_without_names_to_ask_for_the_endpoints_have_all_of_it_and_a_login_has_its_own() -> None:
    pc = Asked(b"127.9.9.1 " + NAME.encode() + b"\n", {("ssh", "127.9.9.1"): SSH_2})
    ask(pc, BY_DNS, timeout=1.25)
    assert pc.waits() == [{1.25}]
    pc = Asked(
        b"",
        {**READY, ("ssh", "127.9.9.2"): SSH_2, ("dns", SERVERS[0]): ("127.9.9.2",)},
        slow={SERVERS[1]: 2.0},
    )
    ask(pc, BY_DNS, LOGGED, timeout=4.0)
    assert pc.waits() == [{2.0}, {2.0}, {4.0}]


# ---- the workstation's own resolver ------------------------------------------------------------------------------


def test_an_old_answer_of_the_own_resolver_is_a_finding_that_names_both_addresses() -> None:
    """After the exchange's DNS has switched, the workstation keeps the old answer for its time."""
    answers = {**said_by_both("127.9.66.1"), ("ssh", "127.9.66.1"): SSH_2}
    (told,), findings = look(Asked(b"", {**answers, ("resolve", NAME): ("127.9.2.1",)}), BY_DNS)
    assert (told["address"], told["resolved"], told["ok"]) == ("127.9.66.1", ["127.9.2.1"], True)
    (finding,) = findings
    assert (finding["level"], finding["where"]) == ("warning", NAME)
    assert "127.9.2.1" in finding["what"] and "127.9.66.1" in finding["what"]
    for command in ("resolvectl flush-caches", "ipconfig /flushdns", "nsswitch.conf"):
        assert command in finding["remedy"]


@pytest.mark.parametrize("first", ["127.9.66.1", "127.9.66.2"])
def test_an_own_resolver_that_gives_what_the_servers_give_is_no_finding(first: str) -> None:
    answers = {**said_by_both("127.9.66.1", "127.9.66.2"), ("ssh", "127.9.66.1"): SSH_2}
    _told, findings = look(Asked(b"", {**answers, ("resolve", NAME): (first,)}), BY_DNS)
    assert findings == []


def test_an_own_resolver_that_does_not_know_the_name_is_a_finding_only_where_the_name_leads_somewhere() -> (
    None
):
    answers = {**said_by_both("127.9.66.1"), ("ssh", "127.9.66.1"): SSH_2}
    (told,), (finding,) = look(Asked(b"", answers), BY_DNS)
    assert told["resolved"] == [] and told["ok"]
    assert "127.9.66.1" in finding["what"] and finding["level"] == "warning" and finding["remedy"]
    assert look(Asked(b"", {}), BY_DNS)[1] == []  # that it leads nowhere is said already


def test_a_host_table_that_the_own_resolver_does_not_follow_is_a_finding() -> None:
    pc = Asked(
        b"127.9.9.1 " + NAME.encode() + b"\n",
        {("ssh", "127.9.9.1"): SSH_2, ("resolve", NAME): ("127.9.2.1",)},
    )
    _told, (finding,) = look(pc, {**BY_DNS, "access": "host_table"})
    assert "by the host table it leads to 127.9.9.1" in finding["what"]


def test_of_another_host_table_than_the_systems_the_own_resolver_is_not_asked() -> None:
    pc = Asked(b"127.9.9.1 " + NAME.encode() + b"\n", {("ssh", "127.9.9.1"): SSH_2})
    (told,), findings = look(pc, BY_DNS, host_table="/srv/ws-01/hosts")
    assert told["resolved"] is None and findings == []
    assert {probe.kind for round_ in pc.probes for probe in round_} == {"ssh"}


def test_an_own_resolver_that_need_not_know_the_name_yet_is_not_asked() -> None:
    pc = Asked(b"", {("dns", SERVERS[0]): ("127.9.9.2",), ("ssh", "127.9.9.2"): SSH_2})
    (told,), findings = look(pc, BY_DNS, own_resolver=False)
    assert (told["ok"], told["resolved"]) == (True, None)
    assert {probe.kind for round_ in pc.probes for probe in round_} == {"dns", "ssh"}
    assert not any("resolver" in finding["what"] for finding in findings)


def test_without_dns_servers_the_name_leads_where_the_own_resolver_says() -> None:
    pc = Asked(b"", {("resolve", NAME): ("127.9.2.1",), ("ssh", "127.9.2.1"): SSH_2})
    (told,), findings = look(pc, BY_DNS, servers=[])
    assert (told["by"], told["address"], told["ok"], findings) == ("resolver", "127.9.2.1", True, [])


# ---- DNS servers -------------------------------------------------------------------------------------------------


def test_a_server_that_is_silent_where_the_other_answers_is_one_finding() -> None:
    other = {**BY_DNS, "name": "other.example"}
    answers = {("dns", SERVERS[1]): ("127.9.9.2",), ("ssh", "127.9.9.2"): SSH_2}
    told, findings = look(Asked(b"", answers), BY_DNS, other, own_resolver=False)
    assert [each["ok"] for each in told] == [True, True]
    (finding,) = findings
    assert (finding["level"], finding["where"]) == ("warning", f"DNS server {SERVERS[0]}") and finding[
        "remedy"
    ]


def test_where_no_server_answers_or_all_do_none_is_named() -> None:
    for answers in ({}, {**said_by_both("127.9.9.2"), ("ssh", "127.9.9.2"): SSH_2}):
        _told, findings = look(Asked(b"", answers), BY_DNS, own_resolver=False)
        assert not any(finding["where"].startswith("DNS server") for finding in findings)
