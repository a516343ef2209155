# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drill files against the second table, and that they hold together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from ipaddress import IPv4Address
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill, available, load

from tests.unit import drills_table as table

DRILLS = Path(__file__).parents[2] / "drills"
NAMES = (table.TEST, table.REHEARSAL, table.SESSIONS, table.PRACTICE, table.CONTINGENCY)

each_drill = pytest.mark.parametrize("name", NAMES)


@cache
def drill(name: str) -> Drill:
    return load(DRILLS, name)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{at}]")
    else:
        yield path, value


def test_five_drills_stand_there() -> None:
    assert available(DRILLS) == tuple(sorted(NAMES))


# --- against the second table -----------------------------------------------------------------------------------


@each_drill
def test_dates(name: str) -> None:
    raw = drill(name).data["occurrences"]
    assert tuple((item["date"], item.get("registration_deadline")) for item in raw) == tuple(
        (day, deadline) for day, _, deadline, _ in table.OCCURRENCES[name]
    )
    assert [item.day.isoformat() for item in drill(name).occurrences] == [item["date"] for item in raw]
    for day, weekday, deadline, weekday_of_deadline in table.OCCURRENCES[name]:
        assert date.fromisoformat(day).strftime("%A") == weekday
        if deadline:
            assert date.fromisoformat(deadline).strftime("%A") == weekday_of_deadline


@each_drill
def test_windows(name: str) -> None:
    assert table.WINDOWS[name] == tuple(
        (f"{item.start:%H:%M}", f"{item.end:%H:%M}", item.kind, item.data_centre, item.optional)
        for item in drill(name).windows
    )


def test_a_window_is_of_the_day_in_hong_kong() -> None:
    start, end = drill(table.REHEARSAL).windows[3].on(date(2021, 11, 6))
    assert start == datetime.fromisoformat("2021-11-06T06:30:00+00:00")
    assert end == datetime(2021, 11, 6, 16, 0, tzinfo=HONG_KONG)


@each_drill
def test_addresses_names_and_ports(name: str) -> None:
    found = []
    for item in drill(name).endpoints:
        primary = item.addresses.get("primary", (None,))
        secondary = item.addresses.get("secondary", (None,) * len(primary))
        pairs = zip(primary, secondary, strict=True)
        found += [(item.system, item.market, item.name, item.port, *pair) for pair in pairs]
    assert tuple(found) == table.ADDRESSES[name]


@each_drill
def test_no_address_stands_anywhere_else(name: str) -> None:
    """Also not in a text: whatever looks like an address is one of the table's."""
    known = {address for row in table.ADDRESSES[name] for address in row[4:]}
    known |= {address for row in table.DNS[name] for address in row[1:3]}
    known |= {network.partition("/")[0] for _, network in table.NETWORKS[name]}
    text = (DRILLS / f"{name}.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", text)) == known - {None}


@each_drill
def test_access_and_proof(name: str) -> None:
    found = {(name, item.system): (item.access, item.proof) for item in drill(name).endpoints}
    assert found == {key: value for key, value in table.ACCESS.items() if key[0] == name}
    assert len({(item.system, item.access, item.proof) for item in drill(name).endpoints}) == len(found)


@each_drill
def test_dns_servers_and_networks(name: str) -> None:
    servers = drill(name).dns_servers
    assert table.DNS[name] == tuple((s.market, s.preferred, s.alternate, s.port) for s in servers)
    assert table.NETWORKS[name] == tuple((item.market, item.range) for item in drill(name).networks)


@each_drill
def test_weather(name: str) -> None:
    assert table.WEATHER[name] == tuple(
        (
            item.signals,
            f"{item.start:%H:%M}" if item.start else None,
            f"{item.end:%H:%M}" if item.end else None,
            item.in_force,
            item.effect,
            item.after_minutes,
        )
        for item in drill(name).weather
    )


@each_drill
def test_participants_and_their_limits(name: str) -> None:
    found = []
    for item in drill(name).data["participants"]:
        limits = item.get("limits", {})
        row = item["market"], tuple(item["kinds"]), tuple(item["systems"])
        found.append((*row, limits.get("accounts"), limits.get("workstations_per_account")))
        assert not limits or ("assumed" in limits) == (name not in (table.PRACTICE, table.CONTINGENCY))
    assert tuple(found) == table.PARTICIPANTS[name]


