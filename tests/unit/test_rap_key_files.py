# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAP keys as files: RFC 4716 to the letter, what RAP takes, private keys, and what any other bytes come to."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_forms as forms
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_private as private_keys
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_public as public_keys
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_wire as wire
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import Malformed
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.real.desktop import missing
from tests.unit import rap_keys as made

MODULUS = (1 << 2047) + 1
BLOB = made.rsa_blob(MODULUS)
ENDS = ("\n", "\r\n", "\r")

needs_ssh_keygen = pytest.mark.skipif(
    bool(missing("ssh-keygen")), reason=missing("ssh-keygen") or "it is here"
)


# ---- SSH2 form ---------------------------------------------------------------------------------------------------

TAGS = st.text(st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=64)
VALUES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\\"), max_size=250
).filter(lambda text: len(text.encode()) <= 1024)


def folded(tag: str, value: str) -> list[str]:
    """A header in lines of at most 72 bytes, going on behind a backslash; no character is cut in two."""
    lines = [""]
    for letter in f"{tag}: {value}":
        if len((lines[-1] + letter).encode()) > 71:
            lines[-1] += "\\"
            lines.append("")
        lines[-1] += letter
    return lines


@settings(max_examples=60, deadline=None)
@given(
    blob=st.binary(min_size=1, max_size=700),
    headers=st.dictionaries(TAGS.map(str.lower), VALUES, max_size=4),
    width=st.integers(1, 72),
    end=st.sampled_from(ENDS),
    last=st.booleans(),
)
def test_what_another_writes_is_read_with_its_headers(
    blob: bytes, headers: dict[str, str], width: int, end: str, last: bool
) -> None:
    lines = [line for tag, value in headers.items() for line in folded(tag, value)]
    assert public_keys.ssh2(made.ssh2(blob, lines, width, end, last)) == (headers, blob)


def test_tags_have_no_case_and_a_text_goes_on_behind_a_backslash() -> None:
    lines = ["SUBJECT: a", 'Comment: "x \\', "y: \\", 'z"', "X-a: \\", "b"]
    headers, _key = public_keys.ssh2(made.ssh2(BLOB, lines))
    assert headers == {"subject": "a", "comment": '"x y: z"', "x-a": "b"}


