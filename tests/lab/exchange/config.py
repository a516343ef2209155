# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the exchange listens and what its names mean: frozen data, and the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any

PRIMARY = "primary"
SECONDARY = "secondary"
DATA_CENTRES = (PRIMARY, SECONDARY)

LOOPBACK = IPv4Network("127.0.0.0/8")


class ExchangeError(Exception):
    """The exchange cannot play, or was told something it does not understand; the message says what and why."""


class ConfigError(ExchangeError):
    """The configuration cannot be played; the message says which field and what was expected."""


@dataclass(frozen=True)
class Endpoint:
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Web(Endpoint):
    """An HTTPS front end and the host names it answers to (its certificate carries them)."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class DataCentre:
    """``names``: host name (lower case) to the address it has while this data centre serves."""

    dns: Endpoint
    rap: tuple[Endpoint, ...] = ()
    web: tuple[Web, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Config:
    """``serving``: the data centre whose addresses the names have at first, at every DNS server that is on.

    ``report_day`` (yyyymmdd) is the day of the reports that RAP offers.
    """

    primary: DataCentre
    secondary: DataCentre
    serving: str = PRIMARY
    report_day: str = "20211106"

    def data_centre(self, name: str) -> DataCentre:
        return self.primary if name == PRIMARY else self.secondary

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str, within: IPv4Network = LOOPBACK) -> Config:
        """Read what ``to_json`` writes.

        :param within: where every address must lie; anything but loopback is for the lab's own network
        :raises ConfigError: it is not JSON, or a field is missing, unknown or wrong, or an address lies elsewhere
        """
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise ConfigError(f"the configuration is not JSON: {error}") from error
        top = _fields("configuration", raw, cls)
        for name in DATA_CENTRES:
            top[name] = _data_centre(name, top[name], within)
        if top.get("serving", PRIMARY) not in DATA_CENTRES:
            raise ConfigError(f"serving: {top['serving']!r} is neither primary nor secondary")
        if "report_day" in top and not _is_day(top["report_day"]):
            raise ConfigError(f"report_day: {top['report_day']!r} is not a day written yyyymmdd")
        return cls(**top)


def _fields(where: str, raw: Any, kind: type[Any]) -> dict[str, Any]:
    """The mapping as the fields of a dataclass; those without a default must be there."""
    known = {one.name for one in fields(kind)}
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: expected an object with {', '.join(sorted(known))}")
    if unknown := sorted(set(raw) - known):
        raise ConfigError(f"{where}: unknown field {unknown[0]!r}; known are {', '.join(sorted(known))}")
    needed = {"configuration": set(DATA_CENTRES)}.get(where, {"dns"} if kind is DataCentre else known)
    if missing := sorted(needed - set(raw)):
        raise ConfigError(f"{where}: {missing[0]!r} is missing")
    return dict(raw)


def _is_day(day: Any) -> bool:
    try:
        return isinstance(day, str) and len(day) == 8 and bool(datetime.strptime(day, "%Y%m%d"))
    except ValueError:
        return False


def _address(where: str, address: Any, within: IPv4Network) -> str:
    """Loopback, unless in the lab: a sandbox that bound or named a real address could be mistaken for the exchange."""
    try:
        if isinstance(address, str) and IPv4Address(address) in within:
            return address
    except ValueError:
        pass
    wanted = "a loopback address 127.x.y.z" if within == LOOPBACK else f"an address in {within}"
    raise ConfigError(f"{where}: {address!r} is not {wanted}")


def _endpoint(where: str, raw: Any, within: IPv4Network, kind: type[Endpoint] = Endpoint) -> Any:
    found = _fields(where, raw, kind)
    _address(f"{where}.address", found["address"], within)
    port = found["port"]
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise ConfigError(f"{where}.port: {port!r} is not a port from 1 to 65535")
    if kind is Web:
        names = found["names"]
        if not (isinstance(names, list) and names and all(isinstance(name, str) for name in names)):
            raise ConfigError(f"{where}.names: expected a list of at least one host name")
        found["names"] = tuple(name.lower() for name in names)
    return kind(**found)


def _data_centre(where: str, raw: Any, within: IPv4Network) -> DataCentre:
    found = _fields(where, raw, DataCentre)
    found["dns"] = _endpoint(f"{where}.dns", found["dns"], within)
    for part, kind in (("rap", Endpoint), ("web", Web)):
        listed = found.get(part, [])
        if not isinstance(listed, list):
            raise ConfigError(f"{where}.{part}: expected a list")
        found[part] = tuple(
            _endpoint(f"{where}.{part}[{at}]", one, within, kind) for at, one in enumerate(listed)
        )
    names = found.get("names", {})
    if not isinstance(names, dict):
        raise ConfigError(f"{where}.names: expected an object of host name to address")
    found["names"] = {
        name.lower(): _address(f"{where}.names.{name}", to, within) for name, to in names.items()
    }
    return DataCentre(**found)


def sandbox_config(dns_port: int = 10053, https_port: int = 10443, rap_port: int = 18801) -> Config:
    """The exchange of 6 November 2021, with the RAP addresses of 2025 beside it, moved to loopback.

    Each address is the circular's with its first octet 10 replaced by 127; the ports need no privilege. Sources:
    failover rehearsal of 6 November 2021, section 3 (DNS servers) and 3.2 h (names and addresses); practice session
    of 21 June 2025, section 3.1 (RAP addresses and port). No circular gives www.ccass.com an address: it is made up.
    """

    def data_centre(site: int, derivatives: int) -> DataCentre:
        hkscc = f"127.243.{site}"
        rap_name, ccass = "rapcc.hkexposttrade.com.hk", "www.ccass.com"
        web = {
            "rmcd.hkexposttrade.com.hk": f"{hkscc}.32",
            "sso.hkexposttrade.com.hk": f"{hkscc}.15",
            "idm.hkexposttrade.com.hk": f"{hkscc}.14",
            ccass: f"{hkscc}.10",
        }
        rap = [f"{hkscc}.{host}" for host in (51, 141, 142)]
        rap += [f"127.{derivatives}.14.{host}" for host in (141, 142)]
        return DataCentre(
            dns=Endpoint(f"127.243.{site - 1}.1", dns_port),
            rap=tuple(Endpoint(address, rap_port) for address in rap),
            web=tuple(Web(address, https_port, (name,)) for name, address in web.items()),
            names={rap_name: f"{hkscc}.51", **web},
        )

    return Config(primary=data_centre(2, 151), secondary=data_centre(66, 152))
