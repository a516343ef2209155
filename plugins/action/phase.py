# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a phase does on one workstation: from drill and inventory to its options, and from its answer to the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import fleet, logins
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import aims, questions, wishes
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import (
    DIRECTORY,
    PRIMARY,
    SECONDARY,
    Drill,
    available,
    load,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.gate import SWITCHES
from ansible_collections.hkex.drill.plugins.plugin_utils.pointing import (
    DEFERRED,
    NOTHING,
    astray,
    clients,
    findings,
    rows,
    running,
    unplaced,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.preparations import (
    fingerprints,
    preparations,
    pretended_day,
    rap_keys,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.rehearsal import (
    BASELINE,
    PURGED,
    cleaned,
    from_rehearsal,
    not_clean,
    rehearsal_files,
    to_rehearsal,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.run import passed
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import (
    CLEANUP,
    PRE_DRILL,
    ROLLBACK,
    STATUS,
    TO_PRIMARY,
    TO_SECONDARY,
)

# Where a phase wants the fleet to point; for status the gate says it, a rollback takes what was there before.
WANTED = {PRE_DRILL: PRIMARY, TO_SECONDARY: SECONDARY, TO_PRIMARY: PRIMARY, CLEANUP: PRIMARY}

WRITE = "write"
LOOK = "look"
ORDER = "order"
LOG_ON = "log_on"


class ActionModule(ActionBase):  # type: ignore[misc]
    """See modules/phase.py for its options."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "gate": {"type": "dict", "required": True},
                "step": {"type": "str", "choices": [WRITE, LOOK, ORDER, LOG_ON], "required": True},
                "looks": {"type": "dict", "default": {}},
                "unproved": {"type": "dict", "default": {}},
            }
        )
        variables = task_vars or {}
        name = variables["inventory_hostname"]
        try:
            verdict = passed(given["gate"])
            drill = load(Path(verdict["directory"]), verdict["drill"], known=verdict["digest"])
            if given["step"] == ORDER:
                return dict(result, **_order(drill, verdict, variables, given["looks"]))
            own = variables["hostvars"][name]
            known = available(DIRECTORY, Path(verdict["directory"]))
            if not fleet.takes_part(name, own, drill.id, known):
                return dict(result, **_apart(f"{name} takes no part in {drill.id}"))
            workstation = fleet.workstation(name, own)
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=f"{refusal}. Nothing was changed.")
        if not aims(drill, workstation):
            return dict(result, **_apart(f"{name} uses no system that {drill.id} is about"))
        if given["step"] == LOOK and verdict["phase"] in SWITCHES and self._task.check_mode:
            return dict(
                result, changed=False, skipped=True, skip_reason="check mode: there is nothing to prove yet"
            )
        if given["step"] == LOG_ON:
            told = self._log_on(verdict, drill, workstation, variables, given["unproved"])
        else:
            step = self._write if given["step"] == WRITE else self._look
            told = step(verdict, drill, workstation, variables)
        return dict(
            result,
            **told,
            **{key: verdict[key] for key in ("phase", "drill", "occurrence")},
            step=given["step"],
        )

    def _write(
        self,
        verdict: Mapping[str, Any],
        drill: Drill,
        workstation: fleet.Workstation,
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        """One visit that writes everything of the phase."""
        phase = verdict["phase"]
        if phase == ROLLBACK:
            asked: dict[str, Any] = {"rollback": True}
        elif phase == CLEANUP:
            asked = _cleanup(drill, workstation)
        else:
            asked = wishes(drill, workstation, WANTED[phase], phase != TO_PRIMARY, verdict["stale"])
        if phase == PRE_DRILL:
            asked.update(rehearsal_files(drill, workstation, BASELINE))
        if phase in (PRE_DRILL, TO_SECONDARY) and verdict["today"]:
            asked.update(to_rehearsal(drill, workstation, asked))
        answer: dict[str, Any] = {"changed": False, "before": {}, "after": {}, "findings": []}
        if asked:
            answer = self._visit(
                "workstation", {**_identity(drill, verdict), **asked}, workstation, variables
            )
        if phase == ROLLBACK and answer.get(
            "changed"
        ):  # also of one that failed: the rest of it has gone back
            answer["rows"] = unplaced(drill, workstation, changed=True)
        if phase == CLEANUP and "after" in answer:
            answer["cleaned"] = cleaned(workstation.files.keep_days, answer, datetime.now(UTC))
            if answer.get("failed") and "rehearsal_files" in answer["after"]:  # nobody looks again
                answer["not_clean"] = not_clean(answer["after"])
        lost = answer.get("failed") or answer.get("unreachable")
        if phase in (ROLLBACK, CLEANUP) or lost or "after" not in answer:
            return answer  # where it points then is for the proof to say
        wanted = WANTED.get(phase)
        answer["rows"] = rows(drill, workstation, wanted, answer["after"], answer["before"], NOTHING)
        answer["findings"] += findings(drill, workstation, wanted, answer["after"])
        return answer

    def _look(
        self,
        verdict: Mapping[str, Any],
        drill: Drill,
        workstation: fleet.Workstation,
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        """One visit that reads: the configuration, and over the network what serves now."""
        phase = verdict["phase"]
        settled = phase != PRE_DRILL  # before its write, where it points is not yet what it is to be
        wanted = verdict["wanted"] if phase == STATUS else WANTED.get(phase)
        asked = wishes(drill, workstation, wanted or PRIMARY, stale=verdict["stale"])
        if not verdict["deferred"]:
            services = questions(drill, workstation, wanted or PRIMARY, settled)
            asked.update({"services": services} if services else {})
        if phase == STATUS:
            recorded = verdict["recorded_keys"].get(workstation.name, {})
            keys = rap_keys(drill, workstation, recorded, pretended_day(verdict))
            asked.update({"rap_key": keys} if keys else {})
        if phase == PRE_DRILL:
            now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            asked.update(preparations(drill, workstation, now, pretended_day(verdict)))
        if phase == CLEANUP or (phase == STATUS and verdict["cleaning"]):
            files = rehearsal_files(drill, workstation, PURGED)
            asked.update({**files, **_identity(drill, verdict)} if files else {})
        answer: dict[str, Any] = {"changed": False, "findings": []}
        if asked:
            answer = self._visit("workstation_info", asked, workstation, variables)
        if answer.get("failed") or answer.get("unreachable"):
            return answer
        if phase == ROLLBACK:
            answer["findings"] = []  # they are about what the drill would have there
        answer["rows"] = rows(
            drill,
            workstation,
            wanted,
            answer,
            service=DEFERRED if verdict["deferred"] else None,
            # As it was before the drill is right, whatever that was; what did not go back has failed already.
            configuration=NOTHING if phase == ROLLBACK else None,
        )
        # What was there before the drill need not be what the drill wants.
        answer["findings"] += findings(drill, workstation, wanted, answer, settled and phase != ROLLBACK)
        if phase == PRE_DRILL:
            answer["rap_keys"] = fingerprints(answer)
            answer["findings"] += running(answer)
        if phase == STATUS:
            wrong = [
                f"{each['where']} ({each['what']})" for each in answer["findings"] if each["level"] == ERROR
            ]
            answer["astray"] = [*astray(drill, workstation, answer["rows"]), *wrong]
            answer["clients"] = clients(drill, workstation, answer)
        if "rehearsal_files" in answer:
            after: Mapping[str, Any] = {}
            if phase == CLEANUP and self._task.check_mode:  # judged by what would be
                asked = {**_identity(drill, verdict), **_cleanup(drill, workstation)}
                after = self._visit("workstation", asked, workstation, variables).get("after", {})
            answer["not_clean"] = not_clean({**answer, **after})
            answer["astray"] = [*answer.get("astray", ()), *filter(None, [answer["not_clean"]])]
        return answer

    def _log_on(
        self,
        verdict: Mapping[str, Any],
        drill: Drill,
        workstation: fleet.Workstation,
        variables: dict[str, Any],
        unproved: Mapping[str, str],
    ) -> dict[str, Any]:
        """One visit that logs on to RAP, where that is asked for and may be."""
        if verdict["deferred"]:
            return {"changed": False, "skipped": True, "skip_reason": verdict["why"]}
        asked, left = logins.log_on(
            drill, workstation, verdict["wanted"] or PRIMARY, verdict["window"], unproved
        )
        answer: dict[str, Any] = {"changed": False, "findings": []}
        if asked:
            answer = self._visit("endpoint_info", asked, workstation, variables)
        if answer.get("failed") or answer.get("unreachable"):
            return answer
        answer["rows"] = logins.rows(drill, workstation, answer)
        answer["logins"] = logins.told(answer)
        answer["astray"] = logins.astray(answer, left)
        answer["findings"] += [each._asdict() for each in left]
        return answer

    def _visit(
        self, module: str, options: dict[str, Any], workstation: fleet.Workstation, variables: dict[str, Any]
    ) -> dict[str, Any]:
        """Hand the options to the action that knows the ways of the workstation's system."""
        task = self._task.copy()
        task.action = f"hkex.drill.{module}"
        task.args = dict(options, **({"state_dir": workstation.state_dir} if workstation.state_dir else {}))
        action = self._shared_loader_obj.action_loader.get(
            "hkex.drill.workstation",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        try:
            answer: dict[str, Any] = action.run(task_vars=variables)
        finally:
            action.cleanup()  # the folder it may have made on the workstation
        return answer


def _order(
    drill: Drill, verdict: Mapping[str, Any], variables: Mapping[str, Any], looks: Mapping[str, Any]
) -> dict[str, Any]:
    """What the circular has verified before RAP, and is not, on all workstations of the run, also those now lost."""
    known = available(DIRECTORY, Path(verdict["directory"]))
    taking_part: dict[str, fleet.Workstation | None] = {}
    for name in variables["ansible_play_hosts_all"]:
        own = variables["hostvars"][name]
        try:
            if fleet.takes_part(name, own, drill.id, known):
                taking_part[name] = fleet.workstation(name, own)
        except Refusal:
            taking_part[name] = None
    rows = {name: look.get("rows") or () for name, look in looks.items()}
    return {"changed": False, "unproved": logins.unproved(drill, taking_part, rows)}


def _cleanup(drill: Drill, workstation: fleet.Workstation) -> dict[str, Any]:
    """What a cleanup asks for; it never switches."""
    asked = rehearsal_files(drill, workstation, PURGED)
    asked.update(from_rehearsal(drill, workstation, wishes(drill, workstation, PRIMARY)))
    return asked


def _identity(drill: Drill, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """By what a workstation knows whose its baseline and its files are."""
    return {"drill": drill.id, "occurrence": verdict["occurrence"]}


def _apart(why: str) -> dict[str, Any]:
    """The result for a workstation that is not contacted, because the drill does not concern it."""
    return {"changed": False, "skipped": True, "takes_part": False, "skip_reason": why}
