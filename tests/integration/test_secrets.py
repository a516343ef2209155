# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What SFTP clients keep secret is nowhere but in their own files and in the blobs, whatever is run and whatever fails.

Everything that a run leaves is searched: what it says with -vvv, its log, trail and evidence, all of its temporary
folders with what it removed from them again, and everything else on the workstations, their journals too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.play import BACK, GAP, PORT, Ran, Sandbox, fleet
from tests.integration.play_windows import UNSET, machine
from tests.integration.secret_places import (
    HERE,
    PIECE,
    QUEUE,
    RECENT,
    SETTINGS,
    SITES,
    Secrets,
    disguises,
    plant_posix,
    plant_windows,
)
from tests.lab.windows import Fault, Kind, WindowsFleet
from tests.lab.windows.simulation import PRIVATE, STATE_DIR, SimulatedMachine
from tests.lab.windows.volume import WindowsFile

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
        """Run a playbook with -vvv, and remember what it said under this label."""
        environment = {variable: str(self.folder / name) for variable, name in FOLDERS.items()}
        environment |= {
            "ANSIBLE_HOME": str(self.folder / "home" / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "temporary" / "local"),
            "ANSIBLE_LOG_PATH": str(self.folder / "home" / "log"),
        }
        ran = self.box.run(playbook, *arguments, "-vvv", at=at, env=environment, drill_failure_limit=100.0)
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


# ---- the search itself: it finds what it is to find ------------------------------------------------------------------


def test_a_secret_is_found_in_every_disguise_wherever_it_stands() -> None:
    secrets = Secrets()
    for place, secret in (("a", secrets.new("a")), ("b", secrets.opaque("b"))):
        for shown in disguises(secret):
            for before in range(PIECE):
                assert secrets.within(b"-" * before + shown + b"...") == {place}, shown
    assert secrets.within(os.urandom(2**20)) == secrets.within(Secrets().new("c").encode()) == set()


def test_a_part_of_a_secret_is_found() -> None:
    secrets = Secrets()
    secret = secrets.opaque("a").encode()
    part = 2 * PIECE - 1
    assert all(secrets.within(secret[at : at + part]) for at in range(len(secret) - part + 1))


def test_what_shows_a_secret_or_has_it_in_a_temporary_file_for_a_moment_is_found(tmp_path: Path) -> None:
    """``slurp`` tells a file in base64; ``copy`` has it in a file of the controller until the task is over."""
    with lab(tmp_path, ["pc-1"], {}) as made:
        file = made.settings("pc-1") / SITES
        copied = f"{{{{ lookup('ansible.builtin.file', '{file}') }}}}"
        showing = [
            {"ansible.builtin.slurp": {"src": str(file)}},
            {"ansible.builtin.copy": {"content": copied, "dest": str(file)}, "no_log": True},
        ]
        play = {"hosts": "all", "gather_facts": False, "tasks": showing}
        (tmp_path / "showing.yml").write_text(yaml.safe_dump([play]))
        ran = made.run("showing", str(tmp_path / "showing.yml"), at="")
        assert ran.code == 0, ran.said
        found = made.leaks()
        whole = {place for place in made.secrets.planted if f"pc-1 {SITES}" in place}
        assert found["what showing said"] == found["home/log"] == whole
        assert any(name.startswith("kept/") and places == whole for name, places in found.items()), found


# ---- a day, and a day on which much fails ----------------------------------------------------------------------------


@dataclass
class Day:
    lab: Lab
    clients: dict[str, dict[str, Any]] = field(default_factory=dict)  # after each phase


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """pc-1 is a POSIX workstation, pc-2 a Windows one, and on pc-3 WinSCP keeps a password with RAP's address."""
    with lab(tmp_path_factory.mktemp("day"), ["pc-1"], {"pc-2": False, "pc-3": True}) as made:
        day = Day(made, {"planted": made.clients()})

        def step(phase: str, at: str, *arguments: str) -> None:
            made.phase(phase, at, *arguments)
            day.clients[phase] = made.clients()

        step("pre-drill", DAY_BEFORE, "--check", "--diff")
        step("pre-drill", DAY_BEFORE)
        step("to-secondary", GAP, "--check", "--diff")
        step("to-secondary", GAP, "--diff")
        step("status", GAP)
        step("to-primary", BACK, "--diff")
        file = made.settings("pc-1") / SITES
        there = file.read_bytes()
        file.write_bytes(there.replace(b"Neighbour", b"Neighbours"))
        made.phase("rollback", BACK)  # refused there, because of that edit
        file.write_bytes(there)
        step("rollback", BACK, "--diff")
        yield day


def test_all_clients_went_there_and_back(day: Day) -> None:
    """What the search below is about did happen: files with secrets in them were read, changed and put back."""
    codes = {label: ran.code for label, ran in day.lab.ran.items()}
    assert codes == {**dict.fromkeys(codes, 0), "rollback": 2}
    assert "sitemanager.xml: changed by somebody" in day.lab.ran["rollback"].text
    assert "a password is stored with it that only WinSCP itself" in day.lab.ran["to-secondary --diff"].text
    assert day.clients["rollback"] == day.clients["planted"]
    away = day.clients["to-secondary"]
    (site,) = {content for path, content in away["pc-1"].items() if path.name == SITES}
    assert AWAY.encode() in site and AWAY.encode() in away["pc-2"]["files"][CHANS + SITES].content
    wins = [value["data"] for (_, name), value in away["pc-2"]["registry"].items() if name == "hostname"]
    assert AWAY in wins


