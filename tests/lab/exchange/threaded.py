# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The exchange for tests and programs that have no event loop: it plays in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any

from .config import Config
from .contacts import Contact, Logins, logins
from .core import CA, Core

START = 30.0  # seconds
ANSWER = 10.0  # seconds


class Exchange:
    """``with Exchange(config, folder) as exchange``, or ``start`` and ``stop``; it can be started again."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.folder = folder
        self._config = config
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns when every socket is bound.

        :raises ExchangeError: another exchange plays in the folder
        :raises PortTakenError: an address cannot be listened on
        """
        started: Future[tuple[Core, asyncio.AbstractEventLoop]] = Future()
        thread = threading.Thread(
            target=asyncio.run, args=[self._play(started)], name="exchange", daemon=True
        )
        thread.start()
        try:
            self._core, self._loop = started.result(START)
        except BaseException:
            thread.join(ANSWER)
            raise
        self._thread = thread

    async def _play(self, started: Future[tuple[Core, asyncio.AbstractEventLoop]]) -> None:
        core = Core(self._config, self.folder)
        try:
            await core.__aenter__()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the starting thread raises it
            started.set_exception(error)
            return
        started.set_result((core, asyncio.get_running_loop()))
        try:
            await core.stopping.wait()
        finally:
            await core.__aexit__()

    def stop(self) -> None:
        """Close everything; returns when the sockets are gone."""
        if self._thread is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._core.stopping.set)
        self._thread.join(ANSWER)
        self._thread = None

    def __enter__(self) -> Exchange:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def ca(self) -> Path:
        """The certificate of the authority that clients of VaR Online and CCASS must trust."""
        return self.folder / CA

    def off(self, data_centre: str) -> None:
        """Close the data centre's sockets and cut its sessions: TCP is refused, UDP silent."""
        self._do({"do": "off", "data_centre": data_centre})

    def on(self, data_centre: str) -> None:
        self._do({"do": "on", "data_centre": data_centre})

    def serve(self, data_centre: str) -> None:
        """Change over: every DNS server that is on answers with this data centre's addresses from now on."""
        self._do({"do": "serve", "data_centre": data_centre})

    def status(self) -> dict[str, Any]:
        return self._do({"do": "status"})

    def contacts(self, since: float = 0.0) -> list[Contact]:
        """Contacts of this run from a moment (seconds since the epoch) on."""
        return self._core.contacts(since)

    def logins(self) -> dict[str, Logins]:
        """Login attempts, accepted and refused, of each account that was named in this run."""
        return logins(self.contacts())

    def _do(self, command: Mapping[str, Any]) -> dict[str, Any]:
        return asyncio.run_coroutine_threadsafe(self._core.do(command), self._loop).result(ANSWER)
