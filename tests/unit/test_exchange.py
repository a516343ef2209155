# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded exchange, asked by real clients over loopback."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.exchange import (
    Config,
    ConfigError,
    Contact,
    DataCentre,
    Endpoint,
    Exchange,
    ExchangeError,
    Logins,
    PortTakenError,
    Web,
    ask,
    read_contacts,
    register_account,
    sandbox_config,
)
from tests.lab.exchange.dns import answer

ROOT = Path(__file__).parents[2]
RAP_NAME, VAR_NAME = "rapcc.hkexposttrade.com.hk", "rmcd.hkexposttrade.com.hk"
ACCOUNT, OTHER = "CB99999001", "DCZZZ001"
DAY = "20211106"
TIMEOUT = 5.0

# Runs at the same time must not meet: each process has addresses of its own.
NET = f"127.{160 + os.getpid() // 250 % 60}.{os.getpid() % 250}"


def small_config(offset: int = 0) -> Config:
    """One address per data centre; different offsets have no address in common."""

    def data_centre(host: int) -> DataCentre:
        address = f"{NET}.{offset + host}"
        return DataCentre(
            dns=Endpoint(address, 10053),
            rap=(Endpoint(address, 18801),),
            web=(Web(address, 10443, (VAR_NAME,)),),
            names={RAP_NAME: address, VAR_NAME: address},
        )

    return Config(primary=data_centre(1), secondary=data_centre(2), report_day=DAY)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Private keys of the workstations; the public ones lie beside them in ``accounts``."""
    folder = tmp_path_factory.mktemp("keys")
    for account in (ACCOUNT, OTHER):
        register_account(folder, account, folder / account)
    return folder


@pytest.fixture
def exchange(tmp_path: Path, keys: Path) -> Iterator[Exchange]:
    folder = tmp_path / "exchange"
    folder.mkdir()
    (folder / "accounts").symlink_to(keys / "accounts")
    with Exchange(small_config(), folder) as playing:
        yield playing


# -- clients -----------------------------------------------------------------------------------------------------


def resolve(server: Endpoint, name: str, kind: str = "A") -> dnslib.DNSRecord:
    query = dnslib.DNSRecord.question(name, kind)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(TIMEOUT)
        client.connect((server.address, server.port))
        client.send(query.pack())
        reply = dnslib.DNSRecord.parse(client.recv(512))
    assert reply.header.id == query.header.id
    return reply


def addresses(server: Endpoint, name: str) -> list[str]:
    return [str(record.rdata) for record in resolve(server, name).rr]


def login(at: DataCentre, account: str, key: Path) -> Any:
    """``async with login(...) as connection``, or await it; only the key, nothing of this user's own settings."""
    return asyncssh.connect(
        at.rap[0].address,
        at.rap[0].port,
        username=account,
        client_keys=[str(key)],
        known_hosts=None,
        config=[],
        agent_path=None,
        preferred_auth="publickey",
        connect_timeout=TIMEOUT,
        login_timeout=TIMEOUT,
    )


def fetch(exchange: Exchange, at: Web, name: str, host: str, path: str = "/") -> str:
    context = ssl.create_default_context(cafile=str(exchange.ca))
    with (
        socket.create_connection((at.address, at.port), TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname=name) as client,
    ):
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        with client.makefile("rb") as answered:
            return answered.read().decode()


def refused(endpoint: Endpoint) -> bool:
    try:
        socket.create_connection((endpoint.address, endpoint.port), TIMEOUT).close()
    except ConnectionRefusedError:
        return True
    return False


