# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workstation's own resolver and host keys, asked for in earnest; and that the dead hold up nobody."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _services_findings
from ansible_collections.hkex.drill.plugins.module_utils.looks import ENDPOINT
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Probe
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.module_utils.posix import host_key, probes
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.lab.exchange_clients import small_config, small_exchange
from tests.lab.probe_servers import (
    HOST,
    NAME,
    a,
    records,
    silent,
    tcp_server,
    udp_server,
    unused_port,
)
from tests.lab.ssh_server import ssh_server


def one(probe: Probe) -> Answer:
    return probes.ask([probe])[probe]


# ---- the workstation's own resolver ------------------------------------------------------------------------------


def test_the_own_resolver_is_asked_as_programs_ask_it() -> None:
    answer = one(Probe("resolve", "", 0, "localhost"))
    assert (answer.ok, answer.values) == (True, ("127.0.0.1",))
    assert answer.what == "look-up of localhost by this workstation's own resolver: 127.0.0.1"


def test_what_the_own_resolver_does_not_know_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_asked: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    answer = one(Probe("resolve", "", 0, NAME))
    assert (answer.ok, answer.values) == (False, ())
    assert answer.what.endswith("own resolver: name or service not known")


def test_a_resolver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked: [] if released.wait(10) else None)
    start = time.monotonic()
    answer = one(Probe("resolve", "", 0, NAME, timeout=0.3))
    released.set()
    assert not answer.ok and answer.what.endswith("no answer in 0.3 s")
    assert time.monotonic() - start < 5


# ---- host keys ---------------------------------------------------------------------------------------------------


def test_the_keys_of_a_server_are_told_and_nobody_is_logged_on(tmp_path: Path) -> None:
    with small_exchange(tmp_path) as exchange:
        rap = small_config().primary.rap[0]
        answer = one(Probe("host_key", rap.address, rap.port))
        known = (exchange.folder / "primary" / "host_key.pub").read_text(encoding="ascii").split()[:2]
        assert (answer.ok, answer.values) == (True, (" ".join(known),)), answer.what
        assert answer.what.endswith(": it has ssh-ed25519")
        assert exchange.logins() == {}


def test_a_server_may_have_several_keys() -> None:
    with ssh_server("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa") as (port, known):
        answer = one(Probe("host_key", HOST, port))
    assert (answer.ok, list(answer.values)) == (True, known)
    assert answer.what.endswith(": it has ecdsa-sha2-nistp256, ssh-ed25519, ssh-rsa")


@pytest.mark.parametrize("printed", ["", "# 127.0.0.1:22 SSH-2.0-x\n", "garbage\n"])
def test_what_is_no_key_is_none(printed: str) -> None:
    assert host_key.read(printed) == ()
    line = "[127.0.0.1]:18801 ssh-ed25519 AAAA\n"
    assert host_key.read(line + printed + line) == ("ssh-ed25519 AAAA",)


def test_a_server_that_is_not_there_or_says_nothing_has_no_keys() -> None:
    answer = one(Probe("host_key", HOST, unused_port(socket.SOCK_STREAM), timeout=2.0))
    assert not answer.ok and "no SSH host key came" in answer.what
    with tcp_server(silent) as port:
        answer = one(Probe("host_key", HOST, port, timeout=0.5))
    assert not answer.ok and answer.seconds < 5


def test_where_the_program_is_missing_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_key, "PATH", "/nonexistent")
    answer = one(Probe("host_key", HOST, 22))
    assert not answer.ok and "is not installed" in answer.what
    assert "openssh-client" in _services_findings.remedy("host_key", answer.what)


# ---- remedies ----------------------------------------------------------------------------------------------------


def test_each_way_to_fail_has_a_remedy_of_its_own() -> None:
    with (
        tcp_server(silent) as quiet,
        tcp_server(lambda one: one.sendall(b"HTTP/1.1 400\r\n")) as web,
        udp_server(lambda q, _n: [records(q, rcode=3)]) as nx,
        udp_server(lambda q, _n: [records(q)]) as bare,
    ):
        failing = [
            Probe("tcp", HOST, unused_port(socket.SOCK_STREAM)),
            Probe("ssh", HOST, quiet, timeout=0.3),
            Probe("ssh", HOST, web),
            Probe("https", HOST, web, NAME),
            Probe("dns", HOST, nx, NAME),
            Probe("dns", HOST, bare, NAME),
            Probe("dns", HOST, unused_port(socket.SOCK_DGRAM), NAME),
            Probe("https", HOST, 443, NAME, "/nonexistent"),
        ]
        answers = probes.ask(failing)
    remedies = [_services_findings.remedy(probe.kind, answers[probe].what) for probe in failing]
    assert not any(answer.ok for answer in answers.values())
    assert len(set(remedies)) == len(failing), [answer.what for answer in answers.values()]
    assert _services_findings.remedy("tcp", "something new") not in remedies


