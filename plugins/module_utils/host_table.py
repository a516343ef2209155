# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host table concern: which IPv4 address the workstation's own table gives a name.

Which names at which addresses a drill asks for stands in the drill files (circular of 2021, "host table" of
Clearing Participants that access RAP and VaR Online by it); here is only how a table comes to say so.
Not one line is touched that does not map a name that was asked for.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Dict, Iterator, List, Mapping, Optional, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import fits
from ansible_collections.hkex.drill.plugins.module_utils._host_table_options import (
    ABSENT,
    PRESENT,
    REPORTED,
    Entry,
    Options,
    parse,
)
from ansible_collections.hkex.drill.plugins.module_utils._host_table_text import (
    BOM,
    CTRL_Z,
    KEEP,
    Row,
    dominant_end,
    end_mark,
    rows,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WARNING,
    WINDOWS,
    Concern,
    Finding,
    Look,
    Plan,
    Refusal,
    Seen,
    Splice,
)

__all__ = ["Entry", "Options", "concern", "describe", "look", "parse", "plan", "resolve"]

LARGEST = 16 * 1024 * 1024  # bytes


def look(options: Options, seen: Seen) -> Look:
    """The one file. :raises Refusal: if ``path`` is a path of the other kind of system"""
    return Look(files=frozenset({_path(options, seen)}))


def _path(options: Options, seen: Seen) -> str:
    path = options.path or seen.facts.host_table
    fits("host_table.path", path, seen, repr(path), "Leave path out for the system's own host table")
    return path


def _content(path: str, seen: Seen) -> bytes:
    """The table's bytes, none if there is no file; :class:`Refusal` if they cannot be edited as lines."""
    file = seen.files[path]
    content = file.content if file else b""
    if len(content) > LARGEST:
        raise Refusal(
            path,
            f"with {len(content)} bytes it is larger than {LARGEST >> 20} MB",
            "Look at what fills it: a host table of that size is not edited",
        )
    # Every other byte of Latin text in UTF-16 is NUL; a file full of NULs is what a crash can leave.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content.count(b"\0") * 4 > len(content):
        raise Refusal(
            path,
            "its bytes look like UTF-16 or a damaged file, which no resolver reads as a host table",
            "Look at it, and save it again as plain text (ASCII, or UTF-8 without byte order mark)",
        )
    return content


def plan(options: Options, seen: Seen) -> Plan:
    """The splices that make the table say what is asked, and what stands there that they cannot mend.

    :raises Refusal: if the file cannot be edited as a host table
    """
    path = _path(options, seen)
    content = _content(path, seen)
    windows = seen.system == WINDOWS
    edits = _edits(options, path, content, dominant_end(content, b"\r\n" if windows else b"\n"))
    findings = (
        *_oddities(path, content, windows),
        *_mapping_findings(options, path, content, windows),
        *_bypassed(options, seen),
    )
    return Plan(edits, frozenset({"resolver"} if edits else ()), findings)


def _rows(options: Options, content: bytes) -> List[Row]:
    return rows(content, [name.encode() for name in options.names])


def _edits(options: Options, path: str, content: bytes, ending: bytes) -> Tuple[Splice, ...]:
    wanted: Dict[bytes, bytes] = {}
    unwanted: Dict[bytes, bytes] = {}  # an empty address: every mapping of the name
    for entry in options.entries:
        (wanted if options.state == PRESENT else unwanted)[entry.name.encode()] = entry.address.encode()
    if options.leftovers_state == ABSENT:
        unwanted.update((name.encode(), b"") for name in options.leftovers)
    placed: Set[bytes] = set()  # names whose first active line has been met

    def fate(key: bytes, address: bytes) -> Optional[bytes]:
        if key in wanted:
            return None if key in placed else wanted[key]
        return None if unwanted.get(key) in (b"", address) else KEEP

    edits: List[Splice] = []
    for row in _rows(options, content):
        fates = [fate(key, row.address) for key in row.keys] if row.family == 4 else []
        if any(one != KEEP for one in fates):
            new = row.rewritten(fates, ending)
            placed.update(wanted.keys() & set(row.keys))
            if new != row.raw:
                edits.append(Splice(path, row.start, row.raw, new))

    missing = [address + b" " + name + ending for name, address in wanted.items() if name not in placed]
    if missing:
        at = end_mark(content)
        rewritten = edits and edits[-1].start + len(edits[-1].old) == at
        above = edits[-1].new if rewritten else content[:at]
        close = ending if above and not above.endswith(b"\n") else b""
        edits.append(Splice(path, at, b"", close + b"".join(missing)))
    return tuple(edits)


