# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS servers of a plain resolv.conf: what is asked, where it may be set, and that nothing else moves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import dns_servers
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Adapter,
    Assign,
    Facts,
    File,
    Key,
    Look,
    Plan,
    Refusal,
    Seen,
    Splice,
)
from hypothesis import given
from hypothesis import strategies as st

PATH = "/etc/resolv.conf"
FIRST, SECOND = "10.243.1.1", "10.243.65.1"
OFFICE = Adapter("eth0", ("192.0.2.10",))
SDNET = Adapter("eth1", ("198.51.100.1", "10.9.8.7"))
FACTS = Facts("ws1", (Adapter("lo", ("127.0.0.1",)), OFFICE, SDNET))


def options(**params: Any) -> dns_servers.Options:
    return dns_servers.parse({"servers": [FIRST, SECOND], "networks": ["10.9.0.0/16"], **params})


def seen(content: bytes | None, link: str | None = None, facts: Facts = FACTS) -> Seen:
    return Seen(facts=facts, files={PATH: None if content is None else File(content, link=link)})


def after(content: bytes, plan: Plan) -> bytes:
    """Apply the splices one by one from the back, each where it says and only on what it says."""
    for edit in reversed(plan.edits):
        assert isinstance(edit, Splice)
        assert content[edit.start : edit.start + len(edit.old)] == edit.old
        content = content[: edit.start] + edit.new + content[edit.start + len(edit.old) :]
    return content


def change(content: bytes, **params: Any) -> bytes:
    return after(content, dns_servers.plan(options(**params), seen(content)))


# ---- an independent, naive reading of resolv.conf ----------------------------------------------------------------


def is_server_line(line: bytes) -> bool:
    return line.startswith((b"nameserver ", b"nameserver\t"))


def servers_of(content: bytes) -> list[bytes]:
    """The word after the keyword of each nameserver line, the way the C library cuts it."""
    words = []
    for line in content.split(b"\n"):
        if is_server_line(line):
            word = line.replace(b"\t", b" ")[len(b"nameserver ") :].lstrip(b" ").split(b" ")[0]
            words.append(word)
    return words


def others_of(content: bytes) -> list[bytes]:
    """Every line but the nameserver lines, in order; a missing last line end does not count."""
    lines = content.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return [line for line in lines if not is_server_line(line)]


ADDRESSES = st.sampled_from(
    [FIRST, SECOND, "8.8.8.8", "192.0.2.53", "fe80::1%eth0", "rubbish", "10.243.1.1\r"]
)
SERVER_LINES = st.builds(
    lambda keyword, address, rest: keyword + address.encode() + rest,
    st.sampled_from([b"nameserver ", b"nameserver\t", b"nameserver \t "]),
    ADDRESSES,
    st.sampled_from([b"", b" ", b" # office", b"\tjunk\r", b" \xff\xfe"]),
)
OTHER_LINES = st.one_of(
    st.sampled_from(
        [
            b"",
            b"# nameserver 8.8.8.8",
            b"; nameserver 10.243.1.1",
            b" nameserver 9.9.9.9",
            b"nameserver",
            b"nameservers 1.1.1.1",
            b"Nameserver 1.1.1.1",
            b"search example.com\r",
            b"options ndots:2\ttimeout:1",
            b"domain \xe9\x00",
        ]
    ),
    st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")),
)
FILES = st.builds(
    lambda lines, end: b"\n".join(lines) + end,
    st.lists(st.one_of(SERVER_LINES, OTHER_LINES), max_size=8),
    st.sampled_from([b"", b"\n"]),
)
WANTED = st.lists(
    st.sampled_from([FIRST, SECOND, "10.243.2.2", "8.8.8.8"]), min_size=1, max_size=3, unique=True
)


@given(FILES, WANTED)
def test_present_makes_the_servers_exactly_these_in_this_order(content: bytes, wanted: list[str]) -> None:
    assert servers_of(change(content, servers=wanted, backend="plain")) == [one.encode() for one in wanted]


