# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The board: the day of a drill on one page of HTML, for a screen, a phone and a printer.

``board`` makes the page from a ``Day`` and is pure; ``write_board`` writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from ansible_collections.hkex.drill.plugins.plugin_utils._board_evidence import checklist, notes_table
from ansible_collections.hkex.drill.plugins.plugin_utils._board_fleet import fleet, sums
from ansible_collections.hkex.drill.plugins.plugin_utils._board_heard import DayRun
from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import (
    BAD,
    GOOD,
    WAIT,
    Html,
    cell,
    head,
    joined,
    names,
    page,
    records,
    section,
    sign,
    table,
    tag,
    text,
)
from ansible_collections.hkex.drill.plugins.plugin_utils._board_records import of
from ansible_collections.hkex.drill.plugins.plugin_utils._board_timeline import timeline
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, Group, day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, Occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import write_owned
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import NOTHING
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import lasting, show

_KINDS = {
    "prepare": "preparing",
    "serving": "session",
    "failover": "failover",
    "return": "return",
    "verification": "verification",
}


def write_board(
    folder: Path,
    records: Iterable[Record],
    drill: Drill,
    occurrence: Occurrence | None,
    now: datetime,
    verdict: Verdict | None = None,
) -> Path:
    """Write the board of an occurrence into the evidence folder, whole or not at all, for its owner alone.

    :param verdict: what came of verifying the trail; None: nobody has, and the board says so
    :raises Refusal: it cannot be written; the board that was there before still is
    """
    known = day(records, drill, occurrence, now)
    return write_owned(folder / file_name(drill, occurrence), board(known, verdict))


def file_name(drill: Drill, occurrence: Occurrence | None) -> str:
    """One board for each occurrence: ``board-2024-11-rrs-secondary-connectivity-2024-11-16.html``."""
    return f"board-{drill.id}{f'-{occurrence.id}' if occurrence else ''}.html"


def board(known: Day, verdict: Verdict | None = None) -> str:
    """The page."""
    return page(
        f"{known.drill.title}: board",
        tag("h1", known.drill.title),
        _top(known, verdict),
        section("deadlines", "Deadlines", _deadlines(known)),
        section("timeline", "Timeline", timeline(known), _windows(known), _runs(known)),
        section("elapsed", "Elapsed time per phase", _elapsed(known)),
        section("findings", "Findings and pending work", _findings(known.findings)),
        section("fleet", "Fleet", sums(known), fleet(known)),
        section("checklist", "Checklist", *checklist(known)),
        section("notes", "What people wrote down", notes_table(known.notes)),
    )


def _top(known: Day, verdict: Verdict | None) -> Html:
    facts = [f"As known at {show(known.now)}, Hong Kong time, as are all times of this page."]
    if known.pretended:
        facts.append("A rehearsal in the sandbox: the times of its runs are pretended ones.")
    if known.occurrence is None:
        facts.append("A real failover has no timetable.")
    facts.append(known.told_by(verdict))
    lost = ((known.unreachable, "Unreachable, so pending"), (known.failed, "Failed"))
    facts += [f"{what}: {names(hosts)}." for hosts, what in lost if hosts]
    return tag("div", *(tag("p", fact) for fact in facts), class_="box")


def _deadlines(known: Day) -> Html:
    if not known.deadlines:
        return tag("p", "The drill file has none up to this day.")
    columns = ("What", "Until", "Time left", "Source")
    return table(
        "What the circular wants done by when",
        columns,
        (
            [
                head(each.what),
                cell(columns[1], each.until),
                cell(columns[2], each.left(known.now)),
                cell(columns[3], each.source),
            ]
            for each in known.deadlines
        ),
    )


