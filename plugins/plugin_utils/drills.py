# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A circular as data: the drill files under ``drills/``, read and held to their schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

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

    @property
    def has_secondary(self) -> bool:
        """Whether it sends anybody to the secondary data centre at all."""
        return self.kind == "contingency" or any(window.data_centre == SECONDARY for window in self.windows)
