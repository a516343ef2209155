# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tags of a run ask for, and the pretended time of a sandbox."""

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.gate import (
    SWITCHES,
    GateError,
    pretend,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.tags import TAGS, phase_of_tags
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.gate_drills import at


@pytest.mark.parametrize("phase", TAGS)
def test_a_phase_is_what_its_tag_says(phase: str) -> None:
    assert phase_of_tags([phase]) == phase
    assert phase_of_tags([f" {phase} ", ""], ["slow"]) == phase


@pytest.mark.parametrize(
    "tags", [[], [""], ["all"], ["always"], ["tagged"], ["untagged"], ["all", "always", "tagged", "untagged"]]
)
def test_untagged_is_harmless(tags: list[str]) -> None:
    assert phase_of_tags(tags) is None


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        (["to-secondry"], "--tags to-secondry: no phase is called so. Did you mean to-secondary?"),
        (["to_primary"], "Did you mean to-primary?"),
        (
            ["scheduled"],
            "no phase is called so. Did you mean schedule? Exactly one phase a run: pre-drill",
        ),
        (["schedule", "cleanup"], "--tags cleanup,schedule: these are several phases"),
        (["to-secondary", "to-primary"], "--tags to-primary,to-secondary: these are several phases"),
        (["to-primary", "rollback"], "several phases"),
        (["status", "cleanup"], "several phases"),
        (["all", "to-primary"], "to-primary does not stand alone"),
        (["never"], "it would run every phase at once"),
        (["never", "status"], "it would run every phase at once"),
    ],
)
def test_contradictory_tags_are_refused(tags: list[str], text: str) -> None:
    with pytest.raises(GateError) as error:
        phase_of_tags(tags)
    assert text in str(error.value)


@pytest.mark.parametrize("skipped", ["always", "never", "all", "tagged", "untagged", *TAGS])
def test_nothing_that_guards_may_be_skipped(skipped: str) -> None:
    with pytest.raises(GateError, match=f"--skip-tags {skipped}: it would cut out the gate"):
        phase_of_tags(["to-secondary"], [skipped])


@given(st.lists(st.sampled_from([*TAGS, "all", "always", "never", "tagged", "untagged", "x"]), max_size=4))
def test_at_most_one_phase_ever_comes_of_tags(tags: list[str]) -> None:
    try:
        phase = phase_of_tags(tags)
    except GateError:
        return
    assert SWITCHES.intersection(tags) <= {phase}
    assert phase is None or set(tags) == {phase}


# --- pretend time ---------------------------------------------------------------------------------------------


def test_only_a_sandbox_pretends_a_time() -> None:
    assert pretend("2021-11-06T12:15", sandbox=True) == at("2021-11-06T12:15")
    assert pretend("2021-11-06T04:15Z", sandbox=True) == at("2021-11-06T12:15")
    with pytest.raises(GateError, match="only a sandbox inventory"):
        pretend("2021-11-06T12:15", sandbox=False)
    with pytest.raises(Refusal, match="drill_pretend_now: 'noon' is no date with a time of day"):
        pretend("noon", sandbox=True)
