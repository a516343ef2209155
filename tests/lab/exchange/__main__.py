# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m tests.lab.exchange --folder DIR [--config FILE]``: play until stopped (SIGTERM, SIGINT or control)."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from .config import LOOPBACK, Config, ConfigError, ExchangeError, sandbox_config
from .core import Core
from .enclosure import LAB, require_enclosed


async def _play(config: Config, folder: Path) -> None:
    core = Core(config, folder)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, core.stopping.set)
    async with core:
        print(f"exchange: ready in {folder}, pid {os.getpid()}", flush=True)
        await core.stopping.wait()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.exchange", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="keys, contacts, control socket and files")
    parser.add_argument(
        "--config", type=Path, help="JSON configuration; without it the sandbox of 2021-11-06"
    )
    parser.add_argument(
        "--enclosed",
        type=int,
        metavar="INODE",
        help="play the configuration on the circulars' own addresses 10.x.y.z, in a network namespace that has no "
        "way out; INODE is that of the machine's own one",
    )
    asked = parser.parse_args(arguments)
    try:
        if asked.enclosed is not None:
            require_enclosed(asked.enclosed)
        within = LOOPBACK if asked.enclosed is None else LAB
        config = (
            Config.from_json(asked.config.read_text("utf-8"), within) if asked.config else sandbox_config()
        )
        asyncio.run(_play(config, asked.folder))
    except (ExchangeError, OSError) as error:
        place = f"{asked.config}: " if isinstance(error, ConfigError) else ""
        print(f"exchange: {place}{error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
