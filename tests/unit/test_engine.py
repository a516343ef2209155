# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine's laws on a workstation in memory: truth, idempotence, way back, whole files, nobody's work lost."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine, journal, rollback
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    WARNING,
    Concern,
    File,
    Key,
    Look,
    Outcome,
    Probe,
    Refusal,
    Seen,
    Step,
    sha256,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.engine_workstation import (
    BLOBS,
    Killed,
    Memory,
    foreign,
    insatiable,
    led_to,
    line,
    refusing,
    setting,
)

HOSTS, RESOLV, NEW = "/etc/hosts", "/etc/resolv.conf", "/etc/new"
DNS = Key("registry", "HKLM", "NameServer")
DRILL = ("2021-11-06-ccass", "2021-11-06")


def clock() -> str:
    return "2021-11-06T10:00:00+08:00"


def world() -> Memory:
    """A workstation as a drill finds it."""
    return Memory(
        files={
            HOSTS: File(b"\xef\xbb\xbf# site\r\nrap 10.1\r\nccass\t10.9 # \xff\r\n", "0640 7:7"),
            RESOLV: File(b"search office\nnameserver 192.0.2.1\nnameserver 192.0.2.2", "0644 0:0"),
        },
        settings={DNS: ["192.0.2.1"]},
    )


def switch(value: bytes) -> tuple[Concern, ...]:
    """A switch of five targets: two lines of one file, another file, a file to be made, two settings."""
    return (
        line(HOSTS, b"rap", value),
        line(HOSTS, b"var", value),
        line(RESOLV, b"nameserver", value),
        line(NEW, b"made", value),
        setting("NameServer", [value.decode(), "alt"]),
        setting("Fresh", value.decode()),
    )


SECONDARY, PRIMARY = switch(b"10.2"), switch(b"10.1")


def run(memory: Memory, concerns: Sequence[Concern] = SECONDARY, check: bool = False) -> Outcome:
    return engine.run(memory, concerns, clock, *DRILL, check=check)


def back(memory: Memory, check: bool = False, whose: tuple[str, str] = DRILL) -> Outcome:
    return engine.run(memory, [rollback.concern(*whose)], clock, *whose, check=check)


def contents(seen: Seen) -> dict[str, bytes | None]:
    return {path: None if file is None else file.content for path, file in seen.files.items()}


def switched(start: Memory | None = None) -> Memory:
    """What a run that nothing disturbs leaves."""
    memory = start or world()
    assert run(memory).state == "changed"
    return memory


def closed(memory: Memory) -> bool:
    """No transaction is open and nothing unfinished lies about."""
    return journal.cut_off(memory.records()) is None and not memory.litter


def whole(memory: Memory, *others: Memory) -> bool:
    """Every file is wholly as in one of the other workstations."""
    return all(
        memory.files.get(path) in [other.files.get(path) for other in others] for path in (HOSTS, RESOLV, NEW)
    )


def levels(outcome: Outcome) -> list[tuple[str, str]]:
    return [(finding.level, finding.where) for finding in outcome.plan.findings]


# ---- any workstation, any wishes ---------------------------------------------------------------------------------

WORDS = st.sampled_from([b"rap", b"var", b"ccass", b"#", b"\xff\xfe", b"\tx"])
VALUES = st.sampled_from([b"10.1", b"10.2", b"10.243.2.14 \xff"])
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b""])
CONTENTS = st.lists(st.tuples(WORDS, VALUES, ENDS), max_size=5).map(
    lambda lines: b"".join(word + b" " + value + end for word, value, end in lines)
)
FILES = st.dictionaries(
    st.sampled_from([HOSTS, RESOLV, NEW]),
    st.builds(File, CONTENTS, st.sampled_from(["0644", "0600"]), st.none(), st.just(1), st.none()),
)
WISHES = st.tuples(
    st.lists(
        st.builds(line, st.sampled_from([HOSTS, RESOLV, NEW]), st.sampled_from([b"rap", b"var"]), VALUES),
        max_size=4,
        unique_by=lambda concern: (concern.options.path, concern.options.name),
    ),
    st.lists(
        st.builds(setting, st.sampled_from(["a", "b"]), st.one_of(st.none(), st.text("xy"))),
        max_size=2,
        unique_by=lambda concern: concern.options[0],
    ),
).map(lambda both: [*both[0], *both[1]])


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


# ---- there and back ----------------------------------------------------------------------------------------------


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


# ---- visits ------------------------------------------------------------------------------------------------------


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


# ---- refused before anything happens -----------------------------------------------------------------------------


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


# ---- no lost update ----------------------------------------------------------------------------------------------


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


# ---- faults ------------------------------------------------------------------------------------------------------


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


# ---- programs that meddle ----------------------------------------------------------------------------------------


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


# ---- kills -------------------------------------------------------------------------------------------------------


def kills(start: Callable[[], Memory]) -> Iterator[tuple[int, Memory]]:
    """A workstation for each instant at which a switch can be killed, just killed there."""
    for instant in range(1, 500):
        memory = start()
        memory.kill_at = memory.instants + instant
        try:
            run(memory)
        except Killed:
            yield instant, memory.calm()
        else:
            return
    raise AssertionError("it never ends")


def killed_halfway() -> Memory:
    """A switch that was killed in the middle of its writes."""
    return next(memory for _instant, memory in kills(world) if memory.files[HOSTS] != world().files[HOSTS])


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
