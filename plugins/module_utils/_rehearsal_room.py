# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Room on the volume where the collection keeps its own: for copies, and for what is moved there from another one."""

from typing import Iterable, Sequence

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import NAME, inside
from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Key, Look, Move, Refusal, Seen

RESERVE = 100 * 1024 * 1024  # bytes that stay free
_MB = 1024 * 1024


def look(seen: Seen, folders: Iterable[str] = ()) -> Look:
    """The space where copies are kept, and on what volumes ``folders`` are. On Windows all are on the same."""
    places = () if seen.system == WINDOWS else folders
    return Look(settings=frozenset([_own(seen), *(Key("volume", folder, "free") for folder in places)]))


def for_copies(seen: Seen, reports: int, size: int) -> None:
    """Hold a baseline to the room that there is.

    :raises Refusal: there is too little
    """
    _hold(
        seen,
        size,
        f"copies of {reports} reports",
        "name fewer folders, or give a state_dir on another volume",
    )


def for_moves(seen: Seen, moves: Sequence[Move], over: Sequence[Move], folders: Iterable[str]) -> None:
    """Hold a purge to the room that there is for what comes from other volumes.

    :param over: what goes for good before
    :raises Refusal: there is too little
    """
    own = seen.setting(_own(seen))
    if seen.system == WINDOWS or own is None:
        return
    told = {folder: seen.setting(Key("volume", folder, "free")) for folder in folders}
    away = [folder for folder, each in told.items() if each and each["volume"] != own["volume"]]
    coming = [move for move in moves if move.to and any(inside(move.path, folder) for folder in away)]
    if coming:
        size = sum(move.stamp.size for move in coming) - sum(move.stamp.size for move in over)
        _hold(
            seen,
            size,
            f"{len(coming)} files from another volume",
            "give a state_dir on theirs, or keep_days 0",
        )


def _own(seen: Seen) -> Key:
    return Key("volume", seen.facts.blobs[:3] if seen.system == WINDOWS else seen.facts.blobs, "free")


def _hold(seen: Seen, size: int, what: str, otherwise: str) -> None:
    told = seen.setting(_own(seen))
    if told is not None and size + RESERVE > told["free"]:
        raise Refusal(
            NAME,
            f"{what} need {size // _MB + 1} MB, and {told['volume']} has {told['free'] // _MB} MB free, of which"
            f" {RESERVE // _MB} MB stay so",
            f"Make room there, {otherwise}",
        )
