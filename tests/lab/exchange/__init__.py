# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exchange's two data centres on one machine, on loopback addresses: DNS, RAP and the web front ends.

    with Exchange(sandbox_config(), folder) as exchange:
        exchange.off("primary")
        exchange.serve("secondary")
        assert not [c for c in exchange.contacts(since) if c.data_centre == "primary"]

From a shell: ``python -m tests.lab.exchange --folder DIR`` and, beside it, ``python -m tests.lab.exchange_ctl``.
"""

from .config import Config, ConfigError, DataCentre, Endpoint, ExchangeError, Web, sandbox_config
from .contacts import Contact, Logins, logins, read_contacts
from .control import ask
from .listener import PortTakenError
from .rap import register_account
from .threaded import Exchange

__all__ = [
    "Config",
    "ConfigError",
    "Contact",
    "DataCentre",
    "Endpoint",
    "Exchange",
    "ExchangeError",
    "Logins",
    "PortTakenError",
    "Web",
    "ask",
    "logins",
    "read_contacts",
    "register_account",
    "sandbox_config",
]
