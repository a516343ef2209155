# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status logs on to RAP where that is asked for: registered workstations only, one at a time, CCASS first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.integration.play import GAP, OFF, TABLE, Sandbox, exchange, fleet
from tests.integration.play_windows import UNSET, machine
from tests.lab.exchange import Exchange
from tests.lab.windows import WindowsFleet
from tests.lab.windows.volume import WindowsFile

ACCOUNT, RAP = "CA00001001", "rapcc.hkexposttrade.com.hk"
SERVING, EVENING = "2021-11-06T14:35", "2021-11-06T22:35"
REGISTERED = ("pc-1", "pc-2")
HERE = "--limit=!away"


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Exchange, Sandbox, Path]]:
    folder = tmp_path_factory.mktemp("log-on")
    key = folder / ACCOUNT
    make_key(key, folder / "exchange")
    with exchange(folder) as lab:
        lab.serve("secondary")
        own = (lab.folder / "secondary" / "host_key.pub").read_text(encoding="ascii").strip()
        account = {
            "name": ACCOUNT,
            "market": "hkscc",
            "workstations": dict.fromkeys(REGISTERED, "127.135.0.1"),
        }
        participant = {"name": "Sandbox", "kinds": ["general_clearing"], "accounts": [account]}
        keys = {ACCOUNT: {"public_key": f"{key}.pub", "private_key": str(key)}}
        common = {"drill_participant": participant, "drill_host_keys": {RAP: [own]}, "drill_access": TABLE}
        hosts: dict[str, dict[str, Any]] = {name: {**common, "drill_rap_keys": keys} for name in REGISTERED}
        hosts["pc-3"] = {**common, "drill_rap_keys": keys}
        hosts["terminal"] = {**common, "drill_access": {"ccass": "dns"}}
        hosts["away"] = {**hosts["terminal"], **OFF}
        box = fleet(folder, hosts)
        assert box.phase("to-secondary", GAP, HERE).code == 0
        yield lab, box, key


def make_key(path: Path, lab: Path) -> None:
    """A key pair as RAP takes them, registered at the exchange."""
    pair = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    pair.write_private_key(path)
    path.chmod(0o600)
    pair.write_public_key(f"{path}.pub", "rfc4716")
    (lab / "accounts").mkdir(parents=True, exist_ok=True)
    pair.write_public_key(lab / "accounts" / f"{ACCOUNT}.pub")


def attempts(lab: Exchange) -> tuple[int, int]:
    told = lab.logins().get(ACCOUNT)
    return (told.accepted, told.refused) if told else (0, 0)


def test_who_is_registered_logs_on_one_after_the_other_and_the_rest_does_not(
    playing: tuple[Exchange, Sandbox, Path],
) -> None:
    lab, box, _key = playing
    assert attempts(lab) == (0, 0)
    assert box.phase("status", SERVING, HERE).code == 0
    assert attempts(lab) == (0, 0), "it is opt-in"
    ran = box.phase("status", SERVING, HERE, "--forks=4", drill_log_on=True)
    assert ran.code == 0, ran.said
    assert attempts(lab) == (2, 0)
    logged = [result["logins"] for result in box.results()["pc-1"] if "logins" in result]
    assert [(login["account"], login["ok"]) for login in logged[0]] == [(ACCOUNT, True)]
    assert len(logged[0][0]["reports"]) == 2 and "from 127." in logged[0][0]["what"]
    assert ran.table()["pc-1", "RAP", "host_table"][-1] == "ok"


