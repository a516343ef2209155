# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an OpenSSH client configuration leaves to people. What a line runs is never repeated: it may hold a password."""

from __future__ import annotations

import shlex
from typing import Collection, Dict, Iterator, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import INFO, WARNING, Finding
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _openssh_match as match
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_alias import (
    Alias,
    held,
    number,
    shares,
    tells_apart,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_text import (
    Block,
    Config,
    Setting,
    readable,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Site, Wish, stale


def can_share(alias: Alias) -> bool:
    """Nothing that stands above takes away the shared login which the block would get."""
    master, path = alias.elsewhere("controlmaster"), alias.elsewhere("controlpath")
    return (master is None or all(map(shares, alias.each("controlmaster")))) and (
        path is None or all(map(tells_apart, alias.each("controlpath")))
    )


def obstacles(site: Site, alias: Alias, move: Move, sharing: bool, own: bool) -> Iterator[Finding]:
    leads = f"it leads to {site.host} port {site.port}"
    why = held(alias, move) if own else "the file is everybody's"
    if why is not None and (site.host, site.port) != (move.host, move.port):
        yield Finding(
            WARNING,
            site.where,
            f"{leads} instead of {move.host} port {move.port}; {why}, so it was not changed",
            f"Give it HostName {move.host} and Port {move.port} by hand",
        )
    if not sharing or alias.shared:
        return
    paths = alias.each("controlpath")
    if alias.shared is None:
        what = "a Match may make every run of sftp a login of its own"
    elif why is None and can_share(alias):
        return
    elif all(map(shares, alias.each("controlmaster"))) and all(path and not _none(path) for path in paths):
        what = "its runs share a login by a ControlPath that is the same for every address"
    else:
        what = "every run of sftp is a login of its own"
    yield Finding(
        WARNING,
        site.where,
        f"{leads}, and {what}",
        "Set ControlMaster auto, ControlPath (with %C in it) and ControlPersist for it, above all other of these",
    )


def still_open(where: str, alias: Alias, move: Move, sharing: bool) -> Iterator[Finding]:
    """A ControlPath that is one for every address: whoever finds a connection there goes where that one went."""
    paths = [each for each in alias.each("controlpath") if each is not None and not _none(each)]
    path = next((each for each in paths if not tells_apart(each)), None)
    if path is None or held(alias, move) is not None:
        return
    moving = (alias.hostname.text, alias.port) != (move.host, move.port)
    replaced = sharing and can_share(alias)
    socket = f"-S {shlex.quote(readable(path.text))} " if replaced else ""
    keeps = "is replaced, and" if replaced else "stays, and"
    yield Finding(
        WARNING if moving else INFO,
        where,
        f"its ControlPath {readable(path.text)} is the same for every address; it {keeps} a connection that is still "
        "open goes on to the address for which it was opened until it is closed",
        f"Close it: ssh {socket}-O exit {shlex.quote(readable(alias.person))}"
        + ("" if replaced else ". Let ControlPath have %C in it"),
    )


def _none(path: Setting) -> bool:
    return path.text.lower() == "none"


def typed(wish: Wish, config: Config) -> Iterator[Tuple[int, Finding]]:
    """Settings for an address that people type, by their line: those lead wherever they typed."""
    known = {address[0]: move for move in wish.moves for address in sorted(move.known)}
    for block in config.blocks:
        if block.header is None or block.named:
            continue
        where = f"{config.path}, {block.name}"
        for pattern in block.patterns:
            address = _meant(block, pattern, known)
            if address is not None:
                move = known[address]
                fits = match.listed(block.patterns, move.host)
                yield (
                    block.header.line,
                    Finding(
                        INFO if fits else WARNING,
                        where,
                        f"people type the address {address} itself, so it cannot be moved for them",
                        f"Give it a name: Host NAME with HostName {move.host} and Port {move.port}",
                    ),
                )
            elif pattern in wish.stale:
                yield block.header.line, stale(where, pattern)


def _meant(block: Block, pattern: str, known: Dict[str, Move]) -> Optional[str]:
    """The known address that a pattern is about; one that is about anything is about none."""
    port: Optional[Setting] = block.first("port")
    if match.matches(pattern, match.ANY):
        return None
    for address, move in known.items():
        if match.matches(pattern, address) and match.listed(block.patterns, address):
            at = None if port is None else number(port)
            if port is None and match.is_pattern(pattern) and match.matches(pattern, move.host):
                continue
            if port is None or (at is not None and (address, at) in move.known):
                return address
    return None


def left(wish: Wish, config: Config, told: Collection[int]) -> Iterator[Finding]:
    """Every other line with an address that is not to be there any more."""
    known = {host: move for move in wish.moves for host, _port in sorted(move.known)}
    wanted = {move.host for move in wish.moves}
    seen = set(told)
    for line, host in config.naming((wish.stale | known.keys()) - wanted):
        if line in seen:
            continue
        seen.add(line)
        where = f"{config.path}, line {line + 1}"
        move = known.get(host)
        if move is None:
            yield stale(where, host)
        else:
            yield Finding(
                WARNING,
                where,
                f"{host} stands here, and was not moved: it is not sure to be the exchange's, or stands in other words "
                "than HostName and Port of one alias",
                f"If it is the exchange's, write {move.host} and port {move.port} by hand",
            )


def included(config: Config) -> Iterator[Finding]:
    for block in config.blocks:
        for setting in block.settings:
            if setting.keyword == "include":
                yield Finding(
                    INFO,
                    f"{config.path}, line {setting.line + 1}",
                    "it includes other files, which were not looked into",
                    "Look there for addresses of the exchange yourself",
                )


def one_at_a_time(config: Config) -> Finding:
    return Finding(
        INFO,
        config.path,
        "OpenSSH on Windows cannot share a login: every run of sftp is one",
        "Run one transfer at a time",
    )
