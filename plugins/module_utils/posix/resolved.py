# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd-resolved, asked what it has for an adapter."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, Dict, List, Optional

from ansible_collections.hkex.drill.plugins.module_utils.posix import programs

_SERVICE, _PATH = "org.freedesktop.resolve1", "/org/freedesktop/resolve1"


def observe(adapter: str) -> Optional[Dict[str, Any]]:
    """The servers in order, and whether they are asked for names of no particular domain; None if it does not run."""
    if not programs.owned(_SERVICE):
        return None
    index = str(socket.if_nametoindex(adapter))
    (link,) = programs.call(_SERVICE, _PATH, _SERVICE + ".Manager", "GetLink", "i", index)
    known, default = programs.properties(_SERVICE, link, _SERVICE + ".Link", "DNS", "DefaultRoute")
    servers = [str(ipaddress.ip_address(bytes(address))) for _family, address in known]
    return {"servers": servers, "default_route": default}


def servers(adapter: str) -> Optional[List[str]]:
    """The servers in order; None if it does not run."""
    observed = observe(adapter)
    return None if observed is None else list(observed["servers"])
