# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Confirmations of days that never were, and reading their drafts."""

from __future__ import annotations

import email
import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils._board_form import Confirmation
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import confirmation, eml
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day

from tests.unit.board_days import REHEARSAL, SESSIONS, drill, hk

NOW = hk("2021-11-06 17:10")
TEMPLATE = "Subject: On $date\n\nWe were there on the $day of $month $year, for $$0.\n"


def filled(
    records: list[dict[str, Any]], template: str | None = None, now: datetime = NOW, of: str = REHEARSAL
) -> Confirmation:
    which = drill(of, "2024-11-16") if of == SESSIONS else drill()
    made = confirmation(day(records, *which, now), template)
    assert made is not None
    return made


def letter(made: Confirmation) -> EmailMessage:
    return email.message_from_bytes(eml(made), policy=default)


def body(made: Confirmation) -> str:
    return str(letter(made).get_content()).replace("\r\n", "\n")


def framed(made: Confirmation) -> tuple[str, str]:
    """What is not for the exchange, and what is."""
    begin, inside, after = re.split(
        r"----- NOT FOR THE EXCHANGE: delete (?:from|to) here -----\n", body(made)
    )
    assert begin == ""
    return inside, after
