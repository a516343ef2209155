# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to say about a transaction: that it did not hold, was cut off, or met somebody else's change."""

from __future__ import annotations

import re
import shlex
from typing import Any, List, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.journal import Change, Recovery, Target
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    WARNING,
    WINDOWS,
    Finding,
    Key,
    Refusal,
    Seen,
)


def problems(changes: Sequence[Change], before: Seen, after: Seen) -> Tuple[Finding, ...]:
    """Where what is there is not what was planned."""
    found: List[Finding] = []
    if after.stopped is not None:
        found.append(
            Finding(ERROR, "the write", after.stopped.why, "Remove the cause and run the same phase again")
        )
    for change in changes:
        present = journal.state(after, change.target)
        if present != change.after and after.stopped is None:
            back = present == change.before
            found.append(
                Finding(
                    ERROR,
                    str(change),
                    "is back to what it was before the write"
                    if back
                    else "is neither what was written nor what was there before",
                    "Find the program that changes it (antivirus, configuration management) and exempt this file",
                )
            )
        elif present == change.after and not _same_attributes(change, before, after):
            found.append(
                Finding(
                    ERROR,
                    str(change),
                    "its mode, owner or attributes changed with the write",
                    "Compare them with a backup and report it",
                )
            )
    return tuple(found)


def _same_attributes(change: Change, before: Seen, after: Seen) -> bool:
    if not isinstance(change.target, str):
        return True
    old, new = before.files[change.target], after.files[change.target]
    return old is None or new is None or old.attributes == new.attributes


def not_begun(recovery: Optional[Tuple[int, Recovery]], closing: bool, why: str) -> Refusal:
    """Why nothing new was written; ``closing``: because an earlier run's transaction could not be taken back."""
    if closing and recovery is not None:
        where = f"taking back transaction {recovery[0]}, which an earlier run left unfinished"
        return Refusal(where, why, "Remove the cause and run it again")
    return Refusal("before the first write", why, "Remove the cause and run it again")


def recovered(recovery: Optional[Tuple[int, Recovery]], found: Seen) -> Tuple[Finding, ...]:
    """What to say about a transaction that an earlier run left without an end."""
    if recovery is None:
        return ()
    number, end = recovery
    what = f"an earlier run was cut off in transaction {number}; "
    if any(record["transaction"] == number and journal.FILES in record for record in found.journal):
        return (Finding(INFO, "journal", what + "each file is whole, and what it left undone is done now"),)
    if end.event == journal.DONE:
        return (Finding(INFO, "journal", what + "all of it had been written, so it counts as done"),)
    restored = ", ".join(str(change) for change in end.written) or "nothing had been written"
    return (
        Finding(WARNING, "journal", what + "it is taken back first: " + restored),
        *(left_alone(change, WARNING, found) for change in end.conflicts),
    )


def left_alone(change: Change, level: str, seen: Seen) -> Finding:
    """What to say about a target that somebody else has changed."""
    return Finding(
        level,
        str(change),
        "neither the state before the write nor the one after it stands there: somebody else changed it, "
        "so it is not taken back",
        f"Look at it; what was there before the write: {found_there(change.target, change.before, seen)}",
    )


def found_there(target: Target, state: Any, seen: Seen) -> str:
    """Where an earlier state of a target lies, for a person; the value of a setting may be a secret."""
    if state is None:
        return f"no {target}" if isinstance(target, str) else "no such setting"
    if isinstance(target, Key):
        journal = re.sub("blobs$", "journal.jsonl", seen.facts.blobs)
        how = "" if seen.system == WINDOWS else f"; as root: grep -F {shlex.quote(target.place)} {journal}"
        return f'what {journal} has as "before" of {"/".join(target)}{how}'
    return f"{seen.facts.blobs}/{state}"