def test_no_secret_of_a_client_is_anywhere_else(day: Day) -> None:
    assert day.lab.leaks() == {}


def test_what_was_searched_is_all_there_is(day: Day) -> None:
    """Each kind of thing that a run leaves is among it, and what it removed again."""
    below = [path.relative_to(day.lab.folder) for path in day.lab.folder.rglob("*")]
    for parent, part in (
        ("home", "log"),
        ("evidence", "trail.jsonl"),
        ("kept", "workstation_payload.zip"),  # a module's own, removed by it
        ("kept", "-tmp"),  # the controller's, from which a module is sent
        ("fleet", "journal.jsonl"),
    ):
        assert any(path.parts[0] == parent and part in path.name for path in below), (parent, part)


def test_blobs_hold_the_secrets_and_are_their_owners_alone(day: Day) -> None:
    made = day.lab
    state = made.state("pc-1")
    places = {
        place.rpartition(":")[0] or place
        for one in made.secrets.below(state / "blobs").values()
        for place in one
    }
    assert any(QUEUE in place for place in places) and any(SITES in place for place in places)
    for path in (state, *state.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_uid) == (wanted, os.geteuid()), path
    blobs = {path: file for path, file in made.machines[0].volume.all().items() if path.startswith(STATE_DIR)}
    assert any(made.secrets.within(file.content) for file in blobs.values())
    assert {file.sddl for file in blobs.values()} == {PRIVATE}


def cut(content: bytes) -> bytes:
    """In the middle of the first password, as a full disk leaves a file."""
    start = content.index(b"<Pass")
    return content[: (start + content.index(b"</Pass>")) // 2]


def strange(content: bytes) -> bytes:
    """A sign that XML does not have, in the middle of the last password."""
    middle = content.rindex(b"</Pass>") - 20
    return content[:middle] + b"\x01\xff" + content[middle:]


def entity(content: bytes) -> bytes:
    """A document type that names the password."""
    secret = content[content.index(b"<Pass>") + 6 :].partition(b"</Pass>")[0].replace(b'"', b"&#34;")
    return content.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY pass "' + secret + b'">]>', 1)


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "pc-cut": (SITES, cut),
    "pc-strange": (RECENT, strange),
    "pc-entity": (SITES, entity),
    "pc-half": (QUEUE, lambda content: content[: len(content) // 2]),
    "pc-sound": (SETTINGS, lambda content: content),
}


def damage(made: Lab) -> None:
    for name, (file, spoil) in DAMAGES.items():
        path = made.settings(name) / file
        path.write_bytes(spoil(path.read_bytes()))
    (made.settings("pc-sound") / (QUEUE + "-journal")).write_bytes(
        (made.settings("pc-sound") / QUEUE).read_bytes()
    )
    running, broken, *_others = made.machines
    running.processes = [{"name": "filezilla", "id": 4711, "user": r"PC\chan"}]
    broken.put(CHANS + SITES, WindowsFile(cut(broken.read(CHANS + SITES) or b"")))


def test_no_secret_is_told_where_settings_are_damaged_clients_run_and_visits_fail(tmp_path: Path) -> None:
    windows = {"pc-running": False, "pc-broken": False, "pc-dying": False, "pc-torn": False}
    with lab(tmp_path, list(DAMAGES), windows) as made:
        damage(made)
        *_waiting, dying, _torn = made.machines

        def die(at: int | str, step: object) -> None:
            if at == "away":
                raise RuntimeError("the power is gone")

        dying.trouble = die
        made.stand_in.fault("pc-torn", Fault(Kind.CUT))
        ran = made.phase("to-secondary", GAP, "--diff")
        told = ran.text
        for name, (file, _spoil) in DAMAGES.items():
            named = QUEUE if name == "pc-sound" else file
            assert f"fleet/{name}/settings/{named}" in told, (name, ran.said)
        for sign in ("filezilla (process 4711", "the power is gone", "pc-torn", f"{CHANS}{SITES}"):
            assert sign in told, (sign, ran.said)
        assert ran.code != 0
        site = {"known": [{"host": HERE, "port": PORT + 2}], "host": AWAY, "port": PORT + 2}
        strict = {"sites": [site], "if_running": "fail", "state_dir": "{{ drill_state_dir or omit }}"}
        strict["config_dir"] = "{{ drill_sftp_config_dir or omit }}"
        task = {"hkex.drill.sftp_client": strict, "ignore_errors": True}
        play = {"hosts": "all:!pc-dying", "gather_facts": False, "tasks": [task]}
        (tmp_path / "strict.yml").write_text(yaml.safe_dump([play]))
        ran = made.run("strict", str(tmp_path / "strict.yml"), "--check", "--diff", at="")
        assert ran.code == 0 and ran.said.count("...ignoring") == len(DAMAGES) + 2, ran.said
        made.phase("status", GAP)
        assert made.leaks() == {}
