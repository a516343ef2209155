# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the journal of a workstation says of the files of drills.

A baseline counts from the record that announces it, because all of it is on disk by then. A purge is settled by a
``done`` that says it moved everything, unless there was a file that could not be read, as one that is being written:
from then on, what is new in a production folder is production's own.
"""

from datetime import datetime, timedelta
from typing import Any, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import BASELINE, PURGED
from ansible_collections.hkex.drill.plugins.module_utils.journal import BEGIN, DONE, FILES, Record
from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Seen

WHOLE = "whole"  # of a ``done``: it did all of that


class Quarantine(NamedTuple):
    """A folder of files that were taken away, until they may go for good."""

    path: str
    since: str
    keep_days: int

    def due(self, now: str) -> bool:
        """Whether its time is over, by the clock of the journal. One that cannot be read is no reason to delete."""
        try:
            return moment(now) >= moment(self.since) + timedelta(days=self.keep_days)
        except (ValueError, TypeError, OverflowError):
            return False


class Story(NamedTuple):
    """``baseline`` and ``settled`` (the list of what was left by the last purge that took all it should) are SHA-256
    of the drill that is asked for, quarantines are of every one; ``next`` is the folder of a new one.
    """

    baseline: Optional[str]
    settled: Optional[str]
    quarantines: Tuple[Quarantine, ...]
    next: str


def story(seen: Seen, drill: Optional[str], occurrence: Optional[str]) -> Story:
    """The story of an occurrence of a drill on this workstation."""
    whole = {
        record["transaction"] for record in seen.journal if record["event"] == DONE and record.get(WHOLE)
    }
    baseline = settled = None
    quarantines = []
    for record in seen.journal:
        of_files = told(record)
        if not of_files:
            continue
        ours = (of_files["drill"], of_files["occurrence"]) == (drill, occurrence)
        if ours and of_files["kind"] == BASELINE:
            baseline, settled = of_files["manifest"], None
        if of_files["kind"] == PURGED:
            place = quarantine(seen, of_files["quarantine"])
            quarantines.append(Quarantine(place, record["at"], of_files["keep_days"]))
            if ours and baseline and record["transaction"] in whole and not of_files["unread"]:
                settled = of_files["left"]
    return Story(baseline, settled, tuple(quarantines), quarantine(seen, len(quarantines) + 1))


def told(record: Record) -> Optional[Mapping[str, Any]]:
    """What a record says of files as a whole."""
    return record.get(FILES) if record["event"] == BEGIN else None


def quarantine(seen: Seen, number: int) -> str:
    """The folder of a quarantine, which lies beside the blobs."""
    separator = "\\" if seen.system == WINDOWS else "/"
    return separator.join([own(seen), "quarantine", str(number)])


def own(seen: Seen) -> str:
    """The folder in which the collection keeps its own on this workstation."""
    return seen.facts.blobs[: -len("/blobs")]


def moment(text: str) -> datetime:
    """A time of the journal."""
    return datetime.fromisoformat(text)
