# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's XML files: read once with expat, and changed by splices at the byte offsets that expat tells.

Nothing is ever written from what was parsed: even FileZilla's own files do not survive that (byte order mark, line
ends, quotes, entities, comments). What an element says is its first text that is not blank, as FileZilla reads it.
"""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple
from xml.parsers import expat

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, Splice

ROOT = "FileZilla3"
SITES = f"/{ROOT}/Servers"
MAX_DEPTH = 500  # of elements; a person's folders in folders do not come near

REMEDY = "Nothing was changed: start FileZilla and see whether it reads it, or put a good copy back, then run again"

_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_EMPTY_TAG_END = re.compile(rb"\s*/>$")
_GAP = re.compile(rb"(?:\r\n|\n|\r)?[ \t]*\Z")
_PLAIN = re.compile(rb"[0-9.\s/>]*")  # cannot be a part of a secret


class Element:
    """An element and where it stands. ``path`` names those around it; a folder of sites is no step of its own."""

    __slots__ = (
        "attributes",
        "depth",
        "first",
        "last",
        "name",
        "parent",
        "path",
        "span",
        "start",
        "stop",
        "text",
    )

    def __init__(
        self, name: str, attributes: Dict[str, str], parent: Optional["Element"], start: int
    ) -> None:
        self.name, self.attributes, self.parent, self.start = name, attributes, parent, start
        self.depth: int = parent.depth + 1 if parent else 1
        around = parent.path if parent else ""
        self.path: str = around if name == "Folder" and around == SITES else f"{around}/{name}"
        self.first: Dict[str, Element] = {}  # child by name: of several, FileZilla reads the first
        self.last: Optional[Element] = None  # child
        self.stop = start  # offset of the end tag; of an element without one, no offset in it
        self.text = ""
        self.span: Optional[Tuple[int, int]] = None  # of the text, in bytes

    def says(self, name: str) -> str:
        """The text of a child, without blanks around it; empty without one."""
        child = self.first.get(name)
        return child.text.strip() if child else ""

    def number(self, name: str) -> Optional[int]:
        """The number in a child, or None."""
        return number(self.says(name))


class Document(NamedTuple):
    """A file of FileZilla and its elements, in their order."""

    path: str
    content: bytes
    root: Element
    elements: Sequence[Element]

    def to(self, element: Element, value: str) -> Tuple[Splice, ...]:
        """What makes an element say this; nothing where it does, be it spelled in another way."""
        text = element.text.strip()
        if text == value or (number(text) is not None and number(text) == number(value)):
            return ()
        new = _escaped(value)
        if element.span:
            start, stop = element.span
            raw = self.content[start:stop]
            return (self._splice(start + len(raw) - len(raw.lstrip()), raw.strip(), new),)
        tag = self._tag(element)
        empty = _EMPTY_TAG_END.search(tag)
        end = element.start + len(tag)
        if empty:
            new = b">" + new + b"</" + element.name.encode() + b">"
            return (self._splice(end - len(empty.group()), empty.group(), new),)
        return (self._splice(end, b"", new),)

    def after(self, element: Element, new: Sequence[str]) -> Splice:
        """Elements behind another one, each on its own line if that one is."""
        gap = self._gap(element)
        return self._splice(self._end(element), b"", b"".join(gap + one.encode() for one in new))

    def inside(self, element: Element, new: Sequence[str]) -> Splice:
        """Elements at the end of another one."""
        if element.last:
            return self.after(element.last, new)
        gap = self._gap(element)
        body = b"".join(gap + (b"\t" if gap else b"") + one.encode() for one in new)
        tag = self._tag(element)
        end = element.start + len(tag)
        empty = _EMPTY_TAG_END.search(tag)
        if empty:
            body = b">" + body + gap + b"</" + element.name.encode() + b">"
            return self._splice(end - len(empty.group()), empty.group(), body)
        return self._splice(end, b"", body + (gap if end == element.stop else b""))

    def raw(self, element: Element) -> bytes:
        """An element as it stands there."""
        return self.content[element.start : self._end(element)]

    def instead(self, element: Element, raw: bytes) -> Splice:
        """Another element in the place of this one."""
        return self._splice(element.start, self.raw(element), raw)

    def without(self, element: Element) -> Splice:
        """An element gone, with the line that it had for itself."""
        gap = self._gap(element)
        return self._splice(element.start - len(gap), gap + self.raw(element), b"")

    def _tag(self, element: Element) -> bytes:
        found = _TAG.match(self.content, element.start)
        return found.group() if found else b""  # well-formed: there is one

    def _end(self, element: Element) -> int:
        tag = self._tag(element)
        end = element.start + len(tag)
        return end if tag.endswith(b"/>") else self.content.index(b">", element.stop) + 1

    def _gap(self, element: Element) -> bytes:
        """Line end and blanks before an element."""
        before = self.content[max(0, element.start - 200) : element.start]
        found = _GAP.search(before)
        return found.group() if found else b""

    def _splice(self, start: int, old: bytes, new: bytes) -> Splice:
        return Splice(self.path, start, old, new, secret=_PLAIN.fullmatch(old) is None)


def number(text: str) -> Optional[int]:
    """A number as FileZilla writes them: decimal digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def element(name: str, value: str, attributes: str = "") -> str:
    """An element of its own."""
    return f"<{name}{attributes}>{_escaped(value).decode()}</{name}>"


