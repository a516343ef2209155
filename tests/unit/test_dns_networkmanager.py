# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only NetworkManager has: profile and adapter that differ, another profile, none, NetworkManager itself away."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _dns_plain
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import files

from tests.unit import dns_pc
from tests.unit.dns_pc import DOMAINS, WANTED, ask, back, described
from tests.unit.dns_programs import AUTOMATIC, DHCP, NM, RESOLVED, UUID

make = dns_pc.make
MANAGERS = ("nm-resolved", "nm-alone")
OTHER = {**AUTOMATIC, "servers": ["192.0.2.7"], "automatic": False}


@pytest.mark.parametrize("kind", MANAGERS)
@pytest.mark.parametrize("boot", [False, True])
def test_what_the_profile_says_and_nobody_applied_comes_back_as_such(
    make: Any, kind: str, boot: bool
) -> None:
    made = make(kind)
    made.profile = dict(OTHER)
    before = made.state()
    predicted, real = ask(made, check=True), ask(made)
    assert described(predicted) == described(real)
    assert (real.state, made.asked(), made.profile) == ("changed", WANTED, made.applied)
    assert ask(made).state == "unchanged"
    if boot:
        made.boot()
    assert back(made).state == "changed"
    assert made.state() == before


@pytest.mark.parametrize("applied", [False, True])
def test_servers_that_are_only_in_the_profile_or_only_applied_are_set_and_taken_out(
    make: Any, applied: bool
) -> None:
    made = make("nm-resolved")
    ours = {**AUTOMATIC, "servers": WANTED, "automatic": False}
    made.profile, made.applied = (dict(AUTOMATIC), ours) if applied else (ours, dict(AUTOMATIC))
    before = made.state()
    assert ask(made, state="absent").state == "changed"
    assert (made.profile, made.asked()) == (AUTOMATIC, DHCP)
    back(made)
    assert made.state() == before
    assert ask(made).state == "changed"
    assert (made.profile["servers"], made.asked()) == (WANTED, WANTED)


@pytest.mark.parametrize("file", ["", "/run/NetworkManager/system-connections/host0.nmconnection"])
def test_a_profile_in_memory_only_is_warned_of_before_it_is_on_disk(make: Any, file: str) -> None:
    made = make("nm-resolved")
    made.file = file
    (finding,) = ask(made, check=True).plan.findings
    assert finding.level == "warning" and "in memory only" in finding.what
    assert ask(made).plan.findings == (finding,)
    assert ask(made).plan.findings == ()


def test_a_lease_of_the_same_second_does_not_keep_its_servers(make: Any) -> None:
    made = make("nm-resolved")
    made.sleep(60)
    made.leased = made.clock
    assert ask(made).state == "changed"
    assert made.asked() == WANTED


@pytest.mark.parametrize("active", ["another", ""])
def test_a_profile_that_is_not_in_use_any_more_goes_back_alone(make: Any, active: str) -> None:
    made = make("nm-resolved")
    ask(made)
    made.active, made.applied = active, dict(OTHER)
    assert back(made).state == "changed"
    assert (made.profile, made.applied) == (AUTOMATIC, OTHER)


def test_a_profile_that_somebody_deleted_is_a_conflict_and_no_fault(make: Any) -> None:
    made = make("nm-resolved")
    ask(made)
    made.active = ""
    made.fails = "GetConnectionByUuid"
    made.why = "Call failed: No connection with the UUID was found."
    with pytest.raises(Refusal, match="changed by somebody since the drill"):
        back(made)
    made.why = "Call failed: Access denied"
    with pytest.raises(Refusal, match="cannot be looked at: busctl: Call failed: Access denied"):
        back(made)


def test_while_networkmanager_is_stopped_every_run_says_to_start_it(make: Any) -> None:
    made = make("nm-resolved")
    ask(made)
    made.running.remove(NM)
    with pytest.raises(
        Refusal, match=f"it does not run, and nobody else knows its profile {UUID}"
    ) as refused:
        back(made)
    assert "systemctl start NetworkManager" in refused.value.remedy
    made.running.add(NM)
    made.lease = list(DHCP)
    assert back(made).state == "changed"


def test_absent_is_refused_only_where_the_servers_stand(make: Any) -> None:
    made = make("nm-resolved")
    made.running.remove(NM)
    assert ask(made, state="absent").state == "unchanged"
    made.lease = [WANTED[1]]
    with pytest.raises(Refusal, match="neither NetworkManager nor systemd-networkd manages"):
        ask(made, state="absent")


