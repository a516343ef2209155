# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of ssh hosts on loopback: each user name is a workstation, its commands run here and are counted.

A stock ssh client logs on with a key made at run time. Under pipelining every module execution is one command, so
the commands of a workstation are its visits.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import asyncssh

ADDRESS = "127.77.0.1"
TIME_OUT = 120.0  # seconds for one command


class SshFleet:
    """A context manager; ``commands`` counts by workstation what was run there since ``forget``."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        self.folder = folder
        self.names = tuple(names)
        self.port = 0
        self.commands: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> SshFleet:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(TIME_OUT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(TIME_OUT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(TIME_OUT)
        self._loop.close()

    def forget(self) -> None:
        """Begin to count anew."""
        self.commands.clear()

    def variables(self) -> dict[str, object]:
        """What an inventory says of these hosts; ``ansible_user`` is the workstation's own name."""
        common = (
            f"-o UserKnownHostsFile={self.folder / 'known_hosts'} -o StrictHostKeyChecking=yes "
            f"-o IdentitiesOnly=yes -o ControlMaster=auto -o ControlPersist=30s"
        )
        return {
            "ansible_connection": "ssh",
            "ansible_host": ADDRESS,
            "ansible_port": self.port,
            "ansible_user": "{{ inventory_hostname }}",
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_args": common,
            "ansible_control_path_dir": str(self.folder / "cp"),
            "ansible_pipelining": True,
        }

    async def _start(self) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(self.folder / "key")
        (self.folder / "key").chmod(0o600)
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        fleet = self

        class Server(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, offered: asyncssh.SSHKey) -> bool:
                return username in fleet.names and offered.public_data == key.public_data

        self._server = await asyncssh.create_server(
            Server,
            ADDRESS,
            0,
            server_host_keys=[host_key],
            process_factory=self._run,
            encoding=None,
            login_timeout=TIME_OUT,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        public = host_key.export_public_key().decode().strip()
        (self.folder / "known_hosts").write_text(f"[{ADDRESS}]:{self.port} {public}\n")

    async def _stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self.commands[process.get_extra_info("username")] += 1
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            process.command or "true",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            given = await asyncio.wait_for(process.stdin.read(), TIME_OUT)
            out, err = await asyncio.wait_for(child.communicate(given), TIME_OUT)
        except (TimeoutError, asyncio.CancelledError):
            child.kill()
            await child.wait()
            raise
        process.stdout.write(out)
        process.stderr.write(err)
        process.exit(child.returncode or 0)
