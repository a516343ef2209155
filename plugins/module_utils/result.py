# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the engine tells: JSON-safe, and free of secrets because only what is listed here is told."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from ansible_collections.hkex.drill.plugins.module_utils.engine import CONFLICT, UNCHANGED, UNDONE
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    Adapter,
    Assign,
    Concern,
    Edit,
    Outcome,
    Plan,
    Refusal,
    Seen,
    Splice,
)

HIDDEN = "(hidden)"

# Files that move are told one by one up to this number; the workstation keeps the whole list.
MOST = 1000


def result(outcome: Outcome, concerns: Sequence[Concern], diff: bool) -> Dict[str, Any]:
    """The result of a module: what was there, what is there now (in check mode: would be), and what made it so.

    :param diff: ``--diff`` was given
    """
    moved = _moved(outcome)
    told: Dict[str, Any] = {
        "changed": outcome.state not in (UNCHANGED, UNDONE),
        "state": outcome.state,
        "transaction": outcome.transaction,
        "before": _described(concerns, outcome.before),
        "after": _described(concerns, outcome.after),
        "edits": [_edit(edit) for edit in outcome.plan.edits] + moved,
        "findings": [finding._asdict() for finding in outcome.plan.findings],
        "files": _files(outcome),
    }
    if diff:
        told["diff"] = _diff(outcome.plan) + [
            {
                "before_header": each["path"],
                "after_header": each["path"],
                "before": "",
                "after": each["new"] + "\n",
            }
            for each in moved
        ]
    if outcome.state in (UNDONE, CONFLICT) or any(f.level == ERROR for f in outcome.plan.findings):
        told.update(failed=True, msg=_failure(outcome))
    return told


def observation(outcome: Outcome, concerns: Sequence[Concern]) -> Dict[str, Any]:
    """The result of a module that only looks: what is there, and what is to be said about it."""
    told = _described(concerns, outcome.before, faultless=True)
    told.update(
        changed=False,
        hostname=outcome.before.facts.hostname,
        system=outcome.before.facts.system,
        clock=outcome.before.facts.clock,
        adapters=[_adapter(adapter) for adapter in outcome.before.facts.adapters],
        people=[
            {"name": person.name, "folder": person.folder, "proxy": person.proxy, "pac": person.pac}
            for person in outcome.before.facts.profiles
        ],
        findings=[finding._asdict() for finding in outcome.plan.findings],
    )
    return told


def _adapter(adapter: Adapter) -> Dict[str, Any]:
    told: Dict[str, Any] = {"name": adapter.name, "addresses": list(adapter.addresses)}
    if adapter.static is not None:
        told.update(dns=list(adapter.dns), dns_from="static" if adapter.static else "DHCP")
    return told


def _described(concerns: Sequence[Concern], seen: Seen, faultless: bool = False) -> Dict[str, Any]:
    return {
        concern.name: dict(
            concern.describe(concern.options, seen), as_asked=_as_asked(concern, seen, faultless)
        )
        for concern in concerns
    }


def _as_asked(concern: Concern, seen: Seen, faultless: bool) -> bool:
    """``faultless``: and nothing keeps it from having its effect, which of a predicted state nobody can see."""
    try:
        plan = concern.plan(concern.options, seen)
        wrong = faultless and any(finding.level == ERROR for finding in plan.findings)
        return not (plan.edits or plan.files) and not wrong
    except Refusal:  # what was there before an unfinished run was taken back need not be a state to plan from
        return False


def _files(outcome: Outcome) -> Dict[str, Any]:
    """Every file a concern may write, as it is after the run: what a check mode predicts to the byte."""
    return {
        path: None if file is None else {"sha256": file.sha256, "size": len(file.content)}
        for path, file in sorted(outcome.after.files.items())
    }


def _moved(outcome: Outcome) -> List[Dict[str, Any]]:
    """The files that move, up to a number; the first entry says where the whole list is."""
    if not outcome.plan.files:
        return []
    from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_told

    return [_rehearsal_told.edit(each, outcome.before) for each in outcome.plan.files[:MOST]]


def _edit(edit: Edit) -> Dict[str, Any]:
    if isinstance(edit, Splice):
        told = {"path": edit.path, "start": edit.start, "old": _text(edit.old), "new": _text(edit.new)}
        return dict(told, old=HIDDEN, new=HIDDEN) if edit.secret else told
    if isinstance(edit, Assign):
        values = (HIDDEN, HIDDEN) if edit.secret else (edit.before, edit.after)
        return {"setting": "/".join(edit.key), "old": values[0], "new": values[1]}
    return {"path": edit.path, "restored": edit.after}


def _diff(plan: Plan) -> List[Dict[str, str]]:
    """For ``--diff``: the lines that change, place by place, in the order of the file."""
    told: Dict[str, List[Mapping[str, Any]]] = {}
    ordered = sorted(plan.edits, key=lambda edit: edit.start if isinstance(edit, Splice) else 0)
    for edit in ordered:
        told.setdefault(_place(edit), []).append(_edit(edit))
    return [
        {
            "before_header": place,
            "after_header": place,
            "before": "".join(_line(edit.get("old", "")) for edit in edits),
            "after": "".join(_line(edit["new"] if "new" in edit else _restored(edit)) for edit in edits),
        }
        for place, edits in told.items()
    ]


def _place(edit: Edit) -> str:
    return "/".join(edit.key) if isinstance(edit, Assign) else edit.path


def _restored(edit: Mapping[str, Any]) -> str:
    return f"(as the drill found it: {edit['restored'] or 'no such file'})"


def _line(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else repr(value)
    return text if not text or text.endswith("\n") else text + "\n"


def _text(content: bytes) -> str:
    """Bytes for a person's eyes: what is no UTF-8 shows as escapes."""
    return content.decode("utf-8", "backslashreplace")


def _failure(outcome: Outcome) -> str:
    what = "the change did not hold and was taken back"
    if outcome.state not in (UNDONE, CONFLICT):
        what = "not all of it could be done"
    if outcome.state == CONFLICT:
        what = "the change did not hold; something else stands there now and was left alone"
    return f"{what}. " + " ".join(
        f"{finding.where}: {finding.what}. {finding.remedy}."
        for finding in outcome.plan.findings
        if finding.level == ERROR
    )
