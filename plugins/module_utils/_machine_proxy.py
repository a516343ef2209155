# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxies and proxy scripts in whose way the exchange's names are: a proxy looks names up itself.

On Windows those of each person who is logged on, or of the machine (as the facts tell them); on Linux what
``/etc/environment`` sets for everybody (pam_env(8), environment(7)). What desktops and browsers keep for themselves is
not read.
"""

import re
from fnmatch import fnmatchcase
from typing import Dict, Iterator, NamedTuple, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Profile

ENVIRONMENT = "/etc/environment"

_LARGEST = 1024 * 1024
_SETTING = re.compile(r"\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*")
# In the order in which Chromium asks for them (net/proxy_resolution/proxy_config_service_linux.cc); pages of the
# exchange are all by https, which http_proxy does not concern.
_SCRIPT, _PROXIES = "auto_proxy", ("all_proxy", "https_proxy")


class Way(NamedTuple):
    """A way that fetches pages for people: whose it is, what it is, and which of the names go by it.

    :param address: without a login and a query, which may be secrets
    :param exceptions: what the exceptions are called there
    """

    whose: str
    where: str
    script: bool
    address: str
    names: Tuple[str, ...]
    exceptions: str


def of_person(person: Profile, names: Sequence[str]) -> Iterator[Way]:
    """What a person's settings on Windows say."""
    where = f"internet settings of {person.folder}"
    proxy = _for_https(person.proxy)
    patterns = [each.strip().lower() for each in person.bypass.split(";")]
    caught = tuple(name for name in names if not _excepted(name, patterns))
    if proxy and caught:
        yield Way(person.name, where, False, _plain(proxy), caught, "the exceptions of the proxy")
    if person.pac and names:
        yield Way(person.name, where, True, _plain(person.pac), tuple(names), "")


def of_environment(content: bytes, names: Sequence[str]) -> Iterator[Way]:
    """What an environment file says; of several settings of one name the last counts."""
    told: Dict[str, str] = {}
    for line in content[:_LARGEST].decode("utf-8", "replace").splitlines():
        found = _SETTING.fullmatch(line)
        if found:
            told[found.group(1).lower()] = found.group(2).strip("\"'")
    excepted = told.get("no_proxy", "").lower().split(",")
    caught = tuple(name for name in names if not any(_ends(name, each.strip()) for each in excepted))
    if told.get(_SCRIPT) and names:
        yield Way("everybody", f"{ENVIRONMENT}, {_SCRIPT}", True, _plain(told[_SCRIPT]), tuple(names), "")
        return
    setting = next((each for each in _PROXIES if told.get(each)), None)
    if setting and caught:
        yield Way("everybody", f"{ENVIRONMENT}, {setting}", False, _plain(told[setting]), caught, "no_proxy")


def _for_https(servers: str) -> str:
    """The proxy that fetches pages by https: Windows writes one for all, or SCHEME=PROXY for some; socks is for all."""
    if "=" not in servers:
        return servers.strip()
    by_scheme = dict(each.strip().split("=", 1) for each in servers.split(";") if "=" in each)
    return by_scheme.get("https") or by_scheme.get("socks") or ""


def _excepted(name: str, patterns: Sequence[str]) -> bool:
    """By Windows' list of names with asterisks."""
    return any(fnmatchcase(name, each) for each in patterns) or ("<local>" in patterns and "." not in name)


def _ends(name: str, pattern: str) -> bool:
    """By a list of domains, with or without a dot or asterisk in front, and a port behind."""
    domain = pattern.partition(":")[0].lstrip("*.")
    return pattern == "*" or (bool(domain) and f".{name}".endswith(f".{domain}"))


def _plain(address: str) -> str:
    """Without login and query, in signs that a terminal takes."""
    shown = re.sub(r"[^/\s]*@", "", address).partition("?")[0]
    return "".join(sign if sign.isprintable() else "?" for sign in shown)[:200]
