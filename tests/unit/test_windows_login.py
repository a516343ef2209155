# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login from a simulated Windows workstation: the machine's own sftp at the embedded exchange, driven from here."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _login_reports, _services_logins
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Login, Look, Probe, Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import windows_login
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.lab.exchange import Exchange, Logins
from tests.lab.exchange.reports import report
from tests.lab.exchange_clients import ACCOUNT, DAY, OTHER, login, small_config, small_exchange
from tests.lab.fleet import ROOT
from tests.lab.probe_servers import HOST, silent, tcp_server
from tests.lab.windows import asking
from tests.lab.windows.simulation import HOSTS, SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit.host_keys import ED25519

AT = small_config().secondary
RAP = AT.rap[0]
KEY = r"C:\RAP\the key 100%"
WHOLE = report("HKSCC01", "settlement " * 100, DAY)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with small_exchange(tmp_path) as playing:
        yield playing


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedMachine]:
    """Nothing may be left in its folder for temporary files."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    box = SimulatedMachine("pc", {HOSTS: b""}, [])
    if (tmp_path / ACCOUNT).exists():
        box.put(KEY, WindowsFile((tmp_path / ACCOUNT).read_bytes()))
    yield box
    assert list(temporary.iterdir()) == []


def verified(exchange: Exchange) -> str:
    text = (exchange.folder / "secondary" / "host_key.pub").read_text(encoding="ascii")
    return " ".join(text.split()[:2])


def go(
    box: SimulatedMachine,
    host_key: str,
    *patterns: str,
    how_many: int | None = 2,
    key: str = KEY,
    port: int = RAP.port,
    host: str = RAP.address,
) -> Answer:
    wanted = Login(ACCOUNT, key, (host_key,), patterns, how_many)
    probe = Probe("sftp", host, port, timeout=5.0, login=wanted)
    pc = Windows(lambda request: str(box.run("windows_io", {"request": request})["answer"]))
    return pc.visit((), Look(probes=frozenset({probe}))).probes[probe]


def asked(box: SimulatedMachine) -> list[dict[str, Any]]:
    """The sessions that the workstation was asked for."""
    return [probe for request in box.requests for probe in request["look"]["probes"]]


def test_it_downloads_the_first_reports_pattern_by_pattern_and_each_once(
    exchange: Exchange, box: SimulatedMachine
) -> None:
    answer = go(box, verified(exchange), f"ccass/*/{DAY}/*.zip", "inbox/*.zip", "inbox/TP00?.zip", how_many=3)
    assert answer.ok, answer.what
    assert "listed 10, downloaded 3, of which 3 are whole, logged out" in answer.what
    assert [line.split("\t")[::2] for line in answer.values[:4]] == [
        [f"ccass/GLOB/{DAY}/CSESM01.zip", "whole"],
        [f"ccass/GLOB/{DAY}/CSESM02.zip", "whole"],
        [f"ccass/HKMK/{DAY}/CSESM01.zip", "whole"],
        [f"ccass/HKMK/{DAY}/CSESM02.zip", ""],
    ]
    assert len(answer.values) == 10 and exchange.logins() == {ACCOUNT: Logins(accepted=2)}


def test_what_it_tells_is_what_a_login_from_posix_tells(exchange: Exchange, box: SimulatedMachine) -> None:
    """A folder's own list, a pattern of the folder above it, and a name of which no command is made."""
    inbox = exchange.folder / "secondary" / "files" / ACCOUNT / "inbox"
    inbox.mkdir(parents=True)
    torn = bytearray(WHOLE)
    torn[60] ^= 1
    for name, content in {
        "A.csv": b"no zip",
        "BAD01.zip": bytes(torn),
        "BAD02.zip": WHOLE[:-30],
        "GOOD1.ZIP": WHOLE,
        "odd 'name' $(id).zip": WHOLE,
    }.items():
        (inbox / name).write_bytes(content)
    answer = go(box, verified(exchange), "inbox", "*.zip", "inbox/*", how_many=None)
    verdicts = {path: told for path, _size, told in (line.split("\t") for line in answer.values)}
    assert not answer.ok and verdicts.pop("inbox/BAD01.zip").startswith("it is damaged")
    assert verdicts.pop("inbox/BAD02.zip").startswith("it is damaged")
    assert verdicts.pop("inbox/odd 'name' $(id).zip") == ""
    assert {"inbox/A.csv", "inbox/GOOD1.ZIP"} < set(verdicts) and set(verdicts.values()) == {"whole"}
    (_listing, fetching) = asked(box)
    assert fetching["login"]["zips"].count(False) == 1
    assert "settlement" not in repr(answer)


def test_where_nothing_is_to_be_downloaded_one_session_is_enough(
    exchange: Exchange, box: SimulatedMachine
) -> None:
    answer = go(box, verified(exchange), "inbox/*.zip", how_many=0)
    assert answer.ok and "downloaded none, as asked, logged out" in answer.what and answer.values
    nothing = go(box, verified(exchange), "inbox/*.none")
    assert not nothing.ok and "no report matches" in nothing.what
    assert exchange.logins() == {ACCOUNT: Logins(accepted=2)}