# ---- many, and half of them dead ---------------------------------------------------------------------------------


@contextmanager
def full() -> Iterator[int]:
    """A host that answers no call: its queue of connections is full."""
    with socket.socket() as listening, ExitStack() as callers:
        listening.bind((HOST, 0))
        listening.listen(0)
        for _caller in range(4):
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def timed(
    state: Path, endpoints: list[dict[str, Any]], dns: int, timeout: float, **more: Any
) -> tuple[dict[str, Any], float]:
    """What is told of the endpoints, and how many seconds that took."""
    given = {
        "endpoints": [
            {"name": None, "address": None, "host_keys": [], "login": None} | each for each in endpoints
        ],
        "host_table": more.get("table"),
        "servers": more.get("servers", [HOST]),
        "server_port": dns,
        "own_resolver": True,
        "timeout": timeout,
    }
    start = time.monotonic()
    told = perform(ENDPOINT, Posix(str(state / "state"), probes.ask), given, False, False)
    return told, time.monotonic() - start


def test_of_twelve_endpoints_the_six_dead_ones_cost_no_more_than_the_slowest_of_them(tmp_path: Path) -> None:
    """No longer than the longest time-out and a second, names and host keys included."""
    timeout = 1.5
    table = tmp_path / "hosts"
    table.write_bytes(b"")
    with ExitStack() as servers:
        listening = [servers.enter_context(tcp_server(lambda _one: None)) for _server in range(2)]
        ssh = [
            servers.enter_context(tcp_server(lambda one: one.sendall(b"SSH-2.0-x\r\n")))
            for _server in range(2)
        ]
        quiet = [servers.enter_context(tcp_server(silent)) for _server in range(4)]
        dead = [servers.enter_context(full()) for _server in range(2)]
        dns = servers.enter_context(udp_server(lambda q, _n: [records(q, a(HOST))]))
        endpoints: list[dict[str, Any]] = [
            *({"kind": "tcp", "address": HOST, "port": port} for port in listening + dead),
            *({"kind": "tcp", "name": NAME, "port": port} for port in listening),
            *({"kind": "ssh", "name": NAME, "port": port} for port in ssh + quiet[:2]),
            *({"kind": "https", "address": HOST, "port": port} for port in quiet[2:]),
        ]
        told, took = timed(tmp_path, endpoints, dns, timeout, table=str(table))
    found = told["services"]["endpoints"]
    assert len(found) == 12 and sum(each["ok"] for each in found) == 6, told["findings"]
    lost = [each["seconds"] for each in found if not each["ok"]]
    assert min(lost) >= 0.4 * timeout  # they were dead, and half of the time-out was theirs at least
    assert took <= timeout + 1, (took, lost)
    assert all(each["remedy"] for each in found if not each["ok"])


@contextmanager
def silent_dns(port: int) -> Iterator[str]:
    """A DNS server at that port that takes questions and answers none; yields its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.77.0.2", port))
        yield "127.77.0.2"


@pytest.mark.parametrize("other", [True, False], ids=["one is silent", "both are silent"])
def test_a_data_centre_that_takes_its_dns_server_along_costs_no_more_than_one_time_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    """Its DNS server, its endpoints and the workstation's own resolver say nothing: a time-out and a second."""
    timeout, real, over = 1.6, socket.getaddrinfo, threading.Event()

    def hanging(host: Any, *more: Any) -> Any:
        return real(host, *more) if host != NAME or over.wait(10) else None

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with (
        tcp_server(silent) as quiet,
        udp_server(lambda q, _n: [records(q, a(HOST))] if other else []) as dns,
        silent_dns(dns) as dead,
    ):
        endpoints = [
            {"kind": "ssh", "name": NAME, "port": quiet},
            {"kind": "ssh", "address": HOST, "port": quiet},
            {"kind": "https", "address": HOST, "port": quiet},
        ]
        told, took = timed(tmp_path, endpoints, dns, timeout, servers=[dead, HOST])
        over.set()
    found = told["services"]["endpoints"]
    assert not any(each["ok"] for each in found)
    assert [each["address"] for each in found] == [HOST if other else None, HOST, HOST]
    assert all("no answer in 0.8 s" in each["what"] for each in found[1:]), found
    assert other or found[0]["what"].endswith("asked 127.77.0.2 and 127.77.0.1: no answer in 0.8 s"), found
    assert took <= timeout + 1, told
