# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A thousand trails that somebody tampered with, each of which is found, and honest ones, none of which is accused.

An honest trail is what ``extend`` wrote, through crashes at any byte, disks that had not got all of it, and marks that
lag, as far as to the first. Found is a trail that does not verify, or, where the mark was left behind, of which records
are said to stand behind it.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest
from random import Random
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import (
    START,
    Head,
    chain,
    extend,
    parse,
    place,
    verify,
)

WAYS = 1000
EVENTS = ("run_started", "gate", "result", "failed", "note", "run_ended")


@dataclass(frozen=True)
class Kept:
    """What lies in an evidence folder: the trail's bytes and what the mark says."""

    content: bytes
    mark: Head

    @property
    def lines(self) -> list[bytes]:
        return io.BytesIO(self.content).readlines()

    def with_lines(self, lines: list[bytes]) -> Kept:
        return replace(self, content=b"".join(lines))


def one(random: Random) -> dict[str, Any]:
    told = {"text": "x" * random.randrange(60), "number": random.randrange(1000), "ok": random.random() < 0.5}
    who = {
        "who": random.choice(["li", "chan"]),
        "from": "ctl-1",
        "host": random.choice([None, "ws-01", "ws-02"]),
    }
    return {
        "at": f"2021-11-06T04:{random.randrange(60):02}:00+00:00",
        **who,
        "event": random.choice(EVENTS),
        "detail": told,
    }


def appended(kept: Kept, record: dict[str, Any]) -> tuple[bytes, Head]:
    return extend(kept.lines, kept.mark, record)


def honest(random: Random, crashes: bool = True) -> Kept:
    """A trail as ``Trail.append`` leaves it, however often machine or process stopped in between."""
    kept, marks = Kept(b"", START), [START]
    for _ in range(random.randrange(2, 9)):
        out, head = appended(kept, one(random))
        fate = random.random() if crashes else 1.0
        if fate < 0.1:  # one of the lines was torn; only a power cut leaves zeros
            lines = io.BytesIO(out).readlines()
            torn = random.randrange(len(lines))
            left = lines[torn][: random.randrange(len(lines[torn]))]
            hole = random.randrange(len(left) + 1) if random.random() < 0.3 else 0
            kept = kept.with_lines([*kept.lines, *lines[:torn], bytes(hole) + left[hole:]])
        elif fate < 0.2:  # the record is there, the mark is not
            kept = replace(kept, content=kept.content + out)
        elif fate < 0.25:  # the power was cut: of the marks only the first is surely on the disk
            kept = Kept(kept.content + out, random.choice(marks))
        else:
            kept = Kept(kept.content + out, head)
            marks.append(head)
    return kept


def found(kept: Kept) -> bool:
    verdict = verify(kept.lines, kept.mark)
    return not verdict.ok or verdict.unmarked != ()


def named(after: Kept, before: Kept, how: Callable[[Random, Kept], Kept]) -> bool:
    """Whether the line that is named is the first that is not what was written, and nothing of it is vouched for."""
    verdict = verify(after.lines, after.mark)
    lines = zip_longest(before.lines, after.lines)
    first = next((number for number, (one, two) in enumerate(lines, 1) if one != two), 0)
    if verdict.ok:
        return how is append_well and verdict.unmarked == tuple(range(first, len(after.lines) + 1))
    at = verdict.broken_at or 0
    right = at == first or (at == first - 1 and f"it or record {first} was altered" in verdict.why)
    if (
        how is corrupt and at == first + 1
    ):  # of two in a row the second one is known, and what it says is nothing worth
        right = after.lines[first] not in before.lines
    if how in (rehash, mark_another):
        right = at == before.mark.seq  # all follows from each other, and only the mark tells
    head = START
    for line in after.lines[: at - 1]:
        head = head.then(line)
    return right and (verdict.records, verdict.head) == (
        sum(map(bool, map(parse, after.lines[: at - 1]))),
        head.sha256,
    )


# ---- what somebody may do to it ----


def corrupt(random: Random, kept: Kept) -> Kept:
    """Some bytes become others."""
    content = bytearray(kept.content)
    for _ in range(random.randrange(1, 4)):
        content[random.randrange(len(content))] = random.randrange(256)
    return replace(kept, content=bytes(content))


def edit(random: Random, kept: Kept) -> Kept:
    """A field says something else, in good JSON."""
    lines = kept.lines
    at = random.randrange(len(lines))
    record = {
        **json.loads(lines[at]),
        random.choice(["who", "at", "host", "seq", "prev", "event"]): "changed",
    }
    lines[at] = json.dumps(record, separators=(",", ":")).encode() + b"\n"
    return kept.with_lines(lines)


def rehash(random: Random, kept: Kept) -> Kept:
    """A record is written anew, and so is every later one, as if the chain had always been so; but for the mark."""
    lines = kept.lines
    at, head = random.randrange(len(lines)), START
    for number, line in enumerate(lines):
        record = {key: value for key, value in json.loads(line).items() if key not in ("seq", "prev")}
        if number == at:
            record["who"] = "nobody"
        lines[number] = chain(head, record)
        head = head.then(lines[number])
    return kept.with_lines(lines)


def truncate(random: Random, kept: Kept) -> Kept:
    """The end is missing, from any byte on."""
    return replace(kept, content=kept.content[: random.randrange(len(kept.content))])


def remove(random: Random, kept: Kept) -> Kept:
    lines = kept.lines
    del lines[random.randrange(len(lines))]
    return kept.with_lines(lines)


def reorder(random: Random, kept: Kept) -> Kept:
    lines = kept.lines
    random.shuffle(lines)
    return kept.with_lines(lines)