GOOD = made.ssh2(BLOB)
LINES = GOOD.decode().splitlines()
BAD: list[tuple[bytes, str]] = [
    (b"", "is empty"),
    (b"\n", "first line is not ---- BEGIN SSH2 PUBLIC KEY ----"),
    (b"\n" + GOOD, "first line is not"),
    (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
    (GOOD.decode().encode("utf-16"), "UTF-16"),
    (GOOD.replace(b"---- BEGIN", b"-----BEGIN"), "first line is not"),
    (GOOD.replace(b"---- END", b"-----END"), "no line ---- END SSH2 PUBLIC KEY ----"),
    (GOOD + b"\n", f"behind its last line, in line {len(LINES) + 1}"),
    (GOOD + GOOD, "behind its last line"),
    (made.ssh2(BLOB, width=73), "line 3 has 73 bytes, and 72 is the most"),
    (made.ssh2(BLOB, [f"Comment: {'x' * 64}"]), "line 2 has 73 bytes"),
    (made.ssh2(BLOB, ["Comment:x"]), "header in line 2 is not written as Tag: text"),
    (made.ssh2(BLOB, ["A: b", ": x"]), "header in line 3 is not"),
    (made.ssh2(BLOB, [f"{'x' * 65}: y"]), "header in line 2 is not"),
    (made.ssh2(BLOB, ["A b: y"]), "header in line 2 is not"),
    (GOOD.replace(b"SSH KEY", b"\xff\xfe"), "header in line 2 is not"),
    (made.ssh2(BLOB, folded("Comment", "x" * 1025)), "line 2 has more than 1024 bytes"),
    (made.ssh2(b""), "is not base64"),
    (made.ssh2(BLOB, [*LINES[1:3], ""]), "line 4 is empty"),
    (GOOD.replace(b"\nAAAA", b"\n AAAA"), "line 3 is empty, or has blanks"),
    (GOOD.replace(b"\nAAAA", b"\nA*AA"), "is not base64"),
    (made.ssh2(b"ab").replace(b"YWI=", b"YWI"), "is not base64, or not all of it"),
    (made.ssh2(b"ab").replace(b"YWI=", b"YWJ="), "is not base64, or not all of it"),
    (GOOD.ljust(forms.LARGEST + 1), "is larger than 65536 bytes"),
    (made.ssh2(b"abc"), "it holds no key"),
]


@pytest.mark.parametrize(("content", "what"), BAD)
def test_what_is_not_to_the_letter_is_refused_and_said(content: bytes, what: str) -> None:
    with pytest.raises(Malformed, match=what) as refused:
        public_keys.check(public_keys.read(content))
    assert refused.value.remedy


# ---- what RAP takes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [2048, 4096])
@pytest.mark.parametrize("exponent", [3, 37, 65537])
def test_rsa_of_2048_and_4096_bits_is_taken(bits: int, exponent: int) -> None:
    key = public_keys.read(made.ssh2(made.rsa_blob((1 << bits) - 1, exponent)))
    public_keys.check(key)
    assert (key.type, key.bits) == ("ssh-rsa", bits)


NOT_TAKEN: list[tuple[bytes, str]] = [
    (made.rsa_blob((1 << 2047) - 1), "2047 bits, and RAP takes 2048 and 4096"),
    (made.rsa_blob((1 << 2048) + 1), "2049 bits"),
    (made.rsa_blob((1 << 1024) - 1), "1024 bits"),
    (made.rsa_blob((1 << 3072) - 1), "3072 bits"),
    (made.rsa_blob((1 << 16384) - 1), "16384 bits"),
    (made.rsa_blob(MODULUS, 1), "not those of an RSA key"),
    (made.rsa_blob(MODULUS, 65536), "not those of an RSA key"),
    (made.rsa_blob(MODULUS, (1 << 64) + 1), "not those of an RSA key"),
    (made.rsa_blob(MODULUS - 1), "not those of an RSA key"),
    (made.rsa_blob(MODULUS, name=b"ssh-dss"), "type is ssh-dss, and RAP takes only ssh-rsa"),
    (made.rsa_blob(MODULUS, name=b"ssh-ed25519"), "type is ssh-ed25519"),
    (made.rsa_blob(MODULUS, name=b"rsa-sha2-256"), "type is rsa-sha2-256"),
    (made.rsa_blob(MODULUS, name=b"hunter2"), "type is none that SSH knows"),
    (BLOB + b"\0", "cut off"),
    (BLOB + b"\0\0\0\0", "not the whole of an RSA key"),
    (BLOB[:-1], "cut off"),
    (made.rsa_blob(1 << 2048).replace(b"\1\0\1", b"\0\0\1", 1), "not written as SSH writes it"),
]


@pytest.mark.parametrize(("blob", "what"), NOT_TAKEN)
def test_other_keys_are_not_and_the_message_says_what_they_are(blob: bytes, what: str) -> None:
    key = public_keys.read(made.ssh2(blob))
    with pytest.raises(Malformed, match=what) as refused:
        public_keys.check(key)
    assert "hunter2" not in f"{refused.value}{refused.value.remedy}{key.type}"


def test_the_circulars_own_sample_is_not_rsa() -> None:
    key = public_keys.read(made.SAMPLE)
    assert (key.type, key.bits) == ("ssh-dss", None)
    with pytest.raises(Malformed, match="type is ssh-dss, and RAP takes only ssh-rsa"):
        public_keys.check(key)


# ---- private keys ------------------------------------------------------------------------------------------------


def test_each_form_shows_what_it_shows_in_the_clear() -> None:
    key = made.pair()
    blob = made.blob(key)
    assert [
        tuple(private_keys.read(content))
        for content in (
            made.pem(key, "OpenSSH"),
            made.openssh(key, b"aes256-ctr"),
            made.openssh(key).replace(b"\n", b"\r\n"),
            made.putty(key, 2, "none"),
            made.putty(key, 3, end="\r\n"),
            made.putty(key, 3, end="\r"),
            made.pem(key, "TraditionalOpenSSL"),
            made.pem(key, "TraditionalOpenSSL", b"secret"),
            made.pem(key, "PKCS8"),
            made.pem(key, "PKCS8", b"secret"),
            b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
            b"",
            b"\x30\x82",
        )
    ] == [
        ("an OpenSSH private key", False, blob),
        ("an OpenSSH private key", True, blob),
        ("an OpenSSH private key", False, blob),
        ("a PuTTY private key", False, blob),
        ("a PuTTY private key", True, blob),
        ("a PuTTY private key", True, blob),
        ("a PEM private key", False, blob),
        ("a PEM private key", True, None),
        ("a PKCS#8 private key", False, blob),
        ("an encrypted PKCS#8 private key", True, None),
        ("a private key of SSH Tectia", True, None),
        ("", None, None),
        ("", None, None),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (GOOD, "it is an SSH2 public key, not a private one"),
        (b"ssh-rsa AAAA x\n", "it is an OpenSSH one-line public key"),
        (b"-----BEGIN PUBLIC KEY-----\n", "it is a PEM public key"),
        (b"-----BEGIN EC PRIVATE KEY-----\n", "not RSA, and RAP takes only RSA"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "cut off"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            "its first line says",
        ),
        (made.openssh(made.pair())[:300] + b"\n-----END OPENSSH PRIVATE KEY-----\n", "base64"),
        (made.pem(made.pair(), "OpenSSH").replace(b"OPENSSH", b"RSA"), "it holds no RSA key"),
        (b"PuTTY-User-Key-File-2: ssh-rsa\n", "no public part"),
        (made.putty(made.pair()).replace(b"Public-Lines: ", b"Public-Lines: 1"), "base64"),
        (made.putty(made.pair()).replace(b"Public-Lines: ", b"Public-Lines: -"), "base64"),
        (bytes(forms.LARGEST + 1), "larger than"),
        (b"\xff\xfe-\0", "UTF-16"),
    ],
)
def test_what_is_no_whole_private_key_is_said(content: bytes, what: str) -> None:
    with pytest.raises(Malformed, match=what):
        private_keys.read(content)


