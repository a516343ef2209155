# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs by itself after a drill, when, and by which command. Pure functions; ``schedule_files`` writes them down.

Only ``cleanup`` and ``status`` ever do: whatever switches workstations is decided by a person on the day.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.gate import CONTINGENCY, decide
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    BUSINESS,
    CLEANUP,
    STATUS,
    next_business_day,
    phase_span,
    show,
)

PLAYBOOKS = {CLEANUP: "hkex.drill.cleanup", STATUS: "hkex.drill.status"}  # all that may be scheduled

HOURLY = timedelta(hours=1)
LATER = timedelta(
    minutes=20
)  # after the last session: at its very end to-primary opens, and one run goes at a time

# Variables of the command line that are taken up here, or of which cleanup and status know nothing.
_TAKEN_UP = ("drill", "drill_occurrence", "drill_directory", "drill_schedule", "drill_holidays")
_UNHEARD = ("drill_pretend_now", "drill_batch")
_FOR_ONE_RUN = "drill_force"

# Options of ansible-playbook: those that name a file, those that are a word (with what they are if not given), those
# that ask a person, and those that would make a scheduled run something else or may hold a secret.
_FILES = {
    "private_key_file": "--private-key",
    "connection_password_file": "--connection-password-file",
    "become_password_file": "--become-password-file",
}
_WORDS = {
    "remote_user": ("--user", None),
    "connection": ("--connection", "ssh"),
    "timeout": ("--timeout", None),
    "become_method": ("--become-method", "sudo"),
    "become_user": ("--become-user", None),
    "forks": ("--forks", None),
}
_ASKING = {
    "ask_pass": "--ask-pass",
    "become_ask_pass": "--ask-become-pass",
    "ask_vault_pass": "--ask-vault-pass",
}
_REFUSED = {
    "subset": "--limit",
    "ssh_common_args": "--ssh-common-args",
    "ssh_extra_args": "--ssh-extra-args",
    "sftp_extra_args": "--sftp-extra-args",
    "scp_extra_args": "--scp-extra-args",
    "start_at_task": "--start-at-task",
    "step": "--step",
    "force_handlers": "--force-handlers",
}


@dataclass(frozen=True)
class Planned:
    """A run that starts by itself: its phase, and when (aware, of Hong Kong)."""

    phase: str
    at: datetime


@dataclass(frozen=True)
class Schedule:
    """All runs of one occurrence in order of time, whatever the present time is: installing again changes nothing."""

    drill: str
    occurrence: str
    runs: tuple[Planned, ...]

    @property
    def until(self) -> datetime:
        """When the cleaning up ends and the last run, the status, begins."""
        return self.runs[-1].at

    @property
    def phases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(run.phase for run in self.runs))

    def of(self, phase: str) -> tuple[datetime, ...]:
        return tuple(run.at for run in self.runs if run.phase == phase)


@dataclass(frozen=True)
class Controller:
    """How ansible-playbook is run here: all paths are absolute, and no argument holds a secret."""

    program: str
    folder: str  # it is run in
    config: str
    evidence: str
    arguments: tuple[str, ...]  # inventories, files with passwords and the like, as they were given
    variables: Mapping[str, Any]  # besides drill and occurrence

    def command(self, schedule: Schedule, phase: str) -> tuple[str, ...]:
        """The words of the command of a phase.

        :raises KeyError: a phase that is never scheduled
        """
        named = {"drill": schedule.drill, "drill_occurrence": schedule.occurrence, **self.variables}
        return (self.program, *self.arguments, f"--extra-vars={json.dumps(named)}", PLAYBOOKS[phase])

    @property
    def environment(self) -> dict[str, str]:
        """What such a run does not inherit from a person's shell. Ansible refuses a locale that is not of UTF-8."""
        return {
            "ANSIBLE_CONFIG": self.config,
            "HKEX_DRILL_EVIDENCE": self.evidence,
            "LC_ALL": "C.UTF-8",
        }

    def owner(self, drill: str) -> str:
        """What is in all its names, of whatever date: one for each drill, inventory, configuration and evidence."""
        inventories = [each for each in self.arguments if each.startswith("--inventory=")]
        told = json.dumps([drill, self.config, self.evidence, inventories, dict(self.variables)])
        return sha256(told.encode()).hexdigest()[:6]

    def name(self, schedule: Schedule) -> str:
        """What its files are called."""
        return f"hkex-drill-{schedule.occurrence}-{self.owner(schedule.drill)}"

    def stamp(self, schedule: Schedule) -> str:
        """The file that a cleanup leaves when it ended with 0: the later ones have nothing to do."""
        return f"{self.evidence}/{self.name(schedule)}-clean"


def plan(drill: Drill, occurrence: str | None, now: datetime, holidays: Collection[date] = ()) -> Schedule:
    """What runs by itself after an occurrence of a drill.

    ``cleanup`` from 20 minutes after the end of the last session that is not optional, hourly, before 07:00 of the next
    business day, if the circular asks for files to be removed at all; then one ``status``.

    :param occurrence: the date; may be left out where the drill has one only
    :param holidays: days that are no business days in Hong Kong, besides Saturdays and Sundays
    :raises Refusal: contingency, which has no timetable; an occurrence that there is not
    """
    if drill.kind == CONTINGENCY:
        what = "a real failover has no timetable, and the reports of that day are production's"
        raise Refusal(f"schedule of {drill.id}", what, "Run the phases yourself, when the exchange says so")
    decision = decide(drill, occurrence, CLEANUP, now=now)
    for refusal in decision.refusals:
        if not refusal.overridable:  # a window that is not open yet is
            raise Refusal(refusal.where, refusal.what, refusal.remedy)
    chosen = next(each for each in drill.occurrences if each.id == decision.occurrence)
    until = datetime.combine(next_business_day(chosen.day, holidays), BUSINESS, HONG_KONG)
    moments = _hourly(_end(drill, chosen.day) + LATER, until) if drill.cleans_up else ()
    cleanups = [Planned(CLEANUP, moment) for moment in moments]
    return Schedule(drill.id, chosen.id, (*cleanups, Planned(STATUS, until)))


