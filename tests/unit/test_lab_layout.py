# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab on paper: its hosts, the files they get, its network and the exchange's addresses in it."""

from __future__ import annotations

import configparser
from collections import Counter
from ipaddress import IPv4Network, ip_address, ip_network
from itertools import product
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml

from tests.lab.exchange import Config, ConfigError
from tests.lab.exchange.config import DATA_CENTRES
from tests.lab.exchange.enclosure import LAB
from tests.lab.hosts import HOSTS, WORKSTATIONS, Backend, Workstation
from tests.lab.hosts import network as net
from tests.lab.hosts.files import MASK, NETWORK_MANAGER, RESOLVED, UNITS, Keys, changes
from tests.lab.hosts.host import nspawn
from tests.lab.hosts.site import RANGES, RAP_NAME, addresses, known_hosts, lab_config

DRILLS = Path(__file__).parents[2] / "drills"
SDNET = tuple(map(ip_network, ("10.135.0.0/16", "10.136.0.0/16", "10.176.0.0/14")))
KEYS = Keys(
    "0" * 32, "HOST KEY\n", "ssh-ed25519 LAB\n", {"C12345001": "ONE\n", "DCXXX001": "TWO\n"}, "RAP", "CA"
)

each_host = pytest.mark.parametrize("host", WORKSTATIONS, ids=lambda host: host.name)


def texts(host: Workstation) -> dict[str, str]:
    return {file.path: file.text for file in changes(host, KEYS).files}


# --- hosts ---------------------------------------------------------------------------------------------------


def test_every_backend_and_every_part_of_sdnet_has_a_workstation() -> None:
    assert {host.backend for host in WORKSTATIONS} == set(Backend)
    inside = {net: [host for host in WORKSTATIONS if ip_address(host.address) in net] for net in SDNET}
    assert all(inside.values())
    assert not any(ip_address(HOSTS["derivatives"].address) in net for net in SDNET)
    assert [one.name for one in HOSTS["two-adapters"].adapters] == ["host0", "host1"]


def test_nothing_meets_in_the_network() -> None:
    adapters = [one for host in WORKSTATIONS for one in host.adapters]
    ports = [host.port(one) for host in WORKSTATIONS for one in host.adapters]
    exchange = [one for name in DATA_CENTRES for one in addresses(lab_config().data_centre(name))]
    for values in ([one.mac for one in adapters], [one.address for one in adapters] + exchange, ports):
        assert max(Counter(values).values()) == 1
    assert max(map(len, ports)) <= 15  # the kernel's limit for an interface
    assert all(int(one.mac[:2], 16) & 3 == 2 for one in adapters)  # locally administered, one receiver


# --- files ---------------------------------------------------------------------------------------------------


@each_host
def test_a_workstation_has_the_programs_of_its_backend_and_no_others(host: Workstation) -> None:
    removed = set(changes(host, KEYS).removed)
    assert removed.isdisjoint(RESOLVED) == host.backend.resolved
    assert removed.isdisjoint(NETWORK_MANAGER) == host.backend.network_manager
    links = {link.path: link.target for link in changes(host, KEYS).links}
    assert (links.get("etc/resolv.conf", "").endswith("stub-resolv.conf")) == host.backend.resolved
    assert (f"{UNITS}/multi-user.target.wants/systemd-networkd.service" in links) == (
        host.backend is Backend.NETWORKD
    )
    assert links[f"{UNITS}/apt-daily.timer"] == MASK


@each_host
def test_a_file_is_not_written_where_a_link_is(host: Workstation) -> None:
    made = changes(host, KEYS)
    paths = [link.path for link in made.links] + [file.path for file in made.files]
    assert max(Counter(paths).values()) == 1


@each_host
def test_addresses_come_from_where_they_should(host: Workstation) -> None:
    written = "".join(texts(host).values())
    for one in host.adapters:
        assert (str(one.interface) in written) != one.dhcp


def test_network_manager_takes_its_keyfiles() -> None:
    for name in ("host0", "host1"):
        path = f"etc/NetworkManager/system-connections/{name}.nmconnection"
        profile = configparser.ConfigParser()
        profile.read_string(texts(HOSTS["two-adapters"])[path])
        assert profile["connection"]["interface-name"] == name
        assert dict(profile["ipv4"]) == {"method": "auto"}
    modes = {file.path: file.mode for file in changes(HOSTS["nm-alone"], KEYS).files}
    assert modes["etc/NetworkManager/system-connections/host0.nmconnection"] == 0o600


@each_host
def test_only_registered_workstations_have_a_key_of_rap(host: Workstation) -> None:
    keys = {file.path: file for file in changes(host, KEYS).files if "/rap_" in file.path}
    expected = {
        "nm-resolved": ["C12345001"],
        "plain": ["C12345001"],
        "derivatives": ["DCXXX001"],
    }.get(host.name, [])
    assert list(keys) == [f"home/trader/.ssh/rap_{account}" for account in expected]
    assert all((file.mode, file.owner) == (0o600, 1001) for file in keys.values())


