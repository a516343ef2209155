# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local folders that WinSCP keeps: one of each site, and those in which its windows were last.

``LocalDirectory`` of a site is where its commander opens; it is absent where there is none. When a site is closed,
WinSCP puts there the folder that it was in, if the site says so (``UpdateDirectories``, which is the default). Where a
site has none, the commander stays in its ``LastPath``, and the explorer proposes its ``LastLocalTargetDirectory`` for
each download. Source: WinSCP's core/SessionData.cpp, windows/TerminalManager.cpp, forms/ScpCommander.cpp and
forms/ScpExplorer.cpp.
"""

from __future__ import annotations

from collections import Counter
from typing import Callable, Dict, Hashable, Iterable, Iterator, List, NamedTuple, Optional, Sequence

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    Edit,
    Finding,
    Key,
    Look,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _local_folder as folders
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._winscp_store import (
    Ini,
    Section,
    Store,
    escape,
    text_of,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import LocalFolder, Part

_SITE = "LocalDirectory"
_LAST = {
    "configuration\\interface\\commander\\localpanel": "LastPath",
    "configuration\\interface\\explorer": "LastLocalTargetDirectory",
}


def look(store: Store, sites: Sequence[Section], folder: LocalFolder, seen: Seen) -> Look:
    """The earlier contents of the ini file, if the drill's folder is going to be taken out of it."""
    if folder.present or not isinstance(store, Ini) or not any(_goes_back(store.sections(), sites, folder)):
        return Look()
    return folders.blobs(store.where, seen, folder)


def plan(store: Store, sites: Sequence[Section], folder: LocalFolder, seen: Seen) -> Part:
    """The drill's folder for these sites; or what they and WinSCP's windows had before it."""
    if folder.present:
        return _pointed(store, sites, folder)
    part = Part()
    mine = tuple(_goes_back(store.sections(), sites, folder))
    if not mine:
        return part
    before = _before(store, folder, seen)
    for one in mine:
        was = before(one)
        raw = was.raw if isinstance(was, folders.Stored) else None
        part |= Part(tuple(store.change(one.section.path, one.section, {one.name: raw})))
        if was is folders.UNKNOWN:
            where = f"{store.where}, {one.section.path}"
            part |= Part(findings=(folders.nothing_before(where, f"{one.name} was the folder of the drill"),))
    return part


class _Kept(NamedTuple):
    """A section with the name of the value that may be a folder; of equal sections the first is ``nth`` 1."""

    section: Section
    name: str
    nth: int

    @property
    def key(self) -> Hashable:
        """By what it is found again in another state of the file."""
        return self.section.path.lower(), self.nth, self.name


def _kept(sections: Iterable[Section]) -> Iterator[_Kept]:
    count: Counter[str] = Counter()
    for section in sections:
        path = section.path.lower()
        count[path] += 1
        yield _Kept(section, _LAST.get(path, _SITE), count[path])


def _goes_back(sections: Iterable[Section], sites: Sequence[Section], folder: LocalFolder) -> Iterator[_Kept]:
    mine = {section.place for section in sites}
    for one in _kept(sections):
        asked = one.section.place in mine or one.name != _SITE
        if asked and folders.drills(one.section.texts.get(one.name.lower()), folder):
            yield one


def _pointed(store: Store, sites: Sequence[Section], folder: LocalFolder) -> Part:
    edits: List[Edit] = []
    for section in sites:
        if not folders.leads(section.texts.get(_SITE.lower()), folder):
            edits += store.change(section.path, section, {_SITE: escape(folder.path)})
    remembering = any(section.number("UpdateDirectories", 1) != 0 for section in sites)
    return Part(tuple(edits), (_told(store, folder),) if remembering else ())


def _told(store: Store, folder: LocalFolder) -> Finding:
    return Finding(
        INFO,
        store.where,
        "WinSCP keeps the folder that a site was last in when it is closed, in place of the one written here",
        f"Tell who uses it to stay in {folder.path} with files of the drill",
    )


def _before(store: Store, folder: LocalFolder, seen: Seen) -> Callable[[_Kept], folders.Value]:
    """What each place held before the drill."""
    if isinstance(store, Ini):
        path = store.where
        held = folders.of_file(path, store.content, seen, folder, lambda content: _held(path, content))
        return lambda one: held(one.key)
    registry = store

    def before(one: _Kept) -> folders.Value:
        key = registry.key(str(one.section.place), one.name)
        history = (
            folders.Was(
                own, _of_registry(change.before), _of_registry(change.after) if done else folders.UNKNOWN
            )
            for own, done, change in folders.transactions(seen, folder)
            if isinstance(change.target, Key) and _same(change.target, key)
        )
        return folders.before_drill(history, folder)

    return before


def _same(one: Key, other: Key) -> bool:
    return tuple(part.lower() for part in one) == tuple(part.lower() for part in other)


def _of_registry(value: Optional[Dict[str, object]]) -> folders.Value:
    return None if value is None else folders.Stored(text_of(value), value)


def _held(path: str, content: bytes) -> Dict[Hashable, folders.Value]:
    """What the places of an ini file hold. A window's folder is none where WinSCP has not written one yet."""
    held: Dict[Hashable, folders.Value] = {(path, 1, name): None for path, name in _LAST.items()}
    try:
        store = Ini(path, content)
    except Refusal:
        return {}
    for one in _kept(store.sections()):
        raw = store.raw(one.section, one.name)
        text = one.section.texts.get(one.name.lower(), "")
        held[one.key] = None if raw is None else folders.Stored(text, raw)
    return held
