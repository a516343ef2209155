# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers that NetworkManager or systemd-networkd keeps, through the engine and the real code beneath it.

Only the programs are stand-ins (``dns_programs``); the real ones have their turn on the lab's hosts.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import dns_servers
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.result import result

from tests.unit import dns_pc
from tests.unit.dns_pc import DOMAINS, KINDS, OPTIONS, WANTED, ask, back, described
from tests.unit.dns_programs import DHCP, Killed

make = dns_pc.make


@pytest.mark.parametrize("kind", KINDS)
def test_set_twice_boot_and_back(make: Any, kind: str) -> None:
    made = make(kind)
    before = made.state()
    predicted = ask(made, check=True)
    assert made.state() == before
    real = ask(made)
    assert (real.state, made.asked()) == ("changed", WANTED)
    assert made.domains() == ([] if kind == "nm-alone" else DOMAINS)
    assert described(predicted) == described(real)
    assert described(real)["servers"] == WANTED
    assert not described(real)["automatic"]
    assert ask(made).state == "unchanged"
    made.boot()
    assert made.asked() == WANTED
    assert made.domains() == ([] if kind == "nm-alone" else DOMAINS)
    assert ask(made).state == "unchanged"
    made.lease = ["192.0.2.99"]  # DHCP has another server by now
    assert back(made).state == "changed"
    assert made.asked() == ["192.0.2.99"]
    made.lease = list(DHCP)
    assert made.state() == before
    assert not made.drop_in.parent.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_neither_the_way_there_nor_the_way_back_takes_the_lease(make: Any, kind: str) -> None:
    made = make(kind)
    ask(made)
    back(made)
    assert made.reloads == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("then", ["at once", "later", "after a boot"])
def test_killed_at_any_command_the_next_run_makes_it_whole(make: Any, kind: str, then: str) -> None:
    """At once: NetworkManager has not given up waiting yet, and takes back what the killed run began."""
    made = make(kind)
    before = made.state()
    ask(made)
    commands = len(made.commands)
    back(made)
    cut_off = 0
    for number in range(1, commands + 1):
        for goal, finish in ((WANTED, ask), (DHCP, back)):
            made.commands, made.kill_at = [], number
            with pytest.raises(Killed):
                ask(made)
            cut_off += made.checkpoint is not None
            made.commands, made.kill_at = [], None
            if then == "later":
                made.sleep(60)
            if then == "after a boot":
                made.boot()
            assert ask(made, check=True).state in ("unchanged", "changed")
            finish(made)
            assert made.asked() == goal, number
            assert made.checkpoint is None
            made.sleep(60)
            assert made.asked() == goal, f"taken back a minute later ({number})"
            back(made)
            assert made.state() == before, number
    assert cut_off or kind == "networkd"


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("nm-resolved", {"fails": "device"}),
        ("nm-resolved", {"fails": "modify"}),
        ("nm-resolved", {"fails": "CheckpointDestroy"}),
        ("nm-resolved", {"deaf": True}),
        ("nm-alone", {"fails": "device"}),
        ("nm-alone", {"immutable": True}),
        ("networkd", {"fails": "SetLinkDNS"}),
        ("networkd", {"deaf": True}),
    ],
)
def test_what_does_not_come_to_hold_is_taken_back(make: Any, kind: str, fault: dict[str, Any]) -> None:
    made = make(kind)
    before = made.state()
    for name, value in fault.items():
        setattr(made, name, value)
    outcome = ask(made)
    assert outcome.state == "undone"
    assert any(finding.level == "error" for finding in outcome.plan.findings)
    made.fails, made.deaf, made.immutable = "", False, False
    assert made.state() == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_somebody_changed_in_between_is_left_alone_by_a_rollback(make: Any, kind: str) -> None:
    made = make(kind)
    ask(made)
    if kind == "networkd":
        made.drop_in.write_text("[Network]\nDNS=192.0.2.7\n")
        made.runtime, made.runtime_domains = ["192.0.2.7"], ["example"]
    else:
        made.profile = made.applied = {**made.profile, "servers": ["192.0.2.7"]}
    with pytest.raises(Refusal, match="changed by somebody since the drill"):
        back(made)
    assert made.asked() == ["192.0.2.7"]


@pytest.mark.parametrize("kind", KINDS)
def test_absent_takes_them_out_and_leaves_the_rest_to_dhcp(make: Any, kind: str) -> None:
    made = make(kind)
    assert ask(made, state="absent").state == "unchanged"
    before = made.state()
    ask(made)
    assert ask(made, state="absent").state == "changed"
    assert made.asked() == DHCP
    assert made.state() == before
    assert ask(made, state="absent").state == "unchanged"


@pytest.mark.parametrize("default_route", [True, False])
@pytest.mark.parametrize("kind", ["nm-resolved", "networkd"])
def test_what_else_is_asked_here_stays_as_it_was(make: Any, kind: str, default_route: bool) -> None:
    made = make(kind, default_route=default_route)
    ask(made)
    assert (made.domains(), made.default_route) == (DOMAINS, default_route)
    if kind == "networkd":
        said = "yes" if default_route else "no"
        assert f"DNSDefaultRoute={said}\n" in made.drop_in.read_text()
    assert ask(made).state == "unchanged"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_another_program_writes_is_none_that_a_run_is_about(make: Any, kind: str) -> None:
    """It writes it anew, so that no check mode could tell what it will be."""
    made = make(kind)
    concern = dns_servers.concern(OPTIONS)
    told = result(ask(made), [concern], diff=False)
    assert not [path for path in told["files"] if path.endswith("resolv.conf")]
