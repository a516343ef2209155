# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a large FileZilla costs a workstation: ``python -m tests.bench.sftp_client``.

2,000 saved sites and a queue of 5 MB are switched in one visit, the module as a process of its own. Its processor time
is the figure, beside that of a FileZilla with one site and no queue; the bar is 3 seconds.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lab.fleet import ROOT, SETTINGS, SITES
from tests.unit.module_process import run

BAR = 3.0
QUEUE = ROOT / "tests" / "unit" / "fixtures" / "filezilla" / "real-3.63" / "default" / "queue.sqlite3"
OLD, NEW, PORT = "127.243.2.51", "127.243.66.51", 18801


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=2000)
    parser.add_argument("--queue", type=int, default=5, help="megabytes")
    given = parser.parse_args()
    small = cost(1, 0)
    large = cost(given.sites, given.queue)
    print(f"processor time of one visit that switches FileZilla: one site {small:.2f} s")
    print(f"  {given.sites} sites and a queue of {given.queue} MB {large:.2f} s")
    print(f"  bar {BAR:.0f} s: {'met' if large <= BAR else 'MISSED'}")
    return 0


def cost(sites: int, megabytes: int) -> float:
    """Seconds of processor time of the module's process."""
    with TemporaryDirectory(prefix="fz") as folder:
        settings = Path(folder) / "settings"
        settings.mkdir()
        text = SITES.format(rap=OLD, port=PORT)
        start, end = text.index("\t\t<Server>"), text.index("\t</Servers>")
        (settings / "sitemanager.xml").write_text(text[:start] + text[start:end] * sites + text[end:])
        (settings / "filezilla.xml").write_text(SETTINGS)
        if megabytes:
            _queue(settings / "queue.sqlite3", megabytes)
        known = [{"host": each, "port": PORT} for each in (OLD, NEW)]
        asked = {
            "sites": [{"known": known, "host": NEW, "port": PORT}],
            "config_dir": str(settings),
            "state_dir": f"{folder}/state",
        }
        before = _children()
        result = run("sftp_client", asked)
        took = _children() - before
        if not result["changed"] or OLD in (settings / "sitemanager.xml").read_text():
            raise SystemExit(f"It did not move: {result}")
        return took


def _queue(path: Path, megabytes: int) -> None:
    """A queue as FileZilla makes it, and so many megabytes that wait in it."""
    shutil.copy(QUEUE, path)
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute("UPDATE servers SET host = ?, port = ?", (OLD, PORT))
        opened.execute("CREATE TABLE padding (text)")
        opened.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO padding SELECT hex(zeroblob(480)) FROM n",
            (megabytes * 1050,),
        )


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
