# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lists of preparations ask of a workstation, by circular and inventory."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils import bookmarks, machine, rap_key
from ansible_collections.hkex.drill.plugins.module_utils.looks import LOOKER
from ansible_collections.hkex.drill.plugins.plugin_utils.preparations import (
    fingerprints,
    preparations,
    pretended_day,
    rap_keys,
)

from tests.unit.test_pointing import DRILLS, NAMES, REHEARSAL, everywhere, workstation

NOW = "2021-11-05T09:00:00Z"
ACCOUNT = {
    "name": "CB99999001",
    "market": "hkscc",
    "workstations": {"pc": "10.135.0.1"},
    "fingerprint": "SHA256:lqSLzsO9uV24YnkDQQWTzGrhvQQ8J2VvKzGwm1gkaQI",
    "registered": date(2025, 5, 19),  # as YAML reads it
}
PARTICIPANT = {"kinds": ["general_clearing"], "accounts": [ACCOUNT]}
KEYS = {"CB99999001": {"public_key": "/k/CB99999001.pub", "private_key": "/k/CB99999001", "folders": ["/d"]}}


def asked(drill: str, access: str = "dns", **more: Any) -> dict[str, Any]:
    return preparations(DRILLS[drill], workstation(everywhere(access), **more), NOW)


def with_keys(drill: str) -> dict[str, Any]:
    return asked(drill, "ip_address", drill_participant=PARTICIPANT, drill_rap_keys=KEYS)


@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_what_is_asked_is_what_the_module_takes(drill: str) -> None:
    given = with_keys(drill) | asked(drill)
    valid = ArgumentSpecValidator(**LOOKER.takes).validate(given)
    assert not valid.error_messages
    params = valid.validated_parameters
    assert machine.concern(params["machine"]).name == "machine"
    assert rap_key.concern(with_keys(drill)["rap_key"] | {"today": None}) if "rap_key" in given else True
    assert params["bookmarks"] is None or bookmarks.concern(params["bookmarks"]).name == "bookmarks"


def test_the_clock_is_the_controllers_and_proxies_are_held_against_the_names_of_dns() -> None:
    assert asked(REHEARSAL)["machine"] == {"now": NOW, "names": sorted([*NAMES, "www.ccass.com"])}
    assert asked(REHEARSAL, "host_table")["machine"]["names"] == []  # the host table tells its own


def test_bookmarks_are_looked_at_where_the_circular_speaks_of_them_and_var_online_is_used() -> None:
    told = asked(REHEARSAL)["bookmarks"]
    assert told["browsers"] == ["chrome"]
    assert {site["name"]: site["addresses"] for site in told["sites"]} == {
        name: [f"10.243.2.{host}", f"10.243.66.{host}"]
        for name, host in NAMES.items()
        if not name.startswith("rapcc")
    }
    assert {site["url"] for site in told["sites"]} == {"https://rmcd.hkexposttrade.com.hk"}
    without = preparations(DRILLS[REHEARSAL], workstation({"rap": "dns"}), NOW)
    assert "bookmarks" not in without
    assert [drill for drill in sorted(DRILLS) if "bookmarks" in asked(drill)] == [REHEARSAL]


def test_the_inventory_says_which_browsers_there_must_be_if_not_the_circulars() -> None:
    assert asked(REHEARSAL, drill_browsers=["edge"])["bookmarks"]["browsers"] == ["edge"]
    assert asked(REHEARSAL, drill_browsers=[])["bookmarks"]["browsers"] == []


@pytest.mark.parametrize("drill", sorted(DRILLS))
def test_keys_are_looked_at_where_the_inventory_says_they_lie_and_renewal_as_the_circular_says(
    drill: str,
) -> None:
    told = with_keys(drill).get("rap_key")
    if "hkscc" not in DRILLS[drill].markets:
        assert told is None
        return
    assert told is not None
    (account,) = told["accounts"]
    assert account == {
        "name": "CB99999001",
        **KEYS["CB99999001"],
        "registered": "2025-05-19",
        "recorded": ACCOUNT["fingerprint"],
    }
    forbidden = any(each["id"] == "renew-keys" for each in DRILLS[drill].data["forbidden"])
    assert told["renewal"] == ("forbidden" if forbidden else "allowed")


def test_without_a_place_no_key_is_looked_for() -> None:
    assert "rap_key" not in asked(REHEARSAL)


def test_on_the_day_the_key_is_held_against_what_pre_drill_has_seen() -> None:
    mine = workstation({"rap": "ip_address"}, drill_participant=PARTICIPANT, drill_rap_keys=KEYS)
    drill = DRILLS["2025-06-21-rap-practice-session"]
    (account,) = rap_keys(drill, mine, {"CB99999001": "SHA256:seen"})["accounts"]
    assert account["recorded"] == "SHA256:seen"
    (account,) = rap_keys(drill, mine, {"CB99999002": "SHA256:seen"})["accounts"]
    assert account["recorded"] == ACCOUNT["fingerprint"]


@pytest.mark.parametrize(
    ("now", "pretend", "day"),
    [
        ("2025-06-20T15:59:00+00:00", True, "2025-06-20"),
        ("2025-06-20T16:00:00+00:00", True, "2025-06-21"),  # midnight in Hong Kong
        ("2025-06-21T09:00:00+08:00", True, "2025-06-21"),
        ("2025-06-21T09:00:00+08:00", False, None),
    ],
)
def test_the_age_of_keys_goes_by_the_time_that_the_run_pretends(
    now: str, pretend: bool, day: str | None
) -> None:
    mine = workstation({"rap": "ip_address"}, drill_participant=PARTICIPANT, drill_rap_keys=KEYS)
    drill = DRILLS["2025-06-21-rap-practice-session"]
    today = pretended_day({"now": now, "pretend": pretend})
    for asked in (preparations(drill, mine, NOW, today)["rap_key"], rap_keys(drill, mine, {}, today)):
        assert asked.get("today") == day
        assert rap_key.parse(asked).today == (date.fromisoformat(day) if day else None)
    assert preparations(drill, mine, NOW, today)["machine"]["now"] == NOW


def test_the_keys_that_were_seen_are_recorded_by_account() -> None:
    accounts = [{"name": "A", "sha256": "SHA256:a"}, {"name": "B", "sha256": None}]
    assert fingerprints({"rap_key": {"accounts": accounts}}) == {"A": "SHA256:a"}
    assert fingerprints({}) == {}
