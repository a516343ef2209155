# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapters and addresses of this machine, held against two other ways to ask the kernel."""

from __future__ import annotations

import json
import re
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import facts
from hypothesis import example, given
from hypothesis import strategies as st


def local_addresses() -> set[str]:
    """The addresses that the kernel's routing table calls its own (only those of adapters that are up)."""
    table = Path("/proc/net/fib_trie").read_text()
    return set(re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", table))


def test_every_address_of_this_machine_is_found() -> None:
    adapters = facts.gather().adapters
    assert {address for each in adapters for address in each.addresses} >= local_addresses() > set()
    assert [each.name for each in adapters] == [name for _index, name in socket.if_nameindex()]
    ip = shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if ip:
        listed = json.loads(
            subprocess.run([ip, "-json", "-4", "addr"], capture_output=True, check=True).stdout
        )
        theirs = {each["ifname"]: [a["local"] for a in each["addr_info"]] for each in listed if each}
        assert {each.name: list(each.addresses) for each in adapters if each.addresses} == {
            name: addresses for name, addresses in theirs.items() if addresses
        }


def test_name_and_host_table() -> None:
    assert facts.gather().hostname == socket.gethostname()
    assert facts.gather().host_table == "/etc/hosts"
    assert facts.gather("/srv/hosts").host_table == "/srv/hosts"


def attribute(kind: int, value: bytes) -> bytes:
    raw = struct.pack("=HH", 4 + len(value), kind) + value
    return raw + b"\0" * (-len(raw) % 4)


def message(kind: int, payload: bytes) -> bytes:
    raw = struct.pack("=IHHII", 16 + len(payload), kind, 2, 1, 0) + payload
    return raw + b"\0" * (-len(raw) % 4)


IPV4 = st.ip_addresses(v=4).map(str)


@given(st.lists(st.tuples(st.integers(1, 9), IPV4, st.text("abc:", max_size=6)), max_size=5))
def test_secondary_addresses_of_one_adapter_are_all_read(given_: list[tuple[int, str, str]]) -> None:
    datagram = b"".join(
        message(
            20,
            struct.pack("=BBBBI", socket.AF_INET, 24, 1, 0, index)
            + attribute(3, label.encode() + b"\0")
            + attribute(1, socket.inet_aton(address))
            + attribute(2, socket.inet_aton(address)),
        )
        for index, address, label in given_
    )
    found = [(kind, *facts.own_address(payload)) for kind, payload in facts.messages(datagram)]
    assert found == [(20, index, address) for index, address, _label in given_]


def test_on_a_point_to_point_link_the_peer_is_not_taken_for_the_own_address() -> None:
    payload = struct.pack("=BBBBI", socket.AF_INET, 32, 0, 0, 7)
    payload += attribute(1, socket.inet_aton("192.0.2.2")) + attribute(2, socket.inet_aton("192.0.2.1"))
    assert facts.own_address(payload) == (7, "192.0.2.1")


@given(st.binary(max_size=200))
@example(b"\0" * 64)
def test_reading_a_datagram_ends(datagram: bytes) -> None:
    assert len(list(facts.messages(datagram))) <= len(datagram) // 16


def test_reading_the_attributes_of_an_address_ends() -> None:
    payload = struct.pack("=BBBBI", socket.AF_INET, 32, 0, 0, 7) + attribute(2, socket.inet_aton("192.0.2.1"))
    assert facts.own_address(payload + b"\0" * 12) == (7, "192.0.2.1")


def test_another_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(Refusal, match="it runs darwin"):
        facts.gather()


def test_a_kernel_that_does_not_tell_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "socket", forbidden)
    with pytest.raises(Refusal, match=r"Operation not permitted.*Allow netlink"):
        facts.gather()
