# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a workstation: holds the next write in its middle, so that the plug can be pulled there.

``stop_mid_write.py PATH SECONDS`` waits for a process that opens the journal's lock, stops it as soon as PATH has
changed, and writes to /run/mid-write what the journal ends with then: ``begin`` if the write really is in its middle,
``nobody`` if none came.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

FOLDER = Path("/var/lib/hkex-drill")
NOTE = Path("/run/mid-write")


def writer() -> int:
    """The process that has the lock open, or 0."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            opened = [entry.readlink() for entry in (process / "fd").iterdir()]
        except OSError:
            continue  # it is gone
        if FOLDER / "lock" in opened and int(process.name) != os.getpid():
            return int(process.name)
    return 0


def sign(path: Path) -> tuple[int, int] | None:
    """What changes with the file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def main(path: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    before = sign(path)
    with (FOLDER / "lock").open() as lock:  # whoever comes waits here, so that it is found in time
        fcntl.flock(lock, fcntl.LOCK_EX)
        while not (found := writer()):
            if time.monotonic() > deadline:
                NOTE.write_text("nobody", encoding="utf-8")
                return
        os.kill(found, signal.SIGSTOP)
    while sign(path) == before and time.monotonic() < deadline:  # in steps too short to get past the middle
        os.kill(found, signal.SIGCONT)
        time.sleep(0.0003)
        os.kill(found, signal.SIGSTOP)
    last = json.loads((FOLDER / "journal.jsonl").read_bytes().splitlines()[-1])
    if last["event"] != "begin":
        os.kill(found, signal.SIGCONT)
    NOTE.write_text(last["event"], encoding="utf-8")


main(Path(sys.argv[1]), float(sys.argv[2]))
