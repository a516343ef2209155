# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SSH server for one test, on loopback: it has host keys and lets nobody in. It also runs on Windows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh

from tests.lab.probe_servers import HOST

START = 30.0  # seconds


@contextmanager
def ssh_server(*kinds: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the port and the public keys, one of each kind, as "type base64"."""
    keys = [asyncssh.generate_private_key(kind) for kind in kinds]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(HOST, 0, server_host_keys=keys)

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