@given(FILES, WANTED, st.sampled_from(["present", "absent"]))
def test_nothing_else_moves(content: bytes, wanted: list[str], state: str) -> None:
    assert others_of(change(content, servers=wanted, state=state, backend="plain")) == others_of(content)


@given(FILES, WANTED, st.sampled_from(["present", "absent"]))
def test_twice_is_once(content: bytes, wanted: list[str], state: str) -> None:
    asked = options(servers=wanted, state=state, backend="plain")
    once = after(content, dns_servers.plan(asked, seen(content)))
    assert dns_servers.plan(asked, seen(once)).edits == ()


@given(FILES, WANTED, WANTED)
def test_there_and_back(content: bytes, here: list[str], there: list[str]) -> None:
    there = (there + [one for one in (FIRST, SECOND, "10.243.2.2") if one not in there])[: len(here)]
    home = change(content, servers=here, backend="plain")
    away = change(home, servers=there, backend="plain")
    assert change(away, servers=here, backend="plain") == home


@given(FILES, WANTED)
def test_absent_removes_exactly_these(content: bytes, wanted: list[str]) -> None:
    gone = {one.encode() for one in wanted}
    kept = [word for word in servers_of(content) if word.rstrip(b"\r") not in gone]
    assert servers_of(change(content, servers=wanted, state="absent", backend="plain")) == kept


@given(FILES, WANTED)
def test_every_edit_is_whole_lines(content: bytes, wanted: list[str]) -> None:
    for edit in dns_servers.plan(options(servers=wanted, backend="plain"), seen(content)).edits:
        assert isinstance(edit, Splice)
        assert edit.start == 0 or content[edit.start - 1 : edit.start] == b"\n" or edit.new[:1] == b"\n"
        assert edit.old == b"" or edit.old.endswith(b"\n") or edit.start + len(edit.old) == len(content)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (b"", b"nameserver 10.243.1.1\nnameserver 10.243.65.1\n"),
        (b"search a", b"search a\nnameserver 10.243.1.1\nnameserver 10.243.65.1\n"),
        (
            b"nameserver 8.8.8.8\nsearch a\n",
            b"nameserver 10.243.1.1\nnameserver 10.243.65.1\nsearch a\n",
        ),
        (
            b"nameserver\t8.8.8.8 # office\nsearch a\nnameserver ::1\nnameserver 9.9.9.9",
            b"nameserver\t10.243.1.1 # office\nsearch a\nnameserver 10.243.65.1\n",
        ),
        # The C library takes the carriage return for a part of the address and so would ask nobody.
        (
            b"nameserver 10.243.1.1\r\nsearch a\r\n",
            b"nameserver 10.243.1.1\nnameserver 10.243.65.1\nsearch a\r\n",
        ),
        (b"nameserver 10.243.1.1", b"nameserver 10.243.1.1\nnameserver 10.243.65.1\n"),
    ],
)
def test_present_byte_for_byte(before: bytes, expected: bytes) -> None:
    assert change(before) == expected


def test_a_missing_file_reads_as_empty() -> None:
    plan = dns_servers.plan(options(), seen(None))
    assert after(b"", plan) == b"nameserver 10.243.1.1\nnameserver 10.243.65.1\n"
    assert plan.refresh == {"resolver"}


def test_as_asked_needs_nothing() -> None:
    content = b"nameserver 10.243.1.1 x\nnameserver 10.243.65.1\n"
    assert dns_servers.plan(options(), seen(content)) == Plan()


