# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One login at an SFTP server from a Windows workstation, by OpenSSH's sftp.exe: what it is given, what it says.

The hands can run the program, but choose nothing. So it takes two sessions, one after the other: the first lists, the
second downloads what was chosen here of that, and tells of each report whether it is whole. Nothing of what is in a
report leaves the workstation, and nothing stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.hkex.drill.plugins.module_utils import _login_reports
from ansible_collections.hkex.drill.plugins.module_utils._login_reports import Report
from ansible_collections.hkex.drill.plugins.module_utils._services_logins import UNPROVED, WHOLE
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Login, Probe
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _known_hosts

LIMIT = 300.0  # seconds that a login may take with everything
LARGEST = 1 << 30  # bytes of all reports together

# What the hands say of a program that came to its end, well or not.
ENDED = "sftp ended"

# In the folder in which the program runs.
_KNOWN_HOSTS = "known_hosts"

# A question of kind sftp to the hands, and their answer.
Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_VERDICTS = {
    "whole": WHOLE,
    "sum": "it is damaged: what is in it does not have its checksum",
    "damaged": "it is damaged: it cannot be read as a zip file",
    "encrypted": f"{UNPROVED}it is encrypted",
    "large": f"{UNPROVED}it unpacks to more than is opened here",
    "method": f"{UNPROVED}it is packed in a way that is not known here",
    "closed": f"{UNPROVED}it cannot be opened on the workstation; an antivirus program may have it",
}


class _Failed(Exception):
    """The login came to nothing; ``what`` says why, ``seconds`` how long the session took in which it did."""

    def __init__(self, what: str, seconds: float = 0.0) -> None:
        super().__init__(what)
        self.what = what
        self.seconds = seconds


class _Session(NamedTuple):
    """How one went: what was said before the word for it, what the program printed, verdicts, seconds."""

    tried: str
    printed: list[str]
    verdicts: list[str]
    seconds: float


def log_on(probe: Probe, wanted: Login, ask: Ask) -> Answer:
    """Log on, download what is wanted, log out.

    :param ask: has the workstation carry out one session
    :returns: as of any login: reports, each "path, size, verdict" between tabs, and what to say about it
    """
    seconds = 0.0
    try:
        listing = [_login_reports.listing(each) for each in wanted.reports]
        listed = _session(ask, _request(probe, wanted, listing, (), LIMIT))
        seconds += listed.seconds
        reports = _listed(listed.printed, wanted.reports)
        chosen = _login_reports.chosen(reports, wanted.how_many)
        too_many = _login_reports.too_many(chosen, LARGEST)
        if too_many:
            raise _Failed(listed.tried + too_many)
        verdicts = {}
        if chosen:
            fetched = _session(ask, _request(probe, wanted, _gets(chosen), chosen, LIMIT - seconds))
            seconds += fetched.seconds
            pairs = zip(chosen, fetched.verdicts, strict=True)
            verdicts = {report.path: _verdict(report, told) for report, told in pairs}
    except _Failed as failed:
        return Answer(False, failed.what, (), seconds + failed.seconds)
    sound, values, said = _login_reports.outcome(reports, verdicts, wanted.how_many)
    return Answer(sound, listed.tried + said, values, seconds)


def _session(ask: Ask, question: Mapping[str, Any]) -> _Session:
    told = ask(question)
    if not told["ok"]:
        raise _Failed(told["what"], told["seconds"])
    tried = told["what"].removesuffix(ENDED)
    code, printed, errors, *verdicts = told["values"]
    if code != "0":
        raise _Failed(tried + _login_reports.complaint(errors), told["seconds"])
    return _Session(tried, printed.splitlines(), verdicts, told["seconds"])


def _request(
    probe: Probe, wanted: Login, commands: Iterable[str], reports: Sequence[Report], left: float
) -> dict[str, Any]:
    name = _known_hosts.name(probe.host, probe.port)
    size = sum(report.size for report in reports)
    login = {
        "private_key": wanted.private_key,
        "config": _config(wanted, probe.timeout),
        "known_hosts": "".join(f"{name} {key}\n" for key in wanted.host_keys),
        "batch": "".join(f"{command}\n" for command in (*commands, "bye")),
        "zips": [report.path.lower().endswith(".zip") for report in reports],
        "most": {"files": _login_reports.MEMBERS, "bytes": _login_reports.UNPACKED},
        "room": 3 * size + _login_reports.SPARE,  # what is in a report is packed again for its checksum
    }
    return {**probe._asdict(), "timeout": max(left, 1.0), "login": login}


def _config(wanted: Login, seconds: float) -> str:
    """Settings in a file of their own: of a command line, each version of Windows' OpenSSH takes quotes differently.

    Slashes, because newer ones take a backslash in quotes for a sign that says something of the next.
    """
    there = wanted._replace(private_key=wanted.private_key.replace("\\", "/"))
    given = _login_reports.settings(there, _KNOWN_HOSTS, seconds)
    given["GlobalKnownHostsFile"] = given["UserKnownHostsFile"]
    return "".join(f"{name} {value}\n" for name, value in given.items())


def _listed(printed: Sequence[str], patterns: Sequence[str]) -> list[Report]:
    """What each pattern's command printed stands behind the command."""
    behind: dict[str, list[str]] = {}
    current: list[str] = []
    for line in printed:
        if line.startswith(_login_reports.ECHO):
            current = behind.setdefault(line.removeprefix(_login_reports.ECHO).strip(), [])
        else:
            current.append(line)
    return _login_reports.each_once(
        report
        for pattern in patterns
        for report in _login_reports.matching(
            behind.get(_login_reports.listing(pattern).strip(), ()), pattern
        )
    )


def _gets(chosen: Sequence[Report]) -> Iterator[str]:
    return (f'-get "{report.path}" report{index}' for index, report in enumerate(chosen))


def _verdict(report: Report, told: str) -> str:
    """What is to be said of a report of which the hands tell how many bytes came (-1: none) and how it opened."""
    came, _space, opened = told.partition(" ")
    if came == "-1":
        return "it was not downloaded: the server did not give it"
    if int(came) != report.size:
        return f"{came} bytes came, but the server lists {report.size}"
    return _VERDICTS[opened or "whole"]
