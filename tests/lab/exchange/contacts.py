# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every contact a client makes, kept in memory and appended to ``contacts.jsonl``."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "contacts.jsonl"

# Events.
QUERY = "query"  # a DNS query arrived
ACCEPT = "accept"  # a TCP connection was accepted; nothing need have been sent
LOGIN = "login"  # an account logged in to RAP
REFUSED = "refused"  # an account was refused by RAP
REQUEST = "request"  # an HTTP request inside TLS


@dataclass(frozen=True)
class Contact:
    """One thing a client did.

    ``time`` is in seconds since the epoch; ``service`` is ``dns``, ``rap`` or ``web``; ``local`` and ``peer`` are
    address:port. ``what`` is the name asked for, the account or the host; ``detail`` the record type and response
    code, the reason of a refusal, or method, path and status. Keys, passwords and URL queries are never kept.
    """

    time: float
    data_centre: str
    service: str
    event: str
    local: str
    peer: str
    what: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Logins:
    """Logins of an account: one per connection that named it."""

    accepted: int = 0
    refused: int = 0

    @property
    def attempts(self) -> int:
        return self.accepted + self.refused


def logins(contacts: Iterable[Contact]) -> dict[str, Logins]:
    """Count the logins of each account."""
    counts: dict[str, Logins] = {}
    for contact in contacts:
        if contact.event in (LOGIN, REFUSED):
            so_far = counts.get(contact.what, Logins())
            accepted = contact.event == LOGIN
            counts[contact.what] = Logins(so_far.accepted + accepted, so_far.refused + (not accepted))
    return counts


def read_contacts(folder: Path) -> list[Contact]:
    """What stands in the folder's ``contacts.jsonl``, also of earlier runs."""
    path = folder / FILE
    if not path.exists():
        return []
    return [Contact(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


class ContactLog:
    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._contacts: list[Contact] = []

    def add(
        self,
        data_centre: str,
        service: str,
        event: str,
        local: str,
        peer: str,
        what: str = "",
        detail: str = "",
    ) -> None:
        contact = Contact(time.time(), data_centre, service, event, local, peer, what, detail)
        self._contacts.append(contact)
        # One write per line: a reader, and a kill, see whole lines only.
        os.write(self._file, (json.dumps(asdict(contact)) + "\n").encode())

    def since(self, moment: float) -> list[Contact]:
        return [contact for contact in self._contacts if contact.time >= moment]

    def close(self) -> None:
        os.close(self._file)
