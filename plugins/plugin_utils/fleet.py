# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The participant and its workstations, read from inventory variables (inventory/example shows every one)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils._sftp_options import host_keys
from ansible_collections.hkex.drill.plugins.module_utils.model import POSIX, WINDOWS, Refusal

MARKETS = ("hkscc", "derivatives")
ACCESS = ("dns", "host_table", "ip_address")
SYSTEMS = ("ccass", "ccms", "rap", "var_online")
KINDS = (
    "direct_clearing",
    "general_clearing",
    "clearing_agency",
    "custodian",
    "stock_lender",
    "stock_pledgee",
    "designated_bank",
    "hkcc",
    "seoch",
)


# Every variable that an inventory may set (inventory/example explains them), and the one that the playbooks set.
VARIABLES = (
    "drill_access",
    "drill_batch",
    "drill_ca",
    "drill_directory",
    "drill_failure_limit",
    "drill_force",
    "drill_host_keys",
    "drill_host_table",
    "drill_markets",
    "drill_occurrence",
    "drill_participant",
    "drill_phase",
    "drill_ports",
    "drill_pretend_now",
    "drill_remove_leftovers",
    "drill_resolv_conf",
    "drill_sandbox",
    "drill_sdnet",
    "drill_sftp_config_dir",
    "drill_sftp_users",
    "drill_state_dir",
    "drill_takes_part",
    "drill_timeout",
    "drill_weather",
)


@dataclass(frozen=True)
class Account:
    """A RAP account and its registered workstations: name in the inventory -> registered address."""

    name: str
    market: str
    workstations: Mapping[str, str]


@dataclass(frozen=True)
class Participant:
    """Who takes part; ``kinds`` decide which systems of a circular are meant for it."""

    name: str
    kinds: tuple[str, ...]
    accounts: tuple[Account, ...]


@dataclass(frozen=True)
class Workstation:
    """One workstation. Paths are None where the system's own are meant."""

    name: str
    system: str  # posix | windows
    markets: tuple[str, ...]
    access: Mapping[tuple[str, str], str]  # (system, market) -> dns | host_table | ip_address
    networks: tuple[str, ...]  # SDNet; empty: as the drill has it
    ports: Mapping[str, int]
    remove_leftovers: bool
    timeout: float  # seconds for each question to a service
    host_table: str | None
    resolv_conf: str | None
    state_dir: str | None
    sftp_config_dir: str | None
    sftp_users: tuple[str, ...]  # empty: everybody
    host_keys: Mapping[str, tuple[str, ...]]  # of SFTP servers, by address or name in lower case
    ca: str | None
    participant: Participant


def takes_part(name: str, variables: Mapping[str, Any], drill: str, known: Collection[str]) -> bool:
    """``drill_takes_part``: yes or no for every drill, or for each drill by its id (others: yes).

    A workstation that takes no part is never logged on to, and needs no other variable.

    :param known: the ids of all drills; another one is mistyped, and its workstation would be taken for one that
        takes part
    :raises Refusal: it is something else
    """
    value = variables.get("drill_takes_part")
    if isinstance(value, Mapping):
        for each in value:
            if each not in known:
                near = get_close_matches(str(each), list(known), 1)
                raise Refusal(
                    f"{name}, drill_takes_part",
                    f"there is no drill {each!r}",
                    f"Did you mean {near[0]}" if near else f"Give one of {_or(sorted(known))}",
                )
        value = value.get(drill)
    if value is None or isinstance(value, bool):
        return value is not False
    raise Refusal(
        f"{name}, drill_takes_part",
        f"{value!r} is neither true nor false",
        "Write true, false, or one per drill",
    )


