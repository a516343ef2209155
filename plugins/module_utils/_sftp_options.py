# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of the SFTP clients of a workstation, and the message for everything that cannot."""

import re
from typing import Any, FrozenSet, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import (
    is_absolute,
    is_host_name,
    is_ipv4,
    is_posix,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _host_keys
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import HostKey
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import LocalFolder, Move, Wish

AUTO = "auto"

LOCAL_FOLDER = "sftp_client.local_folder.path"

_UNWRITABLE = r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]"  # XML has no way to write them
_NUMBERS = re.compile(r"[0-9.]+")  # what consists of these is an address, or a mistyped one
FAIL = "fail"


class Options(NamedTuple):
    """What is asked for.

    :param clients: names of clients; ``auto`` for every one that is known
    :param users: names of people; empty for everybody who has a home here
    :param if_running: whether a running client makes everything ``pending``, or the task ``fail``
    """

    wish: Wish
    clients: Tuple[str, ...]
    users: FrozenSet[str]
    if_running: str


def parse(params: Mapping[str, Any]) -> Options:
    """Options from task parameters.

    :raises Refusal: which option, what is wrong with it, what to write instead
    """
    limit = params.get("max_connections")
    if limit is not None and not 1 <= limit <= 10:
        raise Refusal(
            "sftp_client.max_connections",
            f"{limit} is no number of connections that a client takes",
            "Give a number from 1 to 10; RAP accepts 1",
        )
    moves = tuple(
        _move(f"sftp_client.sites[{index}]", site) for index, site in enumerate(params.get("sites") or ())
    )
    _apart(moves)
    stale = tuple(params.get("stale") or ())
    for index, address in enumerate(stale):
        if not is_ipv4(str(address)):
            raise Refusal(
                f"sftp_client.stale[{index}]",
                f"{address!r} is not an IPv4 address",
                "Give four numbers, such as 10.243.2.51",
            )
    known = {host for move in moves for host, _port in move.known}
    folder = params.get("config_dir") or None
    if folder is not None and not is_absolute(folder):
        raise Refusal(
            "sftp_client.config_dir", f"{folder!r} is not an absolute path", "Give the folder's full path"
        )
    wish = Wish(limit, moves, frozenset(stale) - known, folder, _local_folder(params))
    clients = tuple(params.get("clients") or (AUTO,))
    return Options(wish, clients, frozenset(params.get("users") or ()), params.get("if_running") or "pending")


def _local_folder(params: Mapping[str, Any]) -> Optional[LocalFolder]:
    given = params.get("local_folder")
    if not given:
        return None
    path = str(given.get("path") or "")
    whose = (params.get("drill"), params.get("occurrence"))
    if not path and given.get("state") == "absent":
        return LocalFolder("", False, whose)
    remedy = "Give the full path of the folder for files of the drill"
    if not is_absolute(path):
        raise Refusal(LOCAL_FOLDER, f"{path!r} is not an absolute path", remedy)
    if re.search(_UNWRITABLE, path) or path != path.rstrip():
        raise Refusal(LOCAL_FOLDER, f"{path!r} has signs in it that no client could keep", remedy)
    tidy = path.rstrip("/" if is_posix(path) else "\\/")
    if tidy == "" or (not is_posix(path) and tidy.endswith(":")):
        raise Refusal(LOCAL_FOLDER, f"{path!r} is the root of all folders", remedy)
    return LocalFolder(tidy, given.get("state") != "absent", whose)


def _move(where: str, site: Mapping[str, Any]) -> Move:
    wanted = _place(where, site)
    known: List[Tuple[str, int]] = [
        _place(f"{where}.known[{index}]", place) for index, place in enumerate(site.get("known") or ())
    ]
    if not known:
        raise Refusal(f"{where}.known", "it is empty", "List the addresses that may stand in a client now")
    keys = host_keys(f"{where}.host_keys", site.get("host_keys") or ())
    return Move(frozenset({*known, wanted}), *wanted, host_keys=keys)


def host_keys(where: str, given: Iterable[Any]) -> Tuple[HostKey, ...]:
    """The keys of one address, of each type one.

    :param where: the option or variable that they stand in
    :raises Refusal: which one, what is wrong with it, what to write instead
    """
    keys: List[HostKey] = []
    for index, text in enumerate(given):
        try:
            key = _host_keys.parse(str(text))
        except ValueError as wrong:
            raise Refusal(
                f"{where}[{index}]",
                f"{str(text)[:40]!r} is no public key of a server: {wrong}",
                "Give it as OpenSSH writes it, such as ssh-ed25519 AAAA..., once you have verified it",
            ) from None
        if any(key.type == other.type for other in keys):
            raise Refusal(
                f"{where}[{index}]",
                f"it is the second {key.type} key, and a server has one of a type",
                "Give the one that the server has now",
            )
        keys.append(key)
    return tuple(keys)


def _place(where: str, place: Mapping[str, Any]) -> Tuple[str, int]:
    host = str(place.get("host") or "").lower()
    address = not _NUMBERS.fullmatch(host) or is_ipv4(host)
    if not is_host_name(host) or not address:
        raise Refusal(
            f"{where}.host",
            f"{place.get('host')!r} is neither an IPv4 address nor a host name",
            "Give it as it stands in the client, such as 10.243.66.141",
        )
    port: Optional[int] = place.get("port")
    if port is None or not 0 < port < 65536:
        raise Refusal(f"{where}.port", f"{port!r} is no port", "Give a number from 1 to 65535")
    return host, port


def _apart(moves: Tuple[Move, ...]) -> None:
    """An address that two sites know would have two addresses to become."""
    for index, move in enumerate(moves):
        for other in moves[:index]:
            both = sorted(move.known & other.known)
            if both:
                raise Refusal(
                    f"sftp_client.sites[{index}]",
                    f"{both[0][0]} port {both[0][1]} is known to an earlier site, too",
                    "Give each address to one site",
                )
