# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A circular as data: the drill files under ``drills/``, read and held to their schema.

``available`` says which drills a directory has, ``load`` reads one, ``parse`` is the pure part of it. What is wrong
with a file is a ``DrillError`` that names file, field, what was found and what was expected. What a single field
may hold is said in ``drills/schema.json``; what fields must be to each other in ``drill_checks``.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from ansible_collections.hkex.drill.plugins.module_utils.model import sha256
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError, hold

DIRECTORY = Path(__file__).parents[2] / "drills"  # the drills that come with the collection

HONG_KONG = ZoneInfo("Asia/Hong_Kong")

PRIMARY = "primary"
SECONDARY = "secondary"


@dataclass(frozen=True)
class Window:
    """A stretch of the drill's day; ``start`` belongs to it, ``end`` does not."""

    id: str
    kind: str  # prepare | serving | failover | return | verification
    start: time
    end: time
    data_centre: str | None  # what serves in it; None while nothing does
    optional: bool
    source: str

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Start and end as aware times of the given day in Hong Kong."""
        return (
            datetime.combine(day, self.start, HONG_KONG),
            datetime.combine(day, self.end, HONG_KONG),
        )


@dataclass(frozen=True)
class Occurrence:
    id: str  # the date, YYYY-MM-DD
    day: date


@dataclass(frozen=True)
class Endpoint:
    """One address pair of a system: what the name (or the stored address) is at each data centre.

    Addresses of the two data centres correspond by position. ``name`` and ``port`` are None where the circular
    gives none. ``addresses`` is empty where only the exchange's DNS knows them (CCASS).
    """

    system: str  # ccass | ccms | rap | var_online
    market: str  # hkscc | derivatives
    name: str | None
    addresses: Mapping[str, tuple[str, ...]]
    port: int | None
    access: tuple[str, ...]  # dns | host_table | ip_address
    proof: str | None  # ssh | https: how it is proved over the network
    source: str


@dataclass(frozen=True)
class DnsServers:
    market: str
    preferred: str
    alternate: str
    port: int
    source: str


@dataclass(frozen=True)
class Network:
    """A range that the market's registered workstations lie in (SDNet), in CIDR notation."""

    market: str
    range: str
    source: str


@dataclass(frozen=True)
class WeatherRule:
    """``signals`` issued (or, with ``in_force``, still in force) from ``start`` on (until ``end``) have ``effect``.

    Times are of the drill's day in Hong Kong; ``start`` None means the start of the day, ``end`` None its end.
    ``effect``: ``cancelled``, ``terminated`` (``after_minutes`` later) or ``continues``.
    """

    id: str
    signals: tuple[str, ...]  # typhoon_8_or_above | extreme_conditions | black_rainstorm
    start: time | None
    end: time | None
    in_force: bool
    effect: str
    after_minutes: int
    source: str


@dataclass(frozen=True)
class Drill:
    """One drill file. ``data`` is the whole of it, for what only people, evidence and documents need."""

    id: str
    kind: str  # connectivity-test | rehearsal | practice-session | contingency
    title: str
    occurrences: tuple[Occurrence, ...]
    windows: tuple[Window, ...]
    markets: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    dns_servers: tuple[DnsServers, ...]
    weather: tuple[WeatherRule, ...]
    data: Mapping[str, Any]
    networks: tuple[Network, ...] = ()
    digest: str = ""  # SHA-256 of the file it was read from

    def rule(self, name: str) -> Mapping[str, Any]:
        """One of the circular's rules by its id; empty where it has no such rule."""
        return next((rule for rule in self.data["rules"] if rule["id"] == name), {})

    @property
    def cleans_up(self) -> bool:
        """Whether the circular asks for the files of the drill to be removed afterwards."""
        return any(item["id"] == "clean-up" for item in self.data.get("checklists", ()))

    @property
    def has_secondary(self) -> bool:
        """Whether it sends anybody to the secondary data centre at all."""
        return self.kind == "contingency" or any(window.data_centre == SECONDARY for window in self.windows)


