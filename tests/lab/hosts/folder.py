# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a lab keeps its things, and its one kind of error."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]
DEFAULT = CHECKOUT / ".lab"
PROGRAM = "python -m tests.lab.hosts"

# In front of a program that must not outlive this process: mounts and processes of its own, which the kernel takes
# away with the program, whatever kills it. (The parent's death kills unshare, unshare's death kills the program.)
ENCLOSED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"),
)


class LabError(Exception):
    """The lab cannot do what was asked; the message is one sentence that says what, why and what to do."""


@dataclass(frozen=True)
class Folder:
    """The state of one lab. Everything but ``id`` and the logs goes when the lab goes."""

    path: Path = DEFAULT

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def holder(self) -> Path:
        """The pid of the process that holds the lab."""
        return self.path / "holder.pid"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def control(self) -> Path:
        return self.path / "keeper"

    @property
    def exchange(self) -> Path:
        return self.path / "exchange"

    @property
    def hosts(self) -> Path:
        return self.path / "hosts"

    @property
    def key(self) -> Path:
        """The private key that logs on to every workstation; the public one beside it."""
        return self.path / "id"

    @property
    def ssh(self) -> Path:
        return self.path / "ssh"

    @property
    def ssh_config(self) -> Path:
        return self.path / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        return self.path / "known_hosts"

    @property
    def control_paths(self) -> Path:
        """For ssh's shared connections, which end with the lab."""
        return self.path / "cp"

    def passing(self) -> tuple[Path, ...]:
        """What there is only while the lab is on."""
        return (
            *(self.holder, self.control, self.exchange, self.hosts),
            *(self.ssh, self.ssh_config, self.known_hosts, self.control_paths),
        )


def take(lock: Path, patience: float = 0.0) -> int:
    """Lock a file and return its descriptor; the kernel lets go of it when its last holder is gone.

    :param patience: seconds to wait for another holder
    :raises BlockingIOError: another one has it still
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(descriptor)
                raise
            time.sleep(0.05)


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole, or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.chmod(mode)
    fresh.replace(path)
