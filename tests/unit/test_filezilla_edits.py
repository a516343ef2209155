# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's settings: every edit as bytes before and after."""

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Wish

from tests.unit.filezilla_person import (
    LIMIT,
    MOVED,
    ONE,
    PORT,
    PRIMARY,
    SECONDARY,
    SERVER,
    TO_SECONDARY,
    after,
    planned,
    queue,
    rows,
    sites,
    to,
)

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


@pytest.mark.parametrize(
    ("limit", "most", "made"),
    [(None, 2, 2), (0, 2, 2), (1, 2, 1), (2, 2, 2), (3, 2, 2), (1, 1, 1), (3, 4, 3), (0, 1, 1)],
)
def test_a_limit_that_is_as_strict_already_stays(limit: int | None, most: int, made: int) -> None:
    own = "" if limit is None else f"<{LIMIT}>{limit}</{LIMIT}>"
    now = (
        ""
        if limit is None
        else "".join(f'<Setting name="{name}">{limit}</Setting>' for name in list(WANTED)[:3])
    )
    files = {
        "sitemanager.xml": sites(SERVER + own),
        "filezilla.xml": f"<FileZilla3><Settings>{now}</Settings></FileZilla3>".encode(),
        "queue.sqlite3": queue([(PRIMARY, PORT, 1, limit)]),
    }
    done = after(files, to(SECONDARY, most))
    assert done["sitemanager.xml"] == sites(MOVED + f"<{LIMIT}>{made}</{LIMIT}>")
    assert rows(done["queue.sqlite3"])[0]["max_connections"] == made
    for name in list(WANTED)[:3]:
        assert f'<Setting name="{name}">{made}</Setting>'.encode() in done["filezilla.xml"]
    assert WANTED["Already connected choice"].encode() in done["filezilla.xml"]
    assert planned(done, to(SECONDARY, most)).edits == ()
