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
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    PENDING,
    WARNING,
    WINDOWS,
    Assign,
    Edit,
    Finding,
    Key,
    Look,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._winscp_store import (
    Ini,
    Registry,
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
)

_NAME = "WinSCP.ini"
_KEY = "HKU\\{}\\Software\\Martin Prikryl\\WinSCP 2"
_PROGRAMS = ("Program Files (x86)\\WinSCP", "Program Files\\WinSCP")
_DRIVE = "C:\\"  # Windows' own: no other is known of the people of a workstation

_SITES = "sessions\\"
_SSH_PORT = 22  # WinSCP keeps no port where it is this
_SFTP = (1, 2)  # FSProtocol: SFTP with and without a way back to SCP; 0 is SCP
# What WinSCP encrypts with the host name as a part of the key, and what it turns into that.
_SECRETS = ("password", "passwordplain", "newpassword", "encryptkey", "encryptkeyplain")
_LIMITS: Tuple[Tuple[str, Mapping[str, int]], ...] = (
    ("Configuration\\Interface", {"QueueTransfersLimit": 1}),
    ("Configuration\\Interface\\CopyParam", {"Queue": 0, "QueueParallel": 0}),
)


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """Every place in which WinSCP may keep settings of this person, and each setting that would change."""
    if seen.system != WINDOWS:
        return Look()
    files = frozenset(_files(wish, profile, seen))
    if wish.config_dir is not None:
        return Look(files=files)
    changing = (edit.key for edit in plan(wish, profile, seen).edits if isinstance(edit, Assign))
    return Look(
        files=files,
        settings=frozenset([_override(profile), *changing]),
        keys=frozenset([_KEY.format(profile.sid)]),
    )


def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
    """What WinSCP's settings of this person need.

    :raises Refusal: an ini file that is not text as WinSCP writes it
    """
    if seen.system != WINDOWS:
        return Part()
    used, others, findings = _stores(wish, profile, seen)
    part = Part(findings=findings)
    for store in others:
        part = part | Part(findings=tuple(_unused(wish, store, used)))
    return part if used is None else part | _planned(wish, used)


CLIENT = Client("winscp", ("WinSCP",), True, look, plan)


# ---- where the settings are ----------------------------------------------------------------------------------------


def _override(profile: Profile) -> Key:
    """Where the ini file is, if somebody chose one; administrators do."""
    return Key("registry", _KEY.format(profile.sid) + " Override", "IniFile")


def _chosen(profile: Profile, seen: Seen) -> Optional[str]:
    value = seen.settings.get(_override(profile))
    if not isinstance(value, Mapping) or not isinstance(value.get("data"), str):
        return None
    return unescape(value["data"].encode("utf-8", "replace")).strip() or None


def _expanded(path: str, profile: Profile) -> Optional[str]:
    """The path with its variables replaced, None where one is not known or it does not begin at a drive or share."""
    known = {
        "appdata": profile.folder + "\\AppData\\Roaming",
        "localappdata": profile.folder + "\\AppData\\Local",
        "userprofile": profile.folder,
        "username": profile.name or profile.folder.rpartition("\\")[2],
        "programdata": _DRIVE + "ProgramData",
        "programfiles": _DRIVE + "Program Files",
        "programfiles(x86)": _DRIVE + "Program Files (x86)",
        "public": _DRIVE + "Users\\Public",
        "systemdrive": "C:",
    }
    plain = re.sub("%([^%]+)%", lambda found: known.get(found.group(1).lower(), found.group()), path)
    return plain if re.match(r"(?:[A-Za-z]:\\|\\\\)[^%]*$", plain) else None


