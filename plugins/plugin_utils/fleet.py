# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workstations of a fleet, read from inventory variables (inventory/example shows every one)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_places import NAMES as BROWSERS
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_options import check_paths
from ansible_collections.hkex.drill.plugins.module_utils._sftp_options import host_keys
from ansible_collections.hkex.drill.plugins.module_utils.model import POSIX, WINDOWS, Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils._inventory import Reader, words
from ansible_collections.hkex.drill.plugins.plugin_utils._variables import check_names
from ansible_collections.hkex.drill.plugins.plugin_utils.participant import MARKETS, Participant, participant

ACCESS = ("dns", "host_table", "ip_address")
SYSTEMS = ("ccass", "ccms", "rap", "var_online")

# Where RAP has reports (Information Package of the rehearsal of 6 November 2021, 4.2).
INBOX = ("inbox/*",)


@dataclass(frozen=True)
class RapKey:
    """Where the workstation keeps the key pair of a RAP account: paths there.

    ``folders`` are those into which the exchange's warning of its expiry may have been downloaded.
    """

    public_key: str
    private_key: str
    folders: tuple[str, ...] = ()


@dataclass(frozen=True)
class RehearsalFiles:
    """Where files of a drill may lie on the workstation, and what they are called beside the circular's reports.

    :param folder: where they go and no others; None: there is none
    :param keep_days: for how long what is taken away is kept; None: as long as the module keeps it
    """

    folders: tuple[str, ...]
    folder: str | None
    patterns: tuple[str, ...]
    keep_days: int | None
    unmatched: bool


@dataclass(frozen=True)
class Workstation:
    """One workstation. Paths are None where the system's own are meant."""

    name: str
    system: str  # posix | windows
    markets: tuple[str, ...]
    access: Mapping[tuple[str, str], str]  # (system, market) -> dns | host_table | ip_address
    networks: tuple[str, ...]  # SDNet; empty: as the drill has it
    ports: Mapping[str, int]
    remove_leftovers: bool
    timeout: float  # seconds for asking all services
    host_table: str | None
    resolv_conf: str | None
    state_dir: str | None
    sftp_config_dir: str | None
    sftp_users: tuple[str, ...]  # empty: everybody
    host_keys: Mapping[str, tuple[str, ...]]  # of SFTP servers, by address or name in lower case
    ca: str | None
    browsers: tuple[str, ...] | None  # None: as the drill has it
    browser_dir: str | None
    rap_keys: Mapping[str, RapKey]  # by account
    rap_reports: tuple[str, ...]  # patterns of paths on RAP
    files: RehearsalFiles
    participant: Participant


def takes_part(name: str, variables: Mapping[str, Any], drill: str, known: Collection[str]) -> bool:
    """``drill_takes_part``: yes or no for every drill, or for each drill by its id (others: yes).

    A workstation that takes no part is never logged on to, and needs no other variable.

    :param known: the ids of all drills; another one is mistyped, and its workstation would be taken for one that
        takes part
    :raises Refusal: it is something else
    """
    value = variables.get("drill_takes_part")
    if isinstance(value, Mapping):
        for each in value:
            if each not in known:
                near = get_close_matches(str(each), list(known), 1)
                raise Refusal(
                    f"{name}, drill_takes_part",
                    f"there is no drill {each!r}",
                    f"Did you mean {near[0]}" if near else f"Give one of {words(sorted(known))}",
                )
        value = value.get(drill)
    if value is None or isinstance(value, bool):
        return value is not False
    raise Refusal(
        f"{name}, drill_takes_part",
        f"{value!r} is neither true nor false",
        "Write true, false, or one per drill",
    )


def workstation(name: str, variables: Mapping[str, Any]) -> Workstation:
    """A workstation by its inventory variables.

    :raises Refusal: which workstation, which variable, what is wrong with it
    """
    check_names(name, variables)
    read = Reader(name, variables)
    _log_on(read)
    markets = read.choices("drill_markets", MARKETS)
    return Workstation(
        name=name,
        system=_system(variables),
        markets=markets,
        access=_access(read, markets),
        networks=read.filled("drill_sdnet", "the drill's networks").networks("drill_sdnet"),
        ports=_ports(read),
        remove_leftovers=read.boolean("drill_remove_leftovers", False),
        timeout=read.seconds("drill_timeout", 5.0),
        host_table=read.text("drill_host_table"),
        resolv_conf=read.text("drill_resolv_conf"),
        state_dir=read.text("drill_state_dir"),
        sftp_config_dir=read.text("drill_sftp_config_dir"),
        sftp_users=read.filled("drill_sftp_users", "everybody").texts("drill_sftp_users"),
        host_keys=_host_keys(read),
        ca=read.text("drill_ca"),
        browsers=_browsers(read),
        browser_dir=read.folder("drill_browser_dir"),
        rap_keys=_rap_keys(read),
        rap_reports=read.filled("drill_rap_reports", ", ".join(INBOX)).texts("drill_rap_reports") or INBOX,
        files=_files(read),
        participant=participant(read),
    )


