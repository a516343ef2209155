# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers for one test of a probe each: on loopback, with any behaviour, gone when the test ends."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import trustme
from dnslib import QTYPE, RR, A, DNSRecord

HOST = "127.77.0.1"
NAME = "rap.example"
Say = Callable[[socket.socket], None]


@contextmanager
def tcp_server(say: Say) -> Iterator[int]:
    """Serve every connection with ``say``, one after the other; yields the port."""
    with socket.create_server((HOST, 0)) as listening:
        listening.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _peer = listening.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.settimeout(2)
                    try:
                        say(connection)
                    except OSError:
                        continue  # the probe hung up, which is its right

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


@contextmanager
def udp_server(reply: Callable[[bytes, int], list[bytes]]) -> Iterator[int]:
    """Send back what ``reply(question, number)`` makes of each datagram; yields the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HOST, 0))
        server.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            number = 0
            while not over.is_set():
                try:
                    question, peer = server.recvfrom(4096)
                except TimeoutError:
                    continue
                for datagram in reply(question, number):
                    server.sendto(datagram, peer)
                number += 1

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            thread.join()


def records(question: bytes, *answers: RR, **header: Any) -> bytes:
    reply = DNSRecord.parse(question).reply()
    for answer in answers:
        reply.add_answer(answer)
    for field, value in header.items():
        setattr(reply.header, field, value)
    return bytes(reply.pack())


def a(address: str, owner: str = NAME) -> RR:
    return RR(owner, QTYPE.A, rdata=A(address), ttl=1)


def unused_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def dribble(connection: socket.socket) -> None:
    """Say a little now and then, so that no single wait is ever too long."""
    for _time in range(60):
        connection.sendall(b"\x16")
        time.sleep(0.05)


def silent(connection: socket.socket) -> None:
    """Say nothing for as long as the other side stays."""
    while connection.recv(1000):
        pass


def tls_server(
    certificate: trustme.LeafCert, heard: list[bytes] | None = None
) -> AbstractContextManager[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)

    def say(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            said = secure.recv(1000)
            if heard is not None:
                heard.append(said)

    return tcp_server(say)
