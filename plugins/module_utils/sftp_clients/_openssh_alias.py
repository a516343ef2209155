# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The aliases of an OpenSSH client configuration: what counts for each, and where it leads."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _openssh_match as match
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_text import (
    Block,
    Config,
    Setting,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Site, Wish

_SSH_PORT = 22
SHARES = ("auto", "autoask")
_PROXIES = ("proxycommand", "proxyjump")


class View(NamedTuple):
    """What one name comes to: of several settings of a keyword the first one counts, with the place of its block.

    ``doubtful`` are keywords for which an earlier ``Match`` may say something else.
    """

    name: str
    counting: Dict[str, Tuple[int, Setting]]
    doubtful: Tuple[str, ...]


class Alias(NamedTuple):
    """A block whose host name counts, and a view of each name it counts for."""

    config: Config
    place: int  # of the block among the blocks
    hostname: Setting
    views: Tuple[View, ...]

    @property
    def block(self) -> Block:
        return self.config.blocks[self.place]

    def each(self, keyword: str) -> Tuple[Optional[Setting], ...]:
        """What counts for each name."""
        found = (view.counting.get(keyword) for view in self.views)
        return tuple(None if one is None else one[1] for one in found)

    def counting(self, keyword: str) -> Optional[Setting]:
        """What counts for the first name that has it."""
        return next((setting for setting in self.each(keyword) if setting is not None), None)

    def elsewhere(self, keyword: str) -> Optional[Block]:
        """Where what counts stands above, where this block cannot change it."""
        places = (view.counting[keyword][0] for view in self.views if keyword in view.counting)
        above = next((place for place in places if place < self.place), None)
        return None if above is None else self.config.blocks[above]

    def doubtful(self, keyword: str) -> bool:
        return any(keyword in view.doubtful for view in self.views)

    @property
    def port(self) -> Optional[int]:
        """None: it says none, or its names differ in it."""
        ports = {_SSH_PORT if each is None else number(each) for each in self.each("port")}
        return ports.pop() if len(ports) == 1 else None

    @property
    def shared(self) -> Optional[bool]:
        """Whether runs share a login, and that of another address never; None: not to be known from the file."""
        if not all(shares(each) for each in self.each("controlmaster")):
            return False
        if not all(tells_apart(each) for each in self.each("controlpath")):
            return False
        return None if self.doubtful("controlmaster") or self.doubtful("controlpath") else True

    @property
    def person(self) -> str:
        """A name that a person would type."""
        return next((view.name for view in self.views if match.ANY not in view.name), "ALIAS")

    def proxied(self, move: Move) -> Optional[Tuple[str, str]]:
        """The proxy that names another address of the move, by its keyword, and that address in lower case."""
        names = match.naming({host for host, _port in move.known} - {move.host})
        for keyword in _PROXIES:
            for setting in self.each(keyword):
                words = () if setting is None else (each.text for each in setting.arguments)
                found = names.search(" ".join(words))
                if found is not None:
                    return "ProxyCommand" if keyword == _PROXIES[0] else "ProxyJump", found.group().lower()
        return None


def number(setting: Setting) -> Optional[int]:
    """The number that it says, None for anything else."""
    return int(setting.text[-5:]) if re.fullmatch("0*[0-9]{1,5}", setting.text) else None


def shares(master: Optional[Setting]) -> bool:
    return master is not None and master.text.lower() in SHARES


def tells_apart(path: Optional[Setting]) -> bool:
    """The socket of a connection is that of its address alone: %C and %h follow the host name, %n does not."""
    return path is not None and any(sign in ("%C", "%h") for sign in re.findall("%.", path.text))


def aliases(config: Config, wish: Wish) -> Iterator[Alias]:
    """Every block whose host name is one that the wish is about, with what counts for its names."""
    hosts = wish.stale.union(host for move in wish.moves for host, _port in move.known)
    about: Dict[str, List[int]] = {}
    others: List[int] = []
    for index, block in enumerate(config.blocks):
        plain = _plain(block.patterns)
        if not plain or plain != block.patterns:
            others.append(index)
        for name in plain:
            about.setdefault(name, []).append(index)
    names = sorted(about)
    for index, block in enumerate(config.blocks):
        hostname = block.first("hostname")
        if hostname is None or hostname.text.lower() not in hosts:
            continue
        views = [
            _view(config, index, name, sorted({index, *others, *about.get(name, ())}))
            for name in _names(block, names)
        ]
        mine = tuple(view for view in views if view.counting["hostname"][1] is hostname)
        if mine:
            yield Alias(config, index, hostname, mine)


def _view(config: Config, mine: int, name: str, places: Sequence[int]) -> View:
    """:param places: the blocks that can be about the name"""
    counting: Dict[str, Tuple[int, Setting]] = {}
    doubtful: List[str] = []
    for index in places:
        block = config.blocks[index]
        host = counting["hostname"][1].text if "hostname" in counting else name
        covers = True if index == mine else block.covers(name, host)
        if covers is None:
            doubtful += (each.keyword for each in block.settings if each.keyword not in counting)
        elif covers:
            for each in block.settings:
                counting.setdefault(each.keyword, (index, each))
    return View(name, counting, tuple(doubtful))


def _names(block: Block, named: Sequence[str]) -> Tuple[str, ...]:
    """The names a block is about; one with * in it stands for those that nobody can list."""
    if block.general:
        return (match.ANY,)
    if block.patterns:
        patterns = [each for each in block.patterns if match.is_pattern(each) and not each.startswith("!")]
        meant = [name for name in named if match.listed(block.patterns, name)] if patterns else []
        return tuple(dict.fromkeys([*_plain(block.patterns), *meant, *map(_for_many, patterns)]))
    header = block.header
    asked = () if header is None else match.criteria([each.text for each in header.arguments])
    said = [text.lower().split(",") for word, text in asked if word in ("host", "originalhost")]
    return tuple(map(_for_many, said[0])) if said else (match.ANY,)


def _plain(patterns: Tuple[str, ...]) -> Tuple[str, ...]:
    return tuple(each for each in patterns if not match.is_pattern(each))


def _for_many(pattern: str) -> str:
    return pattern.replace("*", match.ANY)


def held(alias: Alias, move: Move) -> Optional[str]:
    """Why the block cannot be moved, if so: a change of what is about every host would change others as well."""
    if alias.block.general:
        return "its HostName is about every host"
    proxied = alias.proxied(move)
    if proxied is not None:
        return f"its {proxied[0]} names {proxied[1]}"
    above = alias.elsewhere("port")
    if alias.port != move.port and above is not None:
        about = "is about every host" if above.general else f"stands in another block ({above.name})"
        return f"a Port above it {about}"
    if any(_hangs(alias, view, move) for view in alias.views):
        return "a Match below it asks for its HostName"
    return None


def _hangs(alias: Alias, view: View, move: Move) -> bool:
    """A later ``Match host`` would be about other names than now."""
    now = alias.hostname.text
    return now.lower() != move.host and any(
        block.covers(view.name, now) != block.covers(view.name, move.host)
        for place, block in alias.config.matches
        if place > alias.place
    )


def leading(wish: Wish, config: Config) -> List[Tuple[Alias, Site]]:
    """The aliases that lead to an address of a move, or will."""
    found: List[Tuple[Alias, Site]] = []
    for alias in aliases(config, wish):
        host, port = alias.hostname.text, alias.port
        move = None if port is None else wish.move(host, port)
        if port is None or move is None:
            continue
        if held(alias, move) is None or (host, port) == (move.host, move.port):
            found.append((alias, Site(alias.block.name, host, port)))
    return found
