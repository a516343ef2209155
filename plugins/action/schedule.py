# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be kept on this controller so that cleanup and status run by themselves after a drill."""

from __future__ import annotations

import getpass
import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.parsing.splitter import parse_kv
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import schedule as schedules
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, Drill, load
from ansible_collections.hkex.drill.plugins.plugin_utils.run import present
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_command import (
    VAULTS,
    can_run,
    command_line,
    controller_here,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_files import (
    cron_entries,
    cron_file,
    units,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_there import (
    CRON,
    ENTRY,
    FILE,
    LINK,
    SYSTEMD,
    WANTED,
    Kept,
    Place,
    answers,
    can_start,
    entry_name,
    look,
    others,
    place_of,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import CLEANUP, STATUS, show

SHOW, INSTALL, REMOVE = "show", "install", "remove"

LINGERING = Path("/var/lib/systemd/linger")

# What the role sets for its own tasks on the controller; extra variables would go before it, and hold there, too.
LOCAL = (
    "ansible_connection",
    "ansible_host",
    "ansible_become",
    "ansible_python_interpreter",
    "ansible_shell_type",
    "ansible_shell_executable",
    "ansible_remote_tmp",
)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller, contacts no workstation and changes nothing; see modules/schedule.py for its options."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "state": {"type": "str", "choices": [SHOW, INSTALL, REMOVE], "default": SHOW},
                "drill": {"type": "str", "required": True},
                "occurrence": {"type": "str"},
                "directory": {"type": "path", "default": str(DIRECTORY)},
                "holidays": {"type": "raw", "default": []},
                "pretend_now": {"type": "str"},
                "keeper": {"type": "str", "choices": ["auto", SYSTEMD, CRON], "default": "auto"},
                "folder": {"type": "path"},
            }
        )
        try:
            return dict(result, changed=False, **self._decided(given, task_vars or {}))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=f"{refusal}. Nothing was changed.")

    def _decided(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        state, directory = given["state"], Path(given["directory"]).absolute()
        _holds_here(load_extra_vars(self._loader))
        cli = command_line()
        if state == REMOVE:  # nothing is refused that only a run would need
            arguments = schedules.inventories(cli)
        else:
            arguments = schedules.carried(cli, self._inline(cli.get("extra_vars") or ()))
        controller = controller_here(
            arguments, {} if directory == DIRECTORY else {"drill_directory": str(directory)}
        )
        place = place_of(given["keeper"], given["folder"])
        owner = controller.owner(given["drill"])
        found, aside = look(place, owner, Path(controller.evidence)), others(place, owner)
        answer = {"state": state, "drill": given["drill"], "keeper": place.keeper}
        answer |= {"scope": "system" if place.system else "user", "folder": str(place.folder)}
        if state == REMOVE:
            return {**answer, **NOTHING, **_gone(found, place), **_removed(found, place, aside)}
        try:
            drill = load(directory, given["drill"])
            now = present(given["pretend_now"], variables)
            holidays = schedules.parse_holidays(given["holidays"])
            schedule = schedules.plan(drill, given["occurrence"], now, holidays)
        except (Refusal, DrillError) as refusal:
            if state == INSTALL or not found:
                raise
            told = {"planned": [str(refusal)], "standing": [f"{each.where}: installed" for each in found]}
            return {**answer, **NOTHING, **told}
        can_run(controller)
        if state == INSTALL:
            schedules.not_over(schedule, now)
            can_start(place)
        kept = _kept(drill, schedule, controller, place, found)
        return {**answer, **kept, "hints": [*kept["hints"], *_aside(aside)]}

    def _inline(self, given: tuple[str, ...]) -> list[str]:
        """The names of the variables that stand on the command line itself, read as Ansible reads them."""
        found: list[str] = []
        for each in given:
            if each and not each.startswith("@"):
                found.extend(self._loader.load(each) if each[0] in "[{" else parse_kv(each))
        return found


# ---- what ----


NOTHING: dict[str, Any] = {
    **{each: [] for each in ("files", "there", "timers", "entries")},
    **{each: [] for each in ("gone", "gone_timers", "gone_entries", "planned", "standing", "hints")},
}


def _gone(found: Iterable[Kept], place: Place) -> dict[str, list[str]]:
    """What is to be taken away of what is there."""
    files = [each.where for each in found if each.kind == FILE]
    timers = [path for path in files if path.endswith(".timer") and answers(place)]
    return {
        "gone": [each.where for each in found if each.kind != ENTRY],
        "gone_timers": [Path(each).name for each in timers],
        "gone_entries": [each.where for each in found if each.kind == ENTRY],
    }


def _removed(found: tuple[Kept, ...], place: Place, aside: tuple[str, ...]) -> dict[str, list[str]]:
    if not found:
        return {"standing": ["Nothing of it was installed"], "hints": _aside(aside)}
    enabled = any(each.kind == LINK for each in found) and not answers(place)
    late = "systemd could not be asked: timers that it has loaded stay until it reads its files again"
    hints = [f"{late} ({place.systemctl} daemon-reload)"] if enabled else []
    return {"standing": [f"{each.where}: it was there" for each in found], "hints": [*hints, *_aside(aside)]}


def _aside(names: tuple[str, ...]) -> list[str]:
    """Schedules of whom this one does not know."""
    whose = "another drill, inventory, folder of drills, evidence folder or ansible.cfg"
    return [f"There are schedules of {whose}, too: {', '.join(names)}"] if names else []


def _kept(
    drill: Drill,
    schedule: schedules.Schedule,
    controller: schedules.Controller,
    place: Place,
    found: tuple[Kept, ...],
) -> dict[str, Any]:
    """What is to be kept, what of it is there already, and what of earlier installations is not to stay."""
    name = controller.name(schedule)
    entries = cron_entries(schedule, controller) if place.crontab else ()
    texts = {} if place.crontab else {name: cron_file(schedule, controller)}
    if place.keeper == SYSTEMD:
        texts = units(schedule, controller, place.system)
    paths = {str(place.folder / each): text for each, text in texts.items()}
    timers = [path for path in paths if path.endswith(".timer") and not place.own]
    links = {str(place.folder / WANTED / Path(each).name) for each in timers}
    named = {entry_name(name, entry.phase): entry for entry in entries}
    planned = {**paths, **{each: f"{entry.fields} {entry.job}" for each, entry in named.items()}}
    # A drill of several dates has a schedule for each; any other date is one from which it was postponed.
    others = {each.id for each in drill.occurrences} - {schedule.occurrence}
    stays = {*planned, *links, controller.stamp(schedule)}
    gone = [each for each in found if each.where not in stays and each.occurrence not in others]
    there = {each.where: each for each in found}
    standing = [f"{each}: {_standing(each, text, there, links)}" for each, text in planned.items()]
    standing += [f"{each.where}: of another date or keeper, taken away by install" for each in gone]
    dates = sorted({each.occurrence for each in found} & others)
    standing += [f"{each}: this date has a schedule, too" for each in dates]
    return {
        "occurrence": schedule.occurrence,
        "files": [{"path": path, "content": text} for path, text in paths.items()],
        "there": [each for each in paths if each in there],
        "timers": timers,
        "entries": [{**asdict(entry), "name": each} for each, entry in named.items()],
        **_gone(gone, place),
        "planned": _told(schedule, controller, place),
        "standing": standing,
        "hints": _hints(place, [each.where for each in found if each.where == controller.stamp(schedule)]),
    }


def _standing(where: str, text: str, there: Mapping[str, Kept], links: set[str]) -> str:
    if where not in there:
        return "not installed"
    if there[where].text != text:
        return "installed, but not as it would be now: install again"
    link = str(Path(where).parent / WANTED / Path(where).name)
    return "written, but not enabled: install again" if link in links and link not in there else "installed"


def _told(schedule: schedules.Schedule, controller: schedules.Controller, place: Place) -> list[str]:
    cleanups, (status,) = schedule.of(CLEANUP), schedule.of(STATUS)
    commands = {phase: shlex.join(controller.command(schedule, phase)) for phase in schedule.phases}
    told = [f"{schedule.drill} on {schedule.occurrence}, times of Hong Kong"]
    if cleanups:
        end = "kill -INT and the process that the refusal names"
        if place.keeper == SYSTEMD:
            end = f"{place.systemctl} stop {controller.name(schedule)}-{CLEANUP}.service"
        last = f"until one ends with 0, at the latest {show(cleanups[-1])}"
        told += [
            f"cleanup: {show(cleanups[0])}, then hourly {last}; none goes on after {show(schedule.until)}",
            f"cleanup: {commands[CLEANUP]}",
            f"While it runs, to-primary and rollback are refused. Wait for its end, or end it: {end}",
        ]
    else:
        told += ["no cleanup: the circular asks for no files to be removed"]
    return [*told, f"status: {show(status)}", f"status: {commands[STATUS]}"]


def _hints(place: Place, stamps: list[str]) -> list[str]:
    hints = [f"{each}: a cleanup has ended with 0, the later ones do nothing" for each in stamps]
    if place.own:
        hints.append(
            "Files in a folder of your own start nothing: copy them to their place, and enable timers"
        )
    elif place.keeper == SYSTEMD and not place.system and not (LINGERING / getpass.getuser()).exists():
        hints.append("Your timers run only while you are logged on, unless: loginctl enable-linger")
    if place.keeper == CRON:
        hints.append("What is missed while this controller is off cron does not catch up")
    if "SSH_AUTH_SOCK" in os.environ:
        hints.append("Keys of your ssh-agent are not there when it runs: name a file (--private-key)")
    taken = {"ANSIBLE_CONFIG", "ANSIBLE_FORKS", "HKEX_DRILL_EVIDENCE", *VAULTS}
    settings = sorted(
        name for name in os.environ if name.startswith(("ANSIBLE_", "HKEX_DRILL_")) and name not in taken
    )
    if settings:
        hints.append(f"Not set when it runs, unless ansible.cfg says the same: {', '.join(settings)}")
    return hints


def _holds_here(extra: Iterable[str]) -> None:
    """Hold the extra variables against what the controller's own tasks need.

    :raises Refusal: one that says how workstations are reached would say it of this controller, too
    """
    for name in LOCAL:
        if name in extra:
            what = "an extra variable, which holds for the controller itself, too"
            raise Refusal(f"-e {name}", what, "Write it into the inventory, for the workstations")
