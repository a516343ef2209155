# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at RAP keys tells nothing private, whatever stands in the files and in the options."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import rap_key
from ansible_collections.hkex.drill.plugins.module_utils.model import File, Refusal, Seen
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.windows.simulation import SimulatedMachine
from tests.unit import rap_keys as made
from tests.unit.module_process import run, tree
from tests.unit.rap_pc import (
    ACCOUNT,
    FINGERPRINT,
    MINE,
    NOT_MINE,
    TODAY,
    account,
    in_order,
    looked,
    play,
    put,
)


@pytest.fixture
def pc(tmp_path: Path) -> Path:
    return in_order(tmp_path)


# ---- bad input ---------------------------------------------------------------------------------------------------


BAD: list[tuple[dict[str, Any], str]] = [
    ({"accounts": []}, "accounts: it is empty"),
    ({"accounts": [{"name": ""}]}, "accounts[0].name: it is empty"),
    ({"accounts": [{}, {}]}, f"accounts[1].name: {ACCOUNT} stands there twice"),
    ({"accounts": [{"public_key": "rap.pub"}]}, "accounts[0].public_key: it is not an absolute path"),
    ({"accounts": [{"private_key": "hunter2"}]}, "accounts[0].private_key: it is not an absolute path"),
    (
        {"accounts": [{"private_key": r"C:\hunter2"}]},
        "accounts[0].private_key: it is not an absolute path on a POSIX work",
    ),
    ({"accounts": [{"folders": ["/", "x"]}]}, "accounts[0].folders[1]: it is not an absolute path"),
    ({"accounts": [{"registered": "18/11/2024"}]}, "accounts[0].registered: '18/11/2024' is no date"),
    ({"accounts": [{"registered": "2025-02-29"}]}, "accounts[0].registered: '2025-02-29' is no date"),
    ({"accounts": [{"recorded": "hunter2"}]}, "accounts[0].recorded: it is no fingerprint of a key"),
    ({"accounts": [{"recorded": "SHA256:hunter2"}]}, "accounts[0].recorded: it is no fingerprint of a key"),
    ({"today": "tomorrow"}, "today: 'tomorrow' is no date"),
]


@pytest.mark.parametrize(("given", "message"), BAD)
def test_bad_input_gives_one_message_that_repeats_no_secret(
    pc: Path, given: dict[str, Any], message: str
) -> None:
    accounts = [account(pc, **each) for each in given.pop("accounts", [{}])]
    told = looked(Posix(str(pc / "state")), accounts, **given)
    assert told["failed"] and told["msg"].startswith(message) and "hunter2" not in str(told)


def test_as_a_part_of_workstation_info_its_options_have_the_name_of_the_part() -> None:
    with pytest.raises(Refusal) as refused:
        rap_key.concern({"accounts": [], "renewal": "allowed"})
    assert refused.value.where == "rap_key.accounts"


def test_one_file_is_not_both(pc: Path) -> None:
    with pytest.raises(Refusal, match="it is the path of the public key"):
        rap_key.parse(
            {"accounts": [account(pc, private_key=str(pc / f"{ACCOUNT}.pub"))], "renewal": "allowed"}
        )


# ---- nothing private ---------------------------------------------------------------------------------------------


SECRET = b"hunter2-" + bytes(range(40, 80))
FORMS = {
    "OpenSSH": made.openssh(NOT_MINE, b"none", SECRET),
    "PuTTY": made.putty(NOT_MINE, 2, "none", SECRET).replace(b"Comment: rap", b"Comment: hunter2"),
    "PEM": made.pem(NOT_MINE, "TraditionalOpenSSL"),
    "PKCS8": made.pem(NOT_MINE, "PKCS8"),
    "encrypted": made.pem(NOT_MINE, "TraditionalOpenSSL", b"hunter2"),
    "cut off": made.openssh(NOT_MINE, b"none", SECRET)[:-60],
    "no key": b"hunter2\n" + SECRET,
    "in a header": made.ssh2(b"hunter2", ["Comment: hunter2", "hunter2: hunter2"]),
    "as a type": made.ssh2(made.rsa_blob(3, name=b"hunter2")),
    "one line": b"ssh-rsa hunter2 hunter2\n",
}


def secrets(content: bytes) -> set[str]:
    """What must not be told of a file: what was planted, and each line of it that is not the public key's."""
    public = base64.b64encode(made.blob(NOT_MINE)).decode()
    long = {line for line in content.decode("ascii", "replace").split() if len(line) > 30}
    numbers = NOT_MINE.private_numbers()
    planted = {
        "hunter2",
        base64.b64encode(SECRET).decode()[:30],
        str(numbers.d),
        f"{numbers.p:x}",
        f"{numbers.q:x}",
    }
    return planted | {line for line in long if line not in public}


