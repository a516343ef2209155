# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be kept on this controller so that cleanup and status run by themselves after a drill."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible import constants, context
from ansible.parsing.splitter import parse_kv
from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import schedule as schedules
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import AUDIT, configured
from ansible_collections.hkex.drill.plugins.plugin_utils.run import present
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_files import (
    HEADER,
    cron_entries,
    cron_file,
    units,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import CLEANUP, STATUS, show

SYSTEMD, CRON = "systemd", "cron"
SHOW, INSTALL, REMOVE = "show", "install", "remove"

RUNNING_SYSTEMD = Path("/run/systemd/system")  # sd_booted(3)
LINGERING = Path("/var/lib/systemd/linger")
UNITS, CRON_D = Path("/etc/systemd/system"), Path("/etc/cron.d")


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
            return dict(result, **self._decided(given, task_vars or {}))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=f"{refusal}. Nothing was changed.")

    def _decided(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        state, now = given["state"], present(given["pretend_now"], variables)
        directory = Path(given["directory"]).absolute()
        schedule = schedules.plan(
            load(directory, given["drill"]),
            given["occurrence"],
            now,
            schedules.parse_holidays(given["holidays"]),
        )
        cli = context.CLIARGS
        if state == REMOVE:  # nothing is refused that only a run would need
            arguments = schedules.inventories(cli)
        else:
            arguments = schedules.carried(cli, self._inline(cli.get("extra_vars") or ()))
        variables_ = {} if directory == DIRECTORY else {"drill_directory": str(directory)}
        controller = _controller(arguments, variables_)
        if state == INSTALL:
            schedules.not_over(schedule, now)
        keeper = given["keeper"]
        if keeper == "auto":
            keeper = SYSTEMD if RUNNING_SYSTEMD.is_dir() else CRON
        return {
            "changed": False,
            "state": state,
            "keeper": keeper,
            **_kept(schedule, controller, keeper, given),
        }

    def _inline(self, given: tuple[str, ...]) -> list[str]:
        """The names of the variables that stand on the command line itself, read as Ansible reads them."""
        found: list[str] = []
        for each in given:
            if each and not each.startswith("@"):
                found.extend(self._loader.load(each) if each[0] in "[{" else parse_kv(each))
        return found


def _kept(
    schedule: schedules.Schedule, controller: schedules.Controller, keeper: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """What is to be kept, where, and what of it is there already."""
    system, name = os.geteuid() == 0, controller.name(schedule)
    own = given["folder"]
    crontab = keeper == CRON and not system and own is None
    if keeper == SYSTEMD:
        folder = Path(own or (UNITS if system else Path.home() / ".config" / "systemd" / "user"))
        texts = units(schedule, controller, system)
    else:
        folder = Path(own or CRON_D)
        texts = {} if crontab else {name: cron_file(schedule, controller, None)}
    paths = {str(folder / each): text for each, text in texts.items()}
    there = {path: _ours(Path(path)) for path in paths if os.path.lexists(path)}
    if given["state"] == INSTALL and keeper == CRON and own is None:
        _cron_is_there(crontab)
    entries = cron_entries(schedule, controller, None) if crontab else ()
    stamp = controller.stamp(schedule)
    standing = [f"{path}: {_standing(there.get(path), text)}" for path, text in paths.items()]
    standing += [f"crontab -l says whether it has: hkex-drill, {name} {entry.phase}" for entry in entries]
    if Path(stamp).exists():
        standing.append(f"{stamp}: a cleanup has ended with 0, the later ones do nothing")
    return {
        "drill": schedule.drill,
        "occurrence": schedule.occurrence,
        "scope": "system" if system else "user",
        "folder": str(folder),
        "start": keeper == SYSTEMD and own is None,
        "files": [{"path": path, "content": text} for path, text in paths.items()],
        "there": list(there),
        "timers": [path for path in paths if path.endswith(".timer")],
        "entries": [{**asdict(entry), "name": f"hkex-drill, {name} {entry.phase}"} for entry in entries],
        "commands": {phase: list(controller.command(schedule, phase)) for phase in schedules.PLAYBOOKS},
        "environment": controller.environment,
        "working_folder": controller.folder,
        "stamp": stamp,
        "planned": _told(schedule, controller),
        "standing": standing,
        "hints": _hints(keeper, system, own),
    }


def _told(schedule: schedules.Schedule, controller: schedules.Controller) -> list[str]:
    cleanups, (status,) = schedule.of(CLEANUP), schedule.of(STATUS)
    commands = {phase: shlex.join(controller.command(schedule, phase)) for phase in schedules.PLAYBOOKS}
    last = f"until one ends with 0, at the latest {show(cleanups[-1])}"
    return [
        f"{schedule.drill} on {schedule.occurrence}, times of Hong Kong",
        f"cleanup: {show(cleanups[0])}, then hourly {last}",
        f"cleanup: {commands[CLEANUP]}",
        f"status: {show(status)}",
        f"status: {commands[STATUS]}",
    ]


def _ours(path: Path) -> str:
    """The text of a file of ours.

    :raises Refusal: it is somebody else's, or no file
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if not path.is_symlink() else ""
    except OSError as error:
        raise Refusal(str(path), f"it cannot be read: {error.strerror}", "See what it is") from error
    if not text.startswith(HEADER):
        raise Refusal(str(path), "it is there, and it was not made by hkex.drill", "Move it away")
    return text


def _standing(text: str | None, planned: str) -> str:
    if text is None:
        return "not installed"
    return "installed" if text == planned else "installed, but not as it would be now: install again"


def _cron_is_there(crontab: bool) -> None:
    there = shutil.which("crontab") is not None if crontab else CRON_D.is_dir()
    if not there:
        what = "this controller runs no systemd, and has no cron either"
        raise Refusal("schedule", what, "Install cron, or run cleanup and status yourself")


def _hints(keeper: str, system: bool, own: str | None) -> list[str]:
    hints = []
    if own is not None:
        hints.append(
            "Files in a folder of your own start nothing: copy them to their place, and enable timers"
        )
    elif keeper == SYSTEMD and not system and not (LINGERING / getpass.getuser()).exists():
        hints.append("Your timers run only while you are logged on, unless: loginctl enable-linger")
    if keeper == CRON:
        hints.append("What is missed while this controller is off cron does not catch up")
    if "SSH_AUTH_SOCK" in os.environ:
        hints.append("Keys of your ssh-agent are not there when it runs: name a file (--private-key)")
    settings = sorted(name for name in os.environ if name.startswith("ANSIBLE_") and name != "ANSIBLE_CONFIG")
    if settings:
        hints.append(f"Not set when it runs, unless ansible.cfg says the same: {', '.join(settings)}")
    return hints


def _controller(arguments: tuple[str, ...], variables: Mapping[str, Any]) -> schedules.Controller:
    """How ansible-playbook is run now, for a run that inherits nothing of it.

    :raises Refusal: without the program, a configuration file or the audit trail such a run does nothing
    """
    places = [Path(sys.argv[0]).absolute().parent, Path(sys.executable).parent]
    program = shutil.which("ansible-playbook", path=os.pathsep.join(map(str, places)))
    if program is None:
        what = f"it is neither in {places[0]} nor in {places[1]}"
        raise Refusal("ansible-playbook", what, "Run this by ansible-playbook itself")
    config = constants.CONFIG_FILE
    if config is None or AUDIT not in constants.CALLBACKS_ENABLED:
        what = (
            "it does not enable the callback that keeps the audit trail, so that a scheduled run would refuse"
        )
        remedy = (
            "Set callbacks_enabled = hkex.drill.audit, hkex.drill.progress there, and run from its folder"
        )
        raise Refusal("ansible.cfg", what, remedy)
    return schedules.Controller(
        program=program,
        folder=str(Path.cwd()),
        config=str(Path(config).absolute()),
        evidence=str(configured().absolute()),
        arguments=arguments,
        variables=dict(variables),
    )
