# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The questions a simulated Windows workstation asks the network: really asked, and of loopback only."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dnslib

ENDED = "sftp ended"  # what windows_login.psm1 says of a session that came to its end
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

Told = dict[str, Any]


def ask(
    probes: list[Mapping[str, Any]],
    read: Callable[[str], bytes | None],
    resolve: Callable[[str], list[str]],
) -> list[Told]:
    """The answers, in the order of the questions.

    :param read: what a file of the workstation holds, for the authority in ``ca``
    :param resolve: the addresses that the workstation's own resolver gives for a name
    """
    if not probes:
        return []
    with ThreadPoolExecutor(len(probes)) as pool:
        return list(pool.map(lambda probe: _answer(probe, read, resolve), probes))


def _answer(
    probe: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    resolve: Callable[[str], list[str]],
) -> Told:
    start = time.monotonic()
    if probe["kind"] == "resolve":
        found = resolve(probe["name"])
        what = ", ".join(found) or "host not found"
        return {"ok": bool(found), "what": what, "values": found, "seconds": 0.0}
    try:
        if ipaddress.ip_address(probe["host"]) not in LOOPBACK:
            raise OSError("the simulated network has no way there")
        values = KINDS[probe["kind"]](probe, read)
        told: Told = {"ok": True, "what": ENDED if probe["kind"] == "sftp" else "answered", "values": values}
    except (OSError, ValueError, dnslib.DNSError) as why:
        told = {"ok": False, "what": str(why) or type(why).__name__, "values": []}
    return {**told, "seconds": round(time.monotonic() - start, 3)}


def _connect(probe: Mapping[str, Any]) -> socket.socket:
    return socket.create_connection((probe["host"], probe["port"]), probe["timeout"])


def _tcp(probe: Mapping[str, Any], _read: Callable[[str], bytes | None]) -> list[str]:
    _connect(probe).close()
    return []


def _ssh(probe: Mapping[str, Any], _read: Callable[[str], bytes | None]) -> list[str]:
    with _connect(probe) as connection, connection.makefile("rb") as lines:
        banner = lines.readline(256)
    if not banner.startswith(b"SSH-"):
        raise ValueError(f"no SSH banner but {banner!r}")
    return [banner.decode("ascii", "replace").strip()]


def _host_key(probe: Mapping[str, Any], _read: Callable[[str], bytes | None]) -> list[str]:
    command = ["ssh-keyscan", "-T", "5", "-p", str(probe["port"]), probe["host"]]
    said = subprocess.run(command, capture_output=True, text=True, timeout=15, check=True).stdout
    keys = [line.split(" ", 1)[1] for line in said.splitlines() if line and not line.startswith("#")]
    if not keys:
        raise ValueError("no SSH host key came")
    return keys


def _dns(probe: Mapping[str, Any], _read: Callable[[str], bytes | None]) -> list[str]:
    question = dnslib.DNSRecord.question(probe["name"], "A")
    given = question.send(probe["host"], probe["port"], timeout=probe["timeout"])
    answer = dnslib.DNSRecord.parse(given)
    addresses = [str(each.rdata) for each in answer.rr if each.rtype == dnslib.QTYPE.A]
    if answer.header.id != question.header.id or not addresses:
        raise ValueError(f"no address of {probe['name']}: {dnslib.RCODE[answer.header.rcode]}")
    return addresses


def _https(probe: Mapping[str, Any], read: Callable[[str], bytes | None]) -> list[str]:
    context = ssl.create_default_context()
    if probe["ca"]:
        authority = read(probe["ca"])
        if authority is None:
            raise ValueError(f"{probe['ca']} does not exist")
        context.load_verify_locations(cadata=authority.decode("ascii"))
    name = probe["name"] or probe["host"]
    with _connect(probe) as plain, context.wrap_socket(plain, server_hostname=name) as secured:
        certificate: Mapping[str, Any] = secured.getpeercert() or {}
    return [value for _kind, value in certificate.get("subjectAltName", ())]


def _sftp(probe: Mapping[str, Any], read: Callable[[str], bytes | None]) -> list[str]:
    """The machine's own sftp; the private key lies on the workstation's volume, and so in a file of its own here."""
    login = probe["login"]
    key = read(login["private_key"])
    if key is None:
        raise ValueError(f"the private key {login['private_key']} is not on this workstation")
    if not shutil.which("sftp"):
        raise ValueError("sftp is not installed, or may not be started")
    with tempfile.TemporaryDirectory(prefix="hkex-drill-") as name:
        folder = Path(name)
        if login["room"] > shutil.disk_usage(folder).free:
            raise ValueError(f"there is no space for {login['room']} bytes in {folder.parent}")
        (folder / "key").touch(mode=0o600)
        (folder / "key").write_bytes(key)
        there = login["private_key"].replace("\\", "/").replace("%", "%%")
        config = login["config"].replace(f'"{there}"', f'"{folder / "key"}"')
        for file, content in (
            ("config", config),
            *((each, login[each]) for each in ("known_hosts", "batch")),
        ):
            (folder / file).write_text(content, encoding="utf-8")
        code, *said = _ran(probe, folder)
        reports = [
            _report(folder / f"report{number}", zip, login["most"])
            for number, zip in enumerate(login["zips"])
        ]
    return [code, *said, *reports]


def _ran(probe: Mapping[str, Any], folder: Path) -> tuple[str, str, str]:
    """Its exit code, what it printed, what it complained of, with Windows' line ends."""
    with subprocess.Popen(
        ["sftp", "-F", "config", "-b", "batch", "-P", str(probe["port"]), probe["host"]],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            said = process.communicate(timeout=probe["timeout"])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise ValueError(f"it did not end in time, which is {probe['timeout']:.0f} s") from None
    printed, complaint = (part.decode("utf-8", "replace").replace("\n", "\r\n") for part in said)
    return str(process.returncode), printed, complaint


def _report(path: Path, zip: bool, most: Mapping[str, int]) -> str:
    """How many bytes came, and how the file opens, in the words of ``windows_login.psm1``."""
    if not path.exists():
        return "-1 "
    size = path.stat().st_size
    if not zip:
        return f"{size} "
    return f"{size} {_opened(path, most)}"


def _opened(path: Path, most: Mapping[str, int]) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > most["files"] or sum(each.file_size for each in members) > most["bytes"]:
                return "large"
            if any(each.flag_bits & 1 for each in members):
                return "encrypted"
            return "whole" if archive.testzip() is None else "sum"
    except NotImplementedError:
        return "method"
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        return "damaged"


KINDS: dict[str, Callable[[Mapping[str, Any], Callable[[str], bytes | None]], list[str]]] = {
    "tcp": _tcp,
    "ssh": _ssh,
    "host_key": _host_key,
    "dns": _dns,
    "https": _https,
    "sftp": _sftp,
}
