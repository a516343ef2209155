# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trails of days that never were, for tests and benchmark: records as the audit callback and people write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils._board_checklist import Item
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, Drill, Occurrence, load

REHEARSAL = "2021-11-06-ccass-failover-rehearsal"
SESSIONS = "2024-11-rrs-secondary-connectivity"
DAY = "2021-11-06"

VERDICT = "hkex.drill.proof : Name who is not as it should be"
GATE = "hkex.drill.gate : Decide whether the phase may run now"
LOOK = "hkex.drill.proof : See where the workstation points, and prove it"


@cache
def drill(name: str = REHEARSAL, occurrence: str = DAY) -> tuple[Drill, Occurrence]:
    """A drill and one of its occurrences."""
    found = load(DIRECTORY, name)
    return found, next(each for each in found.occurrences if each.id == occurrence)


def hk(text: str) -> datetime:
    """A time of Hong Kong: ``2021-11-06 12:20``."""
    return datetime.fromisoformat(f"{text}+08:00")


NOW = hk("2021-11-06 23:00")


def row(host: str, system: str, points_at: str, **more: Any) -> dict[str, Any]:
    """A row of a look that is as it should be."""
    access = "dns" if system == "ccass" else "host_table"
    plain = {"workstation": host, "system": system, "access": access, "points_at": points_at}
    return {
        **plain,
        "dns": "ok" if access == "dns" else "-",
        "changed": False,
        "configuration": "ok",
        "service": "ok",
        **more,
    }


def finding(level: str, where: str, what: str, remedy: str = "Mend it") -> dict[str, str]:
    return {"level": level, "where": where, "what": what, "remedy": remedy}


@dataclass
class Pen:
    """Writes records one after the other, a second apart."""

    drill: str = REHEARSAL
    occurrence: str | None = DAY
    records: list[dict[str, Any]] = field(default_factory=list)
    at: datetime = datetime(2021, 11, 5, tzinfo=UTC)
    run: str = ""
    phase: str | None = None
    check: bool = False

    def write(self, event: str, detail: object = None, host: str | None = None, **more: Any) -> int:
        """A record; its number."""
        self.at += timedelta(seconds=1)
        place = {"drill": self.drill, "occurrence": self.occurrence, "phase": self.phase, "host": host}
        self.records.append(
            {
                "seq": len(self.records) + 1,
                "at": self.at.isoformat(timespec="microseconds"),
                "run": self.run,
                "who": "amy",
                "from": "controller",
                "event": event,
                **place,
                "check": self.check,
                "detail": {} if detail is None else detail,
                **more,
            }
        )
        return len(self.records)

    def begin(
        self,
        phase: str,
        at: str,
        *,
        check: bool = False,
        allowed: bool = True,
        limit: str | None = None,
        **gate: Any,
    ) -> None:
        """A run up to what its gate decides."""
        self.at, self.phase, self.check = hk(at).astimezone(UTC), phase, check
        self.run = f"run-{len(self.records)}"
        asked = {"playbook": "drill.yml", "limit": limit}
        self.write("run_started", asked, drill=None, occurrence=None)
        said = {"task": GATE, "allowed": allowed, "overridden": [], "force": None, "msg": "why", **gate}
        self.write("gate" if allowed else "failed", said, "ws-1")

    def look(self, host: str, rows: Sequence[dict[str, Any]], step: str = "look", **more: Any) -> int:
        """What a workstation answered."""
        changed = any(each["changed"] for each in rows)
        detail = {"task": LOOK, "step": step, "changed": changed, "rows": list(rows), "findings": [], **more}
        return self.write("result", detail, host)

    def lost(self, host: str, event: str = "unreachable", msg: str = "no route to host") -> int:
        return self.write(event, {"task": LOOK, "msg": msg}, host)

    def judge(self, *hosts: str) -> None:
        """The play without a phase at the end of status and cleanup, for whom it fails."""
        self.phase = None
        for host in hosts:
            self.write("failed", {"task": VERDICT, "msg": "Not as it should be: rap"}, host)

    def end(self, failed: int = 0) -> int:
        self.phase = None if self.phase == "status" else self.phase
        return self.write("run_ended", {"hosts": 1, "changed": 0, "failed": failed, "unreachable": 0})

    def note(
        self, text: str, at: str, items: Iterable[str] = (), host: str | None = None, **more: Any
    ) -> int:
        """What a person writes down."""
        self.at, self.phase, self.run, self.check = hk(at).astimezone(UTC), "note", f"note-{at}", False
        return self.write("note", {"text": text, "items": list(items), "corrects": None, **more}, host)


def rows(host: str, centre: str, **more: Any) -> list[dict[str, Any]]:
    """The three systems of a workstation."""
    places = {"ccass": "by DNS", "rap": centre, "var_online": centre}
    return [row(host, system, place, **more) for system, place in places.items()]


def sandbox_day(hosts: Sequence[str] = ("ws-1", "ws-2", "ws-10"), findings: int = 1) -> list[dict[str, Any]]:
    """A day on which all goes well, but for warnings: prepared, switched, proved, back, clean."""
    pen = Pen()
    warned = [
        finding("warning", f"place {number}", "something that is not quite right there")
        for number in range(findings)
    ]
    pen.begin("pre-drill", "2021-11-05 17:00")
    for host in hosts:
        pen.look(host, rows(host, "none", configuration="failed"), rap_keys={"CA10001001": "SHA256:a"})
    pen.write("readiness", {"findings": [], "findings_of": {}, "msg": "0 are not ready"}, hosts[0])
    for host in hosts:
        listed = [
            {"path": "rehearsal_files", "new": "baseline, listed in /var/lib/hkex-drill/blobs/e3b0c442"}
        ]
        pen.look(host, rows(host, "primary", changed=True, service="-"), "write", edits=listed)
    pen.end()
    stretches = (
        ("status", "2021-11-06 11:40", "primary", "ok"),
        ("to-secondary", "2021-11-06 12:20", "secondary", "deferred"),
        ("status", "2021-11-06 14:35", "secondary", "ok"),
        ("to-primary", "2021-11-06 16:05", "primary", "deferred"),
        ("cleanup", "2021-11-06 16:30", "primary", "deferred"),
        ("status", "2021-11-06 22:40", "primary", "ok"),
    )
    for phase, at, centre, service in stretches:
        pen.begin(phase, at)
        if phase.startswith("to-"):
            for host in hosts:
                pen.look(host, rows(host, centre, changed=True, service="-"), "write")
        for host in hosts:
            clean = {"not_clean": ""} if phase == "cleanup" else {}
            pen.look(host, rows(host, centre, service=service), findings=warned, **clean)
        pen.end()
    pen.note("Hotline: it takes place", "2021-11-06 09:35", ["hotline"], by="Bob")
    return pen.records


def told(records: list[dict[str, Any]]) -> Day:
    """The rehearsal's day as it is known at its end."""
    return day(records, *drill(), NOW)


def item(known: Day, name: str) -> Item:
    return next(each for each in known.items if each.id == name)
