# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which phase ``--tags`` ask for: exactly one, or none and nothing is done. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import PHASES, GateError

# What --tags may ask for: a phase, what is to run by itself after the drill, or what a person has to say.
TAGS = (*PHASES, "schedule", "note")

# With these Ansible runs the check of the tags and no phase: phases are tagged `never`.
_HARMLESS = frozenset({"all", "always", "tagged", "untagged"})
# Skipping one of these cuts out the check, or the phase that was asked for.
_UNSKIPPABLE = frozenset({*TAGS, "always", "never", "all", "tagged", "untagged"})


def phase_of_tags(run_tags: Iterable[str], skip_tags: Iterable[str] = ()) -> str | None:
    """The one phase that a run's ``--tags`` ask for; None where they ask for none, which changes nothing.

    :raises GateError: an unknown tag; more than one phase; ``never``, which would run every phase; a tag skipped
        that would cut out the check or the phase
    """
    asked = sorted({tag.strip() for tag in run_tags} - {""})
    one_phase = f"Exactly one phase a run: {', '.join(TAGS)}"
    for tag in sorted({tag.strip() for tag in skip_tags} & _UNSKIPPABLE):
        raise GateError(
            f"--skip-tags {tag}",
            "it would cut out the gate or the phase",
            f"Leave it out. {one_phase} with --tags",
        )
    for tag in asked:
        if tag == "never":
            raise GateError("--tags never", "it would run every phase at once", one_phase)
        if tag not in TAGS and tag not in _HARMLESS:
            raise GateError(f"--tags {tag}", "no phase is called so", f"{meant(tag, TAGS)}{one_phase}")
    phases = [tag for tag in asked if tag in TAGS]
    if not phases:
        return None
    if len(asked) > 1:
        what = "these are several phases" if len(phases) > 1 else f"{phases[0]} does not stand alone"
        raise GateError(f"--tags {','.join(asked)}", what, one_phase)
    return phases[0]


def meant(word: str, words: Iterable[str]) -> str:
    """A guess at what was mistyped, as a sentence with a blank after it; empty if nothing is near."""
    near = get_close_matches(word, list(words), 1, 0.6)
    return f"Did you mean {near[0]}? " if near else ""
