# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workstations of which nothing is to be said, and what is said of one in the way that a phase asks it."""

from __future__ import annotations

from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.engine import Workstation
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Adapter,
    Answer,
    Facts,
    File,
    Key,
    Look,
    Probe,
    Process,
    Profile,
    Refusal,
    Seen,
    Step,
)

from tests.unit import bookmarks_pc, filezilla_person
from tests.unit import rap_keys as made
from tests.unit.filezilla_person import LIMIT
from tests.unit.host_keys import TEXTS
from tests.unit.machine_pc import GB, OWN
from tests.unit.rap_pc import FINGERPRINT, MINE
from tests.unit.readiness_fleets import PRACTICE, REHEARSAL

NAME, ADDRESS, ACCOUNT = "pc-7", "10.135.0.7", "CB99999001"
NOW, CLOCK = "2021-11-05T09:00:00Z", "2021-11-05T09:00:03Z"
HOME, RAP, VAR, CCASS = "/home/chan", "10.243.2.51", "rmcd.hkexposttrade.com.hk", "www.ccass.com"
HOSTS, RESOLV = "/etc/hosts", "/etc/resolv.conf"
CHROME, SCRIPT = f"{HOME}/.config/google-chrome", "/opt/google/chrome/google-chrome"
PUBLIC, PRIVATE, DOWNLOADS = f"{HOME}/{ACCOUNT}.pub", f"{HOME}/rap.key", f"{HOME}/downloads"
SITES, SETTINGS = (f"{HOME}/.config/filezilla/{name}.xml" for name in ("sitemanager", "filezilla"))
SERVERS = ("10.243.1.1", "10.243.65.1")
LEADS_TO = {
    VAR: "10.243.2.32",
    "sso.hkexposttrade.com.hk": "10.243.2.15",
    "idm.hkexposttrade.com.hk": "10.243.2.14",
}
BY_DNS = {**LEADS_TO, CCASS: "10.243.2.99", "rapcc.hkexposttrade.com.hk": RAP}
VERIFIED = TEXTS["ssh-ed25519"]
REPORT = "inbox/A.zip\t120\twhole"

# Who asks: a phase before its write, one after it, the login of status; and a module in a play of one's own.
PRE_DRILL, STATUS, LOG_ON, MODULE, ENDPOINTS = (
    "pre-drill",
    "status",
    "log_on",
    "workstation_info",
    "endpoint_info",
)


