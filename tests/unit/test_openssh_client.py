# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH: the laws over configurations of any kind, then every decision on one hand-made file."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    POSIX,
    WARNING,
    WINDOWS,
    File,
    Finding,
    Look,
    Profile,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import openssh
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Part, Wish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CHAN = Profile("1000", "/home/chan", name="chan")
CONFIG = "/home/chan/.ssh/config"
SYSTEM = "/etc/ssh/ssh_config"
FIXTURE = (Path(__file__).parent / "fixtures" / "openssh" / "config").read_bytes()

PRIMARY, SECONDARY, PLAIN = ("10.243.2.141", 18801), ("10.243.66.141", 18802), ("10.243.66.142", 22)
KNOWN = frozenset([PRIMARY, SECONDARY, PLAIN])


def wish(to: tuple[str, int], limit: int | None = None, **others: Any) -> Wish:
    return Wish(limit, (Move(KNOWN, *to),), **others)


def having(content: bytes, path: str = CONFIG) -> Seen:
    return Seen(POSIX, files={CONFIG: None, SYSTEM: None, path: File(content)})


def planned(asked: Wish, content: bytes) -> Part:
    return openssh.plan(asked, CHAN, having(content))


def applied(asked: Wish, content: bytes) -> bytes:
    seen = having(content)
    file = apply(seen, openssh.plan(asked, CHAN, seen).edits).files[CONFIG]
    assert file is not None
    return file.content


# ---- configurations of any kind ------------------------------------------------------------------------------------

HEADERS = [
    "Host rap",
    "host=a b",
    'Match host "x y"',
    "Host *",
    "Match all",
    "Host 10.243.2.141",
    "\tHost tab # c",
]
BODY = [
    *(f"{word}{host}" for word in ("  HostName ", "\thostname=", 'HOSTNAME = "') for host, _ in sorted(KNOWN)),
    "HostName 10.243.2.14", "HostName 10.243.2.141 x", " Port 18801", "port=18802", 'Port "22" # p', "Port x",
    'Match host a exec "b \\"c\\" d"',
    "ControlMaster no", "ControlMaster auto", "ControlPath none", " ControlPath /run/%C", "ControlPersist yes",
    "# HostName 10.243.2.141", "", "Include x", "ProxyCommand sshpass -p Hunter2 nc %h %p",
]  # fmt: skip
LINES = st.lists(st.sampled_from([*HEADERS, *BODY, *BODY]), max_size=12)
ADDRESSES = st.sampled_from([PRIMARY, SECONDARY, PLAIN])


@st.composite
def configs(draw: st.DrawFn) -> bytes:
    lines = [line + '"' if line.count('"') == 1 else line for line in draw(LINES)]
    text = "".join(line + draw(st.sampled_from(["\n", "\r\n"])) for line in lines)
    return (text.rstrip("\r\n") if draw(st.booleans()) else text).encode()


@given(configs(), ADDRESSES, st.sampled_from([None, 1]))
def test_twice_is_once(content: bytes, to: tuple[str, int], limit: int | None) -> None:
    after = applied(wish(to, limit), content)
    assert planned(wish(to, limit), after).edits == ()


@given(configs(), st.sampled_from([SECONDARY, PLAIN]))
def test_there_and_back_is_where_it_was_once_every_port_is_said(content: bytes, to: tuple[str, int]) -> None:
    start = applied(wish(PRIMARY, 1), applied(wish(to, 1), content))
    assert applied(wish(PRIMARY, 1), applied(wish(to, 1), start)) == start


@given(configs(), ADDRESSES)
def test_what_was_known_leads_there_and_nothing_else_moves(content: bytes, to: tuple[str, int]) -> None:
    asked = wish(to)
    before, after = planned(asked, content), planned(asked, applied(asked, content))
    left = {finding.where for finding in before.findings if "instead of" in finding.what}
    assert all((site.host, site.port) == to or site.where in left for site in after.sites)
    for edit in before.edits:
        assert isinstance(edit, Splice)
        assert re.fullmatch(rb"[0-9.]*", edit.old)
        assert re.fullmatch(rb"[0-9.]+|(\r?\n)?[ \t]*Port [0-9]+(\r?\n)?", edit.new)


