# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers in the NetworkManager profile of an adapter: one backend of the concern.

Two settings, each with the same form: the profile, which NetworkManager keeps on disk, and what is applied to the
adapter. The servers of DHCP and of router advertisements come on top of those of the profile unless they are ignored,
so ``automatic`` goes with them (nm-settings, ipv4.ignore-auto-dns). ``search`` are domains; one that begins with ~ only
says which names are asked here. An adapter without the default route has systemd-resolved ask nothing else of it.
Domains of DHCP would go with its servers, so they are written down.
"""

from typing import Any, Dict, Mapping, Tuple

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
PROFILE, APPLIED = "dns of the profile", "dns applied"


def keys(adapter: Adapter, link: Mapping[str, Any]) -> Tuple[Key, Key]:
    """The settings: of the profile, by its UUID, and applied to the adapter."""
    return (
        Key(STORE, link["networkmanager"]["profile"], PROFILE),
        Key(STORE, adapter.name, APPLIED),
    )


def look(adapter: Adapter, link: Mapping[str, Any]) -> Look:
    """Profile and adapter."""
    return Look(settings=frozenset(keys(adapter, link)))


def plan(options: Options, seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Plan:
    """Profile and adapter with these servers and no automatic ones; ``absent``: without them.

    :raises Refusal: nothing would be asked at these servers
    """
    profile, applied = keys(adapter, link)
    before = seen.settings[profile]
    asked = options.domains or before["search"]
    if options.state == PRESENT and _told_apart(link) and not asked and not link["resolved"]["default_route"]:
        raise Refusal(
            f"adapter {adapter.name}",
            f"the default route is another adapter's, so {', '.join(options.servers)} would never be asked",
            "Give domains: those of the exchange, so that its names are asked here",
        )
    after = _after(options, before, link)
    edits = tuple(
        Assign(key, seen.settings[key], after) for key in (profile, applied) if seen.settings[key] != after
    )
    return Plan(
        edits, frozenset(["resolver"]) if edits else frozenset(), _findings(options, adapter, link, edits)
    )


def _told_apart(link: Mapping[str, Any]) -> bool:
    """Whether the resolver keeps the servers of adapters apart, and so knows what domains are for."""
    return link["networkmanager"]["mode"] == "systemd-resolved" and link["resolved"] is not None


def _after(options: Options, before: Mapping[str, Any], link: Mapping[str, Any]) -> Dict[str, Any]:
    routed = [f"~{domain}" for domain in options.domains] if _told_apart(link) else []
    if options.state == PRESENT:
        given = link["networkmanager"]["domains"] if before["automatic"] or before["automatic6"] else []
        return {
            "servers": list(options.servers),
            "automatic": False,
            "servers6": [],
            "automatic6": False,
            "search": list(dict.fromkeys([*before["search"], *given, *routed])),
        }
    left = [server for server in before["servers"] if server not in options.servers]
    if left == before["servers"]:
        return dict(before)
    automatic = not left and not before["servers6"]  # nothing is left: as DHCP gives them
    return dict(
        before,
        servers=left,
        automatic=before["automatic"] or automatic,
        automatic6=before["automatic6"] or automatic,
        search=[each for each in before["search"] if each not in routed],
    )


def describe(seen: Seen, adapter: Adapter, link: Mapping[str, Any]) -> Dict[str, Any]:
    """The servers that are set, in order; ``automatic``: whether those of DHCP come on top."""
    applied = seen.settings[keys(adapter, link)[1]]
    return {
        "servers": [*applied["servers"], *applied["servers6"]],
        "automatic": applied["automatic"] or applied["automatic6"],
    }


def _findings(
    options: Options, adapter: Adapter, link: Mapping[str, Any], edits: Tuple[Assign, ...]
) -> Tuple[Finding, ...]:
    if options.state != PRESENT:
        return ()
    where = f"adapter {adapter.name}"
    manager, apart = link["networkmanager"], _told_apart(link)
    asked = list(link["resolved"]["servers"] if apart else manager["servers"].get(adapter.name, ()))
    listed = (link["resolv_conf"] or {}).get("servers", ())
    if not edits and manager["mode"] == "default" and not set(options.servers) <= set(listed):
        what = f"/etc/resolv.conf has {', '.join(listed) or 'no server'}, which is not what its profile says"
        return (
            Finding(ERROR, where, what, "See why NetworkManager cannot write it (lsattr), and restart it"),
        )
    if not edits and asked != list(options.servers):
        what = f"{', '.join(asked) or 'no server'} is asked, which is not what its profile says"
        return (
            Finding(
                ERROR, where, what, f"Run nmcli device reapply {adapter.name}, or restart NetworkManager"
            ),
        )
    others = {
        name: servers for name, servers in manager["servers"].items() if name != adapter.name and servers
    }
    if apart or not others:
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
