# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the engine on real files in processes of their own: killed at each step, or two at once.

``python kill.py (killed|raced) FOLDER`` prints a line of JSON about each trial; the tests judge them. A trial forks
instead of starting an interpreter. A file system outlives the kill of a process, so nothing is really synced.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import engine
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern, Look, Plan, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.unit.engine_workstation import line

NAMES = ("hosts", "resolv.conf", "new")
OLD = {"hosts": "# site\r\nrap 10.1\r\n", "resolv.conf": "rap 10.1", "new": None}
CALLS: tuple[str, ...] = (
    "open",
    "rename",
    "fsync",
    "unlink",
    "write",
    "ftruncate",
    "fchmod",
    "chmod",
    "mkdir",
)
# After one call is before the next, but a new file gets its contents in between, without a call that is counted.
EXTRA = {"write": ("half",), "open": ("after",)}
LINK = os.link
PATIENCE = 20  # seconds for one trial


def prepare(folder: Path, blocked: bool) -> None:
    """A workstation before the switch; ``blocked``: the last file gets a second name while it is being looked at,
    which keeps it from being replaced.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in OLD.items():
        if text is not None:
            (folder / name).write_bytes(text.encode())
    if blocked:
        (folder / "new").write_bytes(b"rap 10.1\n")
        (folder / "blocked").touch()


def switch(folder: Path, value: bytes) -> str:
    """Point all files at an address; says how it ended."""
    concerns: list[Concern] = [line(str(folder / name), b"rap", value) for name in NAMES]
    if (folder / "blocked").exists():
        concerns.append(second_name(folder))
    try:
        return engine.run(Posix(str(folder / "state")), concerns, lambda: "now", "drill", "day").state
    except Refusal as refusal:
        return f"refused: {refusal}"


def second_name(folder: Path) -> Concern:
    """Wants nothing, and gives the last file a second name once everything has been looked at."""

    def plan(_options: Any, _seen: Any) -> Plan:
        with suppress(FileExistsError):
            LINK(folder / "new", folder / "second name")
        return Plan()

    return Concern("second name", None, lambda *_: Look(), plan, lambda *_: {})


def killing(at: int, when: str) -> list[str]:
    """Make the process kill itself before, after or in the middle of the call of this number that changes something.

    :returns: the calls that were made, growing
    """
    made: list[str] = []

    def wrapped(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not arguments[1] & os.O_CREAT:
                return call(*arguments, **options)
            made.append(name)
            now = when if len(made) == at else ""
            if now == "half":
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if now in ("before", "half"):
                os.kill(os.getpid(), signal.SIGKILL)
            result = None if name == "fsync" else call(*arguments, **options)
            if now == "after":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted

    for name in CALLS:
        setattr(os, name, wrapped(name, getattr(os, name)))
    return made


def start(body: Callable[[], Any]) -> Callable[[], tuple[Any, int]]:
    """Start a process; returns a function that waits for what it says and the signal that ended it (0: none)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        try:
            with os.fdopen(writing, "w") as stream:
                stream.write(json.dumps(body()))
            os._exit(0)
        finally:
            os._exit(9)
    os.close(writing)

    def wait() -> tuple[Any, int]:
        with os.fdopen(reading) as stream:
            text = stream.read()
        return json.loads(text or "null"), os.WTERMSIG(os.waitpid(child, 0)[1])

    return wait


def forked(body: Callable[[], Any]) -> tuple[Any, int]:
    return start(body)()


def found(folder: Path) -> dict[str, Any]:
    """What lies on the workstation."""
    journal = folder / "state" / "journal.jsonl"
    text = journal.read_bytes() if journal.exists() else b""
    return {
        "files": {
            name: (folder / name).read_bytes().decode() if (folder / name).exists() else None
            for name in NAMES
        },
        "leftovers": sorted(path.name for path in folder.iterdir() if path.name.endswith(".hkex-drill")),
        "journal": [json.loads(record)["event"] for record in text.split(b"\n")[:-1]],
    }


def killed(folder: Path) -> Iterator[dict[str, Any]]:
    """Kill a switch at each call, with and without a file that cannot be replaced; then run it again."""
    for blocked in (False, True):
        prepare(folder, blocked)
        undisturbed, _signal = forked(lambda: counted_switch(folder, 0, "never"))
        yield {"blocked": blocked, **undisturbed, "finally": found(folder)}
        for at, name in enumerate([*undisturbed["calls"], "end"], 1):
            for when in ("before", *EXTRA.get(name, ())):
                prepare(folder, blocked)
                _nothing, ended_by = forked(lambda: counted_switch(folder, at, when))  # noqa: B023
                trial = {
                    "blocked": blocked,
                    "when": when,
                    "at": at,
                    "signal": ended_by,
                    "then": found(folder),
                }
                (folder / "second name").unlink(missing_ok=True)
                (folder / "blocked").unlink(missing_ok=True)
                again, _signal = forked(lambda: counted_switch(folder, 0, "never"))
                yield {**trial, "again": again["end"], "finally": found(folder)}


def counted_switch(folder: Path, at: int, when: str) -> dict[str, Any]:
    calls = killing(at, when)
    end = switch(folder, b"10.2")
    if at == len(calls) + 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"end": end, "calls": calls}


def raced(folder: Path) -> Iterator[dict[str, Any]]:
    """Two switches at once, to different addresses, again and again on one workstation."""
    prepare(folder, False)
    for _round in range(12):
        waiting, go = os.pipe()

        def body(value: bytes, waiting: int = waiting, go: int = go) -> str:
            os.close(go)
            os.read(waiting, 1)  # ends for both when the parent closes its side
            killing(0, "never")
            return switch(folder, value)

        both = [start(lambda value=value: body(value)) for value in (b"10.2", b"10.3")]  # type: ignore[misc]
        os.close(waiting)
        os.close(go)
        ends = [end for end, _signal in (wait() for wait in both)]
        yield {"ends": ends, "finally": found(folder)}


if __name__ == "__main__":
    for trial in {"killed": killed, "raced": raced}[sys.argv[1]](Path(sys.argv[2]) / "ws"):
        print(json.dumps(trial), flush=True)
