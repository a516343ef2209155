# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drill day of 6 November 2021 over the sandbox fleet, each phase first in check mode, and all of it twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.integration.play import SESSION_1, SESSION_2, Ran, Sandbox, exchange, resolve, sandbox
from tests.lab.exchange import Contact
from tests.lab.fleet import DOWNLOADS, HOSTS, REPORTS, download

UNCONCERNED = ("ws-08", "ws-09")
BY_TABLE = {"ws-02", "ws-03", "ws-05", "ws-07", "ws-10"}


@dataclass
class Day:
    """All that happened, for the tests to look at."""

    sandbox: Sandbox
    before: dict[str, bytes]
    ran: dict[str, Ran] = field(default_factory=dict)
    tables: dict[str, dict[str, bytes]] = field(default_factory=dict)
    check_changed: dict[str, bool] = field(default_factory=dict)
    contacts: dict[str, list[Contact]] = field(default_factory=dict)
    clients: dict[str, dict[str, bytes]] = field(default_factory=dict)


def settings(box: Sandbox) -> dict[str, bytes]:
    """What FileZilla keeps on the workstation that reaches RAP by a stored address."""
    return {path.name: path.read_bytes() for path in (box.folder / "fleet" / "ws-05" / "settings").iterdir()}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    box = sandbox(folder)
    day = Day(box, box.tables())
    day.clients["before"] = settings(box)
    with exchange(folder) as lab:

        def step(name: str, phase: str, at: str, check: bool = False) -> None:
            if check:
                before = box.everything()
                day.ran[name + " --check"] = box.phase(phase, at, "--check", "--diff")
                day.check_changed[name] = box.everything() != before
            since = max((contact.time for contact in lab.contacts()), default=0.0)
            day.ran[name] = box.phase(phase, at)
            day.tables[name] = box.tables()
            day.clients[name] = settings(box)
            day.contacts[name] = [contact for contact in lab.contacts() if contact.time > since]

        lab.off("secondary")
        step("pre-drill", "pre-drill", "2021-11-05T17:00", check=True)
        lab.off("primary")
        step("to-secondary", "to-secondary", "2021-11-06T12:20", check=True)
        step("again", "to-secondary", "2021-11-06T12:25")
        lab.on("primary")  # so that a contact with it would be seen
        lab.on("secondary")
        lab.serve("secondary")
        step("status", "status", "2021-11-06T14:35")
        download(folder / "fleet")
        lab.off("secondary")
        step("to-primary", "to-primary", "2021-11-06T16:05", check=True)
        step("cleanup", "cleanup", "2021-11-06T16:15")
        lab.serve("primary")
        step("evening", "status", "2021-11-06T22:35")
        step("rollback", "rollback", "2021-11-06T22:50", check=True)
    yield day


def test_every_run_of_the_day_ends_well(day: Day) -> None:
    assert {name: ran.code for name, ran in day.ran.items()} == dict.fromkeys(day.ran, 0)


def test_check_mode_writes_nothing_at_all(day: Day) -> None:
    assert day.check_changed == dict.fromkeys(("pre-drill", "to-secondary", "to-primary", "rollback"), False)


@pytest.mark.parametrize("name", ["pre-drill", "to-secondary", "to-primary"])
def test_check_mode_shows_the_very_table_that_the_real_run_shows(day: Day, name: str) -> None:
    assert day.ran[name + " --check"].said.count("Check mode: nothing was changed") == 1
    predicted, real = day.ran[name + " --check"].table(), day.ran[name].table()
    assert predicted.keys() == real.keys()
    for key, (centre, _dns, changed, configuration, _service) in predicted.items():
        # DNS servers are not the way back's business.
        not_looked_at = name == "to-primary" and key[2] == "dns"
        proved = "-" if not_looked_at else real[key][3]
        assert (real[key][0], real[key][2], proved) == (centre, changed, configuration), key


def test_diff_shows_the_lines_that_change_and_no_other(day: Day) -> None:
    said = day.ran["to-secondary --check"].said
    assert "-127.243.2.15\tsso.hkexposttrade.com.hk" in said
    assert "+127.243.66.15\tsso.hkexposttrade.com.hk" in said
    assert "printer" not in said and "managed by the desktop team" not in said


def test_after_to_secondary_the_host_tables_are_the_circulars_session_2(day: Day) -> None:
    for name in BY_TABLE - {"ws-05"}:
        assert {each: resolve(day.tables["to-secondary"][name], each) for each in SESSION_2} == SESSION_2
    rest = {each: address for each, address in SESSION_2.items() if not each.startswith("rapcc")}
    assert {each: resolve(day.tables["to-secondary"]["ws-05"], each) for each in rest} == rest


