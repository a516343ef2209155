# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local folder of sites in WinSCP, in ini files and the registry, and what is said where a client stores none."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import INFO, PENDING, WINDOWS, File, Profile
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._winscp_store import (
    Ini,
    escape,
    unescape,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.local_folders import Desk, play, roll_back
from tests.unit.test_windows_clients import LI, NEW, OLD, WINSCP, box
from tests.unit.test_windows_clients import PORT as RAP_PORT
from tests.unit.test_windows_engine import BACK
from tests.unit.test_windows_engine import play as play_on
from tests.unit.test_winscp import CHAN, FIXTURE, KNOWN, PLAIN, PRIMARY, ROAMING, SECONDARY, inis

laws = settings(deadline=None)  # a busy machine breaks no law

FOLDER = r"C:\Users\chan\rehearsal"
PANEL, EXPLORER = "[Configuration\\Interface\\Commander\\LocalPanel]", "[Configuration\\Interface\\Explorer]"
FOLDERS = [
    "",
    "C:%5CReports",
    "C:\\Users\\chan\\Documents",
    "%25USERPROFILE%25",
    "%EF%BB%BFC:%5C%E5%A0%B1%E8%A1%A8",
]
OWN = st.sampled_from([[], *([f"LocalDirectory={one}"] for one in FOLDERS), [" localdirectory = C:%5Cx "]])
TOPS = st.sampled_from([[], [PANEL], [PANEL, "LastPath=D:%5C"], [EXPLORER, "LastLocalTargetDirectory=D:%5C"]])


def desk(content: bytes) -> Desk:
    return Desk(files={ROAMING: File(content)}, system=WINDOWS, people=(CHAN,))


def asked(to: tuple[str, int] | None = None, state: str = "", folder: str = FOLDER) -> dict[str, Any]:
    """The options of one run: without an address nothing is led anywhere else, as cleanup asks."""
    places = [{"host": host, "port": port} for host, port in sorted(KNOWN)]
    sites = [{"known": [one], **one} for one in places]
    if to:
        sites = [{"known": places, "host": to[0], "port": to[1]}]
    local = {"local_folder": {"path": folder, "state": state}} if state else {}
    return {"max_connections": 1, "sites": sites, **local}


def text(pc: Desk) -> bytes:
    return pc.files[ROAMING].content


def values(pc: Desk, name: str = "LocalDirectory") -> dict[str, str]:
    """What WinSCP reads of this name, by section."""
    return {
        each.path: each.texts[name.lower()]
        for each in Ini(ROAMING, text(pc)).sections()
        if name.lower() in each.texts
    }


@laws
@given(inis(TOPS, OWN), st.sampled_from([SECONDARY, PLAIN]))
def test_there_and_back_leaves_what_was_there(content: bytes, there: tuple[str, int]) -> None:
    pc = desk(content.replace(b"Password=", b"Note="))  # with a password it would not move
    play(pc, asked(PRIMARY))
    start = text(pc)
    play(pc, asked(PRIMARY, "present"))
    play(pc, asked(there, "present"))
    play(pc, asked(PRIMARY, "present"))
    play(pc, asked(state="absent"))
    assert text(pc) == start
    assert play(pc, asked(state="absent")).state == "unchanged"


@laws
@given(inis(TOPS, OWN))
def test_the_sites_have_it_and_nothing_else_moves(content: bytes) -> None:
    pc, without = desk(content), desk(content)
    predicted = play(pc, asked(SECONDARY, "present"), check=True)
    done = play(pc, asked(SECONDARY, "present"))
    play(without, asked(SECONDARY))
    assert predicted.after.files[ROAMING] == pc.files[ROAMING]
    waits = any(each.level == PENDING for each in done.plan.findings)
    for each, was in zip(
        Ini(ROAMING, text(pc)).sections(), Ini(ROAMING, text(without)).sections(), strict=True
    ):
        site = each.path.startswith("Sessions") and each.number("FSProtocol", 1) in (1, 2) and not waits
        mine = (each.texts.get("hostname"), each.number("PortNumber", 22)) == SECONDARY
        expected = FOLDER if site and mine else was.texts.get("localdirectory")
        assert each.texts.get("localdirectory") == expected
    about = b"localdirectory"
    assert [line for line in text(pc).splitlines() if about not in line.lower()] == [
        line for line in text(without).splitlines() if about not in line.lower()
    ]
    assert "Hunter2" not in repr(done.plan)
    assert play(pc, asked(SECONDARY, "present")).state == "unchanged"


@laws
@given(inis(TOPS, OWN))
def test_a_rollback_brings_back_every_byte(content: bytes) -> None:
    pc = desk(content)
    play(pc, asked(SECONDARY, "present"))
    play(pc, asked(PRIMARY, "absent"))
    play(pc, asked(PLAIN, "present"))
    roll_back(pc)
    assert text(pc) == content


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_what_is_escaped_reads_as_it_was(plain: str) -> None:
    assert unescape(escape(plain).encode()) == plain
    assert escape(plain).isascii() and not set(escape(plain)) & set(" \\?")


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        (r"C:\Users\chan\re hearsal", "C:%5CUsers%5Cchan%5Cre%20hearsal"),
        ("100%", "100%25"),
        (".a.b*", "%2Ea.b*"),
        ("D:\\報", "%EF%BB%BFD:%5C%E5%A0%B1"),
    ],
)
def test_it_is_escaped_as_winscp_does(plain: str, escaped: str) -> None:
    assert escape(plain) == escaped


