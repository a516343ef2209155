# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done about host keys, whatever the store: a verified key is added where none of its type is, and no other.

A key that stands there already is never replaced. Nothing is ever taken from the network.
"""

from typing import Callable, Dict, Iterable, List, Mapping, NamedTuple, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import INFO, WARNING, Finding
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import HostKey, type_of
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Site, Wish

NO_FILE = "there is no such file; it makes one when it accepts its first key"

Held = Mapping[str, Set[str]]  # the keys of an address in a store's own words, by their type


class Arrival(NamedTuple):
    """An address to which a client leads once its settings are as wanted. ``new``: one of its places led elsewhere."""

    host: str
    port: int
    keys: Tuple[HostKey, ...]
    new: bool

    @property
    def address(self) -> str:
        return f"{self.host} port {self.port}"


class Decision(NamedTuple):
    """The keys that a store is given, and what is said."""

    keys: Tuple[HostKey, ...]
    findings: Tuple[Finding, ...]


def arrivals(wish: Wish, sites: Iterable[Site]) -> Tuple[Arrival, ...]:
    """Where these places of a client will lead; a name that differs in case alone stays as it is written."""
    found: Dict[Tuple[str, int], Arrival] = {}
    for site in sites:
        move = wish.move(site.host, site.port)
        if move is None:
            continue
        host = site.host if site.host.lower() == move.host else move.host
        new = (site.host.lower(), site.port) != (move.host, move.port)
        before = found.get((host, move.port))
        new = new or (before is not None and before.new)
        found[host, move.port] = Arrival(host, move.port, move.host_keys, new)
    return tuple(found.values())


def decide(client: str, where: str, at: Arrival, held: Held, form: Callable[[HostKey], str]) -> Decision:
    """What a store that holds these keys of the address is given.

    :param form: a key in the store's own words
    """
    if not at.keys:
        asks = at.new and not any(held.values())
        return Decision((), (_asks(client, where, at),) if asks else ())
    missing: List[HostKey] = []
    findings: List[Finding] = []
    for key in at.keys:
        there = held.get(key.type)
        if not there:
            missing.append(key)
        elif form(key) not in there:
            findings.append(_another(client, where, at, key))
    return Decision(tuple(missing), tuple(findings))


def by_hand(client: str, where: str, at: Arrival, why: str) -> Tuple[Finding, ...]:
    """Where verified keys are given, but there is no store to put them into."""
    if not at.keys:
        return ()
    shown = " or ".join(f"{key.fingerprint} ({key.type})" for key in at.keys)
    return (
        Finding(
            WARNING,
            where,
            f"the verified host key of {at.address} could not be put where {client} looks for it: {why}",
            f"When {client} asks, accept the key only if it shows {shown}",
        ),
    )


def absent(client: str, where: str, at: Arrival, why: str) -> Tuple[Finding, ...]:
    """As ``by_hand``, of a store that does not exist: the client has no key at all."""
    return by_hand(client, where, at, why) or decide(client, where, at, {}, str).findings


def putty_held(stored: Mapping[str, str], at: Arrival) -> Dict[str, Set[str]]:
    """Of keys by PuTTY's name of them (type@port:host) those of an address."""
    suffix = f"{at.port}:{at.host}"
    held: Dict[str, Set[str]] = {}
    for name, text in stored.items():
        kind, _at, address = name.partition("@")
        if address == suffix:
            held.setdefault(type_of(kind), set()).add(text)
    return held


def _asks(client: str, where: str, at: Arrival) -> Finding:
    return Finding(
        INFO,
        where,
        f"{client} has no host key of {at.address} and will ask; none was given, so none was put there",
        "Compare the key that it shows with what the exchange published, before it is accepted",
    )


def _another(client: str, where: str, at: Arrival, key: HostKey) -> Finding:
    return Finding(
        WARNING,
        where,
        f"it holds another {key.type} key of {at.address} than the verified one, {key.fingerprint}, and was left "
        "as it is",
        f"Compare both with what the exchange published; delete the wrong one, in {client} or in the inventory",
    )
