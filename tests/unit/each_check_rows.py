# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of one workstation, a line each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import _bookmarks_file, host_table
from ansible_collections.hkex.drill.plugins.module_utils.model import Process

from tests.unit import bookmarks_pc
from tests.unit.each_check_clients import CLIENTS
from tests.unit.each_check_dns import DNS, DNS_KINDS
from tests.unit.each_check_keys import RAP_KEYS
from tests.unit.each_check_pc import (
    CHROME,
    ENDPOINTS,
    HOME,
    HOSTS,
    LEADS_TO,
    LOG_ON,
    RAP,
    RESOLV,
    SCRIPT,
    SERVERS,
    SITES,
    STATUS,
    VAR,
    ByHostTable,
    Linux,
    NoRenewal,
)
from tests.unit.each_check_spoils import (
    BOOKMARK,
    ERROR,
    FIRST,
    INFO,
    LISTED,
    NOTHING,
    OFFERED,
    PENDING,
    REPORTS,
    WARNING,
    Row,
    answers,
    barred,
    both,
    gone,
    has,
    inventory,
    of_account,
    put,
)
from tests.unit.each_check_windows import OnWindows
from tests.unit.host_keys import OTHER
from tests.unit.machine_pc import OWN

LATER, LOGGING_ON = partial(Linux, STATUS), partial(Linux, LOG_ON)
ENDPOINT = partial(Linux, ENDPOINTS)
TABLE_LATER = partial(ByHostTable, STATUS)

# ---- the day before ------------------------------------------------------------------------------------------------

VERSION = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"
SESSION = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"
ONE = {"kind": "DWord", "data": 1}


def windows_key(place: str, name: str, value: dict[str, Any]) -> Callable[[OnWindows], object]:
    return lambda pc: pc.box.registry.write(place, name, value)


MACHINE = [
    Row("clock", Linux, WARNING, "61 s ahead of", NOTHING, has(clock="2021-11-05T09:01:01Z")),
    Row("own space", Linux, ERROR, "0 MB are free", NOTHING, lambda pc: pc.volumes.update({OWN: ("/", 9)})),
    Row("homes", Linux, WARNING, "people have", NOTHING, lambda pc: pc.volumes.update({HOME: ("/home", 9)})),
    Row("rights", Linux, ERROR, "cannot write here", NOTHING, has(rights=False)),
    Row("rights", OnWindows, ERROR, "no admin", NOTHING, lambda pc: setattr(pc.box, "administrator", False)),
    Row("reboot", Linux, WARNING, "waits for a reboot", NOTHING, put("/run/reboot-required", "")),
    Row("reboot", Linux, WARNING, "after an update", NOTHING, put("/run/reboot-needed", "")),
    Row("reboot", OnWindows, WARNING, "parts of its own", NOTHING,
        windows_key(rf"{VERSION}\Component Based Servicing\RebootPending", "x", ONE)),
    Row("reboot", OnWindows, WARNING, "Update has installed", NOTHING,
        windows_key(rf"{VERSION}\WindowsUpdate\Auto Update\RebootRequired", "x", ONE)),
    Row("files to replace", OnWindows, INFO, "at the next start", NOTHING,
        windows_key(SESSION, "PendingFileRenameOperations", {"kind": "MultiString", "data": ["x", ""]})),
    Row("proxy", Linux, WARNING, "fetches", NOTHING, put("/etc/environment", "https_proxy=http://p.example\n")),
    Row("proxy script", Linux, WARNING, "decides", NOTHING, put("/etc/environment", "auto_proxy=http://p.example\n")),
    Row("proxy", OnWindows, WARNING, "fetches", NOTHING, lambda pc: pc.person.update(proxy="p.example:80")),
    Row("proxy script", OnWindows, WARNING, "decides", NOTHING, lambda pc: pc.person.update(pac="http://p.example")),
]  # fmt: skip

# ---- saved bookmarks -----------------------------------------------------------------------------------------------

