# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS servers of a workstation: the exchange's preferred and alternate server, in that order.

The circular of October 2021 (rehearsal of 6 November 2021, section 3) asks for both on every workstation that reaches
CCASS, RAP or VaR Online by name. They answer only inside SDNet, so they are set only where an adapter has an address
there, and they replace what stood before: a further server would go on answering and hide a fail-over.

The file's syntax is that of resolv.conf(5) as the C library reads it: the keyword in the first column, a blank, the
address up to the next blank; what follows on the line is ignored. A carriage return is not a blank there: it makes
the address unreadable, so lines written here end in a bare line feed whatever the rest of the file does.
"""

import ipaddress
import re
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    WARNING,
    Adapter,
    Concern,
    Facts,
    File,
    Finding,
    Look,
    Plan,
    Refusal,
    Seen,
    Splice,
)

PATH = "/etc/resolv.conf"
MOST = 3  # the C library reads no more (MAXNS in resolv.h)


class Options(NamedTuple):
    """What is asked: these servers in this order, and no other (``absent``: none of these).

    :param networks: IPv4 networks of which the workstation must have an address (SDNet)
    :param adapter: the adapter that must have it, or whose word is taken for it if there are no ``networks``
    :param backend: ``plain``: the file at ``path`` is nobody else's; ``auto``: find out whether that is so
    """

    servers: Tuple[str, ...]
    networks: Tuple[str, ...] = ()
    adapter: Optional[str] = None
    backend: str = "auto"
    path: Optional[str] = None
    state: str = "present"

    @property
    def file(self) -> str:
        return self.path or PATH


def parse(params: Mapping[str, Any]) -> Options:
    """The options of a module's (checked) parameters. Refuses what no workstation can be asked."""
    options = Options(
        servers=_servers(params.get("servers") or ()),
        networks=tuple(_network(text) for text in params.get("networks") or ()),
        adapter=params.get("adapter") or None,
        backend=params.get("backend") or "auto",
        path=params.get("path") or None,
        state=params.get("state") or "present",
    )
    if options.state == "present" and not options.networks and not options.adapter:
        raise Refusal(
            "dns_servers",
            "neither networks nor adapter is given, so nothing says which adapter leads to the servers",
            "Give networks: the networks that SDNet assigned to you",
        )
    if not options.file.startswith("/"):
        raise Refusal("dns_servers.path", f"{options.file!r} is not an absolute path", "Write it from / on")
    return options


def _servers(given: Any) -> Tuple[str, ...]:
    where = "dns_servers.servers"
    if not 1 <= len(given) <= MOST:
        raise Refusal(
            where,
            f"{len(given)} servers are given and the system asks 1 to {MOST}",
            "Give the preferred server, then the alternate one",
        )
    for text in given:
        try:
            sound = str(ipaddress.IPv4Address(text)) == text
        except ValueError:
            sound = False
        if not sound:
            raise Refusal(where, f"{text!r} is not an IPv4 address", "Write it like 192.0.2.1")
    if len(set(given)) < len(given):
        raise Refusal(where, f"{', '.join(given)} names one server twice", "Name each once, in order")
    return tuple(given)


def _network(text: str) -> str:
    where = "dns_servers.networks"
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as problem:
        raise Refusal(
            where, f"{text!r} is not an IPv4 network ({problem})", "Write it like 192.0.2.0/24"
        ) from None
    if network.prefixlen == 0:
        raise Refusal(where, f"{text} is every address, not SDNet", "Give the networks assigned to you")
    return str(network)


# ---- the adapter -----------------------------------------------------------------------------------------------


def carrier(options: Options, facts: Facts) -> Optional[Tuple[Adapter, str]]:
    """The first adapter, and its address, that may be given the servers; None where there is none."""
    networks = [ipaddress.IPv4Network(text) for text in options.networks]
    for adapter in facts.adapters:
        if options.adapter in (None, adapter.name):
            for address in adapter.addresses:
                if not networks or any(ipaddress.IPv4Address(address) in network for network in networks):
                    return adapter, address
    return None


