# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the evidence that are made from trails, for their owner alone: pages, a bundle, a reading."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

_READING = "What audit trails say, in the time of Hong Kong (hkex.drill.trail)"  # the first line of a reading


def write_reading(path: Path, lines: Sequence[str], check: bool) -> bool:
    """Write the lines for people; whether that changes the file. Nothing but an earlier reading is ever replaced.

    :param check: only tell
    :raises Refusal: something else is there, or it cannot be written
    """
    path, first = path.absolute(), f"{_READING}\n".encode()
    if os.path.lexists(path) and not (_there(path) or b"").startswith(first):
        what = "something else is there, and only an earlier reading is replaced"
        raise Refusal(f"trail_reading {path}", what, "Name a file that is not there yet")
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    return bool(keep(path.parent, {path.name: first + text}, check))


def keep(root: Path, content: Mapping[str, bytes], check: bool) -> list[str]:
    """Write what is not there yet, each file whole or not at all; the names of those.

    :param check: only tell
    :raises Refusal: one of them cannot be written
    """
    changed = []
    for name, data in content.items():
        path = root / PurePosixPath(name)
        try:
            if _there(path) == data:
                continue
            changed.append(name)
            if not check:
                _make(path.parent)
                _replace(path, data)
        except OSError as error:
            raise Refusal(
                str(path), error.strerror or str(error), "See what is there, and run it again"
            ) from error
    return changed


def write_owned(path: Path, content: str | bytes) -> Path:
    """Replace a page in the evidence folder by this content.

    :raises Refusal: it cannot be written; what stood there still does
    """
    try:
        _replace(path, content.encode("utf-8") if isinstance(content, str) else content)
    except OSError as error:
        raise Refusal(
            str(path),
            f"it cannot be written: {error.strerror or error}",
            "The trail is not concerned. Put this right and run status again",
        ) from error
    return path


def besides(root: Path, content: Container[str]) -> list[str]:
    """The files in a folder that are not of this content, by their names in it."""
    found = (
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_symlink() or not path.is_dir()
    )
    return sorted(name for name in found if name not in content)


def _there(path: Path) -> bytes | None:
    """What a file holds; None where none is, or what is there is a link or no file."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return None
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return None


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all, through no link; a new file is its owner's alone."""
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(fd)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """A folder and all above it that are missing, each for its owner alone."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700)
