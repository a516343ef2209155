# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trouble on demand: what goes wrong at which workstation, how many times."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass, replace


class Kind(enum.Enum):
    """Where a fault strikes."""

    LOGIN = "the right password is refused with 401"
    QUOTA = "no shell is opened: MaxShellsPerUser"
    CLOSED = "the connection closes between opening the shell and starting the command"
    HANG = (
        "the command is accepted and never runs; asked for its output, the service says nothing and hangs up"
    )
    LOST = "the command runs; asked for its output, the service says nothing and hangs up"
    CUT = "the command runs and only half of its output arrives"
    DELAY = "the command takes its time before it runs"


@dataclass(frozen=True)
class Fault:
    """``times``: how often it strikes, None for always. ``seconds``: of silence (HANG, LOST) or of DELAY."""

    kind: Kind
    times: int | None = 1
    seconds: float = 0.0


class Silence(Exception):
    """No answer: the connection stays silent for some seconds and is closed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"silent for {seconds} seconds")
        self.seconds = seconds


class Faults:
    """The faults that one workstation still has before it; for use by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, kind: Kind) -> Fault | None:
        """The next fault of this kind, which has struck with that; None where there is none."""
        with self._lock:
            index = next((at for at, one in enumerate(self._waiting) if one.kind is kind), None)
            if index is None:
                return None
            fault = self._waiting[index]
            left = None if fault.times is None else fault.times - 1
            self._waiting[index : index + 1] = [] if left == 0 else [replace(fault, times=left)]
            return fault
