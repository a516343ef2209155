# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS messages as far as one question needs them: the IPv4 addresses of a name (RFC 1035, section 4).

Pure, and safe on whatever a network may bring: ``decode`` ends on any bytes and raises nothing but ``ProbeError``.
"""

import socket
import struct
from typing import Dict, List, NamedTuple, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_host_name

_HEADER = struct.Struct(">HHHHHH")  # id, flags, questions, answers, authorities, additional
_QUESTION = struct.Struct(">HH")  # type, class
_RECORD = struct.Struct(">HHIH")  # type, class, time to live, length
_A, _CNAME, _IN = 1, 5, 1
_RESPONSE, _OPCODE, _TRUNCATED, _RECURSE, _RCODE = 0x8000, 0x7800, 0x0200, 0x0100, 0x000F

NO_ERROR = 0
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}

Name = Tuple[bytes, ...]  # labels in lower case, since names compare without case


class ProbeError(Exception):
    """What came back is not what its protocol says, in words for the administrator."""

    values: Tuple[str, ...] = ()  # of the answer, all the same


class Reply(NamedTuple):
    """An answer to the question: ``rcode`` (RFC 1035, section 4.1.1), whether it was cut off, the addresses."""

    rcode: int
    truncated: bool
    addresses: Tuple[str, ...]


def name(text: str) -> Name:
    """The labels of a host name; a last dot is allowed.

    :raises ValueError: it is not the name of a host
    """
    whole = text[:-1] if text.endswith(".") else text
    if not is_host_name(whole):
        raise ValueError(f"{text!r} is not a host name")
    return tuple(whole.lower().encode("ascii").split(b"."))


def encode(ident: int, asked: str) -> bytes:
    """The question for the IPv4 addresses of a name, as a stub resolver asks it."""
    wire = b"".join(bytes([len(label)]) + label for label in name(asked)) + b"\0"
    return _HEADER.pack(ident, _RECURSE, 1, 0, 0, 0) + wire + _QUESTION.pack(_A, _IN)


def decode(message: bytes, ident: int, asked: str) -> Reply:
    """The answer to ``encode(ident, asked)`` in a datagram. Addresses keep their order; aliases are followed.

    :raises ProbeError: it is malformed or answers something else
    """
    try:
        return _decode(message, ident, name(asked))
    except (struct.error, IndexError):
        raise ProbeError("a malformed message") from None


def _decode(message: bytes, ident: int, asked: Name) -> Reply:
    its_ident, flags, questions, answers = _HEADER.unpack_from(message)[:4]
    if its_ident != ident or not flags & _RESPONSE or flags & _OPCODE or questions != 1:
        raise ProbeError("an answer to another question")
    its_name, at = _name(message, _HEADER.size)
    if its_name != asked or _QUESTION.unpack_from(message, at) != (_A, _IN):
        raise ProbeError("an answer to another question")
    truncated = bool(flags & _TRUNCATED)
    aliases, addresses = _records(message, at + _QUESTION.size, answers, truncated)
    return Reply(flags & _RCODE, truncated, tuple(addresses.get(_canonical(asked, aliases), ())))


def _records(
    message: bytes, at: int, count: int, truncated: bool
) -> Tuple[Dict[Name, Name], Dict[Name, List[str]]]:
    """The aliases and the addresses among the answers; of a message that was cut off, up to the cut."""
    aliases: Dict[Name, Name] = {}
    addresses: Dict[Name, List[str]] = {}
    for _number in range(count):
        if truncated and at >= len(message):
            break
        owner, at = _name(message, at)
        kind, group, _ttl, length = _RECORD.unpack_from(message, at)
        at += _RECORD.size
        if at + length > len(message):
            raise ProbeError("a malformed message")
        if (kind, group) == (_A, _IN):
            if length != 4:
                raise ProbeError("a malformed message")
            addresses.setdefault(owner, []).append(socket.inet_ntoa(message[at : at + 4]))
        elif (kind, group) == (_CNAME, _IN):
            aliases[owner] = _name(message, at)[0]
        at += length
    return aliases, addresses


def _name(message: bytes, at: int) -> Tuple[Name, int]:
    """The name that stands at ``at``, and where the next field begins.

    Each pointer must lead further back than the last one, so following them ends.
    """
    labels: List[bytes] = []
    after, back, size = -1, at, 0
    while True:
        length = message[at]
        if length >= 0xC0:
            target = (length & 0x3F) << 8 | message[at + 1]
            after = at + 2 if after < 0 else after
            if target >= back:
                raise ProbeError("a malformed message")
            at = back = target
            continue
        size += length + 1
        if length > 63 or size > 255 or at + length >= len(message):
            raise ProbeError("a malformed message")
        if length == 0:
            return tuple(labels), at + 1 if after < 0 else after
        labels.append(message[at + 1 : at + 1 + length].lower())
        at += length + 1


def _canonical(asked: Name, aliases: Dict[Name, Name]) -> Name:
    passed = {asked}
    while asked in aliases and aliases[asked] not in passed:
        asked = aliases[asked]
        passed.add(asked)
    return asked
