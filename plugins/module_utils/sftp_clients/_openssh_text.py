# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of an OpenSSH client configuration as blocks of values, each with the bytes it stands on.

Source: ssh_config(5), and readconf.c where the page is silent.
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Splice

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_KEYWORD = re.compile(rb"[ \t]*([A-Za-z][A-Za-z0-9]*)(?:[ \t]*=[ \t]*|[ \t]+)(?=[^ \t\r\n\f=])")
_ARGUMENT = re.compile(rb'(?:"([^"\r\n]*)"|([^ \t\r\n\f"#][^ \t\r\n\f"]*))(?=[ \t\r\n\f]|$)[ \t]*')
_HEADERS = ("host", "match")


class Setting(NamedTuple):
    """A keyword, in lower case, and its arguments: text and position of each."""

    keyword: str
    arguments: Tuple[Tuple[str, int], ...]
    line: int

    @property
    def text(self) -> str:
        return self.arguments[0][0]


class Block(NamedTuple):
    """What stands below a ``Host`` or ``Match`` line (``header``), or above the first of them (None)."""

    header: Optional[Setting]
    settings: Tuple[Setting, ...]

    def first(self, keyword: str) -> Optional[Setting]:
        """The one that counts; later ones of this keyword do not."""
        return next((each for each in self.settings if each.keyword == keyword), None)

    @property
    def patterns(self) -> Tuple[str, ...]:
        if self.header is None or self.header.keyword != "host":
            return ()
        return tuple(text for text, _at in self.header.arguments)

    @property
    def general(self) -> bool:
        """It is about every host."""
        if self.header is None or self.patterns == ("*",):
            return True
        return self.header.keyword == "match" and [text for text, _at in self.header.arguments] == ["all"]

    @property
    def name(self) -> str:
        """As people find it. What a ``Match`` runs is not repeated: it may be anything."""
        if self.header is None:
            return "above the first Host"
        if self.patterns:
            names = " ".join(self.patterns).encode("utf-8", "surrogateescape")
            return "Host " + names.decode("utf-8", "backslashreplace")
        return f"{self.header.keyword.capitalize()} on line {self.header.line + 1}"


class Config:
    """One file. Lines that OpenSSH could not read are no settings, and stay what they are."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self._lines = [(found.start(), found.group()) for found in _LINE.finditer(content)]
        self.blocks = self._blocks()

    def _blocks(self) -> Tuple[Block, ...]:
        headers: List[Optional[Setting]] = [None]
        settings: Dict[int, List[Setting]] = {0: []}
        for index, (start, line) in enumerate(self._lines):
            setting = _setting(index, start, line)
            if setting is not None and setting.keyword in _HEADERS:
                settings[len(headers)] = []
                headers.append(setting)
            elif setting is not None:
                settings[len(headers) - 1].append(setting)
        return tuple(Block(header, tuple(settings[index])) for index, header in enumerate(headers))

    def replaced(self, setting: Setting, text: str) -> Splice:
        """Another first argument; quotes stay."""
        old, start = setting.arguments[0]
        return Splice(self.path, start, old.encode("utf-8", "surrogateescape"), text.encode())

    def inserted(self, after: Setting, settings: Sequence[Tuple[str, str]]) -> Tuple[Splice, ...]:
        """Settings on lines of their own below that one, which look like it."""
        if not settings:
            return ()
        start, line = self._lines[after.line]
        text = line.rstrip(b"\r\n")
        end = line[len(text) :]
        indent = text[: len(text) - len(text.lstrip(b" \t"))]
        lines = [indent + f"{keyword} {value}".encode() for keyword, value in settings]
        new = b"".join(each + end for each in lines)
        if not end:  # the last line of the file
            end = b"\r\n" if any(each.endswith(b"\r\n") for _at, each in self._lines) else b"\n"
            new = b"".join(end + each for each in lines)
        return (Splice(self.path, start + len(line), b"", new),)


def _setting(index: int, start: int, line: bytes) -> Optional[Setting]:
    keyword = _KEYWORD.match(line)
    if keyword is None:
        return None
    arguments: List[Tuple[str, int]] = []
    position = keyword.end()
    while True:
        found = _ARGUMENT.match(line, position)
        if found is None:
            break
        group = 1 if found.group(1) is not None else 2
        arguments.append((found.group(group).decode("utf-8", "surrogateescape"), start + found.start(group)))
        position = found.end()
    setting = Setting(keyword.group(1).decode().lower(), tuple(arguments), index)
    rest = line[position:].strip(b" \t\r\n\f")
    readable = bool(arguments) and (not rest or rest.startswith(b"#"))
    return setting if readable or setting.keyword in _HEADERS else None  # a block ends at any header
