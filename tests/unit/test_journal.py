# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal read: what it says of any mix of records and present states."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.journal import Change, Record
from ansible_collections.hkex.drill.plugins.module_utils.model import Assign, File, Key, Restore, Seen, sha256
from ansible_collections.hkex.drill.plugins.module_utils.rollback import Whose, decide, histories
from hypothesis import assume, given
from hypothesis import strategies as st

DRILL = ("2021-11-06-ccass", "2021-11-06")
OTHER = ("2021-11-06-ccass", "2021-11-07")
KEY = Key("registry", "HKLM", "NameServer")

CONTENTS = [None, b"", b"one", b"two", b"three\r\n"]
BLOBS = {sha256(each): each for each in CONTENTS if each is not None}
STATES: list[Any] = [None, *BLOBS]
VALUES: list[Any] = [None, [], ["10.1"], "10.1", 0]
PATHS = ["/a", "/b", "/é\udcff"]
KEYS = [KEY, Key("nm", "eth0", "ipv4.dns")]

CHANGES = st.one_of(
    st.builds(Change, st.sampled_from(PATHS), st.sampled_from(STATES), st.sampled_from(STATES)),
    st.builds(Change, st.sampled_from(KEYS), st.sampled_from(VALUES), st.sampled_from(VALUES)),
).filter(lambda change: bool(change.before != change.after))
TRANSACTIONS = st.lists(CHANGES, min_size=1, max_size=5, unique_by=lambda change: change.target)


def present(states: dict[Any, Any]) -> Seen:
    """A workstation on which the targets have these states."""
    return Seen(
        files={
            path: None if state is None else File(BLOBS[state], "0640")
            for path, state in states.items()
            if not isinstance(path, Key)
        },
        settings={key: state for key, state in states.items() if isinstance(key, Key)},
        blobs=BLOBS,
    )


def states_of(change: Change) -> list[Any]:
    return VALUES if isinstance(change.target, Key) else STATES


def begun(number: int, changes: list[Change], whose: tuple[str, str] = DRILL) -> Record:
    """A ``begin`` record as it comes back from disk."""
    record: Record = json.loads(json.dumps(journal.begin(number, "now", *whose, changes)))
    return record


def noted(number: int, event: str) -> Record:
    return journal.note(number, "now", event)


@given(TRANSACTIONS)
def test_a_transaction_is_read_as_it_was_written(changes: list[Change]) -> None:
    assert journal.changes(begun(1, changes)) == tuple(changes)
    assert [change.reversed().reversed() for change in changes] == changes
    assert json.loads(json.dumps(begun(1, changes))) == begun(1, changes)


def test_a_record_says_whose_it_is_and_when() -> None:
    record = begun(3, [Change("/a", None, sha256(b"one"))])
    assert (record["event"], record["transaction"]) == ("begin", 3)
    assert (record["drill"], record["occurrence"], record["at"]) == (*DRILL, "now")
    assert noted(3, "done") == {"event": "done", "transaction": 3, "at": "now"}


@given(TRANSACTIONS, st.data(), st.booleans())
def test_recovery_takes_back_what_is_ours_and_nothing_else(
    changes: list[Change], data: st.DataObject, finish: bool
) -> None:
    now = {change.target: data.draw(st.sampled_from(states_of(change))) for change in changes}
    seen = present(now)
    recovery = journal.recovery(changes, seen, finish=finish)
    if finish and all(now[change.target] == change.after for change in changes):
        assert recovery == journal.Recovery("done", finished=tuple(changes))
        assert apply(seen, recovery.edits()) == seen
        tidied = [edit.path for edit in recovery.edits() if isinstance(edit, Restore)]
        assert tidied == [change.target for change in changes if isinstance(change.target, str)]
        return
    after = apply(seen, recovery.edits())
    foreign = [change for change in changes if now[change.target] not in (change.before, change.after)]
    assert recovery.conflicts == tuple(foreign)
    assert recovery.event == ("conflict" if foreign else "undone")
    for change in changes:
        expected = now[change.target] if change in foreign else change.before
        assert journal.state(after, change.target) == expected
    assert len(recovery.written) + len(recovery.untouched) + len(foreign) == len(changes)


@given(TRANSACTIONS, st.data())
def test_whatever_stays_is_tidied_and_no_setting_is_assigned_twice(
    changes: list[Change], data: st.DataObject
) -> None:
    now = {change.target: data.draw(st.sampled_from(states_of(change))) for change in changes}
    recovery = journal.recovery(changes, present(now), finish=False)
    edits = recovery.edits()
    assert {edit.path for edit in edits if isinstance(edit, Restore)} == {
        change.target for change in changes if isinstance(change.target, str)
    }
    assigned = [edit for edit in edits if isinstance(edit, Assign)]
    assert assigned == [
        Assign(change.target, change.after, change.before)
        for change in changes
        if isinstance(change.target, Key) and now[change.target] == change.after
    ]


@given(TRANSACTIONS)
def test_a_look_sees_all_targets_and_the_blobs_of_what_was_there(changes: list[Change]) -> None:
    look = journal.look(changes)
    assert look.files | look.settings == {change.target for change in changes}
    assert look.blobs == {
        change.before for change in changes if isinstance(change.target, str) and change.before is not None
    }


# ---- what is open ------------------------------------------------------------------------------------------------


