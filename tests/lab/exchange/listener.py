# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sockets that can be taken away at any moment, together with all that was accepted on them."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from .config import Endpoint, ExchangeError

CLOSING = 2.0  # seconds that cut sessions get to let go of their sockets
HANDSHAKE = 5.0  # seconds a client has for the TLS handshake

Session = Callable[[socket.socket, str], Coroutine[Any, Any, None]]


class PortTakenError(ExchangeError):
    """An address cannot be listened on; the message names it."""


def bind(data_centre: str, service: str, endpoint: Endpoint, kind: socket.SocketKind) -> socket.socket:
    """A bound, non-blocking socket; a TCP one listens.

    :raises PortTakenError: something else has the port, or the address is not this machine's
    """
    bound = socket.socket(socket.AF_INET, kind)
    try:
        bound.setblocking(False)
        if kind == socket.SOCK_STREAM:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # come back on at once after an off
        bound.bind((endpoint.address, endpoint.port))
        if kind == socket.SOCK_STREAM:
            bound.listen(128)
    except OSError as error:
        bound.close()
        protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
        remedy = (
            "Stop the program that has this port (perhaps another sandbox), or configure another one"
            if error.errno == errno.EADDRINUSE
            else "Choose a loopback address and a port above 1023"
        )
        raise PortTakenError(
            f"{data_centre} data centre, {service}: cannot listen on {protocol} {endpoint}: "
            f"{os.strerror(error.errno or 0)}. {remedy}."
        ) from error
    return bound


async def streams(
    connection: socket.socket, context: ssl.SSLContext | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Reader and writer of an accepted connection, after the TLS handshake if there is a context."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, connection, ssl=context, ssl_handshake_timeout=HANDSHAKE if context else None
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class Listener:
    """Accepts connections and runs ``session(connection, peer)`` for each.

    ``session`` is called the moment a connection is accepted, before anything is read, and returns the coroutine
    that talks to the client. That coroutine owns the connection and lets go of it when it is cancelled.
    """

    def __init__(self, listening: socket.socket, session: Session) -> None:
        self._listening = listening
        self._session = session
        self._sessions: dict[asyncio.Task[None], socket.socket] = {}
        self._accepting = asyncio.create_task(self._accept())

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, peer = await loop.sock_accept(self._listening)
            except OSError:  # the client is gone already, or no file descriptor is free just now
                await asyncio.sleep(0.05)
                continue
            name = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else ""
            task = asyncio.create_task(self._session(connection, name))
            self._sessions[task] = connection
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sessions.pop(task, None)

    async def close(self) -> None:
        """Listen no more and cut every session; returns when their sockets are closed."""
        self._accepting.cancel()
        await asyncio.gather(self._accepting, return_exceptions=True)
        self._listening.close()
        sessions = dict(self._sessions)
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)
        deadline = asyncio.get_running_loop().time() + CLOSING
        while any(one.fileno() != -1 for one in sessions.values()):
            if asyncio.get_running_loop().time() > deadline:
                for one in sessions.values():
                    one.close()
            await asyncio.sleep(0.001)
