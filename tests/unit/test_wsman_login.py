# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is let in to the stand-in for Windows, and the messages that are sealed with the keys of a login."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
import spnego
from hypothesis import given
from hypothesis import strategies as st
from spnego.channel_bindings import GssChannelBindings

from tests.lab.windows import Account
from tests.lab.windows.auth import Gate, Login, NotSealed

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
        assert message not in body.removesuffix(b"--Encrypted Boundary--\r\n")
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