WITHOUT_SECRETS = b"\r\n".join(line for line in FIXTURE.split(b"\r\n") if not line.startswith(b"Password"))


def test_every_site_and_workspace_of_rap_has_it() -> None:
    pc = desk(WITHOUT_SECRETS)
    done = play(pc, asked(SECONDARY, "present"))
    moved = {
        each.path for each in Ini(ROAMING, text(pc)).sections() if each.texts.get("hostname") == SECONDARY[0]
    }
    assert values(pc) == dict.fromkeys(moved, FOLDER) and len(moved) == 5
    assert b"LocalDirectory=C:%5CUsers%5Cchan%5Crehearsal\r\n" in text(pc)
    (said,) = [each for each in done.plan.findings if "was last in" in each.what]
    assert (said.level, said.where) == (INFO, ROAMING) and FOLDER in said.remedy


SITE = "[Sessions\\RAP]\r\nHostName=10.243.2.141\r\nPortNumber=18801\r\n"


@pytest.mark.parametrize("end", ["\r\n", ""])
def test_at_the_end_of_a_file_it_stands_in_its_section(end: str) -> None:
    pc = desk((SITE.rstrip() + end).encode())
    play(pc, asked(PRIMARY, "present"))
    assert text(pc).startswith(
        SITE.encode() + b"LocalDirectory=C:%5CUsers%5Cchan%5Crehearsal\r\n[Configuration"
    )


def test_a_site_that_keeps_its_folder_is_said_nothing_of() -> None:
    pc = desk((SITE + "UpdateDirectories=0\r\n").encode())
    assert not [
        each for each in play(pc, asked(SECONDARY, "present")).plan.findings if "was last in" in each.what
    ]


def test_what_winscp_wrote_by_itself_goes_back() -> None:
    pc = desk(
        (f"{PANEL}\r\nLastPath=C:%5Cmine\r\nDriveView=0\r\n{EXPLORER}\r\nStatusBar=1\r\n" + SITE).encode()
    )
    play(pc, asked(PRIMARY))
    start = text(pc)
    play(pc, asked(SECONDARY, "present"))
    used = text(pc).replace(b"=C:%5Cmine", b"=C:%5CUsers%5Cchan%5Crehearsal")
    used = used.replace(
        b"StatusBar=1\r\n", b"StatusBar=1\r\nLastLocalTargetDirectory=C:%5CUsers%5Cchan%5CRehearsal%5C\r\n"
    )
    pc.files[ROAMING] = File(used.replace(b"LocalDirectory=C:%5CUsers", b"LocalDirectory=c:%5Cusers"))
    done = play(pc, asked(PRIMARY, "absent"))
    assert text(pc) == start and not [each for each in done.plan.findings if "nothing is known" in each.what]


def test_where_nothing_is_known_it_is_taken_out_and_said() -> None:
    pc = desk(
        (
            SITE + "LocalDirectory=C:%5CUsers%5Cchan%5Crehearsal\r\n[Sessions\\other]\r\nHostName=x\r\n"
        ).encode()
    )
    done = play(pc, asked(state="absent"))
    assert not values(pc)
    (said,) = [each for each in done.plan.findings if "nothing is known" in each.what]
    assert (said.level, said.where) == (
        INFO,
        f"{ROAMING}, Sessions\\RAP",
    ) and "LocalDirectory was" in said.what


def test_an_earlier_state_that_is_no_text_is_passed_over() -> None:
    pc = desk((SITE + "LocalDirectory=C:%5Cmine\r\n").encode())
    play(pc, asked(SECONDARY, "present"))
    pc.blobs = dict.fromkeys(pc.blobs, b"\xff\xfe")
    done = play(pc, asked(state="absent"))
    assert not values(pc) and [each for each in done.plan.findings if "nothing is known" in each.what]


# ---- the registry, on a simulated workstation ------------------------------------------------------------------------

DRILL = {name: BACK[name] for name in ("drill", "occurrence")}


def on(host: str = "", state: str = "") -> dict[str, Any]:
    both = [{"host": one, "port": RAP_PORT} for one in (OLD, NEW)]
    sites = (
        [{"known": both, "host": host, "port": RAP_PORT}]
        if host
        else [{"known": [one], **one} for one in both]
    )
    local = {"local_folder": {"path": r"D:\re hearsal", "state": state}} if state else {}
    return {**DRILL, "sftp_client": {"sites": sites, **local}}


