# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a workstation reaches, and where: the service proof, asked by name or by address as its clients would.

A service that is reached by name is looked up the way the workstation does it: the host table first, then the DNS
servers in their order. Its own resolver is asked beside, because that keeps old answers for a time. All of it are
questions; nothing here changes anything. Only who asks for a login gets one, once all else is as it should be.

A data centre that is gone takes its DNS server along. So the names have half of the time-out at most, and the endpoints
what they leave: however much is dead, all of it together takes no longer than the time-out. A login has one of its own.
"""

from math import ceil
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _services_findings as say
from ansible_collections.hkex.drill.plugins.module_utils import host_table
from ansible_collections.hkex.drill.plugins.module_utils._services_options import (
    SSH,
    Endpoint,
    Options,
    parse,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Answer,
    Concern,
    Finding,
    Look,
    Plan,
    Probe,
    Seen,
)

__all__ = ["Endpoint", "Options", "concern", "describe", "endpoints_concern", "look", "parse", "plan"]


def concern(params: Mapping[str, Any]) -> Concern:
    """The concern of a module's checked parameters."""
    return Concern("services", parse(params), look, plan, describe)


def endpoints_concern(params: Mapping[str, Any]) -> Concern:
    """The same for the module that asks nothing else, and looks closely."""
    return Concern("services", parse(params, "", closely=True), look, plan, describe)


def look(options: Options, seen: Seen) -> Look:
    """First the host table, then DNS for the names it does not give, then the endpoints, and last of all logins."""
    if options.table(seen) not in seen.files:
        return Look(files=frozenset({options.table(seen)}))
    questions = {probe for endpoint in options.endpoints for probe in _questions(options, seen, endpoint)}
    if questions - set(seen.probes):
        return Look(probes=frozenset(questions))
    asked = {
        probe
        for endpoint in options.endpoints
        for probe in (*_knocks(options, seen, endpoint), *_own(options, seen, endpoint))
    }
    if asked - set(seen.probes):
        return Look(probes=frozenset(asked))
    logins = (_login(options, seen, endpoint) for endpoint in options.endpoints)
    return Look(probes=frozenset(probe for probe in logins if probe is not None))


def plan(options: Options, seen: Seen) -> Plan:
    """Questions change nothing; what must not be, or is to be looked at, is a finding."""
    findings: List[Finding] = []
    everything = [_described(options, seen, endpoint) for endpoint in options.endpoints]
    for endpoint, told in zip(options.endpoints, everything):
        if _resolves(options, seen, endpoint):
            findings += say.resolver(endpoint, told, _expected(options, seen, endpoint))
        findings += say.keys(endpoint, told)
        if options.closely:
            findings += say.failures(endpoint, told)
        findings += say.login(endpoint, told["login"])
    findings += say.servers(everything)
    return Plan(findings=tuple(dict.fromkeys(findings)))


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """For each endpoint where it leads, by what, and what answered.

    By ``host_table``, ``dns``, ``ip_address`` or, where no DNS server is named, the workstation's own ``resolver``.
    """
    return {"endpoints": [_described(options, seen, endpoint) for endpoint in options.endpoints]}


def _described(options: Options, seen: Seen, endpoint: Endpoint) -> Dict[str, Any]:
    by, address = _leads_to(options, seen, endpoint)
    lookups = _by_name(options, endpoint) if by == "dns" and options.servers else []
    own = _own(options, seen, endpoint)
    knocks = _knocks(options, seen, endpoint)
    login = _login(options, seen, endpoint)
    told: Dict[str, Any] = {
        "kind": endpoint.kind,
        "name": endpoint.name,
        "port": endpoint.port,
        "address": address,
        "by": by,
        "dns": [dict(_answer(_came(seen, probe)), server=probe.host) for probe in lookups],
        "resolved": _answer(_came(seen, own[0]))["answers"] if own else None,
        "tried": [
            say.attempt(probe, came)
            for probe in (*lookups, *own, *knocks, *([login] if login else []))
            if (came := _came(seen, probe)) is not None
        ],
    }
    if not knocks:
        asked = {probe: _came(seen, probe) for probe in _questions(options, seen, endpoint)}
        told.update(say.nowhere(endpoint, {probe: came for probe, came in asked.items() if came}))
    else:
        told.update(_answer(_came(seen, knocks[0])))
    told.update(say.presented(endpoint, [seen.probes[each] for each in knocks[1:] if each in seen.probes]))
    if told["verified"] is False:
        told.update(ok=False, what=say.other_keys(told))
    told["login"] = say.logged_in(endpoint, _came(seen, login) if login else None)
    told["remedy"] = "" if told["ok"] else say.remedy(endpoint.kind, told["what"])
    return told


def _came(seen: Seen, probe: Probe) -> Optional[Answer]:
    """What came of a question, if it was asked."""
    answer = seen.probes.get(probe)
    return None if answer is None else say.whole(probe, answer, seen.facts)