def workstation(name: str, variables: Mapping[str, Any]) -> Workstation:
    """A workstation by its inventory variables.

    :raises Refusal: which workstation, which variable, what is wrong with it
    """
    read = _Reader(name, variables)
    participant = _participant(read)
    markets = read.choices("drill_markets", MARKETS)
    return Workstation(
        name=name,
        system=_system(variables),
        markets=markets,
        access=_access(read, markets),
        networks=_networks(read),
        ports=_ports(read),
        remove_leftovers=read.boolean("drill_remove_leftovers", False),
        timeout=read.seconds("drill_timeout", 5.0),
        host_table=read.text("drill_host_table"),
        resolv_conf=read.text("drill_resolv_conf"),
        state_dir=read.text("drill_state_dir"),
        sftp_config_dir=read.text("drill_sftp_config_dir"),
        sftp_users=read.texts("drill_sftp_users"),
        host_keys=_host_keys(read),
        ca=read.text("drill_ca"),
        participant=participant,
    )


def check_names(name: str, variables: Iterable[str]) -> None:
    """Nobody has mistyped the name of one of our variables: its value would be passed over without a word.

    :raises Refusal: which one, and what was meant
    """
    for variable in variables:
        if variable.startswith("drill_") and variable not in VARIABLES:
            near = get_close_matches(variable, VARIABLES, 1, 0.85)
            if near:
                raise Refusal(f"{name}, {variable}", "no variable is called so", f"Did you mean {near[0]}")


class _Reader:
    """The variables of one workstation, and how to refuse one of them."""

    def __init__(self, name: str, variables: Mapping[str, Any]) -> None:
        self.name = name
        self._variables = variables

    def refuse(self, variable: str, what: str, remedy: str) -> Refusal:
        return Refusal(f"{self.name}, {variable}", what, remedy)

    def get(self, variable: str) -> Any:
        return self._variables.get(variable)

    def text(self, variable: str) -> str | None:
        value = self.get(variable)
        if value is not None and not isinstance(value, str):
            raise self.refuse(variable, f"{value!r} is no text", "Give a path in quotes")
        return value or None

    def texts(self, variable: str) -> tuple[str, ...]:
        value = self.get(variable)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
            raise self.refuse(variable, f"{value!r} is no list of names", "Write it as [chan, li]")
        if isinstance(value, str):
            raise self.refuse(variable, f"{value!r} is no list", f"Write it as [{value}]")
        return tuple(value)

    def boolean(self, variable: str, default: bool) -> bool:
        value = self.get(variable)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(
                variable, f"{value!r} is neither true nor false", "Write true or false, without quotes"
            )
        return value

    def seconds(self, variable: str, default: float) -> float:
        value = self.get(variable)
        try:  # on the command line it is a text
            number = default if value is None else float(value)
        except (TypeError, ValueError):
            number = 0.0
        if isinstance(value, bool) or not 0 < number < float("inf"):
            raise self.refuse(
                variable, f"{value!r} is no time to wait", "Give a number of seconds, such as 5"
            )
        return number

    def mapping(self, variable: str) -> Mapping[str, Any]:
        value = self.get(variable)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.refuse(variable, f"{value!r} is no mapping", "See inventory/example")
        return value

    def choices(self, variable: str, known: Sequence[str]) -> tuple[str, ...]:
        value = self.get(variable)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise self.refuse(
                variable, f"a list is needed, and {value!r} stands there", f"List some of {_or(known)}"
            )
        return tuple(self.choice(f"{variable}[{index}]", each, known) for index, each in enumerate(value))

    def choice(self, where: str, value: Any, known: Sequence[str]) -> str:
        if value in known:
            return str(value)
        near = get_close_matches(str(value), known, 1)
        hint = f"Did you mean {near[0]}" if near else f"Give {_or(known)}"
        raise self.refuse(where, f"{value!r} is none of {_or(known)}", hint)


def _or(words: Sequence[str]) -> str:
    return ", ".join(words)


def _system(variables: Mapping[str, Any]) -> str:
    windows = (
        variables.get("ansible_connection") in ("psrp", "winrm")
        or variables.get("ansible_shell_type") == "powershell"
    )
    return WINDOWS if windows else POSIX


