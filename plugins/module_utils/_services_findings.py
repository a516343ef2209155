# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be said of the services that a workstation reaches, and what to do where one fails."""

from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._services_options import TRIED, Endpoint
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    WARNING,
    Answer,
    Facts,
    Finding,
    Probe,
)

BY_RESOLVER = "resolver"

_OWN = "this workstation's own resolver"

# Of a name for which nobody was asked: whether it is to be reached by the host table alone.
_UNASKED = {
    True: "it is to be reached by the host table alone, which does not give it",
    False: "the host table does not give it, and nobody else was to be asked",
}

_SILENT = (
    "Nothing came back: see whether this data centre is on; if it is, a firewall or a route between the named address "
    "of this workstation and that host and port is in the way"
)

# By what an answer says, the first that fits; for any kind, or for one alone.
_REMEDIES: Tuple[Tuple[str, str, str], ...] = (
    (
        "",
        "leads to no address",
        "Compare the name with the circular: a line of the host table is missing, or the DNS servers do not answer or "
        "are not the exchange's",
    ),
    (
        "dns",
        ": refused",
        "Nothing answers DNS at that address: compare it with the circular, or see whether its data centre is on",
    ),
    (
        "",
        ": refused",
        "The host is there, but nothing listens on that port: compare the port with the circular, and see whether "
        "this data centre serves now",
    ),
    ("", "no answer", _SILENT),
    ("", "timed out", _SILENT),
    (
        "",
        "unreachable",
        "This workstation has no way there: check its adapter in the exchange's network, and its routes",
    ),
    (
        "",
        "no route to host",
        "The way there ends: check the routes of this workstation, and whether a firewall rejects it",
    ),
    (
        "",
        "NXDOMAIN",
        "That DNS server does not know the name: compare the name with the circular, and the server with the "
        "exchange's two",
    ),
    (
        "",
        "knows no IPv4 address",
        "That DNS server has no address for the name: compare the name with the circular, and the server with the "
        "exchange's two",
    ),
    (
        "",
        "the server answered",
        "That DNS server does not serve this workstation: see whether it is one of the exchange's, and whether the "
        "workstation's address is registered",
    ),
    (
        "https",
        "is not trusted",
        "See who issued the certificate. If it is the exchange's, give its authority in ca; if a proxy of yours looks "
        "into TLS, except this name from it. Do not click it away",
    ),
    (
        "https",
        "the certificate is for",
        "Another server answers: compare the address with the circular, and look for an old line in the host table or "
        "a proxy in between",
    ),
    ("https", "cannot be read", "Correct the option ca: it is the path of a file on the workstation"),
    (
        "https",
        "the handshake failed",
        "Something else than TLS answers there, or something cuts in: compare the port with the circular, and look "
        "for a proxy or a firewall that inspects TLS",
    ),
    (
        "",
        "ssh-keyscan is not installed",
        "Install the client of OpenSSH: the package openssh-client or openssh-clients, on Windows the optional "
        "feature OpenSSH.Client",
    ),
    (
        "ssh",
        "host keys that were verified",
        "Log nobody on there. Ask the exchange for the fingerprint of that address by a way you trust: if the key is "
        "new, put the verified one in the inventory; if not, another server answers",
    ),
    (
        "ssh",
        "SSH",
        "Something answers there that is no SSH server, or hangs up: compare address and port with the circular, and "
        "see whether this address is registered; a firewall may answer in its place",
    ),
    (
        "resolve",
        "",
        "Check the DNS servers and the host table of this workstation, and the hosts line of nsswitch.conf",
    ),
)
_NETWORK = "Check the network between this workstation and the data centre, then ask again"

_STALE = (
    "An old answer is kept until its time is over: drop it with resolvectl flush-caches, on Windows with "
    "ipconfig /flushdns, and restart the programs that hold on to it. If it stays, this workstation asks another DNS "
    "server, or its host table first or not at all (the hosts line of nsswitch.conf)"
)


def remedy(kind: str, what: str) -> str:
    """What to do about an answer of such a kind that says so."""
    if kind == "sftp":
        from ansible_collections.hkex.drill.plugins.module_utils import _services_logins as logins

        return logins.remedy(what)
    return next(
        (what_to_do for of, sign, what_to_do in _REMEDIES if of in ("", kind) and sign in what), _NETWORK
    )


def whole(probe: Probe, answer: Answer, facts: Facts) -> Answer:
    """The answer, saying what was tried and from which address also where who was asked says only what came of it."""
    tried = TRIED[probe.kind].format(name=probe.name)
    if answer.what.startswith(tried):
        return answer
    if probe.kind != "resolve":
        sources = " or ".join(address for adapter in facts.adapters for address in adapter.addresses)
        tried += f" {probe.host}:{probe.port}" + (f" from {sources}" if sources else "")
    said = answer.what.split(f"{probe.kind} {probe.host}:{probe.port}: ")[-1]
    return answer._replace(what=f"{tried}: {said}")


def attempt(probe: Probe, answer: Answer) -> Dict[str, Any]:
    """One thing that was tried: how it went, how long it took (seconds), what to do where it failed."""
    return {
        "kind": probe.kind,
        "ok": answer.ok,
        "what": answer.what,
        "seconds": answer.seconds,
        "remedy": "" if answer.ok else remedy(probe.kind, answer.what),
    }


