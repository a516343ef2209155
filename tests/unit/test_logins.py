# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who logs on to RAP as part of a status, where, and what is downloaded."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import WARNING
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, logins
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load

from tests.unit.host_keys import TEXTS

KEY = TEXTS["ssh-ed25519"]
DRILLS = {name: load(DIRECTORY, name) for name in available(DIRECTORY)}
REHEARSAL = DRILLS["2021-11-06-ccass-failover-rehearsal"]
PRACTICE = DRILLS["2025-06-21-rap-practice-session"]
RAP = "rapcc.hkexposttrade.com.hk"
HKSCC, DERIVATIVES = "CA10001001", "DCSBF001"


def workstation(name: str = "pc-1", **more: Any) -> fleet.Workstation:
    accounts = [
        {"name": HKSCC, "market": "hkscc", "workstations": {"pc-1": "10.135.0.1", "pc-2": "10.135.0.2"}},
        {"name": DERIVATIVES, "market": "derivatives", "workstations": {"pc-1": "10.151.20.1"}},
    ]
    given = {
        "drill_markets": ["hkscc", "derivatives"],
        "drill_participant": {"kinds": ["general_clearing", "hkcc"], "accounts": accounts},
        "drill_access": {"rap": "ip_address", "ccass": "dns", "var_online": "dns"},
        "drill_rap_keys": {each["name"]: {"public_key": "/k.pub", "private_key": "/k"} for each in accounts},
        "drill_host_keys": {f"10.{net}.141": [KEY] for net in ("243.2", "243.66", "151.14", "152.14")},
        **more,
    }
    return fleet.workstation(name, given)


def asked(centre: str = "secondary", window: str | None = "part-1", **more: Any) -> list[dict[str, Any]]:
    options, _left = logins.log_on(PRACTICE, workstation(**more), centre, window, {})
    return list(options.get("endpoints", ()))


def test_each_account_logs_on_where_its_market_is_and_at_verified_servers_only() -> None:
    options, left = logins.log_on(PRACTICE, workstation(), "secondary", "part-1", {})
    assert [(each["address"], each["login"]["account"]) for each in options["endpoints"]] == [
        ("10.243.66.141", HKSCC),
        ("10.152.14.141", DERIVATIVES),
    ]
    assert [each.where for each in left] == [f"{HKSCC} at 10.243.66.142", f"{DERIVATIVES} at 10.152.14.142"]
    assert {each.level for each in left} == {WARNING}
    assert all("no key of this server has been verified" in each.what for each in left)


def test_at_primary_it_is_primarys_servers() -> None:
    assert [each["address"] for each in asked("primary")] == ["10.243.2.141", "10.151.14.141"]


@pytest.mark.parametrize(("window", "how_many"), [("part-1", "all"), ("part-2", "none"), (None, "2")])
def test_what_is_downloaded_the_window_says(window: str | None, how_many: str) -> None:
    assert {each["login"]["how_many"] for each in asked(window=window)} == {how_many}


def test_only_a_registered_workstation_logs_on() -> None:
    assert {each["login"]["account"] for each in asked(name="pc-2")} == {HKSCC}
    assert logins.log_on(PRACTICE, workstation("pc-3"), "secondary", "part-1", {}) == ({}, [])
    assert asked(drill_access={"var_online": "dns"}) == []


def test_without_its_private_key_nobody_logs_on_and_it_is_said() -> None:
    options, left = logins.log_on(PRACTICE, workstation(drill_rap_keys={}), "secondary", "part-1", {})
    assert options == {}
    assert ["drill_rap_keys" in each.what for each in left] == [True, True]


def test_a_windows_workstation_logs_on_as_any_other() -> None:
    assert asked(ansible_connection="psrp") == asked() != []


def test_the_reports_are_those_of_the_inventory() -> None:
    assert asked()[0]["login"]["reports"] == ["inbox/*"]
    assert asked(drill_rap_reports=["ccass/*.zip"])[0]["login"]["reports"] == ["ccass/*.zip"]


def test_ccass_comes_first_where_the_circular_orders_it() -> None:
    rows = {
        "pc-1": [{"system": "ccass", "service": "ok"}, {"system": "rap", "service": "failed"}],
        "pc-8": [{"system": "ccass", "service": "failed"}],
        "pc-9": [{"system": "ccass", "service": "-"}],
        "rap": [{"system": "rap", "service": "failed"}],
    }
    taking_part = dict.fromkeys([*rows, "off"], workstation(drill_access={"ccass": "dns"}))
    taking_part["rap"] = workstation(drill_access={"rap": "dns"})
    before = logins.unproved(REHEARSAL, {**taking_part, "mistyped": None}, rows)
    assert before == {"pc-8": "failed", "pc-9": "-", "off": "not looked at", "mistyped": "not read"}
    assert logins.unproved(PRACTICE, taking_part, rows) == {}
    at_dns = workstation(
        drill_access={"rap": "dns", "ccass": "dns"}, drill_host_keys={RAP: [KEY]}, drill_markets=["hkscc"]
    )
    options, (left,) = logins.log_on(REHEARSAL, at_dns, "secondary", "session-2", before)
    assert options == {}
    assert (
        "CCASS is not proved on mistyped (not read), off (not looked at), pc-8 (failed), pc-9 (-)"
        in left.what
    )
    assert "3.1 c)" in left.what
    options, none = logins.log_on(REHEARSAL, at_dns, "secondary", "session-2", {})
    assert [each["name"] for each in options["endpoints"]] == [RAP]
    assert none == []


def told(*logged: bool | None) -> dict[str, Any]:
    def login(ok: bool | None) -> dict[str, Any] | None:
        return None if ok is None else {"account": HKSCC, "ok": ok, "what": "the key is refused"}

    endpoints = [
        {"name": None, "address": f"10.243.66.14{number}", "login": login(ok)}
        for number, ok in enumerate(logged)
    ]
    return {"services": {"endpoints": endpoints}}


def test_a_failed_login_fails_the_row_of_rap_and_is_named() -> None:
    for logged, service in (((True, True), "ok"), ((True, False), "failed")):
        rows = logins.rows(PRACTICE, workstation(), told(*logged))
        assert [(row["system"], row["service"]) for row in rows] == [("rap", service)]
    assert logins.rows(PRACTICE, workstation(), {}) == []
    assert logins.astray(told(True, None), []) == []
    assert logins.astray(told(False), []) == [f"log-on with {HKSCC} at 10.243.66.140 (the key is refused)"]
    _none, left = logins.log_on(PRACTICE, workstation(drill_rap_keys={}), "secondary", "part-1", {})
    assert logins.astray({}, left[:1])[0].startswith(f"log-on of {HKSCC} (nobody was logged on")