def test_the_program_gets_one_key_and_the_verified_host_keys_and_no_settings_of_anybody(
    exchange: Exchange, box: SimulatedMachine
) -> None:
    go(box, verified(exchange), "inbox/*.zip")
    for session in asked(box):
        given = session["login"]
        lines = dict(line.split(" ", 1) for line in given["config"].splitlines())
        assert lines["IdentityFile"] == '"C:/RAP/the key 100%%"'
        assert lines["UserKnownHostsFile"] == lines["GlobalKnownHostsFile"] == '"known_hosts"'
        assert (lines["BatchMode"], lines["IdentitiesOnly"], lines["StrictHostKeyChecking"]) == ("yes",) * 3
        assert given["known_hosts"] == f"[{RAP.address}]:{RAP.port} {verified(exchange)}\n"
        assert given["batch"].endswith("bye\n")
    assert "PRIVATE KEY" not in json.dumps(box.requests)


def test_what_keeps_it_out_is_said_as_on_posix(
    exchange: Exchange, box: SimulatedMachine, tmp_path: Path
) -> None:
    other_host = go(box, f"{ED25519.type} {ED25519.base64}", "inbox/*")
    assert "Log nobody on there" in _services_logins.remedy(other_host.what), other_host.what
    box.put(r"C:\RAP\other", WindowsFile((tmp_path / OTHER).read_bytes()))
    other_key = go(box, verified(exchange), "inbox/*", key=r"C:\RAP\other")
    assert "The key is refused" in _services_logins.remedy(other_key.what), other_key.what
    none = go(box, verified(exchange), "inbox/*", key=r"C:\RAP\none")
    assert none.what == r"the private key C:\RAP\none is not on this workstation"

    async def play() -> Answer:
        async with login(AT, ACCOUNT, tmp_path / ACCOUNT):
            return await asyncio.to_thread(go, box, verified(exchange), "inbox/*")

    second = asyncio.run(play())
    assert "Another login of this account may be on" in _services_logins.remedy(second.what), second.what
    assert not any(answer.ok for answer in (other_host, other_key, none, second))


def test_more_than_fits_is_not_downloaded(
    exchange: Exchange, box: SimulatedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows_login, "LARGEST", 300)
    answer = go(box, verified(exchange), "inbox/*.zip")
    assert not answer.ok and "more than the 300 that are downloaded" in answer.what
    assert len(asked(box)) == 1
    monkeypatch.setattr(_login_reports, "SPARE", 1 << 60)
    full = go(box, verified(exchange), "inbox/*.zip", how_many=1)
    assert "Make room" in _services_logins.remedy(full.what), full.what


def test_a_server_that_hangs_is_given_up(box: SimulatedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_login, "LIMIT", 1.0)
    box.put(KEY, WindowsFile(b"never read"))
    with tcp_server(silent) as port:
        answer = go(box, f"{ED25519.type} {ED25519.base64}", "*", host=HOST, port=port)
    assert not answer.ok and "did not end in time, which is 1 s" in answer.what


def test_without_the_program_it_says_which_feature_to_install(
    box: SimulatedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    box.put(KEY, WindowsFile(b"never read"))
    answer = go(box, f"{ED25519.type} {ED25519.base64}", "*")
    assert not answer.ok and "OpenSSH.Client" in _services_logins.remedy(answer.what), answer.what


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("7 ", "whole"),
        ("7 whole", "whole"),
        ("-1 ", "it was not downloaded"),
        ("6 whole", "6 bytes came, but the server lists 7"),
        ("7 sum", "it is damaged: what is in it does not have its checksum"),
        ("7 damaged", "it is damaged: it cannot be read"),
        *((f"7 {word}", _services_logins.UNPROVED) for word in ("encrypted", "large", "method", "closed")),
    ],
)
def test_a_verdict_is_not_more_than_the_workstation_has_seen(told: str, said: str) -> None:
    """Each way in which windows_login.psm1 says how a report opened."""
    question: list[Any] = []

    def ask(asked: Any) -> dict[str, Any]:
        question.append(asked)
        listed = "sftp> -ls -ln in/*\r\n-rw-r--r--    1 0        0               7 Nov  6 14:35 in/A.zip\r\n"
        values = ["0", listed, ""] if len(question) == 1 else ["0", "", "", told]
        return {"ok": True, "what": "SFTP login at h:22 from x: sftp ended", "values": values, "seconds": 1.0}

    wanted = Login(ACCOUNT, KEY, ("k",), ("in/*",), 2)
    answer = windows_login.log_on(Probe("sftp", "127.0.0.1", 22, login=wanted), wanted, ask)
    assert answer.values[0].startswith(f"in/A.zip\t7\t{said}")
    assert answer.what.startswith("SFTP login at h:22 from x: logged on, listed 1") and answer.seconds == 2.0
    assert question[1]["login"]["batch"] == '-get "in/A.zip" report0\nbye\n'
    assert question[1]["timeout"] == windows_login.LIMIT - 1.0


def test_the_words_of_both_sides_are_the_same() -> None:
    """What the PowerShell side can say of a report is what the controller knows, and of an end, too."""
    text = (ROOT / "plugins" / "module_utils" / "windows_login.psm1").read_text(encoding="utf-8")
    assert f"said = '{windows_login.ENDED}'" in text and windows_login.ENDED == asking.ENDED
    for word in windows_login._VERDICTS:
        assert f"'{word}'" in text or f"$size {word}" in text, word


def test_a_workstation_that_refuses_the_question_is_said(box: SimulatedMachine) -> None:
    refused = {"refused": {"where": "C:", "what": "cannot be looked at", "remedy": "Look"}}
    pc = Windows(lambda _request: json.dumps(refused))
    with pytest.raises(Refusal):
        pc._ask({})
