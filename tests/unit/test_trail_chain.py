# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chain of a trail: what verifies, which line is named where it does not, and how a torn one is mended."""

from __future__ import annotations

import io
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import (
    START,
    Head,
    chain,
    extend,
    parse,
    verify,
)
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
RECORDS = st.lists(
    st.fixed_dictionaries({"event": st.just("result"), "detail": JSON}), min_size=1, max_size=6
)


def chained(records: list[dict[str, Any]]) -> tuple[list[bytes], Head]:
    lines, head = [], START
    for record in records:
        lines.append(chain(head, record))
        head = head.then(lines[-1])
    return lines, head


def split(content: bytes) -> list[bytes]:
    return io.BytesIO(content).readlines()


@given(RECORDS)
def test_whatever_is_recorded_verifies_and_reads_back(records: list[dict[str, Any]]) -> None:
    lines, head = chained(records)
    verdict = verify(lines, head)
    assert (verdict.ok, verdict.records, verdict.truncated_last) == (True, len(records), False)
    assert verdict.head == head.sha256
    assert [(parse(line) or {})["detail"] for line in lines] == [record["detail"] for record in records]


@given(RECORDS, st.data())
def test_any_flipped_bit_is_found_at_its_line(records: list[dict[str, Any]], data: Any) -> None:
    lines, head = chained(records)
    content = bytearray(b"".join(lines))
    place = data.draw(st.integers(0, len(content) - 1))
    line = content[:place].count(b"\n") + 1
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    verdict = verify(split(bytes(content)), head)
    assert not verdict.ok
    assert (verdict.broken_at, verdict.records) == (line, line - 1)
    assert verdict.head == chained(records[: line - 1])[1].sha256
    assert verdict.why


@given(RECORDS, st.data())
def test_any_removed_or_moved_line_is_found_where_it_was(records: list[dict[str, Any]], data: Any) -> None:
    lines, head = chained(records)
    gone = data.draw(st.integers(0, len(lines) - 1))
    line = lines.pop(gone)
    verdict = verify(lines, head)
    assert (verdict.ok, verdict.broken_at) == (False, gone + 1)
    lines.insert(data.draw(st.integers(0, len(lines)).filter(lambda to: to != gone)) if lines else 0, line)
    if lines != chained(records)[0]:
        assert not verify(lines, head).ok


@given(RECORDS, st.data())
def test_a_cut_is_found_and_a_torn_last_line_is_not_called_tampering(
    records: list[dict[str, Any]], data: Any
) -> None:
    lines, head = chained(records)
    content = b"".join(lines)
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    assert not verify(split(cut), head).ok  # all had been written
    marked = Head(cut.count(b"\n"), chained(records[: cut.count(b"\n")])[1].sha256)
    verdict = verify(split(cut), marked)  # the last had not
    assert verdict.ok
    assert verdict.truncated_last == (not cut.endswith(b"\n") and cut != b"")
    assert verdict.records == cut.count(b"\n")


@given(RECORDS, st.data())
def test_the_next_record_mends_a_torn_line_and_keeps_it(records: list[dict[str, Any]], data: Any) -> None:
    lines, _ = chained(records)
    content = b"".join(lines)
    kept = cut = content[: data.draw(st.integers(1, len(content)))]
    mark = chained(records[: cut.count(b"\n")])[1]
    for _ in range(2):  # a second crash, in the middle of mending
        out, head = extend(split(cut), mark, {"event": "next"})
        torn = cut + out[: data.draw(st.integers(0, len(out) - 1))]
        out, head = extend(split(torn), mark, {"event": "next"})
        cut, mark = torn + out, head
        verdict = verify(split(cut), mark)
        assert verdict.ok, verdict.why
        assert not verdict.truncated_last
    assert cut.startswith(kept)
    events = [(parse(line) or {}).get("event") for line in split(cut)]
    if None in events:
        assert "recovered" in events[events.index(None) :]
    line = data.draw(st.integers(1, len(events)))
    altered = split(cut)
    altered[line - 1] = altered[line - 1].replace(b"e", b"f", 1)
    if altered != split(cut):
        assert not verify(altered, mark).ok  # also a torn line is vouched for


def test_a_line_of_no_record_amid_the_trail_is_no_crash() -> None:
    lines, _ = chained([{"event": "a"}, {"event": "b"}])
    verdict = verify([lines[0], b"{torn\n", lines[1]])
    assert (verdict.ok, verdict.broken_at) == (False, 2)
    assert verify([*lines, b'{"seq":3,"detail":' + b"[" * 100_000 + b"\n"]).truncated_last
    for forged in (b"[" * 100_000 + b"\n", b"\n", b"{}\n", b'{"seq":4,"ev'):
        assert verify([*lines, forged]).broken_at == 3


def test_a_torn_line_that_nobody_noted_is_a_break_in_whatever_chain() -> None:
    (line,), head = chained([{"event": "a"}])
    torn = b'{"seq":2,"event"\n'
    verdict = verify([line, torn, chain(head.then(torn), {"event": "b"})])
    assert (verdict.ok, verdict.broken_at, verdict.why) == (
        False,
        2,
        "it is no record, and record 3 notes no crash here",
    )


def test_a_noted_damage_stays_a_break() -> None:
    lines, mark = chained([{"event": "a"}, {"event": "b"}])
    out, head = extend(lines[:1], mark, {"event": "c", "run": "r"})
    verdict = verify(split(lines[0] + out), head)
    assert (verdict.ok, verdict.broken_at) == (False, 2)
    assert "damaged: record 2 had gone" in verdict.why


def test_a_record_altered_before_another_was_written_is_named_itself() -> None:
    lines, mark = chained([{"event": "a"}, {"event": "b"}])
    forged = [lines[0], lines[1].replace(b'"b"', b'"c"')]
    out, head = extend(forged, mark, {"event": "d"})
    verdict = verify([*forged, *split(out)], head)
    assert (verdict.ok, verdict.broken_at, verdict.records) == (False, 2, 1)
    assert verdict.head == Head(0, "").then(lines[0]).sha256
    assert verdict.why == "when record 3 was written, the trail had been damaged: record 2 had been altered"


@pytest.mark.parametrize("altered", [2, 4])
def test_which_of_two_records_was_altered_is_said_where_it_is_known(altered: int) -> None:
    """Record 3 contradicts record 2. Only what follows, up to the mark, can tell of which to believe."""
    lines, mark = chained([{"event": "abcdefg"[number]} for number in range(6)])
    lines[1] = lines[1].replace(b'"b"', b'"B"')
    lines[altered - 1] = lines[altered - 1].replace(b'"d"', b'"D"')
    verdict = verify(lines, mark)
    assert (verdict.broken_at, verdict.records) == (2, 1)
    sure = "it is not the record that was written"
    unsure = "it or record 3 was altered: the one does not follow from the other"
    assert verdict.why == (sure if altered == 2 else unsure)


def test_the_record_before_a_torn_line_is_vouched_for_too() -> None:
    (first, second), mark = chained([{"event": "a"}, {"event": "b"}])
    out, head = extend([first, second[:20]], Head(1, START.then(first).sha256), {"event": "c"})
    kept = split(first + second[:20] + out)
    assert mark and verify(kept, head).ok
    kept[0] = kept[0].replace(b'"a"', b'"A"')
    verdict = verify(kept, head)
    assert (verdict.ok, verdict.broken_at, verdict.records) == (False, 1, 0)
