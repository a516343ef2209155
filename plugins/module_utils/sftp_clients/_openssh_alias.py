# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The aliases of an OpenSSH client configuration: what counts for each, and where it leads."""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_text import (
    Block,
    Config,
    Setting,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Site, Wish

_SSH_PORT = 22
SHARES = ("auto", "autoask")


class Alias(NamedTuple):
    """A block with a host name, and what counts for it: of several settings of a keyword the first one does."""

    block: Block
    before: Tuple[Block, ...]  # those about every host that stand above it
    behind: Tuple[Block, ...]
    hostname: Setting

    def counting(self, keyword: str) -> Optional[Setting]:
        settings = (block.first(keyword) for block in (*self.before, self.block, *self.behind))
        return next((setting for setting in settings if setting is not None), None)

    def elsewhere(self, keyword: str) -> bool:
        """What counts stands above, where this block cannot change it."""
        return any(block.first(keyword) is not None for block in self.before)

    @property
    def port(self) -> Optional[int]:
        setting = self.counting("port")
        if setting is None:
            return _SSH_PORT
        return number(setting)

    @property
    def shared(self) -> bool:
        master, path = self.counting("controlmaster"), self.counting("controlpath")
        shares = master is not None and master.text.lower() in SHARES
        return shares and path is not None and path.text.lower() != "none"


def number(setting: Setting) -> Optional[int]:
    """The number that it says, None for anything else."""
    return int(setting.text) if re.fullmatch("[0-9]{1,5}", setting.text) else None


def aliases(config: Config) -> Iterator[Alias]:
    """Every block that has a host name, with what is about every host above and below it."""
    general = [(index, block) for index, block in enumerate(config.blocks) if block.general]
    for index, block in enumerate(config.blocks):
        hostname = block.first("hostname")
        if hostname is not None:
            before = tuple(each for place, each in general if place < index)
            behind = tuple(each for place, each in general if place > index)
            yield Alias(block, before, behind, hostname)


def held(alias: Alias, move: Move) -> Optional[str]:
    """Why the block cannot be moved, if so: a change of what is about every host would change others as well."""
    if alias.block.general:
        return "its HostName is about every host"
    if alias.port != move.port and alias.elsewhere("port"):
        return "a Port above it is about every host"
    return None


def leading(wish: Wish, config: Config) -> List[Tuple[Alias, Site]]:
    """The aliases that lead to an address of a move, or will."""
    found: List[Tuple[Alias, Site]] = []
    for alias in aliases(config):
        host, port = alias.hostname.text, alias.port
        move = None if port is None else wish.move(host, port)
        if port is None or move is None:
            continue
        if held(alias, move) is None or (host, port) == (move.host, move.port):
            found.append((alias, Site(alias.block.name, host, port)))
    return found
