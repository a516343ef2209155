# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service proof's questions: in which order they are asked, and that a name is looked up as the clients do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import (
    _services_findings,
    _services_logins,
    engine,
    services,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    WINDOWS,
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
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, pointing
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.table import Found, Row, render
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.host_keys import ED25519, OTHER, RSA

NAME = "rapcc.hkexposttrade.com.hk"
SERVERS = ["127.0.0.53", "127.0.0.54"]


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

BY_DNS = {"kind": "ssh", "name": NAME, "port": 22}
SSH_2 = ("SSH-2.0-x",)


def said_by_both(*addresses: str) -> dict[tuple[str, str], tuple[str, ...]]:
    return dict.fromkeys([("dns", each) for each in SERVERS], addresses)


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


# ---- host keys ---------------------------------------------------------------------------------------------------

AT = {"kind": "ssh", "address": "127.9.9.3", "port": 22}
ED25519_LINE, RSA_LINE, OTHER_LINE = (f"{key.type} {key.base64}" for key in (ED25519, RSA, OTHER))


def test_a_server_that_presents_a_verified_key_is_told_with_its_fingerprints() -> None:
    pc = Asked(b"", {("ssh", "127.9.9.3"): SSH_2, ("host_key", "127.9.9.3"): (ED25519_LINE, RSA_LINE)})
    (told,), findings = look(pc, {**AT, "host_keys": [ED25519_LINE + " verified by Chan"]})
    assert (told["ok"], told["verified"], findings) == (True, True, [])
    first, second = told["host_keys"]
    assert first["sha256"] == ED25519.fingerprint and (first["verified"], second["verified"]) == (True, False)
    assert len(first["md5"].split(":")) == 16


def test_a_server_that_presents_none_of_the_verified_keys_is_an_error() -> None:
    pc = Asked(b"", {("ssh", "127.9.9.3"): SSH_2, ("host_key", "127.9.9.3"): (OTHER_LINE, "ssh-new AAAA")})
    for closely in (False, True):
        (told,), (finding,) = look(pc, {**AT, "host_keys": [ED25519_LINE]}, closely=closely)
        assert (told["ok"], told["verified"]) == (False, False)
        assert finding["level"] == "error" and OTHER.fingerprint in finding["what"] and finding["remedy"]


def test_of_several_keys_of_a_type_one_is_enough() -> None:
    """A name may lead to either data centre, and each has its own."""
    pc = Asked(b"", {("ssh", "127.9.9.3"): SSH_2, ("host_key", "127.9.9.3"): (OTHER_LINE,)})
    (told,), findings = look(pc, {**AT, "host_keys": [ED25519_LINE, OTHER_LINE]})
    assert (told["ok"], told["verified"], findings) == (True, True, [])


def test_a_server_whose_keys_cannot_be_seen_is_a_warning_where_they_matter() -> None:
    pc = Asked(b"", {("ssh", "127.9.9.3"): SSH_2})
    (told,), (finding,) = look(pc, {**AT, "host_keys": [ED25519_LINE]})
    assert (told["ok"], told["verified"], finding["level"]) == (True, None, "warning")
    (told,), findings = look(pc, AT, closely=True)
    assert (told["host_keys"], findings) == (None, [])


def test_keys_are_asked_for_only_where_they_matter() -> None:
    pc = Asked(b"", {("ssh", "127.9.9.3"): SSH_2})
    ask(pc, AT)
    assert {probe.kind for round_ in pc.probes for probe in round_} == {"ssh"}


# ---- what was tried, and what to do ------------------------------------------------------------------------------


