# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The participant and its RAP accounts, as every workstation of the inventory has them (``drill_participant``)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils._rap_key_options import fingerprint
from ansible_collections.hkex.drill.plugins.plugin_utils._inventory import Reader
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import KINDS_OF_MARKET

MARKETS = tuple(KINDS_OF_MARKET)
PARTS = ("name", "kinds", "accounts", "networks")
PARTS_OF_ACCOUNT = ("name", "market", "workstations", "fingerprint", "registered")
KINDS = tuple(kind for kinds in KINDS_OF_MARKET.values() for kind in kinds)


@dataclass(frozen=True)
class Account:
    """A RAP account and its registered workstations: name in the inventory -> registered address.

    ``fingerprint`` is that of the public key that the exchange has, ``registered`` the day (ISO 8601) from which it
    has it; both are empty where the inventory does not say.
    """

    name: str
    market: str
    workstations: Mapping[str, str]
    fingerprint: str = ""
    registered: str = ""


@dataclass(frozen=True)
class Participant:
    """Who takes part; ``kinds`` decide which systems of a circular are meant for it.

    ``networks`` are the ranges of SDNet/2 and HSN that the exchange assigned to it (derivatives).
    """

    name: str
    kinds: tuple[str, ...]
    accounts: tuple[Account, ...]
    networks: tuple[str, ...] = ()


def participant(read: Reader) -> Participant:
    """``drill_participant``.

    :raises Refusal: which workstation, which part of the variable, what is wrong with it
    """
    given = read.mapping("drill_participant")
    if not given:
        raise read.refuse(
            "drill_participant",
            "it is not set",
            "Say who takes part (inventory/example), or drill_takes_part: false",
        )
    read.only("drill_participant", given, PARTS)
    inner = Reader(read.name, {f"drill_participant.{key}": value for key, value in given.items()})
    accounts = given.get("accounts") or []
    if not isinstance(accounts, Sequence) or isinstance(accounts, str):
        raise read.refuse("drill_participant.accounts", f"{accounts!r} is no list", "See inventory/example")
    held = tuple(_account(read, index, account) for index, account in enumerate(accounts))
    for index, account in enumerate(held):
        if account.name in [other.name for other in held[:index]]:
            raise read.refuse(
                f"drill_participant.accounts[{index}].name",
                f"{account.name} stands there twice",
                "Give each account once, with all of its workstations",
            )
    return Participant(
        name=inner.text("drill_participant.name") or "",
        kinds=inner.choices("drill_participant.kinds", KINDS),
        accounts=held,
        networks=inner.networks("drill_participant.networks"),
    )


def _account(read: Reader, index: int, given: Any) -> Account:
    where = f"drill_participant.accounts[{index}]"
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise read.refuse(where, "it has no name", "See inventory/example")
    read.only(where, given, PARTS_OF_ACCOUNT)
    inner = Reader(read.name, {f"{where}.{key}": value for key, value in given.items()})
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
        _fingerprint(inner, f"{where}.fingerprint"),
        _day(inner, f"{where}.registered"),
    )


def _fingerprint(read: Reader, variable: str) -> str:
    given = (read.text(variable) or "").strip().rstrip("=")  # some programs pad it
    return fingerprint(f"{read.name}, {variable}", given)


def _day(read: Reader, variable: str) -> str:
    value = read.get(variable)  # YAML makes a date of it
    try:
        return "" if value is None else date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise read.refuse(variable, f"{value!r} is no day", "Write it as 2024-11-18") from None
