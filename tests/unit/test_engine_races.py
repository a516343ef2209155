# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others write between the engine's look and its write, other runs among them: nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    File,
    Key,
    Look,
    Refusal,
    Seen,
    Step,
)

from tests.unit.engine_runs import (
    DNS,
    HOSTS,
    NEW,
    PRIMARY,
    RESOLV,
    SECONDARY,
    closed,
    killed_halfway,
    levels,
    run,
    switched,
    world,
)
from tests.unit.engine_workstation import (
    Memory,
    foreign,
    led_to,
    line,
    setting,
)


@pytest.mark.parametrize("path", [HOSTS, RESOLV])
def test_what_changed_between_look_and_write_is_refused_and_untouched(path: str) -> None:
    memory = world()
    memory.before = [foreign(path, b"mine\n")]
    with pytest.raises(Refusal, match=f"{path}.*somebody changed it.*run it again"):
        run(memory)
    expected = world()
    foreign(path, b"mine\n")(expected)
    assert memory.targets() == expected.targets()
    assert closed(memory)
    assert run(memory.calm()).state == "changed"
    assert b"mine\n" in memory.files[path].content


@pytest.mark.parametrize(
    ("what", "edit"),
    [
        (NEW, foreign(NEW, b"mine\n")),
        ("registry/HKLM/NameServer", lambda memory: memory.settings.update({DNS: ["mine"]})),
    ],
)
def test_what_appeared_between_look_and_write_stays_and_the_rest_is_taken_back(
    what: str, edit: Callable[[Memory], None]
) -> None:
    memory = world()
    memory.before = [edit]
    outcome = run(memory)
    assert outcome.state == "conflict"
    assert (ERROR, what) in levels(outcome)
    expected = world()
    edit(expected)
    assert memory.targets() == expected.targets()
    assert closed(memory)
    assert memory.records()[-1]["event"] == "conflict"


def test_of_two_runs_that_looked_at_the_same_time_the_second_writes_nothing() -> None:
    memory, between = world(), []

    def other(memory: Memory) -> None:
        assert run(memory, PRIMARY).state == "changed"
        between.append(memory.state())

    memory.before = [other]
    with pytest.raises(Refusal):
        run(memory, SECONDARY)
    assert memory.state()[:2] == between[0][:2]
    assert memory.journal == between[0][3]


def another_switch(memory: Memory) -> None:
    switched(memory)


def test_two_runs_without_a_file_in_common_are_kept_apart_by_the_journal() -> None:
    memory = world()
    memory.before = [another_switch]
    with pytest.raises(Refusal, match="another run wrote"):
        run(memory, [setting("Other", "x")])
    assert Key("registry", "HKLM", "Other") not in memory.settings
    assert memory.targets() == switched().targets()


def test_two_runs_that_would_both_take_back_a_third_are_kept_apart() -> None:
    memory = killed_halfway()
    memory.before = [another_switch]
    with pytest.raises(Refusal, match="another run wrote"):
        run(memory, SECONDARY)
    assert memory.targets() == switched().targets()
    assert closed(memory)


def test_a_run_that_looks_while_another_writes_is_refused() -> None:
    memory = Memory(files={"/pointer": File(b"/far"), "/far": File(b"rap 1\n")})
    visit = memory.visit

    def interrupted(steps: Sequence[Step], look: Look) -> Seen:
        seen = visit(steps, look)
        memory.visit = visit  # type: ignore[method-assign]
        run(memory, [line("/far", b"rap", b"3")])
        return seen

    memory.visit = interrupted  # type: ignore[method-assign]
    with pytest.raises(Refusal, match="ws1: another run wrote"):
        run(memory, [led_to("/pointer", b"rap", b"2")])
    assert memory.files["/far"].content == b"rap 3\n"
