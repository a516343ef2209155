# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's settings: the laws over ugly files, and what the real program wrote."""

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, Splice
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Site, Wish
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.filezilla_person import (
    HOME,
    LIMIT,
    NAMES,
    PORT,
    PRIMARY,
    SECONDARY,
    SECRET,
    TO_PRIMARY,
    TO_SECONDARY,
    after,
    fixture,
    hosts,
    planned,
    queue,
    rows,
    servers,
    site_managers,
    to,
    told,
)

laws = settings(deadline=None)  # a busy machine breaks no law


KNOWN = {PRIMARY, SECONDARY}
queues = st.lists(
    st.tuples(
        hosts,
        st.sampled_from([PORT, PORT, 22, None, "x"]),
        st.sampled_from([1, 1, 0, None]),
        st.sampled_from([0, 1, 7, None]),
    ),
    max_size=4,
).map(queue)


def matches(server: dict[str, str]) -> bool:
    return server.get("Host") in KNOWN and server.get("Port") == str(PORT) and server.get("Protocol") == "1"


@laws
@given(site_managers(), st.sampled_from([TO_PRIMARY, TO_SECONDARY]))
def test_host_port_and_protocol_decide_and_only_host_and_limit_move(content: bytes, wish: Wish) -> None:
    made = after({"sitemanager.xml": content}, wish)["sitemanager.xml"]
    was = servers(content)
    expected = [{**one, "Host": wish.moves[0].host, LIMIT: "1"} if matches(one) else one for one in was]
    assert servers(made) == expected


@laws
@given(site_managers())
def test_a_site_is_told_as_it_stands(content: bytes) -> None:
    part = planned({"sitemanager.xml": content})
    expected = [(one["Host"], PORT, one.get(LIMIT) == "1") for one in servers(content) if matches(one)]
    assert [(one.host, one.port, one.limited) for one in part.sites] == expected


@laws
@given(site_managers(), queues)
def test_twice_is_once(content: bytes, waiting: bytes) -> None:
    files = {**fixture(), "sitemanager.xml": content, "queue.sqlite3": waiting}
    assert planned(after(files)).edits == ()


@laws
@given(site_managers(), queues)
def test_there_and_back(content: bytes, waiting: bytes) -> None:
    start = after({**fixture(), "sitemanager.xml": content, "queue.sqlite3": waiting}, TO_PRIMARY)
    back = after(after(start), TO_PRIMARY)
    assert rows(back.pop("queue.sqlite3")) == rows(start.pop("queue.sqlite3"))
    assert back == start


@laws
@given(queues)
def test_a_queue_moves_its_own_rows_only(content: bytes) -> None:
    made = after({"sitemanager.xml": EMPTY, "queue.sqlite3": content})["queue.sqlite3"]
    expected = [
        {**row, "host": SECONDARY, "max_connections": 1}
        if row["host"] in KNOWN and row["port"] == PORT and row["protocol"] == 1
        else row
        for row in rows(content)
    ]
    assert rows(made) == expected


EMPTY = b"<FileZilla3><Servers/></FileZilla3>"


@laws
@given(site_managers(), queues)
def test_no_secret_is_told(content: bytes, waiting: bytes) -> None:
    files = {**fixture(), "sitemanager.xml": content, "queue.sqlite3": waiting}
    for wish in (TO_SECONDARY, LOOPBACK):
        part = planned(files, wish)
        assert SECRET not in told(part)
        assert "UGw0bnRlZC1TZWNyZXQ" not in told(part)  # the same in base64


@laws
@given(st.sampled_from(NAMES), st.data())
def test_junk_is_refused_or_left_alone(name: str, data: st.DataObject) -> None:
    whole = fixture()[name]
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 50)) | st.just(len(whole)))
    junk = whole[:start] + data.draw(st.binary(max_size=30)) + whole[stop:]
    files = {**fixture(), name: junk}
    try:
        part = planned(files, LOOPBACK)
    except Refusal as refusal:
        assert refusal.where.startswith(HOME + name)
        assert SECRET not in str(refusal)
    else:
        assert planned(after(files, LOOPBACK), LOOPBACK).edits == ()
        assert SECRET not in told(part)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("xml")])
def test_a_truncated_file_is_refused_wherever_it_ends(name: str) -> None:
    whole = fixture()[name]
    for end in range(0, len(whole.rstrip()), 7):
        with pytest.raises(Refusal, match="not a whole XML file"):
            planned({**fixture(), name: whole[:end]}, LOOPBACK)


# What the real program wrote: it was used on a loopback network.
LOOPBACK = to("127.5.5.141", known=frozenset({"127.2.2.14", "127.5.5.141"}))
RECORDED = to("127.5.5.141", known=frozenset({"127.243.2.51", "127.5.5.141"}))
REAL = [
    ("", LOOPBACK, "Drill <main>"),
    ("real-3.63/default", RECORDED, "RAP"),
    ("real-3.63/one-login", RECORDED, "RAP"),
]


