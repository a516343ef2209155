# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WS-Management over HTTP and HTTPS: ``/wsman/<name>`` is the workstation of that name."""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import psrp, winrs
from .auth import SOAP, Gate, Login, NotSealed
from .faults import Kind, Silence
from .host import Host
from .wsman import (
    NO_SUCH_SHELL,
    NOT_SUPPORTED,
    TOO_MANY_SHELLS,
    Refused,
    Request,
    fault,
    parse,
    simple,
)

ADDRESS = "127.0.0.1"
IDLE = 120.0  # seconds a connection may say nothing
HANDSHAKE = 10.0  # seconds for TLS
MESSAGE = 16 * 2**20  # bytes of a request at most

Shell = winrs.CommandShell | psrp.RunspaceShell


class Service:
    """WS-Management of one workstation: its open shells."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.shells: dict[str, Shell] = {}

    def handle(self, request: Request) -> bytes:
        """Answer a request.

        :raises Refused: with the fault to answer
        :raises Silence: there is to be no answer
        """
        if request.action == "Create":
            return self._create(request)
        shell = self.shells.get(request.shell_id)
        if shell is None:
            raise Refused(NO_SUCH_SHELL)
        if request.action == "Delete":
            del self.shells[request.shell_id]
            return simple(request)
        verbs = {
            "Command": shell.command,
            "Send": shell.send,
            "Receive": shell.receive,
            "Signal": shell.signal,
        }
        if request.action not in verbs:
            raise Refused(NOT_SUPPORTED)
        return verbs[request.action](request)

    def _create(self, request: Request) -> bytes:
        kinds: dict[str, type[Shell]] = {
            winrs.RESOURCE: winrs.CommandShell,
            psrp.RESOURCE: psrp.RunspaceShell,
        }
        if request.resource not in kinds:
            raise Refused(NOT_SUPPORTED)
        if self.host.faults.take(Kind.QUOTA):
            raise Refused(TOO_MANY_SHELLS)
        shell = kinds[request.resource](self.host, request)
        answer = shell.create(request)
        self.shells[shell.id] = shell
        return answer


class _Connection(BaseHTTPRequestHandler):
    """One client's connection; requests on it come one after another."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body go out together
    timeout = IDLE
    server: Server

    def setup(self) -> None:
        if self.server.tls:
            self.request.settimeout(HANDSHAKE)
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.server.connections.add(self.request)
        self._login = Login(self.server.gate)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.server.connections.discard(self.request)
            self.request.close()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MESSAGE:
            self.close_connection = True
            return self._reply(413, b"")
        body = self.rfile.read(length)
        found = re.fullmatch(r"/wsman/([^/?]+)", self.path)
        service = self.server.services.get(found.group(1)) if found else None
        if service is None:
            return self._reply(404, b"")
        service.host.requests += 1
        may, headers = self._login.step(self.headers.get("Authorization", ""))
        if may and service.host.faults.take(Kind.LOGIN):
            may, headers = False, self._login.forget()
        if not may:
            return self._reply(401, b"", challenges=headers)
        if not body:  # only to log on
            return self._reply(200, b"", challenges=headers)
        return self._talk(service, body, headers)

    def _talk(self, service: Service, body: bytes, headers: list[str]) -> None:
        sealed = self.headers.get("Content-Type", "").startswith("multipart/encrypted")
        try:
            message = self._login.unseal(body) if sealed else body
        except NotSealed:
            return self._reply(400, b"", challenges=headers)
        if not sealed and not self.server.tls:  # Windows' default: AllowUnencrypted is false
            return self._reply(500, b"", challenges=headers)
        try:
            status, answer = _answer(service, message)
        except Silence as silence:
            self.server.stopping.wait(silence.seconds)
            self.close_connection = True
            return None
        kind, answer = self._login.seal(answer) if sealed else (SOAP, answer)
        return self._reply(status, answer, kind, headers)

    def _reply(self, status: int, body: bytes, kind: str = SOAP, challenges: Iterable[str] = ()) -> None:
        self.send_response(status)
        for challenge in challenges:
            self.send_header("WWW-Authenticate", challenge)
        if body:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "Microsoft-HTTPAPI/2.0"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: tests count."""


def _answer(service: Service, message: bytes) -> tuple[int, bytes]:
    request = None
    try:
        request = parse(message)
        return 200, service.handle(request)
    except Refused as refused:
        return 500, fault(refused.refusal, request)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(
        self, port: int, services: dict[str, Service], gate: Gate, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__((ADDRESS, port), _Connection)
        self.services = services
        self.gate = gate
        self.tls = tls
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left or does not trust the certificate is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)
