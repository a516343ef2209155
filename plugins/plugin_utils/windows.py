# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows workstation, seen and changed from the controller through the module ``windows_io``.

Windows runs no Python, so the brain stays here and only its words go over the wire: what goes and comes is described
by ``windows_io.schema.json``. What is read of a workstation lives in the controller's memory only.
"""

from __future__ import annotations

import json
import ntpath
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Adapter,
    Answer,
    Assign,
    Facts,
    File,
    Keep,
    Key,
    Look,
    Make,
    Move,
    Note,
    Probe,
    Process,
    Profile,
    Prune,
    Put,
    Refresh,
    Refusal,
    Restore,
    Seen,
    Step,
    Stopped,
    Write,
    sha256,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.windows_login import log_on
from ansible_collections.hkex.drill.plugins.plugin_utils.windows_trees import Trees, written

VERSION = 1

# Where Windows keeps them unless somebody moved them; a workstation that did says so, and is looked at once more.
HOST_TABLE = r"C:\Windows\System32\drivers\etc\hosts"
BLOBS = r"C:\ProgramData\hkex-drill\blobs"

# Before the first look nobody knows who uses a workstation. What is asked of this person, whose name no file can have,
# is asked of each.
EVERYBODY = Profile("*", "*", name="*")
_FOLDER, _HIVE = "*\\", "HKU\\*\\"

# Seconds between a write and the look that proves it: antivirus programs that put a host table back do so soon.
SETTLE = 3.0

# An execution of windows_io: the request's text to the answer's.
Execute = Callable[[str], str]


class Windows:
    """The one verb of a workstation, in one execution of ``windows_io``; a login takes two of its own after that."""

    blank = Seen(WINDOWS, Facts(host_table=HOST_TABLE, blobs=BLOBS, profiles=(EVERYBODY,)))

    def __init__(self, execute: Execute, state_dir: str | None = None) -> None:
        """
        :param execute: :raises Refusal: the module failed and so answered nothing
        :param state_dir: where journal and blobs lie, None: in ``%ProgramData%``
        """
        self._execute = execute
        self._state_dir = state_dir
        self._trees = Trees()

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        """Carry out ``steps`` until one cannot be, then look.

        :raises Refusal: something that was asked for cannot be looked at, or the module did not answer
        """
        logins = [(probe, probe.login) for probe in sorted(look.probes, key=str) if probe.login is not None]
        order = _Order(look._replace(probes=look.probes - {probe for probe, _login in logins}), self._trees)
        seen = order.seen(json.loads(self._execute(json.dumps(request(steps, order, self._state_dir)))))
        self._trees.remember(seen)
        answers = {probe: log_on(probe, wanted, self._ask) for probe, wanted in logins}  # one after the other
        return seen._replace(probes={**seen.probes, **answers})

    def _ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to one question, which is all that this execution is for."""
        asked = request((), _Order(Look()), self._state_dir)
        asked["look"]["probes"] = [question]
        told = json.loads(self._execute(json.dumps(asked)))
        if told["refused"] is not None:
            raise Refusal(**told["refused"])
        answer: Mapping[str, Any] = told["probes"][0]
        return answer


class _Order:
    """A look, and in which order its settings and probes go and come."""

    def __init__(self, look: Look, trees: Trees | None = None) -> None:
        self.look = look
        self.trees = trees or Trees()
        self.settings = sorted(look.settings)
        self.probes = sorted(look.probes)

    def request(self) -> dict[str, Any]:
        return {
            "files": sorted(path for path in self.look.files if not path.startswith(_FOLDER)),
            "settings": [key._asdict() for key in self.settings],
            "probes": [_probe(probe) for probe in self.probes],
            "blobs": sorted(self.look.blobs),
            "trees": [self.trees.request(tree) for tree in sorted(self.look.trees)],
            "keys": sorted(place for place in self.look.keys if not place.startswith(_HIVE)),
            "tolerated": sorted(
                name for name in self.look.tolerated if not name.startswith((_FOLDER, _HIVE))
            ),
            "everybody": {
                "files": sorted(_below(self.look.files, _FOLDER)),
                "keys": sorted(_below(self.look.keys, _HIVE)),
            },
            "processes": sorted(self.look.processes),
        }

    def seen(self, answer: Mapping[str, Any]) -> Seen:
        if answer["refused"] is not None:
            raise Refusal(**answer["refused"])
        facts = answer["facts"]
        adapters = {Key("adapter", each["guid"], "dns"): each["dns"] for each in facts["adapters"]}
        return Seen(
            WINDOWS,
            _facts(facts),
            files=_asked(self.look.files, _FOLDER)
            | {path: _file(file) for path, file in answer["files"].items()},
            settings={**adapters, **dict(zip(self.settings, answer["settings"], strict=True))},
            probes={
                probe: Answer(told["ok"], told["what"], tuple(told["values"]), told["seconds"])
                for probe, told in zip(self.probes, answer["probes"], strict=True)
            },
            blobs={digest: b64decode(content) for digest, content in answer["blobs"].items()},
            keys=_asked(self.look.keys, _HIVE) | answer["keys"],
            processes=_processes(self.look.processes, answer["processes"]),
            journal=journal.parse(
                answer["journal"], ntpath.join(ntpath.dirname(facts["blobs"]), "journal.jsonl")
            ),
            stopped=Stopped(**answer["stopped"]) if answer["stopped"] else None,
            trees={
                tree: self.trees.branch(tree, told)
                for tree, told in zip(sorted(self.look.trees), answer["trees"], strict=True)
            },
            nowhere=frozenset(answer["nowhere"]),
            unreadable={name: Refusal(**why) for name, why in answer["unreadable"].items()},
        )


