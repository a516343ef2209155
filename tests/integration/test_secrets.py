# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What SFTP clients keep secret is nowhere but in their own files and in the blobs, whatever is run and whatever fails.

Everything that a run leaves is searched: what it says with -vvvvv, its log, trail and evidence, all of its temporary
folders with what it removed from them again, and everything else on the workstations, their journals too.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.play import BACK, GAP, PORT
from tests.integration.play_secrets import Lab, lab
from tests.integration.secret_places import (
    HERE,
    PIECE,
    QUEUE,
    RECENT,
    SETTINGS,
    SITES,
    Secrets,
    disguises,
)
from tests.lab.windows import Fault, Kind
from tests.lab.windows.simulation import PRIVATE, STATE_DIR
from tests.lab.windows.volume import WindowsFile

DAY_BEFORE = "2021-11-05T17:00"
AWAY = "127.243.66.51"
CHANS = r"C:\Users\chan\AppData\Roaming\FileZilla" + "\\"

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
    assert codes == {**dict.fromkeys(codes, 0), "rollback": 2, "status": 2}
    failed = set(re.findall(r"\[(.+?)\]: FAILED!", day.lab.ran["status"].said))
    assert failed == {"pc-1", "pc-2", "pc-3"}, "what only people can switch leads to primary still"
    assert "sitemanager.xml: changed by somebody" in day.lab.ran["rollback"].text
    assert "a password is stored with it that only WinSCP itself" in day.lab.ran["to-secondary --diff"].text
    assert day.clients["rollback"] == day.clients["planted"]
    for clients in day.clients.values():  # no copy beside any file
        assert clients["pc-1"].keys() == day.clients["planted"]["pc-1"].keys()
        for name in ("pc-2", "pc-3"):
            assert clients[name]["files"].keys() == day.clients["planted"][name]["files"].keys()
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
    places = {place for blob in made.secrets.below(state / "blobs").values() for place in blob}
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
    """A document type that names the proxy's password."""
    secret = content.partition(b'"Proxy password">')[2].partition(b"</Setting>")[0].replace(b'"', b"&#34;")
    assert secret
    return content.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY pass "' + secret + b'">]>', 1)


# By workstation: which of its files is not as FileZilla leaves it, and how.
DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "pc-cut": (SITES, cut),
    "pc-strange": (RECENT, strange),
    "pc-entity": (SETTINGS, entity),
    "pc-half": (QUEUE, lambda content: content[: len(content) // 2]),
    "pc-live": (QUEUE + "-journal", lambda content: content),  # beside a queue that is whole
}


def damage(made: Lab) -> None:
    for name, (file, spoil) in DAMAGES.items():
        folder = made.settings(name)
        (folder / file).write_bytes(spoil((folder / file.removesuffix("-journal")).read_bytes()))
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
        spoilt = [f"fleet/{name}/settings/{file}" for name, (file, _spoil) in DAMAGES.items()]
        for sign in (*spoilt, f"{CHANS}{SITES}", "filezilla (process 4711", "the power is gone", "pc-torn"):
            assert sign in ran.text, (sign, ran.said)
        assert ran.code != 0
        ran = made.run("strict", str(strict(tmp_path)), "--check", "--diff", at="")
        assert ran.code == 0 and ran.said.count("...ignoring") == len(DAMAGES) + 2, ran.said
        made.phase("status", GAP)
        assert made.leaks() == {}


def strict(folder: Path) -> Path:
    """A playbook of an administrator's own, in which nothing may be pending."""
    site = {"known": [{"host": HERE, "port": PORT + 2}], "host": AWAY, "port": PORT + 2}
    options = {
        "sites": [site],
        "if_running": "fail",
        "state_dir": "{{ drill_state_dir or omit }}",
        "config_dir": "{{ drill_sftp_config_dir or omit }}",
    }
    task = {"hkex.drill.sftp_client": options, "ignore_errors": True}
    play = {"hosts": "all:!pc-dying", "gather_facts": False, "tasks": [task]}
    (folder / "strict.yml").write_text(yaml.safe_dump([play]))
    return folder / "strict.yml"
