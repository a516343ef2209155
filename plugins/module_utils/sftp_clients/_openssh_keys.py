# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host keys that OpenSSH looks for: those of ``known_hosts`` beside a person's configuration, and of everybody."""

from __future__ import annotations

import re
from operator import attrgetter
from typing import List, Optional

from ansible_collections.hkex.drill.plugins.module_utils.model import Look, Profile, Seen
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _known_hosts as known_hosts
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._key_stores import (
    NO_FILE,
    arrivals,
    by_hand,
    decide,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_alias import Alias, leading
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._openssh_text import Config
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Part, Wish

_CLIENT = "ssh"


def look(wish: Wish, own: str, config: Optional[Config], system: str) -> Look:
    """Both files, unless it is known by now that no alias leads to an address: then they are nobody's concern.

    :param own: the path of the person's configuration, which is ``config`` once it was seen
    :param system: that of everybody's
    """
    if wish.config_dir is not None or (config is not None and not leading(wish, config)):
        return Look()
    return Look(files=frozenset([_beside(own), _beside(system, "ssh_")]))


def plan(wish: Wish, profile: Profile, seen: Seen, config: Config, system: str) -> Part:
    """Lines for the verified keys of where the person's aliases will lead."""
    path = _beside(config.path)
    file, everybodys = seen.files.get(path), seen.files.get(_beside(system, "ssh_"))
    content = b"" if file is None else file.content
    known = content + b"\n" + (b"" if everybodys is None else everybodys.content)
    part = Part()
    lines: List[str] = []
    for alias, site in leading(wish, config):
        for at in arrivals(wish, [site]):
            at = at._replace(host=at.host.lower())
            where = f"{config.path}, {alias.block.name}"
            elsewhere = _looks_elsewhere(alias, profile, wish)
            if elsewhere is not None:
                part = part | Part(findings=by_hand(_CLIENT, where, at, elsewhere))
            elif b"\0" in content:
                part = part | Part(findings=by_hand(_CLIENT, path, at, "that is no text"))
            elif file is None and at.keys:
                part = part | Part(findings=by_hand(_CLIENT, path, at, NO_FILE))
            else:
                held = known_hosts.held(known, at.host, at.port)
                decision = decide(_CLIENT, path, at, held, attrgetter("base64"))
                part = part | Part(findings=decision.findings)
                name = known_hosts.name(at.host, at.port)
                lines += (f"{name} {key.type} {key.base64}" for key in decision.keys)
    new = tuple(dict.fromkeys(lines))  # two aliases may lead to one address
    end = known_hosts.line_end(content)
    return part | Part((known_hosts.appended(path, content, new, end),) if new else ())


def _looks_elsewhere(alias: Alias, profile: Profile, wish: Wish) -> Optional[str]:
    """Why the person's known_hosts is not where ssh looks, if so."""
    if wish.config_dir is not None:
        return "whose home it uses is not known with config_dir"
    if alias.counting("hostkeyalias") is not None:
        return "HostKeyAlias gives the server another name there"
    setting = alias.counting("userknownhostsfile")
    home = profile.folder.replace("\\", "/")
    usual = [f"{folder}/.ssh/known_hosts" for folder in ("~", "%d", home)]
    if setting is not None and setting.text.replace("\\", "/") not in usual:
        return f"UserKnownHostsFile is {setting.text}"
    return None


def _beside(config: str, prefix: str = "") -> str:
    """The known hosts that go with a configuration."""
    return re.sub(r"[^/\\]*$", "", config) + prefix + "known_hosts"
