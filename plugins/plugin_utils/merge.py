# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trails for people: what came of verifying them, and those of several controllers as one list. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import MARK, Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record
from ansible_collections.hkex.drill.plugins.plugin_utils.notes import NOTE
from ansible_collections.hkex.drill.plugins.plugin_utils.table import SYSTEMS, printable
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import show

NOTED = 16  # digits of a hash that are enough to know it again

_Keyed = tuple[tuple[datetime, str, int], dict[str, Any]]


def merged(trails: Mapping[str, Iterable[Record]]) -> list[dict[str, Any]]:
    """All records by time, each with the name of its trail as ``trail``; the order of the trails does not matter.

    Within a trail the chain's order stands, because it is proved and a clock's is not: a record whose clock went back
    counts as at the latest time before it. What is of the same time is ordered by the name of the trail. How far the
    clocks of two controllers are apart no record says.

    :raises Refusal: two of them are copies of one trail
    """
    kept = {name: tuple(records) for name, records in trails.items()}
    _apart(kept)
    ordered = merge(*(_timed(name, records) for name, records in kept.items()), key=lambda each: each[0])
    return [record for _when, record in ordered]


def when(record: Record) -> datetime | None:
    """The time of a record; None where it has none that can be read."""
    try:
        moment = datetime.fromisoformat(str(record.get("at")))
        # Also one that Hong Kong's calendar does not reach cannot be shown.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(HONG_KONG)
    except (ValueError, OverflowError):
        return None


def called(trail: str) -> str:
    """What people call a trail by its name; that of this controller has none."""
    return printable(trail) or "this controller"


def reading(records: Iterable[Record]) -> Iterator[str]:
    """Lines for people: time in Hong Kong, number, who, where, and what; further lines of a text are indented.

    What a person says begins with "says", and further lines of it with ">". All else is what the toolkit saw. Each
    trail numbers its own records: where one speaks of another, the name of its trail is said, if that has one.
    """
    latest: dict[str, datetime] = {}
    for record in records:
        at, trail = when(record), str(record.get("trail") or "")
        back = at is not None and at < latest.get(trail, at)
        if at is not None and not back:
            latest[trail] = at
        who = f"{record.get('who') or '?'}@{record.get('from') or '?'}"
        time = show(at.replace(microsecond=0)) if at else "at an unknown time"
        places = (record.get("phase"), record.get("host"))
        place = " ".join(printable(str(each)) for each in places if each)
        notices = ("the clock had gone back", back), ("check mode", record.get("check"))
        aside = "".join(f" [{notice}]" for notice, true in notices if true)
        first, *more = _what(record).split("\n") or [""]
        yield f"{time}  {record.get('seq')}  {printable(who)}  {place or '-'}:{aside} {printable(first)}".rstrip()
        yield from (f"    {printable(line)}" for line in more)


def _apart(trails: Mapping[str, Sequence[Record]]) -> None:
    begun: list[tuple[str, Sequence[Record]]] = []
    for name, records in trails.items():
        for other, theirs in begun:
            if records and theirs and records[0] == theirs[0]:
                pairs = zip(records, theirs, strict=False)
                same = next((number for number, (one, two) in enumerate(pairs) if one != two), None)
                same = min(len(records), len(theirs)) if same is None else same
                raise Refusal(
                    f"{called(other)} and {called(name)}",
                    f"their first {same} records are the same: they are copies of one trail",
                    "Give one of them, the one that is whole and has more records",
                )
        begun.append((name, records))


def _timed(name: str, records: Iterable[Record]) -> Iterator[_Keyed]:
    latest = datetime.min.replace(tzinfo=UTC)
    for place, record in enumerate(records):
        latest = max(latest, when(record) or latest)
        yield (latest, name, place), {**record, "trail": name}


def _what(record: Record) -> str:
    event, detail = str(record.get("event")), record.get("detail")
    detail = detail if isinstance(detail, dict) else {}
    if event == NOTE:
        return _said(detail, str(record.get("trail") or ""))
    if event == "run_started":
        limit = f", limited to {detail['limit']}" if detail.get("limit") else ""
        return f"a run of {detail.get('playbook')} began{limit}"
    if event == "run_ended":
        counts = ", ".join(
            f"{detail.get(name)} {name}" for name in ("hosts", "changed", "failed", "unreachable")
        )
        return f"the run ended: {counts}"
    if event == "gate":
        return _gate(detail)
    if event in ("result", "readiness"):
        return _result(detail)
    message = detail.get("msg") or detail.get("what")
    return event + (f": {message}" if message else "")


