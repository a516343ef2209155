# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell of ``ansible_connection: psrp``: a runspace pool with pipelines ([MS-PSRP] 3.2, server's side)."""

from __future__ import annotations

import base64
import threading
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field
from xml.etree import ElementTree

from psrpcore import (
    CreatePipelineEvent,
    EndOfPipelineInputEvent,
    PipelineInputEvent,
    PSRPCoreError,
    PSRPPayload,
    ServerPipeline,
    ServerRunspacePool,
    StreamType,
)
from psrpcore.types import ErrorCategory, ErrorCategoryInfo, HostMethodIdentifier, NETException

from .faults import Kind, Silence
from .host import Host, Output
from .wsman import (
    BAD_REQUEST,
    NO_SUCH_SHELL,
    POWERSHELL,
    SHELL,
    TIMED_OUT,
    Refused,
    Request,
    commanded,
    created,
    received,
    simple,
)

RESOURCE = f"{POWERSHELL}/Microsoft.PowerShell"


@dataclass
class _Pipeline:
    server: ServerPipeline
    script: str = ""
    lines: list[str] = field(default_factory=list)
    running: Future[Output] | None = None
    written: bool = False


class RunspaceShell:
    """One runspace pool of a user."""

    def __init__(self, host: Host, request: Request) -> None:
        shell = request.body.find(f"{{{SHELL}}}Shell")
        self.id = (shell.get("ShellId", "") if shell is not None else "").upper() or str(uuid.uuid4()).upper()
        self._host = host
        self._pool = ServerRunspacePool()
        self._pipelines: dict[str, _Pipeline] = {}
        self._lock = threading.Lock()

    def create(self, request: Request) -> bytes:
        self._take(request.body.find(f".//{{{POWERSHELL}}}creationXml"), None)
        return created(request, self.id, "stdout")

    def command(self, request: Request) -> bytes:
        """Create a pipeline; it runs when its input is complete."""
        if self._host.faults.take(Kind.CLOSED):
            raise Silence(0)
        line = request.body.find(f"{{{SHELL}}}CommandLine")
        if line is None:
            raise Refused(BAD_REQUEST)
        command_id = line.get("CommandId", "").upper()
        try:
            self._pipelines[command_id] = _Pipeline(ServerPipeline(self._pool, uuid.UUID(command_id)))
        except ValueError:
            raise Refused(BAD_REQUEST) from None
        self._take(line.find(f"{{{SHELL}}}Arguments"), command_id)
        return commanded(request, command_id)

    def send(self, request: Request) -> bytes:
        for stream in request.body.iter(f"{{{SHELL}}}Stream"):
            self._take(stream, stream.get("CommandId", "").upper() or None)
        return simple(request)

    def receive(self, request: Request) -> bytes:
        """Hand over what the pool or the pipeline has to say; wait for it as long as the client asks for."""
        stream = request.body.find(f".//{{{SHELL}}}DesiredStream")
        command_id = (stream.get("CommandId", "") if stream is not None else "").upper()
        pipeline = self._pipeline(command_id) if command_id else None
        if pipeline and not pipeline.written:
            self._write(pipeline, request.time_out)
        with self._lock:
            payload = self._pool.data_to_send(request.room)
        if payload is None:
            raise Refused(TIMED_OUT)
        data = base64.b64encode(payload.data).decode()
        return received(request, command_id, [("stdout", data)], None, done=False)

    def signal(self, request: Request) -> bytes:
        """A pipeline is over for its client: forget it."""
        for one in request.body.iter(f"{{{SHELL}}}Signal"):
            pipeline = self._pipelines.pop((one.get("CommandId") or "").upper(), None)
            if pipeline:
                self._pool.pipeline_table.pop(pipeline.server.pipeline_id, None)
        return simple(request)

    def _pipeline(self, command_id: str) -> _Pipeline:
        try:
            return self._pipelines[command_id]
        except KeyError:
            raise Refused(NO_SUCH_SHELL) from None

    def _take(self, fragments: ElementTree.Element | None, command_id: str | None) -> None:
        if fragments is None or not fragments.text:
            raise Refused(BAD_REQUEST)
        pipeline = self._pipeline(command_id) if command_id else None
        try:
            with self._lock:
                target = pipeline.server.pipeline_id if pipeline else None
                data = base64.b64decode(fragments.text)
                self._pool.receive_data(PSRPPayload(data, StreamType.default, target))
                while (event := self._pool.next_event()) is not None:
                    if pipeline:
                        self._follow(pipeline, event)
        except (PSRPCoreError, ValueError) as error:
            raise Refused(BAD_REQUEST) from error

    def _follow(self, pipeline: _Pipeline, event: object) -> None:
        ready = False
        if isinstance(event, CreatePipelineEvent):
            pipeline.script = "\n".join(one.command_text for one in event.pipeline.commands)
            ready = event.pipeline.no_input
        elif isinstance(event, PipelineInputEvent):
            pipeline.lines.append(str(event.data))
        elif isinstance(event, EndOfPipelineInputEvent):
            ready = True
        if ready:
            given = "\n".join(pipeline.lines).encode()
            pipeline.running = self._host.start(pipeline.script, given)

    def _write(self, pipeline: _Pipeline, time_out: float) -> None:
        if pipeline.running is None:
            raise Refused(TIMED_OUT)
        try:
            output = pipeline.running.result(time_out)
        except TimeoutError:
            raise Refused(TIMED_OUT) from None
        with self._lock:
            server = pipeline.server
            server.start()
            if output.stdout:
                server.write_output(output.stdout.rstrip("\r\n"))
            if output.stderr:
                server.write_error(
                    NETException(Message=output.stderr),
                    ErrorCategoryInfo(Category=ErrorCategory.NotImplemented, Reason="NotAModule"),
                    fully_qualified_error_id="NotAModule",
                )
            if output.code:
                server.host_call(HostMethodIdentifier.SetShouldExit, [output.code])
            server.complete()
            pipeline.written = True
