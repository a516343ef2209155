# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was in folders, as a compressed text that is kept among the blobs: a line of JSON for a header, and one for each
file.

Names stand in it as they are, in UTF-8; what is no text in them travels as lone surrogates and comes back.
"""

import functools
import gzip
import io
import json
import re
import zlib
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    NamedTuple,
    Sequence,
    Tuple,
    Union,
)

from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Refusal, Seen, Stamp

_FORM = 2
_AT_WORK = re.compile(r"(?:^|[/\\])\.[0-9a-f]+\.hkex-drill\Z")
_UTF8 = ("utf-8", "surrogatepass")


class Files(MutableMapping[str, Stamp]):
    """The stamps of files by the path below their folder, in a third of the memory: there may be 200,000 of them."""

    def __init__(self, stamps: Union[Mapping[str, Stamp], Iterable[Tuple[str, Stamp]]] = ()) -> None:
        self._packed: Dict[str, bytes] = {}
        if isinstance(stamps, Files):
            self._packed.update(stamps._packed)
        else:
            self.update(stamps)

    def __getitem__(self, below: str) -> Stamp:
        size, written, changed, digest = self._packed[below].split(b" ", 3)
        date = int(written)
        return Stamp(int(size), date, digest.hex(), date if changed == written else int(changed))

    def __setitem__(self, below: str, stamp: Stamp) -> None:
        numbers = b"%d %d %d " % (stamp.size, stamp.mtime_ns, stamp.ctime_ns)
        self._packed[below] = numbers + bytes.fromhex(stamp.sha256)

    def __delitem__(self, below: str) -> None:
        del self._packed[below]

    def __contains__(self, below: object) -> bool:
        return below in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def __eq__(self, other: object) -> bool:
        return self._packed == other._packed if isinstance(other, Files) else super().__eq__(other)


class Manifest(NamedTuple):
    """``folders``: the stamps of their files, by the path below. ``attributes``: of the files whose content is kept,
    by folder and path below. ``header``: all else.
    """

    header: Mapping[str, Any]
    folders: Mapping[str, Mapping[str, Stamp]]
    attributes: Mapping[Tuple[str, str], str]


EMPTY = Manifest({}, {}, {})


def write(manifest: Manifest) -> bytes:
    """The manifest as a compressed text."""
    entries = (
        [at, below, *stamp, manifest.attributes.get((folder, below))]
        for at, folder in enumerate(manifest.folders)
        for below, stamp in manifest.folders[folder].items()
    )
    return text(manifest.header, list(manifest.folders), entries)


def text(header: Mapping[str, Any], folders: Sequence[str], entries: Iterable[Sequence[Any]]) -> bytes:
    """The compressed text of a manifest. An entry is number of the folder (-1: in none), path below it, size, time,
    SHA-256, time of the last change and attributes; what follows is for people.
    """
    content = io.BytesIO()
    with gzip.GzipFile("", "wb", 1, content, mtime=0) as packed:
        packed.write(_line({**header, "form": _FORM, "folders": folders}))
        for entry in entries:
            packed.write(_line(entry))
    return content.getvalue()


def _line(each: Union[Mapping[str, Any], Sequence[Any]]) -> bytes:
    return _ENCODE(each).encode(*_UTF8) + b"\n"


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


# One of 100,000 files takes a second and 30 MB; it is asked for by who looks and by who judges.
@functools.lru_cache(maxsize=2)
def read(content: bytes, where: str = "manifest") -> Manifest:
    """The manifest that a compressed text holds.

    :raises Refusal: it holds none, or one that would lead out of its folders
    """
    try:
        return _read(told(content))
    except (ValueError, TypeError, LookupError, AttributeError, OSError, EOFError, zlib.error) as wrong:
        raise Refusal(
            where,
            f"is not a manifest of this collection: {wrong}",
            "Take a new baseline; if the drill is over, look through its folders by hand",
        ) from None


def told(content: bytes) -> Iterator[Any]:
    """What the compressed text of a manifest says: its header, then each entry."""
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as lines:
        for line in lines:
            yield json.loads(line.decode(*_UTF8))


def _read(entries: Iterator[Any]) -> Manifest:
    header: Any = next(entries, None)
    form, names = header.pop("form"), header.pop("folders")
    if form != _FORM:
        raise ValueError(f"its form is {form}, not {_FORM}")
    folders = {str(name): Files() for name in names}
    places = list(folders)
    attributes: Dict[Tuple[str, str], str] = {}
    same: Dict[str, str] = {}  # most have the same attributes
    for at, below, size, written, digest, changed, kept, *_more in entries:
        if at == -1:
            continue
        place = places[at]
        if leads_out(below):
            raise ValueError(f"{below!r} leads out of {place}")
        folders[place][below] = Stamp(int(size), int(written), str(digest), int(changed))
        if kept is not None:
            attributes[place, below] = same.setdefault(kept, kept)
    return Manifest(header, folders, attributes)


def cut_off(below: str) -> bool:
    """Whether it is what a killed run leaves beside a file that it was about to take away or to put back
    (``AT_WORK`` of posix/names.py).
    """
    return bool(_AT_WORK.search(below))


def origins(content: bytes) -> Iterator[Tuple[str, str]]:
    """Where the files of a quarantine's list were, and their SHA-256."""
    entries = told(content)
    next(entries, None)  # the header
    for entry in entries:
        yield entry[-2], entry[4]


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


def shown(path: str) -> str:
    """A path for people and JSON: what is no text, or would break the line, as escapes."""
    return "".join(each if each.isprintable() else _escape(each) for each in path)


def _escape(each: str) -> str:
    byte = ord(each) - 0xDC00  # as Python writes a byte that is no text
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else each.encode("unicode_escape").decode()
