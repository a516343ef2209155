# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WinSCP: the laws over ini files and the registry, then every decision on one hand-made ini file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    PENDING,
    POSIX,
    WARNING,
    WINDOWS,
    Assign,
    File,
    Finding,
    Key,
    Look,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import winscp
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Part, Wish
from hypothesis import given
from hypothesis import strategies as st

CHAN = Profile("S-1-5-21-1", r"C:\Users\chan", name="chan")
ROAMING = r"C:\Users\chan\AppData\Roaming\WinSCP.ini"
BESIDE = r"C:\Program Files (x86)\WinSCP\WinSCP.ini"
VIRTUAL = r"C:\Users\chan\AppData\Local\VirtualStore\Program Files (x86)\WinSCP\WinSCP.ini"
TOP = r"HKU\S-1-5-21-1\Software\Martin Prikryl\WinSCP 2"
OVERRIDE = Key("registry", TOP + " Override", "IniFile")
FIXTURE = (Path(__file__).parent / "fixtures" / "winscp" / "WinSCP.ini").read_bytes()
SECRETS = ("Hunter2", "CorrectHorse")

PRIMARY, SECONDARY, PLAIN = ("10.243.2.141", 18801), ("10.243.66.141", 18801), ("10.243.66.142", 22)
KNOWN = frozenset([PRIMARY, SECONDARY, PLAIN])


def wish(to: tuple[str, int], limit: int | None = None, **others: Any) -> Wish:
    return Wish(limit, (Move(KNOWN, *to),), **others)


def complete(asked: Wish, seen: Seen) -> Seen:
    """What the engine's rounds of looking end with: what is not there is None."""
    for _round in range(4):
        more = winscp.look(asked, CHAN, seen).without(seen)
        if not more:
            return seen
        seen = seen.update(
            Seen(
                WINDOWS,
                files=dict.fromkeys(more.files),
                keys=dict.fromkeys(more.keys),
                settings={key: value(seen, key) for key in more.settings},
            )
        )
    raise AssertionError("it asks without end")


def value(seen: Seen, key: Key) -> Any:
    for top, below in seen.keys.items():
        if below is not None and key.place.startswith(top + "\\"):
            return below.get(key.place[len(top) + 1 :], {}).get(key.name)
    return None


def ini(content: bytes, path: str = ROAMING, **others: Any) -> Seen:
    return Seen(WINDOWS, files={path: File(content)}, **others)


def planned(asked: Wish, seen: Seen) -> Part:
    """Without what is said of host keys (test_host_keys_seeded)."""
    part = winscp.plan(asked, CHAN, complete(asked, seen))
    return part._replace(findings=tuple(each for each in part.findings if "host key" not in each.what))


def applied(asked: Wish, seen: Seen) -> Seen:
    seen = complete(asked, seen)
    return apply(seen, winscp.plan(asked, CHAN, seen).edits)


def text(seen: Seen, path: str = ROAMING) -> bytes:
    file = seen.files[path]
    assert file is not None
    return file.content


# ---- ini files of any kind -----------------------------------------------------------------------------------------

NAMES = st.sampled_from(["RAP", "a/b c", "報表", "x%y", "10.243.2.141"])
HOSTS = st.sampled_from([PRIMARY[0], SECONDARY[0], PLAIN[0], "10.243.2.14", "110.243.2.141", "rap.hkex"])
PORTS = st.sampled_from([None, 22, 18801, 1880])
OTHERS = st.sampled_from(
    ["UserName=rap", "; 10.243.2.141", "FSProtocol=2", "Color=7", "", "= =", "FSProtocol=5"]
)
SITES = st.tuples(
    NAMES, HOSTS, PORTS, st.lists(OTHERS, max_size=3), st.sampled_from(["", "Password=Hunter2"])
)
ENDS = st.sampled_from(["\r\n", "\n"])


NO_LINES: st.SearchStrategy[list[str]] = st.just([])