def _access(read: _Reader, markets: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """``drill_access``: for each system one access, or one for each market."""
    found: dict[tuple[str, str], str] = {}
    for system, given in read.mapping("drill_access").items():
        where = f"drill_access.{read.choice('drill_access', system, SYSTEMS)}"
        if not isinstance(given, Mapping):
            found.update({(system, market): read.choice(where, given, ACCESS) for market in markets})
            continue
        for market, access in given.items():
            read.choice(where, market, MARKETS)
            found[system, market] = read.choice(f"{where}.{market}", access, ACCESS)
    return found


def _networks(read: _Reader) -> tuple[str, ...]:
    value = read.get("drill_sdnet")
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise read.refuse("drill_sdnet", f"{value!r} is no list", "List networks such as 10.135.0.0/16")
    for index, network in enumerate(value):
        try:
            ipaddress.IPv4Network(str(network))
        except (ValueError, TypeError) as error:
            raise read.refuse(
                f"drill_sdnet[{index}]",
                f"{network!r} is no IPv4 network ({error})",
                "Write it as 10.135.0.0/16",
            ) from None
    return tuple(str(network) for network in value)


def _ports(read: _Reader) -> Mapping[str, int]:
    """``drill_ports``: the port of a system where its circular gives none."""
    ports = read.mapping("drill_ports")
    for system, port in ports.items():
        read.choice("drill_ports", system, SYSTEMS)
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise read.refuse(
                f"drill_ports.{system}", f"{port!r} is no port", "Give a number from 1 to 65535"
            )
    return {system: int(port) for system, port in ports.items()}


def _host_keys(read: _Reader) -> Mapping[str, tuple[str, ...]]:
    """``drill_host_keys``: the verified keys of SFTP servers, by the address or name that a client stores."""
    found: dict[str, tuple[str, ...]] = {}
    for server, keys in read.mapping("drill_host_keys").items():
        where = f"drill_host_keys.{server}"
        if not isinstance(server, str):
            raise read.refuse(where, f"{server!r} is no text", "Give an address or a name, in quotes")
        if not isinstance(keys, Sequence) or isinstance(keys, str) or not keys:
            raise read.refuse(where, f"{keys!r} is no list of keys", "List them, even if there is one only")
        host_keys(f"{read.name}, {where}", keys)
        found[server.lower()] = tuple(str(key).strip() for key in keys)
    return found


def _participant(read: _Reader) -> Participant:
    given = read.mapping("drill_participant")
    if not given:
        raise read.refuse(
            "drill_participant",
            "it is not set",
            "Say who takes part (inventory/example), or drill_takes_part: false",
        )
    inner = _Reader(read.name, {f"drill_participant.{key}": value for key, value in given.items()})
    accounts = given.get("accounts") or []
    if not isinstance(accounts, Sequence) or isinstance(accounts, str):
        raise read.refuse("drill_participant.accounts", f"{accounts!r} is no list", "See inventory/example")
    return Participant(
        name=inner.text("drill_participant.name") or "",
        kinds=inner.choices("drill_participant.kinds", KINDS),
        accounts=tuple(_account(read, index, account) for index, account in enumerate(accounts)),
    )


def _account(read: _Reader, index: int, given: Any) -> Account:
    where = f"drill_participant.accounts[{index}]"
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise read.refuse(where, "it has no name", "See inventory/example")
    registered = given.get("workstations") or {}
    if not isinstance(registered, Mapping):
        raise read.refuse(
            f"{where}.workstations", f"{registered!r} is no mapping", "Write workstation: address"
        )
    for name, address in registered.items():
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            raise read.refuse(
                f"{where}.workstations.{name}",
                f"{address!r} is no IPv4 address",
                "Give the registered address",
            ) from None
    return Account(
        given["name"],
        read.choice(f"{where}.market", given.get("market"), MARKETS),
        {str(name): str(address) for name, address in registered.items()},
    )
