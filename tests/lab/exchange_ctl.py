# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell the exchange that plays in a folder what to do: ``python -m tests.lab.exchange_ctl --folder DIR off primary``.

Prints the answer as JSON; exits 1 with a sentence if there is no exchange or it refuses.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.lab.exchange.config import DATA_CENTRES
from tests.lab.exchange.control import ask


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.exchange_ctl", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the folder the exchange plays in")
    commands = parser.add_subparsers(dest="do", required=True)
    for name, meaning in (
        ("off", "close a data centre's sockets and cut its sessions"),
        ("on", "bind them again"),
        ("serve", "let the names have this data centre's addresses"),
    ):
        commands.add_parser(name, help=meaning).add_argument("data_centre", choices=DATA_CENTRES)
    commands.add_parser("status", help="what is on, who serves, logins by account")
    contacts = commands.add_parser("contacts", help="contacts of this run")
    contacts.add_argument("--since", type=float, default=0.0, help="seconds since the epoch")
    commands.add_parser("stop", help="stop the exchange; returns when it is gone")
    command = vars(parser.parse_args(arguments))
    folder = command.pop("folder")
    try:
        answer = ask(folder, command)
    except OSError as error:
        print(f"{folder}: no exchange answers here ({error.strerror or error}). Start one.", file=sys.stderr)
        return 1
    if "error" in answer:
        print(answer["error"], file=sys.stderr)
        return 1
    print(json.dumps(answer, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
