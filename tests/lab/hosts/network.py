# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's network as command lines: two bridges, the exchange's addresses, cables, and how they are cut. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .layout import (
    GATEWAY,
    LAB_ADDRESSES,
    OFFICE_DNS,
    OFFICE_NAMES,
    OFFICE_SIDE,
    SDNET_SIDE,
    Workstation,
)

Command = tuple[str, ...]

# Routing rules by preference: a cut comes first, and only then the kernel asks which addresses are its own.
CUT, OWN = 10, 100
NOWHERE = "br-nowhere"  # a bridge that is never on


def bridges(exchange: Sequence[str]) -> list[Command]:
    """Make the network of the lab in an empty network namespace, with no way out.

    :param exchange: its addresses; the kernel answers ARP for them on the bridges, as a router would
    """
    commands = [_ip("link set lo up")]
    for side, addresses in LAB_ADDRESSES.items():
        commands.append(_ip(f"link add {side} type bridge"))
        commands += [_ip(f"address add {address} dev {side}") for address in addresses]
        commands.append(_ip(f"link set {side} up"))
    commands.append(_ip(f"link add {NOWHERE} type bridge"))
    commands += [_ip(f"address add {address}/32 dev lo") for address in exchange]
    return [*commands, _ip(f"rule add pref {OWN} lookup local"), _ip("rule del pref 0")]


def cables(host: Workstation, cut: bool) -> list[Command]:
    """A network namespace of the host's name with its adapters, plugged in; anew for each boot."""
    commands = [_ip(f"netns add {host.name}")]
    for one in host.adapters:
        port = host.port(one)
        commands.append(
            _ip(f"link add {port} type veth peer name {one.name} netns {host.name} address {one.mac}")
        )
        commands.append(_ip(f"link set {port} up"))
    return [*commands, *plug(host, cut)]


def no_cables(host: Workstation) -> list[Command]:
    """Undo ``cables``. Each cable first: with the namespace alone the kernel would remove them some time later."""
    ends = [_ip(f"link del {host.port(one)}") for one in host.adapters]
    return [*ends, _ip(f"netns del {host.name}")]


def plug(host: Workstation, cut: bool) -> list[Command]:
    """Put the ends of a host's cables where they belong, or where nothing passes. Its adapters keep the carrier."""
    return [_ip(f"link set {host.port(one)} master {NOWHERE if cut else one.side}") for one in host.adapters]


def cut_site(ranges: Sequence[str], cut: bool) -> list[Command]:
    """Drop what workstations send to a data centre and what it answers, without a word.

    ARP is still answered, as the router in front of a dead site answers it: a client waits for its time-out instead
    of being told that there is no such host.
    """
    verb = "add" if cut else "del"
    commands = []
    for one in ranges:
        commands += [
            _ip(f"rule {verb} pref {CUT} to {one} ipproto {protocol} blackhole")
            for protocol in ("tcp", "udp", "icmp")
        ]
        commands.append(_ip(f"rule {verb} pref {CUT} from {one} blackhole"))
    return commands


def office(hosts: Sequence[Workstation]) -> Command:
    """dnsmasq as the office's DHCP and DNS server: a lease for each adapter by its MAC, a few names, no others."""
    options = ["keep-in-foreground", "conf-file=/dev/null", "user=root", "pid-file", "leasefile-ro"]
    options += ["log-facility=-", "no-hosts", "no-resolv", "no-ping", "local=/#/", "bind-interfaces"]
    options += [f"interface={side}" for side in LAB_ADDRESSES]
    options += [f"host-record={name},{address}" for name, address in OFFICE_NAMES.items()]
    options.append("except-interface=lo")  # the exchange is there
    options += ["dhcp-authoritative", "dhcp-range=set:sdnet,10.0.0.0,static,255.0.0.0,1h"]
    options += ["dhcp-range=set:office,192.168.7.0,static,255.255.255.0,1h"]
    options += ["dhcp-option=option:domain-name,office.example", "dhcp-option=tag:no-gateway,option:router"]
    for tag, side in (("sdnet", SDNET_SIDE), ("office", OFFICE_SIDE)):
        options.append(f"dhcp-option=tag:{tag},option:dns-server,{OFFICE_DNS[side]}")
        options.append(f"dhcp-option=tag:{tag},tag:!no-gateway,option:router,{GATEWAY[side]}")
    for host in hosts:
        for one in host.adapters:
            tag = "" if one.default_route else "set:no-gateway,"
            options.append(f"dhcp-host={one.mac},{tag}{one.address}")
    return ("/usr/sbin/dnsmasq", *(f"--{option}" for option in options))


def _ip(words: str) -> Command:
    return ("ip", *words.split())
