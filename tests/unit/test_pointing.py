# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From circular and inventory to what is asked of a workstation, and from its answer to the table."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils import aims, fleet, pointing
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, Drill, available, load
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.host_keys import TEXTS

ED25519, RSA = TEXTS["ssh-ed25519"], TEXTS["ssh-rsa"]
REHEARSAL = "2021-11-06-ccass-failover-rehearsal"
NAMES = {
    "rapcc.hkexposttrade.com.hk": "51",
    "rmcd.hkexposttrade.com.hk": "32",
    "sso.hkexposttrade.com.hk": "15",
    "idm.hkexposttrade.com.hk": "14",
}
DRILLS = {name: load(DIRECTORY, name) for name in available(DIRECTORY)}


def workstation(access: dict[str, Any], **more: Any) -> fleet.Workstation:
    variables = {
        "drill_markets": ["hkscc", "derivatives"],
        "drill_participant": {"kinds": ["general_clearing", "hkcc", "seoch"]},
        "drill_access": access,
        **more,
    }
    return fleet.workstation("pc", variables)


def everywhere(access: str) -> dict[str, Any]:
    return dict.fromkeys(fleet.SYSTEMS, access)


@pytest.mark.parametrize(("centre", "site"), [("primary", "2"), ("secondary", "66")])
def test_by_host_table_the_circulars_table_is_asked_for(centre: str, site: str) -> None:
    asked = aims.wishes(DRILLS[REHEARSAL], workstation(everywhere("host_table")), centre)
    assert {entry["name"]: entry["address"] for entry in asked["host_table"]["entries"]} == {
        name: f"10.243.{site}.{host}" for name, host in NAMES.items()
    }
    assert "dns_servers" not in asked


def test_by_dns_the_servers_are_asked_for_and_no_line_may_override_them() -> None:
    asked = aims.wishes(DRILLS[REHEARSAL], workstation(everywhere("dns")), "secondary")
    assert asked["dns_servers"]["servers"] == ["10.243.1.1", "10.243.65.1"]
    assert asked["dns_servers"]["networks"] == ["10.135.0.0/16", "10.136.0.0/16", "10.176.0.0/14"]
    assert asked["host_table"]["entries"] == []
    assert set(asked["host_table"]["leftovers"]) == {*NAMES, "www.ccass.com"}
    assert asked["host_table"]["leftovers_state"] == "reported"
    removing = workstation(everywhere("dns"), drill_remove_leftovers=True)
    assert aims.wishes(DRILLS[REHEARSAL], removing, "primary")["host_table"]["leftovers_state"] == "absent"


def test_the_way_back_asks_for_neither_dns_servers_nor_leftovers() -> None:
    access = {"rap": "host_table", "var_online": "dns", "ccass": "dns"}
    asked = aims.wishes(DRILLS[REHEARSAL], workstation(access), "primary", dns=False)
    assert asked.keys() == {"host_table", "sftp_client"} and asked["host_table"]["leftovers"] == []
    asked = aims.wishes(DRILLS[REHEARSAL], workstation(everywhere("dns")), "primary", dns=False)
    assert asked.keys() == {"sftp_client"}


def test_a_configuration_that_failed_says_why() -> None:
    drill = DRILLS[REHEARSAL]
    here, there = workstation({"rap": "host_table"}), workstation({"rap": "dns"})

    def said(of: fleet.Workstation, described: dict[str, Any], wanted: str | None) -> list[str]:
        return [each["what"] for each in pointing.findings(drill, of, wanted, described) if each["remedy"]]

    def table(address: str | None) -> dict[str, Any]:
        names = {"rapcc.hkexposttrade.com.hk": {"address": address}} if address else {}
        return {"host_table": {"names": names}}

    assert said(here, table(None), None) == ["it leads to no data centre"]
    assert said(here, table("10.243.2.51"), "secondary") == ["it leads to the primary data centre"]
    assert said(here, table("10.243.2.51"), None) == said(here, table("10.243.2.51"), "primary") == []
    servers = {"host_table": {"names": {}}, "dns_servers": {"servers": ["192.0.2.53"], "as_asked": False}}
    assert said(there, servers, None) == ["its DNS servers are 192.0.2.53, not the exchange's"]
    before_the_write = pointing.findings(drill, here, "primary", table(None), settled=False)
    assert before_the_write == []


