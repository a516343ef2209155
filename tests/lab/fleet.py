# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workstations of the sandbox inventory, as folders: untidy the way real ones are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What the circular's Session 1 is on this machine's loopback.
RAP, RMCD, SSO, IDM = "127.243.2.51", "127.243.2.32", "127.243.2.15", "127.243.2.14"

HOSTS: dict[str, bytes] = {
    "ws-01": b"127.0.0.1\tlocalhost\n",
    "ws-02": (
        b"# managed by the desktop team\r\n127.0.0.1\tlocalhost\r\n\r\n"
        b"127.243.2.51\trapcc.hkexposttrade.com.hk\t# RAP\r\n"
        b"127.243.2.32\trmcd.hkexposttrade.com.hk\r\n127.243.2.15\tsso.hkexposttrade.com.hk\r\n"
        b"127.243.2.14\tidm.hkexposttrade.com.hk\r\n# 127.9.9.9 rapcc.hkexposttrade.com.hk\r\n"
        b"127.9.9.8\trapcc.hkexposttrade.com.hk\r\n"
    ),
    "ws-03": (
        b"127.0.0.1 localhost localhost.localdomain\n"
        b"# \xa6\xa8\xa5\xe6 \xff\xfe: keep\n"
        b"127.243.2.32   RMCD.hkexposttrade.com.hk intranet   # two on a line\n"
        b"127.243.2.15 sso.hkexposttrade.com.hk\n127.243.2.14 idm.hkexposttrade.com.hk\n"
        b"127.243.2.51 rapcc.hkexposttrade.com.hk rap\n"
        b"\t  192.0.2.7\tprinter\n"
    ),
    "ws-04": (
        b"127.0.0.1 localhost\n127.243.2.51 rapcc.hkexposttrade.com.hk\n"
        b"127.243.2.32 rmcd.hkexposttrade.com.hk # left from the last rehearsal\n"
    ),
    "ws-05": (
        b"127.0.0.1 localhost\n127.243.2.32 rmcd.hkexposttrade.com.hk\n"
        b"127.243.2.15 sso.hkexposttrade.com.hk\n127.243.2.14 idm.hkexposttrade.com.hk\n"
    ),
    "ws-06": b"127.0.0.1 localhost\n::1 localhost\n",
    "ws-07": (
        b"127.0.0.1 localhost\n\n# exchange\n127.243.2.51 rapcc.hkexposttrade.com.hk\n"
        b"127.243.2.32 rmcd.hkexposttrade.com.hk\n127.243.2.15 sso.hkexposttrade.com.hk\n"
        b"127.243.2.14 idm.hkexposttrade.com.hk\n"
    ),
    "ws-08": b"127.0.0.1 localhost\n",
    "ws-09": b"127.0.0.1 localhost\n127.243.2.51 rapcc.hkexposttrade.com.hk\n",
    "ws-10": b"127.0.0.1 localhost",
}

RESOLV: dict[str, bytes] = {
    "ws-01": b"search broker.example\nnameserver 127.243.1.1\nnameserver 127.243.65.1\n",
    "ws-04": b"nameserver 127.243.65.1\nnameserver 127.243.1.1\n",  # the wrong way round
    "ws-06": b"nameserver 192.0.2.53\noptions timeout:1\n",
}
DEFAULT_RESOLV = b"# office\nnameserver 192.0.2.53\n"


# What FileZilla 3.63 writes, and what the dealing room has left in it.
SITES = """\
<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3 version="3.63.0" platform="*nix">
\t<Servers>
\t\t<Server>
\t\t\t<Host>{rap}</Host>
\t\t\t<Port>{port}</Port>
\t\t\t<Protocol>1</Protocol>
\t\t\t<Type>0</Type>
\t\t\t<User>C12345001</User>
\t\t\t<Keyfile>/srv/keys/rap.ppk</Keyfile>
\t\t\t<Logontype>5</Logontype>
\t\t\t<EncodingType>Auto</EncodingType>
\t\t\t<BypassProxy>0</BypassProxy>
\t\t\t<Name>RAP</Name>
\t\t</Server>
\t</Servers>
</FileZilla3>
"""
SETTINGS = """\
<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3 version="3.63.0" platform="*nix">
\t<Settings>
\t\t<Setting name="Number of Transfers">2</Setting>
\t\t<Setting name="Concurrent download limit">0</Setting>
\t</Settings>
</FileZilla3>
"""
CLIENTS = ("ws-05",)  # who reaches RAP by an address stored in FileZilla

# Who downloads reports: into the folder for production's, or into that for a rehearsal.
DOWNLOADS = ("ws-02", "ws-05")
REPORTS = {"CSESM01_20211105.txt": b"what really moved\n", "letter to the auditor.txt": b"no report at all\n"}
OF_THE_DAY = {
    "reports/CSESM01_20211105.txt": b"what the rehearsal says has moved\n",
    "reports/CSEOP01_20211106.zip": b"rehearsal\n",
    "rehearsal/whatever it is called": b"rehearsal\n",
}


def make_fleet(folder: Path, rap_port: int = 18801) -> None:
    """One folder a workstation under ``folder``, with its host table, its DNS servers and its client's settings."""
    for name in HOSTS:
        (folder / name / "settings").mkdir(parents=True)
    for name in CLIENTS:
        settings = folder / name / "settings"
        (settings / "sitemanager.xml").write_text(SITES.format(rap=RAP, port=rap_port), encoding="utf-8")
        (settings / "filezilla.xml").write_text(SETTINGS, encoding="utf-8")
    for name in DOWNLOADS:
        reports = folder / name / "reports"
        reports.mkdir()
        for report, content in REPORTS.items():
            (reports / report).write_bytes(content)
    for name, content in HOSTS.items():
        etc = folder / name / "etc"
        etc.mkdir(parents=True)
        (etc / "hosts").write_bytes(content)
        (etc / "resolv.conf").write_bytes(RESOLV.get(name, DEFAULT_RESOLV))


def download(folder: Path) -> None:
    """What people bring home from a session: one report lands on production's of the same name."""
    for name in DOWNLOADS:
        for path, content in OF_THE_DAY.items():
            (folder / name / path).write_bytes(content)


def make_drills(folder: Path, dns_port: int = 10053, https_port: int = 10443) -> None:
    """The collection's drills with every exchange address on loopback (10.x.y.z to 127.x.y.z), ports unprivileged."""
    folder.mkdir(parents=True)
    for path in sorted((ROOT / "drills").glob("*.yml")):
        text = re.sub(r"\b10\.(\d{1,3}\.\d{1,3}\.\d{1,3})\b", r"127.\1", path.read_text(encoding="utf-8"))
        text = re.sub(r"port: 53$", f"port: {dns_port}", text, flags=re.MULTILINE)
        text = re.sub(r"port: 443$", f"port: {https_port}", text, flags=re.MULTILINE)
        (folder / path.name).write_text(text, encoding="utf-8")
