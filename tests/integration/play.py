# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox of a test's own: fleet, drills, exchange and evidence in one folder, played by stock ansible-playbook."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.exchange import Exchange, sandbox_config
from tests.lab.fleet import HOSTS, ROOT, make_drills, make_fleet

TIME_OUT = 120.0  # seconds for one playbook
# Times of 6 November 2021 at which no service is asked, so that no packet leaves.
GAP = "2021-11-06T12:20"  # the secondary data centre is not up yet
BACK = "2021-11-06T16:05"  # the primary one reconnects

RAP = "rapcc.hkexposttrade.com.hk"
SESSION_1 = {
    "rapcc.hkexposttrade.com.hk": "127.243.2.51",
    "rmcd.hkexposttrade.com.hk": "127.243.2.32",
    "sso.hkexposttrade.com.hk": "127.243.2.15",
    "idm.hkexposttrade.com.hk": "127.243.2.14",
}
SESSION_2 = {name: address.replace("127.243.2.", "127.243.66.") for name, address in SESSION_1.items()}
TABLE = {"rap": "host_table", "var_online": "host_table"}
OFF = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}  # nothing listens there

PORT = 20000 + os.getpid() % 10000 * 4  # a block of four ports for this process


@dataclass(frozen=True)
class Sandbox:
    """See ``sandbox``."""

    folder: Path
    inventory: Path = ROOT / "inventory" / "sandbox" / "hosts.yml"  # without its Windows workstations

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
        starts = [index for index, line in enumerate(lines) if re.match(r"Workstation +System ", line)]
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
    make_fleet(folder / "fleet", PORT + 2)
    make_drills(folder / "drills", dns_port=PORT, https_port=PORT + 1)
    return Sandbox(folder)


def exchange(folder: Path) -> Exchange:
    """The exchange that the sandbox's drills lead to."""
    return Exchange(
        sandbox_config(dns_port=PORT, https_port=PORT + 1, rap_port=PORT + 2), folder / "exchange"
    )


def fleet(tmp_path: Path, hosts: dict[str, dict[str, object]]) -> Sandbox:
    """A sandbox with workstations of the test's own: the sandbox inventory's variables, other hosts."""
    box = sandbox(tmp_path)
    inventory = tmp_path / "inventory"
    (inventory / "group_vars").mkdir(parents=True)
    variables = (ROOT / "inventory" / "sandbox" / "group_vars" / "all.yml").read_text()
    (inventory / "group_vars" / "all.yml").write_text(variables)
    table = b"127.0.0.1 localhost\n127.243.2.51 rapcc.hkexposttrade.com.hk\n"
    for number, (name, own) in enumerate(hosts.items(), 1):
        own.setdefault("drill_access", TABLE)
        own.setdefault("drill_participant", participant(number, name))
        box.etc(name).mkdir(parents=True, exist_ok=True)
        (box.etc(name) / "hosts").write_bytes(table)
        (box.etc(name).parent / "settings").mkdir(exist_ok=True)
    (inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    return Sandbox(tmp_path, inventory)


def participant(number: int, name: str) -> dict[str, object]:
    """Who has this one workstation, registered for RAP."""
    account = {
        "name": f"CA{number:05}001",
        "market": "hkscc",
        "workstations": {name: f"127.135.1.{number}"},
    }
    return {"name": f"Participant {number}", "kinds": ["general_clearing"], "accounts": [account]}


def resolve(content: bytes, name: str) -> str | None:
    """A reading of its own, as plain as getent's: the first uncommented line that has the name."""
    for line in content.splitlines():
        words = line.split(b"#")[0].decode("latin-1").lower().split()
        if name in words[1:]:
            return words[0]
    return None
