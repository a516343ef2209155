# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remembering what stands in folders before a drill, so that afterwards nobody has to guess."""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_crossed as crossed
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_room as room
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import Files, Manifest, shown
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import (
    BASELINE,
    NAME,
    PATTERNS,
    Matcher,
    Options,
    inside,
    matcher,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_scene import (
    EARLIER,
    TAKE_FROM_THERE,
    another,
    emptied,
)
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import story
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    Branch,
    Finding,
    Keep,
    Mark,
    Plan,
    Refusal,
    Seen,
    Stamp,
    sha256,
)


class Ground(NamedTuple):
    """What a baseline is made from: the last one, and what the folders (``rehearsal`` too) hold beside it.

    ``lost``: why there is no last one, though one was taken. ``earlier``: how much is in the rehearsal folders that the
    drill had before.
    """

    last: Manifest
    found: Mapping[str, Optional[Branch]]
    matches: Matcher
    separator: str
    lost: Optional[Refusal] = None
    earlier: Mapping[str, int] = {}


def plan_baseline(options: Options, seen: Seen, ground: Ground) -> Plan:
    """Remember the folders as they are now.

    :raises Refusal: another drill is not over, a folder is not there, the one for the rehearsal is in use or cannot be
        made, or there is no room for the copies
    """
    crossed.no_baseline(story(seen, options))
    manifest = baseline(options, ground)
    folder = options.rehearsal_folder
    _mounted(options, ground)
    _its_own(folder, ground)
    make = (folder,) if folder and ground.found[folder] is None else ()
    for each in make:
        room.for_folder(seen, each)
    findings = tuple(_findings(options, manifest, ground))
    if same(manifest, ground.last) and not make:
        return Plan(findings=findings)
    header = dict(manifest.header, **manifests.only(seen, options.now))
    content = manifests.write(manifest._replace(header=header))
    limits.readable(f"{NAME}.folders", sum(map(len, manifest.folders.values())), len(content))
    keep = tuple(_keep(manifest, ground))
    room.for_copies(seen, len(keep), sum(size for _copy, size in keep) + len(content))
    record = {
        "kind": BASELINE,
        "drill": options.drill,
        "occurrence": options.occurrence,
        "manifest": sha256(content),
        "folders": list(options.folders),
        "rehearsal": options.rehearsal_folder,
    }
    mark = Mark(record, (content,), tuple(copy for copy, _size in keep), make, known=tuple(manifest.folders))
    return Plan(files=(mark,), findings=findings)


def _mounted(options: Options, ground: Ground) -> None:
    """What the last baseline knew is not forgotten because a volume is missing."""
    named = [(f"{NAME}.folders[{at}]", folder) for at, folder in enumerate(options.folders)]
    if options.rehearsal_folder:
        named.append((f"{NAME}.rehearsal_folder", options.rehearsal_folder))
    for where, folder in named:
        found = ground.found[folder] or Branch()
        if emptied(ground.last.folders.get(folder, {}), found) and another(ground.last, folder, found):
            raise Refusal(
                where,
                f"{folder} is another folder than at the last baseline, and none of its files is there any more, as if"
                " a volume were missing",
                "Mount it, and run it again; if that was meant, run it once without this folder (with any other one, if"
                " none else is named), then with it again",
            )


def _its_own(folder: Optional[str], ground: Ground) -> None:
    """Before the drill first has it, nothing may be in the folder of which everything is taken away."""
    if folder is None or ground.lost:  # the drill may have had it: nobody knows
        return
    last, found = ground.last, ground.found[folder] or Branch()
    if folder == last.header.get("rehearsal") and not another(last, folder, found):
        return
    if folder in last.header.get("earlier", ()) and folder not in last.folders:
        return
    holds = [*present(last, folder, found), *found.links]
    if holds:
        raise Refusal(
            f"{NAME}.rehearsal_folder",
            f"{folder} holds {len(holds)} files already, such as {shown(min(holds))}, and after the drill"
            " everything in it is taken away",
            "Name an empty folder that is the drill's alone, or move out of it what is there; of an earlier drill, run"
            " its cleanup",
        )


def earlier(last: Manifest, own: Optional[str]) -> List[str]:
    """The rehearsal folders that a drill had before it has this one."""
    had = (*last.header.get("earlier", ()), last.header.get("rehearsal"))
    return [folder for folder in dict.fromkeys(had) if folder and folder != own]


def describe(options: Options, ground: Ground) -> Dict[str, Any]:
    """How much is remembered: files, their bytes, and of how many there are copies; ``new``: what no baseline knows."""
    stamps = [
        (folder, below, stamp)
        for folder in options.folders
        for below, stamp in present(ground.last, folder, ground.found[folder] or Branch()).items()
    ]
    copied = [stamp.size for _folder, below, stamp in stamps if stamp.sha256 and ground.matches(below)]
    branches = [each for each in ground.found.values() if each]
    own = options.rehearsal_folder
    return {
        "state": BASELINE,
        "files": len(stamps),
        "bytes": sum(stamp.size for _folder, _below, stamp in stamps),
        "copies": len(copied),
        "copies_bytes": sum(copied),
        "new": sum(len(each.stamps) + len(each.gone) for each in branches),
        "rehearsal_folder_exists": ground.found[own] is not None if own else None,
    }


