# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One workstation that runs: its disk, its systemd-nspawn, on, off, plugged in and unplugged."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import network
from .files import Changes, File
from .folder import LabError
from .layout import Workstation

REBOOT = 133  # nspawn's status when the host asked to be started again
REBOOT_NOW = signal.SIGRTMIN + 5  # what systemd as init takes as an order to reboot
BOOT_TIME = 60.0  # seconds


@dataclass(frozen=True)
class Ground:
    """What all hosts stand on. ``cgroups``: the lab's folders; ``ssh``: the command that reaches a host by name."""

    rootfs: Path
    cgroups: tuple[Path, ...]
    hosts: Path
    log: Path
    ssh: tuple[str, ...]


class Host:
    """States: ``off``, ``starting``, and ``on`` once a command can be run on it by ssh; ``cut`` beside them."""

    def __init__(self, workstation: Workstation, ground: Ground) -> None:
        self.workstation = workstation
        self.cut = False
        self.state = "off"
        self._why = ""  # it is off, or does not answer yet
        self._ground = ground
        self._log = ground.log / f"{workstation.name}.log"
        self._folder = ground.hosts / workstation.name
        self._boots = 0
        self._nspawn: asyncio.subprocess.Process | None = None
        self._changed = asyncio.Condition()
        self._running: asyncio.Task[None] | None = None

    @property
    def root(self) -> Path:
        return self._folder / "root"

    def prepare(self, changes: Changes) -> None:
        """Mount the host's disk, an overlay of the root file system, and make it this workstation's."""
        for part in ("upper", "work", "root"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        options = f"lowerdir={self._ground.rootfs},upperdir={self._folder / 'upper'},workdir={self._folder / 'work'}"
        run(("mount", "-t", "overlay", "overlay", "-o", options, str(self.root)))
        write(self.root, changes)
        for group in self._ground.cgroups:
            (group / self.workstation.name).mkdir(exist_ok=True)

    def start(self) -> None:
        self.state = "starting"
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while await self._one_boot() == REBOOT:
                pass
        except LabError as error:
            self._why = str(error)
        await self._tell("off", self._boots)

    async def _one_boot(self) -> int:
        """Plug in, run systemd-nspawn to its end and return its status."""
        for command in network.cables(self.workstation, self.cut):
            run(command)
        with self._log.open("ab") as console:
            self._nspawn = await asyncio.create_subprocess_exec(
                *nspawn(self.workstation.name, self.root, self._ground.cgroups),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
                env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
            )
        await self._tell("starting", self._boots + 1)
        answering = asyncio.create_task(self._answer())
        status = await self._nspawn.wait()
        answering.cancel()
        self._why = f"systemd-nspawn ended with {status}, see {self._log}"
        for command in network.no_cables(self.workstation):
            run(command)
        return status

    async def _tell(self, state: str, boots: int) -> None:
        async with self._changed:
            self.state, self._boots = state, boots
            self._changed.notify_all()

    def plug(self, cut: bool) -> None:
        """Cut its cables, or mend them; it stays so over a boot."""
        self.cut = cut
        if self.state != "off":
            for command in network.plug(self.workstation, cut):
                run(command)

    def _init(self) -> int:
        """The pid of the host's init.

        :raises LabError: the host is off
        """
        if self._nspawn is not None and self.state != "off":
            pid = self._nspawn.pid
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
            except OSError:
                children = []
            if children:
                return int(children[0])
        raise LabError(f"{self.workstation.name} is off: start it first, boot {self.workstation.name}.")

    async def reboot(self) -> None:
        """Ask its init for an orderly restart; returns when the next boot has begun."""
        before = self._boots
        os.kill(self._init(), REBOOT_NOW)
        await self._until(lambda: self._boots > before or self.state == "off", "does not shut down")

    async def unplug(self) -> None:
        """Kill its init, and the kernel everything in it; what was written to the disk stays."""
        os.kill(self._init(), signal.SIGKILL)
        await self._until(lambda: self.state == "off", "does not go off")

    async def answers(self) -> None:
        """Returns when a command can be run on it; at once if it is cut off, since then it cannot answer.

        :raises LabError: it does not answer in time, or went off
        """
        await self._until(lambda: self.cut or self.state in ("on", "off"), "does not answer")
        if self.state == "off":
            raise LabError(f"{self.workstation.name} went off: {self._why}.")

    async def _until(self, reached: Callable[[], bool], otherwise: str) -> None:
        async with self._changed:
            try:
                async with asyncio.timeout(BOOT_TIME):
                    await self._changed.wait_for(reached)
            except TimeoutError:
                raise LabError(
                    f"{self.workstation.name} {otherwise} within {BOOT_TIME:.0f} s ({self._why}): see {self._log}."
                ) from None

    async def _answer(self) -> None:
        """Try until a command can be run on it."""
        name, address = self.workstation.name, self.workstation.address
        while True:
            self._why = f"no ssh server greets at {address}"
            while not await _greets(address):
                await asyncio.sleep(0.05)
            login = await asyncio.create_subprocess_exec(
                *self._ground.ssh,
                name,
                settled(self.workstation),
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            _, error = await login.communicate()
            if login.returncode == 0:
                await self._tell("on", self._boots)
                return
            self._why = error.decode("utf-8", "replace").strip()
            await asyncio.sleep(0.2)


def settled(workstation: Workstation) -> str:
    """Waits until every adapter has DNS servers, 10 seconds at most: ssh answers earlier."""
    if workstation.backend.resolved:
        seen = [f"resolvectl dns {adapter.name} | grep -q ': .'" for adapter in workstation.adapters]
    else:
        seen = ["grep -q ^nameserver /etc/resolv.conf"]
    return f"for turn in $(seq 100); do {' && '.join(seen)} && break; sleep 0.1; done"


async def _greets(address: str) -> bool:
    """Whether an ssh server greets."""
    try:
        async with asyncio.timeout(1.0):
            reader, writer = await asyncio.open_connection(address, 22)
            try:
                return (await reader.readline()).startswith(b"SSH-")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def nspawn(name: str, root: Path, cgroups: Sequence[Path]) -> tuple[str, ...]:
    """The command line that boots a host, in a cgroup of its own: hosts that share one stop each other's services.

    The network namespace of the host's name is its network. The machine's service manager, if it has one, is not
    asked for anything: it would take the pids of the lab for its own.
    """
    enter = "".join(f'echo 0 >"{group / name}/cgroup.procs" && ' for group in cgroups)
    return (
        *("sh", "-c", f'{enter}exec "$@"', "sh"),
        *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"),
        *(f"--directory={root}", f"--machine={name}", f"--hostname={name}"),
        *(f"--network-namespace-path=/run/netns/{name}", "--capability=CAP_NET_ADMIN"),
        *("--resolv-conf=off", "--timezone=off", "--link-journal=no", "--console=passive"),
    )


def write(root: Path, changes: Changes) -> None:
    """Make the changes below a root that nothing runs on."""
    for path in changes.removed:
        (root / path).unlink(missing_ok=True)
    for link in changes.links:
        place = root / link.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(link.target)
    for file in changes.files:
        _write(root, file)


def _write(root: Path, file: File) -> None:
    place = root / file.path
    missing = [one for one in place.parents if not one.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o755 if file.mode & 0o077 else 0o700)
        os.chown(folder, file.owner, file.owner)
    place.unlink(missing_ok=True)
    place.write_text(file.text, "utf-8")
    os.chown(place, file.owner, file.owner)
    place.chmod(file.mode)


def run(command: Sequence[str]) -> None:
    """Run a short command to its end.

    :raises LabError: it fails, with what it said
    """
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=30
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise LabError(f"`{' '.join(command)}` failed: {said or f'exit {done.returncode}'}.")
