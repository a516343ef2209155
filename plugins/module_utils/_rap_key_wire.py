# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The binary forms in which RSA keys come: fields of SSH (RFC 4251, section 5) and DER (X.690).

Whatever the bytes are, reading ends: each step goes on to a later byte or stops.
"""

from typing import List, Tuple

# Tags of DER.
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30


class Malformed(ValueError):
    """It is not what it should be. Neither text ever quotes what stands there: it may be a private key.

    :param what: what is wrong with it
    :param remedy: what the administrator does about it
    """

    def __init__(
        self, what: str, remedy: str = "Take the file from where the key was made, and copy it whole"
    ):
        super().__init__(what)
        self.what, self.remedy = what, remedy


def string(data: bytes, start: int) -> Tuple[bytes, int]:
    """The string that begins at this byte, and where the next field does.

    :raises Malformed: it is cut off
    """
    begin = start + 4
    end = begin + int.from_bytes(data[start:begin], "big")
    if begin > len(data) or end > len(data):
        raise Malformed("the key is cut off")
    return data[begin:end], end


def strings(data: bytes) -> List[bytes]:
    """All the strings that the data consists of.

    :raises Malformed: the last one is cut off
    """
    found, at = [], 0
    while at < len(data):
        field, at = string(data, at)
        found.append(field)
    return found


def number(field: bytes) -> int:
    """A positive number (mpint) in the one way in which it is written.

    :raises Malformed: it is negative, zero or has needless zeros in front
    """
    if field[:1] >= b"\x80" or not field.lstrip(b"\0") or (field[0] == 0 and field[1] < 0x80):
        raise Malformed("a number of the key is not written as SSH writes it (RFC 4251, section 5)")
    return int.from_bytes(field, "big")


def rsa_blob(exponent: int, modulus: int) -> bytes:
    """An RSA public key as SSH sends it (RFC 4253, section 6.6)."""
    numbers = (each.to_bytes(each.bit_length() // 8 + 1, "big") for each in (exponent, modulus))
    return b"".join(len(field).to_bytes(4, "big") + field for field in (b"ssh-rsa", *numbers))


def rsa_public_part(data: bytes) -> bytes:
    """The public key that stands in an RSA private key in DER, as SSH sends it.

    The private numbers behind it are not read.

    :param data: RSAPrivateKey (RFC 8017, appendix A.1.2), alone or in a PrivateKeyInfo (RFC 5208)
    :raises Malformed: it is neither
    """
    inner, _end = _element(data, 0, _SEQUENCE)
    _version, at = _element(inner, 0, _INTEGER)
    if inner[at : at + 1] == bytes([_SEQUENCE]):  # the kind of key, then the key itself
        _kind, at = _element(inner, at, _SEQUENCE)
        inner, _end = _element(_element(inner, at, _OCTETS)[0], 0, _SEQUENCE)
        _version, at = _element(inner, 0, _INTEGER)
    modulus, at = _element(inner, at, _INTEGER)
    exponent, _end = _element(inner, at, _INTEGER)
    return rsa_blob(number(exponent), number(modulus))


def _element(data: bytes, start: int, tag: int) -> Tuple[bytes, int]:
    """What the element that begins at this byte holds, and where the next one begins."""
    head = data[start : start + 2]
    if len(head) < 2 or head[0] != tag:
        raise Malformed("it holds no RSA key")
    begin, size = start + 2, head[1]
    if size >= 0x80:
        begin, size = begin + size - 0x80, int.from_bytes(data[begin : begin + size - 0x80], "big")
    if begin + size > len(data):
        raise Malformed("the key is cut off")
    return data[begin : begin + size], begin + size
