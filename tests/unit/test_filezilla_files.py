# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's settings: where they are, every edit as bytes before and after, what is refused, what people are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    POSIX,
    WARNING,
    WINDOWS,
    File,
    Look,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_queue
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_folder import DEFAULTS
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Part, Wish
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.filezilla import CLIENT

from tests.unit.filezilla_person import (
    HOME,
    PORT,
    PRIMARY,
    RAP,
    SECONDARY,
    SECRET,
    STALE,
    TO_PRIMARY,
    TO_SECONDARY,
    after,
    fixture,
    planned,
    queue,
    rows,
    seen,
    to,
)

ANALYST = Profile("S-1-5-21-1", r"C:\Users\analyst", name="analyst")
LIMIT = "MaximumMultipleConnections"
SERVER = f"<Host>{PRIMARY}</Host><Port>{PORT}</Port><Protocol>1</Protocol>"


def sites(*inside: str) -> bytes:
    servers = "".join(f"<Server>{one}</Server>" for one in inside)
    return f"<FileZilla3><Servers>{servers}</Servers></FileZilla3>".encode()


def asked(wish: Wish, profile: Profile, world: Seen) -> Seen:
    """The world after looks until nothing new is asked for; what is not there does not exist."""
    for _ in range(3):
        more = CLIENT.look(wish, profile, world).without(world)
        if not more:
            return world
        world = world._replace(files={**dict.fromkeys(more.files), **world.files})
    raise AssertionError("FileZilla asks for ever")


def moved(profile: Profile, system: str, files: dict[str, bytes], wish: Wish = TO_SECONDARY) -> set[str]:
    """The paths that a plan edits."""
    world = asked(
        wish, profile, Seen(system=system, files={path: File(text) for path, text in files.items()})
    )
    return {edit.path for edit in CLIENT.plan(wish, profile, world).edits}  # type: ignore[union-attr]


# Where the settings are.


def test_only_files_are_looked_at_and_only_those_of_filezilla() -> None:
    look = CLIENT.look(TO_SECONDARY, RAP, Seen())
    assert look == Look(files=look.files)
    assert {path for path in look.files if not path.startswith("/home/rap/")} == set(DEFAULTS[False])
    assert f"{HOME}queue.sqlite3-journal" in look.files


@pytest.mark.parametrize("folder", ["/home/rap/.config/filezilla/", "/home/rap/.filezilla/"])
def test_of_the_two_folders_that_one_is_taken_that_exists(folder: str) -> None:
    path = folder + "sitemanager.xml"
    assert moved(RAP, POSIX, {path: sites(SERVER)}) == {path}


def test_with_both_folders_the_later_kind_is_used() -> None:
    files = {f"/home/rap/{one}/sitemanager.xml": sites(SERVER) for one in (".filezilla", ".config/filezilla")}
    assert moved(RAP, POSIX, files) == {HOME + "sitemanager.xml"}


def test_a_folder_without_sites_and_settings_is_no_filezilla() -> None:
    assert planned({"queue.sqlite3": queue([(PRIMARY, PORT, 1, 0)])}) == Part()


def test_windows() -> None:
    path = r"C:\Users\analyst\AppData\Roaming\FileZilla\sitemanager.xml"
    assert moved(ANALYST, WINDOWS, {path: sites(SERVER)}) == {path}


@pytest.mark.parametrize(
    ("system", "path"), [(POSIX, "/opt/fz/sitemanager.xml"), (WINDOWS, r"D:\fz\sitemanager.xml")]
)
def test_a_folder_that_is_given_is_the_only_one(system: str, path: str) -> None:
    other = HOME if system == POSIX else "C:\\Users\\analyst\\AppData\\Roaming\\FileZilla\\"
    profile = RAP if system == POSIX else ANALYST
    files = {path: sites(SERVER), other + "sitemanager.xml": sites(SERVER)}
    wish = TO_SECONDARY._replace(config_dir=path[: -len("/sitemanager.xml")])
    assert moved(profile, system, files, wish) == {path}


@pytest.mark.parametrize(
    ("system", "told", "folder"),
    [
        (POSIX, "/srv/fz/", "/srv/fz"),
        (POSIX, "$HOME/fz", "/home/rap/fz"),
        (POSIX, "/srv/$USER/fz", "/srv/rap/fz"),
        (POSIX, "/srv/$$USER", "/srv/$USER"),
        (POSIX, "settings", "/etc/filezilla/settings"),
        (POSIX, ".", "/etc/filezilla"),
        (WINDOWS, r"$APPDATA\fz", r"C:\Users\analyst\AppData\Roaming\fz"),
        (WINDOWS, r"$USERPROFILE/fz/", r"C:\Users\analyst\fz"),
        (WINDOWS, r"D:\fz\$USERNAME", r"D:\fz\analyst"),
        (WINDOWS, ".", r"C:\Program Files\FileZilla FTP Client"),
    ],
)
def test_the_installers_config_location_is_followed(system: str, told: str, folder: str) -> None:
    profile = RAP if system == POSIX else ANALYST
    path = folder + ("/" if system == POSIX else "\\") + "sitemanager.xml"
    files = {DEFAULTS[system == WINDOWS][0]: location(told), path: sites(SERVER)}
    assert moved(profile, system, files) == {path}


