# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes of a real PowerShell, against real sockets on loopback: the same words as the POSIX ones."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Look, Probe
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

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
from tests.lab.ssh_server import ssh_server
from tests.powershell.program import PowerShell


@dataclass(frozen=True)
class Asker:
    pc: Windows

    def all(self, *probes: Probe) -> dict[Probe, Answer]:
        return dict(self.pc.visit((), Look(probes=frozenset(probes))).probes)

    def one(self, probe: Probe) -> Answer:
        return self.all(probe)[probe]


@pytest.fixture
def ask(powershell: PowerShell, tmp_path: Path) -> Asker:
    return Asker(Windows(powershell.execute, str(tmp_path / "state")))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return authority, str(path)


# ---- DNS ---------------------------------------------------------------------------------------------------------


def test_dns_answers(ask: Asker) -> None:
    with udp_server(lambda q, _n: [records(q, a("192.0.2.7"), a("192.0.2.3"))]) as port:
        answer = ask.one(Probe("dns", HOST, port, NAME))
    assert (answer.ok, answer.values) == (True, ("192.0.2.7", "192.0.2.3"))
    assert (
        answer.what == f"DNS query for {NAME} over UDP to {HOST}:{port} from 127.0.0.1: 192.0.2.7, 192.0.2.3"
    )


def test_dns_asks_a_second_time(ask: Asker) -> None:
    with udp_server(lambda q, n: [records(q, a("192.0.2.7"))] if n else []) as port:
        assert ask.one(Probe("dns", HOST, port, NAME, timeout=2.0)).ok


def test_dns_waits_past_stray_datagrams_for_the_answer(ask: Asker) -> None:
    def reply(question: bytes, _number: int) -> list[bytes]:
        forged = bytes([question[0] ^ 1]) + records(question, a("203.0.113.66"))[1:]
        return [b"junk", forged, question, records(question, a("192.0.2.1"))]

    with udp_server(reply) as port:
        assert ask.one(Probe("dns", HOST, port, NAME)).values == ("192.0.2.1",)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"rcode": 3}, "the server answered NXDOMAIN"),
        ({"rcode": 11}, "the server answered 11"),
        ({}, f"the server knows no IPv4 address of {NAME}"),
        ({"tc": 1}, "and the answer was truncated"),
    ],
)
def test_dns_says_why_not(ask: Asker, header: dict[str, int], said: str) -> None:
    with udp_server(lambda q, _n: [records(q, **header)]) as port:
        answer = ask.one(Probe("dns", HOST, port, NAME))
    assert (answer.ok, answer.values) == (False, ()) and said in answer.what


def test_dns_says_what_came_instead_of_an_answer(ask: Asker) -> None:
    with udp_server(lambda q, _n: [q]) as port:
        answer = ask.one(Probe("dns", HOST, port, NAME, timeout=0.5))
    assert "no answer in 0.5 s; what came was an answer to another question" in answer.what


# ---- TCP, SSH ----------------------------------------------------------------------------------------------------


def test_tcp_connects(ask: Asker) -> None:
    with tcp_server(lambda _connection: None) as port:
        answer = ask.one(Probe("tcp", HOST, port))
    assert answer.ok and answer.what == f"TCP connection to {HOST}:{port} from 127.0.0.1: connected"


@pytest.mark.parametrize("kind", ["tcp", "ssh", "https"])
def test_refused_is_said(ask: Asker, kind: str) -> None:
    answer = ask.one(Probe(kind, HOST, unused_port(socket.SOCK_STREAM), NAME))
    assert not answer.ok and answer.what.endswith(": refused")


def test_ssh_reads_the_banner(ask: Asker) -> None:
    said = b"Welcome\r\nto SSH-2.0-\r\n\r\n" * 50 + b"SSH-2.0-RAP_1.0 exchange\r\n"
    with tcp_server(lambda connection: connection.sendall(said)) as port:
        answer = ask.one(Probe("ssh", HOST, port))
    assert (answer.ok, answer.values) == (True, ("SSH-2.0-RAP_1.0 exchange",))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"SSH-2.0-cut", "closed before an SSH banner"),
        (b"SSH-1.5-old\x1b[2J\r\n", "does not speak SSH 2 but says SSH-1.5-old?[2J"),
        (b"HTTP/1.1 400\r\n" * 5000, "no SSH banner came"),
    ],
)
def test_ssh_says_why_not(ask: Asker, said: bytes, problem: str) -> None:
    with tcp_server(lambda connection: connection.sendall(said)) as port:
        answer = ask.one(Probe("ssh", HOST, port))
    assert not answer.ok and problem in answer.what


