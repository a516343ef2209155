# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to say about a RAP key, each with the circular and section it comes from."""

from datetime import date, timedelta
from typing import Iterator, Optional

from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_public as public_keys
from ansible_collections.hkex.drill.plugins.module_utils._forms import is_windows
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_forms import Form
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_options import FORBIDDEN, Account
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_private import PrivateKey
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_public import PublicKey
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import Malformed
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    WARNING,
    File,
    Finding,
    Refusal,
)

YEARS = 2  # between renewals (OCP briefing video, 05 Technical Tips, Self-service Renewal of Public Keys)
AHEAD = 60  # days of warning: a renewal takes people, and none is allowed on the day of a drill

_BRIEFING = "OCP briefing video (2025)"
_KEYS = f"{_BRIEFING}, 04 Preparation Arrangements, SSH keys"
_NAMES = f"{_BRIEFING}, 04 Preparation Arrangements, file name of the public key"
_CONFIDENTIAL = f"{_BRIEFING}, 04 Preparation Arrangements, TechS 8"
_RENEWAL = f"{_BRIEFING}, 05 Technical Tips, Self-service Renewal of Public Keys"
_NO_RENEWAL = "Information Packages of the 2024 and 2025 circulars, 3.1"


def where(account: Account, path: str) -> str:
    return f"{account.name}: {path}"


def due(registered: date) -> date:
    """The last day of a key that was registered on this day; of a 29 February it is the 28th."""
    leap = (registered.month, registered.day) == (2, 29)
    return registered.replace(year=registered.year + YEARS, day=28 if leap else registered.day)


# ---- the public key ----------------------------------------------------------------------------------------------


def misnamed(account: Account) -> Iterator[Finding]:
    """The public key file is named after its account, letter by letter."""
    name = account.public_key.replace("\\", "/") if is_windows(account.public_key) else account.public_key
    if name.rpartition("/")[2] != f"{account.name}.pub":
        yield Finding(
            ERROR,
            where(account, account.public_key),
            f"a public key file is named after its account, in its capital letters ({_NAMES})",
            f"Name it {account.name}.pub, and correct public_key in the inventory",
        )


def unseen(account: Account, path: str, what: str, why: Optional[Refusal]) -> Finding:
    """A file is not there, or cannot be looked at."""
    if why is None:
        return Finding(
            ERROR,
            where(account, path),
            f"there is no {what}",
            "Put it there, or correct its path in the inventory",
        )
    return Finding(ERROR, where(account, path), f"the {what} cannot be looked at: {why.what}", why.remedy)


def not_public(account: Account, form: Form) -> Finding:
    """Something else than an SSH2 public key stands where one belongs; here is how to make one of it."""
    path = account.public_key
    cmd = " (in cmd: PowerShell would write UTF-16)" if is_windows(path) and ">" in form.convert else ""
    what = f"it is {form.name}, and RAP takes public keys in SSH2 form only ({_KEYS}; RFC 4716)"
    if not form.private:
        new = f"{account.name}.new"
        remedy = f"Convert it: {form.convert.format(path, new)}{cmd}, and put that in its place"
        return Finding(ERROR, where(account, path), what, remedy)
    return Finding(
        ERROR,
        where(account, path),
        f"{what}; a private key must never be sent to the exchange ({_CONFIDENTIAL})",
        "Move it to a file that only its owner may read, and write the public key in its place:"
        f" {form.convert.format(account.private_key, path)}{cmd}",
    )


def not_taken(account: Account, why: Malformed) -> Finding:
    """RAP does not take this key, or not in this form."""
    return Finding(ERROR, where(account, account.public_key), f"{why.what} ({_KEYS}; RFC 4716)", why.remedy)


def shared(account: Account, other: Account) -> Finding:
    return Finding(
        ERROR,
        where(account, account.public_key),
        f"it is the key of {other.name} too, and each account has a pair of its own ({_KEYS})",
        "Put the right file in its place, or make a pair for this account and register it",
    )


def replaced(account: Account, key: PublicKey, renewal: str) -> Iterator[Finding]:
    """The key is not the one that was recorded before the drill."""
    present = key.sha256 if account.recorded.startswith("SHA256:") else key.md5
    if not account.recorded or present == account.recorded:
        return
    place = where(account, account.public_key)
    if present is None:
        yield Finding(
            INFO,
            place,
            "it was not compared with the record, which is by MD5: this system does not allow that",
            f"Record {key.sha256} instead",
        )
    elif renewal == FORBIDDEN:
        yield Finding(
            ERROR,
            place,
            f"it is {present}, and before the drill it was {account.recorded}: keys are not renewed during it"
            f" ({_NO_RENEWAL})",
            "Put the key pair back that was there before, and renew it after the drill",
        )
    else:
        yield Finding(
            INFO,
            place,
            f"it is {present}, and was {account.recorded} when it was recorded",
            "If it was renewed, give the day (registered) and the new fingerprint (recorded) in the inventory",
        )


