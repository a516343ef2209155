# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What edits make of what was seen: the prediction that check mode shows and that a real run is held to."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.journal import Change, Target, state
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Assign,
    Edit,
    File,
    Key,
    Refusal,
    Restore,
    Seen,
    Splice,
)


def apply(seen: Seen, edits: Iterable[Edit]) -> Seen:
    """The workstation as it will be. Each edit must fit what was seen.

    :raises Refusal: two edits contradict each other, or one was planned from something else
    """
    files = dict(seen.files)
    settings = dict(seen.settings)
    splices: Dict[str, List[Splice]] = {}
    for edit in edits:
        if isinstance(edit, Splice):
            splices.setdefault(edit.path, []).append(edit)
        elif isinstance(edit, Restore):
            files[edit.path] = _restored(files[edit.path], edit, seen)
        else:
            settings.setdefault(edit.key, seen.setting(edit.key))
            settings[edit.key] = _assigned(settings, edit)
    for path, of_path in splices.items():
        files[path] = _with(files[path], splice(files[path], of_path))
    return seen._replace(files=files, settings=settings)


def splice(file: Optional[File], splices: Iterable[Splice]) -> bytes:
    """The content of a file after its splices, which must not overlap and must find what they replace."""
    content = b"" if file is None else file.content
    parts: List[bytes] = []
    position = 0
    for one in sorted(splices, key=lambda each: (each.start, len(each.old))):
        if one.start < position:
            raise Refusal(
                f"{one.path}, byte {one.start}",
                "two changes want the same place",
                "Ask for them in two runs, or take one of the two options away",
            )
        if one.start > len(content) or content[one.start : one.start + len(one.old)] != one.old:
            raise _misplanned(f"{one.path}, byte {one.start}")
        parts += (content[position : one.start], one.new)
        position = one.start + len(one.old)
    return b"".join(parts) + content[position:]


def touched(edits: Iterable[Edit], before: Seen, after: Seen) -> Tuple[Change, ...]:
    """The targets that edits really change, in the order in which they are first named."""
    targets: Dict[Target, None] = dict.fromkeys(
        edit.key if isinstance(edit, Assign) else edit.path for edit in edits
    )
    all_changes = (Change(target, state(before, target), state(after, target)) for target in targets)
    return tuple(change for change in all_changes if change.before != change.after)


def _restored(file: Optional[File], edit: Restore, seen: Seen) -> Optional[File]:
    if edit.before == edit.after:  # only tidies up beside it
        return file
    if (None if file is None else file.sha256) != edit.before:
        raise _misplanned(edit.path)
    return _with(file, None if edit.after is None else seen.blobs[edit.after])


def _misplanned(where: str) -> Refusal:
    return Refusal(
        where,
        "what a change was planned from does not stand there",
        "This is a fault of the toolkit: report it with the options of this run",
    )


def _with(file: Optional[File], content: Optional[bytes]) -> Optional[File]:
    if content is None:
        return None
    return File(content) if file is None else file._replace(content=content)


def _assigned(settings: Dict[Key, Any], edit: Assign) -> Any:
    if settings[edit.key] != edit.before:
        raise Refusal(
            "/".join(edit.key),
            "two changes want the same setting",
            "Ask for them in two runs, or take one of the two options away",
        )
    return edit.after
