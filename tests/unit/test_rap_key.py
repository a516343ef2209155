# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of the files of a key pair: for each check there is a workstation that fails only that one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_public as public_keys

from tests.real.desktop import missing
from tests.unit import rap_keys as made
from tests.unit.module_process import tree
from tests.unit.rap_pc import ACCOUNT, FINGERPRINT, MINE, NOT_MINE, TODAY, account, in_order, only, play, put

OTHER = "CXB01234002"

needs_ssh_keygen = pytest.mark.skipif(
    bool(missing("ssh-keygen")), reason=missing("ssh-keygen") or "it is here"
)


@pytest.fixture
def pc(tmp_path: Path) -> Path:
    return in_order(tmp_path)


# ---- in order ----------------------------------------------------------------------------------------------------


def test_of_keys_in_order_all_is_told_and_nothing_is_to_be_said(pc: Path) -> None:
    before = tree(pc)
    told = play(pc, renewal="forbidden")
    assert told["findings"] == [] and tree(pc) == before and not told["changed"]
    blob = made.blob(MINE)
    described = told["rap_key"]["accounts"][0]
    assert described.pop("md5") == public_keys.PublicKey("", None, blob).md5
    assert described == {
        "name": ACCOUNT,
        "public_key": str(pc / f"{ACCOUNT}.pub"),
        "type": "ssh-rsa",
        "bits": 2048,
        "sha256": FINGERPRINT,
        "private_key": str(pc / "rap.key"),
        "form": "an OpenSSH private key",
        "encrypted": True,
        "owner_only": True,
        "pair": True,
        "registered": "2024-11-18",
        "due": "2026-11-18",
        "days": 515,
        "recorded": FINGERPRINT,
        "warning_files": [],
        "in_order": True,
    }
    assert (told["rap_key"]["today"], told["rap_key"]["in_order"]) == (TODAY, True)


@pytest.mark.parametrize(
    "content",
    [
        made.public_file(MINE).replace(b"\n", b"\r\n"),
        made.public_file(MINE).rstrip(b"\n"),
        made.ssh2(made.blob(MINE), ['Subject: "desk \\', '7"'], 64),
        made.ssh2(made.blob(MINE), [], 72),
    ],
)
def test_every_way_to_write_the_form_is_in_order(pc: Path, content: bytes) -> None:
    put(pc / f"{ACCOUNT}.pub", content)
    assert play(pc)["findings"] == []


def test_what_a_look_tells_is_what_a_later_one_takes(pc: Path) -> None:
    (first,) = play(pc)["rap_key"]["accounts"]
    for recorded in (first["sha256"], first["md5"], f"MD5:{first['md5'].upper()}"):
        assert play(pc, account(pc, recorded=recorded), renewal="forbidden")["findings"] == []


# ---- the public key ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["rap.pub", f"{ACCOUNT}.PUB", f"{ACCOUNT.lower()}.pub", ACCOUNT, f"x{ACCOUNT}.pub"]
)
def test_a_file_that_is_not_named_after_its_account(pc: Path, name: str) -> None:
    put(pc / name, made.public_file(MINE))
    finding = only(play(pc, account(pc, public_key=str(pc / name))))
    assert finding["level"] == "error" and finding["where"] == f"{ACCOUNT}: {pc / name}"
    assert "named after its account" in finding["what"] and "04 Preparation Arrangements" in finding["what"]
    assert f"Name it {ACCOUNT}.pub" in finding["remedy"]


def test_a_public_key_that_is_not_there_or_cannot_be_read(pc: Path) -> None:
    (pc / f"{ACCOUNT}.pub").unlink()
    assert "there is no public key" in only(play(pc))["what"]
    (pc / f"{ACCOUNT}.pub").mkdir()
    finding = only(play(pc))
    assert finding["level"] == "error" and "cannot be looked at: is not a regular file" in finding["what"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (made.SAMPLE, "its type is ssh-dss, and RAP takes only ssh-rsa (OCP briefing video (2025), 04 Prep"),
        (
            made.ssh2(made.rsa_blob((1 << 3072) - 1)),
            "it has 3072 bits, and RAP takes 2048 and 4096 (OCP brief",
        ),
        (made.ssh2(made.blob(MINE), width=76), "line 3 has 76 bytes, and 72 is the most (OCP briefing video"),
        (b"", "it is empty (OCP briefing video"),
        (b"\0" * 99, "its first line is not ---- BEGIN SSH2 PUBLIC KEY ---- (OCP briefing video"),
    ],
)
def test_a_key_that_rap_does_not_take(pc: Path, content: bytes, what: str) -> None:
    put(pc / f"{ACCOUNT}.pub", content)
    told = play(pc, account(pc, recorded=None))
    finding, *further = told["findings"]
    assert finding["level"] == "error" and what in finding["what"] and "RFC 4716" in finding["what"]
    assert all("does not belong to the public key" in each["what"] for each in further)
    assert not told["rap_key"]["in_order"]


