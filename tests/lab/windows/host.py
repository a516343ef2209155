# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation as the remote shells see it: something that runs modules, counts them, and may be in trouble."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from .bootstrap import Call, NotAModule, read_call
from .faults import Faults, Kind, Silence


class Machine(Protocol):
    """What the server stands before. ``run`` is called by several threads, for different connections."""

    @property
    def name(self) -> str: ...

    def run(self, module: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of a PowerShell module, to be written as JSON.

        :param module: its script's name without collection and .ps1
        :raises Exception: the module dies of it, as of an error that it does not catch
        """
        ...


@dataclass(frozen=True)
class Execution:
    """A module that ran; ``start`` (of the command, a delay included) and ``end`` in seconds of ``time.monotonic``."""

    machine: str
    module: str
    check_mode: bool
    start: float
    end: float


@dataclass(frozen=True)
class Output:
    """What a command leaves behind."""

    stdout: str
    stderr: str
    code: int


class Host:
    """One workstation of the fleet: its machine, its faults and what ran on it."""

    def __init__(self, machine: Machine, stopping: threading.Event) -> None:
        self.name = machine.name
        self.faults = Faults()
        self.executions: list[Execution] = []
        self.requests = 0
        self._machine = machine
        self._stopping = stopping

    def start(self, script: str, given: bytes) -> Future[Output]:
        """Run a command in the background; the future may hold ``Silence``."""
        future: Future[Output] = Future()

        def work() -> None:
            try:
                future.set_result(self._run(script, given))
            except BaseException as error:  # noqa: BLE001 - whoever asks for the output gets it
                future.set_exception(error)

        threading.Thread(target=work, name=f"command on {self.name}", daemon=True).start()
        return future

    def _run(self, script: str, given: bytes) -> Output:
        start = time.monotonic()
        delay = self.faults.take(Kind.DELAY)
        if delay:
            self._stopping.wait(delay.seconds)
        hang = self.faults.take(Kind.HANG)
        if hang:
            raise Silence(hang.seconds)
        try:
            output = self._execute(read_call(script, given), start)
        except NotAModule as error:
            return Output("", f"{self.name}: {error}", 1)
        lost = self.faults.take(Kind.LOST)
        if lost:
            raise Silence(lost.seconds)
        if self.faults.take(Kind.CUT):
            return Output(output.stdout[: len(output.stdout) // 2], output.stderr, output.code)
        return output

    def _execute(self, call: Call, start: float) -> Output:
        try:
            result = dict(self._machine.run(call.module, call.arguments))
            text = json.dumps(result)
        except Exception as error:  # noqa: BLE001 - a module dies of any error that it does not catch
            message = f"Unhandled exception while executing module: {error}"
            result = {"failed": True, "msg": message, "exception": f"{type(error).__name__}: {error}"}
            text = json.dumps(result)
        self.executions.append(Execution(self.name, call.module, call.check_mode, start, time.monotonic()))
        return Output(text + "\r\n", "", 1 if result.get("failed") else 0)