@pytest.mark.parametrize("drill", [drill for name, drill in DRILLS.items() if name != REHEARSAL])
@pytest.mark.parametrize("access", fleet.ACCESS)
def test_no_other_circular_ever_asks_for_a_host_table_entry_or_dns_servers(drill: Drill, access: str) -> None:
    for centre in ("primary", "secondary"):
        asked = aims.wishes(drill, workstation(everywhere(access)), centre)
        assert asked.get("host_table", {}).get("entries", []) == [] and "dns_servers" not in asked


def test_only_what_is_meant_for_the_participants_kind_and_the_workstations_markets() -> None:
    def systems(**more: Any) -> set[str]:
        return {aim.system for aim in aims.aims(DRILLS[REHEARSAL], workstation(everywhere("dns"), **more))}

    assert systems() == {"ccass", "rap", "var_online"}
    assert systems(drill_participant={"kinds": ["custodian"]}) == {"ccass"}
    assert systems(drill_markets=["derivatives"]) == set()
    assert {aim.system for aim in aims.aims(DRILLS[REHEARSAL], workstation({"rap": "dns"}))} == {"rap"}


SECOND_SITE = {
    "contingency": ["10.243.66.141", "10.243.66.142", "10.152.14.141", "10.152.14.142"],
    REHEARSAL: ["10.243.66.51"],
}


@pytest.mark.parametrize(("name", "addresses"), SECOND_SITE.items())
def test_where_no_client_stores_the_address_people_are_told_what_to_set(
    name: str, addresses: list[str]
) -> None:
    pc = workstation({"rap": "ip_address"})
    (row,) = pointing.rows(DRILLS[name], pc, "secondary", {"sftp_client": {"sites": [], "pending": False}})
    assert (row["points_at"], row["configuration"], row["service"]) == ("unknown", "pending", "-")
    (finding,) = pointing.findings(DRILLS[name], pc, "secondary", {})
    assert finding["level"] == "pending" and all(address in finding["remedy"] for address in addresses)


def test_a_stored_address_becomes_its_twin_of_the_same_place_in_the_circular() -> None:
    pc = workstation({"rap": "ip_address"}, drill_sftp_users=["chan"], drill_sftp_config_dir="/srv/fz")
    asked = aims.wishes(DRILLS["contingency"], pc, "secondary", stale=("10.243.2.51",))["sftp_client"]
    assert asked["sites"] == [
        {
            "known": [{"host": old, "port": 18801}, {"host": new, "port": 18801}],
            "host": new,
            "port": 18801,
        }
        for old, new in (
            ("10.243.2.141", "10.243.66.141"),
            ("10.243.2.142", "10.243.66.142"),
            ("10.151.14.141", "10.152.14.141"),
            ("10.151.14.142", "10.152.14.142"),
        )
    ]
    assert (asked["stale"], asked["users"], asked["config_dir"]) == (["10.243.2.51"], ["chan"], "/srv/fz")
    back = aims.wishes(DRILLS["contingency"], pc, "primary")["sftp_client"]["sites"]
    assert [site["host"] for site in back] == [
        "10.243.2.141",
        "10.243.2.142",
        "10.151.14.141",
        "10.151.14.142",
    ]
    port = workstation({"rap": "ip_address"}, drill_ports={"rap": 10022})
    (site,) = aims.wishes(DRILLS[REHEARSAL], port, "secondary")["sftp_client"]["sites"]
    assert {place["port"] for place in (*site["known"], site)} == {10022}


def test_verified_host_keys_go_with_the_wanted_address_alone() -> None:
    keys = {
        "10.243.66.141": [ED25519],
        "10.243.2.142": [f" {ED25519} "],
        "RapCC.HKEXposttrade.com.hk": [ED25519],
    }
    pc = workstation({"rap": "ip_address"}, drill_host_keys=keys)
    given = {
        centre: {site["host"]: site.get("host_keys") for site in asked["sftp_client"]["sites"]}
        for centre in ("primary", "secondary")
        for asked in [aims.wishes(DRILLS["contingency"], pc, centre)]
    }
    assert [host for host, keys in given["secondary"].items() if keys] == ["10.243.66.141"]
    assert {host: keys for host, keys in given["primary"].items() if keys} == {"10.243.2.142": [ED25519]}
    by_name = aims.wishes(DRILLS[REHEARSAL], workstation({"rap": "dns"}, drill_host_keys=keys), "primary")
    assert [site["host_keys"] for site in by_name["sftp_client"]["sites"]] == [[ED25519]]


