# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saved bookmarks of VaR Online in Chrome and Edge, in every profile of every person: compared, never edited.

VaR Online is used with Chrome, and who has bookmarked it checks that the bookmark holds the address that the circular
gives (Information Package (2021), 3.2 f): one with an IP address leads to one data centre for ever. Of all other
bookmarks nothing is told.
"""

from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _bookmarks_file as file_of
from ansible_collections.hkex.drill.plugins.module_utils import _bookmarks_places as places
from ansible_collections.hkex.drill.plugins.module_utils import _bookmarks_programs as programs
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_file import Bookmark, Damaged
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_judge import Verdict, judge, printable
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_options import Options, parse
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_places import BROWSERS, SOURCE, Browser
from ansible_collections.hkex.drill.plugins.module_utils._forms import fits
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    WINDOWS,
    Concern,
    Finding,
    Look,
    Plan,
    Profile,
    Refusal,
    Seen,
)

__all__ = ["Options", "concern", "describe", "look", "parse", "plan"]


def concern(params: Mapping[str, Any]) -> Concern:
    """This concern with a module's parameters.

    :raises Refusal: an option is wrong
    """
    return Concern("bookmarks", parse(params, places.NAMES), look, plan, describe)


def look(options: Options, seen: Seen) -> Look:
    """Which profiles each browser has of each person, what these keep, and whether the demanded browsers are there.

    :raises Refusal: a path of the other kind of system
    """
    if options.config_dir:
        fits("bookmarks.config_dir", options.config_dir, seen, repr(options.config_dir))
    people = _people(options, seen)
    files = {path for browser in _demanded(options) for path in programs.scripts(browser, seen)}
    for user in _users(options, seen):
        files.add(places.local_state(user.folder, seen))
        for profile in _profiles(user, seen):
            files |= {
                places.in_profile(user.folder, profile, name, seen)
                for name in (*places.PLAIN, *places.ENCRYPTED)
            }
    keys = {key for browser in _demanded(options) for key in programs.keys(browser, people, seen)}
    settings = {places.moved(browser) for browser in BROWSERS} if seen.system == WINDOWS else frozenset()
    return Look(
        files=frozenset(files),
        settings=frozenset(settings),
        keys=frozenset(keys),
        tolerated=frozenset(files | keys),
    )


def plan(options: Options, seen: Seen) -> Plan:
    """Nothing is changed; a bookmark that leads elsewhere, and all that could not be compared, is a finding each.

    :raises Refusal: there is no such person
    """
    for name in sorted(options.users - {person.name for person in seen.facts.profiles}):
        there = ", ".join(person.name for person in seen.facts.profiles) or "nobody"
        raise Refusal("bookmarks.users", f"{name!r} has no home on this workstation", f"There is {there}")
    people = _people(options, seen)
    findings = [each for browser in _demanded(options) for each in programs.absent(browser, people, seen)]
    if seen.system == WINDOWS and not options.config_dir:
        findings += [each for browser in BROWSERS for each in programs.moved(browser, seen)]
    for user in _users(options, seen):
        findings += _unseen(user, seen)
        findings += [_wrong(saved) for saved in _saved(user, options, seen) if not _right(saved)]
    return Plan(findings=tuple(findings))


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """Of each demanded browser whether it is installed (None: nobody can say), and the bookmarks of the sites.

    ``in_order``: nothing is to be done about any of it.
    """
    saved = [each for user in _users(options, seen) for each in _saved(user, options, seen)]
    try:
        left = any(finding.level != INFO for finding in plan(options, seen).findings)
    except Refusal:
        left = True
    return {
        "browsers": [
            {"name": browser.name, "installed": programs.installed(browser, _people(options, seen), seen)}
            for browser in _demanded(options)
        ],
        "bookmarks": [_described(each) for each in saved],
        "in_order": not left,
    }


# ---- what is there -------------------------------------------------------------------------------------------------


class _User(NamedTuple):
    """A browser of a person, and the folder of its user data."""

    browser: Browser
    person: Profile
    folder: str

    @property
    def named(self) -> str:
        whose = self.person.name or self.person.folder
        return f"{self.browser.title} of {whose}" if whose else f"{self.browser.title} in {self.folder}"


class _Saved(NamedTuple):
    """A bookmark of one of the sites, and where it is."""

    user: _User
    profile: str
    bookmark: Bookmark
    verdict: Verdict


def _demanded(options: Options) -> List[Browser]:
    return [browser for browser in BROWSERS if browser.name in options.browsers]


def _people(options: Options, seen: Seen) -> Tuple[Profile, ...]:
    if options.config_dir:
        return (Profile("", ""),)
    return tuple(each for each in seen.facts.profiles if not options.users or each.name in options.users)


def _users(options: Options, seen: Seen) -> Iterator[_User]:
    for person in _people(options, seen):
        for browser in BROWSERS:
            yield _User(browser, person, places.user_data(browser, person, options, seen))


def _profiles(user: _User, seen: Seen) -> Dict[str, str]:
    """The profiles by their folders, with their names; the first one is there even where nobody says so."""
    file = seen.files.get(places.local_state(user.folder, seen))
    try:
        return {places.DEFAULT: "", **(file_of.profiles(file.content) if file else {})}
    except Damaged:
        return {places.DEFAULT: ""}


def _saved(user: _User, options: Options, seen: Seen) -> Iterator[_Saved]:
    for folder, name in _profiles(user, seen).items():
        for each in places.PLAIN:
            file = seen.files[places.in_profile(user.folder, folder, each, seen)]
            try:
                for bookmark in file_of.bookmarks(file.content) if file else ():
                    verdict = judge(bookmark.url, options.sites)
                    if verdict is not None:
                        shown = f"{folder} ({printable(name)})" if name else folder
                        yield _Saved(user, shown, bookmark, verdict)
            except Damaged:
                continue  # told for itself


def _described(saved: _Saved) -> Dict[str, Any]:
    return {
        "user": saved.user.person.name,
        "browser": saved.user.browser.name,
        "profile": saved.profile,
        "folder": "/".join(printable(folder) for folder in saved.bookmark.folders),
        "name": printable(saved.bookmark.name),
        "url": saved.verdict.shown,
        "right": not saved.verdict.faults,
    }


def _right(saved: _Saved) -> bool:
    return not saved.verdict.faults and not saved.verdict.deeper


# ---- what is to be said --------------------------------------------------------------------------------------------


def _unseen(user: _User, seen: Seen) -> Iterator[Finding]:
    """Why bookmarks of this person could not be compared: once where nothing can be read, else file by file."""
    state = places.local_state(user.folder, seen)
    if state in seen.unreadable:
        yield _not_compared(user, state, seen.unreadable[state].what, seen.unreadable[state].remedy)
        return
    try:
        file = seen.files[state]
        if file:
            file_of.profiles(file.content)
    except Damaged as why:
        yield _not_compared(user, state, str(why))
    for profile in _profiles(user, seen):
        for plain, encrypted in zip(places.PLAIN, places.ENCRYPTED):
            path, other = (places.in_profile(user.folder, profile, name, seen) for name in (plain, encrypted))
            if path in seen.unreadable:
                yield _not_compared(user, path, seen.unreadable[path].what, seen.unreadable[path].remedy)
                continue
            try:
                file = seen.files[path]
                if file:
                    for _bookmark in file_of.bookmarks(file.content):
                        continue
                elif seen.files[other] or other in seen.unreadable:
                    yield _not_compared(user, other, "it is encrypted for this person")
            except Damaged as why:
                yield _not_compared(user, path, str(why))


def _not_compared(user: _User, path: str, what: str, remedy: str = "") -> Finding:
    by_hand = f"Look in {user.browser.manager} of this person whether VaR Online is among the bookmarks, and as what"
    return Finding(
        WARNING,
        f"{user.named}: {path}",
        f"bookmarks were not compared: {what} {SOURCE}",
        f"{remedy}; or look by hand in {user.browser.manager}" if remedy else by_hand,
    )


def _wrong(saved: _Saved) -> Finding:
    user, verdict = saved.user, saved.verdict
    place = "/".join(printable(each) for each in (*saved.bookmark.folders, saved.bookmark.name))
    right = verdict.site.url
    where = f"{user.named}, profile {saved.profile}: bookmark {place}"
    if not verdict.faults:
        return Finding(
            INFO,
            where,
            f"it is {verdict.shown}, a page inside the site; the circular gives {right} {SOURCE}",
            f"See that it opens, or make it {right} in {user.browser.manager}",
        )
    return Finding(
        WARNING,
        where,
        f"it is {verdict.shown}, which {', and '.join(verdict.faults)}; it should be {right} {SOURCE}",
        f"Open {user.browser.manager} in this profile, edit the bookmark and make its address {right}",
    )
