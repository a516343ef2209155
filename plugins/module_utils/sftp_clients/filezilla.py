# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla: one login, and every place in which it keeps an address.

What holds it to one login is the limit of the site (and of the tabs and the queue, which carry a copy of it), because
only that makes it transfer over the connection it browses with. The three limits of the program are set as well: they
are what the exchange's circulars name, but with them alone it still logs in twice. Measured with FileZilla 3.63.
"""

from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    Finding,
    Look,
    Profile,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_keys as keys
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_queue as queue
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_folder import (
    JOURNALS,
    QUEUE,
    SETTINGS,
    Folder,
    defaults,
    files,
    folder,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_xml import (
    Document,
    Element,
    element,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._key_stores import arrivals
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import (
    Client,
    Move,
    Part,
    Site,
    Wish,
)

SFTP = 1  # FileZilla's number of the protocol
LIMIT = "MaximumMultipleConnections"  # of a site; FileZilla leaves it out where there is none
LIMITS = ("Number of Transfers", "Concurrent download limit", "Concurrent upload limit")
REOPENED = "Already connected choice"  # what a site does that is opened again
SAME_TAB = "3"  # it takes the tab that it has, unasked

# What holds a host and a port in the XML files, by its path in them.
KINDS = {
    "/FileZilla3/Servers/Server": "site",
    "/FileZilla3/Settings/Setting/Tabs/Tab": "tab",
    "/FileZilla3/Settings/LastServer": "last server",  # of releases that kept no tabs
    "/FileZilla3/RecentServers/Server": "recent server",
}
LIMITED = ("site", "tab", "queue")  # those with a limit; what only fills in Quickconnect has none

# In FileZilla's own order: the limit follows the last of these that is there.
BEFORE_LIMIT = (
    *("Host", "Port", "Protocol", "Type", "User", "Pass", "Account", "Keyfile"),
    *("Logontype", "TimezoneOffset", "PasvMode"),
)


class Place(NamedTuple):
    """Something that leads to a host, as it stands in a file. Of a number None is one that FileZilla does not take."""

    path: str
    kind: str
    name: str
    host: str
    port: Optional[int]
    protocol: Optional[int]
    limit: Optional[int]

    @property
    def where(self) -> str:
        return f"{self.path}: {self.kind} {self.name}".rstrip()

    @property
    def site(self) -> Site:
        return Site(self.where, self.host, self.port or 0, self.limit == 1 if self.kind in LIMITED else None)

    def move(self, wish: Wish) -> Optional[Move]:
        """The move that knows it."""
        return wish.move(self.host, self.port) if self.protocol == SFTP and self.port is not None else None

    def wanted(self, wish: Wish, move: Move) -> "Place":
        """What it becomes; a name that differs in case alone is the same."""
        host = self.host if self.host.lower() == move.host.lower() else move.host
        limited = self.kind in LIMITED and wish.max_connections is not None
        limit = wish.max_connections if limited else self.limit
        return self._replace(host=host, port=move.port, limit=limit)


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """The files of every folder in which this person's FileZilla may keep its settings, and its host keys."""
    return Look(files=files(wish, profile, seen)) | keys.look(wish, profile, seen)


def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
    """What this person's FileZilla needs. Where none of its places is known to a move, nothing is edited.

    :raises Refusal: a file is not whole, is none of FileZilla's, or is being written to
    """
    home = folder(wish, profile, seen)
    if home is None:
        return Part()
    documents = {document.path: document for document in home.documents()}
    part = Part(findings=home.findings)
    for document in documents.values():
        part |= _document(document, wish)
    part |= _queue(home, wish)
    settings = documents.get(home.files.get(SETTINGS, ("", b""))[0])
    if settings:
        part = part._replace(version=_printable(settings.root.attributes.get("version", "")))
    part |= keys.plan(wish, profile, seen, home, part.version, arrivals(wish, part.sites))
    if part.sites and wish.max_connections is not None:
        part |= _program(home, settings, profile, wish.max_connections)
    return part | _installed(seen, wish)


def _document(document: Document, wish: Wish) -> Part:
    edits: List[Splice] = []
    findings: List[Finding] = []
    sites: List[Site] = []
    for place, server in _places(document):
        move = place.move(wish)
        if move is None:
            findings += _findings(place, wish)
            continue
        sites.append(place.site)
        edits += _edits(document, server, place, place.wanted(wish, move))
    return Part(tuple(edits), tuple(findings), tuple(sites))


def _places(document: Document) -> Iterator[Tuple[Place, Element]]:
    for one in document.elements:
        kind = KINDS.get(one.path)
        if kind is None or (kind == "tab" and not _is_of_tabs(one)):
            continue
        # A site of the early releases has its name as its own text.
        name = _printable(one.says("Name") or one.text) if kind == "site" else ""
        yield (
            Place(
                document.path,
                kind,
                name,
                one.says("Host"),
                _port(one.number("Port")),
                one.number("Protocol"),
                one.number(LIMIT),
            ),
            one,
        )