def _answer(answer: Optional[Answer]) -> Dict[str, Any]:
    if answer is None:
        return {"ok": False, "what": "was not asked", "answers": [], "seconds": 0.0}
    return {"ok": answer.ok, "what": answer.what, "answers": list(answer.values), "seconds": answer.seconds}


# ---- where it leads ------------------------------------------------------------------------------------------------


def _by_name(options: Options, endpoint: Endpoint) -> List[Probe]:
    """The questions for a name: at each DNS server, or where none is named to the workstation's own resolver."""
    seconds = options.timeout / 2
    if options.servers:
        return [
            Probe("dns", server, options.server_port, endpoint.name or "", timeout=seconds)
            for server in options.servers
        ]
    return [Probe("resolve", "", 0, endpoint.name or "", timeout=seconds)]


def _questions(options: Options, seen: Seen, endpoint: Endpoint) -> List[Probe]:
    """What is asked before anybody is knocked at: for a name that the host table does not give."""
    if not endpoint.named or endpoint.listed or _from_table(options, seen, endpoint):
        return []
    if not options.servers and not _resolves(options, seen, endpoint):
        return []
    return _by_name(options, endpoint)


def _left(options: Options, seen: Seen) -> float:
    """Seconds that the names have left of the time-out: half of it at least. In tenths, as people read them."""
    names = {probe for each in options.endpoints if each.named for probe in _by_name(options, each)}
    spent = max((seen.probes[probe].seconds for probe in names if probe in seen.probes), default=0.0)
    return min(options.timeout, max(options.timeout / 2, ceil(10 * (options.timeout - spent)) / 10))


def _resolves(options: Options, seen: Seen, endpoint: Endpoint) -> bool:
    """Whether the workstation's own resolver is asked: of another host table than the system's it knows nothing."""
    return options.own_resolver and endpoint.named and options.table(seen) == seen.facts.host_table


def _own(options: Options, seen: Seen, endpoint: Endpoint) -> List[Probe]:
    """What the workstation's own resolver is asked: beside the endpoints, unless it is who is asked for the name."""
    if not _resolves(options, seen, endpoint):
        return []
    instead = [] if options.servers else _questions(options, seen, endpoint)
    return instead or [Probe("resolve", "", 0, endpoint.name or "", timeout=_left(options, seen))]


def _from_table(options: Options, seen: Seen, endpoint: Endpoint) -> Tuple[str, ...]:
    file = seen.files.get(options.table(seen))
    return () if file is None else host_table.resolve(file.content, endpoint.name or "")


def _from_servers(options: Options, seen: Seen, endpoint: Endpoint) -> Tuple[str, ...]:
    """What the first DNS server says that answers."""
    if endpoint.listed:
        return ()
    answers = (seen.probes.get(probe) for probe in _by_name(options, endpoint))
    return next((answer.values for answer in answers if answer and answer.ok and answer.values), ())


def _expected(options: Options, seen: Seen, endpoint: Endpoint) -> Tuple[str, ...]:
    """All the addresses to which the name should lead."""
    return _from_table(options, seen, endpoint) or _from_servers(options, seen, endpoint)


def _leads_to(options: Options, seen: Seen, endpoint: Endpoint) -> Tuple[str, Optional[str]]:
    if endpoint.address:
        return "ip_address", endpoint.address
    listed = _from_table(options, seen, endpoint)
    if listed or endpoint.listed:
        return "host_table", listed[0] if listed else None
    told = _from_servers(options, seen, endpoint)
    by_resolver = not options.servers and _resolves(options, seen, endpoint)
    return say.BY_RESOLVER if by_resolver else "dns", told[0] if told else None


# ---- knocking ------------------------------------------------------------------------------------------------------


def _knocks(options: Options, seen: Seen, endpoint: Endpoint) -> List[Probe]:
    """What is asked of the endpoint itself; nothing where it leads nowhere."""
    _by, address = _leads_to(options, seen, endpoint)
    if address is None:
        return []
    probe = Probe(endpoint.kind, address, endpoint.port, timeout=_left(options, seen))
    if endpoint.kind == "https":
        return [probe._replace(name=endpoint.name or address, ca=options.ca)]
    if endpoint.kind == SSH and (endpoint.host_keys or options.closely):
        return [probe, probe._replace(kind="host_key")]
    return [probe]


def _login(options: Options, seen: Seen, endpoint: Endpoint) -> Optional[Probe]:
    """Only where SSH answers, and shows no other key than those that were verified."""
    knocks = _knocks(options, seen, endpoint) if endpoint.login else []
    answers = [seen.probes.get(probe) for probe in knocks]
    if not knocks or answers[0] is None or not answers[0].ok:
        return None
    if say.presented(endpoint, [each for each in answers[1:] if each is not None])["verified"] is False:
        return None
    return knocks[0]._replace(kind="sftp", login=endpoint.login, timeout=options.timeout)
