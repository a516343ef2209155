# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chain of an audit trail: each record vouches for the line before it. Pure; ``trail`` has the files.

A trail is lines of JSON, one object each. ``seq`` is the number of its line and ``prev`` the SHA-256 of the whole
line before it: ``sed -n 7p trail.jsonl | sha256sum`` is what record 8 must say. The *mark*, kept beside it, names
the last record and its hash: it guards the one record that no other vouches for, and tells a line torn by a crash
from one cut afterwards.

The chain shows damage and careless edits. Whoever owns the folder can compute a whole new chain; against that, note
``Verdict.head`` somewhere else.

A trail only ever grows: also a torn line stays, closed and vouched for by the ``recovered`` record that follows it,
which vouches for the last whole record before it too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MARK = "trail.mark"
RECOVERED = "recovered"  # before this record stands a line torn by a crash, or what the mark did not know of
NOT_WRITTEN = "it is not the record that was written"
DAMAGED = "damaged"  # what stood here when this record was written was not what had been written before


@dataclass(frozen=True)
class Head:
    """The last line of a trail: its number (0: none yet) and its SHA-256."""

    seq: int
    sha256: str

    def then(self, line: bytes) -> Head:
        return Head(self.seq + 1, hashlib.sha256(line).hexdigest())


START = Head(0, "0" * 64)


@dataclass(frozen=True)
class Verdict:
    """What came of checking a trail.

    ``broken_at`` is the first line that is not what was written (1: the first); ``why`` says where that may be the
    next. ``records`` counts the whole records up to there or to the end, and ``head`` is the hash of the last line of
    them. They follow from each other; but what vouched for them is lost with the break, so only a hash that somebody
    noted tells whether they are as they were written.

    ``truncated_last``: it ends in a torn line, as a crash leaves it; that is not a break, and the next record mends it.
    ``unmarked`` numbers the records that the mark did not know of when the next one was written, or does not know of
    yet: a power cut leaves that, and so does who adds records and forgets the mark.
    """

    ok: bool
    records: int
    broken_at: int | None = None
    why: str = ""
    truncated_last: bool = False
    head: str = START.sha256
    unmarked: tuple[int, ...] = ()


def chain(head: Head, record: Mapping[str, Any]) -> bytes:
    """The line that follows ``head``, with its line end."""
    linked = {"seq": head.seq + 1, **record, "prev": head.sha256}
    return json.dumps(linked, separators=(",", ":"), default=str).encode("ascii") + b"\n"


def parse(line: bytes) -> dict[str, Any] | None:
    """The record in a line; None if it is not a whole one."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line.decode("ascii"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("seq"), int) else None


def read_mark(content: bytes) -> Head | None:
    """The head that a mark names; None if it is none."""
    try:
        seq, digest = content.decode("ascii").split()
        # A negative number would let everything pass that stands behind it.
        return Head(int(seq), digest) if seq.isdigit() else None
    except ValueError:
        return None


def verify(lines: Iterable[bytes], mark: Head | None = None) -> Verdict:
    """Check a trail from its start. Lines keep their ends; without ``mark`` the last line is taken on trust."""
    kept = [*lines]
    head, good, records, torn, unmarked = START, START, 0, list[str](), set[int]()
    for line in kept:
        head = head.then(line)
        record = parse(line)
        found = None
        if mark and head.seq == mark.seq and head != mark:
            found = good.seq + 1, NOT_WRITTEN
        elif record is not None:
            found = _break(record, good, torn)
        elif not _cut_short(line, head.seq):
            found = good.seq + 1, "it is no record, and no crash leaves such a line"
        if found:
            return _broken(kept, mark, head.seq, *found)
        if record is None:
            torn.append(head.sha256)
            continue
        good, records, torn = head, records + 1, []
        unmarked.update(_unknown(record))
        if mark and head.seq > mark.seq:
            unmarked.add(head.seq)
    if mark and head.seq < mark.seq:
        why = f"the trail ends here, but {mark.seq} records were written"
        return _broken(kept, mark, head.seq + 1, good.seq + 1, why)
    later = tuple(number for number in sorted(unmarked) if parse(kept[number - 1]))
    return Verdict(True, records, truncated_last=bool(torn), head=head.sha256, unmarked=later)


def place(lines: Iterable[bytes], noted: str) -> int | None:
    """The number of the line whose SHA-256 begins as somebody noted it; None if no line's does.

    If the trail is whole up to there, nothing of that has been altered since it was noted.
    """
    digests = (hashlib.sha256(line).hexdigest() for line in lines)
    return next((number for number, digest in enumerate(digests, 1) if digest.startswith(noted)), None)


def _cut_short(line: bytes, seq: int) -> bool:
    """Whether a line that is no record can be what was left of one: what the disk had not got yet reads as zeros."""
    left, begins = line.removesuffix(b"\n"), b'{"seq":%d,' % seq
    return left != b"" and begins.startswith(left.partition(b"\0")[0][: len(begins)])


def _break(record: Mapping[str, Any], good: Head, torn: list[str]) -> tuple[int, str] | None:
    """Where and why a record cannot stand after the last whole one and the torn lines since; None if it can.

    Without a reason it contradicts the last whole one, and one of the two was altered.
    """
    first, seq, noted = good.seq + 1, good.seq + len(torn) + 1, _noted(record)
    if torn and noted.get("torn") != torn:
        return first, f"it is no record, and record {seq} notes no crash here"
    if record["seq"] != seq:
        return first, f"it carries number {record['seq']}: lines were removed, added or moved"
    if _vouched(record).get(good.seq) != good.sha256:
        return (good.seq, "") if good.seq else (first, NOT_WRITTEN)
    if record.get("event") == DAMAGED:
        at = noted.get("at")
        at = at if isinstance(at, int) and 0 < at < first else first
        return at, f"when record {seq} was written, the trail had been damaged: {noted.get('what')}"
    return None


def _noted(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the toolkit wrote into a record of its own about the lines before it."""
    detail = record.get("detail")
    return detail if record.get("event") in (RECOVERED, DAMAGED) and isinstance(detail, dict) else {}


