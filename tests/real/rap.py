# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAP at both data centres, for real clients: one login at a time, ten reports, the account's key beside it."""

from __future__ import annotations

from pathlib import Path

from tests.integration.play import PORT
from tests.lab.exchange import Config, DataCentre, Endpoint, Exchange, register_account
from tests.lab.exchange.reports import tree

ACCOUNT = "CB99999001"
DAY = "20211106"
PRIMARY, SECONDARY = Endpoint("127.243.2.51", PORT + 2), Endpoint("127.243.66.51", PORT + 2)
FILES = sorted(f"/{path}" for path in tree("primary", ACCOUNT, DAY))  # ten


def rap(folder: Path) -> Exchange:
    """``with rap(folder) as exchange``: RAP alone; see ``key`` and ``host_key`` for what its clients need."""
    register_account(folder / "exchange", ACCOUNT, key(folder))
    config = Config(
        primary=DataCentre(Endpoint("127.243.1.1", PORT), (PRIMARY,)),
        secondary=DataCentre(Endpoint("127.243.65.1", PORT), (SECONDARY,)),
        report_day=DAY,
    )
    return Exchange(config, folder / "exchange")


def key(folder: Path) -> Path:
    """The account's private key, without a passphrase."""
    return folder / ACCOUNT


def host_keys(exchange: Exchange) -> dict[Endpoint, str]:
    """The public key of each RAP server, in OpenSSH's form; there from the exchange's first start on."""
    return {
        endpoint: (exchange.folder / name / "host_key.pub").read_text(encoding="ascii")
        for endpoint, name in ((PRIMARY, "primary"), (SECONDARY, "secondary"))
    }
