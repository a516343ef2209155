# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schedule as systemd and cron want it: texts, from pure functions.

A cleanup never starts at or after its end, however late it is started (a controller that was off or asleep): from then
on a business day's reports are downloaded, which bear the names that cleanup looks for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import (
    HOURLY,
    PLAYBOOKS,
    Controller,
    Schedule,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import CLEANUP, show

HEADER = (
    "# Made by hkex.drill (docs/schedule.md): changed and removed by ansible-playbook hkex.drill.schedule\n"
)

LONGEST = 3600  # seconds: a run that hangs must not keep the later ones from starting
_CRON_TAKES = 998  # characters of a command; some crons refuse a whole file for a longer one

_PLAIN = re.compile(r"[\w@+=:,./-]+", re.ASCII)


@dataclass(frozen=True)
class CronEntry:
    """Fields of a crontab, in the controller's own zone; the hour is always any, since the job asks for the time."""

    phase: str
    minute: str
    day: str
    month: str
    job: str


# ---- systemd ----


def units(schedule: Schedule, controller: Controller, system: bool) -> dict[str, str]:
    """Names and texts of a service and a timer for each phase.

    :param system: for the system's own manager, which knows when there is a network; a person's does not
    :raises Refusal: a path or argument that no unit can hold
    """
    name = controller.name(schedule)
    texts = {}
    for phase in PLAYBOOKS:
        texts[f"{name}-{phase}.service"] = _service(schedule, controller, phase, system)
        texts[f"{name}-{phase}.timer"] = _timer(schedule, phase)
    return texts


def _service(schedule: Schedule, controller: Controller, phase: str, system: bool) -> str:
    cleaning = phase == CLEANUP
    stamp = controller.stamp(schedule)
    late = "too late: a business day has begun, and the reports of it are production's"
    guard = f'test "$(date +%s)" -lt {_epoch(schedule.until)} || {{ echo "{late}" >&2; exit 1; }}'
    unit = [f"Description=hkex.drill: {phase} after {schedule.drill} on {schedule.occurrence}"]
    if cleaning:  # every workstation was clean: what has come since is not the drill's
        unit.append(f"ConditionPathExists=!{_raw(stamp)}")
    if system:
        unit += ["Wants=network-online.target", "After=network-online.target"]
    service = [f"Type=oneshot\nTimeoutStartSec={LONGEST}\nWorkingDirectory={_raw(controller.folder)}"]
    service += [
        f"Environment={_word(f'{name}={value}', expands=False)}"
        for name, value in controller.environment.items()
    ]
    service += [f"ExecStartPre={_line(['/bin/sh', '-c', guard])}"] if cleaning else []
    service += [f"ExecStart={_line(controller.command(schedule, phase))}"]
    service += [f"ExecStartPost={_line(['/usr/bin/touch', stamp])}"] if cleaning else []
    return HEADER + "\n".join(["[Unit]", *unit, "", "[Service]", *service, ""])


def _timer(schedule: Schedule, phase: str) -> str:
    lines = [f"[Unit]\nDescription=hkex.drill: when {phase} runs after {schedule.drill}\n\n[Timer]"]
    lines += [f"OnCalendar={each}" for each in calendar(schedule.of(phase))]
    return HEADER + "\n".join([*lines, "Persistent=true", "\n[Install]\nWantedBy=timers.target", ""])


def calendar(moments: Iterable[datetime]) -> list[str]:
    """Hourly times as systemd's calendar events, one for each day in Hong Kong."""
    events = []
    for day, of_day in groupby(moments, key=lambda moment: moment.date()):
        times = list(of_day)
        first, last = times[0].hour, times[-1].hour
        hours = f"{first:02}..{last:02}" if first < last else f"{first:02}"
        events.append(f"{day} {hours}:{times[0]:%M:%S} Asia/Hong_Kong")
    return events


def _line(words: Sequence[str]) -> str:
    # The program itself is not subject to variables.
    return " ".join([_word(words[0], expands=False), *(_word(word) for word in words[1:])])


def _word(word: str, expands: bool = True) -> str:
    """A word as systemd.syntax(7) and systemd.service(5) quote it; in the arguments of a command $ expands."""
    if _PLAIN.fullmatch(word):
        return word
    quoted = _raw(word).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted.replace('$', '$$') if expands else quoted}'"


