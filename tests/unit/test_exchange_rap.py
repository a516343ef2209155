# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded RAP, asked by a real SFTP client: what it offers, whom it lets in."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.lab.exchange import (
    Exchange,
    Logins,
)
from tests.lab.exchange_clients import (
    ACCOUNT,
    DAY,
    OTHER,
    login,
    seen,
    small_config,
    small_exchange,
    until,
)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with small_exchange(tmp_path) as playing:
        yield playing


def test_rap_offers_dated_folders_with_zip_reports(exchange: Exchange, tmp_path: Path) -> None:
    async def download() -> tuple[list[str], list[str], bytes, float]:
        async with (
            login(small_config().secondary, ACCOUNT, tmp_path / ACCOUNT) as connection,
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


def test_rap_is_read_only(exchange: Exchange, tmp_path: Path) -> None:
    async def try_all() -> None:
        async with (
            login(small_config().primary, ACCOUNT, tmp_path / ACCOUNT) as connection,
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


def test_second_login_of_an_account_is_refused_at_both_data_centres(
    exchange: Exchange, tmp_path: Path
) -> None:
    centres = small_config()

    async def play() -> None:
        async with login(centres.primary, ACCOUNT, tmp_path / ACCOUNT) as first:
            for centre in (centres.primary, centres.secondary):
                with pytest.raises(asyncssh.DisconnectError, match="concurrent login is not allowed"):
                    await login(centre, ACCOUNT, tmp_path / ACCOUNT)
            async with login(centres.secondary, OTHER, tmp_path / OTHER):
                assert exchange.status()["logged_in"] == {ACCOUNT: "primary", OTHER: "secondary"}
            async with first.start_sftp_client() as sftp:  # the first session does not suffer
                assert await sftp.exists("inbox")
        async with login(centres.secondary, ACCOUNT, tmp_path / ACCOUNT):
            pass

    asyncio.run(play())
    until(lambda: not exchange.status()["logged_in"])
    assert exchange.logins() == {ACCOUNT: Logins(accepted=2, refused=2), OTHER: Logins(accepted=1)}
    assert exchange.logins()[ACCOUNT].attempts == 4
    assert {one.detail for one in seen(exchange, event="refused")} == {"concurrent login"}


def test_of_logins_at_the_same_moment_one_gets_in(exchange: Exchange, tmp_path: Path) -> None:
    async def attempt(gate: asyncio.Barrier) -> bool:
        try:
            async with login(small_config().primary, ACCOUNT, tmp_path / ACCOUNT):
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
    exchange: Exchange, tmp_path: Path, account: str, key: str, why: str
) -> None:
    async def attempt() -> None:
        with pytest.raises(asyncssh.PermissionDenied):
            await login(small_config().primary, account, tmp_path / key)

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
