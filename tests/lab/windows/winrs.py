# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell of ``ansible_connection: winrm``: commands with stdin, stdout and stderr ([MS-WSMV] 3.1.4.5)."""

from __future__ import annotations

import base64
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from .bootstrap import NotAModule, decode_command
from .faults import Kind, Silence
from .host import Host, Output
from .wsman import (
    BAD_REQUEST,
    NO_SUCH_SHELL,
    SHELL,
    TIMED_OUT,
    Refused,
    Request,
    commanded,
    created,
    received,
    simple,
)

RESOURCE = f"{SHELL}/cmd"
CLIXML = (
    '#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    '<S S="Error">{}_x000D__x000A_</S></Objs>'
)


@dataclass
class _Command:
    line: str
    given: bytearray = field(default_factory=bytearray)
    running: Future[Output] | None = None
    left: dict[str, bytes] | None = None  # what of stdout and stderr has not been received yet


class CommandShell:
    """One shell of a user; its commands run one after another or side by side."""

    def __init__(self, host: Host, request: Request) -> None:
        self._host = host
        self._commands: dict[str, _Command] = {}
        self.id = str(uuid.uuid4()).upper()

    def create(self, request: Request) -> bytes:
        return created(request, self.id, "stdout stderr")

    def command(self, request: Request) -> bytes:
        """Start a command. It runs when its input is complete, or at once where none is to come."""
        if self._host.faults.take(Kind.CLOSED):
            raise Silence(0)
        words = [request.body.findtext(f".//{{{SHELL}}}Command") or ""]
        words += [one.text or "" for one in request.body.iter(f"{{{SHELL}}}Arguments")]
        command_id = str(uuid.uuid4()).upper()
        self._commands[command_id] = _Command(" ".join(words))
        return commanded(request, command_id)

    def send(self, request: Request) -> bytes:
        for stream in request.body.iter(f"{{{SHELL}}}Stream"):
            command = self._command(stream.get("CommandId"))
            command.given += base64.b64decode(stream.text or "")
            if stream.get("End", "").lower() == "true":
                self._run(command)
        return simple(request)

    def receive(self, request: Request) -> bytes:
        """Wait for the output, at most as long as the client asks for, and hand it over in pieces that fit."""
        stream = request.body.find(f".//{{{SHELL}}}DesiredStream")
        if stream is None:
            raise Refused(BAD_REQUEST)
        command = self._command(stream.get("CommandId"))
        running = command.running or self._run(command)
        try:
            output = running.result(request.time_out)
        except TimeoutError:
            raise Refused(TIMED_OUT) from None
        if command.left is None:
            stderr = CLIXML.format(escape(output.stderr)) if output.stderr else ""
            command.left = {"stdout": output.stdout.encode(), "stderr": stderr.encode()}
        pieces, room = [], request.room
        for name, data in command.left.items():
            if data:
                pieces.append((name, base64.b64encode(data[:room]).decode()))
            command.left[name], room = data[room:], max(0, room - len(data))
        done = not any(command.left.values())
        return received(request, stream.get("CommandId", ""), pieces, output.code, done)

    def signal(self, request: Request) -> bytes:
        """A command is over for its client: forget it."""
        for one in request.body.iter(f"{{{SHELL}}}Signal"):
            self._commands.pop((one.get("CommandId") or "").upper(), None)
        return simple(request)

    def _command(self, command_id: str | None) -> _Command:
        try:
            return self._commands[(command_id or "").upper()]
        except KeyError:
            raise Refused(NO_SUCH_SHELL) from None

    def _run(self, command: _Command) -> Future[Output]:
        try:
            command.running = self._host.start(decode_command(command.line), bytes(command.given))
        except NotAModule as error:
            command.running = Future()
            command.running.set_result(Output("", f"{self._host.name}: {error}", 1))
        return command.running
