# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local folders that FileZilla keeps: of a site the one that it opens in, of a tab the one that it was last in.

A site has one only if a person chose it (``LocalDir``; FileZilla's commonui/site_manager.cpp). A tab has always one
(``LocalPath``, with a separator at its end), and each start of FileZilla opens the last tabs with theirs, whatever
their site says; without one it opens the person's home. Seen of FileZilla 3.63, which does not use the setting ``Last
local directory`` of earlier releases any more.
"""

from __future__ import annotations

from collections import Counter
from typing import Dict, Hashable, Iterable, Iterator, List, NamedTuple, Optional

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_windows
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    Finding,
    Look,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _local_folder as folders
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_places import (
    FOLDERS,
    Place,
    places,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_xml import (
    Document,
    Element,
    element,
    read,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import LocalFolder, Part, Wish

# In FileZilla's own order: the local folder of a site follows the last of these that is there.
BEFORE = (
    *(
        "Host",
        "Port",
        "Protocol",
        "Type",
        "User",
        "Pass",
        "Account",
        "Keyfile",
        "Logontype",
        "TimezoneOffset",
    ),
    *(
        "PasvMode",
        "MaximumMultipleConnections",
        "EncodingType",
        "CustomEncoding",
        "PostLoginCommands",
        "BypassProxy",
    ),
    *("Name", "Comments", "Colour"),
)


def look(documents: Iterable[Document], wish: Wish, folder: LocalFolder, seen: Seen) -> Look:
    """The earlier contents of those files out of which the drill's folder is going to be taken."""
    asked = Look()
    for document in documents:
        if not folder.present and any(_goes_back(one, wish, folder) for one in _kept(document)):
            asked = asked | folders.blobs(document.path, seen, folder)
    return asked


def plan(document: Document, wish: Wish, folder: LocalFolder, seen: Seen) -> Part:
    """The drill's folder for the sites of the moves and their tabs; or what there was before it.

    A tab of another site goes back as well: FileZilla itself wrote there where the person was last, and a site without
    a folder of its own would be opened in it.
    """
    if folder.present:
        edits: List[Splice] = []
        for one in _kept(document):
            if one.place.move(wish) and not folders.leads(one.place.folder, folder):
                edits += _pointed(document, one, folder)
        return Part(tuple(edits))
    mine = [one for one in _kept(document) if _goes_back(one, wish, folder)]
    if not mine:
        return Part()
    before = folders.of_file(
        document.path, document.content, seen, folder, lambda content: _held(document.path, content)
    )
    part = Part()
    for one in mine:
        part |= _back(document, one, before(one.key))
    return part


def told(path: str, person: Profile, folder: LocalFolder) -> Finding:
    """What FileZilla does with the folder by itself."""
    return Finding(
        INFO,
        path,
        "a tab keeps the folder that it was last in when FileZilla is closed, and opens there again",
        f"Tell {person.name or 'who uses it'} to open the site from the Site Manager, which leads to {folder.path}",
    )


class _Kept(NamedTuple):
    """A place that has a local folder or can have one. ``key`` finds it again in another state of the file."""

    key: Hashable
    place: Place
    server: Element

    @property
    def child(self) -> Optional[Element]:
        return self.server.first.get(FOLDERS[self.place.kind])


def _kept(document: Document) -> Iterator[_Kept]:
    """Sites by their folders and name, tabs by their user: a host may move. Of equal ones the first is the first."""
    count: Counter[Hashable] = Counter()
    for place, server in places(document):
        if place.kind in FOLDERS:
            key = ("tab", server.says("User")) if place.kind == "tab" else ("site", *_names(server))
            count[key] += 1
            yield _Kept((key, count[key]), place, server)


def _names(one: Optional[Element]) -> Iterator[str]:
    while one is not None and one.name in ("Server", "Folder"):
        yield one.says("Name") or one.text.strip()
        one = one.parent


def _goes_back(one: _Kept, wish: Wish, folder: LocalFolder) -> bool:
    return folders.drills(one.place.folder, folder) and (
        one.place.kind == "tab" or one.place.move(wish) is not None
    )


def _pointed(document: Document, one: _Kept, folder: LocalFolder) -> Iterable[Splice]:
    if one.place.kind == "tab":  # one without a folder is of a release that keeps none
        separator = "\\" if is_windows(folder.path) else "/"
        return document.to(one.child, folder.path + separator) if one.child else ()
    if one.child:
        return document.to(one.child, folder.path)
    last = max(
        (one.server.first[name] for name in BEFORE if name in one.server.first), key=lambda each: each.start
    )
    return (document.after(last, [element(FOLDERS["site"], folder.path)]),)


def _held(path: str, content: bytes) -> Dict[Hashable, folders.Value]:
    """What the places of a file hold; of one that cannot be read nothing is known."""
    try:
        document = read(path, content)
    except Refusal:
        return {}
    return {
        one.key: folders.Stored(one.place.folder or "", document.raw(one.child)) if one.child else None
        for one in _kept(document)
    }


def _back(document: Document, one: _Kept, before: folders.Value) -> Part:
    if one.child is None:  # it leads somewhere, so it is there
        return Part()
    if isinstance(before, folders.Stored):
        return Part((document.instead(one.child, before.raw),))
    if before is None:
        return Part((document.without(one.child),))
    unknown = folders.nothing_before(one.place.where, "its local folder was that of the drill")
    if one.place.kind == "tab":  # an empty one leads home
        return Part(document.to(one.child, ""), (unknown,))
    return Part((document.without(one.child),), (unknown,))
