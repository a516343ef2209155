# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the host table's tests are made of: ugly tables, and a reader and a writer that share no code with ours."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import host_table
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    Edit,
    Facts,
    File,
    Plan,
    Seen,
    Splice,
)
from hypothesis import strategies as st

PATH = "/etc/hosts"
HOSTS = {POSIX: PATH, "windows": "C:\\Windows\\System32\\drivers\\etc\\hosts"}

# sso and idm go the same way, so one line may hold both; rap and rmcd each go their own.
PRIMARY = {
    "rap.example": "10.1.0.51",
    "rmcd.example": "10.1.0.32",
    "sso.example": "10.1.0.15",
    "idm.example": "10.1.0.15",
}
SECONDARY = {name: address.replace("10.1.", "10.2.") for name, address in PRIMARY.items()}


def seen(content: bytes | None, system: str = POSIX) -> Seen:
    file = None if content is None else File(content)
    return Seen(system, Facts(host_table=HOSTS[system]), files={HOSTS[system]: file})


def entries(table: Mapping[str, str]) -> dict[str, Any]:
    return {"entries": [{"name": name, "address": address} for name, address in table.items()]}


def planned(content: bytes | None, params: Mapping[str, Any], system: str = POSIX) -> Plan:
    return host_table.plan(host_table.parse(params), seen(content, system))


def applied(content: bytes | None, edits: Iterable[Edit]) -> bytes:
    """The table with the splices in it, each checked against what stands where it says."""
    text, shift = content or b"", 0
    for edit in sorted((edit for edit in edits if isinstance(edit, Splice)), key=lambda splice: splice.start):
        at = edit.start + shift
        assert text[at : at + len(edit.old)] == edit.old
        text = text[:at] + edit.new + text[at + len(edit.old) :]
        shift += len(edit.new) - len(edit.old)
    return text


def made(content: bytes | None, params: Mapping[str, Any], system: str = POSIX) -> bytes:
    return applied(content, planned(content, params, system).edits)


def words(line: bytes) -> list[bytes]:
    """What a reader sees of one line."""
    return re.split(rb"[#\0]", line)[0].lower().split()


def is_ipv4(word: bytes) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, word.decode("latin-1"))
    except (OSError, ValueError):
        return False
    return True


def lines(content: bytes) -> list[bytes]:
    return [part for part in re.split(rb"(?<=\n)", content.removeprefix(b"\xef\xbb\xbf")) if part]


def naive(content: bytes) -> dict[bytes, list[bytes]]:
    """What every name resolves to, first match first."""
    answers: dict[bytes, list[bytes]] = {}
    for line in lines(content):
        address, *names = words(line) or [b""]
        if is_ipv4(address):
            for name in dict.fromkeys(names):
                answers.setdefault(name, []).append(address)
    return answers


def comments(content: bytes) -> list[bytes]:
    return re.findall(rb"#[^\r\n]*", content)


ours = [name.encode() for name in PRIMARY]
spelled_names = st.sampled_from(
    [
        *ours,
        *ours,
        b"RAP.Example",
        b"SSO.EXAMPLE",
        b"rap",
        b"other",
        b"Localhost",
        b"caf\xe9",
        b"xrap.example",
    ]
)
foreign_names = st.sampled_from(
    [b"rap", b"other", b"Localhost", b"caf\xe9", b"xrap.example", b"rap.example."]
)
known_addresses = [address.encode() for address in {**PRIMARY, "b": "10.2.0.51", "c": "10.2.0.15"}.values()]
addresses = st.sampled_from(
    [
        *known_addresses,
        b"127.0.0.1",
        b"010.1.0.51",
        b"10.1.0.51/32",
        b"10.1.0",
        b"::1",
        b"2001:db8::1",
        b"fe80::1%eth0",
        b"rap.example",
    ]
)
blanks = st.sampled_from([b" ", b" ", b"\t", b"  \t", b"\v", b"\f ", b"\r "])
leads = st.sampled_from([b"", b"", b"", b" ", b"\t"])
tails = st.sampled_from(
    [b"", b"", b" ", b"\t# note", b"#10.1.0.51 rap.example", b" # caf\xe9 \xff", b"\0 rap.example", b"\r"]
)
ends = st.sampled_from([b"\n", b"\r\n"])
silent_lines = st.sampled_from(
    [
        b"",
        b"  ",
        b"# 10.1.0.51 rap.example",
        b" #rap.example",
        b"\xfe\x80\xfd",
        b"10.9.9.9",
        b"rap.example",
        b"\r",
        b"\x1a",
    ]
)


@st.composite
def mapping_lines(draw: st.DrawFn, names: st.SearchStrategy[bytes] = spelled_names) -> bytes:
    line = draw(leads) + draw(addresses)
    for name in draw(st.lists(names, min_size=1, max_size=4)):
        line += draw(blanks) + name
    return line + draw(tails)


@st.composite
def tables(draw: st.DrawFn, names: st.SearchStrategy[bytes] = spelled_names) -> bytes:
    body = draw(st.lists(st.one_of(mapping_lines(names), mapping_lines(names), silent_lines), max_size=9))
    table = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"])) + b"".join(
        line + draw(ends) for line in body
    )
    closing = draw(st.one_of(st.just(b""), mapping_lines(names), st.sampled_from([b"\x1a", b"# end", b"\r"])))
    return table + closing


@st.composite
def canonical_tables(draw: st.DrawFn) -> bytes:
    """Tables that say primary, each line of ours with names that go the same way, among lines that are not ours."""
    own = [
        b"rap.example",
        b"rmcd.example",
        *draw(st.sampled_from([[b"sso.example", b"idm.example"], [b"idm.example\tSSO.example"]])),
    ]
    table = b""
    for names in draw(st.permutations(own)):
        for line in draw(st.lists(st.one_of(silent_lines, mapping_lines(foreign_names)), max_size=2)):
            table += line + draw(ends)
        address = PRIMARY[names.split()[0].decode()].encode()
        table += draw(leads) + address + draw(blanks) + names + draw(tails) + draw(ends)
    return (
        draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
        + table
        + draw(st.sampled_from([b"", b"# end", b"\x1a"]))
    )
