# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd-networkd: what it knows of an adapter, its drop-in, and the DNS servers and domains it declares."""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import time
from contextlib import suppress
from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hkex.drill.plugins.module_utils import _dns_networkd
from ansible_collections.hkex.drill.plugins.module_utils._dns_networkd import DOMAINS, DROP_IN, SERVERS
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
    """The text of a drop-in (None: there is none), or the servers or routing domains declared for an adapter."""
    if key.name == DROP_IN:
        file = files.read(key.place)
        return None if file is None else file.content.decode("utf-8", "backslashreplace")
    link = _links().get(key.place, {})
    if key.name == DOMAINS:
        return [each["Domain"] for each in _set(link, "RouteDomains")]
    return [str(ipaddress.ip_address(bytes(each["Address"]))) for each in _set(link, "DNS")]


def _set(link: Mapping[str, Any], what: str) -> List[Mapping[str, Any]]:
    """What is given at run time, and where nothing is, by the files: not by DHCP, which may give something else."""
    return [each for each in link.get(what, ()) if each["ConfigSource"] in ("runtime", "static")]


def assign(key: Key, before: Any, after: Any) -> None:
    """Write or remove a drop-in, or make networkd declare these servers or domains for an adapter.

    :raises Stop: it is not what it was planned from, or did not come to hold
    """
    present = read(key)
    if present == after:
        return  # domains go with the servers
    if present != before:
        raise Stop(f"{'/'.join(key)}: somebody changed it between look and write; it was left untouched")
    if key.name == DROP_IN:
        _drop_in(key.place, after)
    else:
        _declare(key, after)


def _drop_in(path: str, wanted: Optional[str]) -> None:
    folder = os.path.dirname(path)
    file = files.read(path)
    digest = None if file is None else file.sha256
    if wanted is None:
        files.remove(path, digest)
        with suppress(OSError):  # it has other drop-ins
            os.rmdir(folder)
        return
    if not os.path.lexists(folder):
        os.mkdir(folder, 0o755)
    files.write(path, digest, wanted.encode())


def _declare(key: Key, wanted: List[str]) -> None:
    """Without a reload if possible: that makes networkd give up the DHCP lease, and with it the address, for a moment.

    A reload is needed only where the files it has loaded are not those on disk: to go back after a boot in between.
    """
    link = _links()[key.place]
    drop_in = files.read(_dns_networkd.drop_in(link["NetworkFile"]))
    ours = _dns_networkd.declared(drop_in.content.decode("utf-8", "replace")) if drop_in is not None else {}
    if key.name == DOMAINS or ours.get(key.name) == wanted:
        _tell(key, link, wanted)
    else:
        _call(key.place, "RevertLinkDNS", "i")
        if read(key) != wanted:
            programs.run("networkctl", "reload")
    _check(key, wanted)


def _tell(key: Key, link: Mapping[str, Any], wanted: List[str]) -> None:
    """What stands in the drop-in, for the running networkd; it takes the place of what the files say."""
    if key.name == SERVERS:
        octets = [part for server in wanted for part in ("2", "4", *server.split("."))]
        _call(key.place, "SetLinkDNS", "ia(iay)", str(len(wanted)), *octets)
        return
    # First: with a domain, all other names would not be asked here any more.
    observed = resolved.observe(key.place)
    default = observed is None or observed["default_route"]
    _call(key.place, "SetLinkDefaultRoute", "ib", "true" if default else "false")
    domains = [part for each in link.get("SearchDomains", ()) for part in (each["Domain"], "false")]
    domains += [part for domain in wanted for part in (domain, "true")]
    _call(key.place, "SetLinkDomains", "ia(sb)", str(len(domains) // 2), *domains)


def _call(adapter: str, method: str, signature: str, *arguments: str) -> None:
    index = str(socket.if_nametoindex(adapter))
    programs.call(_SERVICE, _PATH, _MANAGER, method, signature, index, *arguments)


def _check(key: Key, wanted: List[str]) -> None:
    """Wait until networkd declares it, and the resolver asks the servers.

    :raises Stop: it does not come to that
    """
    deadline = time.monotonic() + _SETTLED
    while True:
        declared = read(key)
        asked = resolved.servers(key.place) if key.name == SERVERS and wanted else None
        if declared == wanted and asked in (None, wanted):
            return
        if time.monotonic() > deadline:
            told = ", ".join(declared if asked is None else asked) or "nothing"
            raise Stop(f"{'/'.join(key)}: after the change it is {told}")
        time.sleep(0.05)
