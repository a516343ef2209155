# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a block of an OpenSSH client configuration is about a name, and where an address stands in a text.

Source: ssh_config(5), "PATTERNS", ``Host`` and ``Match``, and OpenSSH's match.c.
"""

from __future__ import annotations

import re
from typing import Iterable, List, Optional, Sequence, Tuple

ANY = "\0\0\0"  # what stands for * in a name that stands for many: only * matches it, or the same pattern
_WILD = re.compile(r"[*?!]")


def is_pattern(text: str) -> bool:
    """It is about several names, or about those that are not meant."""
    return _WILD.search(text) is not None


def matches(pattern: str, name: str) -> bool:
    """As match_pattern() decides: * is any text, ? is one character."""
    at = star = mark = back = 0
    found = False
    for _step in range((len(pattern) + 1) * (len(name) + 1)):
        if back == len(name):
            break
        if at < len(pattern) and pattern[at] == "*":
            found, star, mark = True, at, back
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[back]):
            at, back = at + 1, back + 1
        elif found:
            mark += 1
            at, back = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")


def listed(patterns: Iterable[str], name: str) -> bool:
    """One of the patterns matches, and none that begins with an exclamation mark does."""
    each = tuple(patterns)
    if any(matches(one[1:], name) for one in each if one.startswith("!")):
        return False
    return any(matches(one, name) for one in each if not one.startswith("!"))


def criteria(arguments: Sequence[str]) -> Tuple[Tuple[str, str], ...]:
    """Of a ``Match`` line: each criterion, in lower case, and what it asks for."""
    words: List[str] = []
    for word in arguments:
        head, equals, tail = word.partition("=")
        words += [head, tail] if equals and len(words) % 2 == 0 else [word]
    found: List[Tuple[str, str]] = []
    while words:
        name = words.pop(0).lower()
        alone = name.lstrip("!") in ("all", "canonical", "final")
        found.append((name, "" if alone or not words else words.pop(0)))
    return tuple(found)


def asked(arguments: Sequence[str], name: str, host: str) -> Optional[bool]:
    """Whether a ``Match`` line is about a name that leads to a host so far; None: not to be known from the file."""
    answers = [_answer(criterion, text, name, host) for criterion, text in criteria(arguments)]
    if not answers or False in answers:
        return False
    return None if None in answers else True


def _answer(criterion: str, text: str, name: str, host: str) -> Optional[bool]:
    no, word = criterion.startswith("!"), criterion.lstrip("!")
    if word == "all":
        return not no
    if word not in ("host", "originalhost"):
        return None
    return no != listed(text.lower().split(","), (host if word == "host" else name).lower())


def naming(hosts: Iterable[str]) -> re.Pattern[str]:
    """Any of these hosts as a whole: 10.9.9.1 is not in 10.9.9.14, nor in 10.9.9.1.example."""
    each = "|".join(re.escape(host) for host in sorted(hosts, key=len, reverse=True)) or "(?!)"
    return re.compile(rf"(?<![\w.-])(?:{each})(?![\w-]|\.\w)", re.IGNORECASE | re.ASCII)
