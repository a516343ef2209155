# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login with the real sftp program at the embedded exchange: what it fetches, what keeps it out, what it leaves."""

from __future__ import annotations

import asyncio
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.hkex.drill.plugins.module_utils import _services_logins
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Login, Probe
from ansible_collections.hkex.drill.plugins.module_utils.posix import _whole_zip, probes, sftp_login
from ansible_collections.hkex.drill.plugins.module_utils.posix._whole_zip import UNPROVED, WHOLE
from ansible_collections.hkex.drill.plugins.modules import endpoint_info
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_view import has_form
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load

from tests.lab.exchange import Exchange, Logins
from tests.lab.exchange.reports import report
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
from tests.lab.probe_servers import HOST, silent, tcp_server
from tests.unit.host_keys import ED25519

AT = small_config().secondary
RAP = AT.rap[0]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with small_exchange(tmp_path) as playing:
        yield playing


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def verified(exchange: Exchange) -> str:
    text = (exchange.folder / "secondary" / "host_key.pub").read_text(encoding="ascii")
    return " ".join(text.split()[:2])


def go(
    key: Path,
    host_key: str,
    *reports: str,
    how_many: int | None = 2,
    account: str = ACCOUNT,
    patterns: tuple[str, ...] = ("inbox/*.zip",),
) -> Answer:
    asked = Login(account, str(key), (host_key,), reports or patterns, how_many)
    probe = Probe("sftp", RAP.address, RAP.port, timeout=5.0, login=asked)
    return probes.ask([probe])[probe]


def test_it_lists_downloads_two_reports_proves_them_whole_and_logs_out(
    exchange: Exchange, tmp_path: Path, temporary: Path
) -> None:
    answer = go(tmp_path / ACCOUNT, verified(exchange), f"ccass/*/{DAY}/*.zip", "inbox/*.zip")
    assert answer.ok, answer.what
    assert "listed 10, downloaded 2, of which 2 are whole, logged out" in answer.what
    assert f"SFTP login at {RAP} from 127." in answer.what
    reports = [line.split("\t") for line in answer.values]
    assert [(path, verdict) for path, _size, verdict in reports[:3]] == [
        (f"ccass/GLOB/{DAY}/CSESM01.zip", "whole"),
        (f"ccass/GLOB/{DAY}/CSESM02.zip", "whole"),
        (f"ccass/HKMK/{DAY}/CSESM01.zip", ""),
    ]
    assert len(reports) == 10 and all(int(size) > 100 for _path, size, _verdict in reports)
    assert "rehearsal data only" not in repr(answer)
    assert list(temporary.iterdir()) == []
    until(lambda: not exchange.status()["logged_in"])
    assert exchange.logins() == {ACCOUNT: Logins(accepted=1)}
    assert len(seen(exchange, event="accept")) == 1  # one connection


def test_all_reports_are_downloaded_where_all_are_asked_for(exchange: Exchange, tmp_path: Path) -> None:
    answer = go(
        tmp_path / ACCOUNT, verified(exchange), f"ccass/*/{DAY}/*.zip", "inbox/TP00?.zip", how_many=None
    )
    assert answer.ok and {line.split("\t")[2] for line in answer.values} == {"whole"}
    assert len(answer.values) == 10


def test_where_no_download_is_asked_for_reports_are_listed_and_left_there(
    exchange: Exchange, tmp_path: Path
) -> None:
    answer = go(tmp_path / ACCOUNT, verified(exchange), "inbox/*.zip", how_many=0)
    assert answer.ok and "downloaded none, as asked, logged out" in answer.what
    assert answer.values and {line.split("\t")[2] for line in answer.values} == {""}
    assert go(tmp_path / ACCOUNT, verified(exchange), "inbox/*.none", how_many=0).ok


def test_without_patterns_it_logs_on_and_out(exchange: Exchange, tmp_path: Path) -> None:
    answer = go(tmp_path / ACCOUNT, verified(exchange), patterns=(), how_many=0)
    assert answer.ok and "logged on, listed 0" in answer.what and answer.values == ()
    assert exchange.logins() == {ACCOUNT: Logins(accepted=1)}
    refused = go(tmp_path / OTHER, verified(exchange), patterns=(), how_many=0)
    assert not refused.ok and "Permission denied" in refused.what


def test_a_second_login_of_the_account_is_refused_and_it_says_what_to_do(
    exchange: Exchange, tmp_path: Path, temporary: Path
) -> None:
    async def play() -> Answer:
        async with login(AT, ACCOUNT, tmp_path / ACCOUNT):
            return await asyncio.to_thread(go, tmp_path / ACCOUNT, verified(exchange))

    answer = asyncio.run(play())
    assert not answer.ok and "concurrent login is not allowed" in answer.what
    assert "Another login of this account may be on" in _services_logins.remedy(answer.what)
    assert list(temporary.iterdir()) == []
    assert exchange.logins()[ACCOUNT] == Logins(accepted=1, refused=1)


def test_a_server_with_another_key_sees_no_login_at_all(
    exchange: Exchange, tmp_path: Path, temporary: Path
) -> None:
    answer = go(tmp_path / ACCOUNT, f"{ED25519.type} {ED25519.base64}")
    assert not answer.ok and "host key" in answer.what.lower(), answer.what
    assert "Log nobody on there" in _services_logins.remedy(answer.what)
    assert exchange.logins() == {} and list(temporary.iterdir()) == []


@pytest.mark.parametrize(("account", "key"), [(ACCOUNT, OTHER), ("CB00000000", ACCOUNT)])
def test_a_key_that_is_not_the_accounts_is_refused(
    exchange: Exchange, tmp_path: Path, account: str, key: str
) -> None:
    answer = go(tmp_path / key, verified(exchange), account=account)
    assert not answer.ok and "Permission denied" in answer.what
    assert "The key is refused" in _services_logins.remedy(answer.what)