@st.composite
def inis(
    draw: st.DrawFn,
    top: st.SearchStrategy[list[str]] = NO_LINES,
    more: st.SearchStrategy[list[str]] = NO_LINES,
) -> bytes:
    """As WinSCP writes them: the port follows the host. With other lines at the top, and in each site."""
    lines = draw(st.lists(st.sampled_from(["; note", "", "[Configuration]", "Logging=0"]), max_size=3))
    lines += draw(st.sampled_from([[], [r"[Configuration\Interface]", "QueueTransfersLimit=2"]]))
    lines += draw(top)
    for name, host, port, others, password in draw(st.lists(SITES, max_size=4)):
        escaped = "".join(c if c.isalnum() and c.isascii() else f"%{b:02X}" for c in name for b in c.encode())
        lines += [rf"[Sessions\{escaped}]", f"HostName={host}"]
        lines += [] if port in (None, 22) else [f"PortNumber={port}"]
        lines += [*others, password, *draw(more), ""]
    end = draw(ENDS)
    last = draw(st.sampled_from(["", end]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + (end.join(lines) + last).encode()


@given(inis(), st.sampled_from([PRIMARY, SECONDARY, PLAIN]), st.sampled_from([None, 1]))
def test_twice_is_once(content: bytes, to: tuple[str, int], limit: int | None) -> None:
    after = applied(wish(to, limit), ini(content))
    assert planned(wish(to, limit), ini(text(after))).edits == ()


@given(inis(), st.sampled_from([SECONDARY, PLAIN]))
def test_there_and_back_is_where_it_was(content: bytes, there: tuple[str, int]) -> None:
    start = text(applied(wish(PRIMARY, 1), ini(content)))
    gone = text(applied(wish(there, 1), ini(start)))
    assert text(applied(wish(PRIMARY, 1), ini(gone))) == start


@given(inis(), st.sampled_from([PRIMARY, SECONDARY, PLAIN]))
def test_only_hosts_and_ports_of_sites_that_match_move(content: bytes, to: tuple[str, int]) -> None:
    asked = wish(to)
    before = ini(content)
    sites = planned(asked, before).sites
    for edit in planned(asked, before).edits:
        assert isinstance(edit, Splice)
        assert edit.old in {host.encode() for host, _port in KNOWN} or b"PortNumber=" in edit.old + edit.new
    after = planned(asked, ini(text(applied(asked, before))))
    assert len(after.sites) == len(sites)
    assert all((site.host, site.port) == to for site in after.sites if "Hunter2" not in text(before).decode())
    assert steady(text(applied(asked, before))) == steady(content)


def steady(content: bytes) -> list[bytes]:
    """The lines that no move is about."""
    about = [b"HostName=" + host.encode() for host, _port in KNOWN]
    return [line for line in content.splitlines() if line not in about and b"PortNumber" not in line]


@given(
    st.one_of(
        st.binary(),
        st.lists(st.sampled_from([b"[", b"]", b"\r", b"\n", b"=", b"%", b"Sessions\\a", b"HostName", b"PortNumber",
            b"10.243.2.141", b"18801", b" ", b";", b"\x00", b"\xff", b"[Sessions\\a]\nHostName=10.243.2.141\n"]))
        .map(b"".join),
    ),
    st.sampled_from([SECONDARY, PLAIN]),
)  # fmt: skip
def test_junk_is_refused_or_planned_and_then_as_asked(content: bytes, to: tuple[str, int]) -> None:
    try:
        after = applied(wish(to, 1), ini(content))
    except Refusal:
        assert content[:2] in (b"\xff\xfe", b"\xfe\xff")
        return
    assert planned(wish(to, 1), ini(text(after))).edits == ()


@given(inis(), st.sampled_from([PRIMARY, SECONDARY]))
def test_no_password_is_told(content: bytes, to: tuple[str, int]) -> None:
    part = planned(wish(to, 1), ini(content))
    assert "Hunter2" not in repr(part)


def test_utf_16_is_refused_by_its_path() -> None:
    with pytest.raises(Refusal, match=r"WinSCP\.ini: it is UTF-16"):
        planned(wish(SECONDARY), ini("[Sessions\\a]".encode("utf-16")))


# ---- the hand-made file --------------------------------------------------------------------------------------------


def test_the_sites_of_the_move_and_nothing_else_go_over() -> None:
    after = text(applied(wish(SECONDARY), ini(FIXTURE)))
    moved = {b"HostName=10.243.2.141\r\n": b"HostName=10.243.66.141\r\n"}
    expected = []
    for section in FIXTURE.split(b"[Sessions"):
        mine = (
            b"PortNumber=18801" in section and b"FSProtocol=5" not in section and b"Password" not in section
        )
        for old, new in moved.items():
            section = section.replace(old, new) if mine else section
        expected.append(section)
    assert after == b"[Sessions".join(expected) and after.count(b"10.243.66.141") == 3


def test_what_stands_there_is_told_with_names_as_people_read_them() -> None:
    sites = planned(wish(PRIMARY), ini(FIXTURE)).sites
    assert [site.where.partition("WinSCP.ini, ")[2] for site in sites] == [
        "site RAP/Reports (main)",
        "site 報表",
        "site with password",
        "workspace My Workspace/0000",
        "workspace My Workspace/0001",
    ]
    assert {(site.host, site.port, site.limited) for site in sites} == {(*PRIMARY, False)}


def test_one_login_takes_three_settings() -> None:
    after = applied(wish(PRIMARY, 1), ini(FIXTURE))
    expected = (
        FIXTURE.replace(b"QueueTransfersLimit=2", b"QueueTransfersLimit=1")
        .replace(b"\nQueue=1", b"\nQueue=0")
        .replace(b"QueueParallel=1", b"QueueParallel=0")
    )
    assert text(after) == expected
    assert {site.limited for site in planned(wish(PRIMARY), after).sites} == {True}


def test_missing_settings_are_made() -> None:
    site = b"[Sessions\\RAP]\r\nHostName=10.243.2.141\r\nPortNumber=18801"
    assert text(applied(wish(PRIMARY, 1), ini(site))) == site + (
        b"\r\n[Configuration\\Interface]\r\nQueueTransfersLimit=1"
        b"\r\n[Configuration\\Interface\\CopyParam]\r\nQueue=0\r\nQueueParallel=0"
    )


def test_the_limit_is_left_alone_where_no_site_matches() -> None:
    assert planned(wish(PRIMARY, 1), ini(FIXTURE.replace(b"18801", b"18802"))) == Part()


def test_a_site_on_port_22_has_no_port() -> None:
    before = b"[Sessions\\RAP]\nHostName=10.243.2.141\nPortNumber=18801\nUserName=x\n"
    after = b"[Sessions\\RAP]\nHostName=10.243.66.142\nUserName=x\n"
    assert text(applied(wish(PLAIN), ini(before))) == after
    assert text(applied(wish(PRIMARY), ini(after))) == before


def test_a_stored_password_makes_it_pending_with_the_command() -> None:
    findings = planned(wish(SECONDARY), ini(FIXTURE)).findings
    site, workspace = findings
    assert {site.level, workspace.level} == {PENDING}
    assert site.remedy == (
        'Close WinSCP and run, as this person: WinSCP.com /batchsettings "with password" '
        "HostName=10.243.66.141 PortNumber=18801"
    )
    assert "10.243.2.141 port 18801 instead of 10.243.66.141 port 18801" in site.what
    assert "save the workspace again" in workspace.remedy and "batchsettings" not in workspace.remedy
    assert not any(secret in repr(planned(wish(SECONDARY, 1), ini(FIXTURE))) for secret in SECRETS)
    assert planned(wish(PRIMARY), ini(FIXTURE)).findings == ()


@pytest.mark.parametrize(
    ("escaped", "mask"),
    [
        ('a;b*"%25x%25]', "a?b???x??"),
        ("%EF%BB%BF%E5%A0%B1%E8%A1%A8", "報表"),
        ("clients/RAP%20main", "clients/RAP main"),
    ],
)
def test_signs_that_mean_something_in_a_mask_are_any_sign(escaped: str, mask: str) -> None:
    content = f"[Sessions\\{escaped}]\nHostName=10.243.2.141\nPortNumber=18801\nPassword=Hunter2\n"
    (finding,) = planned(wish(SECONDARY), ini(content.encode())).findings
    assert f'/batchsettings "{mask}" HostName' in finding.remedy


def test_an_address_of_an_earlier_generation_is_named() -> None:
    part = planned(wish(PRIMARY, stale=frozenset(["10.9.9.9"])), ini(FIXTURE))
    assert [(each.level, each.where.rpartition(", ")[2]) for each in part.findings] == [(WARNING, "site old")]


# ---- where the settings are ----------------------------------------------------------------------------------------

SITE = b"[Sessions\\RAP]\nHostName=10.243.2.141\nPortNumber=18801\n"


def test_of_several_files_the_one_that_is_used_is_edited() -> None:
    files = {path: File(SITE) for path in (ROAMING, BESIDE, VIRTUAL)}
    cases = [
        ((ROAMING, BESIDE, VIRTUAL), VIRTUAL),
        ((ROAMING, BESIDE), BESIDE),
        ((ROAMING, VIRTUAL), ROAMING),
        ((VIRTUAL,), VIRTUAL),
    ]
    for present, used in cases:
        part = planned(wish(SECONDARY), Seen(WINDOWS, files={path: files[path] for path in present}))
        assert [edit.path for edit in part.edits if isinstance(edit, Splice)] == [used]
        assert {(each.level, each.where) for each in part.findings} == {
            (WARNING, path) for path in present if path != used
        }


def test_what_is_passed_over_and_right_is_only_told() -> None:
    part = planned(wish(PRIMARY), Seen(WINDOWS, files={path: File(SITE) for path in (ROAMING, BESIDE)}))
    assert [(each.level, each.where) for each in part.findings] == [(INFO, ROAMING)]


@pytest.mark.parametrize(
    "chosen",
    [r"D:\set\WinSCP.ini", r"D:%5Cset%5CWinSCP.ini", r"%25APPDATA%25%5Cset.ini", r"%USERPROFILE%\set.ini"],
)
def test_a_file_that_was_chosen_goes_before_all(chosen: str) -> None:
    path = {
        "D": r"D:\set\WinSCP.ini",
        "%2": r"C:\Users\chan\AppData\Roaming\set.ini",
        "%U": r"C:\Users\chan\set.ini",
    }
    expected = next(value for key, value in path.items() if chosen.startswith(key))
    seen = Seen(
        WINDOWS,
        settings={OVERRIDE: {"kind": "String", "data": chosen}},
        files={expected: File(SITE), BESIDE: File(SITE)},
    )
    edits = planned(wish(SECONDARY), seen).edits
    assert [edit.path for edit in edits if isinstance(edit, Splice)] == [expected]


def test_a_choice_that_cannot_be_followed_leaves_all_as_it_is() -> None:
    settings = {OVERRIDE: {"kind": "String", "data": r"%SHARE%\WinSCP.ini"}}
    part = planned(wish(SECONDARY, 1), ini(SITE, settings=settings))
    assert part.edits == () and [each.level for each in part.findings] == [WARNING, WARNING]
    assert "cannot be found from here" in part.findings[0].what


def test_a_chosen_file_that_is_not_there_leaves_the_registry_in_use() -> None:
    seen = registry({r"Sessions\a": RAP_KEY}, settings={OVERRIDE: string(r"H:\WinSCP.ini")})
    part = planned(wish(SECONDARY), seen)
    assert [type(edit) for edit in part.edits] == [Assign]
    assert [each.level for each in part.findings] == [WARNING] and "network drive" in part.findings[0].remedy


def test_a_settings_folder_is_all_that_is_looked_at() -> None:
    asked = wish(SECONDARY, config_dir="D:\\portable\\")
    path = r"D:\portable\WinSCP.ini"
    assert winscp.look(asked, CHAN, Seen(WINDOWS)) == Look(files=frozenset([path]))
    part = planned(asked, ini(SITE + b"Password=Hunter2", path))
    assert f'WinSCP.com /ini="{path}" /batchsettings "RAP"' in part.findings[0].remedy


def test_there_is_no_winscp_but_on_windows() -> None:
    seen = Seen(POSIX, files={ROAMING: File(SITE)})
    assert not winscp.look(wish(SECONDARY, 1), CHAN, seen)
    assert winscp.plan(wish(SECONDARY, 1), CHAN, seen) == Part()


# ---- the registry --------------------------------------------------------------------------------------------------


def word(number: int) -> dict[str, Any]:
    return {"kind": "DWord", "data": number}


def string(text: str) -> dict[str, Any]:
    return {"kind": "String", "data": text}


def registry(keys: Mapping[str, Any], **others: Any) -> Seen:
    return Seen(WINDOWS, keys={TOP: keys}, **others)


RAP_KEY = {"HostName": string(PRIMARY[0]), "PortNumber": word(PRIMARY[1]), "UserName": string("rap")}
REGISTRY: dict[str, Any] = {
    "": {},
    r"Configuration\Interface": {"QueueTransfersLimit": word(2)},
    r"Sessions\RAP%20x": RAP_KEY,
    r"Sessions\neighbour": {**RAP_KEY, "HostName": string("10.243.2.14")},
    r"Sessions\files": {**RAP_KEY, "FSProtocol": word(5)},
    r"Sessions\locked": {**RAP_KEY, "Password": string("Hunter2")},
}


def test_the_registry_is_edited_value_by_value() -> None:
    part = planned(wish(SECONDARY, 1), registry(REGISTRY))
    site, top = TOP + r"\Sessions\RAP%20x", TOP + r"\Configuration\Interface"
    assert part.edits == (
        Assign(Key("registry", site, "HostName"), string(PRIMARY[0]), string(SECONDARY[0])),
        Assign(Key("registry", top, "QueueTransfersLimit"), word(2), word(1)),
        Assign(Key("registry", top + r"\CopyParam", "Queue"), None, word(0)),
        Assign(Key("registry", top + r"\CopyParam", "QueueParallel"), None, word(0)),
    )
    assert [each.level for each in part.findings] == [PENDING] and "Hunter2" not in repr(part)
    assert [site.where for site in part.sites] == [TOP + ", site RAP x", TOP + ", site locked"]


DATA = st.one_of(
    st.sampled_from(
        [*map(string, [*(host for host, _ in KNOWN), "10.243.2.14", "", "x"]), word(18801), word(22)]
    ),
    st.builds(lambda data: {"kind": "Binary", "data": data}, st.text(max_size=3)),
    st.just({}),
)
KEYS = st.dictionaries(
    st.sampled_from(["", r"Sessions\a", r"Sessions\b", r"sessions\ws/1", r"Configuration\Interface"]),
    st.dictionaries(st.sampled_from(["HostName", "PortNumber", "FSProtocol", "Queue", "Password"]), DATA),
)


@given(KEYS, st.sampled_from([SECONDARY, PLAIN]))
def test_the_registry_twice_is_once_and_there_and_back_is_the_same(
    keys: dict[str, Any], to: tuple[str, int]
) -> None:
    start = applied(wish(PRIMARY, 1), registry(keys))
    gone = applied(wish(to, 1), start)
    assert planned(wish(to, 1), gone).edits == ()
    back = applied(wish(PRIMARY, 1), gone)
    assert dict(back.settings) == {
        key: start.settings[key] if key in start.settings else value(start, key) for key in back.settings
    }


def test_port_22_stands_nowhere_in_the_registry() -> None:
    gone = applied(wish(PLAIN), registry({r"Sessions\a": RAP_KEY}))
    port = Key("registry", TOP + r"\Sessions\a", "PortNumber")
    assert gone.settings[port] is None
    assert applied(wish(PRIMARY), gone).settings[port] == word(18801)


def test_an_ini_file_goes_before_the_registry() -> None:
    part = planned(wish(SECONDARY), ini(SITE, keys={TOP: REGISTRY}))
    assert [type(edit) for edit in part.edits] == [Splice]
    (finding,) = part.findings
    assert finding == Finding(
        WARNING,
        TOP,
        f"WinSCP settings that it passes over (it uses {ROAMING}) hold RAP x (10.243.2.141 port 18801), "
        "locked (10.243.2.141 port 18801)",
        "Delete them if no WinSCP is started with them, else give their folder as config_dir",
    )
