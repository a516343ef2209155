# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS messages, held against another implementation (dnslib) and against damage."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.posix import dns
from dnslib import CNAME, QTYPE, RR, A, DNSHeader, DNSQuestion, DNSRecord
from hypothesis import given
from hypothesis import strategies as st

NAME = "rap.example"


def records(question: bytes, *answers: RR, **header: Any) -> bytes:
    reply = DNSRecord.parse(question).reply()
    for answer in answers:
        reply.add_answer(answer)
    for field, value in header.items():
        setattr(reply.header, field, value)
    return bytes(reply.pack())


def a(address: str, owner: str = NAME) -> RR:
    return RR(owner, QTYPE.A, rdata=A(address), ttl=1)


def alias(owner: str, target: str) -> RR:
    return RR(owner, QTYPE.CNAME, rdata=CNAME(target), ttl=1)


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
IPV4 = st.ip_addresses(v=4).map(str)


@given(st.integers(0, 65535), NAMES)
def test_a_question_is_what_another_implementation_reads(ident: int, name: str) -> None:
    read = DNSRecord.parse(dns.encode(ident, name))
    assert (read.header.id, read.header.rd, read.header.qr) == (ident, 1, 0)
    assert [(str(q.qname), q.qtype, q.qclass) for q in read.questions] == [(name + ".", QTYPE.A, 1)]
    assert dns.encode(ident, name + ".") == dns.encode(ident, name.upper()) == dns.encode(ident, name)


@given(st.lists(IPV4, max_size=4), st.lists(NAMES, max_size=4, unique=True), st.booleans(), st.randoms())
def test_addresses_are_read_in_order_behind_any_chain_of_aliases(
    addresses: list[str], chain: list[str], shouting: bool, order: Any
) -> None:
    names = [NAME, *(name for name in chain if name != NAME)]
    answers = [alias(owner, target) for owner, target in pairwise(names)]
    order.shuffle(answers)
    answers += [a(address, names[-1]) for address in addresses]
    question = dns.encode(7, NAME.upper() if shouting else NAME)
    assert dns.decode(records(question, *answers), 7, NAME) == dns.Reply(0, False, tuple(addresses))


@given(st.binary(max_size=80))
def test_any_bytes_are_an_answer_or_a_probe_error(message: bytes) -> None:
    head = dns.encode(7, NAME)
    for whole in (message, b"\x00\x07\x81\x80\x00\x01\x00\x03\x00\x00\x00\x00" + head[12:] + message):
        try:
            assert isinstance(dns.decode(whole, 7, NAME), dns.Reply)
        except dns.ProbeError as problem:
            assert str(problem) in ("a malformed message", "an answer to another question")


@given(st.data())
def test_a_damaged_answer_is_an_answer_or_a_probe_error(data: st.DataObject) -> None:
    sound = records(dns.encode(7, NAME), alias(NAME, "b.example"), a("192.0.2.1", "b.example"))
    damaged = bytearray(sound)
    for at in data.draw(st.lists(st.integers(0, len(sound) - 1), max_size=4)):
        damaged[at] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(dns.decode(bytes(damaged), 7, NAME), dns.Reply)
    except dns.ProbeError as problem:
        assert str(problem)


@given(st.integers(0, 200))
def test_an_answer_cut_short_is_malformed(length: int) -> None:
    sound = records(dns.encode(7, NAME), a("192.0.2.1"), a("192.0.2.2"))
    if length < len(sound):
        with pytest.raises(dns.ProbeError):
            dns.decode(sound[:length], 7, NAME)
    else:
        assert dns.decode(sound, 7, NAME).addresses == ("192.0.2.1", "192.0.2.2")


def test_a_truncated_answer_gives_what_it_holds() -> None:
    question = dns.encode(7, NAME)
    whole = records(question, a("192.0.2.1"), a("192.0.2.2"), tc=1)
    assert dns.decode(whole[:-16], 7, NAME) == dns.Reply(0, True, ("192.0.2.1",))


def test_pointers_that_lead_in_circles_end() -> None:
    head = b"\x00\x07\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
    for name in (b"\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\xff\xff"):
        with pytest.raises(dns.ProbeError, match="malformed"):
            dns.decode(head + name + b"\x00\x01\x00\x01", 7, NAME)


@pytest.mark.parametrize("length", [0, 3, 5])
def test_an_address_of_another_length_is_malformed(length: int) -> None:
    sound = records(dns.encode(7, NAME), a("192.0.2.1"))
    with pytest.raises(dns.ProbeError, match="malformed"):
        dns.decode(sound[:-6] + bytes([0, length]) + b"\x01" * length, 7, NAME)


def test_a_name_longer_than_any_name_is_malformed() -> None:
    head = b"\x00\x07\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + dns.encode(7, NAME)[12:]
    record = b"\x00\x01\x00\x01\x00\x00\x00\x01\x00\x04\xc0\x00\x02\x01"
    label = b"\x3f" + b"a" * 63
    assert dns.decode(head + label * 3 + b"\x00" + record, 7, NAME).addresses == ()
    with pytest.raises(dns.ProbeError, match="malformed"):
        dns.decode(head + label * 4 + b"\x00" + record, 7, NAME)


def test_aliases_that_lead_in_circles_end() -> None:
    answers = (alias(NAME, "b.example"), alias("b.example", NAME), a("192.0.2.1", "c.example"))
    assert dns.decode(records(dns.encode(7, NAME), *answers), 7, NAME).addresses == ()


@pytest.mark.parametrize(
    "other",
    [
        records(dns.encode(8, NAME), a("192.0.2.1")),
        records(dns.encode(7, "other.example"), a("192.0.2.1")),
        records(bytes(DNSRecord(DNSHeader(id=7), q=DNSQuestion(NAME, QTYPE.AAAA)).pack())),
        dns.encode(7, NAME),
    ],
    ids=["id", "name", "type", "a question"],
)
def test_an_answer_to_another_question_is_none(other: bytes) -> None:
    with pytest.raises(dns.ProbeError, match="another question"):
        dns.decode(other, 7, NAME)


@pytest.mark.parametrize(
    "name", ["", ".", "a..b", "-a", "a b", "a\x00", "é", "a" * 64, ".".join(["abc"] * 64)]
)
def test_what_is_no_host_name_is_not_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        dns.encode(1, name)
