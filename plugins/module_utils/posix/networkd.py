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

    ``file`` is the .network file in use, ``links`` all adapters that use it; ``configuration`` are path and text of
    that file and of its drop-ins but the toolkit's, in the order in which networkd reads them.
    """
    if not programs.owned(_SERVICE):
        return None
    links = _links()
    file = links.get(adapter, {}).get("NetworkFile")
    if file is None or links[adapter].get("AdministrativeState") == "unmanaged":
        return None
    sharing = [name for name, link in links.items() if link.get("NetworkFile") == file]
    return {"file": file, "links": sharing, "configuration": _configuration(file)}


def _configuration(file: str) -> List[List[str]]:
    ours = _dns_networkd.drop_in(file)
    name = os.path.basename(file)
    found: Dict[str, str] = {}
    for folder in reversed(_dns_networkd.FOLDERS):
        with suppress(FileNotFoundError):
            for each in os.listdir(f"{folder}/{name}.d"):
                found[each] = f"{folder}/{name}.d/{each}"
    drop_ins = [found[each] for each in sorted(found) if each.endswith(".conf") and not each.startswith(".")]
    return [[path, _text(path)] for path in (file, *drop_ins) if path != ours]


def _text(path: str) -> str:
    # By a link to /dev/null a file of this name in another folder is made not to count.
    file = None if os.path.realpath(path) == os.devnull else files.read(path)
    return "" if file is None else file.content.decode("utf-8", "replace")


def _links() -> Dict[str, Mapping[str, Any]]:
    described = json.loads(programs.run("networkctl", "--json=short", "list"))
    return {link["Name"]: link for link in described["Interfaces"]}


def read(key: Key) -> Any:
    """The text of a drop-in (None: there is none), or the servers or routing domains declared for an adapter (None: no
    others than the files declare without the toolkit's drop-in).
    """
    if key.name == DROP_IN:
        file = files.read(key.place)
        return None if file is None else file.content.decode("utf-8", "backslashreplace")
    link = _links().get(key.place, {})
    return _dns_networkd.beside(key.name, _declared(key, link), _without(key, link))


def _declared(key: Key, link: Mapping[str, Any]) -> List[str]:
    if key.name == DOMAINS:
        return [each["Domain"] for each in _set(link, "RouteDomains")]
    return [str(ipaddress.ip_address(bytes(each["Address"]))) for each in _set(link, "DNS")]


def _without(key: Key, link: Mapping[str, Any]) -> List[str]:
    """The servers or domains of an adapter by the files without the toolkit's drop-in."""
    read = _configuration(link["NetworkFile"]) if "NetworkFile" in link else []
    return _dns_networkd.declared(text for _path, text in read)[key.name]


def _set(link: Mapping[str, Any], what: str) -> List[Mapping[str, Any]]:
    """What is given at run time, and where nothing is, by the files: not by DHCP, which may give something else."""
    return [each for each in link.get(what, ()) if each["ConfigSource"] in ("runtime", "static")]


def assign(key: Key, before: Any, after: Any) -> None:
    """Write or remove a drop-in, or make networkd declare these servers or domains for an adapter.

    :raises Stop: it is not what it was planned from, or did not come to hold
    """
    present = read(key)
    if present == after:
        return
    gone = key.name == DOMAINS and present is None  # they go with the servers
    if present != before and not gone:
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


def _declare(key: Key, wanted: Optional[List[str]]) -> None:
    """Without a reload if possible: that makes networkd give up the DHCP lease, and with it the address, for a moment.

    A reload is needed only where the files it has loaded are not those on disk: to go back after a boot in between.
    """
    link = _links()[key.place]
    if key.name == DOMAINS:
        _tell_domains(key.place, link, _without(key, link) + (wanted or []))
    elif wanted:
        _tell_servers(key.place, wanted)
    else:
        _call(key.place, "RevertLinkDNS", "i")
        if read(key) != wanted:
            programs.run("networkctl", "reload")
    _check(key, wanted)


# What networkd is told takes the place of what the files say and of what is given automatically.
def _tell_servers(adapter: str, wanted: List[str]) -> None:
    octets: List[str] = []
    for server in map(ipaddress.ip_address, wanted):
        family = "2" if server.version == 4 else "10"  # as Linux numbers them
        octets += [family, str(len(server.packed)), *map(str, server.packed)]
    _call(adapter, "SetLinkDNS", "ia(iay)", str(len(wanted)), *octets)


def _tell_domains(adapter: str, link: Mapping[str, Any], wanted: List[str]) -> None:
    # First: with a domain, all other names would not be asked here any more.
    observed = resolved.observe(adapter)
    default = observed is None or observed["default_route"]
    _call(adapter, "SetLinkDefaultRoute", "ib", "true" if default else "false")
    domains = [part for each in link.get("SearchDomains", ()) for part in (each["Domain"], "false")]
    domains += [part for domain in wanted for part in (domain, "true")]
    _call(adapter, "SetLinkDomains", "ia(sb)", str(len(domains) // 2), *domains)


def _call(adapter: str, method: str, signature: str, *arguments: str) -> None:
    index = str(socket.if_nametoindex(adapter))
    programs.call(_SERVICE, _PATH, _MANAGER, method, signature, index, *arguments)


def _check(key: Key, wanted: Optional[List[str]]) -> None:
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
            told = ", ".join(asked or declared or ()) or "what the files say"
            raise Stop(f"{'/'.join(key)}: after the change it is {told}")
        time.sleep(0.05)
