# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked about RAP keys, and the message for everything that cannot.

What was given where a path or a fingerprint belongs is not repeated: somebody may have put the key itself there.
"""

import re
from datetime import date
from typing import Any, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_absolute, is_posix
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

FORBIDDEN = "forbidden"
WARNING_FILE = "SSHKeyExpireWarning.txt"  # OCP briefing video, 05 Technical Tips, Self-service Renewal

_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_SHA256 = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_MD5 = re.compile(r"(?:MD5:)?((?:[0-9a-f]{2}:){15}[0-9a-f]{2})", re.IGNORECASE)


class Account(NamedTuple):
    """A RAP account and where this workstation has its keys.

    :param recorded: fingerprint (``SHA256:...``, or hex pairs of MD5) that its key had before, empty: not recorded
    :param folders: where its warning file may have been downloaded to
    """

    name: str
    public_key: str
    private_key: str
    registered: Optional[date]
    recorded: str
    folders: Tuple[str, ...]

    @property
    def paths(self) -> Tuple[Tuple[str, str], ...]:
        """All that were given, with their options."""
        folders = ((f"folders[{index}]", folder) for index, folder in enumerate(self.folders))
        return (("public_key", self.public_key), ("private_key", self.private_key), *folders)

    @property
    def warning_files(self) -> Tuple[str, ...]:
        return tuple(_below(folder, WARNING_FILE) for folder in self.folders)


class Options(NamedTuple):
    """``today`` None: as the clock of the workstation says. ``option``: what they are called in messages."""

    accounts: Tuple[Account, ...]
    renewal: str
    today: Optional[date]
    option: str = "rap_key."


def parse(params: Mapping[str, Any], option: str = "rap_key.") -> Options:
    """Options from task parameters.

    :param option: what they are called in messages: this, and the name of each
    :raises Refusal: which option, what is wrong with it, what to write instead
    """
    accounts = tuple(
        _account(f"{option}accounts[{index}]", given) for index, given in enumerate(params["accounts"])
    )
    if not accounts:
        raise Refusal(f"{option}accounts", "it is empty", "Name at least one account")
    names: Set[str] = set()
    for index, account in enumerate(accounts):
        if account.name in names:
            raise Refusal(
                f"{option}accounts[{index}].name",
                f"{account.name} stands there twice",
                "Give each account once, with the one key pair that it has",
            )
        names.add(account.name)
    return Options(accounts, params["renewal"], _date(f"{option}today", params.get("today")), option)


def _account(where: str, given: Mapping[str, Any]) -> Account:
    if not given["name"]:
        raise Refusal(f"{where}.name", "it is empty", "Give the account's name in capital letters")
    account = Account(
        given["name"],
        given["public_key"],
        given["private_key"],
        _date(f"{where}.registered", given.get("registered")),
        fingerprint(f"{where}.recorded", given.get("recorded")),
        tuple(given.get("folders") or ()),
    )
    check_paths(where, account.paths)
    return account


def check_paths(where: str, paths: Sequence[Tuple[str, str]]) -> None:
    """Hold the paths of a key pair, each with its option, to what they may be.

    :raises Refusal: which option below ``where``, what is wrong with it, what to write instead
    """
    for option, path in paths:
        if not is_absolute(path):
            raise Refusal(f"{where}.{option}", "it is not an absolute path", "Give its full path")
    of = dict(paths)
    if of["public_key"] == of["private_key"]:
        raise Refusal(
            f"{where}.private_key", "it is the path of the public key", "Give that of the private key"
        )


def _date(where: str, given: Optional[str]) -> Optional[date]:
    if not given:
        return None
    try:
        if _DATE.fullmatch(given):
            return date(*map(int, given.split("-")))
    except ValueError:
        pass
    raise Refusal(where, f"{given!r} is no date", "Write year-month-day, such as 2025-06-21")


def fingerprint(where: str, given: Optional[str]) -> str:
    """A fingerprint in the form that results have it: without MD5: before it, its letters small.

    :raises Refusal: it is none
    """
    if not given:
        return ""
    md5 = _MD5.fullmatch(given)
    if not md5 and not _SHA256.fullmatch(given):
        raise Refusal(
            where,
            "it is no fingerprint of a key",
            "Give it as an earlier result does: SHA256: and 43 letters, or 16 pairs of hexadecimal digits",
        )
    return md5.group(1).lower() if md5 else given


def _below(folder: str, name: str) -> str:
    separator = "/" if is_posix(folder) else "\\"
    return folder.rstrip("/" if is_posix(folder) else "\\/") + separator + name
