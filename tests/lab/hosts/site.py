# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exchange inside the lab: the circulars' own addresses, and which of them go with a data centre."""

from __future__ import annotations

from tests.lab.exchange import Config, DataCentre, Endpoint, Web

RAP_NAME = "rapcc.hkexposttrade.com.hk"

# Everything in these ranges is gone for the workstations when a data centre is cut off.
RANGES = {
    "primary": ("10.243.0.0/18", "10.151.14.0/24"),
    "secondary": ("10.243.64.0/18", "10.152.14.0/24"),
}


def lab_config() -> Config:
    """Both data centres at the addresses and ports that the circulars print.

    Sources: failover rehearsal of 6 November 2021, section 3 (DNS, UDP 53) and 3.2 h (RAP's and VaR Online's
    addresses); connectivity test of 14 August 2021 (10.151.14.121 and .122, port 10022: primary, the only data centre
    of that test); connectivity sessions of 2024 and practice session of 2025, section 3.1 (.141 and .142, port
    18801). No circular gives RAP of 2021 a port, so it has that of SSH and that of 2025, nor www.ccass.com an
    address: that one is made up.
    """

    def data_centre(site: int, derivatives: str, older: tuple[Endpoint, ...]) -> DataCentre:
        hkscc = f"10.243.{site}"
        web = {
            "rmcd.hkexposttrade.com.hk": f"{hkscc}.32",
            "sso.hkexposttrade.com.hk": f"{hkscc}.15",
            "idm.hkexposttrade.com.hk": f"{hkscc}.14",
            "www.ccass.com": f"{hkscc}.10",
        }
        rap = [Endpoint(f"{hkscc}.51", 22)]
        rap += [Endpoint(f"{hkscc}.{host}", 18801) for host in (51, 141, 142)]
        rap += [Endpoint(f"{derivatives}.{host}", 18801) for host in (141, 142)]
        return DataCentre(
            dns=Endpoint(f"10.243.{site - 1}.1", 53),
            rap=(*rap, *older),
            web=tuple(Web(address, 443, (name,)) for name, address in web.items()),
            names={RAP_NAME: f"{hkscc}.51", **web},
        )

    of_2021 = tuple(Endpoint(f"10.151.14.{host}", 10022) for host in (121, 122))
    return Config(primary=data_centre(2, "10.151.14", of_2021), secondary=data_centre(66, "10.152.14", ()))


def addresses(centre: DataCentre) -> tuple[str, ...]:
    """Each address of a data centre once, in the order of the configuration."""
    return tuple(dict.fromkeys(one.address for one in (centre.dns, *centre.rap, *centre.web)))


def known_hosts(config: Config, keys: dict[str, str]) -> str:
    """ssh's known_hosts for RAP: ``keys`` is the public host key (type and base64) by data centre.

    The name is the same at both data centres, so it has both keys.
    """
    lines = []
    for name, key in keys.items():
        places = [_place(one.address, one.port) for one in config.data_centre(name).rap]
        places += [_place(RAP_NAME, port) for port in (22, 18801)]
        lines.append(f"{','.join(places)} {key}\n")
    return "".join(lines)


def _place(host: str, port: int) -> str:
    return host if port == 22 else f"[{host}]:{port}"
