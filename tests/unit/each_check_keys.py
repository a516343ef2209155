# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of RAP keys, a line each."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_forms

from tests.unit import rap_keys as made
from tests.unit.each_check_pc import (
    ACCOUNT,
    DOWNLOADS,
    HOME,
    PRIVATE,
    PUBLIC,
    Linux,
    NoRenewal,
)
from tests.unit.each_check_spoils import (
    CONFIDENTIAL,
    ERROR,
    INFO,
    KEYS,
    NAMES,
    NO_RENEWAL,
    NOTHING,
    RENEWAL,
    WARNING,
    Row,
    barred,
    both,
    gone,
    has,
    of_account,
    put,
)
from tests.unit.each_check_windows import OnWindows
from tests.unit.rap_pc import MINE, NOT_MINE

# ---- RAP keys ------------------------------------------------------------------------------------------------------

SECOND = "CB99999002"
NOTICE = f"{DOWNLOADS}/SSHKeyExpireWarning.txt"
WRONG = "SHA256:" + "A" * 43
SHUT = made.pem(
    MINE, "PKCS8", b"x"
)  # shows nothing of what it is, so that a key of another type is its only fault
BEGIN, BODY = made.public_file(MINE)[:32], made.public_file(MINE)[32:]


def public(content: bytes) -> Callable[[Linux], object]:
    """Another public key file, with which the record and the private key agree as far as they show."""
    return both(put(PUBLIC, content), put(PRIVATE, SHUT), of_account(fingerprint=""))


def private(content: bytes) -> Callable[[Linux], object]:
    return put(PRIVATE, content)


def odd(content: bytes, what: str) -> Row:
    return Row("public key", Linux, ERROR, what, KEYS, public(content))


def bad(content: bytes, what: str) -> Row:
    return Row("private key", Linux, ERROR, what, KEYS, private(content))


def two_accounts(pc: Linux) -> None:
    """A second account with a pair of its own, whose files hold the first one's."""
    other = {**pc.account, "name": SECOND, "fingerprint": ""}
    pc.inventory["drill_participant"]["accounts"].append(other)
    files = {"public_key": f"{HOME}/{SECOND}.pub", "private_key": PRIVATE, "folders": [DOWNLOADS]}
    pc.inventory["drill_rap_keys"][SECOND] = files
    pc.put(f"{HOME}/{SECOND}.pub", made.public_file(MINE))


def openssh(data: bytes) -> bytes:
    lines = made.ssh2(data, []).decode().splitlines()[1:-1]
    marks = [f"-----{word} OPENSSH PRIVATE KEY-----" for word in ("BEGIN", "END")]
    return "\n".join([marks[0], *lines, marks[1], ""]).encode()


def pkcs1(data: bytes) -> bytes:
    return openssh(data).replace(b"OPENSSH", b"RSA")