def test_a_value_that_somebody_changed_is_found_by_what_the_message_says(make: Any) -> None:
    made = make("nm-resolved")
    ask(made)
    made.profile = made.applied = dict(OTHER)
    with pytest.raises(Refusal) as refused:
        back(made)
    command = refused.value.remedy.partition("as root: ")[2].partition(")")[0]
    found = json.loads(subprocess.run(shlex.split(command), capture_output=True, check=True).stdout)
    assert found["changes"][0]["before"] == AUTOMATIC


def test_an_adapter_on_its_way_is_waited_for(make: Any) -> None:
    made = make("nm-resolved")
    made.passing = 7.0  # seconds until it is connected
    assert ask(made).state == "changed"
    assert made.clock >= 7.0


HINDRANCES: list[tuple[str, dict[str, Any], str, str, str]] = [
    (
        "nm-resolved",
        {"others": {"": (["192.0.2.8"], 100)}},
        "NetworkManager",
        "count instead",
        "global-dns",
    ),
    (
        "nm-alone",
        {"others": {"": (["192.0.2.8"], 100)}},
        "NetworkManager",
        "count instead",
        "global-dns",
    ),
    ("nm-resolved", {"others": {"tun0": (["192.0.2.8"], -5)}}, "adapter eth1", "tun0 has the", "Give tun0"),
    ("nm-alone", {"others": {"tun0": (["192.0.2.8"], -5)}}, "adapter eth1", "tun0 has the", "Give tun0"),
]


@pytest.mark.parametrize(("kind", "cause", "where", "what", "remedy"), HINDRANCES)
def test_what_would_keep_the_servers_from_being_asked_is_refused_in_check_mode_too(
    make: Any, kind: str, cause: dict[str, Any], where: str, what: str, remedy: str
) -> None:
    made = make(kind, **cause)
    before = made.state()
    for check in (True, False):
        with pytest.raises(Refusal, match=what) as refused:
            ask(made, check=check)
        assert refused.value.where.endswith(where)
        assert remedy in refused.value.remedy
    assert made.state() == before
    assert ask(made, state="absent").state == "unchanged"


@pytest.mark.parametrize(("kind", "cause", "where", "what", "remedy"), HINDRANCES)
def test_it_is_named_where_the_profile_has_the_servers_already_and_does_not_keep_from_going_back(
    make: Any, kind: str, cause: dict[str, Any], where: str, what: str, remedy: str
) -> None:
    made = make(kind)
    before = made.state()
    ask(made)
    for name, value in cause.items():
        setattr(made, name, value)
    made.deaf, made.immutable = True, True
    (made.root / "etc/resolv.conf").write_text("# Generated by NetworkManager\nnameserver 192.0.2.8\n")
    (finding,) = ask(made).plan.findings
    assert (finding.level, what in finding.what, remedy in finding.remedy) == ("error", True, True)
    made.deaf, made.immutable = False, False
    assert back(made).state == "changed"
    assert made.state() == before


@pytest.mark.parametrize(
    ("kind", "mode"), [("nm-alone", "default"), ("nm-alone", "dnsmasq"), ("nm-resolved", "")]
)
def test_a_resolv_conf_that_cannot_be_replaced_is_a_reason_to_refuse_where_servers_have_to_get_into_it(
    make: Any, monkeypatch: pytest.MonkeyPatch, kind: str, mode: str
) -> None:
    made = make(kind)
    made.mode = mode or made.mode
    monkeypatch.setattr(files, "held", lambda *_which: ("is immutable", "Find out why, then chattr -i"))
    if mode != "default":
        assert ask(made).state == "changed"
        return
    before = made.state()
    for check in (True, False):
        with pytest.raises(Refusal, match="is immutable, and NetworkManager has to replace it") as refused:
            ask(made, check=check)
        assert (refused.value.where, refused.value.remedy) == (
            _dns_plain.PATH,
            "Find out why, then chattr -i",
        )
    assert made.state() == before
    assert ask(made, state="absent").state == "unchanged"


def test_a_way_back_that_does_not_get_into_resolv_conf_is_not_called_done(make: Any) -> None:
    made = make("nm-alone")
    before = made.state()
    ask(made)
    there = made.state()
    made.immutable = True
    outcome = back(made)
    assert (outcome.state, made.state()) == ("undone", there)
    assert any("immutable? see lsattr" in finding.what for finding in outcome.plan.findings)
    made.immutable = False
    assert back(made).state == "changed"
    assert made.state() == before
    assert "192.0.2.53" in (made.root / "etc/resolv.conf").read_text()


