# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A screen that nobody looks at, with a keyboard: Xvfb and xdotool, for programs that have only a window."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START = 20.0  # seconds until the screen is there
END = 10.0  # seconds for a process to end before it is killed
ANSWER = 10.0  # seconds for one xdotool
PAUSE = 0.05  # seconds between two looks


def missing(*programs: str) -> str:
    """Why tests with these programs cannot run here; empty if they can."""
    absent = [name for name in programs if not shutil.which(name)]
    return f"not installed: {', '.join(absent)}" if absent else ""


def until(condition: Callable[[], object], seconds: float) -> bool:
    """Look until it is so; False if it was not within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], log: Path, pass_fds: Sequence[int] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is gone with its children at the end of the block, whatever happened in it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, then kill it and what is left of its group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(END)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own: start_new_session
    process.wait(END)


@dataclass(frozen=True)
class Window:
    id: str
    title: str


@dataclass(frozen=True)
class Desktop:
    """See ``desktop``."""

    display: str

    def windows(self) -> list[Window]:
        """Those with a title, in no order."""
        found = (Window(one, self._xdotool("getwindowname", one).strip()) for one in self._visible())
        return [one for one in found if one.title]

    def press(self, window: Window, *keys: str) -> None:
        """Give the window the keyboard and press the keys, named as xdotool names them (``ctrl+p``).

        There is no window manager: the focus is where it was put last, or nowhere.
        """
        self._xdotool("windowfocus", "--sync", window.id, "key", "--clearmodifiers", *keys)

    def type(self, window: Window, text: str) -> None:
        """As ``press``, for text with tabs and a return."""
        self._xdotool("windowfocus", "--sync", window.id, "type", "--delay", "10", text)

    def _visible(self) -> list[str]:
        return self._xdotool("search", "--onlyvisible", "--name", ".").split()

    def _xdotool(self, *arguments: str) -> str:
        """Its answer; empty if it failed, for a window can be gone between two looks."""
        try:
            ran = subprocess.run(
                ["xdotool", *arguments],
                env={**os.environ, "DISPLAY": self.display},
                check=False,
                capture_output=True,
                text=True,
                timeout=ANSWER,
            )
        except subprocess.TimeoutExpired:
            return ""
        return ran.stdout if ran.returncode == 0 else ""


@contextmanager
def desktop(folder: Path) -> Iterator[Desktop]:
    """A screen of its own, on a display number that nobody had; its log and its picture are in ``folder``.

    :raises RuntimeError: Xvfb did not start in time
    """
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    # It resets itself when its last client leaves, and a program that starts at that moment is refused.
    command.append("-noreset")
    try:
        with running([*command, "-fbdir", str(folder)], os.environ, folder / "Xvfb.log", [write]):
            os.close(write)
            write = -1
            number = _line(read, START)
            if not number:
                raise RuntimeError(f"Xvfb told no display number in {START:.0f} s: see {folder / 'Xvfb.log'}")
            yield Desktop(f":{number}")
    finally:
        os.close(read)
        if write >= 0:
            os.close(write)


def _line(descriptor: int, seconds: float) -> str:
    """The first line of a pipe; empty if none came."""
    deadline = time.monotonic() + seconds
    said = b""
    while not said.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return ""
        chunk = os.read(descriptor, 16)
        if not chunk:
            return ""
        said += chunk
    return said.decode().strip()
