# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WinSCP (Windows): where its settings of one person are, what leads to an address there, and what one login needs.

Every background transfer of WinSCP is a login of its own, so one login takes three settings: one transfer at a time
in the queue, transfers in the foreground, and no transfer of a queue in parallel. Names and defaults are those of
WinSCP's core/Configuration.cpp, core/SessionData.cpp and windows/GUIConfiguration.cpp.
"""

from __future__ import annotations

import re
from operator import attrgetter
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    PENDING,
    WARNING,
    WINDOWS,
    Edit,
    Finding,
    Look,
    Profile,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import putty_type
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._key_stores import (
    Arrival,
    arrivals,
    decide,
    putty_held,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._winscp_places import (
    KEY,
    OVERRIDE,
    files,
    stores,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._winscp_store import (
    Section,
    Store,
    Value,
    unescape,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import (
    Client,
    Move,
    Part,
    Site,
    Wish,
    stale,
)

_SITES = "sessions\\"
_HOST_KEYS = "SshHostKeys"
_SSH_PORT = 22  # WinSCP keeps no port where it is this
_SFTP = (1, 2)  # FSProtocol: SFTP with and without a way back to SCP; 0 is SCP
# What WinSCP encrypts with the host name as a part of the key, and what it turns into that.
_SECRETS = ("password", "passwordplain", "newpassword", "encryptkey", "encryptkeyplain")
_LIMITS: Tuple[Tuple[str, Mapping[str, int]], ...] = (
    ("Configuration\\Interface", {"QueueTransfersLimit": 1}),
    ("Configuration\\Interface\\CopyParam", {"Queue": 0, "QueueParallel": 0}),
)


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """Every place in which WinSCP may keep settings of this person."""
    if seen.system != WINDOWS:
        return Look()
    asked = Look(files=frozenset(files(wish, profile, seen)))
    if wish.config_dir is None:
        asked |= Look(keys=frozenset(key.format(profile.sid) for key in (KEY, OVERRIDE)))
    if wish.folder is None:
        return asked
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _winscp_local as local

    try:
        used = stores(wish, profile, seen)[0]
    except Refusal:  # the plan will say so
        return asked
    return (
        asked if used is None else asked | local.look(used, _mine(wish, used.sections()), wish.folder, seen)
    )


def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
    """What WinSCP's settings of this person need.

    :raises Refusal: an ini file that is not text as WinSCP writes it
    """
    if seen.system != WINDOWS:
        return Part()
    used, others, findings = stores(wish, profile, seen)
    part = Part(findings=findings)
    for store in others:
        part = part | Part(findings=tuple(_unused(wish, store, used)))
    # The folders first: what is made at a file's end, a section of limits is made behind.
    return part if used is None else part | _local_folders(wish, used, seen) | _planned(wish, used)


CLIENT = Client("winscp", ("WinSCP",), True, look, plan, ("winscp.ini", "martin prikryl/winscp 2"))


# ---- what stands there ---------------------------------------------------------------------------------------------


class _Stored(NamedTuple):
    section: Section
    name: str
    host: str
    port: int

    @property
    def workspace(self) -> bool:
        return self.section.number("IsWorkspace", 0) == 1

    @property
    def locked(self) -> bool:
        """A secret is kept with it that would be lost with the host name."""
        return any(self.section.texts.get(name) for name in _SECRETS)


def _stored(sections: Sequence[Section]) -> Iterator[_Stored]:
    """All that leads to a server by SFTP: sites, and what workspaces keep of theirs."""
    for section in sections:
        if section.path.lower().startswith(_SITES) and section.number("FSProtocol", _SFTP[0]) in _SFTP:
            host, port = section.texts.get("hostname"), section.number("PortNumber", _SSH_PORT)
            if host and port is not None:
                yield _Stored(section, unescape(section.path[len(_SITES) :].encode()), host, port)


def _planned(wish: Wish, store: Store) -> Part:
    sections = store.sections()
    limited = not any(edits for edits in _limits(store, sections))
    edits: List[Edit] = []
    findings: List[Finding] = []
    sites: List[Site] = []
    leading: List[Site] = []
    for stored in _stored(sections):
        move = wish.move(stored.host, stored.port)
        where = f"{store.where}, {'workspace' if stored.workspace else 'site'} {stored.name}"
        if move is None:
            if stored.host in wish.stale:
                findings.append(stale(where, stored.host))
            continue
        own = stored.section.texts.get("localdirectory", "")
        sites.append(Site(where, stored.host, stored.port, limited, own))
        right = (stored.host, stored.port) == (move.host, move.port)
        if stored.locked and not right:
            findings.append(_locked(wish, store, where, stored, move))
            continue
        leading.append(sites[-1])
        if not right:
            edits += store.change(stored.section.path, stored.section, _address(move), after="HostName")
    if sites and wish.max_connections == 1:
        for each in _limits(store, sections):
            edits += each
    return Part(tuple(edits), tuple(findings), tuple(sites)) | _host_keys(wish, store, sections, leading)


def _mine(wish: Wish, sections: Sequence[Section]) -> List[Section]:
    """The sites that a move knows."""
    return [stored.section for stored in _stored(sections) if wish.move(stored.host, stored.port)]


def _local_folders(wish: Wish, store: Store, seen: Seen) -> Part:
    if wish.folder is None:
        return Part()
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _winscp_local as local

    return local.plan(store, _mine(wish, store.sections()), wish.folder, seen)


def _address(move: Move) -> Mapping[str, Optional[Value]]:
    return {"HostName": move.host, "PortNumber": None if move.port == _SSH_PORT else move.port}


def _limits(store: Store, sections: Sequence[Section]) -> Iterator[Tuple[Edit, ...]]:
    """The edits that one login needs, one time for each section."""
    for path, wanted in _LIMITS:
        section = next((each for each in sections if each.path.lower() == path.lower()), None)
        missing: Dict[str, Optional[Value]] = {
            name: value
            for name, value in wanted.items()
            if section is None or section.number(name, -1) != value
        }
        yield store.change(path, section, missing) if missing else ()


def _host_keys(wish: Wish, store: Store, sections: Sequence[Section], sites: Sequence[Site]) -> Part:
    """The verified keys of where these sites will lead, as WinSCP keeps them: by PuTTY's names, in PuTTY's words.

    Source: WinSCP's core/SecureShell.cpp and core/PuttyIntf.cpp. It takes any of several that stand in one value.
    """
    section = next((each for each in sections if each.path.lower() == _HOST_KEYS.lower()), None)
    values: Dict[str, Optional[Value]] = {}
    findings: List[Finding] = []
    for at in arrivals(wish, sites):
        at = at._replace(host=at.host.lower())
        held = {
            kind: {_words(one, at) for text in texts for one in text.split(";")}
            for kind, texts in putty_held(section.texts if section else {}, at).items()
        }
        decision = decide("WinSCP", f"{store.where}, {_HOST_KEYS}", at, held, attrgetter("putty"))
        values.update((f"{putty_type(key.type)}@{at.port}:{at.host}", key.putty) for key in decision.keys)
        findings += decision.findings
    return Part(store.change(_HOST_KEYS, section, values) if values else (), tuple(findings))


def _words(stored: str, at: Arrival) -> str:
    """A stored key in PuTTY's words; WinSCP takes a fingerprint as well."""
    return next((key.putty for key in at.keys if key.fingerprint.partition(":")[2] in stored), stored)


