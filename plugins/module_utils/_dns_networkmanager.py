# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers in the NetworkManager profile of an adapter: one backend of the concern.

One setting: that of the profile, which NetworkManager keeps on disk. The adapter that uses the profile may have another
one applied until somebody applies the profile's; that stands in it as ``applied``. The servers of DHCP and of router
advertisements come on top of the others unless they are ignored, so ``automatic`` goes with them (nm-settings,
ipv4.ignore-auto-dns). ``search`` are domains; one that begins with ~ only says which names are asked here. An adapter
without the default route has systemd-resolved ask nothing else of it.
Domains of DHCP would go with its servers, so they are written down.
"""

from typing import Any, Dict, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _dns_plain
from ansible_collections.hkex.drill.plugins.module_utils._dns_options import PRESENT, Options
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    WARNING,
    Adapter,
    Assign,
    Finding,
    Key,
    Look,
    Plan,
    Refusal,
    Seen,
)

STORE = "networkmanager"
PROFILE = "dns of the profile"
WRITES_RESOLV_CONF = ("file", "symlink")  # RcManager with which it writes the file itself
_APPLIED = "applied"
_USUAL = 100  # the priority of an adapter's servers if nothing is said (nm-settings, ipv4.dns-priority)


def key(link: Mapping[str, Any]) -> Key:
    """The setting: of the profile in use, by its UUID."""
    return Key(STORE, link["networkmanager"]["profile"], PROFILE)


def with_applied(profile: Mapping[str, Any], applied: Mapping[str, Any]) -> Dict[str, Any]:
    """The value of the setting, of what a profile says and what is applied to the adapter."""
    return dict(profile) if profile == applied else {**profile, _APPLIED: applied}


def in_force(value: Mapping[str, Any]) -> Dict[str, Any]:
    """What is applied to the adapter, of the value of the setting."""
    return dict(value.get(_APPLIED, value))


def look(adapter: Adapter, link: Mapping[str, Any]) -> Look:
    """The profile, and what is applied."""
    return Look(settings=frozenset([key(link)]))


def plan(options: Options, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Plan:
    """Profile and adapter with these servers and no automatic ones; ``absent``: without them.

    :raises Refusal: nothing would be asked at these servers
    """
    before = seen.settings[key(link)]
    after = _after(options, before, link)
    edits = (Assign(key(link), before, after),) if before != after else ()
    hindrance = _hindrance(options, adapter, link, before) if options.state == PRESENT else None
    if hindrance is not None and edits:
        raise hindrance
    return Plan(
        edits,
        frozenset(["resolver"]) if edits else frozenset(),
        _findings(options, adapter, link, bool(edits), hindrance) if options.state == PRESENT else (),
    )


def _hindrance(
    options: Options, adapter: Adapter, link: Mapping[str, Any], before: Mapping[str, Any]
) -> Optional[Refusal]:
    """Why nothing would be asked at these servers though the adapter had them; None: nothing is in the way."""
    manager, where = link["networkmanager"], f"adapter {adapter.name}"
    never = f"so {', '.join(options.servers)} would never be asked"
    if _told_apart(link) and link["resolved"] is None:
        return Refusal(
            "systemd-resolved",
            f"it does not run, and NetworkManager leaves the asking to it, {never}",
            "Start it (systemctl start systemd-resolved), and run again",
        )
    if "" in manager["servers"]:
        return Refusal(
            "NetworkManager",
            f"global servers ({', '.join(manager['servers'][''])}) count instead of those of adapters, {never}",
            "Take [global-dns-domain-*] out of its configuration (see NetworkManager --print-config), and reload it",
        )
    own = manager["priorities"].get(adapter.name, _USUAL)
    first, name = min(((each, name) for name, each in manager["priorities"].items()), default=(own, ""))
    if first < min(0, own):
        return Refusal(
            where,
            f"{name} has the ipv4.dns-priority {first}, which shuts all other adapters out, {never}",
            f"Give {name} a priority that is not negative, or {adapter.name} a lower one",
        )
    asked = options.domains or before["search"]
    if _told_apart(link) and not asked and not link["resolved"]["default_route"]:
        return Refusal(
            where,
            f"the default route is another adapter's, {never}",
            "Give domains: those of the exchange, so that its names are asked here",
        )
    if manager["mode"] == "default" and manager["held"] is not None:
        what, remedy = manager["held"]
        return Refusal(_dns_plain.PATH, f"{what}, and NetworkManager has to replace it", remedy)
    return None


def _told_apart(link: Mapping[str, Any]) -> bool:
    """Whether the resolver keeps the servers of adapters apart, and so knows what domains are for."""
    return bool(link["networkmanager"]["mode"] == "systemd-resolved")


def _after(options: Options, before: Mapping[str, Any], link: Mapping[str, Any]) -> Dict[str, Any]:
    routed = [f"~{domain}" for domain in options.domains] if _told_apart(link) else []
    applied = in_force(before)
    if options.state == PRESENT:
        given = link["networkmanager"]["domains"] if applied["automatic"] or applied["automatic6"] else []
        return {
            "servers": list(options.servers),
            "automatic": False,
            "servers6": [],
            "automatic6": False,
            "search": list(dict.fromkeys([*before["search"], *given, *routed])),
        }
    if not set(options.servers) & {*before["servers"], *applied["servers"]}:
        return dict(before)
    left = [server for server in before["servers"] if server not in options.servers]
    automatic = not left and not before["servers6"]  # nothing is left: as DHCP gives them
    return {
        "servers": left,
        "automatic": before["automatic"] or automatic,
        "servers6": before["servers6"],
        "automatic6": before["automatic6"] or automatic,
        "search": [each for each in before["search"] if each not in routed],
    }


def describe(seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, Any]:
    """The servers that are set, in order; ``automatic``: whether those of DHCP come on top."""
    applied = in_force(seen.settings[key(link)])
    return {
        "servers": [*applied["servers"], *applied["servers6"]],
        "automatic": applied["automatic"] or applied["automatic6"],
    }


def _findings(
    options: Options, adapter: Adapter, link: Mapping[str, Any], edits: bool, hindrance: Optional[Refusal]
) -> Tuple[Finding, ...]:
    wrong = None if edits else _wrong(options, adapter, link)
    if wrong is not None and hindrance is not None:
        return (Finding(ERROR, hindrance.where, hindrance.what, hindrance.remedy),)
    where = f"adapter {adapter.name}"
    if wrong is not None:
        remedy = f"See why (lsattr of resolv.conf), and run nmcli connection up {link['networkmanager']['profile']}"
        return (Finding(ERROR, where, f"{wrong}, which is not what its profile says", remedy),)
    kept = link["networkmanager"]["file"]
    if edits and (not kept or kept.startswith("/run/")):
        what = "its profile, or a change of it, is in memory only, and will be on disk, also after a rollback"
        return (
            Finding(WARNING, where, what, f"See nmcli connection show {link['networkmanager']['profile']}"),
        )
    others = {
        name: servers
        for name, servers in link["networkmanager"]["servers"].items()
        if name != adapter.name and servers
    }
    if _told_apart(link) or not others:
        return ()
    named = "; ".join(f"{', '.join(servers)} of {name}" for name, servers in sorted(others.items()))
    return (
        Finding(
            WARNING,
            where,
            f"resolv.conf is one list for all adapters, and has {named}, too: who stands first is asked first",
            "Let systemd-resolved keep the servers, or give that adapter none (ipv4.ignore-auto-dns)",
        ),
    )


def _wrong(options: Options, adapter: Adapter, link: Mapping[str, Any]) -> Optional[str]:
    """What is asked instead of these servers, which the profile has; None: they are asked."""
    manager = link["networkmanager"]
    listed = (link["resolv_conf"] or {}).get("servers", ())
    if manager["mode"] == "default" and not set(options.servers) <= set(listed):
        return f"/etc/resolv.conf has {', '.join(listed) or 'no server'}"
    asked = list(manager["servers"].get(adapter.name, ()))
    if _told_apart(link):
        asked = list(link["resolved"]["servers"]) if link["resolved"] else []
    return None if asked == list(options.servers) else f"{', '.join(asked) or 'no server'} is asked"