def not_over(schedule: Schedule, now: datetime) -> None:
    """Hold a schedule that is to be installed against the time.

    :raises Refusal: all of it has passed
    """
    if schedule.until <= now:
        where = f"schedule of {schedule.drill} on {schedule.occurrence}"
        what = f"its last run would have been at {show(schedule.until)}, and now it is {show(now)}"
        remedy = f"Check the drill and its occurrence; run {' and '.join(schedule.phases)} yourself"
        raise Refusal(where, what, remedy)


def parse_holidays(value: object) -> tuple[date, ...]:
    """``drill_holidays``: a list of dates, as YAML has them or as text.

    :raises Refusal: it is something else
    """
    remedy = 'List dates, such as ["2021-12-25", "2021-12-27"]'
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise Refusal("drill_holidays", f"{value!r} is no list", remedy)
    days = []
    for index, each in enumerate(value):
        try:
            is_day = isinstance(each, date) and not isinstance(each, datetime)
            days.append(each if is_day else date.fromisoformat(each))
        except (TypeError, ValueError):
            raise Refusal(f"drill_holidays[{index}]", f"{each!r} is no date", remedy) from None
    return tuple(days)


def _end(drill: Drill, day: date) -> datetime:
    """The end of the last session that is not optional, and not before cleanup is open."""
    sessions = [window for window in drill.windows if window.kind == "serving" and not window.optional]
    opens = phase_span(drill, day, CLEANUP).start
    return max([window.on(day)[1] for window in sessions] + ([opens] if opens else []))


def _hourly(moment: datetime, until: datetime) -> Iterator[datetime]:
    while moment < until:
        yield moment
        moment += HOURLY


def carried(cli: Mapping[str, Any], inline: Iterable[str]) -> tuple[str, ...]:
    """The arguments that a scheduled run takes over from the command line that schedules it.

    Tags, also those that are skipped, are about what that command does: the playbooks of the phases have none.

    :param cli: the options of ansible-playbook, as Ansible has read them
    :param inline: names of the variables that stand on the command line itself, not in a file named there
    :raises Refusal: something that may be a secret, that a person would be asked for, or that a scheduled run would
        silently be without; a value is never repeated
    """
    for name, flag in _ASKING.items():
        if cli.get(name):
            raise _for_nobody(flag)
    for name, flag in _REFUSED.items():
        if cli.get(name):
            remedy = "Scheduled runs go over the whole inventory, as it says: what belongs there, write there"
            raise Refusal(flag, "a scheduled run would be without it", f"Leave it out. {remedy}")
    for name in inline:
        if name == _FOR_ONE_RUN:
            what = "a reason holds for the one run for which a person gives it"
            raise Refusal(f"-e {name}", what, "Leave it out: cleanup and status need none at their time")
        if name not in _TAKEN_UP + _UNHEARD and not name.startswith("schedule_"):
            what = "given on the command line, and a command that is kept in a file must hold no secret"
            remedy = "Write it into the inventory (a secret with ansible-vault), or into a file: -e @FILE"
            raise Refusal(f"-e {name}", what, remedy)
    arguments = [*inventories(cli)]
    arguments += [f"--vault-password-file={_file(each)}" for each in cli.get("vault_password_files") or ()]
    arguments += [f"--vault-id={_vault_id(each)}" for each in cli.get("vault_ids") or ()]
    arguments += [f"{flag}={_file(cli[name])}" for name, flag in _FILES.items() if cli.get(name)]
    arguments += [
        f"{flag}={cli[name]}" for name, (flag, usual) in _WORDS.items() if cli.get(name) not in (None, usual)
    ]
    arguments += ["--become"] if cli.get("become") else []
    modules = os.pathsep.join(map(_file, cli.get("module_path") or ()))
    arguments += [f"--module-path={modules}"] if modules else []
    files = [each[1:] for each in cli.get("extra_vars") or () if each.startswith("@")]
    arguments += [f"--extra-vars=@{_file(each)}" for each in files]
    return tuple(arguments)


def inventories(cli: Mapping[str, Any]) -> tuple[str, ...]:
    """The inventories as arguments: each a path, or a list of workstations, which has a comma."""
    given = cli.get("inventory") or ()
    return tuple(f"--inventory={each if ',' in each else _file(each)}" for each in given)


def _vault_id(given: str) -> str:
    label, at, source = given.rpartition("@")
    if source in ("prompt", "prompt_ask_vault_pass"):
        raise _for_nobody(f"--vault-id {given}")
    return f"{label}{at}{_file(source)}"


def _file(given: str) -> str:
    if given == "-":
        raise _for_nobody("-, for what is typed in,")
    return str(Path(given).expanduser().absolute())


def _for_nobody(flag: str) -> Refusal:
    remedy = "Keep the password in a file that only you may read, and name that (--vault-password-file and the like)"
    return Refusal(flag, "a scheduled run has nobody to ask", remedy)
