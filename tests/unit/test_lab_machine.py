# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab borrows of the machine and gives back, and the root file system: on stand-ins, without root."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.hosts import LabError
from tests.lab.hosts import rootfs as base
from tests.lab.hosts.machine import NEEDED, Lent, cgroups

MOUNTS = """\
30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
32 30 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
"""
UNIFIED = "25 23 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


@pytest.mark.parametrize(
    ("own", "mounts", "expected"),
    [
        ("9:name=systemd:/\n4:memory:/a\n0::/b\n", MOUNTS, ["systemd", "unified/b"]),
        ("0::/system.slice/run-1.scope\n", UNIFIED, ["system.slice/run-1.scope"]),
        ("4:memory:/a\n", MOUNTS, []),
    ],
    ids=["hybrid", "unified", "no systemd hierarchy"],
)
def test_cgroups_of_this_process(own: str, mounts: str, expected: list[str]) -> None:
    assert cgroups(own, mounts) == tuple(Path("/sys/fs/cgroup") / one for one in expected)


class Machine:
    """A setting, a place for records and a cgroup hierarchy, as folders and files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.setting = folder / "max_user_instances"
        self.setting.write_text("128\n")
        self.place = folder / "lent"
        self.groups = folder / "cgroup"
        self.groups.mkdir()

    def lab(self, name: str) -> Lent:
        return Lent(self.folder / name, self.place, self.setting, lambda: (self.groups,))

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def now(self) -> int:
        return int(self.setting.read_text())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_was_borrowed_is_given_back(machine: Machine) -> None:
    before = machine.left()
    lab = machine.lab("one")
    (group,) = lab.borrow()
    (group / "host" / "payload").mkdir(parents=True)
    assert machine.now == NEEDED
    lab.give_back()
    assert (machine.now, machine.left(), list(machine.groups.iterdir())) == (128, before, [])
    machine.lab("one").give_back()  # nothing there: no error


def test_the_last_lab_puts_the_setting_back(machine: Machine) -> None:
    one, two = machine.lab("one"), machine.lab("two")
    assert one.borrow() != two.borrow()
    one.give_back()
    assert machine.now == NEEDED
    two.give_back()
    assert (machine.now, machine.place.exists()) == (128, False)


def test_a_higher_setting_stays(machine: Machine) -> None:
    machine.setting.write_text("8192\n")
    lab = machine.lab("one")
    lab.borrow()
    assert machine.now == 8192
    lab.give_back()
    assert machine.now == 8192


def killed(machine: Machine, name: str) -> None:
    """A lab whose holder was killed: the kernel lets go of its locks, and nothing else happens."""
    if (child := os.fork()) == 0:
        machine.lab(name).borrow()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_a_killed_lab_is_cleared_by_its_next_start_or_end(machine: Machine) -> None:
    killed(machine, "one")
    assert (machine.now, len(list(machine.groups.iterdir()))) == (NEEDED, 1)
    machine.lab("one").give_back()
    assert (machine.now, machine.place.exists(), list(machine.groups.iterdir())) == (128, False, [])


def test_a_killed_lab_does_not_keep_the_setting_from_going_back(machine: Machine) -> None:
    killed(machine, "one")
    two = machine.lab("two")
    two.borrow()
    two.give_back()
    assert (machine.now, machine.place.exists(), list(machine.groups.iterdir())) == (128, False, [])


def test_a_machine_that_lends_nothing_is_told_of(machine: Machine) -> None:
    lab = Lent(machine.folder, machine.place, machine.setting, lambda: (machine.folder / "not there",))
    with pytest.raises(LabError, match="does not give the lab what it needs"):
        lab.borrow()


# --- root file system ----------------------------------------------------------------------------------------

Maker = Callable[[str], None]


@pytest.fixture
def mmdebstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Set what mmdebstrap does: a shell script with the folder to fill as $target."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(base, "ENCLOSED", ())  # that needs root

    def does(script: str) -> None:
        program = programs / "mmdebstrap"
        program.write_text(f'#!/bin/sh\nfor target in "$@"; do :; done\nmkdir "$target"\n{script}\n')
        program.chmod(0o755)

    does("exit 0")
    return does


def made(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob("rootfs-*"))


def test_the_root_file_system_is_made_once(tmp_path: Path, mmdebstrap: Maker) -> None:
    said: list[str] = []
    cache = tmp_path / "cache"
    first, used = base.rootfs(cache, said.append)
    os.close(used)
    mmdebstrap("exit 1")
    again, used = base.rootfs(cache, said.append)
    os.close(used)
    assert first == again == cache / f"rootfs-{base.fingerprint()}"
    assert len(said) == 1


def test_one_cut_off_in_the_middle_is_not_taken_for_whole(tmp_path: Path, mmdebstrap: Maker) -> None:
    mmdebstrap('touch "$target"/half; echo "E: no space left" >&2; echo "I: cleaning" >&2; exit 1')
    with pytest.raises(LabError, match=r"could not make the root file system \(E: no space left\)"):
        base.rootfs(tmp_path)
    mmdebstrap("exit 0")
    whole, used = base.rootfs(tmp_path)
    os.close(used)
    assert list(whole.iterdir()) == []
    assert made(tmp_path) == [whole.name]


def test_other_packages_make_another_one_and_one_in_use_stays(
    tmp_path: Path, mmdebstrap: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, used = base.rootfs(tmp_path)
    monkeypatch.setattr(base, "PACKAGES", (*base.PACKAGES, "one-more"))
    second, used_too = base.rootfs(tmp_path)
    assert made(tmp_path) == sorted([before.name, second.name])  # a lab stands on the first
    os.close(used)
    os.close(used_too)
    monkeypatch.setattr(base, "SUITE", "another")
    third, used = base.rootfs(tmp_path)
    fcntl.flock(used, fcntl.LOCK_SH | fcntl.LOCK_NB)
    os.close(used)
    assert made(tmp_path) == [third.name]