FOREIGN = {
    "an OpenSSH one-line public key": made.one_line(MINE) + b" rap\n",
    "a PEM public key": made.public_pem(MINE, "SubjectPublicKeyInfo"),
    "a PEM public key ": made.public_pem(MINE, "PKCS1"),
    "an OpenSSH private key": made.pem(MINE, "OpenSSH"),
    "a PEM private key": made.pem(MINE, "TraditionalOpenSSL"),
    "a PKCS#8 private key": made.pem(MINE, "PKCS8"),
    "an encrypted PKCS#8 private key": made.pem(MINE, "PKCS8", b"hunter2"),
    "a PuTTY private key": made.putty(MINE),
}


@pytest.mark.parametrize("form", FOREIGN)
def test_another_form_is_named_with_how_to_convert_it(pc: Path, form: str) -> None:
    put(pc / f"{ACCOUNT}.pub", FOREIGN[form])
    finding = only(play(pc))
    assert f"it is {form.strip()}, and RAP takes public keys in SSH2 form only" in finding["what"]
    assert ("never be sent to the exchange" in finding["what"]) == ("private" in form)
    assert ("PuTTYgen" if "PuTTY" in form else "ssh-keygen -e -m RFC4716 -f") in finding["remedy"]


@needs_ssh_keygen
@pytest.mark.parametrize(
    "form", [form for form in FOREIGN if "PuTTY" not in form and "encrypted" not in form]
)
def test_what_the_remedy_says_makes_a_key_that_is_in_order(pc: Path, form: str) -> None:
    put(pc / f"{ACCOUNT}.pub", FOREIGN[form])
    remedy = only(play(pc))["remedy"]
    if "private" in form:
        (pc / f"{ACCOUNT}.pub").rename(pc / "rap.key")
    commands = re.findall(r"ssh-keygen [^>]+> \S+?(?=[,;]|$)", remedy.replace(", and put that", ";"))
    assert commands
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=pc, check=True, timeout=30)
    if (pc / f"{ACCOUNT}.new").exists():
        (pc / f"{ACCOUNT}.new").rename(pc / f"{ACCOUNT}.pub")
    assert play(pc)["findings"] == []


def test_each_account_has_a_pair_of_its_own(pc: Path) -> None:
    put(pc / f"{OTHER}.pub", made.public_file(MINE))
    second = account(pc, name=OTHER, public_key=str(pc / f"{OTHER}.pub"))
    told = play(pc, account(pc), second)
    (finding,) = told["findings"]
    assert (
        finding["where"] == f"{OTHER}: {pc / f'{OTHER}.pub'}"
        and f"it is the key of {ACCOUNT} too" in finding["what"]
    )
    assert [each["in_order"] for each in told["rap_key"]["accounts"]] == [True, False]


# ---- the private key ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o610, 0o601])
def test_a_private_key_that_others_may_get_at(pc: Path, mode: int) -> None:
    (pc / "rap.key").chmod(mode)
    told = play(pc)
    finding = only(told)
    assert (
        finding["level"] == "error" and f"mode {mode:04o}" in finding["what"] and "TechS 8" in finding["what"]
    )
    assert "chmod 600" in finding["remedy"] and told["rap_key"]["accounts"][0]["owner_only"] is False


@pytest.mark.parametrize(
    "content",
    [
        made.openssh(NOT_MINE, b"aes256-ctr"),
        made.putty(NOT_MINE),
        made.pem(NOT_MINE, "PKCS8"),
        made.pem(NOT_MINE, "TraditionalOpenSSL"),
    ],
)
def test_a_private_key_of_another_pair(pc: Path, content: bytes) -> None:
    put(pc / "rap.key", content)
    told = play(pc)
    finding = only(told)
    other = public_keys.sha256_fingerprint(made.blob(NOT_MINE))
    assert finding["level"] == "error" and "does not belong to the public key" in finding["what"]
    assert other in finding["what"] and FINGERPRINT in finding["what"]
    assert told["rap_key"]["accounts"][0]["pair"] is False


@pytest.mark.parametrize(
    ("content", "level", "what"),
    [
        (
            made.pem(MINE, "PKCS8", b"x"),
            "info",
            "an encrypted PKCS#8 private key with a passphrase does not show it",
        ),
        (
            made.pem(MINE, "TraditionalOpenSSL", b"x"),
            "info",
            "a PEM private key with a passphrase does not show it",
        ),
        (b"PK\3\4", "warning", "it has no form that is known here"),
        (made.public_file(MINE), "error", "it is an SSH2 public key, not a private one"),
        (made.openssh(MINE)[:200], "error", "it is cut off"),
    ],
)
def test_a_private_key_that_does_not_show_whose_it_is(
    pc: Path, content: bytes, level: str, what: str
) -> None:
    put(pc / "rap.key", content)
    told = play(pc)
    finding = only(told)
    assert finding["level"] == level and what in finding["what"]
    assert told["rap_key"]["accounts"][0]["pair"] is None
    assert level == "error" or FINGERPRINT in finding["remedy"]


def test_a_private_key_that_is_not_there(pc: Path) -> None:
    (pc / "rap.key").unlink()
    finding = only(play(pc))
    assert finding["level"] == "error" and "there is no private key" in finding["what"]
