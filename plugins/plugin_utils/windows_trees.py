# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders of a Windows workstation, as the model has them and as ``windows_io`` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import matcher
from ansible_collections.hkex.drill.plugins.module_utils.model import Branch, Seen, Stamp, Tree

_EPOCH = 621355968000000000  # the year 1970 in ticks of 100 ns since the year 1


class Trees:
    """What the workstation knows of folders does not lie where they are asked for, so that it goes along each time."""

    def __init__(self) -> None:
        self.blobs = ""
        self._manifests: dict[str, bytes] = {}

    def remember(self, seen: Seen) -> None:
        """What a look brought, for the next one."""
        self.blobs = seen.facts.blobs
        self._manifests.update(seen.blobs)

    def request(self, tree: Tree) -> dict[str, Any]:
        """A folder as it is asked for. A file that was not read goes as one that nobody knows; so does one whose name
        fits, because Windows tells no time that programs cannot set.
        """
        known = {
            below: written(stamp)
            for below, stamp in self._known(tree).items()
            if not self._unsaid(tree, below, stamp)
        }
        most = {"files": limits.MOST_FILES, "bytes": limits.MOST_BYTES}
        if self.blobs and tree.path.startswith(self.blobs[: -len("blobs")]):
            most = dict.fromkeys(most, 2**53)  # a quarantine may hold what several folders did
        return {"path": tree.path, "patterns": [], "known": known, "most": most}

    def branch(self, tree: Tree, told: Mapping[str, Any] | None) -> Branch | None:
        """What was answered; what had gone as unknown is held against what is known here.

        :raises Refusal: there is too much in it, and nothing was read
        """
        if told is None:
            return None
        if "files" in told:
            limits.hold(tree.path, told["files"], told["bytes"])
        known = self._known(tree)
        stamps = {below: _stamp(each) for below, each in told["stamps"].items()}
        here = {below.lower() for below in stamps}
        unsaid = (below for below, stamp in known.items() if self._unsaid(tree, below, stamp))
        gone = {below for below in unsaid if below.lower() not in here}.union(told["gone"])
        changed = {below: stamp for below, stamp in stamps.items() if stamp != known.get(below)}
        return Branch(changed, frozenset(gone), tuple(told["links"]))

    @staticmethod
    def _unsaid(tree: Tree, below: str, stamp: Stamp) -> bool:
        """Whether what is known of a file does not go along: it is read again."""
        return not stamp.sha256 or bool(matcher(tree.patterns, "\\")(below))

    def _known(self, tree: Tree) -> Mapping[str, Stamp]:
        if not tree.known:
            return {}
        return manifests.read(self._manifests[tree.known], tree.known).folders.get(tree.path, {})


def written(stamp: Stamp) -> dict[str, Any]:
    """A stamp as Windows has it."""
    return {"size": stamp.size, "written": stamp.mtime_ns // 100 + _EPOCH, "sha256": stamp.sha256}


def _stamp(told: Mapping[str, Any]) -> Stamp:
    return Stamp(told["size"], (told["written"] - _EPOCH) * 100, told["sha256"])
