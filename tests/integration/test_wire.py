# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in for Windows under stock ansible: it runs modules over winrm and psrp, and its faults strike."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.lab.windows import Fault, Kind, WindowsFleet

TIME_OUT = 60.0  # seconds for one run of ansible
MODULE = """#!powershell
#AnsibleRequires -PowerShell Ansible.ModuleUtils.Legacy
$params = Parse-Args $args -supports_check_mode $true
Exit-Json @{ changed = $false }
"""
RESULT = re.compile(r"^(\S+) \| ([A-Z]+)!? => (\{.*?^\})", re.MULTILINE | re.DOTALL)
CONNECTIONS = ("winrm", "psrp")
WAYS = [("winrm", "basic"), ("winrm", "ntlm"), ("psrp", "basic"), ("psrp", "ntlm"), ("psrp", "negotiate")]
SEALED = [(connection, auth) for connection, auth in WAYS if auth != "basic"]
STRIKING = [kind for kind in Kind if kind is not Kind.DELAY]
RUNNING = {Kind.LOST, Kind.CUT}  # faults at which the module has run all the same
NAMES = [
    *(f"pc-{number}" for number in range(5)),
    *(f"{kind.name}-{one}" for kind in Kind for one in CONNECTIONS),
]
STRUCK = {  # in the message that ansible gives, in lower case
    Kind.LOGIN: "ntlm",
    Kind.QUOTA: "maxshellsperuser",
    Kind.CLOSED: "connection aborted",
    Kind.HANG: "connection",
    Kind.LOST: "connection",
    Kind.CUT: "no end of json char found",
}
IMPATIENT = {
    "winrm": {"ansible_winrm_operation_timeout_sec": 1, "ansible_winrm_read_timeout_sec": 2},
    "psrp": {"ansible_psrp_operation_timeout": 1, "ansible_psrp_read_timeout": 2},
}
Results = dict[str, dict[str, Any]]


class Echo:
    """Answers what it was asked, and how many it met; fails or dies on request."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, module: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        ask = arguments.get("ask", {})
        if "meet" in ask:
            MEETING.wait(20)
        if "die" in ask:
            raise ValueError(ask["die"])
        if "fail" in ask:
            return {"failed": True, "msg": ask["fail"]}
        return {"changed": False, "machine": self.name, "module": module, "given": ask}


MEETING = threading.Barrier(2)


class Wire:
    """A fleet and the means to send stock ansible to it."""

    def __init__(self, folder: Path, fleet: WindowsFleet) -> None:
        self.folder, self.fleet = folder, fleet

    def run(self, hosts: Mapping[str, Mapping[str, Any]], *options: str, module: str = "echo") -> Results:
        """The module's result on each host and its ``status``; ``hosts``: their variables, ``ask`` among them."""
        inventory = self.folder / "inventory.json"
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
        process = subprocess.run(
            [
                str(Path(sys.executable).with_name("ansible")),
                f"--inventory={inventory}",
                f"--module-name={module}",
                *(options or ("--args=ask={{ ask | default({}) }}",)),
                "--forks=16",
                "all",
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=TIME_OUT,
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
                "ANSIBLE_HOME": str(self.folder / "home"),
                "ANSIBLE_LIBRARY": str(self.folder / "library"),
            },
        )
        found = RESULT.findall(process.stdout)
        results = {name: {"status": status, **json.loads(text)} for name, status, text in found}
        assert results.keys() == hosts.keys(), f"ansible said {process.stdout}\n{process.stderr}"
        return results

    def hosts(self, ways: list[tuple[str, str]], **variables: Any) -> dict[str, dict[str, Any]]:
        """One workstation for each way of connection and authentication."""
        names = dict(zip(NAMES, ways, strict=False))
        return {name: {**self.fleet.variables(name, *way), **variables} for name, way in names.items()}


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, Wire]]:
    """With TLS (True) and without."""
    folder = tmp_path_factory.mktemp("wire")
    (folder / "library").mkdir()
    (folder / "library" / "echo.ps1").write_text(MODULE)
    (folder / "ansible.cfg").write_text("[defaults]\n")
    machines = [Echo(name) for name in NAMES]
    with (
        WindowsFleet(folder / "https", machines) as https,
        WindowsFleet(folder / "http", machines, tls=False) as http,
    ):
        yield {True: Wire(folder, https), False: Wire(folder, http)}


@pytest.fixture
def wire(wires: dict[bool, Wire]) -> Wire:
    wires[True].fleet.forget()
    return wires[True]


@pytest.fixture
def plain(wires: dict[bool, Wire]) -> Wire:
    """Without TLS."""
    wires[False].fleet.forget()
    return wires[False]


def refused(results: Results) -> bool:
    return all(result["status"] == "UNREACHABLE" for result in results.values())


def test_a_module_runs_once_by_every_way(wire: Wire) -> None:
    results = wire.run(wire.hosts(WAYS, ask={"text": "zwölf", "list": [1, {"a": None}]}))
    for name, (_, auth) in zip(NAMES, WAYS, strict=False):
        given = {"text": "zwölf", "list": [1, {"a": None}]}
        expected = {"changed": False, "machine": name, "module": "echo", "given": given}
        assert results[name] == {**results[name], **expected}
        (execution,) = wire.fleet.executions(name)
        assert (execution.machine, execution.module, execution.check_mode) == (name, "echo", False)
        assert wire.fleet.requests(name) == (6 if auth == "basic" else 8), "NTLM takes two requests more"
        assert wire.fleet.shells(name) == 0