def location(told: str) -> bytes:
    return f'<FileZilla3><Settings><Setting name="Config Location">{told}</Setting></Settings></FileZilla3>'.encode()


def test_a_config_location_that_cannot_be_known_is_told() -> None:
    world = seen(
        {"sitemanager.xml": sites(SERVER)}, others={DEFAULTS[False][0]: location("$SOMEDIR/filezilla/")}
    )
    part = CLIENT.plan(TO_SECONDARY, RAP, world)
    assert (part.findings[0].level, part.findings[0].where) == (WARNING, DEFAULTS[False][0])
    assert "config_dir" in part.findings[0].remedy


def test_an_installers_file_that_is_broken_is_refused_by_the_plan_and_not_by_the_look() -> None:
    world = seen({}, others={DEFAULTS[False][0]: b"<FileZilla3>"})
    assert set(DEFAULTS[False]) <= CLIENT.look(TO_SECONDARY, RAP, world).files
    with pytest.raises(Refusal, match=r"fzdefaults\.xml, line 1: this is not a whole XML file"):
        CLIENT.plan(TO_SECONDARY, RAP, world)


@pytest.mark.parametrize(
    ("wish", "limit", "level"),
    [(TO_SECONDARY, "1", WARNING), (TO_PRIMARY, "1", INFO), (TO_PRIMARY, "0", WARNING)],
)
def test_an_installers_site_is_told_and_never_edited(wish: Wish, limit: str, level: str) -> None:
    installed = sites(f"{SERVER}<{LIMIT}>{limit}</{LIMIT}><Name>House</Name>")
    world = seen({"filezilla.xml": b"<FileZilla3/>"}, others={DEFAULTS[False][0]: installed})
    part = CLIENT.plan(wish, RAP, world)
    (finding,) = part.findings
    assert (finding.level, finding.where) == (level, f"{DEFAULTS[False][0]}: site House")
    assert bool(finding.remedy) == (level == WARNING)
    assert part.edits == ()
    assert [(one.host, one.limited) for one in part.sites] == [(PRIMARY, limit == "1")]


# Every edit, as bytes before and after.

ONE = f"<{LIMIT}>1</{LIMIT}>"
MOVED = SERVER.replace(PRIMARY, SECONDARY)
EDITS = {
    "one line": (SERVER, MOVED + ONE),
    "there already": (SERVER + ONE, MOVED + ONE),
    "spelled in another way": (SERVER + f"<{LIMIT}>01</{LIMIT}>", MOVED + f"<{LIMIT}>01</{LIMIT}>"),
    "another limit": (SERVER + f"<{LIMIT}> 10 </{LIMIT}>", MOVED + f"<{LIMIT}> 1 </{LIMIT}>"),
    "closed by itself": (SERVER + f"<{LIMIT} a='>' />", MOVED + f"<{LIMIT} a='>'>1</{LIMIT}>"),
    "empty": (SERVER + f"<{LIMIT}></{LIMIT}>", MOVED + ONE),
    "CR LF": (SERVER.replace("><P", ">\r\n\t<P"), MOVED.replace("><P", ">\r\n\t<P") + "\r\n\t" + ONE),
    "behind the password": (
        SERVER + "<Pass>x</Pass><Name>n</Name>",
        MOVED + f"<Pass>x</Pass>{ONE}<Name>n</Name>",
    ),
    "name as text": (SERVER + f"RAP {PRIMARY}", MOVED + ONE + f"RAP {PRIMARY}"),
    "blanks": (
        SERVER.replace(PRIMARY, f"\n {PRIMARY}\t"),
        MOVED.replace(SECONDARY, f"\n {SECONDARY}\t") + ONE,
    ),
    "entities": (SERVER.replace(".", "&#46;"), MOVED + ONE),
    "CDATA": (
        SERVER.replace(PRIMARY, f"<![CDATA[{PRIMARY}]]>"),
        MOVED.replace(SECONDARY, f"<![CDATA[{SECONDARY}]]>") + ONE,
    ),
    "comment": (
        SERVER.replace(PRIMARY, f"<!--{PRIMARY}-->{PRIMARY}"),
        MOVED.replace(SECONDARY, f"<!--{PRIMARY}-->{SECONDARY}") + ONE,
    ),
    "comment behind": (
        SERVER.replace(PRIMARY, f"{PRIMARY}<!-- -->1"),
        MOVED.replace(SECONDARY, f"{SECONDARY}<!-- -->1") + ONE,
    ),
    "comment between blanks": (
        SERVER.replace(PRIMARY, f" <!-- --> {PRIMARY}"),
        MOVED.replace(SECONDARY, f" <!-- --> {SECONDARY}") + ONE,
    ),
    "the first counts": (SERVER + SERVER, MOVED + ONE + SERVER),
    "remote folder": (
        SERVER + f"<RemoteDir>{PRIMARY}</RemoteDir>",
        MOVED + ONE + f"<RemoteDir>{PRIMARY}</RemoteDir>",
    ),
    "neighbour": (SERVER.replace(PRIMARY, PRIMARY + "1"),) * 2,
    "another port": (SERVER.replace(str(PORT), "22"),) * 2,
    "no port": (SERVER.replace(str(PORT), ""),) * 2,
    "FTP": (SERVER.replace("<Protocol>1", "<Protocol>0"),) * 2,
    "no protocol": (SERVER.replace("<Protocol>1</Protocol>", ""),) * 2,
    "in an element of its own": (f"<X>{SERVER}</X>",) * 2,
    "in a comment": (f"<!--{SERVER}-->",) * 2,
    "a number that is none": (SERVER.replace(str(PORT), "18_801"),) * 2,
}


