# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab of real workstations and the exchange on this machine: ``python -m tests.lab.hosts COMMAND``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab import exchange_ctl

from .folder import DEFAULT, PROGRAM, LabError
from .holder import hold
from .lab import Lab
from .requirements import SBIN, missing

STAY = """
The lab is on until Ctrl-C. In another terminal, from this folder, with .venv activated:

  {ssh} nm-resolved
      a shell on a workstation; sudo needs no password there
  {program} cut primary
      a data centre, or a workstation, vanishes from the network; mend brings it back
  {program} exchange serve secondary
      the exchange changes over; also exchange off, on, status, contacts
  {program} unplug networkd
      a power loss; boot starts it again, reboot restarts it in an orderly way
"""
ON_A_HOST = {
    "reboot": "restart a workstation in an orderly way; returns when it answers, or at once if it is cut",
    "unplug": "kill a workstation's init, as a power loss does; its disk stays",
    "boot": "start a workstation that is off; returns when it answers",
}
ON_A_CABLE = {
    "cut": "let the packets of a workstation, or of `primary` or `secondary`, vanish",
    "mend": "let them pass again",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEFAULT, help="where the lab keeps its state (.lab)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("check", help="can the lab run here? names each thing that is missing")
    commands.add_parser("up", help="boot it in the background; returns when every host answers")
    commands.add_parser("down", help="end it and leave nothing")
    commands.add_parser("stay", help="boot it and keep it until Ctrl-C")
    commands.add_parser("list", help="hosts, addresses, states").add_argument("--json", action="store_true")
    for name, meaning in (ON_A_CABLE | ON_A_HOST).items():
        commands.add_parser(name, help=meaning).add_argument("name", metavar="NAME")
    exchange = commands.add_parser(
        "exchange", add_help=False, help="off, on, serve, status, contacts: see exchange --help"
    )
    exchange.add_argument("rest", nargs=argparse.REMAINDER, metavar="ARGUMENTS")
    commands.add_parser("hold")  # what `up` leaves in the background
    return parser


def table(status: dict[str, Any], ssh: Path) -> str:
    """The lab's hosts and data centres, one a line."""
    rows = [("HOST", "ADDRESS", "BACKEND", "STATE", "REACH")]
    for host in status["hosts"]:
        reach = f"{ssh} {host['name']}"
        rows.append((host["name"], " ".join(host["addresses"]), host["backend"], host["state"], reach))
    for centre in status["data_centres"]:
        number = f"{len(centre['addresses'])} addresses"
        rows.append((centre["name"], number, "the exchange's data centre", centre["state"], ""))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _check() -> int:
    for sentence in (lacking := missing()):
        print(f"lab: {sentence}")
    if not lacking:
        print("lab: it can run here")
    return 1 if lacking else 0


def _up(lab: Lab, with_me: bool = False) -> None:
    if lacking := missing():
        raise LabError(" ".join(lacking))
    lab.up(lambda line: print(line, flush=True), with_me)
    print(table(lab.status(), lab.folder.ssh), flush=True)


def _stay(lab: Lab) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    if lab.is_on:
        raise LabError(f"A lab is on in {lab.folder.path} already: end it first, {PROGRAM} down")
    try:
        _up(lab, with_me=True)
        print(STAY.format(ssh=lab.folder.ssh, program=PROGRAM), flush=True)
        while lab.is_on:
            time.sleep(1.0)
        raise LabError(f"The lab ended by itself: see {lab.folder.log}.")
    except KeyboardInterrupt:
        print("lab: going down", flush=True)
    finally:
        lab.down()


def _do(asked: argparse.Namespace) -> int:
    lab = Lab(asked.folder)
    match asked.command:
        case "check":
            return _check()
        case "hold":
            hold(lab.folder, lambda line: print(line, flush=True))
        case "up":
            _up(lab)
        case "down":
            lab.down()
        case "stay":
            _stay(lab)
        case "list":
            status = lab.status()
            print(json.dumps(status, indent=2) if asked.json else table(status, lab.folder.ssh))
        case "exchange":
            return exchange_ctl.main(["--folder", str(lab.folder.exchange), *asked.rest])
        case verb:
            getattr(lab, verb)(asked.name)
    return 0


def main(arguments: list[str] | None = None) -> int:
    os.environ["PATH"] = f"{os.environ.get('PATH', '/usr/bin:/bin')}:{SBIN}"
    try:
        return _do(_parser().parse_args(arguments))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; list says what is on", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
