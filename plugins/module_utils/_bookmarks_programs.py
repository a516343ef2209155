# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a browser is installed, and keeps its profiles where they are looked for.

On Linux small files of its package tell it, on Windows where it stands among the App Paths (chromium.org, "A short trip
through the Chromium installer's mind").
"""

from typing import Any, Iterator, List, Mapping, Optional, Sequence

from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_places import SOURCE, Browser
from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_places import moved as moved_by
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    WARNING,
    WINDOWS,
    Finding,
    Profile,
    Seen,
)

_APP_PATHS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths"


def scripts(browser: Browser, seen: Seen) -> Sequence[str]:
    """The files to look for on Linux."""
    return () if seen.system == WINDOWS else browser.scripts


def keys(browser: Browser, people: Sequence[Profile], seen: Seen) -> List[str]:
    """The keys to look for on Windows: the machine's, and those of people who have the browser for themselves.

    People are asked only where the machine has none: for who is not logged on a hive has to be loaded.
    """
    if seen.system != WINDOWS:
        return []
    everybodys = f"HKLM\\{_APP_PATHS}\\{browser.program}"
    if everybodys not in seen.keys or _has_program(seen.keys[everybodys]):
        return [everybodys]
    own = [f"HKU\\{person.sid}\\{_APP_PATHS}\\{browser.program}" for person in people if person.sid]
    return [everybodys, *own]


def installed(browser: Browser, people: Sequence[Profile], seen: Seen) -> Optional[bool]:
    """None: nobody can say, because something cannot be looked at."""
    places, files = keys(browser, people, seen), scripts(browser, seen)
    if any(_has_program(seen.keys[key]) for key in places) or any(seen.files[path] for path in files):
        return True
    return None if any(each in seen.unreadable for each in (*places, *files)) else False


def absent(browser: Browser, people: Sequence[Profile], seen: Seen) -> List[Finding]:
    """What is to be said where a demanded browser is not there, or nobody can say whether."""
    there, wanted = installed(browser, people, seen), "with which VaR Online is to be used"
    if there:
        return []
    if there is None:
        looked = (*keys(browser, people, seen), *scripts(browser, seen))
        why = next(seen.unreadable[each] for each in looked if each in seen.unreadable)
        what = f"nobody can say whether {browser.title} is installed, {wanted}: {why.what} {SOURCE}"
        return [Finding(WARNING, f"{browser.title}: {why.where}", what, why.remedy)]
    remedy = f"Install {browser.title}, and log on to VaR Online with it once before the drill"
    return [Finding(ERROR, browser.title, f"{browser.title} is not installed, {wanted} {SOURCE}", remedy)]


def moved(browser: Browser, seen: Seen) -> Iterator[Finding]:
    """What is to be said where a policy of Windows keeps the profiles somewhere else."""
    if seen.setting(moved_by(browser)):
        yield Finding(
            WARNING,
            f"{browser.policies}, UserDataDir",
            f"by this policy {browser.title} keeps its profiles somewhere else, so that bookmarks there were not "
            f"compared {SOURCE}",
            f"Compare them by hand in {browser.manager}, or take the policy away",
        )


def _has_program(tree: Any) -> bool:
    """Whether a key leads to a program: its unnamed value does."""
    value = (tree or {}).get("", {}).get("")
    return isinstance(value, Mapping) and bool(value.get("data"))
