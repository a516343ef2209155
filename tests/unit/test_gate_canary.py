# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Canaries and the failure bound."""

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.canary import (
    Candidate,
    bound,
    canaries,
    canary_verdict,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.gate import GateError
from hypothesis import given, settings
from hypothesis import strategies as st

MARKETS = ("hkscc", "derivatives")
ACCESS = ("dns", "host_table", "ip_address")


def some(values: tuple[str, ...], at_least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, min_size=at_least).map(tuple)


FLEETS = st.lists(
    st.builds(Candidate, st.just(""), some(MARKETS), st.sampled_from(["posix", "windows"]), some(ACCESS)),
    max_size=12,
).map(
    lambda fleet: [
        Candidate(f"pc-{i}", each.markets, each.system, each.access) for i, each in enumerate(fleet)
    ]
)


def covered(fleet: list[Candidate]) -> frozenset[tuple[str, str, str]]:
    return frozenset(combination for each in fleet for combination in each.combinations)


@given(FLEETS)
@settings(max_examples=300)
def test_canaries_cover_every_combination_and_none_is_needless(fleet: list[Candidate]) -> None:
    names = canaries(fleet)
    chosen = [each for each in fleet if each.name in names]
    assert names == tuple(each.name for each in chosen), "part of the fleet, in inventory order"
    assert covered(chosen) == covered(fleet)
    for one in chosen:
        assert covered([each for each in chosen if each is not one]) < covered(fleet)
    assert canaries(chosen) == names
    assert canaries(fleet) == names


def test_the_first_of_equals_goes_first() -> None:
    fleet = [Candidate(name, ("hkscc",), "windows", ("dns",)) for name in ("pc-9", "pc-1", "pc-5")]
    assert canaries(fleet) == ("pc-9",)


def test_one_canary_per_market_system_kind_and_access() -> None:
    fleet = [
        Candidate("dns", ("hkscc",), "windows", ("dns",)),
        Candidate("both", ("hkscc", "derivatives"), "windows", ("dns", "ip_address")),
        Candidate("linux", ("derivatives",), "posix", ("ip_address",)),
        Candidate("bystander", (), "posix", ()),
    ]
    assert canaries(fleet) == ("both", "linux")


@pytest.mark.parametrize(
    ("total", "failed", "unreachable", "limit", "stops", "stops_in_contingency"),
    [
        (10, 0, 0, 0, False, False),
        (10, 1, 0, 0, True, True),
        (10, 0, 1, 0, True, False),
        (10, 1, 1, 20, False, False),
        (10, 1, 2, 20, True, False),
        (10, 3, 0, 20, True, True),
        (10, 0, 10, 100, False, False),
        (3, 1, 0, 33.3, True, True),
        (3, 1, 0, 33.4, False, False),
        (0, 0, 0, 0, False, False),
    ],
)
def test_the_bound_counts_unreachable_ones_but_not_in_contingency(
    total: int, failed: int, unreachable: int, limit: float, stops: bool, stops_in_contingency: bool
) -> None:
    assert bool(bound(total, failed, unreachable, limit, contingency=False)) == stops
    assert bool(bound(total, failed, unreachable, limit, contingency=True)) == stops_in_contingency


def test_the_bound_says_what_it_counted_and_cannot_be_forced() -> None:
    refusal = bound(10, 1, 2, 20, contingency=False)
    assert refusal
    assert refusal.what == "1 failed and 2 unreachable of 10 workstations are more than the 20 % allowed"
    assert not refusal.overridable


@pytest.mark.parametrize("limit", [-1, 100.5])
def test_a_bound_that_is_no_percentage_is_refused(limit: float) -> None:
    with pytest.raises(GateError, match="drill_failure_limit"):
        bound(10, 0, 0, limit, contingency=False)


@pytest.mark.parametrize("contingency", [False, True])
def test_a_failed_canary_stops_the_rest_always(contingency: bool) -> None:
    refusal = canary_verdict(("a", "b", "c"), {"b", "c", "x"}, {"a"}, contingency)
    assert refusal
    assert refusal.where == "canary b, c"
    assert "--limit 'all:!b:!c'" in refusal.remedy
    assert not refusal.overridable


def test_an_unreachable_canary_stops_a_drill_only() -> None:
    refusal = canary_verdict(("a", "b"), {"x"}, {"b", "y"}, contingency=False)
    assert refusal
    assert refusal.where == "canary b"
    assert "Power it on, leave it out with --limit 'all:!b', or give drill_force a reason" in refusal.remedy
    assert refusal.overridable
    assert canary_verdict(("a", "b"), {"x"}, {"b", "y"}, contingency=True) is None


def test_sound_canaries_stop_nobody() -> None:
    assert canary_verdict(("a", "b"), {"x"}, {"y"}, contingency=False) is None
