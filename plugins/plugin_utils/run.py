# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The run that is on: who makes it, what it has lost so far, and the lock that lets one at a time change the fleet."""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.gate import pretend
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import explained, open_regular

LOCK = "run.lock"


class RunLock:
    """Held by one run per evidence folder, from its first phase to its end; it goes with its processes, even killed.

    Forked workers share it: while one of them still writes, the next run has to wait.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def acquire(cls, folder: Path, phase: str, since: str) -> RunLock:
        """Take it, or say who has it.

        :raises Refusal: another run has it, or the file cannot be written
        """
        path = folder / LOCK
        with explained(path), ExitStack() as undo:
            fd = open_regular(path, os.O_RDWR | os.O_CREAT)
            undo.callback(os.close, fd)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(fd, 1000, 0).decode("utf-8", "replace").strip() or "it does not say which"
                raise Refusal(
                    f"run lock {path}",
                    f"another run is on ({holder})",
                    "Wait until it and its workers have ended. If they hang, end them: the lock goes with them",
                ) from None
            text = f"{phase} by {who()} on {os.uname().nodename}, process {os.getpid()}, since {since}\n"
            os.ftruncate(fd, 0)
            os.pwrite(fd, text.encode("utf-8", "replace"), 0)
            undo.pop_all()
        return cls(fd)

    def release(self) -> None:
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


@dataclass(frozen=True)
class Run:
    """The run of this process, as the audit callback keeps it; forked workers see it as it was when they started.

    ``phase`` is that of the present play (None: a play without). ``error`` says why nothing may be changed: the
    trail cannot be written or the lock is not held. ``failed`` and ``unreachable`` name the workstations lost so far.
    """

    id: str
    folder: Path
    phase: str | None
    lock_held: bool = False
    error: str | None = None
    failed: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()


_current: Run | None = None


def current_run() -> Run | None:
    """The run that is on; None: none, or the audit callback is not enabled."""
    return _current


def set_current_run(run: Run | None) -> None:
    """For the audit callback alone."""
    global _current
    _current = run


def passed(verdict: Mapping[str, Any]) -> Mapping[str, Any]:
    """The gate's own result of this run.

    :raises Refusal: it is none: with --start-at-task, or by hand, there is none
    """
    run = current_run()
    if run is None or verdict.get("run") != run.id or not verdict.get("allowed") or run.error:
        raise Refusal(
            "gate",
            (run.error if run else None) or "it has not let this run pass",
            "Run the phase by its playbook, from its start",
        )
    return verdict


def new_run_id() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def now() -> str:
    """The present, UTC, ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def who() -> str:
    """The user of the operating system, and who stands behind a sudo."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo by {behind})" if behind and behind != name else name


def present(pretended: str | None, variables: Mapping[str, Any]) -> datetime:
    """The time by which a run goes: the one that a sandbox pretends, or the clock's.

    :param variables: a task's, with those of all workstations of the play
    :raises GateError: the text is no time, or a workstation is no sandbox's
    """
    if pretended is None:
        return datetime.now(UTC)
    hostvars, known = variables["hostvars"], variables["groups"]["all"]
    # Not of localhost, where a play happens that is about nobody.
    own = [name for name in variables["ansible_play_hosts_all"] if name in known]
    sandbox = bool(own) and all(hostvars[name].get("drill_sandbox") is True for name in own)
    return pretend(pretended, sandbox)
