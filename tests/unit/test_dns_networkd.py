# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only systemd-networkd has: drop-ins of others, a file for two adapters, what was given at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

from tests.unit import dns_pc
from tests.unit.dns_pc import DOMAINS, WANTED, ask, back, described
from tests.unit.dns_programs import RESOLVED, Programs

make = dns_pc.make
LATER = "[Network]\nDNS=192.0.2.99\nDomains=~office.example\n"


def put(made: Programs, name: str, text: str, folder: str = "etc") -> Path:
    """Another drop-in beside the adapter's .network file."""
    path = made.root / folder / "network/10-eth1.network.d" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_a_network_file_of_its_own_is_asked_for_where_two_adapters_share_one(make: Any) -> None:
    made = make("networkd", links=("eth1", "eth0"))
    with pytest.raises(Refusal, match=r"10-eth1.network configures eth0, too"):
        ask(made)
    assert not made.drop_in.exists()


def test_servers_that_stand_there_already_are_no_reason_to_refuse(make: Any) -> None:
    made = make("networkd", links=("eth1", "eth0"), lease=list(WANTED))
    outcome = ask(made)
    assert outcome.state == "unchanged"
    assert (described(outcome)["servers"], described(outcome)["automatic"]) == (WANTED, None)


@pytest.mark.parametrize("folder", ["etc", "run"])
@pytest.mark.parametrize(
    ("text", "said"),
    [(LATER, "has DNS= and Domains="), ("[IPv6AcceptRA]\nUseDNS=yes\n", "has UseDNS=")],
)
def test_a_drop_in_that_would_count_after_ours_is_refused_before_anything_is_written(
    make: Any, folder: str, text: str, said: str
) -> None:
    made = make("networkd")
    path = put(made, "95-site.conf", text, folder)
    for check in (True, False):
        with pytest.raises(Refusal, match=said) as refused:
            ask(made, check=check)
        assert refused.value.where == str(path)
        assert "sorts before 90-hkex-drill.conf" in refused.value.remedy
    assert not made.drop_in.exists()
    assert ask(made, state="absent").state == "unchanged"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("50-site.conf", LATER),
        ("95-site.conf", "[Network]\n# DNS=192.0.2.99\n;Domains=~x\nLLMNR=no\n[DHCPv4]\nRouteMetric=7\n"),
        (".95-site.conf", LATER),
        ("95-site.conf.old", LATER),
    ],
)
def test_other_drop_ins_stay_and_count_again_afterwards(make: Any, name: str, text: str) -> None:
    made = make("networkd")
    put(made, name, text)
    made.load()
    before = made.state()
    for way_back in (back, lambda made: ask(made, state="absent")):
        predicted, real = ask(made, check=True), ask(made)
        assert described(predicted) == described(real)
        assert (real.state, made.asked()) == ("changed", WANTED)
        made.boot()
        assert ask(made).state == "unchanged"
        way_back(made)
        assert made.state() == before


def test_a_drop_in_masked_by_a_link_to_nowhere_does_not_count(make: Any) -> None:
    made = make("networkd")
    put(made, "95-site.conf", LATER, "run")
    put(made, "95-site.conf", "").unlink()
    (made.drop_in.parent / "95-site.conf").symlink_to("/dev/null")
    assert ask(made).state == "changed"


def test_a_later_drop_in_that_came_after_ours_is_an_error_and_the_rollback_waits_for_it_whole(
    make: Any,
) -> None:
    made = make("networkd")
    before = made.state()
    ask(made)
    path = put(made, "95-site.conf", LATER)
    (finding,) = ask(made).plan.findings
    assert (finding.level, finding.where) == ("error", str(path))
    made.boot()
    assert made.asked() == [*WANTED, "192.0.2.99"]
    with pytest.raises(Refusal, match="has DNS= and Domains="):
        ask(made)
    torn = made.state()
    with pytest.raises(Refusal, match="networkd/eth1/servers") as refused:
        back(made)
    assert made.state() == torn
    assert "networkctl reload, and run the rollback again" in refused.value.remedy
    path.unlink()
    made.load()
    assert back(made).state == "changed"
    assert made.state() == before


def test_what_goes_with_a_setting_that_somebody_changed_is_named_and_stays(make: Any) -> None:
    made = make("networkd")
    ask(made)
    made.runtime_domains = ["office.example"]
    torn = made.state()
    with pytest.raises(Refusal) as refused:
        back(made)
    assert made.state() == torn
    named = f"networkd/eth1/domains, networkd/{made.drop_in}/drop-in, networkd/eth1/servers"
    assert refused.value.where == named


@pytest.mark.parametrize("boot", [False, True])
def test_the_way_back_leads_to_what_the_files_say_by_then(make: Any, boot: bool) -> None:
    made = make("networkd")
    ask(made)
    made.network.write_text("[Network]\nDNS=192.0.2.44 2001:db8::44\nDomains=~office.example\n")
    if boot:
        made.boot()
    assert back(made).state == "changed"
    made.load()
    assert (made.declared(), made.domains()) == (["192.0.2.44", "2001:db8::44"], ["office.example"])


def test_servers_and_domains_that_were_given_at_run_time_are_given_back(make: Any) -> None:
    made = make("networkd")
    made.runtime, made.runtime_domains = ["192.0.2.44", "2001:db8::44"], ["office.example"]
    before = made.state()
    ask(made)
    assert made.domains() == ["office.example", *DOMAINS]
    assert back(made).state == "changed"
    assert made.state() == before


def test_a_resolver_that_does_not_run_is_said(make: Any) -> None:
    made = make("networkd")
    made.running.discard(RESOLVED)
    for state in ("changed", "unchanged"):
        outcome = ask(made)
        (finding,) = outcome.plan.findings
        assert (outcome.state, finding.level, finding.where) == (state, "error", "systemd-resolved")
    assert made.declared() == WANTED
    assert back(made).state == "changed"
