# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Linux workstation tells of itself: free space of a volume, and what the present account may write."""

from __future__ import annotations

import errno
import os
from typing import Any, Dict, Optional

from ansible_collections.hkex.drill.plugins.module_utils.model import Key


def read(key: Key) -> Any:
    """The value of a setting: ``volume`` a folder's, ``account`` what may be done there."""
    return free(key.place) if key.store == "volume" else may_write(key.place)


def free(path: str) -> Optional[Dict[str, Any]]:
    """The volume on which a folder lies, or would: where it is mounted, and the bytes that anybody may still use.

    None: it cannot be looked at.
    """
    place = os.path.realpath(_present(path))
    try:
        told = os.statvfs(place)
    except OSError:
        return None
    while not os.path.ismount(place):
        place = os.path.dirname(place)
    return {"volume": place, "free": told.f_bavail * told.f_frsize}


def make_room(error: OSError, path: str) -> str:
    """What to do about an error of writing below a path, if its volume is full; empty: that is not the cause."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return ""
    told = free(path)
    return f"Make room on {told['volume'] if told else 'its volume'}, and run it again"


def may_write(path: str) -> bool:
    """Whether this account may write into a folder, or make it."""
    place = _present(path)
    return os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK)


def _present(path: str) -> str:
    """The path itself, or the nearest folder above it that exists."""
    while not os.path.lexists(path) and path not in ("/", ""):
        path = os.path.dirname(path)
    return path or "/"
