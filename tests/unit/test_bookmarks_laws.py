# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds of all bookmarks: none of the site is missed, nothing but where it leads is told, none else is."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import _bookmarks_file as file_of
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_judge import judge, printable
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_options import parse
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_places import NAMES
from hypothesis import given
from hypothesis import strategies as some

from tests.unit.bookmarks_pc import LOGIN, RIGHT, SITE

SITES = parse({"sites": [SITE, LOGIN]}, NAMES).sites
HOSTS = [host for site in (SITE, LOGIN) for host in (site["name"], *site["addresses"])]

json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["roots", "children", "url", "name", "profile", "info_cache"]), inner
        )
    ),
    max_leaves=20,
)
cases = some.lists(some.booleans(), min_size=40, max_size=40)
secret = some.text(alphabet="QZ", min_size=12, max_size=12)


def mixed(text: str, upper: list[bool]) -> str:
    return (
        "".join(sign.upper() if up else sign for sign, up in zip(text, upper, strict=False))
        + text[len(upper) :]
    )


@given(json_values | some.binary(max_size=50))
def test_whatever_the_file_holds_reading_it_ends(content: Any) -> None:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    for read in (lambda: list(file_of.bookmarks(data)), lambda: list(file_of.profiles(data))):
        try:
            assert isinstance(read(), list)
        except file_of.Damaged as why:
            assert str(why).startswith("it ")


@given(some.sampled_from(HOSTS), some.sampled_from(["http", "https"]), some.sampled_from(["", "."]), cases)
def test_no_bookmark_of_a_site_is_missed_however_it_is_written(
    host: str, scheme: str, dot: str, upper: list[bool]
) -> None:
    verdict = judge(mixed(f"{scheme}://{host}{dot}/", upper), SITES)
    assert verdict is not None and verdict.site.url == RIGHT
    assert bool(verdict.faults) == ((host, scheme, dot) != (SITE["name"], "https", ""))


@given(some.sampled_from(HOSTS), secret, some.integers(min_value=0, max_value=99999))
def test_no_secret_in_an_address_is_told(host: str, word: str, port: int) -> None:
    for text in (
        f"https://{word}:{word}@{host}:{port}/",
        f"https://{host}:{port}/{word}",
        f"https://{host}/?{word}={word}",
        f"https://{host}/#{word}",
        f"https://{host}/;{word}",
    ):
        verdict = judge(text, SITES)
        assert verdict is not None and word not in str(verdict)
        assert word not in printable(text) and word not in printable(text[len("https://") :])


@given(some.text(max_size=40))
def test_a_bookmark_of_anything_else_is_none_of_ours(text: str) -> None:
    for address in (
        text,
        f"https://{text}",
        f"https://{text}.{SITE['name']}/",
        f"https://bank.example/{RIGHT}?{text}",
    ):
        verdict = judge(address, SITES)
        assert verdict is None or verdict.site in SITES
    for address in (
        f"https://x{SITE['name']}",
        f"https://{SITE['name']}.evil.example",
        f"javascript:{RIGHT}",
    ):
        assert judge(address, SITES) is None


@given(some.text())
def test_a_name_is_told_in_signs_that_a_terminal_takes(text: str) -> None:
    told = printable(text)
    assert told.isprintable() and len(told.encode()) <= 4 * 80


@given(
    some.recursive(some.just(RIGHT), lambda inner: some.lists(inner, min_size=1, max_size=3), max_leaves=12)
)
def test_every_bookmark_is_found_however_deep_it_lies(nested: Any) -> None:
    def node(of: Any) -> dict[str, Any]:
        return (
            {"name": "x", "url": of} if isinstance(of, str) else {"name": "y", "children": [*map(node, of)]}
        )

    def leaves(of: Any, depth: int = 0) -> list[int]:
        return [depth] if isinstance(of, str) else [each for inner in of for each in leaves(inner, depth + 1)]

    found = list(file_of.bookmarks(json.dumps({"roots": {"bookmark_bar": node(nested), "v": 1}}).encode()))
    assert [len(each.folders) for each in found] == leaves(nested)
