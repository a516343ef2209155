# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH's known_hosts: which keys it has of an address, and lines for more.

Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT", and OpenSSH's hostfile.c.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Dict, Sequence, Set

from ansible_collections.hkex.drill.plugins.module_utils.model import Splice

_SSH_PORT = 22


def name(host: str, port: int) -> str:
    """What stands for an address."""
    return host if port == _SSH_PORT else f"[{host}]:{port}"


def held(content: bytes, host: str, port: int) -> Dict[str, Set[str]]:
    """The keys of an address (base64), by their type. What OpenSSH could not read is no key."""
    found: Dict[str, Set[str]] = {}
    for line in content.split(b"\n"):
        words = [word.decode("latin-1") for word in line.split()]
        # Lines that begin with @ are about authorities and revoked keys.
        if len(words) >= 3 and words[0][0] not in "#@" and _is_about(words[0], name(host, port)):
            found.setdefault(words[1], set()).add(words[2])
    return found


def line_end(content: bytes) -> bytes:
    """That of the first line."""
    return b"\r\n" if content.partition(b"\n")[0].endswith(b"\r") and b"\n" in content else b"\n"


def appended(path: str, content: bytes, lines: Sequence[str], end: bytes = b"\n") -> Splice:
    """More lines at the end of a file."""
    new = b"".join(line.encode() + end for line in lines)
    return Splice(path, len(content), b"", new if not content or content.endswith(b"\n") else end + new)


def _is_about(patterns: str, name: str) -> bool:
    if patterns.startswith("|"):
        return _is_hash_of(patterns, name)
    each = patterns.lower().split(",")
    if any(_matches(one[1:], name) for one in each if one.startswith("!")):
        return False
    return any(_matches(one, name) for one in each if not one.startswith("!"))


def _is_hash_of(hashed: str, name: str) -> bool:
    parts = hashed.split("|")  # |1|salt|hash
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt, told = (base64.b64decode(part.encode("latin-1"), validate=True) for part in parts[2:])
    except binascii.Error:
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), told)


def _matches(pattern: str, name: str) -> bool:
    parts = re.split(r"(\*+|\?)", pattern)
    text = "".join(".*" if part[:1] == "*" else "." if part == "?" else re.escape(part) for part in parts)
    return re.fullmatch(text, name) is not None
