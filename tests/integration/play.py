# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox of a test's own: fleet, drills, exchange and evidence in one folder, played by stock ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.exchange import Exchange, sandbox_config
from tests.lab.fleet import HOSTS, ROOT, make_drills, make_fleet

TIME_OUT = 120.0  # seconds for one playbook
PORT = 20000 + os.getpid() % 10000 * 4  # a block of four ports for this process


@dataclass(frozen=True)
class Sandbox:
    """See ``sandbox``."""

    folder: Path
    inventory: Path = ROOT / "inventory" / "sandbox"

    def run(self, *arguments: str, at: str = "", env: dict[str, str] | None = None, **variables: Any) -> Ran:
        """Run ansible-playbook from the checkout; ``at`` is the pretended time in Hong Kong."""
        process = subprocess.run(
            self.command(*arguments, at=at, **variables),
            cwd=ROOT,
            env={**self.environment(), **(env or {})},
            check=False,
            capture_output=True,
            text=True,
            timeout=TIME_OUT,
        )
        return Ran(process.returncode, process.stdout + process.stderr)

    def phase(self, name: str, at: str, *arguments: str, **variables: Any) -> Ran:
        """Run a phase by its tag."""
        return self.run("playbooks/drill.yml", f"--tags={name}", *arguments, at=at, **variables)

    def command(self, *arguments: str, at: str = "", **variables: Any) -> list[str]:
        given = {"sandbox_root": str(self.folder), "drill_ports": {"rap": PORT + 2}, **variables}
        if at:
            given["drill_pretend_now"] = at
        return [
            str(Path(sys.executable).with_name("ansible-playbook")),
            f"--inventory={self.inventory}",
            "--forks=4",
            f"--extra-vars={json.dumps(given)}",
            *arguments,
        ]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "HKEX_DRILL_EVIDENCE": str(self.folder / "evidence"),
            "ANSIBLE_NOCOLOR": "1",
        }

    def etc(self, name: str) -> Path:
        return self.folder / "fleet" / name / "etc"

    def hosts(self, name: str) -> bytes:
        return (self.etc(name) / "hosts").read_bytes()

    def tables(self) -> dict[str, bytes]:
        return {name: self.hosts(name) for name in HOSTS}

    def everything(self) -> dict[str, bytes]:
        """Every file of the fleet, journals and blobs too."""
        fleet = self.folder / "fleet"
        return {
            str(path.relative_to(fleet)): path.read_bytes() for path in fleet.rglob("*") if path.is_file()
        }

    def trail(self) -> list[dict[str, Any]]:
        path = self.folder / "evidence" / "trail.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def results(self, run: int = -1) -> dict[str, list[dict[str, Any]]]:
        """What the trail says of each workstation in the n-th run, in the order of the steps."""
        runs = list(dict.fromkeys(record["run"] for record in self.trail()))
        found: dict[str, list[dict[str, Any]]] = {}
        for record in self.trail():
            if record["run"] == runs[run] and record["event"] == "result":
                found.setdefault(record["host"], []).append(record["detail"])
        return found


@dataclass(frozen=True)
class Ran:
    """How a playbook ended, and all it said."""

    code: int
    said: str

    @property
    def text(self) -> str:
        """What was said without the folding of lines."""
        return " ".join(self.said.split())

    def table(self) -> dict[tuple[str, str, str], tuple[str, ...]]:
        """The fleet's table: (workstation, system, access) -> the other columns."""
        lines = self.said.splitlines()
        starts = [index for index, line in enumerate(lines) if line.startswith("Workstation  ")]
        assert len(starts) == 1, self.said
        found = {}
        for line in lines[starts[0] + 2 :]:
            if not line.strip():
                break
            cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
            found[cells[0], cells[1], cells[2]] = tuple(cells[3:])
        return found


def sandbox(folder: Path) -> Sandbox:
    """Make a fleet and loopback drills in ``folder``."""
    make_fleet(folder / "fleet")
    make_drills(folder / "drills", dns_port=PORT, https_port=PORT + 1)
    return Sandbox(folder)


def exchange(folder: Path) -> Exchange:
    """The exchange that the sandbox's drills lead to."""
    return Exchange(
        sandbox_config(dns_port=PORT, https_port=PORT + 1, rap_port=PORT + 2), folder / "exchange"
    )
