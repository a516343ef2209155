# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login at an SFTP server, without its program: the settings it gets, what it lists, what of it is downloaded."""

from __future__ import annotations

import fnmatch
import math
import re
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._services_logins import UNPROVED, WHOLE
from ansible_collections.hkex.drill.plugins.module_utils._services_options import PLAIN
from ansible_collections.hkex.drill.plugins.module_utils.model import Login

SPARE = 64 << 20  # bytes that must stay free on the disk
UNPACKED = 4 << 30  # bytes that a report may unpack to
MEMBERS = 10000  # files that a report may hold
ECHO = "sftp> "  # what the program prints before each command that it was given

_ALIVE = 5  # seconds between signs of life; a server that misses three is gone
_TOLD = 1000  # reports that are told of
_WORDS = 300  # characters of what the program complains of

# What "ls -ln" prints of a regular file; the program makes these lines itself, of what the server says.
_FILE = re.compile(r"-\S{9,10}\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\d+\s+[\d:]+\s(.+)")


class Report(NamedTuple):
    """A report that the server has; ``verdict`` is empty where it was only listed."""

    path: str
    size: int
    verdict: str = ""

    @property
    def line(self) -> str:
        return f"{self.path}\t{self.size}\t{self.verdict}"


def settings(login: Login, known_hosts: str, seconds: float) -> Dict[str, str]:
    """One connection that asks nobody, trusts the given host keys and takes the given key; no settings of anybody's.

    :param known_hosts: the path of the file that has them
    :param seconds: how long the connection may take
    """
    return {
        "BatchMode": "yes",
        "User": login.account,
        "IdentityFile": f'"{login.private_key}"'.replace("%", "%%"),
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "PreferredAuthentications": "publickey",
        "UserKnownHostsFile": f'"{known_hosts}"',
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "VerifyHostKeyDNS": "no",
        "UpdateHostKeys": "no",
        "CheckHostIP": "no",
        "ConnectTimeout": str(math.ceil(seconds)),
        "ConnectionAttempts": "1",
        "ServerAliveInterval": str(_ALIVE),
        "ServerAliveCountMax": "3",
        "ControlMaster": "no",
        "ControlPath": "none",
        "ProxyCommand": "none",
        "ForwardAgent": "no",
        "ClearAllForwardings": "yes",
        "LogLevel": "ERROR",
    }


def listing(pattern: str) -> str:
    """The command that lists what matches."""
    escaped = pattern.replace(" ", "\\ ")  # in quotes, * and ? would stand for themselves
    return f"-ls -ln {escaped}"


def matching(lines: Iterable[str], pattern: str) -> List[Report]:
    """The files among what ``listing`` printed, in the order of their paths."""
    files = (_FILE.fullmatch(line) for line in lines)
    found = sorted(Report(file.group(2), int(file.group(1))) for file in files if file)
    # Of a folder the program lists what is in it, by names that lead nowhere from here.
    return [
        each
        for each in found
        if fnmatch.fnmatchcase(each.path, pattern) and each.path.count("/") == pattern.count("/")
    ]


def each_once(found: Iterable[Report]) -> List[Report]:
    """The same reports, by the first pattern that each one matches."""
    seen: Dict[str, Report] = {}
    for report in found:
        seen.setdefault(report.path, report)
    return list(seen.values())


def chosen(reports: Sequence[Report], how_many: Optional[int]) -> List[Report]:
    """Those that are downloaded: of whose names a command can be made."""
    return [report for report in reports if PLAIN.fullmatch(report.path)][:how_many]


def too_many(reports: Sequence[Report], largest: int) -> str:
    """What to say of reports that are more than is downloaded (bytes); empty: they are not."""
    size = sum(report.size for report in reports)
    if size <= largest:
        return ""
    return f"logged on, but the reports have {size} bytes, more than the {largest} that are downloaded"


def outcome(
    reports: Sequence[Report], verdicts: Mapping[str, str], how_many: Optional[int]
) -> Tuple[bool, Tuple[str, ...], str]:
    """Whether all is well, the reports as the values of an answer, and what to say about them.

    :param verdicts: by path, of those that were downloaded
    """
    told = [report._replace(verdict=verdicts.get(report.path, "")) for report in reports]
    if how_many == 0:
        said = f"logged on, listed {len(told)}, downloaded none, as asked, logged out"
        return True, tuple(report.line for report in told[:_TOLD]), said
    fetched = [report for report in told if report.verdict]
    if not fetched:
        return False, (), "logged on and out, but no report matches"
    proved = sum(report.verdict == WHOLE for report in fetched)
    said = (
        f"logged on, listed {len(told)}, downloaded {len(fetched)}, of which {proved} are whole, logged out"
    )
    sound = all(each.verdict == WHOLE or each.verdict.startswith(UNPROVED) for each in fetched)
    lines = tuple(report.line for report in (*fetched, *(each for each in told if not each.verdict)))
    return sound, lines[:_TOLD], said


def complaint(text: str) -> str:
    """What the program said went wrong: its last words that say something, fit for a terminal."""
    lines = [line.strip() for line in text.splitlines()]
    empty = ("Connection closed", "Disconnected from", "Connection closed.")
    telling = [line for line in lines if line.strip("@ ") and not line.startswith(empty[1])]
    said = "; ".join([line for line in telling if line not in empty][-3:] or telling[-1:])
    said = "".join(sign if " " <= sign <= "~" else "?" for sign in said)[:_WORDS]
    return said or "the connection closed without a word"
