# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Baseline and purge of real folders, killed at each call that changes something; then run again.

``python rehearsal_kill.py FOLDER`` prints a line of JSON about each trial; the tests judge them.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import engine, rehearsal_files
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import moves
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.unit import kill
from tests.unit.posix_files import STRANGER

REPORT, OVER, NEW, UPLOAD, DEEP = (
    b"production",
    b"over, of the drill",
    b"new, of the drill",
    b"upload",
    b"deep",
)
MOVED = b"production that was moved"
SATURDAY, LATER = "2021-11-06T18:00:00.000+00:00", "2021-12-01T00:00:00.000+00:00"


def production(folder: Path) -> None:
    (folder / "reports").mkdir(parents=True)
    (folder / "reports" / "CSESM01.zip").write_bytes(REPORT)
    (folder / "reports" / "moved.txt").write_bytes(MOVED)


def drill(folder: Path) -> None:
    (folder / "reports" / "CSESM01.zip").write_bytes(OVER)
    (folder / "reports" / "CSESM02.zip").write_bytes(NEW)
    (folder / "rehearsal" / "20211106").mkdir(parents=True)
    (folder / "rehearsal" / "SITEST.TXT").write_bytes(UPLOAD)
    (folder / "rehearsal" / "20211106" / "TP001").write_bytes(DEEP)
    (folder / "reports" / "moved.txt").rename(folder / "rehearsal" / "moved.txt")


def run(folder: Path, state: str, now: str = SATURDAY, keep_days: int = 3) -> str:
    given = {
        "state": state,
        "drill": "d",
        "folders": [str(folder / "reports")],
        "rehearsal_folder": str(folder / "rehearsal"),
        "keep_days": keep_days,
    }
    concern = rehearsal_files.concern(given, now)
    try:
        outcome = engine.run(Posix(str(folder / "state")), [concern], lambda: now, "d")
    except Refusal as refusal:
        return f"refused: {refusal}"
    told = concern.describe(concern.options, outcome.after)
    return str(told["verdict"] if state == "purged" else f"{told['new']} new")


def far_away() -> None:
    """The quarantine is on another file system; and in this one no two files can change names."""
    setattr(moves, "exchange", lambda *_: False)  # noqa: B010
    real: Any = os.link

    def link(*names: Any, src_dir_fd: int, dst_dir_fd: int, **more: Any) -> None:
        from_here, there = (
            "/quarantine/" in str(Path(f"/proc/self/fd/{fd}").readlink()) for fd in (src_dir_fd, dst_dir_fd)
        )
        if from_here != there:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(*names, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, **more)

    setattr(os, "link", link)  # noqa: B010


def found(folder: Path) -> dict[str, Any]:
    """What lies where."""
    files = {
        str(path.relative_to(folder)): path.read_bytes().decode("latin-1")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("lock", "journal.jsonl") and "blobs" not in path.parts
    }
    folders = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir()]
    made = folder / "rehearsal"
    whose = [made.stat().st_mode, made.stat().st_uid, made.stat().st_gid] if made.exists() else None
    return {"files": files, "folders": sorted(folders), "whose": whose}


# What is killed, after what, and what comes then.
Trial = tuple[Callable[[Path], None], Callable[[Path], str], Callable[[Path], str]]


def _drilled(folder: Path) -> None:
    production(folder)
    run(folder, "baseline")
    drill(folder)


def _kept(folder: Path) -> None:
    _drilled(folder)
    run(folder, "purged")


def _far(folder: Path) -> str:
    far_away()
    return run(folder, "purged")


TRIALS: dict[str, Trial] = {
    "baseline": (production, lambda ws: run(ws, "baseline"), lambda ws: run(ws, "baseline")),
    "purge": (_drilled, lambda ws: run(ws, "purged"), lambda ws: run(ws, "purged")),
    "far": (_drilled, _far, _far),
    "at once": (
        _drilled,
        lambda ws: run(ws, "purged", keep_days=0),
        lambda ws: run(ws, "purged", keep_days=0),
    ),
    "due": (_kept, lambda ws: run(ws, "purged", LATER), lambda ws: run(ws, "purged", LATER)),
}


def killed(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    prepare, body, again = TRIALS[name]
    template, ws = folder / "template", folder / "ws"

    def fresh() -> None:
        shutil.rmtree(ws, ignore_errors=True)
        shutil.copytree(template, ws)
        if os.geteuid() == 0:
            os.chown(ws, STRANGER, STRANGER)  # whose the rehearsal folder will be

    # Of the copies below the times are those of the template, and so are the paths: it takes the place of its copy.
    prepare(ws)
    ws.rename(template)
    fresh()
    undisturbed, _signal = kill.forked(lambda: counted(body, ws, 0, "never"))
    yield {"trial": name, "end": undisturbed["end"], "finally": found(ws), "undisturbed": True}
    for at, call in enumerate([*undisturbed["calls"], "end"], 1):
        for when in ("before", *kill.EXTRA.get(call, ())):
            fresh()
            _nothing, ended_by = kill.forked(lambda: counted(body, ws, at, when))  # noqa: B023
            trial = {"trial": name, "at": at, "when": when, "signal": ended_by, "then": found(ws)}
            end, _signal = kill.forked(lambda: counted(again, ws, 0, "never"))
            yield {**trial, "end": end["end"], "finally": found(ws)}


def counted(body: Callable[[Path], str], ws: Path, at: int, when: str) -> dict[str, Any]:
    calls = kill.killing(at, when)
    end = body(ws)
    if at == len(calls) + 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"end": end, "calls": calls}


if __name__ == "__main__":
    kill.CALLS += ("rmdir", "utime", "link", "fchown")
    kill.EXTRA["link"] = ("after",)  # before two files change names, which is no call of Python's
    for each in TRIALS:
        for told in killed(Path(sys.argv[1]) / each, each):
            print(json.dumps(told), flush=True)
