# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server's public key: what is one, and how PuTTY remembers it."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _host_keys
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import parse
from hypothesis import given
from hypothesis import strategies as st

from tests.real.desktop import missing
from tests.unit.host_keys import CASES, ED25519, KEYS, OTHER, TEXTS

PRIME = 2**255 - 19
TWIST = -121665 * pow(121666, -1, PRIME) % PRIME


@pytest.mark.parametrize(("text", "putty", "fingerprint"), CASES)
def test_puttys_numbers_and_the_fingerprint_that_clients_show(
    text: str, putty: str, fingerprint: str
) -> None:
    key = parse(text)
    assert (key.putty, key.fingerprint) == (putty, fingerprint)
    assert f"{key.type} {key.base64}" == text and _host_keys.type_in(key.blob) == key.type
    assert parse(f"  {text} root@rap\n") == key
    assert _host_keys.type_of(_host_keys.putty_type(key.type)) == key.type


def test_each_type_has_a_case() -> None:
    assert set(TEXTS) == set(_host_keys.TYPES)
    assert (_host_keys.putty_type("ssh-rsa"), _host_keys.putty_type("ssh-ed25519")) == ("rsa2", "ssh-ed25519")


def coded(y: int, odd: int) -> str:
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0 " + (y | odd << 255).to_bytes(32, "little")
    return "ssh-ed25519 " + base64.b64encode(blob).decode()


@given(st.integers(0, 2**255 - 1), st.sampled_from([0, 1]))
def test_a_point_of_ed25519_is_on_the_curve_or_it_is_no_key(y: int, odd: int) -> None:
    try:
        x, told = (int(one, 16) for one in parse(coded(y, odd)).putty.split(","))
    except ValueError:
        square = (y * y - 1) * pow(TWIST * y * y + 1, -1, PRIME) % PRIME
        is_square = pow(square, (PRIME - 1) // 2, PRIME) == 1
        assert y >= PRIME or not is_square
        return
    assert (told, x % 2) == (y, odd)
    assert (-x * x + y * y - 1 - TWIST * x * x * y * y) % PRIME == 0


def test_rfc_8032s_base_point() -> None:
    assert OTHER.putty == (
        "0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a,"
        "0x6666666666666666666666666666666666666666666666666666666666666658"
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "does not begin with one of ssh-ed25519, ecdsa"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "does not begin with"),
        (f"[10.243.66.141]:18801 {TEXTS['ssh-rsa']}", "does not begin with"),
        ("ssh-ed25519", "not the whole"),
        (TEXTS["ssh-ed25519"][:-4], "not the whole"),
        (TEXTS["ssh-ed25519"].replace("ed25519", "rsa"), "does not begin|not the whole"),
        ("ssh-rsa " + TEXTS["ssh-ed25519"].split()[1], "not the whole"),
        (TEXTS["ssh-ed25519"][:-1] + "é", "not the whole"),
        (TEXTS["ecdsa-sha2-nistp256"].replace("nistp256 ", "nistp384 "), "not the whole"),
    ],
)
def test_what_is_no_whole_key_is_said(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parse(text)


@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_no_part_of_a_key_is_one_and_junk_only_ever_is_refused(kind: str, data: st.DataObject) -> None:
    blob = KEYS[kind].blob
    junk = data.draw(
        st.binary(max_size=80)
        | st.integers(0, len(blob) - 1).map(lambda size: blob[:size])
        | st.binary(min_size=1, max_size=5).map(lambda more: blob + more)
    )
    with pytest.raises(ValueError, match="not the whole"):
        parse(f"{kind} {base64.b64encode(junk).decode()}")


@pytest.mark.skipif(bool(missing("ssh-keygen")), reason=missing("ssh-keygen") or "it is here")
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_what_ssh_keygen_makes_is_a_key_with_the_fingerprint_that_it_tells(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(file)], check=True, timeout=30)
    told = subprocess.run(["ssh-keygen", "-l", "-f", str(file)], check=True, capture_output=True, timeout=30)
    key = parse(file.with_suffix(".pub").read_text(encoding="ascii"))
    assert key.fingerprint == told.stdout.decode().split()[1] != ED25519.fingerprint