@pytest.mark.parametrize("case", EDITS)
def test_a_site(case: str) -> None:
    before, expected = EDITS[case]
    made = after({"sitemanager.xml": sites("<Host>x</Host>", before)})
    assert made == {"sitemanager.xml": sites("<Host>x</Host>", expected)}


def test_the_wanted_port_is_set_too() -> None:
    known = frozenset({(PRIMARY, PORT), (SECONDARY, 22)})
    wish = Wish(None, (TO_SECONDARY.moves[0]._replace(known=known, host=SECONDARY, port=22),))
    made = after({"sitemanager.xml": sites(SERVER)}, wish)["sitemanager.xml"]
    assert made == sites(MOVED.replace(str(PORT), "22"))


def test_a_name_is_known_whatever_its_case() -> None:
    wish = to("rap.example", known=frozenset({"rap.example", PRIMARY}))
    named = sites(SERVER.replace(PRIMARY, "RAP.Example") + ONE)
    assert planned({"sitemanager.xml": named}, wish).edits == ()
    assert (
        SECONDARY.encode()
        in after({"sitemanager.xml": named}, to(SECONDARY, known=frozenset({"rap.example"})))[
            "sitemanager.xml"
        ]
    )


WANTED = {
    name: f'<Setting name="{name}">{value}</Setting>'
    for name, value in (
        ("Number of Transfers", 1),
        ("Concurrent download limit", 1),
        ("Concurrent upload limit", 1),
        ("Already connected choice", 3),
    )
}
ALL = "".join(WANTED.values())
LINES = "".join("\n\t\t" + one for one in WANTED.values())
OTHER = '<Setting name="x">1</Setting>'
TWO = '<Setting name="Number of Transfers">2</Setting>'
PROGRAM = {
    "no settings": ("", f"<Settings>{ALL}</Settings>"),
    "settings closed by themselves": ("<Settings />", f"<Settings>{ALL}</Settings>"),
    "empty settings": ("<Settings></Settings>", f"<Settings>{ALL}</Settings>"),
    "one line": (f"<Settings>{OTHER}</Settings>", f"<Settings>{OTHER}{ALL}</Settings>"),
    "lines": (
        f"\n\t<Settings>\n\t\t{OTHER}\n\t</Settings>\n",
        f"\n\t<Settings>\n\t\t{OTHER}{LINES}\n\t</Settings>\n",
    ),
    "lines of empty settings": ("\n\t<Settings>\n\t</Settings>\n", f"\n\t<Settings>{LINES}\n\t</Settings>\n"),
    "lines of settings closed by themselves": (
        "\n\t<Settings/>\n",
        f"\n\t<Settings>{LINES}\n\t</Settings>\n",
    ),
    "as wanted, spelled in another way": (f"<Settings>{ALL.replace('>1<', '>01<')}</Settings>",) * 2,
    "as wanted": (f"<Settings>{ALL}</Settings>", f"<Settings>{ALL}</Settings>"),
    "the first of several counts": (
        f"<Settings>{TWO}{TWO}{ALL}</Settings>",
        f"<Settings>{WANTED['Number of Transfers']}{TWO}{ALL}</Settings>",
    ),
    "one that is empty": (
        f"<Settings>{ALL.replace('>3</Setting>', ' />')}</Settings>",
        f"<Settings>{ALL.replace('>3</Setting>', '>3</Setting>')}</Settings>",
    ),
}


