# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a person's FileZilla keeps its settings, and what the one who installed it laid down for all persons.

FileZilla 3.63, fzdefaults.xml(5): the setting ``Config Location`` of an installer's fzdefaults.xml moves the settings
of everybody; sites in that file are offered to everybody and cannot be changed by them. On Linux and macOS a
fzdefaults.xml in a person's own folder takes its place. A FileZilla of Flatpak has a folder of its own and sees no
other's; a person may have both.
"""

import ntpath
import posixpath
import re
from types import ModuleType
from typing import Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WARNING,
    WINDOWS,
    Finding,
    Profile,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_xml import Document, read
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Wish

SITES = "sitemanager.xml"
BACKUP = f"{SITES}~"  # FileZilla's own, while it writes; it is put back where the sites are missing
SETTINGS = "filezilla.xml"
RECENT = "recentservers.xml"
QUEUE = "queue.sqlite3"
HOST_KEYS = "hostkeys.xml"  # from 3.70 on
JOURNALS = (f"{QUEUE}-journal", f"{QUEUE}-wal")
OWN_DEFAULTS = "fzdefaults.xml"
SIGNS = (SITES, BACKUP, SETTINGS, RECENT, QUEUE)  # by which a folder of settings is known

FLATPAK = ".var/app/org.filezillaproject.Filezilla/config/filezilla"

# The first that exists counts.
DEFAULTS = {
    False: ("/etc/filezilla/fzdefaults.xml", "/usr/share/filezilla/fzdefaults.xml"),
    True: (
        r"C:\Program Files\FileZilla FTP Client\fzdefaults.xml",
        r"C:\Program Files (x86)\FileZilla FTP Client\fzdefaults.xml",
    ),
}


class Folder(NamedTuple):
    """A folder of settings: the files in it that exist, by name."""

    path: str
    files: Dict[str, Tuple[str, bytes]]  # path and content
    sandboxed: bool

    def documents(self) -> Iterator[Document]:
        """The XML files.

        :raises Refusal: one is not whole, or none of FileZilla's
        """
        return (read(*self.files[name]) for name in (SITES, SETTINGS, RECENT) if name in self.files)


def files(wish: Wish, profile: Profile, seen: Seen) -> FrozenSet[str]:
    """Every file that has a say, as far as it can be known from what was seen; all of the usual ones at once."""
    try:
        paths = _located(wish, profile, seen)[0]
    except Refusal:  # the plan will say so
        paths = ()
    names = (*SIGNS, *JOURNALS, HOST_KEYS)
    join = _paths(seen).join
    return (
        frozenset(DEFAULTS[_is_windows(seen)])
        | {join(one, name) for one in paths for name in names}
        | frozenset(_own_defaults(wish, profile, seen))
    )


def folders(wish: Wish, profile: Profile, seen: Seen) -> Tuple[Tuple[Folder, ...], Tuple[Finding, ...]]:
    """Every folder of this person that holds settings of FileZilla, and what is strange about where they are.

    :raises Refusal: a file of defaults cannot be read
    """
    paths, findings = _located(wish, profile, seen)
    join = _paths(seen).join
    found: List[Folder] = []
    for path in paths:
        there = {}
        for name in (*SIGNS, *JOURNALS):
            file = seen.files.get(join(path, name))
            if file is not None:
                there[name] = (join(path, name), file.content)
        if any(name in there for name in SIGNS):
            found.append(Folder(path, there, path == join(profile.folder, FLATPAK)))
    return tuple(found), findings


def laid_down(wish: Wish, profile: Profile, seen: Seen) -> Iterator[Tuple[Document, bool]]:
    """The files of defaults; each with whether it is this person's own.

    :raises Refusal: one cannot be read
    """
    for path in _own_defaults(wish, profile, seen):
        file = seen.files.get(path)
        if file is not None:
            yield read(path, file.content), True
    for path in DEFAULTS[_is_windows(seen)]:
        file = seen.files.get(path)
        if file is not None:
            yield read(path, file.content), False
            break


def _usual(profile: Profile, seen: Seen) -> Tuple[str, ...]:
    join = _paths(seen).join
    if _is_windows(seen):
        return (join(profile.folder, "AppData", "Roaming", "FileZilla"),)
    return tuple(join(profile.folder, one) for one in (".config/filezilla", ".filezilla", FLATPAK))


def _own_defaults(wish: Wish, profile: Profile, seen: Seen) -> Tuple[str, ...]:
    """Where a person's own defaults may be; FileZilla for Windows does not look for any."""
    if _is_windows(seen):
        return ()
    usual = _usual(profile, seen) if wish.config_dir is None else (wish.config_dir,)
    return tuple(posixpath.join(one, OWN_DEFAULTS) for one in usual)


def _located(wish: Wish, profile: Profile, seen: Seen) -> Tuple[Tuple[str, ...], Tuple[Finding, ...]]:
    """The folders in which settings may be."""
    if wish.config_dir is not None:
        return (wish.config_dir,), ()
    defaults = tuple(laid_down(wish, profile, seen))
    own = {document.path: document for document, is_own in defaults if is_own}
    installed = next((document for document, is_own in defaults if not is_own), None)
    found: Dict[str, None] = {}
    findings: Dict[Finding, None] = {}
    for usual in _usual(profile, seen):
        everybodys = None if usual.endswith(FLATPAK) else installed
        document = own.get(_paths(seen).join(usual, OWN_DEFAULTS), everybodys)
        says = _told(document) if document else ""
        path = _expanded(says, document.path, profile, seen) if document and says else usual
        found[path or usual] = None
        if document and path is None:
            findings[_strange(document.path)] = None
    return tuple(found), tuple(findings)


def _strange(path: str) -> Finding:
    return Finding(
        WARNING,
        path,
        "its Config Location, where FileZilla keeps the settings, has a variable that is not known here",
        "Give the folder in config_dir",
    )


def _told(defaults: Document) -> str:
    for one in defaults.elements:
        if one.path == "/FileZilla3/Settings/Setting" and one.attributes.get("name") == "Config Location":
            return one.text.strip()
    return ""


def _expanded(told: str, path: str, profile: Profile, seen: Seen) -> Optional[str]:
    """A Config Location as a path; None: it cannot be known. What begins with $ is a variable, with $$ a name."""
    paths = _paths(seen)
    known = {"HOME": profile.folder, "USER": profile.name, "LOGNAME": profile.name}
    if _is_windows(seen):
        roaming = paths.join(profile.folder, "AppData", "Roaming")
        known = {"USERPROFILE": profile.folder, "APPDATA": roaming, "USERNAME": profile.name}
    parts = []
    for part in re.split(r"([/\\])" if _is_windows(seen) else r"(/)", told):
        if part.startswith("$$"):
            parts.append(part[1:])
        elif part.startswith("$"):
            if not known.get(part[1:]):
                return None
            parts.append(known[part[1:]])
        else:
            parts.append(part)
    return str(paths.normpath(paths.join(paths.dirname(path), "".join(parts))))


def _is_windows(seen: Seen) -> bool:
    return seen.system == WINDOWS


def _paths(seen: Seen) -> ModuleType:
    return ntpath if _is_windows(seen) else posixpath
