# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which browsers are known, where they keep what they know of a person, and by what an installed one is told.

Sources: Chromium's docs/user_data_dir.md, components/bookmarks/common/bookmark_constants.cc (names of the files, those
that are encrypted included); Microsoft's policy UserDataDir and user data folder of
Edge, which is a Chromium.
"""

from typing import NamedTuple, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_options import Options
from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Key, Profile, Seen

SOURCE = "(Information Package (2021), 3.2 f)"  # of the rule, for every finding

# In a profile: bookmarks of this computer (or synchronised ones), those kept with an account, and what newer versions
# keep instead, encrypted for the person.
PLAIN = ("Bookmarks", "AccountBookmarks")
ENCRYPTED = ("EncryptedBookmarks2", "EncryptedAccountBookmarks2")
DEFAULT = "Default"  # the first profile

_LOCAL_STATE = "Local State"


class Browser(NamedTuple):
    """A browser: where its user data are below ``~/.config`` and ``%LOCALAPPDATA%``, and what is installed with it.

    :param scripts: small files of its packages for Linux
    :param program: its program on Windows
    :param policies: key of its policies below HKLM
    :param manager: the page on which it shows bookmarks
    """

    name: str
    title: str
    linux: str
    windows: str
    scripts: Tuple[str, ...]
    program: str
    policies: str
    manager: str


BROWSERS = (
    Browser(
        "chrome",
        "Chrome",
        "google-chrome",
        "Google\\Chrome\\User Data",
        ("/opt/google/chrome/google-chrome", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"),
        "chrome.exe",
        "HKLM\\SOFTWARE\\Policies\\Google\\Chrome",
        "chrome://bookmarks",
    ),
    Browser(
        "edge",
        "Edge",
        "microsoft-edge",
        "Microsoft\\Edge\\User Data",
        ("/opt/microsoft/msedge/microsoft-edge", "/usr/bin/microsoft-edge-stable", "/usr/bin/microsoft-edge"),
        "msedge.exe",
        "HKLM\\SOFTWARE\\Policies\\Microsoft\\Edge",
        "edge://favorites",
    ),
)
NAMES = tuple(browser.name for browser in BROWSERS)


def user_data(browser: Browser, person: Profile, options: Options, seen: Seen) -> str:
    """The folder of the browser's user data of this person."""
    if seen.system == WINDOWS:
        return (
            (options.config_dir or f"{person.folder}\\AppData\\Local").rstrip("\\/") + "\\" + browser.windows
        )
    return (options.config_dir or f"{person.folder}/.config").rstrip("/") + "/" + browser.linux


def local_state(folder: str, seen: Seen) -> str:
    """The file that names the profiles in this folder of user data."""
    return _below(folder, _LOCAL_STATE, seen)


def in_profile(folder: str, profile: str, name: str, seen: Seen) -> str:
    return _below(_below(folder, profile, seen), name, seen)


def moved(browser: Browser) -> Key:
    """The policy by which Windows keeps the user data somewhere else."""
    return Key("registry", browser.policies, "UserDataDir")


def _below(folder: str, name: str, seen: Seen) -> str:
    return folder + ("\\" if seen.system == WINDOWS else "/") + name