def until(condition: Callable[[], object]) -> None:
    """The exchange writes down what a client did a moment after the client has done it."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def seen(exchange: Exchange, **wanted: str) -> list[Contact]:
    return [
        c for c in exchange.contacts() if all(getattr(c, name) == value for name, value in wanted.items())
    ]


# -- configuration -----------------------------------------------------------------------------------------------


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


# -- DNS ---------------------------------------------------------------------------------------------------------


def test_dns_gives_the_serving_data_centre_s_addresses_everywhere(exchange: Exchange) -> None:
    centres = small_config()
    for server in (centres.primary.dns, centres.secondary.dns):
        assert addresses(server, "RAPCC.hkexposttrade.com.hk") == [centres.primary.names[RAP_NAME]]
    exchange.serve("secondary")
    for server in (centres.primary.dns, centres.secondary.dns):
        assert addresses(server, RAP_NAME) == [centres.secondary.names[RAP_NAME]]
    exchange.serve("primary")
    assert addresses(centres.secondary.dns, RAP_NAME) == [centres.primary.names[RAP_NAME]]


def test_dns_answers_in_full(exchange: Exchange) -> None:
    server = small_config().primary.dns
    found = resolve(server, RAP_NAME)
    assert (found.header.rcode, [record.ttl for record in found.rr]) == (dnslib.RCODE.NOERROR, [30])
    other_type = resolve(server, RAP_NAME, "AAAA")
    assert (other_type.header.rcode, other_type.rr) == (dnslib.RCODE.NOERROR, [])
    assert resolve(server, "www.example.com").header.rcode == dnslib.RCODE.NXDOMAIN
    queries = seen(exchange, data_centre="primary", service="dns", event="query", local=str(server))
    assert [(one.what, one.detail) for one in queries] == [
        (RAP_NAME, "A NOERROR"),
        (RAP_NAME, "AAAA NOERROR"),
        ("www.example.com", "A NXDOMAIN"),
    ]


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: b"\0\1\1\0\0\1\0\0\0\0\0\0" + tail))
def test_dns_takes_any_bytes(datagram: bytes) -> None:
    reply = answer(datagram, {RAP_NAME: "127.0.0.1"})
    if reply.packet is not None:
        assert reply.packet[:2] == datagram[:2]
        assert dnslib.DNSRecord.parse(reply.packet).header.qr == 1


def test_dns_never_answers_an_answer() -> None:
    reply = dnslib.DNSRecord.question(RAP_NAME).reply().pack()
    assert answer(reply, {RAP_NAME: "127.0.0.1"}).packet is None


# -- RAP ---------------------------------------------------------------------------------------------------------


def test_rap_offers_dated_folders_with_zip_reports(exchange: Exchange, keys: Path) -> None:
    async def download() -> tuple[list[str], list[str], bytes, float]:
        async with (
            login(small_config().secondary, ACCOUNT, keys / ACCOUNT) as connection,
            connection.start_sftp_client() as sftp,
        ):
            top = await sftp.listdir(".")
            dated = await sftp.listdir(f"ccass/HKMK/{DAY}")
            assert await sftp.isdir("key_management/publickey")
            async with sftp.open("inbox/TP001.zip", "rb") as report:
                content = await report.read()
            modified = (await sftp.stat("inbox/TP001.zip")).mtime
            assert modified is not None
            return top, dated, content, modified

    top, dated, content, modified = asyncio.run(download())
    assert set(top) - {".", ".."} == {"inbox", "ccass", "key_management"}
    assert set(dated) - {".", ".."} == {"CSESM01.zip", "CSESM02.zip"}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        text = archive.read("TP001.TXT").decode()
    assert ACCOUNT in text and "from the secondary data centre" in text
    assert time.strftime("%Y%m%d", time.gmtime(modified)) == DAY


def test_rap_is_read_only(exchange: Exchange, keys: Path) -> None:
    async def try_all() -> None:
        async with (
            login(small_config().primary, ACCOUNT, keys / ACCOUNT) as connection,
            connection.start_sftp_client() as sftp,
        ):
            attempts: tuple[Callable[[], Any], ...] = (
                lambda: sftp.open("inbox/new.zip", "wb"),
                lambda: sftp.open("inbox/TP001.zip", "ab"),
                lambda: sftp.open("inbox/TP001.zip", "r+b"),
                lambda: sftp.remove("inbox/TP001.zip"),
                lambda: sftp.rename("inbox/TP001.zip", "inbox/x"),
                lambda: sftp.posix_rename("inbox/TP001.zip", "inbox/x"),
                lambda: sftp.chmod("inbox/TP001.zip", 0o777),
                lambda: sftp.mkdir("new"),
                lambda: sftp.rmdir("key_management/publickey"),
                lambda: sftp.symlink("TP001.zip", "inbox/x"),
                lambda: sftp.link("inbox/TP001.zip", "inbox/x"),
            )
            for attempt in attempts:
                with pytest.raises(asyncssh.SFTPPermissionDenied):
                    await attempt()
            with pytest.raises(asyncssh.SFTPNoSuchFile):  # the account's folder is all there is
                await sftp.stat("../../../../ca.pem")

    def tree() -> dict[str, tuple[int, bytes]]:
        files = (exchange.folder / "primary" / "files").rglob("*")
        return {str(one): (one.stat().st_mode, one.read_bytes() if one.is_file() else b"") for one in files}

    asyncio.run(try_all())
    before = tree()
    asyncio.run(try_all())
    assert before and tree() == before


def test_second_login_of_an_account_is_refused_at_both_data_centres(exchange: Exchange, keys: Path) -> None:
    centres = small_config()

    async def play() -> None:
        async with login(centres.primary, ACCOUNT, keys / ACCOUNT) as first:
            for centre in (centres.primary, centres.secondary):
                with pytest.raises(asyncssh.DisconnectError, match="concurrent login is not allowed"):
                    await login(centre, ACCOUNT, keys / ACCOUNT)
            async with login(centres.secondary, OTHER, keys / OTHER):
                assert exchange.status()["logged_in"] == {ACCOUNT: "primary", OTHER: "secondary"}
            async with first.start_sftp_client() as sftp:  # the first session does not suffer
                assert await sftp.exists("inbox")
        async with login(centres.secondary, ACCOUNT, keys / ACCOUNT):
            pass

    asyncio.run(play())
    until(lambda: not exchange.status()["logged_in"])
    assert exchange.logins() == {ACCOUNT: Logins(accepted=2, refused=2), OTHER: Logins(accepted=1)}
    assert exchange.logins()[ACCOUNT].attempts == 4
    assert {one.detail for one in seen(exchange, event="refused")} == {"concurrent login"}


def test_of_logins_at_the_same_moment_one_gets_in(exchange: Exchange, keys: Path) -> None:
    async def attempt(gate: asyncio.Barrier) -> bool:
        try:
            async with login(small_config().primary, ACCOUNT, keys / ACCOUNT):
                await gate.wait()
                return True
        except asyncssh.DisconnectError:
            await gate.wait()
            return False

    async def play() -> list[bool]:
        gate = asyncio.Barrier(4)
        return list(await asyncio.gather(*(attempt(gate) for _ in range(4))))

    assert sum(asyncio.run(play())) == 1
    until(lambda: exchange.logins().get(ACCOUNT) == Logins(accepted=1, refused=3))


@pytest.mark.parametrize(
    ("account", "key", "why"),
    [
        (ACCOUNT.lower(), ACCOUNT, "unknown account"),
        ("CB00000000", ACCOUNT, "unknown account"),
        ("../accounts/CB99999001", ACCOUNT, "unknown account"),
        (ACCOUNT, OTHER, "key is not registered"),
    ],
)
def test_login_needs_the_exact_account_and_its_key(
    exchange: Exchange, keys: Path, account: str, key: str, why: str
) -> None:
    async def attempt() -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            await login(small_config().primary, account, keys / key)

    asyncio.run(attempt())
    until(lambda: seen(exchange, event="refused"))
    assert [(one.what, one.detail) for one in seen(exchange, event="refused")] == [(account, why)]
    assert exchange.logins() == {account: Logins(refused=1)}


def test_password_is_no_way_in_and_is_not_kept(exchange: Exchange) -> None:
    async def attempt() -> None:
        rap = small_config().primary.rap[0]
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect(
                rap.address, rap.port, username=ACCOUNT, password="open-sesame", known_hosts=None, config=[],
                client_keys=None, agent_path=None,
            )  # fmt: skip

    asyncio.run(attempt())
    until(lambda: seen(exchange, event="refused", detail="no key was offered"))
    kept = [one for one in exchange.folder.rglob("*") if one.is_file()]
    assert all(b"open-sesame" not in one.read_bytes() for one in kept)


# -- HTTPS -------------------------------------------------------------------------------------------------------


def test_https_has_a_certificate_of_its_name_and_says_who_answers(exchange: Exchange) -> None:
    for place in ("primary", "secondary"):
        front = small_config().data_centre(place).web[0]
        page = fetch(exchange, front, VAR_NAME, VAR_NAME, "/login?token=secret")
        assert page.startswith("HTTP/1.1 200 OK\r\n") and page.endswith(
            f"{VAR_NAME} at the {place} data centre\n"
        )
        (request,) = seen(exchange, data_centre=place, service="web", event="request", local=str(front))
        assert (request.what, request.detail) == (VAR_NAME, "GET /login 200")
    front = small_config().primary.web[0]
    assert fetch(exchange, front, VAR_NAME, "www.ccass.com").startswith("HTTP/1.1 421 ")
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch(exchange, front, "www.ccass.com", "www.ccass.com")


# -- on and off, contacts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["rap", "web"])
def test_a_silent_connection_is_a_contact(exchange: Exchange, service: str) -> None:
    centre = small_config().primary
    endpoint: Endpoint = centre.rap[0] if service == "rap" else centre.web[0]
    with socket.create_connection((endpoint.address, endpoint.port), TIMEOUT) as client:
        peer = "{}:{}".format(*client.getsockname())
        until(lambda: seen(exchange, service=service))
        assert seen(exchange, data_centre="primary", event="accept", local=str(endpoint), peer=peer)
        exchange.off("primary")  # cuts it, also in the middle of a handshake
        client.settimeout(TIMEOUT)
        try:
            while client.recv(1024):
                pass
        except ConnectionResetError:
            pass
        else:
            assert client.recv(1) == b""
    assert refused(endpoint)


def test_off_cuts_sessions_and_refuses_and_on_brings_back(exchange: Exchange, keys: Path) -> None:
    centre = small_config().primary

    async def play() -> tuple[object, object]:
        async with login(centre, ACCOUNT, keys / ACCOUNT) as connection:
            before = connection.get_server_host_key()
            await asyncio.to_thread(exchange.off, "primary")
            await asyncio.wait_for(connection.wait_closed(), TIMEOUT)
        assert refused(centre.rap[0]) and refused(centre.web[0])
        with pytest.raises(ConnectionRefusedError):
            resolve(centre.dns, RAP_NAME)
        assert addresses(small_config().secondary.dns, RAP_NAME)  # the other one stays
        assert exchange.status()["logged_in"] == {}
        await asyncio.to_thread(exchange.on, "primary")
        async with login(centre, ACCOUNT, keys / ACCOUNT) as connection:
            return before, connection.get_server_host_key()

    before, after = asyncio.run(play())
    assert before == after
    assert addresses(centre.dns, RAP_NAME)


def test_contacts_tell_that_nothing_went_to_primary(exchange: Exchange, keys: Path) -> None:
    centres = small_config()
    fetch(exchange, centres.primary.web[0], VAR_NAME, VAR_NAME)
    assert seen(exchange, data_centre="primary")
    moment = time.time()
    exchange.off("primary")
    exchange.serve("secondary")

    async def log_in() -> None:
        async with login(centres.secondary, ACCOUNT, keys / ACCOUNT):
            pass

    asyncio.run(log_in())
    addresses(centres.secondary.dns, RAP_NAME)
    later = exchange.contacts(moment)
    assert [(one.data_centre, one.service, one.event) for one in later] == [
        ("secondary", "rap", "accept"),
        ("secondary", "rap", "login"),
        ("secondary", "dns", "query"),
    ]
    assert read_contacts(exchange.folder) == exchange.contacts()


# -- start and stop ----------------------------------------------------------------------------------------------


def test_stop_leaves_nothing(tmp_path: Path) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

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
    taken = config.secondary.rap[0] if kind == socket.SOCK_STREAM else config.secondary.dns
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind((taken.address, taken.port))
        with pytest.raises(PortTakenError) as error:
            Exchange(config, tmp_path).start()
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
    ask(folder, {"do": "stop"})
    assert refused(small_config().primary.rap[0])  # gone when the answer is complete
    assert program.process.wait(timeout=10) == 0
    program.process.communicate()


def test_program_names_a_wrong_config(tmp_path: Path) -> None:
    written = tmp_path / "config.json"
    written.write_text('{"primary": {}}')
    program = Program(tmp_path / "exchange", written)
    _, errors = program.process.communicate(timeout=10)
    assert program.process.returncode == 2
    assert f"{written}: configuration: 'secondary' is missing" in errors
