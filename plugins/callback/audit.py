# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E402 - ansible-test wants the documentation above the imports

"""Keeps the audit trail of a drill and the lock of its run (see plugin_utils/trail.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
name: audit
type: notification
short_description: Keeps the audit trail of a drill and lets one run at a time change the fleet
version_added: 0.1.0
description:
  - Records every run of a phase of a drill in C(trail.jsonl) in the evidence folder. It holds who ran it and from
    where, what the gate decided and why, and per workstation what was planned, what was done and what came of it.
    Each record holds the hash of the one before it, and is on the disk before the play goes on.
  - Takes a lock for the run when a play with a phase starts its first task, so that a second run refuses.
    Only a play of phase C(status) takes none, because it changes nothing.
  - After a status it writes the board beside the trail, one page of the whole drill, C(board-DRILL-OCCURRENCE.html),
    and where the circular asks for one the draft of the confirmation.
  - A gate that finds no trail or no lock refuses. Without this callback nothing is therefore changed.
  - A playbook of this collection that did nothing, because the inventory has nobody for it or its tags left all of it
    out, ends with the exit code 1.
  - Records hold chosen fields only, none of which can hold a secret.
requirements:
  - to be listed in C(callbacks_enabled) of C(ansible.cfg)
options:
  evidence:
    description:
      - Folder of the audit trail and the lock. It is made if missing, readable by its owner alone.
      - In C(ansible.cfg) a relative path starts from the folder of that file.
    type: path
    default: ~/.local/state/hkex-drill
    ini:
      - section: hkex_drill
        key: evidence
    env:
      - name: HKEX_DRILL_EVIDENCE
  template:
    description:
      - Folder with the wordings that circulars prescribe for their confirmations, a text file C(DRILL.txt) for each
        drill, with blanks to be filled (docs/board.md). Without it the draft has words of our own.
    type: path
    ini:
      - section: hkex_drill
        key: template
    env:
      - name: HKEX_DRILL_TEMPLATE
author:
  - The hkex.drill maintainers (!UNKNOWN)
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible import constants, context
from ansible.plugins.callback import CallbackBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.board import write_board
from ansible_collections.hkex.drill.plugins.plugin_utils.confirmation import write_confirmation
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import load
from ansible_collections.hkex.drill.plugins.plugin_utils.progress_line import for_people
from ansible_collections.hkex.drill.plugins.plugin_utils.run import (
    Run,
    RunLock,
    current_run,
    new_run_id,
    now,
    set_current_run,
    who,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import STATUS
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

ALL_OURS = "hkex.drill."
OURS = ("hkex.drill.gate", "hkex.drill.readiness", "hkex.drill.phase")
PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"

# What is recorded of the results of our actions: fields that hold no secret, by what they are.
GATE = ("allowed", "overridden", "force", "now", "pretend", "digest")
READINESS = ("overridden", "force")
PHASE = ("step", "changed", "state", "edits", "transaction", "rap_keys", "logins", "not_clean")
ROW = ("workstation", "system", "access", "points_at", "dns", "changed", "configuration", "service")
CLIENT = ("workstation", "user", "client", "version", "points_at", "one_login", "left")
FINDING = ("level", "where", "what", "remedy")
MESSAGE = 2000  # characters


def chosen(action: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a task's result that goes into the trail."""
    if "censored" in result:
        return {"censored": True}
    detail: dict[str, Any] = {}
    if action == "hkex.drill.gate":
        detail = _pick(result, GATE)
    elif action == "hkex.drill.phase":
        detail = _pick(result, PHASE)
        detail["rows"] = [_pick(row, ROW) for row in result.get("rows") or ()]
        if result.get("clients"):
            detail["clients"] = [_pick(client, CLIENT) for client in result["clients"]]
        detail["findings"] = _findings(result.get("findings"))
    elif action == "hkex.drill.readiness":
        detail = _pick(result, READINESS)
        detail["findings"] = _findings(result.get("findings"))
        detail["findings_of"] = {
            str(name): _findings(found) for name, found in (result.get("findings_of") or {}).items()
        }
    if result.get("msg"):
        detail["msg"] = str(result["msg"])[:MESSAGE]
    return detail


def _findings(found: Any) -> list[dict[str, Any]]:
    return [_pick(finding, FINDING) for finding in found or ()]


