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

import socket
import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from .auth import Account, Gate
from .faults import Fault
from .host import Execution, Host, Machine
from .server import ADDRESS, Server, Service

CLOSING = 5.0  # seconds


class WindowsFleet:
    """A context manager; workstations answer from enter to exit."""

    def __init__(self, folder: Path, machines: Iterable[Machine], *, tls: bool = True, port: int = 0) -> None:
        """
        :param folder: where the CA's certificate (``ca``) and the account for NTLM are kept, and for inventories
            ``port``, ``user`` and ``password``
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
        self._server = Server(self._port, services, gate, context)
        for machine in self._machines:
            services[machine.name] = Service(Host(machine, self._server.stopping))
        self._services = services
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=[0.05], name="windows fleet", daemon=True
        )
        self._thread.start()
        for name, text in (
            ("port", str(self.port)),
            ("user", self.account.user),
            ("password", self.account.password),
        ):
            (self._folder / name).touch(mode=0o600)
            (self._folder / name).write_text(text)
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
