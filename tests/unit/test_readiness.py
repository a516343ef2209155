# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each rule on registration and addresses, by a fleet that breaks only that one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.readiness import told

from tests.unit.readiness_fleets import (
    BANK,
    BROKEN,
    CONTINGENCY,
    DRILLS,
    GOOD,
    PRACTICE,
    REHEARSAL,
    SESSIONS,
    but,
    hkscc,
    judged,
    names,
)


@pytest.mark.parametrize("drill", DRILLS)
def test_the_fleet_that_obeys_does_so_in_every_drill(drill: str) -> None:
    assert judged(GOOD, drill) == ()


@pytest.mark.parametrize(
    ("rule", "workstations", "drill", "broken", "said"),
    BROKEN,
    ids=[f"{rule}-{drill[:7]}-{at}" for at, (rule, _names, drill, *_) in enumerate(BROKEN)],
)
def test_one_rule_is_broken_and_nothing_else_found(
    rule: str, workstations: str, drill: str, broken: dict[str, Any], said: list[str]
) -> None:
    (verdict,) = judged(broken, drill)
    warnings = {"different-ranges", "own-networks-unknown", "unknown-workstation"}
    assert (verdict.rule, verdict.workstations) == (rule, tuple(workstations.split()))
    # Nobody printed a limit before the raise of 2025.
    assumed = rule.endswith(("-per-account", "-per-participant")) and drill not in (PRACTICE, CONTINGENCY)
    assert verdict.level == ("warning" if rule in warnings or assumed else "error")
    assert all(part in str(verdict) for part in (*said, *workstations.split())), str(verdict)
    level, where, what, remedy = verdict.finding
    assert (level, where, remedy) == (verdict.level, verdict.where, verdict.remedy) and verdict.source in what
    assert all(part in f"{where}: {what}. {remedy}" for part in said)


@pytest.mark.parametrize(
    ("drill", "obeying"),
    [
        (PRACTICE, hkscc(4)),
        (PRACTICE, names("CB12345001", "CB12345002", "CB12345003")),
        (PRACTICE, names("CBNK001001", "CBNK001002", **BANK)),
        (PRACTICE, names(*(f"DCZ9Z00{n}" for n in range(1, 5)), market="derivatives")),
        # A bank that is a General Clearing Participant too has the accounts of both.
        (
            PRACTICE,
            names(
                *("CB12345001", "CB12345002", "CB12345003", "CBNK001001", "CBNK001002"),
                kinds=["designated_bank", "general_clearing", "hkcc"],
            ),
        ),
        # The form of names is printed in 2025 only; a custodian had no RAP before, and so no limits.
        (REHEARSAL, names("C12345001")),
        (REHEARSAL, but(kinds=["custodian"], hkscc={"CB12345002": {}})),
        # Who could not be looked at, or takes no part, is judged by what is registered alone.
        (CONTINGENCY, but(seen={})),
        (CONTINGENCY, but(hkscc={"CB12345002": {"asleep": "10.135.7.7"}})),
        # A site may say by itself what its SDNet is.
        (REHEARSAL, but(seen={"terminal": ["10.99.0.1"]}, sdnet={"terminal": ["10.99.0.0/16"]})),
        # Neither market is the other one's business.
        (REHEARSAL, but(derivatives={"dcabc": {"d1": "1.2.3.4", "d9": "10.0.0.1"}}, seen={"d1": []})),
        (SESSIONS, but(hkscc={"x": {"s1": "1.2.3.4", "s9": "10.0.0.1"}}, seen={"s1": [], "terminal": []})),
    ],
)
def test_what_is_allowed_is_left_alone(drill: str, obeying: dict[str, Any]) -> None:
    assert judged(obeying, drill) == ()


def test_a_workstation_that_uses_no_rap_has_no_keys_of_an_account_either() -> None:
    (verdict,) = judged(but(rap_keys={"terminal": ["CB12345001"]}))
    assert (verdict.rule, verdict.workstations) == ("keys-of-others", ("terminal",))


def test_of_who_is_not_in_the_run_the_names_are_told_as_a_warning() -> None:
    """They are refused when they are in one; who is in this one has no part in it."""
    (verdict,) = judged(but(seen={"s2": ["10.135.2.3"]}))
    of, (finding,) = told([verdict], ["s1"])
    assert verdict.level == "error" and not of
    assert finding.level == "warning" and finding.what.startswith("s2: 10.135.2.2 is registered for s2")
    assert (finding.where, finding.remedy) == (verdict.where, verdict.remedy)


def test_the_gravest_comes_first() -> None:
    broken = but(
        networks=[], seen={"terminal": []}, hkscc={"CB12345001": {"s1": "10.135.1.1", "s9": "10.177.1.1"}}
    )
    assert [(verdict.level, verdict.rule) for verdict in judged(broken)] == [
        ("error", "outside-sdnet"),
        ("error", "unregistered"),
        ("warning", "unknown-workstation"),
        ("warning", "own-networks-unknown"),
        ("warning", "different-ranges"),
    ]


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(Refusal, match="it is no IP"):
        judged(but(seen={"terminal": ["x"]}))
