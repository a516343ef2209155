# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH's sftp and ssh: an alias in ``~/.ssh/config`` leads to the address of a move, by ``HostName`` and ``Port``.

OpenSSH has no limit of its own. On POSIX a shared connection makes later runs use the first one's login
(``ControlMaster auto``; ``yes`` never uses another's); on Windows there is none.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    WINDOWS,
    Edit,
    Finding,
    Look,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_text import (
    Block,
    Config,
    Setting,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import (
    Client,
    Move,
    Part,
    Site,
    Wish,
)

_SSH_PORT = 22
_SHARES = ("auto", "autoask")
_PATH = (
    "~/.ssh/hkex-drill-%C"  # %C: host, port and user in one word, so that each login has a socket of its own
)
_PERSIST = "60"  # seconds for which the login is kept for a next run


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """The person's file, and the one of the system."""
    return Look(files=frozenset([_own(wish, profile, seen), _system(seen)]))


def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
    """Move the aliases of the person's own file; what stands in the system's file is said, not changed."""
    part = Part()
    for path, own in ((_own(wish, profile, seen), True), (_system(seen), False)):
        file = seen.files.get(path)
        if file is not None:
            part = part | _planned(wish, seen.system, Config(path, file.content), own)
    return part


CLIENT = Client("openssh", ("sftp", "ssh"), False, look, plan)


def _own(wish: Wish, profile: Profile, seen: Seen) -> str:
    slash = "\\" if seen.system == WINDOWS else "/"
    folder = f"{profile.folder}{slash}.ssh" if wish.config_dir is None else wish.config_dir.rstrip(slash)
    return f"{folder}{slash}config"


def _system(seen: Seen) -> str:
    return "C:\\ProgramData\\ssh\\ssh_config" if seen.system == WINDOWS else "/etc/ssh/ssh_config"


class _Alias(NamedTuple):
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
        return _number(setting)

    @property
    def shared(self) -> bool:
        master, path = self.counting("controlmaster"), self.counting("controlpath")
        shares = master is not None and master.text.lower() in _SHARES
        return shares and path is not None and path.text.lower() != "none"


def _number(setting: Setting) -> Optional[int]:
    return int(setting.text) if re.fullmatch("[0-9]{1,5}", setting.text) else None


def _aliases(config: Config) -> Iterator[_Alias]:
    general = [(index, block) for index, block in enumerate(config.blocks) if block.general]
    for index, block in enumerate(config.blocks):
        hostname = block.first("hostname")
        if hostname is not None:
            before = tuple(each for place, each in general if place < index)
            behind = tuple(each for place, each in general if place > index)
            yield _Alias(block, before, behind, hostname)


def _planned(wish: Wish, system: str, config: Config, own: bool) -> Part:
    posix = system != WINDOWS
    edits: List[Edit] = []
    findings: List[Finding] = [*_typed(wish, config)]
    sites: List[Site] = []
    for alias in _aliases(config):
        host, port = alias.hostname.text, alias.port
        where = f"{config.path}, {alias.block.name}"
        move = None if port is None else wish.move(host, port)
        if move is None or port is None:
            if host in wish.stale:
                findings.append(_stale(where, host))
            continue
        sites.append(Site(where, host, port, alias.shared if posix else None))
        sharing = posix and wish.max_connections == 1
        if own:
            edits += _edits(config, alias, move, sharing)
        findings += _obstacles(where, alias, move, sharing, own)
    if own:
        findings += _included(config)
    if sites and not posix and wish.max_connections == 1:
        findings.append(_one_at_a_time(config))
    return Part(tuple(edits), tuple(findings), tuple(sites))


def _edits(config: Config, alias: _Alias, move: Move, sharing: bool) -> Iterator[Edit]:
    """The values of the block, and below its host name what it lacks."""
    if _held(alias, move) is not None:
        return
    missing: List[Tuple[str, str]] = []
    if alias.hostname.text != move.host:
        yield config.replaced(alias.hostname, move.host)
    port = alias.block.first("port")
    if port is not None and alias.port != move.port:
        yield config.replaced(port, str(move.port))
    elif alias.port != move.port:
        missing.append(("Port", str(move.port)))
    if sharing and not alias.elsewhere("controlmaster"):
        for keyword, text, kept in _wanted(alias):
            setting = alias.block.first(keyword.lower())
            if kept or alias.elsewhere(keyword.lower()):
                continue
            if setting is not None:
                yield config.replaced(setting, text)
            else:
                missing.append((keyword, text))
    yield from config.inserted(alias.hostname, missing)


def _wanted(alias: _Alias) -> Iterator[Tuple[str, str, bool]]:
    """What sharing takes, and whether what counts now serves as well."""
    master, path = alias.counting("controlmaster"), alias.counting("controlpath")
    yield "ControlMaster", "auto", master is not None and master.text.lower() in _SHARES
    yield "ControlPath", _PATH, path is not None and path.text.lower() != "none"
    yield "ControlPersist", _PERSIST, alias.counting("controlpersist") is not None


def _held(alias: _Alias, move: Move) -> Optional[str]:
    """Why the block cannot be moved, if so: a change of what is about every host would change others as well."""
    if alias.block.general:
        return "its HostName is about every host"
    if alias.port != move.port and alias.elsewhere("port"):
        return "a Port above it is about every host"
    return None


# ---- what is left to people ----------------------------------------------------------------------------------------


def _obstacles(where: str, alias: _Alias, move: Move, sharing: bool, own: bool) -> Iterator[Finding]:
    leads = f"it leads to {alias.hostname.text} port {alias.port}"
    why = _held(alias, move) if own else "the file is everybody's"
    if why is not None and (alias.hostname.text, alias.port) != (move.host, move.port):
        yield Finding(
            WARNING,
            where,
            f"{leads} instead of {move.host} port {move.port}; {why}, so it was not changed",
            f"Give it HostName {move.host} and Port {move.port} by hand",
        )
    above = alias.elsewhere("controlmaster") or alias.elsewhere("controlpath")
    if sharing and not alias.shared and (why is not None or above):
        yield Finding(
            WARNING,
            where,
            f"{leads}, and every run of sftp is a login of its own",
            "Set ControlMaster auto, ControlPath and ControlPersist for it, above all other of these",
        )


def _typed(wish: Wish, config: Config) -> Iterator[Finding]:
    """Settings for an address that people type: those lead wherever they typed."""
    known = {address[0]: move for move in wish.moves for address in sorted(move.known)}
    for block in config.blocks:
        hostname, port = block.first("hostname"), block.first("port")
        if hostname is not None and hostname.text != "%h":
            continue
        where = f"{config.path}, {block.name}"
        for address in block.patterns:
            move = known.get(address)
            if move is not None and (port is None or (address, _number(port)) in move.known):
                yield Finding(
                    INFO if address == move.host else WARNING,
                    where,
                    f"people type the address {address} itself, so it cannot be moved for them",
                    f"Give it a name: Host NAME with HostName {move.host} and Port {move.port}",
                )
            elif address in wish.stale:
                yield _stale(where, address)


def _stale(where: str, host: str) -> Finding:
    return Finding(
        WARNING,
        where,
        f"it leads to {host}, an address of an earlier generation",
        "Delete it, or give it the present address",
    )


def _included(config: Config) -> Iterator[Finding]:
    for block in config.blocks:
        for setting in block.settings:
            if setting.keyword == "include":
                yield Finding(
                    INFO,
                    f"{config.path}, line {setting.line + 1}",
                    "it includes other files, which were not looked into",
                    "Look there for addresses of the exchange yourself",
                )


def _one_at_a_time(config: Config) -> Finding:
    return Finding(
        INFO,
        config.path,
        "OpenSSH on Windows cannot share a login: every run of sftp is one",
        "Run one transfer at a time",
    )
