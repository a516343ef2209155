# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Histories of the folders of a workstation around a drill, and a workstation in memory on which they happen.

It shares nothing with the real ones but the model. A history knows whose each file is; the toolkit has to find out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import engine, journal, rehearsal_files
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import PATTERNS, matcher
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Branch,
    Facts,
    Keep,
    Look,
    Make,
    Move,
    Note,
    Outcome,
    Prune,
    Put,
    Seen,
    Stamp,
    Step,
    Stopped,
    Tree,
)

FOLDERS = ("/srv/reports", "/srv/ccass")
REHEARSAL = "/srv/rehearsal"
STATE = "/state"
OPTIONS: dict[str, Any] = {
    "folders": list(FOLDERS),
    "rehearsal_folder": REHEARSAL,
    "drill": "2021-11-06-ccass-failover-rehearsal",
    "occurrence": "2021-11-06",
}
NOW = "2021-11-06T12:00:00.000+00:00"

REPORTS = (
    "CSESM01.zip",
    "csesm02_20211105.ZIP",
    "CSEOP01",
    "20211106/TP001.zip",
    "報告/CCLSI01.zip",
    "GLOB/20211105/x",
)
OTHERS = ("notes.txt", "old/CSESM.zip", "帳目.xls", "a\nb", "caf\udce9", "Thumbs.db", "20211106/mine")


@dataclass
class File:
    """A file of a history; ``of``: whose content it is."""

    content: bytes
    mtime: int
    of: str  # "production" or "drill"


@dataclass
class Desk:
    """A workstation of folders in memory. ``stop``: paths that cannot be moved."""

    files: dict[str, File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: set(FOLDERS))
    blobs: dict[str, bytes] = field(default_factory=dict)
    records: list[str] = field(default_factory=list)
    stop: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    free: int = 10**12
    blank: Seen = field(default_factory=lambda: Seen(facts=Facts(blobs=f"{STATE}/blobs")))

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        stopped = None
        for index, step in enumerate(steps):
            why = self._do(step)
            if why:
                stopped = Stopped(index, why)
                break
        return Seen(
            facts=Facts("ws-1", blobs=f"{STATE}/blobs", clock="2021-11-06T12:00:00Z"),
            settings={key: {"volume": "/", "free": self.free} for key in look.settings},
            blobs={digest: self.blobs[digest] for digest in look.blobs},
            trees={tree: self._branch(tree) for tree in look.trees},
            journal=tuple(json.loads(line) for line in self.records),
            stopped=stopped,
        )

    def _do(self, step: Step) -> str:
        if isinstance(step, Keep):
            file = self.files.get(step.path)
            if file is None or digest(file.content) != step.sha256:
                return f"{step.path}: somebody changed it"
            self.blobs[step.sha256] = file.content
        elif isinstance(step, Put):
            self.blobs[digest(step.content)] = step.content
        elif isinstance(step, Note):
            assert len(self.records) == step.position
            self.records.append(journal.line(step.record))
        elif isinstance(step, Make):
            self.folders.add(step.path)
        elif isinstance(step, Move):
            return self._move(step)
        else:
            assert isinstance(step, Prune)
        return ""

    def _move(self, step: Move) -> str:
        file = self.files.get(step.path)
        if file is None or stamp(file) != step.stamp or step.path in self.stop:
            return f"{step.path}: somebody changed it between look and move; it was left where it is"
        if step.to is not None and step.to in self.files:
            return f"{step.to}: something is there already"
        del self.files[step.path]
        if step.to is not None:
            self.files[step.to] = file
        if step.instead is not None:
            self.files[step.path] = File(self.blobs[step.instead.sha256], step.instead.mtime_ns, "production")
        return ""

    def _branch(self, tree: Tree) -> Branch | None:
        below = {
            path[len(tree.path) + 1 :]: file
            for path, file in self.files.items()
            if path.startswith(tree.path + "/")
        }
        if not below and tree.path not in self.folders:
            return None
        known = manifests.read(self.blobs[tree.known], "").folders.get(tree.path, {}) if tree.known else {}
        fits = matcher(tree.patterns, "/")
        stamps, attributes = {}, {}
        for name, file in below.items():
            last = known.get(name)
            if fits(name):
                attributes[name] = "0640 0:0"
            same = last is not None and (last.size, last.mtime_ns) == (len(file.content), file.mtime)
            if same and not (tree.doubted and fits(name)):
                continue
            self.read.append(f"{tree.path}/{name}")
            if stamp(file) != last:
                stamps[name] = stamp(file)
        return Branch(stamps, frozenset(set(known) - set(below)), (), attributes)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stamp(file: File) -> Stamp:
    return Stamp(len(file.content), file.mtime, digest(file.content))


def run(desk: Any, state: str, check: bool = False, now: str = NOW, **more: Any) -> Outcome:
    """A run of the engine with this concern alone."""
    concern = rehearsal_files.concern({**OPTIONS, "state": state, **more}, now)
    whose = OPTIONS["drill"], OPTIONS["occurrence"]
    return engine.run(desk, [concern], lambda: now, *whose, check=check)


def told(outcome: Outcome, state: str = "purged", now: str = NOW, **more: Any) -> dict[str, Any]:
    """What the concern says of what is there after a run."""
    concern = rehearsal_files.concern({**OPTIONS, "state": state, **more}, now)
    return concern.describe(concern.options, outcome.after)


# ---- histories -----------------------------------------------------------------------------------------------------