def _is_of_tabs(tab: Element) -> bool:
    setting = tab.parent.parent if tab.parent else None
    return setting is not None and setting.attributes.get("name") == "Tab data"


def _edits(document: Document, server: Element, now: Place, wanted: Place) -> Tuple[Splice, ...]:
    edits = document.to(server.first["Host"], wanted.host) + document.to(
        server.first["Port"], str(wanted.port)
    )
    if now.limit == wanted.limit:
        return edits
    if LIMIT in server.first:
        return edits + document.to(server.first[LIMIT], str(wanted.limit))
    before = max(
        (server.first[name] for name in BEFORE_LIMIT if name in server.first), key=lambda one: one.start
    )
    return (*edits, document.after(before, [element(LIMIT, str(wanted.limit))]))


def _queue(home: Folder, wish: Wish) -> Part:
    """What waits to be transferred: each server carries all that a login needs, its limit too."""
    if QUEUE not in home.files:
        return Part()
    path, content = home.files[QUEUE]
    queue.refuse_live(path, [home.files[name] for name in JOURNALS if name in home.files])
    findings: List[Finding] = []
    sites: List[Site] = []
    changes: Dict[int, queue.Change] = {}
    for row in queue.rows(path, content):
        place = Place(path, "queue", "", row.host, _port(row.port), row.protocol, row.max_connections)
        move = place.move(wish)
        if move is None:
            findings += _findings(place, wish)
            continue
        sites.append(place.site)
        wanted = place.wanted(wish, move)
        if wanted != place:
            changes[row.id] = queue.Change(wanted.host, move.port, wanted.limit)
    part = Part(findings=tuple(findings), sites=tuple(sites))
    if not changes:
        return part
    return part._replace(
        edits=(Splice(path, 0, content, queue.changed(path, content, changes), secret=True),)
    )


def _program(home: Folder, document: Optional[Document], profile: Profile, limit: int) -> Part:
    """The limits of the whole program. Settings that do not exist yet are FileZilla's to create."""
    people = Finding(
        INFO,
        home.path,
        "a second tab, a second FileZilla and Quickconnect each log in once more: no setting prevents that",
        f"Tell {profile.name or 'who uses it'}: one window, one tab, opened from the Site Manager",
    )
    if document is None:
        return Part(findings=(people,))
    wanted = {**dict.fromkeys(LIMITS, str(limit)), REOPENED: SAME_TAB}
    settings = document.root.first.get("Settings")
    there: Dict[str, Element] = {}  # of several, FileZilla takes the first
    for one in document.elements:
        if one.parent is settings and one.name == "Setting":
            there.setdefault(one.attributes.get("name", ""), one)
    edits = [edit for name in wanted if name in there for edit in document.to(there[name], wanted[name])]
    new = [element("Setting", wanted[name], f' name="{name}"') for name in wanted if name not in there]
    if settings is None:
        edits.append(document.inside(document.root, [f"<Settings>{''.join(new)}</Settings>"]))
    elif new:
        edits.append(document.inside(settings, new))
    return Part(tuple(edits), (people,))


def _installed(seen: Seen, wish: Wish) -> Part:
    """Sites that came with the program: everybody's, and nobody's to change but the one's who installed it."""
    document = defaults(seen)
    findings, sites = [], []
    for place, _server in _places(document) if document else ():
        move = place.move(wish)
        if move is None or place.kind != "site":
            continue
        sites.append(place.site)
        wanted = place.wanted(wish, move)
        right = wanted == place
        limit = (
            "" if wish.max_connections is None else f", with a limit of {wish.max_connections} connections"
        )
        findings.append(
            Finding(
                INFO if right else WARNING,
                place.where,
                f"it came with FileZilla, leads to {place.host}:{place.port} and is not edited here",
                ""
                if right
                else f"Let the one who installed FileZilla lead it to {move.host}:{move.port}{limit}",
            )
        )
    return Part(findings=tuple(findings), sites=tuple(sites))


def _findings(place: Place, wish: Wish) -> Iterator[Finding]:
    """What should be known of a place that no move knows."""
    known = {host for move in wish.moves for host, _port in move.known}
    host = place.host.lower()
    if host in wish.stale and place.protocol == SFTP:
        yield Finding(
            WARNING,
            place.where,
            f"it leads to {place.host}, an address of an earlier generation",
            "Lead it to the present address in FileZilla, or delete it there",
        )
    elif host in known and place.protocol != SFTP:
        yield Finding(
            WARNING,
            place.where,
            f"it leads to {place.host} by another protocol than SFTP, and was left as it is",
            "Choose SFTP for it in FileZilla, or delete it there; then run again",
        )
    elif host in known and place.port is None and place.kind == "site":
        yield Finding(
            WARNING,
            place.where,
            f"it leads to {place.host} but has no port: FileZilla does not show it, and drops it at the next save",
            "Make it anew in FileZilla with its port, then run again",
        )


def _port(value: Optional[int]) -> Optional[int]:
    return value if value is not None and 0 < value < 65536 else None


def _printable(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:80]


CLIENT = Client("filezilla", ("filezilla",), keeps=True, look=look, plan=plan)