def read(path: str, content: bytes) -> Document:
    """A file of FileZilla, taken apart.

    :raises Refusal: it is none, or not whole, or has what FileZilla never writes (a DOCTYPE, another encoding)
    """
    reader = _Reader(path)
    if b"\0" in content:  # UTF-16, which expat recognises whatever it was told
        raise Refusal(path, "it has zero bytes: its encoding is not UTF-8", REMEDY)
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Refusal(
            f"{path}, line {error.lineno}",
            f"this is not a whole XML file ({expat.ErrorString(error.code)})",
            REMEDY,
        ) from None
    root = reader.elements[0]
    if root.name != ROOT:
        raise Refusal(path, f"this is no file of FileZilla: its root is not {ROOT}", REMEDY)
    return Document(path, content, root, reader.elements)


class _Reader:
    """What expat tells, kept."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.elements: List[Element] = []
        self.open: Optional[Element] = None
        self.since = -1  # where the text began that is being read
        self.texts: List[str] = []
        parser = self.parser = expat.ParserCreate("UTF-8")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.XmlDeclHandler = self.declaration
        parser.StartDoctypeDeclHandler = self.doctype
        parser.CommentHandler = parser.StartCdataSectionHandler = parser.EndCdataSectionHandler = self.cut
        parser.ProcessingInstructionHandler = self.cut

    def start(self, name: str, attributes: Dict[str, str]) -> None:
        self.cut()
        new = Element(name, attributes, self.open, self.parser.CurrentByteIndex)
        if new.depth > MAX_DEPTH:
            raise Refusal(self.path, f"its elements are nested more than {MAX_DEPTH} deep", REMEDY)
        if self.open:
            self.open.first.setdefault(name, new)
            self.open.last = new
        self.elements.append(new)
        self.open = new

    def end(self, _name: str) -> None:
        self.cut()
        if self.open:
            self.open.stop = self.parser.CurrentByteIndex
            self.open = self.open.parent

    def characters(self, text: str) -> None:
        if self.since < 0:
            self.since = self.parser.CurrentByteIndex
        self.texts.append(text)

    def cut(self, *_: Any) -> None:
        """Another thing than text begins: here the text before it ends."""
        if self.since < 0:
            return
        if self.open and self.open.span is None:
            text = "".join(self.texts)
            if text.strip():
                self.open.text, self.open.span = text, (self.since, self.parser.CurrentByteIndex)
        self.since = -1
        self.texts.clear()

    def declaration(self, _version: str, encoding: Optional[str], _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            raise Refusal(self.path, f"its encoding is {encoding[:40]}, not UTF-8", REMEDY)

    def doctype(self, *_: Any) -> None:
        raise Refusal(self.path, "it has a DOCTYPE, which FileZilla never writes", REMEDY)


def _escaped(text: str) -> bytes:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
