# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as processes: what they do to real files, and what they say to bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.module_process import run, tree

HOSTS = b"127.0.0.1\tlocalhost\r\n10.1.0.51 rap.example var.example # both\r\n\xff\r\n"
RESOLV = b"search office.example\nnameserver 192.0.2.53\n"
ENTRY = {"name": "rap.example", "address": "10.2.0.51"}


@pytest.fixture
def pc(tmp_path: Path) -> Path:
    """A workstation's files; journal and blobs are to come into ``state``."""
    (tmp_path / "hosts").write_bytes(HOSTS)
    (tmp_path / "resolv.conf").write_bytes(RESOLV)
    return tmp_path


def host_table(pc: Path, **more: Any) -> dict[str, Any]:
    return {"path": str(pc / "hosts"), "entries": [ENTRY], **more}


def dns_servers(pc: Path, **more: Any) -> dict[str, Any]:
    given = {"servers": ["10.243.1.1", "10.243.65.1"], "networks": ["127.0.0.0/8"], "backend": "plain"}
    return {**given, "path": str(pc / "resolv.conf"), **more}


def both(pc: Path, **more: Any) -> dict[str, Any]:
    """Both concerns as one transaction of a drill."""
    asked = {"host_table": host_table(pc), "dns_servers": dns_servers(pc), "drill": "d", "occurrence": "day"}
    return {**asked, "state_dir": str(pc / "state"), **more}


# ---- what they do ------------------------------------------------------------------------------------------------


def test_check_mode_changes_nothing_and_predicts_the_files(pc: Path) -> None:
    before = tree(pc)
    predicted = run("workstation", both(pc), check=True)
    assert predicted["changed"] and tree(pc) == before
    done = run("workstation", both(pc))
    assert {key: done[key] for key in ("changed", "state", "before", "after", "edits", "files")} == {
        key: predicted[key] for key in ("changed", "state", "before", "after", "edits", "files")
    }
    assert (pc / "hosts").read_bytes() == HOSTS.replace(
        b"10.1.0.51 rap.example var.example # both\r\n",
        b"10.1.0.51 var.example # both\r\n10.2.0.51 rap.example\r\n",
    )
    assert (pc / "resolv.conf").read_bytes() == (
        b"search office.example\nnameserver 10.243.1.1\nnameserver 10.243.65.1\n"
    )


def test_twice_is_once_and_a_rollback_brings_every_byte_back(pc: Path) -> None:
    start = tree(pc)
    assert run("workstation", both(pc))["transaction"] == 1
    written = tree(pc)
    again = run("workstation", both(pc))
    assert (again["changed"], again["state"], again["transaction"]) == (False, "unchanged", None)
    assert tree(pc) == written
    back = {"rollback": True, "drill": "d", "occurrence": "day", "state_dir": str(pc / "state")}
    predicted = run("workstation", back, check=True)
    assert predicted["changed"] and tree(pc) == written
    assert run("workstation", back)["files"] == predicted["files"]
    assert {name: tree(pc)[name] for name in start} == start
    assert run("workstation", back)["changed"] is False


def test_a_diff_is_told_where_it_was_asked_for(pc: Path) -> None:
    asked = {**host_table(pc), "state_dir": str(pc / "state")}
    assert "diff" not in run("host_table", asked, check=True)
    (diff,) = run("host_table", asked, check=True, diff=True)["diff"]
    assert diff == {
        "before_header": str(pc / "hosts"),
        "after_header": str(pc / "hosts"),
        "before": "10.1.0.51 rap.example var.example # both\r\n",
        "after": "10.1.0.51 var.example # both\r\n10.2.0.51 rap.example\r\n",
    }


def test_journal_and_blobs_are_their_owners_alone(pc: Path) -> None:
    run("workstation", both(pc))
    modes = {name: oct(mode & 0o777) for name, (_what, mode) in tree(pc / "state").items()}
    assert modes.pop("blobs") == "0o700" and oct((pc / "state").stat().st_mode & 0o777) == "0o700"
    assert len(modes) == 4 and set(modes.values()) == {"0o600"}  # journal, lock, two blobs


def test_a_look_makes_nothing(pc: Path) -> None:
    before = tree(pc)
    asked = {"host_table": host_table(pc), "dns_servers": dns_servers(pc), "state_dir": str(pc / "state")}
    seen = run("workstation_info", asked)
    assert tree(pc) == before
    assert (seen["changed"], seen["host_table"]["as_asked"]) == (False, False)
    assert seen["host_table"]["names"] == {"rap.example": {"address": "10.1.0.51", "further": []}}
    assert seen["dns_servers"]["servers"] == ["192.0.2.53"]


