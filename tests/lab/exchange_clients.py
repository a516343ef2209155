# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients of the embedded exchange, as tests use them, and a small exchange for them to ask."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import dnslib

from tests.lab.exchange import Config, Contact, DataCentre, Endpoint, Exchange, Web, register_account

RAP_NAME, VAR_NAME = "rapcc.hkexposttrade.com.hk", "rmcd.hkexposttrade.com.hk"
ACCOUNT, OTHER = "CB99999001", "DCZZZ001"
DAY = "20211106"
TIMEOUT = 5.0  # seconds

# Runs at the same time must not meet: each process has addresses of its own.
NET = f"127.{160 + os.getpid() // 250 % 60}.{os.getpid() % 250}"


def small_config(offset: int = 0) -> Config:
    """One address per data centre; different offsets have no address in common."""

    def data_centre(host: int) -> DataCentre:
        address = f"{NET}.{offset + host}"
        return DataCentre(
            dns=Endpoint(address, 10053),
            rap=(Endpoint(address, 18801),),
            web=(Web(address, 10443, (VAR_NAME,)),),
            names={RAP_NAME: address, VAR_NAME: address},
        )

    return Config(primary=data_centre(1), secondary=data_centre(2), report_day=DAY)


def small_exchange(folder: Path) -> Exchange:
    """An exchange in ``folder/exchange`` that knows two accounts; their private keys are ``folder/ACCOUNT``."""
    for account in (ACCOUNT, OTHER):
        register_account(folder / "exchange", account, folder / account)
    return Exchange(small_config(), folder / "exchange")


def resolve(server: Endpoint, name: str, kind: str = "A") -> dnslib.DNSRecord:
    query = dnslib.DNSRecord.question(name, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(TIMEOUT)
        client.connect((server.address, server.port))
        client.send(query.pack())
        reply = dnslib.DNSRecord.parse(client.recv(512))
    assert reply.header.id == query.header.id
    return reply


def addresses(server: Endpoint, name: str) -> list[str]:
    return [str(record.rdata) for record in resolve(server, name).rr]


def login(at: DataCentre, account: str, key: Path) -> Any:
    """``async with login(...) as connection``, or await it; only the key, nothing of this user's own settings."""
    return asyncssh.connect(
        at.rap[0].address,
        at.rap[0].port,
        username=account,
        client_keys=[str(key)],
        known_hosts=None,
        config=[],
        agent_path=None,
        preferred_auth="publickey",
        connect_timeout=TIMEOUT,
        login_timeout=TIMEOUT,
    )


def fetch(exchange: Exchange, at: Web, name: str, host: str, path: str = "/") -> str:
    context = ssl.create_default_context(cafile=str(exchange.ca))
    with (
        socket.create_connection((at.address, at.port), TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname=name) as client,
    ):
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        with client.makefile("rb") as answered:
            return answered.read().decode()


def refused(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.address, endpoint.port), TIMEOUT).close()
    except ConnectionRefusedError:
        return True
    return False


def until(condition: Callable[[], object]) -> None:
    """The exchange writes down what a client did a moment after the client has done it."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def seen(exchange: Exchange, **wanted: str) -> list[Contact]:
    return [
        c for c in exchange.contacts() if all(getattr(c, name) == value for name, value in wanted.items())
    ]