class Linux:
    """A workstation in memory, all of it in order. A test spoils one thing of it, or of its ``inventory``."""

    drill, system = REHEARSAL, "linux"
    blank = Seen(facts=Facts(blobs=f"{OWN}/blobs"))

    def __init__(self, how: str = PRE_DRILL) -> None:
        self.how = how
        self.clock, self.adapters = CLOCK, (Adapter("eth0", (ADDRESS,)),)
        self.people = (Profile("1001", HOME, name="chan"),)
        self.volumes = {OWN: ("/", 20 * GB), HOME: ("/home", 9 * GB)}
        self.rights = True
        self.files: dict[str, File] = {}
        self.unreadable: dict[str, Refusal] = {}
        self.nowhere = "/nowhere"  # a folder that is not there
        self.md5 = True  # the system allows it
        self.processes: dict[str, Process] = {}
        self.settings: dict[Key, Any] = {}
        self.before: dict[str, str] = {}  # see ``logins.log_on``
        self.answers: dict[tuple[str, str, str], tuple[str, ...] | str] = {}  # a text: why it failed
        self.inventory: dict[str, Any] = {
            "drill_markets": ["hkscc"],
            "drill_access": {"rap": "ip_address", "var_online": "dns", "ccass": "dns"},
            "drill_host_keys": {RAP: [VERIFIED]},
            "drill_rap_keys": {
                ACCOUNT: {"public_key": PUBLIC, "private_key": PRIVATE, "folders": [DOWNLOADS]},
            },
            "drill_participant": {"name": "Broker", "kinds": ["general_clearing"], "accounts": [
                {"name": ACCOUNT, "market": "hkscc", "workstations": {NAME: ADDRESS}, "fingerprint": FINGERPRINT,
                 "registered": "2021-01-04"},
            ]},
        }  # fmt: skip
        self.put(RESOLV, "".join(f"nameserver {server}\n" for server in SERVERS))
        self.put(HOSTS, "127.0.0.1 localhost\n")
        self.put(PUBLIC, made.public_file(MINE))
        self.put(PRIVATE, made.openssh(MINE, b"aes256-ctr"))
        self.put(SCRIPT, b"#!/bin/bash\n")
        self.put(f"{CHROME}/Local State", bookmarks_pc.local_state(Default="Work"))
        self.saved(bookmarks_pc.RIGHT + "/")
        self.put(SETTINGS, '<FileZilla3 version="3.66.5" platform="*nix"/>')
        self.site(RAP, 22)
        for name, address in BY_DNS.items():
            self.answers.update({("dns", server, name): (address,) for server in SERVERS})
            self.answers["resolve", "", name] = (address,)
            self.answers["https", address, name] = (name,)
        self.answers["ssh", RAP, ""] = ("SSH-2.0-x",)
        self.answers["host_key", RAP, ""] = (VERIFIED,)
        self.answers["sftp", RAP, ""] = (REPORT,)

    def put(self, path: str, content: bytes | str, mode: str = "0600 1001 1001") -> None:
        self.files[path] = File(content.encode() if isinstance(content, str) else content, mode)

    def bar(self, path: str) -> None:
        """Make a file one that cannot be looked at."""
        self.files.pop(path, None)
        self.unreadable[path] = Refusal(path, "is not a regular file", "Look at what it is")

    def saved(self, address: str) -> None:
        self.put(f"{CHROME}/Default/Bookmarks", bookmarks_pc.bookmarks(bookmarks_pc.url("VaR", address)))

    def site(self, host: str, port: int, limit: int = 1) -> None:
        server = f"<Name>RAP</Name><Host>{host}</Host><Port>{port}</Port><Protocol>1</Protocol>"
        self.put(SITES, filezilla_person.sites(f"{server}<{LIMIT}>{limit}</{LIMIT}>"))

    @property
    def names(self) -> list[str]:
        return list(BY_DNS)

    @property
    def account(self) -> dict[str, Any]:
        account: dict[str, Any] = self.inventory["drill_participant"]["accounts"][0]
        return account

    def reached(self) -> Workstation:
        return self

    def visit(self, steps: Any, look: Look) -> Seen:
        """What is there; nothing is ever written."""
        done: list[Step] = list(steps)
        assert not done
        return Seen(
            facts=Facts(
                NAME, self.adapters, blobs=f"{OWN}/blobs", profiles=self.people, clock=self.clock,
            ),
            files={path: self.files.get(path) for path in look.files},
            settings={key: self._setting(key) for key in look.settings},
            probes={probe: self._answer(probe) for probe in look.probes},
            processes={name: self._running(name) for name in look.processes},
            nowhere=frozenset(path for path in look.files if path.startswith(f"{self.nowhere}/")),
            unreadable={path: why for path, why in self.unreadable.items() if path in look.files},
        )  # fmt: skip

    def _running(self, name: str) -> tuple[Process, ...]:
        return (self.processes[name],) if name in self.processes else ()

    def _setting(self, key: Key) -> Any:
        if key.store == "account":
            return self.rights
        if key.store == "volume":
            volume, free = self.volumes[key.place]
            return {"volume": volume, "free": free}
        return self.settings.get(key)

    def _answer(self, probe: Probe) -> Answer:
        name = probe.name if probe.kind in ("dns", "resolve", "https") else ""
        found = self.answers.get((probe.kind, probe.host, name), f"{probe.kind}: no answer in 5 s")
        return Answer(False, found) if isinstance(found, str) else Answer(True, "said so", found)


class ByHostTable(Linux):
    """VaR Online goes by the host table, which has its lines already."""

    system = "linux, host table"

    def __init__(self, how: str = PRE_DRILL) -> None:
        super().__init__(how)
        self.inventory["drill_access"] = {"rap": "ip_address", "var_online": "host_table"}
        self.put(HOSTS, "".join(f"{address} {name}\n" for name, address in LEADS_TO.items()))


class NoRenewal(Linux):
    """A drill in which keys are not renewed: the practice session of 2025, of RAP alone."""

    drill, system = PRACTICE, "linux, 2025"

    def __init__(self, how: str = PRE_DRILL) -> None:
        super().__init__(how)
        self.inventory["drill_access"] = {"rap": "ip_address"}
        self.site("10.243.2.141", 18801)
        for address in ("10.243.2.141", "10.243.2.142"):
            self.answers["ssh", address, ""] = ("SSH-2.0-x",)
