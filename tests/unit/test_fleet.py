# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory's variables: what each may be, and the message for all it may not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet
from ansible_collections.hkex.drill.plugins.plugin_utils._variables import VARIABLES, check_names
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.host_keys import TEXTS

ED25519 = TEXTS["ssh-ed25519"]

GOOD: dict[str, Any] = {
    "drill_markets": ["hkscc"],
    "drill_participant": {"kinds": ["custodian"], "accounts": []},
    "drill_access": {"rap": "dns"},
}
PAIR = {"public_key": "/k/a.pub", "private_key": "/k/a"}
HELD = {"name": "DCABC001", "market": "derivatives"}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
READ = (
    "drill_markets",
    "drill_participant",
    "drill_access",
    "drill_sdnet",
    "drill_ports",
    "drill_remove_leftovers",
    "drill_host_table",
    "drill_resolv_conf",
    "drill_state_dir",
    "drill_ca",
    "drill_host_keys",
    "drill_rap_keys",
    "drill_browsers",
    "drill_browser_dir",
)


@pytest.mark.parametrize(
    ("variable", "value", "where", "message"),
    [
        ("drill_markets", None, "drill_markets", "a list is needed"),
        ("drill_log_on", "maybe", "drill_log_on", "'maybe' is neither true nor false"),
        ("drill_log_on", 1, "drill_log_on", "1 is neither true nor false"),
        ("drill_markets", ["hkscc", "forex"], "drill_markets[1]", "'forex' is none of hkscc, derivatives"),
        ("drill_access", ["rap"], "drill_access", "is no mapping"),
        ("drill_access", {"rapp": "dns"}, "drill_access", "Did you mean rap"),
        ("drill_access", {"rap": "hosts_table"}, "drill_access.rap", "Did you mean host_table"),
        ("drill_access", {"rap": {"hkscc": "DNS"}}, "drill_access.rap.hkscc", "'DNS' is none of"),
        ("drill_access", {"rap": {"hksc": "dns"}}, "drill_access.rap", "Did you mean hkscc"),
        ("drill_sdnet", "10.0.0.0/8", "drill_sdnet", "is no list"),
        ("drill_sdnet", ["10.135.0.1/16"], "drill_sdnet[0]", "has host bits set"),
        ("drill_ports", {"rap": 0}, "drill_ports.rap", "0 is no port"),
        ("drill_ports", {"rap": True}, "drill_ports.rap", "True is no port"),
        ("drill_host_keys", [ED25519], "drill_host_keys", "is no mapping"),
        ("drill_host_keys", {"rap": ED25519}, "drill_host_keys.rap", "is no list of keys"),
        ("drill_host_keys", {"rap": []}, "drill_host_keys.rap", "[] is no list of keys"),
        ("drill_host_keys", {10: [ED25519]}, "drill_host_keys.10", "10 is no text"),
        ("drill_host_keys", {"rap": [ED25519, 7]}, "drill_host_keys.rap[1]", "'7' is no public key"),
        ("drill_host_keys", {"rap": [ED25519] * 2}, "drill_host_keys.rap[1]", "the second ssh-ed25519 key"),
        ("drill_rap_keys", ["CB99999001"], "drill_rap_keys", "is no mapping"),
        ("drill_rap_keys", {"CB99999001": "/home/li/rap"}, "drill_rap_keys.CB99999001", "is no key pair"),
        (
            "drill_rap_keys",
            {"CB99999001": {"public_key": "/k"}},
            "drill_rap_keys.CB99999001",
            "is no key pair",
        ),
        *(
            ("drill_rap_keys", {"A": {**PAIR, **wrong}}, f"drill_rap_keys.A.{option}", message)
            for option, wrong, message in (
                ("public_key", {"public_key": "a.pub"}, "it is not an absolute path"),
                ("private_key", {"private_key": "~/a"}, "it is not an absolute path"),
                ("private_key", {"private_key": "/k/a.pub"}, "it is the path of the public key"),
                ("folders[1]", {"folders": ["/d", "d"]}, "it is not an absolute path"),
            )
        ),
        ("drill_browsers", "chrome", "drill_browsers", "Write it as [chrome]"),
        ("drill_browsers", ["edge", "firefox"], "drill_browsers[1]", "'firefox' is none of chrome, edge"),
        ("drill_browsers", ["chorme"], "drill_browsers[0]", "Did you mean chrome"),
        ("drill_browser_dir", "browsers", "drill_browser_dir", "'browsers' is not an absolute path"),
        ("drill_rap_reports", [], "drill_rap_reports", "leave the variable out for inbox/*"),
        ("drill_sftp_users", [], "drill_sftp_users", "leave the variable out for everybody"),
        ("drill_sdnet", [], "drill_sdnet", "leave the variable out for the drill's networks"),
        ("drill_access", {"rap": {}}, "drill_access.rap", "it is empty"),
        (
            "drill_participant",
            {"kinds": ["hkcc"], "accouts": []},
            "drill_participant.accouts",
            "Did you mean accounts",
        ),
        (
            "drill_participant",
            {"kinds": ["hkcc"], "accounts": [{**HELD, "registred": "2024-11-18"}]},
            "drill_participant.accounts[0].registred",
            "Did you mean registered",
        ),
        (
            "drill_participant",
            {"kinds": ["hkcc"], "accounts": [HELD, {**HELD, "workstations": {"pc": "10.0.0.1"}}]},
            "drill_participant.accounts[1].name",
            "DCABC001 stands there twice",
        ),
        *(
            (
                "drill_participant",
                {"kinds": ["hkcc"], "accounts": [{**HELD, "fingerprint": wrong}]},
                "drill_participant.accounts[0].fingerprint",
                "it is no fingerprint of a key",
            )
            for wrong in (
                "abc",
                "SHA256:abc",
                f"SHA256:{'a' * 44}",
                f"SHA256:{'-' * 43}",
                "MD5:12:34",
                "a" * 43,
            )
        ),
        ("drill_remove_leftovers", "yes", "drill_remove_leftovers", "neither true nor false"),
        ("drill_host_table", 7, "drill_host_table", "7 is no text"),
        ("drill_participant", {"kinds": ["broker"]}, "drill_participant.kinds[0]", "'broker' is none of"),
        (
            "drill_participant",
            {"kinds": ["hkcc"], "accounts": [{"name": "DCABC001", "market": "derivative"}]},
            "drill_participant.accounts[0].market",
            "Did you mean derivatives",
        ),
        (
            "drill_participant",
            {"kinds": ["hkcc"], "accounts": [{"name": "DCABC001", "workstations": {"pc": "10.0.0"}}]},
            "drill_participant.accounts[0].workstations.pc",
            "'10.0.0' is no IPv4 address",
        ),
        (
            "drill_participant",
            {"kinds": ["hkcc"], "networks": ["10.151.20.1/24"]},
            "drill_participant.networks[0]",
            "has host bits set",
        ),
        (
            "drill_participant",
            {
                "kinds": ["hkcc"],
                "accounts": [{"name": "DCABC001", "market": "derivatives", "registered": "May"}],
            },
            "drill_participant.accounts[0].registered",
            "'May' is no day",
        ),
    ],
)
def test_what_is_wrong_is_said_of_which_workstation_and_variable(
    variable: str, value: Any, where: str, message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        fleet.workstation("pc-07", {**GOOD, variable: value})
    assert refused.value.where == f"pc-07, {where}"
    assert message in str(refused.value) and refused.value.remedy


@given(st.sampled_from(READ), JUNK)
def test_junk_is_refused_or_taken_never_a_traceback(variable: str, value: Any) -> None:
    try:
        assert fleet.workstation("pc", {**GOOD, variable: value}).name == "pc"
    except Refusal as refusal:
        assert refusal.where.startswith("pc, drill_")


def test_access_is_one_for_all_markets_or_one_for_each() -> None:
    both = {**GOOD, "drill_markets": ["hkscc", "derivatives"]}
    assert fleet.workstation("pc", {**both, "drill_access": {"rap": "dns"}}).access == {
        ("rap", "hkscc"): "dns",
        ("rap", "derivatives"): "dns",
    }
    split = {"rap": {"hkscc": "host_table", "derivatives": "ip_address"}}
    assert fleet.workstation("pc", {**both, "drill_access": split}).access == {
        ("rap", "hkscc"): "host_table",
        ("rap", "derivatives"): "ip_address",
    }


@pytest.mark.parametrize(
    ("variables", "system"),
    [
        ({}, "posix"),
        ({"ansible_connection": "psrp"}, "windows"),
        ({"ansible_connection": "winrm"}, "windows"),
        ({"ansible_connection": "ssh", "ansible_shell_type": "powershell"}, "windows"),
    ],
)
def test_the_kind_of_system_is_read_from_the_connection(variables: dict[str, Any], system: str) -> None:
    assert fleet.workstation("pc", {**GOOD, **variables}).system == system


@pytest.mark.parametrize(
    ("value", "part"),
    [(None, True), (True, True), (False, False), ({"d": False}, False), ({"e": False}, True)],
)
def test_who_takes_no_part_needs_no_other_variable(value: Any, part: bool) -> None:
    assert fleet.takes_part("pc", {"drill_takes_part": value}, "d", {"d", "e"}) is part


@pytest.mark.parametrize("value", ["no", 0, {"d": "no"}])
def test_taking_part_is_true_or_false(value: Any) -> None:
    with pytest.raises(Refusal, match=r"pc, drill_takes_part: .* is neither true nor false"):
        fleet.takes_part("pc", {"drill_takes_part": value}, "d", {"d"})


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [("2021-11-6-rehearsal", "Did you mean 2021-11-06-rehearsal"), ("x", "Give one of 2021-11-06-rehearsal")],
)
def test_a_mistyped_drill_puts_nobody_into_the_drill(wrong: str, remedy: str) -> None:
    drill = "2021-11-06-rehearsal"
    with pytest.raises(Refusal, match=f"pc, drill_takes_part: there is no drill '{wrong}'. {remedy}"):
        fleet.takes_part("pc", {"drill_takes_part": {wrong: False}}, drill, {drill})


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (f" SHA256:{'a' * 43}= ", f"SHA256:{'a' * 43}"),
        ("MD5:" + ":".join(["AB"] * 16), ":".join(["ab"] * 16)),
        (":".join(["ab"] * 16), ":".join(["ab"] * 16)),
        ("", ""),
        (None, ""),
    ],
)
def test_a_fingerprint_is_read_in_the_form_that_results_have_it(given: str | None, read: str) -> None:
    held = {"kinds": ["hkcc"], "accounts": [{**HELD, "fingerprint": given}]}
    (account,) = fleet.workstation("pc", {**GOOD, "drill_participant": held}).participant.accounts
    assert account.fingerprint == read


