# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that there is to show of one occurrence of a drill, in one folder and one zip on this controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import bundle, gate, merge
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import (
    evidence_folder,
    kept_in,
    trail_in,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import besides, keep
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
                "trails": {"type": "list", "elements": "path", "default": []},
            }
        )
        try:
            return dict(result, **_bundled(given, bool(self._task.check_mode)))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=str(refusal))


def _bundled(given: Mapping[str, Any], check: bool) -> dict[str, Any]:
    directory = Path(given["directory"])
    drill = load(directory, given["drill"])
    occurrence = gate.occurrence(drill, given["occurrence"])
    evidence = evidence_folder().absolute()
    trails = _trails(Trail(evidence), given["trails"])
    taken = {name: trail.snapshot() for name, trail in trails.items()}
    taken = {name: each for name, each in taken.items() if each.content or each.mark}
    known = bundle.gathered(taken)
    kept = [kept_in(trails[name].path, snapshot) for name, snapshot in taken.items()]
    told = [line for each in kept for line in merge.judged(each)] + bundle.strayed(known, drill, occurrence)
    drill_file = (directory / f"{drill.id}.yml").read_bytes()
    added = [_added(Path(each)) for each in given["files"]]
    content = bundle.files(taken, known, told, drill, occurrence, drill_file, added)
    content[bundle.SUMS] = bundle.sums(content)
    name = bundle.named(drill, occurrence)
    root = evidence / bundle.FOLDER
    archive = f"{name}.zip"
    packed = {
        **{f"{name}/{each}": data for each, data in content.items()},
        archive: bundle.zipped(name, content),
    }
    changed = keep(root, packed, check)
    others = ", ".join(besides(root / name, content))
    return {
        "changed": bool(changed),
        "folder": str(root / name),
        "zip": str(root / archive),
        "files": sorted(content),
        "ok": all(each.verdict.ok for each in kept),
        "told": [
            f"{root / name}: {len(content)} files, and the same as {archive}"
            + (" (check mode)" if check else ""),
            *([f"there besides, and neither in {bundle.SUMS} nor in the zip: {others}"] if others else []),
            *told,
        ],
    }


def _trails(own: Trail, folders: Iterable[str]) -> dict[str, Trail]:
    """The trail of this controller and those of others, by the names of their folders.

    :raises Refusal: there is none, or two of them have one name
    """
    found = {bundle.OWN: own}
    for folder in dict.fromkeys(folders):
        trail = trail_in(Path(folder))
        if trail.path.resolve() == own.path.resolve():
            continue
        name = trail.path.parent.name
        if name in found:
            what = "two of the folders have that name, and a bundle keeps trails by it"
            raise Refusal(
                f"trail_folders {name}", what, "Rename one of them, to its controller's for instance"
            )
        found[name] = trail
    return found


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