@pytest.mark.parametrize("public", FORMS)
@pytest.mark.parametrize("private", FORMS)
def test_nothing_private_is_ever_told(pc: Path, public: str, private: str) -> None:
    put(pc / f"{ACCOUNT}.pub", FORMS[public])
    put(pc / "rap.key", FORMS[private], 0o644)
    told = json.dumps(play(pc, renewal="forbidden"))
    assert "findings" in told
    for secret in secrets(FORMS[public]) | secrets(FORMS[private]):
        assert secret not in told, secret


@settings(max_examples=60, deadline=None)
@given(public=st.binary(max_size=200), private=st.binary(max_size=200), mode=st.integers(0, 0o7777))
def test_any_files_come_to_findings_and_say_nothing_of_themselves(
    public: bytes, private: bytes, mode: int
) -> None:
    options = rap_key.parse({"accounts": [account(Path("/pc"))], "renewal": "forbidden", "today": TODAY})
    files: dict[str, File | None] = dict.fromkeys(rap_key.look(options, Seen()).files)
    files[f"/pc/{ACCOUNT}.pub"] = File(public, "0644 0:0")
    files["/pc/rap.key"] = File(private, f"{mode:04o} 1000:1000")
    found = rap_key.plan(options, Seen(files=files)).findings
    assert found and not rap_key.describe(options, Seen(files=files))["in_order"]
    assert any("others than its owner" in each.what for each in found) == bool(mode & 0o077)


def test_the_module_tells_it_and_keeps_nothing(pc: Path) -> None:
    put(pc / "rap.key", FORMS["PEM"])
    before = tree(pc)
    told = run(
        "rap_key_info", {"accounts": [account(pc)], "today": TODAY, "state_dir": str(pc / "state")}, diff=True
    )
    assert tree(pc) == before and "diff" not in told
    assert [each["what"].partition(":")[0] for each in told["findings"]] == [
        "it does not belong to the public key"
    ]
    assert not any(secret in json.dumps(told) for secret in secrets(FORMS["PEM"]))


# ---- Windows -----------------------------------------------------------------------------------------------------


def test_on_windows_no_private_key_leaves_the_workstation_and_that_is_said() -> None:
    folder = "C:\\RAP\\"
    files: dict[str, Any] = {
        f"{folder}{ACCOUNT}.pub": made.public_file(MINE).replace(b"\n", b"\r\n"),
        f"{folder}{ACCOUNT}.ppk": made.putty(NOT_MINE, private=SECRET),
        "D:\\Downloads\\SSHKeyExpireWarning.txt": b"",
    }
    box = SimulatedMachine("pc-02", files, [])
    answers = []

    def execute(request: str) -> str:
        answers.append(str(box.run("windows_io", {"request": request})["answer"]))
        return answers[-1]

    asked = account(
        Path("/pc"),
        public_key=f"{folder}{ACCOUNT}.pub",
        private_key=f"{folder}{ACCOUNT}.ppk",
        folders=["D:\\Downloads\\"],
    )
    told = looked(Windows(execute), [asked])
    assert len(box.requests) == 1 and f"{ACCOUNT}.ppk" not in json.dumps(box.requests)
    assert base64.b64encode(SECRET).decode()[:30] not in "".join(answers)
    left, warned = told["findings"]
    assert (left["level"], left["where"]) == ("info", f"{ACCOUNT}: {folder}{ACCOUNT}.ppk")
    assert "was looked at: for that it would have to leave" in left["what"] and FINGERPRINT in left["remedy"]
    assert (warned["level"], warned["where"]) == (
        "warning",
        f"{ACCOUNT}: D:\\Downloads\\SSHKeyExpireWarning.txt",
    )
    (described,) = told["rap_key"]["accounts"]
    assert (described["bits"], described["in_order"]) == (2048, True)
    assert (described["form"], described["owner_only"], described["pair"]) == (None, None, None)


def test_a_converted_key_is_not_written_in_utf_16_on_windows() -> None:
    path = f"C:\\RAP\\{ACCOUNT}.pub"
    box = SimulatedMachine("pc-02", {path: made.one_line(MINE)}, [])
    asked = account(Path("/pc"), public_key=path, private_key="C:\\RAP\\x.ppk", folders=[])
    workstation = Windows(lambda request: str(box.run("windows_io", {"request": request})["answer"]))
    told = looked(workstation, [asked])
    assert "in cmd: PowerShell would write UTF-16" in told["findings"][0]["remedy"]
