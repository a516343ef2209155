# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control socket: one JSON object per line in, one out."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .config import ExchangeError
from .listener import Listener, streams

SOCKET = "control.sock"

Do = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """The socket's path in few characters: a Unix socket's may have 107, folders of test runs are longer."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def serve(folder: Path, do: Do) -> Listener:
    """Listen in the folder for commands; only the owner may give them."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        with _short(folder) as path:
            listening.bind(path)
        (folder / SOCKET).chmod(0o600)
        listening.listen(8)
    except BaseException:
        listening.close()
        raise
    return Listener(listening, lambda connection, _peer: _talk(connection, do))


async def _talk(connection: socket.socket, do: Do) -> None:
    reader, writer = await streams(connection)
    try:
        while line := await reader.readline():
            writer.write(json.dumps(await _answer(line, do)).encode() + b"\n")
            await writer.drain()
    except (OSError, ValueError):
        pass  # the client left, or sent a line beyond all measure
    finally:
        writer.transport.abort()


async def _answer(line: bytes, do: Do) -> dict[str, Any]:
    try:
        command = json.loads(line)
    except ValueError as error:
        return {"error": f"not JSON: {error}"}
    if not isinstance(command, dict):
        return {"error": 'expected an object such as {"do": "status"}'}
    try:
        return await do(command)
    except ExchangeError as error:
        return {"error": str(error)}


def ask(folder: Path, command: Mapping[str, Any], timeout: float = 10.0) -> dict[str, Any]:
    """Give the exchange that plays in the folder a command; after ``stop`` it is gone when this returns.

    :raises OSError: no exchange plays there, or it did not answer within ``timeout`` seconds
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client, _short(folder) as path:
        client.settimeout(timeout)
        client.connect(path)
        client.sendall(json.dumps(dict(command)).encode() + b"\n")
        with client.makefile("rb") as lines:
            answer: dict[str, Any] = json.loads(
                lines.readline() or b'{"error": "the exchange has just ended"}'
            )
            if command.get("do") == "stop":
                lines.read()
    return answer
