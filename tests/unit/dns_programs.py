# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkManager, systemd-networkd and systemd-resolved of one workstation, in memory: what they do and print.

The forms are those that the real ones print on Debian 12 (NetworkManager 1.42, systemd 252). Everything is killed at
the n-th command if asked to; the programs themselves go on, as they do when a module is killed.
"""

from __future__ import annotations

import copy
import ipaddress
import json
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import _dns_networkd
from ansible_collections.hkex.drill.plugins.module_utils.posix.programs import Failed

UUID, DEVICE = "1307dd06", "/org/freedesktop/NetworkManager/Devices/2"
DHCP = ["192.0.2.53"]
NM, NETWORKD, RESOLVED = "NetworkManager", "network1", "resolve1"
AUTOMATIC = {"servers": [], "automatic": True, "servers6": [], "automatic6": True, "search": []}


class Killed(BaseException):
    """The module is gone; whatever it still tries does not happen."""


@dataclass
class Programs:
    """``running`` programs; ``adapter`` is managed by the one of them that keeps its DNS servers."""

    root: Path
    running: set[str]
    adapter: str = "eth1"
    profile: dict[str, Any] = field(default_factory=lambda: dict(AUTOMATIC))
    applied: dict[str, Any] = field(default_factory=lambda: dict(AUTOMATIC))
    file: str = "/etc/NetworkManager/system-connections/eth1.nmconnection"
    mode: str = "systemd-resolved"
    rc: str = "unmanaged"
    lease: list[str] = field(default_factory=lambda: list(DHCP))
    lease_domains: list[str] = field(default_factory=list)
    loaded: str | None = None  # the drop-in as networkd has read it
    runtime: list[str] = field(default_factory=list)
    runtime_domains: list[str] = field(default_factory=list)
    default_route: bool = True
    links: tuple[str, ...] = ("eth1",)
    checkpoint: Any = None
    clock: float = 0.0
    commands: list[tuple[str, ...]] = field(default_factory=list)
    kill_at: int | None = None
    fails: str = ""  # a command that has this word says no
    deaf: bool = False  # what is pushed to systemd-resolved does not arrive
    reloads: int = 0

    @property
    def drop_in(self) -> Path:
        return self.root / "etc/network/10-eth1.network.d/90-hkex-drill.conf"

    def declared(self) -> list[str]:
        return self.runtime or _dns_networkd.declared(self.loaded or "")["servers"]

    def domains(self) -> list[str]:
        """What is asked here in any case."""
        if NM in self.running:
            return [each[1:] for each in self.applied["search"]]
        return self.runtime_domains or _dns_networkd.declared(self.loaded or "")["domains"]

    def asked(self) -> list[str]:
        """The servers that names are asked at, by what each program would do."""
        if self.deaf:
            return list(self.lease)
        if NM in self.running:
            static = [*self.applied["servers"], *self.applied["servers6"]]
            return static + (self.lease if self.applied["automatic"] else [])
        automatic = [] if self.runtime or "UseDNS=no" in (self.loaded or "") else self.lease
        return [*self.declared(), *automatic]

    def search(self) -> list[str]:
        """The domains of the adapter in NetworkManager, those of DHCP among them."""
        return [*self.applied["search"], *(self.lease_domains if self.applied["automatic"] else [])]

    def state(self) -> Any:
        """All that counts afterwards."""
        drop_in = self.drop_in.read_text() if self.drop_in.exists() else None
        return copy.deepcopy(
            (
                self.profile,
                self.applied,
                drop_in,
                self.declared(),
                self.domains(),
                self.asked(),
                self.checkpoint,
            )
        )

    def boot(self) -> None:
        """The power was cut: what is on disk counts, and nothing else."""
        self.checkpoint, self.runtime, self.runtime_domains = None, [], []
        self.applied = copy.deepcopy(self.profile)
        self.loaded = self.drop_in.read_text() if self.drop_in.exists() else None

    def sleep(self, seconds: float) -> None:
        """Time passes; a checkpoint that nobody ended reverts."""
        self.clock += seconds
        if self.checkpoint and self.clock >= self.checkpoint[0]:
            self._revert()

    def monotonic(self) -> float:
        return self.clock

    def run(self, *command: str) -> str:
        self.commands.append(command)
        if self.kill_at is not None and len(self.commands) > self.kill_at:
            raise Killed
        if self.fails and self.fails in command:
            raise Failed(f"{command[0]}: not today")
        said = self._said(command)
        if self.kill_at == len(self.commands):
            raise Killed
        return said

    def _said(self, command: tuple[str, ...]) -> str:
        if command[0] == "busctl":
            verb, _service, path, _interface, *rest = command[3:]
            asked = (
                self._call(path, *rest) if verb == "call" else [self._property(path, name) for name in rest]
            )
            if verb == "call":
                return json.dumps({"data": asked}) if asked is not None else ""
            return "\n".join(json.dumps({"data": each}) for each in asked)
        if command[:2] == ("networkctl", "reload"):
            self.reloads += 1
            self.loaded = self.drop_in.read_text() if self.drop_in.exists() else None
            return ""
        if command[0] == "networkctl":
            return json.dumps({"Interfaces": [self._link(name) for name in (*self.links, "lo")]})
        if command[:2] == ("nmcli", "-g"):
            return self.adapter + "\n"
        if command[:3] == ("nmcli", "device", "reapply"):
            self.applied = copy.deepcopy(self.profile)
            return ""
        assert command[:5] == ("nmcli", "connection", "modify", "uuid", UUID), command
        given = dict(zip(command[5::2], command[6::2], strict=True))
        self.profile = {
            "servers": given["ipv4.dns"].split(),
            "automatic": given["ipv4.ignore-auto-dns"] == "no",
            "servers6": given["ipv6.dns"].split(),
            "automatic6": given["ipv6.ignore-auto-dns"] == "no",
            "search": given["ipv4.dns-search"].split(),
        }
        return ""

    def _call(self, path: str, method: str, *arguments: str) -> Any:
        given = arguments[1:]
        match method:
            case "NameHasOwner":
                return [given[0].rpartition(".")[2] in self.running]
            case "GetDeviceByIpIface":
                return [DEVICE]
            case "GetConnectionByUuid":
                assert given == (UUID,)
                return ["/settings/1"]
            case "GetSettings":
                return [_wire(self.profile)]
            case "GetAppliedConnection":
                return [_wire(self.applied), 2]
            case "CheckpointCreate":
                if self.checkpoint:
                    raise Failed("busctl: Call failed: device 'eth1' is already included in checkpoint")
                self.checkpoint = (self.clock + int(given[2]), copy.deepcopy((self.profile, self.applied)))
                return ["/checkpoint/1"]
            case "CheckpointRollback":
                self._revert()
                return [{}]
            case "CheckpointDestroy":
                self.checkpoint = None
                return None
            case "GetLink":
                return ["/link"]
            case "SetLinkDNS":
                octets = given[2:]
                pieces = [octets[at + 2 : at + 6] for at in range(0, len(octets), 6)]
                self.runtime = [".".join(piece) for piece in pieces]
                return None
            case "SetLinkDomains":
                self.runtime_domains = list(given[2::2])
                return None
            case "SetLinkDefaultRoute":
                self.default_route = given[1] == "true"
                return None
            case "RevertLinkDNS":
                self.runtime, self.runtime_domains = [], []
                return None
        raise AssertionError(f"nobody has a method {method} at {path}")

    def _property(self, path: str, name: str) -> Any:
        return {
            "Managed": True,
            "ActiveConnection": "/active/1",
            "Connection": "/settings/1",
            "Uuid": UUID,
            "Filename": self.file,
            "State": 100,
            "Mode": self.mode,
            "RcManager": self.rc,
            "Configuration": [
                {
                    "interface": {"data": self.adapter},
                    "nameservers": {"data": self.asked()},
                    **({"domains": {"data": domains}} if (domains := self.search()) else {}),
                },
                {"interface": {"data": "eth0"}, "nameservers": {"data": ["192.0.2.1"]}},
            ],
            "Checkpoints": ["/checkpoint/1"] if self.checkpoint else [],
            "Devices": [DEVICE],
            "DefaultRoute": self.default_route,
            "DNS": [[2, list(ipaddress.ip_address(server).packed)] for server in self.asked()],
        }[name]

    def _link(self, name: str) -> dict[str, Any]:
        if name not in self.links:
            return {"Name": name, "AdministrativeState": "unmanaged"}
        source = "runtime" if self.runtime else "static"
        servers = [(server, source) for server in self.declared()]
        servers += [(server, "DHCPv4") for server in self.asked() if server not in self.declared()]
        routed = [{"Domain": each, "ConfigSource": source} for each in self.domains()]
        return {
            "Name": name,
            "RouteDomains": routed,
            "AdministrativeState": "configured",
            "NetworkFile": str(self.root / "etc/network/10-eth1.network"),
            "DNS": [
                {"Family": 2, "Address": list(socket.inet_aton(server)), "ConfigSource": source}
                for server, source in servers
            ],
        }

    def _revert(self) -> None:
        assert self.checkpoint
        self.profile, self.applied = self.checkpoint[1]
        self.checkpoint = None


def _wire(dns: dict[str, Any]) -> dict[str, Any]:
    numbers = [struct.unpack("=I", socket.inet_aton(server))[0] for server in dns["servers"]]
    found: dict[str, Any] = {"ipv4": {"method": {"data": "auto"}}, "ipv6": {}, "proxy": {}}
    if numbers:
        found["ipv4"]["dns"] = {"data": numbers}
    if dns["search"]:
        found["ipv4"]["dns-search"] = {"data": dns["search"]}
    if not dns["automatic"]:
        found["ipv4"]["ignore-auto-dns"] = {"data": True}
    if dns["servers6"]:
        found["ipv6"]["dns"] = {
            "data": [list(socket.inet_pton(socket.AF_INET6, each)) for each in dns["servers6"]]
        }
    if not dns["automatic6"]:
        found["ipv6"]["ignore-auto-dns"] = {"data": True}
    return found
