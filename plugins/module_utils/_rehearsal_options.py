# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of the files of a drill, and the message for everything that cannot.

A wrong folder here is the worst mistake of all, so that whole systems, drives and homes are refused by name.
"""

import functools
import re
from typing import Any, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import fits, is_absolute, is_windows
from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Facts, Refusal, Seen

BASELINE, PURGED = "baseline", "purged"
NAME = "rehearsal_files"

# The reports that the circulars name. CCASS: Information Package of 6 November 2021, Appendix B1 (II) and B2 (II).
# VaR Platform and DCASS: connectivity sessions of November 2024, section 3.2 ("e.g. TP001, TP002").
REPORTS = ("CSESM01", "CSESM02", "CSEOP01", "CCLSI01", "CCLEI01", "CSESI02", "CSEBA01", "TP001", "TP002")
# Market codes of the report folders of RAP, each with a folder a day, yyyymmdd (briefing of 2025, section 03).
MARKETS = ("GLOB", "HKMK", "MAMK", "SZMK")
# Whatever follows: a date, or the .zip in which reports come (briefing of 2025, section 05).
PATTERNS = tuple(f"{code}*" for code in REPORTS) + tuple(f"{market}/????????/*" for market in MARKETS)

LONGEST = 10  # days of quarantine

_PACKAGES = (
    "backups",
    "cache",
    "db",
    "lib",
    "log",
    "mail",
    "spool",
)  # of /var: each program keeps its own there
# Not as a folder of reports, and nothing in them either.
_SYSTEM = (
    "bin",
    "boot",
    "dev",
    "etc",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "proc",
    "run",
    "sbin",
    "sys",
    "usr",
)
_WINDOWS = (
    "windows",
    "program files",
    "program files (x86)",
    "$recycle.bin",
    "system volume information",
    "recovery",
    "windows.old",
    "perflogs",
    "boot",
    "efi",
    "documents and settings",
    "inetpub",
)
# Wherever they stand, and whatever follows a dot, Windows takes them for a device (learn.microsoft.com, "Naming Files,
# Paths, and Namespaces").
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|\Z)")
# Where systems have them, whoever is told to have one.
_HOME = re.compile(r"^(?:/home/[^/]+|/root|(?i:[a-z]:\\users)(?:\\[^\\]+)?)(?![^/\\])")
_SHORT = re.compile(r"~[0-9]")  # WINDOW~1, a second name of a folder


class Options(NamedTuple):
    """What is asked: remember what stands in folders (``baseline``), or take away what a drill brought (``purged``).

    :param rehearsal_folder: where files of the drill go and no others
    :param patterns: names of files that a drill brings; with a slash, of the folders above, too
    :param keep_days: for how long what was taken away stays in quarantine
    :param unmatched: what is new goes whatever its name is
    :param now: the present time (UTC, ISO 8601), by the clock of the journal
    """

    state: str
    folders: Tuple[str, ...]
    rehearsal_folder: Optional[str]
    patterns: Tuple[str, ...]
    keep_days: int
    unmatched: bool
    drill: Optional[str]
    occurrence: Optional[str]
    now: str


def parse(params: Mapping[str, Any], now: str) -> Options:
    """The options of a module's (checked) parameters.

    :raises Refusal: one of them is wrong
    """
    if not params.get("drill"):
        raise Refusal(
            NAME, "is asked for no drill", "Give drill and occurrence: what a drill brings is known by them"
        )
    folders = tuple(
        _tidy(f"{NAME}.folders[{at}]", text) for at, text in enumerate(params.get("folders") or ())
    )
    own = params.get("rehearsal_folder")
    own = _tidy(f"{NAME}.rehearsal_folder", own) if own else None
    if not folders and own is None:
        raise Refusal(
            NAME, "neither folders nor rehearsal_folder is given", "Give the folders that a drill may fill"
        )
    keep_days = params.get("keep_days")
    keep_days = LONGEST if keep_days is None else keep_days
    if not 0 <= keep_days <= LONGEST:
        raise Refusal(
            f"{NAME}.keep_days", f"{keep_days} is not 0 to {LONGEST}", "Give the days of quarantine"
        )
    more = tuple(_pattern(at, text) for at, text in enumerate(params.get("patterns") or ()))
    return Options(
        params["state"],
        folders,
        own,
        PATTERNS + more,
        keep_days,
        bool(params.get("purge_unmatched")),
        params["drill"],
        params.get("occurrence"),
        now,
    )


def _tidy(where: str, text: str) -> str:
    """A folder's path in the one form in which it is compared."""
    if not is_absolute(text) or "\0" in text:
        raise Refusal(where, f"{text!r} is not an absolute path", "Give the folder's full path")
    windows = is_windows(text)
    parts = re.split(r"[\\/]" if windows else "/", text)
    if any(part in (".", "..") for part in parts):
        raise Refusal(where, f"{text!r} leads through . or ..", "Give the folder's full path without them")
    if not windows:
        return "/" + "/".join(part for part in parts if part)
    if text.startswith(("\\", "/")):
        raise Refusal(where, f"{text!r} is on another machine", "Give a folder on a drive of the workstation")
    return "\\".join([parts[0].upper(), *(part for part in parts[1:] if part)])


