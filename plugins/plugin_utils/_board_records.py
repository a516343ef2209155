# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one record of a trail says: of a workstation, of the fleet's readiness, or as a person's note.

Pure functions. They take any record that a trail can hold: what is missing or of another form is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import NAME as FILES
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import quoted
from ansible_collections.hkex.drill.plugins.plugin_utils.table import FAILED, UNREACHABLE, Found, Row
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import show

RESULT = "result"
NOTE = "note"
READINESS = "readiness"
GATE = "gate"
INVENTORY = "the inventory"  # what a finding is about that is no workstation's


@dataclass(frozen=True)
class Answer:
    """What one record says of one workstation: ``heard`` is ``result``, ``failed`` or ``unreachable``.

    ``not_clean`` None: nobody looked. ``keys``: RAP keys of it were seen. ``listed``: a list of its files was kept.
    """

    seq: int
    at: datetime
    run: str
    phase: str
    step: str
    host: str
    heard: str
    rows: tuple[Row, ...] = ()
    findings: tuple[Found, ...] = ()
    not_clean: str | None = None
    keys: bool = False
    listed: bool = False
    changed: bool = False
    check: bool = False
    message: str = ""
    trail: str = ""


@dataclass(frozen=True)
class Readiness:
    """The fleet held against the rules: what was found, by workstation or by ``the inventory``."""

    seq: int
    at: datetime
    run: str
    findings: tuple[Found, ...]
    trail: str = ""


@dataclass(frozen=True)
class Note:
    """What a person wrote down. ``corrected_by``: the entry that stands in its place; None: it stands itself."""

    seq: int
    at: datetime
    who: str  # the account at the controller
    by: str  # who told it; empty: nobody else
    host: str
    text: str
    items: tuple[str, ...]
    corrects: int | None = None
    corrected_by: int | None = None
    trail: str = ""

    @property
    def stands(self) -> bool:
        return self.corrected_by is None

    @property
    def signature(self) -> str:
        """Who says it, when, about what, and where that is recorded."""
        told = f", told by {self.by}" if self.by else ""
        about = f", about {self.host}" if self.host else ""
        return f"entry {self.seq}{of(self.trail)} by {self.who}{told}, {show(self.at)}{about}"

    @property
    def sentence(self) -> str:
        """The same with what is said, which alone tells a yes from a no; further lines of it begin with ``>``."""
        return f"{self.signature}: {quoted(self.text)}"


def of(trail: str) -> str:
    """What follows the number of a record: of which trail it is. That of this controller has no name."""
    return f" of {trail}" if trail else ""


def answers(record: Record) -> bool:
    """Whether it is of a workstation, in a phase: the verdict of status, in a play of its own, is neither."""
    known = record.get("event") in (RESULT, FAILED, UNREACHABLE)
    return bool(known and record.get("host") and record.get("phase")) and not refuses(record)


def judges(record: Record) -> bool:
    """Whether it is the verdict that a workstation is not as it should be: a failure of a play that has no phase."""
    failed = record.get("event") == FAILED and record.get("host")
    return bool(failed) and not record.get("phase") and not refuses(record)


def refuses(record: Record) -> bool:
    """Whether it is a failure of the gate or of readiness, which refuse a run, and no workstation's."""
    if record.get("event") != FAILED:
        return False
    role = str(details(record).get("task") or "").rpartition(" : ")[0].rpartition(".")[2]
    return role == GATE or "allowed" in details(record) or "findings_of" in details(record)


def answer(record: Record, at: datetime) -> Answer:
    host, detail = str(record["host"]), details(record)
    return Answer(
        int(record["seq"]),
        at,
        str(record.get("run") or ""),
        str(record["phase"]),
        str(detail.get("step") or ""),
        host,
        RESULT if detail.get("ignored") else str(record["event"]),
        tuple(Row.read(host, row) for row in _mappings(detail.get("rows"))),
        tuple(_found(host, each) for each in _mappings(detail.get("findings"))),
        str(detail["not_clean"]) if isinstance(detail.get("not_clean"), str) else None,
        bool(detail.get("rap_keys")),
        any(edit.get("path") == FILES for edit in _mappings(detail.get("edits"))),
        bool(detail.get("changed")),
        record.get("check") is True,
        str(detail.get("msg") or ""),
        str(record.get("trail") or ""),
    )


def readiness(record: Record, at: datetime) -> Readiness:
    detail = details(record)
    theirs = detail.get("findings_of")
    each = {INVENTORY: detail.get("findings"), **(theirs if isinstance(theirs, Mapping) else {})}
    found = (_found(str(name), one) for name, findings in each.items() for one in _mappings(findings))
    run, trail = str(record.get("run") or ""), str(record.get("trail") or "")
    return Readiness(int(record["seq"]), at, run, tuple(found), trail)


def note(record: Record, at: datetime) -> Note:
    detail = details(record)
    corrects = detail.get("corrects")
    return Note(
        int(record["seq"]),
        pretended(record) or at,
        str(record.get("who") or ""),
        str(detail.get("by") or ""),
        str(record.get("host") or ""),
        str(detail.get("text") or ""),
        tuple(texts(detail.get("items"))),
        corrects if isinstance(corrects, int) and not isinstance(corrects, bool) else None,
        trail=str(record.get("trail") or ""),
    )


def pretended(record: Record) -> datetime | None:
    """The time that it says in a sandbox; None where it pretends none."""
    detail = details(record)
    return moment(detail.get("now")) if detail.get("pretend") is True else None


def moment(value: object) -> datetime | None:
    """An aware time of a year that every calendar has; None where it is none."""
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return read.astimezone(HONG_KONG) if read.tzinfo and 1970 <= read.year < 3000 else None


def details(record: Record) -> Record:
    detail = record.get("detail")
    return detail if isinstance(detail, Mapping) else {}


def texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _found(host: str, finding: Record) -> Found:
    return Found(host, *(str(finding.get(part) or "") for part in ("level", "where", "what", "remedy")))


def _mappings(value: object) -> list[Record]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
