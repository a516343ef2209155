# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What SFTP clients keep secret is found nowhere but in their own files and in the blobs, whatever is asked for or fails.

Everything that a run leaves is searched: what it says with -vvv, its log, trail and evidence, all of its temporary
folders with what it removed from them again, and everything else on the workstations, their journals too.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from tests.integration.play import BACK, GAP, PORT, Ran, Sandbox, fleet
from tests.integration.play_windows import UNSET, machine
from tests.integration.secret_places import HERE, PIECE, SITES, Secrets, plant_posix, plant_windows
from tests.lab.windows import Fault, Kind, WindowsFleet
from tests.lab.windows.simulation import STATE_DIR, SimulatedMachine, WindowsFile

DAY_BEFORE = "2021-11-05T17:00"
AWAY = "127.243.66.51"
ACCESS = {"rap": "ip_address", "var_online": "host_table"}
CHANS = r"C:\Users\chan\AppData\Roaming\FileZilla" + "\\"

# Python runs this first, in the controller and in its modules: what is removed is kept for the search.
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
"""


@dataclass
class Lab:
    """A sandbox whose every trace stands below its folder."""

    box: Sandbox
    secrets: Secrets
    machines: list[SimulatedMachine]
    stand_in: WindowsFleet
    ran: dict[str, Ran] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.box.folder

    def environment(self) -> dict[str, str]:
        folders = {"HOME": "home", "TMPDIR": "temporary", "KEPT": "kept", "PYTHONPATH": "first"}
        for name in folders.values():
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "first" / "sitecustomize.py").write_text(KEEPING)
        return {
            **{variable: str(self.folder / name) for variable, name in folders.items()},
            "ANSIBLE_HOME": str(self.folder / "home" / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "temporary" / "local"),
            "ANSIBLE_LOG_PATH": str(self.folder / "home" / "log"),
        }

    def play(self, name: str, playbook: str, *arguments: str, at: str, **variables: object) -> Ran:
        ran = self.box.run(
            playbook, *arguments, "-vvv", at=at, env=self.environment(), **variables
        )
        self.ran[name] = ran
        return ran

    def phase(self, name: str, at: str, *arguments: str, label: str = "", **variables: object) -> Ran:
        return self.play(
            label or name, "playbooks/drill.yml", f"--tags={name}", *arguments, at=at, **variables
        )

    @property
    def settings(self) -> Path:
        """Of the POSIX workstation's clients."""
        return self.folder / "fleet" / "pc-1" / "settings"

    @property
    def state(self) -> Path:
        return self.folder / "fleet" / "pc-1" / "var" / "lib" / "hkex-drill"

    def leaks(self) -> dict[str, set[str]]:
        """By what shows them, the secrets that anything shows but the clients' own files and the blobs."""
        own = {self.settings, self.state / "blobs"}
        found = self.secrets.below(self.folder, lambda path: bool(own & set(path.parents)))
        found |= {f"what {name} said": self.secrets.within(ran.said.encode()) for name, ran in self.ran.items()}
        for box in self.machines:
            for path, file in box.volume.all().items():
                if not path.startswith((r"C:\Users", rf"{STATE_DIR}\blobs")):
                    found[path] = self.secrets.within(file.content)
        return {name: places for name, places in found.items() if places}


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


def lab(folder: Path, secrets: Secrets, waiting: tuple[bool, ...]) -> Iterator[Lab]:
    """A POSIX workstation and one Windows workstation for each of ``waiting``, with secrets everywhere."""
    boxes = [machine(f"pc-{number}") for number in range(2, 2 + len(waiting))]
    for box, waits in zip(boxes, waiting, strict=True):
        plant_windows(secrets, box, waits)
    with WindowsFleet(folder / "windows", boxes) as stand_in:
        hosts: dict[str, dict[str, object]] = {"pc-1": {"drill_access": ACCESS}}
        for box in boxes:
            hosts[box.name] = {**UNSET, **stand_in.variables(box.name, "psrp"), "drill_access": ACCESS}
        made = Lab(fleet(folder, hosts), secrets, boxes, stand_in)
        plant_posix(secrets, made.settings)
        yield made


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """pc-1 is a POSIX workstation, pc-2 a Windows one, and on pc-3 WinSCP keeps a password with RAP's address."""
    for made in lab(tmp_path_factory.mktemp("day"), Secrets(), (False, True)):
        made.phase("pre-drill", DAY_BEFORE, "--check", "--diff", label="pre-drill --check --diff")
        made.phase("pre-drill", DAY_BEFORE)
        made.phase("to-secondary", GAP, "--check", "--diff", label="to-secondary --check --diff")
        made.phase("to-secondary", GAP, "--diff")
        made.phase("status", GAP)
        made.phase("to-primary", BACK, "--diff")
        edited = (made.settings / SITES).read_bytes()
        (made.settings / SITES).write_bytes(edited.replace(b"Neighbour", b"Somebody's"))
        made.phase("rollback", BACK, "--diff", label="rollback over an edit")
        (made.settings / SITES).write_bytes(edited)
        made.phase("rollback", BACK, "--diff")
        yield made


def test_a_day_shows_no_secret(day: Lab) -> None:
    import os
    [Path(f"/tmp/hs-{n.replace(chr(32),chr(95))}").write_text(str(r.code)+"\n"+r.said) for n, r in day.ran.items()]
    os.system(f"cp -r {day.folder} /tmp/hs-folder; ls -laR {day.folder}/kept | tail -50; du -sh {day.folder}/*")
    import time; t=time.time(); found=day.leaks(); print("leaks", time.time()-t, len(day.secrets.planted), len(day.secrets._shown))
    assert found == {}