def test_everything_that_was_tried_is_told_and_what_failed_has_a_remedy() -> None:
    pc = Asked(b"", {("dns", SERVERS[1]): ("127.9.9.2",)})
    (told,), findings = look(pc, BY_DNS, closely=True)
    assert [(each["kind"], each["ok"]) for each in told["tried"]] == [
        ("dns", False), ("dns", True), ("resolve", False), ("ssh", False), ("host_key", False),
    ]  # fmt: skip
    assert all(bool(each["remedy"]) != each["ok"] for each in told["tried"]) and told["remedy"]
    of_the_endpoint = [each for each in findings if each["what"] == told["what"] and each["where"] == NAME]
    assert [finding["remedy"] for finding in of_the_endpoint] == [told["remedy"] + ". Then run status"]


@pytest.mark.parametrize("endpoint", [AT, BY_DNS, {**AT, "host_keys": [ED25519_LINE]}])
def test_what_status_finds_when_it_looks_and_again_before_it_logs_on_is_told_once(
    endpoint: dict[str, Any],
) -> None:
    drill = load(DIRECTORY, "2021-11-06-ccass-failover-rehearsal")
    people = {"kinds": ["general_clearing"]}
    pc = fleet.workstation(
        "pc", {"drill_markets": ["hkscc"], "drill_participant": people, "drill_access": {"rap": "dns"}}
    )
    for answers in ({}, {("ssh", "127.9.9.3"): SSH_2, ("host_key", "127.9.9.3"): (OTHER_LINE,)}):
        told, found = look(Asked(b"", answers), endpoint)
        found += pointing.findings(drill, pc, None, {"services": {"endpoints": told}}, settled=False)
        again = look(Asked(b"", answers), endpoint, closely=True)[1]
        once = render([Row("pc", "rap")], [Found("pc", **each) for each in found])
        assert render([Row("pc", "rap")], [Found("pc", **each) for each in [*found, *again]]) == once


# ---- logins ------------------------------------------------------------------------------------------------------

LOGIN = {"account": "CB99999001", "private_key": "/k", "reports": ["inbox/*.zip"], "how_many": "2"}
LOGGED = {**AT, "host_keys": [ED25519_LINE], "login": LOGIN}
READY = {("ssh", "127.9.9.3"): SSH_2, ("host_key", "127.9.9.3"): (ED25519_LINE,)}


def test_a_login_comes_last_and_tells_names_and_sizes() -> None:
    values = ("inbox/A.zip\t120\twhole", "inbox/B.zip\t7\tunproved: needs a password", "inbox/C.zip\t9\t")
    pc = Asked(b"", {**READY, ("sftp", "127.9.9.3"): values})
    (told,), (finding,) = look(pc, LOGGED)
    assert [[probe.kind for probe in round_] for round_ in pc.probes] == [["host_key", "ssh"], ["sftp"]]
    assert [(each["name"], each["size"], each["downloaded"], each["whole"]) for each in told["login"]["reports"]] == [
        ("inbox/A.zip", 120, True, True), ("inbox/B.zip", 7, True, None), ("inbox/C.zip", 9, False, None),
    ]  # fmt: skip
    assert finding["level"] == "warning" and "inbox/B.zip" in finding["what"]


def test_a_report_that_is_not_whole_is_an_error() -> None:
    pc = Asked(b"", {**READY, ("sftp", "127.9.9.3"): ("inbox/A.zip\t120\tdamaged: bad CRC",)})
    _told, (finding,) = look(pc, LOGGED)
    assert (
        finding["level"] == "error"
        and "inbox/A.zip" in finding["what"]
        and LOGIN["account"] in finding["where"]
    )


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [("ssh", (), "said so"), ("host_key", (OTHER_LINE,), "none of the host keys that were verified")],
)
def test_of_a_server_that_is_off_or_another_one_the_login_has_nothing_to_advise(
    kind: str, values: tuple[str, ...], said: str
) -> None:
    """Nobody is to log on there, not even by hand to compare, and no program has said anything."""
    pc = Asked(b"", {**READY, (kind, "127.9.9.3"): values})
    (told,), (finding,) = look(pc, LOGGED, closely=True)
    assert "sftp" not in {probe.kind for round_ in pc.probes for probe in round_}
    assert not told["login"]["ok"] and "nobody was logged on" in told["login"]["what"]
    assert finding["where"] == "127.9.9.3" and said in finding["what"]
    assert not any(words in finding["remedy"] for words in ("by hand", "the program"))


