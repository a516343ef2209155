# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where WinSCP keeps the settings of one person, and which of these places it uses."""

from __future__ import annotations

import re
from typing import Dict, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import WARNING, Finding, Key, Profile, Seen
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._winscp_store import (
    Ini,
    Registry,
    Store,
    unescape,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Wish

_NAME = "WinSCP.ini"
KEY = "HKU\\{}\\Software\\Martin Prikryl\\WinSCP 2"
_PROGRAMS = ("Program Files (x86)\\WinSCP", "Program Files\\WinSCP")
_DRIVE = "C:\\"  # Windows' own: no other is known of the people of a workstation


OVERRIDE = (
    KEY + " Override"
)  # its value IniFile is where the ini file is, if somebody chose one; administrators do


def _override(profile: Profile) -> Key:
    return Key("registry", OVERRIDE.format(profile.sid), "IniFile")


def _chosen(profile: Profile, seen: Seen) -> Optional[str]:
    try:
        value = seen.setting(_override(profile))
    except KeyError:  # before the first look
        return None
    if not isinstance(value, Mapping) or not isinstance(value.get("data"), str):
        return None
    return unescape(value["data"].encode("utf-8", "replace")).strip() or None


def _expanded(path: str, profile: Profile) -> Optional[str]:
    """The path with its variables replaced, None where one is not known or it does not begin at a drive."""
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
    return plain if re.match(r"[A-Za-z]:\\[^%]*$", plain) else None


def files(wish: Wish, profile: Profile, seen: Seen) -> List[str]:
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


def stores(
    wish: Wish, profile: Profile, seen: Seen
) -> Tuple[Optional[Store], Tuple[Store, ...], Tuple[Finding, ...]]:
    """The store that WinSCP uses, those that it passes over, and what is to be said about that."""
    present: Dict[str, Store] = {}
    for path in files(wish, profile, seen):
        file = seen.files.get(path)
        if file is not None:
            present[path] = Ini(path, file.content)
    place = KEY.format(profile.sid)
    if wish.config_dir is None and seen.keys.get(place) is not None:
        present[place] = Registry(place, seen)
    chosen = _chosen(profile, seen) if wish.config_dir is None else None
    findings: Tuple[Finding, ...] = ()
    used = _preferred(present, profile)
    if chosen is not None:
        expanded = _expanded(chosen, profile)
        used = None if expanded is None else present.get(expanded, present.get(place))
        if expanded not in present:
            findings = (_unseen(profile, chosen),)
    return used, tuple(store for store in present.values() if store is not used), findings


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


def _unseen(profile: Profile, chosen: str) -> Finding:
    key = _override(profile)
    return Finding(
        WARNING,
        f"{key.place}, {key.name}",
        f"WinSCP was told to keep its settings in {chosen!r}, which cannot be found from here",
        "If it is there for this person (on a network drive, say), set WinSCP by hand or give its folder as config_dir",
    )
