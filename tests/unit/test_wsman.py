# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in for Windows from within: envelopes, shells, faults. Stock clients are the integration tests'."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.windows import Fault, Kind, bootstrap, winrs, wsman
from tests.lab.windows.faults import Faults, Silence
from tests.lab.windows.host import Host
from tests.lab.windows.server import Service

SCRIPT = base64.b64encode("if ($in -eq '`0`0`0`0') { break }".encode("utf-16-le")).decode()
COMMAND = f"PowerShell -NoProfile -EncodedCommand {SCRIPT}"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


class Answering:
    """A machine that answers what it was built with."""

    name = "pc-1"

    def __init__(self, answer: Mapping[str, Any] | Exception) -> None:
        self.answer = answer

    def run(self, module: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def envelope(
    action: str, body: str = "", shell: str = "", resource: str = winrs.RESOURCE, size: int = 153600
) -> bytes:
    """A request as the clients write it."""
    uri = f"{wsman.TRANSFER}/{action}" if action in ("Create", "Delete") else f"{wsman.SHELL}/{action}"
    return (
        f'<s:Envelope xmlns:s="{wsman.SOAP}" xmlns:a="{wsman.ADDRESSING}" xmlns:w="{wsman.WSMAN}" '
        f'xmlns:rsp="{wsman.SHELL}"><s:Header><a:Action>{uri}</a:Action><a:MessageID>uuid:1</a:MessageID>'
        f"<w:OperationTimeout>PT5S</w:OperationTimeout><w:MaxEnvelopeSize>{size}</w:MaxEnvelopeSize>"
        f"<w:ResourceURI>{resource}</w:ResourceURI>"
        f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


class Client:
    """A winrm client that asks the service without any network."""

    def __init__(self, answer: Mapping[str, Any] | Exception, size: int = 153600) -> None:
        self.host = Host(Answering(answer), threading.Event())
        self.service = Service(self.host)
        self.size = size
        self.shell = ""

    def ask(self, action: str, body: str = "") -> ElementTree.Element:
        message = envelope(action, body, self.shell, size=self.size)
        answer = self.service.handle(wsman.parse(message))
        assert len(answer) <= self.size
        return ElementTree.fromstring(answer)

    def open(self) -> None:
        self.shell = found(self.ask("Create", "<rsp:Shell/>"), "ShellId")

    def start(self, command: str, text: bytes) -> str:
        line = f"<rsp:CommandLine><rsp:Command>{command}</rsp:Command></rsp:CommandLine>"
        command_id = found(self.ask("Command", line), "CommandId")
        data = base64.b64encode(text).decode()
        stream = f'<rsp:Stream Name="stdin" CommandId="{command_id}" End="true">{data}</rsp:Stream>'
        self.ask("Send", f"<rsp:Send>{stream}</rsp:Send>")
        return command_id

    def receive(self, command_id: str) -> tuple[dict[str, bytes], int | None]:
        """One answer: its streams, and the exit code where the command is done."""
        stream = f'<rsp:DesiredStream CommandId="{command_id}">stdout stderr</rsp:DesiredStream>'
        answer = self.ask("Receive", f"<rsp:Receive>{stream}</rsp:Receive>")
        pieces = answer.iter(f"{{{wsman.SHELL}}}Stream")
        streams = {one.get("Name", ""): base64.b64decode(one.text or "") for one in pieces}
        code = answer.findtext(f".//{{{wsman.SHELL}}}ExitCode")
        return streams, None if code is None else int(code)

    def run(self, command: str, text: bytes) -> tuple[str, str, int]:
        """Standard output, standard error and exit code."""
        self.open()
        command_id, out, code = self.start(command, text), {"stdout": b"", "stderr": b""}, None
        while code is None:
            streams, code = self.receive(command_id)
            for name, data in streams.items():
                out[name] += data
        self.ask("Signal", f'<rsp:Signal CommandId="{command_id}"/>')
        self.ask("Delete")
        return out["stdout"].decode(), out["stderr"].decode(), code


def found(answer: ElementTree.Element, name: str) -> str:
    return answer.findtext(f".//{{{wsman.SHELL}}}{name}") or ""


def manifest(
    script: str = "echo.ps1", actions: tuple[str, ...] = ("module_wrapper.ps1",), **arguments: Any
) -> bytes:
    """The standard input of a module."""
    variables = [{"Name": "complex_args", "Value": arguments, "Scope": "Global"}]
    parameters = {"Script": script, "Variables": variables}
    text = {
        "scripts": {script: {"path": script, "script": ""}},
        "actions": [{"name": name, "params": parameters} for name in actions],
    }
    return json.dumps({"name": "exec_wrapper"}).encode() + bootstrap.SEPARATOR + json.dumps(text).encode()


@given(st.binary() | TEXT.map(str.encode))
def test_what_is_no_envelope_is_refused(message: bytes) -> None:
    with pytest.raises(wsman.Refused):
        wsman.parse(message)


@given(TEXT)
def test_a_fault_tells_its_reason_whatever_is_in_it(reason: str) -> None:
    answer = ElementTree.fromstring(wsman.fault(wsman.Refusal(5, "w:AccessDenied", reason), None))
    assert (answer.findtext(f".//{{{wsman.SOAP}}}Text") or "") == reason
    (found,) = answer.iter(f"{{{wsman.FAULT}}}WSManFault")
    assert found.get("Code") == "5"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=2000), st.sampled_from([5500, 6000, 153600])
)
def test_output_arrives_whole_in_pieces_that_fit(text: str, size: int) -> None:
    out, err, code = (client := Client({"text": text}, size)).run(COMMAND, manifest())
    assert (json.loads(out), err, code) == ({"text": text}, "", 0)
    assert client.service.shells == {}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"failed": True, "msg": "locked"}, "locked"),
        (OSError("disk full"), "Unhandled exception while executing module: disk full"),
        ({"text": b"bytes"}, "Unhandled exception while executing module: Object of type bytes"),
    ],
)
def test_a_module_that_fails_exits_with_1(answer: Mapping[str, Any] | Exception, message: str) -> None:
    out, _, code = (client := Client(answer)).run(COMMAND, manifest(_ansible_check_mode=True))
    assert code == 1
    assert json.loads(out)["msg"].startswith(message)
    (execution,) = client.host.executions
    assert (execution.module, execution.check_mode) == ("echo", True)


