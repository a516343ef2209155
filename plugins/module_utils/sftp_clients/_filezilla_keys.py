# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where FileZilla remembers host keys: up to 3.69 in PuTTY's store, from 3.70 on in hostkeys.xml beside its settings.

PuTTY's store is a file (its folder is ~/.config/putty if there is one, else ~/.putty: seen of FileZilla 3.63) or a key
of the registry. hostkeys.xml has a Server with Host and Port, in it a Hostkey for each key (hostkey_store.cpp).
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from operator import attrgetter
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WARNING,
    WINDOWS,
    Assign,
    Finding,
    Key,
    Look,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_folder import (
    HOST_KEYS,
    Folder,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_xml import (
    Document,
    Element,
    element,
    read,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import (
    HostKey,
    putty_type,
    type_in,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._key_stores import (
    NO_FILE,
    Arrival,
    absent,
    by_hand,
    decide,
    putty_held,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._known_hosts import appended
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Part, Wish

_NAME = "FileZilla"
_OWN_STORE = (3, 70)  # the first release that does not use PuTTY's
_PUTTY = ("{}/.config/putty/sshhostkeys", "{}/.putty/sshhostkeys")
_REGISTRY = "HKU\\{}\\Software\\SimonTatham\\PuTTY\\SshHostKeys"


def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
    """PuTTY's store of this person; FileZilla's own is among the files of its folder.

    Asked whether or not there is a FileZilla, because a second look would be a second way to the workstation.
    """
    if wish.config_dir is not None:
        return Look()
    if seen.system == WINDOWS:
        return Look(keys=frozenset({_REGISTRY.format(profile.sid)}))
    return Look(files=frozenset(path.format(profile.folder) for path in _PUTTY))


def plan(wish: Wish, profile: Profile, seen: Seen, home: Folder, version: str, to: Sequence[Arrival]) -> Part:
    """The verified keys of these addresses, put where this FileZilla looks for them."""
    told = re.match(r"([0-9]{1,5})\.([0-9]{1,5})", version)
    if told is None:
        return _by_hand(home.path, to, "its settings do not say which release it is")
    if (int(told.group(1)), int(told.group(2))) >= _OWN_STORE:
        return _xml(_own(home, seen), seen, to)
    if wish.config_dir is not None:
        return _by_hand(home.path, to, "a portable one does not say whose keys it uses")
    if seen.system == WINDOWS:
        return _registry(_REGISTRY.format(profile.sid), seen, to)
    paths = [path.format(profile.folder) for path in _PUTTY]
    path = next((path for path in paths if path not in seen.nowhere), None)
    if path is None:
        where = posixpath.dirname(paths[-1])
        why = "there is no such folder; it makes one when it accepts its first key"
        return Part(findings=tuple(one for at in to for one in absent(_NAME, where, at, why)))
    return _file(path, seen, to)


def _own(home: Folder, seen: Seen) -> str:
    return home.path.rstrip("\\/") + ("\\" if seen.system == WINDOWS else "/") + HOST_KEYS


def _by_hand(where: str, to: Sequence[Arrival], why: str) -> Part:
    return Part(findings=tuple(one for at in to for one in by_hand(_NAME, where, at, why)))


def _putty_name(key: HostKey, at: Arrival) -> str:
    return f"{putty_type(key.type)}@{at.port}:{at.host}"


# ---- PuTTY's store -------------------------------------------------------------------------------------------------


def _file(path: str, seen: Seen, to: Sequence[Arrival]) -> Part:
    file = seen.files.get(path)
    content = b"" if file is None else file.content
    if b"\0" in content:
        return _by_hand(path, to, "that is no text")
    stored: Dict[str, str] = {}  # of several of one name PuTTY takes the first
    for line in content.decode("latin-1").split("\n"):
        name, blank, text = line.partition(" ")  # PuTTY takes a carriage return for a part of the key
        if blank:
            stored.setdefault(name, text)
    lines: List[str] = []
    findings: List[Finding] = []
    for at in to:
        decision = decide(_NAME, path, at, putty_held(stored, at), attrgetter("putty"))
        lines += (f"{_putty_name(key, at)} {key.putty}" for key in decision.keys)
        findings += decision.findings
    return Part((appended(path, content, lines),) if lines else (), tuple(findings))


def _registry(place: str, seen: Seen, to: Sequence[Arrival]) -> Part:
    stored: Dict[str, str] = {
        name: str(value.get("data")) for name, value in ((seen.keys.get(place) or {}).get("") or {}).items()
    }
    for key, value in seen.settings.items():
        if (key.store, key.place) == ("registry", place):
            stored.pop(key.name, None)
            if isinstance(value, Mapping):
                stored[key.name] = str(value.get("data"))
    edits: List[Assign] = []
    findings: List[Finding] = []
    for at in to:
        decision = decide(_NAME, place, at, putty_held(stored, at), attrgetter("putty"))
        for one in decision.keys:
            setting = Key("registry", place, _putty_name(one, at))
            edits.append(Assign(setting, None, {"kind": "String", "data": one.putty}))
        findings += decision.findings
    return Part(tuple(edits), tuple(findings))


# ---- its own store -------------------------------------------------------------------------------------------------


def _xml(path: str, seen: Seen, to: Sequence[Arrival]) -> Part:
    file = seen.files.get(path)
    if file is None:
        return Part(findings=tuple(one for at in to for one in absent(_NAME, path, at, NO_FILE)))
    try:
        document = read(path, file.content)
    except Refusal as damaged:
        return Part(findings=(Finding(WARNING, damaged.where, damaged.what, damaged.remedy),))
    edits: List[Splice] = []
    findings: List[Finding] = []
    servers: List[str] = []
    for at in to:
        server, held = _stored(document, at)
        decision = decide(_NAME, path, at, held, attrgetter("base64"))
        findings += decision.findings
        keys = [element("Hostkey", key.base64) for key in decision.keys]
        if keys and server is not None:
            edits.append(document.inside(server, keys))
        elif keys:
            attributes = f' Host="{at.host.lower()}" Port="{at.port}"'
            servers.append(f"<Server{attributes}>{''.join(keys)}</Server>")
    if servers:
        edits.append(document.inside(document.root, servers))
    return Part(tuple(edits), tuple(findings))


def _stored(document: Document, at: Arrival) -> Tuple[Optional[Element], Dict[str, Set[str]]]:
    """What stands there of an address; of several FileZilla takes the last that has a key."""
    server: Optional[Element] = None
    held: Dict[str, Set[str]] = {}
    for one in document.elements:
        if one.path != "/FileZilla3/Server" or not _is_of(one, at):
            continue
        keys: Dict[str, Set[str]] = {}
        for child in document.elements:
            if child.parent is one and child.name == "Hostkey":
                text = child.text.strip()
                if _type(text):
                    keys.setdefault(_type(text), set()).add(text)
        if keys or server is None:
            server, held = one, keys
    return server, held


def _is_of(server: Element, at: Arrival) -> bool:
    return server.attributes.get("Host") == at.host.lower() and server.attributes.get("Port") == str(at.port)


def _type(text: str) -> str:
    try:
        return type_in(base64.b64decode(text.encode("utf-8"), validate=True))
    except binascii.Error:
        return ""
