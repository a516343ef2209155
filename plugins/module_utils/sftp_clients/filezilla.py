# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla: one login, and every place in which it keeps an address.

What holds it to one login is the limit of the site (and of the tabs and the queue, which carry a copy of it), because
only that makes it transfer over the connection it browses with. The three limits of the program are set as well: they
are what the exchange's circulars name, but with them alone it still logs in twice. Measured with FileZilla 3.63.
"""

from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    Finding,
    Look,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_keys as keys
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_queue as queue
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_folder import (
    BACKUP,
    JOURNALS,
    QUEUE,
    RECENT,
    SETTINGS,
    SITES,
    Folder,
    files,
    folders,
    laid_down,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_places import (
    LIMIT,
    Place,
    at_most,
    number_of_port,
    places,
    printable,
    told,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_xml import (
    Document,
    Element,
    element,
    number,
    read,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._key_stores import arrivals
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import (
    Client,
    Part,
    Site,
    Wish,
)

LIMITS = ("Number of Transfers", "Concurrent download limit", "Concurrent upload limit")
REOPENED = "Already connected choice"  # what a site does that is opened again
SAME_TAB = "3"  # it takes the tab that it has, unasked

# In FileZilla's own order: the limit follows the last of these that is there.
BEFORE_LIMIT = (
    *("Host", "Port", "Protocol", "Type", "User", "Pass", "Account", "Keyfile"),
    *("Logontype", "TimezoneOffset", "PasvMode"),
)


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """The files of every folder in which this person's FileZilla may keep its settings, and its host keys."""
    asked = Look(files=files(wish, profile, seen)) | keys.look(wish, profile, seen)
    if wish.folder is None:
        return asked
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_local as local

    try:
        homes = folders(wish, profile, seen)[0]
        documents = [document for home in homes for document in home.documents()]
    except Refusal:  # the plan will say so
        return asked
    return asked | local.look(documents, wish, wish.folder, seen)


def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
    """What this person's FileZilla needs. Where none of its places is known to a move, nothing is edited.

    :raises Refusal: a file is not whole, is none of FileZilla's, or is being written to
    """
    homes, findings = folders(wish, profile, seen)
    defaults = tuple(laid_down(wish, profile, seen))
    if not homes and not any(own for _document, own in defaults):
        return Part()  # everybody's defaults make nobody one who uses it
    part = Part(findings=findings)
    for home in homes:
        part |= _folder(home, wish, profile, seen)
    for document, own in defaults:
        part |= _laid_down(document, own, wish)
    return part


def _folder(home: Folder, wish: Wish, profile: Profile, seen: Seen) -> Part:
    documents = {document.path: document for document in home.documents()}
    part = Part()
    for document in documents.values():
        part |= _document(document, wish)
    part |= _local_folders(home, documents.values(), wish, profile, seen, part.sites)
    part |= _queue(home, wish)
    settings = documents.get(home.files.get(SETTINGS, ("", b""))[0])
    if settings:
        part = part._replace(version=printable(settings.root.attributes.get("version", "")))
    # One in a sandbox is as one that was given a folder of its own: nobody knows whose PuTTY's store it uses.
    whose = wish._replace(config_dir=home.path) if home.sandboxed else wish
    part |= keys.plan(whose, profile, seen, home, part.version, arrivals(wish, part.sites))
    if part.sites and wish.max_connections is not None:
        part |= _program(home, settings, profile, wish.max_connections)
    return part | _backup(home, wish)


def _local_folders(
    home: Folder,
    documents: Iterable[Document],
    wish: Wish,
    profile: Profile,
    seen: Seen,
    sites: Sequence[Site],
) -> Part:
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_local as local

    part = Part()
    if wish.folder is None:
        return part
    for document in documents:
        part |= local.plan(document, wish, wish.folder, seen)
    if wish.folder.present and any(site.local_folder is not None for site in sites):
        part |= Part(findings=(local.told(home.path, profile, wish.folder),))
    return part


