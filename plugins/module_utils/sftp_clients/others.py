# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SFTP clients that are found and left to people: by what one knows them, and what is to be set by hand.

Where a client keeps addresses in text at a fixed place, those that a move knows are told; nothing is ever changed.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    WARNING,
    WINDOWS,
    Finding,
    Look,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Client, Part, Site, Wish

# A host, and its port where one is said.
Address = Tuple[str, Optional[int]]
Values = Mapping[str, Mapping[str, object]]


class Other(NamedTuple):
    """A client that is only found.

    ``posix`` and ``windows`` are files, below the person's folder unless they begin at the root or a drive; ``keys``
    are of the person's registry, each with how a key below it has to begin. ``texts`` and ``values`` find the
    addresses in a file and in a key.
    """

    name: str
    title: str
    programs: Tuple[str, ...]
    remedy: str
    posix: Tuple[str, ...] = ()
    windows: Tuple[str, ...] = ()
    keys: Tuple[Tuple[str, str], ...] = ()
    texts: Callable[[bytes], Iterable[Address]] = lambda content: ()
    values: Callable[[Values], Iterable[Address]] = lambda values: ()


def clients() -> Tuple[Client, ...]:
    """One client for each."""
    return tuple(map(_client, OTHERS))


def _client(other: Other) -> Client:
    def look(wish: Wish, profile: Profile, seen: Seen) -> Look:
        keys = () if seen.system != WINDOWS else (_key(profile, key) for key, _begin in other.keys)
        return Look(files=frozenset(_files(other, profile, seen)), keys=frozenset(keys))

    def plan(wish: Wish, profile: Profile, seen: Seen) -> Part:
        places = [*_in_files(other, profile, seen), *_in_keys(other, profile, seen)]
        return _told(wish, other, places) if places else Part()

    return Client(other.name, other.programs, False, look, plan)


# ---- where an address stands ---------------------------------------------------------------------------------------

_PORT = re.compile(r"[0-9]{1,5}")
_URL = re.compile(rb"sftp://(?=(\S{0,1000}))", re.IGNORECASE)
# Whole: "10.9.9.1" is not in "10.9.9.14" nor in "10.9.9.1.example". A mark behind it ends it.
_HOST = re.compile(rb"([a-z0-9_.-]{1,255})(?::([0-9]{1,5}))?(?![a-z0-9_-]|[.:][a-z0-9])", re.IGNORECASE)
_SITE = re.compile(rb"<site\s[^>]*>")
_ATTRIBUTE = re.compile(rb"\s(hName|port)\s*=\s*[\"']([^\"']*)[\"']")


def _urls(content: bytes) -> Iterator[Address]:
    """Of bookmarks and scripts of lftp: without a port in it another word may say one.

    People write passwords with / and @ in them as they are, so a host may be behind any @; what stands before an @ with
    no / in between is a user's name or password.
    """
    for url in _URL.finditer(content):
        *before, last = url.group(1).split(b"@")
        for text in (*(each for each in before if b"/" in each), last):
            found = _HOST.match(text)
            if found:
                port = found.group(2)
                yield found.group(1).rstrip(b".").decode(), int(port) if port else None


def _crossftp(content: bytes) -> Iterator[Address]:
    for site in _SITE.finditer(content):
        values = {name: value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(site.group())}
        yield values.get(b"hName", ""), _number(values.get(b"port"))


def _coreftp(values: Values) -> Iterator[Address]:
    data = {name.lower(): value.get("data") for name, value in values.items()}
    yield str(data.get("host", "")), _number(data.get("port"))


def _number(value: object) -> Optional[int]:
    return int(str(value)) if _PORT.fullmatch(str(value)) else None


# ---- what there is -------------------------------------------------------------------------------------------------

_ROAMING = "AppData\\Roaming\\"

