# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers of an adapter that systemd-networkd manages: one backend of the concern.

Two settings: a drop-in beside the adapter's .network file, which holds after the next boot, and the servers that
networkd declares for the adapter now. They are given to the running networkd by themselves, because a reload makes it
give up the DHCP lease, and with it for a moment the address.
"""

import posixpath
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    Adapter,
    Assign,
    File,
    Finding,
    Key,
    Look,
    Plan,
    Refusal,
    Seen,
)

STORE = "networkd"
DROP_IN, SERVERS = "drop-in", "dns"
_TEXT = """\
# hkex.drill: the exchange's DNS servers, and no others, on this adapter
[Network]
DNS=
DNS={}

[DHCPv4]
UseDNS=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
"""


def keys(adapter: Adapter, link: Mapping[str, Any]) -> Tuple[Key, Key]:
    """The settings: the drop-in, by its path, and the servers declared for the adapter."""
    return Key(STORE, drop_in(link["networkd"]["file"]), DROP_IN), Key(STORE, adapter.name, SERVERS)


def drop_in(file: str) -> str:
    """The path of the toolkit's drop-in for a .network file, wherever that lies."""
    return f"/etc/systemd/network/{posixpath.basename(file)}.d/90-hkex-drill.conf"


def text(servers: Tuple[str, ...]) -> str:
    """The drop-in: servers of DHCP, of router advertisements and of the .network file do not count beside these."""
    return _TEXT.format(" ".join(servers))


def declared(content: str) -> List[str]:
    """The servers that a .network file or drop-in declares (systemd.network(5); an empty DNS= forgets the earlier)."""
    found: List[str] = []
    section = ""
    for line in content.split("\n"):
        line = line.strip()
        if line.startswith("["):
            section = line
        name, equals, value = line.partition("=")
        if section == "[Network]" and name.strip() == "DNS" and equals:
            found = found + value.split() if value.strip() else []
    return found


def look(adapter: Adapter, link: Mapping[str, Any]) -> Look:
    """Drop-in, servers, and the .network file, which says what they are without the drop-in."""
    return Look(files=frozenset([link["networkd"]["file"]]), settings=frozenset(keys(adapter, link)))


def plan(options: Options, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Plan:
    """Drop-in and adapter with these servers; ``absent``: without the drop-in.

    :raises Refusal: ``absent``, and the servers do not come from the drop-in
    """
    both = keys(adapter, link)
    before = tuple(seen.settings[key] for key in both)
    if options.state == PRESENT:
        after: Tuple[Any, ...] = (text(options.servers), list(options.servers))
    elif before[0] is not None:
        after = (None, declared(_content(seen.files[link["networkd"]["file"]])))
    elif set(before[1]) & set(options.servers):
        raise Refusal(
            f"adapter {adapter.name}",
            f"its servers come from {link['networkd']['file']} or another drop-in, not from the toolkit's",
            "Take them out there",
        )
    else:
        after = before
    edits = tuple(Assign(key, old, new) for key, old, new in zip(both, before, after) if old != new)
    findings = () if edits or options.state != PRESENT else _findings(options, adapter, link)
    return Plan(edits, frozenset(["resolver"]) if edits else frozenset(), findings)


def _content(file: Optional[File]) -> str:
    return "" if file is None else file.content.decode("utf-8", "replace")


def describe(seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, Any]:
    """The servers that are declared, in order; ``automatic``: whether those of DHCP come on top."""
    of_file, servers = keys(adapter, link)
    return {"servers": list(seen.settings[servers]), "automatic": seen.settings[of_file] is None}


def _findings(options: Options, adapter: Adapter, link: Mapping[str, Any]) -> Tuple[Finding, ...]:
    asked = list(link["resolved"]["servers"]) if link["resolved"] else list(options.servers)
    if asked == list(options.servers):
        return ()
    return (
        Finding(
            ERROR,
            f"adapter {adapter.name}",
            f"{', '.join(asked) or 'no server'} is asked, which is not what systemd-networkd declares",
            f"Run networkctl reconfigure {adapter.name}, or restart systemd-resolved",
        ),
    )
