# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a report that was downloaded is whole. What is in it is read for that, and told to nobody."""

from __future__ import annotations

import os
import zipfile
import zlib

from ansible_collections.hkex.drill.plugins.module_utils._login_reports import MEMBERS, UNPACKED
from ansible_collections.hkex.drill.plugins.module_utils._services_logins import UNPROVED, WHOLE

__all__ = ["UNPROVED", "WHOLE", "verdict"]


def verdict(path: str, name: str, size: int) -> str:
    """``WHOLE``, why that cannot be told (it begins with ``UNPROVED``), or what is wrong with it.

    :param name: as the server has it; what does not end in .zip is whole when it has its size
    :param size: bytes, by the server's list
    """
    if not os.path.isfile(path):
        return "it was not downloaded: the server did not give it"
    came = os.path.getsize(path)
    if came != size:
        return f"{came} bytes came, but the server lists {size}"
    if not name.lower().endswith(".zip"):
        return WHOLE
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED:
                return f"{UNPROVED}it unpacks to more than is opened here"
            if any(member.flag_bits & 1 for member in members):
                return f"{UNPROVED}it is encrypted"
            broken = archive.testzip()
    except NotImplementedError as why:
        return f"{UNPROVED}{why}"
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        return "it is damaged: it cannot be read as a zip file"
    return WHOLE if broken is None else "it is damaged: what is in it does not have its checksum"
