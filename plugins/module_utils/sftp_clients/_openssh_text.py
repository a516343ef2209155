# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of an OpenSSH client configuration as blocks of values, each with the bytes it stands on.

Source: ssh_config(5), and OpenSSH's readconf.c and misc.c (argv_split) where the page is silent.
"""

from __future__ import annotations

import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Splice
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _openssh_match as match

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_KEYWORD = re.compile(
    rb'[ \t]*(?:([A-Za-z][A-Za-z0-9]*)(?:[ \t]*=[ \t]*|[ \t]+)|"([A-Za-z][A-Za-z0-9]*)"[ \t]*)(?=[^ \t\r\n\f=])'
)
_PIECE = re.compile(
    rb'((?:[^ \t\'"\\]|\\[\'"\\ ]|\\)+)|"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL
)
_ESCAPED = re.compile(rb"\\(['\"\\ ])")
_SPACE = b" \t\r\n\f"
_HEADERS = ("host", "match")
_COMMANDS = ("proxycommand", "localcommand", "remotecommand", "knownhostscommand")  # the rest of the line


class Argument(NamedTuple):
    """What an argument says, and the bytes that would be replaced: those inside its quotes, if it stands in some."""

    text: str
    raw: bytes
    at: int


class Setting(NamedTuple):
    """A keyword, in lower case, and its arguments."""

    keyword: str
    arguments: Tuple[Argument, ...]
    line: int

    @property
    def text(self) -> str:
        return self.arguments[0].text


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
        return tuple(each.text for each in self.header.arguments)

    @property
    def named(self) -> bool:
        """It has a host name of its own, so what stands in its header leads nowhere by itself."""
        hostname = self.first("hostname")
        return hostname is not None and hostname.text != "%h"

    @property
    def general(self) -> bool:
        """It is about every host."""
        if self.header is None or self.patterns == ("*",):
            return True
        return self.header.keyword == "match" and [each.text for each in self.header.arguments] == ["all"]

    def covers(self, name: str, host: str) -> Optional[bool]:
        """Whether it is about this name, which leads to this host so far; None: not to be known from the file."""
        if self.header is None:
            return True
        if self.header.keyword == "match":
            return match.asked([each.text for each in self.header.arguments], name, host)
        return match.listed(self.patterns, name)

    @property
    def name(self) -> str:
        """As people find it. What a ``Match`` runs is not repeated: it may be anything."""
        if self.header is None:
            return "above the first Host"
        if self.patterns:
            return "Host " + readable(" ".join(self.patterns))
        return f"{self.header.keyword.capitalize()} on line {self.header.line + 1}"


class Config:
    """One file. Lines that OpenSSH could not read are no settings, and stay what they are."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self._lines = [(found.start(), found.group()) for found in _LINE.finditer(content)]
        self.blocks = self._blocks()
        self.matches = tuple(
            (place, block)
            for place, block in enumerate(self.blocks)
            if block.header is not None and block.header.keyword == "match"
        )

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
        """Another first argument; quotes around it stay."""
        old = setting.arguments[0]
        return Splice(self.path, old.at, old.raw, text.encode())

    def naming(self, hosts: Iterable[str]) -> Iterator[Tuple[int, str]]:
        """Where one of these hosts stands outside comments: the line, and the host in lower case."""
        pattern = match.naming(hosts)
        for index, (start, line) in enumerate(self._lines):
            text = line.decode("latin-1")
            if not text.lstrip().startswith("#"):
                for found in pattern.finditer(text, 0, _end(index, start, line) - start):
                    yield index, found.group().lower()

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
    name = (keyword.group(1) or keyword.group(2)).decode().lower()
    body = line.rstrip(_SPACE)
    if name in _COMMANDS:
        command = body[keyword.end() :]
        return Setting(name, (Argument(_text(command), command, start + keyword.end()),), index)
    arguments: List[Argument] = []
    position = keyword.end()
    whole = True
    while position < len(body) and body[position : position + 1] != b"#":
        end, text, raw = _argument(body, position)
        whole = end > position
        if not whole:
            break
        at = position if len(raw) == end - position else position + 1
        arguments.append(Argument(_text(text), raw, start + at))
        position = end + len(body[end:]) - len(body[end:].lstrip(b" \t"))
    readable = bool(arguments) and whole
    return Setting(name, tuple(arguments), index) if readable or name in _HEADERS else None


def _argument(body: bytes, start: int) -> Tuple[int, bytes, bytes]:
    """Up to where the argument goes, what it says, and what of it would be replaced; up to its start: no quote ends it.

    As argv_split() decides: pieces in quotes of either kind, or in none, make one argument.
    """
    end, said = start, b""
    pieces: List[bytes] = []
    while end < len(body) and body[end : end + 1] not in (b" ", b"\t"):
        found = _PIECE.match(body, end)
        if found is None:
            return start, b"", b""
        plain = found.group(1)
        inner = next(group for group in found.groups() if group is not None)
        said += _ESCAPED.sub(rb"\1", inner)
        pieces.append(found.group() if plain is not None else inner)
        end = found.end()
    alone = len(pieces) == 1
    return end, said, pieces[0] if alone else body[start:end]


def readable(text: str) -> str:
    """What people are shown of a text with bytes that are none."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _end(index: int, start: int, line: bytes) -> int:
    """Where the settings of a line end and a comment may begin; all of a line that could not be read."""
    setting = _setting(index, start, line)
    if setting is None or not setting.arguments or setting.keyword in _HEADERS:
        return start + len(line)
    last = setting.arguments[-1]
    return last.at + len(last.raw)
