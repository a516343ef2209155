# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An entry of a person in the audit trail: what somebody saw, did or was told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible import context
from ansible.parsing.splitter import parse_kv
from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import gate, merge, notes
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, load
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import evidence_folder
from ansible_collections.hkex.drill.plugins.plugin_utils.run import current_run, new_run_id, now, present, who
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller and contacts no workstation; see modules/note.py for its options."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "text": {"type": "raw"},
                "file": {"type": "path"},
                "items": {"type": "list", "elements": "str", "default": []},
                "workstation": {"type": "str"},
                "corrects": {"type": "raw"},
                "by": {"type": "raw"},
                "drill": {"type": "str", "required": True},
                "occurrence": {"type": "str"},
                "directory": {"type": "path", "default": str(DIRECTORY)},
                "pretend_now": {"type": "str"},
            },
        )
        try:
            return dict(result, **self._added(given, task_vars or {}))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=f"{refusal}. Nothing was recorded.")

    def _added(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        notes.misnamed(variables)
        given = {**given, **_retyped(notes.typed(_typed()))}
        drill = load(Path(given["directory"]), given["drill"])
        moment = present(given["pretend_now"], variables)
        meant = gate.occurrence(drill, given["occurrence"])
        occurrence = meant.id if meant else None
        folder = evidence_folder()
        said = notes.detail(
            drill,
            notes.entries(Trail(folder).records(), drill.id, occurrence),
            _text(given),
            items=given["items"],
            corrects=notes.number(given["corrects"]),
            by=notes.words("note_by", given["by"]),
        )
        if given["pretend_now"] is not None:
            said |= {"now": moment.isoformat(), "pretend": True}
        host = notes.workstation(given["workstation"], variables["groups"]["all"])
        run, check = current_run(), bool(self._task.check_mode)
        record = {
            "at": now(),
            "run": run.id if run else new_run_id(),
            "who": who(),
            "from": os.uname().nodename,
            "event": notes.NOTE,
            "drill": drill.id,
            "occurrence": occurrence,
            "phase": notes.NOTE,
            "host": host,
            "check": False,
            "detail": said,
        }
        if check:
            return {"changed": True, "entry": None, "record": record, "told": _told(record, None, folder)}
        trail = Trail.open(folder)
        seq = trail.append(record)
        doubts = _doubts(trail)
        told = [*_told(record, seq, folder), *doubts]
        return {"changed": True, "entry": seq, "record": record, "told": told, "warnings": doubts}


def _doubts(trail: Trail) -> list[str]:
    """What whoever adds to a trail should know of it: that it is broken."""
    verdict = trail.verify()
    what = f"the trail is BROKEN at record {verdict.broken_at}: {verdict.why}. hkex.drill.trail says more"
    return [] if verdict.ok else [f"{trail.path}: the entry is there, but {what}"]


def _told(record: Mapping[str, Any], seq: int | None, folder: Path) -> list[str]:
    said = record["detail"]
    where = f"for {record['drill']}" + (f" on {record['occurrence']}" if record["occurrence"] else "")
    return [
        f"Entry {seq} {where}, in {folder}" if seq else f"Check mode: this would be an entry {where}",
        f"who: {record['who']}" + (f", told by {said['by']}" if "by" in said else ""),
        *([f"workstation: {record['host']}"] if record["host"] else []),
        *([f"attests: {', '.join(said['items'])}"] if said["items"] else []),
        *([f"corrects: entry {said['corrects']}"] if said["corrects"] else []),
        f"> {merge.quoted(said['text'])}",
    ]


def _text(given: Mapping[str, Any]) -> str:
    text = notes.words(notes.NOTE, given["text"])
    if given["file"] is None:
        return text or ""
    if text is not None:
        raise Refusal("note", "it is given beside note_file", "Give one of the two")
    return _read(Path(given["file"]))


def _retyped(typed: Mapping[str, str]) -> dict[str, Any]:
    """As options, what Ansible cut at a blank."""
    options: dict[str, Any] = {name.removeprefix("note_"): text for name, text in typed.items()}
    if "note" in options:
        options["text"] = options.pop("note")
    if "items" in options:
        options["items"] = options["items"].split(",")
    return options


def _typed() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The variables that stand on the command line as words, each as typed and as Ansible reads it."""
    for each in context.CLIARGS.get("extra_vars") or ():
        if each and each[0] not in "@[{":
            yield each, parse_kv(each)


def _read(path: Path) -> str:
    """The text of a file on the controller, whatever line ends it has.

    :raises Refusal: it cannot be read, or is no text
    """
    longest = 4 * notes.LONGEST + 1000  # bytes: of a longer text the beginning is refused as well
    try:
        with path.open("rb") as file:
            content = file.read(longest)
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise Refusal(f"note_file {path}", error.strerror or str(error), "Name a text file") from error
    except UnicodeDecodeError as error:
        what = "it is longer than an entry may be" if len(content) == longest else "it is no text in UTF-8"
        raise Refusal(f"note_file {path}", what, "Save what is to be said as a text file in UTF-8") from error