STRING = b"\0\0\0\1x"
RAP_KEYS = [
    Row("name of the file", Linux, ERROR, "is named after its account", NAMES,
        both(put(f"{HOME}/rap.pub", made.public_file(MINE)),
             lambda pc: pc.inventory["drill_rap_keys"][ACCOUNT].update(public_key=f"{HOME}/rap.pub"))),
    Row("no public key", Linux, ERROR, "there is no public key", NOTHING, gone(PUBLIC)),
    Row("no private key", Linux, ERROR, "there is no private key", NOTHING, gone(PRIVATE)),
    Row("public key unread", Linux, ERROR, "the public key cannot be looked at", NOTHING, barred(PUBLIC)),
    Row("private key unread", Linux, ERROR, "the private key cannot be looked at", NOTHING, barred(PRIVATE)),
    Row("another form", Linux, ERROR, "in SSH2 form only", KEYS, put(PUBLIC, made.one_line(MINE))),
    Row("private for public", Linux, ERROR, "must never be sent", CONFIDENTIAL, put(PUBLIC, made.pem(MINE, "PKCS8"))),
    odd(made.SAMPLE, "its type is ssh-dss, and RAP takes only ssh-rsa"),
    odd(made.ssh2(made.rsa_blob((1 << 3072) - 1)), "it has 3072 bits"),
    odd(made.ssh2(made.rsa_blob((1 << 2048) - 2)), "its numbers are not those"),
    odd(made.ssh2(b"\0\0\0\0"), "its type is none that SSH knows"),
    odd(made.ssh2(b"\xff\xff\xff\xff"), "it holds no key"),
    odd(made.ssh2(made.rsa_blob((1 << 2048) - 1) + STRING), "it is not the whole of an RSA key"),
    odd(made.ssh2(made.rsa_blob((1 << 2048) - 1)[:-1]), "the key is cut off"),
    odd(made.ssh2(made.rsa_blob((1 << 2048) - 1, 0)), "not written as SSH writes it"),
    odd(b"", "it is empty"),
    odd(b"\xef\xbb\xbf" + made.public_file(MINE), "begins with a byte order mark"),
    odd(b"\0", "its first line is not"),
    odd(BEGIN, "it is cut off"),
    odd(made.public_file(MINE) + b"\n", "something stands behind its last line"),
    odd(made.ssh2(made.blob(MINE), width=76), "72 is the most"),
    odd(made.public_file(MINE).replace(b"\nAAAA", b"\n\nAAAA"), "is empty, or has blanks"),
    odd(made.ssh2(made.blob(MINE), ["Com ment: x"]), "is not written as Tag: text"),
    odd(made.ssh2(made.blob(MINE), ["x: " + "y" * 60 + "\\"] + ["y" * 70 + "\\"] * 14 + ["y" * 70]), "than 1024 bytes"),
    odd(b" " * (_rap_key_forms.LARGEST + 1), "and so no key"),
    odd(made.public_file(MINE).decode().encode("utf-16"), "it is in UTF-16"),
    odd(made.public_file(MINE).replace(b"AAAA", b"!!!!"), "is not base64"),
    Row("a key for two", NoRenewal, ERROR, f"it is the key of {ACCOUNT} too", KEYS, two_accounts),
    Row("keys recorded", NoRenewal, ERROR, f"before the drill it was {WRONG}", NO_RENEWAL,
        of_account(fingerprint=WRONG)),
    Row("keys recorded", Linux, INFO, f"was {WRONG} when it was recorded", NOTHING, of_account(fingerprint=WRONG)),
    Row("no MD5", Linux, INFO, "this system does not allow that", NOTHING,
        both(of_account(fingerprint=":".join(["00"] * 16)), has(md5=False))),
    Row("no date", Linux, INFO, "no date of registration", RENEWAL, of_account(registered=None)),
    Row("no clock", Linux, INFO, "the workstation tells no date", RENEWAL, has(clock="")),
    Row("a date to come", Linux, ERROR, "lies in the future", NOTHING, of_account(registered="2021-11-06")),
    Row("runs out", Linux, WARNING, "runs out in 60 days", RENEWAL, of_account(registered="2020-01-04")),
    Row("has run out", Linux, ERROR, "has run out (2021-11-04", RENEWAL, of_account(registered="2019-11-04")),
    Row("the warning", Linux, WARNING, "warns that the key runs out", RENEWAL, put(NOTICE, "")),
    Row("the warning unread", Linux, WARNING, "was not looked for: is not", RENEWAL, barred(NOTICE)),
    Row("no downloads", Linux, WARNING, "there is no such folder", RENEWAL, has(nowhere=DOWNLOADS)),
    Row("open to others", Linux, ERROR, "(mode 0644)", CONFIDENTIAL,
        put(PRIVATE, made.openssh(MINE), mode="0644 1001 1001")),
    bad(made.public_file(MINE), "it is an SSH2 public key, not a private one"),
    bad(b"-----BEGIN EC PRIVATE KEY-----\n", "RAP takes only RSA"),
    bad(made.openssh(MINE)[:90], "it is cut off"),
    bad(openssh(b"x"), "it is not the key that its first line says"),
    bad(openssh(b"openssh-key-v1\0" + STRING * 3 + b"\0\0\0\2"), "it does not hold one key"),
    bad(b"PuTTY-User-Key-File-3: ssh-rsa\n", "it has no public part"),
    bad(pkcs1(b"x"), "it holds no RSA key"),
    bad(pkcs1(b"\x30\x09x"), "the key is cut off"),
    Row("form unknown", Linux, WARNING, "it has no form that is known here", NOTHING, private(b"PK\3\4")),
    Row("passphrase", Linux, INFO, "with a passphrase does not show it", NOTHING, private(SHUT)),
    Row("another pair", Linux, ERROR, "does not belong to the public key", KEYS, private(made.openssh(NOT_MINE))),
    Row("left alone", OnWindows, INFO, "would have to leave this workstation", NOTHING, lambda pc: pc.keys()),
]  # fmt: skip
