# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two ways in which WinSCP keeps its settings: an ini file, and the registry. Both are sections of named values.

WinSCP escapes what it writes into either, the names of sites and the texts alike (``%20``; what is not ASCII is UTF-8
behind an escaped byte order mark). Source: WinSCP's core/HierarchicalStorage.cpp.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union, cast

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Assign,
    Edit,
    Key,
    Refusal,
    Seen,
    Splice,
)

# A text, a number, or as it stands in the store: bytes of an ini file, kind and data of the registry.
Value = Union[str, int, bytes, Mapping[str, object]]

_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_BLANKS = bytes(range(33))  # what Delphi's Trim takes away


def unescape(text: bytes) -> str:
    """What WinSCP reads from an escaped name or value."""
    plain = _ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), text)
    return plain[len(_BOM) if plain.startswith(_BOM) else 0 :].decode("utf-8", "replace")


def escape(text: str) -> str:
    """A text as WinSCP writes it: PuTTY's escape_registry_key, but for the star."""
    raw = text.encode("utf-8")
    if len(raw) > len(text.encode("utf-16-le")) // 2:
        raw = _BOM + raw
    signs = (chr(one) if _keeps(at, one) else f"%{one:02X}" for at, one in enumerate(raw))
    return "".join(signs)


def _keeps(at: int, one: int) -> bool:
    return 0x21 <= one <= 0x7E and one not in b"%?\\" and not (at == 0 and one == ord("."))


class Section(NamedTuple):
    """Values that stand together: ``path`` as it stands there, ``texts`` (numbers in decimal) by lower-case name.

    ``place`` finds the section again: the number of its line, or the key of the registry.
    """

    path: str
    texts: Mapping[str, str]
    place: Union[int, str]

    def number(self, name: str, missing: int) -> Optional[int]:
        """The number of this name, None where something else stands."""
        text = self.texts.get(name.lower())
        if text is None:
            return missing
        return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


class _Line(NamedTuple):
    start: int
    text: bytes
    end_of_line: bytes

    @property
    def stop(self) -> int:
        return self.start + len(self.text)

    @property
    def end(self) -> int:
        return self.stop + len(self.end_of_line)

    @property
    def header(self) -> Optional[str]:
        text = self.text.strip(_BLANKS)
        if text.startswith(b"[") and text.endswith(b"]") and len(text) > 1:
            return text[1:-1].strip(_BLANKS).decode("utf-8", "replace")
        return None

    @property
    def named(self) -> Optional[Tuple[str, int, bytes]]:
        """The value on this line: its name in lower case, and where it stands."""
        name, equals, value = self.text.partition(b"=")
        name = name.strip(_BLANKS)
        if not equals or not name or name.startswith(b";"):
            return None
        text = value.lstrip(_BLANKS)
        start = self.stop - len(text)
        return name.decode("utf-8", "replace").lower(), start, text.rstrip(_BLANKS)


