# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which workstations go first, and when the rest of the fleet stays where it is.

The refusals made here are handed to ``gate.decide``, which does not let them block the way back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import product

from ansible_collections.hkex.drill.plugins.plugin_utils.gate import GateError, GateRefusal


@dataclass(frozen=True)
class Candidate:
    """A workstation as the choice of canaries sees it."""

    name: str
    markets: tuple[str, ...]  # hkscc | derivatives
    system: str  # posix | windows
    access: tuple[str, ...]  # dns | host_table | ip_address, whichever its systems use

    @property
    def combinations(self) -> frozenset[tuple[str, str, str]]:
        """Every (market, system, access) that a success on this workstation vouches for."""
        return frozenset(product(self.markets, (self.system,), self.access))


def canaries(workstations: Iterable[Candidate]) -> tuple[str, ...]:
    """Names of few workstations that cover every combination in the fleet, none of them needlessly.

    Greedy: next is the one that covers most of what is still open, the earlier in the inventory where several do.
    What later choices made needless is dropped. The answer is in inventory order.
    """
    fleet = list(workstations)
    open_: set[tuple[str, str, str]] = set().union(*(each.combinations for each in fleet))
    chosen: list[Candidate] = []
    while open_:
        best = max(fleet, key=lambda each: len(each.combinations & open_))  # the first of equals
        chosen.append(best)
        open_ -= best.combinations
    for each in tuple(chosen):
        others = frozenset[tuple[str, str, str]]().union(*(o.combinations for o in chosen if o is not each))
        if each.combinations <= others:
            chosen.remove(each)
    return tuple(each.name for each in fleet if each in chosen)


def bound(total: int, failed: int, unreachable: int, limit: object, contingency: bool) -> GateRefusal | None:
    """Whether more than ``limit`` per cent of all workstations of the play are lost.

    Unreachable ones count, as Ansible's own ``max_fail_percentage`` does not have it. In contingency they do not: a
    real failover finds workstations powered off and must not be stopped by them.

    :param total: all workstations of the play, the lost ones included
    :raises GateError: the limit is no percentage
    """
    limit_percent = _percentage(limit)
    lost = failed + (0 if contingency else unreachable)
    if lost * 100 <= limit_percent * total:
        return None
    counted = f"{failed} failed" if contingency else f"{failed} failed and {unreachable} unreachable"
    return GateRefusal(
        "failure bound",
        f"{counted} of {total} workstations are more than the {limit_percent:g} % allowed",
        "Look at the first failure, mend it and run the phase again; leave hopeless workstations out with --limit",
    )


def _percentage(limit: object) -> float:
    """``drill_failure_limit``, which on the command line is a text."""
    try:
        number = float(limit)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(limit, bool) or not 0 <= number <= 100:
        raise GateError("drill_failure_limit", f"{limit!r} is no percentage", "Give a number from 0 to 100")
    return number


def canary_verdict(
    canaries: Collection[str], failed: Collection[str], unreachable: Collection[str], contingency: bool
) -> GateRefusal | None:
    """Whether the canaries let the rest follow.

    A failed one stops it, always: what failed there would fail on its like. An unreachable one proves nothing, so
    it stops a drill; in contingency the rest goes on without it.
    """
    broken = [name for name in canaries if name in failed]
    if broken:
        return GateRefusal(
            f"canary {', '.join(broken)}",
            "it failed, so the workstations like it were left as they are",
            f"Mend it and run the phase again, or leave it out with --limit '{_without(broken)}'",
        )
    absent = [name for name in canaries if name in unreachable]
    if absent and not contingency:
        return GateRefusal(
            f"canary {', '.join(absent)}",
            "it cannot be reached, so nothing is proved for the workstations like it",
            f"Power it on, leave it out with --limit '{_without(absent)}', or give drill_force a reason",
            overridable=True,
        )
    return None


def _without(names: Iterable[str]) -> str:
    return ":".join(["all", *(f"!{name}" for name in names)])
