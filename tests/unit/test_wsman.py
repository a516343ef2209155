# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in for Windows from within: envelopes, logins, shells, faults. Stock clients are the integration tests'."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st
from spnego.channel_bindings import GssChannelBindings

from tests.lab.windows import Account, Fault, Kind, bootstrap, winrs, wsman
from tests.lab.windows.auth import Gate, Login, NotSealed
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


CERTIFICATE = b"a certificate"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    account = Account()
    store = tmp_path_factory.mktemp("account") / "store"
    account.keep(store)
    assert store.stat().st_mode & 0o777 == 0o600
    return Gate(account, store, CERTIFICATE)


def log_on(
    gate: Gate, password: str, certificate: bytes = CERTIFICATE, protocol: str = "ntlm"
) -> tuple[Login, Any]:
    """A login after a client's attempt, and the client's side of it."""
    login = Login(gate)
    bound = GssChannelBindings(
        application_data=b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    )
    client = spnego.client(
        gate.account.user, password, "pc-1", "http", channel_bindings=bound, protocol=protocol
    )
    token = client.step()
    for _ in range(5):
        if token is None:
            break
        _, headers = login.step("Negotiate " + base64.b64encode(token).decode())
        given = headers[0].partition(" ")[2] if headers else ""
        token = client.step(base64.b64decode(given)) if given else None
    return login, client


@pytest.mark.parametrize("protocol", ["ntlm", "negotiate"])
def test_messages_are_sealed_with_the_keys_of_the_login(gate: Gate, protocol: str) -> None:
    environment = dict(os.environ)
    login, client = log_on(gate, gate.account.password, protocol=protocol)
    assert login.step("") == (True, [])
    assert dict(os.environ) == environment
    for message in (b"first", b"second\r\n" * 1000, b"--Encrypted Boundary--\r\n"):
        kind, body = login.seal(message)
        assert kind.startswith("multipart/encrypted;")
        assert (
            message.strip(b"-\r\n") not in body.removesuffix(b"--Encrypted Boundary--\r\n")[-len(message) :]
        )
        data = body[body.index(b"octet-stream\r\n") + 14 : -len(b"--Encrypted Boundary--\r\n")]
        assert client.unwrap_winrm(data[4:20], data[20:]) == message
        header, sealed, _ = client.wrap_winrm(message)
        octets = b"\tContent-Type: application/octet-stream\r\n" + len(header).to_bytes(4, "little")
        assert login.unseal(octets + header + sealed + b"--Encrypted Boundary--\r\n") == message


@given(st.binary())
def test_what_is_not_sealed_is_noticed(gate: Gate, body: bytes) -> None:
    login, _ = log_on(gate, gate.account.password)
    sealed = b"\tContent-Type: application/octet-stream\r\n" + body + b"--Encrypted Boundary--\r\n"
    for one in (body, sealed):
        with pytest.raises(NotSealed):
            login.unseal(one)
    with pytest.raises(NotSealed):
        Login(gate).unseal(sealed)


def test_a_password_or_a_certificate_that_is_not_ours_is_refused(gate: Gate) -> None:
    assert log_on(gate, gate.account.password)[0].sealing
    assert not log_on(gate, "wrong")[0].sealing
    assert not log_on(gate, gate.account.password, b"another certificate")[0].sealing


@given(st.text(), st.sampled_from(["", "Basic ", "Negotiate ", "NTLM ", "Bearer "]))
def test_any_other_header_is_refused_with_what_is_on_offer(gate: Gate, text: str, scheme: str) -> None:
    may, headers = Login(gate).step(scheme + text)
    assert (may, headers) == (False, gate.offers)


def test_basic_needs_tls(gate: Gate) -> None:
    header = "Basic " + base64.b64encode(f"{gate.account.user}:{gate.account.password}".encode()).decode()
    assert Login(gate).step(header) == (True, [])
    assert Login(Gate(gate.account, gate.store, None)).step(header) == (False, ["Negotiate"])


def test_the_account_is_new_every_time_and_not_in_its_name() -> None:
    one, two = Account(), Account()
    assert one.password != two.password
    assert one.password not in repr(one)


def test_the_password_is_kept_where_only_the_owner_reads(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("an older one that is much longer than what comes now")
    (account := Account()).keep(tmp_path / "store")
    assert (tmp_path / "store").read_text() == f":{account.user}:{account.password}\n"
