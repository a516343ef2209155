# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one write visit costs, beside a bare custom module's, over ssh: ``python -m tests.bench.to_secondary``.

Both are measured in one run, task by task in turn, on the same hosts with open connections. The ratio of the medians
is the figure; the bar is 1.2. Then a whole to-secondary of the same fleet, for scale.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.bench.openssh_fleet import OpenSshFleet, Unfit
from tests.integration.play import GAP, SESSION_1, SESSION_2, Sandbox, fleet
from tests.lab.fleet import ROOT
from tests.lab.ssh_fleet import SshFleet

HERE = Path(__file__).parent
BAR = 1.2
TIME_OUT = 900.0
BARE, WRITE = "bare custom module", "hkex.drill.workstation"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workstations", type=int, default=50)
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=4)
    system = "/usr/bin/python3"  # what a workstation has; a Python built without optimisation says little
    parser.add_argument("--python", default=system if Path(system).exists() else sys.executable)
    given = parser.parse_args()
    names = [f"pc-{number:02}" for number in range(given.workstations)]
    with TemporaryDirectory(prefix="fl") as folder, ExitStack() as started:
        hosts, server = serve(Path(folder) / "s", names, started)
        box = fleet(Path(folder), {name: {} for name in names})
        path = box.inventory / "group_vars" / "all.yml"
        variables = yaml.safe_load(path.read_text()) | hosts.variables()
        path.write_text(yaml.safe_dump(variables | {"ansible_python_interpreter": given.python}))
        laps = measure(box, given.rounds, given.forks)
        whole = switch(box, given.forks)
    bare, write = (statistics.median(laps[name]) for name in (BARE, WRITE))
    ratio = write / bare
    print(
        f"{given.workstations} workstations over ssh, forks {given.forks}, median of {len(laps[WRITE])} rounds each; "
        f"server: {server}"
    )
    print(f"  {BARE:24} {bare:7.2f} s  ({bare / given.workstations * 1000:.0f} ms a workstation)")
    print(f"  {WRITE:24} {write:7.2f} s  ({write / given.workstations * 1000:.0f} ms a workstation)")
    print(f"  ratio {ratio:.2f}, bar {BAR}: {'met' if ratio <= BAR else 'MISSED'}")
    print(f"  a whole to-secondary: {whole:.1f} s")
    return 0


def serve(folder: Path, names: list[str], started: ExitStack) -> tuple[OpenSshFleet | SshFleet, str]:
    """The fleet behind OpenSSH's server, as in the field, or where there is none behind the lab's own."""
    try:
        return started.enter_context(OpenSshFleet(folder)), "OpenSSH"
    except Unfit as why:
        return started.enter_context(SshFleet(folder, names)), f"the lab's own ({why})"


def measure(box: Sandbox, rounds: int, forks: int) -> dict[str, list[float]]:
    """Seconds of each task; a task that fails ends the run."""
    tasks: list[dict[str, Any]] = [
        {"name": "connect", "bare_write": {"path": "{{ sandbox_files }}/etc/other", "text": ""}}
    ]
    for turn in range(rounds * 2):
        table = SESSION_2 if turn % 2 else SESSION_1
        tasks.append(
            {
                "name": BARE,
                "bare_write": {"path": "{{ sandbox_files }}/etc/other", "text": f"{turn} {table}"},
            }
        )
        tasks.append(
            {
                "name": WRITE,
                "hkex.drill.workstation": {
                    "drill": "bench",
                    "host_table": {
                        "path": "{{ drill_host_table }}",
                        "entries": [{"name": name, "address": address} for name, address in table.items()],
                    },
                    "state_dir": "{{ drill_state_dir }}",
                },
            }
        )
    for other in (box.folder / "fleet").iterdir():
        (other / "etc" / "other").write_text("")
    book = box.folder / "bench.yml"
    book.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    laps = box.folder / "laps.jsonl"
    run(
        box,
        [*box.command(str(book)), f"--forks={forks}"],
        ANSIBLE_CALLBACKS_ENABLED="stopwatch",
        ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callback"),
        ANSIBLE_LIBRARY=str(HERE / "library"),
        HKEX_DRILL_STOPWATCH=str(laps),
    )
    found: dict[str, list[float]] = {}
    for line in laps.read_text().splitlines():
        name, seconds = json.loads(line)
        found.setdefault(name, []).append(seconds)
    return {name: seconds[1:] for name, seconds in found.items()}  # the first round fills caches


def switch(box: Sandbox, forks: int) -> float:
    """Seconds of a whole to-secondary."""
    start = time.monotonic()
    run(box, [*box.command("playbooks/drill.yml", "--tags=to-secondary", at=GAP), f"--forks={forks}"])
    return time.monotonic() - start


def run(box: Sandbox, command: list[str], **more: str) -> None:
    process = subprocess.run(
        command,
        cwd=ROOT,
        env={**box.environment(), **more},
        capture_output=True,
        text=True,
        timeout=TIME_OUT,
        check=False,
    )
    if process.returncode:
        raise SystemExit(process.stdout[:3000] + process.stderr[-3000:])


if __name__ == "__main__":
    sys.exit(main())
