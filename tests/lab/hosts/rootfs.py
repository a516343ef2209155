# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one root file system under every workstation: Debian 12 from mmdebstrap, made on first need."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from .files import DRILL, TRADER
from .folder import DEFAULT, ENCLOSED, LabError, take

SUITE = "bookworm"
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "systemd-resolved", "libnss-resolve", "network-manager", "iproute2"),
    *("openssh-server", "openssh-client", "sudo", "dnsmasq-base"),
    "python3",  # python3-minimal lacks modules that Ansible needs
)
# A folder that mmdebstrap has just filled is "$1". A password of * is none; without PAM, sshd takes ! for a lock.
HOOKS = (
    f"chroot \"$1\" useradd --create-home --uid {DRILL} --shell /bin/bash --password '*' drill",
    f"chroot \"$1\" useradd --create-home --uid {TRADER} --shell /bin/bash --password '*' trader",
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id "$1"/etc/hostname',
)
PATIENCE = 600.0  # seconds for another lab of the checkout that is making it
WITHOUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


def command(target: Path) -> tuple[str, ...]:
    """mmdebstrap's command line."""
    return (
        *("mmdebstrap", "--quiet", "--variant=minbase", "--format=directory"),
        f"--include={','.join(PACKAGES)}",
        *("--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude={one}" for one in WITHOUT)),
        *(f"--customize-hook={hook}" for hook in HOOKS),
        *(SUITE, str(target)),
    )


def fingerprint() -> str:
    """Changes with anything that goes into the root file system."""
    return hashlib.sha256("\0".join(command(Path("/"))).encode()).hexdigest()[:12]


def rootfs(cache: Path = DEFAULT, say: Callable[[str], None] = print) -> tuple[Path, int]:
    """The root file system's folder; made if it is not there, which takes half a minute and the Debian mirror.

    :returns: the folder, and a descriptor: while that is open, no other lab replaces the root file system
    :raises LabError: it cannot be made
    """
    wanted = cache / f"rootfs-{fingerprint()}"
    lock = take(cache / "rootfs.lock", patience=PATIENCE)
    try:
        if not wanted.is_dir():
            say("lab: making the root file system, once; about half a minute")
            for old in cache.glob("rootfs-*"):
                _remove_unused(old)
            _make(wanted)
        used = os.open(wanted, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(used, fcntl.LOCK_SH)
    finally:
        os.close(lock)
    return wanted, used


def _remove_unused(old: Path) -> None:
    """Remove a root file system, unless a lab stands on it."""
    descriptor = os.open(old, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(old)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


def _make(wanted: Path) -> None:
    # Only a whole one ever has its name.
    fresh = wanted.with_name(f"{wanted.name}.new")
    log = wanted.with_name("rootfs.log")
    try:
        with log.open("wb") as output:
            made = subprocess.run(
                [*ENCLOSED, *command(fresh)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=900,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise LabError(f"The root file system was not made within {error.timeout} s: see {log}.") from error
    if made.returncode != 0:
        lines = log.read_text("utf-8", "replace").splitlines()
        why = next((line for line in reversed(lines) if line.startswith("E:")), lines[-1] if lines else "")
        raise LabError(f"mmdebstrap could not make the root file system ({why}): see {log}.")
    fresh.rename(wanted)
