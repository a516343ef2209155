# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds of all clocks and proxies: what is off by more is told, an exception is one, a login is never told."""

from __future__ import annotations

from datetime import datetime, timedelta

from ansible_collections.hkex.drill.plugins.module_utils import _machine_proxy as proxies
from ansible_collections.hkex.drill.plugins.module_utils.model import Profile
from hypothesis import given
from hypothesis import strategies as some

from tests.unit.machine_pc import NAME, NOW, Linux, looked

START = datetime.strptime(NOW, "%Y-%m-%dT%H:%M:%SZ")
secret = some.text(alphabet="QZ", min_size=8, max_size=8)
label = some.text(alphabet="abcx-", min_size=1, max_size=5)
name = some.lists(label, min_size=1, max_size=4).map(".".join)


@given(some.integers(-4000, 4000), some.integers(0, 4000))
def test_a_clock_is_told_exactly_if_it_differs_by_more_than_the_tolerance(ahead: int, tolerance: int) -> None:
    pc = Linux()
    pc.clock = (START + timedelta(seconds=ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = looked(pc, tolerance=tolerance)
    assert told["machine"]["seconds_ahead"] == ahead
    assert bool(told["findings"]) == (abs(ahead) > tolerance)


@given(
    some.binary(max_size=200) | some.text(alphabet="httpsalno_xy=.*,: \n'\"#", max_size=200).map(str.encode)
)
def test_whatever_an_environment_holds_reading_it_ends(content: bytes) -> None:
    for way in proxies.of_environment(content, (NAME,)):
        assert way.address and way.address.isprintable()


@given(secret, some.sampled_from(["http://", "https://", "socks5://", ""]))
def test_no_login_of_a_proxy_is_told(word: str, scheme: str) -> None:
    address = f"{scheme}{word}:{word}@proxy.example:3128/?{word}"
    person = Profile(
        "S-1", r"C:\Users\chan", proxy=f"https={address};http={address}", pac=address, name="chan"
    )
    ways = [
        *proxies.of_person(person, (NAME,)),
        *proxies.of_environment(f"all_proxy={address}".encode(), (NAME,)),
    ]
    assert len(ways) == 3 and word not in str(ways)


@given(name, name)
def test_a_domain_is_excepted_with_all_below_it_and_nothing_beside_it(host: str, domain: str) -> None:
    content = f"https_proxy=http://proxy.example\nno_proxy=x,{domain}\n".encode()
    caught = [each for way in proxies.of_environment(content, (host,)) for each in way.names]
    excepted = host.split(".")[-len(domain.split(".")) :] == domain.split(".") or host.split(".")[-1] == "x"
    assert caught == ([] if excepted else [host])
