# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a workstation of the one root file system: files, links and what is taken away. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from .layout import GATEWAY, OFFICE_DNS, SDNET_SIDE, Adapter, Backend, Workstation

ROOT, DRILL, TRADER = 0, 1000, 1001  # user and group ids in the root file system
MASK = "/dev/null"
UNITS = "etc/systemd/system"
SEARCH = "office.example"

# A workstation has no use for these; each would cost time at every boot.
IDLE_UNITS = (
    "getty@.service",
    "console-getty.service",
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "systemd-tmpfiles-clean.timer",
)
# Taken away where the workstation is to be as if the program had never been installed.
RESOLVED = (
    "usr/bin/resolvectl",
    "usr/bin/systemd-resolve",
    "usr/sbin/resolvconf",
    "usr/lib/systemd/systemd-resolved",
    "usr/lib/systemd/system/systemd-resolved.service",
    "usr/lib/tmpfiles.d/systemd-resolve.conf",
    "usr/share/dbus-1/system-services/org.freedesktop.resolve1.service",
    f"{UNITS}/dbus-org.freedesktop.resolve1.service",
    f"{UNITS}/multi-user.target.wants/systemd-resolved.service",
)
NETWORK_MANAGER = (
    "usr/bin/nmcli",
    "usr/sbin/NetworkManager",
    "usr/lib/systemd/system/NetworkManager.service",
    "usr/lib/systemd/system/NetworkManager-dispatcher.service",
    "usr/lib/systemd/system/NetworkManager-wait-online.service",
    "usr/share/dbus-1/system-services/org.freedesktop.nm_dispatcher.service",
    f"{UNITS}/dbus-org.freedesktop.nm-dispatcher.service",
    f"{UNITS}/multi-user.target.wants/NetworkManager.service",
    f"{UNITS}/network-online.target.wants/NetworkManager-wait-online.service",
)


@dataclass(frozen=True)
class File:
    """``path`` from the root, without the leading slash; missing folders get the same owner, open to all."""

    path: str
    text: str
    mode: int = 0o644
    owner: int = ROOT


@dataclass(frozen=True)
class Link:
    path: str
    target: str


@dataclass(frozen=True)
class Keys:
    """``lab``: the public key that may log on; ``rap``: private key by account; ``ca``: the exchange's, PEM."""

    machine_id: str
    host: str
    lab: str
    rap: Mapping[str, str]
    rap_known_hosts: str
    ca: str


@dataclass(frozen=True)
class Changes:
    """Taken away first, then linked, then written."""

    removed: tuple[str, ...]
    links: tuple[Link, ...]
    files: tuple[File, ...]


def changes(host: Workstation, keys: Keys) -> Changes:
    """Everything that a workstation has beyond the root file system."""
    removed = (() if host.backend.resolved else RESOLVED) + (
        () if host.backend.network_manager else NETWORK_MANAGER
    )
    links = tuple(Link(f"{UNITS}/{unit}", MASK) for unit in IDLE_UNITS)
    return Changes(
        # Nothing is written through a link that the root file system has there.
        removed=(*removed, "etc/resolv.conf"),
        links=(*links, *_backend_links(host)),
        files=(*_identity(host, keys), *_logins(host, keys), *_backend_files(host)),
    )


def _identity(host: Workstation, keys: Keys) -> tuple[File, ...]:
    return (
        # Without it systemd takes this for a first boot and enables every unit of its presets.
        File("etc/machine-id", f"{keys.machine_id}\n", 0o444),
        File("etc/hostname", f"{host.name}\n"),
        File("etc/hosts", f"127.0.0.1\tlocalhost\n127.0.1.1\t{host.name}\n::1\tlocalhost ip6-localhost\n"),
        File("etc/ssh/ssh_host_ed25519_key", keys.host, 0o600),
        File("etc/ssh/ssh_known_hosts", keys.rap_known_hosts),
        File("usr/local/share/ca-certificates/exchange.pem", keys.ca),
    )


