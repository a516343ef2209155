# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A conversation with OpenSSH's sftp: a command, what it prints, the next one, over one connection."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from types import TracebackType
from typing import List, Optional, Type

from ansible_collections.hkex.drill.plugins.module_utils._login_reports import ECHO, complaint, settings
from ansible_collections.hkex.drill.plugins.module_utils.model import Login
from ansible_collections.hkex.drill.plugins.module_utils.posix.dns import ProbeError
from ansible_collections.hkex.drill.plugins.module_utils.posix.host_key import PATH

_LEAVING = 10.0  # seconds to log out
_MOST = 4 << 20  # bytes that the program may print for one command
# The command whose answer marks the end of the one before.
_MARK, _MARKED = "lpwd", b"Local working directory:"


class Session:
    """``with Session(...) as session``: what is left of it at the end of the block is killed."""

    def __init__(
        self, host: str, port: int, login: Login, known_hosts: str, folder: str, seconds: float, limit: float
    ) -> None:
        self._until = time.monotonic() + limit
        self._limit = limit
        self._errors = open(os.path.join(folder, "said"), "w+b")  # noqa: SIM115  # pylint: disable=consider-using-with
        self._heard = b""
        try:
            self._process = subprocess.Popen(  # pylint: disable=ansible-bad-function,consider-using-with
                ["sftp", "-b", "-", "-P", str(port), *_options(login, known_hosts, seconds), host],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=folder,
                env=dict(os.environ, LC_ALL="C", PATH=PATH),
                start_new_session=True,  # so that it ends together with its ssh
            )
        except FileNotFoundError:
            self._errors.close()
            raise ProbeError("sftp is not installed") from None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(BrokenPipeError):  # a command that nobody took any more
                if pipe:
                    pipe.close()

    def do(self, command: str) -> List[str]:
        """What a command prints. One that fails prints nothing.

        :raises ProbeError: the connection or its time is over; in the program's words, why
        """
        self._write(f"{command}\n{_MARK}\n")
        said: List[bytes] = []
        while True:
            line = self._line()
            if line.startswith(_MARKED):
                return [each.decode("utf-8", "replace") for each in said]
            if not line.startswith(ECHO.encode("ascii")):
                said.append(line)

    def log_out(self) -> None:
        """End the session as a person would.

        :raises ProbeError: the server would not
        """
        self._write("bye\n")
        try:
            code = self._process.wait(_LEAVING)
        except subprocess.TimeoutExpired:
            raise ProbeError("logged on, but logging out did not end in time") from None
        if code:
            raise ProbeError(self._complaint())

    def _write(self, text: str) -> None:
        commands = self._process.stdin
        try:
            if commands:
                commands.write(text.encode("utf-8"))
                commands.flush()
        except BrokenPipeError:
            self._process.wait(_LEAVING)
            raise ProbeError(self._complaint()) from None

    def _line(self) -> bytes:
        """The next line that the program prints."""
        printed = self._process.stdout
        while b"\n" not in self._heard and printed:
            left = self._until - time.monotonic()
            if left <= 0 or not select.select([printed], [], [], left)[0]:
                raise ProbeError(f"it did not end in time, which is {self._limit:.0f} s")
            more = os.read(printed.fileno(), 1 << 16)
            if not more:
                raise ProbeError(self._complaint())
            self._heard += more
            if len(self._heard) > _MOST:
                raise ProbeError("logged on, but the server lists without end")
        line, _end, self._heard = self._heard.partition(b"\n")
        return line.rstrip(b"\r")

    def _complaint(self) -> str:
        self._errors.seek(0)
        return complaint(self._errors.read(1 << 16).decode("utf-8", "replace"))


def _options(login: Login, known_hosts: str, seconds: float) -> List[str]:
    given = settings(login, known_hosts, seconds)
    return ["-F", "/dev/null", *(f"-o{name}={value}" for name, value in given.items())]
