# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fleet on one page: a table of workstations and systems, what to do about what was found, and one line of sum.

Pure text from rows; plain columns that read the same in a terminal, a log and a mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

COLUMNS = ("Workstation", "System", "Access", "Data centre", "DNS", "Changed", "Configuration", "Service")
CLIENT_COLUMNS = ("Workstation", "User", "SFTP client", "Version", "Data centre", "One login", "Left to do")
FILES_COLUMNS = ("Workstation", "Taken", "Put back", "Gone", "Left", "Quarantine", "Until")
SYSTEMS = {"rap": "RAP", "var_online": "VaR Online", "ccass": "CCASS", "ccms": "CCMS", "dns": "DNS"}

UNREACHABLE = "unreachable"
FAILED = "failed"

_NOTHING = "-"
_LEVELS = ("error", "pending", "warning")  # those that are shown, the gravest first
_AWAY = ("secondary", "mixed", "none")
_NAMED = 5  # workstations named before "and n more"


@dataclass(frozen=True)
class Row:
    """One system of one workstation; ``-`` is what does not apply or is not known.

    ``points_at``: primary, secondary, mixed or none, or why that is not known (see ``pointing``).
    ``configuration``: ok, failed or pending. ``service``: ok, failed, deferred or pending.
    """

    workstation: str
    system: str = _NOTHING
    access: str = _NOTHING
    points_at: str = _NOTHING
    dns: str = _NOTHING
    changed: bool = False
    configuration: str = _NOTHING
    service: str = _NOTHING

    @classmethod
    def read(cls, workstation: str, data: Mapping[str, Any]) -> Row:
        """From what a phase reports; what it leaves out is ``-``."""
        given: dict[str, Any] = {
            name: _text(data[name]) for name in _TEXTS if data.get(name) not in (None, "", [])
        }
        return replace(cls(workstation, changed=bool(data.get("changed"))), **given)

    def then(self, later: Row) -> Row:
        """This, completed and overruled by a later row of the same system."""
        known = {name: getattr(later, name) for name in _TEXTS if getattr(later, name) != _NOTHING}
        return replace(self, **known, changed=self.changed or later.changed)

    def cells(self) -> tuple[str, ...]:
        system = SYSTEMS.get(self.system, self.system)
        changed = "yes" if self.changed else "no"
        texts = (self.workstation, system, self.access, self.points_at, self.dns, changed)
        return tuple(printable(text) for text in (*texts, self.configuration, self.service))


_TEXTS = tuple(field.name for field in fields(Row) if field.name not in ("workstation", "changed"))


@dataclass(frozen=True)
class _Told:
    """A line of a table beside the fleet's: texts about a workstation, ``-`` where there is nothing to tell."""

    workstation: str

    @classmethod
    def read(cls, workstation: str, data: Mapping[str, Any]) -> Self:
        """From what a phase reports."""
        names = (field.name for field in fields(cls) if field.name != "workstation")
        return cls(workstation, **{name: _text(data[name]) for name in names if data.get(name)})

    def cells(self) -> tuple[str, ...]:
        return tuple(printable(getattr(self, field.name)) for field in fields(self))


@dataclass(frozen=True)
class Client(_Told):
    """The SFTP client of one person on one workstation.

    ``one_login``: yes or no by what the client was seen to do; ``left``: what is left for a person.
    """

    user: str = _NOTHING
    client: str = _NOTHING
    version: str = _NOTHING
    points_at: str = _NOTHING
    one_login: str = _NOTHING
    left: str = _NOTHING


@dataclass(frozen=True)
class Files(_Told):
    """What a cleanup did with the files of one workstation: numbers, where those are that it took, and how long."""

    taken: str = _NOTHING
    put_back: str = _NOTHING
    gone: str = _NOTHING
    left: str = _NOTHING
    quarantine: str = _NOTHING
    until: str = _NOTHING


@dataclass(frozen=True)
class Trouble:
    """Why a workstation dropped out: ``kind`` is ``unreachable`` (a later run finishes it) or ``failed``."""

    kind: str
    message: str


@dataclass(frozen=True)
class Found:
    """A finding and the workstation that has it."""

    workstation: str
    level: str
    where: str
    what: str
    remedy: str = ""


def render(
    rows: Sequence[Row],
    findings: Iterable[Found] = (),
    troubles: Mapping[str, Trouble] | None = None,
    silent: Sequence[str] = (),
    apart: Sequence[str] = (),
    check: bool = False,
    clients: Sequence[Client] = (),
    roll_call: bool = False,
    clean: Mapping[str, bool] | None = None,
    files: Sequence[Files] = (),
) -> str:
    """All there is to say about the fleet; empty if no workstation reported and none dropped out.

    Rows stand as they come. ``apart`` are workstations that the drill does not concern; ``silent`` are those of the
    play that reported nothing at all. ``check``: the rows say what would be. ``clients`` and ``files`` stand in
    tables of their own.
    ``roll_call``: name everybody who is not on the primary data centre or of whom that is not known, not only some,
    and who is ``clean`` and who is not: on whom something of the drill is left.
    """
    troubles = troubles or {}
    rows = [*_marked(rows, troubles)]
    if not rows:
        return ""
    fallen = (
        Found(name, "pending" if trouble.kind == UNREACHABLE else "error", trouble.kind, trouble.message)
        for name, trouble in troubles.items()
    )
    parts = [
        "Check mode: nothing was changed; this is what would be.\n" if check else "",
        _table([COLUMNS, *(row.cells() for row in rows)]),
        _table([CLIENT_COLUMNS, *(client.cells() for client in clients)]) if clients else "",
        _table([FILES_COLUMNS, *(each.cells() for each in files)]) if files else "",
        _findings([*findings, *fallen]),
        _roll_call(rows, troubles, silent, clean or {}) if roll_call else "",
        _summary(rows, troubles, silent, apart),
    ]
    return "\n".join(part for part in parts if part)


