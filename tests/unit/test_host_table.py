# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host table concern: the laws over ugly tables, then every decision as bytes before and after."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import host_table
from ansible_collections.hkex.drill.plugins.module_utils._host_table_text import rows
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    POSIX,
    WARNING,
    WINDOWS,
    Look,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.host_table_cases import (
    BAD_ADDRESSES,
    BAD_INPUT,
    BAD_NAMES,
    CASES,
    FINDINGS,
    NO_FINDINGS,
    NO_HOST_TABLES,
    NO_RAP,
    ONE,
    RAP,
    RAP_ONLY,
    TO_PRIMARY,
    TO_SECONDARY,
)
from tests.unit.host_table_tables import (
    HOSTS,
    PATH,
    PRIMARY,
    SECONDARY,
    applied,
    canonical_tables,
    comments,
    entries,
    is_ipv4,
    lines,
    made,
    naive,
    ours,
    planned,
    seen,
    tables,
    words,
)

laws = settings(deadline=None)  # a busy machine breaks no law

requests = st.sampled_from(
    [
        TO_PRIMARY,
        TO_SECONDARY,
        RAP_ONLY,
        NO_RAP,
        {"entries": [{"name": RAP, "address": "10.1.0.51"}], "state": "absent"},
        {**RAP_ONLY, "leftovers": ["sso.example"], "leftovers_state": "absent"},
    ]
)


def asked(params: dict[str, Any]) -> set[bytes]:
    names = [entry["name"] for entry in params["entries"]] + params.get("leftovers", [])
    return {name.encode() for name in names}


# Laws


@laws
@given(st.one_of(st.binary(max_size=200), tables()))
def test_lines_are_found_and_taken_apart_byte_for_byte(content: bytes) -> None:
    found = rows(content, [b"rap", b"1", b"\n"])
    expected = [
        (number, line)
        for number, line in enumerate(re.split(rb"(?<=\n)", content), 1)
        if any(part in line.lower() for part in (b"rap", b"1", b"\n"))
    ]
    assert [(row.number, row.raw) for row in found] == expected
    assert all(content.startswith(row.raw, row.start) for row in found)


@laws
@given(tables(), st.sampled_from([PRIMARY, SECONDARY]), st.sampled_from([POSIX, WINDOWS]))
def test_every_name_gets_its_address_and_no_other(content: bytes, table: dict[str, str], system: str) -> None:
    answers = naive(made(content, entries(table), system))
    assert {name: answers[name] for name in ours} == {n.encode(): [a.encode()] for n, a in table.items()}


@laws
@given(tables(), requests)
def test_every_other_name_resolves_as_before(content: bytes, params: dict[str, Any]) -> None:
    def others(table: bytes) -> dict[bytes, list[bytes]]:
        return {name: found for name, found in naive(table).items() if name not in asked(params)}

    assert others(made(content, params)) == others(content)


@laws
@given(tables(), requests)
def test_nothing_else_moves(content: bytes, params: dict[str, Any]) -> None:
    after = made(content, params)
    for splice in planned(content, params).edits:
        assert isinstance(splice, Splice)
        if splice.old:
            # One whole line, and one that maps a name which was asked for.
            assert (
                content[: splice.start] in (b"", b"\xef\xbb\xbf")
                or content[splice.start - 1 : splice.start] == b"\n"
            )
            assert splice.old.count(b"\n") == splice.old.endswith(b"\n")
            address, *names = words(splice.old.removeprefix(b"\xef\xbb\xbf"))
            assert is_ipv4(address)
            assert asked(params) & set(names)
        else:
            assert content[splice.start :].strip() in (b"", b"\x1a")
    assert comments(after) == comments(content)
    assert after.startswith(b"\xef\xbb\xbf") == content.startswith(b"\xef\xbb\xbf")


@laws
@given(tables(), requests, st.sampled_from([POSIX, WINDOWS]))
def test_twice_is_once(content: bytes, params: dict[str, Any], system: str) -> None:
    again = planned(made(content, params, system), params, system)
    assert again.edits == ()
    assert not again.refresh


@laws
@given(canonical_tables())
def test_there_and_back_is_where_it_was(start: bytes) -> None:
    assert planned(start, TO_PRIMARY).edits == ()
    away = made(start, TO_SECONDARY)
    assert away != start
    assert made(away, TO_PRIMARY) == start


@laws
@given(tables())
def test_any_table_is_canonical_after_one_round(start: bytes) -> None:
    back = made(made(start, TO_SECONDARY), TO_PRIMARY)
    assert made(made(back, TO_SECONDARY), TO_PRIMARY) == back


