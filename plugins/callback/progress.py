# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E402 - ansible-test wants the documentation above the imports

"""Prints the table of the fleet at the end of a drill's phase (see plugin_utils/table.py).

While a long step is on, a terminal shows how far it is (see plugin_utils/progress_line.py).
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: notification
short_description: Shows how far a phase of a drill is, and prints at its end where every workstation points
version_added: 0.1.0
description:
  - After the last play, prints one table with a row per workstation and system, below it what was found and what to
    do about it, and one line of sum. Workstations that were unreachable or failed are in it.
  - It goes to standard output, or to standard error where another callback than Ansible's own (C(default)) writes that,
    so that a program can read it.
  - Prints nothing if no play had a phase of a drill, or none of its workstations was reached or tried.
  - While a step goes over more than 20 workstations, the last line of the terminal says how many are done, failed,
    pending (unreachable) and remaining. It is erased before anything else is displayed, and when the step ends.
  - That line appears only where standard error is a terminal that can erase (C(TERM)), and not with C(-v), in CI (C(CI)
    is set), or with a callback for standard output other than Ansible's own (C(default)). Standard output and
    the log stay as they are.
requirements:
  - to be listed in C(callbacks_enabled) of C(ansible.cfg)
author:
  - The hkex.drill maintainers (!UNKNOWN)
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible_collections.hkex.drill.plugins.plugin_utils.progress_line import (
    FEW,
    WIPE,
    Heard,
    Progress,
    drawn,
    for_people,
    line,
    wanted,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.table import (
    FAILED,
    UNREACHABLE,
    Client,
    Files,
    Found,
    Row,
    Trouble,
    printable,
    render,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import CLEANUP, STATUS

GATE = "hkex.drill.gate"
READINESS = "hkex.drill.readiness"
PHASE = "hkex.drill.phase"


class Line:
    """The last line of a terminal, erased before Ansible displays anything.

    Ansible has no callback for "about to display", and the one that writes standard output always comes first; so the
    display itself is asked to erase. Its own lock keeps a message that a worker sends, which another thread displays,
    from coming between. It is not drawn again at intervals but with each answer: Ansible's own line for that answer has
    just erased it, and nobody knows how long the next one takes.
    """

    def __init__(self, display: Any, terminal: int) -> None:
        self._lock, self._display = display._lock, display.display
        self._terminal: int | None = terminal
        self._process = os.getpid()
        self._shown = False
        display.display = self._displayed

    def draw(self, progress: Progress) -> None:
        with self._lock:
            self._shown = True
            self._write(lambda width: drawn(line(progress, width)))

    def erase(self) -> None:
        with self._lock:
            if self._shown:
                self._write(lambda _width: WIPE)
            self._shown = False

    def _displayed(self, *args: Any, **more: Any) -> None:
        if os.getpid() == self._process:
            with self._lock:
                self.erase()
                self._display(*args, **more)
        else:  # a worker: it sends its message to the process that has the terminal
            self._display(*args, **more)

    def _write(self, text: Callable[[int], str]) -> None:
        """Past the buffer of standard error: it would keep what a closed terminal refuses, and fail with it later.

        The play goes on without the line when the terminal is gone.
        """
        if self._terminal is not None:
            try:
                width = os.get_terminal_size(self._terminal).columns
                os.write(self._terminal, text(width or 80).encode())  # 0: a serial line that knows no size
            except OSError:
                self._terminal = None


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Gathers rows by workstation and system; later ones complete and overrule earlier ones."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "hkex.drill.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        output = constants.DEFAULT_STDOUT_CALLBACK
        shown = wanted(sys.stderr.isatty(), os.environ, self._display.verbosity, output)
        self._line = Line(self._display, sys.stderr.fileno()) if shown else None
        self._begin()

    def _begin(self) -> None:
        self._play: Any = None  # the present one, if it has a phase
        self._counted: Any = None  # the last one whose workstations are in the fleet
        self._progress = Progress(frozenset())  # of the present play
        self._check = False
        self._phase = ""
        self._fleet: dict[
            str, None
        ] = {}  # every workstation of the plays with a phase, in the inventory's order
        self._apart: dict[str, None] = {}
        self._notes: dict[str, None] = {}
        self._rows: dict[tuple[str, str, str], Row] = {}
        self._clients: dict[str, list[Client]] = {}
        self._clean: dict[str, bool] = {}
        self._files: dict[str, Files] = {}
        self._findings: dict[Found, None] = {}
        self._troubles: dict[str, Trouble] = {}

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play if "drill_phase" in play.get_vars() else None

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        # Not at the start of the play: that also comes for plays all of whose tasks the tags leave out.
        if self._play and self._play is not self._counted:
            self._phase = self._play.get_vars()["drill_phase"]
            variables = self._play.get_variable_manager().get_vars(play=self._play)
            self._fleet.update(dict.fromkeys(str(name) for name in variables["ansible_play_hosts_all"]))
            self._progress = Progress(frozenset(str(name) for name in variables["ansible_play_batch"]))
            self._check = self._check or bool(task.check_mode)
            self._counted = self._play
        # The other steps are the controller's own work; only these go over the fleet.
        self._progress = self._progress.next(task.name if self._play and task.action == PHASE else "")
        self._draw()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._hear(result, Heard.DONE)
        if result.task.action == PHASE:
            self._troubles.pop(result.host.get_name(), None)
            self._gather(result)

        if result.task.action == READINESS:
            for name, findings in result.result["findings_of"].items():
                self._find(name, findings)
            self._find("the inventory", result.result["findings"])

        if result.task.action in (GATE, READINESS):
            told = result.result
            forced = [f"overridden, because {told['force']}: {what}" for what in told.get("overridden") or ()]
            said = [*(told.get("notes") or ()), *forced]
            self._notes.update(dict.fromkeys(str(note) for note in said))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._hear(result, Heard.DONE if ignore_errors else Heard.FAILED)
        if result.task.action == PHASE:
            self._gather(result)
        # What refuses the whole play before it touches a workstation is no workstation's failure.
        if self._play and not ignore_errors and result.task.action not in (GATE, READINESS):
            self._troubles[result.host.get_name()] = Trouble(FAILED, _message(result))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._hear(result, Heard.PENDING)
        if self._play:
            self._troubles[result.host.get_name()] = Trouble(UNREACHABLE, _message(result))

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._hear(result, Heard.DONE)
        if result.task.action == PHASE and result.result.get("takes_part") is False:
            self._apart[result.host.get_name()] = None

    def v2_playbook_on_stats(self, stats: Any) -> None:
        order = {name: place for place, name in enumerate(self._fleet)}
        rows = sorted(self._rows.values(), key=lambda row: order.get(row.workstation, len(order)))
        heard = {row.workstation for row in rows} | set(self._troubles) | set(self._apart)
        silent = [name for name in self._fleet if name not in heard]
        clients = [client for name in order for client in self._clients.get(name, ())]
        text = render(
            rows,
            self._findings,
            self._troubles,
            silent,
            list(self._apart),
            self._check,
            clients,
            self._phase in (STATUS, CLEANUP),
            {name: self._clean[name] for name in order if name in self._clean},
            [self._files[name] for name in order if name in self._files],
        )
        notes = "".join(f"note: {printable(note)}\n" for note in self._notes)
        if text:
            self._display.display(
                "\n" + notes + text, stderr=not for_people(constants.DEFAULT_STDOUT_CALLBACK)
            )
        self._begin()

    def _hear(self, result: Any, heard: Heard) -> None:
        self._progress = self._progress.hear(result.host.get_name(), heard)
        self._draw()

    def _draw(self) -> None:
        progress = self._progress
        if not self._line:
            return
        if progress.step and progress.remaining and len(progress.workstations) > FEW:
            self._line.draw(progress)
        else:
            self._line.erase()

    def _gather(self, result: Any) -> None:
        name = result.host.get_name()
        for data in result.result.get("rows") or ():
            row = Row.read(name, data)
            key = (name, row.system, row.access)
            self._rows[key] = self._rows[key].then(row) if key in self._rows else row
        if "clients" in result.result:
            self._clients[name] = [Client.read(name, data) for data in result.result["clients"]]
        if result.result.get("cleaned"):
            self._files[name] = Files.read(name, result.result["cleaned"])
        if "not_clean" in result.result:
            self._clean[name] = not result.result["not_clean"]
        self._find(name, result.result.get("findings") or ())

    def _find(self, name: str, findings: Iterable[Mapping[str, Any]]) -> None:
        for finding in findings:
            said = (str(finding.get(part) or "") for part in ("level", "where", "what", "remedy"))
            self._findings[Found(name, *said)] = None


def _message(result: Any) -> str:
    return str(result.result.get("msg") or result.result.get("censored") or "no reason given").strip()
