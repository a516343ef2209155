# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a workstation: holds the next write in its middle, so that the plug can be pulled there.

``stop_mid_write.py PATH SECONDS`` waits for a process that opens the journal's lock, stops it as soon as PATH has
changed, and writes to /run/mid-write what the journal ends with then: ``begin`` if the write really is in its middle.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

FOLDER = Path("/var/lib/hkex-drill")


def writer() -> int:
    """The process that has the lock open, or 0."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            opened = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{process}/fd")]
        except OSError:
            continue  # it is gone
        if str(FOLDER / "lock") in opened:
            return int(process)
    return 0


def sign(path: str) -> tuple[int, int] | None:
    """What changes with the file."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def main(path: str, seconds: str) -> None:
    deadline = time.monotonic() + float(seconds)
    before = sign(path)
    found = 0
    while not found and time.monotonic() < deadline:
        found = writer()
    while sign(path) == before and time.monotonic() < deadline:
        pass
    os.kill(found, signal.SIGSTOP)
    last = json.loads((FOLDER / "journal.jsonl").read_bytes().splitlines()[-1])
    if last["event"] != "begin":
        os.kill(found, signal.SIGCONT)
    Path("/run/mid-write").write_text(last["event"], encoding="utf-8")


main(*sys.argv[1:])