@pytest.mark.parametrize(("folder", "wish", "name"), REAL)
def test_the_real_programs_files_are_found_and_moved_in_every_place(
    folder: str, wish: Wish, name: str
) -> None:
    files = fixture(folder)
    part = planned(files, wish)
    limited = "one-login" in folder
    (old,) = {host for host, _ in wish.moves[0].known} - {"127.5.5.141"}
    assert part.sites[0] == Site(f"{HOME}sitemanager.xml: site {name}", old, PORT, limited, "")
    assert set(part.sites[-3:]) == {
        Site(f"{HOME}filezilla.xml: tab", old, PORT, limited, "/tmp/analyst/" if folder else "/home/rap/"),
        Site(f"{HOME}recentservers.xml: recent server", old, PORT, None),
        Site(f"{HOME}queue.sqlite3: queue", old, PORT, limited),
    }
    assert part.version == "3.63.0"
    made = after(files, wish)
    assert {(one.host, one.limited) for one in planned(made, wish).sites} == {
        ("127.5.5.141", True),
        ("127.5.5.141", None),
    }
    for setting in (b"Number of Transfers", b"Concurrent download limit", b"Concurrent upload limit"):
        assert b'<Setting name="%s">1</Setting>' % setting in made["filezilla.xml"]
    assert b'<Setting name="Already connected choice">3</Setting>' in made["filezilla.xml"]


@pytest.mark.parametrize(("folder", "wish", "name"), REAL)
def test_of_the_real_programs_files_nothing_else_moves(folder: str, wish: Wish, name: str) -> None:
    files = fixture(folder)
    made = after(files, wish)
    for part in ("sitemanager.xml", "recentservers.xml"):
        was, now = servers(files[part]), servers(made[part])
        changed = [(one, two) for one, two in zip(was, now, strict=True) if one != two]
        assert changed
        for one, two in changed:
            limit = {LIMIT: "1"} if part == "sitemanager.xml" else {}
            assert two == {**one, "Host": "127.5.5.141", **limit}
    for table in ("files", "local_paths", "remote_paths"):
        assert rows(made["queue.sqlite3"], table) == rows(files["queue.sqlite3"], table)


def test_a_limit_gets_a_line_of_its_own_where_filezilla_writes_it() -> None:
    made = after(fixture(), LOOPBACK)["sitemanager.xml"]
    assert (
        b"\n\t\t\t\t<Logontype>1</Logontype>\n\t\t\t\t<%b>1</%b>\n\t\t\t\t<Enc" % ((LIMIT.encode(),) * 2)
        in made
    )


def test_without_a_limit_in_the_wish_no_limit_is_set() -> None:
    made = after(fixture(), to("127.5.5.141", None, frozenset({"127.2.2.14", "127.5.5.141"})))
    assert made["sitemanager.xml"] == fixture()["sitemanager.xml"].replace(
        b"127.2.2.14</Host>\n\t\t\t\t<Port>18801", b"127.5.5.141</Host>\n\t\t\t\t<Port>18801"
    )
    assert made["filezilla.xml"] == fixture()["filezilla.xml"].replace(b"127.2.2.14", b"127.5.5.141")


def test_where_nothing_matches_nothing_is_edited() -> None:
    part = planned(fixture(), TO_SECONDARY)
    assert (part.edits, part.sites) == ((), ())


def test_the_queue_is_one_secret_edit() -> None:
    (edit,) = [one for one in planned(fixture(), LOOPBACK).edits if one.path.endswith("sqlite3")]  # type: ignore[union-attr]
    assert isinstance(edit, Splice)
    assert edit.secret
    assert (edit.start, edit.old) == (0, fixture()["queue.sqlite3"])


def many(count: int) -> bytes:
    one = fixture()["sitemanager.xml"]
    start, stop = one.index(b"<Server>"), one.index(b"</Servers>")
    return one[:start] + one[start:stop] * (count // 5) + one[stop:]


def test_a_large_filezilla_moves_as_a_small_one_does() -> None:
    waiting = queue(
        [("127.2.2.14", PORT, 1, 0)],
        "CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2600)"
        " INSERT INTO files (path) SELECT hex(zeroblob(480)) FROM n",
    )
    files = {**fixture(), "sitemanager.xml": many(2000), "queue.sqlite3": waiting}
    assert len(waiting) > 5_000_000
    assert len(planned(files, LOOPBACK).sites) == 400 + 3
    assert planned(after(files, LOOPBACK), LOOPBACK).edits == ()


def test_twenty_thousand_sites_are_no_trouble() -> None:
    part = planned({**fixture(), "sitemanager.xml": many(20_000)}, LOOPBACK)
    assert len([one for one in part.sites if "sitemanager.xml" in one.where]) == 4_000
