# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether audit trails are what was written, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import merge
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import evidence_folder, kept_in, trail_in
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import write_reading
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller and contacts no workstation; see modules/trail.py for its options."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "folders": {"type": "list", "elements": "path", "default": []},
                "head": {"type": "str"},
                "reading": {"type": "path"},
            }
        )
        try:
            found = _judged(given)
            if given["reading"] is not None and found["reading"]:
                written = write_reading(Path(given["reading"]), found["reading"], bool(self._task.check_mode))
                found["changed"] = written
            return dict(result, **found)
        except Refusal as refusal:
            return dict(result, failed=True, msg=str(refusal))


def _judged(given: Mapping[str, Any]) -> dict[str, Any]:
    noted = merge.noted(given["head"]) if given["head"] is not None else None
    trails = [trail_in(Path(folder)) for folder in given["folders"]] or [Trail(evidence_folder())]
    taken = {str(trail.path): trail.snapshot() for trail in trails}
    kept = [kept_in(Path(path), snapshot) for path, snapshot in taken.items()]
    broken = [each for each in kept if not each.verdict.ok]
    wrong = [
        f"{each.path} is broken at record {each.verdict.broken_at}: {each.verdict.why}" for each in broken
    ]
    told = [line for each in kept for line in merge.judged(each)]
    if noted:
        places = {path: snapshot.place(noted) for path, snapshot in taken.items()}
        told += [
            f"the noted head is record {seq} of {each.path}: up to there nothing was altered since it was noted"
            for each in kept
            if (seq := places[each.path]) and seq < (each.verdict.broken_at or seq + 1)
        ]
        if not any(places.values()):
            wrong.append(
                f"no record has the noted hash {noted}: mistyped, another trail, or one that was altered"
            )
    # Of one trail alone nobody asks which record is meant.
    found = {path if len(taken) > 1 else "": snapshot.records() for path, snapshot in taken.items()}
    read = list[str]()
    try:
        read = [*merge.reading(merge.merged(found))]
    except Refusal as copies:
        wrong.append(str(copies))
    return {
        "changed": False,
        "ok": not wrong,
        "wrong": wrong,
        "trails": [{**asdict(each.verdict), "path": each.path} for each in kept],
        "told": told,
        "reading": read,
    }