def test_only_addresses_of_managed_names_change(day: Day) -> None:
    for name in BY_TABLE - {"ws-03"}:
        before, after = day.tables["pre-drill"][name], day.tables["to-secondary"][name]
        assert re.sub(rb"127\.243\.(2|66)\.", b"@", before) == re.sub(rb"127\.243\.(2|66)\.", b"@", after)
    assert b"# \xa6\xa8\xa5\xe6 \xff\xfe: keep\n" in day.tables["to-secondary"]["ws-03"]
    assert b"# 127.9.9.9 rapcc.hkexposttrade.com.hk\r\n" in day.tables["to-secondary"]["ws-02"]


def test_a_second_run_changes_nothing(day: Day) -> None:
    assert day.tables["again"] == day.tables["to-secondary"]
    assert "changed=1" not in day.ran["again"].said
    assert {cells[2] for cells in day.ran["again"].table().values()} == {"no"}


def test_there_and_back_leaves_every_table_as_pre_drill_left_it(day: Day) -> None:
    there, back = day.tables["pre-drill"], day.tables["to-primary"]
    assert {name: back[name] for name in back if name != "ws-03"} == {
        name: there[name] for name in there if name != "ws-03"
    }


def test_a_line_shared_with_a_foreign_name_is_split_and_leads_where_it_did(day: Day) -> None:
    """Its start is not canonical: a foreign name must not move along, so its line stays and ours is a new one."""
    there, away, back = (day.tables[name]["ws-03"] for name in ("pre-drill", "to-secondary", "to-primary"))
    names = (*SESSION_1, "intranet", "rap", "printer", "localhost", "localhost.localdomain")
    assert [resolve(back, name) for name in names] == [resolve(there, name) for name in names]
    assert resolve(away, "intranet") == resolve(there, "intranet") == "127.243.2.32"
    assert resolve(away, "rap") == "127.243.2.51"


def test_a_rollback_says_what_it_changed(day: Day) -> None:
    assert {cells[2] for key, cells in day.ran["rollback"].table().items() if key[0] == "ws-02"} == {"yes"}
    assert {cells[2] for key, cells in day.ran["rollback"].table().items() if key[0] == "ws-01"} == {"no"}


def test_a_rollback_does_not_judge_what_was_there_before_the_drill(day: Day) -> None:
    assert {cells[3] for cells in day.ran["rollback"].table().values()} == {"-"}


def test_rollback_gives_back_what_the_drill_found(day: Day) -> None:
    assert day.tables["rollback"] == day.before
    assert (
        day.sandbox.etc("ws-06").joinpath("resolv.conf").read_bytes()
        == b"nameserver 192.0.2.53\noptions timeout:1\n"
    )


def test_who_is_not_concerned_is_never_contacted(day: Day) -> None:
    for name in UNCONCERNED:
        assert all(tables[name] == HOSTS[name] for tables in day.tables.values())
        assert not (day.sandbox.folder / "fleet" / name / "var").exists()
    assert "2 not concerned: " in day.ran["status"].said


def test_dns_servers_stand_in_the_circulars_order(day: Day) -> None:
    resolv = day.sandbox.folder / "fleet"
    said = day.ran["to-secondary"].table()
    assert {cells[1] for key, cells in said.items() if key[2] == "dns"} == {"ok"}
    assert (resolv / "ws-10" / "etc" / "resolv.conf").read_bytes() == b"# office\nnameserver 192.0.2.53\n"


def test_nothing_is_asked_of_the_network_while_nothing_serves(day: Day) -> None:
    assert day.contacts["to-secondary"] == day.contacts["again"] == day.contacts["to-primary"] == []


def test_after_to_secondary_no_byte_goes_to_the_primary_data_centre_but_dns(day: Day) -> None:
    """The preferred DNS server stands there: the circular wants it asked first, and it answered Session 2's table."""
    contacts = day.contacts["status"]
    assert {contact.data_centre for contact in contacts if contact.service != "dns"} == {"secondary"}
    assert {contact.service for contact in contacts} == {"dns", "rap", "web"}


