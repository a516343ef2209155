# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the evidence of this controller lies, for what adds to it or reads it outside a run of a phase."""

from __future__ import annotations

import pwd
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ansible import constants
from ansible.plugins.loader import callback_loader
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import Kept
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import TRAIL, Snapshot, Trail

AUDIT = "hkex.drill.audit"


def evidence_folder() -> Path:
    """The folder in which the audit callback keeps trail and lock, as ansible.cfg or the environment say.

    :raises Refusal: the callback is not enabled, so that another folder might be meant than the phases have
    """
    if AUDIT not in constants.CALLBACKS_ENABLED:
        raise Refusal(
            "audit trail",
            "the callback that keeps it is not enabled",
            "Set callbacks_enabled = hkex.drill.audit, hkex.drill.progress in ansible.cfg and run from its folder",
        )
    return configured()


def configured() -> Path:
    """The folder that ansible.cfg or the environment name, whether the callback is enabled or not."""
    audit = callback_loader.get(AUDIT)
    audit.set_options()
    return Path(audit.get_option("evidence"))


def trail_in(place: Path) -> Trail:
    """The trail in an evidence folder, or of which the file itself was named.

    :raises Refusal: there is none
    """
    trail = Trail((place.parent if place.name == TRAIL else place).absolute())
    if not trail.path.is_file():
        raise Refusal(str(place), f"it has no {TRAIL}", "Name a folder that has it, with its trail.mark")
    return trail


def kept_in(path: Path, snapshot: Snapshot) -> Kept:
    """What a trail is and who wrote its file when, to be judged."""
    records = snapshot.records()
    kept = Kept(str(path), snapshot.verify(), records[-1] if records else None)
    try:
        there = path.stat()
    except FileNotFoundError:
        return kept
    try:
        owner = pwd.getpwuid(there.st_uid).pw_name
    except KeyError:
        owner = f"uid {there.st_uid}"
    return replace(kept, owner=owner, modified=datetime.fromtimestamp(there.st_mtime, UTC))
