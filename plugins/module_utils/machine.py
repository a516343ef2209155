# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation on the day before: clock, disk space, rights, a pending reboot, and proxies in the exchange's way.

None of it is a rule of a circular: each is what makes a phase, a login or a proof fail on the day. Nothing is changed.
"""

import ntpath
import posixpath
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _machine_proxy as proxies
from ansible_collections.hkex.drill.plugins.module_utils._machine_options import Options, moment, parse
from ansible_collections.hkex.drill.plugins.module_utils._machine_proxy import Way
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    INFO,
    WARNING,
    WINDOWS,
    Concern,
    Finding,
    Key,
    Look,
    Plan,
    Seen,
)

__all__ = ["Options", "concern", "describe", "look", "parse", "plan"]

_MB = 1024 * 1024
_RESTART = "Restart it before the drill, and run pre-drill again: an update must not do so on the day"

# Debian policy 9.12, with the packages beside it; the plugin zypp-boot-plugin of openSUSE.
_REQUIRED, _PACKAGES, _NEEDED = "/run/reboot-required", "/run/reboot-required.pkgs", "/run/reboot-needed"
_CURRENT = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_KEYS = {
    f"{_CURRENT}\\Component Based Servicing\\RebootPending": "Windows has parts of its own to put in place",
    f"{_CURRENT}\\WindowsUpdate\\Auto Update\\RebootRequired": "Windows Update has installed something",
}
_RENAMES = Key(
    "registry", "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager", "PendingFileRenameOperations"
)


def concern(params: Mapping[str, Any]) -> Concern:
    """This concern with a module's parameters.

    :raises Refusal: an option is wrong
    """
    return Concern("machine", parse(params), look, plan, describe)


def look(options: Options, seen: Seen) -> Look:
    """Space and rights where the collection keeps its own, space in homes, and the signs of a pending reboot."""
    settings = {_rights(seen), *(_volume(place, seen) for place in _places(seen))}
    if seen.system == WINDOWS:
        keys = frozenset(_KEYS)
        return Look(settings=frozenset(settings | {_RENAMES}), keys=keys, tolerated=keys)
    files = frozenset({_REQUIRED, _PACKAGES, _NEEDED, *([proxies.ENVIRONMENT] if options.names else [])})
    return Look(files=files, settings=frozenset(settings), tolerated=files)


def plan(options: Options, seen: Seen) -> Plan:
    """Nothing is changed; what would stand in the way on the day is a finding each."""
    findings = [
        *_clock(options, seen),
        *_space(options, seen),
        *_no_rights(seen),
        *_reboots(seen),
        *(_caught(way) for way in _ways(options, seen)),
    ]
    return Plan(findings=tuple(findings))


def describe(options: Options, seen: Seen) -> Dict[str, Any]:
    """What it is, in numbers; ``in_order``: nothing is to be done about any of it."""
    return {
        "seconds_ahead": _ahead(options, seen),
        "volumes": [
            {"volume": each.name, "free_mb": each.free // _MB, "holds": list(each.holds)}
            for each in _volumes(seen)
        ],
        "rights": bool(seen.setting(_rights(seen))),
        "reboot": [finding.what for finding in _reboots(seen)],
        "proxies": [
            {"user": way.whose, "script": way.script, "address": way.address, "names": list(way.names)}
            for way in _ways(options, seen)
        ],
        "in_order": all(finding.level == INFO for finding in plan(options, seen).findings),
    }


# ---- clock ---------------------------------------------------------------------------------------------------------


def _ahead(options: Options, seen: Seen) -> Optional[int]:
    """Seconds by which the workstation's clock is ahead of the time when it was asked."""
    clock = moment(seen.facts.clock)
    return None if options.now is None or clock is None else int((clock - options.now).total_seconds())


def _clock(options: Options, seen: Seen) -> Iterator[Finding]:
    ahead = _ahead(options, seen)
    if ahead is None or abs(ahead) <= options.tolerance:
        return
    by_hand = (
        "See whether its time service runs and whom it asks (w32tm /query /status), then w32tm /resync"
        if seen.system == WINDOWS
        else "See whether a time service runs and whom it asks (timedatectl), then let it set the clock"
    )
    yield Finding(
        WARNING,
        "clock",
        f"it says {seen.facts.clock}, {abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} the controller, and "
        f"{options.tolerance} s are allowed: certificates, logins of a domain and the times of the evidence go by it",
        by_hand,
    )


# ---- disk space and rights -----------------------------------------------------------------------------------------


class _Volume(NamedTuple):
    """A volume, its free bytes, and the folders on it that are asked about; the first may be the collection's own."""

    name: str
    free: int
    holds: Tuple[str, ...]


