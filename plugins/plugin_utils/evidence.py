# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the evidence of this controller lies, for what adds to it or reads it outside a run of a phase."""

from __future__ import annotations

from pathlib import Path

from ansible import constants
from ansible.plugins.loader import callback_loader
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

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
    audit = callback_loader.get(AUDIT)
    audit.set_options()
    return Path(audit.get_option("evidence"))
