# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers in a plain resolv.conf, which nothing else writes: one backend of the concern.

The file's syntax is that of resolv.conf(5) as the C library reads it: the keyword in the first column, a blank, the
address up to the next blank; what follows on the line is ignored. A carriage return is not a blank there: it makes
the address unreadable, so lines written here end in a bare line feed whatever the rest of the file does.
"""

import ipaddress
import re
from itertools import takewhile
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WARNING,
    File,
    Finding,
    Look,
    Plan,
    Refusal,
    Seen,
    Splice,
)

PATH = "/etc/resolv.conf"


def look(options: Options, seen: Seen) -> Look:
    """The file that the resolver reads."""
    return Look(files=frozenset([path(options)]))


def path(options: Options) -> str:
    """The file."""
    return options.path or PATH


def plan(options: Options, seen: Seen) -> Plan:
    """The splices, and what stands there that works against them.

    Servers that are there already need no edit, whoever wrote them.

    :raises Refusal: another program would write the file again
    """
    findings = _findings(options, seen)
    edits = _edits(options, seen)
    if not edits:
        return Plan(findings=findings)
    _must_be_plain(options, seen.files[path(options)])
    return Plan(edits, frozenset(["resolver"]), findings)


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """Who keeps the file, and its servers in order."""
    found = keeper(seen.files[path(options)])
    return {
        "backend": found.program if found else "plain",
        "path": path(options),
        "servers": list(standing(_content(options, seen))),
        "automatic": False,
    }


class Keeper(NamedTuple):
    """The program that writes the file, and the sign that says so: a symbolic link, or else a comment."""

    program: str
    sign: str
    link: bool


LINK = "symbolic link"  # in the place of a program's name, where the link leads to none that is known
_LINKS = (
    ("/systemd/", "systemd-resolved"),
    ("/NetworkManager/", "NetworkManager"),
    ("/resolvconf/", "resolvconf"),
    ("/netconfig/", "netconfig"),
    ("/connman/", "ConnMan"),
)
_WRITERS = (
    (b"systemd-resolved", "systemd-resolved"),
    (b"networkmanager", "NetworkManager"),
    (b"resolvconf", "resolvconf"),
    (b"netconfig", "netconfig"),
    (b"dhclient", "dhclient"),
    (b"dhcpcd", "dhcpcd"),
    (b"connection manager", "ConnMan"),
    (b"cloud-init", "cloud-init"),
    (b"wsl", "WSL"),
)
# How programs are given servers that cannot be told them from here.
_HOW = {
    "resolvconf": " (dns-nameservers in /etc/network/interfaces; openresolv: name_servers in /etc/resolvconf.conf)",
    "dhclient": " (supersede domain-name-servers in /etc/dhcp/dhclient.conf)",
    "dhcpcd": " (static domain_name_servers in /etc/dhcpcd.conf)",
    "netconfig": " (NETCONFIG_DNS_STATIC_SERVERS in /etc/sysconfig/network/config, then netconfig update)",
    "WSL": " (generateResolvConf = false in /etc/wsl.conf, then here)",
}
_CLAIM = re.compile(rb"generated|managed by|has written", re.IGNORECASE)


def keeper(content: Optional[File]) -> Optional[Keeper]:
    """Which program writes this resolv.conf, by its link or by its leading comments; None: it is a plain file."""
    if content is None:
        return None
    if content.link is not None:
        program = next((name for part, name in _LINKS if part in content.link), LINK)
        return Keeper(program, f"it is a symbolic link to {content.link}", link=True)
    for number, line in enumerate(content.content.split(b"\n"), 1):
        if line.strip() and line[:1] not in b"#;":
            return None
        if _CLAIM.search(line):
            for word, program in _WRITERS:
                if word in line.lower():
                    return Keeper(program, f"line {number} says that {program} wrote it", link=False)
    return None


def sign(content: Optional[File]) -> Optional[Dict[str, Any]]:
    """What of the file says who keeps it, as plain data: its link, and its leading comments; and its servers."""
    if content is None:
        return None
    lines = content.content.decode("latin-1").split("\n")
    leading = takewhile(lambda line: not line.strip() or line[0] in "#;", lines)
    servers = list(standing(content.content))
    return {"link": content.link, "comments": "\n".join(leading), "servers": servers}


def of_sign(data: Optional[Mapping[str, Any]]) -> Optional[File]:
    """As much of the file as ``sign`` told."""
    return None if data is None else File(data["comments"].encode("latin-1"), link=data["link"])


def _must_be_plain(options: Options, file: Optional[File]) -> None:
    found = keeper(file)
    if found is None or (options.backend == "plain" and not found.link):
        return
    place = f"in {found.program}{_HOW.get(found.program, '')}"
    if found.program == LINK:
        remedy = "Give the file it leads to as path, if no program writes that"
    elif found.link:
        remedy = f"Set the servers {place}"
    else:
        remedy = f"Set the servers {place}, or say backend: plain if it no longer writes this file"
    raise Refusal(path(options), f"{found.sign}, so a change would not last", remedy)


_LF = b"\n"
_NAMESERVER = re.compile(rb"^(nameserver[ \t]+)([^ \t\n]*)([^\n]*\n?)", re.MULTILINE)
_OPTIONS = re.compile(rb"^options[ \t]([^\n]*)", re.MULTILINE)


def standing(content: bytes) -> Tuple[str, ...]:
    """The servers that the C library reads, in order (IPv6 ones too)."""
    texts = (match.group(2).decode("ascii", "replace") for match in _NAMESERVER.finditer(content))
    return tuple(text for text in texts if _is_address(text))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.split("%")[0])  # an IPv6 address may name its zone
    except ValueError:
        return False
    return True


def _present(path: str, servers: Tuple[str, ...], content: bytes) -> List[Splice]:
    found = list(_NAMESERVER.finditer(content))
    edits = []
    for line, server in zip(found, servers):
        keyword, address, rest = line.groups()
        if address != server.encode():
            edits.append(Splice(path, line.start(), line.group(), keyword + server.encode() + rest))
    edits += [Splice(path, line.start(), line.group(), b"") for line in found[len(servers) :]]
    missing = b"".join(b"nameserver %s\n" % server.encode() for server in servers[len(found) :])
    if missing:
        at = found[-1].end() if found else len(content)
        unended = content[:at] and not content[:at].endswith(b"\n")
        edits.append(Splice(path, at, b"", b"\n" + missing if unended else missing))
    return edits


def _absent(path: str, servers: Tuple[str, ...], content: bytes) -> List[Splice]:
    return [
        Splice(path, line.start(), line.group(), b"")
        for line in _NAMESERVER.finditer(content)
        if line.group(2).rstrip(b"\r").decode("ascii", "replace") in servers
    ]


def _edits(options: Options, seen: Seen) -> Tuple[Splice, ...]:
    change = _present if options.state == PRESENT else _absent
    return tuple(change(path(options), options.servers, _content(options, seen)))


def _content(options: Options, seen: Seen) -> bytes:
    there = seen.files[path(options)]
    return there.content if there is not None else b""


def _findings(options: Options, seen: Seen) -> Tuple[Finding, ...]:
    content = _content(options, seen)
    if options.state != PRESENT and standing(content) and set(standing(content)) <= set(options.servers):
        what = "without these servers it has none, and no name is looked up"
        return (
            Finding(WARNING, path(options), what, "Set others there; rollback brings back the former ones"),
        )
    return tuple(
        Finding(
            WARNING,
            f"{path(options)}:{content.count(_LF, 0, match.start()) + 1}",
            "options rotate asks the servers in turn, so the preferred one is not preferred",
            "Remove rotate from the line",
        )
        for match in _OPTIONS.finditer(content)
        # The C library compares only as far as its own word goes.
        if options.state == PRESENT and any(word.startswith(b"rotate") for word in match.group(1).split())
    )