def _windows(known: Day) -> Html:
    if not known.windows:
        return Html()
    columns = ("Window", "From", "To", "What", "Data centre", "Source")
    rows = (
        [
            head(f"{number}. {each.window.id}"),
            cell(columns[1], f"{each.start:%H:%M}"),
            cell(columns[2], f"{each.end:%H:%M}"),
            cell(columns[3], _KINDS[each.window.kind], " (optional)" if each.window.optional else ""),
            cell(columns[4], each.window.data_centre or "none surely serves"),
            cell(columns[5], each.window.source),
        ]
        for number, each in enumerate(known.windows, start=1)
    )
    return table("Windows of the day, numbered as in the picture", columns, rows)


def _runs(known: Day) -> Html:
    if not known.runs:
        return tag("p", "No run is recorded.")
    columns = ("Run", "Start", "Took", "By", "Workstations", "What came of it", "Records")
    rows = (
        [
            head(f"R{number} {run.phase}", " (check mode)" if run.check else "", tag("small", run.id)),
            cell(columns[1], show(run.start)),
            cell(columns[2], lasting(run.elapsed), "" if run.end else "; its end is not recorded"),
            cell(columns[3], f"{run.who} on {run.controller}"),
            cell(columns[4], _told(run)),
            cell(columns[5], *_came(run)),
            cell(columns[6], records(run.seqs), of(run.trail)),
        ]
        for number, run in enumerate(known.runs, start=1)
    )
    return table("Runs, numbered as in the picture. Check mode changes nothing", columns, rows)


def _told(run: DayRun) -> str:
    changed = "would change" if run.check else "changed"
    parts = ((run.changed, changed), (run.failed, "failed"), (run.unreachable, "unreachable"))
    told = ", ".join([str(len(run.hosts)), *(f"{len(hosts)} {what}" for hosts, what in parts if hosts)])
    return f"{told}; limited to {run.limit}" if run.limit else told


def _came(run: DayRun) -> list[Html]:
    if run.refused:
        return [sign(BAD, "refused"), text(f": {run.refused}")]
    signs = [sign(BAD, f"{len(run.failed)} failed")] if run.failed else []
    if astray := len(run.astray - run.failed):
        signs.append(sign(BAD, f"{astray} not as it should be"))
    if pending := len(run.pending - run.failed - run.astray):
        signs.append(sign(WAIT, f"{pending} pending"))
    if run.ended_badly and not (run.failed or run.astray):
        signs.append(sign(BAD, "ended with a failure"))
    if not run.end:
        signs.append(sign(WAIT, "cut off, or still on"))
    said = [joined(signs or [sign(GOOD, "went through")], ", ")]
    if run.overridden:
        said.append(text(f", forced because: {run.force} (against {'; '.join(run.overridden)})"))
    return said


def _elapsed(known: Day) -> Html:
    columns = ("Phase", "Runs", "In all", "First start", "Last record")
    rows = (
        [
            head(each.phase),
            cell(columns[1], each.runs, f" and {each.checks} in check mode" if each.checks else ""),
            cell(columns[2], lasting(each.total)),
            cell(columns[3], show(each.first)),
            cell(columns[4], show(each.last)),
        ]
        for each in known.elapsed
    )
    caption = "Time that the runs took, without the time between them; check mode is not counted"
    return table(caption, columns, rows) if known.elapsed else tag("p", "No run is recorded.")


def _findings(groups: Sequence[Group]) -> Html:
    if not groups:
        return tag("p", "The records hold none. What only a person can see is in the checklist.")
    columns = ("Finding", "Where", "What", "What to do", "Workstations")
    shapes = {"error": BAD, "pending": WAIT, "warning": WAIT}
    rows = (
        [
            head(f"F{number} ", sign(shapes[group.level], group.level)),
            cell(columns[1], group.where),
            cell(columns[2], group.what),
            cell(columns[3], group.remedy or NOTHING),
            cell(columns[4], names(group.workstations)),
        ]
        for number, group in enumerate(groups, start=1)
    )
    return table("What was last found on each workstation, the gravest first", columns, rows)