def test_what_a_concern_would_refuse_is_a_finding_of_a_look_and_hides_nothing_else(pc: Path) -> None:
    far = dns_servers(pc, networks=["203.0.113.0/24"])
    asked = {"host_table": host_table(pc), "dns_servers": far, "state_dir": str(pc / "state")}
    seen = run("workstation_info", asked)
    assert not seen.get("failed")
    (finding,) = seen["findings"]
    assert (finding["level"], finding["where"]) == ("error", "dns_servers")
    assert "no adapter has an address in 203.0.113.0/24" in finding["what"]
    assert not seen["dns_servers"]["as_asked"]
    assert seen["host_table"]["names"] == {"rap.example": {"address": "10.1.0.51", "further": []}}


def test_a_look_that_fails_says_nothing_of_changes(pc: Path) -> None:
    """It may follow a write of the same phase, which did change something."""
    (pc / "hosts").unlink()
    (pc / "hosts").mkdir()
    refused = run("workstation_info", {"host_table": host_table(pc), "state_dir": str(pc / "state")})
    assert refused["failed"] and "is not a regular file" in refused["msg"]
    assert "changed" not in refused["msg"]


def test_a_concern_that_refuses_keeps_the_other_from_being_written(pc: Path) -> None:
    before = tree(pc)
    far = dns_servers(pc, networks=["203.0.113.0/24"])
    refused = run("workstation", both(pc, dns_servers=far))
    assert refused["failed"] and "no adapter has an address in 203.0.113.0/24" in refused["msg"]
    assert refused["msg"].endswith("Nothing was changed.") and tree(pc) == before


def test_a_rollback_leaves_what_somebody_edited_since_and_takes_the_rest_back(pc: Path) -> None:
    run("workstation", both(pc))
    with (pc / "hosts").open("ab") as table:
        table.write(b"192.0.2.9 intranet\n")
    mine = (pc / "hosts").read_bytes()
    back = {"rollback": True, "drill": "d", "occurrence": "day", "state_dir": str(pc / "state")}
    predicted, told = run("workstation", back, check=True), run("workstation", back)
    for result in (predicted, told):
        assert result["failed"] and result["changed"] and "not all of it could be done" in result["msg"]
        assert "a rollback would lose that change" in result["msg"]
        assert str(pc / "state" / "blobs") in result["msg"]
    assert (pc / "hosts").read_bytes() == mine and (pc / "resolv.conf").read_bytes() == RESOLV
    before = tree(pc)
    refused = run("workstation", back)
    assert refused["failed"] and not refused["changed"] and tree(pc) == before


# ---- links -------------------------------------------------------------------------------------------------------


def test_the_file_behind_an_owners_link_is_written_and_the_link_stays(pc: Path) -> None:
    (pc / "hosts").rename(pc / "real")
    (pc / "hosts").symlink_to(pc / "real")
    assert run("host_table", {**host_table(pc), "state_dir": str(pc / "state")})["changed"]
    assert (pc / "hosts").readlink() == pc / "real" and b"10.2.0.51 rap.example" in (pc / "real").read_bytes()


@pytest.mark.parametrize("leads_to", ["somewhere", "nowhere"])
def test_a_resolv_conf_that_is_a_link_is_refused(pc: Path, leads_to: str) -> None:
    (pc / "resolv.conf").rename(pc / "somewhere")
    (pc / "resolv.conf").symlink_to(pc / leads_to)
    before = tree(pc)
    refused = run("dns_servers", {**dns_servers(pc), "state_dir": str(pc / "state")})
    assert refused["failed"] and "symbolic link" in refused["msg"], refused
    assert tree(pc) == before


# ---- a damaged journal -------------------------------------------------------------------------------------------


def test_a_line_that_is_no_record_is_named(pc: Path) -> None:
    run("workstation", both(pc))
    journal = pc / "state" / "journal.jsonl"
    journal.write_bytes(b"{}\n" + journal.read_bytes())
    before = tree(pc)
    refused = run("workstation", both(pc, host_table=host_table(pc, state="absent")))
    assert f"{journal}, line 1: is not a record of the journal" in refused["msg"]
    assert tree(pc) == before


def test_a_last_line_that_a_kill_cut_off_never_happened(pc: Path) -> None:
    run("workstation", both(pc))
    journal = pc / "state" / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"event": "beg')
    assert run("workstation", both(pc))["changed"] is False
    back = {"rollback": True, "drill": "d", "occurrence": "day", "state_dir": str(pc / "state")}
    assert run("workstation", back)["changed"]
    lines = journal.read_bytes().splitlines()
    assert b"\n".join(lines[:2]) + b"\n" == whole
    assert [json.loads(line)["event"] for line in lines] == ["begin", "done", "begin", "done"]