@pytest.mark.parametrize("case", PROGRAM)
def test_the_limits_of_the_program(case: str) -> None:
    before, expected = (f"<FileZilla3>{one}</FileZilla3>".encode() for one in PROGRAM[case])
    files = {"sitemanager.xml": sites(SERVER), "filezilla.xml": before}
    assert after(files)["filezilla.xml"] == expected


def test_settings_that_do_not_exist_are_not_created() -> None:
    assert set(after({"sitemanager.xml": sites(SERVER)})) == {"sitemanager.xml"}


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (
            f'<Setting name="Tab data"><Tabs><Tab>{SERVER}</Tab></Tabs></Setting>',
            f'<Setting name="Tab data"><Tabs><Tab>{MOVED}{ONE}</Tab></Tabs></Setting>',
        ),
        (f"<LastServer>{SERVER}</LastServer>", f"<LastServer>{MOVED}</LastServer>"),
        (f'<Setting name="Other"><Tabs><Tab>{SERVER}</Tab></Tabs></Setting>',) * 2,
    ],
)
def test_what_the_program_opens_again(before: str, expected: str) -> None:
    made = after(
        {
            "sitemanager.xml": sites(SERVER),
            "filezilla.xml": f"<FileZilla3><Settings>{ALL}{before}</Settings></FileZilla3>".encode(),
        }
    )
    assert made["filezilla.xml"] == f"<FileZilla3><Settings>{ALL}{expected}</Settings></FileZilla3>".encode()


# What is refused.

WITHOUT_SERVERS = queue([], "CREATE TABLE others (id)", "DROP TABLE servers")

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
    "another port": SERVER.replace(str(PORT), "22"),
    "stale by FTP": SERVER.replace(PRIMARY, STALE).replace("<Protocol>1", "<Protocol>0"),
    "nothing": "",
}


@pytest.mark.parametrize("case", NOT_TOLD)
def test_nobodys_business(case: str) -> None:
    assert planned({"sitemanager.xml": sites(NOT_TOLD[case])}) == Part()


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


# The queue, with a Python that cannot hold a database in memory.


def test_the_way_of_older_pythons_makes_the_same_rows_and_no_file_has_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = queue([(PRIMARY, PORT, 1, 0), (PRIMARY + "1", PORT, 1, 0)])
    changes = {1: _filezilla_queue.Change(SECONDARY, PORT, 1)}
    expected = rows(_filezilla_queue.changed("q", content, changes))
    assert _filezilla_queue._in_memory(_filezilla_queue.MEMORY)
    monkeypatch.setattr(_filezilla_queue, "_in_memory", lambda _: True)
    monkeypatch.setattr(_filezilla_queue, "MEMORY", str(tmp_path))
    monkeypatch.setattr(_filezilla_queue, "_deserialised", _filezilla_queue._unnamed)
    assert rows(_filezilla_queue.changed("q", content, changes)) == expected
    assert len(_filezilla_queue.rows("q", content)) == 2
    with _filezilla_queue._database("q", content) as (connection, _):
        connection.execute("UPDATE servers SET password = 'x'")  # not yet committed: a journal would be there
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(Refusal, match="no whole queue"):
        _filezilla_queue.rows("q", content[:5000])
    assert list(tmp_path.iterdir()) == []


def test_an_older_python_without_memory_for_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_filezilla_queue, "_deserialised", _filezilla_queue._unnamed)
    monkeypatch.setattr(_filezilla_queue, "MEMORY", "/")
    with pytest.raises(Refusal, match=r"Python 3\.11"):
        _filezilla_queue.rows("q", queue([]))


def test_a_row_whose_columns_hold_other_types_is_nobodys() -> None:
    content = queue([(b"10.243.2.14", "x", 1.5, b"1")])
    assert _filezilla_queue.rows("q", content) == (_filezilla_queue.Row(1, "", None, None, None),)


def test_edits_of_all_files_fit_together() -> None:
    world = seen({**fixture(), "sitemanager.xml": sites(SERVER, SERVER + ONE)})
    done = apply(world, CLIENT.plan(TO_SECONDARY, RAP, world).edits)
    file = done.files[HOME + "sitemanager.xml"]
    assert file is not None
    assert file.content == sites(MOVED + ONE, MOVED + ONE)
    assert SECRET.encode() not in file.content
