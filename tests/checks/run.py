# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the parts of ``make test``, all or some: ``python -m tests.checks.run [PART or GROUP ...]``.

Every part runs to its end, whatever became of the others. Two lanes side by side: the tests, one after the other
(they share loopback addresses), and all the rest. A part that cannot run here is skipped, loudly; with
HKEX_DRILL_NO_SKIP=1 that counts as a failure.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from tests.checks.bench import Bench, Failed, Skipped, venv_of
from tests.checks.parts import PARTS, Part

PASSED, FAILED, SKIPPED = "passed", "FAILED", "SKIPPED"
TERMINAL = threading.Lock()


@dataclass(frozen=True)
class Result:
    """What became of a part; ``note`` says why it was skipped or where it failed."""

    part: Part
    status: str
    seconds: float
    note: str = ""


def chosen(names: Sequence[str], parts: Sequence[Part] = PARTS) -> list[Part]:
    """The parts named, by their own name or their group's; all of them without a name.

    :raises SystemExit: for a name that is neither
    """
    known = {part.name for part in parts} | {part.group for part in parts}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(
            f"No part of the tests is called {', '.join(unknown)}. There are: {', '.join(sorted(known))}"
        )
    return [part for part in parts if not names or part.name in names or part.group in names]


def carry_out(part: Part, bench: Bench) -> Result:
    """Run one part; nothing but an interrupt escapes from it."""
    start = time.monotonic()
    status, note = PASSED, ""
    try:
        python = venv_of(part.version) if part.version else bench.python
        part.run(Bench(python, bench.tmp, bench.log))
    except Skipped as skipped:
        status, note = SKIPPED, str(skipped)
    except Failed as failed:
        status, note = FAILED, str(failed)
    except Exception as error:  # noqa: BLE001  a part that breaks has failed; the others still run
        status, note = FAILED, f"{type(error).__name__}: {error}"
    return Result(part, status, time.monotonic() - start, note)


def captured(part: Part) -> Result:
    """Run one part aside and print all it said in one piece."""
    with tempfile.TemporaryDirectory(prefix="hkex-drill-") as folder, tempfile.TemporaryFile("w+") as log:
        result = carry_out(part, Bench(Path(sys.executable), Path(folder), log))
        log.seek(0)
        said = log.read()
        result = replace(result, note=result.note or counted(said))
        with TERMINAL:
            print(f"\n=== {part.name}: {part.what}\n{said}{line(result)}", flush=True)
    return result


def counted(said: str) -> str:
    """How many tests pytest says it ran and, so that nobody overlooks it, skipped; empty for another part."""
    return "".join(re.findall(r"^(\d+ (?:passed|skipped)\b.*) in [\d.]+s", said, re.MULTILINE)[-1:])


def line(result: Result) -> str:
    """One part's line of the summary."""
    note = f"  {result.note}" if result.note else ""
    return f"{result.status:8}{result.part.name:14}{result.seconds:6.1f} s{note}"


def lane(parts: Sequence[Part]) -> list[Result]:
    """Parts one after the other."""
    return [captured(part) for part in parts]


def summary(results: Sequence[Result]) -> str:
    """A line for each part, then the count, alone on the last line."""
    count = {status: sum(r.status == status for r in results) for status in (PASSED, FAILED, SKIPPED)}
    closing = f"parts: {count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped"
    return "\n".join(["", "=== summary", *map(line, results), closing])


def exit_code(results: Sequence[Result], no_skip: bool) -> int:
    """0 if everything ran well; a skipped part is well unless skipping is forbidden."""
    bad = {FAILED, SKIPPED} if no_skip else {FAILED}
    return int(any(result.status in bad for result in results))


def main(names: Sequence[str]) -> int:
    """Run what is named and say how it went."""
    parts = chosen(names)
    lanes = [[p for p in parts if p.group == "tests"], [p for p in parts if p.group != "tests"]]
    with ThreadPoolExecutor(len(lanes)) as pool:
        results = [result for done in pool.map(lane, lanes) for result in done]
    no_skip = os.environ.get("HKEX_DRILL_NO_SKIP") == "1"
    print(summary(results), flush=True)
    return exit_code(results, no_skip)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
