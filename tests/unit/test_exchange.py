# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded exchange asked by real clients over loopback: DNS, HTTPS, a data centre going and coming."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.exchange import (
    Endpoint,
    Exchange,
    read_contacts,
)
from tests.lab.exchange.dns import answer
from tests.lab.exchange_clients import (
    ACCOUNT,
    RAP_NAME,
    TIMEOUT,
    VAR_NAME,
    addresses,
    fetch,
    login,
    refused,
    resolve,
    seen,
    small_config,
    small_exchange,
    until,
)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with small_exchange(tmp_path) as playing:
        yield playing


def test_dns_gives_the_serving_data_centre_s_addresses_everywhere(exchange: Exchange) -> None:
    centres = small_config()
    for server in (centres.primary.dns, centres.secondary.dns):
        assert addresses(server, "RAPCC.hkexposttrade.com.hk") == [centres.primary.names[RAP_NAME]]
    exchange.serve("secondary")
    for server in (centres.primary.dns, centres.secondary.dns):
        assert addresses(server, RAP_NAME) == [centres.secondary.names[RAP_NAME]]
    exchange.serve("primary")
    assert addresses(centres.secondary.dns, RAP_NAME) == [centres.primary.names[RAP_NAME]]


def test_dns_answers_in_full(exchange: Exchange) -> None:
    server = small_config().primary.dns
    found = resolve(server, RAP_NAME)
    assert (found.header.rcode, [record.ttl for record in found.rr]) == (dnslib.RCODE.NOERROR, [30])
    other_type = resolve(server, RAP_NAME, "AAAA")
    assert (other_type.header.rcode, other_type.rr) == (dnslib.RCODE.NOERROR, [])
    assert resolve(server, "www.example.com").header.rcode == dnslib.RCODE.NXDOMAIN
    queries = seen(exchange, data_centre="primary", service="dns", event="query", local=str(server))
    assert [(one.what, one.detail) for one in queries] == [
        (RAP_NAME, "A NOERROR"),
        (RAP_NAME, "AAAA NOERROR"),
        ("www.example.com", "A NXDOMAIN"),
    ]


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: b"\0\1\1\0\0\1\0\0\0\0\0\0" + tail))
def test_dns_takes_any_bytes(datagram: bytes) -> None:
    reply = answer(datagram, {RAP_NAME: "127.0.0.1"})
    if reply.packet is not None:
        assert reply.packet[:2] == datagram[:2]
        assert dnslib.DNSRecord.parse(reply.packet).header.qr == 1


def test_dns_never_answers_an_answer() -> None:
    reply = dnslib.DNSRecord.question(RAP_NAME).reply().pack()
    assert answer(reply, {RAP_NAME: "127.0.0.1"}).packet is None


def test_https_has_a_certificate_of_its_name_and_says_who_answers(exchange: Exchange) -> None:
    for place in ("primary", "secondary"):
        front = small_config().data_centre(place).web[0]
        page = fetch(exchange, front, VAR_NAME, VAR_NAME, "/login?token=secret")
        assert page.startswith("HTTP/1.1 200 OK\r\n") and page.endswith(
            f"{VAR_NAME} at the {place} data centre\n"
        )
        (request,) = seen(exchange, data_centre=place, service="web", event="request", local=str(front))
        assert (request.what, request.detail) == (VAR_NAME, "GET /login 200")
    front = small_config().primary.web[0]
    assert fetch(exchange, front, VAR_NAME, "www.ccass.com").startswith("HTTP/1.1 421 ")
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(exchange, front, "www.ccass.com", "www.ccass.com")


@pytest.mark.parametrize("service", ["rap", "web"])
def test_a_silent_connection_is_a_contact(exchange: Exchange, service: str) -> None:
    centre = small_config().primary
    endpoint: Endpoint = centre.rap[0] if service == "rap" else centre.web[0]
    with socket.create_connection((endpoint.address, endpoint.port), TIMEOUT) as client:
        peer = "{}:{}".format(*client.getsockname())
        until(lambda: seen(exchange, service=service))
        assert seen(exchange, data_centre="primary", event="accept", local=str(endpoint), peer=peer)
        exchange.off("primary")  # cuts it, also in the middle of a handshake
        client.settimeout(TIMEOUT)
        try:
            while client.recv(1024):
                pass
        except ConnectionResetError:
            pass
        else:
            assert client.recv(1) == b""
    assert refused(endpoint)


def test_off_cuts_sessions_and_refuses_and_on_brings_back(exchange: Exchange, tmp_path: Path) -> None:
    centre = small_config().primary

    async def play() -> tuple[object, object]:
        async with login(centre, ACCOUNT, tmp_path / ACCOUNT) as connection:
            before = connection.get_server_host_key()
            await asyncio.to_thread(exchange.off, "primary")
            await asyncio.wait_for(connection.wait_closed(), TIMEOUT)
        assert refused(centre.rap[0]) and refused(centre.web[0])
        with pytest.raises(ConnectionRefusedError):
            resolve(centre.dns, RAP_NAME)
        assert addresses(small_config().secondary.dns, RAP_NAME)  # the other one stays
        assert exchange.status()["logged_in"] == {}
        await asyncio.to_thread(exchange.on, "primary")
        async with login(centre, ACCOUNT, tmp_path / ACCOUNT) as connection:
            return before, connection.get_server_host_key()

    before, after = asyncio.run(play())
    assert before == after
    assert addresses(centre.dns, RAP_NAME)


def test_contacts_tell_that_nothing_went_to_primary(exchange: Exchange, tmp_path: Path) -> None:
    centres = small_config()
    fetch(exchange, centres.primary.web[0], VAR_NAME, VAR_NAME)
    assert seen(exchange, data_centre="primary")
    moment = time.time()
    exchange.off("primary")
    exchange.serve("secondary")

    async def log_in() -> None:
        async with login(centres.secondary, ACCOUNT, tmp_path / ACCOUNT):
            pass

    asyncio.run(log_in())
    addresses(centres.secondary.dns, RAP_NAME)
    later = exchange.contacts(moment)
    assert [(one.data_centre, one.service, one.event) for one in later] == [
        ("secondary", "rap", "accept"),
        ("secondary", "rap", "login"),
        ("secondary", "dns", "query"),
    ]
    assert read_contacts(exchange.folder) == exchange.contacts()