@pytest.mark.parametrize(
    ("command", "text", "why"),
    [
        ("whoami", b"", "not the command 'whoami'"),
        ("PowerShell -EncodedCommand ?", b"", "not the command"),
        (
            f"PowerShell -EncodedCommand {base64.b64encode('dir'.encode('utf-16-le')).decode()}",
            b"",
            "the script 'dir'",
        ),
        (COMMAND, b"{}", "not what is expected"),
        (COMMAND, manifest(actions=("become_wrapper.ps1", "module_wrapper.ps1")), "become_wrapper.ps1"),
        (COMMAND, manifest(actions=("winrm_put_file.ps1",)), "winrm_put_file.ps1"),
        (COMMAND, manifest("module.exe"), "no script module.exe"),
    ],
)
def test_what_is_no_module_is_refused_and_named(command: str, text: bytes, why: str) -> None:
    out, err, code = (client := Client({})).run(command, text)
    assert (out, code, client.host.executions) == ("", 1, [])
    assert err.startswith("#< CLIXML\r\n")
    message = ElementTree.fromstring(err.partition("\r\n")[2])[0].text or ""
    assert message.startswith("pc-1: ")
    assert why in message


def test_a_module_of_a_collection_goes_by_its_last_name() -> None:
    script = base64.b64decode(SCRIPT).decode("utf-16-le")
    call = bootstrap.read_call(script, manifest("hkex.drill.windows_io.ps1", state="present"))
    assert call == bootstrap.Call("windows_io", {"state": "present"})


@pytest.mark.parametrize(
    ("action", "resource", "refusal"),
    [
        ("Create", f"{wsman.SHELL}/other", wsman.NOT_SUPPORTED),
        ("Receive", winrs.RESOURCE, wsman.NO_SUCH_SHELL),
        ("Delete", winrs.RESOURCE, wsman.NO_SUCH_SHELL),
    ],
)
def test_what_is_not_there_is_refused(action: str, resource: str, refusal: wsman.Refusal) -> None:
    with pytest.raises(wsman.Refused) as caught:
        Client({}).service.handle(wsman.parse(envelope(action, shell="none", resource=resource)))
    assert caught.value.refusal == refusal


def test_a_command_is_gone_after_its_signal() -> None:
    client = Client({})
    client.open()
    command_id = client.start(COMMAND, manifest())
    client.ask("Signal", f'<rsp:Signal CommandId="{command_id}"/>')
    with pytest.raises(wsman.Refused) as caught:
        client.receive(command_id)
    assert caught.value.refusal == wsman.NO_SUCH_SHELL


@pytest.mark.parametrize(("kind", "runs"), [(Kind.HANG, 0), (Kind.LOST, 1)])
def test_silence_comes_before_or_after_the_module(kind: Kind, runs: int) -> None:
    client = Client({})
    client.host.faults.add(Fault(kind, seconds=7))
    client.open()
    command_id = client.start(COMMAND, manifest())
    with pytest.raises(Silence) as caught:
        client.receive(command_id)
    assert caught.value.seconds == 7
    assert len(client.host.executions) == runs


@given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 3)), max_size=6), st.sampled_from(Kind))
def test_a_fault_strikes_as_often_as_it_says(added: list[tuple[Kind, int]], kind: Kind) -> None:
    faults = Faults()
    for one, times in added:
        faults.add(Fault(one, times))
    struck = 0
    while faults.take(kind):
        struck += 1
    assert struck == sum(times for one, times in added if one is kind)
    faults.add(Fault(kind, times=None))
    assert all(faults.take(kind) for _ in range(10))
