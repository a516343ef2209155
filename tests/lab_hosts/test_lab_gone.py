# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever ends a lab, nothing of it is left on the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.lab.hosts import Lab
from tests.lab.hosts.folder import CHECKOUT
from tests.lab.hosts.machine import LENT, SETTING, name

PATIENCE = (
    90.0  # seconds for the kernel to end a lab: its disks are synced, and the machine may be busy writing
)


def processes(lab: Lab) -> dict[int, str]:
    """Pid and command line of each process that has the lab's folder in it."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(lab.folder.path) in line:
            found[int(path.parent.name)] = line
    return found


def namespaces() -> set[str]:
    """The network namespaces of all processes."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(path))  # noqa: PTH115 - it is no path
        except OSError:
            continue
    return found


def inside(lab: Lab) -> str:
    """The lab's own network namespace."""
    return "net:[" + lab.folder.ssh.read_text("ascii").partition("net:[")[2].partition("]")[0] + "]"


def left(lab: Lab) -> dict[str, object]:
    """What there is of a lab on the machine, by kind; all empty when it is gone."""
    mounts = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    known = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    return {
        "processes": list(processes(lab).values()),
        "mounts": [line for line in mounts if str(lab.folder.path) in line],
        "named networks": [line for line in known.splitlines() if line in ("nm-resolved", "plain")],
        "cgroups": [
            # It passes over folders that vanish meanwhile, which glob does not.
            Path(folder)
            for folder, _folders, _files in os.walk("/sys/fs/cgroup")
            if Path(folder).name == name(lab.folder.path)
        ],
        "lent": list(LENT.glob(name(lab.folder.path))),
        "files": [path.name for path in lab.folder.passing() if path.exists()],
    }


GONE: dict[str, object] = {
    kind: [] for kind in ("processes", "mounts", "named networks", "cgroups", "lent", "files")
}


def soon(reached: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if reached():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Lab]:
    before = SETTING.read_text("ascii")
    lab = Lab(tmp_path)
    yield lab
    lab.down()
    assert left(lab) == GONE
    if not LENT.exists():  # no other lab is on
        assert SETTING.read_text("ascii") == before


def keeper(lab: Lab) -> int:
    return int(lab.folder.ssh.read_text("ascii").partition("/proc/")[2].partition("/")[0])


def holder(lab: Lab) -> int:
    return int(lab.folder.holder.read_text("ascii"))


def test_down_leaves_nothing(fresh: Lab) -> None:
    fresh.up()
    network = inside(fresh)
    assert network in namespaces() and left(fresh) != GONE
    # A second one in the same folder, past the look that `up` takes.
    second = subprocess.run(
        [sys.executable, "-m", "tests.lab.hosts", "--folder", str(fresh.folder.path), "hold"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"lab: A lab is on in {fresh.folder.path} already")
    assert fresh.run("plain", "true").returncode == 0
    fresh.down()
    assert network not in namespaces()
    assert left(fresh) == GONE


@pytest.mark.parametrize("victim", [holder, keeper])
def test_a_lab_whose_process_is_killed_is_gone(fresh: Lab, victim: Callable[[Lab], int]) -> None:
    fresh.up()
    network = inside(fresh)
    # A connection that ssh keeps for later is inside the lab too.
    master = [
        "-o",
        "ControlMaster=auto",
        "-o",
        "ControlPersist=60",
        "-o",
        f"ControlPath={fresh.folder.path}/c",
    ]
    assert fresh.ssh([*master, "plain", "true"]).returncode == 0
    os.kill(victim(fresh), signal.SIGKILL)
    assert soon(lambda: not processes(fresh) and network not in namespaces())
    assert left(fresh)["mounts"] == []
    fresh.down()
    assert left(fresh) == GONE


def test_a_lab_that_was_killed_does_not_stop_the_next(fresh: Lab) -> None:
    fresh.up()
    os.kill(holder(fresh), signal.SIGKILL)
    assert soon(lambda: not processes(fresh))
    refused = fresh.ssh(["plain", "true"])
    assert (refused.returncode, "The lab is not on" in refused.stderr) == (255, True)
    fresh.up()
    assert fresh.run("plain", "hostname").stdout == "plain\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stay_ends_with_its_terminal(fresh: Lab, number: int) -> None:
    staying = subprocess.Popen(
        [sys.executable, "-m", "tests.lab.hosts", "--folder", str(fresh.folder.path), "stay"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert staying.stdout is not None
    with staying:
        assert any("The lab is on until Ctrl-C" in line for line in staying.stdout)
        assert fresh.is_on
        staying.send_signal(number)
        staying.communicate(timeout=PATIENCE)
    assert staying.returncode == (-number if number == signal.SIGKILL else 0)
    assert soon(lambda: left(fresh) == GONE)


def starting(lab: Lab) -> subprocess.Popen[str]:
    """An ``up`` that has begun to boot the workstations."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.lab.hosts", "--folder", str(lab.folder.path), "up"],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert soon(lambda: bool(booting(lab)))
    return program


def booting(lab: Lab) -> list[int]:
    """The processes that boot one of the workstations; before, they are others that become them."""
    lines = processes(lab)
    return [
        pid for pid in lines if lines[pid].startswith("systemd-nspawn") and "--machine=plain" in lines[pid]
    ]


def test_up_that_is_interrupted_leaves_nothing(fresh: Lab) -> None:
    with starting(fresh) as program:
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=PATIENCE)
    gone = soon(lambda: left(fresh) == GONE)
    assert gone, (program.returncode, fresh.is_on, left(fresh))


def test_up_that_fails_says_why_and_leaves_nothing(fresh: Lab) -> None:
    with starting(fresh) as program:
        for pid in booting(fresh):
            with suppress(ProcessLookupError):  # the others of it go with the first
                os.kill(pid, signal.SIGKILL)
        _, said = program.communicate(timeout=PATIENCE)
    assert program.returncode == 1
    assert said.startswith("lab: The lab could not be booted: plain went off: systemd-nspawn ended with -9")
    assert len(said.splitlines()) == 1
    assert left(fresh) == GONE
