# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Windows side of winrm and psrp, without Windows: a fleet of workstations on one loopback port.

    with WindowsFleet(folder, [machine, ...]) as fleet:
        inventory = {name: fleet.variables(name, "psrp") for name in ...}
        fleet.fault("pc-1", Fault(Kind.QUOTA))

``/wsman/<name>`` is the workstation of that name. Modules are run by its ``Machine``; nothing else is.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from . import psrp, winrs
from .auth import SOAP, Account, Gate, Login, NotSealed
from .faults import Fault, Kind, Silence
from .host import Execution, Host, Machine
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
CLOSING = 5.0  # seconds

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
    server: _Server

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


class _Server(ThreadingHTTPServer):
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


class WindowsFleet:
    """A context manager; workstations answer from enter to exit."""

    def __init__(self, folder: Path, machines: Iterable[Machine], *, tls: bool = True, port: int = 0) -> None:
        """
        :param folder: where the CA's certificate (``ca``) and the account for NTLM are kept
        :param tls: without it Basic is refused and messages must be encrypted
        :param port: 0 for any free one
        """
        self.account = Account()
        self.ca = folder / "ca.pem"
        self._folder = folder
        self._machines = tuple(machines)
        self._tls = tls
        self._port = port

    def __enter__(self) -> WindowsFleet:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.account.keep(self._folder / "account")
        context, certificate = self._certificate() if self._tls else (None, None)
        gate = Gate(self.account, self._folder / "account", certificate)
        services: dict[str, Service] = {}
        self._server = _Server(self._port, services, gate, context)
        for machine in self._machines:
            services[machine.name] = Service(Host(machine, self._server.stopping))
        self._services = services
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=[0.05], name="windows fleet", daemon=True
        )
        self._thread.start()
        return self

    def _certificate(self) -> tuple[ssl.SSLContext, bytes]:
        authority = trustme.CA(organization_name="Sandbox of hkex.drill")
        authority.cert_pem.write_to_path(str(self.ca))
        issued = authority.issue_cert(ADDRESS)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context, ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join(CLOSING)
        self._server.server_close()
        for connection in tuple(self._server.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was quicker
                continue

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def variables(self, name: str, connection: str = "psrp", auth: str = "ntlm") -> dict[str, Any]:
        """What an inventory says of a workstation.

        :param connection: ``psrp`` or ``winrm``
        :param auth: ``ntlm``, ``negotiate`` (psrp only) or ``basic``
        """
        common = {
            "ansible_connection": connection,
            "ansible_host": ADDRESS,
            "ansible_port": self.port,
            "ansible_user": self.account.user,
            "ansible_password": self.account.password,
            "ansible_shell_type": "powershell",
        }
        scheme, path = "https" if self._tls else "http", f"wsman/{name}"
        if connection == "psrp":
            return {
                **common,
                "ansible_psrp_protocol": scheme,
                "ansible_psrp_path": path,
                "ansible_psrp_auth": auth,
                "ansible_psrp_ca_cert": str(self.ca),
            }
        return {
            **common,
            "ansible_winrm_scheme": scheme,
            "ansible_winrm_path": f"/{path}",
            "ansible_winrm_transport": auth,
            "ansible_winrm_ca_trust_path": str(self.ca),
        }

    def fault(self, name: str, fault: Fault) -> None:
        """Let something go wrong at a workstation."""
        self._services[name].host.faults.add(fault)

    def executions(self, *names: str) -> tuple[Execution, ...]:
        """What ran on these workstations, or on all, since ``forget``; by start."""
        hosts = [self._services[name].host for name in names or self._services]
        return tuple(sorted((one for host in hosts for one in host.executions), key=lambda one: one.start))

    def requests(self, name: str) -> int:
        """HTTP requests to a workstation since ``forget``."""
        return self._services[name].host.requests

    def shells(self, name: str) -> int:
        """Shells that are open now."""
        return len(self._services[name].shells)

    def forget(self) -> None:
        """Begin to count anew, without faults."""
        for service in self._services.values():
            service.host.faults.clear()
            service.host.executions.clear()
            service.host.requests = 0
