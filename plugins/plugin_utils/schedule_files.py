# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A schedule as systemd and cron want it: texts, from pure functions.

No cleanup goes on past its end, however late it is started (a controller that was off or asleep): from then on a
business day's reports are downloaded, which bear the names that cleanup looks for.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import HOURLY, Controller, Schedule
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import CLEANUP, show

HEADER = (
    "# Made by hkex.drill (docs/schedule.md): changed and removed by ansible-playbook hkex.drill.schedule\n"
)

# Seconds that a run has, with waiting for another schedule's, and then to end by itself: together an hour, so that one
# that hangs does not keep the next from starting.
GRACE = 60
LONGEST = 3600 - GRACE
PROGRAMS = (
    "timeout",
    "flock",
)  # of coreutils and util-linux: without them there is no bound, and no taking of turns
_CRON_TAKES = 998  # characters of a command; some crons refuse a whole file for a longer one

_PLAIN = re.compile(r"[\w@+=:,./-]+", re.ASCII)


@dataclass(frozen=True)
class CronEntry:
    """Fields of a crontab; the hour is always any, since the job asks for the time."""

    phase: str
    minute: str
    day: str
    month: str
    job: str

    @property
    def fields(self) -> str:
        return f"{self.minute} * {self.day} {self.month} *"


def script(schedule: Schedule, controller: Controller, phase: str, log: str = "") -> str:
    """What runs, as one line of sh, the same for either keeper.

    A cleanup does nothing once one has ended with 0: every workstation was clean, and what has come since is not the
    drill's. It is interrupted before its end; a purge may be cut at any instant and gone on from. Schedules of one
    evidence folder take turns, since the run lock there refuses rather than waits.

    :param log: what is to become of the output, as redirections
    """
    settings = {name: shlex.quote(value) for name, value in controller.environment.items()}
    given = " ".join(f"{name}={value}" for name, value in {**settings, "HKEX_DRILL_EVIDENCE": '"$E"'}.items())
    # E, S, l and n are short, for the sake of crons that take no long commands.
    steps = [f"E={shlex.quote(controller.evidence)}"]
    steps += [f'cd {shlex.quote(controller.folder)} && umask 077 && mkdir -p "$E" || exit', f"l={LONGEST}"]
    if phase == CLEANUP:
        steps += [
            f"S=$E/{controller.name(schedule)}-clean",
            '[ ! -e "$S" ] || exit 0',
            f"n=$(({_epoch(schedule.until) - GRACE}-$(date +%s)))",
            '[ $n -gt 0 ] || { echo "too late: a business day begins" >&2; exit 1; }',
            "[ $n -gt $l ] || l=$n",
        ]
    command = shlex.join(controller.command(schedule, phase))
    # flock -F becomes the command, so that it is the command that timeout interrupts and waits for.
    run = f'{given} timeout -s INT -k {GRACE} $l flock -F "$E"/schedule.lock {command}{log}'
    steps += [f'{run} && touch "$S"' if phase == CLEANUP else run]
    return _printable("; ".join(steps))


# ---- systemd ----


def units(schedule: Schedule, controller: Controller, system: bool) -> dict[str, str]:
    """Names and texts of a service and a timer for each phase.

    :param system: for the system's own manager, which knows when there is a network; a person's does not
    :raises Refusal: a path or argument that no unit can hold
    """
    name = controller.name(schedule)
    texts = {}
    for phase in schedule.phases:
        texts[f"{name}-{phase}.service"] = _service(schedule, controller, phase, system)
        texts[f"{name}-{phase}.timer"] = _timer(schedule, phase)
    return texts


def _service(schedule: Schedule, controller: Controller, phase: str, system: bool) -> str:
    unit = [f"Description=hkex.drill: {phase} after {schedule.drill} on {schedule.occurrence}"]
    if system:
        unit += ["Wants=network-online.target", "After=network-online.target"]
    line = _line(["/bin/sh", "-c", script(schedule, controller, phase)])
    service = ["Type=oneshot", "KillSignal=SIGINT", f"ExecStart={line}"]  # stopped as by Ctrl-C
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
    """A command as systemd.syntax(7) and systemd.service(5) quote it; in arguments % and $ would be expanded."""
    quoted = []
    for word in words:
        escaped = word.replace("%", "%%").replace("$", "$$").replace("\\", "\\\\").replace("'", "\\'")
        quoted.append(word if _PLAIN.fullmatch(word) else f"'{escaped}'")
    return " ".join(quoted)


# ---- cron ----


def cron_entries(schedule: Schedule, controller: Controller) -> tuple[CronEntry, ...]:
    """An entry for each phase, right in any zone that cron may have.

    Cron has neither zones nor years, and which zone it has nobody else knows. So it starts the job hourly on the days
    of the schedule and the days around them, and the job asks for the seconds since 1970. Where a zone or a change of
    clocks is off by a fraction of an hour, it runs that much later.

    :raises Refusal: a path or argument that no crontab can hold; a command that is too long
    """
    entries = []
    for phase in schedule.phases:
        moments = schedule.of(phase)
        end = schedule.until if phase == CLEANUP else schedule.until + HOURLY
        days = {moment.date() + timedelta(days=each) for moment in moments for each in (-1, 0, 1)}
        entries.append(
            CronEntry(
                phase,
                str(moments[0].minute),
                _field(day.day for day in days),
                _field(day.month for day in days),
                _job(schedule, controller, phase, end),
            )
        )
    return tuple(entries)


def cron_file(schedule: Schedule, controller: Controller) -> str:
    """The text of a file in /etc/cron.d, whose jobs are root's.

    :raises Refusal: as ``cron_entries``
    """
    said = []
    for phase in schedule.phases:
        first, last = schedule.of(phase)[0], schedule.of(phase)[-1]
        hourly = f", hourly, the last one at {show(last)}" if first < last else ""
        said.append(f"# {phase}: {show(first)} of Hong Kong{hourly}")
    lines = [
        f"# {schedule.drill} on {schedule.occurrence}",
        *said,
        "# cron knows no time zone: it starts the jobs each hour of these days and of those around them. The numbers",
        "# in the jobs are seconds since 1970, so that none runs too early, too late or in another year.",
        "SHELL=/bin/sh",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    lines += [f"{each.fields} root {each.job}" for each in cron_entries(schedule, controller)]
    return HEADER + "\n".join([*lines, ""])


def _job(schedule: Schedule, controller: Controller, phase: str, end: datetime) -> str:
    # What is written to the log reaches nobody; what a job says cron mails.
    log = ' >>"$E"/schedule.log 2>&1 || { c=$?; tail -n 20 "$E"/schedule.log; exit $c; }'
    start = schedule.of(phase)[0]
    timely = f"n=$(date +%s); [ $n -ge {_epoch(start)} ] && [ $n -lt {_epoch(end)} ] || exit 0"
    job = f"{timely}; {script(schedule, controller, phase, log)}"
    if "\\%" in job:
        raise Refusal("cron", "a backslash before a percent sign ends a command", "Use another path")
    job = job.replace("%", "\\%")  # to cron a bare one is the end of a line
    if len(job) > _CRON_TAKES:
        what = f"the command of {phase} has {len(job)} characters, and cron takes no more than {_CRON_TAKES}"
        raise Refusal("cron", what, "Use shorter paths, or a link to the folder")
    return job


def _field(numbers: Iterable[int]) -> str:
    return ",".join(str(number) for number in sorted(set(numbers)))


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
