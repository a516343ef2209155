# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.progress_line import (
    Heard,
    Progress,
    columns,
    drawn,
    line,
    wanted,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = [f"ws-{number:02}" for number in range(1, 31)]
ANSWERS = st.lists(st.tuples(st.sampled_from([*NAMES, "stranger"]), st.sampled_from(Heard)))


def heard(*answers: tuple[str, Heard], step: str = "Write on the rest") -> Progress:
    progress = Progress(frozenset(NAMES)).next(step)
    for name, what in answers:
        progress = progress.hear(name, what)
    return progress


def some(number: int, start: int = 0) -> frozenset[str]:
    return frozenset(f"ws-{n}" for n in range(start, start + number))


def test_the_line() -> None:
    progress = heard(("ws-01", Heard.DONE), ("ws-02", Heard.PENDING), ("ws-03", Heard.FAILED))
    assert line(progress, 80) == "Write on the rest: 1 done, 1 failed, 1 pending, 27 remaining"


def test_who_dropped_out_stays_so_in_the_next_step() -> None:
    progress = heard(("ws-01", Heard.DONE), ("ws-02", Heard.PENDING), ("ws-03", Heard.FAILED)).next("Prove")
    assert line(progress, 80) == "Prove: 0 done, 1 failed, 1 pending, 28 remaining"


@given(ANSWERS, ANSWERS)
def test_each_workstation_is_counted_once_by_its_last_answer(
    before: list[tuple[str, Heard]], after: list[tuple[str, Heard]]
) -> None:
    progress = heard(*before).next("Prove")
    for name, what in after:
        progress = progress.hear(name, what)
    dropped = {name: what for name, what in dict(before).items() if what is not Heard.DONE}
    last = {name: what for name, what in {**dropped, **dict(after)}.items() if name in NAMES}
    counts = [len(progress.done), len(progress.failed), len(progress.pending), progress.remaining]
    assert counts == [*([*last.values()].count(what) for what in Heard), len(NAMES) - len(last)]


@given(st.text(), st.integers(0, 120), st.sampled_from([0, 7, 1000, 54321]))
def test_it_never_fills_the_terminal_and_is_printable(step: str, width: int, many: int) -> None:
    progress = Progress(some(many * 2 + 1), step, some(many), some(1, many), some(many - 1, many + 1))
    text = line(progress, width)
    assert columns(text) < max(width, 1)
    assert text.isprintable()


@given(st.text(max_size=60), st.integers(0, 120))
def test_the_counts_are_whole_and_the_first_to_be_kept(step: str, width: int) -> None:
    counts = "0 done, 0 failed, 0 pending, 30 remaining"
    text = line(heard(step=step), width)
    if len(counts) < width:
        assert text.endswith(counts)
    else:
        assert text == ("30 remaining" if len("30 remaining") < width else "")


def test_a_long_name_is_cut_and_a_wide_one_counts_twice() -> None:
    progress = heard(step="指向第二數據中心, every workstation of the whole fleet")
    assert line(progress, 62) == "指向第二數據中...: 0 done, 0 failed, 0 pending, 30 remaining"
    assert line(progress, 48) == "0 done, 0 failed, 0 pending, 30 remaining"


def test_no_control_character_of_a_name_reaches_the_terminal() -> None:
    assert line(heard(step="a\x1b[2J\r\nb"), 80).startswith("a?[2J??b: ")


def test_it_is_drawn_over_what_stands_there_and_the_cursor_waits_in_the_first_column() -> None:
    assert drawn("text") == "\r\x1b[Ktext\r"


@pytest.mark.parametrize("output", ["default", "ansible.builtin.default"])
def test_it_is_for_a_person_at_a_terminal(output: str) -> None:
    assert wanted(True, {"TERM": "xterm"}, 0, output)


@pytest.mark.parametrize(
    ("terminal", "environment", "verbosity", "output"),
    [
        (False, {"TERM": "xterm"}, 0, "default"),
        (True, {"TERM": "dumb"}, 0, "default"),
        (True, {"TERM": ""}, 0, "default"),
        (True, {}, 0, "default"),
        (True, {"TERM": "xterm", "CI": "true"}, 0, "default"),
        (True, {"TERM": "xterm"}, 1, "default"),
        (True, {"TERM": "xterm"}, 0, "ansible.posix.json"),
        (True, {"TERM": "xterm"}, 0, "ansible.posix.jsonl"),
        (True, {"TERM": "xterm"}, 0, "awx_display"),
    ],
)
def test_it_is_for_nobody_else(
    terminal: bool, environment: dict[str, str], verbosity: int, output: str
) -> None:
    assert not wanted(terminal, environment, verbosity, output)
