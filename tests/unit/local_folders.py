# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A desk with somebody's SFTP clients on it, which a drill leads to its own folder and back, through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import engine, rollback, sftp_client
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    WINDOWS,
    Facts,
    File,
    Look,
    Outcome,
    Process,
    Profile,
    Seen,
    Step,
)

from tests.unit.engine_workstation import Memory
from tests.unit.filezilla_person import HOME, PORT, PRIMARY, RAP, SECONDARY, STALE

FOLDER = "/home/rap/rehearsal"
DRILL, OCCURRENCE = "2021-11-06-ccass", "2021-11-06"


@dataclass
class Desk(Memory):
    """A workstation in memory with people and their programs."""

    system: str = POSIX
    people: tuple[Profile, ...] = (RAP,)
    running: list[Process] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.blank = Seen(self.system, Facts("ws1", blobs="/state/blobs", profiles=self.people))

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        seen = super().visit(steps, look)
        programs = {
            name: tuple(each for each in self.running if each.name == name) for name in look.processes
        }
        return seen._replace(
            system=self.system, processes=programs, keys={key: self.keys.get(key) for key in look.keys}
        )

    def contents(self) -> dict[str, bytes]:
        return {path: file.content for path, file in self.files.items()}


def desk(files: dict[str, bytes]) -> Desk:
    """Somebody uses FileZilla on Linux, with these files."""
    return Desk(files={HOME + name: File(content) for name, content in files.items()})


def asked(host: str = "", state: str = "", folder: str = FOLDER, **more: Any) -> dict[str, Any]:
    """The options of one run: without a host nothing is led anywhere else, as cleanup asks."""
    both = [{"host": one, "port": PORT} for one in (PRIMARY, SECONDARY)]
    sites = (
        [{"known": both, "host": host, "port": PORT}] if host else [{"known": [one], **one} for one in both]
    )
    local = {"local_folder": {"path": folder, "state": state}} if state else {}
    return {"max_connections": 1, "sites": sites, "stale": [STALE], **local, **more}


def play(
    workstation: Memory,
    params: dict[str, Any],
    check: bool = False,
    drill: str = DRILL,
    occurrence: str = OCCURRENCE,
) -> Outcome:
    """One run of the drill."""
    concern = sftp_client.concern({**params, "drill": drill, "occurrence": occurrence})
    return engine.run(workstation, [concern], lambda: "now", drill, occurrence, check)


def roll_back(workstation: Memory) -> Outcome:
    return engine.run(workstation, [rollback.concern(DRILL, OCCURRENCE)], lambda: "now", DRILL, OCCURRENCE)


__all__ = ["FOLDER", "POSIX", "WINDOWS", "Desk", "asked", "desk", "play", "roll_back"]
