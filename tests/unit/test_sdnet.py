# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SDNet's three ranges, as functions and as Ansible has them in templates and in its documentation."""

from __future__ import annotations

import ipaddress
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.hkex.drill.plugins.filter import sdnet_subnet
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import sdnet
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from ansible_collections.hkex.drill.plugins.test import in_sdnet
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.bench import ROOT

BOUNDS = [
    ("10.134.255.255", None),
    ("10.135.0.0", "10.135.0.0/16"),
    ("10.135.255.255", "10.135.0.0/16"),
    ("10.136.0.0", "10.136.0.0/16"),
    ("10.136.255.255", "10.136.0.0/16"),
    ("10.137.0.0", None),
    ("10.175.255.255", None),
    ("10.176.0.0", "10.176.0.0/14"),
    ("10.179.255.255", "10.176.0.0/14"),
    ("10.180.0.0", None),
    ("::ffff:10.135.0.1", None),
]
NO_ADDRESSES = [
    "",
    "10.135",
    "10.135.1.2/16",
    "010.135.1.2",
    " 10.135.1.2",
    "pc-02",
    176619778,
    None,
    True,
    ["10.135.1.2"],
]


FILTER = sdnet_subnet.FilterModule().filters()["sdnet_subnet"]
TEST = in_sdnet.TestModule().tests()["in_sdnet"]


@pytest.mark.parametrize(("address", "expected"), BOUNDS)
def test_the_first_and_last_address_of_each_range(address: str, expected: str | None) -> None:
    assert sdnet.subnet(address) == expected
    assert FILTER(address) == expected
    assert TEST(address) is (expected is not None)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=4, network="10.128.0.0/10"))
def test_an_independent_library_agrees(address: ipaddress.IPv4Address) -> None:
    expected = [each for each in sdnet.SDNET if address in ipaddress.ip_network(each)]
    assert sdnet.subnet(str(address)) == (expected[0] if expected else None)


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize(("plugin", "name"), [(FILTER, "sdnet_subnet"), (TEST, "in_sdnet")])
def test_what_is_no_address_is_an_error_and_never_outside(address: Any, plugin: Any, name: str) -> None:
    with pytest.raises(AnsibleFilterError) as refused:
        plugin(address)
    assert f"hkex.drill.{name}: address {address!r}: it is no IP address. Give one" in str(refused.value)


@pytest.mark.parametrize("network", ["10.135.0.0/33", "SDNet", ""])
def test_what_is_no_range_is_refused(network: str) -> None:
    with pytest.raises(Refusal, match="it is no IP network"):
        sdnet.subnet("10.135.1.2", [network])


def test_without_netaddr_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdnet, "netaddr", None)
    for plugin in (FILTER, TEST):
        with pytest.raises(AnsibleFilterError, match="pip install netaddr"):
            plugin("10.135.1.2")


def test_the_plugins_load_without_netaddr() -> None:
    program = (
        "import sys; sys.modules['netaddr'] = None\n"
        "from ansible_collections.hkex.drill.plugins.filter.sdnet_subnet import FilterModule\n"
        "from ansible_collections.hkex.drill.plugins.test.in_sdnet import TestModule\n"
        "print(*FilterModule().filters(), *TestModule().tests())"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(
        command, cwd=ROOT / "collections", capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.split() == ["sdnet_subnet", "in_sdnet"], ran.stderr


def test_the_drills_have_these_ranges_wherever_hkscc_takes_part() -> None:
    drills = [load(DIRECTORY, name) for name in available(DIRECTORY)]
    ranges = {drill.id: tuple(network.range for network in drill.networks) for drill in drills}
    assert set(ranges.values()) == {(), sdnet.SDNET}
    assert {name for name, found in ranges.items() if found} == {d.id for d in drills if "hkscc" in d.markets}


def ansible(program: str, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_templates_have_them_by_full_name() -> None:
    addresses = [address for address, _ in BOUNDS]
    both = "{{ a | map('hkex.drill.sdnet_subnet') }} {{ a | select('hkex.drill.in_sdnet') }}"
    said = ansible(
        "ansible",
        "localhost",
        "-i",
        "localhost,",
        "-m",
        "debug",
        "-a",
        f'msg="{both}"',
        "-e",
        json.dumps({"a": addresses}),
    )
    inside = [address for address, expected in BOUNDS if expected]
    assert f"{[expected for _, expected in BOUNDS]} {inside}" in said


@pytest.mark.parametrize(("kind", "name"), [("filter", "sdnet_subnet"), ("test", "in_sdnet")])
def test_ansible_documents_them(kind: str, name: str) -> None:
    said = json.loads(ansible("ansible-doc", "-t", kind, "--json", f"hkex.drill.{name}"))[
        f"hkex.drill.{name}"
    ]
    assert set(said["doc"]["options"]) == {"_input"} and said["examples"] and said["return"]["_value"]
    for network in sdnet.SDNET:
        assert network in str(said["doc"]["description"])
