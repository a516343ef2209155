# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SFTP clients of a workstation: one login at a time, and every stored address leads to the wanted data centre.

RAP refuses a second login of an account (all circulars), while clients open several connections by default and keep
an address in more places than the saved site. All clients of all people move together or not at all: while one of
them runs, which would lose or undo the change, or has damaged settings, everything is pending.
"""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import fits
from ansible_collections.hkex.drill.plugins.module_utils._sftp_options import (
    AUTO,
    FAIL,
    LOCAL_FOLDER,
    Options,
    parse,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    PENDING,
    SEVERAL_NAMES,
    WARNING,
    Assign,
    Concern,
    Edit,
    Finding,
    Look,
    Plan,
    Process,
    Profile,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Client, Part
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.registered import CLIENTS

__all__ = ["Options", "concern", "describe", "look", "parse", "plan"]


def concern(params: Mapping[str, Any]) -> Concern:
    """This concern with a module's parameters.

    :raises Refusal: an option is wrong
    """
    options = parse(params)
    names = [client.name for client in CLIENTS]
    for index, name in enumerate(options.clients):
        if name not in (AUTO, *names):
            raise Refusal(
                f"sftp_client.clients[{index}]",
                f"{name!r} is no client that is known",
                f"Give {AUTO}, or some of {', '.join(names)}",
            )
    return Concern("sftp_client", options, look, plan, describe)


def look(options: Options, seen: Seen) -> Look:
    """The settings of every client of every person, and whether the clients run."""
    options = _aware(options, seen)
    asked = Look(processes=frozenset(name for client in _clients(options) for name in client.programs))
    for client, person in _pairs(options, seen):
        mine = client.look(options.wish, person, seen)
        asked = asked | mine._replace(tolerated=mine.files | mine.keys)
    return asked


def plan(options: Options, seen: Seen) -> Plan:
    """The edits after which every known address is the wanted one, and one login is the most a client holds.

    Settings that cannot be read or understood, and a client that would lose the change, make it all pending.

    :raises Refusal: there is no such person; something is pending, and that is to fail
    """
    _known_users(options, seen)
    options = _aware(options, seen)
    if options.wish.folder is not None and options.wish.folder.path:
        fits(LOCAL_FOLDER, options.wish.folder.path, seen)
    found = tuple(_found(options, seen))
    held = tuple(_held(found))
    if held and options.if_running == FAIL:
        raise held[0]
    # Once each: some settings are everybody's.
    findings = tuple(dict.fromkeys(finding for each in found for finding in each.part.findings))
    findings += tuple(Finding(PENDING, why.where, why.what, why.remedy) for why in held)
    findings += tuple(_misplaced(options, seen)) + tuple(_without_folder(options, found))
    if _pending(found):
        return Plan(findings=findings)
    edits: Dict[Any, Edit] = {}
    for edit in (edit for each in found for edit in each.part.edits):
        edits.setdefault(_really(edit, seen), edit)
    return Plan(tuple(edits.values()), frozenset(), findings)


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """What stands there.

    Every place that leads to a known address; of each client its version, whether it runs, and what is left to do.
    """
    found = tuple(_found(_aware(options, seen), seen))
    return {
        "sites": [
            {"user": each.person.name, "client": each.client.name, **site._asdict()}
            for each in found
            for site in each.part.sites
        ],
        "clients": [
            {
                "user": each.person.name,
                "client": each.client.name,
                "version": each.part.version,
                "running": bool(each.client.keeps and each.running),
                "left": _left(each),
            }
            for each in found
            if each.part != Part() or each.damaged
        ],
        "pending": _pending(found),
    }


class _Found(NamedTuple):
    """What one client's settings of one person come to, and the processes of theirs that run.

    ``damaged``: why the settings cannot be read or understood; then there is nothing else.
    """

    client: Client
    person: Profile
    part: Part
    running: Tuple[Process, ...]
    damaged: Optional[Refusal] = None


def _found(options: Options, seen: Seen) -> Iterator[_Found]:
    for client, person in _pairs(options, seen):
        running = [process for name in client.programs for process in seen.processes[name]]
        mine = tuple(each for each in running if _belongs(each, person, seen))
        try:
            _readable(client.look(options.wish, person, seen), seen)
            part = client.plan(options.wish, person, seen)
            _writable(part, seen)
            yield _Found(client, person, part, mine)
        except Refusal as damaged:
            yield _Found(client, person, Part(), mine, damaged)


def _held(found: Sequence[_Found]) -> Iterator[Refusal]:
    """Why the clients have to wait: damaged settings first, then whatever runs and would lose the change."""
    yield from (each.damaged for each in found if each.damaged)
    for each in found:
        if _in_the_way(each):
            process = each.running[0]
            whose = f" of {process.user}" if process.user else ""
            yield Refusal(
                f"{each.client.name} of {each.person.name or each.person.folder}",
                f"{process.name} (process {process.id}{whose}) is running, and would lose or undo the change",
                "Close it there and run the phase again: until then no SFTP client of this workstation is changed",
            )


def _in_the_way(found: _Found) -> bool:
    return bool(found.client.keeps and found.part.edits and found.running)


def _pending(found: Sequence[_Found]) -> bool:
    """Whether nothing moves now: something is held, or left to a person."""
    left = (finding.level == PENDING for each in found for finding in each.part.findings)
    return any(left) or any(True for _why in _held(found))


def _really(edit: Edit, seen: Seen) -> Any:
    """What an edit is about: the same for people whose settings are one file, by whatever way it is reached."""
    if isinstance(edit, Assign):
        return edit.key
    file = seen.files[edit.path]
    return (file.link or edit.path if file else edit.path, *edit[1:])


def _misplaced(options: Options, seen: Seen) -> Iterator[Finding]:
    folder = options.wish.config_dir
    asked = [
        path
        for client, person in _pairs(options, seen)
        for path in client.look(options.wish, person, seen).files
    ]
    if folder and all(path in seen.nowhere for path in asked if path.startswith(folder)):
        yield Finding(
            WARNING, f"sftp_client.config_dir {folder}", "there is no such folder", "Give the right one"
        )


def _aware(options: Options, seen: Seen) -> Options:
    """With the folders that the drill has had, where local folders are asked for."""
    if options.wish.folder is None:
        return options
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._local_folder import known

    return options._replace(wish=options.wish._replace(folder=known(options.wish.folder, seen)))


def _without_folder(options: Options, found: Sequence[_Found]) -> Iterator[Finding]:
    if options.wish.folder is None:
        return
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._local_folder import nowhere_stored

    for each in found:
        whose = each.person.name or each.person.folder
        yield from nowhere_stored(each.client.name, whose, each.part, options.wish.folder)


def _writable(part: Part, seen: Seen) -> None:
    """A file with several names would be replaced under one of them, and one that is held not at all.

    :raises Refusal: there is one among those that change
    """
    for path in {edit.path for edit in part.edits if not isinstance(edit, Assign)}:
        file = seen.files[path]
        if file is not None and file.names > 1:
            raise Refusal(path, SEVERAL_NAMES.format(file.names), "Make it a file of its own")
        if file is not None and file.held:
            raise Refusal(path, *file.held)


def _readable(look: Look, seen: Seen) -> None:
    """What a client keeps its settings in can be read, all of it: nobody knows what stands in the rest.

    :raises Refusal: why it cannot
    """
    for name in sorted(look.files | look.keys):
        if name in seen.unreadable:
            why = seen.unreadable[name]
            raise Refusal(why.where, why.what, f"{why.remedy}; or name the people who are meant (users)")


def _left(found: _Found) -> str:
    """What is left for a person to do about this client, in a word or two; empty: nothing."""
    if _in_the_way(found):
        return "close it"
    levels = {finding.level for finding in found.part.findings}
    return "see below" if found.damaged or levels & {PENDING, WARNING} else ""


def _clients(options: Options) -> List[Client]:
    return [client for client in CLIENTS if AUTO in options.clients or client.name in options.clients]


def _pairs(options: Options, seen: Seen) -> Iterator[Tuple[Client, Profile]]:
    people = [each for each in seen.facts.profiles if not options.users or each.name in options.users]
    if options.wish.config_dir:
        people = [Profile("", options.wish.config_dir)]
    for person in people:
        for client in _clients(options):
            yield client, person


def _known_users(options: Options, seen: Seen) -> None:
    for name in sorted(options.users - {person.name for person in seen.facts.profiles}):
        there = ", ".join(person.name for person in seen.facts.profiles) or "nobody"
        raise Refusal("sftp_client.users", f"{name!r} has no home on this workstation", f"There is {there}")


def _belongs(process: Process, person: Profile, seen: Seen) -> bool:
    """Whether it may be this person's: it is nobody else's for certain.

    Who runs it need not be told, Windows tells DOMAIN\\user, and a profile's folder need not be called as its user.
    """
    user = process.user.rpartition("\\")[2].lower()
    others = {profile.name.lower() for profile in seen.facts.profiles if profile != person}
    return not person.name or user not in others