def _said(detail: Mapping[str, Any], trail: str) -> str:
    of = f" of {printable(trail)}" if trail else ""
    corrects = f", in place of entry {detail['corrects']}{of}" if detail.get("corrects") else ""
    by = f" ({detail['by']})" if detail.get("by") else ""
    attests = "".join(f"\nattests: {item}" for item in _list(detail, "items"))
    return f"says{corrects}{by}: {quoted(str(detail.get('text')))}{attests}"


def quoted(text: str) -> str:
    """A person's text, of which no further line can be taken for one of the toolkit's."""
    return text.replace("\n", "\n> ")


def _gate(detail: Mapping[str, Any]) -> str:
    overrode = "".join(f"\noverridden: {each}" for each in _list(detail, "overridden"))
    reason = f", by the reason {detail['force']!r}" if detail.get("force") else ""
    pretended = f", pretending {detail.get('now')}" if detail.get("pretend") else ""
    return f"the gate {'let it pass' if detail.get('allowed') else 'refused'}{reason}{pretended}{overrode}"


def _result(detail: Mapping[str, Any]) -> str:
    if detail.get("censored"):
        return "done, its result was hidden"
    rows = [_row(row) for row in _list(detail, "rows") if isinstance(row, dict)]
    findings = [
        f"{each.get('level')}: {each.get('where')}: {each.get('what')}"
        for each in _list(detail, "findings")
        if isinstance(each, dict)
    ]
    step = str(detail.get("step") or "looked at").replace("_", " ")
    changed = "" if "changed" not in detail else ", changed" if detail["changed"] else ", nothing changed"
    return "\n".join([f"{step}{changed}", *rows, *findings])


def _row(row: Mapping[str, Any]) -> str:
    name = str(row.get("system"))
    states = (
        f"{part} {row[part]}"
        for part in ("dns", "configuration", "service")
        if row.get(part) not in (None, "-")
    )
    return ", ".join([f"{SYSTEMS.get(name, name)} by {row.get('access')}: {row.get('points_at')}", *states])


def _list(detail: Mapping[str, Any], name: str) -> list[Any]:
    value = detail.get(name)
    return value if isinstance(value, list) else []


@dataclass(frozen=True)
class Kept:
    """A trail as it lies in its folder: what came of verifying it, its last record, and who wrote the file when."""

    path: str
    verdict: Verdict
    last: Record | None = None
    owner: str = ""
    modified: datetime | None = None


def judged(kept: Kept) -> list[str]:
    """The verdict in lines: whole or broken and where, who extended it last, and the hash to write down elsewhere."""
    verdict, last = kept.verdict, kept.last
    if verdict.ok and not verdict.records and not verdict.truncated_last:
        return [f"{kept.path}: no record has been written yet"]
    many = f"{verdict.records} record" + ("" if verdict.records == 1 else "s")
    said = [
        f"{kept.path}: {'whole' if verdict.ok else 'BROKEN'}, {many}"
        + ("" if verdict.ok else " before the break")
    ]
    if not verdict.ok:
        said.append(f"broken at record {verdict.broken_at}: {verdict.why}")
    if verdict.truncated_last:
        said.append(
            "its last line is torn, as a crash leaves it; nothing was altered, and the next record closes it"
        )
    if verdict.unmarked:
        first, *others = verdict.unmarked
        more = f" and {len(others)} more" if others else ""
        said.append(
            f"{MARK} did not know of record {first}{more} when the next one was written, or does not yet. A power cut "
            "leaves that, and so does who adds records by hand: see whether you know them"
        )
    if last:
        at = when(last)
        time = f" at {show(at.replace(microsecond=0))}" if at else ""
        who = f"{last.get('who')} on {last.get('from')}"
        said.append(f"last extended{time} by {who}, as record {last.get('seq')} says itself")
    if kept.modified:
        said.append(
            f"the file belongs to {kept.owner} and was last written {show(kept.modified.replace(microsecond=0))}"
        )
    if verdict.ok:
        said.append(f"head: {verdict.head}: write it down elsewhere, its first {NOTED} digits will do")
    else:
        said.append(
            f"what stands before it follows from its start to the hash {verdict.head}; whether that is what was "
            "written, only a head noted earlier tells (trail_head)"
        )
    return [printable(line) for line in said]


def noted(head: str) -> str:
    """A hash as somebody noted it, all of it or how it begins.

    :raises Refusal: it is none, or too short to be somebody's only one
    """
    digits = "".join(head.split()).lower()
    if not NOTED <= len(digits) <= 64 or not set(digits) <= set("0123456789abcdef"):
        what = f"{head!r} is no hash of a record, nor the first {NOTED} digits of one"
        raise Refusal("trail_head", what, "Give it as it was noted, in hexadecimal digits")
    return digits