@pytest.mark.parametrize("kind", ["ssh", "https"])
@pytest.mark.parametrize("say", [dribble, silent])
def test_the_timeout_bounds_the_whole_probe(ask: Asker, kind: str, say: Say) -> None:
    with tcp_server(say) as port:
        answer = ask.one(Probe(kind, HOST, port, NAME, timeout=0.5))
    assert not answer.ok and answer.seconds < 2.5


# ---- host keys, and the own resolver -----------------------------------------------------------------------------


def test_the_host_keys_of_a_server_are_told(ask: Asker) -> None:
    with ssh_server("ssh-ed25519", "ecdsa-sha2-nistp256") as (port, known):
        answer = ask.one(Probe("host_key", HOST, port))
    assert (answer.ok, sorted(answer.values)) == (True, known), answer.what
    assert "ssh-ed25519" in answer.what


def test_a_server_that_is_not_there_has_no_host_keys(ask: Asker) -> None:
    answer = ask.one(Probe("host_key", HOST, unused_port(socket.SOCK_STREAM), timeout=2.0))
    assert not answer.ok and "no SSH host key came" in answer.what


def test_the_own_resolver_is_asked_as_programs_ask_it(ask: Asker) -> None:
    answer = ask.one(Probe("resolve", "", 0, "localhost"))
    assert (answer.ok, answer.values) == (True, ("127.0.0.1",)), answer.what
    assert answer.what == "look-up of localhost by this workstation's own resolver: 127.0.0.1"


# ---- HTTPS -------------------------------------------------------------------------------------------------------


def test_https_verifies_the_name_and_says_nothing(ask: Asker, authority: tuple[trustme.CA, str]) -> None:
    heard: list[bytes] = []
    with tls_server(authority[0].issue_cert("var.example", "*.rap.example", HOST), heard) as port:
        answer = ask.one(Probe("https", HOST, port, "var.example", authority[1]))
    assert answer.ok, answer.what
    assert answer.values[:3] == ("var.example", "*.rap.example", HOST)
    assert re.fullmatch(r"until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.values[3])
    assert heard in ([b""], [])  # nothing, or an end of connection that the server took for an error


def test_https_says_whose_certificate_it_is(ask: Asker, authority: tuple[trustme.CA, str]) -> None:
    with tls_server(authority[0].issue_cert("other.example")) as port:
        answer = ask.one(Probe("https", HOST, port, NAME, authority[1]))
    assert (answer.ok, answer.values) == (False, ())
    assert f"the certificate is for other.example, not for {NAME}" in answer.what


def test_https_trusts_no_unknown_authority(ask: Asker, authority: tuple[trustme.CA, str]) -> None:
    with tls_server(trustme.CA().issue_cert(NAME)) as port:
        for ca in ("", authority[1]):
            answer = ask.one(Probe("https", HOST, port, NAME, ca))
            assert not answer.ok and "the certificate is not trusted" in answer.what


def test_https_with_something_else_is_no_handshake(ask: Asker) -> None:
    with tcp_server(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        answer = ask.one(Probe("https", HOST, port, NAME))
    assert not answer.ok and "the handshake failed" in answer.what


# ---- many --------------------------------------------------------------------------------------------------------


def test_many_are_asked_at_once(ask: Asker) -> None:
    with udp_server(lambda _q, _n: []) as port:
        unanswered = [Probe("dns", HOST, port, f"n{number}.example", timeout=1.0) for number in range(12)]
        answers = ask.all(*unanswered)
    assert set(answers) == set(unanswered)
    assert all("no answer in 1 s" in answer.what for answer in answers.values())
    assert sum(answer.seconds for answer in answers.values()) > 10
