# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a check is written down: what is spoilt on a workstation that is in order, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.unit.each_check_pc import (
    Linux,
)

ERROR, WARNING, PENDING, INFO = "error", "warning", "pending", "info"

# Documents and sections of the rules; nothing: it is no rule of a circular, but stands in the way on the day.
NOTHING = ""
BOOKMARK = "Information Package (2021), 3.2 f)"
KEYS, NAMES, CONFIDENTIAL, RENEWAL = (
    f"OCP briefing video (2025), {section}"
    for section in (
        "04 Preparation Arrangements, SSH keys",
        "04 Preparation Arrangements, file name of the public key)",
        "04 Preparation Arrangements, TechS 8)",
        "05 Technical Tips, Self-service Renewal of Public Keys)",
    )
)
NO_RENEWAL = "Information Packages of the 2024 and 2025 circulars, 3.1)"
REPORTS = "Information Packages of the 2024 and 2025 circulars, 3.2)"
LISTED = "Information Package 3.2 b))"
OFFERED = "Information Package 4.2; 3 for the DNS servers)"
FIRST = "Information Package 3.1 c)"


class Row(NamedTuple):
    """``spoil`` does one thing to a workstation of this ``kind``; ``said`` is part of the fact."""

    check: str
    kind: Callable[[], Any]
    level: str
    said: str
    source: str
    spoil: Callable[[Any], object]


def put(path: str, content: bytes | str, **more: Any) -> Callable[[Linux], object]:
    return lambda pc: pc.put(path, content, **more)


def gone(path: str) -> Callable[[Linux], object]:
    return lambda pc: pc.files.pop(path)


def barred(path: str) -> Callable[[Linux], object]:
    return lambda pc: pc.bar(path)


def has(**changes: Any) -> Callable[[Linux], object]:
    return lambda pc: vars(pc).update(changes)


def inventory(**changes: Any) -> Callable[[Any], object]:
    return lambda pc: pc.inventory.update(changes)


def of_account(**changes: Any) -> Callable[[Any], object]:
    return lambda pc: pc.account.update(changes)


def answers(kind: str, host: str, name: str, told: tuple[str, ...] | str) -> Callable[[Linux], object]:
    return lambda pc: pc.answers.update({(kind, host, name): told})


def both(*spoils: Callable[[Any], object]) -> Callable[[Any], object]:
    """One thing that takes several steps."""
    return lambda pc: [spoil(pc) for spoil in spoils]
