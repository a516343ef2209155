# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service presents and what is said of it: host keys, remedies, logins, and options that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import (
    _services_logins,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Refusal,
)
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, pointing
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.table import Found, Row, render

from tests.unit.host_keys import ED25519, OTHER
from tests.unit.services_pc import (
    AT,
    BY_DNS,
    ED25519_LINE,
    LOGGED,
    LOGIN,
    NAME,
    OTHER_LINE,
    READY,
    RSA_LINE,
    SERVERS,
    SSH_2,
    Asked,
    ask,
    look,
)

# ---- host keys ---------------------------------------------------------------------------------------------------


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
