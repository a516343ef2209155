# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAP keys for the tests, made at run time, and files of them written by nothing of what is tested."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from functools import cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

BEGIN, END = "---- BEGIN SSH2 PUBLIC KEY ----", "---- END SSH2 PUBLIC KEY ----"

# The example of a key in the exchange's briefing (OCP briefing video, 2025, 04 Preparation Arrangements, SSH keys), as
# it was transcribed. It is public, it is not RSA, and letters of it were lost on the way.
SAMPLE = b"""---- BEGIN SSH2 PUBLIC KEY ----
Comment: SSH KEY
AAAAB3NzaC1kc3MAAACBAPY8ZOHY2yF5JA6XYC9HRwNHxaeHvX5wOJ0rzZdzoSOXxbET
W6ToHv8D1UJ/z+zHo9Fiko5XybZnDlAeBDHtblQ+Yp7StxyltHnXF1YLfKD1G4T6JYrdH
YI14Om1eg9e4NnCRleaQoZPF3UGfZia6bXrGTQf3gJq2e7Yisk/gF+1VAAAAFQDb8D5c
vwHWTZDPfX0D2s9Rd7NBvQAAAEALN92+Bb7D4KLYk3IwRbXblwXdkPggA4pfdtW9vGf
J0/Rhd+NjB4eo1D+0dix6tXwYGN7PKS5R/FXPNwxHPapcj9uL1Jn2AWQ2dsknf+i/FAA
vioUPkmdMc0zuWoSOEsSNhVdtX3WdvVcGcBq9cetZrtOKW0ocJmJ80qadxTRhtUAAACB
AN7CY+KKvlgHPrzFwdQm7HK9bb1LAo2KwaoXnadFgeptNBQeSXG1v0+JsvphVMBJc9HS
n24VYtYtsMu74qXviYjziVucWKjjKEb11juqnF0GD1B3VvmxHLmxnAz643WK42Z7dLM5
sY29ouezv4Xz2PuMch5VGPP+CDqzCM41oWgV
---- END SSH2 PUBLIC KEY ----
"""


@cache
def pair(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """A pair of keys; each number is another one."""
    return rsa.generate_private_key(65537, bits)


def one_line(key: rsa.RSAPrivateKey) -> bytes:
    """The public key as OpenSSH keeps it."""
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


def blob(key: rsa.RSAPrivateKey) -> bytes:
    return base64.b64decode(one_line(key).split()[1])


def rsa_blob(modulus: int, exponent: int = 65537, name: bytes = b"ssh-rsa") -> bytes:
    """A public key of numbers that need not be those of a real one."""
    fields = [name] + [each.to_bytes(each.bit_length() // 8 + 1, "big") for each in (exponent, modulus)]
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


def ssh2(
    data: bytes,
    headers: Sequence[str] = ("Comment: SSH KEY",),
    width: int = 70,
    end: str = "\n",
    last: bool = True,
) -> bytes:
    """A public key file. ``headers`` are whole lines, ``last`` whether the last line is ended."""
    text = base64.b64encode(data).decode()
    lines = [BEGIN, *headers, *(text[at : at + width] for at in range(0, len(text), width)), END]
    return (end.join(lines) + (end if last else "")).encode()


def public_file(key: rsa.RSAPrivateKey) -> bytes:
    return ssh2(blob(key))


def pem(key: rsa.RSAPrivateKey, form: str, passphrase: bytes = b"") -> bytes:
    """The private key in one of the forms of ``PrivateFormat``."""
    how = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, getattr(serialization.PrivateFormat, form), how)


def public_pem(key: rsa.RSAPrivateKey, form: str) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, getattr(serialization.PublicFormat, form)
    )


def openssh(key: rsa.RSAPrivateKey, cipher: bytes = b"none", private: bytes = b"") -> bytes:
    """OpenSSH's form by its description (PROTOCOL.key); of the private part only what was given stands in it."""
    fields = [cipher, b"none" if cipher == b"none" else b"bcrypt", b""]
    data = b"openssh-key-v1\0" + b"".join(struct.pack(">I", len(field)) + field for field in fields)
    data += struct.pack(">I", 1)
    data += b"".join(struct.pack(">I", len(field)) + field for field in (blob(key), private))
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    marks = [f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END")]
    return "\n".join([marks[0], *lines, marks[1], ""]).encode()


def putty(
    key: rsa.RSAPrivateKey,
    version: int = 3,
    encryption: str = "aes256-cbc",
    private: bytes = b"",
    end: str = "\n",
) -> bytes:
    """PuTTY's form by its manual (appendix C); of the private part only what was given stands in it."""
    texts = [base64.b64encode(data).decode() for data in (blob(key), private)]
    public, secret = ([text[at : at + 64] for at in range(0, len(text), 64)] for text in texts)
    lines = [f"PuTTY-User-Key-File-{version}: ssh-rsa", f"Encryption: {encryption}", "Comment: rap"]
    lines += [f"Public-Lines: {len(public)}", *public]
    if version == 3 and encryption != "none":
        lines += ["Key-Derivation: Argon2id", "Argon2-Memory: 8192", "Argon2-Passes: 13"]
    lines += [f"Private-Lines: {len(secret)}", *secret, f"Private-MAC: {'0' * 64}", ""]
    return end.join(lines).encode()