def test_who_demands_no_browser_says_so_with_an_empty_list() -> None:
    assert fleet.workstation("pc", {**GOOD, "drill_browsers": []}).browsers == ()
    assert fleet.workstation("pc", GOOD).browsers is None


@pytest.mark.parametrize("name", VARIABLES)
def test_any_slip_of_one_letter_is_found_wherever_a_workstation_is_read(name: str) -> None:
    for at in range(len(name)):
        slips = {
            name[:at] + name[at + 1 :],
            f"{name[:at]}x{name[at:]}",
            f"{name[:at]}x{name[at + 1 :]}",
            name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            name[:at] + name[at].upper() + name[at + 1 :],
        }
        for slip in slips - {name}:
            with pytest.raises(Refusal, match=rf"pc, {slip}: no variable is called so. Did you mean {name}$"):
                fleet.workstation("pc", {**GOOD, slip: True})


@pytest.mark.parametrize(
    ("name", "meant"), [("drill_wether", "drill_weather"), ("drill_particpnt", "drill_participant")]
)
def test_a_mistyped_variable_is_named_with_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(Refusal, match=f"pc, {name}: no variable is called so. Did you mean {meant}"):
        check_names("pc", ["ansible_host", "drill", name])


def test_variables_of_ones_own_are_nobodys_business() -> None:
    check_names("pc", [*VARIABLES, "drill", "drill_room", "drills", "drilled_at", "drills_root"])


@pytest.mark.parametrize("value", ["abc", "", 0, -1, True, [5], "inf", "nan"])
def test_a_wrong_time_to_wait_is_refused(value: Any) -> None:
    with pytest.raises(Refusal, match=r"pc, drill_timeout: .* is no time to wait"):
        fleet.workstation("pc", {**GOOD, "drill_timeout": value})


@pytest.mark.parametrize(("value", "seconds"), [(None, 5.0), (2, 2.0), ("1.5", 1.5)])
def test_a_time_to_wait_may_come_from_the_command_line(value: Any, seconds: float) -> None:
    assert fleet.workstation("pc", {**GOOD, "drill_timeout": value}).timeout == seconds