@given(st.one_of(st.binary(), configs(), st.lists(st.sampled_from([b'"', b"=", b" ", b"\n", b"\r", b"\xff", b"\x00",
    b"#", b"Host", b"HostName", b"Port",
    b"10.243.2.141", b"18801", b"9" * 5000, b"Match"])).map(b"".join)))  # fmt: skip
def test_junk_is_planned_and_then_as_asked_and_no_secret_is_told(content: bytes) -> None:
    part = planned(wish(SECONDARY, 1), content)
    assert "Hunter2" not in repr(part)
    repr(part).encode()
    assert planned(wish(SECONDARY, 1), applied(wish(SECONDARY, 1), content)).edits == ()


# ---- the hand-made file --------------------------------------------------------------------------------------------


def moved(content: bytes) -> bytes:
    """The fixture at the secondary address: what a person would have written."""
    for block in (b"Host rap rap-reports", b"host=quoted", b"Match host special"):
        head, name, tail = content.partition(block)
        here, host_end, rest = tail.partition(b"\n\n")
        here = here.replace(b"10.243.2.141", b"10.243.66.141").replace(b"18801", b"18802")
        content = head + name + here + host_end + rest
    return content.replace(
        b"Host central\n  HostName 10.243.2.141\n", b"Host central\n  HostName 10.243.66.141\n  Port 18802\n"
    )


def test_the_aliases_of_the_move_and_nothing_else_go_over() -> None:
    assert applied(wish(SECONDARY), FIXTURE) == moved(FIXTURE)
    assert applied(wish(PRIMARY), moved(FIXTURE)) == FIXTURE.replace(
        b"Host central\n  HostName 10.243.2.141\n", b"Host central\n  HostName 10.243.2.141\n  Port 18801\n"
    )


def test_line_ends_are_kept_and_used() -> None:
    crlf = FIXTURE.replace(b"\n", b"\r\n")
    assert applied(wish(SECONDARY), crlf) == moved(FIXTURE).replace(b"\n", b"\r\n")
    assert applied(wish(SECONDARY, 1), b"Host a\n\tHostName 10.243.66.142") == (
        b"Host a\n\tHostName 10.243.66.141\n\tPort 18802\n\tControlMaster auto"
        b"\n\tControlPath ~/.ssh/hkex-drill-%C\n\tControlPersist 60"
    )


def test_what_stands_there_is_told() -> None:
    part = planned(wish(PRIMARY, stale=frozenset(["10.9.9.9"])), FIXTURE)
    assert [site.where for site in part.sites] == [
        f"{CONFIG}, {name}"
        for name in ("Host rap rap-reports", "Host quoted", "Host central", "Match on line 27")
    ]
    assert {(site.host, site.port, site.limited) for site in part.sites} == {(*PRIMARY, False)}
    assert [(each.level, each.where) for each in part.findings] == [
        (INFO, f"{CONFIG}, Host 10.243.2.141"),
        (WARNING, f"{CONFIG}, Host old"),
        (INFO, f"{CONFIG}, line 2"),
    ]


def test_who_types_the_address_is_told_that_it_stays() -> None:
    assert planned(wish(SECONDARY), b"Host 10.243.2.141\n").findings == (
        Finding(
            WARNING,
            f"{CONFIG}, Host 10.243.2.141",
            "people type the address 10.243.2.141 itself, so it cannot be moved for them",
            "Give it a name: Host NAME with HostName 10.243.66.141 and Port 18802",
        ),
    )
    (finding,) = planned(wish(SECONDARY), b"Host 10.243.2.141\nPort 22\n").findings
    assert (finding.level, finding.where) == (WARNING, f"{CONFIG}, line 1")
    assert planned(wish(SECONDARY), b"Host 10.243.2.14\n") == Part()
    assert planned(wish(SECONDARY), b"Host 10.243.2.141\nHostName localhost\n") == Part()


