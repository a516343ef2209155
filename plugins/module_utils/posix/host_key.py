# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public keys that an SSH server presents. Nobody is logged on: it is asked for keys, and left."""

from __future__ import annotations

import math
import os
import socket
import subprocess
from typing import Tuple

from ansible_collections.hkex.drill.plugins.module_utils.posix.dns import ProbeError

PROGRAM = "ssh-keyscan"
_TYPES = "ed25519,ecdsa,rsa"
PATH = "/usr/local/bin:/usr/bin:/bin"


def keys(host: str, port: int, seconds: float) -> Tuple[str, ...]:
    """The keys, each as its type and its Base64, sorted.

    :raises ProbeError: there are none, or the program that asks is not installed
    :raises socket.timeout: no answer in so many seconds
    """
    command = [PROGRAM, "-T", str(math.ceil(seconds)), "-t", _TYPES, "-p", str(port), host]
    try:
        # Not AnsibleModule.run_command, which sets no bound.
        ended = subprocess.run(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=dict(os.environ, LC_ALL="C", PATH=PATH),
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise ProbeError(f"{PROGRAM} is not installed") from None
    except subprocess.TimeoutExpired:
        raise socket.timeout from None
    found = read(ended.stdout.decode("utf-8", "replace"))
    if not found:
        raise ProbeError("no SSH host key came")
    return found


def read(printed: str) -> Tuple[str, ...]:
    """The keys in what the program prints: after each address a type and its Base64, beside comments."""
    lines = [line.split() for line in printed.splitlines() if not line.startswith("#")]
    return tuple(sorted({f"{words[1]} {words[2]}" for words in lines if len(words) == 3}))