def _no_carrier(options: Options, facts: Facts) -> Refusal:
    wanted = f"adapter {options.adapter} has no address" if options.adapter else "no adapter has an address"
    if options.networks:
        wanted += f" in {', '.join(options.networks)}"
    found = ", ".join(f"{each.name} ({', '.join(each.addresses) or 'none'})" for each in facts.adapters)
    return Refusal(
        "dns_servers",
        f"{wanted}; found: {found or 'no adapter'}",
        "Connect the workstation to SDNet, or correct networks or adapter, or leave dns_servers out here",
    )


# ---- who keeps the file ----------------------------------------------------------------------------------------


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


def backend(options: Options, seen: Seen) -> str:
    """The name of the backend that sets the servers on this system. Refuses where there is none yet."""
    if seen.system != POSIX:
        raise Refusal("dns_servers", "this system has no resolv.conf", "Leave dns_servers out here")
    found = keeper(seen.files[options.file])
    if found is None or (options.backend == "plain" and not found.link):
        return "plain"
    if found.program == LINK:
        remedy = "Give the file it leads to as path, if no program writes that"
    elif found.link:
        remedy = f"Set the servers in {found.program}"
    else:
        remedy = f"Set the servers in {found.program}, or say backend: plain if it no longer writes this file"
    raise Refusal(options.file, f"{found.sign}, so a change would not last", remedy)


# ---- the plain file --------------------------------------------------------------------------------------------


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
    change = _present if options.state == "present" else _absent
    return tuple(change(options.file, options.servers, _content(options, seen)))


def _content(options: Options, seen: Seen) -> bytes:
    there = seen.files[options.file]
    return there.content if there is not None else b""


def _findings(options: Options, seen: Seen) -> Tuple[Finding, ...]:
    content = _content(options, seen)
    return tuple(
        Finding(
            WARNING,
            f"{options.file}:{content.count(_LF, 0, match.start()) + 1}",
            "options rotate asks the servers in turn, so the preferred one is not preferred",
            "Remove rotate from the line",
        )
        for match in _OPTIONS.finditer(content)
        # The C library compares only as far as its own word goes.
        if options.state == "present" and any(word.startswith(b"rotate") for word in match.group(1).split())
    )


# ---- the concern -----------------------------------------------------------------------------------------------

BACKENDS: Dict[str, Callable[[Options, Seen], Tuple[Splice, ...]]] = {"plain": _edits}


def look(options: Options, seen: Seen) -> Look:
    """The file that the resolver reads."""
    return Look(files=frozenset([options.file]))


def plan(options: Options, seen: Seen) -> Plan:
    """The edits after which the resolver asks these servers in this order (``absent``: none of them).

    Servers that are there already need no edit, whoever wrote them. Refuses ``present`` without an adapter in SDNet,
    never falling back on the default route, and a file that another program would write again.
    """
    if options.state == "present" and carrier(options, seen.facts) is None:
        raise _no_carrier(options, seen.facts)
    findings = _findings(options, seen)
    if not _edits(options, seen):
        return Plan(findings=findings)
    return Plan(BACKENDS[backend(options, seen)](options, seen), frozenset(["resolver"]), findings)


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """What stands there: who keeps the file, its servers in order, and the adapter that leads to them."""
    found = keeper(seen.files[options.file])
    carried = carrier(options, seen.facts)
    return {
        "backend": found.program if found else "plain",
        "path": options.file,
        "servers": list(standing(_content(options, seen))),
        "adapter": carried[0].name if carried else None,
        "address": carried[1] if carried else None,
        "as_asked": not _edits(options, seen),
    }


def concern(params: Mapping[str, Any]) -> Concern:
    """This concern with a module's parameters."""
    return Concern("dns_servers", parse(params), look, plan, describe)