def _asked(paths: Iterable[str], of: str) -> dict[str, Any]:
    """What was asked of everybody has been seen: it is told under the names that it really has."""
    return {path: None for path in paths if path.startswith(of)}


def _below(paths: Iterable[str], of: str) -> Iterator[str]:
    return (path.removeprefix(of) for path in paths if path.startswith(of))


def request(steps: Sequence[Step], order: _Order, state_dir: str | None) -> dict[str, Any]:
    """The request of ``windows_io`` for a visit."""
    return {
        "version": VERSION,
        "state_dir": state_dir,
        "steps": [_step(step, order.trees.blobs or BLOBS) for step in steps],
        "settle": SETTLE if any(isinstance(step, Write) for step in steps) else 0,
        "look": order.request(),
    }


def _probe(probe: Probe) -> dict[str, Any]:
    """A login is asked in other words, see ``windows_login``."""
    return {name: value for name, value in probe._asdict().items() if name != "login"}


def _step(step: Step, blobs: str) -> dict[str, Any]:
    if isinstance(step, Keep):
        return {"do": "keep", "path": step.path, "sha256": step.sha256}
    if isinstance(step, Note):
        return {"do": "note", "line": journal.line(step.record), "position": step.position}
    if isinstance(step, Write):
        content = b64encode(step.content).decode("ascii")
        return {"do": "write", "path": step.path, "before": step.before, "content": content}
    if isinstance(step, Restore):
        return {"do": "restore", **step._asdict()}
    if isinstance(step, Assign):
        return {"do": "assign", "key": step.key._asdict(), "before": step.before, "after": step.after}
    if isinstance(step, Put):
        content = b64encode(step.content).decode("ascii")
        return {"do": "write", "path": rf"{blobs}\{sha256(step.content)}", "before": None, "content": content}
    if isinstance(step, Move) and step.instead is not None:  # a copy of what goes is among the blobs
        return {"do": "restore", "path": step.path, "before": step.stamp.sha256, "after": step.instead.sha256}
    if isinstance(step, Move):
        return {"do": "move", "path": step.path, "stamp": written(step.stamp), "to": step.to}
    if isinstance(step, Make):
        return {"do": "make", "path": step.path}
    if isinstance(step, Prune):
        itself = step.path.startswith(ntpath.dirname(blobs) + "\\")
        return {"do": "prune", "path": step.path, "itself": itself}
    if isinstance(step, Refresh):
        return {"do": "refresh", "what": step.what}
    raise AssertionError(f"{step} is nothing that a Windows workstation can do")


def _file(told: Mapping[str, Any] | None) -> File | None:
    return None if told is None else File(b64decode(told["content"]), told["attributes"])


def _processes(asked: Iterable[str], told: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Process, ...]]:
    """The processes by the name that was asked for; Windows does not tell case apart."""
    return {
        name: tuple(Process(**each) for each in told if each["name"].lower() == name.lower())
        for name in asked
    }


def _adapter(told: Mapping[str, Any]) -> Adapter:
    return Adapter(
        told["name"],
        tuple(told["addresses"]),
        told["guid"],
        dns=tuple(told["effective"]),
        static=bool(told["dns"]),
    )


def _facts(told: Mapping[str, Any]) -> Facts:
    return Facts(
        told["hostname"],
        tuple(_adapter(each) for each in told["adapters"]),
        told["host_table"],
        told["blobs"],
        tuple(
            Profile(
                each["sid"],
                each["folder"],
                each["proxy"],
                each["pac"],
                ntpath.basename(each["folder"]),
                each["bypass"],
            )
            for each in told["profiles"]
        ),
        told["system"],
        told["clock"],
    )