def _pattern(at: int, text: str) -> str:
    where = f"{NAME}.patterns[{at}]"
    if not text.replace("/", "").strip("*? ."):
        raise Refusal(where, f"{text!r} fits any file", "Give what the names of the drill's files begin with")
    if text.startswith("/") or "\\" in text or any(part in ("", ".", "..") for part in text.split("/")):
        raise Refusal(
            where, f"{text!r} is no name of a file", "Give a name, or folders and a name with / between them"
        )
    return text


@functools.lru_cache(maxsize=2)  # it is asked for at each look
def check(options: Options, system: str, facts: Facts) -> None:
    """Hold the folders to what a workstation may lose files from.

    :raises Refusal: one is no folder for reports, or they lie within each other or where the collection keeps its own
    """
    named = [(f"{NAME}.folders[{at}]", folder) for at, folder in enumerate(options.folders)]
    if options.rehearsal_folder:
        named.append((f"{NAME}.rehearsal_folder", options.rehearsal_folder))
    own = facts.blobs[: -len("/blobs")]
    seen = Seen(system)
    for at, (where, folder) in enumerate(named):
        fits(where, folder, seen, shown=repr(folder))
        windows = system == WINDOWS
        why = _of_windows(folder) if windows else _of_posix(folder)
        why = why or _at_home(folder, [*_HOME.findall(folder), *(person.folder for person in facts.profiles)])
        if why:
            raise Refusal(where, f"{folder} {why}", "Give the folder of the reports itself")
        above = _above_market(folder)
        if above and folder in options.folders:
            raise Refusal(
                where,
                f"{folder} is a market's, or one of its days': the names of the drill's reports begin above it",
                f"Name the folder above it, {above}",
            )
        for other in (*(each for _where, each in named[:at]), own):
            if inside(folder, other) or inside(other, folder):
                raise Refusal(
                    where,
                    f"{folder} and {other} are one or lie within each other",
                    "Give folders that lie apart" if other != own else "Give a folder apart from state_dir",
                )


def _above_market(folder: str) -> str:
    """The folder above a market's, if this is one, or lies in one of its days; else empty."""
    parts = re.split(r"[\\/]", folder)
    for at, part in enumerate(parts):
        if part.upper() in MARKETS and (at + 1 == len(parts) or re.match(r"[0-9]{8}\Z", parts[at + 1])):
            return ("\\" if is_windows(folder) else "/").join(parts[:at])
    return ""


def _of_posix(folder: str) -> Optional[str]:
    """Why this can be no folder of reports on any workstation."""
    parts = folder.split("/")[1:]
    if len(parts) < 2:
        return "is the root folder or one of the system's"
    if parts[0] in _SYSTEM or parts[:2] in [["var", each] for each in _PACKAGES]:
        return "belongs to the system"
    return None


def _of_windows(folder: str) -> Optional[str]:
    parts = folder.lower().split("\\")[1:]
    if not parts:
        return "is a whole drive"
    if any(part != part.rstrip(" .") or ":" in part or _SHORT.search(part) for part in parts):
        return "is not written as Windows itself writes it"
    if any(map(_DEVICE.match, parts)):
        return "leads through the name of a device"
    if parts[0] in _WINDOWS or parts[0].startswith("$"):
        return "belongs to the system"
    if parts == ["programdata"] or parts[:2] == ["programdata", "microsoft"]:
        return "belongs to the system"
    return None


def _at_home(folder: str, homes: Sequence[str]) -> Optional[str]:
    """Why this can be no folder of reports where these are the homes."""
    for home in homes:
        if inside(home, folder):
            return "is somebody's home, or holds one"
        below = re.split(r"[\\/]", folder[len(home) :].lstrip("\\/"))[0].lower()
        if inside(folder, home) and (below.startswith(".") or below == "appdata"):
            return "belongs to the programs of whose home it is in"
    return None


def _folded(path: str) -> str:
    return path.replace("/", "\\").lower() if is_windows(path) else path


def same(one: str, other: str) -> bool:
    """Whether two paths are one."""
    return _folded(one).rstrip("\\/") == _folded(other).rstrip("\\/")


@functools.lru_cache(maxsize=256)  # the few folders are held against each other at each look
def inside(one: str, other: str) -> bool:
    """Whether a path is another one or below it."""
    separator = "\\" if is_windows(other) else "/"
    return same(one, other) or _folded(one).startswith(_folded(other).rstrip("\\/") + separator)


@functools.lru_cache(maxsize=4)
def matcher(patterns: Tuple[str, ...], separator: str) -> "Matcher":
    """Which of the patterns a path below a folder fits."""
    known = tuple((each, _expression(each.split("/"), separator)) for each in patterns)
    one = "|".join(expression for _pattern, expression in known)
    return Matcher(known, re.compile(one, _FLAGS) if known else None)


class Matcher(NamedTuple):
    """Patterns and what finds them; case does not count, since Windows does not tell it apart."""

    known: Tuple[Tuple[str, str], ...]
    one: "Optional[re.Pattern[str]]"  # all of them at once, because most files fit none

    def __call__(self, below: str) -> Optional[str]:
        """The first pattern that a path below a folder fits."""
        if self.one is None or not self.one.search(below):
            return None
        return next(
            (pattern for pattern, expression in self.known if re.search(expression, below, _FLAGS)), None
        )


_FLAGS = re.IGNORECASE | re.DOTALL


def _expression(parts: Sequence[str], separator: str) -> str:
    apart = re.escape(separator)
    names = [re.escape(part).replace(r"\*", f"[^{apart}]*").replace(r"\?", f"[^{apart}]") for part in parts]
    return f"(?:^|{apart}){apart.join(names)}\\Z"