class History:
    """What happens in the folders before and during a drill, as chance has it. Each method that is no event is told
    of the files as they are: a real folder is laid out after the one in memory.
    """

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.files: dict[str, File] = {}
        self.before: dict[str, File] = {}
        self.lost: set[bytes] = set()  # contents of production that somebody of production removed or changed
        self._number = 0

    def live(self) -> None:
        """Production before the baseline."""
        for _each in range(self.chance.randrange(7)):
            path = self._place(self.chance.choice(REPORTS + OTHERS))
            self.files[path] = File(self._content("production"), self._time(), "production")
        self.before = {path: File(file.content, file.mtime, file.of) for path, file in self.files.items()}

    def drill(self) -> None:
        """The drill, while production goes on."""
        events = (
            self._download,
            self._download,
            self._rehearse,
            self._rehearse,
            self._leave_about,
            self._work,
            self._rename,
            self._remove,
            self._copy,
            self._move_into_rehearsal,
        )
        for _each in range(self.chance.randrange(9)):
            self.chance.choice(events)()

    # ---- what a drill does ----

    def _download(self) -> None:
        """A report comes into a folder of production, and may replace one of the baseline."""
        path = self._place(self.chance.choice(REPORTS))
        there = self.files.get(path)
        replaces = there is not None and path in self.before and there.content == self.before[path].content
        if there is not None and there.of == "production" and not replaces:
            return  # what production made of it since nobody has a copy of
        self.files[path] = self._from_server(there)

    def _rehearse(self) -> None:
        name = self.chance.choice((*REPORTS, *OTHERS, "SITEST.TXT"))
        there = self.files.get(f"{REHEARSAL}/{name}")
        if there is None or there.of == "drill":
            self.files[f"{REHEARSAL}/{name}"] = self._from_server(there)

    def _leave_about(self) -> None:
        path = self._place(f"unknown{self.chance.randrange(3)}.dat")
        self.files.setdefault(path, File(self._content("drill"), self._time(), "drill"))

    def _from_server(self, there: File | None) -> File:
        """With the server's date, which may be that of what it replaces, and its size, too."""
        reports = [file.content for path, file in self.before.items() if path.endswith(REPORTS)]
        if reports and self.chance.random() < 0.2:
            return File(self.chance.choice(reports), self._time(), "drill")
        content = self._content("drill")
        if there is not None and self.chance.random() < 0.4:
            content = content[: len(there.content)].ljust(len(there.content), b".")
            return File(content, there.mtime, "drill")
        return File(content, self._time(), "drill")

    # ---- what production does ----

    def _work(self) -> None:
        path = self._place(self.chance.choice(OTHERS))
        there = self.files.get(path)
        if there is None or there.of == "production":
            self._lose(path)
            self.files[path] = File(self._content("production") or b"entry", self._time(), "production")

    def _rename(self) -> None:
        """To a name that no report had: where one stood, its copy comes back."""
        path, to = self._mine(), self._place(self.chance.choice(REPORTS + OTHERS))
        if path and to not in self.files and to not in self.before:
            self.files[to] = self.files.pop(path)

    def _copy(self) -> None:
        path, to = self._mine(), self._place(f"copy-{self.chance.choice(REPORTS)[-9:]}")
        if path and to not in self.files and self.files[path].content:
            self.files[to] = File(self.files[path].content, self._time(), "production")

    def _remove(self) -> None:
        path = self._mine()
        if path:
            self._lose(path)

    def _move_into_rehearsal(self) -> None:
        path = self._mine()
        to = f"{REHEARSAL}/{self.chance.choice(REPORTS + OTHERS)}"
        if path and to not in self.files and self.files[path].content:
            self.files[to] = self.files.pop(path)

    def _mine(self) -> str:
        """A file of production that is as it was at the baseline."""
        contents = {file.content for file in self.before.values() if file.of == "production"}
        mine = [
            path
            for path, file in sorted(self.files.items())
            if file.of == "production" and file.content in contents and not path.startswith(REHEARSAL)
        ]
        return self.chance.choice(mine) if mine else ""

    def _lose(self, path: str) -> None:
        if path in self.files:
            self.lost.add(self.files.pop(path).content)

    def _place(self, name: str) -> str:
        return f"{self.chance.choice(FOLDERS)}/{name}"

    def _content(self, of: str) -> bytes:
        self._number += 1
        if self.chance.random() < 0.1:
            return b""
        return f"{of} {self._number}".encode() * self.chance.randrange(1, 3)

    def _time(self) -> int:
        return self.chance.choice((0, 1636070400 * 10**9, self.chance.randrange(10**18)))


def judged(history: History, files: dict[str, bytes]) -> list[str]:
    """What is wrong with the files after a purge, in the light of the history. Nothing: the laws hold."""
    wrong = []
    fits = matcher(PATTERNS, "/")
    production = {file.content for file in history.before.values() if file.of == "production"}
    for path, file in history.files.items():
        if file.of != "production":
            continue
        moved_in = path.startswith(REHEARSAL)
        if not moved_in and files.get(path) != file.content:
            wrong.append(f"production lost or altered: {path!r}")
        if moved_in and file.content not in files.values():
            wrong.append(f"production lost that had been moved: {path!r}")
    for path, file in history.before.items():
        now = history.files.get(path)
        below = path.split("/", 3)[-1]
        overwritten = now is not None and now.of == "drill" and file.of == "production" and fits(below)
        if overwritten and files.get(path) != file.content:
            wrong.append(f"overwritten and not put back: {path!r}")
    for path, content in files.items():
        file_now = history.files.get(path)
        if file_now is None or file_now.of != "drill" or file_now.content != content:
            continue
        if path.startswith(REHEARSAL):
            wrong.append(f"left in the rehearsal folder: {path!r}")
        elif fits(path.split("/", 3)[-1]) and content and content not in production:
            wrong.append(f"left of the drill: {path!r}")
    return wrong
