# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results tell what changed, and no secret."""

from __future__ import annotations

import json

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    Assign,
    Concern,
    Edit,
    File,
    Finding,
    Key,
    Look,
    Outcome,
    Plan,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.result import HIDDEN, observation, result

SECRET = "hunter2-planted"
KEY = Key("registry", r"HKU\S-1\Software\Client", "Password")


def outcome(*edits: Edit, state: str = "changed", findings: tuple[Finding, ...] = ()) -> Outcome:
    content = f"host=10.1 pass={SECRET}".encode()
    seen = Seen(files={"/client.xml": File(content)}, settings={KEY: SECRET})
    return Outcome(state, Plan(edits, findings=findings), seen, seen, 1)


def test_what_is_marked_as_secret_is_nowhere_in_the_result() -> None:
    told = result(
        outcome(
            Splice("/client.xml", 10, f"pass={SECRET}".encode(), f"pass=x{SECRET}".encode(), secret=True),
            Assign(KEY, SECRET, f"x{SECRET}", secret=True),
        ),
        (),
        diff=True,
    )
    assert SECRET not in json.dumps(told)
    assert [edit["new"] for edit in told["edits"]] == [HIDDEN, HIDDEN]
    assert {each["before_header"] for each in told["diff"]} == {"/client.xml", "/".join(KEY)}


def test_what_is_no_secret_is_told_and_nothing_beside_it() -> None:
    told = result(outcome(Splice("/client.xml", 5, b"10.1", b"10.2")), (), diff=True)
    assert (told["edits"][0]["old"], told["edits"][0]["new"]) == ("10.1", "10.2")
    assert SECRET not in json.dumps(told)


@pytest.mark.parametrize("state", ["undone", "conflict"])
def test_a_change_that_did_not_hold_is_a_failure_with_its_reasons(state: str) -> None:
    why = Finding(ERROR, "/client.xml", "is back to what it was", "Exempt it")
    told = result(outcome(state=state, findings=(why,)), (), diff=False)
    assert told["failed"] is True and "/client.xml: is back to what it was. Exempt it." in told["msg"]
    assert "diff" not in told


def test_a_state_that_cannot_be_planned_from_is_not_as_asked() -> None:
    def plan(options: object, seen: Seen) -> Plan:
        raise Refusal("x", "y", "z")

    concern = Concern("thing", None, lambda options, seen: Look(), plan, lambda options, seen: {"is": 1})
    assert result(outcome(), [concern], diff=False)["before"] == {"thing": {"is": 1, "as_asked": False}}


def test_a_look_calls_nothing_as_asked_that_has_an_error_and_a_write_predicts_what_it_can() -> None:
    """Whether servers that are set are asked nobody can see in a state that is only predicted."""
    plan = Plan(findings=(Finding(ERROR, "adapter", "another server is asked"),))
    concern = Concern("it", None, lambda _options, _seen: Look(), lambda _options, _seen: plan, lambda *_: {})
    assert observation(outcome(), [concern])["it"]["as_asked"] is False
    assert result(outcome(), [concern], diff=False)["after"]["it"]["as_asked"] is True
