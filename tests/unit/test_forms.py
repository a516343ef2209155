# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms that options are held to, and that every concern holds to the same."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import (
    _bookmarks_options,
    _dns_options,
    _machine_options,
    _sftp_options,
)
from ansible_collections.hkex.drill.plugins.module_utils._forms import (
    fits,
    is_absolute,
    is_host_name,
    is_ipv4,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import POSIX, WINDOWS, Refusal, Seen
from ansible_collections.hkex.drill.plugins.module_utils.posix import dns
from hypothesis import given
from hypothesis import strategies as st

LABEL = st.from_regex(r"\A[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
NO_NAMES = (
    "",
    ".",
    "a..b",
    ".a",
    "a.",
    "-a.b",
    "a-.b",
    "a b",
    "a\n",
    "ä.b",
    "\u212a.b",
    "x" * 64,
    "a." * 126 + "ab",
)

ASKING: dict[str, Callable[[str], Any]] = {
    "bookmarks": lambda name: _bookmarks_options.parse(
        {"sites": [{"name": name, "url": "https://one.example"}]}, ("firefox",)
    ),
    "dns_servers": lambda name: _dns_options.parse(
        {"servers": ["192.0.2.1"], "adapter": "eth0", "domains": [name]}
    ),
    "machine": lambda name: _machine_options.parse({"tolerance": 0, "free_mb": 0, "names": [name]}),
    "sftp_client": lambda name: _sftp_options.parse(
        {"sites": [{"known": [{"host": "one.example", "port": 22}], "host": name, "port": 22}]}
    ),
    "probe": dns.name,
}


@given(st.lists(LABEL, min_size=1, max_size=5).map(".".join))
def test_labels_joined_by_dots_are_a_host_name_up_to_253_characters(name: str) -> None:
    assert is_host_name(name) == (len(name) <= 253)


@pytest.mark.parametrize("text", NO_NAMES)
def test_anything_else_is_none(text: str) -> None:
    assert not is_host_name(text)


@pytest.mark.parametrize("concern", ASKING)
@pytest.mark.parametrize("text", ["a_b.example", "x" * 63 + ".example", "x" * 64 + ".example", "a-.example"])
def test_every_concern_takes_the_same_names(concern: str, text: str) -> None:
    try:
        ASKING[concern](text)
        taken = True
    except (Refusal, ValueError):
        taken = False
    assert taken == is_host_name(text)


@pytest.mark.parametrize(
    ("path", "systems"),
    [
        ("/srv/a", {POSIX}),
        (r"C:\a", {WINDOWS}),
        ("c:/a", {WINDOWS}),
        (r"\\server\a", {WINDOWS}),
        (r"\a", set()),
        ("C:a", set()),
        ("a", set()),
        ("", set()),
    ],
)
def test_a_path_fits_one_kind_of_system_or_none(path: str, systems: set[str]) -> None:
    assert is_absolute(path) == bool(systems)
    for system in (POSIX, WINDOWS):
        try:
            fits("option", path, Seen(system=system))
            fitting = True
        except Refusal as refusal:
            fitting = False
            assert str(refusal).startswith("option: it is not an absolute path on a ")
        assert fitting == (system in systems)


@given(st.ip_addresses(v=4).map(str) | st.from_regex(r"\A[0-9]{1,4}(\.[0-9]{1,4}){2,4}\Z"))
def test_an_ipv4_address_is_what_python_takes_and_writes_the_same(text: str) -> None:
    try:
        expected = str(IPv4Address(text)) == text
    except ValueError:
        expected = False
    assert is_ipv4(text) == expected


@pytest.mark.parametrize(
    "text", ["", "10.1.2.3 ", "10.1.2.3\n", "10.1.2.\u0663", "::1", "10.1.2.3/24", "name"]
)
def test_no_other_text_is_an_ipv4_address(text: str) -> None:
    assert not is_ipv4(text)