RAP = b"Host rap\n  HostName 10.243.2.141\n  Port 18801\n"


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (b"", b"  ControlMaster auto\n  ControlPath ~/.ssh/hkex-drill-%C\n  ControlPersist 60\n"),
        (b"  ControlMaster yes\n", b"  ControlPath ~/.ssh/hkex-drill-%C\n  ControlPersist 60\n"),
        (b"  ControlPath /run/%C\n", b"  ControlMaster auto\n  ControlPersist 60\n"),
        (b"  ControlPath none\n", b"  ControlMaster auto\n  ControlPersist 60\n"),
    ],
)
def test_one_login_takes_a_shared_connection(given: bytes, left: bytes) -> None:
    after = applied(wish(PRIMARY, 1), RAP + given)
    head, port = RAP[:-13], RAP[-13:]
    changed = given.replace(b"yes", b"auto").replace(b"none", b"~/.ssh/hkex-drill-%C")
    assert after == head + left + port + changed
    assert [site.limited for site in planned(wish(PRIMARY), after).sites] == [True]
    assert planned(wish(PRIMARY), RAP + given).edits == ()


def test_what_stands_above_for_every_host_counts_and_is_left_to_people() -> None:
    part = planned(wish(SECONDARY, 1), b"Port 18801\nControlMaster no\n" + RAP)
    assert part.edits == () and len(part.sites) == 1
    assert [each.level for each in part.findings] == [WARNING, WARNING]
    assert "a Port above it is about every host" in part.findings[0].what
    assert "every run of sftp is a login of its own" in part.findings[1].what
    (finding,) = planned(wish(SECONDARY), RAP.replace(b"rap", b"*")).findings
    assert "its HostName is about every host, so it was not changed" in finding.what
    both = b"Host *\n  ControlMaster auto\n  ControlPath /run/%C\n  ControlPersist 1\n" + RAP
    assert planned(wish(PRIMARY, 1), both).edits == ()
    assert [site.limited for site in planned(wish(PRIMARY, 1), both).sites] == [True]


def test_the_systems_file_is_told_and_left() -> None:
    seen = having(RAP, SYSTEM)
    part = openssh.plan(wish(SECONDARY, 1), CHAN, seen)
    assert part.edits == () and [site.where for site in part.sites] == [f"{SYSTEM}, Host rap"]
    assert [(each.level, each.where) for each in part.findings] == [(WARNING, f"{SYSTEM}, Host rap")] * 2
    assert "it was not changed" in part.findings[0].what
    assert openssh.plan(wish(PRIMARY), CHAN, seen).findings == ()


def test_on_windows_nobody_can_limit_it() -> None:
    path = r"C:\Users\chan\.ssh\config"
    chan = Profile("S-1-5-21-1", r"C:\Users\chan")
    part = openssh.plan(wish(PRIMARY, 1), chan, Seen(WINDOWS, files={path: File(RAP)}))
    assert part.edits == () and [site.limited for site in part.sites] == [None]
    assert [(each.level, each.remedy) for each in part.findings] == [(INFO, "Run one transfer at a time")]


def test_all_of_it_is_asked_for_at_once_and_known_hosts_no_more_when_nobody_needs_them() -> None:
    chan = Profile("S-1-5-21-1", r"C:\Users\chan")
    ssh, everybodys = r"C:\Users\chan\.ssh" "\\", r"C:\ProgramData\ssh" "\\"
    configs = frozenset([ssh + "config", everybodys + "ssh_config"])
    everything = configs | {ssh + "known_hosts", everybodys + "ssh_known_hosts"}
    assert openssh.look(wish(PRIMARY), chan, Seen(WINDOWS)) == Look(files=everything)
    for file, files in ((None, configs), (File(b"Host a\n"), configs), (File(RAP), everything)):
        seen = Seen(WINDOWS, files={ssh + "config": file})
        assert openssh.look(wish(PRIMARY), chan, seen) == Look(files=files)


def test_a_settings_folder_is_looked_at_instead_of_the_persons() -> None:
    asked = wish(PRIMARY, config_dir="/srv/ssh/")
    assert openssh.look(asked, CHAN, Seen()) == Look(files=frozenset(["/srv/ssh/config", SYSTEM]))