def test_from_windows_it_lists_and_fetches_in_two_logins(
    playing: tuple[Exchange, Sandbox, Path], tmp_path: Path
) -> None:
    lab, _box, key = playing
    one, there, before = machine("pc-1"), r"C:\RAP\the key", attempts(lab)
    one.put(there, WindowsFile(key.read_bytes()))
    own = (lab.folder / "secondary" / "host_key.pub").read_text(encoding="ascii").strip()
    account = {"name": ACCOUNT, "market": "hkscc", "workstations": {"pc-1": "127.135.0.20"}}
    with WindowsFleet(tmp_path / "windows", [one]) as stand_in:
        variables = {
            **UNSET,
            **stand_in.variables("pc-1"),
            "drill_access": {"rap": "host_table"},
            "drill_participant": {"name": "Sandbox", "kinds": ["general_clearing"], "accounts": [account]},
            "drill_host_keys": {RAP: [own]},
            "drill_rap_keys": {ACCOUNT: {"public_key": f"{there}.pub", "private_key": there}},
        }
        box = fleet(tmp_path, {"pc-1": variables})
        assert box.phase("to-secondary", GAP).code == 0
        ran = box.phase("status", SERVING, drill_log_on=True)
    (logged,) = [result["logins"] for result in box.results()["pc-1"] if "logins" in result]
    assert [(login["ok"], len(login["reports"])) for login in logged] == [(True, 2)], ran.said
    assert "from 127.135.0.20: logged on, listed" in logged[0]["what"]
    assert ran.table()["pc-1", "RAP", "host_table"][-1] == "ok", ran.said
    assert attempts(lab) == (before[0] + 2, before[1])


def test_nobody_logs_on_before_ccass_is_proved(playing: tuple[Exchange, Sandbox, Path]) -> None:
    lab, box, _key = playing
    before = attempts(lab)
    ran = box.phase("status", SERVING, HERE, drill_log_on=True, drill_ca="")
    assert ran.code == 2
    assert attempts(lab) == before
    assert "nobody was logged on, because CCASS is not proved on terminal (failed)" in ran.text
    assert "3.1 c)" in ran.text


def test_a_terminal_that_cannot_be_reached_is_not_proved_either(
    playing: tuple[Exchange, Sandbox, Path],
) -> None:
    lab, box, _key = playing
    before = attempts(lab)
    ran = box.phase("status", SERVING, drill_log_on=True)
    assert ran.code == 4
    assert attempts(lab) == before
    assert "CCASS is not proved on away (not looked at)" in ran.text


def test_a_key_that_is_refused_fails_the_status_and_says_what_to_do(
    playing: tuple[Exchange, Sandbox, Path],
) -> None:
    lab, box, key = playing
    registered = lab.folder / "accounts" / f"{ACCOUNT}.pub"
    there = registered.read_bytes()
    registered.write_bytes((lab.folder / "secondary" / "host_key.pub").read_bytes())
    ran = box.phase("status", SERVING, "--limit=pc-1,terminal", drill_log_on=True)
    registered.write_bytes(there)
    assert ran.code == 2
    assert ran.table()["pc-1", "RAP", "host_table"][-1] == "failed"
    assert f"log-on with {ACCOUNT} at" in ran.text
    assert "The key is refused: see whether its public half" in ran.text
    assert key.read_text(encoding="ascii").splitlines()[1] not in ran.said


def test_while_nothing_serves_nobody_logs_on(playing: tuple[Exchange, Sandbox, Path]) -> None:
    lab, box, _key = playing
    before = attempts(lab)
    assert box.phase("status", GAP, HERE, drill_log_on=True).code == 0
    assert attempts(lab) == before


def test_a_key_that_was_renewed_during_the_drill_is_named(tmp_path: Path) -> None:
    key = tmp_path / ACCOUNT
    make_key(key, tmp_path / "exchange")
    account = {"name": ACCOUNT, "market": "hkscc", "workstations": {"pc-1": "127.135.0.1"}}
    own = {
        "drill_access": {"rap": "ip_address"},
        "drill_participant": {"name": "Sandbox", "kinds": ["general_clearing"], "accounts": [account]},
        "drill_rap_keys": {ACCOUNT: {"public_key": f"{key}.pub", "private_key": str(key)}},
        "drill": "2025-06-21-rap-practice-session",
    }
    box = fleet(tmp_path, {"pc-1": own})
    assert box.phase("pre-drill", "2025-06-20T17:00", drill_force="the lab serves nothing").code == 0
    seen = next(result["rap_keys"] for result in box.results()["pc-1"] if "rap_keys" in result)
    assert list(seen) == [ACCOUNT]
    between = "2025-06-21T16:30"
    well = box.phase("status", between)
    assert "keys are not renewed" not in well.text
    make_key(key, tmp_path / "exchange")
    ran = box.phase("status", between)
    assert ran.code == 2
    assert f"and before the drill it was {seen[ACCOUNT]}: keys are not renewed during it" in ran.text