def _files(wish: Wish, profile: Profile, seen: Seen) -> List[str]:
    """Every ini file that may be there, in the order in which WinSCP prefers them."""
    if wish.config_dir is not None:
        return [wish.config_dir.rstrip("\\/") + "\\" + _NAME]
    chosen = _chosen(profile, seen)
    expanded = None if chosen is None else _expanded(chosen, profile)
    local = f"{profile.folder}\\AppData\\Local"
    files = [] if expanded is None else [expanded]
    for program in _PROGRAMS:
        # What a program without rights writes beside itself lands in the virtual store, and is preferred from then on.
        files += [f"{local}\\VirtualStore\\{program}\\{_NAME}", f"{_DRIVE}{program}\\{_NAME}"]
    files += [f"{local}\\Programs\\WinSCP\\{_NAME}", f"{profile.folder}\\AppData\\Roaming\\{_NAME}"]
    return list(dict.fromkeys(files))


def _stores(
    wish: Wish, profile: Profile, seen: Seen
) -> Tuple[Optional[Store], Tuple[Store, ...], Tuple[Finding, ...]]:
    """The store that WinSCP uses, those that it passes over, and what is to be said about that."""
    present: Dict[str, Store] = {}
    for path in _files(wish, profile, seen):
        file = seen.files.get(path)
        if file is not None:
            present[path] = Ini(path, file.content)
    place = _KEY.format(profile.sid)
    if wish.config_dir is None and seen.keys.get(place) is not None:
        present[place] = Registry(place, seen)
    chosen = _chosen(profile, seen) if wish.config_dir is None else None
    if chosen is None:
        used = _preferred(present, profile)
    else:
        expanded = _expanded(chosen, profile)
        if expanded is None:
            return None, tuple(present.values()), (_unknown(profile, chosen),)
        used = present.get(expanded, present.get(place))
    return used, tuple(store for store in present.values() if store is not used), ()


def _preferred(present: Mapping[str, Store], profile: Profile) -> Optional[Store]:
    """WinSCP's own choice: core/Configuration.cpp, GetAutomaticIniFileStorageName.

    A file in the virtual store stands in for the one beside the program, also where that one does not exist; but then
    the one in the roaming profile goes first. The registry comes last.
    """
    virtual = f"{profile.folder}\\AppData\\Local\\VirtualStore\\"
    beside = {f"{virtual}{program}\\{_NAME}": f"{_DRIVE}{program}\\{_NAME}" for program in _PROGRAMS}
    orphans = [path for path in present if path in beside and beside[path] not in present]
    registry = [path for path, store in present.items() if isinstance(store, Registry)]
    last = [*orphans, *registry]
    return next((present[path] for path in [*(path for path in present if path not in last), *last]), None)


def _unknown(profile: Profile, chosen: str) -> Finding:
    override = _override(profile)
    return Finding(
        WARNING,
        f"{override.place}, {override.name}",
        f"WinSCP was told to keep its settings in {chosen!r}, which cannot be found from here; none were changed",
        "Give its folder as config_dir, or let the value begin at a drive and use only the person's own variables",
    )


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
    for stored in _stored(sections):
        move = wish.move(stored.host, stored.port)
        where = f"{store.where}, {'workspace' if stored.workspace else 'site'} {stored.name}"
        if move is None:
            if stored.host in wish.stale:
                findings.append(_stale(where, stored))
            continue
        sites.append(Site(where, stored.host, stored.port, limited))
        if (stored.host, stored.port) == (move.host, move.port):
            continue
        if stored.locked:
            findings.append(_locked(wish, store, where, stored, move))
        else:
            edits += store.change(stored.section.path, stored.section, _address(move), after="HostName")
    if sites and wish.max_connections == 1:
        for each in _limits(store, sections):
            edits += each
    return Part(tuple(edits), tuple(findings), tuple(sites))


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


# ---- what is left to people ----------------------------------------------------------------------------------------


def _stale(where: str, stored: _Stored) -> Finding:
    return Finding(
        WARNING,
        where,
        f"it leads to {stored.host}, an address of an earlier generation",
        "Delete it, or give it the present address",
    )


def _locked(wish: Wish, store: Store, where: str, stored: _Stored, move: Move) -> Finding:
    ini = "" if wish.config_dir is None else f'/ini="{store.where}" '
    mask = re.sub(
        r"[^\w /.@:+-]", "?", stored.name, flags=re.ASCII
    )  # any other sign may mean something in a mask
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
    wrong, right = [], []
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