def printable(text: str) -> str:
    """Without line ends and control characters: names and messages come from elsewhere."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _text(value: Any) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, (list, tuple)) else str(value)


def _marked(rows: Sequence[Row], troubles: Mapping[str, Trouble]) -> Iterable[Row]:
    """The rows, what is still unknown of a workstation that dropped out marked so, and a row where it has none."""
    for row in rows:
        trouble = troubles.get(row.workstation)
        state = _state(trouble) if trouble else _NOTHING
        later = (
            state if trouble and trouble.kind == UNREACHABLE else _NOTHING
        )  # else nobody asked for a service
        yield replace(
            row,
            configuration=state if row.configuration == _NOTHING else row.configuration,
            service=later if row.service == _NOTHING else row.service,
        )
    reported = {row.workstation for row in rows}
    for name, trouble in troubles.items():
        if name not in reported:
            yield Row(name, configuration=_state(trouble))


def _state(trouble: Trouble) -> str:
    return "pending" if trouble.kind == UNREACHABLE else FAILED


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in (lines[0], rule, *lines[1:])
    )


def _findings(findings: Iterable[Found]) -> str:
    groups: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for found in findings:
        if found.level in _LEVELS:
            same = groups.setdefault((found.level, found.where, found.what, found.remedy), {})
            same[found.workstation] = None
    lines = ""
    for (level, where, what, remedy), names in sorted(
        groups.items(), key=lambda item: _LEVELS.index(item[0][0])
    ):
        many = f"{len(names)} workstations: " if len(names) > 1 else ""
        lines += printable(f"{level}: {where}: {what} ({many}{_names(list(names))})") + "\n"
        lines += f"    {printable(remedy)}\n" if remedy else ""
    return lines


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _summary(
    rows: Sequence[Row], troubles: Mapping[str, Trouble], silent: Sequence[str], apart: Sequence[str]
) -> str:
    fleet: dict[str, list[Row]] = {}
    for row in rows:
        fleet.setdefault(row.workstation, []).append(row)
    verdicts: dict[str, list[str]] = {}
    for name, own in fleet.items():
        verdicts.setdefault(_verdict(own, troubles.get(name)), []).append(name)
    parts = [
        f"{len(names)} {verdict}" + ("" if verdict.startswith("on ") else f": {_names(names)}")
        for verdict, names in sorted(verdicts.items(), key=lambda item: not item[0].startswith("on "))
    ]
    unproven = [name for name, own in fleet.items() if any(row.service == FAILED for row in own)]
    if unproven:
        parts.append(f"service proof failed on {len(unproven)}: {_names(unproven)}")
    if apart:
        parts.append(f"{len(apart)} not concerned: {_names(apart)}")
    if silent:
        parts.append(f"{len(silent)} without a report: {_names(silent)}")
    return printable(f"{len(fleet)} workstation{'' if len(fleet) == 1 else 's'}: {'; '.join(parts)}")


def _roll_call(
    rows: Sequence[Row], troubles: Mapping[str, Trouble], silent: Sequence[str], clean: Mapping[str, bool]
) -> str:
    away = dict.fromkeys(row.workstation for row in rows if row.points_at in _AWAY)
    unknown = (row.workstation for row in rows if row.points_at == "unknown")
    lost = [name for name in dict.fromkeys([*unknown, *troubles, *silent]) if name not in away]
    dumb = {*troubles, *silent} - {*clean}
    told = (
        ("clean", [name for name, is_clean in clean.items() if is_clean]),
        ("not clean", [name for name, is_clean in clean.items() if not is_clean]),
        ("not on primary", away),
        ("not known where it points", [name for name in lost if name not in dumb]),
        ("not known", [name for name in lost if name in dumb]),
    )
    return "".join(
        printable(f"{what} ({len(names)}): {', '.join(names)}") + "\n" for what, names in told if names
    )


def _verdict(rows: Sequence[Row], trouble: Trouble | None) -> str:
    """Where a workstation stands, in the words of the summary."""
    if trouble:
        return "pending (unreachable)" if trouble.kind == UNREACHABLE else FAILED
    configurations = {row.configuration for row in rows}
    for state in (FAILED, "pending"):
        if state in configurations:
            return state
    places = {row.points_at for row in rows} & {"primary", "secondary", "mixed", "none"}
    if len(places) > 1 or "mixed" in places:
        return "mixed"
    if not places and all(row.points_at == _NOTHING for row in rows):
        return "not looked at"
    place = next(iter(places), "where the exchange's DNS leads")
    return "pointing nowhere" if place == "none" else f"on {place}" if places else place