STATE, SAVED = f"{CHROME}/Local State", f"{CHROME}/Default/Bookmarks"
POLICY = r"HKLM\SOFTWARE\Policies\Google\Chrome"


def saved(address: str) -> Callable[[Linux], object]:
    return lambda pc: pc.saved(address)


BOOKMARKS = [
    Row("browser", Linux, ERROR, "Chrome is not installed", BOOKMARK, gone(SCRIPT)),
    Row("browser unknown", Linux, WARNING, "nobody can say whether Chrome", BOOKMARK, barred(SCRIPT)),
    Row("profiles elsewhere", OnWindows, WARNING, "keeps its profiles somewhere else", BOOKMARK,
        windows_key(POLICY, "UserDataDir", {"kind": "String", "data": "D:\\"})),
    Row("profiles unread", Linux, WARNING, "is not a regular file", BOOKMARK, barred(STATE)),
    Row("profiles damaged", Linux, WARNING, "not say which profiles", BOOKMARK, put(STATE, "{}")),
    Row("profiles damaged", Linux, WARNING, "names more than 100", BOOKMARK,
        put(STATE, bookmarks_pc.local_state(**{f"P{n}": "" for n in range(101)}))),
    Row("profiles damaged", Linux, WARNING, "cannot be one", BOOKMARK,
        put(STATE, bookmarks_pc.local_state(**{"..": ""}))),
    Row("bookmarks unread", Linux, WARNING, "is not a regular file", BOOKMARK, barred(SAVED)),
    Row("bookmarks encrypted", Linux, WARNING, "it is encrypted", BOOKMARK,
        both(gone(SAVED), put(f"{CHROME}/Default/EncryptedBookmarks2", "v10"))),
    Row("bookmarks damaged", Linux, WARNING, "no folders of bookmarks", BOOKMARK, put(SAVED, "{}")),
    Row("bookmarks damaged", Linux, WARNING, "it is no JSON that", BOOKMARK, put(SAVED, "")),
    Row("bookmarks damaged", Linux, WARNING, "it is no JSON object", BOOKMARK, put(SAVED, "[]")),
    Row("bookmarks huge", Linux, WARNING, "are not read", BOOKMARK, put(SAVED, " " * (_bookmarks_file.LARGEST + 1))),
    Row("an address", Linux, WARNING, "of one data centre instead of a name, and so follows no switch to the other",
        BOOKMARK, saved("https://10.243.2.32/")),
    Row("another name", Linux, WARNING, "leads to sso.hkexposttrade.com.hk instead of rmcd", BOOKMARK,
        saved("https://sso.hkexposttrade.com.hk/")),
    Row("a dot", Linux, WARNING, "has a dot behind the name, with which no host table gives an address", BOOKMARK,
        saved(f"https://{VAR}./")),
    Row("by http", Linux, WARNING, "goes by http instead of https", BOOKMARK, saved(f"http://{VAR}/")),
    Row("a port", Linux, WARNING, "goes to port 8443", BOOKMARK, saved(f"https://{VAR}:8443/")),
    Row("a login", Linux, WARNING, "holds a user name or password, which everybody can read who can read the bookmark",
        BOOKMARK, saved(f"https://chan:x@{VAR}/")),
    Row("a page inside", Linux, INFO, "a page inside the site", BOOKMARK, saved(f"https://{VAR}/margin")),
]  # fmt: skip

# ---- host table, SFTP clients -------------------------------------------------------------------------------------

LINES = (
    f"10.243.2.32 {VAR}\r\n10.243.2.15 sso.hkexposttrade.com.hk\r\n10.243.2.14 idm.hkexposttrade.com.hk\r\n"
)
RAP_BY_DNS = {"rap": "dns", "var_online": "dns", "ccass": "dns"}


def table(line: str) -> Callable[[Linux], object]:
    return lambda pc: pc.put(HOSTS, pc.files[HOSTS].content + line.encode() + b"\n")


