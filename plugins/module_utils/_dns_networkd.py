# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers of an adapter that systemd-networkd manages: one backend of the concern.

Three settings: a drop-in beside the adapter's .network file, which holds after the next boot, and the servers and the
domains that networkd declares for the adapter now. These are given to the running networkd by themselves, because a
reload makes it give up the DHCP lease, and with it for a moment the address. Of servers and domains only
counts what the files do not say without the drop-in: so going back leads to what those say by then.
"""

import ipaddress
import posixpath
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    Adapter,
    Assign,
    Finding,
    Key,
    Look,
    Plan,
    Refusal,
    Seen,
)

STORE = "networkd"
DROP_IN, SERVERS, DOMAINS = "drop-in", "servers", "domains"
# Where drop-ins lie; of two of one name that in the earlier folder counts (systemd.network(5)).
FOLDERS = (
    "/etc/systemd/network",
    "/run/systemd/network",
    "/usr/local/lib/systemd/network",
    "/usr/lib/systemd/network",
    "/lib/systemd/network",
)
_NAME = "90-hkex-drill.conf"
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
    return f"{FOLDERS[0]}/{posixpath.basename(file)}.d/{_NAME}"


def put_right(key: Key) -> str:
    """What to do when somebody changed a setting, before the three can go back."""
    if key.name == DROP_IN:
        what = f"Move {key.place} away"
    else:
        what = f"Take out what was added for {key.place} (DNS= or Domains= in another drop-in; resolvectl revert)"
    return f"{what}, run networkctl reload, and run the rollback again"


def text(servers: Sequence[str], domains: Sequence[str] = (), default_route: bool = True) -> str:
    """The drop-in: servers of DHCP, of router advertisements and of the .network file do not count beside these.

    :param domains: what is asked here whatever other adapters have
    :param default_route: whether everything else is asked here, too. With a domain it has to be said
        (systemd.network(5), DNSDefaultRoute)
    """
    routed = " ".join(f"~{domain}" for domain in domains)
    lines = f"Domains={routed}\nDNSDefaultRoute={'yes' if default_route else 'no'}\n" if domains else ""
    return _TEXT.format(servers=" ".join(servers), domains=lines)


def declared(contents: Iterable[str]) -> Dict[str, List[str]]:
    """The servers and routing domains that a .network file and its drop-ins declare, read in this order; an empty entry
    forgets the earlier ones (systemd.network(5)).
    """
    servers: List[str] = []
    domains: List[str] = []
    for content in contents:
        for section, name, value in _entries(content):
            found = {"DNS": servers, "Domains": domains}.get(name) if section == "[Network]" else None
            if found is not None:
                found[:] = found + value.split() if value else []
    return {
        SERVERS: [address for address in map(_address, servers) if address],
        DOMAINS: list(dict.fromkeys(each[1:] for each in domains if each.startswith("~"))),
    }


def _entries(content: str) -> Iterator[Tuple[str, str, str]]:
    """Section, name and value of each entry."""
    section = ""
    for line in map(str.strip, content.split("\n")):
        name, equals, value = line.partition("=")
        if line.startswith("["):
            section = line
        elif equals and line[0] not in "#;":
            yield section, name.strip(), value.strip()


def _address(text: str) -> Optional[str]:
    """The address of a server, which may come with port, adapter and name: [2001:db8::1]:53%eth0#dns.example."""
    text = text.split("#")[0].split("%")[0]
    if text.startswith("["):
        text = text[1:].split("]")[0]
    elif text.count(":") == 1:
        text = text.split(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None  # networkd passes over it


def look(adapter: Adapter, link: Mapping[str, Any]) -> Look:
    """Drop-in, servers and domains."""
    return Look(settings=frozenset(keys(adapter, link)))


def plan(options: Options, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Plan:
    """Drop-in and adapter with these servers; ``absent``: without the drop-in.

    :raises Refusal: another drop-in would count after the toolkit's; ``absent``, and the servers do not come from the
        drop-in
    """
    settings = keys(adapter, link)
    before = tuple(seen.settings[key] for key in settings)
    without = declared(content for _path, content in link["networkd"]["configuration"])
    now = _now(seen, adapter, link)
    after: Tuple[Any, ...] = before
    if options.state == PRESENT:
        default = link["resolved"]["default_route"] if link["resolved"] else True
        domains = list(dict.fromkeys((*now[DOMAINS], *options.domains)))
        after = (
            text(options.servers, options.domains, default),
            beside(SERVERS, list(options.servers), without[SERVERS]),
            beside(DOMAINS, domains, without[DOMAINS]),
        )
    elif before[0] is not None:
        after = (None, None, None)
    elif set(now[SERVERS]) & set(options.servers):
        raise Refusal(
            f"adapter {adapter.name}",
            f"its servers come from {link['networkd']['file']} or another drop-in, not from the toolkit's",
            "Take them out there",
        )
    edits = tuple(Assign(key, old, new) for key, old, new in zip(settings, before, after) if old != new)
    later = _later(adapter, link) if options.state == PRESENT else ()
    if edits and later:
        raise Refusal(*later[0][1:])
    findings = later + _findings(options, adapter, link, bool(edits)) if options.state == PRESENT else ()
    return Plan(edits, frozenset(["resolver"]) if edits else frozenset(), findings)


def beside(name: str, present: List[str], without: List[str]) -> Optional[List[str]]:
    """The value of servers or domains, by what they are and what the files say without the drop-in. Servers take the
    place of theirs, domains come on top.
    """
    if name == DOMAINS:
        return [each for each in present if each not in without] or None
    return None if present == without else present


def _now(seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, List[str]]:
    """The servers and domains that networkd declares now."""
    without = declared(content for _path, content in link["networkd"]["configuration"])
    _drop_in, servers, domains = (seen.settings[key] for key in keys(adapter, link))
    return {
        SERVERS: without[SERVERS] if servers is None else list(servers),
        DOMAINS: without[DOMAINS] + (domains or []),
    }


def describe(seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, Any]:
    """The servers that are declared, in order; ``automatic``: whether those of DHCP come on top."""
    present = seen.settings[keys(adapter, link)[0]]
    return {"servers": _now(seen, adapter, link)[SERVERS], "automatic": present is None}


def _later(adapter: Adapter, link: Mapping[str, Any]) -> Tuple[Finding, ...]:
    """The drop-ins that networkd reads after the toolkit's and that change what it says."""
    found = []
    for path, content in link["networkd"]["configuration"][1:]:
        names = {name for _section, name, _value in _entries(content)} & {"DNS", "Domains", "UseDNS"}
        if names and posixpath.basename(path) > _NAME:
            said = " and ".join(f"{name}=" for name in sorted(names))
            found.append(
                Finding(
                    ERROR,
                    path,
                    f"has {said} and is read after {_NAME}, so from the next boot on {adapter.name} has not the"
                    " exchange's servers alone",
                    f"Take the lines out, or give it a name that sorts before {_NAME}; then networkctl reload",
                )
            )
    return tuple(found)


def _findings(
    options: Options, adapter: Adapter, link: Mapping[str, Any], changes: bool
) -> Tuple[Finding, ...]:
    """Why the servers are not those that names are asked at; before a change only what that does not mend."""
    if link["resolved"] is None:
        what = "does not run, and /etc/resolv.conf leads to it, so no name is looked up"
        return (Finding(ERROR, "systemd-resolved", what, "Start it (systemctl start systemd-resolved)"),)
    asked = list(link["resolved"]["servers"])
    if changes or asked == list(options.servers):
        return ()
    return (
        Finding(
            ERROR,
            f"adapter {adapter.name}",
            f"{', '.join(asked) or 'no server'} is asked, which is not what systemd-networkd declares",
            f"Run networkctl reconfigure {adapter.name}, or restart systemd-resolved",
        ),
    )
