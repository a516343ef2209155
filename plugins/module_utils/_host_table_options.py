# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of a host table, and the message for everything that cannot."""

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_absolute, is_host_name, is_ipv4
from ansible_collections.hkex.drill.plugins.module_utils.arguments import HOST_TABLE as ARGUMENTS
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

PRESENT = "present"
ABSENT = "absent"
REPORTED = "reported"


class Entry(NamedTuple):
    """A name (lower case) and the IPv4 address it is to have or to lose; "" means every address it has."""

    name: str
    address: str


class Options(NamedTuple):
    """What is asked for.

    :param path: None for where the system keeps its host table
    :param state: whether ``entries`` are to be ``present`` or ``absent``
    :param leftovers: names that the exchange's DNS must answer here: a line for one defeats the DNS fail-over
    :param leftovers_state: whether those are to be ``reported`` or ``absent``
    """

    path: Optional[str]
    entries: Tuple[Entry, ...]
    state: str
    leftovers: Tuple[str, ...]
    leftovers_state: str

    @property
    def names(self) -> Tuple[str, ...]:
        """Every name that is asked about."""
        return tuple(entry.name for entry in self.entries) + self.leftovers


def parse(params: Mapping[str, Any]) -> Options:
    """Options from task parameters.

    :raises Refusal: naming the option that is wrong, what stands there and what was expected
    """
    path = params.get("path")
    if path is not None and not is_absolute(path):
        raise Refusal(
            "host_table.path",
            f"{path!r} is not an absolute path",
            "Give the host table's full path, or leave path out for the system's own",
        )
    state = _choice(params, "state")
    entries = _entries(_list(params, "entries"), state)
    leftovers = _leftovers(_list(params, "leftovers"), entries)
    if not entries and not leftovers:
        raise Refusal(
            "host_table.entries",
            "nothing is asked: entries and leftovers are empty",
            "Name at least one host name",
        )
    return Options(path, entries, state, leftovers, _choice(params, "leftovers_state"))


def _choice(params: Mapping[str, Any], option: str) -> str:
    value = params.get(option) or ARGUMENTS[option]["default"]
    choices: List[str] = ARGUMENTS[option]["choices"]
    if value not in choices:
        raise Refusal(
            f"host_table.{option}", f"{value!r} is none of its values", f"Use {' or '.join(choices)}"
        )
    return str(value)


def _list(params: Mapping[str, Any], option: str) -> List[Any]:
    value = params.get(option) or []
    if not isinstance(value, (list, tuple)):
        raise Refusal(f"host_table.{option}", f"{value!r} is not a list", "Give a list")
    return list(value)


def _entries(given: List[Any], state: str) -> Tuple[Entry, ...]:
    """One entry a name, in the order given; the same entry twice is one."""
    entries: Dict[str, Entry] = {}
    for index, item in enumerate(given):
        where = f"host_table.entries[{index}]"
        if not isinstance(item, Mapping):
            raise Refusal(where, f"{item!r} is not an entry", "Give a mapping with name and address")
        name = _name(f"{where}.name", item.get("name"))
        entry = Entry(name, _address(f"{where}.address", item.get("address"), name, state))
        other = entries.setdefault(name, entry)
        if other != entry:
            every = "; without an address every IPv4 mapping of it is removed" if state == ABSENT else ""
            raise Refusal(
                f"{where}.address",
                f"{name} has {entry.address or 'no address'} here and {other.address or 'no address'} before",
                f"Give each name once{every}",
            )
    return tuple(entries.values())


def _leftovers(given: List[Any], entries: Tuple[Entry, ...]) -> Tuple[str, ...]:
    """The names in the order given, each once."""
    taken = {entry.name for entry in entries}
    names: Dict[str, None] = {}
    for index, text in enumerate(given):
        where = f"host_table.leftovers[{index}]"
        name = _name(where, text)
        if name in taken:
            raise Refusal(
                where,
                f"{name} stands in entries too",
                "A name is either kept in the host table or left to DNS: take it out of one of the two",
            )
        names[name] = None
    return tuple(names)


def _name(where: str, given: Any) -> str:
    """A host name (RFC 1123) in lower case. A host table knows no closing dot, so it is refused."""
    if not isinstance(given, str) or not given:
        found = "a host name is missing" if not given else f"{given!r} is not text"
        raise Refusal(where, found, "Give a host name such as rap.example.com")
    name = given.lower()
    if is_ipv4(name):
        raise Refusal(where, f"{given!r} is an address, not a host name", "Put it under address")
    if name.endswith("."):
        raise Refusal(where, f"{given!r} ends with a dot", "Leave the dot out: host tables hold whole names")
    if not is_host_name(given) or "_" in name or name.rpartition(".")[2].isdigit():
        raise Refusal(
            where,
            f"{given!r} is not a host name",
            "Use letters, digits and hyphens in parts of at most 63 characters joined by dots, 253 in all,"
            " the last part not a number (RFC 1123)",
        )
    return name


def _address(where: str, given: Any, name: str, state: str) -> str:
    if given is None or given == "":
        if state == ABSENT:
            return ""
        raise Refusal(where, f"{name} has no address", "Give the IPv4 address that it is to have")
    if not isinstance(given, str) or not is_ipv4(given):
        raise Refusal(
            where,
            f"{given!r} is not an IPv4 address",
            "Give four numbers of 0 to 255 without leading zeros, such as 192.0.2.7"
            " (no prefix length, no port, no IPv6)",
        )
    return given