# ---- what is left to people ----------------------------------------------------------------------------------------


def _locked(wish: Wish, store: Store, where: str, stored: _Stored, move: Move) -> Finding:
    ini = "" if wish.config_dir is None else f'/ini="{store.where}" '
    mask = re.sub(
        r"[^\w /.@:+-]", "?", stored.name
    )  # any other sign may mean something in a mask or to the shell
    remedy = (
        f'Close WinSCP and run, as this person: WinSCP.com {ini}/batchsettings "{mask}" '
        f"HostName={move.host} PortNumber={move.port}"
    )
    if stored.workspace:  # /batchsettings passes over them
        remedy = "Open it in WinSCP, give the site this address there, and save the workspace again"
    return Finding(
        PENDING,
        where,
        f"it leads to {stored.host} port {stored.port} instead of {move.host} port {move.port}, and a password is "
        "stored with it that only WinSCP itself can keep when the host changes",
        remedy,
    )


def _unused(wish: Wish, store: Store, used: Optional[Store]) -> Iterator[Finding]:
    """One finding for settings that WinSCP passes over, if an address of a move stands there."""
    wrong: List[str] = []
    right: List[str] = []
    for stored in _stored(store.sections()):
        move = wish.move(stored.host, stored.port)
        if move is not None:
            as_wanted = (stored.host, stored.port) == (move.host, move.port)
            (right if as_wanted else wrong).append(f"{stored.name} ({stored.host} port {stored.port})")
    if wrong or right:
        instead = "nobody can say what it uses" if used is None else f"it uses {used.where}"
        yield Finding(
            WARNING if wrong else INFO,
            store.where,
            f"WinSCP settings that it passes over ({instead}) hold " + ", ".join([*wrong, *right]),
            "Delete them if no WinSCP is started with them, else give their folder as config_dir",
        )
