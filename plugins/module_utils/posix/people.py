# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The people who use a POSIX workstation, and the programs that run on it."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from typing import Dict, FrozenSet, Iterator, List, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Process, Profile

PASSWD = "/etc/passwd"
HOMES = "/home"

# Numbers of people begin here (login.defs: UID_MIN). A directory service gives far larger ones.
FIRST, NOBODY = 1000, 65534


def profiles(passwd: str = PASSWD, homes: str = HOMES) -> Tuple[Profile, ...]:
    """Root and the people who have a home here, by their number.

    Not by getpwent(3): of a directory service it would bring everybody, or nobody. People of one have a folder in
    /home, whose owner they are.
    """
    found: Dict[int, Profile] = {}
    for line in _lines(passwd):
        name, _password, number, _group, _gecos, home, *_shell = [*line.split(":"), "", "", "", "", "", ""]
        person = number.isdigit() and (int(number) == 0 or int(number) >= FIRST) and int(number) != NOBODY
        if person and os.path.isdir(home):
            found.setdefault(int(number), Profile(number, home, name=name))
    for entry in _homes(homes):
        owner = entry.stat(follow_symlinks=False).st_uid
        if owner >= FIRST and owner != NOBODY and owner not in found:
            found[owner] = Profile(str(owner), entry.path, name=entry.name)
    return tuple(profile for _number, profile in sorted(found.items()))


def _homes(homes: str) -> Iterator[os.DirEntry[str]]:
    """The folders of people; those of a domain may lie together in one of root's (/home/DOMAIN/name)."""
    for entry in _folders(homes):
        yield entry
        if entry.stat(follow_symlinks=False).st_uid == 0:
            yield from _folders(entry.path)


def _folders(folder: str) -> List[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:  # there is none, or who runs this may not look
        return []


def processes(names: FrozenSet[str], proc: str = "/proc") -> Dict[str, Tuple[Process, ...]]:
    """The processes of these programs, by the name that was asked for."""
    found: Dict[str, List[Process]] = {name: [] for name in names}
    if not names:
        return {}
    for number in filter(str.isdigit, os.listdir(proc)):
        folder = os.path.join(proc, number)
        try:
            for name in _names(folder) & names:
                found[name].append(Process(name, int(number), _user(os.stat(folder).st_uid)))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
    return {name: tuple(each) for name, each in found.items()}


def _names(folder: str) -> FrozenSet[str]:
    """What a process is called: by its program, which only root may see of everybody's, and as it calls itself.

    One that has ended and is only waited for is called nothing.
    """
    stat = _text(os.path.join(folder, "stat"))
    if stat.rpartition(")")[2].split()[:1] == ["Z"]:
        return frozenset()
    called = {_text(os.path.join(folder, "comm")).rstrip("\n")}
    with suppress(PermissionError, FileNotFoundError):  # kernel threads have none
        called.add(os.path.basename(os.readlink(os.path.join(folder, "exe"))).replace(" (deleted)", ""))
    return frozenset(called)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _lines(path: str) -> List[str]:
    try:
        return _text(path).splitlines()
    except FileNotFoundError:
        return []


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as stream:
        return stream.read()
