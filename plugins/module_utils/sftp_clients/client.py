# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an SFTP client is to this collection: two pure functions over what was seen of a workstation.

A client's ``look`` names the files, registry keys and processes that tell about one person's settings; it is asked
until nothing new comes. Its ``plan`` says which of the wanted changes they need, what was found, and what is left to
people. Nothing here reads or writes anything.
"""

from typing import Callable, FrozenSet, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WARNING,
    Edit,
    Finding,
    Look,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import HostKey


class Move(NamedTuple):
    """Whichever of the ``known`` addresses stands somewhere becomes this host and port.

    ``known`` holds host (IPv4 address, or a name in lower case) and port; the wanted one is among them. Both have to
    match, as whole values, and the protocol has to be SFTP. ``host_keys`` are those of the wanted address that somebody
    verified, one of a type at most.
    """

    known: FrozenSet[Tuple[str, int]]
    host: str
    port: int
    host_keys: Tuple[HostKey, ...] = ()


class LocalFolder(NamedTuple):
    """Where files of a drill go.

    :param path: empty: nobody names one any more, and it is not ``present``
    :param present: it becomes the local folder of the sites; else each that has it gets back what it had before
    :param whose: drill and occurrence, by which the journal knows what was there before
    :param earlier: all that baselines of the drill have named; who has one of these gets back what it had before, too
    """

    path: str
    present: bool
    whose: Tuple[Optional[str], Optional[str]] = (None, None)
    earlier: Tuple[str, ...] = ()


class Wish(NamedTuple):
    """What is wanted of the clients of a workstation.

    :param max_connections: how many logins a client may hold at once on a site that one of ``moves`` knows; None:
        that is not to be changed
    :param stale: addresses of earlier generations, at which no site should point any more
    :param config_dir: the settings folder of the clients, where it is not the usual one; the person has no name then
    :param folder: None: what is stored of local folders is not to be changed
    """

    max_connections: Optional[int]
    moves: Tuple[Move, ...]
    stale: FrozenSet[str] = frozenset()
    config_dir: Optional[str] = None
    folder: Optional[LocalFolder] = None

    def move(self, host: str, port: int) -> Optional[Move]:
        """The move that knows this address; names compare without case."""
        return next((move for move in self.moves if (host.lower(), port) in move.known), None)


class Site(NamedTuple):
    """A place in a client's settings that leads to an address of one of the moves, as it stands there.

    ``limited``: whether the client holds one login at most there (None: nobody can say, or it is not its to say).
    ``local_folder`` is stored with it; empty: none (None: nothing of the kind can be stored there).
    """

    where: str  # file, and the site's name or what else it is
    host: str
    port: int
    limited: Optional[bool] = None
    local_folder: Optional[str] = None


class Part(NamedTuple):
    """What a client's settings of one person come to. ``sites`` stand there now, before the edits."""

    edits: Tuple[Edit, ...] = ()
    findings: Tuple[Finding, ...] = ()
    sites: Tuple[Site, ...] = ()
    version: str = ""

    def __or__(self, other: "Part") -> "Part":
        return Part(
            self.edits + other.edits,
            self.findings + other.findings,
            self.sites + other.sites,
            self.version or other.version,
        )


def stale(where: str, host: str, remedy: str = "Delete it, or give it the present address") -> Finding:
    """A place that leads to an address at which no site should point any more."""
    return Finding(WARNING, where, f"it leads to {host}, an address of an earlier generation", remedy)


class Client(NamedTuple):
    """An SFTP client: ``programs`` are the names its processes have (without .exe), by which a running one is found.

    ``keeps``: a running one would lose or undo a change, so it waits until the program is closed. ``marks``: how its
    settings are told by their place, in lower case and with slashes: the name of a file, or a part of a registry key.
    """

    name: str
    programs: Tuple[str, ...]
    keeps: bool
    look: Callable[[Wish, Profile, Seen], Look]
    plan: Callable[[Wish, Profile, Seen], Part]
    marks: Tuple[str, ...] = ()

    def owns(self, place: str) -> bool:
        """Whether this file or key is among its settings."""
        plain = "/" + place.lower().replace("\\", "/") + "/"
        return any(f"/{mark}/" in plain for mark in self.marks)
