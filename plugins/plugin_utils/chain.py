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

A trail only ever grows: also a torn line stays, closed and vouched for by the ``recovered`` record that follows it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MARK = "trail.mark"
RECOVERED = "recovered"  # a line torn by a crash stands before this record
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

    ``records`` counts the whole records up to the end or the break. ``broken_at`` is the line at which it is no
    longer what was written (1: the first). ``truncated_last``: it ends in a torn line, as a crash leaves it; that is
    not a break, and the next record mends it. ``head`` is the hash of the last good line. ``unmarked`` records stand
    behind the one that the mark names: a power cut leaves that, and so does who adds records and forgets the mark.
    """

    ok: bool
    records: int
    broken_at: int | None = None
    why: str = ""
    truncated_last: bool = False
    head: str = START.sha256
    unmarked: int = 0


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
        return Head(int(seq), digest)
    except ValueError:
        return None


def verify(lines: Iterable[bytes], mark: Head | None = None) -> Verdict:
    """Check a trail from its start. Lines keep their ends; without ``mark`` the last line is taken on trust."""
    head, records, unmarked, torn = START, 0, 0, list[str]()
    for line in lines:
        before, head = head, head.then(line)
        record = parse(line)
        why = ""
        if mark and head.seq == mark.seq and head != mark:
            why = "it is not the record that was written"
        elif record is not None:
            why = _break(record, before, torn)
        elif not _cut_short(line, head.seq):
            why = "it is no record, and no crash leaves such a line"
        if why:
            return Verdict(False, records, head.seq - len(torn), why, head=before.sha256)
        if record is None:
            torn.append(head.sha256)
        else:
            records, torn = records + 1, []
            unmarked += bool(mark and head.seq > mark.seq)
    if mark and head.seq < mark.seq:
        why = f"the trail ends here, but {mark.seq} records were written"
        return Verdict(False, records, head.seq - len(torn) + 1, why, head=head.sha256)
    return Verdict(True, records, truncated_last=bool(torn), head=head.sha256, unmarked=unmarked)


def place(lines: Iterable[bytes], noted: str) -> int | None:
    """The number of the line whose SHA-256 begins as somebody noted it; None if no line's does.

    In a trail that is whole, nothing up to that line has been altered since it was noted.
    """
    digests = (hashlib.sha256(line).hexdigest() for line in lines)
    return next((number for number, digest in enumerate(digests, 1) if digest.startswith(noted)), None)


def _cut_short(line: bytes, seq: int) -> bool:
    """Whether a line that is no record can be what was left of one: what the disk had not got yet reads as zeros."""
    left, begins = line.removesuffix(b"\n"), b'{"seq":%d,' % seq
    return left != b"" and begins.startswith(left.partition(b"\0")[0][: len(begins)])


def _break(record: Mapping[str, Any], before: Head, torn: list[str]) -> str:
    """Why a record cannot stand after ``before`` and the torn lines; empty if it can."""
    detail = record.get("detail")
    noted = detail if record.get("event") in (RECOVERED, DAMAGED) and isinstance(detail, dict) else {}
    if torn and noted.get("torn") != torn:
        return "it is not a record, and no crash was noted here"
    if record["seq"] != before.seq + 1:
        return f"it carries number {record['seq']}: lines were removed, added or moved"
    if record.get("prev") != before.sha256:
        return "it does not follow from the line before it: one of the two was altered"
    if record.get("event") == DAMAGED:
        return f"when it was written, the trail had been damaged: {noted.get('what')}"
    return ""


def damage(whole: Head, mark: Head | None) -> str:
    """In what the last whole record there contradicts the mark; empty if in nothing.

    The mark may lag (a crash between record and mark), never lead.
    """
    if mark is None:
        return f"{MARK} is missing or unreadable" if whole.seq else ""
    if whole.seq < mark.seq:
        return f"records {whole.seq + 1} to {mark.seq} are no longer there"
    if whole.seq == mark.seq and whole != mark:
        return f"record {mark.seq} was altered"
    return ""


def extend(tail: list[bytes], mark: Head | None, record: Mapping[str, Any]) -> tuple[bytes, Head]:
    """What to append after ``tail`` (the last lines, a whole record among them if there is one), and the head then.

    A torn line is closed and noted first, damage is noted first: neither passes in silence. Each line has to be on the
    disk before the next is written, so that no note is lost that a later record needs.
    """
    closing = b"\n" if tail and not tail[-1].endswith(b"\n") else b""
    lines = [*tail[:-1], tail[-1] + closing] if tail else []
    head, torn = START, list[str]()
    for line in lines:
        found = parse(line)
        if found is not None:
            head, torn = Head(found["seq"], hashlib.sha256(line).hexdigest()), []
        else:
            torn.append(hashlib.sha256(line).hexdigest())
    harm = damage(head, mark)
    if torn:
        head = Head(head.seq + len(torn), torn[-1])
    out = closing
    if closing or torn or harm:
        same = {name: record[name] for name in ("at", "run", "who", "from") if name in record}
        what = harm or "the process or machine stopped while it wrote the line before this"
        note = {**same, "event": DAMAGED if harm else RECOVERED, "detail": {"what": what, "torn": torn}}
        out += chain(head, note)
        head = head.then(chain(head, note))
    line = chain(head, record)
    return out + line, head.then(line)
