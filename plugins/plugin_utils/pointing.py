# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a workstation's answer to the fleet's table: where it points, and whether that is proved.

Pure functions. What a workstation *points at* is judged here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils.aims import DNS, IP_ADDRESS, Aim, aims
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import (
    PRIMARY,
    SECONDARY,
    DnsServers,
    Drill,
    Endpoint,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.fleet import Workstation

MIXED = "mixed"
NONE = "none"
BY_DNS = (
    "by DNS"  # the exchange's DNS decides, and has not said (or the circular knows no address to compare)
)
UNKNOWN = "unknown"  # no client that was looked into stores an address of it

OK = "ok"
FAILED = "failed"
PENDING = "pending"
DEFERRED = "deferred"
DIFFERS = "differs"
NOTHING = "-"


def rows(
    drill: Drill,
    workstation: Workstation,
    wanted: str | None,
    described: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    service: str | None = None,
    configuration: str | None = None,
) -> list[dict[str, Any]]:
    """The workstation's rows of the fleet's table, one for each system and access.

    :param wanted: the data centre it should point at; None: either, but one
    :param described: what the module says stands there, by concern
    :param before: what it said stood there before, of a run that wrote
    :param service: what stands in the service column instead of a judgement (``deferred`` or ``-``)
    :param configuration: what stands in the configuration column instead of a judgement
    """
    return [
        {
            "workstation": workstation.name,
            "system": aim.system,
            "access": aim.access,
            "points_at": _points_at(aim, described),
            "dns": _dns(aim, described),
            "changed": before is not None and _of(aim, before) != _of(aim, described),
            "configuration": configuration or _configuration(aim, described, wanted),
            "service": service or _service(aim, described),
        }
        for aim in aims(drill, workstation)
    ]


def clients(drill: Drill, workstation: Workstation, described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The SFTP clients of each person on the workstation: where they lead, and whether they hold one login.

    By what the client really does: a site is ``limited`` only by the setting that was seen to hold.
    """
    told = described.get("sftp_client", {})
    mine = [aim for aim in aims(drill, workstation) if aim.system == "rap"]
    stored = [(site, _place(site, mine, described)) for aim in mine for site in _stored(aim, described)]
    found = []
    for client in told.get("clients", ()):
        own = [each for each in stored if all(each[0][name] == client[name] for name in ("user", "client"))]
        places = {place for _site, place in own}
        limits = {site["limited"] for site, _place in own} - {None}
        if not own and not client["left"] and not client["version"]:  # there is nothing to say of it
            continue
        found.append(
            {
                "workstation": workstation.name,
                "user": client["user"],
                "client": client["client"],
                "version": client["version"],
                "points_at": MIXED if len(places) > 1 else next(iter(places), NOTHING),
                "one_login": NOTHING if not limits else "no" if False in limits else "yes",
                "left": client["left"],
            }
        )
    return found


def astray(drill: Drill, workstation: Workstation, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """What of a workstation is not as it should be, by its rows; empty: all is.

    Not counted: what only a person can do and see, and a proof that is deferred.
    """
    return [
        f"{aim.system} by {aim.access} ({row['points_at']}; configuration {row['configuration']}, "
        f"service {row['service']})"
        for aim, row in zip(aims(drill, workstation), found, strict=True)
        if FAILED in (row["service"], row["configuration"])
        or (row["configuration"] == PENDING and not aim.by_hand and row["points_at"] != UNKNOWN)
    ]


def running(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The SFTP clients that run now, on the day before: whoever has one open on the day leaves his switch pending."""
    return [
        {
            "level": "warning",
            "where": f"{client['client']} of {client['user'] or 'somebody'}",
            "what": "it is running, and while it does no SFTP client of the workstation is switched",
            "remedy": "See that it is closed before to-secondary and to-primary",
        }
        for client in described.get("sftp_client", {}).get("clients", ())
        if client["running"]
    ]


def _place(site: Mapping[str, Any], mine: Sequence[Aim], described: Mapping[str, Any]) -> str:
    """The data centre of a stored address; of a stored name that to which the workstation leads it."""
    for aim in mine:
        for endpoint in aim.endpoints:
            if site["host"] == (endpoint.name or "").lower():
                return _points_at(aim, described)
            if any(site["host"] in some for some in endpoint.addresses.values()):
                return _centre(endpoint, site["host"])
    return NOTHING


def unplaced(drill: Drill, workstation: Workstation, changed: bool) -> list[dict[str, Any]]:
    """The workstation's rows where only is known whether something changed."""
    return [
        {"workstation": workstation.name, "system": aim.system, "access": aim.access, "changed": changed}
        for aim in aims(drill, workstation)
    ]


def _of(aim: Aim, described: Mapping[str, Any]) -> Any:
    """The part of a description that concerns one system."""
    names = described.get("host_table", {}).get("names", {})
    servers = described.get("dns_servers", {}).get("servers") if aim.access == DNS else None
    return [names.get(name) for name in aim.names], servers, _stored(aim, described)


def _stored(aim: Aim, described: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The places in SFTP clients that lead to this system."""
    addresses = {each for endpoint in aim.endpoints for some in endpoint.addresses.values() for each in some}
    sites = described.get("sftp_client", {}).get("sites", ())
    return [site for site in sites if site["host"] in {*addresses, *aim.names}]


def _points_at(aim: Aim, described: Mapping[str, Any]) -> str:
    if aim.access == IP_ADDRESS:
        centres = {
            _centre(endpoint, site["host"])
            for site in _stored(aim, described)
            for endpoint in aim.endpoints
            if any(site["host"] in each for each in endpoint.addresses.values())
        }
        return UNKNOWN if not centres else centres.pop() if len(centres) == 1 else MIXED
    centres = {_centre(endpoint, _leads_to(aim, endpoint, described)) for endpoint in aim.endpoints}
    return centres.pop() if len(centres) == 1 else MIXED


def _leads_to(aim: Aim, endpoint: Endpoint, described: Mapping[str, Any]) -> str | None:
    """The address that the name has here: by the host table, else (by DNS) by what the exchange's DNS said."""
    listed = _listed(described, endpoint.name)
    if listed or aim.access != DNS or _dns(aim, described) == DIFFERS:
        return listed
    for asked in described.get("services", {}).get("endpoints", ()):
        if asked["name"] == endpoint.name and asked["by"] == DNS and asked["address"]:
            return str(asked["address"])
    return BY_DNS


def _listed(described: Mapping[str, Any], name: str | None) -> str | None:
    address = described.get("host_table", {}).get("names", {}).get(name, {}).get("address")
    return None if address is None else str(address)


def _centre(endpoint: Endpoint, address: str | None) -> str:
    if address == BY_DNS or (address and not endpoint.addresses):
        return BY_DNS
    for centre in (PRIMARY, SECONDARY):
        if address in endpoint.addresses.get(centre, ()):
            return centre
    return NONE


def _dns(aim: Aim, described: Mapping[str, Any]) -> str:
    if aim.access != DNS or "dns_servers" not in described:
        return NOTHING
    return OK if described["dns_servers"]["as_asked"] else DIFFERS


def _configuration(aim: Aim, described: Mapping[str, Any], wanted: str | None) -> str:
    """The configuration proof: local facts only. By DNS they are the servers, and no line that overrides them."""
    points_at = _points_at(aim, described)
    if aim.by_hand or points_at == UNKNOWN:
        return PENDING
    if described.get("sftp_client", {}).get("pending") and _stored(aim, described):
        return PENDING
    if any(site["limited"] is False for site in _stored(aim, described)):
        return FAILED
    if aim.access == DNS:
        overridden = any(_listed(described, name) for name in aim.names)
        # Of servers that were not looked at (the way back writes none) the proof will say it.
        return FAILED if overridden or _dns(aim, described) == DIFFERS else _dns(aim, described)
    return OK if points_at in ((wanted,) if wanted else (PRIMARY, SECONDARY)) else FAILED


def _service(aim: Aim, described: Mapping[str, Any]) -> str:
    names = set(aim.names)
    addresses = {
        address for endpoint in aim.endpoints for each in endpoint.addresses.values() for address in each
    }
    answers = [
        asked["ok"]
        for asked in described.get("services", {}).get("endpoints", ())
        if (asked["name"] in names if asked["name"] else asked["address"] in addresses)
    ]
    if not answers:
        return NOTHING
    return OK if all(answers) else FAILED


def findings(
    drill: Drill,
    workstation: Workstation,
    wanted: str | None,
    described: Mapping[str, Any],
    settled: bool = True,
) -> list[dict[str, Any]]:
    """What a person must know of this workstation beyond what its concerns found.

    That is what is theirs to do, what does not answer and, once a phase has ``settled`` it, what is mixed.
    """
    found = [
        _left_to_people(aim, wanted)
        for aim in aims(drill, workstation)
        if wanted and (aim.by_hand or _points_at(aim, described) == UNKNOWN)
    ]
    for aim in aims(drill, workstation):
        if settled and not aim.by_hand and _points_at(aim, described) == MIXED:
            found.append(
                _finding(
                    "warning",
                    aim,
                    "it leads to different data centres",
                    "Run the phase of the data centre that is right now: it moves them all in one write",
                )
            )
    if settled:
        found += [
            _finding(
                "warning",
                aim,
                why,
                "Run the phase of the data centre that is right now, or see who changed it",
            )
            for aim in aims(drill, workstation)
            if (why := _astray(aim, described, wanted, drill.dns_servers))
        ]
    for asked in described.get("services", {}).get("endpoints", ()):
        if not asked["ok"] and asked["verified"] is not False:  # that has been said, as an error
            found.append(
                {
                    "level": "warning",
                    "where": asked["name"] or asked["address"],
                    "what": asked["what"],
                    "remedy": f"{asked['remedy']}. Then run status",
                }
            )
    return found


def _astray(
    aim: Aim, described: Mapping[str, Any], wanted: str | None, exchange: Sequence[DnsServers]
) -> str:
    """Why the configuration proof failed where no concern says it; empty: it did not."""
    if _configuration(aim, described, wanted) != FAILED:
        return ""
    if _dns(aim, described) == DIFFERS:
        servers = described["dns_servers"]["servers"]
        if any(sorted(servers) == sorted((each.preferred, each.alternate)) for each in exchange):
            return f"its DNS servers are the exchange's in the wrong order: {', '.join(servers)}"
        return f"its DNS servers are {', '.join(servers) or 'none'}, not the exchange's"
    loose = {site["client"]: None for site in _stored(aim, described) if site["limited"] is False}
    if loose:
        return f"more than one login at a time is possible in {', '.join(loose)}, and the exchange allows one"
    points_at = _points_at(aim, described)
    if points_at in (PRIMARY, SECONDARY, NONE) and points_at != wanted:
        return f"it leads to {'no data centre' if points_at == NONE else f'the {points_at} data centre'}"
    return ""


def _left_to_people(aim: Aim, wanted: str | None) -> dict[str, Any]:
    addresses = [
        f"{address} port {endpoint.port}" if endpoint.port else address
        for endpoint in aim.endpoints
        for address in endpoint.addresses.get(wanted or "", ())
    ]
    return _finding(
        "pending",
        aim,
        aim.by_hand or "no SFTP client in which the toolkit looks stores an address of it",
        f"Set it there by hand: {', '.join(addresses)}" if addresses else "See the circular",
    )


def _finding(level: str, aim: Aim, what: str, remedy: str) -> dict[str, Any]:
    return {"level": level, "where": f"{aim.system} by {aim.access}", "what": what, "remedy": remedy}