def _logins(host: Workstation, keys: Keys) -> tuple[File, ...]:
    sshd = (
        "HostKey /etc/ssh/ssh_host_ed25519_key\n"
        "PasswordAuthentication no\n"
        "UseDNS no\n"
        "# No session, and no service manager, for each user who logs on.\n"
        "UsePAM no\n"
    )
    return (
        File("etc/ssh/sshd_config.d/10-lab.conf", sshd),
        File("etc/sudoers.d/drill", "drill ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440),
        File("home/drill/.ssh/authorized_keys", keys.lab, 0o600, DRILL),
        *(
            File(f"home/trader/.ssh/rap_{account}", keys.rap[account], 0o600, TRADER)
            for account in host.accounts
        ),
    )


def _backend_links(host: Workstation) -> tuple[Link, ...]:
    links: list[Link] = []
    if host.backend.resolved:
        links.append(Link("etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf"))
    if host.backend is Backend.NETWORKD:
        unit = "/lib/systemd/system/systemd-networkd"
        links += [
            Link(f"{UNITS}/dbus-org.freedesktop.network1.service", f"{unit}.service"),
            Link(f"{UNITS}/multi-user.target.wants/systemd-networkd.service", f"{unit}.service"),
            Link(f"{UNITS}/sockets.target.wants/systemd-networkd.socket", f"{unit}.socket"),
        ]
    if host.backend is Backend.PLAIN:
        links.append(Link(f"{UNITS}/multi-user.target.wants/adapters.service", "../adapters.service"))
    return tuple(links)


def _backend_files(host: Workstation) -> tuple[File, ...]:
    sources = "files resolve [!UNAVAIL=return] dns" if host.backend.resolved else "files dns"
    files = [File("etc/nsswitch.conf", _nsswitch(sources))]
    if host.backend.network_manager:
        files.append(File("etc/NetworkManager/conf.d/lab.conf", "[main]\nno-auto-default=*\n"))
        folder = "etc/NetworkManager/system-connections"
        files += [File(f"{folder}/{one.name}.nmconnection", keyfile(one), 0o600) for one in host.adapters]
    if host.backend is Backend.NETWORKD:
        files += [File(f"etc/systemd/network/10-{one.name}.network", networkd(one)) for one in host.adapters]
    if host.backend is Backend.NM:
        files.append(File("etc/resolv.conf", ""))  # NetworkManager writes this very file, not a link
    if host.backend is Backend.PLAIN:
        files.append(File("etc/resolv.conf", f"search {SEARCH}\nnameserver {OFFICE_DNS[SDNET_SIDE]}\n"))
        files.append(File(f"{UNITS}/adapters.service", static(host.adapters)))
    return tuple(files)


def _nsswitch(hosts: str) -> str:
    return (
        "passwd:         files\ngroup:          files\nshadow:         files\n"
        f"hosts:          {hosts}\nnetworks:       files\n"
        "protocols:      files\nservices:       files\n"
    )


def keyfile(adapter: Adapter) -> str:
    """A connection of NetworkManager by DHCP."""
    known_as = uuid.uuid5(uuid.NAMESPACE_DNS, f"{adapter.address}.lab")
    return (
        f"[connection]\nid={adapter.name}\nuuid={known_as}\ntype=ethernet\ninterface-name={adapter.name}\n\n"
        "[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=disabled\n"
    )


def networkd(adapter: Adapter) -> str:
    """A network of systemd-networkd by DHCP."""
    return f"[Match]\nName={adapter.name}\n\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"


def static(adapters: tuple[Adapter, ...]) -> str:
    """A unit that sets fixed addresses, for a workstation that has no network manager of any kind."""
    lines = []
    for one in adapters:
        lines += [f"ip address add {one.interface} dev {one.name}", f"ip link set {one.name} up"]
        if one.default_route:
            lines.append(f"ip route add default via {GATEWAY[one.side]} dev {one.name}")
    start = "".join(f"ExecStart=/usr/sbin/{line}\n" for line in lines)
    return (
        "[Unit]\nDescription=Fixed addresses\nWants=network.target\nBefore=network.target ssh.service\n\n"
        f"[Service]\nType=oneshot\nRemainAfterExit=yes\n{start}"
    )
