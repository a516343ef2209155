# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What 100,000 files cost a workstation: ``python -m tests.bench.rehearsal_files``.

A baseline of half of them, a second one after a few have changed, and a purge with the other half in the rehearsal
folder; the module is a process of its own. The bar is 200 MB of memory at most; what reading alone takes stands beside.
Names are those of reports, of which copies are kept, or with ``--names chinese`` long ones that fit no name of a drill,
or with ``--names mixed`` one report among a hundred files of other kinds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from tests.lab.fleet import ROOT
from tests.unit.module_process import PACKAGE, PROGRAM

BAR = 200  # MB
REHEARSAL = {"drill": "2021-11-06-ccass-failover-rehearsal", "occurrence": "2021-11-06"}
# As RAP stores reports, a folder a day below the market's; and the longest that a file system takes.
NAMES = {
    "reports": ("GLOB/2021{:04d}/CSEOP01_20211105_{:06d}.zip",),
    "chinese": ("{}/" + "帳" * 80 + "{}.dat",),
    "mixed": ("GLOB/2021{:04d}/CSEOP01_20211105_{:06d}.zip", *["ledger/{}/{:06d}.dat"] * 99),
}
# What a process read, as the kernel has counted it by the time it ends.
COUNT = """
import atexit, pathlib, sys
atexit.register(lambda: print(pathlib.Path("/proc/self/io").read_text().split()[1], file=sys.stderr))
"""


class Cost(NamedTuple):
    result: dict[str, Any]
    seconds: float
    megabytes: int
    read: int  # megabytes that the module read


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--kilobytes", type=int, default=8, help="of each file")
    parser.add_argument("--names", choices=NAMES, default="reports")
    given = parser.parse_args()
    forms = NAMES[given.names]
    names = [
        forms[number % len(forms)].format(number // len(forms) % 100, number) for number in range(given.files)
    ]
    with TemporaryDirectory(prefix="files") as name:
        folder = Path(name)
        reading = lay_out(folder, names, given.kilobytes)
        print(
            f"{given.files} files of {given.kilobytes} KB; to read them all and hash them takes {reading:.1f} s"
        )
        most = max(cost.megabytes for cost in rehearse(folder, names))
    print(f"  bar {BAR} MB: {'met' if most <= BAR else 'MISSED'}")
    return 0


def rehearse(folder: Path, names: list[str]) -> list[Cost]:
    found = [told("baseline", step(folder, "baseline"))]
    for name in names[:: max(len(names) // 100, 1)]:
        (folder / "reports" / name).write_bytes(b"changed")
    found.append(told("second baseline, 100 files changed", step(folder, "baseline")))
    for name in names:  # all of them come again, as the drill's
        source = folder / "reports" / name
        (folder / "rehearsal" / source.name).write_bytes(b"drill" + source.read_bytes())
    found.append(told("purge of as many in the rehearsal folder", step(folder, "purged")))
    verdict = found[-1].result["after"]["rehearsal_files"]["verdict"]
    if verdict != "clean" or list((folder / "rehearsal").iterdir()):
        raise SystemExit(f"It is not clean: {verdict}")
    return found


def told(what: str, cost: Cost) -> Cost:
    print(f"  {what}: {cost.seconds:.1f} s, {cost.megabytes} MB of memory at most, {cost.read} MB read")
    return cost


def lay_out(folder: Path, names: list[str], kilobytes: int) -> float:
    """The files, and the seconds it takes to read them."""
    for number, name in enumerate(names):
        path = folder / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number + bytes(1024 * kilobytes))
    (folder / "rehearsal").mkdir()
    start = time.monotonic()
    for name in names:
        hashlib.sha256((folder / "reports" / name).read_bytes()).hexdigest()
    return time.monotonic() - start


def step(folder: Path, state: str) -> Cost:
    """The module in a process of its own."""
    asked = {
        **REHEARSAL,
        "state": state,
        "folders": [f"{folder}/reports"],
        "rehearsal_folder": f"{folder}/rehearsal",
        "state_dir": f"{folder}/state",
    }
    start = time.monotonic()
    with (folder / "result").open("w+") as answer:
        process = subprocess.Popen(
            [sys.executable, "-c", COUNT + PROGRAM, PACKAGE + "rehearsal_files"],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT / "collections")},
        )
        if process.stdin is None or process.stderr is None:
            raise SystemExit("It cannot be asked")
        process.stdin.write(json.dumps({**asked, "_ansible_check_mode": False}).encode())
        process.stdin.close()
        said = process.stderr.read().decode()
        _pid, _status, used = os.wait4(process.pid, 0)
        process.returncode = 0
        answer.seek(0)
        result = json.load(answer)
    if result.get("failed"):
        raise SystemExit(f"It failed: {result['msg']}")
    return Cost(result, time.monotonic() - start, used.ru_maxrss // 1024, int(said.split()[-1]) // 1024**2)


if __name__ == "__main__":
    sys.exit(main())