def stored(pc: Any, name: str = "LocalDirectory", below: str = r"Sessions\RAP") -> Any:
    return pc.registry.read(rf"{WINSCP}\{below}", name)


OURS = {"kind": "String", "data": "D:%5Cre%20hearsal"}
OTHER, LATE = {"kind": "String", "data": "C:\\mine"}, {"kind": "ExpandString", "data": "C:%5Clate"}
LAST = r"Configuration\Interface\Commander\LocalPanel"


@pytest.mark.parametrize("own", [None, OTHER, LATE])
def test_the_registry_goes_there_and_back(own: dict[str, str] | None) -> None:
    pc = box()
    if own:
        pc.registry.write(rf"{WINSCP}\Sessions\RAP", "LocalDirectory", own)
    pc.registry.mounted.clear()
    untouched = pc.snapshot()
    play_on(pc, on(OLD))
    start = pc.snapshot()
    predicted = play_on(pc, on(NEW, "present"), check=True)
    done = play_on(pc, on(NEW, "present"))
    assert predicted["after"] == done["after"] and stored(pc) == OURS
    told = {site["client"]: site["local_folder"] for site in done["after"]["sftp_client"]["sites"]}
    assert told == {"filezilla": r"D:\re hearsal", "winscp": r"D:\re hearsal"}
    assert not play_on(pc, on(NEW, "present"))["changed"]
    play_on(pc, on(OLD, "present"))
    play_on(pc, on(state="absent"))
    assert pc.snapshot() == start and not play_on(pc, on(state="absent"))["changed"]
    play_on(pc, on(NEW, "present"))
    assert play_on(pc, BACK)["changed"] and pc.snapshot() == untouched


def test_in_the_registry_a_persons_choice_stays_and_after_a_cleanup_the_drill_begins_anew() -> None:
    pc = box()
    key = rf"{WINSCP}\Sessions\RAP"
    pc.registry.write(key, "LocalDirectory", OTHER)
    play_on(pc, on(NEW, "present"))
    pc.registry.write(key, "LocalDirectory", LATE)
    play_on(pc, on(OLD, "present"))  # it was the last folder, which the drill replaces until its end
    assert stored(pc) == OURS
    play_on(pc, on(state="absent"))
    assert stored(pc) == OTHER
    pc.registry.write(key, "LocalDirectory", LATE)
    play_on(pc, on(NEW, "present"))
    play_on(pc, on(state="absent"))
    assert stored(pc) == LATE
    play_on(pc, on(NEW, "present"))
    pc.registry.write(key, "LocalDirectory", {"kind": "String", "data": "E:%5Cx"})
    play_on(pc, on(state="absent"))
    assert stored(pc) == {"kind": "String", "data": "E:%5Cx"}


def test_each_site_of_the_registry_gets_back_its_own() -> None:
    pc = box()
    for name, own in (("RAP", OTHER), ("RAP2", LATE)):
        for value, data in (("HostName", {"kind": "String", "data": OLD}), ("LocalDirectory", own)):
            pc.registry.write(rf"{WINSCP}\Sessions\{name}", value, data)
        pc.registry.write(rf"{WINSCP}\Sessions\{name}", "PortNumber", {"kind": "DWord", "data": RAP_PORT})
    play_on(pc, on(NEW, "present"))
    assert stored(pc) == OURS and stored(pc, below=r"Sessions\RAP2") == OURS
    play_on(pc, on(state="absent"))
    assert stored(pc) == OTHER and stored(pc, below=r"Sessions\RAP2") == LATE


def test_the_last_folder_of_a_window_goes_out_of_the_registry_too() -> None:
    pc = box()
    play_on(pc, on(NEW, "present"))
    pc.registry.write(rf"{WINSCP}\{LAST}", "LastPath", {"kind": "String", "data": "D:%5Cre%20hearsal%5CHKMK"})
    told = play_on(pc, on(state="absent"))
    assert stored(pc, "LastPath", LAST) is None and stored(pc) is None
    assert [each["where"] for each in told["findings"] if "nothing is known" in each["what"]] == [
        rf"{WINSCP}, {LAST}"
    ]
    assert LI in WINSCP


# ---- clients that store none -----------------------------------------------------------------------------------------


def test_who_uses_a_client_that_stores_none_is_told() -> None:
    config = b"Host rap\n    HostName 10.243.2.141\n    Port 18801\n"
    pc = Desk(files={"/home/li/.ssh/config": File(config)}, people=(Profile("1002", "/home/li", name="li"),))
    done = play(pc, asked(SECONDARY, "present", "/home/li/rehearsal"))
    (said,) = [each for each in done.plan.findings if "store no local folder" in each.what]
    assert (said.level, said.where) == (
        INFO,
        "openssh of li",
    ) and "Go to /home/li/rehearsal first" in said.remedy
    cleaned = play(pc, asked(state="absent", folder="/home/li/rehearsal"))
    assert not [each for each in cleaned.plan.findings if "local folder" in each.what]