# ---- what other blocks say of an alias, and other ways to write one -------------------------------------------------

SAME_PORT = ("10.243.66.141", 18801)
OVER = Wish(None, (Move(frozenset([PRIMARY, SAME_PORT]), *SAME_PORT),))
ONE = OVER._replace(max_connections=1)
HOSTNAME, PORT = b"  HostName 10.243.2.141\n", b"  Port 18801\n"
TOKEN = b"  ControlPath ~/.ssh/cm-%n\n"


@pytest.mark.parametrize(
    "content",
    [
        b"Host rap\n" + HOSTNAME + b"Host rap*\n" + PORT,
        b"Host rap*\n" + PORT + b"Host rap\n" + HOSTNAME,
        b"Match originalhost rap\n" + HOSTNAME + b"Host rap\n" + PORT,
        b"Host rap\n" + PORT + b"Match originalhost=RAP\n" + HOSTNAME,
        b"Host r?p\n" + HOSTNAME + b"Host rap\n" + PORT + b"Host r*\n" + PORT,
        b"Host rap\n  HostName '10.243.2.141'\n  Port '18801'\n",
        b'Host "rap"\n  "HostName" 10.243.2.141\n  "Port"18801 # c\n',
        b"Host 'rap'\n  HostName 10.2'43.2'.141\n  Port 018801\n",
        b"Host * !rap\n  Port 22\n  HostName x\nHost rap\n" + HOSTNAME + PORT,
    ],
)
def test_whatever_way_it_is_written_it_goes_over(content: bytes) -> None:
    after = applied(OVER, content)
    assert b"10.243.66.141" in after and planned(OVER, after).findings == ()
    assert {(site.host, site.port) for site in planned(OVER, after).sites} == {SAME_PORT}
    assert planned(OVER, after).edits == () and applied(wish_back(), after) == content.replace(
        b"10.2'43.2'.141", PRIMARY[0].encode()
    )


def wish_back() -> Wish:
    return Wish(None, (Move(frozenset([PRIMARY, SAME_PORT]), *PRIMARY),))


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"Host rap\n" + HOSTNAME, "line 2"),
        (b"Host 10.243.2.*\n" + PORT, "Host 10.243.2.*"),
        (b"Match host 10.243.2.141\n" + PORT, "line 1"),
        (b"Host rap\n  ProxyCommand nc 10.243.2.141 18801\n", "line 2"),
        (b"Host rap\n  ProxyJump me@10.243.2.141:18801\n", "line 2"),
        (b"Host rap\n  HostName 10.243.2.141 x\n", "line 2"),
        (b"Host rap\n  HostName other\nHost rap\n" + HOSTNAME + PORT, "line 4"),
        (b"Host rap rax\n" + HOSTNAME + b"Host rap\n" + PORT, "line 2"),
        (b"Host rap\n  LocalForward 1 10.243.2.141:18801 # c\n", "line 2"),
        (b'Host rap\n  ProxyCommand sh -c "nc 10.243.2.141 18801\n', "line 2"),
        (b"Host rap\n" + HOSTNAME + b"Match host 10.243.2.141\n" + PORT, "Host rap"),
    ],
)
def test_what_cannot_be_moved_is_told_where_it_stands(content: bytes, where: str) -> None:
    part = planned(OVER, content)
    assert part.edits == ()
    assert (WARNING, f"{CONFIG}, {where}") in [(each.level, each.where) for each in part.findings]
    assert planned(wish_back(), content).edits == ()
    assert all(each.level == INFO for each in planned(wish_back(), content).findings)


@pytest.mark.parametrize(
    "content",
    [
        b"# HostName 10.243.2.141\n  # 10.243.2.141\n",
        b"Host rap\n  HostName other # 10.243.2.141\n",
        b"Host rap\n  HostName 10.243.2.14\n  ProxyJump 10.243.2.1410\n  User 10.243.2.141.example\n",
        b"Host 10.*\n  User chan\n",
        b"Host *\n  Port 18801\n",
    ],
)
def test_a_comment_and_a_longer_address_and_what_is_about_all_are_nothing(content: bytes) -> None:
    assert planned(OVER, content) == Part()