def _raw(text: str) -> str:
    """A value that systemd reads as it stands, but for its specifiers."""
    return _printable(text).replace("%", "%%")


# ---- cron ----


def cron_entries(schedule: Schedule, controller: Controller, zone: tzinfo | None) -> tuple[CronEntry, ...]:
    """An entry for each phase. Cron has neither zones nor years: each job asks for the seconds since 1970 itself.

    So an hour that a change of clocks repeats or leaves out costs no run and adds none.

    :param zone: the controller's own; None: as the system says
    :raises Refusal: a path or argument that no crontab can hold; a command that is too long
    """
    entries = []
    for phase in PLAYBOOKS:
        moments = schedule.of(phase)
        end = schedule.until if phase == CLEANUP else schedule.until + HOURLY
        local = [moment.astimezone(zone) for moment in moments]
        entries.append(
            CronEntry(
                phase,
                _field(moment.minute for moment in local),
                _field(moment.day for moment in local),
                _field(moment.month for moment in local),
                _job(schedule, controller, phase, _epoch(moments[0]), _epoch(end)),
            )
        )
    return tuple(entries)


def cron_file(schedule: Schedule, controller: Controller, zone: tzinfo | None) -> str:
    """The text of a file in /etc/cron.d, whose jobs are root's.

    :raises Refusal: as ``cron_entries``
    """
    said = []
    for phase, moments in ((phase, schedule.of(phase)) for phase in PLAYBOOKS):
        first, last = moments[0], moments[-1]
        hourly = f", hourly, the last one at {show(last)}" if len(moments) > 1 else ""
        said.append(f"# {phase}: {show(first)} of Hong Kong ({_here(first, zone)} here){hourly}")
    lines = [
        f"# {schedule.drill} on {schedule.occurrence}",
        *said,
        "# cron knows no time zone: minutes, days and months below are of this controller's own. The numbers in the",
        "# jobs are seconds since 1970, so none runs too early, too late or in another year. Install again after this",
        "# controller has moved to another zone. What is missed while it is off cron does not catch up.",
        "SHELL=/bin/sh",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    entries = cron_entries(schedule, controller, zone)
    lines += [f"{each.minute} * {each.day} {each.month} * root {each.job}" for each in entries]
    return HEADER + "\n".join([*lines, ""])


def _job(schedule: Schedule, controller: Controller, phase: str, start: int, end: int) -> str:
    stamp = f'"$E"/{controller.name(schedule)}-clean'
    settings = {name: shlex.quote(value) for name, value in controller.environment.items()}
    given = " ".join(f"{name}={value}" for name, value in {**settings, "HKEX_DRILL_EVIDENCE": '"$E"'}.items())
    command = shlex.join(controller.command(schedule, phase))
    steps = [
        f"E={shlex.quote(controller.evidence)}"
    ]  # short, for the sake of crons that take no long commands
    steps += [f"test ! -e {stamp}"] if phase == CLEANUP else []
    steps += [f"test $(date +%s) -ge {start}", f"test $(date +%s) -lt {end}"]
    steps += [f"cd {shlex.quote(controller.folder)}", 'mkdir -p -m 700 "$E"']
    steps += [f'env {given} timeout {LONGEST} {command} >> "$E"/schedule.log 2>&1']
    steps += [f"touch {stamp}"] if phase == CLEANUP else []
    job = _printable(" && ".join(steps)).replace("%", "\\%")  # to cron a bare one is the end of a line
    if len(job) > _CRON_TAKES:
        what = f"the command of {phase} has {len(job)} characters, and cron takes no more than {_CRON_TAKES}"
        raise Refusal("cron", what, "Use shorter paths, or a link to the folder")
    return job


def _field(numbers: Iterable[int]) -> str:
    return ",".join(str(number) for number in sorted(set(numbers)))


def _here(moment: datetime, zone: tzinfo | None) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


# ---- both ----


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _printable(text: str) -> str:
    """The text itself.

    :raises Refusal: it has characters that end a line, or are none
    """
    if not text.isprintable():  # also what is no UTF-8, which Python keeps as lone surrogates
        raise Refusal(repr(text), "no unit or crontab can hold it", "Use a path of printable characters")
    return text
