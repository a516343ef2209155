# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exchange's DNS: A records over UDP (port 53 in the circular of 6 November 2021, section 3)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import dnslib

from .contacts import QUERY

TTL = 30  # seconds

Record = Callable[[str, str, str, str], None]  # event, peer, what, detail


class Reply(NamedTuple):
    """``packet`` is None where silence is the answer."""

    packet: bytes | None
    name: str
    detail: str


def answer(question: bytes, names: Mapping[str, str]) -> Reply:
    """Answer one datagram from a table of lower-case names. Any bytes are taken; what is no query gets no answer.

    A known name has an A record and no others (AAAA: no error, no records); unknown names do not exist.
    """
    try:
        query = dnslib.DNSRecord.parse(question)
    except dnslib.DNSError:
        return Reply(None, "", "malformed")
    if query.header.qr or query.header.opcode != dnslib.OPCODE.QUERY or len(query.questions) != 1:
        return Reply(None, "", "not a query")
    name = str(query.q.qname).rstrip(".")
    reply = query.reply()
    address = names.get(name.lower())
    if address is None:
        reply.header.rcode = dnslib.RCODE.NXDOMAIN
    elif query.q.qtype == dnslib.QTYPE.A:
        reply.add_answer(dnslib.RR(query.q.qname, dnslib.QTYPE.A, rdata=dnslib.A(address), ttl=TTL))
    detail = f"{dnslib.QTYPE.get(query.q.qtype)} {dnslib.RCODE.get(reply.header.rcode)}"
    return Reply(reply.pack(), name, detail)


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, names: Callable[[], Mapping[str, str]], record: Record) -> None:
        self._names = names
        self._record = record
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        reply = answer(data, self._names())
        self._record(QUERY, f"{addr[0]}:{addr[1]}", reply.name, reply.detail)
        if reply.packet is not None:
            self._transport.sendto(reply.packet, addr)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)


class DnsServer:
    """Answers on a bound UDP socket until it is closed."""

    def __init__(self, transport: asyncio.DatagramTransport, protocol: _Protocol) -> None:
        self._transport = transport
        self._protocol = protocol

    @classmethod
    async def start(
        cls, bound: socket.socket, names: Callable[[], Mapping[str, str]], record: Record
    ) -> DnsServer:
        """``names`` is asked anew for each query."""
        loop = asyncio.get_running_loop()
        return cls(*await loop.create_datagram_endpoint(lambda: _Protocol(names, record), sock=bound))

    async def close(self) -> None:
        self._transport.abort()
        await self._protocol.closed
