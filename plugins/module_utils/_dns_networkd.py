# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers of an adapter that systemd-networkd manages: one backend of the concern.

Three settings: a drop-in beside the adapter's .network file, which holds after the next boot, and the servers and the
domains that networkd declares for the adapter now. These are given to the running networkd by themselves, because a
reload makes it give up the DHCP lease, and with it for a moment the address.
"""

import posixpath
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

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
DROP_IN, SERVERS, DOMAINS = "drop-in", "servers", "domains"
_TEXT = """\
# hkex.drill: the exchange's DNS servers, and no others, on this adapter
[Network]
DNS=
DNS={servers}
{domains}
[DHCPv4]
UseDNS=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
"""


def keys(adapter: Adapter, link: Mapping[str, Any]) -> Tuple[Key, Key, Key]:
    """The settings: the drop-in, by its path, and the servers and the domains declared for the adapter."""
    return (
        Key(STORE, drop_in(link["networkd"]["file"]), DROP_IN),
        Key(STORE, adapter.name, SERVERS),
        Key(STORE, adapter.name, DOMAINS),
    )


def drop_in(file: str) -> str:
    """The path of the toolkit's drop-in for a .network file, wherever that lies."""
    return f"/etc/systemd/network/{posixpath.basename(file)}.d/90-hkex-drill.conf"


def text(servers: Sequence[str], domains: Sequence[str] = (), default_route: bool = True) -> str:
    """The drop-in: servers of DHCP, of router advertisements and of the .network file do not count beside these.

    :param domains: what is asked here whatever other adapters have
    :param default_route: whether everything else is asked here, too. With a domain it has to be said
        (systemd.network(5), DNSDefaultRoute)
    """
    routed = " ".join(f"~{domain}" for domain in domains)
    lines = f"Domains={routed}\nDNSDefaultRoute={'yes' if default_route else 'no'}\n" if domains else ""
    return _TEXT.format(servers=" ".join(servers), domains=lines)


def declared(content: str) -> Dict[str, List[str]]:
    """The servers and routing domains that a .network file or drop-in declares; an empty entry forgets the earlier ones
    (systemd.network(5)).
    """
    found: Dict[str, List[str]] = {"DNS": [], "Domains": []}
    section = ""
    for line in content.split("\n"):
        line = line.strip()
        if line.startswith("["):
            section = line
        name, equals, value = line.partition("=")
        if section == "[Network]" and name.strip() in found and equals:
            found[name.strip()] = found[name.strip()] + value.split() if value.strip() else []
    return {
        SERVERS: found["DNS"],
        DOMAINS: [each[1:] for each in found["Domains"] if each.startswith("~")],
    }


def look(adapter: Adapter, link: Mapping[str, Any]) -> Look:
    """Drop-in, servers, domains, and the .network file, which says what they are without the drop-in."""
    return Look(files=frozenset([link["networkd"]["file"]]), settings=frozenset(keys(adapter, link)))


def plan(options: Options, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Plan:
    """Drop-in and adapter with these servers; ``absent``: without the drop-in.

    :raises Refusal: ``absent``, and the servers do not come from the drop-in
    """
    settings = keys(adapter, link)
    before = tuple(seen.settings[key] for key in settings)
    present, servers, domains = before
    if options.state == PRESENT:
        default = link["resolved"]["default_route"] if link["resolved"] else True
        added = [each for each in options.domains if each not in domains]
        wanted = text(options.servers, options.domains, default)
        after: Tuple[Any, ...] = (wanted, list(options.servers), domains + added)
    elif present is not None:
        without = declared(_content(seen.files[link["networkd"]["file"]]))
        after = (None, without[SERVERS], without[DOMAINS])
    elif set(servers) & set(options.servers):
        raise Refusal(
            f"adapter {adapter.name}",
            f"its servers come from {link['networkd']['file']} or another drop-in, not from the toolkit's",
            "Take them out there",
        )
    else:
        after = before
    edits = tuple(Assign(key, old, new) for key, old, new in zip(settings, before, after) if old != new)
    findings = () if edits or options.state != PRESENT else _findings(options, adapter, link)
    return Plan(edits, frozenset(["resolver"]) if edits else frozenset(), findings)


def _content(file: Optional[File]) -> str:
    return "" if file is None else file.content.decode("utf-8", "replace")


def describe(seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, Any]:
    """The servers that are declared, in order; ``automatic``: whether those of DHCP come on top."""
    present, servers, _domains = (seen.settings[key] for key in keys(adapter, link))
    return {"servers": list(servers), "automatic": present is None}


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