# ---- bad input, message by message -------------------------------------------------------------------------------

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("host_table", {}, "entries: nothing is asked"),
    (
        "host_table",
        {"entries": [{"address": "10.0.0.1"}]},
        "missing required arguments: name found in entries",
    ),
    (
        "host_table",
        {"entries": [{"name": "a"}]},
        "entries[0].address: a has no address. Give the IPv4 address",
    ),
    (
        "host_table",
        {"entries": [{"name": "a", "address": "10.0.0.256"}]},
        "'10.0.0.256' is not an IPv4 address",
    ),
    ("host_table", {"entries": [{"name": "a", "address": "::1"}]}, "'::1' is not an IPv4 address"),
    ("host_table", {"entries": [{"name": "a b", "address": "10.0.0.1"}]}, "'a b' is not a host name"),
    ("host_table", {"entries": [{"name": "a.", "address": "10.0.0.1"}]}, "'a.' ends with a dot"),
    (
        "host_table",
        {"entries": [{"name": "10.0.0.1", "address": "10.0.0.1"}]},
        "is an address, not a host name",
    ),
    ("host_table", {"entries": [ENTRY, {**ENTRY, "address": "10.0.0.1"}]}, "Give each name once"),
    ("host_table", {"entries": [ENTRY], "leftovers": ["rap.example"]}, "leftovers[0]: rap.example stands in"),
    ("host_table", {"entries": [ENTRY], "state": "gone"}, "value of state must be one of: present, absent"),
    ("host_table", {"entries": [ENTRY], "path": "hosts"}, "path: 'hosts' is not an absolute path"),
    (
        "host_table",
        {"entries": [ENTRY], "path": "C:\\hosts"},
        "is not an absolute path on a POSIX workstation",
    ),
    ("host_table", {"entries": [ENTRY], "adress": 1}, "Unsupported parameters for (basic.py) module: adress"),
    ("dns_servers", {}, "missing required arguments: servers"),
    ("dns_servers", {"servers": ["10.0.0.1"]}, "neither networks nor adapter is given"),
    ("dns_servers", {"servers": [], "adapter": "lo"}, "0 servers are given and the system asks 1 to 3"),
    ("dns_servers", {"servers": ["10.0.0.01"], "adapter": "lo"}, "'10.0.0.01' is not an IPv4 address"),
    ("dns_servers", {"servers": ["10.0.0.1"] * 2, "adapter": "lo"}, "names one server twice"),
    (
        "dns_servers",
        {"servers": ["10.0.0.1"], "networks": ["10.0.0.1/8"]},
        "is not an IPv4 network (10.0.0.1/8 has",
    ),
    ("dns_servers", {"servers": ["10.0.0.1"], "networks": ["0.0.0.0/0"]}, "is every address, not SDNet"),
    (
        "dns_servers",
        {"servers": ["10.0.0.1"], "adapter": "no-such"},
        "adapter no-such has no address; found: ",
    ),
    (
        "dns_servers",
        {"servers": ["10.0.0.1"], "adapter": "lo", "backend": "x"},
        "value of backend must be one of",
    ),
    (
        "workstation",
        {},
        "nothing is asked. Give host_table, dns_servers, sftp_client, rehearsal_files or rollback",
    ),
    ("workstation", {"rollback": True}, "rollback is True but all of the following are missing: drill"),
    (
        "workstation",
        {"rollback": True, "drill": "d", "host_table": {}},
        "is asked together with host_table",
    ),
    ("workstation", {"host_table": {"entries": []}}, "host_table.entries: nothing is asked"),
    (
        "workstation",
        {"occurrence": "day", "host_table": {"entries": [ENTRY]}},
        "missing parameter(s) required by 'occurrence': drill",
    ),
    (
        "workstation_info",
        {"services": {"endpoints": [{"kind": "tcp", "port": 1}]}},
        "has neither name nor address",
    ),
    (
        "workstation_info",
        {"services": {"endpoints": [{"kind": "tcp", "port": 0, "address": "127.0.0.1"}]}},
        "services.endpoints[0].port: 0 is no port",
    ),
    (
        "workstation_info",
        {"services": {"endpoints": [], "servers": ["127.0.0.1"], "server_port": 65536}},
        "services.server_port: 65536 is no port",
    ),
    ("workstation_info", {"services": {"endpoints": [], "timeout": 0}}, "services.timeout: 0.0 is no time"),
]


