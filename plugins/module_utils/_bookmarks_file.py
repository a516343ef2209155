# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in a browser's files: its profiles, and the bookmarks of one.

Sources: Chromium's components/bookmarks/browser/bookmark_codec.cc and chrome/browser/profiles/
profile_attributes_storage.cc.
"""

import json
import re
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Tuple

LARGEST = 16 * 1024 * 1024  # bytes; thousands of bookmarks are one of them
_PROFILES = 100

_FOLDER = re.compile(r'[^\x00-\x1f/\\:*?"<>|]{1,255}')


class Damaged(ValueError):
    """A file is not what the browser writes; the message says what is wrong, and quotes nothing of it."""


class Bookmark(NamedTuple):
    """One bookmark as it stands there: the names of the folders in which it is, its own, and its address."""

    folders: Tuple[str, ...]
    name: str
    url: str


def profiles(content: bytes) -> Dict[str, str]:
    """The profiles that ``Local State`` names: their folders, and what each person calls theirs.

    :raises Damaged: it is not what the browser writes
    """
    profile = _read(content).get("profile")
    cache = profile.get("info_cache") if isinstance(profile, dict) else None
    if not isinstance(cache, dict):
        raise Damaged("it does not say which profiles there are")
    if len(cache) > _PROFILES:
        raise Damaged(f"it names more than {_PROFILES} profiles")
    for folder in cache:
        if not _FOLDER.fullmatch(folder) or folder in (".", ".."):
            raise Damaged("it names a profile whose folder cannot be one")
    return {folder: _text(info if isinstance(info, dict) else {}, "name") for folder, info in cache.items()}


def bookmarks(content: bytes) -> Iterator[Bookmark]:
    """All bookmarks of a profile, in whatever folder they are.

    :raises Damaged: it is not what the browser writes
    """
    roots = _read(content).get("roots")
    if not isinstance(roots, dict):
        raise Damaged("it has no folders of bookmarks")
    waiting = [((), root) for root in reversed(list(roots.values()))]
    while waiting:  # not by calling itself: folders may lie in each other as deep as a file goes
        folders, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        url, children = node.get("url"), node.get("children")
        if isinstance(url, str):
            yield Bookmark(folders, _text(node, "name"), url)
        elif isinstance(children, list):
            inside: Any = (*folders, _text(node, "name"))
            waiting += [(inside, child) for child in reversed(children)]


def _read(content: bytes) -> Mapping[str, Any]:
    if len(content) > LARGEST:
        raise Damaged(f"it has {len(content)} bytes, and more than {LARGEST} are not read")
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise Damaged("it is no JSON that can be read") from None
    if not isinstance(told, dict):
        raise Damaged("it is no JSON object")
    return told


def _text(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""
