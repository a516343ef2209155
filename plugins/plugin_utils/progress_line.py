# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a step of a phase is, as one line of text for the bottom of a terminal.

Pure: what is known, how it is said in the room there is, and on which terminal it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from itertools import accumulate

from ansible_collections.hkex.drill.plugins.plugin_utils.table import printable

# Ansible says a line for each workstation by itself. Up to here those fit on one screen and tell who is still missing.
# By number, not by time: a clock would have to wait for the next answer, and the line is wanted while none comes.
FEW = 20  # workstations

_SHORT = 8  # columns; a step's name cut to less says nothing
_CUT = "..."
WIPE = "\r\x1b[K"  # to the start of the terminal's line; erase to its end


class Heard(Enum):
    """What a workstation's answer to a step comes to."""

    DONE = "done"
    FAILED = "failed"
    PENDING = "pending"  # unreachable: a later run finishes it


@dataclass(frozen=True)
class Progress:
    """Where the workstations of a play stand in its present step: each in one of the three, or yet to be heard.

    Those that failed or were unreachable stay so in the steps that follow, because they take no part in them.
    """

    workstations: frozenset[str]
    step: str = ""
    done: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()

    @property
    def remaining(self) -> int:
        """How many have yet to be heard in this step."""
        return len(self.workstations) - len(self.done) - len(self.failed) - len(self.pending)

    def next(self, step: str) -> Progress:
        """At the start of a step."""
        return replace(self, step=step, done=frozenset())

    def hear(self, name: str, heard: Heard) -> Progress:
        """With the answer of one workstation; its last one counts."""
        own = self.workstations & {name}
        return replace(
            self,
            done=self.done | own if heard is Heard.DONE else self.done - own,
            failed=self.failed | own if heard is Heard.FAILED else self.failed - own,
            pending=self.pending | own if heard is Heard.PENDING else self.pending - own,
        )


def line(progress: Progress, width: int) -> str:
    """The progress in fewer than ``width`` columns, or nothing where that is too narrow for a number.

    The step's name is cut before the counts, and no count is: half a number is a wrong one. The last column stays free
    because some terminals go to the next line as soon as it is filled.
    """
    left = f"{progress.remaining} remaining"
    counts = (
        f"{len(progress.done)} done, {len(progress.failed)} failed, {len(progress.pending)} pending, {left}"
    )
    room = width - 1
    name = _fit(printable(progress.step), room - len(counts) - len(": "))
    texts = (f"{name}: {counts}" if name else counts, left)
    return next((text for text in texts if columns(text) <= room), "")


def columns(text: str) -> int:
    """How many columns the text takes at most: whatever is not ASCII counts as wide, as Chinese is."""
    return sum(1 if char.isascii() else 2 for char in text)


def drawn(text: str) -> str:
    """What puts the text into the terminal's line: over what stands there, and back to its start.

    So whatever comes uncalled (an echoed ^C, the prompt of a shell after a kill) starts in the first column.
    """
    return f"{WIPE}{text}\r"


def for_people(output: str) -> bool:
    """Whether the callback that writes standard output is Ansible's own.

    Any other is chosen for a purpose, mostly for a program that reads it (JSON, ansible-runner).
    """
    return output in ("default", "ansible.builtin.default")


def wanted(terminal: bool, environment: Mapping[str, str], verbosity: int, output: str) -> bool:
    """Whether a line may be shown: to a person at a terminal that can erase, who has not asked for more than that.

    :param output: the callback that writes standard output; what a program reads often comes from a terminal, too
    """
    return (
        terminal
        and environment.get("TERM") not in (None, "", "dumb")
        and not environment.get("CI")
        and verbosity == 0
        and for_people(output)
    )


def _fit(name: str, room: int) -> str:
    if columns(name) <= room:
        return name
    if room < _SHORT:
        return ""
    ends = accumulate(columns(char) for char in name)
    return name[: sum(1 for end in ends if end <= room - len(_CUT))] + _CUT