def test_look_is_the_file_that_is_named_or_else_first_who_keeps_the_adapters_servers() -> None:
    other = options(path="/srv/resolv.conf")
    assert dns_servers.look(other, Seen()) == Look(files=frozenset(["/srv/resolv.conf"]))
    assert dns_servers.look(options(backend="plain"), Seen()) == Look(files=frozenset([PATH]))
    assert dns_servers.look(options(), Seen()) == Look()
    link = Key("link", "eth1", "dns")
    assert dns_servers.look(options(), Seen(facts=FACTS)) == Look(settings=frozenset([link]))
    nobody = {"networkmanager": None, "networkd": None, "resolved": None, "resolv_conf": None}
    told = Seen(facts=FACTS, settings={link: nobody})
    assert dns_servers.look(options(), told) == Look(files=frozenset([PATH]), settings=frozenset([link]))
    away = options(networks=["192.0.9.0/24"], state="absent")
    assert dns_servers.look(away, Seen(facts=FACTS)) == Look(files=frozenset([PATH]))


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        (b"options ndots:2 rotate", True),
        (b"options\trotate", True),
        (b"options timeout:1", False),
        (b"# options rotate", False),
        (b" options rotate", False),
    ],
)
def test_rotate_is_a_finding(line: bytes, warned: bool) -> None:
    content = b"search a\n" + line + b"\nnameserver 10.243.1.1\n"
    findings = dns_servers.plan(options(), seen(content)).findings
    assert [(each.level, each.where) for each in findings] == [("warning", f"{PATH}:2")] * warned
    absent = dns_servers.plan(options(state="absent"), seen(content)).findings
    assert not any("rotate" in finding.what for finding in absent)


@pytest.mark.parametrize(("left", "warned"), [(b"", True), (b"nameserver 192.0.2.53\n", False)])
def test_who_is_left_without_any_server_is_warned(left: bytes, warned: bool) -> None:
    content = b"search a\nnameserver 10.243.1.1\n" + left
    findings = dns_servers.plan(options(state="absent"), seen(content)).findings
    assert ["no name is looked up" in finding.what for finding in findings] == [True] * warned
    assert dns_servers.plan(options(state="absent"), seen(b"search a\n" + left)).findings == ()


# ---- the adapter -------------------------------------------------------------------------------------------------


def test_an_adapter_in_the_network_carries_it() -> None:
    told = dns_servers.describe(options(), seen(b""))
    assert (told["adapter"], told["address"]) == ("eth1", "10.9.8.7")


def test_a_named_adapter_without_networks_is_taken_at_its_word() -> None:
    told = dns_servers.describe(options(networks=None, adapter="eth0"), seen(b""))
    assert (told["adapter"], told["address"]) == ("eth0", "192.0.2.10")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"networks": ["10.20.0.0/16"]}, "no adapter has an address in 10.20.0.0/16"),
        ({"adapter": "eth0"}, "adapter eth0 has no address in 10.9.0.0/16"),
        ({"networks": None, "adapter": "wlan0"}, "adapter wlan0 has no address; found"),
    ],
)
def test_without_an_adapter_in_sdnet_it_is_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=message) as refused:
        dns_servers.plan(options(**params), seen(b""))
    assert "eth0 (192.0.2.10), eth1 (198.51.100.1, 10.9.8.7)" in refused.value.what
    assert "Connect the workstation to SDNet" in refused.value.remedy


def test_it_is_refused_also_where_the_servers_stand_already_and_where_there_is_no_adapter() -> None:
    content = b"nameserver 10.243.1.1\nnameserver 10.243.65.1\n"
    with pytest.raises(Refusal, match="found: no adapter"):
        dns_servers.plan(options(), seen(content, facts=Facts()))


def test_removal_needs_no_adapter() -> None:
    asked = options(state="absent", networks=None)
    content = b"nameserver 10.243.1.1\n"
    assert after(content, dns_servers.plan(asked, seen(content, facts=Facts()))) == b""


# ---- who keeps the file ------------------------------------------------------------------------------------------