@pytest.mark.parametrize(
    "proxy",
    [
        b"ProxyCommand nc 10.243.2.141 %p",
        b"ProxyCommand it's \"nc 10.243.2.141 %p",
        b"ProxyJump 10.243.2.141:18801",
    ],
)
@pytest.mark.parametrize("host", [PRIMARY[0], SAME_PORT[0]])
def test_where_a_proxy_names_the_old_address_nothing_claims_the_new_one(proxy: bytes, host: str) -> None:
    content = f"Host rap\n  HostName {host}\n".encode() + PORT + b"  " + proxy + b"\n"
    content += b"  ControlMaster auto\n  ControlPath /run/%C\n"
    part = planned(ONE, content)
    assert part.edits == ()
    assert [(site.host, site.limited) for site in part.sites] == [(PRIMARY[0], None)]
    assert [(each.level, each.where) for each in part.findings] == [
        (WARNING, f"{CONFIG}, Host rap"),
        (WARNING, f"{CONFIG}, line 4"),
    ]
    assert f"its {proxy.split()[0].decode()} names 10.243.2.141" in part.findings[0].what


def test_a_socket_that_is_one_for_every_address_is_replaced_and_what_is_open_is_told() -> None:
    content = RAP + b"  ControlMaster auto\n  ControlPersist 600\n" + TOKEN
    part = planned(ONE, content)
    assert [site.limited for site in part.sites] == [False]
    finding = part.findings[0]
    assert finding.level == WARNING
    assert "its ControlPath ~/.ssh/cm-%n is the same for every address" in finding.what
    assert finding.remedy == "Close it: ssh -S '~/.ssh/cm-%n' -O exit rap"
    after = applied(ONE, content)
    assert after == content.replace(PRIMARY[0].encode(), SAME_PORT[0].encode()).replace(
        b"cm-%n", b"hkex-drill-%C"
    )
    again = planned(ONE, after)
    assert (again.edits, again.findings, [site.limited for site in again.sites]) == ((), (), [True])


def test_a_socket_that_stays_is_told_as_well() -> None:
    content = RAP + TOKEN
    finding = planned(OVER, content).findings[0]
    assert (finding.level, finding.remedy.partition(".")[0]) == (WARNING, "Close it: ssh -O exit rap")
    assert [each.level for each in planned(wish_back(), content).findings] == [INFO]
    above = b"Host *\n  ControlMaster auto\n" + TOKEN + RAP
    part = planned(ONE, above)
    assert [edit.old for edit in part.edits if isinstance(edit, Splice)] == [b"10.243.2.141"]
    assert [
        (each.level, "login of its own" in each.what) for each in part.findings if each.level == WARNING
    ] == [
        (WARNING, False),
        (WARNING, False),
    ]
    assert [site.limited for site in part.sites] == [False]


@pytest.mark.parametrize(
    ("path", "limited"),
    [("%C", True), ("%r@%h:%p", True), ("%%h", False), ("%%%h", True), ("%n-%p", False), ("s", False)],
)
def test_limited_takes_a_socket_for_each_address(path: str, limited: bool) -> None:
    content = RAP + f"  ControlMaster auto\n  ControlPath /run/{path}\n".encode()
    assert [site.limited for site in planned(OVER, content).sites] == [limited]


@pytest.mark.parametrize(
    ("above", "limited"),
    [
        (b"Host rap*\n", False),
        (b"Host r?p\n", False),
        (b"Host x rap\n", False),
        (b"Match originalhost x,r*\n", False),
        (b"Match exec true\n", None),
        (b"Host * !rap\n", True),
        (b"Host RAP\n", True),
        (b"Match originalhost *,!rap\n", True),
    ],
)
def test_what_stands_above_for_this_name_counts(above: bytes, limited: bool | None) -> None:
    content = above + b"  ControlMaster no\n" + RAP
    after = applied(ONE, content)
    part = planned(ONE, after)
    assert part.edits == () and [site.limited for site in part.sites] == [limited]
    warnings = [each.what for each in part.findings if each.level == WARNING]
    assert [("login of its own" in what) for what in warnings] == [True] * (limited is not True)


