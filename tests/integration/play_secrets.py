# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sandbox of workstations whose SFTP clients keep secrets, and in which nothing that a run leaves is out of sight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.play import Ran, Sandbox, fleet
from tests.integration.play_windows import UNSET, machine
from tests.integration.secret_places import Secrets, plant_posix, plant_windows
from tests.lab.windows import WindowsFleet
from tests.lab.windows.simulation import STATE_DIR, SimulatedMachine

ACCESS = {"rap": "ip_address", "var_online": "host_table"}

# Python runs this first, in the controller and in its modules: what is removed is kept for the search, and a FileZilla
# of this machine does not run on a workstation that is a folder of it.
KEEPING = """\
import os, sys

def keep(event, arguments):
    if event == "os.remove":
        path, folder = arguments
        folder = "" if folder == -1 else os.readlink(f"/proc/self/fd/{folder}")
        path = os.path.abspath(os.path.join(folder, os.fsdecode(path)))
        if path.startswith(os.environ["TMPDIR"]):
            name = os.urandom(8).hex() + "-" + os.path.basename(path)
            os.link(path, os.path.join(os.environ["KEPT"], name))

sys.addaudithook(keep)
listed = os.listdir
os.listdir = lambda path=".": [] if path == "/proc" else listed(path)
"""
FOLDERS = {"HOME": "home", "TMPDIR": "temporary", "KEPT": "kept", "PYTHONPATH": "first"}


@dataclass
class Lab:
    """A sandbox whose every trace stands below its folder."""

    box: Sandbox
    secrets: Secrets
    machines: list[SimulatedMachine]
    stand_in: WindowsFleet
    posix: list[str]
    ran: dict[str, Ran] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.box.folder
        for name in FOLDERS.values():
            (self.folder / name).mkdir()
        (self.folder / "first" / "sitecustomize.py").write_text(KEEPING)

    def run(self, label: str, playbook: str, *arguments: str, at: str) -> Ran:
        """Run a playbook with -vvvvv, and remember what it said under this label."""
        environment = {variable: str(self.folder / name) for variable, name in FOLDERS.items()}
        environment |= {
            "ANSIBLE_HOME": str(self.folder / "home" / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "temporary" / "local"),
            "ANSIBLE_LOG_PATH": str(self.folder / "home" / "log"),
        }
        ran = self.box.run(playbook, *arguments, "-vvvvv", at=at, env=environment, drill_failure_limit=100.0)
        self.ran[label] = ran
        return ran

    def phase(self, name: str, at: str, *arguments: str) -> Ran:
        return self.run(
            " ".join((name, *arguments)), "playbooks/drill.yml", f"--tags={name}", *arguments, at=at
        )

    def settings(self, name: str) -> Path:
        """Of a POSIX workstation's clients."""
        return self.folder / "fleet" / name / "settings"

    def state(self, name: str) -> Path:
        return self.folder / "fleet" / name / "var" / "lib" / "hkex-drill"

    def clients(self) -> dict[str, Any]:
        """What the clients keep: on POSIX their files, on Windows everything but journal and blobs."""
        kept: dict[str, Any] = {box.name: box.snapshot() for box in self.machines}
        for name in self.posix:
            kept[name] = {
                path: path.read_bytes() for path in self.settings(name).rglob("*") if path.is_file()
            }
        return kept

    def leaks(self) -> dict[str, set[str]]:
        """By what shows them, the secrets that anything shows but the clients' own files and the blobs."""
        own = {path for name in self.posix for path in (self.settings(name), self.state(name) / "blobs")}
        found = self.secrets.below(self.folder, lambda path: bool(own & set(path.parents)))
        for label, ran in self.ran.items():
            found[f"what {label} said"] = self.secrets.within(ran.said.encode())
        for box in self.machines:
            for path, file in box.volume.all().items():
                if not path.startswith((r"C:\Users", rf"{STATE_DIR}\blobs")):
                    found[f"{box.name} {path}"] = self.secrets.within(file.content)
        return {name: places for name, places in found.items() if places}


@contextmanager
def lab(folder: Path, posix: list[str], windows: dict[str, bool]) -> Iterator[Lab]:
    """Workstations with secrets everywhere; of those with Windows, whether their WinSCP makes all wait."""
    secrets = Secrets()
    boxes = [machine(name) for name in windows]
    for box in boxes:
        plant_windows(secrets, box, windows[box.name])
    with WindowsFleet(folder / "windows", boxes) as stand_in:
        hosts: dict[str, dict[str, object]] = {name: {"drill_access": ACCESS} for name in posix}
        for box in boxes:
            hosts[box.name] = {**UNSET, **stand_in.variables(box.name, "psrp"), "drill_access": ACCESS}
        made = Lab(fleet(folder, hosts), secrets, boxes, stand_in, posix)
        for name in posix:
            plant_posix(secrets, name, made.settings(name))
        yield made