def _system(variables: Mapping[str, Any]) -> str:
    windows = (
        variables.get("ansible_connection") in ("psrp", "winrm")
        or variables.get("ansible_shell_type") == "powershell"
    )
    return WINDOWS if windows else POSIX


def _access(read: Reader, markets: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """``drill_access``: for each system one access, or one for each market."""
    found: dict[tuple[str, str], str] = {}
    for system, given in read.mapping("drill_access").items():
        where = f"drill_access.{read.choice('drill_access', system, SYSTEMS)}"
        if given == {}:
            raise read.refuse(where, "it is empty", "Give an access, or take the system out of drill_access")
        if not isinstance(given, Mapping):
            found.update({(system, market): read.choice(where, given, ACCESS) for market in markets})
            continue
        for market, access in given.items():
            read.choice(where, market, MARKETS)
            found[system, market] = read.choice(f"{where}.{market}", access, ACCESS)
    return found


def _ports(read: Reader) -> Mapping[str, int]:
    """``drill_ports``: the port of a system where its circular gives none."""
    ports = read.mapping("drill_ports")
    for system, port in ports.items():
        read.choice("drill_ports", system, SYSTEMS)
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise read.refuse(
                f"drill_ports.{system}", f"{port!r} is no port", "Give a number from 1 to 65535"
            )
    return {system: int(port) for system, port in ports.items()}


def _host_keys(read: Reader) -> Mapping[str, tuple[str, ...]]:
    """``drill_host_keys``: the verified keys of SFTP servers, by the address or name that a client stores."""
    found: dict[str, tuple[str, ...]] = {}
    for server, keys in read.mapping("drill_host_keys").items():
        where = f"drill_host_keys.{server}"
        if not isinstance(server, str):
            raise read.refuse(where, f"{server!r} is no text", "Give an address or a name, in quotes")
        if not isinstance(keys, Sequence) or isinstance(keys, str) or not keys:
            raise read.refuse(where, f"{keys!r} is no list of keys", "List them, even if there is one only")
        host_keys(f"{read.name}, {where}", keys)
        found[server.lower()] = tuple(str(key).strip() for key in keys)
    return found


def _log_on(read: Reader) -> None:
    """Hold ``drill_log_on`` to its form; the role proof goes by it. On the command line it is a text."""
    value = read.get("drill_log_on")
    if value is not None and str(value).lower() not in ("true", "false", "yes", "no"):
        raise read.refuse("drill_log_on", f"{value!r} is neither true nor false", "Write true or false")


def _files(read: Reader) -> RehearsalFiles:
    days = read.get("drill_keep_days")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool)):
        raise read.refuse("drill_keep_days", f"{days!r} is no number of days", "Give 0 to 10")
    return RehearsalFiles(
        read.texts("drill_download_folders"),
        read.text("drill_rehearsal_folder"),
        read.texts("drill_test_files"),
        days,
        read.boolean("drill_purge_unmatched", False),
    )


def _rap_keys(read: Reader) -> Mapping[str, RapKey]:
    """``drill_rap_keys``: the files of the key pair of each RAP account that is used here."""
    found = {}
    for account, given in read.mapping("drill_rap_keys").items():
        where = f"drill_rap_keys.{account}"
        paths = given if isinstance(given, Mapping) else {}
        needed = {"public_key", "private_key"}
        if not needed <= set(paths) <= {*needed, "folders"} or not all(
            isinstance(paths[each], str) and paths[each] for each in needed
        ):
            raise read.refuse(
                where,
                f"{given!r} is no key pair",
                "Give the paths public_key and private_key, and if you like a list of folders",
            )
        inner = Reader(read.name, {f"{where}.folders": paths.get("folders")})
        key = RapKey(paths["public_key"], paths["private_key"], inner.texts(f"{where}.folders"))
        folders = [(f"folders[{index}]", folder) for index, folder in enumerate(key.folders)]
        check_paths(
            f"{read.name}, {where}",
            [("public_key", key.public_key), ("private_key", key.private_key), *folders],
        )
        found[str(account)] = key
    return found


def _browsers(read: Reader) -> tuple[str, ...] | None:
    if read.get("drill_browsers") is None:
        return None
    names = enumerate(read.texts("drill_browsers"))
    return tuple(read.choice(f"drill_browsers[{index}]", name, BROWSERS) for index, name in names)
