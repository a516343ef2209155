# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One data centre: all its sockets, which come and go together."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from .config import DataCentre, Endpoint
from .contacts import ContactLog
from .dns import DnsServer
from .listener import Listener, bind
from .rap import RapService
from .web import WebService

Record = Callable[[str, str, str, str], None]  # event, peer, what, detail


class Service(Protocol):
    def session(self, record: Record) -> Callable[[socket.socket, str], Coroutine[Any, Any, None]]: ...


class Site:
    def __init__(
        self,
        name: str,
        config: DataCentre,
        contacts: ContactLog,
        rap: RapService,
        certificate: Callable[[tuple[str, ...]], ssl.SSLContext],
        names: Callable[[], Mapping[str, str]],
    ) -> None:
        """``names``: what the DNS answers now; ``certificate``: the TLS of a front end, made once."""
        self._name = name
        self._dns = config.dns
        self._contacts = contacts
        self._names = names
        self._tcp: list[tuple[str, Endpoint, Service]] = [("rap", endpoint, rap) for endpoint in config.rap]
        self._tcp += [("web", one, WebService(name, one.names, certificate(one.names))) for one in config.web]
        self._open: list[DnsServer | Listener] = []
        self._switch = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        return bool(self._open)

    @property
    def endpoints(self) -> list[str]:
        """What listens when it is on, as ``service address:port``."""
        return [f"dns {self._dns}", *(f"{service} {endpoint}" for service, endpoint, _ in self._tcp)]

    async def on(self) -> None:
        """Bind all sockets, then serve: either the whole data centre is on or none of it.

        :raises PortTakenError: naming the address; nothing is left bound
        """
        async with self._switch:
            if self.is_on:
                return
            dns, *tcp = self._bind()
            self._open = [await DnsServer.start(dns, self._names, self._record("dns", self._dns))]
            for listening, (service, endpoint, kind) in zip(tcp, self._tcp, strict=True):
                self._open.append(Listener(listening, kind.session(self._record(service, endpoint))))

    async def off(self) -> None:
        """Close every socket and cut every session; clients are refused from now on."""
        async with self._switch:
            closing, self._open = self._open, []
            await asyncio.gather(*(one.close() for one in closing))

    def _bind(self) -> list[socket.socket]:
        """The DNS socket, then the listening ones; all or none."""
        with contextlib.ExitStack() as undo:
            bound = [undo.enter_context(bind(self._name, "dns", self._dns, socket.SOCK_DGRAM))]
            for service, endpoint, _ in self._tcp:
                bound.append(undo.enter_context(bind(self._name, service, endpoint, socket.SOCK_STREAM)))
            undo.pop_all()
            return bound

    def _record(self, service: str, endpoint: Endpoint) -> Record:
        def record(event: str, peer: str, what: str, detail: str) -> None:
            self._contacts.add(self._name, service, event, str(endpoint), peer, what, detail)

        return record
