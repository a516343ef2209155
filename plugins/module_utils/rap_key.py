# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RAP keys of a workstation: whether they are what the exchange takes, belong together, and are still good.

It only looks. Of a private key nothing is told but its form, whether it needs a passphrase, and whose it is; and it
never leaves its workstation, so that on Windows, which is looked at from the controller, it is left alone.

Sources: OCP briefing video (2025), 04 Preparation Arrangements and 05 Technical Tips; the Information Packages of
the 2024 and 2025 circulars, 3.1 (no renewal during a drill).
"""

from datetime import date, datetime, timedelta
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_findings as say
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_forms as forms
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_private as private_keys
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_public as public_keys
from ansible_collections.hkex.drill.plugins.module_utils._forms import fits
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_options import Account, Options, parse
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_private import PrivateKey
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_public import PublicKey
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import Malformed
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    WINDOWS,
    Concern,
    Finding,
    Look,
    Plan,
    Seen,
)

__all__ = ["Options", "concern", "describe", "look", "parse", "plan"]

_HONG_KONG = timedelta(hours=8)  # no summer time


def concern(params: Mapping[str, Any], option: str = "rap_key.") -> Concern:
    """This concern with a module's parameters.

    :param option: what these are called in messages: this, and the name of each
    :raises Refusal: an option is wrong
    """
    return Concern("rap_key", parse(params, option), look, plan, describe)


def look(options: Options, seen: Seen) -> Look:
    """The files that the options name, but no private key of a Windows workstation.

    :raises Refusal: a path of the other kind of system
    """
    for index, account in enumerate(options.accounts):
        for option, path in account.paths:
            fits(f"{options.option}accounts[{index}].{option}", path, seen)
    paths = {path for each in options.accounts for path in (each.public_key, *each.warning_files)}
    if seen.system != WINDOWS:
        paths |= {each.private_key for each in options.accounts}
    return Look(files=frozenset(paths), tolerated=frozenset(paths))


def plan(options: Options, seen: Seen) -> Plan:
    """Nothing is changed; what is wrong with the keys is a finding each."""
    return Plan(findings=tuple(finding for each in _found(options, seen) for finding in each.findings))


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """Of each account what its keys are and until when; ``in_order``: no error was found.

    The fingerprints are what a later look takes as ``recorded``.
    """
    today = _today(options, seen)
    accounts = [_described(each, options, seen) for each in _found(options, seen)]
    return {
        "today": today.isoformat() if today else None,
        "accounts": accounts,
        "in_order": all(each["in_order"] for each in accounts),
    }


class _Found(NamedTuple):
    """What an account's files turned out to be; None: they are not there, or no such thing."""

    account: Account
    public: Optional[PublicKey]
    private: Optional[PrivateKey]
    findings: Tuple[Finding, ...]


def _found(options: Options, seen: Seen) -> Iterator[_Found]:
    earlier: Dict[bytes, Account] = {}
    for account in options.accounts:
        public, of_public = _public(account, seen)
        private, of_private = _private(account, public, seen)
        findings = [*say.misnamed(account), *of_public]
        if public is not None:
            findings += say.replaced(account, public, options.renewal)
            other = earlier.setdefault(public.blob, account)
            if other is not account:
                findings.append(say.shared(account, other))
        findings += of_private
        findings += say.age(account, _today(options, seen), options.renewal)
        findings += _warned(account, options, seen)
        yield _Found(account, public, private, tuple(findings))


def _public(account: Account, seen: Seen) -> Tuple[Optional[PublicKey], List[Finding]]:
    path = account.public_key
    file = seen.files[path]
    if file is None:
        return None, [say.unseen(account, path, "public key", seen.unreadable.get(path))]
    form = forms.form(file.content)
    if form is not None and form != forms.SSH2:
        return None, [say.not_public(account, form)]
    key = None
    try:
        key = public_keys.read(file.content)
        public_keys.check(key)
    except Malformed as why:
        return key, [say.not_taken(account, why)]
    return key, []


def _private(
    account: Account, public: Optional[PublicKey], seen: Seen
) -> Tuple[Optional[PrivateKey], List[Finding]]:
    path = account.private_key
    if seen.system == WINDOWS:
        return None, [say.left_alone(account, public)]
    file = seen.files[path]
    if file is None:
        return None, [say.unseen(account, path, "private key", seen.unreadable.get(path))]
    findings = list(say.open_to_others(account, file))
    try:
        private = private_keys.read(file.content)
    except Malformed as why:
        return None, [*findings, say.damaged(account, why)]
    if public is not None:
        findings += say.pair(account, private, public)
    return private, findings


def _warned(account: Account, options: Options, seen: Seen) -> Iterator[Finding]:
    for path in account.warning_files:
        if seen.files[path] is not None:
            yield say.expiring(account, path, options.renewal)
        elif path in seen.unreadable:
            yield say.not_looked(account, path, seen.unreadable[path].what)
        elif path in seen.nowhere:
            yield say.not_looked(account, path, "there is no such folder")


def _today(options: Options, seen: Seen) -> Optional[date]:
    """The date in Hong Kong, where the exchange counts: as was asked, or by the clock of the workstation."""
    if options.today is not None:
        return options.today
    try:
        return (datetime.strptime(seen.facts.clock[:19], "%Y-%m-%dT%H:%M:%S") + _HONG_KONG).date()
    except ValueError:
        return None


def _described(found: _Found, options: Options, seen: Seen) -> Dict[str, Any]:
    account, public, private = found.account, found.public, found.private
    today, registered = _today(options, seen), account.registered
    due = say.due(registered) if registered else None
    file = None if seen.system == WINDOWS else seen.files[account.private_key]
    theirs = private.public if private else None
    return {
        "name": account.name,
        "public_key": account.public_key,
        "type": public.type if public else None,
        "bits": public.bits if public else None,
        "sha256": public.sha256 if public else None,
        "md5": public.md5 if public else None,
        "private_key": account.private_key,
        "form": private.form if private else None,
        "encrypted": private.encrypted if private else None,
        "owner_only": say.owner_only(file) if file else None,
        "pair": theirs == public.blob if theirs and public else None,
        "registered": registered.isoformat() if registered else None,
        "due": due.isoformat() if due else None,
        "days": (due - today).days if due and today else None,
        "recorded": account.recorded or None,
        "warning_files": [path for path in account.warning_files if seen.files[path] is not None],
        "in_order": all(finding.level != ERROR for finding in found.findings),
    }