def _own(seen: Seen) -> str:
    """The folder of journal and blobs."""
    blobs = seen.facts.blobs
    return ntpath.dirname(blobs) if seen.system == WINDOWS else posixpath.dirname(blobs)


def _places(seen: Seen) -> List[str]:
    folders = [_own(seen), *(person.folder for person in seen.facts.profiles)]
    if seen.system != WINDOWS:
        return folders
    return [folder for folder in folders if ntpath.splitdrive(folder)[0][1:] == ":"]


def _volume(place: str, seen: Seen) -> Key:
    return Key("volume", ntpath.splitdrive(place)[0] + "\\" if seen.system == WINDOWS else place, "free")


def _rights(seen: Seen) -> Key:
    return Key("account", _own(seen), "rights")


def _volumes(seen: Seen) -> List[_Volume]:
    found: Dict[str, _Volume] = {}
    for place in _places(seen):
        told = seen.setting(_volume(place, seen))
        if told:
            volume = found.get(told["volume"], _Volume(told["volume"], told["free"], ()))
            found[volume.name] = volume._replace(holds=(*volume.holds, place))
    return list(found.values())


def _space(options: Options, seen: Seen) -> Iterator[Finding]:
    for volume in _volumes(seen):
        if volume.free < options.free:
            own = _own(seen) in volume.holds
            needs = "what was there before a change has to be kept" if own else "reports are downloaded to"
            yield Finding(
                ERROR if own else WARNING,
                f"volume {volume.name}",
                f"{volume.free // _MB} MB are free, of {options.free // _MB} that should be: here "
                f"{needs if own else 'people have the homes that ' + needs} ({', '.join(volume.holds[:3])})",
                "Make room there before the drill",
            )


def _no_rights(seen: Seen) -> Iterator[Finding]:
    if seen.setting(_rights(seen)):
        return
    if seen.system == WINDOWS:
        yield Finding(
            ERROR,
            "account",
            "the account that looks is no administrator here, and only those may write host table, DNS servers and "
            f"{_own(seen)}",
            "Put it into the group Administrators of this workstation (docs/windows.md, Preparing workstations)",
        )
        return
    yield Finding(
        ERROR,
        _own(seen),
        "the account that looks cannot write here, where what was there before a change has to be kept",
        "Run with become, see that the file system is not mounted read-only, or give another state_dir",
    )


# ---- reboot --------------------------------------------------------------------------------------------------------


def _reboots(seen: Seen) -> Iterator[Finding]:
    """Each sign that the workstation waits for a reboot."""
    if seen.system != WINDOWS:
        if seen.files[_REQUIRED] is not None:
            yield Finding(WARNING, _REQUIRED, f"it waits for a reboot{_packages(seen)}", _RESTART)
        if seen.files[_NEEDED] is not None:
            yield Finding(WARNING, _NEEDED, "it waits for a reboot after an update", _RESTART)
        return
    for place, meaning in _KEYS.items():
        if seen.keys[place] is not None:
            yield Finding(WARNING, place, f"it waits for a reboot: {meaning}", _RESTART)
    if (seen.setting(_RENAMES) or {}).get("data"):
        yield Finding(
            INFO,
            f"{_RENAMES.place}, {_RENAMES.name}",
            "some program has files to replace at the next start, as browsers and antivirus programs do",
            _RESTART,
        )


def _packages(seen: Seen) -> str:
    file = seen.files[_PACKAGES]
    names = [] if file is None else file.content[:_MB].decode("ascii", "replace").split()
    named = [name for name in dict.fromkeys(names) if name.isprintable()]
    return f" because of {', '.join(named[:5])}{' and others' if len(named) > 5 else ''}" if named else ""


# ---- proxies -------------------------------------------------------------------------------------------------------


def _ways(options: Options, seen: Seen) -> List[Way]:
    ways = [way for person in seen.facts.profiles for way in proxies.of_person(person, options.names)]
    file = seen.files.get(proxies.ENVIRONMENT) if options.names else None
    return ways + list(proxies.of_environment(file.content, options.names) if file else ())


def _caught(way: Way) -> Finding:
    names = ", ".join(way.names)
    if way.script:
        return Finding(
            WARNING,
            way.where,
            f"the proxy script {way.address} decides how pages are fetched for {way.whose}: one that it gives to a "
            "proxy is looked up there, and follows no switch of this workstation",
            f"See that it answers DIRECT for {names}, or switch it off for the drill",
        )
    return Finding(
        WARNING,
        way.where,
        f"the proxy {way.address} fetches {names} for {way.whose}: it looks names up itself, and follows no switch of "
        "this workstation",
        f"Add them to {way.exceptions}, or switch it off for the drill",
    )