OTHERS = (
    Other(
        "cyberduck",
        "Cyberduck",
        ("Cyberduck",),
        "Correct its bookmarks (they were not looked into), and let it transfer with the browser's connection: "
        "queue.transfer.type=browser in its settings, and Transfer Connection browser in the bookmark",
        windows=(
            _ROAMING + "Cyberduck\\cyberduck.user.config",
            _ROAMING + "Cyberduck\\default.properties",
            "AppData\\Local\\Packages\\iterate.37637C3DE32E5_gr99yradmgg3r\\LocalCache\\Roaming\\Cyberduck\\"
            "cyberduck.user.config",
        ),
        posix=("Library/Preferences/ch.sudo.cyberduck.plist",),
    ),
    Other(
        "lftp",
        "lftp",
        ("lftp",),
        "Correct its bookmarks, and set mirror:parallel-transfer-count, mirror:use-pget-n, pget:default-n and "
        "cmd:queue-parallel to 1; net:connection-limit does not hold for SFTP",
        posix=(
            "/etc/lftp.conf",
            ".lftprc",
            ".lftp/rc",
            ".config/lftp/rc",
            ".local/share/lftp/bookmarks",
            ".lftp/bookmarks",
        ),
        texts=_urls,
    ),
    Other(
        "bitvise",
        "Bitvise SSH Client",
        ("BvSsh",),
        "Correct its profiles (files that may be anywhere, they were not looked into), and log in with one at a time",
        keys=(("Bitvise", ""),),
    ),
    Other(
        "cuteftp",
        "CuteFTP",
        ("CuteFTP", "cuteftppro"),
        "Correct its sites (they are encrypted), and set their greatest number of concurrent transfers to 1",
        windows=(_ROAMING + "GlobalSCAPE\\CuteFTP\\sm.dat", _ROAMING + "GlobalSCAPE\\CuteFTP\\9.0\\sm.dat"),
        keys=(("GlobalSCAPE", "cuteftp"),),
    ),
    Other(
        "coreftp",
        "Core FTP",
        ("coreftp",),
        "Correct its sites, and let them transfer one file at a time over the one connection",
        keys=(("FTPWare\\CoreFTP", ""),),
        values=_coreftp,
    ),
    Other(
        "crossftp",
        "CrossFTP",
        ("crossftp",),
        "Correct its sites, and let each have one connection and one transfer at a time",
        posix=(".crossftp/sites.xml",),
        windows=(".crossftp\\sites.xml",),
        texts=_crossftp,
    ),
)


class _Place(NamedTuple):
    where: str
    addresses: Tuple[Address, ...]


def _files(other: Other, profile: Profile, seen: Seen) -> Iterator[str]:
    slash, files = ("\\", other.windows) if seen.system == WINDOWS else ("/", other.posix)
    for file in files:
        yield file if file.startswith("/") else profile.folder + slash + file


def _key(profile: Profile, key: str) -> str:
    return f"HKU\\{profile.sid}\\Software\\{key}"


def _in_files(other: Other, profile: Profile, seen: Seen) -> Iterator[_Place]:
    for path in _files(other, profile, seen):
        file = seen.files.get(path)
        if file is not None:
            yield _Place(path, tuple(other.texts(file.content)))


def _in_keys(other: Other, profile: Profile, seen: Seen) -> Iterator[_Place]:
    for key, begins in other.keys if seen.system == WINDOWS else ():
        place = _key(profile, key)
        below = seen.keys.get(place) or {}
        mine = [path for path in below if path.lower().startswith(begins)]
        if mine:
            found = [address for path in mine for address in other.values(below[path])]
            yield _Place(place, tuple(found))


def _told(wish: Wish, other: Other, places: List[_Place]) -> Part:
    """One finding for the client, and the sites that are sure to lead to an address of a move."""
    sites: List[Site] = []
    wrong: List[str] = []
    for place in places:
        for host, port in dict.fromkeys(place.addresses):
            move = None if port is None else wish.move(host, port)
            if move is not None and port is not None:
                sites.append(Site(place.where, host, port))
            if _is_wrong(wish, host, port):
                # A port that no move knows may be a piece of a password.
                wrong.append(f"{place.where} leads to {host}" + ("" if move is None else f" port {port}"))
    what = f"{other.title} keeps its settings here, and they are not changed from here"
    return Part(
        findings=(
            Finding(
                WARNING if wrong else INFO,
                ", ".join(place.where for place in places),
                "; ".join([what, *wrong]),
                f"{other.remedy}. {_wanted(wish)}".strip(),
            ),
        ),
        sites=tuple(sites),
    )


def _is_wrong(wish: Wish, host: str, port: Optional[int]) -> bool:
    """It leads to an address of a move that is not the wanted one, or to an earlier generation."""
    name = host.lower()
    moves = [
        move for move in wish.moves if any(name == known and port in (None, at) for known, at in move.known)
    ]
    if moves:
        wanted = ((move.host.lower(), move.port) for move in moves)
        return all((name, to if port is None else port) != (host, to) for host, to in wanted)
    return name in wish.stale


def _wanted(wish: Wish) -> str:
    addresses = [f"{move.host} port {move.port}" for move in wish.moves]
    return f"The right address is now {' and '.join(addresses)}" if addresses else ""