def test_by_name_a_client_is_held_to_one_login_and_a_stored_address_is_stale() -> None:
    (drill, pc) = DRILLS[REHEARSAL], workstation({"rap": "host_table"})
    asked = aims.wishes(drill, pc, "secondary")["sftp_client"]
    place = {"host": "rapcc.hkexposttrade.com.hk", "port": 22}
    assert asked["sites"] == [{"known": [place], **place}]
    assert asked["stale"] == ["10.243.2.51", "10.243.66.51"]
    assert "sftp_client" not in aims.wishes(drill, workstation({"var_online": "host_table"}), "secondary")


def test_addresses_of_earlier_circulars_are_stale_and_the_contingency_is_todays() -> None:
    first = {"10.151.14.121", "10.151.14.122"}
    assert set(aims.stale(DRILLS["contingency"], DRILLS.values())) == {*first, "10.243.2.51", "10.243.66.51"}
    assert set(aims.stale(DRILLS[REHEARSAL], DRILLS.values())) == first
    assert aims.stale(DRILLS["2021-08-14-ccms-rap-connectivity-test"], DRILLS.values()) == ()


def client(*sites: tuple[str, bool | None], pending: bool = False) -> dict[str, Any]:
    stored = [{"host": host, "port": 22, "limited": limited} for host, limited in sites]
    return {"sftp_client": {"sites": stored, "pending": pending}}


@pytest.mark.parametrize(
    ("found", "row"),
    [
        (client(("10.243.66.51", True)), ("secondary", "ok")),
        (client(("10.243.66.51", None), ("10.243.66.51", True)), ("secondary", "ok")),
        (client(("10.243.66.51", True), ("10.243.66.51", False)), ("secondary", "failed")),
        (client(("10.243.2.51", True)), ("primary", "failed")),
        (client(("10.243.2.51", True), ("10.243.66.51", True)), ("mixed", "failed")),
        (client(("10.243.2.51", True), pending=True), ("primary", "pending")),
        (client(("10.9.9.9", True)), ("unknown", "pending")),
    ],
)
def test_a_stored_address_says_where_the_workstation_points(
    found: dict[str, Any], row: tuple[str, str]
) -> None:
    (one,) = pointing.rows(DRILLS[REHEARSAL], workstation({"rap": "ip_address"}), "secondary", found)
    assert (one["points_at"], one["configuration"]) == row


def test_an_access_that_the_circular_does_not_provide_for_is_left_to_people() -> None:
    (aim,) = aims.aims(DRILLS["2025-06-21-rap-practice-session"], workstation({"rap": "host_table"}))
    assert "does not provide for access by host_table" in aim.by_hand


def test_questions_go_by_name_where_the_client_does_and_only_to_the_wanted_data_centre() -> None:
    pc = workstation({"rap": "ip_address", "var_online": "host_table"}, drill_ports={"rap": 10022})
    asked = aims.questions(DRILLS[REHEARSAL], pc, "secondary")["endpoints"]
    assert {"kind": "ssh", "port": 10022, "address": "10.243.66.51"} in asked
    by_table = {"kind": "https", "port": 443, "name": "rmcd.hkexposttrade.com.hk", "access": "host_table"}
    assert by_table in asked
    unsettled = aims.questions(DRILLS[REHEARSAL], pc, "primary", settled=False)["endpoints"]
    assert {each["address"] for each in unsettled} == {f"10.243.2.{host}" for host in NAMES.values()}


def test_a_server_is_asked_for_a_verified_key_of_its_address_or_of_any_its_name_leads_to() -> None:
    keys = {"10.243.66.51": [ED25519], "10.243.2.51": [RSA]}

    def asked(access: str, centre: str) -> list[Any]:
        pc = workstation({"rap": access}, drill_host_keys=keys)
        (knock,) = aims.questions(DRILLS[REHEARSAL], pc, centre)["endpoints"]
        return list(knock["host_keys"])

    assert (asked("ip_address", "secondary"), asked("ip_address", "primary")) == ([ED25519], [RSA])
    assert sorted(asked("host_table", "secondary")) == sorted([ED25519, RSA])


