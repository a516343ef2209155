# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's laws on a workstation in memory: truth, idempotence, way back, whole files, nobody's work lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Concern,
    File,
    Look,
    Probe,
    Refusal,
    Seen,
    Step,
    sha256,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.engine_runs import (
    DNS,
    DRILL,
    FILES,
    HOSTS,
    NEW,
    PRIMARY,
    RESOLV,
    SECONDARY,
    WISHES,
    back,
    clock,
    contents,
    run,
    switched,
    world,
)
from tests.unit.engine_workstation import (
    BLOBS,
    Memory,
    foreign,
    insatiable,
    led_to,
    line,
    refusing,
    setting,
)

# ---- any workstation, any wishes -----------------------------------------------------------------------------------


@given(FILES, WISHES)
def test_check_mode_tells_the_truth_and_writes_nothing(files: dict[str, File], wishes: list[Concern]) -> None:
    memory = Memory(files=files)
    before = memory.state()
    predicted = run(memory, wishes, check=True)
    assert memory.state() == before
    real = run(memory, wishes)
    assert predicted.state == real.state
    assert contents(predicted.after) == contents(real.after)
    assert predicted.after.settings == real.after.settings
    assert contents(real.after) == {
        path: memory.files[path].content if path in memory.files else None for path in real.after.files
    }
    assert predicted.plan == real.plan
    assert contents(predicted.before) == contents(real.before)


@given(FILES, WISHES)
def test_twice_is_once(files: dict[str, File], wishes: list[Concern]) -> None:
    memory = Memory(files=files)
    first = run(memory, wishes)
    after, visits = memory.state(), memory.visits
    second = run(memory, wishes)
    assert (second.state, second.transaction) == ("unchanged", None)
    assert memory.state() == after
    assert visits == (2 if first.state == "changed" else 1)
    assert memory.visits == visits + 1


@given(FILES, st.lists(WISHES, min_size=1, max_size=4))
def test_rollback_returns_to_the_first_state_byte_for_byte(
    files: dict[str, File], wishes: list[list[Concern]]
) -> None:
    memory = Memory(files=dict(files))
    before = memory.targets()
    for each in wishes:
        run(memory, each)
    changed = memory.targets() != before
    predicted = back(memory, check=True)
    outcome = back(memory)
    assert predicted.state == outcome.state == ("changed" if changed else "unchanged")
    assert contents(predicted.after) == contents(outcome.after)
    assert memory.targets() == before
    after = memory.state()
    assert back(memory).state == "unchanged"
    assert memory.state() == after


@given(FILES)
def test_only_the_values_asked_for_move(files: dict[str, File]) -> None:
    memory = Memory(files=dict(files))
    run(memory, [line(HOSTS, b"rap", b"NEW")])
    old = files[HOSTS].content if HOSTS in files else b""
    first = re.search(rb"(?:\A|(?<=[\n\r]))rap ([^\n\r]*)", old)
    if first:
        expected = old[: first.start(1)] + b"NEW" + old[first.end(1) :]
    else:
        glue = b"\n" if old and old[-1:] not in b"\r\n" else b""
        expected = old + glue + b"rap NEW\n"
    assert memory.files[HOSTS].content == expected
    assert memory.files[HOSTS].attributes == (files[HOSTS].attributes if HOSTS in files else "new")
    assert {path: file for path, file in memory.files.items() if path != HOSTS} == {
        path: file for path, file in files.items() if path != HOSTS
    }


# ---- there and back ------------------------------------------------------------------------------------------------


def test_there_and_back_is_the_canonical_start() -> None:
    memory = world()
    run(memory, PRIMARY)
    start = memory.targets()
    run(memory, SECONDARY)
    assert memory.targets() != start
    run(memory, PRIMARY)
    assert memory.targets() == start


def test_rollback_goes_only_by_its_own_drill_and_occurrence() -> None:
    memory = world()
    run(memory, PRIMARY)
    between = memory.targets()
    engine.run(memory, SECONDARY, clock, DRILL[0], "another day")
    assert back(memory, whose=("another drill", DRILL[1])).state == "unchanged"
    assert back(memory, whose=(DRILL[0], "another day")).state == "changed"
    assert memory.targets() == between


def test_rollback_after_somebodys_edit_is_refused_with_the_place_of_what_was_there() -> None:
    memory = switched()
    foreign(HOSTS, b"mine\n")(memory)
    outcome = back(memory)
    (left,) = outcome.plan.findings
    found = sha256(world().files[HOSTS].content)
    assert (outcome.state, left.level, left.where) == ("changed", "error", HOSTS)
    assert f"{BLOBS}/{found}" in left.remedy and memory.blobs[found] == world().files[HOSTS].content
    assert memory.files[HOSTS].content == b"mine\n"
    files, settings = world().targets()
    assert memory.targets() == ({**files, HOSTS: memory.files[HOSTS]}, settings)
    state = memory.state()
    with pytest.raises(Refusal, match=f"{HOSTS}: changed by somebody"):  # nothing else is left to do
        back(memory)
    assert memory.state() == state


def test_rollback_after_somebodys_edit_that_a_later_run_built_on_is_refused() -> None:
    memory = switched()
    foreign(HOSTS, b"mine\n")(memory)
    run(memory, PRIMARY)
    run(memory, SECONDARY)
    assert [finding.where for finding in back(memory).plan.findings] == [HOSTS]
    assert b"mine\n" in memory.files[HOSTS].content


