# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VaR Online and CCASS as far as a probe can see them: TLS with a certificate of the name, and one plain page."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import trustme

from .contacts import ACCEPT, REQUEST
from .listener import streams

REQUEST_TIME = 5.0  # seconds a client has to send its request and take the answer

Record = Callable[[str, str, str, str], None]  # event, peer, what, detail


class Authority:
    """A certificate authority of this run; its key never leaves the memory."""

    def __init__(self, certificate: Path) -> None:
        """``certificate``: where the authority's certificate is written for the clients that trust it."""
        self._ca = trustme.CA(organization_name="Sandbox of hkex.drill")
        self._ca.cert_pem.write_to_path(str(certificate))

    def context(self, names: tuple[str, ...]) -> ssl.SSLContext:
        """A server's TLS with a certificate of these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names).configure_cert(context)
        return context


def respond(head: bytes, names: tuple[str, ...], data_centre: str) -> tuple[bytes, str, str]:
    """Answer a request's head: the response, the host asked for, and method, path (no query) and status."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    headers = (line.partition(":") for line in lines[1:])
    hosts = [value.strip() for name, _, value in headers if name.lower() == "host"]
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or len(hosts) != 1:
        return _response("400 Bad Request", "Not an HTTP request"), "", "400"
    host = hosts[0].partition(":")[0].lower()
    status = "200 OK" if host in names else "421 Misdirected Request"
    request = f"{words[0]} {words[1].partition('?')[0]} {status[:3]}"
    return _response(status, f"{host} at the {data_centre} data centre"), host, request


def _response(status: str, text: str) -> bytes:
    body = f"{text}\n".encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


class WebService:
    """One front end; the page says which data centre answers."""

    def __init__(self, data_centre: str, names: tuple[str, ...], context: ssl.SSLContext) -> None:
        self._data_centre = data_centre
        self._names = names
        self._context = context

    def session(self, record: Record) -> Callable[[socket.socket, str], Coroutine[Any, Any, None]]:
        def accepted(connection: socket.socket, peer: str) -> Coroutine[Any, Any, None]:
            record(ACCEPT, peer, "", "")
            return self._talk(connection, lambda what, detail: record(REQUEST, peer, what, detail))

        return accepted

    async def _talk(self, connection: socket.socket, record: Callable[[str, str], None]) -> None:
        writer = None
        try:
            reader, writer = await streams(connection, self._context)
            async with asyncio.timeout(REQUEST_TIME):
                head = await reader.readuntil(b"\r\n\r\n")
                response, host, request = respond(head, self._names, self._data_centre)
                record(host, request)
                writer.write(response)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client left, was too slow or talks something else: its connection was recorded
        finally:
            if writer is not None:
                writer.transport.abort()
