# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH's own sftp, with a configuration of its own (``-F``), several at once."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab.exchange import Endpoint

PROGRAMS = ("sftp", "ssh")
ALIAS = "rap"
TIME = 15.0  # seconds for one sftp
PERSIST = 20  # seconds that a shared connection stays by itself, should nobody close it


@dataclass(frozen=True)
class Client:
    """Somebody's configuration; ssh takes the home from the password file, so every path in it is absolute."""

    config: Path
    downloads: Path

    def sftp(self) -> subprocess.Popen[str]:
        """Starts and waits for commands on its standard input; give it to ``fetch``, or end it."""
        return subprocess.Popen(
            ["sftp", "-F", str(self.config), "-b", "-", ALIAS],
            env={"PATH": os.environ["PATH"], "HOME": str(self.config.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def fetch(self, sftp: subprocess.Popen[str], *files: str) -> tuple[int, str]:
        """Download and leave: how it ended, and what it said."""
        commands = "".join(f"get {one} {self.downloads}/{one.rpartition('/')[2]}\n" for one in files)
        try:
            said, _ = sftp.communicate(commands, TIME)
        except BaseException:
            sftp.kill()
            sftp.wait(TIME)
            raise
        return sftp.returncode, said


def shared(control: Path) -> dict[str, str]:
    """What makes every sftp use the connection that is there."""
    return {"ControlMaster": "auto", "ControlPath": f"{control}/%C", "ControlPersist": str(PERSIST)}


@contextmanager
def client(
    home: Path, account: str, key: Path, host_keys: Mapping[Endpoint, str], at: Endpoint, *, share: bool
) -> Iterator[Client]:
    """An alias for RAP, without or with one connection for all; that connection is closed at the end of the block."""
    somebody = Client(home / "config", home / "downloads")
    somebody.downloads.mkdir(parents=True)
    known = home / "known_hosts"
    known.write_text("".join(f"[{one.address}]:{one.port} {public}\n" for one, public in host_keys.items()))
    # A socket's path is short by law (108 bytes), and tests' folders are deep.
    with tempfile.TemporaryDirectory(prefix="rap") as control:
        options = {
            "HostName": at.address,
            "Port": str(at.port),
            "User": account,
            "IdentityFile": str(key),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(known),
            "StrictHostKeyChecking": "yes",
            "BatchMode": "yes",
            **(shared(Path(control)) if share else {}),
        }
        lines = [f"Host {ALIAS}", *(f"    {name} {value}" for name, value in options.items())]
        somebody.config.write_text("\n".join(lines) + "\n")
        try:
            yield somebody
        finally:
            _run(["ssh", "-F", str(somebody.config), "-O", "exit", ALIAS])


def _run(command: Sequence[str]) -> None:
    """It may fail: without a shared connection there is none to close."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, check=False, capture_output=True, timeout=TIME)
