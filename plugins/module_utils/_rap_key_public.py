# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public key of a RAP account: its file in SSH2 form (RFC 4716), and what RAP takes of keys."""

import base64
import hashlib
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_forms as forms
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import Malformed, number, strings

LINE = 72  # bytes (RFC 4716, section 3)
TAG, VALUE = 64, 1024  # bytes of a header (RFC 4716, section 3.3)
SIZES = (2048, 4096)  # bits (OCP briefing video, 04 Preparation Arrangements, SSH keys)
EXPONENT = 64  # bits; OpenSSL takes no longer one with a large modulus
RSA = b"ssh-rsa"

_FORM = "Write it again: ssh-keygen -e -m RFC4716, or Save public key in PuTTYgen"


class PublicKey(NamedTuple):
    """A public key. ``blob`` is what a client sends (RFC 4253, section 6.6); it begins with the type.

    ``type`` is empty where it is none that is known, ``bits`` None where it is not RSA, or no whole RSA key.
    """

    type: str
    bits: Optional[int]
    blob: bytes

    @property
    def sha256(self) -> str:
        """The fingerprint as OpenSSH and PuTTY show it."""
        return sha256_fingerprint(self.blob)

    @property
    def md5(self) -> Optional[str]:
        """The older fingerprint (RFC 4716, section 4); None where the system forbids MD5 (FIPS)."""
        try:
            digest = hashlib.md5(self.blob).hexdigest()
        except ValueError:
            return None
        return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def sha256_fingerprint(blob: bytes) -> str:
    """The fingerprint of a public key as OpenSSH and PuTTY show it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def read(content: bytes) -> PublicKey:
    """The key in a public key file, be it one that RAP takes or not.

    :raises Malformed: the file is not in SSH2 form
    """
    _headers, blob = ssh2(content)
    fields = _leading(blob)
    name = fields[0].decode("ascii", "replace")
    kind = name if name in forms.ALGORITHMS else ""
    try:
        return PublicKey(kind, _numbers(blob)[1].bit_length(), blob)
    except Malformed:
        return PublicKey(kind, None, blob)


def check(key: PublicKey) -> None:
    """Hold a key to what RAP takes.

    :raises Malformed: RAP does not take it
    """
    new = "Make a new pair of RSA keys of 2048 or 4096 bits and register its public key with the exchange"
    if key.type != RSA.decode():
        raise Malformed(f"its type is {key.type or 'none that SSH knows'}, and RAP takes only ssh-rsa", new)
    exponent, modulus = _numbers(key.blob)
    if modulus.bit_length() not in SIZES:
        raise Malformed(f"it has {modulus.bit_length()} bits, and RAP takes 2048 and 4096", new)
    if exponent < 3 or exponent.bit_length() > EXPONENT or not exponent % 2 or not modulus % 2:
        raise Malformed("its numbers are not those of an RSA key (exponent or modulus)", new)


def _leading(blob: bytes) -> List[bytes]:
    """The strings of a key. Of a damaged one the first, which says what it should have been.

    :raises Malformed: not even that can be read
    """
    try:
        return strings(blob)
    except Malformed:
        size = int.from_bytes(blob[:4], "big")
        if not 0 < size <= len(blob) - 4:
            raise Malformed("it holds no key", _FORM) from None
        return [blob[4 : 4 + size]]


def _numbers(blob: bytes) -> Tuple[int, int]:
    """Exponent and modulus of an RSA key.

    :raises Malformed: it is not a whole RSA key, or something stands behind it
    """
    fields = strings(blob)
    if len(fields) != 3 or fields[0] != RSA:
        raise Malformed("it is not the whole of an RSA key")
    return number(fields[1]), number(fields[2])


def ssh2(content: bytes) -> Tuple[Dict[str, str], bytes]:
    """Headers (by their tags in lower case) and key of a file in SSH2 form, which is taken by the letter.

    Sources: RFC 4716, sections 3.1 (ends of lines), 3.2 (markers), 3.3 (headers) and 3.4 (body).

    :raises Malformed: what is wrong, and in which line
    """
    text = forms.lines(content)
    if not text:
        raise Malformed("it is empty", _FORM)
    if text[0].startswith(b"\xef\xbb\xbf"):
        raise Malformed("it begins with a byte order mark", "Save it as ANSI text, or as UTF-8 without BOM")
    if text[0] != forms.SSH2_BEGIN:
        raise Malformed(f"its first line is not {forms.SSH2_BEGIN.decode()}", _FORM)
    if forms.SSH2_END not in text:
        raise Malformed(f"it has no line {forms.SSH2_END.decode()}: it is cut off", _FORM)
    end = text.index(forms.SSH2_END)
    if end != len(text) - 1:
        raise Malformed(
            f"something stands behind its last line, in line {end + 2}", "Remove it, also empty lines"
        )
    for index, line in enumerate(text):
        if len(line) > LINE:
            raise Malformed(f"line {index + 1} has {len(line)} bytes, and {LINE} is the most", _FORM)
    headers, begin = _headers(text[:end])
    for index in range(begin, end):
        if text[index] != text[index].strip() or not text[index]:
            raise Malformed(f"line {index + 1} is empty, or has blanks at an end", _FORM)
    return headers, forms.unarmoured(text[begin:end])


def _headers(text: List[bytes]) -> Tuple[Dict[str, str], int]:
    """The headers, which begin in the second line, and which line follows them.

    A line that ends with a backslash goes on in the next one; the first with no colon belongs to the key.
    """
    headers: Dict[str, str] = {}
    at = 1
    while at < len(text) and b":" in text[at]:
        begin, whole = at, text[at]
        while whole.endswith(b"\\") and at + 1 < len(text):
            at += 1
            whole = whole[:-1] + text[at]
        at += 1
        tag, value = _header(whole, begin)
        headers[tag] = value
    return headers, at


def _header(whole: bytes, index: int) -> Tuple[str, str]:
    tag, _colon, value = whole.partition(b": ")
    try:
        named, meant = tag.decode("ascii").lower(), value.decode("utf-8")
    except UnicodeDecodeError:
        named, meant = "", ""
    printable = all(33 <= byte <= 126 for byte in tag)
    if not 0 < len(named) <= TAG or b":" in tag or not printable or whole.endswith(b"\\"):
        raise Malformed(f"the header in line {index + 1} is not written as Tag: text", _FORM)
    if len(value) > VALUE:
        raise Malformed(f"the header in line {index + 1} has more than {VALUE} bytes", _FORM)
    return named, meant