def failures(endpoint: Endpoint, told: Mapping[str, Any]) -> Iterator[Finding]:
    """What did not answer; another key than the verified ones is said by ``keys``.

    In the words in which a phase says it of the same endpoint: what status finds when it looks, and again before it
    logs on, is then told once.
    """
    if not told["ok"] and told["verified"] is not False:
        yield Finding(WARNING, endpoint.where, told["what"], f"{told['remedy']}. Then run status")


def nowhere(endpoint: Endpoint, asked: Mapping[Probe, Answer]) -> Dict[str, Any]:
    """Of a name that leads to no address: who was asked for it, what they said, and how long it took (seconds)."""
    said: Dict[str, List[str]] = {}
    for probe, answer in asked.items():
        said.setdefault(answer.what.split(": ", 1)[1], []).append(probe.host or _OWN)
    why = "; ".join(f"asked {' and '.join(who)}: {what}" for what, who in said.items())
    what = f"{endpoint.name} leads to no address; {why or _UNASKED[endpoint.listed]}"
    seconds = max((answer.seconds for answer in asked.values()), default=0.0)
    return {"ok": False, "what": what, "answers": [], "seconds": seconds}


# ---- DNS servers ---------------------------------------------------------------------------------------------------


def servers(everything: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """A server that does not answer what another one does: the name leads somewhere, until that one is gone, too."""
    silent: Dict[str, Mapping[str, Any]] = {}
    for told in everything:
        if any(each["ok"] for each in told["dns"]):
            for each in told["dns"]:
                if not each["ok"]:
                    silent.setdefault(each["server"], each)
    for server, answer in silent.items():
        yield Finding(
            WARNING,
            f"DNS server {server}",
            answer["what"],
            "Another one answers. See whether this one is to serve now, and the way to it; then ask again",
        )


# ---- the workstation's own resolver --------------------------------------------------------------------------------


def resolver(endpoint: Endpoint, told: Mapping[str, Any], expected: Sequence[str]) -> Iterator[Finding]:
    """What programs of the workstation get for the name, beside where it should lead."""
    tried = [each for each in told["tried"] if each["kind"] == "resolve"]
    if not tried:
        return
    if told["resolved"] and told["by"] != BY_RESOLVER and told["resolved"][0] not in expected:
        given = " and ".join(expected) or "nowhere"
        by = "the host table" if told["by"] == "host_table" else "the DNS servers that were asked"
        what = f"this workstation's own resolver gives {told['resolved'][0]}, but by {by} it leads to {given}"
        yield Finding(WARNING, endpoint.where, what, _STALE)
    elif not told["resolved"] and expected:
        what = f"{tried[0]['what']}, but it leads to {' and '.join(expected)}"
        yield Finding(WARNING, endpoint.where, what, tried[0]["remedy"])


# ---- host keys -----------------------------------------------------------------------------------------------------


def presented(endpoint: Endpoint, answers: Sequence[Answer]) -> Dict[str, Any]:
    """The host keys that a server presents (None: it was not asked, or did not say), and whether one is verified.

    ``verified`` is None where there is nothing to compare.
    """
    if not answers or not answers[0].ok:
        return {"host_keys": None, "verified": None}
    keys = list(_parsed(endpoint, answers[0].values))
    return {
        "host_keys": keys,
        "verified": any(key["verified"] for key in keys) if endpoint.host_keys else None,
    }


def _parsed(endpoint: Endpoint, lines: Sequence[str]) -> Iterator[Dict[str, Any]]:
    # Imported here: who asks for no keys does not load what knows them.
    from ansible_collections.hkex.drill.plugins.module_utils._rap_key_public import PublicKey
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import parse

    for line in lines:
        try:
            key = parse(line)
        except ValueError:
            continue
        public = PublicKey(key.type, None, key.blob)
        yield {
            "type": key.type,
            "sha256": public.sha256,
            "md5": public.md5,
            "verified": f"{key.type} {key.base64}" in endpoint.host_keys if endpoint.host_keys else None,
        }


def other_keys(told: Mapping[str, Any]) -> str:
    """What to say of a server that presents none of the verified keys."""
    shown = (
        ", ".join(f"{key['type']} {key['sha256']}" for key in told["host_keys"]) or "none that is known here"
    )
    return f"{told['address']}:{told['port']} presents none of the host keys that were verified, but {shown}"


def keys(endpoint: Endpoint, told: Mapping[str, Any]) -> Iterator[Finding]:
    """A server that is another one, or of which that cannot be told."""
    if told["verified"] is False:
        yield Finding(ERROR, endpoint.where, told["what"], told["remedy"])
    elif endpoint.host_keys and told["verified"] is None and told["ok"]:
        tried: List[Mapping[str, Any]] = [each for each in told["tried"] if each["kind"] == "host_key"]
        what = tried[0]["what"] if tried else "its host keys were not asked for"
        yield Finding(
            WARNING,
            endpoint.where,
            f"whether it is the verified server is not known: {what}",
            tried[0]["remedy"] if tried else _NETWORK,
        )


# ---- logins --------------------------------------------------------------------------------------------------------


def logged_in(endpoint: Endpoint, answer: Optional[Answer]) -> Optional[Dict[str, Any]]:
    """What came of a login; None: none was asked for."""
    if endpoint.login is None:
        return None
    from ansible_collections.hkex.drill.plugins.module_utils import _services_logins as logins

    return logins.described(endpoint.login, answer)


def login(endpoint: Endpoint, told: Optional[Mapping[str, Any]]) -> Iterator[Finding]:
    """What a login came to, where it is not as it should be."""
    if endpoint.login is not None and told is not None:
        from ansible_collections.hkex.drill.plugins.module_utils import _services_logins as logins

        yield from logins.findings(endpoint, told)