def test_what_does_not_answer_is_said_once_with_its_remedy() -> None:
    drill, pc = DRILLS[REHEARSAL], workstation({"rap": "ip_address"})
    lost = {"name": None, "address": "10.243.2.51", "ok": False, "what": "refused", "verified": None}
    other = {**lost, "what": "another key", "verified": False}
    answers = ({**lost, "remedy": "Look at the port"}, {**other, "remedy": "Log nobody on"})
    told = pointing.findings(drill, pc, "primary", described({}, None, answers))
    assert [(each["what"], each["remedy"]) for each in told if each["where"] == "10.243.2.51"] == [
        ("refused", "Look at the port. Then run status")
    ]


def described(
    table: dict[str, str | None], servers: bool | None = None, answers: tuple[Any, ...] = ()
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "host_table": {
            "names": {name: {"address": address, "further": []} for name, address in table.items()}
        }
    }
    if servers is not None:
        found["dns_servers"] = {"servers": [], "as_asked": servers}
    if answers:
        found["services"] = {"endpoints": list(answers)}
    return found


ADDRESSES = st.sampled_from([None, "10.243.2.32", "10.243.66.32", "10.243.2.15", "10.243.66.15", "10.9.9.9"])


@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, ADDRESSES)), st.sampled_from(["primary", "secondary", None])
)
def test_a_configuration_is_never_proved_while_a_name_leads_elsewhere(
    table: dict[str, str | None], wanted: str | None
) -> None:
    """Against a judge of its own: one data centre, of which every name has exactly its address."""
    pc = workstation({"var_online": "host_table"})
    (row,) = pointing.rows(DRILLS[REHEARSAL], pc, wanted, described(table))
    own = {name: host for name, host in NAMES.items() if not name.startswith("rapcc")}
    sites = [site for site in ("2", "66") if all(table[n] == f"10.243.{site}.{h}" for n, h in own.items())]
    place = {"2": "primary", "66": "secondary"}[sites[0]] if sites else None
    assert (row["configuration"] == "ok") == (place is not None and wanted in (None, place))
    assert (row["points_at"] in ("primary", "secondary")) == bool(sites)


def answer(address: str, ok: bool = True) -> dict[str, Any]:
    name = "rapcc.hkexposttrade.com.hk"
    return {"name": name, "by": "dns", "address": address, "ok": ok, "what": "refused", "values": []}


@pytest.mark.parametrize(
    ("found", "row"),
    [
        (described({}, True), ("by DNS", "ok", "ok", "-")),
        (described({}, True, (answer("10.243.66.51"),)), ("secondary", "ok", "ok", "ok")),
        (described({}, True, (answer("10.243.2.51", ok=False),)), ("primary", "ok", "ok", "failed")),
        (described({}, False, (answer("10.243.2.51"),)), ("none", "differs", "failed", "ok")),
        (described({"rapcc.hkexposttrade.com.hk": "10.243.2.51"}, True), ("primary", "ok", "failed", "-")),
        (described({"rapcc.hkexposttrade.com.hk": "192.0.2.1"}, True), ("none", "ok", "failed", "-")),
    ],
)
def test_by_dns_it_points_where_the_exchange_answers_unless_a_line_overrides_it(
    found: dict[str, Any], row: tuple[str, ...]
) -> None:
    (one,) = pointing.rows(DRILLS[REHEARSAL], workstation({"rap": "dns"}), "secondary", found)
    assert (one["points_at"], one["dns"], one["configuration"], one["service"]) == row


def test_mixed_is_named_with_what_to_do_once_a_phase_has_settled_it() -> None:
    pc = workstation({"var_online": "host_table"})
    table = {name: f"10.243.{'66' if name.startswith('sso') else '2'}.{host}" for name, host in NAMES.items()}
    (row,) = pointing.rows(DRILLS[REHEARSAL], pc, "secondary", described(dict(table)))
    assert (row["points_at"], row["configuration"]) == ("mixed", "failed")
    found = pointing.findings(DRILLS[REHEARSAL], pc, "secondary", described(dict(table)))
    assert [each["what"] for each in found] == ["it leads to different data centres"]
    assert pointing.findings(DRILLS[REHEARSAL], pc, "primary", described(dict(table)), settled=False) == []