def sftp(spoil: Callable[[Linux], object]) -> Callable[[Linux], object]:
    """RAP by name: an SFTP client that cannot be looked into says nothing of an address then."""
    return both(inventory(drill_access=RAP_BY_DNS), spoil)


def elsewhere(pc: Linux) -> None:
    folder = "/srv/filezilla"
    pc.inventory["drill_sftp_config_dir"] = folder
    pc.nowhere = folder


def held(**how: Any) -> Callable[[Linux], object]:
    """A file in which something has to change, and that cannot be replaced."""

    def spoil(pc: Linux) -> None:
        pc.site("rapcc.hkexposttrade.com.hk", 22, limit=2)
        pc.files[SITES] = pc.files[SITES]._replace(**how)

    return sftp(spoil)


SETTINGS = [
    Row("mark", Linux, WARNING, "byte order mark", NOTHING, put(HOSTS, "\ufeff127.0.0.1 localhost\n")),
    Row("ctrl-z", OnWindows, WARNING, "Ctrl-Z", NOTHING, lambda pc: pc.by_host_table(f"\x1a\r\n{LINES}")),
    Row("IPv6", Linux, WARNING, "has the IPv6 address", NOTHING, table(f"2001:db8::1 {VAR}")),
    Row("no address", Linux, WARNING, "which is no address", NOTHING, table(f"10.243.2 {VAR}")),
    Row("leftover", Linux, WARNING, "although DNS must answer it", NOTHING, table(f"10.243.2.32 {VAR}")),
    Row("comment", OnWindows, WARNING, "not plain ASCII", NOTHING,
        lambda pc: pc.by_host_table(LINES.replace("\r", " # é\r", 1))),
    Row("passed over", OnWindows, WARNING, "has no effect there", NOTHING,
        both(lambda pc: pc.by_host_table(LINES), lambda pc: pc.person.update(proxy="p.example:80"))),
    Row("too large", Linux, ERROR, "larger than 16 MB", NOTHING, put(HOSTS, "\n" * (host_table.LARGEST + 1))),
    Row("UTF-16", Linux, ERROR, "look like UTF-16", NOTHING, put(HOSTS, "127.0.0.1 localhost\n".encode("utf-16"))),
    Row("a client runs", Linux, PENDING, "is running, and would lose", NOTHING,
        both(lambda pc: pc.site("10.243.66.51", 22), has(processes={"filezilla": Process("filezilla", 7, "chan")}))),
    Row("settings unread", Linux, PENDING, "is not a regular file", NOTHING, sftp(barred(SITES))),
    Row("settings of two names", Linux, PENDING, "has 2 names", NOTHING, held(names=2)),
    Row("settings held", Linux, PENDING, "it is immutable", NOTHING, held(held=("it is immutable", "chattr -i"))),
    Row("no such settings", Linux, WARNING, "there is no such folder", NOTHING, sftp(elsewhere)),
    Row("no such person", Linux, ERROR, "'wong' has no home", NOTHING, sftp(inventory(drill_sftp_users=["wong"]))),
]  # fmt: skip

# ---- services ------------------------------------------------------------------------------------------------------

FOREIGN = f"{OTHER.type} {OTHER.base64}"


def logged(told: tuple[str, ...] | str) -> Callable[[Linux], object]:
    return answers("sftp", RAP, "", told)


