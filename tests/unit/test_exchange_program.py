# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded exchange as a program: configuration, start, control, stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.lab.exchange import (
    Config,
    ConfigError,
    Exchange,
    ExchangeError,
    PortTakenError,
    ask,
    sandbox_config,
)
from tests.lab.exchange_clients import (
    RAP_NAME,
    TIMEOUT,
    refused,
    small_config,
    small_exchange,
    until,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with small_exchange(tmp_path) as playing:
        yield playing


def test_sandbox_is_the_circulars_exchange_on_loopback() -> None:
    config = sandbox_config()
    for place, site, derivatives in (("primary", 2, 151), ("secondary", 66, 152)):
        centre = config.data_centre(place)
        assert str(centre.dns) == f"127.243.{site - 1}.1:10053"
        assert centre.names == {
            "rapcc.hkexposttrade.com.hk": f"127.243.{site}.51",
            "rmcd.hkexposttrade.com.hk": f"127.243.{site}.32",
            "sso.hkexposttrade.com.hk": f"127.243.{site}.15",
            "idm.hkexposttrade.com.hk": f"127.243.{site}.14",
            "www.ccass.com": f"127.243.{site}.10",
        }
        assert [str(one) for one in centre.rap] == [
            f"127.243.{site}.51:18801",
            f"127.243.{site}.141:18801",
            f"127.243.{site}.142:18801",
            f"127.{derivatives}.14.141:18801",
            f"127.{derivatives}.14.142:18801",
        ]
        assert {name: one.address for one in centre.web for name in one.names} == {
            name: address for name, address in centre.names.items() if name != RAP_NAME
        }


def test_config_survives_json() -> None:
    config = replace(sandbox_config(10054, 10444, 18802), serving="secondary")
    assert Config.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c: c.pop("secondary"), "configuration: 'secondary' is missing"),
        (lambda c: c.update(tertiary={}), "configuration: unknown field 'tertiary'"),
        (lambda c: c.update(serving="both"), "serving: 'both' is neither primary nor secondary"),
        (lambda c: c.update(report_day="6 Nov"), "report_day: '6 Nov' is not a day written yyyymmdd"),
        (lambda c: c.update(report_day="20211199"), "report_day: '20211199' is not a day written yyyymmdd"),
        (lambda c: c["primary"].pop("dns"), "primary: 'dns' is missing"),
        (
            lambda c: c["primary"]["dns"].update(address="10.243.1.1"),
            "primary.dns.address: '10.243.1.1' is not",
        ),
        (lambda c: c["primary"]["rap"][0].update(port=0), "primary.rap[0].port: 0 is not a port"),
        (lambda c: c["secondary"]["web"][0].update(names=[]), "secondary.web[0].names: expected a list"),
        (
            lambda c: c["primary"]["names"].update(x="10.0.0.1"),
            "primary.names.x: '10.0.0.1' is not a loopback",
        ),
        (lambda c: c.update(primary=[]), "primary: expected an object"),
    ],
)
def test_wrong_config_names_the_field(spoil: Callable[[dict[str, object]], object], message: str) -> None:
    raw = json.loads(small_config().to_json())
    spoil(raw)
    with pytest.raises(ConfigError) as error:
        Config.from_json(json.dumps(raw))
    assert message in str(error.value)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_stop_leaves_nothing(tmp_path: Path) -> None:
    before = descriptors()
    config, folder = small_config(), tmp_path / "exchange"
    held = []
    with Exchange(config, folder) as playing:
        for one in (config.primary.rap[0], config.secondary.web[0]):
            held.append(socket.create_connection((one.address, one.port), TIMEOUT))
        assert (folder / "ready").read_text() == f"{os.getpid()}\n"
        until(lambda: len(playing.contacts()) == 2)
    for client in held:
        client.close()
    assert descriptors() == before
    assert not (folder / "ready").exists() and not (folder / "control.sock").exists()
    assert all(refused(endpoint) for endpoint in (*config.primary.rap, *config.secondary.web))
    playing.start()
    playing.stop()
    assert descriptors() == before


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_taken_port_is_named_and_nothing_stays_bound(tmp_path: Path, kind: socket.SocketKind) -> None:
    config = small_config()
    taken = config.secondary.web[0] if kind == socket.SOCK_STREAM else config.secondary.dns
    with socket.socket(socket.AF_INET, kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
        other.bind((taken.address, taken.port))
        if kind == socket.SOCK_STREAM:
            other.listen()
        before = descriptors()
        with pytest.raises(PortTakenError) as error:
            Exchange(config, tmp_path).start()
        assert descriptors() == before
        assert str(taken) in str(error.value) and "secondary data centre" in str(error.value)
        assert refused(config.primary.rap[0])
    with Exchange(config, tmp_path) as playing:  # the folder is free again
        assert playing.status()["serving"] == "primary"


def test_two_exchanges_do_not_share_a_folder(exchange: Exchange) -> None:
    with pytest.raises(ExchangeError, match="playing in this folder already"):
        Exchange(small_config(10), exchange.folder).start()
    assert ask(exchange.folder, {"do": "status"})["serving"] == "primary"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ({"do": "off", "data_centre": "tertiary"}, "is no command"),
        ({"do": "explode"}, "Known are off, on and serve"),
        ({"do": "contacts", "since": "noon"}, "expected seconds since the epoch"),
    ],
)
def test_control_refuses_what_it_does_not_know(
    exchange: Exchange, command: dict[str, object], message: str
) -> None:
    assert message in ask(exchange.folder, command)["error"]