def baseline(options: Options, ground: Ground) -> Manifest:
    """What stands in the folders.

    :raises Refusal: one of them is not there
    """
    folders: Dict[str, Mapping[str, Stamp]] = {}
    attributes: Dict[Tuple[str, str], str] = {}
    for at, folder in enumerate(options.folders):
        found = ground.found[folder]
        if found is None:
            raise Refusal(
                f"{NAME}.folders[{at}]", f"there is no folder {folder}", "Correct its path, or take it out"
            )
        folders[folder] = present(ground.last, folder, found)
        for below, stamp in folders[folder].items():
            if stamp.sha256 and ground.matches(below):
                attributes[folder, below] = _attributes(ground, folder, below, found)
    if options.rehearsal_folder:
        here = ground.found[options.rehearsal_folder] or Branch()
        folders[options.rehearsal_folder] = present(ground.last, options.rehearsal_folder, here)
    links = {folder: list((ground.found[folder] or Branch()).links) for folder in options.folders}
    roots = {folder: (ground.found[folder] or Branch()).root for folder in folders}
    header = {
        "roots": {folder: root for folder, root in roots.items() if root},
        "drill": options.drill,
        "occurrence": options.occurrence,
        "rehearsal": options.rehearsal_folder,
        "earlier": earlier(ground.last, options.rehearsal_folder),
        "links": {folder: told for folder, told in links.items() if told},
    }
    return Manifest(header, folders, attributes)


def present(last: Manifest, folder: str, found: Branch) -> Mapping[str, Stamp]:
    """All files of a folder: those known that did not go or change, and the others."""
    known = last.folders.get(folder, {})
    if not (found.gone or found.stamps):
        return known
    here = Files(known)
    for below in found.gone:
        del here[below]
    here.update(found.stamps)
    for below in [each for each in found.stamps if manifests.cut_off(each)]:
        del here[below]  # it is nobody's; a purge takes it
    return here


def same(one: Manifest, other: Manifest) -> bool:
    """Whether two say the same, whenever they were made. The folder that a baseline itself made is not known by it."""
    names = ("drill", "occurrence", "rehearsal", "earlier", "links")
    roots, others = one.header["roots"], other.header.get("roots") or {}
    return (
        one.folders == other.folders
        and one.attributes == other.attributes
        and all(one.header.get(name) == other.header.get(name) for name in names)
        and all(others.get(folder, root) == root for folder, root in roots.items())
    )


def _attributes(ground: Ground, folder: str, below: str, found: Branch) -> str:
    told = found.attributes.get(below)
    return ground.last.attributes.get((folder, below), "") if told is None else told


def _keep(manifest: Manifest, ground: Ground) -> Iterator[Tuple[Keep, int]]:
    """The copies that are not there yet, one for each content, and its size."""
    last = ground.last
    have = {last.folders[folder][below].sha256 for folder, below in last.attributes}
    for folder, below in manifest.attributes:
        stamp = manifest.folders[folder][below]
        if stamp.sha256 not in have:
            have.add(stamp.sha256)
            yield Keep(folder + ground.separator + below, stamp.sha256), stamp.size


def _findings(options: Options, manifest: Manifest, ground: Ground) -> Iterator[Finding]:
    unread: List[str] = [
        folder + ground.separator + below
        for folder in options.folders
        for below, stamp in manifest.folders[folder].items()
        if not stamp.sha256
    ]
    if ground.lost:
        yield Finding(
            WARNING,
            ground.lost.where,
            f"{ground.lost.what}; this baseline begins anew, so that what the drill has brought to production's folders"
            " already passes for production's",
            "If the drill has begun, look through those folders by hand",
        )
    if unread:
        yield Finding(
            WARNING,
            shown(unread[0]),
            f"{len(unread)} files cannot be read, of which this is the first; one that is overwritten is not noticed",
            "Close what uses it, and run it again" if ground.separator == "\\" else "Run with become",
        )
    asked = matcher(options.patterns[len(PATTERNS) :], ground.separator)
    prepared = [
        folder + ground.separator + below
        for folder in (options.folders if asked.known else ())
        for below in manifest.folders[folder]
        if asked(below)
    ]
    if prepared:
        yield Finding(
            WARNING,
            shown(min(prepared)),
            f"{len(prepared)} files fit a name that the inventory gives for the drill's, of which this is the first;"
            " they are there already, and pass for production's",
            "If they are the drill's, move them into the rehearsal folder, and run it again",
        )
    for folder, number in ground.earlier.items():
        yield Finding(WARNING, shown(folder), EARLIER.format(number), TAKE_FROM_THERE)
    was = ground.last.header.get("rehearsal") or ""
    passing = _below(was, options, manifest, ground.separator) if was else 0
    if passing:
        yield Finding(
            WARNING,
            shown(was),
            f"was the rehearsal folder until now; {passing} files in it pass for production's from this baseline on",
            "Remove by hand what is the drill's, and run it again",
        )
    own = options.rehearsal_folder
    if own and manifest.folders[own]:
        yield Finding(
            WARNING if ground.lost else INFO,
            shown(own),
            f"holds {len(manifest.folders[own])} files already, which cleanup takes away with all others in it",
            "Move out of it what is not the drill's",
        )


def _below(was: str, options: Options, manifest: Manifest, separator: str) -> int:
    """How many files of production's folders are in this one."""
    return sum(
        inside(folder + separator + below, was)
        for folder in options.folders
        if inside(folder, was) or inside(was, folder)
        for below in manifest.folders[folder]
    )