SERVICES = [
    Row("old answer", LATER, WARNING, "own resolver gives 10.243.66.32", NOTHING,
        answers("resolve", "", VAR, ("10.243.66.32",))),
    Row("no answer of its own", LATER, WARNING, "but it leads to 10.243.2.32", NOTHING,
        answers("resolve", "", VAR, "resolve: no answer in 5 s")),
    Row("another server", Linux, ERROR, "none of the host keys that were verified", NOTHING,
        answers("host_key", RAP, "", (FOREIGN,))),
    Row("server unknown", Linux, WARNING, "whether it is the verified server is not known", NOTHING,
        answers("host_key", RAP, "", "ssh-keyscan is not installed")),
    Row("DNS server", Linux, WARNING, "dns: no answer in 5 s", NOTHING,
        lambda pc: [answers("dns", SERVERS[0], name, "dns: no answer in 5 s")(pc) for name in pc.names]),
    Row("endpoint", ENDPOINT, WARNING, "https: no answer in 5 s", NOTHING,
        answers("https", "10.243.2.32", VAR, "https: no answer in 5 s")),
    Row("report damaged", LOGGING_ON, ERROR, "inbox/A.zip: it is damaged", REPORTS,
        logged(("inbox/A.zip\t1\tit is damaged",))),
    Row("report unproved", LOGGING_ON, WARNING, "unproved", REPORTS,
        logged(("inbox/A.zip\t1\tunproved: it is encrypted",))),
    Row("login", LOGGING_ON, WARNING, "permission denied", REPORTS, logged("permission denied (publickey)")),
    Row("no private key", LOGGING_ON, WARNING, "does not say where its private key is", NOTHING,
        inventory(drill_rap_keys={})),
    Row("no verified key", LOGGING_ON, WARNING, "no key of this server has been verified", NOTHING,
        inventory(drill_host_keys={})),
    Row("CCASS first", LOGGING_ON, WARNING, "CCASS is not proved on pc-8 (failed)", FIRST,
        has(before={"pc-8": "failed"})),
]  # fmt: skip

# ---- where it points -----------------------------------------------------------------------------------------------


def leads(*names: str) -> Callable[[Linux], object]:
    """These names of the host table lead to the secondary data centre, where all else is as well as it can be."""

    def spoil(pc: Linux) -> None:
        for name in names:
            primary, secondary = LEADS_TO[name], LEADS_TO[name].replace("10.243.2.", "10.243.66.")
            pc.put(HOSTS, pc.files[HOSTS].content.replace(primary.encode() + b" ", secondary.encode() + b" "))
            pc.answers["resolve", "", name] = (secondary,)
            pc.answers["https", secondary, name] = (name,)

    return spoil


POINTING = [
    Row("no client", Linux, PENDING, "no SFTP client in which", NOTHING, gone(SITES)),
    Row("no such access", Linux, PENDING, "does not provide for access by ip_address", OFFERED,
        inventory(drill_access={"rap": "ip_address", "ccass": "ip_address"})),
    Row("mixed", TABLE_LATER, WARNING, "it leads to different data centres", NOTHING, leads(VAR)),
    Row("astray", TABLE_LATER, WARNING, "it leads to the secondary data centre", NOTHING, leads(*LEADS_TO)),
    Row("other servers", LATER, WARNING, "its DNS servers are 192.0.2.53, not the exchange's", NOTHING,
        both(inventory(drill_access={"ccass": "dns"}), put(RESOLV, "nameserver 192.0.2.53\n"))),
    Row("service", Linux, WARNING, "https: no answer in 5 s", NOTHING,
        answers("https", "10.243.2.32", VAR, "https: no answer in 5 s")),
]  # fmt: skip

# ---- the rules on the inventory, of this workstation alone (for those of all see readiness_fleets) -------------------

RULES = [
    Row("registered", Linux, ERROR, "is registered for no account", LISTED, of_account(workstations={})),
    Row("address", Linux, ERROR, "10.135.0.8 is registered for pc-7", LISTED,
        of_account(workstations={"pc-7": "10.135.0.8"})),
]  # fmt: skip

ROWS = [*MACHINE, *BOOKMARKS, *RAP_KEYS, *SETTINGS, *SERVICES, *POINTING, *DNS, *CLIENTS, *RULES]
KINDS: list[Callable[[], Any]] = [
    Linux,
    LATER,
    LOGGING_ON,
    ENDPOINT,
    TABLE_LATER,
    NoRenewal,
    OnWindows,
    *DNS_KINDS,
]
