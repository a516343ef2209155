# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms in which keys are kept in files, told apart by how they begin."""

import base64
import binascii
from typing import List, NamedTuple, Optional, Sequence

from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import Malformed

LARGEST = 64 * 1024  # bytes; a key of 4096 bits takes about 4,000 in any form


class Form(NamedTuple):
    """A form, and the steps that make an SSH2 public key of it, from the file ``{0}`` to the file ``{1}``."""

    name: str
    private: bool
    convert: str


_CONVERT = 'ssh-keygen -e -m RFC4716 -f "{0}" > "{1}"'
_IMPORT = 'ssh-keygen -i -m %s -f "{0}" > key.openssh, then ssh-keygen -e -m RFC4716 -f key.openssh > "{1}"'

SSH2 = Form("an SSH2 public key", False, "")
OPENSSH = Form("an OpenSSH one-line public key", False, _CONVERT)
OPENSSH_PRIVATE = Form("an OpenSSH private key", True, _CONVERT)
PUTTY = Form("a PuTTY private key", True, 'open "{0}" in PuTTYgen, and Save public key as "{1}"')
PKCS1 = Form("a PEM private key", True, _CONVERT)
PKCS8 = Form("a PKCS#8 private key", True, _CONVERT)
PKCS8_ENCRYPTED = Form("an encrypted PKCS#8 private key", True, _CONVERT)
TECTIA = Form(
    "a private key of SSH Tectia", True, 'have the program that made "{0}" export its public key to "{1}"'
)
OTHER = Form("a PEM private key that is not RSA", True, "make a pair of RSA keys and register it")

SSH2_BEGIN = b"---- BEGIN SSH2 PUBLIC KEY ----"
SSH2_END = b"---- END SSH2 PUBLIC KEY ----"

# The algorithms that SSH knows: what else a file names is not repeated, since nobody knows what it is.
ALGORITHMS = (
    "ssh-rsa",
    "ssh-dss",
    "ssh-ed25519",
    "ssh-ed448",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-256",
    "rsa-sha2-512",
)

_BEGINNINGS = (
    (SSH2_BEGIN, SSH2),
    (b"-----BEGIN OPENSSH PRIVATE KEY-----", OPENSSH_PRIVATE),
    (b"PuTTY-User-Key-File-", PUTTY),
    (b"-----BEGIN RSA PRIVATE KEY-----", PKCS1),
    (b"-----BEGIN PRIVATE KEY-----", PKCS8),
    (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", PKCS8_ENCRYPTED),
    (b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", TECTIA),
    (b"-----BEGIN DSA PRIVATE KEY-----", OTHER),
    (b"-----BEGIN EC PRIVATE KEY-----", OTHER),
    (b"-----BEGIN PUBLIC KEY-----", Form("a PEM public key", False, _IMPORT % "PKCS8")),
    (b"-----BEGIN RSA PUBLIC KEY-----", Form("a PEM public key", False, _IMPORT % "PEM")),
    *((name.encode() + b" ", OPENSSH) for name in ALGORITHMS),
)


def form(content: bytes) -> Optional[Form]:
    """How this key is kept; None where it cannot be told. Empty lines and blanks in front do not hide it."""
    begin = content.lstrip()
    return next((each for beginning, each in _BEGINNINGS if begin.startswith(beginning)), None)


def lines(content: bytes) -> List[bytes]:
    """The lines of a key file without what ends them: LF, CR LF or CR (RFC 4716, section 3.1).

    A missing end of the last line makes no difference.

    :raises Malformed: it is too large to be a key, or in UTF-16
    """
    if len(content) > LARGEST:
        raise Malformed(f"it is larger than {LARGEST} bytes and so no key", "Give the path of the key file")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Malformed(
            "it is in UTF-16, as PowerShell writes what is redirected with >",
            "Write it again from cmd, or save it as ANSI text",
        )
    found = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return found if found[-1] else found[:-1]


def unarmoured(text: Sequence[bytes]) -> bytes:
    """What stands in these lines in base64.

    :raises Malformed: they are not base64 to the letter
    """
    joined = b"".join(text)
    try:
        found = base64.b64decode(joined, validate=True)
    except binascii.Error:
        found = b""
    if not found or base64.b64encode(found) != joined:
        raise Malformed("what stands between its first and last lines is not base64, or not all of it")
    return found