def test_a_key_that_others_may_read_or_that_is_none_or_is_not_there_is_named(
    exchange: Exchange, tmp_path: Path
) -> None:
    (tmp_path / "putty.ppk").write_text("PuTTY-User-Key-File-3: ssh-ed25519\n", encoding="ascii")
    (tmp_path / "putty.ppk").chmod(0o600)
    (tmp_path / OTHER).chmod(0o644)
    for key in ("putty.ppk", OTHER, "nothing"):
        answer = go(tmp_path / key, verified(exchange), account=OTHER)
        assert not answer.ok and key in answer.what, answer.what
        assert "OpenSSH's form" in _services_logins.remedy(answer.what), answer.what


def test_nothing_that_matches_is_said(exchange: Exchange, tmp_path: Path) -> None:
    for pattern in ("inbox/*.csv", "inbox", "nowhere/*.zip"):
        answer = go(tmp_path / ACCOUNT, verified(exchange), pattern)
        assert not answer.ok and "no report matches" in answer.what
    assert {one.accepted for one in exchange.logins().values()} == {3}


def test_a_damaged_report_is_found(exchange: Exchange, tmp_path: Path, temporary: Path) -> None:
    inbox = exchange.folder / "secondary" / "files" / ACCOUNT / "inbox"
    inbox.mkdir(parents=True)
    whole = report("HKSCC01", "settlement " * 100, DAY)
    torn = bytearray(whole)
    torn[60] ^= 1
    (inbox / "BAD01.zip").write_bytes(bytes(torn))
    (inbox / "BAD02.zip").write_bytes(whole[:-30])
    (inbox / "GOOD1.zip").write_bytes(whole)
    (inbox / "odd 'name' $(id).zip").write_bytes(whole)
    answer = go(tmp_path / ACCOUNT, verified(exchange), "inbox/*.zip", how_many=None)
    assert not answer.ok and "downloaded 5, of which 3 are whole, logged out" in answer.what, answer.what
    verdicts = {line.split("\t")[0]: line.split("\t")[2] for line in answer.values}
    assert verdicts.pop("inbox/BAD01.zip").startswith("it is damaged")
    assert verdicts.pop("inbox/BAD02.zip").startswith("it is damaged")
    assert verdicts.pop("inbox/odd 'name' $(id).zip") == ""  # only listed: no command is made of such a name
    assert set(verdicts.values()) == {WHOLE} and len(verdicts) == 3
    assert "settlement" not in repr(answer) and list(temporary.iterdir()) == []


def zipped(content: bytes, flag: int = 0) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A.TXT", content)
    raw = bytearray(held.getvalue())
    raw[6] |= flag
    raw[raw.index(b"PK\x01\x02") + 8] |= flag
    return bytes(raw)


@pytest.mark.parametrize(
    ("name", "content", "size", "said"),
    [
        ("A.zip", zipped(b"x" * 999), None, WHOLE),
        ("A.ZIP", b"no zip", None, "it is damaged"),
        ("A.zip", b"", None, "it is damaged"),
        ("A.csv", b"no zip", None, WHOLE),
        ("A.csv", b"short", 6, "5 bytes came, but the server lists 6"),
        ("A.zip", zipped(b"x", flag=1), None, UNPROVED + "it is encrypted"),
        ("A.zip", zipped(bytes(1 << 20)), None, UNPROVED + "it unpacks to more"),
    ],
)
def test_a_verdict_is_not_more_than_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, size: int | None, said: str
) -> None:
    monkeypatch.setattr(_whole_zip, "UNPACKED", 1 << 19)
    (tmp_path / "report").write_bytes(content)
    told = _whole_zip.verdict(str(tmp_path / "report"), name, len(content) if size is None else size)
    assert told.startswith(said)
    assert _whole_zip.verdict(str(tmp_path / "none"), name, 1).startswith("it was not downloaded")


def test_more_than_fits_is_not_downloaded(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_login, "LARGEST", 300)
    answer = go(tmp_path / ACCOUNT, verified(exchange))
    assert not answer.ok and "more than the 300 that are downloaded" in answer.what
    assert go(tmp_path / ACCOUNT, verified(exchange), how_many=1).ok


def test_a_server_that_hangs_is_given_up_with_all_its_processes(
    exchange: Exchange, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp_login, "LIMIT", 1.0)
    with tcp_server(silent) as port:
        asked = Login(ACCOUNT, str(tmp_path / ACCOUNT), (verified(exchange),), ("*",), 2)
        probe = Probe("sftp", HOST, port, timeout=30.0, login=asked)
        answer = probes.ask([probe])[probe]
    assert not answer.ok and "did not end in time, which is 1 s" in answer.what
    assert answer.seconds < 10 and list(temporary.iterdir()) == []
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if f"-P\0{port}".encode() in _read(path)]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def test_the_account_of_the_examples_is_one_that_readiness_takes() -> None:
    tasks = [task["hkex.drill.endpoint_info"] for task in yaml.safe_load(endpoint_info.EXAMPLES)]
    logins = [each["login"] for task in tasks for each in task["endpoints"] if "login" in each]
    drill = load(DIRECTORY, "2025-06-21-rap-practice-session")
    (group,) = [each for each in drill.data["participants"] if "general_clearing" in each["kinds"]]
    assert logins and all(has_form(each["account"], group) for each in logins)
    assert not has_form("CXB01234001", group)


def test_a_dead_server_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "key").touch(mode=0o600)
    answer = go(tmp_path / "key", f"{ED25519.type} {ED25519.base64}")
    assert not answer.ok and "refused" in answer.what
