# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be seen of the files of a drill: the lists that the journal names, then folders as they differ from those.

A purge goes by its lists or not at all. A baseline can do without the last one: it begins anew, and says so.
"""

from typing import Dict, FrozenSet, List, NamedTuple, Optional

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_baseline as baselines
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_room as room
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_verdict as verdicts
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Manifest
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import (
    BASELINE,
    Options,
    check,
    inside,
    same,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import Settled
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import story
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Branch,
    Look,
    Refusal,
    Seen,
    Tree,
)

_ANEW = (
    "Look through the folders by hand for what is the drill's, then take a new baseline, which begins anew"
)


class Last(NamedTuple):
    """The last baseline of the drill here; ``lost`` is why there is none though the journal names one."""

    manifest: Optional[Manifest] = None
    lost: Optional[Refusal] = None


def look(options: Options, seen: Seen) -> Look:
    """The baseline that there is, then the folders as far as they differ from it.

    :raises Refusal: a folder is none of which files may be taken, or a list is lost that a purge goes by
    """
    check(options, seen.system, seen.facts)
    if not seen.facts.clock:
        return Look()  # nobody has been there yet, and what to look at is in the journal
    lists = _lists(options, seen)
    asked = frozenset(each for each in lists if each not in seen.unreadable)
    wanted = Look(blobs=asked, tolerated=asked)
    if wanted.without(seen):
        return wanted
    if options.state != BASELINE:
        for each in lists:
            content(seen, each)
        lost = last(options, seen).lost
        if lost:
            raise lost
    options = spelled(options, seen)
    trees = looked_at(options, seen)
    wanted |= room.look(seen, () if options.state == BASELINE else trees)
    wanted |= Look(
        trees=frozenset([*trees.values(), *map(Tree, _apart(options, seen)), *_over(options, seen)])
    )
    if options.state == BASELINE:
        own = options.rehearsal_folder
        return wanted | room.above(seen, own) if own else wanted
    if wanted.without(seen):
        return wanted
    return wanted | Look(trees=frozenset(each for each in _homes(options, seen).values() if each))


def _lists(options: Options, seen: Seen) -> List[str]:
    known = story(seen, options)
    wanted = {known.baseline}
    if options.state != BASELINE:
        wanted |= {known.settled, *(each for each, stopped in known.undone if stopped is None)}
    return sorted(each for each in wanted if each)


def content(seen: Seen, digest: str) -> bytes:
    """A list, by its SHA-256.

    :raises Refusal: it is gone or damaged
    """
    if digest in seen.blobs:
        return seen.blobs[digest]
    why = seen.unreadable[digest]
    raise Refusal(why.where, f"the list of the drill's files {why.what}", _ANEW)


def last(options: Options, seen: Seen) -> Last:
    """The last baseline that can be gone by."""
    digest = story(seen, options).baseline
    if digest is None:
        return Last()
    try:
        return Last(manifests.read(content(seen, digest), digest))
    except Refusal as lost:
        return Last(None, lost)


def spelled(options: Options, seen: Seen) -> Options:
    """With folders as the last baseline writes them, since Windows does not tell case apart."""
    before = last(options, seen).manifest
    if before is None:
        return options
    known = [*before.folders, *before.header.get("earlier", ())]

    def one(folder: str) -> str:
        return next((each for each in known if same(each, folder)), folder)

    own = options.rehearsal_folder
    return options._replace(folders=tuple(map(one, options.folders)), rehearsal_folder=own and one(own))


def settled(options: Options, seen: Seen) -> Settled:
    """What the last purge saw and left, and what all of them were to take and did not."""
    known = story(seen, options)
    before = Settled.read(content(seen, known.settled)) if known.settled else Settled()
    undone = dict(before.undone)
    for each, stopped in known.undone:
        undone.update(
            manifests.origins(content(seen, each)) if stopped is None else dict.fromkeys(stopped, "")
        )
    return before._replace(undone=undone)


def looked_at(options: Options, seen: Seen) -> Dict[str, Tree]:
    """How each folder is to be looked at; where nothing is known of it, a purge does not look."""
    digest, before = story(seen, options).baseline or "", last(options, seen).manifest
    folders = before.folders if before else {}
    asked = {}
    for folder in options.folders:
        known = digest if folder in folders else ""
        if options.state == BASELINE:
            asked[folder] = Tree(folder, options.patterns, known)
        elif known:
            asked[folder] = Tree(folder, options.patterns, known, doubted=True)
    own = options.rehearsal_folder
    if own and options.state == BASELINE:
        asked[own] = Tree(own, (), digest if own in folders else "")
    elif own and before and own not in verdicts.strangers(options, before):
        asked[own] = Tree(own)
    return asked


def homeless(options: Options, seen: Seen) -> FrozenSet[str]:
    """The folders to which files of production would go back, if they were there."""
    homes = _homes(options, seen)
    return frozenset(path for path, tree in homes.items() if tree is None or seen.trees[tree] is None)


def _homes(options: Options, seen: Seen) -> Dict[str, Optional[Tree]]:
    """The folders in which files stood that are gone, while their content is elsewhere now. None: a link or a file has
    the name of the folder, or of one above.
    """
    before = last(options, seen).manifest
    found = {folder: seen.trees[tree] or Branch() for folder, tree in looked_at(options, seen).items()}
    if not any(branch.gone for branch in found.values()):
        return {}
    contents = {stamp.sha256 for branch in found.values() for stamp in branch.stamps.values()}
    separator = "\\" if seen.system == WINDOWS else "/"
    homes: Dict[str, Optional[Tree]] = {}
    for folder, branch in found.items():
        known = before.folders[folder] if before and branch.gone else {}
        moved = [below for below in branch.gone if known[below].sha256 in contents]
        others = {*branch.links, *branch.stamps} if moved else set()
        for inner in {below.rpartition(separator)[0] for below in moved} - {""}:
            path = folder + separator + inner
            homes[path] = None if others.intersection(_way(inner, separator)) else Tree(path)
    return homes


def _way(below: str, separator: str) -> List[str]:
    """A folder below another one, and those on the way to it."""
    parts = below.split(separator)
    return [separator.join(parts[: at + 1]) for at in range(len(parts))]


def earlier(options: Options, seen: Seen) -> Dict[str, int]:
    """How much is in rehearsal folders of earlier baselines, outside those that are looked at anyway."""
    named = _named(options)
    held = {}
    for folder in _apart(options, seen):
        branch = seen.trees[Tree(folder)] or Branch()
        separator = "\\" if seen.system == WINDOWS else "/"
        paths = [folder + separator + below for below in (*branch.stamps, *branch.links)]
        held[folder] = sum(not any(inside(path, other) for other in named) for path in paths)
    return {folder: number for folder, number in held.items() if number}


def _apart(options: Options, seen: Seen) -> List[str]:
    """The rehearsal folders of earlier baselines that lie in none of the folders that are named now."""
    before = last(options, seen).manifest
    if before is None:
        return []
    # A purge tells of that of the last baseline by itself, if it is not named any more.
    own = options.rehearsal_folder if options.state == BASELINE else before.header.get("rehearsal")
    had = baselines.earlier(before, own)
    return [folder for folder in had if not any(inside(folder, other) for other in _named(options))]


def _named(options: Options) -> List[str]:
    return [*options.folders, *([options.rehearsal_folder] if options.rehearsal_folder else [])]


def _over(options: Options, seen: Seen) -> List[Tree]:
    """The quarantines whose time is over or cannot be told, of whatever drill."""
    if options.state == BASELINE:
        return []
    return [Tree(each.path) for each in story(seen, options).quarantines if each.due or each.ahead]