# ---- its age -----------------------------------------------------------------------------------------------------


def age(account: Account, today: Optional[date], renewal: str) -> Iterator[Finding]:
    """A key lasts two years from the day it was registered."""
    place, registered = where(account, "registered"), account.registered
    if registered is None or today is None:
        missing = "the workstation tells no date" if registered else "no date of registration is given"
        yield Finding(
            INFO,
            place,
            f"the age of its key was not judged: {missing} ({_RENEWAL})",
            "Give it in the inventory" if registered is None else "Give today",
        )
    elif registered > today:
        yield Finding(
            ERROR,
            place,
            f"{registered} lies in the future: today is {today}",
            "Correct the date in the inventory, or the clock of the workstation",
        )
    elif today + timedelta(days=AHEAD) >= due(registered):
        left = (due(registered) - today).days
        when = "runs out " + {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
        yield Finding(
            WARNING if left >= 0 else ERROR,
            place,
            f"its key was registered on {registered}, is to be renewed every {YEARS} years, and"
            f" {when if left >= 0 else 'has run out'} ({due(registered)}; {_RENEWAL})",
            _renew(renewal),
        )


def expiring(account: Account, path: str, renewal: str) -> Finding:
    """The exchange has put its warning into the folder from which somebody downloaded it."""
    return Finding(
        WARNING,
        where(account, path),
        f"the exchange warns that the key runs out within 14 days of the date of this file ({_RENEWAL})",
        f"{_renew(renewal)}; once it is renewed, remove this file",
    )


def not_looked(account: Account, path: str, why: str) -> Finding:
    return Finding(
        WARNING,
        where(account, path),
        f"a warning of the exchange was not looked for: {why} ({_RENEWAL})",
        "Correct folders in the inventory, or let this user read there",
    )


def _renew(renewal: str) -> str:
    how = "put a new public key into /key_management/publickey of RAP, and wait for the acknowledgement there"
    if renewal == FORBIDDEN:
        return f"Before or after the drill, but not during it ({_NO_RENEWAL}), {how}"
    return how[0].upper() + how[1:]


# ---- the private key ---------------------------------------------------------------------------------------------


def open_to_others(account: Account, file: File) -> Iterator[Finding]:
    if not owner_only(file):
        yield Finding(
            ERROR,
            where(account, account.private_key),
            f"others than its owner may get at it (mode {file.attributes.split()[0]}), and private keys are"
            f" confidential ({_CONFIDENTIAL})",
            f'chmod 600 "{account.private_key}"; if others had access, make a new pair and register it at once',
        )


def owner_only(file: File) -> bool:
    """Whether nobody but the owner (and root) has any right, by the mode; an access list counts in its group part."""
    return int(file.attributes.split()[0], 8) & 0o077 == 0


def damaged(account: Account, why: Malformed) -> Finding:
    return Finding(ERROR, where(account, account.private_key), f"{why.what} ({_KEYS})", why.remedy)


def pair(account: Account, private: PrivateKey, public: PublicKey) -> Iterator[Finding]:
    """The two files belong together, or it cannot be told."""
    place = where(account, account.private_key)
    not_compared = "whether it belongs to the public key was not compared"
    if not private.form:
        yield Finding(
            WARNING,
            place,
            f"{not_compared}: it has no form that is known here",
            f"See that it is the private key; the program that uses it must say {public.sha256}",
        )
    elif private.public is None:
        yield Finding(
            INFO,
            place,
            f"{not_compared}: {private.form} with a passphrase does not show it",
            f'Have the program that uses it show its fingerprint, or ssh-keygen -y -f "{account.private_key}" |'
            f" ssh-keygen -l -f - : it is to be {public.sha256}",
        )
    elif private.public != public.blob:
        other = public_keys.sha256_fingerprint(private.public)
        yield Finding(
            ERROR,
            place,
            f"it does not belong to the public key: its own is {other}, and {account.public_key} is"
            f" {public.sha256} ({_KEYS})",
            "Put the private key there that was made together with the registered public key",
        )


def left_alone(account: Account, public: Optional[PublicKey]) -> Finding:
    """On Windows the controller looks, to which no private key is to travel."""
    path = account.private_key
    says = public.sha256 if public else "the fingerprint of the registered key"
    return Finding(
        INFO,
        where(account, path),
        "neither who may read it nor whether it belongs to the public key was looked at: for that it would have to"
        " leave this workstation",
        f'Look by hand: icacls "{path}" lists its user only; PuTTYgen, or ssh-keygen -y -f "{path}" |'
        f" ssh-keygen -l -f - in cmd, says {says}",
    )