def test_a_transaction_is_cut_off_until_it_has_an_end() -> None:
    changes = [Change("/a", None, sha256(b"one"))]
    records: list[Record] = []
    assert journal.cut_off(records) is None
    records = [begun(1, [Change("/b", None, sha256(b"two"))]), noted(1, "done"), begun(2, changes)]
    assert journal.cut_off(records) == (2, tuple(changes), False)
    for end in ("done", "undone", "conflict"):
        assert journal.cut_off([*records, noted(2, end)]) is None
    undoing = [*records, noted(2, "done"), noted(2, "undo")]
    assert journal.cut_off(undoing) == (2, tuple(changes), True)
    assert journal.cut_off([*undoing, noted(2, "undo")]) == (2, tuple(changes), True)
    assert journal.cut_off([*undoing, noted(2, "undone")]) is None


@given(st.lists(st.integers(1, 99)))
def test_the_next_number_was_never_used(numbers: list[int]) -> None:
    records = [noted(number, "done") for number in numbers]
    assert journal.number(records) not in numbers
    assert journal.number(records) >= 1


# ---- a drill's history -------------------------------------------------------------------------------------------

Story = list[tuple[str, Any]]
# A story of one file: each chapter somebody's edit, or a transaction that ends in some way.
STORIES: st.SearchStrategy[Story] = st.lists(
    st.tuples(
        st.sampled_from(
            ["ours", "ours", "other occurrence", "undone", "conflict", "done and undone", "foreign"]
        ),
        st.sampled_from(STATES),
    ),
    max_size=8,
)


def told(story: Story, first: Any) -> tuple[list[Record], Any]:
    """The journal that a story leaves, and the last state of its file."""
    records: list[Record] = []
    state = first
    for number, (chapter, after) in enumerate(story, 1):
        if chapter == "foreign":
            state = after
            continue
        if after == state:
            continue
        whose = OTHER if chapter == "other occurrence" else DRILL
        records.append(begun(number, [Change("/a", state, after)], whose))
        if chapter in ("undone", "conflict"):
            records += [noted(number, "undo"), noted(number, chapter)]
        elif chapter == "done and undone":
            records += [noted(number, "done"), noted(number, "undo"), noted(number, "undone")]
        else:
            records.append(noted(number, "done"))
            state = after
    return records, state


@given(STORIES, st.sampled_from(STATES))
def test_a_rollback_loses_no_state_that_is_not_the_drills(story: Story, first: Any) -> None:
    records, last = told(story, first)
    back, conflicts = decide(histories(records, Whose(*DRILL)), present({"/a": last}))

    # The same, told naively: follow the file, and remember every state that somebody else gave it since.
    ours = [
        each for each in records if each["event"] == "begin" and (each["drill"], each["occurrence"]) == DRILL
    ]
    kept = [
        each["changes"][0]
        for each in ours
        if [r for r in records if r["transaction"] == each["transaction"]][-1]["event"] == "done"
    ]
    if not kept:
        assert (back, conflicts) == ((), ())
        return
    found = left = kept[0]["before"]
    lost: list[Any] = []
    for change in kept:
        if left == found:
            found, lost = change["before"], []  # nothing of the drill stood there
        elif change["before"] == found:
            lost = []  # whoever made it so again has given up what was there
        elif change["before"] != left:
            lost.append(change["before"])
        left = change["after"]
    if found in (last, left):
        assert (back, conflicts) == ((), ())
    elif last == left and not lost:
        assert back == (Change("/a", left, found),)
        assert conflicts == ()
    else:
        assert back == ()
        assert [(change.target, change.after) for change in conflicts] == [("/a", found)]


@given(TRANSACTIONS, TRANSACTIONS)
def test_a_history_leads_from_the_first_state_to_the_last(first: list[Change], second: list[Change]) -> None:
    then = {change.target: change.after for change in first}
    second = [
        Change(change.target, then.get(change.target, change.before), change.after) for change in second
    ]
    assume(all(change.before != change.after for change in second))
    records = [begun(1, first), noted(1, "done"), begun(2, second), noted(2, "done")]
    known = histories(records, Whose(*DRILL))
    targets = dict.fromkeys(change.target for change in [*first, *second])
    assert [history.whole.target for history in known] == list(targets)
    start: dict[Any, Any] = {change.target: change.before for change in [*second, *first]}
    end = {change.target: change.after for change in [*first, *second]}
    assert {history.whole.target: history.whole for history in known} == {
        target: Change(target, start[target], end[target]) for target in targets
    }
    assert not any(history.foreign for history in known)
    back, conflicts = decide(known, present(end))
    assert conflicts == ()
    after = apply(present(end), [change.edit() for change in back])
    assert {target: journal.state(after, target) for target in targets} == start


def test_an_open_transaction_and_another_occurrence_have_no_part_in_a_history() -> None:
    change = Change("/a", None, sha256(b"one"))
    assert histories([begun(1, [change])], Whose(*DRILL)) == ()
    assert histories([begun(1, [change]), noted(1, "undo")], Whose(*DRILL)) == ()
    assert histories([begun(1, [change]), noted(1, "done")], Whose(*OTHER)) == ()
    assert histories([begun(1, [change]), noted(1, "done")], Whose(None, None)) == ()
    assert [each.whole for each in histories([begun(1, [change]), noted(1, "done")], Whose(*DRILL))] == [
        change
    ]


def test_what_has_gone_back_begins_anew() -> None:
    """There and back, an edit of somebody's, there once more: back leads to the edit."""
    old, ours, edited = (sha256(each) for each in (b"one", b"two", b"three\r\n"))
    story = [Change("/a", old, ours), Change("/a", ours, old), Change("/a", edited, ours)]
    records = [
        record
        for number, change in enumerate(story, 1)
        for record in (begun(number, [change]), noted(number, "done"))
    ]
    whose = Whose(*DRILL)
    assert decide(histories(records, whose), present({"/a": ours})) == ((Change("/a", ours, edited),), ())
    assert decide(histories(records[:4], whose), present({"/a": edited})) == ((), ())
