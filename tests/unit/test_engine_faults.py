# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults at any step of a run, and programs that undo what it wrote: no system stays half moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    File,
    Look,
    Refusal,
    Seen,
    Step,
    sha256,
)

from tests.unit.engine_runs import (
    HOSTS,
    RESOLV,
    back,
    closed,
    contents,
    levels,
    run,
    switched,
    whole,
    world,
)
from tests.unit.engine_workstation import (
    BLOBS,
    Memory,
    foreign,
)

# ---- faults --------------------------------------------------------------------------------------------------------


def faults() -> Iterator[tuple[int, Memory]]:
    """A workstation for each step of the switch, on which that step cannot be carried out."""
    memory = switched()
    yield from ((step, Memory(**{**vars(world()), "stop_at": step})) for step in range(1, memory.steps + 1))


def test_a_fault_at_any_step_leaves_the_workstation_as_it_was_and_the_next_run_completes() -> None:
    wanted = switched()
    for step, memory in faults():
        try:
            outcome = run(memory)
        except Refusal as refusal:
            assert "the disk is full" in str(refusal)
            assert "egin" not in memory.journal
        else:
            assert outcome.state == "undone", step
            assert (ERROR, "the write") in levels(outcome)
            assert contents(outcome.after) == contents(outcome.before)
            assert outcome.transaction == 1
        assert memory.targets() == world().targets(), step
        assert closed(memory)
        assert run(memory.calm()).state == "changed"
        assert memory.targets() == wanted.targets()
        back(memory)
        assert memory.targets() == world().targets(), step


def test_a_second_fault_while_taking_back_is_said_and_the_next_run_goes_on() -> None:
    wanted, seen_conflict = switched(), 0
    last = wanted.steps - 1
    for second in range(last + 1, last + 9):
        memory = world()
        memory.after = [lambda memory: setattr(memory, "stop_at", second)]  # noqa: B023
        memory.stop_at = last
        outcome = run(memory)
        assert outcome.state in ("undone", "conflict")
        if outcome.state == "conflict":
            seen_conflict += 1
            assert levels(outcome)[-1] == (ERROR, "taking the write back")
            assert "next run" in outcome.plan.findings[-1].remedy
        assert whole(memory, world(), wanted)
        run(memory.calm())
        assert memory.targets() == wanted.targets()
        assert closed(memory)
    assert seen_conflict == 7


# ---- programs that meddle ------------------------------------------------------------------------------------------


def test_a_write_that_something_reverts_is_said_and_nothing_stays_half_moved() -> None:
    memory = world()
    memory.after = [lambda memory: memory.files.update({HOSTS: world().files[HOSTS]})]
    outcome = run(memory)
    assert outcome.state == "undone"
    assert levels(outcome) == [(ERROR, HOSTS)]
    assert "back to what it was before" in outcome.plan.findings[0].what
    assert memory.targets() == world().targets()
    assert contents(outcome.after) == contents(outcome.before)
    assert [record["event"] for record in memory.records()] == ["begin", "done", "undo", "undone"]


def test_a_write_that_something_replaces_is_left_to_it_and_the_rest_is_taken_back() -> None:
    memory = world()
    memory.after = [foreign(RESOLV, b"# generated\n")]
    outcome = run(memory)
    assert outcome.state == "conflict"
    assert levels(outcome) == [(ERROR, RESOLV), (ERROR, RESOLV)]
    assert f"{BLOBS}/{sha256(world().files[RESOLV].content)}" in outcome.plan.findings[1].remedy
    expected = world()
    foreign(RESOLV, b"# generated\n")(expected)
    assert memory.targets() == expected.targets()
    assert closed(memory)


def test_a_mode_that_moved_with_the_write_is_taken_back() -> None:
    memory = world()
    memory.after = [
        lambda memory: memory.files.update({HOSTS: File(memory.files[HOSTS].content, "0666 0:0")})
    ]
    outcome = run(memory)
    assert outcome.state == "undone"
    assert levels(outcome) == [(ERROR, HOSTS)]
    assert "mode, owner or attributes" in outcome.plan.findings[0].what
    assert {path: file.content for path, file in memory.files.items()} == {
        path: file.content for path, file in world().files.items()
    }


@pytest.mark.parametrize("visit", [2, 3])
def test_what_cannot_be_looked_at_after_the_write_is_not_called_unchanged(visit: int) -> None:
    memory = world()
    memory.after = [lambda memory: memory.files.update({HOSTS: world().files[HOSTS]})]
    real = memory.visit

    def blind(steps: Sequence[Step], look: Look) -> Seen:
        seen = real(steps, look)
        if memory.visits == visit:
            raise Refusal(HOSTS, "is not a regular file", "Give the path of the file itself")
        return seen

    memory.visit = blind  # type: ignore[method-assign]
    outcome = run(memory)
    assert outcome.state == "conflict"
    assert levels(outcome)[-1] == (ERROR, HOSTS)
    assert "after the write" in outcome.plan.findings[-1].what
