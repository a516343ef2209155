# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab needs of a machine, and how to get what is not there."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# Program to Debian package.
PROGRAMS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "mount": "mount",
    "chroot": "coreutils",
}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def missing() -> list[str]:
    """One sentence for each thing that keeps the lab from running here; none if it can."""
    if not sys.platform.startswith("linux"):
        return ["The lab runs on Linux only: use a virtual machine with Debian or Ubuntu."]
    found = []
    if os.geteuid() != 0:
        found.append("The lab needs root: start it with sudo.")
    path = f"{os.environ.get('PATH', '')}:{SBIN}"
    for package in dict.fromkeys(PROGRAMS.values()):
        absent = [one for one, of in PROGRAMS.items() if of == package and not shutil.which(one, path=path)]
        if absent:
            found.append(f"No {' and no '.join(absent)} here: apt-get install {package}.")
    if not KEYRING.exists():
        found.append("Debian's keys are not here: apt-get install debian-archive-keyring.")
    if not _overlay():
        found.append("The kernel has no overlay file system: modprobe overlay.")
    if os.geteuid() == 0 and not _may_unshare():
        found.append(
            "No namespaces may be made here (a container?): use a virtual machine, or a privileged one."
        )
    return found


def _overlay() -> bool:
    """Whether the kernel has it or can load it."""
    if "\toverlay\n" in Path("/proc/filesystems").read_text("ascii"):
        return True
    return any(Path("/lib/modules", os.uname().release).rglob("overlay.ko*"))


def _may_unshare() -> bool:
    status = Path("/proc/self/status").read_text("ascii")
    capabilities = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    admin = 1 << 21  # CAP_SYS_ADMIN
    return bool(int(capabilities, 16) & admin)
