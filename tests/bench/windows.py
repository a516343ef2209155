# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a switch grows from one Windows workstation to a fleet: ``python -m tests.bench.windows``.

Simulated workstations over PSRP, on each of which a command takes 1.5 seconds, as on real ones. To-secondary of one and
of all of them, in one run; the ratio is the figure, the bar is 4.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.play import BACK, GAP
from tests.integration.play_windows import machine, windows
from tests.lab.windows import Fault, Kind

BAR = 4.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workstations", type=int, default=50)
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=1.5, help="that a command takes on a workstation")
    parser.add_argument("--transport", choices=("psrp", "winrm"), default="psrp")
    given = parser.parse_args()
    names = [f"pc-{number:02}" for number in range(given.workstations)]
    with (
        TemporaryDirectory(prefix="fl") as folder,
        windows(Path(folder), [machine(name) for name in names], given.transport) as (box, stand_in),
    ):
        for name in names:
            stand_in.fault(name, Fault(Kind.DELAY, times=None, seconds=given.seconds))

        def lap(phase: str, at: str, *limit: str) -> float:
            start = time.monotonic()
            ran = box.phase(phase, at, f"--forks={given.forks}", *limit)
            if ran.code:
                raise SystemExit(ran.said[-3000:])
            return time.monotonic() - start

        alone = lap("to-secondary", GAP, f"--limit={names[0]}")
        lap("to-primary", BACK, f"--limit={names[0]}")
        before = len(stand_in.executions())
        whole = lap("to-secondary", GAP)
        each = (len(stand_in.executions()) - before) / len(names)
    ratio = whole / alone
    print(f"to-secondary over {given.transport}, {given.seconds} s a command, forks {given.forks}")
    print(f"  one workstation    {alone:6.1f} s")
    print(f"  {len(names)} workstations    {whole:6.1f} s, {each:.1f} executions each")
    print(f"  ratio {ratio:.2f}, bar {BAR}: {'met' if ratio <= BAR else 'MISSED'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
