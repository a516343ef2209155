# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes against real sockets on loopback addresses, and the DNS messages they are made of."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Probe, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import probes
from dnslib import RR

from tests.lab.probe_servers import (
    HOST,
    NAME,
    Say,
    a,
    dribble,
    records,
    silent,
    tcp_server,
    tls_server,
    udp_server,
    unused_port,
)


def one(probe: Probe) -> Answer:
    return probes.ask([probe])[probe]


# ---- DNS over the network ----------------------------------------------------------------------------------------


def test_dns_answers() -> None:
    with udp_server(lambda q, _n: [records(q, a("192.0.2.7"), a("192.0.2.3"))]) as port:
        answer = one(Probe("dns", HOST, port, NAME))
    assert (answer.ok, answer.values) == (True, ("192.0.2.7", "192.0.2.3"))
    assert answer.what.startswith(f"DNS query for {NAME} over UDP to {HOST}:{port} from 127.")
    assert answer.what.endswith(": 192.0.2.7, 192.0.2.3")
    assert 0 < answer.seconds < 2


def test_dns_asks_a_second_time() -> None:
    with udp_server(lambda q, n: [records(q, a("192.0.2.7"))] if n else []) as port:
        answer = one(Probe("dns", HOST, port, NAME, timeout=1.0))
    assert answer.ok
    assert 0.5 <= answer.seconds < 1


@pytest.mark.parametrize(
    ("header", "answers", "said"),
    [
        ({"rcode": 3}, [], "the server answered NXDOMAIN"),
        ({"rcode": 5}, [], "the server answered REFUSED"),
        ({"rcode": 11}, [], "the server answered 11"),
        ({}, [], f"the server knows no IPv4 address of {NAME}"),
        ({}, [a("192.0.2.1", "other.example")], f"the server knows no IPv4 address of {NAME}"),
        ({"tc": 1}, [], "the answer was truncated"),
    ],
)
def test_dns_says_why_not(header: dict[str, int], answers: list[RR], said: str) -> None:
    with udp_server(lambda q, _n: [records(q, *answers, **header)]) as port:
        answer = one(Probe("dns", HOST, port, NAME))
    assert (answer.ok, answer.values) == (False, ())
    assert said in answer.what


def test_dns_reports_a_truncated_answer() -> None:
    with udp_server(lambda q, _n: [records(q, a("192.0.2.1"), tc=1)]) as port:
        answer = one(Probe("dns", HOST, port, NAME))
    assert answer.values == ("192.0.2.1",)
    assert answer.what.endswith("192.0.2.1, and the answer was truncated")


def test_dns_waits_past_stray_datagrams_for_the_answer() -> None:
    def reply(question: bytes, _number: int) -> list[bytes]:
        forged = bytes([question[0] ^ 1]) + records(question, a("203.0.113.66"))[1:]
        return [b"", b"junk", forged, question, records(question, a("192.0.2.1"))]

    with udp_server(reply) as port:
        assert one(Probe("dns", HOST, port, NAME)).values == ("192.0.2.1",)


def test_dns_says_what_came_instead_of_an_answer() -> None:
    with udp_server(lambda q, _n: [q]) as port:
        answer = one(Probe("dns", HOST, port, NAME, timeout=0.2))
    assert not answer.ok
    assert "no answer in 0.2 s; what came was an answer to another question" in answer.what


def test_dns_takes_no_answer_from_another_address() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
        forger.bind(("127.77.0.66", 0))
        asked: list[int] = []

        def reply(question: bytes, number: int) -> list[bytes]:
            asked.append(number)
            return []

        real = socket.socket.send

        def tap(self: socket.socket, data: bytes) -> int:
            sent = real(self, data)
            forger.sendto(records(data, a("203.0.113.66")), self.getsockname())
            return sent

        with udp_server(reply) as port, pytest.MonkeyPatch.context() as patch:
            patch.setattr(socket.socket, "send", tap, raising=False)
            answer = one(Probe("dns", HOST, port, NAME, timeout=0.2))
    assert (answer.ok, answer.values) == (False, ())
    assert asked == [0, 1]


# ---- TCP, SSH ----------------------------------------------------------------------------------------------------


def test_tcp_connects() -> None:
    with tcp_server(lambda _connection: None) as port:
        answer = one(Probe("tcp", HOST, port))
    assert answer.ok
    assert answer.what == f"TCP connection to {HOST}:{port} from 127.0.0.1: connected"


@pytest.mark.parametrize("kind", ["tcp", "ssh", "https"])
def test_refused_is_said(kind: str) -> None:
    answer = one(Probe(kind, HOST, unused_port(socket.SOCK_STREAM), NAME))
    assert not answer.ok
    assert answer.what.endswith(": refused")


def test_a_dns_server_that_is_not_there_is_said() -> None:
    answer = one(Probe("dns", HOST, unused_port(socket.SOCK_DGRAM), NAME))
    assert not answer.ok
    assert answer.what.endswith(": refused")


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-RAP_1.0 exchange\r\n",
        b"SSH-2.0-RAP_1.0 exchange\n",
        b"Welcome\r\nto SSH-2.0-\r\n\r\n" * 50 + b"SSH-2.0-RAP_1.0 exchange\r\n",
    ],
)
def test_ssh_reads_the_banner(said: bytes) -> None:
    def in_pieces(connection: socket.socket) -> None:
        for at in range(0, len(said), 700):
            connection.sendall(said[at : at + 700])
            time.sleep(0.001)

    with tcp_server(in_pieces) as port:
        answer = one(Probe("ssh", HOST, port))
    assert (answer.ok, answer.values) == (True, ("SSH-2.0-RAP_1.0 exchange",))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"", "closed before an SSH banner"),
        (b"SSH-2.0-cut", "closed before an SSH banner"),
        (b"SSH-1.5-old\x1b[2J\r\n", "does not speak SSH 2 but says SSH-1.5-old?[2J"),
        (b"HTTP/1.1 400\r\n" * 5000, "no SSH banner came"),
        (b"x" * 50000, "no SSH banner came"),
        (b"SSH-2.0-" + b"x" * 9000, "no SSH banner came"),
    ],
)
def test_ssh_says_why_not(said: bytes, problem: str) -> None:
    with tcp_server(lambda connection: connection.sendall(said)) as port:
        answer = one(Probe("ssh", HOST, port))
    assert not answer.ok
    assert problem in answer.what


