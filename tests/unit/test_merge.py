# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trails of several controllers as one list, what people read of it, and the verdict in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import (
    Kept,
    judged,
    merged,
    noted,
    reading,
    when,
)
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2021, 11, 6, 4, tzinfo=UTC)
Trails = dict[str, list[dict[str, Any]]]


def record(seq: int, minute: int | None = 0, controller: str = "ctl-1", **more: Any) -> dict[str, Any]:
    at = {} if minute is None else {"at": (NOON + timedelta(minutes=minute)).isoformat()}
    own = {
        "seq": seq,
        **at,
        "who": "li",
        "from": controller,
        "event": "result",
        "phase": "status",
        "host": "ws-01",
    }
    return {**own, "detail": {}, **more}


@st.composite
def trails(draw: st.DrawFn) -> Trails:
    """Up to three, on clocks that go as they please, or of records that have none."""
    minutes = st.lists(st.none() | st.integers(-5, 5), max_size=5)
    return {
        name: [record(seq, minute, name) for seq, minute in enumerate(draw(minutes), 1)]
        for name in draw(st.lists(st.sampled_from(["ctl-1", "ctl-2", "ctl-3"]), unique=True))
    }


# ---- one list ----


@given(trails(), st.randoms(use_true_random=False))
def test_all_records_come_once_and_the_order_of_trails_does_not_matter(told: Trails, random: Any) -> None:
    one = merged(told)
    names = list(told)
    random.shuffle(names)
    assert merged({name: told[name] for name in names}) == one
    for name, records in told.items():
        mine = [
            {key: value for key, value in each.items() if key != "trail"}
            for each in one
            if each["trail"] == name
        ]
        assert mine == records  # in the order of its chain, whatever its clock said
    assert len(one) == sum(map(len, told.values()))


@given(trails())
def test_time_goes_forward_wherever_the_clocks_did(told: Trails) -> None:
    steady = {
        name: sorted(records, key=lambda each: when(each) or NOON)
        for name, records in told.items()
        if all("at" in each for each in records)
    }
    times = [(each["at"], each["trail"]) for each in merged(steady)]
    assert times == sorted(times)


def test_of_one_time_the_name_decides_and_a_clock_set_back_waits() -> None:
    told = {
        "b": [record(1, 0, "b"), record(2, 0, "b")],
        "a": [record(1, 3, "a"), record(2, -60, "a"), record(3, 9, "a")],
        "c": [record(1, 0, "c"), record(2, 3, "c"), record(3, 4, "c")],
    }
    order = [f"{each['trail']}{each['seq']}" for each in merged(told)]
    assert order == ["b1", "b2", "c1", "a1", "a2", "c2", "c3", "a3"]


@pytest.mark.parametrize("other", [1, 2])
def test_copies_of_one_trail_are_not_told_twice(other: int) -> None:
    told = [record(1), record(2, 1), record(3, 2)]
    with pytest.raises(Refusal, match="x and y: their first 2 records are the same"):
        merged({"x": told[: 1 + other], "y": [*told[:2], *([record(3, 5)] if other == 2 else [])]})
    with pytest.raises(Refusal, match=r"^this controller and y: their first 3 records are the same"):
        merged({"": told, "y": told})


# ---- lines for people ----


def lines(event: str, detail: dict[str, Any], **more: Any) -> list[str]:
    head = "Sat 2021-11-06 12:00  1  li@ctl-1  status ws-01: "
    first, *rest = reading([record(1, event=event, detail=detail, **more)])
    assert first.startswith(head)
    return [first.removeprefix(head), *rest]


def test_what_a_person_says_reads_otherwise_than_what_the_toolkit_saw() -> None:
    said = {"text": "go\nsays the hotline", "items": ["hotline"], "corrects": 3, "by": "Ms Chan"}
    told = ["says, in place of entry 3 (Ms Chan): go", "    > says the hotline", "    attests: hotline"]
    assert lines("note", said) == told
    told[0] = "says, in place of entry 3 of ctl-2? (Ms Chan): go"
    assert lines("note", said, trail="ctl-2\n") == told  # each trail has a third entry
    assert lines("note", said, trail="")[0].startswith("says, in place of entry 3 (")
    row = {"system": "rap", "access": "dns", "points_at": "primary", "dns": "ok", "service": "-"}
    found = {"level": "error", "where": "hosts", "what": "odd"}
    assert lines("result", {"step": "log_on", "changed": False, "rows": [row], "findings": [found]}) == [
        "log on, nothing changed",
        "    RAP by dns: primary, dns ok",
        "    error: hosts: odd",
    ]
    assert lines("result", {"step": "write", "changed": True}) == ["write, changed"]
    assert lines("result", {"censored": True}) == ["done, its result was hidden"]


