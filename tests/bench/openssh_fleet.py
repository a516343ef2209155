# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet behind one OpenSSH server on loopback: what a real workstation answers with, where it is installed.

Every host is this machine and this user; each has connections of its own, as if it were another machine.
"""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

ADDRESS = "127.77.0.1"
TIME_OUT = 20.0  # seconds to come up


class Unfit(Exception):
    """There is no OpenSSH server here that could be started, and why."""


class OpenSshFleet:
    """A context manager. :raises Unfit: on entering"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> OpenSshFleet:
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
        if program is None:
            raise Unfit("sshd is not installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in ("host_key", "key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._folder / name)]
            subprocess.run(command, check=True, timeout=TIME_OUT)
        shutil.copy(self._folder / "key.pub", self._folder / "authorized_keys")
        with socket.socket() as probe:
            probe.bind((ADDRESS, 0))
            self._port = probe.getsockname()[1]
        host_key = (self._folder / "host_key.pub").read_text()
        (self._folder / "known_hosts").write_text(f"fleet {host_key}")
        configuration = self._folder / "sshd_config"
        configuration.write_text(
            f"ListenAddress {ADDRESS}:{self._port}\nHostKey {self._folder}/host_key\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self._folder}/authorized_keys\nStrictModes no\nMaxStartups 1000\n"
        )
        tried = subprocess.run(
            [program, "-t", "-f", configuration],
            capture_output=True,
            text=True,
            timeout=TIME_OUT,
            check=False,
        )
        if tried.returncode:
            raise Unfit(f"{program}: {tried.stderr.strip()}")
        self._server = subprocess.Popen(
            [program, "-D", "-f", configuration, "-E", self._folder / "log"], stdin=subprocess.DEVNULL
        )
        deadline = time.monotonic() + TIME_OUT
        while True:
            try:
                socket.create_connection((ADDRESS, self._port), TIME_OUT).close()
                return self
            except ConnectionRefusedError:
                if time.monotonic() > deadline or self._server.poll() is not None:
                    self.__exit__(None, None, None)
                    raise Unfit((self._folder / "log").read_text()[-500:]) from None
                time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        self._server.wait(TIME_OUT)

    def variables(self) -> dict[str, object]:
        """What an inventory says of these hosts."""
        return {
            "ansible_connection": "ssh",
            "ansible_host": "{{ inventory_hostname }}",
            "ansible_port": self._port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(self._folder / "key"),
            "ansible_ssh_args": (
                f"-o HostName={ADDRESS} -o HostKeyAlias=fleet -o UserKnownHostsFile={self._folder}/known_hosts "
                "-o StrictHostKeyChecking=yes -o IdentitiesOnly=yes -o ControlMaster=auto -o ControlPersist=60s"
            ),
            "ansible_control_path_dir": str(self._folder / "cp"),
            "ansible_pipelining": True,
        }
