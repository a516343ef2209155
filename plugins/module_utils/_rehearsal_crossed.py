# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drills whose days cross on one workstation: each would take what the other brought for production's."""

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import NAME
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import Story, Whose
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal


def no_baseline(story: Story) -> None:
    """What another drill brought must not be remembered as production's.

    :raises Refusal: it may be there still
    """
    for whose in story.open:
        raise Refusal(
            NAME,
            f"no cleanup of {_said(whose)} has been finished here since its baseline, so that what that drill brought"
            " would pass for production's",
            f"Run the cleanup of {_said(whose)} first; if it never took place, or production has gone on since, see"
            " with --check --diff what would go, or take the baseline of that one again before, so that all stays",
        )


def no_purge(story: Story) -> None:
    """What came after another drill took its baseline is not this one's, and what it remembers is not to change.

    :raises Refusal: the other one is not over
    """
    for whose in story.since:
        raise Refusal(
            NAME,
            f"{_said(whose)} has taken a baseline here since, and no cleanup of it has been finished",
            f"Run the cleanup of {_said(whose)} first; it ends quarantines that are due, too",
        )


def _said(whose: Whose) -> str:
    drill, occurrence = whose
    return f"{drill}, {occurrence}" if occurrence else drill