def _vouched(record: Mapping[str, Any]) -> dict[int, Any]:
    """The hashes of the lines that a record vouches for: the one before it, or torn ones with the whole one before."""
    torn = _noted(record).get("torn")
    lines = [_noted(record).get("after"), *torn] if torn and isinstance(torn, list) else [record.get("prev")]
    return dict(enumerate(lines, record["seq"] - len(lines)))


def _unknown(record: Mapping[str, Any]) -> range:
    """The records before this one of which it says that the mark did not know."""
    numbers = _noted(record).get("unmarked")
    match numbers:
        case [int() as first, int() as last] if 0 < first <= last < record["seq"]:
            return range(first, last + 1)
    return range(0)


def _broken(lines: list[bytes], mark: Head | None, seen: int, at: int, why: str) -> Verdict:
    """The verdict on a trail in which line ``seen`` showed that line ``at`` is, or may be, not what was written."""
    sure = _surely(lines, mark, seen)
    if sure and (sure < at or not why):
        at, why = sure, NOT_WRITTEN
    why = why or f"it or record {seen} was altered: the one does not follow from the other"
    before = lines[: at - 1]
    head = hashlib.sha256(before[-1]).hexdigest() if before else START.sha256
    return Verdict(False, sum(parse(line) is not None for line in before), at, why, head=head)


def _surely(lines: list[bytes], mark: Head | None, seen: int) -> int | None:
    """The first line, up to ``seen``, that is known not to be what was written; None if no line vouches against one.

    The mark vouches for a record, that for the one before it, and so on, as far back as the lines are those.
    """
    digests = [hashlib.sha256(line).hexdigest() for line in lines]
    if mark is None or mark.sha256 not in digests:
        return None
    written: dict[int, Any] = {mark.seq: mark.sha256}
    place, seq = digests.index(mark.sha256), mark.seq
    while place >= 0 and digests[place] == written.get(seq):
        record = parse(lines[place])
        written.update(_vouched(record) if record else {})
        place, seq = place - 1, seq - 1
    known = (number for number in sorted(written) if 0 < number <= seen)
    return next((number for number in known if digests[number - 1 : number] != [written[number]]), None)


def damage(whole: Head, mark: Head | None) -> tuple[int, str] | None:
    """From which line on and in what the last whole record contradicts the mark; None if in nothing.

    The mark may lag (a crash between record and mark), never lead.
    """
    if mark is None:
        return (whole.seq + 1, f"{MARK} had gone or was unreadable") if whole.seq else None
    if whole.seq < mark.seq:
        return whole.seq + 1, f"{_span(whole.seq + 1, mark.seq)} had gone"
    if whole.seq == mark.seq and whole != mark:
        return whole.seq, f"record {mark.seq} had been altered"
    return None


def _span(first: int, last: int) -> str:
    return f"record {first}" if first == last else f"records {first} to {last}"


def extend(tail: list[bytes], mark: Head | None, record: Mapping[str, Any]) -> tuple[bytes, Head]:
    """What to append after ``tail`` (the last lines, a whole record among them if there is one), and the head then.

    A torn line is closed and noted first, so are records that the mark does not know of, and damage: none of it passes
    in silence. Each line has to be on the disk before the next is written, so that no note is lost that a later record
    needs.
    """
    closing = b"\n" if tail and not tail[-1].endswith(b"\n") else b""
    lines = [*tail[:-1], tail[-1] + closing] if tail else []
    whole, torn = START, list[str]()
    for line in lines:
        found, digest = parse(line), hashlib.sha256(line).hexdigest()
        if found is not None:
            whole, torn = Head(found["seq"], digest), []
        else:
            torn.append(digest)
    head = Head(whole.seq + len(torn), torn[-1]) if torn else whole
    event, noted = _note(whole, torn, closing, mark)
    out = closing
    if noted:
        same = {name: record[name] for name in ("at", "run", "who", "from") if name in record}
        note = chain(head, {**same, "event": event, "detail": noted})
        out, head = out + note, head.then(note)
    line = chain(head, record)
    return out + line, head.then(line)


def _note(whole: Head, torn: list[str], closing: bytes, mark: Head | None) -> tuple[str, dict[str, Any]]:
    """The event and detail of the record that has to stand before the next one; no detail if none has to."""
    harm, what, noted = damage(whole, mark), list[str](), dict[str, Any]()
    if harm:
        noted["at"] = harm[0]
        what.append(harm[1])
    elif mark and whole.seq > mark.seq:
        noted["unmarked"] = [mark.seq + 1, whole.seq]
        what.append(f"{MARK} did not know of {_span(mark.seq + 1, whole.seq)}")
    if torn or closing:
        noted |= {"torn": torn, "after": whole.sha256}
        what.append("the process or machine stopped while it wrote the line before this")
    return (DAMAGED if harm else RECOVERED), {"what": "; ".join(what), **noted} if noted else {}
