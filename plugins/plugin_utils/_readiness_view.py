# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules of readiness look at: drill, fleet and what was seen, put together once; and what they say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, WARNING, Finding
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import aims
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation

HKSCC = "hkscc"
DERIVATIVES = "derivatives"
RAP = "rap"


@dataclass(frozen=True, order=True)
class Verdict:
    """What a rule found: about which workstations (sorted; none if it is about no one's), where, what, and what to do.

    ``rule`` names the rule, ``source`` says in which document and section it is printed. ``level`` is as of findings.
    """

    rule: str
    level: str
    workstations: tuple[str, ...]
    where: str
    what: str
    source: str
    remedy: str

    def __str__(self) -> str:
        names = f"{', '.join(self.workstations)}: " if self.workstations else ""
        return f"{names}{self.where}: {self.what} ({self.source}). {self.remedy}"

    @property
    def finding(self) -> Finding:
        """This for the result of one of its workstations, with the rule's source."""
        return Finding(self.level, self.where, f"{self.what} ({self.source})", self.remedy)

    @property
    def of_others(self) -> Finding:
        """This where none of its workstations is present: it names them, and is no error of who is."""
        level = WARNING if self.level == ERROR else self.level
        names = f"{', '.join(self.workstations)}: " if self.workstations else ""
        return Finding(level, self.where, f"{names}{self.what} ({self.source})", self.remedy)


@dataclass(frozen=True)
class Registered:
    """A RAP account of a participant, with every workstation and address registered for it, sorted.

    ``fingerprints`` are those of its public key: one, unless the inventory contradicts itself.
    """

    participant: str
    kinds: tuple[str, ...]
    name: str
    market: str
    addresses: tuple[tuple[str, str], ...]
    fingerprints: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        return f"RAP account {self.name}"

    @property
    def workstations(self) -> tuple[str, ...]:
        return tuple(sorted({name for name, _address in self.addresses}))


@dataclass(frozen=True)
class View:
    """All that is judged; see ``readiness.judge`` for what each of these is."""

    drill: Drill
    fleet: Mapping[str, Workstation]
    seen: Mapping[str, Collection[str]]
    inventory: Collection[str]
    keys: Mapping[str, Mapping[str, str]]

    @cached_property
    def own_networks(self) -> Mapping[str, tuple[str, ...]]:
        """The ranges of SDNet/2 and HSN that the exchange assigned to each participant."""
        found: dict[str, set[str]] = defaultdict(set)
        for workstation in self.fleet.values():
            found[workstation.participant.name].update(workstation.participant.networks)
        return {name: tuple(sorted(ranges)) for name, ranges in found.items()}

    @cached_property
    def every_account(self) -> tuple[Registered, ...]:
        """The accounts of all markets. Those of a participant add up over the workstations that name it."""
        kinds: dict[str, set[str]] = defaultdict(set)
        found: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
        keys: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for workstation in self.fleet.values():
            participant = workstation.participant
            kinds[participant.name].update(participant.kinds)
            for account in participant.accounts:
                key = (participant.name, account.market, account.name)
                found[key].update(account.workstations.items())
                keys[key] |= {account.fingerprint} - {""}
        return tuple(
            Registered(
                key[0],
                tuple(sorted(kinds[key[0]])),
                key[2],
                key[1],
                tuple(sorted(addresses)),
                tuple(sorted(keys[key])),
            )
            for key, addresses in sorted(found.items())
        )

    @cached_property
    def accounts(self) -> tuple[Registered, ...]:
        """The accounts of the drill's markets."""
        return tuple(account for account in self.every_account if account.market in self.drill.markets)

    @cached_property
    def users_of_rap(self) -> tuple[tuple[Workstation, str], ...]:
        """The workstations that use RAP in this drill, with the market they use it of."""
        return tuple(
            (workstation, market)
            for workstation in self.fleet.values()
            for market in sorted(
                {
                    endpoint.market
                    for aim in aims(self.drill, workstation)
                    if aim.system == RAP
                    for endpoint in aim.endpoints
                }
            )
        )

    def participant_of(self, workstation: str) -> str:
        known = self.fleet.get(workstation)
        return known.participant.name if known else ""

    def sdnet(self, workstation: str = "") -> tuple[str, ...]:
        """The ranges of SDNet: the workstation's own by inventory, else the drill's."""
        known = self.fleet.get(workstation)
        ranges = tuple(network.range for network in self.drill.networks if network.market == HKSCC)
        return (known.networks if known else ()) or ranges

    def networks(self, workstation: str) -> tuple[str, ...]:
        """All ranges of the exchange's networks that the workstation may be in."""
        known = self.fleet.get(workstation)
        own = self.own_networks.get(known.participant.name, ()) if known else ()
        return (*self.sdnet(workstation), *own)

    def group(self, account: Registered) -> Mapping[str, Any] | None:
        """What the drill says to the participants of the account's kind; None if it gives them no RAP.

        A participant of several kinds has the account as that kind whose form its name has.
        """
        groups: Iterable[Mapping[str, Any]] = (
            group
            for group in self.drill.data["participants"]
            if group["market"] == account.market
            and RAP in group["systems"]
            and set(group["kinds"]) & set(account.kinds)
        )
        return min(groups, key=lambda group: not has_form(account.name, group), default=None)

    def source(self, rule: str, otherwise: str) -> str:
        """Where the drill has this rule from; where it does not print it, the document that does."""
        return str(self.drill.rule(rule).get("source", otherwise))


def holder(participant: str) -> str:
    """A participant for messages; the inventory need not name it."""
    return f"participant {participant}" if participant else "the participant"


def has_form(name: str, group: Mapping[str, Any]) -> bool:
    """Whether an account's name is of the form that its kind of participant has; yes where no form is printed."""
    return "account_name" not in group or bool(re.fullmatch(group["account_name"]["pattern"], name))
