# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local folder of sites: whether it is the one for files of a drill, and what it was before the drill.

Loaded only where a local folder is asked for.
"""

from __future__ import annotations

from typing import (
    Any,
    Callable,
    Dict,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import inside
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import rehearsals
from ansible_collections.hkex.drill.plugins.module_utils.journal import BEGIN, DONE, Change, Target, changes
from ansible_collections.hkex.drill.plugins.module_utils.model import INFO, Finding, Look, Seen, sha256
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import LocalFolder, Part


class Stored(NamedTuple):
    """A local folder as it stands in settings. ``raw`` is all that has to come back for it to stand there again."""

    text: str
    raw: Any


class _Unknown:
    """What nobody knows any more; that there was no folder is known: None."""


UNKNOWN = _Unknown()
Value = Any  # Stored, None or UNKNOWN


def leads(stored: Optional[str], folder: LocalFolder) -> bool:
    """Whether files of this site go to the drill's folder, or to one below it: that is in use only in a drill."""
    return bool(stored and folder.path) and inside(str(stored), folder.path)


def drills(stored: Optional[str], folder: LocalFolder) -> bool:
    """Whether they go to any folder that the drill has had: the inventory may name another one by now, or none."""
    return leads(stored, folder) or any(inside(stored or "", each) for each in folder.earlier)


def known(folder: LocalFolder, seen: Seen) -> LocalFolder:
    """The folder with those that the drill has had before it, as the journal has them."""
    return folder._replace(earlier=rehearsals(seen, folder.whose))


def nothing_before(where: str, what: str) -> Finding:
    """That a drill's folder was taken out of a place, and nothing could be put back."""
    return Finding(
        INFO,
        where,
        f"{what}, and nothing is known of what it was before: it has none now",
        "Choose one in the client, if it is to have one",
    )


def nowhere_stored(name: str, whose: str, part: Part, folder: LocalFolder) -> Iterator[Finding]:
    """What a person has to do whose client stores no local folder with the sites that it has."""
    sites = [site for site in part.sites if site.local_folder is None]
    if folder.present and sites and len(sites) == len(part.sites):
        yield Finding(
            INFO,
            f"{name} of {whose}",
            "its sites store no local folder, or none that is written from here",
            f"Go to {folder.path} first (lcd, or start it there), whenever files of the drill are downloaded",
        )


class Was(NamedTuple):
    """What a place held before and after a transaction. ``own``: it is one of the drill and occurrence that ask."""

    own: bool
    before: Value
    after: Value


def before_drill(history: Iterable[Was], folder: LocalFolder) -> Value:
    """What a place held when the drill first wrote its folder there.

    Once the drill has put something back, what is found there next counts. Where it never saw anything but its own
    folder (an earlier drill left it there), the last other one that the journal knows counts.
    """
    known: Value = UNKNOWN
    other: Value = UNKNOWN
    for was in history:
        if not was.own:
            other = was.before if _others(was.before, folder) else other
            continue
        if known is UNKNOWN and _others(was.before, folder):
            known = was.before
        if _others(was.after, folder):
            known, other = UNKNOWN, was.after
    return other if known is UNKNOWN else known


def _others(value: Value, folder: LocalFolder) -> bool:
    return value is None or (isinstance(value, Stored) and not drills(value.text, folder))


def transactions(seen: Seen, folder: LocalFolder) -> Iterator[Tuple[bool, bool, Change]]:
    """Every change that the journal has, in its order: whether it is the drill's own, whether it was carried out."""
    last = {record["transaction"]: record["event"] for record in seen.journal}
    for record in seen.journal:
        if record["event"] == BEGIN:
            own = (record["drill"], record["occurrence"]) == folder.whose
            for change in changes(record):
                yield own, last[record["transaction"]] == DONE, change


def blobs(path: str, seen: Seen, folder: LocalFolder) -> Look:
    """What a file was before each transaction that changed it."""
    return Look(
        blobs=frozenset(change.before for _own, _done, change in _of(path, seen, folder) if change.before)
    )


def of_file(
    path: str,
    content: bytes,
    seen: Seen,
    folder: LocalFolder,
    read: Callable[[bytes], Mapping[Hashable, Value]],
) -> Callable[[Hashable], Value]:
    """What each place of a file held before the drill.

    :param read: what the places of a content hold; one that is not among them is not known
    """
    rows: Sequence[Tuple[bool, bool, Change]] = tuple(_of(path, seen, folder))
    kept = {each.before for _own, _done, each in rows} & set(seen.blobs)
    contents = {sha256(content): content, **{digest: seen.blobs[digest] for digest in kept}}
    values: Dict[Optional[str], Mapping[Hashable, Value]] = {
        digest: read(each) for digest, each in contents.items()
    }

    def held(digest: Optional[str], key: Hashable) -> Value:
        return values.get(digest, {}).get(key, UNKNOWN)

    def before(key: Hashable) -> Value:
        history = (
            Was(own, held(change.before, key), held(change.after, key) if done else UNKNOWN)
            for own, done, change in rows
        )
        return before_drill(history, folder)

    return before


def _of(target: Target, seen: Seen, folder: LocalFolder) -> Iterator[Tuple[bool, bool, Change]]:
    return (each for each in transactions(seen, folder) if each[2].target == target)
