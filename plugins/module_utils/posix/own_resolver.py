# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the workstation's own resolver says of a name: what its programs get, with host table, caches and all."""

from __future__ import annotations

import os
import queue
import socket
import threading
from typing import Tuple, Union

from ansible_collections.hkex.drill.plugins.module_utils.posix.dns import ProbeError

_Found = Union[Tuple[str, ...], OSError]


def addresses(name: str, seconds: float) -> Tuple[str, ...]:
    """The IPv4 addresses of a name, in the order in which programs try them.

    The C library sets itself no such bound and cannot be interrupted, so a thread of ours is given up with it.

    :raises ProbeError: it knows none, and in its words why
    :raises socket.timeout: it says nothing for so many seconds
    """
    found: queue.Queue[_Found] = queue.Queue()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
            found.put(tuple(dict.fromkeys(str(each[4][0]) for each in told)))
        except OSError as problem:
            found.put(problem)
        except UnicodeError:  # a name that its codec for international names does not take
            found.put(OSError(0, "no such name can be asked for"))

    threading.Thread(target=ask, daemon=True).start()
    try:
        told = found.get(timeout=seconds)
    except queue.Empty:
        raise socket.timeout from None
    if isinstance(told, OSError):
        raise ProbeError((told.strerror or os.strerror(told.errno or 0)).lower())
    return told
