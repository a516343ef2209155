# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a drill: what is asked of a workstation before it and afterwards. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_judge import MOVED_IN, OVERWROTE
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import inside
from ansible_collections.hkex.drill.plugins.module_utils.arguments import REHEARSAL_FILES
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    BUSINESS,
    CLEANUP,
    PRE_DRILL,
    next_business_day,
    show,
)

BASELINE, PURGED = "baseline", "purged"

_CLEAN = "clean"


def rehearsal_files(drill: Drill, workstation: Workstation, state: str) -> dict[str, Any]:
    """The option ``rehearsal_files``; empty where the circular asks for no removal, or the inventory has no folder.

    :param state: what stands there is remembered (``baseline``), or what the drill brought is taken away (``purged``)
    """
    files = workstation.files
    if not drill.cleans_up or not (files.folders or files.folder):
        return {}
    options = {
        "state": state,
        "folders": list(files.folders),
        "patterns": list(files.patterns),
        "purge_unmatched": files.unmatched,
        **({"rehearsal_folder": files.folder} if files.folder else {}),
        **({} if files.keep_days is None else {"keep_days": files.keep_days}),
    }
    return {"rehearsal_files": options}


def to_rehearsal(drill: Drill, workstation: Workstation, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The option ``sftp_client`` with the rehearsal folder as local folder of its sites; empty where there is none.

    For the day of the drill only: what a client downloads before that is production's.

    :param asked: what the phase asks for
    """
    if not (_clients(drill, asked) and workstation.files.folder):
        return {}
    local = {"path": workstation.files.folder, "state": "present"}
    return {"sftp_client": {**asked["sftp_client"], "local_folder": local}}


def from_rehearsal(drill: Drill, workstation: Workstation, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The option ``sftp_client`` that gives sites their local folders back, and leaves addresses where they are.

    Also where the inventory names no rehearsal folder any more: the workstation knows those that the drill has had.

    :param asked: what a switch asks for
    """
    if not _clients(drill, asked):
        return {}
    places = [place for site in asked["sftp_client"]["sites"] for place in site["known"]]
    told = {name: value for name, value in asked["sftp_client"].items() if name != "stale"}
    folder = workstation.files.folder
    local = {**({"path": folder} if folder else {}), "state": "absent"}
    return {
        "sftp_client": {
            **told,
            "sites": [{"known": [place], **place} for place in places],
            "local_folder": local,
        }
    }


def _clients(drill: Drill, asked: Mapping[str, Any]) -> bool:
    return drill.cleans_up and "sftp_client" in asked


def not_clean(described: Mapping[str, Any]) -> str:
    """What is left of the drill and why, in a sentence; empty where the workstation is clean."""
    told = described["rehearsal_files"]
    files = (
        "" if told["verdict"] == _CLEAN else f"{told['verdict']}{told['summary'] and ', '}{told['summary']}"
    )
    left = [f"files of the drill: {files}"] if files else []
    left += [
        f"{site['client']}{f' of {user}' if (user := site['user']) else ''} still downloads into "
        f"{site['local_folder']} ({site['where']}): close it, and run cleanup again"
        for site in described.get("sftp_client", {}).get("sites", ())
        if any(inside(site["local_folder"] or "", folder) for folder in told["rehearsal_folders"])
    ]
    return "; ".join(left)


def cleaned(keep_days: int | None, answer: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What a cleanup did with files, for the table of the fleet; empty where it had nothing to do.

    ``taken`` away, ``put_back`` in production, ``gone`` from there (nobody took them), ``left`` where they are; the
    ``quarantine`` of what was taken, and the day ``until`` which it is kept.

    :param keep_days: as the inventory has it
    :param answer: what the workstation says of before and after
    :param now: by the clock
    """
    before, after = (answer[each].get("rehearsal_files") for each in ("before", "after"))
    if not before or not after:
        return {}
    done = Counter(before["to_go_why"]) - Counter(after["to_go_why"])
    numbers = {
        "taken": done.total() - done[MOVED_IN],
        "put_back": done[OVERWROTE] + done[MOVED_IN],
        "gone": after["gone"],
        "left": after["left_count"] + after["to_go"],
    }
    if not any(numbers.values()):
        return {}
    place = next((edit["quarantine"] for edit in answer["edits"] if "quarantine" in edit), "")
    if not place or not numbers["taken"]:
        return numbers
    days = REHEARSAL_FILES["keep_days"]["default"] if keep_days is None else keep_days
    until = now + timedelta(days=days)
    return {**numbers, "quarantine": place, "until": until.astimezone(HONG_KONG).date().isoformat()}


def files_notes(
    drill: Drill, day: date | None, phase: str, now: datetime, holidays: Collection[date] = ()
) -> list[str]:
    """What to know of the drill's files before they are remembered, or taken away."""
    if day is None:
        nothing = "Contingency rehearses nothing: it has no cleanup and needs no baseline"
        return [nothing] if phase == PRE_DRILL else []
    if not drill.cleans_up:
        return []
    return _early(day, now) if phase == PRE_DRILL else _late(day, now, holidays) if phase == CLEANUP else []


def _early(day: date, now: datetime) -> list[str]:
    """What to know of a baseline of an earlier day."""
    if now.astimezone(HONG_KONG).date() == day:
        return []
    return [
        f"What is downloaded from now on would count as the drill's: run pre-drill once more on {day}, before its "
        "first session, to remember that, too"
    ]


def _late(day: date, now: datetime, holidays: Collection[date]) -> list[str]:
    """What to know of a cleanup after production has begun to download again."""
    business = datetime.combine(next_business_day(day, holidays), BUSINESS, HONG_KONG)
    if now < business:
        return []
    return [
        f"Since {show(business)} production downloads reports of the same names. Where the drill's have not been taken "
        "away yet, they go, too, and are kept for drill_keep_days: see with --check --diff what goes"
    ]
