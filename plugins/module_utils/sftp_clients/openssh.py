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
    WINDOWS,
    Edit,
    Finding,
    Look,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _openssh_keys as keys
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_alias import (
    Alias,
    aliases,
    held,
    shares,
    tells_apart,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_findings import (
    can_share,
    included,
    left,
    obstacles,
    one_at_a_time,
    still_open,
    typed,
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
    stale,
)

_PATH = (
    "~/.ssh/hkex-drill-%C"  # %C: host, port and user in one word, so that each login has a socket of its own
)
_PERSIST = "60"  # seconds for which the login is kept for a next run


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """The person's file, and the one of the system; beside them the known hosts, unless no alias needs those.

    All of it at once: a workstation is asked as rarely as can be.
    """
    own = _own(wish, profile, seen)
    file = seen.files.get(own)
    config = None if own not in seen.files else Config(own, b"" if file is None else file.content)
    return Look(files=frozenset([own, _system(seen)])) | keys.look(wish, own, config, _system(seen))


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
    sharing = posix and wish.max_connections == 1
    edits: List[Edit] = []
    people = tuple(typed(wish, config))
    findings: List[Finding] = [finding for _line, finding in people]
    sites: List[Site] = []
    told = {line for line, _finding in people}
    told |= {block.header.line for block in config.blocks if block.header and block.patterns and block.named}
    for alias in aliases(config, wish):
        host, port = alias.hostname.text, alias.port
        where = f"{config.path}, {alias.block.name}"
        move = None if port is None else wish.move(host, port)
        if move is None or port is None:
            if host in wish.stale:
                findings.append(stale(where, host))
                told.add(alias.hostname.line)
            continue
        told.add(alias.hostname.line)
        proxied = alias.proxied(move)
        site = Site(where, host, port, alias.shared if posix else None)
        if proxied is not None:
            site = site._replace(host=proxied[1], limited=None)
        if wish.move(site.host, port) is not None:
            sites.append(site)
        if own:
            edits += _edits(config, alias, move, sharing)
        findings += obstacles(site, alias, move, sharing, own)
        if own and posix:
            findings += still_open(where, alias, move, sharing)
    findings += included(config)
    findings += left(wish, config, told)
    if sites and not posix and wish.max_connections == 1:
        findings.append(one_at_a_time(config))
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
    if sharing and can_share(alias):
        for keyword, text, kept in _wanted(alias):
            setting = alias.block.first(keyword.lower())
            if kept or alias.elsewhere(keyword.lower()) is not None:
                continue
            if setting is not None:
                yield config.replaced(setting, text)
            else:
                missing.append((keyword, text))
    yield from config.inserted(alias.hostname, missing)


def _wanted(alias: Alias) -> Iterator[Tuple[str, str, bool]]:
    """What sharing takes, and whether what counts now serves as well."""
    yield "ControlMaster", "auto", all(map(shares, alias.each("controlmaster")))
    yield "ControlPath", _PATH, all(map(tells_apart, alias.each("controlpath")))
    yield "ControlPersist", _PERSIST, None not in alias.each("controlpersist")