@pytest.mark.parametrize("kind", ["ssh", "https"])
@pytest.mark.parametrize("say", [dribble, silent])
def test_the_timeout_bounds_the_whole_probe(kind: str, say: Say) -> None:
    with tcp_server(say) as port:
        answer = one(Probe(kind, HOST, port, NAME, timeout=0.3))
    assert not answer.ok
    assert answer.seconds < 1


# ---- HTTPS -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return authority, str(path)


def test_https_verifies_the_name_and_says_nothing(authority: tuple[trustme.CA, str]) -> None:
    heard: list[bytes] = []
    with tls_server(authority[0].issue_cert("var.example", "*.rap.example"), heard) as port:
        answer = one(Probe("https", HOST, port, "var.example", authority[1]))
    assert answer.ok, answer.what
    assert answer.values[:2] == ("var.example", "*.rap.example")
    assert re.fullmatch(r"until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.values[2])
    assert answer.what.endswith(f"the certificate is for var.example, *.rap.example, {answer.values[2]}")
    assert heard in ([b""], [])  # nothing, or an end of connection that the server took for an error


def test_https_without_a_name_checks_the_address(authority: tuple[trustme.CA, str]) -> None:
    with tls_server(authority[0].issue_cert(HOST)) as port:
        assert one(Probe("https", HOST, port, ca=authority[1])).ok
    with tls_server(authority[0].issue_cert("127.77.0.2")) as port:
        answer = one(Probe("https", HOST, port, ca=authority[1]))
    assert not answer.ok
    assert f"the certificate is for 127.77.0.2, not for {HOST}" in answer.what


def test_https_says_whose_certificate_it_is(authority: tuple[trustme.CA, str]) -> None:
    with tls_server(authority[0].issue_cert("other.example")) as port:
        answer = one(Probe("https", HOST, port, NAME, authority[1]))
    assert (answer.ok, answer.values) == (False, ())
    assert f"the certificate is for other.example, not for {NAME}" in answer.what


def test_https_trusts_no_unknown_authority(authority: tuple[trustme.CA, str]) -> None:
    with tls_server(trustme.CA().issue_cert(NAME)) as port:
        for ca in ("", authority[1]):
            answer = one(Probe("https", HOST, port, NAME, ca))
            assert not answer.ok
            assert "the certificate is not trusted" in answer.what


@pytest.mark.parametrize("content", [None, "rubbish"])
def test_https_names_an_authority_file_it_cannot_read(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    answer = one(Probe("https", HOST, 443, NAME, str(path)))
    assert not answer.ok
    assert f"the certificate authority {path} cannot be read" in answer.what


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_https_with_something_else_is_no_handshake(said: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with tcp_server(say) as port:
        answer = one(Probe("https", HOST, port, NAME))
    assert not answer.ok
    assert "the handshake failed" in answer.what or "reset" in answer.what


# ---- asking ------------------------------------------------------------------------------------------------------


def test_many_are_asked_at_once_and_once_each() -> None:
    asked: list[int] = []

    def hear(_question: bytes, number: int) -> list[bytes]:
        asked.append(number)
        return []

    with udp_server(hear) as port:
        unanswered = [Probe("dns", HOST, port, f"n{n}.example", timeout=0.4) for n in range(10)]
        start = time.monotonic()
        answers = probes.ask(unanswered * 2)
        took = time.monotonic() - start
    assert took < sum(answer.seconds for answer in answers.values()), "one after the other would take as long"
    assert set(answers) == set(unanswered)
    assert all("no answer in 0.4 s" in answer.what for answer in answers.values())
    assert len(asked) == 20


def test_nothing_asked_is_nothing_answered() -> None:
    assert probes.ask([]) == {}


@pytest.mark.parametrize(
    ("probe", "what"),
    [
        (Probe("icmp", HOST, 1), "'icmp' is no kind of probe"),
        (Probe("tcp", "localhost", 1), "localhost"),
        (Probe("tcp", HOST, 0), "out of range"),
        (Probe("tcp", HOST, 65536), "out of range"),
        (Probe("tcp", HOST, 1, timeout=0.0), "out of range"),
        (Probe("dns", HOST, 53), "'' is not a host name"),
        (Probe("https", HOST, 443, "a..b"), r"'a\.\.b' is not a host name"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is(probe: Probe, what: str) -> None:
    contacts: list[bool] = []
    with tcp_server(lambda _connection: contacts.append(True)) as port:
        with pytest.raises(Refusal, match=what):
            probes.ask([Probe("tcp", HOST, port), probe])
        time.sleep(0.1)
    assert contacts == []


def test_a_programming_error_is_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_probe: Probe, _deadline: float) -> Any:
        raise KeyError("a mistake")

    monkeypatch.setitem(probes._KINDS, "tcp", broken)
    with pytest.raises(KeyError, match="a mistake"):
        probes.ask([Probe("tcp", HOST, 1)])