def test_without_tls_messages_are_encrypted(plain: Wire) -> None:
    results = plain.run(plain.hosts(SEALED, ask={"text": "sealed"}))
    assert all(result["given"] == {"text": "sealed"} for result in results.values())
    assert len(plain.fleet.executions()) == len(SEALED)


def test_without_tls_nothing_else_is_accepted(plain: Wire) -> None:
    never = {"ansible_winrm_message_encryption": "never", "ansible_psrp_message_encryption": "never"}
    assert refused(plain.run(plain.hosts([("winrm", "basic"), ("winrm", "ntlm"), ("psrp", "ntlm")], **never)))
    assert plain.fleet.executions() == ()


def test_what_is_long_goes_in_pieces(wires: dict[bool, Wire]) -> None:
    long = "0123456789" * 40_000
    for wire in wires.values():
        wire.fleet.forget()
        results = wire.run(wire.hosts([("winrm", "ntlm"), ("psrp", "ntlm")], ask={"text": long}))
        assert all(result["given"] == {"text": long} for result in results.values())
        assert all(wire.fleet.requests(name) > 9 for name in results)


def test_check_mode_is_told(wire: Wire) -> None:
    wire.run(wire.hosts(WAYS[1:4]), "--check")
    assert [execution.check_mode for execution in wire.fleet.executions()] == [True] * 3


@pytest.mark.parametrize("variables", [{"ansible_password": "wrong"}, {"ansible_user": "somebody"}])
def test_who_is_not_known_stays_out(wire: Wire, variables: dict[str, str]) -> None:
    assert refused(wire.run(wire.hosts(WAYS, **variables)))
    assert wire.fleet.executions() == ()


def test_a_client_that_does_not_trust_the_certificate_stays_out(wire: Wire, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    paths = {"ansible_winrm_ca_trust_path": str(other), "ansible_psrp_ca_cert": str(other)}
    assert refused(wire.run(wire.hosts(WAYS, **paths)))
    assert not any(wire.fleet.requests(name) for name in NAMES)


def test_modules_fail_and_die(wire: Wire) -> None:
    hosts = wire.hosts([("winrm", "ntlm"), ("psrp", "ntlm")] * 2)
    for name, ask in zip(
        NAMES, [{"fail": "no such file"}] * 2 + [{"die": "out of memory"}] * 2, strict=False
    ):
        hosts[name]["ask"] = ask
    results = wire.run(hosts)
    assert [result["status"] for result in results.values()] == ["FAILED"] * 4
    messages = [results[name]["msg"] for name in hosts]
    died = "Unhandled exception while executing module: out of memory"
    assert messages == ["no such file"] * 2 + [died] * 2
    assert len(wire.fleet.executions()) == 4


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_what_is_no_module_is_refused(wire: Wire, connection: str, tmp_path: Path) -> None:
    (name,) = hosts = wire.hosts([(connection, "ntlm")], ask={"_raw_params": "whoami"})
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    process = subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible")),
            f"--inventory={inventory}",
            "-mraw",
            "-awhoami",
            "all",
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIME_OUT,
        env={**os.environ, "ANSIBLE_CONFIG": str(wire.folder / "ansible.cfg")},
    )
    assert process.returncode == 2
    assert f"{name}: this stand-in runs modules only" in process.stdout + process.stderr
    assert wire.fleet.executions() == ()


def test_every_fault_strikes_once_and_the_next_run_is_well(wire: Wire) -> None:
    hosts = {}
    for kind in STRIKING:
        for connection in CONNECTIONS:
            name = f"{kind.name}-{connection}"
            hosts[name] = {**wire.fleet.variables(name, connection, "ntlm"), **IMPATIENT[connection]}
            # psrp asks five times more, ever later, when it read nothing: here the service hangs up before that
            wire.fleet.fault(name, Fault(kind, seconds=3 if connection == "winrm" else 0.2))
    results = wire.run(hosts)
    for kind, connection in itertools.product(STRIKING, CONNECTIONS):
        name = f"{kind.name}-{connection}"
        assert results[name]["status"] in ("FAILED", "UNREACHABLE"), name
        assert len(wire.fleet.executions(name)) == (kind in RUNNING), name
        assert STRUCK[kind] in results[name]["msg"].lower(), name
    wire.fleet.forget()
    assert {result["status"] for result in wire.run(hosts).values()} == {"SUCCESS"}
    assert len(wire.fleet.executions()) == len(hosts)
    assert not any(wire.fleet.shells(name) for name in hosts)


def test_a_slow_command_outlasts_the_time_out_of_an_operation(wire: Wire) -> None:
    hosts = {}
    for connection in CONNECTIONS:
        name = f"DELAY-{connection}"
        hosts[name] = {**wire.fleet.variables(name, connection, "ntlm"), **IMPATIENT[connection]}
        wire.fleet.fault(name, Fault(Kind.DELAY, times=None, seconds=1.5))
    results = wire.run(hosts)
    assert all(result["module"] == "echo" for result in results.values())
    for name in hosts:
        (execution,) = wire.fleet.executions(name)
        assert execution.end - execution.start >= 1.5
        assert wire.fleet.requests(name) == 9, "one Receive more, which timed out"


def test_two_workstations_of_a_port_run_side_by_side(wire: Wire) -> None:
    results = wire.run(wire.hosts([("winrm", "ntlm"), ("psrp", "ntlm")], ask={"meet": True}))
    assert {result["machine"] for result in results.values()} == set(NAMES[:2])
