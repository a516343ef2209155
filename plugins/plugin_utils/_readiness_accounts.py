# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on RAP accounts: who is registered, how many, how they are named, and with which keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, WARNING
from ansible_collections.hkex.drill.plugins.plugin_utils._readiness_view import (
    Registered,
    Verdict,
    View,
    has_form,
    holder,
)

# Where a drill's circular does not print the rule itself.
REGISTERED = "OCP briefing video (2025), 05 Technical Set-up, how to access RAP"
KEYS = "OCP briefing video (2025), 04 Preparation Arrangements, SSH keys"


def unregistered(view: View) -> Iterator[Verdict]:
    """RAP lets nobody in but from registered workstations."""
    registered = {
        (account.participant, account.market, name)
        for account in view.accounts
        for name in account.workstations
    }
    for workstation, market in view.users_of_rap:
        if (workstation.participant.name, market, workstation.name) not in registered:
            yield Verdict(
                "unregistered",
                ERROR,
                (workstation.name,),
                "RAP",
                f"it uses RAP of {market}, and is registered for no account of {market}",
                view.source("registered-addresses", REGISTERED),
                "Register its address with the exchange and write it into drill_participant.accounts, or take rap "
                "out of its drill_access",
            )


def unknown(view: View) -> Iterator[Verdict]:
    """A registration for a name that the inventory does not have is one that nobody looks after."""
    for account in view.accounts:
        for name, address in account.addresses:
            if name not in view.inventory and name not in view.fleet:
                yield Verdict(
                    "unknown-workstation",
                    ERROR,
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


def shared_keys(view: View) -> Iterator[Verdict]:
    """Each account has a key pair of its own."""
    holders: dict[str, list[Registered]] = defaultdict(list)
    for account in view.every_account:
        for fingerprint in account.fingerprints:
            holders[fingerprint].append(account)
    for fingerprint, accounts in holders.items():
        names = sorted({account.name for account in accounts})
        if len(names) > 1 and any(account in view.accounts for account in accounts):
            yield Verdict(
                "key-pair",
                ERROR,
                tuple(sorted({name for account in accounts for name in account.workstations})),
                f"RAP accounts {', '.join(names)}",
                f"they share the key {fingerprint}, and each has to have a key pair of its own",
                view.source("key-per-account", KEYS),
                "Make a key pair for each and register its public key with the exchange; no drill is the time for it",
            )