# ---- any bytes ---------------------------------------------------------------------------------------------------

MARKS = st.sampled_from([beginning for beginning, _form in forms._BEGINNINGS])
JUNK = st.binary(max_size=300) | st.builds(
    lambda mark, more: mark + b"\n" + more, MARKS, st.binary(max_size=300)
)


@settings(max_examples=200, deadline=None)
@given(JUNK)
@example(b"-----BEGIN PRIVATE KEY-----\nMIAwgDCA\n-----END PRIVATE KEY-----")
def test_any_bytes_are_a_key_or_a_refusal(content: bytes) -> None:
    for read in (public_keys.read, private_keys.read):
        try:
            assert read(content)
        except Malformed as refused:
            assert refused.what and refused.remedy


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_file_with_anything_changed_is_a_key_or_a_refusal(data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from(
            [GOOD, made.pem(made.pair(), "PKCS8"), made.putty(made.pair()), made.openssh(made.pair())]
        )
    )
    start = data.draw(st.integers(0, len(whole)))
    changed = (
        whole[:start] + data.draw(st.binary(max_size=4)) + whole[data.draw(st.integers(start, len(whole))) :]
    )
    for read in (public_keys.read, private_keys.read):
        try:
            assert read(changed)
        except Malformed as refused:
            assert refused.what and refused.remedy


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120))
@example(b"\x30\x80")
@example(b"\x30\xff")
@example(b"\0\0\0\0")
def test_the_wire_reader_ends_on_any_bytes(data: bytes) -> None:
    try:
        assert b"".join(len(each).to_bytes(4, "big") + each for each in wire.strings(data)) == data
    except Malformed as refused:
        assert "cut off" in refused.what


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=120) | st.binary(max_size=120).map(lambda data: b"\x30" + bytes([len(data)]) + data)
)
@example(b"\x30\x80")
@example(b"\x30\xff")
@example(b"\x30\x0a\x02\x01\x00\x30\x00\x04\x03\x30\x80\x00")
@example(b"\x30\x09\x02\x01\x00\x02\x01\x07\x02\x01\x03")
def test_the_der_reader_ends_on_any_bytes(data: bytes) -> None:
    try:
        name, exponent, modulus = wire.strings(wire.rsa_public_part(data))
    except Malformed as refused:
        assert refused.what and refused.remedy
    else:
        assert name == b"ssh-rsa" and exponent in data and modulus in data


# ---- ssh-keygen --------------------------------------------------------------------------------------------------


def ssh_keygen(*words: str | Path) -> bytes:
    ran = subprocess.run(["ssh-keygen", *map(str, words)], capture_output=True, timeout=60, check=True)
    return ran.stdout


@needs_ssh_keygen
@pytest.mark.parametrize(("bits", "passphrase"), [(2048, ""), (2048, "hunter2"), (4096, "")])
def test_ssh_keygens_own_keys_are_read_with_the_fingerprints_that_it_tells(
    bits: int, passphrase: str, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    ssh_keygen("-q", "-t", "rsa", "-b", str(bits), "-a", "1", "-N", passphrase, "-C", "rap", "-f", file)
    key = public_keys.read(ssh_keygen("-e", "-m", "RFC4716", "-f", f"{file}.pub"))
    public_keys.check(key)
    assert key.bits == bits
    assert [
        ssh_keygen("-l", "-E", kind, "-f", f"{file}.pub").split()[1].decode() for kind in ("sha256", "md5")
    ] == [key.sha256, f"MD5:{key.md5}"]
    private = private_keys.read(file.read_bytes())
    assert (private.encrypted, private.public) == (bool(passphrase), key.blob)
    ssh_keygen("-q", "-p", "-m", "PEM", "-P", passphrase, "-N", "", "-f", file)
    assert private_keys.read(file.read_bytes()) == ("a PEM private key", False, key.blob)


@needs_ssh_keygen
def test_ssh_keygen_reads_the_files_that_the_tests_write(tmp_path: Path) -> None:
    file = tmp_path / "key.pub"
    file.write_bytes(made.public_file(made.pair()))
    imported = ssh_keygen("-i", "-m", "RFC4716", "-f", file).split()
    assert base64.b64decode(imported[1]) == made.blob(made.pair())


def test_md5_is_not_told_where_it_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    key = public_keys.read(GOOD)
    assert key.md5 is not None and len(key.md5) == 47

    def refuse(_data: bytes) -> None:
        raise ValueError("disabled for FIPS")

    monkeypatch.setattr("hashlib.md5", refuse)
    assert key.md5 is None