@pytest.mark.parametrize("name", [table.PRACTICE, table.CONTINGENCY])
@pytest.mark.parametrize(("who", "right", "wrong"), table.ACCOUNTS)
def test_account_names(
    name: str, who: tuple[str, str], right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    (pattern,) = (
        item["account_name"]["pattern"]
        for item in drill(name).data["participants"]
        if item["market"] == who[0] and who[1] in item["kinds"]
    )
    assert all(re.search(pattern, account) for account in right)
    assert not any(re.search(pattern, account) for account in wrong)


@pytest.mark.parametrize("name", table.SCREENS)
def test_words_on_the_screen(name: str) -> None:
    windows = {item.id: f"{item.kind} {item.data_centre}" for item in drill(name).windows}
    found = {
        (system["id"], windows[item["window"]], item["sign"])
        for system in drill(name).data["systems"]
        for item in system["signs"]
    }
    assert set(table.SCREENS[name]) <= found


@each_drill
def test_reports(name: str) -> None:
    found = [
        (item["code"], day)
        for item in drill(name).data["reports"]
        if "code" in item
        for day in item.get("dated", [None])
    ]
    assert tuple(found) == table.REPORTS[name]


@each_drill
def test_deadlines_and_events(name: str) -> None:
    data = drill(name).data
    assert tuple(item["by"] for item in data["deadlines"]) == table.DEADLINES[name]
    assert tuple((item.get("from"), item.get("to")) for item in data["events"]) == table.EVENTS[name]


@each_drill
def test_contacts(name: str) -> None:
    found = [
        re.sub(r"[ -]", "", item["value"]) if item["channel"] in ("phone", "fax") else item["value"]
        for item in drill(name).data["contacts"]
        if item["channel"] != "web"
    ]
    assert tuple(found) == table.REACHED_AT[name]


@each_drill
def test_circular(name: str) -> None:
    circular = drill(name).data["circular"]
    earlier = tuple((item["reference"], item["issued"]) for item in circular.get("refers_to", []))
    assert ((circular.get("reference"), circular.get("issued")), earlier) == table.CIRCULARS[name]


# --- what they must be ------------------------------------------------------------------------------------------


@each_drill
def test_every_text_says_something(name: str) -> None:
    texts = {path: value for path, value in leaves(drill(name).data) if isinstance(value, str)}
    assert [path for path, value in texts.items() if value != value.strip() or not value] == []
    sources = [value for path, value in texts.items() if path.endswith(".source") or ".sources[" in path]
    assert len(sources) > 20
    assert all(re.match(r"(Circular|Information Package|OCP briefing video)", value) for value in sources)


def test_three_generations_of_rap_stand_side_by_side() -> None:
    rap = {
        name: {
            address
            for item in drill(name).endpoints
            if item.system == "rap"
            for addresses in item.addresses.values()
            for address in addresses
        }
        for name in NAMES
    }
    assert [len(rap[name]) for name in NAMES] == [2, 2, 4, 8, 8]
    for one, other in combinations((table.TEST, table.REHEARSAL, table.PRACTICE), 2):
        assert not rap[one] & rap[other]
    assert rap[table.SESSIONS] < rap[table.PRACTICE] == rap[table.CONTINGENCY]
    assert all(IPv4Address(address).is_private for addresses in rap.values() for address in addresses)


def test_contingency_knows_no_name_and_no_day() -> None:
    contingency = drill(table.CONTINGENCY)
    assert [item.name for item in contingency.endpoints] == [None, None]
    assert {item.system for item in contingency.endpoints} == {"rap"}
    assert contingency.has_secondary
    assert not (
        contingency.occurrences or contingency.windows or contingency.weather or contingency.dns_servers
    )
    assert "hkexposttrade" not in (DRILLS / "contingency.yml").read_text(encoding="utf-8")


def test_only_the_rehearsal_knows_host_names_of_rap() -> None:
    assert [name for name in NAMES if any(e.system == "rap" and e.name for e in drill(name).endpoints)] == [
        table.REHEARSAL
    ]


def test_the_test_of_august_2021_has_no_secondary() -> None:
    assert not drill(table.TEST).has_secondary
    assert all("secondary" not in item.addresses for item in drill(table.TEST).endpoints)
    assert all(drill(name).has_secondary for name in NAMES if name != table.TEST)


def test_known_contradictions_are_recorded() -> None:
    found = {(name, item["id"]) for name in NAMES for item in drill(name).data["discrepancies"]}
    assert found >= {
        (table.PRACTICE, "weekday-of-deadline"),
        (table.PRACTICE, "weather-overlap"),
        (table.SESSIONS, "hotline-hour"),
        (table.SESSIONS, "weather-overlap"),
        (table.REHEARSAL, "session-1-sign"),
        (table.REHEARSAL, "session-1-data-centre"),
        (table.REHEARSAL, "confirmation-deadline"),
        (table.REHEARSAL, "ati-report-in-session-1"),
        (table.TEST, "after-the-upgrade"),
        (table.CONTINGENCY, "sample-key"),
    }


@each_drill
def test_toolkit_and_people_have_work(name: str) -> None:
    """Signs are for people: no item that asks to log on is the toolkit's."""
    items = drill(name).data["checklists"]
    assert {item["who"] for item in items} == {"person", "toolkit"}
    assert [
        item["id"] for item in items if item["who"] == "toolkit" and "log on" in item["text"].lower()
    ] == []