def test_changed_is_said_of_the_system_that_changed() -> None:
    pc = workstation({"rap": "host_table", "var_online": "host_table"})
    before = {name: f"10.243.2.{host}" for name, host in NAMES.items()}
    after = {**before, "rapcc.hkexposttrade.com.hk": "10.243.66.51"}
    told = pointing.rows(DRILLS[REHEARSAL], pc, "secondary", described(dict(after)), described(dict(before)))
    assert {row["system"]: row["changed"] for row in told} == {"rap": True, "var_online": False}


def test_clients_are_told_by_person_with_what_was_seen_of_them() -> None:
    def site(user: str, client: str, host: str, limited: bool | None) -> dict[str, Any]:
        return {"user": user, "client": client, "where": "x", "host": host, "port": 22, "limited": limited}

    def one(user: str, client: str, left: str = "") -> dict[str, Any]:
        return {"user": user, "client": client, "version": "1", "running": False, "left": left}

    told = {
        "sites": [
            site("chan", "filezilla", "10.243.66.51", True),
            site("chan", "filezilla", "10.243.66.51", None),
            site("li", "filezilla", "10.243.2.51", False),
            site("li", "filezilla", "10.243.66.51", True),
        ],
        "clients": [one("chan", "filezilla", "close it"), one("li", "filezilla"), one("li", "lftp")],
        "pending": False,
    }
    pc = workstation({"rap": "ip_address"})
    found = pointing.clients(DRILLS[REHEARSAL], pc, {"sftp_client": told})
    assert [tuple(each.values())[1:] for each in found] == [
        ("chan", "filezilla", "1", "secondary", "yes", "close it"),
        ("li", "filezilla", "1", "mixed", "no", ""),
        ("li", "lftp", "1", "-", "-", ""),
    ]


def test_a_stored_name_leads_where_the_workstation_leads_it() -> None:
    name = "rapcc.hkexposttrade.com.hk"
    told = {
        "sites": [{"user": "", "client": "winscp", "host": name, "port": 22, "limited": True}],
        "clients": [{"user": "", "client": "winscp", "version": "", "running": True, "left": ""}],
        "pending": False,
    }
    pc = workstation({"rap": "host_table"})
    (found,) = pointing.clients(
        DRILLS[REHEARSAL], pc, {**described({name: "10.243.66.51"}), "sftp_client": told}
    )
    assert (found["points_at"], found["one_login"]) == ("secondary", "yes")


def test_what_is_not_as_it_should_be_is_named_and_what_people_do_is_not() -> None:
    pc = workstation({**everywhere("host_table"), "ccass": "ip_address"})
    mine = aims.aims(DRILLS[REHEARSAL], pc)
    well = {"points_at": "secondary", "configuration": "ok", "service": "deferred"}
    assert any(aim.by_hand for aim in mine)
    assert pointing.astray(DRILLS[REHEARSAL], pc, [well] * len(mine)) == []
    for row in (
        {**well, "configuration": "failed", "points_at": "primary"},
        {**well, "configuration": "pending", "points_at": "primary"},
        {**well, "service": "failed"},
    ):
        said = pointing.astray(DRILLS[REHEARSAL], pc, [*[well] * (len(mine) - 1), row])
        assert len(said) == 1
        assert said[0].startswith(f"{mine[-1].system} by {mine[-1].access} ({row['points_at']}; ")
    by_hand = [
        {**well, "points_at": "unknown", "configuration": "pending"} if aim.by_hand else well for aim in mine
    ]
    assert pointing.astray(DRILLS[REHEARSAL], pc, by_hand) == []


def test_who_runs_a_client_the_day_before_is_told_what_that_means() -> None:
    def client(name: str, runs: bool) -> dict[str, Any]:
        return {"user": "chan", "client": name, "version": "", "running": runs, "left": ""}

    told = {"sftp_client": {"clients": [client("filezilla", True), client("winscp", False)]}}
    (found,) = pointing.running(told)
    assert found["where"] == "filezilla of chan"
    assert "closed before to-secondary" in found["remedy"]
    assert pointing.running({}) == []