def repeat(random: Random, kept: Kept) -> Kept:
    """A line stands twice, anywhere."""
    lines = kept.lines
    lines.insert(random.randrange(len(lines) + 1), random.choice(lines))
    return kept.with_lines(lines)


def append_anything(random: Random, kept: Kept) -> Kept:
    """Lines of another program, of another trail, or of none."""
    other = honest(random, crashes=False).lines[1:]
    junk = [
        b"\n",
        b"{}\n",
        b"ok\n",
        bytes(random.randrange(1, 256) for _ in range(40)) + b"\n",
        random.choice(other),
    ]
    return kept.with_lines([*kept.lines, *random.sample(junk, random.randrange(1, 4))])


def append_nearly(random: Random, kept: Kept) -> Kept:
    """A record that follows, but for its number or for the hash that it carries."""
    wrong = [
        replace(kept.mark, sha256=START.sha256),
        *(replace(kept.mark, seq=kept.mark.seq + by) for by in (-1, 1)),
    ]
    return kept.with_lines([*kept.lines, chain(random.choice(wrong), one(random))])


def append_well(random: Random, kept: Kept) -> Kept:
    """Records that follow in every respect, without the mark."""
    lines, head = kept.lines, kept.mark
    for _ in range(random.randrange(1, 4)):
        lines.append(chain(head, one(random)))
        head = head.then(lines[-1])
    return kept.with_lines(lines)


def insert(random: Random, kept: Kept) -> Kept:
    """A record that follows the line before it, amid the trail."""
    lines = kept.lines
    at = random.randrange(len(lines))
    before = Head(at, json.loads(lines[at])["prev"])
    lines.insert(at, chain(before, one(random)))
    return kept.with_lines(lines)


def excuse(random: Random, kept: Kept) -> Kept:
    """A line is blotted out as if a crash had torn it."""
    lines = kept.lines
    at = random.randrange(len(lines))
    lines[at] = lines[at][: random.randrange(1, len(lines[at]) - 1)] + b"\n"
    return kept.with_lines(lines)


def mark_another(random: Random, kept: Kept) -> Kept:
    """The mark names what was never written."""
    return replace(kept, mark=replace(kept.mark, sha256=f"{random.getrandbits(256):064x}"))


TAMPERING: tuple[Callable[[Random, Kept], Kept], ...] = (
    corrupt,
    edit,
    rehash,
    truncate,
    remove,
    reorder,
    repeat,
    append_anything,
    append_nearly,
    append_well,
    insert,
    excuse,
    mark_another,
)


def test_each_of_a_thousand_alterations_is_found() -> None:
    tried, missed = Counter[str](), list[object]()
    seed = 0
    while tried.total() < WAYS:
        random, tamper = Random(seed), TAMPERING[seed % len(TAMPERING)]
        seed += 1
        before = honest(random, crashes=False)
        after = tamper(random, before)
        if after == before:
            continue  # a shuffle that moved nothing
        tried[tamper.__name__] += 1
        if not found(after) or not named(after, before, tamper):
            missed.append((seed - 1, tamper.__name__, verify(after.lines, after.mark)))
    assert missed == []
    assert min(tried.values()) > WAYS / len(TAMPERING) / 2 and len(tried) == len(TAMPERING)


def test_an_honest_trail_is_never_accused() -> None:
    seen = Counter[str]()
    for seed in range(WAYS):
        kept = honest(Random(seed))
        verdict = verify(kept.lines, kept.mark)
        assert verdict.ok, f"seed {seed}: line {verdict.broken_at}: {verdict.why}"
        assert verdict.records == sum(parse(line) is not None for line in kept.lines)
        seen.update(
            torn=verdict.truncated_last, lags=verdict.unmarked != (), mended=b'"recovered"' in kept.content
        )
        out, head = appended(kept, one(Random(seed)))
        after = verify(io.BytesIO(kept.content + out).readlines(), head)
        assert after.ok and not after.truncated_last and after.unmarked == verdict.unmarked
    assert min(seen.values()) > 30, seen


@pytest.mark.parametrize("tamper", [corrupt, remove, reorder, excuse, insert])
def test_what_is_broken_once_stays_so_whatever_is_appended(tamper: Callable[[Random, Kept], Kept]) -> None:
    for seed in range(40):
        random = Random(seed)
        before = honest(random, crashes=False)
        after = tamper(random, before)
        for _ in range(3):
            out, head = appended(after, one(random))
            after = Kept(after.content + out, head)
        assert after.content.startswith(before.content) or not verify(after.lines, after.mark).ok, seed


def test_what_was_added_behind_the_mark_is_named_whatever_is_appended() -> None:
    for seed in range(60):
        random = Random(seed)
        before = honest(random, crashes=False)
        after = append_well(random, before) if seed % 2 else replace(before, mark=START)
        added = verify(after.lines, after.mark).unmarked
        assert added
        for _ in range(3):
            out, head = appended(after, one(random))
            after = Kept(after.content + out, head)
        verdict = verify(after.lines, after.mark)
        assert verdict.ok and verdict.unmarked == added
        assert f"trail.mark did not know of record{'s' * (len(added) > 1)} {added[0]}" in str(after.content)


def test_a_whole_new_chain_does_not_have_the_hash_that_was_noted() -> None:
    """Whoever owns the folder can forge both files: then only what stands elsewhere tells."""
    for seed in range(100):
        random = Random(seed)
        before = honest(random, crashes=False)
        noted = before.mark.sha256[:16]
        assert place(before.lines, noted) == len(before.lines)
        grown = append_well(random, before)
        assert place(grown.lines, noted) == len(before.lines)
        forged = rehash(random, before)
        head = START
        for line in forged.lines:
            head = head.then(line)
        assert verify(forged.lines, head).ok and place(forged.lines, noted) is None