def test_each_host_is_booted_in_cgroups_and_a_network_of_its_own() -> None:
    shell, _, enter, _, *command = nspawn("plain", Path("/lab/root"), [Path("/cg/a"), Path("/cg/b")])
    assert shell == "sh"
    assert enter == ('echo 0 >"/cg/a/plain/cgroup.procs" && echo 0 >"/cg/b/plain/cgroup.procs" && exec "$@"')
    assert command[0] == "systemd-nspawn"
    for option in ("--directory=/lab/root", "--network-namespace-path=/run/netns/plain", "--register=no"):
        assert option in command


# --- network -------------------------------------------------------------------------------------------------


def test_nothing_in_the_lab_leads_outside() -> None:
    commands = net.bridges(["10.243.1.1"])
    assert ("ip", "address", "add", "10.243.1.1/32", "dev", "lo") in commands
    assert not [command for command in commands if "route" in command or "default" in command]


@each_host
def test_a_cable_that_is_cut_ends_nowhere_and_one_mended_where_it_was(host: Workstation) -> None:
    def masters(commands: list[net.Command]) -> list[str]:
        return [command[-1] for command in commands if "master" in command]

    sides = [one.side for one in host.adapters]
    assert masters(net.plug(host, cut=True)) == [net.NOWHERE] * len(sides)
    assert masters(net.plug(host, cut=False)) == masters(net.cables(host, cut=False)) == sides
    assert masters(net.cables(host, cut=True)) == [net.NOWHERE] * len(sides)  # it stays cut over a boot
    assert ("ip", "link", "set", net.NOWHERE, "up") not in net.bridges([])


def test_mending_a_data_centre_takes_back_each_rule_of_the_cut() -> None:
    cut, mend = (net.cut_site(RANGES["primary"], one) for one in (True, False))
    assert [tuple("del" if word == "add" else word for word in command) for command in cut] == mend
    assert cut and all("blackhole" in command for command in cut)


def test_the_office_leases_every_adapter_its_address() -> None:
    command = net.office(WORKSTATIONS)
    for host in WORKSTATIONS:
        for one in host.adapters:
            tag = "" if one.default_route else "set:no-gateway,"
            assert f"--dhcp-host={one.mac},{tag}{one.address}" in command
    assert "--local=/#/" in command  # the exchange's names do not exist here


# --- the exchange --------------------------------------------------------------------------------------------


def printed() -> list[tuple[str, str, int | None, str]]:
    """Data centre, address, port if printed, and drill, of everything the drill files have."""
    found: list[tuple[str, str, int | None, str]] = []
    for path in sorted(DRILLS.glob("*.yml")):
        drill: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        for system in drill["systems"]:
            for endpoint in system["endpoints"]:
                for centre, own in endpoint.get("addresses", {}).items():
                    found += [(centre, one, endpoint.get("port"), path.stem) for one in own]
        for dns in drill["dns"]:
            found.append(("primary", dns["servers"]["preferred"], dns["port"], path.stem))
            found.append(("secondary", dns["servers"]["alternate"], dns["port"], path.stem))
    return found


def test_the_labs_exchange_has_every_address_of_the_drills() -> None:
    assert len(printed()) > 20
    for centre, address, port, drill in printed():
        config = lab_config().data_centre(centre)
        listens = {(one.address, one.port) for one in (config.dns, *config.rap, *config.web)}
        if port is None:
            assert address in addresses(config), (drill, address)
        else:
            assert (address, port) in listens, (drill, address, port)


def test_a_data_centre_goes_with_its_own_addresses_only() -> None:
    for name, other in product(DATA_CENTRES, DATA_CENTRES):
        for address in addresses(lab_config().data_centre(name)):
            covered = any(ip_address(address) in IPv4Network(one) for one in RANGES[other])
            assert covered == (name == other)


def test_only_the_lab_takes_the_circulars_addresses() -> None:
    written = lab_config().to_json()
    assert Config.from_json(written, LAB) == lab_config()
    with pytest.raises(
        ConfigError, match=r"primary\.dns\.address: '10\.243\.1\.1' is not a loopback address"
    ):
        Config.from_json(written)
    with pytest.raises(ConfigError, match=r"'192\.0\.2\.1' is not an address in 10\.0\.0\.0/8"):
        Config.from_json(written.replace("10.243.66.51", "192.0.2.1"), LAB)


def test_ssh_knows_rap_at_every_address_and_by_its_name() -> None:
    keys = {name: asyncssh.generate_private_key("ssh-ed25519") for name in DATA_CENTRES}
    lines = known_hosts(
        lab_config(), {name: key.export_public_key().decode().strip() for name, key in keys.items()}
    )
    known = asyncssh.import_known_hosts(lines)
    for name, key in keys.items():
        for endpoint in lab_config().data_centre(name).rap:
            assert known.match(endpoint.address, "", endpoint.port)[0] == [key.convert_to_public()]
    both = [key.convert_to_public() for key in keys.values()]
    assert known.match(RAP_NAME, "", 18801)[0] == both
    assert known.match(RAP_NAME, "", 22)[0] == both
