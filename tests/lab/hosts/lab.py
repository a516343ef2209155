# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab as tests and programs use it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.lab.exchange.control import ask

from .folder import CHECKOUT, DEFAULT, PROGRAM, Folder, LabError, take
from .holder import clear

ENDING = 90.0  # seconds that a lab gets to be gone: its disks are synced, and the machine may be busy writing
ANSWER = 150.0  # seconds for one command: a shutdown and a boot
# Where a service manager runs the machine, the lab asks it for cgroups that are its own to use.
SYSTEMD = Path("/run/systemd/system")
DELEGATED = ("systemd-run", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--")


class Lab:
    """``with Lab(folder) as lab``, or ``up`` and ``down``. Every method raises LabError with one sentence."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        self.folder = Folder(folder.resolve())
        self._started: subprocess.Popen[str] | None = None

    def __enter__(self) -> Lab:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    @property
    def is_on(self) -> bool:
        """Whether its keeper answers."""
        try:
            self.status()
        except LabError:
            return False
        return True

    def up(self, say: Callable[[str], None] = print, with_me: bool = False) -> None:
        """Boot the lab; returns when every host answers by ssh. One that is on stays as it is.

        :param say: gets lines of progress
        :param with_me: let it end when this process does, whatever ends it
        """
        if self.is_on:
            return
        self.folder.path.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.lab.hosts", "--folder", str(self.folder.path), "hold"]
        if SYSTEMD.is_dir():
            command = [*DELEGATED, *command]
        if with_me:
            command = ["setpriv", "--pdeathsig", "TERM", *command]
        holder = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert holder.stdout is not None
        try:
            last = ""
            for line in map(str.strip, holder.stdout):
                if line == "ready":
                    self._started = holder
                    return
                if last:
                    say(last)
                last = line
        except BaseException:
            holder.terminate()
            holder.wait()
            raise
        raise LabError(last.removeprefix("lab: ") or "The lab could not be booted, and it does not say why.")

    def down(self) -> None:
        """End the lab and leave nothing, also nothing of one that was killed; none that is on is no error."""
        pid = self._holder()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        try:
            lock = take(self.folder.lock, patience=ENDING)
        except BlockingIOError:
            raise LabError(f"The lab in {self.folder.path} does not end within {ENDING:.0f} s.") from None
        try:
            clear(self.folder)
            until = time.monotonic() + ENDING
            while pid is not None and _is_holder(pid) and time.monotonic() < until:
                time.sleep(0.01)  # it has let go of everything, and is about to end
        finally:
            os.close(lock)
        if self._started is not None:
            self._started.communicate()
            self._started = None

    def _holder(self) -> int | None:
        """The pid of the process that holds the lab, if it is that one still."""
        try:
            pid = int(self.folder.holder.read_text("ascii"))
        except (OSError, ValueError):
            return None
        return pid if _is_holder(pid) else None

    def status(self) -> dict[str, Any]:
        """``hosts``: name, addresses, backend, state of each; ``data_centres``: name, addresses, state."""
        return self._do({"do": "list"})

    def cut(self, name: str) -> None:
        """Let the packets of a workstation, or of a data centre, vanish without a word."""
        self._do({"do": "cut", "name": name})

    def mend(self, name: str) -> None:
        self._do({"do": "mend", "name": name})

    def reboot(self, name: str) -> None:
        """Restart a workstation in an orderly way; returns when it answers again."""
        self._do({"do": "reboot", "name": name})

    def unplug(self, name: str) -> None:
        """Kill a workstation's init, as a power loss does; its disk stays."""
        self._do({"do": "unplug", "name": name})

    def boot(self, name: str) -> None:
        """Start a workstation that is off; returns when it answers."""
        self._do({"do": "boot", "name": name})

    def exchange(self, command: str, data_centre: str | None = None) -> dict[str, Any]:
        """``off``, ``on``, ``serve`` with a data centre, or ``status``."""
        told = {"do": command} | ({"data_centre": data_centre} if data_centre else {})
        return self._ask(self.folder.exchange, told)

    def run(self, name: str, command: str, timeout: float = 30.0) -> subprocess.CompletedProcess[str]:
        """Run a command on a workstation as drill, by ssh; what it says and its status are in the answer."""
        return self.ssh([name, command], timeout)

    def ssh(self, arguments: Sequence[str], timeout: float = 30.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.folder.ssh, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def _do(self, command: dict[str, Any]) -> dict[str, Any]:
        return self._ask(self.folder.control, command)

    def _ask(self, folder: Path, command: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = ask(folder, command, ANSWER)
        except TimeoutError:
            raise LabError(f"The lab in {self.folder.path} did not answer within {ANSWER:.0f} s.") from None
        except OSError:
            raise LabError(f"The lab in {self.folder.path} is not on. Start it: {PROGRAM} up") from None
        if "error" in answer:
            raise LabError(answer["error"])
        return answer


def _is_holder(pid: int) -> bool:
    try:
        return b"tests.lab.hosts" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
