# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was in folders, as a text that is kept among the blobs: a line of JSON for a header, and one for each file.

Names that are no text travel in JSON as lone surrogates, so that a manifest is plain ASCII and gives them back.
"""

import functools
import io
import json
from typing import Any, Dict, Iterable, Mapping, NamedTuple, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Refusal, Seen, Stamp

_FORM = 1


class Manifest(NamedTuple):
    """``folders``: the stamps of their files, by the path below. ``attributes``: of the files whose content is kept,
    by folder and path below. ``header``: all else.
    """

    header: Mapping[str, Any]
    folders: Mapping[str, Mapping[str, Stamp]]
    attributes: Mapping[Tuple[str, str], str]


EMPTY = Manifest({}, {}, {})


def write(manifest: Manifest) -> bytes:
    """The manifest as a text."""
    return text(
        manifest.header,
        list(manifest.folders),
        (
            [at, below, *stamp, manifest.attributes.get((folder, below))]
            for at, folder in enumerate(manifest.folders)
            for below, stamp in manifest.folders[folder].items()
        ),
    )


def text(header: Mapping[str, Any], folders: Sequence[str], entries: Iterable[Sequence[Any]]) -> bytes:
    """The text of a manifest. An entry is number of the folder (-1: in none), path below it, size, time, SHA-256 and
    attributes; what follows is for people.
    """
    content = io.BytesIO()
    first = json.dumps({**header, "form": _FORM, "folders": folders}, sort_keys=True)
    content.write(first.encode("ascii") + b"\n")
    for entry in entries:
        content.write(json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n")
    return content.getvalue()


# One of 100,000 files takes half a second and 50 MB; it is asked for by who looks and by who judges.
@functools.lru_cache(maxsize=2)
def read(content: bytes, where: str = "manifest") -> Manifest:
    """The manifest that a text holds.

    :raises Refusal: it holds none, or one that would lead out of its folders
    """
    lines = io.BytesIO(content)
    try:
        header = json.loads(lines.readline())
        form, names = header.pop("form"), header.pop("folders")
        if form != _FORM:
            raise ValueError(f"form {form}")
        folders: Dict[str, Dict[str, Stamp]] = {str(name): {} for name in names}
        places = list(folders)
        attributes: Dict[Tuple[str, str], str] = {}
        for line in lines:
            entry = json.loads(line)
            if entry[0] == -1:
                continue
            place, below = places[entry[0]], entry[1]
            if leads_out(below):
                raise ValueError(f"{below!r} leads out of {place}")
            folders[place][below] = Stamp(int(entry[2]), int(entry[3]), str(entry[4]))
            if entry[5] is not None:
                attributes[place, below] = entry[5]
    except (ValueError, TypeError, LookupError, AttributeError) as wrong:
        raise Refusal(
            where,
            f"is not a manifest of this collection: {wrong}",
            "Take a new baseline; if the drill is over, look through its folders by hand",
        ) from None
    return Manifest(header, folders, attributes)


def leads_out(below: Any) -> bool:
    """Whether what should be the path of a file below a folder is none."""
    if not isinstance(below, str) or "\0" in below:
        return True
    return any(part in ("", ".", "..") for part in below.split("/")) or ".." in below.split("\\")


def only(seen: Seen, now: str) -> Dict[str, str]:
    """What makes this manifest another one than all others, on Windows, where no blob can be written twice: a killed
    run may have left one that no record names.
    """
    return {"at": now} if seen.system == WINDOWS else {}


def files_left(left: Mapping[str, str], more: Mapping[str, str]) -> bytes:
    """The text of what a purge left: SHA-256 by path."""
    return json.dumps({"left": left, **more}, sort_keys=True).encode("ascii")


def read_left(content: bytes) -> Mapping[str, str]:
    """The files that were left."""
    return dict(json.loads(content)["left"])


def shown(path: str) -> str:
    """A path for people and JSON: what is no text, or would break the line, as escapes."""
    return "".join(each if each.isprintable() else _escape(each) for each in path)


def _escape(each: str) -> str:
    byte = ord(each) - 0xDC00  # as Python writes a byte that is no text
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else each.encode("unicode_escape").decode()
