# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One login at an SFTP server by its key: list, download, see whether what came is whole, log out.

The program is OpenSSH's sftp, over one connection. It knows the given host keys and none else, takes the given key and
none else, asks nobody, and leaves nothing behind. Nothing of what is in a report is told, only whether it is whole.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Iterator, List, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _login_reports
from ansible_collections.hkex.drill.plugins.module_utils._login_reports import SPARE, Report
from ansible_collections.hkex.drill.plugins.module_utils.model import Login
from ansible_collections.hkex.drill.plugins.module_utils.posix._sftp_session import Session
from ansible_collections.hkex.drill.plugins.module_utils.posix._whole_zip import verdict
from ansible_collections.hkex.drill.plugins.module_utils.posix.dns import ProbeError
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _known_hosts

LIMIT = 300.0  # seconds that a login may take with everything
LARGEST = 1 << 30  # bytes of all reports together


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
            reports = _listed(session, wanted.reports)
            chosen = _login_reports.chosen(reports, wanted.how_many)
            _fits(chosen, folder)
            fetched = dict(_fetched(session, chosen, folder))
            session.log_out()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sound, values, said = _login_reports.outcome(reports, fetched, wanted.how_many)
    if not sound:
        raise Unsound(said, values)
    return values, said


def _listed(session: Session, patterns: Sequence[str]) -> List[Report]:
    """The files that match, each once, pattern by pattern in the order of their paths."""
    return _login_reports.each_once(
        report
        for pattern in patterns
        for report in _login_reports.matching(session.do(_login_reports.listing(pattern)), pattern)
    )


def _fits(chosen: Sequence[Report], folder: str) -> None:
    too_many = _login_reports.too_many(chosen, LARGEST)
    if too_many:
        raise ProbeError(too_many)
    size = sum(report.size for report in chosen)
    if size + SPARE > shutil.disk_usage(folder).free:
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


class Unsound(ProbeError):
    """All went well, but a report is not whole, or none matches; ``values`` tells of each."""

    def __init__(self, said: str, values: Tuple[str, ...]) -> None:
        super().__init__(said)
        self.values = values
