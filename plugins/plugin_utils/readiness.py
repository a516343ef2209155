# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a fleet is registered and connected as the circulars want it, judged before anything is touched.

Pure rules over the drill, the inventory and the addresses that were seen; nothing is asked or changed here. Limits and
forms are those of the drill's own date, so they come from its file. A rule that its circular does not print has the
document that does as its source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    PENDING,
    WARNING,
    Finding,
)
from ansible_collections.hkex.drill.plugins.plugin_utils import _readiness_accounts as accounts
from ansible_collections.hkex.drill.plugins.plugin_utils import _readiness_addresses as addresses
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_view import Verdict, View
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation

__all__ = ["RULES", "Verdict", "judge", "refusal", "told"]

# In the order in which their verdicts stand, within one level.
RULES = (
    addresses.outside_sdnet,
    accounts.unregistered,
    accounts.keys_of_others,
    accounts.unknown,
    addresses.absent_addresses,
    addresses.shared_really,
    addresses.shared_registered,
    addresses.registered_outside_sdnet,
    addresses.outside_own_networks,
    addresses.different_subnets,
    accounts.too_many_workstations,
    accounts.too_many_accounts,
    accounts.misnamed,
    accounts.without_kind,
    accounts.of_several,
    accounts.shared_keys,
    accounts.several_keys,
    addresses.different_ranges,
)

_LEVELS = (ERROR, PENDING, WARNING, INFO)


def judge(
    drill: Drill,
    fleet: Iterable[Workstation],
    seen: Mapping[str, Collection[str]],
    inventory: Collection[str] = (),
    keys: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> tuple[Verdict, ...]:
    """What is not as it should be, the gravest first, in an order that does not depend on the inventory's.

    :param fleet: the workstations that take part, each with its participant and all of its accounts
    :param seen: the IPv4 addresses that a workstation really has, by its name in the inventory; one that could not be
        looked at is missing, and is judged by what is registered alone
    :param inventory: names of all workstations of the inventory, those too that take no part
    :param keys: the fingerprint of each account's public key that was seen on a workstation, by its name
    :raises Refusal: a range or an address is none, or netaddr is not installed
    """
    view = View(
        drill,
        {workstation.name: workstation for workstation in fleet},
        seen,
        frozenset(inventory),
        keys,
    )
    # A set, because two participants may be told the same of an account that both have.
    found = {(place, verdict) for place, rule in enumerate(RULES) for verdict in rule(view)}
    return tuple(verdict for _place, verdict in sorted(found, key=_gravity))


def told(
    verdicts: Iterable[Verdict], present: Collection[str]
) -> tuple[dict[str, list[Finding]], list[Finding]]:
    """The findings of each workstation that is ``present``, and those that are about none of them.

    The latter name their workstations. An error among them is a warning: nobody who is present is refused for it.
    """
    of: dict[str, list[Finding]] = {}
    rest = []
    for verdict in verdicts:
        names = [name for name in verdict.workstations if name in present]
        for name in names:
            of.setdefault(name, []).append(verdict.finding)
        if not names:
            rest.append(verdict.of_others)
    return of, rest


def refusal(name: str, findings: Iterable[Mapping[str, Any]]) -> str:
    """Why a workstation is not written to; empty if it may be. The findings themselves stand in the fleet's table."""
    wrong = dict.fromkeys(str(finding["where"]) for finding in findings if finding["level"] == ERROR)
    if not wrong:
        return ""
    return f"{name} is not ready, and was not changed. See what was found, and what to do: {'; '.join(wrong)}"


def _gravity(found: tuple[int, Verdict]) -> tuple[int, int, Verdict]:
    """Level first, then the rule's place; all else only makes the order sure."""
    place, verdict = found
    return _LEVELS.index(verdict.level), place, verdict