@laws
@given(tables())
def test_absent_leaves_no_mapping_of_the_name(content: bytes) -> None:
    assert RAP.encode() not in naive(made(content, NO_RAP))


@laws
@given(tables(), requests)
def test_description_and_resolution_agree_with_a_naive_reader(content: bytes, params: dict[str, Any]) -> None:
    described = host_table.describe(host_table.parse(params), seen(content))
    for name, answer in described["names"].items():
        expected = [address.decode() for address in naive(content).get(name.encode(), [])]
        assert list(host_table.resolve(content, name.upper())) == expected
        assert ([answer["address"]] if answer["address"] else []) + answer["further"] == expected


@laws
@given(st.integers(1, 30), st.integers(0, 12), st.booleans())
def test_no_name_of_ours_stands_beyond_the_eighth(many: int, others: int, moved: bool) -> None:
    table = {f"n{number}.example": "10.1.0.9" for number in range(many)}
    names = " ".join([*(f"u{number}" for number in range(others)), *table])
    wanted = dict.fromkeys(table, "10.2.0.9") if moved else table
    start = f"10.1.0.9 {names}\n".encode()
    after = made(start, entries(wanted))
    for line in lines(after):
        assert not any(name.decode() in table for name in words(line)[9:])
    assert {name: found for name, found in naive(after).items() if name.decode() in table} == {
        name.encode(): [address.encode()] for name, address in wanted.items()
    }
    assert planned(after, entries(wanted)).edits == ()


# Decisions


@pytest.mark.parametrize(("before", "params", "after"), CASES.values(), ids=CASES)
def test_before_and_after(before: bytes | None, params: dict[str, Any], after: bytes) -> None:
    assert made(before, params) == after
    assert planned(after, params).edits == ()


def test_an_empty_table_gets_the_line_end_of_its_system() -> None:
    assert made(b"", RAP_ONLY, WINDOWS) == b"10.2.0.51 rap.example\r\n"
    assert made(b"", RAP_ONLY, POSIX) == b"10.2.0.51 rap.example\n"


def test_absent_makes_no_file() -> None:
    assert planned(None, NO_RAP).edits == ()


def test_the_resolver_is_refreshed_only_when_something_changed() -> None:
    assert planned(b"", RAP_ONLY).refresh == {"resolver"}
    assert planned(b"10.2.0.51 rap.example\n", RAP_ONLY).refresh == frozenset()


def test_two_requests_compose_on_one_table() -> None:
    start = b"10.1.0.51 rap.example\n10.1.0.32 rmcd.example x\nlast"
    first, second = entries({RAP: "10.2.0.51"}), entries({"rmcd.example": "10.2.0.32"})
    both = planned(start, first) | planned(start, second)
    assert applied(start, both.edits) == b"10.2.0.51 rap.example\n10.1.0.32 x\n10.2.0.32 rmcd.example\nlast"


def test_it_looks_at_the_systems_table_unless_told_otherwise() -> None:
    assert host_table.look(host_table.parse(RAP_ONLY), seen(None, WINDOWS)) == Look(
        files=frozenset({HOSTS[WINDOWS]})
    )
    options = host_table.parse({**RAP_ONLY, "path": "/srv/hosts"})
    assert host_table.look(options, seen(None)) == Look(files=frozenset({"/srv/hosts"}))


def test_description() -> None:
    content = b"10.1.0.51 rap.example\n10.2.0.51 RAP.example\n"
    options = host_table.parse({"leftovers": [RAP, "sso.example"]})
    assert host_table.describe(options, seen(content)) == {
        "path": PATH,
        "exists": True,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "names": {
            RAP: {"address": "10.1.0.51", "further": ["10.2.0.51"]},
            "sso.example": {"address": None, "further": []},
        },
    }
    assert host_table.describe(options, seen(None))["exists"] is False


