# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a lab's hosts are reached: keys, ssh's settings, and a wrapper that enters the lab. Texts are pure."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .folder import PROGRAM, Folder, LabError, write_whole
from .layout import WORKSTATIONS


def key_pair(private: Path, comment: str) -> None:
    """An ed25519 key pair without a passphrase, if it is not there."""
    if private.exists():
        return
    private.parent.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(private)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    if made.returncode != 0:
        raise LabError(f"ssh-keygen could not make {private}: {made.stderr.strip() or made.stdout.strip()}.")


def public(private: Path) -> str:
    """Type and base64 of the public key, without the comment."""
    return " ".join(private.with_name(f"{private.name}.pub").read_text("ascii").split()[:2])


def ssh_config(folder: Folder) -> str:
    """``ssh NAME`` for every workstation, nothing of the user's own settings, host keys always checked."""
    hosts = "".join(f"Host {one.name}\n  HostName {one.address}\n" for one in WORKSTATIONS)
    return hosts + (
        f"Host *\n  User drill\n  IdentityFile {folder.key}\n  IdentitiesOnly yes\n  IdentityAgent none\n"
        f"  UserKnownHostsFile {folder.known_hosts}\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n"
        "  PasswordAuthentication no\n  ConnectTimeout 10\n  ServerAliveInterval 10\n  LogLevel ERROR\n"
    )


def wrapper(folder: Folder, keeper: int, network: int) -> str:
    """A script like ssh that enters the lab's network and processes.

    It runs nothing unless the keeper's pid still has the lab's network: another process of that pid would have the
    machine's, where the exchange's addresses are real.

    :param keeper: its pid, as the machine sees it
    :param network: the inode of the lab's network namespace
    """
    return (
        "#!/bin/sh\n# Made by the lab: ssh inside its network, which ends with it.\n"
        f'if [ "$(readlink /proc/{keeper}/ns/net)" != "net:[{network}]" ]; then\n'
        f'  echo "The lab is not on. Start it: {PROGRAM} up" >&2\n  exit 255\nfi\n'
        f'exec nsenter --target {keeper} --net --pid ssh -F "{folder.ssh_config}" "$@"\n'
    )


def known_hosts(keys: dict[str, str]) -> str:
    """The workstations' host keys, by name and address. ``keys``: type and base64 by workstation."""
    return "".join(f"{one.name},{one.address} {keys[one.name]}\n" for one in WORKSTATIONS)


def prepare(folder: Folder) -> None:
    """Make every key and setting of a lab that is about to start."""
    key_pair(folder.key, "lab")
    for one in WORKSTATIONS:
        key_pair(host_key(folder, one.name), one.name)
    write_whole(
        folder.known_hosts,
        known_hosts({one.name: public(host_key(folder, one.name)) for one in WORKSTATIONS}),
        0o644,
    )
    write_whole(folder.ssh_config, ssh_config(folder), 0o644)
    folder.control_paths.mkdir(mode=0o700, exist_ok=True)


def host_key(folder: Folder, name: str) -> Path:
    return folder.hosts / name / "host_key"
