# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH's sftp and ssh: an alias in ``~/.ssh/config`` leads to the address of a move, by ``HostName`` and ``Port``.

OpenSSH has no limit of its own. On POSIX a shared connection makes later runs use the first one's login
(``ControlMaster auto``; ``yes`` never uses another's); on Windows there is none.
"""

from __future__ import annotations

from typing import Iterator, List, Tuple

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
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _openssh_keys as keys
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_alias import (
    SHARES,
    Alias,
    aliases,
    held,
    number,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_text import (
    Config,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import (
    Client,
    Move,
    Part,
    Site,
    Wish,
)

_PATH = (
    "~/.ssh/hkex-drill-%C"  # %C: host, port and user in one word, so that each login has a socket of its own
)
_PERSIST = "60"  # seconds for which the login is kept for a next run


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """The person's file, and the one of the system; beside them the known hosts, once an alias leads to an address."""
    own = _own(wish, profile, seen)
    asked = Look(files=frozenset([own, _system(seen)]))
    file = seen.files.get(own)
    return asked if file is None else asked | keys.look(wish, Config(own, file.content), _system(seen))


def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
    """Move the aliases of the person's own file; what stands in the system's file is said, not changed."""
    part = Part()
    for path, own in ((_own(wish, profile, seen), True), (_system(seen), False)):
        file = seen.files.get(path)
        if file is not None:
            config = Config(path, file.content)
            part = part | _planned(wish, seen.system, config, own)
            if own:
                part = part | keys.plan(wish, profile, seen, config, _system(seen))
    return part


CLIENT = Client("openssh", ("sftp", "ssh"), False, look, plan)


def _own(wish: Wish, profile: Profile, seen: Seen) -> str:
    slash = "\\" if seen.system == WINDOWS else "/"
    folder = f"{profile.folder}{slash}.ssh" if wish.config_dir is None else wish.config_dir.rstrip(slash)
    return f"{folder}{slash}config"


def _system(seen: Seen) -> str:
    return "C:\\ProgramData\\ssh\\ssh_config" if seen.system == WINDOWS else "/etc/ssh/ssh_config"


def _planned(wish: Wish, system: str, config: Config, own: bool) -> Part:
    posix = system != WINDOWS
    edits: List[Edit] = []
    findings: List[Finding] = [*_typed(wish, config)]
    sites: List[Site] = []
    for alias in aliases(config):
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


def _edits(config: Config, alias: Alias, move: Move, sharing: bool) -> Iterator[Edit]:
    """The values of the block, and below its host name what it lacks."""
    if held(alias, move) is not None:
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


def _wanted(alias: Alias) -> Iterator[Tuple[str, str, bool]]:
    """What sharing takes, and whether what counts now serves as well."""
    master, path = alias.counting("controlmaster"), alias.counting("controlpath")
    yield "ControlMaster", "auto", master is not None and master.text.lower() in SHARES
    yield "ControlPath", _PATH, path is not None and path.text.lower() != "none"
    yield "ControlPersist", _PERSIST, alias.counting("controlpersist") is not None


# ---- what is left to people ----------------------------------------------------------------------------------------


def _obstacles(where: str, alias: Alias, move: Move, sharing: bool, own: bool) -> Iterator[Finding]:
    leads = f"it leads to {alias.hostname.text} port {alias.port}"
    why = held(alias, move) if own else "the file is everybody's"
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
            if move is not None and (port is None or (address, number(port)) in move.known):
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