def _document(document: Document, wish: Wish) -> Part:
    edits: List[Splice] = []
    findings: List[Finding] = []
    sites: List[Site] = []
    for place, server in places(document):
        move = place.move(wish)
        if move is None:
            findings += told(place, wish)
            continue
        sites.append(place.site)
        edits += _edits(document, server, place, place.wanted(wish, move))
    return Part(tuple(edits), tuple(findings), tuple(sites))


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
        place = Place(
            path, "queue", "", row.host, number_of_port(row.port), row.protocol, row.max_connections
        )
        move = place.move(wish)
        if move is None:
            findings += told(place, wish)
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
    settings = document.root.first.get("Settings")
    there: Dict[str, Element] = {}  # of several, FileZilla takes the first
    for one in document.elements:
        if one.parent is settings and one.name == "Setting":
            there.setdefault(one.attributes.get("name", ""), one)
    now = {name: number(there[name].text.strip()) if name in there else None for name in LIMITS}
    wanted = {**{name: str(at_most(now[name], limit)) for name in LIMITS}, REOPENED: SAME_TAB}
    edits = [edit for name in wanted if name in there for edit in document.to(there[name], wanted[name])]
    new = [element("Setting", wanted[name], f' name="{name}"') for name in wanted if name not in there]
    if settings is None:
        edits.append(document.inside(document.root, [f"<Settings>{''.join(new)}</Settings>"]))
    elif new:
        edits.append(document.inside(settings, new))
    return Part(tuple(edits), (people,))


def _backup(home: Folder, wish: Wish) -> Part:
    """FileZilla's copy of its sites, which it puts back where they are missing: older than any drill, perhaps."""
    if SITES in home.files or BACKUP not in home.files:
        return Part()
    path, content = home.files[BACKUP]
    try:
        document = read(path, content)
    except Refusal:  # nor can FileZilla read it
        return Part()
    known = [place for place, _server in places(document) if place.move(wish)]
    if not known:
        return Part()
    where = ", ".join(dict.fromkeys(f"{place.host}:{place.port}" for place in known))
    return Part(
        findings=(
            Finding(
                WARNING,
                path,
                f"{SITES} is missing, so FileZilla puts this copy in its place, whose sites lead to {where}",
                "Delete it, or open FileZilla once and close it again; then run again",
            ),
        )
    )


def _laid_down(document: Document, own: bool, wish: Wish) -> Part:
    """Sites that FileZilla offers and cannot change; they are not edited here either.

    :param own: of this person alone; else everybody's, and the one's to change who installed FileZilla
    """
    findings, sites = [], []
    origin = "it is a default of this person's FileZilla" if own else "it came with FileZilla"
    who = "Lead it by hand" if own else "Let the one who installed FileZilla lead it"
    for place, _server in places(document):
        move = place.move(wish)
        if move is None or place.kind != "site":
            continue
        sites.append(place.site)
        wanted = place.wanted(wish, move)
        limit = (
            "" if wish.max_connections is None else f", with a limit of {wish.max_connections} connections"
        )
        if wish.folder is not None and wish.folder.present:
            limit += f", and its local folder to {wish.folder.path}"
        right = wanted == place and not _elsewhere(place, wish)
        findings.append(
            Finding(
                INFO if right else WARNING,
                place.where,
                f"{origin}, leads to {place.host}:{place.port} and is not edited here",
                "" if right else f"{who} to {move.host}:{move.port}{limit}",
            )
        )
    return Part(findings=tuple(findings), sites=tuple(sites))


def _elsewhere(place: Place, wish: Wish) -> bool:
    """Whether files of the drill would go to another folder than they should."""
    if wish.folder is None or not wish.folder.present:
        return False
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._local_folder import leads

    return not leads(place.folder, wish.folder)


CLIENT = Client(
    "filezilla", ("filezilla",), keeps=True, look=look, plan=plan, marks=(SITES, SETTINGS, RECENT, QUEUE)
)