def test_control_works_in_a_deep_folder(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120) / "exchange"
    with Exchange(small_config(), folder):
        assert ask(folder, {"do": "serve", "data_centre": "secondary"})["serving"] == "secondary"


class Program:
    """``python -m tests.lab.exchange`` as its users run it."""

    def __init__(self, folder: Path, config: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.lab.exchange",
            "--folder",
            str(folder),
            "--config",
            str(config),
        ]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=10)
        return self.process.returncode, out, errors


def control(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.lab.exchange_ctl", "--folder", str(folder), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)


def test_program_from_start_over_kill_to_stop(tmp_path: Path) -> None:
    config = small_config()
    written, folder = tmp_path / "config.json", tmp_path / "exchange"
    written.write_text(config.to_json())
    ready = folder / "ready"

    killed = Program(folder, written)
    until(ready.exists)
    assert ready.read_text() == f"{killed.process.pid}\n"
    assert killed.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert (folder / "control.sock").exists()

    again = Program(folder, written)
    until(lambda: ready.read_text() == f"{again.process.pid}\n" if ready.exists() else False)
    assert json.loads(control(folder, "off", "primary").stdout)["data_centres"]["primary"]["on"] is False
    assert refused(config.primary.rap[0]) and not refused(config.secondary.rap[0])
    second = Program(folder, written)
    out, errors = second.process.communicate(timeout=10)
    assert (second.process.returncode, out) == (2, "") and "playing in this folder already" in errors
    told = json.loads(control(folder, "contacts").stdout)["contacts"]
    assert [(one["event"], one["local"]) for one in told] == [("accept", str(config.secondary.rap[0]))]
    code, out, errors = again.end(signal.SIGTERM)
    assert (code, errors) == (0, "") and out.count("\n") == 1 and "ready" in out
    assert not ready.exists() and not (folder / "control.sock").exists()

    gone = control(folder, "status")
    assert gone.returncode == 1 and "no exchange answers here" in gone.stderr


def test_program_stops_when_told(tmp_path: Path) -> None:
    written, folder = tmp_path / "config.json", tmp_path / "exchange"
    written.write_text(small_config().to_json())
    program = Program(folder, written)
    until((folder / "ready").exists)
    rap = small_config().primary.rap[0]
    with contextlib.ExitStack() as held:
        for _ in range(30):  # something to do before it can go
            held.enter_context(socket.create_connection((rap.address, rap.port), TIMEOUT))
        ask(folder, {"do": "stop"})
        assert refused(rap)  # gone when the answer is complete
    assert program.process.wait(timeout=10) == 0
    program.process.communicate()


def test_program_names_a_wrong_config(tmp_path: Path) -> None:
    written = tmp_path / "config.json"
    written.write_text('{"primary": {}}')
    program = Program(tmp_path / "exchange", written)
    _, errors = program.process.communicate(timeout=10)
    assert program.process.returncode == 2
    assert f"{written}: configuration: 'secondary' is missing" in errors
