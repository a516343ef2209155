# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SSH server for one test, on loopback: it has host keys, and one account or none. It also runs on Windows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from tests.lab.probe_servers import HOST

START = 30.0  # seconds


@contextmanager
def ssh_server(*kinds: str, **more: Any) -> Iterator[tuple[int, list[str]]]:
    """Yields the port and the public keys, one of each kind, as "type base64"."""
    keys = [asyncssh.generate_private_key(kind) for kind in kinds]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(HOST, 0, server_host_keys=keys, **more)

    async def close(listening: asyncssh.SSHAcceptor) -> None:
        listening.close()
        await listening.wait_closed()

    try:
        listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(START)
        texts = (key.export_public_key("openssh").decode("ascii") for key in keys)
        yield listening.get_port(), sorted(" ".join(text.split()[:2]) for text in texts)
        asyncio.run_coroutine_threadsafe(close(listening), loop).result(START)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START)


@contextmanager
def sftp_server(folder: Path, private_key: Path) -> Iterator[tuple[int, list[str]]]:
    """One that lets whoever has this private key, which it makes, download what is in a folder."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(private_key)
    private_key.chmod(0o600)
    known = asyncssh.import_authorized_keys(key.export_public_key("openssh").decode("ascii"))

    def files(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    with ssh_server("ssh-ed25519", authorized_client_keys=known, sftp_factory=files) as serving:
        yield serving