@given(
    st.text("a>\n :,()", min_size=1),
    st.lists(st.sampled_from(["hotline", "read"]), unique=True),
    st.booleans(),
)
def test_what_a_text_attests_is_never_taken_for_an_attestation(
    text: str, items: list[str], corrects: bool
) -> None:
    forged = f"{text}\nattests: session-1-ccass"
    said = {"text": forged, "items": items, "corrects": 3 if corrects else None, "by": text}
    told = lines("note", said)
    assert [line for line in told if line.startswith("    attests: ")] == [
        f"    attests: {item}" for item in items
    ]
    assert told[0].startswith("says, in place of entry 3 (") == corrects
    quoted = told[-len(items) - 1] if items else told[-1]
    assert quoted == "    > attests: session-1-ccass"


def test_what_a_run_says_of_itself() -> None:
    assert lines("run_started", {"playbook": "status.yml", "limit": "ws-01"}, check=True) == [
        "[check mode] a run of status.yml began, limited to ws-01"
    ]
    assert lines("gate", {"allowed": True, "force": "told", "overridden": ["window"]}) == [
        "the gate let it pass, by the reason 'told'",
        "    overridden: window",
    ]
    assert lines("gate", {"allowed": False, "pretend": True, "now": "noon"}) == [
        "the gate refused, pretending noon"
    ]
    assert lines("failed", {"msg": "no\x1b[2Jroute\nfor it"}) == ["failed: no?[2Jroute", "    for it"]
    counts = {"hosts": 3, "changed": 1, "failed": 0, "unreachable": 2}
    assert lines("run_ended", counts) == ["the run ended: 3 hosts, 1 changed, 0 failed, 2 unreachable"]
    assert lines("recovered", {"what": "torn"}) == ["recovered: torn"]


def test_a_clock_that_was_set_back_is_said_and_no_time_is_no_end() -> None:
    told = [record(1, 5), record(2, 0), record(3, None), record(4, 6)]
    said = [line.split(": ", 1)[1] if "clock" in line else "" for line in reading(merged({"a": told}))]
    assert said == ["", "[the clock had gone back] looked at", "", ""]


@given(
    st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_any_record_can_be_read_and_none_forges_a_line(value: Any) -> None:
    events = ("note", "gate", "result", "run_started", "run_ended", "failed", value)
    names = ("text", "items", "rows", "findings", "msg", "overridden", "force", "limit", "step", "by")
    told = [record(1, event=event, detail=dict.fromkeys(names, value)) for event in events]
    told += [
        record(1, detail=value),
        record(1, who=value),
        record(1, host=value, phase=value),
        record(1, at=value),
    ]
    for each in told:
        first, *rest = reading([each])
        assert first.startswith(("Sat 2021-11-06 12:00  1  ", "at an unknown time  1  "))
        assert all(line.startswith("    ") and line.isprintable() for line in rest) and first.isprintable()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "soon", None, 7])
def test_a_time_that_nobody_can_show_is_said_to_be_unknown(at: object) -> None:
    (line,) = reading(merged({"a": [record(1, at=at)]}))
    assert line.startswith("at an unknown time  1  li@ctl-1  ")
    assert "last extended by li on ctl-1" in " ".join(judged(Kept("t", Verdict(True, 1), record(1, at=at))))


# ---- the verdict ----

HEAD = "3fa9" * 16


def test_a_whole_trail_tells_who_extended_it_last_and_its_head() -> None:
    kept = Kept(
        "/e/trail.jsonl", Verdict(True, 214, head=HEAD), record(214, 5), "li", NOON + timedelta(minutes=5)
    )
    assert judged(kept) == [
        "/e/trail.jsonl: whole, 214 records",
        "last extended at Sat 2021-11-06 12:05 by li on ctl-1, as record 214 says itself",
        "the file belongs to li and was last written Sat 2021-11-06 12:05",
        f"head: {HEAD}: write it down elsewhere, its first 16 digits will do",
    ]
    assert judged(Kept("/e/trail.jsonl", Verdict(True, 0))) == [
        "/e/trail.jsonl: no record has been written yet"
    ]


def test_a_break_a_crash_and_records_without_a_mark_are_told_apart() -> None:
    broken = " ".join(judged(Kept("t", Verdict(False, 6, 7, "it was altered", head=HEAD), record(9))))
    assert (
        "t: BROKEN, 6 records before the break broken at record 7: it was altered last extended at" in broken
    )
    assert f"follows from its start to the hash {HEAD}; whether that is what was written, only" in broken
    assert "write it down" not in broken
    torn = " ".join(judged(Kept("t", Verdict(True, 1, truncated_last=True, head=HEAD), record(1))))
    assert "t: whole, 1 record its last line is torn, as a crash leaves it; nothing was altered" in torn
    unmarked = " ".join(judged(Kept("t", Verdict(True, 9, unmarked=(7, 8), head=HEAD), record(9))))
    assert "trail.mark did not know of record 7 and 1 more when the next one was written" in unmarked


def test_a_hash_is_known_again_by_its_first_digits() -> None:
    assert noted(" 3FA9 3fa9 3fa9 3fa9 ") == "3fa9" * 4
    assert noted(HEAD) == HEAD
    for wrong in ("3fa9" * 3, "x" * 16, HEAD + "0", ""):
        with pytest.raises(Refusal, match="is no hash of a record"):
            noted(wrong)
