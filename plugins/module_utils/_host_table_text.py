# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of a host table: taken apart line by line, and one line written anew.

A host table is read as its readers read it: lines end with LF or CR LF; space, tab, VT, FF and a CR that ends no
line separate words; ``#`` opens a comment wherever it stands, and what follows a NUL on a line is never read.
Nothing is decoded, so bytes of any encoding survive.
"""

import ipaddress
import re
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_ipv4

BOM = b"\xef\xbb\xbf"
CTRL_Z = b"\x1a"  # the end of a text file for DOS, and for some readers on Windows to this day
NAMES_PER_LINE = 8  # Windows does not read further names of a line

KEEP = b""  # the fate of a name that is not ours: it stays where it is

_WORDS = re.compile(rb"([ \t\v\f\r\n]*)([^ \t\v\f\r\n]+)")
_UNREAD = re.compile(rb"[#\0]")


class Row(NamedTuple):
    """One line. ``lead + address + every gap and name + tail`` are its bytes, line end included.

    A line that maps nothing has no ``address`` and is all ``tail``.
    """

    number: int  # from 1
    start: int  # offset in the file
    lead: bytes  # byte order mark and blanks
    address: bytes
    names: Tuple[Tuple[bytes, bytes], ...]  # (the blanks before it, the name as spelled)
    tail: bytes  # blanks, comment, line end

    @property
    def raw(self) -> bytes:
        return self.lead + self._words(self.address, self.names) + self.tail

    @property
    def keys(self) -> Tuple[bytes, ...]:
        """The names as they are compared: without case."""
        return tuple(name.lower() for _gap, name in self.names)

    @property
    def end(self) -> bytes:
        return line_end(self.tail)

    @property
    def comment(self) -> bytes:
        """From the ``#`` (or NUL) to the end of the line, line end included; empty without one."""
        found = _UNREAD.search(self.tail)
        return self.tail[found.start() :] if found else b""

    @property
    def family(self) -> int:
        """4 or 6, or 0 if the first word is no address: nothing on that line is then active."""
        if is_ipv4(self.address.decode("ascii", "replace")):
            return 4
        if b":" not in self.address:
            return 0
        try:
            # A zone (fe80::1%eth0) is beyond ipaddress in Python 3.8.
            ipaddress.IPv6Address(self.address.split(b"%")[0].decode("ascii"))
        except ValueError:
            return 0
        return 6

    def _words(self, address: bytes, names: Sequence[Tuple[bytes, bytes]]) -> bytes:
        """Address and names with the line's own blanks; the first name stands where the first name stood."""
        if not names:
            return address
        first, rest = names[0], names[1:]
        return address + self.names[0][0] + first[1] + b"".join(gap + name for gap, name in rest)

    def rewritten(self, fates: Sequence[Optional[bytes]], ending: bytes) -> bytes:
        """The line after each name met its fate: ``KEEP``, an address to have, or None: it goes.

        Names that stay keep the line with its spacing and comment; those that leave for another address, and ours
        beyond the eighth, get lines of their own right behind it, so that the first match stays the first.
        If none stays, the line itself goes with the first name and only its address changes. A comment outlives
        the names of its line. ``ending`` is the line end to use where the line has none.
        """
        asked = [fate for fate in fates if fate is not None]
        if not asked:
            return self._emptied()
        home = self.address if KEEP in asked or self.address in asked else asked[0]
        kept: List[Tuple[bytes, bytes]] = []
        gone: Dict[bytes, List[Tuple[bytes, bytes]]] = {}
        for word, fate in zip(self.names, fates):
            if fate == KEEP or (fate == home and len(kept) < NAMES_PER_LINE):
                kept.append(word)
            elif fate is not None:
                gone.setdefault(fate, []).append(word)
        bodies = [self.lead + self._words(home, kept) + self.tail[: len(self.tail) - len(self.end)]]
        blanks = self.lead[len(BOM) :] if self.lead.startswith(BOM) else self.lead
        for address, words in gone.items():
            for first in range(0, len(words), NAMES_PER_LINE):
                bodies.append(blanks + self._words(address, words[first : first + NAMES_PER_LINE]))
        return (self.end or ending).join(bodies) + self.end

    def _emptied(self) -> bytes:
        if self.lead.startswith(BOM):
            # Without a line of its own the mark would spoil the next line for readers that stumble over it.
            return BOM + (self.comment or self.end)
        return self.comment


def rows(content: bytes, names: Iterable[bytes]) -> List[Row]:
    """The lines in which one of the names (lower case) occurs, be it as part of a word or in a comment, in order.

    Only these are taken apart, so a table of a hundred thousand blocked names costs little more than a short one.
    """
    lowered = content.lower()
    starts: Set[int] = set()
    for name in names:
        at = lowered.find(name)
        while at >= 0:
            starts.add(lowered.rfind(b"\n", 0, at) + 1)
            end = lowered.find(b"\n", at)
            at = lowered.find(name, end + 1) if end >= 0 else -1
    found: List[Row] = []
    number, counted = 1, 0
    for start in sorted(starts):
        number += content.count(b"\n", counted, start)
        counted = start
        end = content.find(b"\n", start) + 1
        found.append(_row(number, start, content[start : end or len(content)]))
    return found


def end_mark(content: bytes) -> int:
    """Where a last line of nothing but Ctrl-Z starts, which must stay the last one; else the length."""
    start = content.rfind(b"\n", 0, len(content.rstrip())) + 1
    return start if content[start:].strip() == CTRL_Z else len(content)


def _row(number: int, start: int, raw: bytes) -> Row:
    mark = BOM if number == 1 and raw.startswith(BOM) else b""
    unread = _UNREAD.search(raw)
    words = _WORDS.findall(raw, len(mark), unread.start() if unread else len(raw))
    if not words:
        return Row(number, start, mark, b"", (), raw[len(mark) :])
    length = len(mark) + sum(len(blanks) + len(word) for blanks, word in words)
    (blanks, address), names = words[0], tuple(words[1:])
    return Row(number, start, mark + blanks, address, names, raw[length:])


def line_end(text: bytes) -> bytes:
    if text.endswith(b"\r\n"):
        return b"\r\n"
    return b"\n" if text.endswith(b"\n") else b""


def dominant_end(content: bytes, otherwise: bytes) -> bytes:
    """The line end that most lines have; ``otherwise`` for a file without any."""
    both, crlf = content.count(b"\n"), content.count(b"\r\n")
    if not both:
        return otherwise
    return b"\r\n" if crlf * 2 > both else b"\n"
