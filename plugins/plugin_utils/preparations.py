# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the circulars' lists of preparations ask of a workstation beyond where it points. Pure functions.

Each is an option of ``workstation_info``; what is not the workstation's business is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.aims import DNS, Aim, aims
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation

VAR_ONLINE = "var_online"

# Of a drill's rules: which browser VaR Online is used with, and what a bookmark of it has to be.
_BROWSER, _BOOKMARK = "var-online-browser", "var-online-bookmark"
_RENEWAL = "renew-keys"  # of what a drill forbids


def preparations(drill: Drill, workstation: Workstation, now: str, today: str = "") -> dict[str, Any]:
    """The options ``machine``, ``bookmarks`` and ``rap_key``, as far as they apply.

    :param now: the time on the controller, UTC, ISO 8601; the workstation's clock is held against it, so it is no
        pretended one
    :param today: see ``rap_keys``
    """
    mine = aims(drill, workstation)
    # Names of the host table are held against the proxies with its lines.
    names = sorted({name for aim in mine if aim.access == DNS for name in aim.names})
    asked: dict[str, Any] = {"machine": {"now": now, "names": names}}
    bookmarks = _bookmarks(drill, workstation, [aim for aim in mine if aim.system == VAR_ONLINE])
    keys = rap_keys(drill, workstation, {}, today)
    return asked | ({"bookmarks": bookmarks} if bookmarks else {}) | ({"rap_key": keys} if keys else {})


def _bookmarks(drill: Drill, workstation: Workstation, online: list[Aim]) -> dict[str, Any]:
    url = drill.rule(_BOOKMARK).get("value")
    if not online or url is None:
        return {}
    browser = drill.rule(_BROWSER).get("value")
    demanded = [browser.lower()] if browser else []
    return {
        "browsers": list(demanded if workstation.browsers is None else workstation.browsers),
        "sites": [
            {
                "name": endpoint.name,
                "url": url,
                "addresses": sorted({*_addresses(endpoint.addresses.values())}),
            }
            for aim in online
            for endpoint in aim.endpoints
            if endpoint.name
        ],
        **({"config_dir": workstation.browser_dir} if workstation.browser_dir else {}),
    }


def _addresses(centres: Any) -> list[str]:
    return [address for addresses in centres for address in addresses]


def pretended_day(verdict: Mapping[str, Any]) -> str:
    """The day in Hong Kong (ISO 8601) that a run pretends, by the gate's verdict; empty: it pretends none."""
    if not verdict["pretend"]:
        return ""
    return datetime.fromisoformat(verdict["now"]).astimezone(HONG_KONG).date().isoformat()


def rap_keys(
    drill: Drill, workstation: Workstation, recorded: Mapping[str, str], today: str = ""
) -> dict[str, Any]:
    """The option ``rap_key``: the key pairs of the accounts that are used here, if the inventory says where they are.

    :param recorded: the fingerprint of each account's key before the drill, instead of the inventory's
    :param today: the day by which their age goes, ISO 8601; empty: as the workstation's clock says
    """
    accounts = [
        {
            "name": account.name,
            "public_key": files.public_key,
            "private_key": files.private_key,
            "folders": list(files.folders),
            **({"registered": account.registered} if account.registered else {}),
            **({"recorded": known} if (known := recorded.get(account.name, account.fingerprint)) else {}),
        }
        for account in workstation.participant.accounts
        if account.market in drill.markets and (files := workstation.rap_keys.get(account.name))
    ]
    if not accounts:
        return {}
    forbidden = any(each["id"] == _RENEWAL for each in drill.data["forbidden"])
    renewal = "forbidden" if forbidden else "allowed"
    return {"accounts": accounts, "renewal": renewal, **({"today": today} if today else {})}


def fingerprints(told: Mapping[str, Any]) -> dict[str, str]:
    """The keys that were seen: account -> fingerprint."""
    accounts = told.get("rap_key", {}).get("accounts", ())
    return {each["name"]: each["sha256"] for each in accounts if each["sha256"]}