def test_twenty_thousand_lines_are_no_trouble() -> None:
    content = b"".join(
        b"10.%d.%d.7\thost%d.example alias%d # desk\r\n" % (n % 250, n // 250, n, n) for n in range(20_000)
    )
    after = made(content + b"10.1.0.51 rap.example\r\n", TO_SECONDARY)
    assert after.startswith(content)


# Findings


@pytest.mark.parametrize(
    ("content", "params", "system", "line", "part"),
    FINDINGS,
)
def test_findings_say_where_what_and_what_to_do(
    content: bytes, params: dict[str, Any], system: str, line: int, part: str
) -> None:
    (finding,) = planned(content, params, system).findings
    assert finding.level == WARNING
    assert finding.where == f"{HOSTS[system]} line {line}"
    assert part in finding.what
    assert finding.remedy


@pytest.mark.parametrize(
    ("content", "params", "system"),
    NO_FINDINGS,
)
def test_no_finding_without_need(content: bytes, params: dict[str, Any], system: str) -> None:
    assert planned(content, params, system).findings == ()


# Refusals


@pytest.mark.parametrize(
    "address",
    BAD_ADDRESSES,
)
def test_a_wrong_address_is_named(address: Any) -> None:
    good = {"name": "ok.example", "address": "10.1.1.1"}
    with pytest.raises(Refusal) as refusal:
        host_table.parse({"entries": [good, good, {"name": RAP, "address": address}]})
    assert refusal.value.where == "host_table.entries[2].address"
    assert repr(address) in refusal.value.what
    assert "192.0.2.7" in refusal.value.remedy


@pytest.mark.parametrize(
    "name",
    BAD_NAMES,
)
def test_a_wrong_name_is_named(name: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        host_table.parse({"entries": [{"name": name, "address": "10.1.1.1"}]})
    assert refusal.value.where == "host_table.entries[0].name"
    with pytest.raises(Refusal) as refusal:
        host_table.parse({"leftovers": ["ok.example", name]})
    assert refusal.value.where == "host_table.leftovers[1]"


@pytest.mark.parametrize(
    ("params", "where", "what"),
    BAD_INPUT,
)
def test_bad_input_gives_one_clear_message(params: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(Refusal) as refusal:
        host_table.concern(params)
    assert refusal.value.where == f"host_table.{where}"
    assert what in refusal.value.what
    assert refusal.value.remedy


def test_good_input_is_taken_once_and_in_lower_case() -> None:
    concern = host_table.concern(
        {"entries": [ONE, {"name": "a.example", "address": "10.1.1.1"}], "leftovers": ["B", "b"]}
    )
    assert concern.name == "host_table"
    assert concern.options == host_table.Options(
        None, (host_table.Entry("a.example", "10.1.1.1"),), "present", ("b",), "reported"
    )


@pytest.mark.parametrize(("path", "system"), [("/etc/hosts", WINDOWS), ("C:\\hosts", POSIX)])
def test_a_path_of_the_other_system_is_refused(path: str, system: str) -> None:
    with pytest.raises(Refusal, match="not an absolute path on a"):
        host_table.look(host_table.parse({**RAP_ONLY, "path": path}), seen(None, system))


@pytest.mark.parametrize(
    ("content", "what"),
    NO_HOST_TABLES,
)
def test_what_is_no_host_table_is_refused(content: bytes, what: str) -> None:
    options = host_table.parse(RAP_ONLY)
    for verb in (host_table.plan, host_table.describe):
        with pytest.raises(Refusal) as refusal:
            verb(options, seen(content))
        assert refusal.value.where == PATH
        assert what in refusal.value.what


PROXIES = (
    Profile("S-1-5-21-1", r"C:\Users\chan", proxy="proxy.office:8080"),
    Profile("S-1-5-21-2", r"C:\Users\li"),
)


def with_profiles(*profiles: Profile) -> Seen:
    bare = seen(b"", WINDOWS)
    return bare._replace(facts=bare.facts._replace(profiles=profiles))


def test_a_proxy_that_makes_the_table_ineffective_is_a_finding() -> None:
    (finding,) = host_table.plan(host_table.parse(RAP_ONLY), with_profiles(*PROXIES)).findings
    assert finding.level == WARNING
    assert (finding.where, "proxy.office:8080" in finding.what) == (
        r"internet settings of C:\Users\chan",
        True,
    )
    script = Profile("S-1-5-21-3", r"C:\Users\ho", pac="http://office/proxy.pac")
    (finding,) = host_table.plan(host_table.parse(RAP_ONLY), with_profiles(script)).findings
    assert "the proxy script http://office/proxy.pac" in finding.what


@pytest.mark.parametrize(
    ("bypass", "matters"),
    [
        ("", True),
        ("*.other;<local>", True),
        ("*.Example;<local>", False),
        ("a; rap.example ", False),
    ],
)
def test_a_name_that_is_excepted_from_the_proxy_is_no_matter(bypass: str, matters: bool) -> None:
    person = Profile("S-1-5-21-1", r"C:\Users\chan", proxy="proxy.office:8080", bypass=bypass)
    assert bool(host_table.plan(host_table.parse(RAP_ONLY), with_profiles(person)).findings) == matters


def test_a_proxy_matters_only_where_the_table_is_to_say_something() -> None:
    asked = host_table.parse({**RAP_ONLY, "state": "absent"})
    assert host_table.plan(asked, with_profiles(*PROXIES)).findings == ()