def test_a_stored_address_goes_there_and_back_and_holds_one_login(day: Day) -> None:
    start, limited = day.clients["before"], day.clients["pre-drill"]
    assert start["sitemanager.xml"].count(b"MaximumMultipleConnections") == 0
    assert b"<MaximumMultipleConnections>1</MaximumMultipleConnections>" in limited["sitemanager.xml"]
    for setting in (b"Number of Transfers", b"Concurrent download limit", b"Concurrent upload limit"):
        assert b'<Setting name="%s">1</Setting>' % setting in limited["filezilla.xml"]
    rehearsal = str(day.sandbox.folder / "fleet" / "ws-05" / "rehearsal").encode()
    local = limited["sitemanager.xml"].replace(
        b"\t\t</Server>", b"\t\t\t<LocalDir>%s</LocalDir>\n\t\t</Server>" % rehearsal
    )
    there = local.replace(b"<Host>127.243.2.51<", b"<Host>127.243.66.51<")
    assert day.clients["to-secondary"] == {**limited, "sitemanager.xml": there} != limited
    assert day.clients["to-primary"] == {**limited, "sitemanager.xml": local}
    assert day.clients["cleanup"] == limited
    assert day.clients["rollback"] == start


def test_the_tables_of_the_day(day: Day) -> None:
    at_14_35 = day.ran["status"].table()
    assert at_14_35["ws-01", "RAP", "dns"] == ("secondary", "ok", "no", "ok", "ok")
    assert at_14_35["ws-02", "VaR Online", "host_table"] == ("secondary", "-", "no", "ok", "ok")
    assert at_14_35["ws-05", "RAP", "ip_address"] == ("secondary", "-", "no", "ok", "ok")
    clients = [line.split() for line in day.ran["status"].said.splitlines() if " filezilla " in line]
    assert clients == [["ws-05", "-", "filezilla", "3.63.0", "secondary", "yes", "-"]]
    assert "SFTP client" not in day.ran["to-secondary"].said
    at_12_20 = day.ran["to-secondary"].table()
    assert at_12_20["ws-02", "RAP", "host_table"] == ("secondary", "-", "yes", "ok", "deferred")
    assert at_12_20["ws-01", "RAP", "dns"] == ("by DNS", "ok", "no", "ok", "deferred")
    at_22_35 = day.ran["evening"].table()
    assert at_22_35["ws-04", "VaR Online", "dns"] == ("primary", "ok", "no", "ok", "ok")
    assert {key[0] for key in at_22_35} == set(HOSTS) - set(UNCONCERNED)
    assert day.ran["evening"].said.count("Workstation  System") == 1


def test_a_leftover_line_that_defeats_the_dns_failover_goes_when_asked(day: Day) -> None:
    assert b"rmcd" in day.before["ws-04"]
    assert resolve(day.tables["pre-drill"]["ws-04"], "rmcd.hkexposttrade.com.hk") is None


def test_two_visits_for_a_switch(day: Day) -> None:
    """Each of them is one result of the phase in the trail: the write, and the proof."""
    runs = list(dict.fromkeys(record["run"] for record in day.sandbox.trail()))
    switch = day.sandbox.results(runs.index(runs[3]))
    assert {tuple(step["step"] for step in steps) for steps in switch.values()} == {("write", "look")}


def test_the_trail_tells_who_did_what_where_and_its_chain_holds(day: Day) -> None:
    records = day.sandbox.trail()
    first = next(record for record in records if record["event"] == "run_started")
    assert (
        first["who"] and first["from"] and first["drill"] is None and first["detail"]["tags"] == ["pre-drill"]
    )
    writes = [
        record
        for record in records
        if record["phase"] == "to-secondary"
        and record["host"] == "ws-02"
        and record["detail"].get("step") == "write"
    ]
    check, real, again = writes
    assert check["check"] and not real["check"]
    assert check["detail"]["edits"] == real["detail"]["edits"] != []
    assert real["detail"]["transaction"] and check["detail"]["transaction"] is None
    assert again["detail"]["state"] == "unchanged"
    assert real["drill"] == "2021-11-06-ccass-failover-rehearsal" and real["occurrence"] == "2021-11-06"
    assert all(step["event"] != "failed" for step in records)


def test_what_else_stands_in_a_file_is_nowhere_told(day: Day) -> None:
    """A secret in the neighbourhood of a change would be in no output and no record."""
    told = "".join(ran.said for ran in day.ran.values()) + str(day.sandbox.trail())
    assert "managed by the desktop team" not in told and "192.0.2.7" not in told


def test_after_cleanup_nothing_of_the_drill_is_left_and_nothing_of_production_is_lost(day: Day) -> None:
    for name in DOWNLOADS:
        own = day.sandbox.folder / "fleet" / name
        assert {path.name: path.read_bytes() for path in (own / "reports").iterdir()} == REPORTS
        assert list((own / "rehearsal").iterdir()) == []
    assert "not clean" not in day.ran["evening"].said
