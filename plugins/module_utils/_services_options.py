# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of the services that a workstation reaches, held to its form."""

import re
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_host_name, is_ipv4
from ansible_collections.hkex.drill.plugins.module_utils.model import Login, Refusal, Seen

SSH = "ssh"

# What is tried, in words, by the kind of the question; after it comes where, and from which address.
TRIED: Dict[str, str] = {
    "dns": "DNS query for {name} over UDP to",
    "tcp": "TCP connection to",
    "ssh": "SSH banner of",
    "https": "TLS handshake with",
    "resolve": "look-up of {name} by this workstation's own resolver",
    "host_key": "host keys of",
    "sftp": "SFTP login at",
}

# What goes into a command of the program that logs on, and into the name of a lock.
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9 _.,/@+=()~%-]*")  # no sign means anything to it
_PATTERN = re.compile(r"[A-Za-z0-9_./*?][A-Za-z0-9 _.,/@+=()~%*?-]*")
_WHOLE = re.compile(r'(/|[A-Za-z]:[\\/])[^"\x00-\x1f]+')
_HOW_MANY = {"none": 0, "1": 1, "2": 2, "all": None}


class Endpoint(NamedTuple):
    """Where to knock: at ``address``, or at what ``name`` leads to.

    ``listed``: by the host table alone. The workstation's own DNS servers need not be those that are asked here.
    ``host_keys`` (of ``ssh``) are those that somebody has verified, as OpenSSH writes them.
    """

    kind: str
    port: int
    name: Optional[str] = None
    address: Optional[str] = None
    listed: bool = False
    host_keys: Tuple[str, ...] = ()
    login: Optional[Login] = None

    @property
    def named(self) -> bool:
        """Whether it is reached by name."""
        return bool(self.name) and not self.address

    @property
    def where(self) -> str:
        return str(self.name or self.address)


class Options(NamedTuple):
    """``servers`` are asked for every name that the host table does not answer, each of them, preferred first.

    ``closely``: every SSH server is asked for its keys, and what does not answer is a finding, too.
    """

    endpoints: Tuple[Endpoint, ...]
    host_table: Optional[str]
    servers: Tuple[str, ...]
    server_port: int
    ca: str
    own_resolver: bool
    timeout: float  # seconds, for all endpoints with all that is asked for them; and for a login to connect
    closely: bool = False

    def table(self, seen: Seen) -> str:
        return self.host_table or seen.facts.host_table


def parse(params: Mapping[str, Any], option: str = "services.", closely: bool = False) -> Options:
    """Options of the module's parameters.

    :param option: what the names of the options begin with, in refusals
    :raises Refusal: an endpoint has neither a valid name nor a valid address, or a port, the time-out, a key or a
        login is none
    """
    endpoints = tuple(
        _endpoint(given, f"{option}endpoints[{index}]") for index, given in enumerate(params["endpoints"])
    )
    for index, server in enumerate(params["servers"] or ()):
        _address(server, f"{option}servers[{index}]")
    _port(params["server_port"], f"{option}server_port")
    if not 0 < params["timeout"] < float("inf"):
        raise Refusal(f"{option}timeout", f"{params['timeout']} is no time to wait", "Give some seconds")
    return Options(
        endpoints,
        params.get("host_table"),
        tuple(params["servers"] or ()),
        params["server_port"],
        params.get("ca") or "",
        params["own_resolver"],
        params["timeout"],
        closely,
    )


def _endpoint(given: Mapping[str, Any], where: str) -> Endpoint:
    if not given.get("name") and not given.get("address"):
        raise Refusal(where, "has neither name nor address", "Give the one that the client uses")
    if given.get("name") and not is_host_name(given["name"]):
        raise Refusal(
            f"{where}.name",
            f"{given['name']!r} is no host name",
            "Give it as the circular prints it, such as www.ccass.com, without a dot at its end",
        )
    if given.get("address"):
        _address(given["address"], f"{where}.address")
    _port(given["port"], f"{where}.port")
    if given["kind"] != SSH and (given.get("host_keys") or given.get("login")):
        raise Refusal(
            where, f"is of kind {given['kind']}, which has neither host keys nor logins", "Ask for ssh"
        )
    keys = _keys(given, f"{where}.host_keys") if given.get("host_keys") else ()
    return Endpoint(
        given["kind"],
        given["port"],
        given.get("name"),
        given.get("address"),
        given.get("access") == "host_table",
        keys,
        _login(given["login"], keys, f"{where}.login") if given.get("login") else None,
    )


def _keys(given: Mapping[str, Any], where: str) -> Tuple[str, ...]:
    # Imported here: who asks for no keys does not load what knows them.
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import parse as key_of

    keys = []
    for index, text in enumerate(given["host_keys"]):
        try:
            key = key_of(text)
        except ValueError as wrong:
            raise Refusal(
                f"{where}[{index}]",
                f"{text[:40]!r} is no public key of a server: {wrong}",
                "Give it as OpenSSH writes it, such as ssh-ed25519 AAAA..., once you have verified it",
            ) from None
        keys.append(f"{key.type} {key.base64}")
    return tuple(dict.fromkeys(keys))


def _login(given: Mapping[str, Any], keys: Tuple[str, ...], where: str) -> Login:
    if not keys:
        raise Refusal(
            where,
            "the endpoint has no host_keys, and nobody is logged on to a server that nobody has verified",
            "Give the keys of the server, once you have verified them",
        )
    if not _ACCOUNT.fullmatch(given["account"]):
        raise Refusal(
            f"{where}.account", f"{given['account']!r} is no name of an account", "Give letters and digits"
        )
    if not _WHOLE.fullmatch(given["private_key"]):
        raise Refusal(
            f"{where}.private_key",
            f"{given['private_key']!r} is not a whole path",
            "Give where the key lies on the workstation",
        )
    for index, pattern in enumerate(given["reports"]):
        if not _PATTERN.fullmatch(pattern):
            raise Refusal(
                f"{where}.reports[{index}]",
                f"{pattern!r} is no pattern of a report",
                "Give a path as the server has it, with * and ? for what varies, such as inbox/*.zip",
            )
    if not given["reports"] and given["how_many"] != "none":
        raise Refusal(
            f"{where}.reports",
            f"it is empty, and with how_many {given['how_many']} a login is to prove that reports come",
            "Give a pattern, such as inbox/*.zip, or ask for how_many none",
        )
    return Login(
        given["account"], given["private_key"], keys, tuple(given["reports"]), _HOW_MANY[given["how_many"]]
    )


def _address(text: str, where: str) -> None:
    if not is_ipv4(text):
        raise Refusal(where, f"{text!r} is not an IPv4 address", "Give four numbers, such as 10.243.2.51")


def _port(number: int, where: str) -> None:
    if not 0 < number < 65536:
        raise Refusal(where, f"{number} is no port", "Give a number from 1 to 65535")
