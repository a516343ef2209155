# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logins of a real PowerShell by a real sftp, at a server on loopback: the same words as those of POSIX."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Login, Look, Probe
from ansible_collections.hkex.drill.plugins.plugin_utils import windows_login
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.lab.probe_servers import HOST, silent, tcp_server
from tests.lab.ssh_server import sftp_server
from tests.powershell.program import PowerShell


@pytest.fixture
def pc(powershell: PowerShell, tmp_path: Path) -> Windows:
    return Windows(powershell.execute, str(tmp_path / "state"))


def zipped(method: int = zipfile.ZIP_DEFLATED, **contents: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return held.getvalue()


def changed(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def log_on(
    pc: Windows, port: int, key: Path, host_key: str, how_many: int | None = None
) -> tuple[Answer, dict[str, str]]:
    """The answer, and of each report the verdict."""
    login = Login("CB99999001", str(key), (host_key,), ("*/*",), how_many)
    probe = Probe("sftp", HOST, port, timeout=30.0, login=login)
    answer = pc.visit((), Look(probes=frozenset({probe}))).probes[probe]
    return answer, {line.split("\t")[0]: line.split("\t")[2] for line in answer.values}


def left() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("hkex-drill-*"))


def test_reports_are_whole_if_all_in_them_is_and_nothing_is_left(pc: Windows, tmp_path: Path) -> None:
    before = left()
    text = b"settlement " * 9999
    stored = zipped(zipfile.ZIP_STORED, A=text)
    reports = {
        "A.zip": zipped(A=text, B=b"", C=b"x"),
        "B.zip": stored,
        "C.csv": b"no zip",
        "D.zip": zipped(),
        "E.zip": b"leading " + zipped(A=text),
        "bad1.zip": changed(stored, 99),
        "bad2.zip": zipped(A=text)[:-30],
        "bad3.zip": b"",
        "bad4.zip": changed(zipped(A=text), 40),
        "other.zip": zipped(zipfile.ZIP_BZIP2, A=text),
    }
    (tmp_path / "server" / "inbox").mkdir(parents=True)
    for name, content in reports.items():
        (tmp_path / "server" / "inbox" / name).write_bytes(content)
    key = tmp_path / "the key 100%"
    with sftp_server(tmp_path / "server", key) as (port, (host_key,)):
        answer, verdicts = log_on(pc, port, key, host_key)
    assert f"SFTP login at {HOST}:{port} from 127.0.0.1: logged on, listed 10, downloaded 10" in answer.what
    said = {name: verdicts[f"inbox/{name}"] for name in reports}
    assert {name for name, verdict in said.items() if verdict == "whole"} == {
        "A.zip",
        "B.zip",
        "C.csv",
        "D.zip",
        "E.zip",
    }, said
    assert all(said[name].startswith("it is damaged") for name in said if name.startswith("bad")), said
    assert said["bad1.zip"].endswith("does not have its checksum")
    assert said["other.zip"].startswith("unproved")
    assert "settlement" not in repr(answer) and left() == before


def test_who_is_not_the_server_or_not_the_account_is_said(pc: Windows, tmp_path: Path) -> None:
    before = left()
    (tmp_path / "server").mkdir()
    key, other = tmp_path / "key", tmp_path / "other"
    with (
        sftp_server(tmp_path / "server", other) as (_port, (wrong,)),
        sftp_server(tmp_path / "server", key) as (port, (host_key,)),
    ):
        assert "no report matches" in log_on(pc, port, key, host_key)[0].what
        assert "host key" in log_on(pc, port, key, wrong)[0].what.lower()
        assert "Permission denied" in log_on(pc, port, other, host_key)[0].what
        assert "is not on this workstation" in log_on(pc, port, tmp_path / "none", host_key)[0].what
    assert left() == before


def test_a_server_that_hangs_is_given_up(
    pc: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = left()
    monkeypatch.setattr(windows_login, "LIMIT", 2.0)
    key = tmp_path / "key"
    (tmp_path / "server").mkdir()
    with sftp_server(tmp_path / "server", key) as (_port, (host_key,)), tcp_server(silent) as port:
        answer, _verdicts = log_on(pc, port, key, host_key)
    assert not answer.ok and "did not end in time, which is 2 s" in answer.what
    assert left() == before
