# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Room on volumes: where the collection keeps its own, for copies and for what comes there from another one; and where
reports go back.
"""

from typing import Any, Dict, Iterable, Mapping, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Manifest
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import NAME, inside
from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Key, Look, Move, Refusal, Seen

RESERVE = 100 * 1024 * 1024  # bytes that stay free
_MB = 1024 * 1024


def look(seen: Seen, folders: Iterable[str] = ()) -> Look:
    """The space where copies are kept, and on what volumes ``folders`` are. On Windows all are on the same."""
    places = () if seen.system == WINDOWS else folders
    return Look(settings=frozenset([_own(seen), *(Key("volume", folder, "free") for folder in places)]))


def above(seen: Seen, folder: str) -> Look:
    """What tells whether a folder can be made in the one above."""
    place, rights = _above(seen, folder)
    return Look(
        files=frozenset([place]),
        settings=frozenset() if seen.system == WINDOWS else frozenset([rights]),
        tolerated=frozenset([place]),
    )


def for_folder(seen: Seen, folder: str) -> None:
    """Hold the rehearsal folder, which is to be made, to what is above it.

    :raises Refusal: it cannot be made there
    """
    place, rights = _above(seen, folder)
    where = f"{NAME}.rehearsal_folder"
    if place in seen.nowhere:
        raise Refusal(
            where,
            f"{folder} cannot be made, because there is no folder above it",
            "Correct its path, or make the folder above it",
        )
    if place in seen.unreadable:
        why = seen.unreadable[place]
        raise Refusal(where, f"{folder} cannot be made: what is above it {why.what}", why.remedy)
    if seen.system != WINDOWS and not seen.setting(rights):
        raise Refusal(
            where,
            f"{folder} cannot be made, because this account may not write into the folder above it",
            "Run with become, or make it by hand, for who fetches reports",
        )


def _above(seen: Seen, folder: str) -> Tuple[str, Key]:
    """A file beside a folder, which tells whether anything may be there, and what the account may do there."""
    separator = "\\" if seen.system == WINDOWS else "/"
    parent = folder.rpartition(separator)[0]
    return f"{parent}{separator}.hkex-drill", Key("account", parent, "rights")


def for_copies(seen: Seen, reports: int, size: int) -> None:
    """Hold a baseline to the room that there is.

    :raises Refusal: there is too little
    """
    told = seen.setting(_own(seen))
    if told is not None:
        _hold(
            told,
            size,
            RESERVE,
            f"copies of {reports} reports",
            "name fewer folders, or give a state_dir on another volume",
        )


def for_moves(
    seen: Seen, moves: Sequence[Move], over: Sequence[Move], folders: Iterable[str], baseline: Manifest
) -> None:
    """Hold a purge to the room that there is for what comes from other volumes, and for copies that are put back: each
    is made before what it replaces goes, if that leaves its volume at all.

    :param over: what goes for good before
    :raises Refusal: there is too little
    """
    own = seen.setting(_own(seen))
    if seen.system == WINDOWS or own is None:
        return
    told = {folder: seen.setting(Key("volume", folder, "free")) or own for folder in folders}
    sizes = _sizes(moves, baseline)
    needs: Dict[str, _Need] = {each["volume"]: _Need(each) for each in (*told.values(), own)}

    def need(path: str) -> _Need:
        return needs[next((each for folder, each in told.items() if inside(path, folder)), own)["volume"]]

    for move in (*over, *moves):
        here = need(move.path)
        there = need(move.to) if move.to else None
        if move.instead is not None:
            here.reports += 1
            here.more(sizes.get(move.instead.sha256, 0))
        if there is not here:
            if there is not None:
                there.files += 1
                there.more(move.stamp.size)
            here.more(-move.stamp.size)
    for each in needs.values():
        reserve = RESERVE if each.told["volume"] == own["volume"] and each.files else 0
        otherwise = "give a state_dir on theirs, or keep_days 0" if each.files else "and run it again"
        _hold(each.told, each.most, reserve, each.what(), otherwise)


def _sizes(moves: Iterable[Move], baseline: Manifest) -> Dict[str, int]:
    """The sizes of what is put back, by its SHA-256."""
    asked = {move.instead.sha256 for move in moves if move.instead is not None}
    stamps = (stamp for known in baseline.folders.values() for stamp in known.values()) if asked else ()
    return {stamp.sha256: stamp.size for stamp in stamps if stamp.sha256 in asked}


class _Need:
    """What a volume has to hold for a while, and at most: bytes, copies of reports, files of other volumes."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self.most = self._now = self.reports = self.files = 0

    def more(self, size: int) -> None:
        self._now += size
        self.most = max(self.most, self._now)

    def what(self) -> str:
        files = [f"{self.files} files from another volume"] if self.files else []
        return " and ".join(
            files + ([f"copies of {self.reports} reports that go back"] if self.reports else [])
        )


def _own(seen: Seen) -> Key:
    return Key("volume", seen.facts.blobs[:3] if seen.system == WINDOWS else seen.facts.blobs, "free")


def _hold(told: Mapping[str, Any], size: int, reserve: int, what: str, otherwise: str) -> None:
    if size > 0 and size + reserve > told["free"]:
        kept = f", of which {reserve // _MB} MB stay so" if reserve else ""
        raise Refusal(
            NAME,
            f"{what} need {size // _MB + 1} MB, and {told['volume']} has {told['free'] // _MB} MB free{kept}",
            f"Make room there, {otherwise}",
        )