def test_what_the_systems_file_includes_is_told() -> None:
    part = openssh.plan(OVER, CHAN, having(b"Include /etc/ssh/ssh_config.d/*.conf\n", SYSTEM))
    assert [(each.level, each.where) for each in part.findings] == [(INFO, f"{SYSTEM}, line 1")]


def test_a_long_configuration_is_planned_in_time_that_grows_with_it() -> None:
    content = b"".join(b"Host rap%d\n" % number + HOSTNAME + PORT for number in range(3000))
    assert len(planned(OVER, content).edits) == 3000


# ---- OpenSSH's own program -----------------------------------------------------------------------------------------

PROGRAM = shutil.which("ssh")
ASKED = pytest.mark.skipif(PROGRAM is None, reason="asks OpenSSH's own program (openssh-client)")


def told_by_ssh(config: Path, name: str) -> dict[str, str]:
    """What counts for a name; nothing where ssh refuses the file."""
    done = subprocess.run(
        [str(PROGRAM), "-G", "-F", str(config), name], capture_output=True, text=True, timeout=20
    )
    return dict(line.partition(" ")[::2] for line in done.stdout.splitlines())


WAYS = [
    *("Host rap", "Host r*", "Host rap !rap", "Host 'rap' x", "Host * !rap", "Match originalhost rap"),
    *("Match host rap", "Match host 10.243.*", "Match !originalhost r?p", "Match all", "Host ra? # c"),
]
VALUES = [
    *(" HostName 10.243.2.141", " 'HostName' x", ' "HostName" 10.243.2.141', " HostName '10.243.2.141' # c"),
    *(" Port 018801", " port=22", " Port '18801'", ' Port "1"', " ControlMaster no", " ControlMaster 'auto'"),
    *(" ControlPath /run/%%h", " ControlPath /a'b c'/\\\\%C", " HostName other", " HostName 10.2'43'.2.141"),
]


@ASKED
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*WAYS, *VALUES, *VALUES]), max_size=8))
def test_ssh_itself_reads_the_same_and_goes_where_it_is_told(tmp_path: Path, lines: list[str]) -> None:
    content = "".join(line + "\n" for line in ["Host rap", " HostName 10.243.2.141", *lines]).encode()
    config = tmp_path / "config"
    config.write_bytes(content)
    before = told_by_ssh(config, "rap")
    part = planned(ONE, content)
    config.write_bytes(applied(ONE, content))
    after = told_by_ssh(config, "rap")
    if not before:
        return
    leads = (before["hostname"], int(before["port"]))
    if leads == PRIMARY:
        told = any(each.level == WARNING and "10.243.2.141" in each.what for each in part.findings)
        assert (after["hostname"], int(after["port"])) == SAME_PORT or told
    sites = {(site.host, site.port): site for site in planned(ONE, applied(ONE, content)).sites}
    for (host, port), site in sites.items():
        if site.where.endswith("Host rap") and len(sites) == 1 and content.count(b"Host rap\n") == 1:
            assert (after["hostname"], int(after["port"])) == (host, port)
            assert site.limited is not True or after["controlmaster"] in ("auto", "autoask")
            assert site.limited is not True or "controlpath" in after


@ASKED
def test_ssh_itself_reads_what_was_written(tmp_path: Path) -> None:
    config = tmp_path / "config"
    for content in (FIXTURE.replace(b"Include ~/.ssh/more.conf", b""), RAP, RAP.replace(b"\n", b"\r\n")):
        config.write_bytes(applied(wish(SECONDARY, 1), content))
        told = told_by_ssh(config, "rap")
        expected = {
            "hostname": "10.243.66.141", "port": "18802", "controlmaster": "auto", "controlpersist": "60"
        }  # fmt: skip
        assert expected.items() <= told.items()
        assert re.fullmatch(r".*/\.ssh/hkex-drill-[0-9a-f]{40}", told["controlpath"])
