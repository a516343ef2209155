# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one process of a lab outside its namespaces: it holds the lock, lends and puts back what is the machine's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.lab.exchange import register_account
from tests.lab.exchange.config import DATA_CENTRES

from . import reach
from .folder import CHECKOUT, ENCLOSED, Folder, LabError, take, write_whole
from .layout import WORKSTATIONS
from .machine import Lent
from .rootfs import rootfs

NETWORK = Path("/proc/self/ns/net")


class _Stop(Exception):
    """Told to end."""


def hold(folder: Folder, say: Callable[[str], None]) -> None:
    """Boot the lab and keep it until SIGTERM or SIGINT; when this returns nothing is left of it.

    ``say`` gets a line of progress, and ``ready`` once everything answers.

    :raises LabError: it is on already, or cannot be booted, or ended by itself
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        lock = take(folder.lock, patience=1.0)
    except BlockingIOError:
        raise LabError(
            f"A lab is on in {folder.path} already, or another program starts or ends it."
        ) from None
    lent = Lent(folder.path)
    try:
        clear(folder)
        folder.holder.write_text(f"{os.getpid()}\n", "ascii")
        base, used = rootfs(say=say)
        _prepare(folder)
        _keep(folder, base, lent.borrow(), (lock, used), say)
    except _Stop:
        pass
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        clear(folder)
        os.close(lock)


def _stop(_number: int, _frame: object) -> None:
    raise _Stop


def clear(folder: Folder) -> None:
    """Remove everything that a lab has while it is on, also of one that was killed. Its lock must be held."""
    Lent(folder.path).give_back()
    for path in folder.passing():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _prepare(folder: Folder) -> None:
    shutil.rmtree(folder.log, ignore_errors=True)
    folder.log.mkdir(parents=True)
    folder.exchange.mkdir(mode=0o700)
    reach.prepare(folder)
    for name in DATA_CENTRES:
        reach.key_pair(folder.exchange / name / "host_key", f"RAP {name}")
    for account in {account for one in WORKSTATIONS for account in one.accounts}:
        register_account(folder.exchange, account, folder.exchange / f"rap_{account}")


def _keep(
    folder: Folder, base: Path, cgroups: tuple[Path, ...], locks: tuple[int, ...], say: Callable[[str], None]
) -> None:
    """Run the keeper, which has the locks too: they are free when it is gone as well."""
    command = [
        *ENCLOSED,
        "--net",
        *(sys.executable, "-m", "tests.lab.hosts.keeper"),
        *("--folder", str(folder.path), "--rootfs", str(base)),
        *("--machine-network", str(NETWORK.stat().st_ino)),
        *(f"--cgroup={one}" for one in cgroups),
    ]
    with (folder.log / "keeper.log").open("wb") as log, contextlib.ExitStack() as undo:
        enclosure = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
            pass_fds=locks,
        )
        undo.callback(enclosure.wait)
        undo.callback(enclosure.kill)
        assert enclosure.stdout is not None
        said = enclosure.stdout.readline().strip()
        if said != "ready":
            why = said.removeprefix("failed: ") or f"its keeper ended: see {folder.log / 'keeper.log'}."
            raise LabError(f"The lab could not be booted: {why}")
        _open_the_way(folder, enclosure.pid)
        say("ready")
        enclosure.wait()
        raise LabError(f"The lab ended by itself: see {folder.log / 'keeper.log'}.")


def _open_the_way(folder: Folder, enclosure: int) -> None:
    """Let ssh into the namespaces of unshare's only child, the keeper."""
    keeper = int(Path(f"/proc/{enclosure}/task/{enclosure}/children").read_text("ascii"))
    inside = Path(f"/proc/{keeper}/ns/net").stat().st_ino
    write_whole(folder.ssh, reach.wrapper(folder, keeper, inside), 0o755)
