# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the records of a trail say of what has been done before. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import PRE_DRILL

Record = Mapping[str, Any]


def last_phase(records: Iterable[Record], drill: str, phases: Collection[str]) -> str | None:
    """The last of these phases of a drill in which a workstation was really written."""
    last = None
    for record, detail in _results(records, drill):
        if detail.get("step") == "write" and record.get("phase") in phases:
            last = record["phase"]
    return last


def recorded_keys(records: Iterable[Record], drill: str, occurrence: str | None) -> dict[str, dict[str, str]]:
    """The RAP keys that the last pre-drill of this occurrence has seen: workstation -> account -> fingerprint."""
    found: dict[str, dict[str, str]] = {}
    for record, detail in _results(records, drill):
        keys = detail.get("rap_keys")
        its = record.get("phase") == PRE_DRILL and record.get("occurrence") == occurrence
        if its and keys and isinstance(keys, dict):
            found[str(record.get("host"))] = {str(name): str(key) for name, key in keys.items()}
    return found


def of_occurrence(records: Iterable[Record], drill: str, occurrence: str | None) -> list[Record]:
    """The records of an occurrence, in their order; those with which its runs began did not know it yet."""
    known = [*records]
    mine = [record.get("drill") == drill and record.get("occurrence") == occurrence for record in known]
    runs = {_run(record) for record, its in zip(known, mine, strict=True) if its} - {None}
    return [
        record
        for record, its in zip(known, mine, strict=True)
        if its or (record.get("drill") is None and _run(record) in runs)
    ]


def _run(record: Record) -> str | None:
    run = record.get("run")
    return run if isinstance(run, str) else None


def _results(records: Iterable[Record], drill: str) -> Iterator[tuple[Record, Record]]:
    """What really became of workstations, each with its details."""
    for record in records:
        detail = record.get("detail")
        if record.get("event") == "result" and record.get("drill") == drill and not record.get("check"):
            yield record, detail if isinstance(detail, dict) else {}
