# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a workstation: holds the next write in its middle, so that the plug can be pulled there.

Waits for a process that opens the journal's lock, stops it as soon as the journal has grown, and writes what the
journal ends with then to /run/mid-write: ``begin`` if the write really is in its middle.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

FOLDER = "/var/lib/hkex-drill"
JOURNAL, LOCK = f"{FOLDER}/journal.jsonl", f"{FOLDER}/lock"


def writer() -> int:
    """The process that has the lock open, or 0."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            opened = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{process}/fd")]
        except OSError:
            continue  # it is gone
        if LOCK in opened:
            return int(process)
    return 0


def main() -> None:
    deadline = time.monotonic() + float(sys.argv[1])
    size = os.path.getsize(JOURNAL)
    found = 0
    while not found and time.monotonic() < deadline:
        found = writer()
    while os.path.getsize(JOURNAL) == size and time.monotonic() < deadline:
        pass
    os.kill(found, signal.SIGSTOP)
    last = json.loads(Path(JOURNAL).read_bytes().splitlines()[-1])
    if last["event"] != "begin":
        os.kill(found, signal.SIGCONT)
    Path("/run/mid-write").write_text(last["event"], encoding="utf-8")


main()
