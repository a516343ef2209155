# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints asked from a Windows workstation: the same brain, the hands of a simulated machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _services_findings
from ansible_collections.hkex.drill.plugins.module_utils.looks import ENDPOINT
from ansible_collections.hkex.drill.plugins.module_utils.model import Adapter, Answer, Facts, Probe
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.lab.exchange import Exchange, Logins
from tests.lab.exchange_clients import ACCOUNT, NET, RAP_NAME, small_config, small_exchange
from tests.lab.windows.simulation import HOSTS, Network, SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit.host_keys import TEXTS

KEY = r"C:\RAP\the key 100%"
PRIMARY, SECONDARY = small_config().primary, small_config().secondary


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with small_exchange(tmp_path) as playing:
        yield playing


@pytest.fixture
def box() -> SimulatedMachine:
    adapter = Network("{5F0C6A51-0000-4000-8000-000000000002}", "SDNet", [f"{NET}.9"], [PRIMARY.dns.address])
    return SimulatedMachine("pc", {HOSTS: b"127.0.0.1 localhost\r\n"}, [adapter], dns_port=PRIMARY.dns.port)


def ask(
    box: SimulatedMachine, servers: list[str] | None = None, timeout: float = 5.0, **endpoint: Any
) -> dict[str, Any]:
    """By the exchange's DNS, as the action of the module does it."""
    given = {"kind": "ssh", "port": PRIMARY.rap[0].port, "name": RAP_NAME, "address": None, "access": "dns"}
    options = {
        "endpoints": [{"host_keys": [], "login": None} | given | endpoint],
        "host_table": None,
        "servers": servers or [PRIMARY.dns.address, SECONDARY.dns.address],
        "server_port": PRIMARY.dns.port,
        "own_resolver": True,
        "timeout": timeout,
    }

    def execute(request: str) -> str:
        return str(box.run("windows_io", {"request": request})["answer"])

    return perform(ENDPOINT, Windows(execute), options, False, False)


def test_after_the_exchange_has_switched_an_old_answer_of_windows_is_a_finding(
    exchange: Exchange, box: SimulatedMachine
) -> None:
    told = ask(box)
    (found,) = told["services"]["endpoints"]
    assert (found["ok"], found["resolved"], told["findings"]) == (True, [PRIMARY.rap[0].address], [])
    assert [each["type"] for each in found["host_keys"]] == ["ssh-ed25519"]

    box.cached = {RAP_NAME: [PRIMARY.rap[0].address]}
    exchange.serve("secondary")
    told = ask(box)
    (found,) = told["services"]["endpoints"]
    assert (found["address"], found["resolved"]) == (SECONDARY.rap[0].address, [PRIMARY.rap[0].address])
    (finding,) = told["findings"]
    assert all(each in finding["what"] for each in (SECONDARY.rap[0].address, PRIMARY.rap[0].address))
    assert "ipconfig /flushdns" in finding["remedy"]
    box.cached = {}
    assert ask(box)["findings"] == []


def test_a_line_of_the_host_table_leads_and_its_server_must_show_a_verified_key(
    exchange: Exchange, box: SimulatedMachine
) -> None:
    box.put(HOSTS, WindowsFile(f"{SECONDARY.rap[0].address} {RAP_NAME}\r\n".encode()))
    own = (exchange.folder / "secondary" / "host_key.pub").read_text(encoding="ascii")
    told = ask(box, host_keys=[own], access="host_table")
    (found,) = told["services"]["endpoints"]
    assert (found["by"], found["verified"], told["findings"]) == ("host_table", True, [])
    told = ask(box, host_keys=[TEXTS["ssh-ed25519"]], access="host_table")
    assert [finding["level"] for finding in told["findings"]] == ["error"]


def test_what_windows_asked_and_from_where_is_said_also_where_its_answer_does_not(
    exchange: Exchange, box: SimulatedMachine
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((f"{NET}.77", PRIMARY.dns.port))
        told = ask(box, servers=[f"{NET}.77", PRIMARY.dns.address], timeout=0.6)
    (found,) = told["services"]["endpoints"]
    (finding,) = told["findings"]
    asked = f"DNS query for {RAP_NAME} over UDP to {NET}.77:{PRIMARY.dns.port} from {NET}.9: "
    assert finding["where"] == f"DNS server {NET}.77" and finding["what"].startswith(asked), finding
    assert [f" from {NET}.9: " in each["what"] for each in found["tried"]] == [
        each["kind"] != "resolve" for each in found["tried"]
    ]
    assert all(each["what"].count(": ") == 1 for each in found["tried"])


def test_a_question_that_hangs_on_windows_is_told_as_any_other() -> None:
    """The words of the PowerShell side for it, which end up on a workstation of two adapters."""
    facts = Facts("pc", (Adapter("SDNet", ("10.135.0.7",)), Adapter("LAN", ("192.168.0.7",))))
    hangs = Answer(False, "ssh 10.243.2.51:22: no answer, and the question hangs")
    whole = _services_findings.whole(Probe("ssh", "10.243.2.51", 22), hangs, facts)
    assert whole.what == (
        "SSH banner of 10.243.2.51:22 from 10.135.0.7 or 192.168.0.7: no answer, and the question hangs"
    )
    assert _services_findings.remedy("ssh", whole.what).startswith("Nothing came back")
    assert _services_findings.whole(Probe("ssh", "10.243.2.51", 22), whole, facts) == whole


def test_a_login_lists_fetches_two_reports_and_leaves_nothing(
    exchange: Exchange, box: SimulatedMachine, tmp_path: Path
) -> None:
    own = (exchange.folder / "primary" / "host_key.pub").read_text(encoding="ascii")
    box.put(KEY, WindowsFile((tmp_path / ACCOUNT).read_bytes()))
    login = {"account": ACCOUNT, "private_key": KEY, "reports": ["inbox/*.zip"], "how_many": "2"}
    told = ask(box, host_keys=[own], login=login)
    (found,) = told["services"]["endpoints"]
    assert found["login"]["ok"] and told["findings"] == [], found["login"]
    assert [(each["name"], each["whole"]) for each in found["login"]["reports"]] == [
        ("inbox/TP001.zip", True),
        ("inbox/TP002.zip", True),
    ]
    assert (
        f"SFTP login at {PRIMARY.rap[0]} from {NET}.9: logged on, listed 2, downloaded 2"
        in found["login"]["what"]
    )
    assert exchange.logins() == {ACCOUNT: Logins(accepted=2)}  # one lists, the next fetches
    assert not exchange.status()["logged_in"]


def test_nobody_is_logged_on_at_a_server_that_shows_another_key(
    exchange: Exchange, box: SimulatedMachine, tmp_path: Path
) -> None:
    box.put(KEY, WindowsFile((tmp_path / ACCOUNT).read_bytes()))
    login = {"account": ACCOUNT, "private_key": KEY, "reports": ["inbox/*"], "how_many": "2"}
    told = ask(box, host_keys=[TEXTS["ssh-ed25519"]], login=login)
    (found,) = told["services"]["endpoints"]
    assert not found["login"]["ok"] and "nobody was logged on" in found["login"]["what"]
    assert exchange.logins() == {}
