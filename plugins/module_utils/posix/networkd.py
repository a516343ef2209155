# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd-networkd: what it knows of an adapter, its drop-in, and the DNS servers it declares."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import time
from contextlib import suppress
from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hkex.drill.plugins.module_utils import _dns_networkd
from ansible_collections.hkex.drill.plugins.module_utils.model import Key
from ansible_collections.hkex.drill.plugins.module_utils.posix import files, programs, resolved
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

_SERVICE, _PATH = "org.freedesktop.network1", "/org/freedesktop/network1"
_MANAGER = _SERVICE + ".Manager"
_SETTLED = 8.0  # seconds for a change to reach the resolver


def observe(adapter: str) -> Optional[Dict[str, Any]]:
    """How networkd has this adapter; None if it does not run or does not manage it.

    ``file`` is the .network file in use, ``links`` all adapters that use it.
    """
    if not programs.owned(_SERVICE):
        return None
    links = _links()
    file = links.get(adapter, {}).get("NetworkFile")
    if file is None or links[adapter].get("AdministrativeState") == "unmanaged":
        return None
    return {"file": file, "links": [name for name, link in links.items() if link.get("NetworkFile") == file]}


def _links() -> Dict[str, Mapping[str, Any]]:
    described = json.loads(programs.run("networkctl", "--json=short", "list"))
    return {link["Name"]: link for link in described["Interfaces"]}


def read(key: Key) -> Any:
    """The text of a drop-in (None: there is none), or the servers declared for an adapter."""
    if key.name == _dns_networkd.DROP_IN:
        file = files.read(key.place)
        return None if file is None else file.content.decode("utf-8", "backslashreplace")
    return _declared(key.place)


def _declared(adapter: str) -> List[str]:
    """Those given at run time, and where there are none those of the files: not DHCP's, which may change."""
    return [
        str(ipaddress.ip_address(bytes(server["Address"])))
        for server in _links().get(adapter, {}).get("DNS", ())
        if server["ConfigSource"] in ("runtime", "static")
    ]


def assign(key: Key, before: Any, after: Any) -> None:
    """Write or remove a drop-in, or make networkd declare these servers for an adapter.

    :raises Stop: it is not what it was planned from, or did not come to hold
    """
    if read(key) != before:
        raise Stop(f"{'/'.join(key)}: somebody changed it between look and write; it was left untouched")
    if key.name == _dns_networkd.DROP_IN:
        _drop_in(key.place, before, after)
    else:
        _declare(key.place, after)


def _drop_in(path: str, before: Optional[str], after: Optional[str]) -> None:
    folder = os.path.dirname(path)
    file = files.read(path)
    digest = None if file is None else file.sha256
    if after is None:
        files.remove(path, digest)
        with suppress(OSError):  # it has other drop-ins
            os.rmdir(folder)
        return
    if not os.path.lexists(folder):
        os.mkdir(folder, 0o755)
    files.write(path, digest, after.encode())


def _declare(adapter: str, servers: List[str]) -> None:
    """Without a reload if possible: that makes networkd give up the DHCP lease, and with it the address, for a moment.

    A reload is needed only where the files it has loaded are not those on disk: to go back after a boot in between.
    """
    index = str(socket.if_nametoindex(adapter))
    file = _links()[adapter]["NetworkFile"]
    drop_in = files.read(_dns_networkd.drop_in(file))
    if drop_in is not None and _dns_networkd.declared(drop_in.content.decode("utf-8", "replace")) == servers:
        addresses = [octet for server in servers for octet in ("2", "4", *server.split("."))]
        given = (index, str(len(servers)), *addresses)
        programs.call(_SERVICE, _PATH, _MANAGER, "SetLinkDNS", "ia(iay)", *given)
    else:
        programs.call(_SERVICE, _PATH, _MANAGER, "RevertLinkDNS", "i", index)
        if _declared(adapter) != servers:
            programs.run("networkctl", "reload")
    _check(adapter, servers)


def _check(adapter: str, wanted: List[str]) -> None:
    deadline = time.monotonic() + _SETTLED
    while True:
        declared = _declared(adapter)
        asked = resolved.servers(adapter)
        if declared == wanted and (asked is None or not wanted or asked == wanted):
            return
        if time.monotonic() > deadline:
            raise Stop(
                f"adapter {adapter}: {', '.join(asked or declared) or 'no server'} is asked after the change"
            )
        time.sleep(0.05)
