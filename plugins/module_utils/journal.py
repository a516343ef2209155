# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of a workstation, read: which transaction was cut off, and how to take it back.

One record a line, appended in the order blob, ``begin``, targets, ``done``, each on disk before the next. Taking back
is announced by ``undo`` and ends with ``undone`` or ``conflict``; that may follow ``done`` too, and then counts. So
whatever instant a run is killed at, the journal and the present state of the targets tell what happened; everything
here is a pure function of the two.
"""

import json
from datetime import datetime, timezone
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Assign,
    Key,
    Look,
    Refusal,
    Restore,
    Seen,
)

BEGIN = "begin"
DONE = "done"
UNDO = "undo"
UNDONE = "undone"
CONFLICT = "conflict"

FILES = "files"  # of a ``begin``: what its transaction does with files as a whole

Record = Mapping[str, Any]
Target = Union[str, Key]  # a path, or a setting


def now() -> str:
    """The present time as the journal has it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def line(record: Record) -> str:
    """A record as it stands in the journal, without the line's end."""
    return json.dumps(record, sort_keys=True)


def parse(lines: Iterable[Union[str, bytes]], path: str) -> Tuple[Record, ...]:
    """The records of the journal's lines.

    :raises Refusal: a line is none
    """
    found: List[Record] = []
    for number, text in enumerate(lines, 1):
        try:
            record = json.loads(text)
            known = isinstance(record["event"], str) and isinstance(record["transaction"], int)
        except (ValueError, TypeError, LookupError):
            known = False
        if not known:
            raise Refusal(
                f"{path}, line {number}",
                "is not a record of the journal: somebody edited it, or the disk is faulty",
                "Compare the files it names with its blobs by hand, then move the journal away",
            )
        found.append(record)
    return tuple(found)


class Change(NamedTuple):
    """A target and its states: for a file the SHA-256 (None: absent), for a setting its value (None: unset)."""

    target: Target
    before: Any
    after: Any

    def reversed(self) -> "Change":
        """The change that takes this one back."""
        return Change(self.target, self.after, self.before)

    def edit(self) -> Union[Restore, Assign]:
        """The edit that carries it out; for a file by the blob of what it becomes."""
        if isinstance(self.target, Key):
            return Assign(self.target, self.before, self.after)
        return Restore(self.target, self.before, self.after)

    def __str__(self) -> str:
        return "/".join(self.target) if isinstance(self.target, Key) else self.target


def begin(
    number: int, at: str, drill: Optional[str], occurrence: Optional[str], changes: Sequence[Change]
) -> Dict[str, Any]:
    """The record that announces a transaction."""
    return {
        "event": BEGIN,
        "transaction": number,
        "at": at,
        "drill": drill,
        "occurrence": occurrence,
        "changes": [_written(change) for change in changes],
    }


def note(number: int, at: str, event: str) -> Dict[str, Any]:
    """The record of any later event of a transaction: its end, or that it is going to be taken back."""
    return {"event": event, "transaction": number, "at": at}


def changes(record: Record) -> Tuple[Change, ...]:
    """The changes that a ``begin`` record announced."""
    return tuple(
        Change(Key(*entry["key"]) if "key" in entry else entry["path"], entry["before"], entry["after"])
        for entry in record["changes"]
    )


def number(records: Sequence[Record]) -> int:
    """The number of the next transaction."""
    return max((record["transaction"] for record in records), default=0) + 1


class CutOff(NamedTuple):
    """A transaction without an end; ``undoing``: it was cut off while it was being taken back."""

    number: int
    changes: Tuple[Change, ...]
    undoing: bool


def cut_off(records: Sequence[Record]) -> Optional[CutOff]:
    """The transaction that has no end: only the last one can be such."""
    if not records or records[-1]["event"] not in (BEGIN, UNDO):
        return None
    number, undoing = records[-1]["transaction"], records[-1]["event"] == UNDO
    begun = (each for each in records if each["event"] == BEGIN and each["transaction"] == number)
    return next((CutOff(number, changes(record), undoing) for record in begun), None)


def look(targets: Iterable[Change]) -> Look:
    """What must be seen to take changes back: their targets, and the blobs of what was there before."""
    targets = tuple(targets)
    return Look(
        files=frozenset(change.target for change in targets if isinstance(change.target, str)),
        settings=frozenset(change.target for change in targets if isinstance(change.target, Key)),
        blobs=frozenset(
            change.before
            for change in targets
            if isinstance(change.target, str) and change.before is not None
        ),
    )


def state(seen: Seen, target: Target) -> Any:
    """What a target is now, in the terms of the journal."""
    if isinstance(target, Key):
        return seen.setting(target)
    file = seen.files[target]
    return None if file is None else file.sha256


class Recovery(NamedTuple):
    """How a transaction ends: the event to record, and its changes by what stands at their targets now.

    ``written`` ones go back, ``untouched`` ones stay, ``conflicts`` are somebody else's and are left alone;
    ``finished`` ones are as they were to become, and stay too.
    """

    event: str
    written: Tuple[Change, ...] = ()
    untouched: Tuple[Change, ...] = ()
    conflicts: Tuple[Change, ...] = ()
    finished: Tuple[Change, ...] = ()

    def edits(self) -> Tuple[Union[Restore, Assign], ...]:
        """What leads there; a file that stays is tidied, because a write beside it may have been cut off."""
        stay = self.untouched + self.conflicts
        tidied = [Change(change.target, change.before, change.before) for change in stay]
        tidied += [Change(change.target, change.after, change.after) for change in self.finished]
        return (
            *(change.reversed().edit() for change in self.written),
            *(change.edit() for change in tidied if isinstance(change.target, str)),
        )


def recovery(targets: Iterable[Change], seen: Seen, finish: bool = True) -> Recovery:
    """Finish or undo a transaction whose end is not known.

    With every target as planned it is done (unless ``finish`` is False: then it is taken back all the same).
    Otherwise what is as planned goes back, what is as before stays, and anything else is somebody's: left alone.
    """
    now = [(change, state(seen, change.target)) for change in targets]
    if finish and all(present == change.after for change, present in now):
        return Recovery(DONE, finished=tuple(change for change, _present in now))
    written = tuple(change for change, present in now if present == change.after)
    untouched = tuple(change for change, present in now if present == change.before)
    conflicts = tuple(change for change, present in now if present not in (change.before, change.after))
    return Recovery(CONFLICT if conflicts else UNDONE, written, untouched, conflicts)


def _written(change: Change) -> Dict[str, Any]:
    where: Dict[str, Any] = (
        {"key": list(change.target)} if isinstance(change.target, Key) else {"path": change.target}
    )
    return dict(where, before=change.before, after=change.after)
