# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the journal of a workstation says of the files of drills.

A baseline counts from the record that announces it, because all of it is on disk by then, and so does what a purge saw:
what comes later is production's. What it could not move is still to go.
"""

from datetime import datetime, timedelta
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import (
    BASELINE,
    PURGED,
    Options,
    inside,
)
from ansible_collections.hkex.drill.plugins.module_utils.journal import BEGIN, DONE, FILES, Record
from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Seen

WHOLE = "whole"  # of a ``done``: it did all of that
STOPPED = "stopped"  # of a ``done``: the files that it could not move, all of them
Whose = Tuple[str, Optional[str]]  # drill and occurrence
_DAY = timedelta(days=1)  # by so much a clock may be off without a word


class Quarantine(NamedTuple):
    """A folder of files that were taken away, until they may go for good.

    :param due: its time is over
    :param ahead: the time at which it was filled, by the clock of then, if that is still to come
    """

    path: str
    keep_days: int
    due: bool
    ahead: str


class Story(NamedTuple):
    """``baseline`` and ``settled`` (what the last purge saw and left) are SHA-256 of the drill that is asked for.
    ``undone``: the lists of its purges that did not move all they should, each with the files that it could not move
    (None: it was cut off, and nobody knows). Quarantines are of every drill; ``next`` is the folder of a new one.
    ``ahead``: the time of the last record of the journal, if that is still to come. ``rehearsals``: the rehearsal
    folders of all baselines of the drill. ``open``: the other occurrences of drills that have a baseline after which no
    purge did all it should, and of those the ones ``since`` whose baseline is later than that of this drill.
    """

    baseline: Optional[str]
    settled: Optional[str]
    undone: Tuple[Tuple[str, Optional[Tuple[str, ...]]], ...]
    quarantines: Tuple[Quarantine, ...]
    next: str
    ahead: str
    rehearsals: Tuple[str, ...] = ()
    open: Tuple[Whose, ...] = ()
    since: Tuple[Whose, ...] = ()


def story(seen: Seen, options: Options) -> Story:
    """The story of an occurrence of a drill on this workstation, as it is now."""
    done = {record["transaction"]: record for record in seen.journal if record["event"] == DONE}
    baseline = settled = None
    undone: List[Tuple[str, Optional[Tuple[str, ...]]]] = []
    quarantines = []
    now = _moment(options.now)
    times: List[datetime] = []
    taken: Dict[Whose, int] = {}  # the baselines, by their number
    purged = set()
    for number, record in enumerate(seen.journal):
        at = _moment(record["at"])
        if at is not None:
            times.append(at)
        of_files = told(record)
        if not of_files:
            continue
        whose = (of_files["drill"], of_files["occurrence"])
        ours = whose == (options.drill, options.occurrence)
        if of_files["kind"] == BASELINE:
            taken[whose] = number
            purged.discard(whose)
            if ours:
                baseline, settled, undone = of_files["manifest"], None, []
        if of_files["kind"] == PURGED:
            keep_days = of_files["keep_days"]
            due = at is not None and now is not None and _over(at, times, now, timedelta(days=keep_days))
            place = quarantine(seen, of_files["quarantine"])
            quarantines.append(Quarantine(place, keep_days, due, _ahead(at, now)))
            end = done.get(record["transaction"], {})
            if end.get(WHOLE):
                purged.add(whose)
            if ours and baseline:
                settled = of_files["left"]
                stopped = end.get(STOPPED)
                undone = (
                    [] if end.get(WHOLE) else [*undone, (of_files["manifest"], stopped and tuple(stopped))]
                )
    own = taken.pop((str(options.drill), options.occurrence), len(seen.journal))
    others = [whose for whose in taken if whose not in purged]
    return Story(
        baseline,
        settled,
        tuple(undone),
        tuple(quarantines),
        quarantine(seen, len(quarantines) + 1),
        _ahead(times[-1] if times else None, now),
        rehearsals(seen, (options.drill, options.occurrence)),
        tuple(others),
        tuple(whose for whose in others if taken[whose] > own),
    )


def rehearsals(seen: Seen, whose: Tuple[Optional[str], Optional[str]]) -> Tuple[str, ...]:
    """The rehearsal folders of all baselines of an occurrence of a drill on this workstation, the first one first.

    One that has become production's by the last baseline is none any more.
    """
    records = (each for each in map(told, seen.journal) if each and each["kind"] == BASELINE)
    ours = [each for each in records if (each["drill"], each["occurrence"]) == whose]
    production = ours[-1].get("folders", ()) if ours else ()
    named = dict.fromkeys(each["rehearsal"] for each in ours if each.get("rehearsal"))
    return tuple(
        each for each in named if not any(inside(each, own) or inside(own, each) for own in production)
    )


def _over(at: datetime, times: List[datetime], now: datetime, keep: timedelta) -> bool:
    """Whether that has passed since the latest that the clock had said by then and that is not still to come: one that
    was set back for an hour must not end a quarantine early.
    """
    return now - max([at, *(time for time in times if time <= now)]) >= keep


def _ahead(at: Optional[datetime], now: Optional[datetime]) -> str:
    """The time if it is still to come; no clock runs backwards by itself."""
    return at.isoformat(timespec="seconds") if at and now and at - now > _DAY else ""


def _moment(text: str) -> Optional[datetime]:
    """A time of the journal. One that cannot be read is no reason to delete."""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else None


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
