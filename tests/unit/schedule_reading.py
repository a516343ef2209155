# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units and crontabs read strictly, as their manuals say: whatever is malformed or unknown is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

KNOWN = {
    "Unit": {"Description", "Wants", "After"},
    "Service": {"Type", "KillSignal", "ExecStart"},
    "Timer": {"OnCalendar", "Persistent"},
    "Install": {"WantedBy"},
}
CALENDAR = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d)(?:\.\.(\d\d))?:(\d\d):(\d\d) (\S+)")
CRON = re.compile(r"(\S+) (\S+) (\S+) (\S+) (\S+) root (.+)")


def unit(text: str) -> dict[str, list[str]]:
    """The values of each key, in order."""
    section, found = "", dict[str, list[str]]()
    for line in text.splitlines():
        if re.fullmatch(r"\[\w+\]", line):
            section = line[1:-1]
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals and key in KNOWN[section] and value == value.strip(), line
            assert not value.endswith("\\"), f"{line} goes on in the next line"
            found.setdefault(key, []).append(value)
    return found


def raw(value: str) -> str:
    """A value with its specifiers resolved: there may be none but %%."""
    assert not re.search(r"(?<!%)(%%)*%(?!%)", value), f"{value} has a specifier"
    return value.replace("%%", "%")


def words(line: str) -> list[str]:
    """The words of a command line as systemd.service(5) splits it, without variables."""
    found, rest = list[str](), line
    while rest:
        match = re.match(r"'((?:[^'\\]|\\[\\'])*)'(?: |$)|([^\s'\"\\;]+)(?: |$)", rest)
        assert match, f"malformed from here on: {rest}"
        word = re.sub(r"\\([\\'])", r"\1", match[1]) if match[2] is None else match[2]
        if found:  # the program itself is not subject to variables
            assert not re.search(r"(?<!\$)(\$\$)*\$(?!\$)", word), f"{word} has a variable"
            word = word.replace("$$", "$")
        found.append(raw(word))
        rest = rest[match.end() :]
    return found


def script(service: str) -> str:
    """What a service runs, as text of sh."""
    program, option, text = words(unit(service)["ExecStart"][0])
    assert (program, option) == ("/bin/sh", "-c")
    return text


def elapses(event: str) -> Iterator[datetime]:
    """When a calendar event as ours are elapses."""
    match = CALENDAR.fullmatch(event)
    assert match, event
    day, first, last, minute, second, zone = match.groups()
    assert int(first) <= int(last or first) < 24
    for hour in range(int(first), int(last or first) + 1):
        naive = datetime.fromisoformat(f"{day}T{hour:02}:{minute}:{second}")
        yield naive.replace(tzinfo=ZoneInfo(zone))


def cron_lines(text: str) -> list[tuple[list[set[int] | None], str]]:
    """The entries of a file in /etc/cron.d: minutes, hours, days, months, week days (None: any), and the job."""
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#") and not re.match(r"[A-Z]+=", line):
            match = CRON.fullmatch(line)
            assert match, line
            fields = [
                None if each == "*" else {int(number) for number in each.split(",")}
                for each in match.groups()[:5]
            ]
            assert not re.search(r"(?<!\\)%", match[6]), "cron takes a bare % for the end of a line"
            found.append((fields, match[6].replace("\\%", "%")))
    return found


def fires(
    fields: list[set[int] | None], start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """When cron starts a job whose hour is any (by real time, through every change of clocks)."""
    moment = start.astimezone(UTC)
    while moment < end:
        local = moment.astimezone(zone)
        there = (local.minute, local.hour, local.day, local.month, local.isoweekday() % 7)
        if all(field is None or number in field for field, number in zip(fields, there, strict=True)):
            yield moment
        moment += timedelta(minutes=5)  # as the times of the drills that are made up here
