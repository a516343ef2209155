# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that are killed at any instant: whole files, and a next run that finishes or takes back."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    WARNING,
    Concern,
    File,
    Refusal,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.engine_runs import (
    FILES,
    HOSTS,
    NEW,
    RESOLV,
    SECONDARY,
    WISHES,
    back,
    closed,
    contents,
    killed_halfway,
    kills,
    levels,
    run,
    switched,
    whole,
    world,
)
from tests.unit.engine_workstation import (
    Killed,
    Memory,
    foreign,
)


def reverted() -> Memory:
    """A workstation on which something reverts the host table right after the write: the switch is taken back."""
    memory = world()
    memory.after = [lambda memory: memory.files.update({HOSTS: world().files[HOSTS]})]
    return memory


def test_after_a_kill_at_any_instant_files_are_whole_and_the_next_run_completes() -> None:
    wanted = switched()
    assert [len(list(kills(start))) for start in (world, reverted)] == [25, 42]
    for start in (world, reverted):
        for instant, memory in kills(start):
            assert whole(memory, world(), wanted), instant
            state = memory.state()
            predicted = run(memory, check=True)
            assert memory.state() == state
            outcome = run(memory)
            assert contents(predicted.after) == contents(outcome.after)
            assert predicted.state == outcome.state
            assert memory.targets() == wanted.targets(), instant
            assert closed(memory), instant
            assert not [level for level, _where in levels(outcome) if level == ERROR]
            back(memory)
            assert memory.targets() == world().targets(), instant


def test_after_a_kill_at_any_instant_rollback_alone_returns_to_before() -> None:
    for start in (world, reverted):
        for instant, memory in kills(start):
            back(memory)
            assert memory.targets() == world().targets(), instant
            assert closed(memory)


def test_a_run_that_comes_after_a_kill_may_be_killed_as_well() -> None:
    wanted = switched()
    for _instant, first in kills(world):
        for instant, memory in kills(lambda: copy.deepcopy(first)):  # noqa: B023
            assert whole(memory, world(), wanted)
            run(memory)
            assert memory.targets() == wanted.targets(), instant
            assert closed(memory)


def test_a_kill_while_something_is_rolled_back_is_completed_by_the_next_rollback() -> None:
    for instant in range(1, 100):
        memory = switched()
        memory.kill_at = memory.instants + instant
        try:
            back(memory)
        except Killed:
            assert whole(memory, world(), switched())
            back(memory.calm())
            assert memory.targets() == world().targets()
            assert closed(memory)
        else:
            assert instant > 10
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("path", [HOSTS, RESOLV, NEW])
def test_after_a_kill_somebodys_edit_is_left_alone_and_named_and_the_rest_is_taken_back(path: str) -> None:
    begun = 0
    for instant, memory in kills(world):
        open_ = journal.cut_off(memory.records()) is not None
        foreign(path, b"mine\n")(memory)
        outcome = run(memory, [])
        expected = world() if open_ or "done" not in memory.journal else switched()
        foreign(path, b"mine\n")(expected)
        assert memory.targets() == expected.targets(), instant
        assert closed(memory)
        if open_:
            begun += 1
            assert (WARNING, path) in levels(outcome)
            assert memory.records()[-1]["event"] == "conflict"
            run(memory)
            assert b"mine\n" in memory.files[path].content
    assert begun > 10


def test_what_a_killed_run_had_written_entirely_counts_as_done() -> None:
    memory = next(memory for _instant, memory in kills(world) if whole(memory, switched()))
    assert journal.cut_off(memory.records()) is not None
    outcome = run(memory)
    assert outcome.state in ("changed", "unchanged")
    last = [memory for _instant, memory in kills(world) if journal.cut_off(memory.records())][-1]
    outcome = run(last)
    assert (outcome.state, levels(outcome)) == ("unchanged", [(INFO, "journal")])
    assert closed(last)


def test_what_was_going_to_be_taken_back_is_not_finished_after_a_kill() -> None:
    def moved() -> Memory:
        memory = world()
        memory.after = [
            lambda memory: memory.files.update({HOSTS: File(memory.files[HOSTS].content, "0666 0:0")})
        ]
        return memory

    announced = [
        memory
        for _instant, memory in kills(moved)
        if memory.records()[2:] and memory.records()[2]["event"] == "undo"
    ]
    wanted = {path: file.content for path, file in switched().files.items()}
    assert {path: file.content for path, file in announced[0].files.items()} == wanted
    for memory in announced:
        assert run(memory, []).state in ("changed", "unchanged")
        assert memory.records()[-1]["event"] == "undone"
        assert {path: file.content for path, file in memory.files.items()} == {
            path: file.content for path, file in world().files.items()
        }


def test_taking_back_what_a_killed_run_had_written_is_a_change() -> None:
    memory = killed_halfway()
    assert run(memory, [], check=True).state == "changed"
    outcome = run(memory, [])
    assert (outcome.state, outcome.transaction) == ("changed", None)
    assert (WARNING, "journal") in levels(outcome)
    assert memory.targets() == world().targets()


@pytest.mark.parametrize("wishes", [SECONDARY, ()])
def test_a_fault_while_a_killed_run_is_taken_back_says_so_and_changes_nothing_new(
    wishes: tuple[Concern, ...],
) -> None:
    memory = killed_halfway()
    memory.stop_at = memory.steps + 2
    with pytest.raises(Refusal, match=r"taking back transaction 1.*the disk is full.*run it again"):
        run(memory, wishes)
    assert whole(memory, world(), switched())
    run(memory.calm())
    assert memory.targets() == switched().targets()
    assert closed(memory)


@settings(max_examples=60)
@given(FILES, WISHES, WISHES, st.integers(1, 40), st.integers(1, 30))
def test_whatever_is_asked_for_and_whenever_it_is_killed(
    files: dict[str, File], first: list[Concern], second: list[Concern], instant: int, again: int
) -> None:
    memory = Memory(files=dict(files), kill_at=instant)
    for wishes in (first, second):
        try:
            run(memory, wishes)
        except Killed:
            memory.kill_at = memory.instants + again
    run(memory.calm(), second)
    assert run(memory, second, check=True).state == "unchanged"
    assert closed(memory)
    back(memory)
    assert memory.targets() == Memory(files=files).targets()
