# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exchange inside an event loop: two data centres, one control socket, one folder."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import control
from .config import DATA_CENTRES, Config, ExchangeError
from .contacts import Contact, ContactLog, logins
from .rap import Accounts, RapService
from .site import Site
from .web import Authority

READY = "ready"
LOCK = "lock"
CA = "ca.pem"


class Core:
    """``async with Core(config, folder) as core``: on from the first line of the block, gone after it.

    The folder holds ``accounts/`` (public keys, read at each login), ``contacts.jsonl``, ``ca.pem``, ``ready`` (the
    pid, once every socket is bound), ``control.sock`` and per data centre the RAP host key and files.
    """

    def __init__(self, config: Config, folder: Path) -> None:
        self.folder = folder
        self.stopping = asyncio.Event()
        self._config = config
        self._serving = config.serving

    async def __aenter__(self) -> Core:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = self._take_folder()
        try:
            self._contacts = ContactLog(self.folder)
            self._accounts = Accounts(self.folder / "accounts")
            authority = Authority(self.folder / CA)
            self._sites = {name: self._site(name, authority) for name in DATA_CENTRES}
            try:
                for site in self._sites.values():
                    await site.on()
                self._control = control.serve(self.folder, self.do)
            except BaseException:
                await self._sites_off()
                self._contacts.close()
                raise
        except BaseException:
            os.close(self._lock)
            raise
        fresh = self.folder / f"{READY}.new"
        fresh.write_text(f"{os.getpid()}\n", encoding="ascii")
        fresh.replace(self.folder / READY)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        (self.folder / READY).unlink(missing_ok=True)
        await self._sites_off()
        self._contacts.close()
        # Last of all: a client that asked for the stop takes the end of its connection as the end of the exchange.
        (self.folder / control.SOCKET).unlink(missing_ok=True)
        os.close(self._lock)
        await self._control.close()

    def _take_folder(self) -> int:
        """Lock the folder (the kernel lets go of the lock of a killed exchange) and clear what one left there."""
        lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise ExchangeError(
                f"{self.folder}: an exchange is playing in this folder already. "
                f"Stop it (python -m tests.lab.exchange_ctl --folder {self.folder} stop) or use another folder."
            ) from None
        for left in (READY, control.SOCKET):
            (self.folder / left).unlink(missing_ok=True)
        return lock

    def _site(self, name: str, authority: Authority) -> Site:
        rap = RapService(name, self.folder / name, self._config.report_day, self._accounts)
        data_centre = self._config.data_centre(name)
        return Site(name, data_centre, self._contacts, rap, authority.context, self._names)

    def _names(self) -> Mapping[str, str]:
        return self._config.data_centre(self._serving).names

    async def _sites_off(self) -> None:
        await asyncio.gather(*(site.off() for site in self._sites.values()))

    def contacts(self, since: float = 0.0) -> list[Contact]:
        """Contacts of this run from a moment (seconds since the epoch) on."""
        return self._contacts.since(since)

    def status(self) -> dict[str, Any]:
        counted = logins(self.contacts())
        return {
            "serving": self._serving,
            "data_centres": {
                name: {"on": site.is_on, "endpoints": site.endpoints} for name, site in self._sites.items()
            },
            "logged_in": self._accounts.logged_in,
            "logins": {
                account: {**asdict(one), "attempts": one.attempts} for account, one in counted.items()
            },
        }

    async def do(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one command and answer with what there is to tell.

        ``{"do": "off" | "on" | "serve", "data_centre": NAME}``, ``{"do": "status"}``,
        ``{"do": "contacts", "since": SECONDS}`` or ``{"do": "stop"}``.

        :raises ExchangeError: no such command or data centre
        :raises PortTakenError: a data centre cannot come back on
        """
        match command:
            case {"do": "off", "data_centre": str(name)} if name in self._sites:
                await self._sites[name].off()
            case {"do": "on", "data_centre": str(name)} if name in self._sites:
                await self._sites[name].on()
            case {"do": "serve", "data_centre": str(name)} if name in self._sites:
                self._serving = name
            case {"do": "status"}:
                pass
            case {"do": "contacts", **rest}:
                since = rest.get("since", 0.0)
                if not isinstance(since, (int, float)):
                    raise ExchangeError(f"contacts: since is {since!r}, expected seconds since the epoch")
                return {"contacts": [asdict(one) for one in self.contacts(since)]}
            case {"do": "stop"}:
                self.stopping.set()
            case _:
                raise ExchangeError(
                    f"{dict(command)!r} is no command. Known are off, on and serve with a data_centre "
                    f"({' or '.join(DATA_CENTRES)}), status, contacts and stop."
                )
        return self.status()
