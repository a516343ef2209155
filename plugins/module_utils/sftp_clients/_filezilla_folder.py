# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a person's FileZilla keeps its settings, and what the one who installed it laid down for all persons.

FileZilla 3.63, fzdefaults.xml(5): the setting ``Config Location`` of an installer's fzdefaults.xml moves the settings
of everybody; sites in that file are offered to everybody and cannot be changed by them.
"""

import ntpath
import posixpath
import re
from types import ModuleType
from typing import Dict, FrozenSet, Iterator, NamedTuple, Optional, Tuple

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
SETTINGS = "filezilla.xml"
RECENT = "recentservers.xml"
QUEUE = "queue.sqlite3"
HOST_KEYS = "hostkeys.xml"  # from 3.70 on
JOURNALS = (f"{QUEUE}-journal", f"{QUEUE}-wal")

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
    findings: Tuple[Finding, ...] = ()

    def documents(self) -> Iterator[Document]:
        """The XML files.

        :raises Refusal: one is not whole, or none of FileZilla's
        """
        return (read(*self.files[name]) for name in (SITES, SETTINGS, RECENT) if name in self.files)


def files(wish: Wish, profile: Profile, seen: Seen) -> FrozenSet[str]:
    """Every file that has a say, as far as it can be known from what was seen."""
    try:
        folders = _folders(wish, profile, seen)[0]
    except Refusal:  # the plan will say so
        folders = ()
    names = (SITES, SETTINGS, RECENT, QUEUE, *JOURNALS, HOST_KEYS)
    join = _paths(seen).join
    return frozenset(DEFAULTS[_is_windows(seen)]) | {join(one, name) for one in folders for name in names}


def folder(wish: Wish, profile: Profile, seen: Seen) -> Optional[Folder]:
    """The folder that FileZilla uses; None: this person has no settings of it.

    :raises Refusal: the installer's file cannot be read
    """
    folders, findings = _folders(wish, profile, seen)
    join = _paths(seen).join
    for path in folders:
        there = {}
        for name in (SITES, SETTINGS, RECENT, QUEUE, *JOURNALS):
            file = seen.files.get(join(path, name))
            if file is not None:
                there[name] = (join(path, name), file.content)
        if SITES in there or SETTINGS in there:
            return Folder(path, there, findings)
    return None


def defaults(seen: Seen) -> Optional[Document]:
    """What the one who installed FileZilla laid down.

    :raises Refusal: it cannot be read
    """
    for path in DEFAULTS[_is_windows(seen)]:
        file = seen.files.get(path)
        if file is not None:
            return read(path, file.content)
    return None


def _folders(wish: Wish, profile: Profile, seen: Seen) -> Tuple[Tuple[str, ...], Tuple[Finding, ...]]:
    if wish.config_dir is not None:
        return (wish.config_dir,), ()
    join = _paths(seen).join
    usual: Tuple[str, ...] = (
        join(profile.folder, ".config", "filezilla"),
        join(profile.folder, ".filezilla"),
    )
    if _is_windows(seen):
        usual = (join(profile.folder, "AppData", "Roaming", "FileZilla"),)
    installed = defaults(seen)
    told = _told(installed) if installed else ""
    if not installed or not told:
        return usual, ()
    path = _expanded(told, installed.path, profile, seen)
    if path is not None:
        return (path,), ()
    strange = Finding(
        WARNING,
        installed.path,
        "its Config Location, where FileZilla keeps everybody's settings, has a variable that is not known here",
        "Give the folder in config_dir",
    )
    return usual, (strange,)


def _told(installed: Document) -> str:
    for one in installed.elements:
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