def test_of_a_name_that_leads_nowhere_the_login_has_nothing_to_advise() -> None:
    at = {"kind": "ssh", "name": NAME, "port": 22}
    (told,), (finding,) = look(Asked(b"", {}), {**LOGGED, **at, "address": None}, closely=True)
    assert finding["what"] == told["what"] and "nobody was logged on" in told["login"]["what"]


@pytest.mark.parametrize(
    "said", ["Connection refused", "No route to host", "Network is unreachable", "timed out"]
)
def test_of_a_server_that_is_gone_by_the_time_of_the_login_nobody_is_told_to_log_on_there(said: str) -> None:
    remedy = _services_logins.remedy(
        f"SFTP login at 127.9.9.3:22 from 127.0.0.1: ssh: connect to host 127.9.9.3: {said}"
    )
    assert remedy.startswith("See whether the data centre serves")


def test_a_login_without_reports_is_asked_for_only_where_none_are_to_be_downloaded() -> None:
    pc = Asked(b"", READY)
    ask(pc, {**LOGGED, "login": {**LOGIN, "reports": [], "how_many": "none"}})
    (probe,) = pc.probes[-1]
    assert probe.login is not None and (probe.login.reports, probe.login.how_many) == ((), 0)


def test_from_windows_nobody_is_logged_on_and_it_says_what_to_do_instead() -> None:
    with pytest.raises(Refusal) as refused:
        look(Asked(b"", {}, WINDOWS), LOGGED)
    assert "not built yet" in refused.value.what and "by hand" in refused.value.remedy


@pytest.mark.parametrize(
    ("endpoint", "more", "where"),
    [
        ({"kind": "tcp", "port": 1}, {}, "services.endpoints[0]"),
        ({"kind": "tcp", "port": 1, "name": "loc alhost"}, {}, "services.endpoints[0].name"),
        ({"kind": "tcp", "port": 1, "name": "-oX", "address": "127.0.0.1"}, {}, "services.endpoints[0].name"),
        ({"kind": "tcp", "port": 1, "address": "10.1"}, {}, "services.endpoints[0].address"),
        ({"kind": "tcp", "port": 70000, "name": NAME}, {}, "services.endpoints[0].port"),
        ({"kind": "tcp", "port": 1, "name": NAME}, {"servers": ["dns"]}, "services.servers[0]"),
        ({**AT, "host_keys": ["ssh-ed25519 AAAA"]}, {}, "services.endpoints[0].host_keys[0]"),
        ({**AT, "kind": "tcp", "host_keys": [ED25519_LINE]}, {}, "services.endpoints[0]"),
        ({**AT, "login": LOGIN}, {}, "services.endpoints[0].login"),
        ({**LOGGED, "login": {**LOGIN, "account": "-oX"}}, {}, "services.endpoints[0].login.account"),
        ({**LOGGED, "login": {**LOGIN, "private_key": "k"}}, {}, "services.endpoints[0].login.private_key"),
        *(
            (
                {**LOGGED, "login": {**LOGIN, "reports": [], "how_many": many}},
                {},
                "services.endpoints[0].login.reports",
            )
            for many in ("1", "2", "all")
        ),
        ({**LOGGED, "login": {**LOGIN, "reports": ["-R"]}}, {}, "services.endpoints[0].login.reports[0]"),
        (
            {**LOGGED, "login": {**LOGIN, "reports": ['x"\n!id']}},
            {},
            "services.endpoints[0].login.reports[0]",
        ),
    ],
)
def test_bad_options_are_named(endpoint: dict[str, Any], more: dict[str, Any], where: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(Asked(b"", {}), endpoint, **more)
    assert refused.value.where == where and refused.value.remedy


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
