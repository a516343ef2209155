# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readiness over any fleet: obeying is never blamed, order means nothing, and nobody changes another's verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import RapKey, Workstation, workstation
from ansible_collections.hkex.drill.plugins.plugin_utils.participant import Account, Participant
from ansible_collections.hkex.drill.plugins.plugin_utils.readiness import Verdict, judge
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.readiness_fleets import DRILLS

DRILL = st.sampled_from(sorted(DRILLS.values(), key=lambda drill: drill.id))
BASE = workstation(
    "base",
    {
        "drill_markets": ["hkscc"],
        "drill_participant": {"kinds": ["hkcc"]},
        "drill_access": {"rap": "ip_address"},
    },
)
SDNET = ("10.135", "10.136", "10.176", "10.177", "10.178", "10.179")  # first octets
EVERYWHERE = ("127.0.0.1", "192.168.122.1")


@dataclass
class World:
    """What is judged; ``letter`` keeps the names and addresses of two worlds apart."""

    letter: str
    fleet: list[Workstation] = field(default_factory=list)
    seen: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, dict[str, str]] = field(default_factory=dict)

    def judged(self, drill: Drill) -> tuple[Verdict, ...]:
        return judge(drill, self.fleet, self.seen, keys=self.keys)

    def beside(self, other: World) -> World:
        return World("", self.fleet + other.fleet, self.seen | other.seen, self.keys | other.keys)


def made(market: str, participant: Participant, name: str, accounts: Sequence[str]) -> Workstation:
    return replace(
        BASE,
        name=name,
        markets=(market,),
        participant=participant,
        access={("rap", market): "ip_address"},
        rap_keys={account: RapKey(f"/{account}.pub", f"/{account}") for account in accounts},
    )


@st.composite
def obeying(draw: Any, drill: Drill, letter: str) -> World:
    """A participant of one market with as much of RAP as the drill grants it, or less."""
    group = draw(st.sampled_from([each for each in drill.data["participants"] if "limits" in each]))
    market, limits = group["market"], group["limits"]
    digit = {"A": 1, "B": 2}[letter]
    form = {"hkscc": f"CB1234{digit}00", "derivatives": f"DCAB{digit}00"}[market]
    if group["kinds"] == ["designated_bank"]:
        form = f"CBNK00{digit}00"
    subnet = f"{draw(st.sampled_from(SDNET))}.{digit}" if market == "hkscc" else f"10.9.{digit}"
    accounts, addresses = [], {}
    for number in range(1, 1 + draw(st.integers(0, limits["accounts"]))):
        places = [number * 10 + at for at in range(draw(st.integers(1, limits["workstations_per_account"])))]
        registered = {f"{letter}-{place}": f"{subnet}.{place}" for place in places}
        name = f"{form}{number}"
        accounts.append(Account(name, market, registered, f"SHA256:{name}"))
        addresses.update(registered)
    participant = Participant(
        letter, (draw(st.sampled_from(group["kinds"])),), tuple(accounts), (f"10.9.{digit}.0/24",)
    )
    own = {name: [each.name for each in accounts if name in each.workstations] for name in addresses}
    return World(
        letter,
        [made(market, participant, name, own[name]) for name in addresses],
        {name: [address, *EVERYWHERE] for name, address in addresses.items() if draw(st.booleans())},
        {
            name: {each: f"SHA256:{each}" for each in mine}
            for name, mine in own.items()
            if draw(st.booleans())
        },
    )


@st.composite
def any_world(draw: Any) -> World:
    """Whatever an inventory may say and a workstation may have, from a few names and addresses so that they clash."""
    names = st.sampled_from([f"A-{number}" for number in range(6)])
    address = st.sampled_from(["10.135.1.1", "10.136.1.1", "10.179.1.2", "10.9.1.1", "10.9.2.1", "192.0.2.1"])
    account_names = st.sampled_from(["CB12341001", "cb12341001", "CBNK001001", "DCAB1001", "DCAB1002", "X"])
    accounts = st.builds(
        Account,
        account_names,
        st.sampled_from(["hkscc", "derivatives"]),
        st.dictionaries(names, address, max_size=6),
        st.sampled_from(["", "k", "l"]),
    )
    kinds = st.sampled_from([("general_clearing", "hkcc"), ("designated_bank",), ("custodian", "seoch")])
    participants = st.builds(
        Participant,
        st.sampled_from(["A", ""]),
        kinds,
        st.lists(accounts, max_size=6).map(tuple),
        st.sampled_from([(), ("10.9.1.0/24",), ("10.9.0.0/16", "10.9.1.0/24")]),
    )
    fleet = [
        made(
            draw(st.sampled_from(["hkscc", "derivatives"])),
            draw(participants),
            name,
            draw(st.lists(account_names, unique=True, max_size=2)),
        )
        for name in draw(st.lists(names, unique=True, max_size=5))
    ]
    return World(
        "A",
        fleet,
        draw(st.dictionaries(names, st.lists(address, max_size=3))),
        draw(st.dictionaries(names, st.dictionaries(account_names, st.sampled_from(["k", "l"]), max_size=2))),
    )


@given(st.data(), DRILL)
def test_a_fleet_that_obeys_is_not_blamed(data: st.DataObject, drill: Drill) -> None:
    assert data.draw(obeying(drill, "A")).judged(drill) == ()


@given(any_world(), DRILL, st.integers())
def test_the_order_of_an_inventory_means_nothing(world: World, drill: Drill, seed: int) -> None:
    random = Random(seed)

    def mixed(items: Sequence[Any]) -> list[Any]:
        return random.sample(list(items), len(items))

    def turned(account: Account) -> Account:
        return replace(account, workstations=dict(mixed([*account.workstations.items()])))

    fleet = [
        replace(
            each,
            participant=replace(
                each.participant,
                kinds=tuple(mixed(each.participant.kinds)),
                accounts=tuple(turned(account) for account in mixed(each.participant.accounts)),
                networks=tuple(mixed(each.participant.networks)),
            ),
        )
        for each in mixed(world.fleet)
    ]
    seen = {name: mixed(world.seen[name]) for name in mixed([*world.seen])}
    keys = {name: dict(mixed([*world.keys[name].items()])) for name in mixed([*world.keys])}
    fleet = [replace(each, rap_keys=dict(mixed([*each.rap_keys.items()]))) for each in fleet]
    assert World("A", fleet, seen, keys).judged(drill) == world.judged(drill)


@given(st.data(), any_world(), DRILL)
def test_who_obeys_changes_no_verdict_on_others(data: st.DataObject, world: World, drill: Drill) -> None:
    other = data.draw(obeying(drill, "B"))
    assert world.beside(other).judged(drill) == world.judged(drill)


@given(any_world(), DRILL)
def test_every_verdict_says_all_there_is_to_say_the_gravest_first(world: World, drill: Drill) -> None:
    verdicts = world.judged(drill)
    assert [each.level for each in verdicts] == sorted(each.level for each in verdicts)  # error, warning
    assert len(set(verdicts)) == len(verdicts)
    for each in verdicts:
        assert each.where and each.what and each.source and each.remedy
        assert list(each.workstations) == sorted(set(each.workstations))
        assert all(name in str(each) for name in each.workstations)