LINKS = [
    ("/run/systemd/resolve/stub-resolv.conf", "systemd-resolved"),
    ("/usr/lib/systemd/resolv.conf", "systemd-resolved"),
    ("/run/NetworkManager/resolv.conf", "NetworkManager"),
    ("/run/resolvconf/resolv.conf", "resolvconf"),
    ("/run/netconfig/resolv.conf", "netconfig"),
    ("/home/someone/resolv.conf", "symbolic link"),
]
HEADERS = [
    (b"# Generated by NetworkManager", "NetworkManager"),
    (b"# Generated by resolvconf", "resolvconf"),
    (b"# Dynamic resolv.conf(5) file for glibc resolver(3) generated by resolvconf(8)", "resolvconf"),
    (b"; generated by /usr/sbin/dhclient-script", "dhclient"),
    (b"# Generated by dhcpcd from eth0.dhcp", "dhcpcd"),
    (b"# This file is managed by man:systemd-resolved(8). Do not edit.", "systemd-resolved"),
    (b"# Generated by Connection Manager", "ConnMan"),
    (b"# This file was automatically generated by WSL.", "WSL"),
]


@pytest.mark.parametrize(("link", "program"), LINKS)
@pytest.mark.parametrize("backend", ["auto", "plain"])
def test_a_symbolic_link_is_refused_and_named(link: str, program: str, backend: str) -> None:
    found = seen(b"nameserver 127.0.0.53\n", link=link)
    with pytest.raises(Refusal, match="so a change would not last") as refused:
        dns_servers.plan(options(backend=backend), found)
    assert refused.value.where == PATH
    assert link in refused.value.what
    assert "backend: plain" not in refused.value.remedy
    assert dns_servers.describe(options(), found)["backend"] == program


@pytest.mark.parametrize(("header", "program"), HEADERS)
def test_a_generated_file_is_refused_unless_called_plain(header: bytes, program: str) -> None:
    content = b"\n" + header + b"\nnameserver 192.0.2.53\n"
    with pytest.raises(Refusal, match=f"line 2 says that {program} wrote it") as refused:
        dns_servers.plan(options(), seen(content))
    assert program in refused.value.remedy
    assert "backend: plain" in refused.value.remedy
    assert servers_of(change(content, backend="plain")) == [FIRST.encode(), SECOND.encode()]


def test_a_generated_file_that_is_as_asked_is_left_alone() -> None:
    content = b"# Generated by NetworkManager\nnameserver 10.243.1.1\nnameserver 10.243.65.1\n"
    assert dns_servers.plan(options(), seen(content)) == Plan()


@pytest.mark.parametrize(
    "content",
    [b"# NetworkManager is not used here\n", b"nameserver 1.1.1.1\n# Generated by NetworkManager\n", b""],
)
def test_other_comments_make_no_keeper(content: bytes) -> None:
    assert dns_servers.describe(options(), seen(content))["backend"] == "plain"
    assert servers_of(change(content)) == [FIRST.encode(), SECOND.encode()]


# ---- describing and asking ---------------------------------------------------------------------------------------


def test_describe_is_json_and_lists_what_the_c_library_reads() -> None:
    content = b"nameserver 10.243.1.1\nnameserver 8.8.8.8\r\nnameserver fe80::1%eth0\nnameserver \xff\n"
    told = dns_servers.describe(options(), seen(content))
    assert json.loads(json.dumps(told)) == {
        "backend": "plain",
        "path": PATH,
        "servers": [FIRST, "fe80::1%eth0"],
        "automatic": False,
        "adapter": "eth1",
        "address": "10.9.8.7",
    }
    assert dns_servers.describe(options(), seen(None))["servers"] == []


def test_concern_carries_the_parsed_options() -> None:
    concern = dns_servers.concern({"servers": [FIRST], "adapter": "eth1"})
    assert (concern.name, concern.options.servers, concern.options.state) == (
        "dns_servers",
        (FIRST,),
        "present",
    )
    assert concern.plan(concern.options, seen(b"")).edits


