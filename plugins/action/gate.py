# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: whether a phase may run now on these workstations, and which of them go first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import canary, fleet, gate, weather
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import aims
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, load
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import STATUS
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Run, Trail, current_run

# The circulars of the collection; a folder of the user's own may be given instead.
DRILLS = Path(__file__).resolve().parents[2] / "drills"


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs on the controller and contacts no workstation; see modules/gate.py for its options."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _valid, given = self.validate_argument_spec(
            {
                "phase": {"type": "str", "choices": list(gate.PHASES)},
                "drill": {"type": "str"},
                "occurrence": {"type": "str"},
                "directory": {"type": "path", "default": str(DRILLS)},
                "force": {"type": "str"},
                "weather": {"type": "list", "elements": "dict", "default": []},
                "pretend_now": {"type": "str"},
                "failure_limit": {"type": "float", "default": 20.0},
                "canaries": {"type": "list", "elements": "str", "default": []},
                "verify_trail": {"type": "bool", "default": False},
            },
            required_by={"phase": ["drill"]},
        )
        try:
            return dict(result, **_decide(given, task_vars or {}))
        except (Refusal, DrillError) as refusal:
            return dict(result, failed=True, msg=f"{refusal}. Nothing was changed.")


def _decide(given: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
    tagged = gate.phase_of_tags(variables["ansible_run_tags"], variables["ansible_skip_tags"])
    phase = given["phase"]
    if phase is None:
        what = (
            f"runs {tagged}"
            if tagged
            else f"no phase is asked for: give one of --tags {', '.join(gate.PHASES)}"
        )
        return {"changed": False, "msg": what}
    if tagged not in (None, phase):
        raise Refusal("--tags", f"asks for {tagged}, but this is {phase}", "Run one of the two")
    run = _run(phase)
    if given["verify_trail"]:
        _verify(run)
    drill = load(Path(given["directory"]), given["drill"])
    contingency = drill.kind == gate.CONTINGENCY
    everybody = _taking_part(variables, variables["ansible_play_hosts_all"], drill)
    lost_failed, lost_unreachable = run.failed & set(everybody), run.unreachable & set(everybody)
    decision = gate.decide(
        drill,
        given["occurrence"],
        phase,
        now=_now(given, variables),
        weather=weather.parse_weather(given["weather"]),
        force=given["force"],
        fleet=(
            canary.canary_verdict(given["canaries"], lost_failed, lost_unreachable, contingency),
            canary.bound(
                len(everybody), len(lost_failed), len(lost_unreachable), given["failure_limit"], contingency
            ),
        ),
    )
    told = {
        "changed": False,
        "run": run.id,
        "drill": drill.id,
        "occurrence": decision.occurrence,
        "phase": phase,
        "directory": given["directory"],
        "digest": drill.digest,
        "allowed": not decision.refusals,
        "overridden": [str(refusal) for refusal in decision.overridden],
        "force": decision.reason,
        "notes": list(decision.notes),
        "now": decision.now.isoformat(),
        "pretend": given["pretend_now"] is not None,
        "serving": decision.serving,
        "deferred": decision.deferred,
        "deferred_until": decision.deferred_until.isoformat() if decision.deferred_until else None,
        "why": decision.why,
        # Once they have gone they stay what they were: the rest is who is not among them.
        "canaries": given["canaries"] or ([] if phase in gate.NEVER_BLOCKED else _canaries(variables, drill)),
        "msg": decision.why,
    }
    if decision.refusals:
        reasons = " ".join(f"{refusal}." for refusal in decision.refusals)
        told.update(
            failed=True, msg=f"{phase} is refused. {reasons} Nothing was changed by this phase since."
        )
    return told


def _run(phase: str) -> Run:
    """The run that is on, with trail and (for whatever may write) lock."""
    run = current_run()
    if run is None:
        raise Refusal(
            "audit trail",
            "the callback that keeps it is not enabled",
            "Set callbacks_enabled = hkex.drill.audit, hkex.drill.progress in ansible.cfg and run from its folder",
        )
    if run.error:
        raise Refusal("audit trail", run.error, "Mend that first: nothing is changed without trail and lock")
    if phase != STATUS and not run.lock_held:
        raise Refusal("audit trail", "its lock is not held", "Run the phase by its playbook")
    return run


def _verify(run: Run) -> None:
    trail = Trail(run.folder)
    verdict = trail.verify()
    if not verdict.ok:
        raise Refusal(
            str(trail.path),
            f"its chain is broken at record {verdict.broken_at}: {verdict.why}",
            "Keep it as it is and find out who touched it; move it aside together with its mark to begin a new one",
        )


def _taking_part(variables: Mapping[str, Any], names: Sequence[str], drill: Drill) -> list[str]:
    return [name for name in names if fleet.takes_part(name, variables["hostvars"][name], drill.id)]


def _canaries(variables: Mapping[str, Any], drill: Drill) -> list[str]:
    """Of this batch. It reads the inventory of all its workstations: one that is wrong stops all, before the first."""
    candidates = []
    for name in _taking_part(variables, variables["ansible_play_batch"], drill):
        workstation = fleet.workstation(name, variables["hostvars"][name])
        mine = aims(drill, workstation)
        markets = {endpoint.market: None for aim in mine for endpoint in aim.endpoints}
        access = {aim.access: None for aim in mine}
        candidates.append(canary.Candidate(name, tuple(markets), workstation.system, tuple(access)))
    return list(canary.canaries(candidate for candidate in candidates if candidate.access))


def _now(given: Mapping[str, Any], variables: Mapping[str, Any]) -> datetime:
    if given["pretend_now"] is None:
        return datetime.now(UTC)
    hostvars = variables["hostvars"]
    sandbox = all(hostvars[name].get("drill_sandbox") is True for name in variables["ansible_play_hosts_all"])
    return gate.pretend(given["pretend_now"], sandbox)
