# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server's public key, as OpenSSH writes it and as PuTTY, FileZilla and WinSCP remember it.

Sources: RFC 4253 section 6.6, RFC 5656 section 3.1 and RFC 8709 section 4 (the key itself), PuTTY's sshecc.c and
sshrsa.c (``cache_str``: numbers in hexadecimal, of an Ed25519 key both coordinates of the point).
"""

import base64
import binascii
import hashlib
from typing import Iterator, List, NamedTuple, Tuple

_PRIME = 2**255 - 19  # RFC 8032, section 5.1
_SIZES = {
    "ecdsa-sha2-nistp256": 32,
    "ecdsa-sha2-nistp384": 48,
    "ecdsa-sha2-nistp521": 66,
}  # bytes of a coordinate
_RSA = "ssh-rsa"
_ED25519 = "ssh-ed25519"
TYPES = (_ED25519, *_SIZES, _RSA)
_PUTTY_RSA = "rsa2"


class HostKey(NamedTuple):
    """A public key that somebody verified. ``blob`` is what the server sends; it begins with the type."""

    type: str
    blob: bytes

    @property
    def base64(self) -> str:
        return base64.b64encode(self.blob).decode()

    @property
    def fingerprint(self) -> str:
        """As clients show it beside the question."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def putty(self) -> str:
        """The numbers of the key, as PuTTY remembers it."""
        fields = list(_fields(self.blob))
        if self.type == _ED25519:
            return "0x{:x},0x{:x}".format(*_point(fields[1]))
        if self.type == _RSA:
            return ",".join(f"0x{_number(field):x}" for field in fields[1:])
        size = _SIZES[self.type]
        x, y = fields[2][1 : 1 + size], fields[2][1 + size :]
        return f"{fields[1].decode()},0x{_number(x):x},0x{_number(y):x}"


def parse(text: str) -> HostKey:
    """A key in OpenSSH's form: type, base64, and perhaps a comment.

    :raises ValueError: what is wrong with it
    """
    kind, _space, rest = text.strip().partition(" ")
    if kind not in TYPES:
        raise ValueError(f"it does not begin with one of {', '.join(TYPES)}")
    word = rest.split()[0] if rest.split() else ""
    try:
        blob = base64.b64decode(word.encode("ascii"), validate=True)
        fields = list(_fields(blob))
        whole = fields[0] == kind.encode() and _is_whole(kind, fields)
    except (binascii.Error, UnicodeError, ValueError, IndexError):
        whole = False
    if not whole:
        raise ValueError(f"what follows {kind} is not the whole of such a key")
    return HostKey(kind, blob)


def putty_type(kind: str) -> str:
    """What PuTTY calls this type."""
    return _PUTTY_RSA if kind == _RSA else kind


def type_of(name: str) -> str:
    """The type that PuTTY calls so."""
    return _RSA if name == _PUTTY_RSA else name


def type_in(blob: bytes) -> str:
    """The type of the key in a blob, be it one that is not known here; empty where it is none."""
    try:
        return next(_fields(blob)).decode("ascii")
    except (ValueError, StopIteration):
        return ""


def _fields(blob: bytes) -> Iterator[bytes]:
    """The strings that a blob is made of, each behind its length.

    :raises ValueError: the last one is cut off
    """
    position = 0
    while position < len(blob):
        start = position + 4
        position = start + int.from_bytes(blob[start - 4 : start], "big")
        if start > len(blob) or position > len(blob):
            raise ValueError("cut off")
        yield blob[start:position]


def _is_whole(kind: str, fields: List[bytes]) -> bool:
    """Whether the fields are those of such a key.

    :raises ValueError: it is no point of the curve
    """
    if kind == _ED25519:
        return len(fields) == 2 and len(fields[1]) == 32 and bool(_point(fields[1]))
    if kind == _RSA:
        return len(fields) == 3 and all(_number(field) > 1 and field[0] < 128 for field in fields[1:])
    point = 1 + 2 * _SIZES[kind]  # 4: not compressed
    curve = kind.rpartition("-")[2].encode()
    return len(fields) == 3 and fields[1] == curve and len(fields[2]) == point and fields[2][0] == 4


def _number(field: bytes) -> int:
    return int.from_bytes(field, "big")


def _point(coded: bytes) -> Tuple[int, int]:
    """Both coordinates of a point of Ed25519 (RFC 8032, section 5.1.3).

    :raises ValueError: there is no such point
    """
    number = int.from_bytes(coded, "little")
    y, odd = number % 2**255, number >> 255
    square = (y * y - 1) * pow(-121665 * pow(121666, -1, _PRIME) * y * y + 1, -1, _PRIME) % _PRIME
    x = pow(square, (_PRIME + 3) // 8, _PRIME)
    if x * x % _PRIME != square:
        x = x * pow(2, (_PRIME - 1) // 4, _PRIME) % _PRIME
    if x * x % _PRIME != square or y >= _PRIME or (x == 0 and odd):
        raise ValueError("no point of the curve")
    return (x if x % 2 == odd else _PRIME - x), y
