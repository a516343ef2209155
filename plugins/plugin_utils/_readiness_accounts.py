# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on RAP accounts: who is registered, how many, how they are named, and with which keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, WARNING
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_view import (
    Registered,
    Verdict,
    View,
    has_form,
    holder,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import KINDS_OF_MARKET

# Where a drill's circular does not print the rule itself.
REGISTERED = "OCP briefing video (2025), 05 Technical Set-up, how to access RAP"
KEYS = "OCP briefing video (2025), 04 Preparation Arrangements, SSH keys"


def unregistered(view: View) -> Iterator[Verdict]:
    """RAP lets nobody in but from registered workstations."""
    for name, market in _unregistered(view):
        yield Verdict(
            "unregistered",
            ERROR,
            (name,),
            "RAP",
            f"it uses RAP of {market}, and is registered for no account of {market}",
            view.source("registered-addresses", REGISTERED),
            "Register its address with the exchange and write it into drill_participant.accounts, or take rap "
            "out of its drill_access",
        )


def _unregistered(view: View) -> set[tuple[str, str]]:
    """The workstations that use RAP of a market and are registered for no account of it."""
    registered = {
        (account.participant, account.market, name)
        for account in view.accounts
        for name in account.workstations
    }
    return {
        (workstation.name, market)
        for workstation, market in view.users_of_rap
        if (workstation.participant.name, market, workstation.name) not in registered
    }


def keys_of_others(view: View) -> Iterator[Verdict]:
    """A workstation uses the accounts that it is registered for, and has the keys of no others.

    Of one that is registered for none at all ``unregistered`` has said so.
    """
    unregistered = _unregistered(view)
    own: dict[tuple[str, str], Registered] = {
        (account.participant, account.name): account for account in view.every_account
    }
    names = {account.name for account in view.every_account}
    for workstation in view.fleet.values():
        for name in workstation.rap_keys:
            account = own.get((workstation.participant.name, name))
            if account and (
                account.market not in view.drill.markets
                or workstation.name in account.workstations
                or (workstation.name, account.market) in unregistered
            ):
                continue
            what, remedy = (
                "its drill_rap_keys has a key pair of this account, which it is not registered for",
                f"Register its address for {name} with the exchange and write it into drill_participant.accounts, "
                "or take the account out of its drill_rap_keys",
            )
            if name not in names:
                mine = [name for participant, name in own if participant == workstation.participant.name]
                near = get_close_matches(name, mine, 1)
                what = "its drill_rap_keys has a key pair of this account, which no participant has"
                remedy = f"Did you mean {near[0]}" if near else "Give a name of drill_participant.accounts"
            yield Verdict(
                "keys-of-others",
                ERROR,
                (workstation.name,),
                f"RAP account {name}",
                what,
                view.source("registered-addresses", REGISTERED),
                remedy,
            )


def unknown(view: View) -> Iterator[Verdict]:
    """A registration for a name that the inventory does not have is one that nobody looks after.

    No error: it keeps nobody from RAP. A workstation whose name was mistyped here is found as not registered.
    """
    for account in view.accounts:
        for name, address in account.addresses:
            if name not in view.inventory and name not in view.fleet:
                yield Verdict(
                    "unknown-workstation",
                    WARNING,
                    (name,),
                    account.where,
                    f"{address} is registered for {name}, and no workstation of the inventory is called so",
                    view.source("registered-addresses", REGISTERED),
                    "Correct the name in drill_participant.accounts, or add the workstation to the inventory",
                )


def too_many_workstations(view: View) -> Iterator[Verdict]:
    """Workstations of one account, by the limit of the drill's own date."""
    for account in view.accounts:
        limits = (view.group(account) or {}).get("limits")
        if limits and len(account.addresses) > limits["workstations_per_account"]:
            yield Verdict(
                "workstations-per-account",
                _gravity(limits),
                account.workstations,
                account.where,
                f"{len(account.addresses)} workstation addresses are registered for it "
                f"({', '.join(account.workstations)}), of at most {limits['workstations_per_account']}",
                limits["source"],
                "Leave those that are registered with the exchange in drill_participant.accounts",
            )


def too_many_accounts(view: View) -> Iterator[Verdict]:
    """Accounts of one participant, by its kind and the limit of the drill's own date."""
    held: dict[tuple[str, int], list[Registered]] = defaultdict(list)
    groups = view.drill.data["participants"]
    for account in view.accounts:
        group = view.group(account)
        if group is not None and "limits" in group:
            held[account.participant, groups.index(group)].append(account)
    for (participant, index), accounts in held.items():
        limits = groups[index]["limits"]
        if len(accounts) > limits["accounts"]:
            yield Verdict(
                "accounts-per-participant",
                _gravity(limits),
                tuple(sorted({name for account in accounts for name in account.workstations})),
                holder(participant),
                f"it has {len(accounts)} RAP accounts of {accounts[0].market} "
                f"({', '.join(account.name for account in accounts)}), of at most {limits['accounts']}",
                limits["source"],
                "Leave those that are registered with the exchange in drill_participant.accounts",
            )


def _gravity(limits: Mapping[str, Any]) -> str:
    """Figures that nobody printed for the drill's date are no ground to refuse."""
    return WARNING if limits.get("assumed") else ERROR


def misnamed(view: View) -> Iterator[Verdict]:
    """The form of an account's name, by market and kind of participant; RAP tells capital from small letters."""
    for account in view.accounts:
        group = view.group(account)
        if group is None or has_form(account.name, group):
            continue
        form = group["account_name"]
        capitals = account.name.upper()
        example = f", such as {form['example']}" if "example" in form else ""
        if has_form(capitals, group):
            what, remedy = (
                "RAP tells small letters from capitals, and its accounts are in capitals",
                f"Write it as {capitals}",
            )
        else:
            kinds = ", ".join(kind for kind in account.kinds if kind in group["kinds"])
            what = f"the accounts of {kinds} are named by the form {form['pattern']}{example}"
            remedy = "Give the name in drill_participant.accounts that the exchange registered"
        yield Verdict(
            "account-name", ERROR, account.workstations, account.where, what, form["source"], remedy
        )


def without_kind(view: View) -> Iterator[Verdict]:
    """An account of a market belongs to a participant of that market."""
    for account in view.accounts:
        kinds = KINDS_OF_MARKET[account.market]
        if not set(kinds) & set(account.kinds):
            yield Verdict(
                "account-market",
                ERROR,
                account.workstations,
                account.where,
                f"it is an account of {account.market}, and {holder(account.participant)} is of no kind of that "
                f"market, but {', '.join(account.kinds)}",
                "follows from OCP briefing video (2025), 03 Scope of the Enhancement",
                f"Correct the account's market, or give drill_participant.kinds one of {', '.join(kinds)}",
            )


def of_several(view: View) -> Iterator[Verdict]:
    """An account is one participant's."""
    holders: dict[str, list[Registered]] = defaultdict(list)
    for account in view.every_account:
        holders[account.name].append(account)
    for accounts in holders.values():
        participants = sorted({account.participant for account in accounts})
        if len(participants) > 1 and any(account in view.accounts for account in accounts):
            named = ", ".join(each or "one without a name" for each in participants)
            yield Verdict(
                "account-holder",
                ERROR,
                tuple(sorted({name for account in accounts for name in account.workstations})),
                accounts[0].where,
                f"{len(participants)} participants have it: {named}",
                f"follows from {KEYS}",
                "Leave it in the drill_participant of the one that registered it, and give a participant one name only",
            )


def shared_keys(view: View) -> Iterator[Verdict]:
    """Each account has a key pair of its own: by the inventory, and by what was seen on the workstations."""
    holders: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    judged = {account.name for account in view.accounts}
    for account in view.every_account:
        for fingerprint in account.fingerprints:
            holders[fingerprint][account.name].update(account.workstations)
    for workstation, keys in view.keys.items():
        for name, fingerprint in keys.items():
            holders[fingerprint][name].add(workstation)
    for fingerprint, accounts in holders.items():
        if len(accounts) > 1 and judged & set(accounts):
            yield Verdict(
                "key-pair",
                ERROR,
                tuple(sorted(set[str]().union(*accounts.values()))),
                f"RAP accounts {', '.join(sorted(accounts))}",
                f"they share the key {fingerprint}, and each has to have a key pair of its own",
                view.source("key-per-account", KEYS),
                "Make a key pair for each and register its public key with the exchange; no drill is the time for it",
            )


def several_keys(view: View) -> Iterator[Verdict]:
    """An account has one key pair, wherever it is used."""
    seen: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for workstation in sorted(view.keys):
        for name, fingerprint in view.keys[workstation].items():
            seen[view.participant_of(workstation), name][fingerprint].append(workstation)
    for (_participant, name), found in seen.items():
        if len(found) > 1:
            told = ", ".join(f"{' and '.join(names)} {key}" for key, names in sorted(found.items()))
            yield Verdict(
                "one-key-pair",
                ERROR,
                tuple(sorted(each for names in found.values() for each in names)),
                f"RAP account {name}",
                f"its workstations have different keys: {told}",
                view.source("key-per-account", KEYS),
                "Give all of them the key pair of which the exchange has the public key",
            )
