# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on addresses: those that are registered, and those that a workstation really has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, WARNING
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_accounts import REGISTERED
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_view import (
    DERIVATIVES,
    HKSCC,
    Verdict,
    View,
    holder,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.sdnet import subnet

# Where a drill's circular does not print the rule itself.
SDNET = "OCP briefing video (2025), 04 Preparation Arrangements - For HKSCC Participants and Designated Banks"
SDNET_2 = "OCP briefing video (2025), 04 Preparation Arrangements - For HKCC & SEOCH Participants"

LOOPBACK = ("127.0.0.0/8",)


def outside_sdnet(view: View) -> Iterator[Verdict]:
    """A workstation of hkscc has an address in SDNet: really, whatever the inventory says."""
    if HKSCC not in view.drill.markets:
        return
    for name, workstation in view.fleet.items():
        ranges = view.sdnet(name)
        if HKSCC not in workstation.markets or name not in view.seen or not ranges:
            continue
        has = sorted(view.seen[name])
        if not any(subnet(address, ranges) for address in has):
            yield Verdict(
                "outside-sdnet",
                ERROR,
                (name,),
                "SDNet",
                f"it has no address in SDNet ({', '.join(ranges)}), only {', '.join(has) or 'none at all'}",
                view.source("hkscc-subnet", SDNET),
                "Connect it to SDNet, or take hkscc out of its drill_markets",
            )


def registered_outside_sdnet(view: View) -> Iterator[Verdict]:
    """A registered address of hkscc lies in SDNet."""
    for account in view.accounts:
        for name, address in account.addresses if account.market == HKSCC else ():
            ranges = view.sdnet(name)
            if ranges and not subnet(address, ranges):
                yield Verdict(
                    "registered-outside-sdnet",
                    ERROR,
                    (name,),
                    account.where,
                    f"{address}, registered for {name}, lies outside of SDNet ({', '.join(ranges)})",
                    view.source("hkscc-subnet", SDNET),
                    "Register an address of SDNet with the exchange, or correct it in drill_participant.accounts",
                )


def different_ranges(view: View) -> Iterator[Verdict]:
    """The addresses of an hkscc account in different ranges of SDNet: who knows whether that is one subnet."""
    for account in view.accounts:
        if account.market != HKSCC:
            continue
        found: dict[str, list[str]] = defaultdict(list)
        for name, address in account.addresses:
            place = subnet(address, view.sdnet())
            if place:
                found[place].append(f"{name} in {place}")
        if len(found) > 1:
            yield Verdict(
                "different-ranges",
                WARNING,
                account.workstations,
                account.where,
                f"its workstations lie in different ranges of SDNet ({_said(found)}). The circular's \"same subnet of "
                'SDNet" can be read both ways: all in one of the ranges, or all anywhere in SDNet',
                view.source("hkscc-subnet", SDNET),
                "Ask the exchange, or register addresses of one range",
            )


def different_subnets(view: View) -> Iterator[Verdict]:
    """The addresses of a derivatives account share their first three octets."""
    for account in view.accounts:
        if account.market != DERIVATIVES:
            continue
        found: dict[str, list[str]] = defaultdict(list)
        for name, address in account.addresses:
            found[address.rpartition(".")[0]].append(f"{name} has {address}")
        if len(found) > 1:
            yield Verdict(
                "different-subnets",
                ERROR,
                account.workstations,
                account.where,
                f"its registered addresses differ in the first three octets ({_said(found)})",
                view.source("derivatives-subnet", SDNET_2),
                "Register addresses of one subnet with the exchange, or correct them in drill_participant.accounts",
            )


def outside_own_networks(view: View) -> Iterator[Verdict]:
    """A registered address of derivatives lies in the participant's SDNet/2 or HSN, as far as the inventory has it."""
    source = view.source("derivatives-subnet", SDNET_2)
    unjudged: dict[str, set[str]] = defaultdict(set)
    for account in view.accounts:
        ranges = view.own_networks.get(account.participant, ())
        for name, address in account.addresses if account.market == DERIVATIVES else ():
            if not ranges:
                unjudged[account.participant].add(name)
            elif not subnet(address, ranges):
                yield Verdict(
                    "outside-own-networks",
                    ERROR,
                    (name,),
                    account.where,
                    f"{address}, registered for {name}, lies outside of the participant's SDNet/2 and HSN "
                    f"({', '.join(ranges)})",
                    source,
                    "Register an address of these networks with the exchange, or correct address or networks in the "
                    "inventory",
                )
    for participant, names in unjudged.items():
        yield Verdict(
            "own-networks-unknown",
            WARNING,
            tuple(sorted(names)),
            holder(participant),
            "whether its registered addresses of derivatives lie in SDNet/2 or HSN was not checked, because the "
            "inventory does not have the participant's ranges",
            source,
            "Write the ranges that the exchange assigned into drill_participant.networks",
        )


def absent_addresses(view: View) -> Iterator[Verdict]:
    """A registered address is one that the workstation really has."""
    owners: dict[str, list[str]] = defaultdict(list)
    for name in sorted(view.seen):
        for address in view.seen[name]:
            owners[address].append(name)
    for account in view.accounts:
        for name, address in account.addresses:
            # An address of loopback is every machine's own, whether it is listed or not.
            if name in view.seen and address not in view.seen[name] and not subnet(address, LOOPBACK):
                has = ", ".join(sorted(view.seen[name])) or "none at all"
                others = f"; {', '.join(owners[address])} has it" if address in owners else ""
                yield Verdict(
                    "address-absent",
                    ERROR,
                    (name,),
                    account.where,
                    f"{address} is registered for {name}, which does not have it, but {has}{others}",
                    view.source("registered-addresses", REGISTERED),
                    "Give the workstation its registered address, or register and write down the one that it has",
                )


def shared_registered(view: View) -> Iterator[Verdict]:
    """One registered address stands for one workstation."""
    holders: dict[str, set[str]] = defaultdict(set)
    for account in view.accounts:
        for name, address in account.addresses:
            holders[address].add(name)
    for address, names in holders.items():
        if len(names) > 1:
            yield Verdict(
                "shared-registered-address",
                ERROR,
                tuple(sorted(names)),
                f"registered address {address}",
                f"it is registered for {len(names)} workstations, {', '.join(sorted(names))}",
                f"follows from {view.source('registered-addresses', REGISTERED)}",
                "Write each workstation's own address into drill_participant.accounts",
            )


def shared_really(view: View) -> Iterator[Verdict]:
    """One address of the exchange's networks is on one workstation.

    Only of these: the bridges of virtual machines have the same private address on every machine.
    """
    holders: dict[str, set[str]] = defaultdict(set)
    for name, addresses in view.seen.items():
        for address in addresses:
            holders[address].add(name)
    registered = {address for account in view.accounts for _name, address in account.addresses}
    for address, names in holders.items():
        if len(names) < 2 or subnet(address, LOOPBACK):
            continue
        if address in registered or any(subnet(address, view.networks(name)) for name in names):
            yield Verdict(
                "shared-address",
                ERROR,
                tuple(sorted(names)),
                f"address {address}",
                f"{len(names)} workstations have it, {', '.join(sorted(names))}",
                f"follows from {view.source('registered-addresses', REGISTERED)}",
                "Give each an address of its own, or take out of the inventory the name that a workstation has twice",
            )


def _said(groups: dict[str, list[str]]) -> str:
    return ", ".join(each for group in groups.values() for each in group)