def _finding(path: str, line: int, what: str, remedy: str) -> Finding:
    return Finding(WARNING, f"{path} line {line}", what, remedy)


def _oddities(path: str, content: bytes, windows: bool) -> Iterator[Finding]:
    """What keeps readers from seeing lines, whatever these map."""
    if content.startswith(BOM):
        yield _finding(
            path,
            1,
            "the file begins with a byte order mark: some readers do not see this line",
            "Save the file without the mark (UTF-8 without BOM)",
        )
    stop = content.find(CTRL_Z, 0, end_mark(content))
    if windows and stop >= 0:
        yield _finding(
            path,
            1 + content.count(b"\n", 0, stop),
            "there is a Ctrl-Z (0x1A): some readers stop there and do not see what follows",
            "Remove the character",
        )


def _mapping_findings(options: Options, path: str, content: bytes, windows: bool) -> Iterator[Finding]:
    """Lines with a name of ours that say something else than the edits can make them say."""
    names = {name.encode() for name in options.names}
    leftovers = {name.encode() for name in options.leftovers if options.leftovers_state == REPORTED}
    for row in _rows(options, content):
        for key in dict.fromkeys(key for key in row.keys if key in names):
            name, address = key.decode(), row.address.decode("ascii", "backslashreplace")
            if row.family == 6:
                yield _finding(
                    path,
                    row.number,
                    f"{name} has the IPv6 address {address}, which may be used before the IPv4 one",
                    "Remove the name from that line if nobody needs it there: it is left alone",
                )
            elif row.family == 0:
                yield _finding(
                    path,
                    row.number,
                    f"{name} stands behind {address}, which is no address: the line is taken as inactive",
                    "Correct the line or make it a comment: it is left alone",
                )
            elif key in leftovers:
                yield _finding(
                    path,
                    row.number,
                    f"{name} is fixed to {address} although DNS must answer it:"
                    " the DNS fail-over does not reach this workstation",
                    "Set leftovers_state to absent to remove the name, or remove it from that line",
                )
            if windows and row.family == 4 and not row.comment.isascii():
                yield _finding(
                    path,
                    row.number,
                    f"the comment behind {name} is not plain ASCII: Windows may skip the whole line",
                    "Move the comment to a line of its own",
                )


def _bypassed(options: Options, seen: Seen) -> Iterator[Finding]:
    """People whose browser asks a proxy, which looks names up itself and knows nothing of this table."""
    for profile in seen.facts.profiles if options.entries and options.state == PRESENT else ():
        proxy = (
            "" if all(_excepted(entry.name, profile.bypass) for entry in options.entries) else profile.proxy
        )
        ways = [("the proxy", proxy), ("the proxy script", profile.pac)]
        for way, address in (each for each in ways if each[1]):
            yield Finding(
                WARNING,
                f"internet settings of {profile.folder}",
                f"{way} {address} may fetch pages for this person: it looks names up itself, so that the host "
                "table has no effect there",
                "Except the names of the host table from it, or switch it off for the drill",
            )


def _excepted(name: str, bypass: str) -> bool:
    """Whether a name does not go by the proxy: by Windows' list of names with asterisks, separated by semicolons."""
    patterns = [each.strip().lower() for each in bypass.split(";")]
    return any(fnmatchcase(name, each) for each in patterns) or ("<local>" in patterns and "." not in name)


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """What the table says now.

    ``path``, ``exists``, ``sha256`` (None without a file), ``size`` in bytes, and ``names``: for each name that is
    asked about the ``address`` it has (that of the first active line, or None) and the ``further`` ones.
    """
    path = _path(options, seen)
    file, content = seen.files[path], _content(path, seen)
    names: Dict[str, Any] = {}
    for name in options.names:
        addresses = resolve(content, name)
        names[name] = {"address": addresses[0] if addresses else None, "further": list(addresses[1:])}
    return {
        "path": path,
        "exists": file is not None,
        "sha256": file.sha256 if file else None,
        "size": len(content),
        "names": names,
    }


def resolve(content: bytes, name: str) -> Tuple[str, ...]:
    """The IPv4 addresses that the table's active lines give the name, in order: the first one is used."""
    key = name.lower().encode("utf-8", "replace")
    return tuple(row.address.decode() for row in rows(content, [key]) if row.family == 4 and key in row.keys)


def concern(params: Mapping[str, Any]) -> Concern:
    """The concern with its options, ready for the engine. :raises Refusal: for bad input"""
    return Concern("host_table", parse(params), look, plan, describe)
