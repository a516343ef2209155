# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first process of a lab's own namespaces: boots everything in it and obeys; nothing of it outlives this one.

Started by ``holder``. It says ``ready`` or ``failed: WHY`` on its standard output, once.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.lab.exchange import control
from tests.lab.exchange.config import DATA_CENTRES
from tests.lab.exchange.core import CA, READY

from . import network, reach
from .files import Keys, changes
from .folder import CHECKOUT, Folder, LabError
from .host import Ground, Host, run
from .layout import WORKSTATIONS
from .site import RANGES, addresses, known_hosts, lab_config

EXCHANGE_TIME = 30.0  # seconds that the exchange gets to start


class Keeper:
    def __init__(self, folder: Folder, rootfs: Path, cgroups: Sequence[Path], machine_network: int) -> None:
        """``machine_network``: the inode of the machine's network namespace, where the exchange must not play."""
        self._folder = folder
        self._rootfs = rootfs
        self._machine_network = machine_network
        self._config = lab_config()
        self._cut: set[str] = set()
        ground = Ground(
            rootfs, tuple(cgroups), folder.hosts, folder.log, ("ssh", "-F", str(folder.ssh_config))
        )
        self._hosts = {one.name: Host(one, ground) for one in WORKSTATIONS}
        self._servers: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        """Returns when every host answers and every service is on."""
        run(("mount", "-t", "tmpfs", "-o", "mode=755", "run", "/run"))  # nothing here meets the machine's own
        _no_forwarding()
        own = [one for name in DATA_CENTRES for one in addresses(self._config.data_centre(name))]
        for command in network.bridges(own):
            run(command)
        await self._start_office()
        await self._start_exchange()
        keys = self._rap_keys()
        for name, host in self._hosts.items():
            host.prepare(changes(host.workstation, self._keys(name, keys)))
            host.start()
        await asyncio.gather(*(host.answers() for host in self._hosts.values()))
        self._folder.control.mkdir(mode=0o700, exist_ok=True)
        self._control = control.serve(self._folder.control, self._obey)

    async def _start_office(self) -> None:
        command = network.office(WORKSTATIONS)
        await self._serve("office", "chroot", str(self._rootfs), *command)

    async def _start_exchange(self) -> None:
        config = self._folder.exchange / "config.json"
        config.write_text(self._config.to_json(), "utf-8")
        program = (sys.executable, "-m", "tests.lab.exchange", "--folder", str(self._folder.exchange))
        server = await self._serve(
            "exchange", *program, "--config", str(config), "--enclosed", str(self._machine_network)
        )
        try:
            async with asyncio.timeout(EXCHANGE_TIME):
                while not (self._folder.exchange / READY).exists():
                    if server.returncode is not None:
                        raise LabError(f"The exchange does not play: {self._last_words('exchange')}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise LabError(f"The exchange is not ready within {EXCHANGE_TIME:.0f} s: see its log.") from None

    async def _serve(self, name: str, *command: str) -> asyncio.subprocess.Process:
        with (self._folder.log / f"{name}.log").open("ab") as log:
            server = await asyncio.create_subprocess_exec(
                *command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._servers.append(server)
        return server

    def _last_words(self, name: str) -> str:
        lines = (self._folder.log / f"{name}.log").read_text("utf-8", "replace").splitlines()
        return lines[-1] if lines else "it says nothing"

    def _rap_keys(self) -> dict[str, str]:
        found = {}
        for account in sorted({account for one in WORKSTATIONS for account in one.accounts}):
            private = self._folder.exchange / f"rap_{account}"
            found[account] = private.read_text("ascii")
        return found

    def _keys(self, name: str, rap: Mapping[str, str]) -> Keys:
        at = self._folder.exchange
        of_rap = {centre: reach.public(at / centre / "host_key") for centre in DATA_CENTRES}
        return Keys(
            machine_id=secrets.token_hex(16),
            host=reach.host_key(self._folder, name).read_text("ascii"),
            lab=f"{reach.public(self._folder.key)}\n",
            rap=rap,
            rap_known_hosts=known_hosts(self._config, of_rap),
            ca=(at / CA).read_text("ascii"),
        )

    async def _obey(self, command: Mapping[str, Any]) -> dict[str, Any]:
        try:
            await self._do(command)
        except LabError as error:
            return {"error": str(error)}
        return self.status()

    async def _do(self, command: Mapping[str, Any]) -> None:
        match command:
            case {"do": "list"}:
                pass
            case {"do": "cut" | "mend" as verb, "name": str(name)} if name in RANGES:
                self._cut_site(name, verb == "cut")
            case {"do": "cut" | "mend" as verb, "name": str(name)} if name in self._hosts:
                self._hosts[name].plug(verb == "cut")
            case {"do": "reboot", "name": str(name)} if name in self._hosts:
                await self._hosts[name].reboot()
                await self._hosts[name].answers()
            case {"do": "unplug", "name": str(name)} if name in self._hosts:
                await self._hosts[name].unplug()
            case {"do": "boot", "name": str(name)} if name in self._hosts:
                if self._hosts[name].state == "off":
                    self._hosts[name].start()
                await self._hosts[name].answers()
            case {"name": name, "do": what}:
                places = f", {' and '.join(RANGES)}" if what in ("cut", "mend") else ""
                raise LabError(f"The lab has no {name}: there are {', '.join(self._hosts)}{places}.")
            case _:
                raise LabError(f"{dict(command)!r} is no command of the lab.")

    def _cut_site(self, name: str, cut: bool) -> None:
        if cut != (name in self._cut):
            for command in network.cut_site(RANGES[name], cut):
                run(command)
            self._cut ^= {name}

    def status(self) -> dict[str, Any]:
        hosts = [
            {
                "name": name,
                "addresses": [one.address for one in host.workstation.adapters],
                "backend": host.workstation.backend.value,
                "state": f"{host.state}, cut" if host.cut else host.state,
            }
            for name, host in self._hosts.items()
        ]
        sites = [
            {
                "name": name,
                "addresses": list(addresses(self._config.data_centre(name))),
                "state": "cut" if name in self._cut else "on",
            }
            for name in RANGES
        ]
        return {"hosts": hosts, "data_centres": sites}


def _no_forwarding() -> None:
    """What a new network namespace has here may come from the machine's own settings."""
    settings = Path("/proc/sys/net/ipv4")
    (settings / "ip_forward").write_text("0\n")
    for which in ("all", "default"):
        (settings / "conf" / which / "rp_filter").write_text("0\n")


async def _keep(keeper: Keeper) -> None:
    try:
        await keeper.start()
    except LabError as error:
        print(f"failed: {error}", flush=True)
        return
    print("ready", flush=True)
    await asyncio.Event().wait()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rootfs", type=Path, required=True)
    parser.add_argument("--machine-network", type=int, required=True)
    parser.add_argument("--cgroup", type=Path, action="append", default=[])
    asked = parser.parse_args(arguments)
    worker = os.fork()
    while worker:  # as the first process: everything whose parent has gone is reaped here
        ended, status = os.wait()
        if ended == worker:
            return os.waitstatus_to_exitcode(status)
    asyncio.run(_keep(Keeper(Folder(asked.folder), asked.rootfs, asked.cgroup, asked.machine_network)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
