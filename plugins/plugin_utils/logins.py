# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logging on to RAP as part of a status: who may, where, what is downloaded, and what came of it. Pure functions.

It is opt-in. Only a workstation that is registered for an account logs on with it, and only at servers whose keys
somebody has verified. Where the circular has CCASS come first, nobody logs on before CCASS is proved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import WARNING, Finding
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import aims, questions
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation
from ansible_collections.hkex.drill.plugins.plugin_utils.participant import Account
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import FAILED, OK

RAP, CCASS = "rap", "ccass"

_FIRST = "ccass-first"  # the rule that gives the order in which the systems are verified
_HOW_MANY = {"nothing": "none", "one_or_two": "2", "all": "all"}


def unproved(
    drill: Drill,
    taking_part: Mapping[str, Workstation | None],
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, str]:
    """The workstations of a run on which CCASS should have been proved by now and is not, and what is known of it.

    Empty where the circular gives no order.

    :param taking_part: all of them, also those that were lost since; None: one whose variables cannot be read
    :param rows: of the fleet's table, of those that have been looked at
    """
    if not drill.rule(_FIRST):
        return {}
    found = {}
    for name, workstation in taking_part.items():
        if workstation is None:
            found[name] = "not read"
        elif any(aim.system == CCASS for aim in aims(drill, workstation)):
            service = [row["service"] for row in rows.get(name, ()) if row["system"] == CCASS]
            if service != [OK]:
                found[name] = service[0] if service else "not looked at"
    return found


def log_on(
    drill: Drill, workstation: Workstation, data_centre: str, window: str | None, before: Mapping[str, str]
) -> tuple[dict[str, Any], list[Finding]]:
    """The options of ``endpoint_info`` that log on with every account of this workstation, and why not with others.

    :param window: the id of the window that is on
    :param before: see ``unproved``
    """
    mine = [each for each in workstation.participant.accounts if workstation.name in each.workstations]
    mine = [each for each in mine if each.market in drill.markets and _uses(drill, workstation, each.market)]
    if not mine:
        return {}, []
    if before:
        names = ", ".join(f"{name} ({state})" for name, state in sorted(before.items()))
        order = drill.rule(_FIRST)
        what = f"CCASS is not proved on {names}: {order['text']} ({order['source']})"
        remedy = "See to CCASS there, then run status again"
        return {}, [_left(RAP, f"nobody was logged on, because {what}", remedy)]
    asked: dict[str, Any] = {}
    endpoints: list[dict[str, Any]] = []
    found: list[Finding] = []
    for account in mine:
        asked = questions(drill, workstation, data_centre, only=(RAP, account.market))
        key = workstation.rap_keys.get(account.name)
        if key is None:
            found.append(
                _left(
                    account.name,
                    "nobody was logged on: drill_rap_keys does not say where its private key is",
                    "Give its path in the inventory",
                )
            )
            continue
        for endpoint in asked["endpoints"]:
            if endpoint.get("host_keys"):
                login = _login(drill, workstation, account, key.private_key, window)
                endpoints.append({**endpoint, "login": login})
            else:
                where = endpoint.get("name") or endpoint["address"]
                found.append(
                    _left(
                        f"{account.name} at {where}",
                        "nobody was logged on: no key of this server has been verified",
                        "Give it in drill_host_keys once you have verified it",
                    )
                )
    return ({**asked, "endpoints": endpoints} if endpoints else {}), found


def rows(drill: Drill, workstation: Workstation, described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of RAP, completed by what the logins have proved; none where nobody was to log on."""
    logins = _logins(described)
    if not logins:
        return []
    service = OK if all(each["login"]["ok"] for each in logins) else FAILED
    return [
        {"workstation": workstation.name, "system": aim.system, "access": aim.access, "service": service}
        for aim in aims(drill, workstation)
        if aim.system == RAP
    ]


def told(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each login did, for people and for the trail: who, where, what came of it, and of which reports."""
    return [
        {
            "account": each["login"]["account"],
            "at": f"{each['address'] or each['name']}:{each['port']}",
            "ok": each["login"]["ok"],
            "what": each["login"]["what"],
            "seconds": each["login"]["seconds"],
            "reports": [report["name"] for report in each["login"]["reports"] if report["downloaded"]],
        }
        for each in _logins(described)
    ]


def astray(described: Mapping[str, Any], found: Sequence[Finding]) -> list[str]:
    """Which logins failed, and which did not take place though they could have."""
    failed = [
        f"log-on with {each['login']['account']} at {each['address'] or each['name']} ({each['login']['what']})"
        for each in _logins(described)
        if not each["login"]["ok"]
    ]
    return [*failed, *(f"log-on of {each.where} ({each.what})" for each in found)]


def _logins(described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The endpoints at which somebody was to log on."""
    return [each for each in described.get("services", {}).get("endpoints", ()) if each["login"]]


def _uses(drill: Drill, workstation: Workstation, market: str) -> bool:
    return any(
        aim.system == RAP and any(endpoint.market == market for endpoint in aim.endpoints)
        for aim in aims(drill, workstation)
    )


def _login(
    drill: Drill, workstation: Workstation, account: Account, private_key: str, window: str | None
) -> dict[str, Any]:
    signs = next((each["signs"] for each in drill.data["systems"] if each["id"] == RAP), ())
    asked = next((sign.get("download") for sign in signs if sign["window"] == window), None)
    return {
        "account": account.name,
        "private_key": private_key,
        "reports": list(workstation.rap_reports),
        "how_many": _HOW_MANY[asked or "one_or_two"],
    }


def _left(where: str, what: str, remedy: str) -> Finding:
    return Finding(WARNING, where, what, remedy)
