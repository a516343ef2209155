# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation in memory that can be killed at any instant, and small concerns to ask of it.

It shares nothing with the real ones but the model: the engine is held against what the model's words promise.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Answer,
    Assign,
    Concern,
    Facts,
    File,
    Finding,
    Keep,
    Key,
    Look,
    Note,
    Plan,
    Refresh,
    Refusal,
    Restore,
    Seen,
    Splice,
    Step,
    Stopped,
    Write,
)

BLOBS = "/state/blobs"


class Killed(BaseException):
    """The run is gone, as by kill -9 or a power cut: nothing of it runs any more."""


class Held(Exception):
    """A step's guard does not hold."""


@dataclass
class Memory:
    """A workstation: files, settings, blobs, and a journal that is kept as text.

    ``kill_at``: the instant, counted over all visits, at which the run is killed; ``stop_at``: the step, counted
    likewise, that cannot be carried out. ``before`` and ``after`` run around the steps of the visits that have any,
    one of each a visit: what other programs do meanwhile. ``litter``: paths beside which an unfinished file lies.
    """

    files: dict[str, File] = field(default_factory=dict)
    settings: dict[Key, Any] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    journal: str = ""
    litter: set[str] = field(default_factory=set)
    refreshed: list[str] = field(default_factory=list)
    kill_at: int | None = None
    stop_at: int | None = None
    before: list[Callable[[Memory], None]] = field(default_factory=list)
    after: list[Callable[[Memory], None]] = field(default_factory=list)
    visits: int = 0
    instants: int = 0
    steps: int = 0
    blank: Seen = field(default_factory=lambda: Seen(facts=Facts("ws1", blobs=BLOBS)))

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        self.visits += 1
        stopped = None
        if steps:
            if self.before:
                self.before.pop(0)(self)
            stopped = self._carry_out(steps)
            if self.after:
                self.after.pop(0)(self)
        return Seen(
            facts=self.blank.facts,
            files={path: self.files.get(path) for path in look.files},
            settings={key: self.settings.get(key) for key in look.settings},
            probes={probe: Answer(True, "it answers") for probe in look.probes},
            blobs={digest: self.blobs[digest] for digest in look.blobs},
            journal=tuple(self.records()),
            stopped=stopped,
        )

    def records(self) -> list[Mapping[str, Any]]:
        return [json.loads(line) for line in self.journal.split("\n")[:-1]]

    def state(self) -> Any:
        """Everything that lasts."""
        kept = (self.files, self.settings, self.blobs, self.journal, self.litter, self.refreshed)
        return copy.deepcopy(kept)

    def targets(self) -> Any:
        """What belongs to the workstation, without the engine's own records."""
        return copy.deepcopy((self.files, {k: v for k, v in self.settings.items() if v is not None}))

    def calm(self) -> Memory:
        """The same workstation, with nothing going wrong from now on."""
        self.kill_at = self.stop_at = None
        self.before, self.after = [], []
        return self

    def _carry_out(self, steps: Sequence[Step]) -> Stopped | None:
        for index, step in enumerate(steps):
            self.steps += 1
            if self.steps == self.stop_at:
                return Stopped(index, "the disk is full")
            try:
                self._do(step)
            except Held as held:
                return Stopped(index, str(held))
        return None

    def _instant(self) -> None:
        self.instants += 1
        if self.instants == self.kill_at:
            raise Killed

    def _do(self, step: Step) -> None:
        self._instant()
        if isinstance(step, Keep):
            content = self._guarded(step.path, step.sha256)
            assert content is not None
            self.blobs[step.sha256] = content
        elif isinstance(step, Note):
            self._append(step)
        elif isinstance(step, Write):
            self._replace(step.path, step.before, step.content)
        elif isinstance(step, Restore) and step.before == step.after:
            self.litter.discard(step.path)
        elif isinstance(step, Restore) and step.after is None:
            self._guarded(step.path, step.before)
            self.litter.discard(step.path)
            self.files.pop(step.path, None)
        elif isinstance(step, Restore):
            assert step.after is not None
            self._replace(step.path, step.before, self.blobs[step.after])
        elif isinstance(step, Assign):
            if self.settings.get(step.key) != step.before:
                raise Held(f"{step.key}: somebody changed it")
            self.settings[step.key] = step.after
        else:
            assert isinstance(step, Refresh)
            self.refreshed.append(step.what)
        self._instant()

    def _append(self, step: Note) -> None:
        self.journal = self.journal[: self.journal.rfind("\n") + 1]
        if len(self.records()) != step.position:
            raise Held("another run wrote in between")
        line = json.dumps(step.record)
        self.journal += line[: len(line) // 2]
        self._instant()
        self.journal += line[len(line) // 2 :] + "\n"

    def _replace(self, path: str, before: str | None, content: bytes) -> None:
        self.litter.add(path)
        self._instant()
        try:
            self._guarded(path, before)
        finally:
            self.litter.discard(path)
        self.files[path] = File(content, self.files[path].attributes if path in self.files else "new")

    def _guarded(self, path: str, digest: str | None) -> bytes | None:
        content = self.files[path].content if path in self.files else None
        if (None if content is None else hashlib.sha256(content).hexdigest()) != digest:
            raise Held(f"{path}: somebody changed it")
        return content


def foreign(path: str, content: bytes) -> Callable[[Memory], None]:
    """Somebody else writes a file."""

    def edit(memory: Memory) -> None:
        memory.files[path] = File(content, "somebody's")

    return edit


# ---- concerns ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """The file has one line ``name value``; the first one that begins with the name keeps its place."""

    path: str
    name: bytes
    value: bytes


def line(path: str, name: bytes, value: bytes) -> Concern:
    return Concern("line", Line(path, name, value), _line_look, _line_plan, _line_describe)


def _line_look(options: Line, seen: Seen) -> Look:
    return Look(files=frozenset({options.path}))


def _line_plan(options: Line, seen: Seen) -> Plan:
    file = seen.files[options.path]
    content = b"" if file is None else file.content
    start = 0
    for present in content.splitlines(keepends=True):
        if present.startswith(options.name + b" "):
            start += len(options.name) + 1
            old = present[len(options.name) + 1 :].rstrip(b"\r\n")
            edits = (Splice(options.path, start, old, options.value),) if old != options.value else ()
            return Plan(edits, frozenset({"resolver"}) if edits else frozenset())
        start += len(present)
    glue = b"" if content.endswith((b"\n", b"\r")) or not content else b"\n"
    new = glue + options.name + b" " + options.value + b"\n"
    return Plan((Splice(options.path, len(content), b"", new),), frozenset({"resolver"}))


def _line_describe(options: Line, seen: Seen) -> dict[str, Any]:
    return {"moves": bool(_line_plan(options, seen).edits)}


def setting(name: str, value: Any) -> Concern:
    """A setting outside files."""
    return Concern("setting", (Key("registry", "HKLM", name), value), _set_look, _set_plan, _set_describe)


def _set_look(options: tuple[Key, Any], seen: Seen) -> Look:
    return Look(settings=frozenset({options[0]}))


def _set_plan(options: tuple[Key, Any], seen: Seen) -> Plan:
    key, value = options
    present = seen.settings[key]
    return Plan((Assign(key, present, value),) if present != value else ())


def _set_describe(options: tuple[Key, Any], seen: Seen) -> dict[str, Any]:
    return {"value": seen.settings[options[0]]}


def led_to(pointer: str, name: bytes, value: bytes) -> Concern:
    """The line is in a file whose path stands in another file: it takes two looks to see it."""
    return Concern("led to", Line(pointer, name, value), _led_look, _led_plan, _line_describe)


def _led_look(options: Line, seen: Seen) -> Look:
    found = seen.files.get(options.path)
    return Look(files=frozenset({options.path} | ({found.content.decode()} if found else set())))


def _led_plan(options: Line, seen: Seen) -> Plan:
    pointer = seen.files[options.path]
    if pointer is None:
        return Plan(findings=(Finding("warning", options.path, "is missing"),))
    return _line_plan(Line(pointer.content.decode(), options.name, options.value), seen)


def refusing(where: str) -> Concern:
    """A concern that cannot be."""

    def plan(options: str, seen: Seen) -> Plan:
        raise Refusal(options, "cannot be read", "Correct it")

    return Concern("refusing", where, lambda options, seen: Look(), plan, lambda options, seen: {})


def insatiable() -> Concern:
    """A broken concern, which asks for something new each time."""

    def look(options: None, seen: Seen) -> Look:
        return Look(files=frozenset({f"/{len(seen.files)}"}))

    return Concern("insatiable", None, look, lambda options, seen: Plan(), lambda options, seen: {})
