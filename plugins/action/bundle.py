# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that there is to show of one occurrence of a drill, in one folder and one zip on this controller."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import bundle, gate, merge
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import evidence_folder, kept_in
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import keep
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller and contacts no workstation; see modules/bundle.py for its options."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "drill": {"type": "str", "required": True},
                "occurrence": {"type": "str"},
                "directory": {"type": "path", "default": str(DIRECTORY)},
                "files": {"type": "list", "elements": "path", "default": []},
            }
        )
        try:
            return dict(result, **_bundled(given, bool(self._task.check_mode)))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=str(refusal))


def _bundled(given: Mapping[str, Any], check: bool) -> dict[str, Any]:
    drill = load(Path(given["directory"]), given["drill"])
    occurrence = gate.occurrence(drill, given["occurrence"])
    evidence = evidence_folder().absolute()
    trail = Trail(evidence)
    snapshot = trail.snapshot()
    kept = kept_in(trail.path, snapshot)
    told = merge.judged(kept)
    content = bundle.files(
        snapshot,
        told,
        drill,
        occurrence,
        (Path(given["directory"]) / f"{drill.id}.yml").read_bytes(),
        dict(_added(Path(each)) for each in given["files"]),
    )
    content[bundle.SUMS] = bundle.sums(content)
    name = bundle.named(drill, occurrence)
    root = evidence / bundle.FOLDER
    archive = f"{name}.zip"
    packed = {
        **{f"{name}/{each}": data for each, data in content.items()},
        archive: bundle.zipped(name, content),
    }
    changed = keep(root, packed, check)
    return {
        "changed": bool(changed),
        "folder": str(root / name),
        "zip": str(root / archive),
        "files": sorted(content),
        "ok": kept.verdict.ok,
        "told": [
            f"{root / name}: {len(content)} files, and the same as {archive}"
            + (" (check mode)" if check else ""),
            *told,
        ],
    }


def _added(path: Path) -> tuple[str, bytes]:
    """
    :raises Refusal: it cannot be read
    """
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        raise Refusal(
            f"bundle_files {path}", error.strerror or str(error), "Name files that are there"
        ) from error