class Ini:
    """An ini file, edited by line: only what changes moves.

    :raises Refusal: it is not text of one byte a character
    """

    def __init__(self, path: str, content: bytes) -> None:
        if content.startswith(_WIDE):
            raise Refusal(
                path, "it is UTF-16, which WinSCP does not write", "Save it as UTF-8, or move it away"
            )
        self.where = path
        self._lines = [*_lines(content)]
        self.content = content
        ends = (line.end_of_line for line in self._lines if line.end_of_line)
        self._end_of_line = next(ends, b"\r\n")

    def sections(self) -> Tuple[Section, ...]:
        """As they stand; of two values of one name the first counts."""
        return tuple(
            Section(
                header,
                {name: unescape(text) for name, (_line, _at, text) in self._values(index).items()},
                index,
            )
            for index, header in ((index, line.header) for index, line in enumerate(self._lines))
            if header is not None
        )

    def change(
        self, path: str, section: Optional[Section], values: Mapping[str, Optional[Value]], after: str = ""
    ) -> Tuple[Edit, ...]:
        """Give values of a section other texts (None: take the line away); no section: make it, at the end.

        :param after: the name of the value behind which a missing one is put, else at the section's end
        """
        wanted = {name: None if value is None else _written(value) for name, value in values.items()}
        if section is None:
            return self._created(path, [(name, text) for name, text in wanted.items() if text is not None])
        header = cast(int, section.place)
        present = self._values(header)
        behind = present[after.lower()][0] if after else self._last(header)
        edits: List[Edit] = []
        for name, text in wanted.items():
            there = present.get(name.lower())
            if there is None and text is not None:
                edits.append(self._inserted(behind, name.encode() + b"=" + text))
            elif there is not None and text is None:
                edits += self._removed(header, name)
            elif there is not None and text is not None and unescape(there[2]) != unescape(text):
                edits.append(Splice(self.where, there[1], there[2], text))
        return tuple(edits)

    def raw(self, section: Section, name: str) -> Optional[bytes]:
        """A value as it stands there."""
        there = self._values(cast(int, section.place)).get(name.lower())
        return None if there is None else there[2]

    def _named(self, header: int) -> Iterator[Tuple[int, Tuple[str, int, bytes]]]:
        """The lines of the section that begins there which name a value, and what they name."""
        for index in range(header + 1, len(self._lines)):
            if self._lines[index].header is not None:
                return
            named = self._lines[index].named
            if named is not None:
                yield index, named

    def _values(self, header: int) -> Dict[str, Tuple[int, int, bytes]]:
        """Line, position and text of each value of a section."""
        found: Dict[str, Tuple[int, int, bytes]] = {}
        for index, (name, start, text) in self._named(header):
            found.setdefault(name, (index, start, text))
        return found

    def _last(self, header: int) -> int:
        return max([header, *(line for line, _found in self._named(header))])

    def _inserted(self, index: int, text: bytes) -> Splice:
        line = self._lines[index]
        if line.end_of_line:
            return Splice(self.where, line.end, b"", text + line.end_of_line)
        return Splice(self.where, line.end, b"", self._end_of_line + text)

    def _removed(self, header: int, name: str) -> Iterator[Splice]:
        """Every line of this name; of the last line, which has no end, the end of the one before goes."""
        lines = [index for index, named in self._named(header) if named[0] == name.lower()]
        if lines and not self._lines[lines[-1]].end_of_line:
            first = lines.pop()
            while lines and lines[-1] == first - 1:
                first = lines.pop()
            start = self._lines[first - 1].stop
            yield Splice(self.where, start, self.content[start:], b"")
        for index in lines:
            line = self._lines[index]
            yield Splice(self.where, line.start, self.content[line.start : line.end], b"")

    def _created(self, path: str, values: Iterable[Tuple[str, bytes]]) -> Tuple[Edit, ...]:
        lines = [b"[" + path.encode() + b"]", *(name.encode() + b"=" + text for name, text in values)]
        end = self._end_of_line
        if self._lines and not self._lines[-1].end_of_line:
            return (Splice(self.where, len(self.content), b"", b"".join(end + line for line in lines)),)
        return (Splice(self.where, len(self.content), b"", b"".join(line + end for line in [*lines, b""])),)


def _written(value: Value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _lines(content: bytes) -> Iterator[_Line]:
    start = len(_BOM) if content.startswith(_BOM) else 0
    for found in _LINE.finditer(content, start):
        text = found.group().rstrip(b"\r\n")
        yield _Line(found.start(), text, found.group()[len(text) :])


class Registry:
    """A key of the registry, as it was seen with all below it; a value that was looked at by itself is newer."""

    def __init__(self, place: str, seen: Seen) -> None:
        self.where = place
        self._values: Dict[str, Dict[str, Mapping[str, object]]] = {
            below: dict(values) for below, values in (seen.keys.get(place) or {}).items()
        }
        for key, value in seen.settings.items():
            if key.store == "registry" and key.place.startswith(place + "\\"):
                values = self._values.setdefault(key.place[len(place) + 1 :], {})
                values.pop(key.name, None)
                if value is not None:
                    values[key.name] = value

    def sections(self) -> Tuple[Section, ...]:
        """As they stand."""
        return tuple(
            Section(
                path,
                {name.lower(): text_of(value) for name, value in values.items() if _readable(value)},
                path,
            )
            for path, values in self._values.items()
        )

    def change(
        self, path: str, section: Optional[Section], values: Mapping[str, Optional[Value]], after: str = ""
    ) -> Tuple[Edit, ...]:
        """Give values of a key other data (None: take the value away)."""
        edits: List[Edit] = []
        for name, value in values.items():
            key = self.key(path if section is None else str(section.place), name)
            before = self._values.get(key.place[len(self.where) + 1 :], {}).get(key.name)
            data = None if value is None else _data(value)
            if before != data:
                edits.append(Assign(key, before, data))
        return tuple(edits)

    def key(self, below: str, name: str) -> Key:
        """Where a value of a key stands, or would."""
        there = (each for each in self._values.get(below, {}) if each.lower() == name.lower())
        return Key("registry", f"{self.where}\\{below}", next(there, name))


def _readable(value: Mapping[str, object]) -> bool:
    return value.get("kind") in ("String", "ExpandString", "DWord")


def text_of(value: Mapping[str, object]) -> str:
    """What WinSCP reads from a value of the registry."""
    return unescape(str(value.get("data", "")).encode("utf-8", "replace"))


def _data(value: Value) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    return {"kind": "DWord" if isinstance(value, int) else "String", "data": value}


Store = Union[Ini, Registry]
