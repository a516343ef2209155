# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: whether a phase may run now on these workstations, and which of them go first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import canary, fleet, gate, history, weather
from ansible_collections.hkex.drill.plugins.plugin_utils.aims import aims, stale
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, Drill, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.run import Run, current_run, present
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import parse_holidays
from ansible_collections.hkex.drill.plugins.plugin_utils.tags import TAGS, phase_of_tags
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import CLEANUP, STATUS
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail


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
                "directory": {"type": "path", "default": str(DIRECTORY)},
                "force": {"type": "str"},
                "weather": {"type": "raw", "default": []},
                "pretend_now": {"type": "str"},
                "failure_limit": {"type": "raw", "default": 20.0},
                "holidays": {"type": "raw", "default": []},
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
    tagged = phase_of_tags(variables["ansible_run_tags"], variables["ansible_skip_tags"])
    phase = given["phase"]
    if phase is None:
        if tagged:
            return {"changed": False, "msg": f"runs {tagged}"}
        what = f"No phase is asked for, so nothing is done: give one of --tags {', '.join(TAGS)}"
        return {"changed": False, "msg": what, "warnings": [what]}
    if tagged not in (None, phase):
        raise Refusal("--tags", f"asks for {tagged}, but this is {phase}", "Run one of the two")
    run = _run(phase)
    if given["verify_trail"]:
        _verify(run)
    drill = load(Path(given["directory"]), given["drill"])
    now, no_time = gate.or_refusal(lambda: present(given["pretend_now"], variables), datetime.now(UTC))
    signals, no_signals = gate.or_refusal(lambda: weather.parse_weather(given["weather"]), ())
    days = given["holidays"] if phase == CLEANUP else ()  # of which no other phase says anything
    holidays, no_holidays = gate.or_refusal(lambda: parse_holidays(days), ())
    before = [*Trail(run.folder).records()] if phase == STATUS else []
    decision = gate.decide(
        drill,
        given["occurrence"],
        phase,
        now=now,
        weather=signals,
        force=given["force"],
        fleet=(no_time, no_signals, no_holidays, *_lost(given, variables, drill, run, phase)),
        switched=history.last_phase(before, drill.id, gate.SWITCHES),
        holidays=holidays,
    )
    told = {
        "changed": False,
        **decision.as_dict(),
        "run": run.id,
        "directory": given["directory"],
        "digest": drill.digest,
        "pretend": given["pretend_now"] is not None and no_time is None,
        "recorded_keys": history.recorded_keys(before, drill.id, decision.occurrence),
        "stale": list(stale(drill, _others(given, drill))),
        # Once they have gone they stay what they were: the rest is who is not among them.
        "canaries": given["canaries"],
    }
    if decision.refusals:
        reasons = " ".join(f"{refusal}." for refusal in decision.refusals)
        rest = "Only the canaries were changed" if given["canaries"] else "Nothing was changed"
        told.update(failed=True, msg=f"{phase} is refused. {reasons} {rest}.")
    elif not given["canaries"] and phase not in gate.NEVER_BLOCKED:
        told["canaries"] = _canaries(given, variables, drill)
    return told


def _lost(
    given: Mapping[str, Any], variables: Mapping[str, Any], drill: Drill, run: Run, phase: str
) -> tuple[gate.GateRefusal | None, ...]:
    """What the workstations that this run has lost so far, of all that take part, say against going on.

    Those that cannot be reached stop nobody in contingency, nor when it is cleaned up: for the night many are off.
    """
    tolerant = drill.kind == gate.CONTINGENCY or phase == CLEANUP
    names = variables["ansible_play_hosts_all"]
    everybody, no_fleet = gate.or_refusal(lambda: _taking_part(given, variables, names, drill), list(names))
    failed, unreachable = run.failed & set(everybody), run.unreachable & set(everybody)
    lost = (len(everybody), len(failed), len(unreachable))
    exceeded, no_bound = gate.or_refusal(lambda: canary.bound(*lost, given["failure_limit"], tolerant), None)
    held = canary.canary_verdict(given["canaries"], failed, unreachable, tolerant)
    return no_fleet, no_bound, exceeded, held


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


def _taking_part(
    given: Mapping[str, Any], variables: Mapping[str, Any], names: Sequence[str], drill: Drill
) -> list[str]:
    known = available(DIRECTORY, Path(given["directory"]))
    return [name for name in names if fleet.takes_part(name, variables["hostvars"][name], drill.id, known)]


def _canaries(given: Mapping[str, Any], variables: Mapping[str, Any], drill: Drill) -> list[str]:
    """Of this batch. It reads the inventory of all its workstations: one that is wrong stops all, before the first."""
    candidates = []
    for name in _taking_part(given, variables, variables["ansible_play_batch"], drill):
        workstation = fleet.workstation(name, variables["hostvars"][name])
        mine = aims(drill, workstation)
        markets = {endpoint.market: None for aim in mine for endpoint in aim.endpoints}
        access = {aim.access: None for aim in mine}
        candidates.append(canary.Candidate(name, tuple(markets), workstation.system, tuple(access)))
    return list(canary.canaries(candidate for candidate in candidates if candidate.access))


def _others(given: Mapping[str, Any], drill: Drill) -> Iterator[Drill]:
    """The other drills of its folder; one that is wrong is nobody's business today."""
    directory = Path(given["directory"])
    for name in available(directory):
        if name != drill.id:
            with suppress(DrillError):
                yield load(directory, name)
