# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What in FileZilla's files leads to a host, and what people are told where no move knows it."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import WARNING, Finding
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_xml import Document, Element
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Site, Wish, stale

SFTP = 1  # FileZilla's number of the protocol
LIMIT = "MaximumMultipleConnections"  # of a site; FileZilla leaves it out where there is none

# What holds a host and a port in the XML files, by its path in them.
KINDS = {
    "/FileZilla3/Servers/Server": "site",
    "/FileZilla3/Settings/Setting/Tabs/Tab": "tab",
    "/FileZilla3/Settings/LastServer": "last server",  # of releases that kept no tabs
    "/FileZilla3/RecentServers/Server": "recent server",
}
LIMITED = ("site", "tab", "queue")  # those with a limit; what only fills in Quickconnect has none
FOLDERS = {"site": "LocalDir", "tab": "LocalPath"}  # those with a local folder; a tab's is where it was last


class Place(NamedTuple):
    """Something that leads to a host, as it stands in a file. Of a number None is one that FileZilla does not take."""

    path: str
    kind: str
    name: str
    host: str
    port: Optional[int]
    protocol: Optional[int]
    limit: Optional[int]
    folder: Optional[str] = None

    @property
    def where(self) -> str:
        return f"{self.path}: {self.kind} {self.name}".rstrip()

    @property
    def site(self) -> Site:
        limited = self.limit == 1 if self.kind in LIMITED else None
        return Site(self.where, self.host, self.port or 0, limited, self.folder)

    def move(self, wish: Wish) -> Optional[Move]:
        """The move that knows it."""
        return wish.move(self.host, self.port) if self.protocol == SFTP and self.port is not None else None

    def wanted(self, wish: Wish, move: Move) -> Place:
        """What it becomes; a name that differs in case alone is the same."""
        host = self.host if self.host.lower() == move.host.lower() else move.host
        limit = self.limit
        if self.kind in LIMITED and wish.max_connections is not None:
            limit = at_most(limit, wish.max_connections)
        return self._replace(host=host, port=move.port, limit=limit)


def at_most(limit: Optional[int], most: int) -> int:
    """The limit that holds no more logins than this: one that is as strict already stays; 0 is none."""
    return limit if limit is not None and 0 < limit < most else most


def places(document: Document) -> Iterator[Tuple[Place, Element]]:
    """All that is in a file, with the element in which it stands."""
    for one in document.elements:
        kind = KINDS.get(one.path)
        if kind is None or (kind == "tab" and not _is_of_tabs(one)):
            continue
        # A site of the early releases has its name as its own text.
        name = printable(one.says("Name") or one.text) if kind == "site" else ""
        yield (
            Place(
                document.path,
                kind,
                name,
                one.says("Host"),
                number_of_port(one.number("Port")),
                one.number("Protocol"),
                one.number(LIMIT),
                one.says(FOLDERS[kind]) if kind in FOLDERS else None,
            ),
            one,
        )


def _is_of_tabs(tab: Element) -> bool:
    setting = tab.parent.parent if tab.parent else None
    return setting is not None and setting.attributes.get("name") == "Tab data"


def told(place: Place, wish: Wish) -> Iterator[Finding]:
    """What should be known of a place that no move knows."""
    host = place.host.lower()
    known = sorted({port for move in wish.moves for name, port in move.known if name == host})
    if host in wish.stale and place.protocol == SFTP:
        yield stale(
            place.where, place.host, "Lead it to the present address in FileZilla, or delete it there"
        )
    elif known and place.protocol != SFTP:
        yield Finding(
            WARNING,
            place.where,
            f"it leads to {place.host} by another protocol than SFTP, and was left as it is",
            "Choose SFTP for it in FileZilla, or delete it there; then run again",
        )
    elif known and place.port is not None:
        ports = " or ".join(map(str, known))
        yield Finding(
            WARNING,
            place.where,
            f"it leads to {place.host}:{place.port}: port and address do not belong together, and it was left as it is",
            f"Give it port {ports} in FileZilla if it is meant for the exchange, or delete it there; then run again",
        )
    elif known and place.kind == "site":
        yield Finding(
            WARNING,
            place.where,
            f"it leads to {place.host} but has no port: FileZilla does not show it, and drops it at the next save",
            "Make it anew in FileZilla with its port, then run again",
        )


def number_of_port(value: Optional[int]) -> Optional[int]:
    """A number if it can be a port's."""
    return value if value is not None and 0 < value < 65536 else None


def printable(text: str) -> str:
    """What a person called something, on one line."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:80]
