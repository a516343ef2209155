# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What judging the registration of a large fleet costs the controller: ``python -m tests.bench.readiness``.

300 workstations are judged in one pass: once many participants that obey, and once a single one that has every account
and of which no workstation is as it should be. The processor time of a pass is the figure; the bar is 2 seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "collections"))

from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation, workstation
from ansible_collections.hkex.drill.plugins.plugin_utils.readiness import judge

BAR = 2.0
DRILL = "2025-06-21-rap-practice-session"
BRIDGE = "192.168.122.1"  # of virtual machines: the same everywhere
FEW = 12  # workstations of a participant that obeys: three accounts of four


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workstations", type=int, default=300)
    count = parser.parse_args().workstations
    right = {name(number): (address(number), BRIDGE) for number in range(count)}
    wrong = dict.fromkeys(right, ("10.177.0.1", BRIDGE))
    well, nothing = judged(fleet(count, FEW), right)
    ill, verdicts = judged(fleet(count, count), wrong)
    if nothing or verdicts <= count:
        raise SystemExit(
            f"It did not judge as it should: {nothing} verdicts where all is right, else {verdicts}"
        )
    print(f"processor time to judge the registration of {count} workstations")
    print(f"  all as it should be     {well * 1000:6.0f} ms")
    print(f"  {verdicts} verdicts            {ill * 1000:6.0f} ms")
    print(f"  bar {BAR:.0f} s: {'met' if max(well, ill) <= BAR else 'MISSED'}")
    return 0


def judged(workstations: list[Workstation], seen: Mapping[str, Collection[str]]) -> tuple[float, int]:
    """Seconds of processor time of one pass, and how many verdicts it came to."""
    drill = load(DIRECTORY, DRILL)
    start = time.process_time()
    verdicts = judge(drill, workstations, seen)
    return time.process_time() - start, len(verdicts)


def fleet(count: int, each: int) -> list[Workstation]:
    """Workstations of participants that have so many each, read as an inventory gives them: every one with it all."""
    return [workstation(name(number), variables(number // each, each, count)) for number in range(count)]


def name(number: int) -> str:
    return f"pc-{number:04}"


def address(number: int) -> str:
    return f"10.135.{number // 200}.{number % 200 + 1}"


def variables(participant: int, each: int, count: int) -> dict[str, Any]:
    first = participant * each
    end = min(first + each, count)
    accounts = [
        {
            "name": f"CB{participant:05}{(at - first) // 4 + 1:03}",
            "market": "hkscc",
            "workstations": {name(number): address(number) for number in range(at, min(at + 4, end))},
        }
        for at in range(first, end, 4)
    ]
    return {
        "drill_markets": ["hkscc"],
        "drill_access": {"rap": "ip_address"},
        "drill_participant": {
            "name": f"Participant {participant}",
            "kinds": ["general_clearing"],
            "accounts": accounts,
        },
    }


if __name__ == "__main__":
    sys.exit(main())
