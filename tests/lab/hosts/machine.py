# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the machine lends the lab, and gets back: a kernel setting and cgroup folders."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .folder import LabError, write_whole

# Twenty systemd hosts use up the usual 128.
SETTING = Path("/proc/sys/fs/inotify/max_user_instances")
NEEDED = 1024
# One locked file for each lab of the machine that is on, and what the setting was before the first.
LENT = Path("/run/hkex-drill-lab")
FORMER = "former"
GONE = 60.0  # seconds that killed processes get to leave their cgroups; with the last one its disk is synced


def name(folder: Path) -> str:
    """A lab's name on the machine, different for each folder."""
    return "lab-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]


def cgroups(own: str, mounts: str) -> tuple[Path, ...]:
    """The cgroup folders this process is in, of the hierarchies that systemd uses.

    :param own: /proc/self/cgroup
    :param mounts: /proc/self/mountinfo
    """
    paths = {}
    for line in own.splitlines():
        _, controllers, path = line.split(":", 2)
        paths[controllers] = path
    found = []
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place, kind, options = before.split()[4], after.split()[0], after.split()[-1].split(",")
        if kind == "cgroup2" and "" in paths:
            found.append(Path(place) / paths[""].lstrip("/"))
        elif kind == "cgroup" and "name=systemd" in options and "name=systemd" in paths:
            found.append(Path(place) / paths["name=systemd"].lstrip("/"))
    return tuple(dict.fromkeys(found))


def own_cgroups() -> tuple[Path, ...]:
    return cgroups(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())


class Lent:
    """``borrow`` before the lab starts, ``give_back`` after it has ended; the latter also for a killed one."""

    def __init__(
        self,
        folder: Path,
        place: Path = LENT,
        setting: Path = SETTING,
        own: Callable[[], tuple[Path, ...]] = own_cgroups,
    ) -> None:
        self._name = name(folder)
        self._place = place
        self._setting = setting
        self._own = own
        self._held: int | None = None

    def borrow(self) -> tuple[Path, ...]:
        """Raise the setting and make the lab's cgroup folders.

        :returns: those folders
        :raises LabError: the machine does not allow it
        """
        try:
            with self._alone():
                former = self._place / FORMER
                if not former.exists():
                    write_whole(former, self._setting.read_text())
                self._held = os.open(self._place / self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                groups = tuple(one / self._name for one in self._own())
                os.truncate(self._held, 0)
                os.write(self._held, "\n".join(str(one) for one in groups).encode())
                if int(self._setting.read_text()) < NEEDED:
                    self._setting.write_text(f"{NEEDED}\n")
            for one in groups:
                one.mkdir(exist_ok=True)
        except OSError as error:
            raise LabError(
                f"The machine does not give the lab what it needs ({error}): start it as root, on a machine whose "
                "cgroups and kernel settings root may change."
            ) from error
        return groups

    def give_back(self) -> None:
        """Remove the lab's cgroup folders; the last lab of the machine puts the setting back."""
        record = self._place / self._name
        if not os.access(self._place, os.R_OK | os.W_OK | os.X_OK):
            return  # nobody borrowed anything, or only root did
        with self._alone():
            if record.exists():
                for group in record.read_text().split():
                    remove_cgroup(Path(group))
                record.unlink()
            if self._held is not None:
                os.close(self._held)
                self._held = None
            if not any(_is_held(one) for one in self._place.glob("lab-*")):
                self._put_back()

    def _put_back(self) -> None:
        former = self._place / FORMER
        if former.exists():
            self._setting.write_text(former.read_text())
        for left in self._place.glob("lab-*"):  # of labs that were killed
            for group in left.read_text().split():
                remove_cgroup(Path(group))
            left.unlink()
        former.unlink(missing_ok=True)
        self._place.rmdir()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One lab at a time; the setting's own file is the lock, since it is always there."""
        lock = os.open(self._setting, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._place.mkdir(mode=0o700, exist_ok=True)
            yield
        finally:
            os.close(lock)


def _is_held(path: Path) -> bool:
    """Whether a living lab has its file locked."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def remove_cgroup(group: Path) -> None:
    """Remove a cgroup folder with those below it, once the killed processes in them are gone.

    :raises LabError: some process does not go
    """
    until = time.monotonic() + GONE
    while group.is_dir():
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)  # noqa: PTH106
        if not group.is_dir():
            return
        if time.monotonic() > until:
            raise LabError(f"{group}: processes in this cgroup do not end: see its cgroup.procs.")
        time.sleep(0.05)
