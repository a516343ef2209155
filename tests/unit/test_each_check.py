# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For each check there is a workstation that fails only that one, and its message says all that is needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils import readiness
from ansible_collections.hkex.drill.plugins.plugin_utils.table import Found, Row, render

from tests.unit.each_check_pc import NAME
from tests.unit.each_check_rows import KINDS, ROWS
from tests.unit.each_check_sites import ELSEWHERE, MODULES, NO_CHECKS, Site, faults, finders, reached, sites
from tests.unit.each_check_spoils import INFO
from tests.unit.each_check_told import told
from tests.unit.readiness_fleets import BROKEN, judged

SHOWN = ("error", "pending", "warning")


@cache
def in_order(kind: Any) -> tuple[dict[str, str], ...]:
    """What is said of a workstation of which nothing is to be said: that which no setting can mend."""
    return tuple(told(kind()))


@cache
def spoilt(at: int) -> tuple[tuple[dict[str, str], ...], frozenset[Site]]:
    """What is said of the workstation of a row besides, and where in the code that was."""
    row = ROWS[at]
    pc = row.kind()
    row.spoil(pc)
    with reached() as found:
        said = told(pc)
    return tuple(each for each in said if each not in in_order(row.kind)), frozenset(found)


def message(name: str, finding: Mapping[str, str]) -> str:
    """What an administrator reads of it in the end."""
    return render([Row(name, "rap")], [Found(name, **finding)])


def complete(name: str, finding: Mapping[str, str], source: str) -> None:
    """It names workstation, place, fact, rule with its source, and remedy; who may not be written to is told so."""
    assert all(finding[part].strip() for part in ("where", "what", "remedy"))
    assert not finding["remedy"].endswith(".")
    if source:
        assert re.search(rf"\((.*; |follows from )?{re.escape(source)}", finding["what"]), finding["what"]
    if finding["level"] in SHOWN:
        text = message(name, finding)
        assert all(part in text for part in (name, finding["where"], finding["what"], finding["remedy"]))
    refusal = readiness.refusal(name, [finding])
    assert bool(refusal) == (finding["level"] == "error")
    assert not refusal or (refusal.startswith(f"{name} is not ready") and finding["where"] in refusal)


@pytest.mark.parametrize("kind", KINDS, ids=[f"{kind().system}, {kind().how}" for kind in KINDS])
def test_of_a_workstation_that_is_in_order_nothing_is_to_be_said(kind: Any) -> None:
    assert {each["level"] for each in in_order(kind)} <= {INFO}


def test_every_kind_that_is_spoilt_is_in_order_before() -> None:
    assert {(row.kind().system, row.kind().how) for row in ROWS} <= {(k().system, k().how) for k in KINDS}


@pytest.mark.parametrize("at", range(len(ROWS)), ids=[f"{row.check}: {row.said[:30]}" for row in ROWS])
def test_a_workstation_fails_only_the_one_check(at: int) -> None:
    row, (found, _reached) = ROWS[at], spoilt(at)
    (finding,) = [each for each in found if row.level == INFO or each["level"] != INFO]
    assert finding["level"] == row.level and row.said in finding["what"], finding
    complete(NAME, finding, row.source)


def test_a_fleet_that_breaks_only_one_rule_says_it_to_each_workstation_that_is_concerned() -> None:
    for rule, names, drill, fleet, _said in BROKEN:
        (verdict,) = judged(fleet, drill)
        of, rest = readiness.told([verdict], names.split())
        assert list(of) == names.split() and not rest, rule
        for name, (finding,) in of.items():
            complete(name, finding._asdict(), verdict.source.removeprefix("follows from "))


# ---- none is missing -----------------------------------------------------------------------------------------------


def test_every_place_that_says_something_has_a_row() -> None:
    with reached() as found:
        for *_rule, drill, fleet, _said in BROKEN:
            judged(fleet, drill)
    known = found.union(*(spoilt(at)[1] for at in range(len(ROWS))))
    missing = [site for site in sites() if site not in known]
    lines = [f"{sites()[site]}, line {site[1]}" for site in missing]
    assert Counter(sites()[site] for site in missing) == NO_CHECKS, (
        f"give each a row in each_check_rows: {lines}"
    )


def test_everything_that_can_be_wrong_with_a_bookmark_has_a_row() -> None:
    said = [finding["what"] for at in range(len(ROWS)) for finding in spoilt(at)[0]]
    assert [fault for fault in faults() if not any(fault in what for what in said)] == []


def test_no_module_makes_findings_unseen() -> None:
    assert {name for name in finders() if not ELSEWHERE.fullmatch(name)} <= set(MODULES)
