# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a trail says of what has been done before."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.history import last_phase, recorded_keys

SWITCHES = {"to-secondary", "to-primary"}
REHEARSAL = "2021-11-06-ccass-failover-rehearsal"


def result(phase: str, **more: Any) -> dict[str, Any]:
    detail = (
        {"step": "write"}
        if phase != "pre-drill"
        else {"step": "look", "rap_keys": {"CA10001001": "SHA256:a"}}
    )
    record = {"event": "result", "drill": "contingency", "occurrence": None, "check": False, "host": "pc-1"}
    return {**record, "phase": phase, "detail": detail, **more}


def test_a_trail_without_a_switch_has_none() -> None:
    assert last_phase([], "contingency", SWITCHES) is None
    assert last_phase([result("pre-drill")], "contingency", SWITCHES) is None


@pytest.mark.parametrize(
    "more",
    [
        {"check": True},
        {"drill": REHEARSAL},
        {"detail": {"step": "look"}},
        {"detail": None},
        {"event": "failed"},
        {"phase": "status"},
    ],
)
def test_the_last_switch_is_that_of_the_drill_which_really_wrote(more: dict[str, Any]) -> None:
    there, back = result("to-secondary"), result("to-primary")
    assert last_phase([there, {**back, **more}], "contingency", SWITCHES) == "to-secondary"
    assert last_phase([there, {**back, **more}, back], "contingency", SWITCHES) == "to-primary"


def test_the_keys_are_those_of_the_last_pre_drill_of_the_occurrence() -> None:
    seen = [
        result("pre-drill", detail={"rap_keys": {"CA10001001": "SHA256:old"}}),
        result("pre-drill"),
        result("pre-drill", host="pc-2", detail={"rap_keys": {"CA10001001": "SHA256:b"}}),
        result("pre-drill", check=True, detail={"rap_keys": {"CA10001001": "SHA256:check"}}),
        result("pre-drill", occurrence="2024-11-30", detail={"rap_keys": {"CA10001001": "SHA256:other"}}),
        result("pre-drill", detail={"step": "write"}),
        *(result("pre-drill", detail={"rap_keys": odd}) for odd in (["CA10001001"], "SHA256:a", 7, True)),
        result("status", detail={"rap_keys": {"CA10001001": "SHA256:new"}}),
    ]
    assert recorded_keys(seen, "contingency", None) == {
        "pc-1": {"CA10001001": "SHA256:a"},
        "pc-2": {"CA10001001": "SHA256:b"},
    }
    assert recorded_keys(seen, REHEARSAL, None) == {}