def _pick(data: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data} if isinstance(data, Mapping) else {}


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """From the first task of the first play with a phase until the end of the playbook it is one run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "hkex.drill.audit"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._playbook = ""
        self._phase: str | None = None  # of the present play
        self._asked = self._heard = False  # there was a play with a phase; something of ours came of it
        self._ours = self._nobody = False  # it is a playbook of the collection; a play had no workstation
        self._done: str | None = None  # the phase of an earlier run of this command
        self._check = False
        self._drill: dict[str, Any] = {"drill": None, "occurrence": None}
        self._status: Mapping[str, Any] | None = None  # what the gate has said of a status
        self._trail: Trail | None = None
        self._lock: RunLock | None = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self._playbook = os.path.basename(playbook._file_name)  # noqa: PTH119
        self._asked = self._heard = self._nobody = False
        self._ours = Path(playbook._file_name).resolve().parent == PLAYBOOKS

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._phase = play.get_vars().get("drill_phase")
        self._asked = self._asked or self._phase is not None

    def v2_playbook_on_no_hosts_matched(self) -> None:
        self._nobody = True

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        # Not at the start of the play: that also comes for plays all of whose tasks the tags leave out.
        run = current_run()
        if run and run.phase != self._phase:
            run = replace(run, phase=self._phase)
            set_current_run(run)
        if not self._phase:
            return
        if run is None:
            run = self._begin(self._phase, bool(task.check_mode))
        if self._phase != STATUS and not run.lock_held and not run.error:
            self._take_lock(run, self._phase)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._heard = self._heard or result.task.action.startswith(ALL_OURS)
        if result.task.action in OURS:
            self._record_result(result.task.action.rpartition(".")[2].replace("phase", "result"), result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        run = current_run()
        if run and not ignore_errors:
            set_current_run(replace(run, failed=run.failed | {result.host.get_name()}))
        self._record_result("failed", result, **({"ignored": True} if ignore_errors else {}))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        run = current_run()
        if run:
            set_current_run(replace(run, unreachable=run.unreachable | {result.host.get_name()}))
        self._record_result("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._end(stats)
        if self._heard or not (self._ours or self._asked):
            return
        why, remedy = "the tags left all of it out", "Give hkex.drill.drill one phase by --tags, others none"
        if self._nobody:
            why, remedy = "the inventory has nobody for it", "Give that of the fleet with -i, or see --limit"
        told = f"Nothing was done: {why}. {remedy}"
        if not self._ours:  # the playbook has other things to do
            self._display.warning(told)
            return
        self._display.error(told)
        # What it was to do, a switch or an entry of a person, would be missed by nobody: Ansible calls this a success.
        raise SystemExit(1)

    def _end(self, stats: Any) -> None:
        run = current_run()
        if run is None:
            return
        counts = {"hosts": stats.processed, "changed": stats.changed, "failed": stats.failures}
        detail = {name: len(hosts) for name, hosts in {**counts, "unreachable": stats.dark}.items()}
        self._record("run_ended", detail, check=self._check)
        if self._status and not run.error:
            self._show(run.folder, self._status)
        self._status = None
        self._done = run.phase
        if self._lock:
            self._lock.release()
        self._lock = self._trail = None
        set_current_run(None)

    def _begin(self, phase: str, check: bool) -> Run:
        run = Run(new_run_id(), Path(self.get_option("evidence")), phase)
        set_current_run(run)
        self._check = check
        try:
            self._trail = Trail.open(run.folder)
        except Refusal as refusal:
            self._fail(refusal)
        cli = context.CLIARGS
        asked = {"playbook": self._playbook, "tags": list(cli.get("tags") or ()), "limit": cli.get("subset")}
        self._record("run_started", asked, check=check)
        if STATUS not in (phase, self._done or STATUS) and phase != self._done:
            what = f"this command has run {self._done}, and now it is to run {phase}"
            self._fail(Refusal("playbooks", what, "Exactly one phase a run: give the command one playbook"))
        return current_run() or run

    def _take_lock(self, run: Run, phase: str) -> None:
        try:
            self._lock = RunLock.acquire(run.folder, phase, now())
        except Refusal as refusal:
            self._fail(refusal)
        else:
            set_current_run(replace(run, lock_held=True))

    def _record_result(self, event: str, result: Any, **more: Any) -> None:
        self._heard = True
        if current_run() is None:
            return
        task, data = result.task, result.result
        if task.action == "hkex.drill.gate" and data.get("allowed") and data.get("phase") == STATUS:
            self._status = data
        if task.action in OURS:
            self._drill = {name: data.get(name, known) for name, known in self._drill.items()}
        detail = {"task": task.get_name(), **chosen(task.action, data), **more}
        self._record(event, detail, result.host.get_name(), bool(task.check_mode))

    def _record(
        self, event: str, detail: Mapping[str, Any], host: str | None = None, check: bool = False
    ) -> None:
        run = current_run()
        if run is None or self._trail is None:
            return
        record = {"at": now(), "run": run.id, "who": who(), "from": os.uname().nodename, "event": event}
        place = {**self._drill, "phase": run.phase, "host": host, "check": check}
        try:
            self._trail.append({**record, **place, "detail": detail})
        except Refusal as refusal:
            self._fail(refusal)

    def _show(self, folder: Path, gate: Mapping[str, Any]) -> None:
        """Write board and confirmation of the drill that the gate has let pass, from the whole trail."""
        written: list[str] = []
        try:
            trail = Trail(folder)
            drill = load(Path(gate["directory"]), gate["drill"], known=gate["digest"])
            occurrence = next((each for each in drill.occurrences if each.id == gate["occurrence"]), None)
            at = datetime.fromisoformat(gate["now"])
            known, verdict = list(trail.records()), trail.verify()
            written.append(f"board: {write_board(folder, known, drill, occurrence, at, verdict)}")
            templates = self.get_option("template")
            form = write_confirmation(
                folder, known, drill, occurrence, at, Path(templates) if templates else None, verdict
            )
            written += [f"confirmation, to be completed: {path}" for path in form]
        except (Refusal, DrillError) as refusal:
            what = "The confirmation was" if written else "Board and confirmation were"
            self._display.error(f"{what} not written: {refusal}")
        if written:
            self._display.display(
                "\n".join(written), stderr=not for_people(constants.DEFAULT_STDOUT_CALLBACK)
            )

    def _fail(self, refusal: Refusal) -> None:
        """Say it loudly, and leave it for the gate: Ansible makes no more than a warning of a callback's error."""
        self._display.error(str(refusal))
        run = current_run()
        if run and not run.error:
            set_current_run(replace(run, error=str(refusal)))
