# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One login at an SFTP server by its key: list, download, see whether what came is whole, log out.

The program is OpenSSH's sftp, over one connection. It knows the given host keys and none else, takes the given key and
none else, asks nobody, and leaves nothing behind. Nothing of what is in a report is told, only whether it is whole.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import tempfile
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._services_options import PLAIN
from ansible_collections.hkex.drill.plugins.module_utils.model import Login
from ansible_collections.hkex.drill.plugins.module_utils.posix._sftp_session import Session
from ansible_collections.hkex.drill.plugins.module_utils.posix._whole_zip import UNPROVED, WHOLE, verdict
from ansible_collections.hkex.drill.plugins.module_utils.posix.dns import ProbeError
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _known_hosts

LIMIT = 300.0  # seconds that a login may take with everything
LARGEST = 1 << 30  # bytes of all reports together
_TOLD = 1000  # reports that are told of
_SPARE = 64 << 20  # bytes that must stay free on the disk

# What "ls -ln" prints of a regular file; the program makes these lines itself, of what the server says.
_FILE = re.compile(r"-\S{9,10}\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\w{3}\s+\d+\s+[\d:]+\s(.+)")


class Report(NamedTuple):
    """A report that the server has; ``verdict`` is empty where it was only listed."""

    path: str
    size: int
    verdict: str = ""

    @property
    def line(self) -> str:
        return f"{self.path}\t{self.size}\t{self.verdict}"


def login(host: str, port: int, wanted: Login, seconds: float) -> Tuple[Tuple[str, ...], str]:
    """Log on, download what is wanted, log out.

    :param seconds: how long the connection may take
    :returns: the reports that match, each "path, size, verdict" between tabs, and what to say about it
    :raises ProbeError: it failed or took longer than ``LIMIT``; in the program's words, why
    """
    if not os.path.isfile(wanted.private_key):
        raise ProbeError(f"the private key {wanted.private_key} is not on this workstation")
    folder = tempfile.mkdtemp(prefix="hkex-drill-")  # for nobody but its owner
    try:
        known = os.path.join(folder, "known_hosts")
        with open(known, "w", encoding="ascii") as file:
            name = _known_hosts.name(host, port)
            file.writelines(f"{name} {key}\n" for key in wanted.host_keys)
        with Session(host, port, wanted, known, folder, seconds, LIMIT) as session:
            reports = list(_listed(session, wanted.reports))
            chosen = _chosen(reports, wanted.how_many)
            _fits(chosen, folder)
            fetched = dict(_fetched(session, chosen, folder))
            session.log_out()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if wanted.how_many == 0:
        said = f"logged on, listed {len(reports)}, downloaded none, as asked, logged out"
        return tuple(report.line for report in reports[:_TOLD]), said
    return _told([report._replace(verdict=fetched.get(report.path, "")) for report in reports])


def _listed(session: Session, patterns: Sequence[str]) -> Iterator[Report]:
    """The files that match, each once, pattern by pattern in the order of their paths."""
    seen: Dict[str, Report] = {}
    for pattern in patterns:
        escaped = pattern.replace(" ", "\\ ")  # in quotes, * and ? would stand for themselves
        lines = (_FILE.fullmatch(line) for line in session.do(f"-ls -ln {escaped}"))
        found = [Report(line.group(2), int(line.group(1))) for line in lines if line]
        for report in sorted(found):
            # Of a folder the program lists what is in it, by names that lead nowhere from here.
            if fnmatch.fnmatchcase(report.path, pattern) and report.path.count("/") == pattern.count("/"):
                seen.setdefault(report.path, report)
    return iter(seen.values())


def _chosen(reports: Sequence[Report], how_many: Optional[int]) -> List[Report]:
    plain = [report for report in reports if PLAIN.fullmatch(report.path)]
    return plain[:how_many]


def _fits(chosen: Sequence[Report], folder: str) -> None:
    size = sum(report.size for report in chosen)
    if size > LARGEST:
        raise ProbeError(
            f"logged on, but the reports have {size} bytes, more than the {LARGEST} that are downloaded"
        )
    if size + _SPARE > shutil.disk_usage(folder).free:
        raise ProbeError(f"logged on, but there is no space for {size} bytes in {os.path.dirname(folder)}")


def _fetched(session: Session, chosen: Sequence[Report], folder: str) -> Iterator[Tuple[str, str]]:
    """Each path with its verdict. What came is removed as soon as it has been looked at."""
    path = os.path.join(folder, "report")
    for report in chosen:
        session.do(f'-get "{report.path}" "{path}"')
        try:
            yield report.path, verdict(path, report.path, report.size)
        finally:
            if os.path.exists(path):
                os.remove(path)


def _told(reports: Sequence[Report]) -> Tuple[Tuple[str, ...], str]:
    fetched = [report for report in reports if report.verdict]
    if not fetched:
        raise ProbeError("logged on and out, but no report matches")
    proved = sum(report.verdict == WHOLE for report in fetched)
    said = f"logged on, listed {len(reports)}, downloaded {len(fetched)}, of which {proved} are whole, logged out"
    bad = [each for each in fetched if each.verdict != WHOLE and not each.verdict.startswith(UNPROVED)]
    told = tuple(report.line for report in (*fetched, *(each for each in reports if not each.verdict)))
    if bad:
        raise Unsound(said, told[:_TOLD])
    return told[:_TOLD], said


class Unsound(ProbeError):
    """All went well, but a report is not whole; ``values`` tells of each."""

    def __init__(self, said: str, values: Tuple[str, ...]) -> None:
        super().__init__(said)
        self.values = values
