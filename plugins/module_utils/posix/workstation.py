# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A POSIX workstation, seen and changed from a module that runs on it."""

import os
from typing import Callable, Dict, FrozenSet, NoReturn, Optional, Sequence, Union

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Answer,
    Assign,
    Branch,
    Facts,
    File,
    Keep,
    Look,
    Make,
    Move,
    Note,
    Probe,
    Prune,
    Put,
    Refusal,
    Restore,
    Seen,
    Step,
    Stopped,
    Tree,
    Write,
)
from ansible_collections.hkex.drill.plugins.module_utils.posix import facts, files, people, settings
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.store import FOLDER, Store

# How questions to the network are asked. TLS and threads take long to load and to send, so who only writes has none.
Ask = Callable[[FrozenSet[Probe]], Dict[Probe, Answer]]


def _mute(questions: FrozenSet[Probe]) -> NoReturn:
    raise AssertionError(f"a module that only writes was to ask the network: {sorted(questions)}")


class Posix:
    """The one verb of a workstation, on the workstation itself."""

    def __init__(self, state_dir: Optional[str] = None, ask: Ask = _mute) -> None:
        self._store = Store(state_dir or FOLDER)
        # As it really is: what is moved goes there by a path that leads through no link.
        self._blobs = os.path.realpath(self._store.blobs)
        self.blank = Seen(facts=Facts()._replace(blobs=self._blobs))
        self._ask = ask
        self._facts: Optional[Facts] = None

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        """Carry out ``steps`` until one cannot be, then look.

        :raises Refusal: something that was asked for cannot be looked at
        """
        stopped = None
        try:
            self._store.lock(writing=bool(steps))
        except Refusal as refusal:
            if not steps:
                raise
            stopped = Stopped(0, str(refusal))
        try:  # other runs stay out until what was written has been looked at
            stopped = stopped or self._carry_out(steps)
            seen = self._kept(look, _files(look))._replace(
                settings={key: settings.read(key) for key in sorted(look.settings)},
                keys=dict.fromkeys(look.keys),
                processes=people.processes(look.processes) if look.processes else {},
                trees=self._trees(look) if look.trees else {},
                journal=self._store.records(),
                stopped=stopped,
            )
        finally:
            self._store.unlock()
        return seen._replace(facts=self._local(), probes=self._ask(look.probes) if look.probes else {})

    def _kept(self, look: Look, seen: Seen) -> Seen:
        """With the blobs of a look.

        :raises Refusal: one is lost, and that is not tolerated
        """
        blobs, unreadable = {}, dict(seen.unreadable)
        for digest in sorted(look.blobs):
            try:
                blobs[digest] = self._store.blob(digest)
            except Refusal as refusal:
                if digest not in look.tolerated:
                    raise
                unreadable[digest] = refusal
        return seen._replace(blobs=blobs, unreadable=unreadable)

    def _trees(self, look: Look) -> Dict[Tree, Optional[Branch]]:
        from ansible_collections.hkex.drill.plugins.module_utils.posix import trees

        kept = {tree.known: b"" for tree in look.trees}
        for known in filter(None, kept):
            kept[known] = self._store.blob(known)
        return {
            tree: trees.look(
                tree,
                kept.__getitem__,
                lambda stamp: self._store.holds(stamp.sha256, stamp.size),
                # A quarantine may hold what several folders did.
                bounded=not tree.path.startswith(os.path.dirname(self._blobs) + "/"),
            )
            for tree in sorted(look.trees)
        }

    def _local(self) -> Facts:
        if self._facts is None:
            self._facts = facts.gather()._replace(blobs=self._blobs)
        return self._facts

    def _carry_out(self, steps: Sequence[Step]) -> Optional[Stopped]:
        for index, step in enumerate(steps):
            try:
                self._do(step)
            except (Stop, Refusal, OSError) as why:
                return Stopped(index, str(why), why.remedy if isinstance(why, Stop) else "")
        return None

    def _do(self, step: Step) -> None:
        if isinstance(step, Keep):
            self._store.keep(step.path, step.sha256)
        elif isinstance(step, Note):
            self._store.append(step.record, step.position)
        elif isinstance(step, Write):
            files.write(step.path, step.before, step.content)
        elif isinstance(step, Restore):
            if step.after == step.before:
                files.sweep(step.path)
            elif step.after is None:
                files.remove(step.path, step.before)
            else:
                files.write(step.path, step.before, self._store.blob(step.after))
        elif isinstance(step, Assign):
            settings.assign(step.key, step.before, step.after)
        elif isinstance(step, Put):
            self._store.put(step.content)
        elif isinstance(step, (Make, Move, Prune)):
            self._do_with_files(step)
        # Refresh: the resolvers of Linux (glibc, systemd-resolved) notice a changed file by themselves.

    def _do_with_files(self, step: Union[Make, Move, Prune]) -> None:
        from ansible_collections.hkex.drill.plugins.module_utils.posix import folders, moves

        own = os.path.dirname(self._blobs)
        if isinstance(step, Make):
            folders.make(step.path)
        elif isinstance(step, Prune):
            folders.prune(step.path, itself=step.path.startswith(own + "/"))
        else:
            if step.to is not None and step.to.startswith(own + "/"):
                try:
                    self._store.quarantine(os.path.dirname(step.to)[len(own) + 1 :])
                except Refusal as refusal:
                    raise Stop(f"{refusal.where}: {refusal.what}", refusal.remedy) from None
            moves.move(step, self._blobs)


def _files(look: Look) -> Seen:
    """The files of a look.

    :raises Refusal: one cannot be looked at, and that is not tolerated
    """
    found: Dict[str, Optional[File]] = {}
    nowhere, unreadable = set(), {}
    for path in sorted(look.files):
        try:
            found[path] = files.read(path)
            if found[path] is None and files.nowhere(path):
                nowhere.add(path)
        except Refusal as refusal:
            if path not in look.tolerated:
                raise
            found[path], unreadable[path] = None, refusal
    return Seen(files=found, nowhere=frozenset(nowhere), unreadable=unreadable)