def test_what_was_put_back_by_hand_counts_as_found_by_the_drill() -> None:
    """As the refused rollback asks for; a later switch and its rollback have nothing to do with the edit any more."""
    memory = switched()
    foreign(HOSTS, b"mine\n")(memory)
    run(memory, PRIMARY)
    memory.files[HOSTS] = world().files[HOSTS]
    run(memory, SECONDARY)
    assert back(memory).plan.findings == ()
    assert memory.targets() == world().targets()


def test_rollback_of_a_setting_that_somebody_changed_names_no_value() -> None:
    memory = switched()
    memory.settings[DNS] = ["somebody's"]
    (left,) = back(memory).plan.findings
    assert "NameServer" in left.where and "192.0.2.1" not in repr(left) and "journal" in left.remedy


def test_a_file_that_the_drill_made_is_gone_after_rollback_and_named_when_somebody_changed_it() -> None:
    memory = switched()
    back(memory)
    assert NEW not in memory.files
    run(memory)
    foreign(NEW, b"mine")(memory)
    (left,) = back(memory).plan.findings
    assert f"no {NEW}" in left.remedy


def test_what_a_person_put_back_by_hand_does_not_block_the_rollback_of_the_rest() -> None:
    memory = switched()
    memory.files[HOSTS] = world().files[HOSTS]
    run(memory)
    memory.files[RESOLV] = world().files[RESOLV]
    assert back(memory).state == "changed"
    assert memory.targets() == world().targets()


def test_a_transaction_that_was_taken_back_after_its_end_does_not_block_a_later_rollback() -> None:
    memory = world()
    memory.after = [foreign(HOSTS, b"virus definitions\n")]
    assert run(memory).state == "conflict"
    memory.files[HOSTS] = world().files[HOSTS]
    switched(memory.calm())
    assert back(memory).state == "changed"
    assert memory.targets() == world().targets()


# ---- visits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("many", range(7))
def test_one_visit_to_look_and_one_to_write_everything(many: int) -> None:
    memory = world()
    run(memory, SECONDARY[:many])
    assert memory.visits == (2 if many else 1)
    run(memory, SECONDARY[:many])
    assert memory.visits == (3 if many else 2)
    run(memory, PRIMARY[:many], check=True)
    assert memory.visits == (4 if many else 3)


def test_a_file_that_another_one_leads_to_costs_one_more_look() -> None:
    memory = Memory(files={"/pointer": File(b"/far"), "/far": File(b"rap 1\n")})
    assert run(memory, [led_to("/pointer", b"rap", b"2")]).state == "changed"
    assert memory.files["/far"].content == b"rap 2\n"
    assert memory.visits == 3


def test_answers_of_the_network_are_kept_but_asked_once() -> None:
    probe = Probe("tcp", "127.0.0.1", 18801)
    asking = line(HOSTS, b"rap", b"10.2")._replace(
        look=lambda options, seen: Look(files=frozenset({HOSTS}), probes=frozenset({probe}))
    )
    memory, asked = world(), []
    visit = memory.visit

    def spying(steps: Sequence[Step], look: Look) -> Seen:
        asked.append(probe in look.probes)
        return visit(steps, look)

    memory.visit = spying  # type: ignore[method-assign]
    assert run(memory, [asking]).after.probes[probe].ok
    assert asked == [True, False]


def test_caches_are_dropped_once_and_only_after_a_change() -> None:
    memory = world()
    run(memory, SECONDARY, check=True)
    assert memory.refreshed == []
    switched(memory)
    run(memory)
    assert memory.refreshed == ["resolver"]


# ---- refused before anything happens -------------------------------------------------------------------------------


def test_a_concern_that_refuses_keeps_all_the_others_from_changing_anything() -> None:
    memory = world()
    with pytest.raises(Refusal, match="cannot be read"):
        run(memory, [*SECONDARY, refusing("/etc/hosts, line 7")])
    assert memory.state() == world().state()


@pytest.mark.parametrize("check", [True, False])
def test_a_file_that_is_held_is_refused_in_check_mode_too_unless_nothing_of_it_moves(check: bool) -> None:
    memory = world()
    memory.files[HOSTS] = memory.files[HOSTS]._replace(held=("is immutable", "chattr -i"))
    before = memory.state()
    with pytest.raises(Refusal, match=r"/etc/hosts: is immutable\. chattr -i"):
        run(memory, check=check)
    assert memory.state() == before
    assert run(memory, [line(HOSTS, b"rap", b"10.1")], check=check).state == "unchanged"


def test_two_concerns_that_want_different_things_of_one_place_are_refused() -> None:
    memory = world()
    with pytest.raises(Refusal, match="two changes want the same place"):
        run(memory, [line(HOSTS, b"rap", b"10.2"), line(HOSTS, b"rap", b"10.3")])
    with pytest.raises(Refusal, match="two changes want the same setting"):
        run(memory, [setting("a", 1), setting("a", 2)])
    assert memory.state() == world().state()


def test_a_concern_that_asks_without_end_is_stopped() -> None:
    memory = world()
    with pytest.raises(AssertionError, match="asks without end"):
        run(memory, [insatiable()])
    assert memory.visits < 20
