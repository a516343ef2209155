# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a drill's schedules are kept on this controller, and which of them are there, of whatever keeper and date.

They are found by their names, so that a schedule can be shown and removed when its drill was postponed, its file is
gone, or another keeper has been chosen.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_files import HEADER, PROGRAMS

SYSTEMD, CRON = "systemd", "cron"
FILE, LINK, STAMP, ENTRY = "file", "link", "stamp", "entry"
WANTED = "timers.target.wants"  # below a folder of units: the links of the timers that are enabled
_MARK = "#Ansible: "  # of ansible.builtin.cron, in the line before an entry
_NAME = re.compile(r"(hkex-drill-\S+?-[0-9a-f]{6})(-(cleanup|status)\.(service|timer))?")
_PART = r"(-(cleanup|status)\.(service|timer))?"


RUNNING_SYSTEMD = Path("/run/systemd/system")  # sd_booted(3)
UNITS, CRON_D = Path("/etc/systemd/system"), Path("/etc/cron.d")
CRONS = ("cron", "crond", "crontab")
SBIN = "/usr/sbin:/sbin"  # where daemons are, which need not be on anybody's path


@dataclass(frozen=True)
class Place:
    """Who starts the runs, and where their files are put (``folder``) or may have been (``folders``)."""

    keeper: str
    system: bool  # for root
    own: bool  # a folder that was named, which nobody looks into
    folder: Path
    folders: tuple[Path, ...]

    @property
    def crontab(self) -> bool:
        """Entries, no files."""
        return self.keeper == CRON and not (self.system or self.own)

    @property
    def systemctl(self) -> str:
        return "systemctl" if self.system else "systemctl --user"


def place_of(keeper: str, own: str | None) -> Place:
    """The place of whoever runs this.

    :param keeper: ``auto`` is systemd where it runs, else cron
    :param own: a folder of one's own
    """
    if keeper == "auto":
        keeper = SYSTEMD if RUNNING_SYSTEMD.is_dir() else CRON
    system = os.geteuid() == 0
    if own is not None:
        folder = Path(own).absolute()
        return Place(keeper, system, True, folder, (folder,))
    if system:
        return Place(keeper, system, False, UNITS if keeper == SYSTEMD else CRON_D, (UNITS, CRON_D))
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    return Place(keeper, system, False, folder, (folder,))


def answers(place: Place) -> bool:
    """Whether the systemd that looks into this place can be asked."""
    if place.own or place.system:
        return not place.own and RUNNING_SYSTEMD.is_dir()
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}")
    return any(os.access(runtime / each, os.W_OK) for each in ("bus", "systemd/private"))


def can_start(place: Place) -> None:
    """Hold what is to be installed against this controller, before anything is written.

    :raises Refusal: nothing here would start the runs, or they would have no bounds
    """
    yourself = "run the phases yourself"
    for program in PROGRAMS:
        if shutil.which(program) is None:
            what = f"there is no program {program}; it ends a run in time, or lets it wait for its turn"
            raise Refusal("schedule", what, f"Install coreutils and util-linux, or {yourself}")
    if place.own:
        return
    if place.keeper == SYSTEMD and not answers(place):
        if place.system:
            raise Refusal("schedule", "systemd does not run here", "Use cron: -e schedule_keeper=cron")
        what = "your own systemd does not answer, as it does not where one is by su, sudo or cron"
        remedy = "Log on as this user, or: loginctl enable-linger, or use cron: -e schedule_keeper=cron"
        raise Refusal("schedule", what, remedy)
    if place.keeper == CRON:
        missing = (
            "" if _cron(place) else "program crontab" if place.crontab else f"program {' or '.join(CRONS)}"
        )
        if not place.crontab and not CRON_D.is_dir():
            missing = f"folder {CRON_D}"
        if missing:
            raise Refusal("schedule", f"there is no cron here: no {missing}", f"Install it, or {yourself}")


def _cron(place: Place) -> bool:
    """Whether there is a cron; other packages make its folder, too."""
    path = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    wanted = ("crontab",) if place.crontab else CRONS
    return any(shutil.which(each, path=path) for each in wanted)


@dataclass(frozen=True)
class Kept:
    """One thing that is kept: its path or the name of its entry, the date of its drill, and its text."""

    kind: str
    where: str
    occurrence: str
    text: str = ""


def look(place: Place, owner: str, evidence: Path) -> tuple[Kept, ...]:
    """All that is there.

    :param owner: what is in the names (``Controller.owner``)
    :param evidence: the folder of the evidence
    :raises Refusal: a file of such a name that is not ours; a crontab that does not answer
    """
    found = []
    for folder in place.folders:
        found += [Kept(FILE, str(path), day, ours(path)) for path, day in _named(folder, owner, _PART)]
        links = _named(folder / WANTED, owner, _PART)
        found += [Kept(LINK, str(path), day) for path, day in links if path.is_symlink()]
    found += [Kept(STAMP, str(path), day) for path, day in _named(evidence, owner, "-clean")]
    table = "" if place.system or place.own else _crontab()
    return (*found, *_entries(table, owner))


def others(place: Place, owner: str) -> tuple[str, ...]:
    """The names of schedules that are there, too: of another drill, or made with another inventory, folder of drills,
    evidence folder or ansible.cfg.
    """
    names = [path.name for folder in place.folders for path in folder.glob("hkex-drill-*")]
    names += [] if place.system or place.own else re.findall(rf"{_MARK}hkex-drill, (\S+) ", _crontab())
    found = (_NAME.fullmatch(name) for name in names)
    return tuple(sorted({each[1] for each in found if each and not each[1].endswith(f"-{owner}")}))


def ours(path: Path) -> str:
    """The text of a file of ours, also of one that was cut off while it was written.

    :raises Refusal: it is somebody else's, or no file
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if not path.is_symlink() else None
    except OSError as error:
        raise Refusal(str(path), f"it cannot be read: {error.strerror}", "See what it is") from error
    if text is None or not (text.startswith(HEADER) or HEADER.startswith(text)):
        raise Refusal(str(path), "it is there, and it was not made by hkex.drill", "Move it away")
    return text


def entry_name(name: str, phase: str) -> str:
    """What an entry of a crontab is called."""
    return f"hkex-drill, {name} {phase}"


def _named(folder: Path, owner: str, end: str) -> Iterator[tuple[Path, str]]:
    pattern = re.compile(rf"hkex-drill-(\S+)-{owner}{end}")
    for path in sorted(folder.glob(f"hkex-drill-*-{owner}*")):
        if match := pattern.fullmatch(path.name):
            yield path, match[1]


def _entries(table: str, owner: str) -> Iterator[Kept]:
    pattern = re.compile(rf"{_MARK}(hkex-drill, hkex-drill-(\S+)-{owner} \w+)")
    for mark, line in pairwise([*table.splitlines(), ""]):
        if match := pattern.fullmatch(mark):
            yield Kept(ENTRY, match[1], match[2], line)


def _crontab() -> str:
    """The own crontab; empty where there is none."""
    program = shutil.which("crontab")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "-l"],
            env={**os.environ, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal("crontab -l", str(error), "See to cron") from error
    if done.returncode and "no crontab" not in done.stderr:
        what = " ".join(done.stderr.split()) or f"it ended with {done.returncode}"
        raise Refusal(
            "crontab -l", what, "Ask for a place in cron.allow, or be somebody who may have a crontab"
        )
    return "" if done.returncode else done.stdout