def available(*directories: Path) -> tuple[str, ...]:
    """The ids of the drills in these directories, sorted."""
    files = (path for directory in directories for path in directory.glob("*.yml"))
    return tuple(sorted({path.stem for path in files if path.is_file()}))


def load(directory: Path, drill_id: str, known: str | None = None) -> Drill:
    """Read one drill.

    :param known: the ``digest`` of a drill file that has been held to the schema in this run; the same file is
        not held to it again, which for every workstation of a large fleet would cost more than all else
    :raises DrillError: there is no such drill (the message lists those there are and the closest one), the file
        cannot be read, or it is not what the schema asks for
    """
    there = available(directory)
    if not drill_id:
        remedy = (
            f"Give -e drill=ID, or write it into the inventory; ID is one of {', '.join(there) or 'none'}"
        )
        raise DrillError(f"drill: nobody said which one is meant. {remedy}")
    if drill_id not in there:
        closest = difflib.get_close_matches(drill_id, there, n=1, cutoff=0.6)
        guess = f" Did you mean {closest[0]}?" if closest else ""
        raise DrillError(
            f"There is no drill {drill_id!r} in {directory}.{guess} Available: {', '.join(there) or 'none'}"
        )
    path = directory / f"{drill_id}.yml"
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise DrillError(f"{path}: expected a readable YAML file in UTF-8, found: {error}") from error
    digest = sha256(text.encode())
    return replace(_drill(data) if digest == known else parse(data, str(path)), digest=digest)


def parse(data: object, file_name: str) -> Drill:
    """The drill that a file's data describes. Pure but for the schema, which is read once.

    :param file_name: for messages; its stem must be the drill's id
    :raises DrillError: the first thing that is wrong, in the order of importance
    """
    return _drill(hold(data, file_name))


def _drill(checked: Mapping[str, Any]) -> Drill:
    return Drill(
        id=checked["id"],
        kind=checked["kind"],
        title=checked["title"],
        occurrences=tuple(
            Occurrence(item["date"], date.fromisoformat(item["date"])) for item in checked["occurrences"]
        ),
        windows=tuple(map(_window, checked["windows"])),
        markets=tuple(checked["markets"]),
        endpoints=tuple(
            _endpoint(system["id"], item) for system in checked["systems"] for item in system["endpoints"]
        ),
        dns_servers=tuple(
            DnsServers(
                item["market"],
                item["servers"]["preferred"],
                item["servers"]["alternate"],
                item["port"],
                item["source"],
            )
            for item in checked["dns"]
        ),
        weather=tuple(map(_weather_rule, checked["weather"])),
        data=checked,
        networks=tuple(
            Network(item["market"], item["range"], item["source"]) for item in checked["networks"]
        ),
    )


def _window(item: Mapping[str, Any]) -> Window:
    return Window(
        id=item["id"],
        kind=item["kind"],
        start=time.fromisoformat(item["from"]),
        end=time.fromisoformat(item["to"]),
        data_centre=item.get("data_centre"),
        optional=item.get("optional", False),
        source=item["source"],
    )


def _endpoint(system: str, item: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        system=system,
        market=item["market"],
        name=item.get("name"),
        addresses={centre: tuple(addresses) for centre, addresses in item.get("addresses", {}).items()},
        port=item.get("port"),
        access=tuple(item["access"]),
        proof=item.get("proof"),
        source=item["source"],
    )


def _weather_rule(item: Mapping[str, Any]) -> WeatherRule:
    start, end = item.get("from"), item.get("to")
    return WeatherRule(
        id=item["id"],
        signals=tuple(item["signals"]),
        start=time.fromisoformat(start) if start else None,
        end=time.fromisoformat(end) if end else None,
        in_force=item["in_force"],
        effect=item["effect"],
        after_minutes=item.get("after_minutes", 0),
        source=item["source"],
    )


# libyaml reads a drill file in an eighth of the time, where PyYAML was built with it.
_FASTEST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FASTEST):  # type: ignore[misc, valid-type]
    """Safe YAML in which a key that stands twice is an error; by itself the later one would win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} for the second time", key.start_mark
                )
            seen.add(str(key.value))
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping
