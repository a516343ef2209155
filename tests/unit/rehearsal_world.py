# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation of folders in memory, which shares nothing with the real ones but the model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import engine, journal, rehearsal_files
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import inside, matcher
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


@dataclass
class File:
    """A file of a history; ``of``: whose content it is."""

    content: bytes
    mtime: int
    of: str  # "production", "drill", or "either" where nobody can tell
    changed: int = field(default_factory=count(1).__next__)  # as no program can set it


class Killed(Exception):
    """In the midst of a run."""


@dataclass
class Desk:
    """A workstation of folders in memory. ``stop``: paths that cannot be moved. ``life``:
    after so many steps it is killed. ``bare``: the folder on which its
    volume is not mounted.
    """

    files: dict[str, File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: set(FOLDERS))
    blobs: dict[str, bytes] = field(default_factory=dict)
    records: list[str] = field(default_factory=list)
    stop: set[str] = field(default_factory=set)
    life: float = inf
    bare: str = ""
    read: list[str] = field(default_factory=list)
    free: int = 10**12
    blank: Seen = field(default_factory=lambda: Seen(facts=Facts(blobs=f"{STATE}/blobs")))

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        stopped = None
        for index, step in enumerate(steps):
            self.life -= 1
            if self.life < 0:
                raise Killed
            why = self._do(step)
            if why:
                stopped = Stopped(index, why)
                break
        return Seen(
            facts=Facts("ws-1", blobs=f"{STATE}/blobs", clock="2021-11-06T12:00:00Z"),
            files=dict.fromkeys(look.files),
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
        if not below and not any(inside(tree.path, folder) for folder in self.folders):
            return None
        known = manifests.read(self.blobs[tree.known], "").folders.get(tree.path, {}) if tree.known else {}
        fits = matcher(tree.patterns, "/")
        stamps, attributes = {}, {}
        for name, file in below.items():
            last = known.get(name)
            if fits(name):
                attributes[name] = "0640 0:0"
            same = last is not None and last == stamp(file)._replace(sha256=last.sha256)
            if same and not (tree.doubted and fits(name)):
                continue
            self.read.append(f"{tree.path}/{name}")
            if stamp(file) != last:
                stamps[name] = stamp(file)
        root = f"{tree.path} {'below the volume' if tree.path == self.bare else ''}"
        return Branch(stamps, frozenset(set(known) - set(below)), (), attributes, root=root)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def stamp(file: File) -> Stamp:
    return Stamp(len(file.content), file.mtime, digest(file.content), file.changed)


def run(desk: Any, state: str, check: bool = False, now: str = NOW, **more: Any) -> Outcome:
    """A run of the engine with this concern alone."""
    concern = rehearsal_files.concern({**OPTIONS, "state": state, **more}, now)
    whose = OPTIONS["drill"], OPTIONS["occurrence"]
    return engine.run(desk, [concern], lambda: now, *whose, check=check)


def told(outcome: Outcome, state: str = "purged", now: str = NOW, **more: Any) -> dict[str, Any]:
    """What the concern says of what is there after a run."""
    concern = rehearsal_files.concern({**OPTIONS, "state": state, **more}, now)
    return concern.describe(concern.options, outcome.after)