def test_a_resolver_that_does_not_run_is_a_reason_to_refuse_and_an_error_where_the_servers_are_set(
    make: Any,
) -> None:
    made = make("nm-resolved")
    before = made.state()
    made.running.remove(RESOLVED)
    for check in (True, False):
        with pytest.raises(Refusal, match="systemd-resolved: it does not run"):
            ask(made, check=check)
    assert made.state() == before
    made.running.add(RESOLVED)
    ask(made)
    made.running.remove(RESOLVED)
    (finding,) = ask(made).plan.findings
    assert (finding.level, finding.where) == ("error", "systemd-resolved")
    assert back(made).state == "changed"


def test_priorities_of_others_that_shut_nobody_out_do_not_count(make: Any) -> None:
    made = make("nm-resolved", others={"eth0": (["192.0.2.1"], 50), "tun0": (["192.0.2.8"], 0)})
    assert ask(made).state == "changed"


def test_absent_leaves_the_servers_of_others(make: Any) -> None:
    made = make("nm-resolved")
    made.profile = made.applied = {
        "servers": [WANTED[0], "192.0.2.7"],
        "automatic": False,
        "servers6": ["2001:db8::1"],
        "automatic6": True,
        "search": ["office.example", "~www.ccass.com"],
    }
    ask(made, state="absent")
    assert made.profile == {
        "servers": ["192.0.2.7"],
        "automatic": False,
        "servers6": ["2001:db8::1"],
        "automatic6": True,
        "search": ["office.example"],
    }


def test_servers_in_force_that_are_not_the_profiles_are_an_error(make: Any) -> None:
    made = make("nm-resolved")
    ask(made)
    made.deaf = True  # somebody told systemd-resolved other servers
    outcome = ask(made)
    (finding,) = outcome.plan.findings
    assert (finding.level, finding.where) == ("error", "adapter eth1")
    assert "192.0.2.53 is asked" in finding.what


def test_one_list_for_all_adapters_is_a_warning(make: Any) -> None:
    made = make("nm-alone")
    (finding,) = ask(made).plan.findings
    assert (finding.level, "192.0.2.1 of eth0" in finding.what) == ("warning", True)


def test_a_checkpoint_of_another_program_is_waited_for_and_then_named(make: Any) -> None:
    made = make("nm-resolved")
    made.checkpoint = (10.0, ({**made.profile}, {**made.applied}))
    assert ask(made).state == "changed"
    made.checkpoint = (1e9, ({**made.profile}, {**made.applied}))
    with pytest.raises(Refusal, match="another program is changing this adapter"):
        ask(made)


def test_a_program_that_does_not_answer_is_named(make: Any) -> None:
    made = make("nm-resolved", fails="GetAppliedConnection")
    with pytest.raises(
        Refusal, match="networkmanager/1307dd06/dns of the profile: cannot be looked at: busctl: not today"
    ):
        ask(made)


def test_without_domains_an_adapter_that_has_not_the_default_route_would_never_be_asked(make: Any) -> None:
    made = make("nm-resolved", default_route=False)
    with pytest.raises(Refusal, match="the default route is another adapter's") as refused:
        ask(made, domains=[])
    assert "Give domains" in refused.value.remedy
    made.default_route = True
    assert ask(made, domains=[]).state == "changed"


def test_domains_in_a_profile_stay(make: Any) -> None:
    made = make("nm-resolved")
    made.profile = made.applied = {**made.profile, "search": ["office.example", "~ccass.com"]}
    before = made.state()
    ask(made)
    assert made.profile["search"] == ["office.example", "~ccass.com", *(f"~{each}" for each in DOMAINS)]
    back(made)
    assert made.state() == before


def test_a_checkpoint_that_cannot_be_rolled_back_ends_by_itself(make: Any) -> None:
    made = make("nm-resolved", deaf=True, fails="CheckpointRollback")
    before = made.state()
    outcome = ask(made)
    assert outcome.state == "undone"
    assert any("by itself in 20 seconds" in finding.what for finding in outcome.plan.findings)
    made.sleep(60)
    assert made.state() == before


@pytest.mark.parametrize("kind", ["nm-resolved", "nm-alone"])
def test_the_domains_of_dhcp_stay(make: Any, kind: str) -> None:
    """NetworkManager would drop them with DHCP's servers."""
    made = make(kind, lease_domains=["office.example"])
    before = made.state()
    ask(made)
    assert "office.example" in made.search()
    assert ask(made).state == "unchanged"
    made.boot()
    assert ask(made).state == "unchanged"
    back(made)
    assert made.state() == before