@pytest.mark.parametrize(("module", "parameters", "message"), BAD)
def test_bad_input_gives_one_message_and_changes_nothing(
    pc: Path, module: str, parameters: dict[str, Any], message: str
) -> None:
    before = tree(pc)
    given = {"state_dir": str(pc / "state"), **parameters}
    for concern, table in (("host_table", "hosts"), ("dns_servers", "resolv.conf")):
        if module == concern:
            given.setdefault("path", str(pc / table))
    refused = run(module, given)
    assert refused["failed"] is True and message in refused["msg"], refused["msg"]
    assert refused.get("changed", False) is False and tree(pc) == before


SITES = (
    b"<FileZilla3><Servers><Server><Host>10.243.2.141</Host><Port>18801</Port><Protocol>1</Protocol>"
    b"</Server></Servers></FileZilla3>"
)
SITE = {
    "known": [{"host": "10.243.2.141", "port": 18801}, {"host": "10.243.66.141", "port": 18801}],
    "host": "10.243.66.141",
    "port": 18801,
}


@pytest.mark.parametrize("odd", ["folder", "link", "cut off"])
def test_a_client_whose_settings_cannot_be_had_waits_and_the_rest_goes_ahead(pc: Path, odd: str) -> None:
    settings = pc / "settings"
    settings.mkdir()
    (settings / "sitemanager.xml").write_bytes(SITES)
    if odd == "folder":
        (settings / "filezilla.xml").mkdir()
    elif odd == "link":
        (settings / "filezilla.xml").symlink_to(pc / "nowhere")
    else:
        (settings / "filezilla.xml").write_bytes(b"<FileZilla3><Settings>")
    # Of this one only: whether others run at this moment is told, too.
    clients = {"clients": ["filezilla"], "sites": [SITE], "config_dir": str(settings)}
    asked = {"host_table": host_table(pc), "sftp_client": clients, "state_dir": str(pc / "state")}
    predicted, told = run("workstation", asked, check=True), run("workstation", asked)
    assert told["changed"] and told["state"] == "changed" and b"10.2.0.51 rap" in (pc / "hosts").read_bytes()
    assert (settings / "sitemanager.xml").read_bytes() == SITES
    (finding,) = [each for each in told["findings"] if each["level"] == "pending"]
    assert str(settings / "filezilla.xml") in finding["where"] and finding["remedy"]
    assert told["after"]["sftp_client"]["pending"] and predicted["after"] == told["after"]
    refused = run("sftp_client", {**clients, "if_running": "fail", "state_dir": str(pc / "state")})
    assert refused["failed"] and str(settings / "filezilla.xml") in refused["msg"]
    if odd == "folder":
        (settings / "filezilla.xml").rmdir()
    else:
        (settings / "filezilla.xml").unlink()
    again = run("workstation", asked)
    assert again["changed"] and b"10.243.66.141" in (settings / "sitemanager.xml").read_bytes()


@pytest.mark.parametrize("check", [True, False])
def test_where_there_is_no_folder_nothing_can_be_made_and_check_mode_says_so(pc: Path, check: bool) -> None:
    before = tree(pc)
    asked = {"path": str(pc / "nowhere" / "hosts"), "entries": [ENTRY], "state_dir": str(pc / "state")}
    refused = run("host_table", asked, check=check)
    assert refused["failed"] and "its folder does not exist. Correct the path" in refused["msg"]
    assert not refused["changed"] and tree(pc) == before
    absent = {**asked, "state": "absent"}
    assert run("host_table", absent, check=check)["changed"] is False


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "is not a regular file"),
        (lambda path: path.write_bytes(bytes(600)), "a damaged file"),
        (lambda path: path.write_bytes("10.0.0.1 a".encode("utf-16")), "UTF-16"),
    ],
)
def test_what_is_no_host_table_is_left_alone(pc: Path, make: Any, message: str) -> None:
    (pc / "hosts").unlink()
    make(pc / "hosts")
    before = tree(pc)
    refused = run("host_table", {**host_table(pc), "state_dir": str(pc / "state")})
    assert refused["failed"] and message in refused["msg"], refused["msg"]
    assert tree(pc) == before


def test_a_state_dir_that_others_may_enter_is_refused(pc: Path) -> None:
    (pc / "state").mkdir(mode=0o755)
    (pc / "state").chmod(0o755)
    before = tree(pc)
    refused = run("workstation", both(pc))
    assert (
        "is not a folder that this user alone may enter" in refused["msg"] and "chmod 0700" in refused["msg"]
    )
    assert tree(pc) == before