@pytest.mark.parametrize(
    ("params", "where", "what"),
    [
        ({"servers": []}, "servers", "0 servers"),
        ({"servers": [f"10.0.0.{n}" for n in range(4)]}, "servers", "4 servers"),
        ({"servers": [FIRST, FIRST]}, "servers", "names one server twice"),
        ({"servers": ["10.243.1"]}, "servers", "'10.243.1' is not an IPv4"),
        ({"servers": ["010.243.1.1"]}, "servers", "'010.243.1.1' is not an IPv4"),
        ({"servers": ["fe80::1"]}, "servers", "'fe80::1' is not an IPv4"),
        ({"servers": ["rap.example"]}, "servers", "'rap.example' is not an IPv4"),
        ({"networks": ["10.9.8.7/16"]}, "networks", "'10.9.8.7/16' is not an IPv4 network .*host bits"),
        ({"networks": ["0.0.0.0/0"]}, "networks", "every address"),
        ({"networks": []}, "dns_servers", "neither networks nor adapter"),
        ({"path": "resolv.conf"}, "path", "not an absolute path"),
    ],
)
def test_bad_input_is_refused_with_its_place(params: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(Refusal, match=what) as refused:
        options(**params)
    assert refused.value.where.endswith(where)
    assert refused.value.remedy


# ---- Windows: the servers of the adapter ---------------------------------------------------------------------------

GUID = "{8C2B1A5E-0000-4000-8000-0123456789AB}"
LAN = Adapter("SDNet", ("10.9.8.7",), GUID)
DNS = Key("adapter", GUID, "dns")
SERVERS = st.lists(st.sampled_from([FIRST, SECOND, "192.0.2.53", "192.0.2.54"]), unique=True, max_size=4)


def windows(*servers: str, adapter: Adapter = LAN) -> Seen:
    """What every look at a Windows workstation brings; no servers: they are as DHCP gives them."""
    office = Adapter("Office", ("192.0.2.10",), "{0}")
    return Seen(
        WINDOWS,
        Facts("ws1", (office, adapter)),
        settings={Key("adapter", "{0}", "dns"): ["192.0.2.1"], DNS: list(servers)},
    )


def test_nothing_more_need_be_seen_of_an_adapter() -> None:
    assert dns_servers.look(options(), Seen(WINDOWS)) == Look()


@given(SERVERS, st.sampled_from(["present", "absent"]))
def test_only_the_adapter_in_sdnet_changes_and_in_one_assignment(before: list[str], state: str) -> None:
    plan = dns_servers.plan(options(state=state), windows(*before))
    left = [each for each in before if each not in (FIRST, SECOND)]
    wanted = [FIRST, SECOND] if state == "present" else left
    assert plan.edits == (() if wanted == before else (Assign(DNS, before, wanted),))
    assert plan.refresh == (frozenset() if wanted == before else frozenset(["resolver"]))
    assert dns_servers.plan(options(state=state), windows(*wanted)) == Plan()


def test_without_an_adapter_in_sdnet_it_is_refused_on_windows_too() -> None:
    elsewhere = windows(adapter=Adapter("SDNet", ("172.16.0.1",), GUID))
    with pytest.raises(Refusal, match="no adapter has an address in"):
        dns_servers.plan(options(), elsewhere)
    assert dns_servers.plan(options(state="absent"), elsewhere) == Plan()


@pytest.mark.parametrize("params", [{"path": "/etc/resolv.conf"}, {"backend": "plain"}])
def test_windows_has_no_file_of_servers(params: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="keeps its DNS servers in network adapters"):
        dns_servers.plan(options(**params), windows())


def test_describe_says_what_is_set_on_the_adapter() -> None:
    assert dns_servers.describe(options(), windows(FIRST)) == {
        "backend": "adapter",
        "path": None,
        "servers": [FIRST],
        "automatic": False,
        "adapter": "SDNet",
        "address": "10.9.8.7",
    }
