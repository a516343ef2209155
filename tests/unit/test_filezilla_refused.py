# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's settings: what is refused, and what people are told."""

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    Refusal,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Part, Wish

from tests.unit.filezilla_person import (
    HOME,
    LIMIT,
    ONE,
    PORT,
    PRIMARY,
    SECONDARY,
    SECRET,
    SERVER,
    STALE,
    after,
    fixture,
    planned,
    queue,
    rows,
    sites,
    to,
)

WITHOUT_SERVERS = queue([], "CREATE TABLE others (id)", "DROP TABLE servers")

FILES = queue([(PRIMARY, PORT, 1, 0)], "CREATE TABLE files (id INTEGER PRIMARY KEY, source TEXT)")


def damaged(content: bytes) -> bytes:
    """The last page is another table's: the servers can be read as if nothing were wrong."""
    assert len(content) % 4096 == 0
    return content[:-4096] + bytes(4096)


REFUSED = {
    "cut off": ("sitemanager.xml", b"<FileZilla3><Servers>", "line 1: this is not a whole XML file"),
    "empty": ("sitemanager.xml", b"", "this is not a whole XML file"),
    "another root": ("sitemanager.xml", b"<Servers/>", "no file of FileZilla"),
    "DOCTYPE": ("sitemanager.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><FileZilla3/>", "has a DOCTYPE"),
    "encoding": (
        "recentservers.xml",
        b"<?xml version='1.0' encoding='Big5'?><FileZilla3/>",
        "its encoding is Big5",
    ),
    "UTF-16": ("filezilla.xml", "\ufeff<FileZilla3/>".encode("utf-16-le"), "its encoding is not UTF-8"),
    "UTF-16 without a mark": ("filezilla.xml", "<FileZilla3/>".encode("utf-16-be"), "its encoding is not"),
    "not UTF-8": ("filezilla.xml", b"<FileZilla3>\xff</FileZilla3>", "this is not a whole XML file"),
    "depth": ("sitemanager.xml", b"<FileZilla3>" + b"<Folder>" * 100_000, "nested more than 500 deep"),
    "no database": ("queue.sqlite3", b"x" * 4096, "no SQLite database"),
    "write-ahead log": (
        "queue.sqlite3",
        queue([])[:18] + b"\2\2" + queue([])[20:],
        "no SQLite database of the kind",
    ),
    "no table": ("queue.sqlite3", WITHOUT_SERVERS, "it has no table of servers"),
    "virtual table": ("queue.sqlite3", queue([], "CREATE VIRTUAL TABLE t USING fts5(a)"), "triggers, views"),
    "two rows of one number": (
        "queue.sqlite3",
        queue(
            [(PRIMARY, PORT, 1, 0)] * 2,
            schema="CREATE TABLE servers (rowid INTEGER DEFAULT 1, id INTEGER, host,"
            " port, protocol, max_connections, password)",
        ),
        "cannot be told apart",
    ),
    "trigger": (
        "queue.sqlite3",
        queue([], "CREATE TRIGGER t AFTER UPDATE ON servers BEGIN DELETE FROM servers; END"),
        "triggers, views",
    ),
    "bytes behind": ("queue.sqlite3", queue([]) + b"x", "no whole queue"),
    "a page behind": ("queue.sqlite3", queue([]) + bytes(4096), "no whole queue"),
    "a page missing": ("queue.sqlite3", queue([])[:-4096], "no whole queue"),
    "a page of zeros": ("queue.sqlite3", damaged(FILES), "SQLite finds it damaged"),
    "cut off queue": ("queue.sqlite3", queue([(PRIMARY, PORT, 1, 0)])[:5000], "no whole queue"),
    "journal": ("queue.sqlite3-journal", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "queue.sqlite3-journal exists"),
    "log": ("queue.sqlite3-wal", b"\x37\x7f\x06\x82", "queue.sqlite3-wal exists"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    name, content, what = REFUSED[case]
    with pytest.raises(Refusal, match=what) as refused:
        planned({**fixture(), name: content})
    assert refused.value.where.startswith(HOME + name.partition("-")[0])
    assert refused.value.remedy.startswith("Nothing was changed")


@pytest.mark.parametrize("content", [b"", bytes(512)])
def test_a_journal_that_is_over_is_none(content: bytes) -> None:
    files = {"sitemanager.xml": sites(SERVER), "queue.sqlite3": queue([(PRIMARY, PORT, 1, 0)])}
    made = after({**files, "queue.sqlite3-journal": content})
    assert rows(made["queue.sqlite3"])[0]["host"] == SECONDARY


@pytest.mark.parametrize("limit", [7, None, "x"])
def test_without_a_limit_in_the_wish_the_queue_keeps_its_own(limit: object) -> None:
    files = {"sitemanager.xml": sites(), "queue.sqlite3": queue([(PRIMARY, PORT, 1, limit)])}
    (row,) = rows(after(files, to(SECONDARY, None))["queue.sqlite3"])
    assert (row["host"], row["max_connections"]) == (SECONDARY, limit)


def test_what_could_be_a_secret_is_no_part_of_an_open_edit() -> None:
    strange = sites(SERVER + f"<{LIMIT}>{SECRET}</{LIMIT}>")
    host, limit = planned({"sitemanager.xml": strange}).edits
    assert isinstance(host, Splice)
    assert isinstance(limit, Splice)
    assert (host.secret, host.old) == (False, PRIMARY.encode())
    assert (limit.secret, limit.old) == (True, SECRET.encode())


def test_a_queue_in_which_nothing_was_ever_written_is_left_alone() -> None:
    assert after({"sitemanager.xml": sites(SERVER + ONE), "queue.sqlite3": b""})["queue.sqlite3"] == b""


# What people are told.

FINDINGS = {
    "stale": (
        SERVER.replace(PRIMARY, STALE) + "<Name>Old\n one</Name>",
        "site Old one",
        f"{STALE}, an address of an earlier generation",
    ),
    "stale, its name as text": (
        SERVER.replace(PRIMARY, STALE) + "Old &amp; one",
        "site Old & one",
        "an earlier generation",
    ),
    "stale at any port": (
        SERVER.replace(PRIMARY, STALE).replace(str(PORT), "22"),
        "site",
        "an earlier generation",
    ),
    "no port": (SERVER.replace(f"<Port>{PORT}</Port>", ""), "site", "has no port"),
    "port 0": (SERVER.replace(str(PORT), "0"), "site", "has no port"),
    "another port": (
        SERVER.replace(str(PORT), "22"),
        "site",
        f"{PRIMARY}:22: port and address do not belong",
    ),
    "FTP": (SERVER.replace("<Protocol>1", "<Protocol>0"), "site", "another protocol than SFTP"),
    "no protocol": (SERVER.replace("<Protocol>1</Protocol>", ""), "site", "another protocol than SFTP"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_told(case: str) -> None:
    text, where, what = FINDINGS[case]
    part = planned({"sitemanager.xml": sites(text)})
    (finding,) = part.findings
    assert (finding.level, finding.where) == (WARNING, f"{HOME}sitemanager.xml: {where}")
    assert what in finding.what
    assert finding.remedy
    assert (part.edits, part.sites) == ((), ())


NOT_TOLD = {
    "a name of no move": SERVER.replace(PRIMARY, "ftp.example.org"),
    "a name of no move at another port": SERVER.replace(PRIMARY, "x.example").replace(str(PORT), "22"),
    "stale by FTP": SERVER.replace(PRIMARY, STALE).replace("<Protocol>1", "<Protocol>0"),
    "nothing": "",
}


@pytest.mark.parametrize("case", NOT_TOLD)
def test_nobodys_business(case: str) -> None:
    assert planned({"sitemanager.xml": sites(NOT_TOLD[case])}) == Part()


def test_a_port_that_is_not_the_addresss_is_told_wherever_it_stands() -> None:
    server = SERVER.replace(str(PORT), "18802")
    files = {
        "recentservers.xml": f"<FileZilla3><RecentServers><Server>{server}</Server></RecentServers></FileZilla3>",
        "filezilla.xml": f"<FileZilla3><Settings><LastServer>{server}</LastServer></Settings></FileZilla3>",
    }
    part = planned(
        {
            "sitemanager.xml": sites(server),
            "queue.sqlite3": queue([(PRIMARY, 18802, 1, 0)]),
            **{name: text.encode() for name, text in files.items()},
        }
    )
    assert {one.where.rpartition(": ")[2] for one in part.findings} == {
        "site",
        "last server",
        "recent server",
        "queue",
    }
    assert {(one.level, str(PORT) in one.remedy) for one in part.findings} == {(WARNING, True)}
    assert (part.edits, part.sites) == ((), ())


def test_a_port_of_another_move_is_told_with_the_one_that_belongs_to_the_address() -> None:
    moves = (*to(SECONDARY).moves, Move(frozenset({("10.1.1.1", 18802)}), "10.1.1.1", 18802))
    wish = Wish(1, moves)
    (finding,) = planned({"sitemanager.xml": sites(SERVER.replace(str(PORT), "18802"))}, wish).findings
    assert f"port {PORT} in" in finding.remedy


def test_a_stale_row_of_the_queue_is_told() -> None:
    part = planned({"sitemanager.xml": sites(), "queue.sqlite3": queue([(STALE, PORT, 1, 0)])})
    assert [one.where for one in part.findings] == [f"{HOME}queue.sqlite3: queue"]


def test_what_no_setting_prevents_is_told_once_and_only_where_a_limit_is_wanted() -> None:
    files = {"sitemanager.xml": sites(SERVER, SERVER)}
    (finding,) = planned(files).findings
    assert (finding.level, finding.where) == (INFO, HOME.rstrip("/"))
    assert "Quickconnect" in finding.what
    assert "rap" in finding.remedy
    assert planned(files, to(SECONDARY, None)).findings == ()
