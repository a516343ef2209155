# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drill day on one machine: ``python -m tests.lab.demo`` (``make demo``).

Makes the sandbox fleet and the embedded exchange, runs the real playbooks with stock ansible-playbook at the times of
the rehearsal of 6 November 2021, and stops everything it started. With ``--stay`` (``make sandbox``) it plays nothing,
and keeps fleet and exchange on until it is interrupted.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.exchange import Exchange, ExchangeError, sandbox_config
from tests.lab.fleet import ROOT, download, make_drills, make_fleet
from tests.lab.windows import WindowsFleet
from tests.lab.windows.sandbox import machines

FOLDER = ROOT / ".demo"
STAY = """\
The sandbox is on until Ctrl-C: twelve workstations, both data centres, the primary one serving. In another terminal,
from this folder, at any pretended time of Hong Kong:

  . .venv/bin/activate
  export HKEX_DRILL_EVIDENCE={folder}/evidence
  ansible-playbook hkex.drill.drill -e drill_pretend_now=2021-11-05T17:00 --tags pre-drill --check --diff
  python -m tests.lab.exchange_ctl --folder {folder}/exchange off primary
"""
TIME_OUT = 120.0  # seconds for one playbook; the slowest takes a tenth of it


@dataclass(frozen=True)
class Step:
    """A phase at a time (Hong Kong), and what the exchange does just before."""

    at: str
    phase: str
    why: str
    exchange: Callable[[Exchange], None]


def _serve(exchange: Exchange, data_centre: str) -> None:
    exchange.on(data_centre)
    exchange.serve(data_centre)


def _session_2(exchange: Exchange) -> None:
    _serve(exchange, "secondary")
    download(FOLDER / "fleet")


DAY = (
    Step(
        "2021-11-05T17:00",
        "pre-drill",
        "the evening before; the primary data centre serves",
        lambda exchange: exchange.off("secondary"),
    ),
    Step(
        "2021-11-06T12:20",
        "to-secondary",
        "the primary one has failed, the secondary is not up yet",
        lambda exchange: exchange.off("primary"),
    ),
    Step(
        "2021-11-06T14:35",
        "status",
        "Session 2: the secondary one serves, and reports are downloaded",
        _session_2,
    ),
    Step(
        "2021-11-06T16:05",
        "to-primary",
        "the rehearsal is over, the primary one reconnects",
        lambda exchange: exchange.off("secondary"),
    ),
    Step("2021-11-06T16:15", "cleanup", "what the drill has left", lambda exchange: None),
    Step(
        "2021-11-06T22:35",
        "status",
        "the primary one serves again",
        lambda exchange: _serve(exchange, "primary"),
    ),
)


def prepare(folder: Path) -> None:
    """A fresh sandbox in ``folder``, whatever an interrupted run has left there."""
    shutil.rmtree(folder, ignore_errors=True)
    make_fleet(folder / "fleet")
    make_drills(folder / "drills")


def play(folder: Path, phase: str, at: str, *more: str) -> int:
    """Run a phase on the sandbox as if it were this time in Hong Kong; the exit code of ansible-playbook."""
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "playbooks/drill.yml",
        "--inventory=inventory/sandbox",
        f"--tags={phase}",
        "--extra-vars=" + json.dumps({"drill_pretend_now": at, "sandbox_root": str(folder)}),
        *more,
    ]
    environment = {
        **os.environ,
        "HKEX_DRILL_EVIDENCE": str(folder / "evidence"),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=TIME_OUT).returncode


@contextmanager
def sandbox() -> Iterator[Exchange]:
    """Fleet and exchange, both on. One at a time in a checkout: another would take the folder from under it.

    :raises ExchangeError: it cannot start
    """
    here = os.open(Path(__file__).parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(here, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ExchangeError("a sandbox is on in this checkout already: stop it first") from None
        prepare(FOLDER)
        with (
            Exchange(sandbox_config(), FOLDER / "exchange") as exchange,
            WindowsFleet(FOLDER / "windows", machines(FOLDER / "exchange")),
        ):
            yield exchange
    finally:
        os.close(here)


def demo(exchange: Exchange) -> int:
    """The whole day; the exit code."""
    for step in DAY:
        step.exchange(exchange)
        print(f"\n=== {step.at.replace('T', ' ')} {step.phase}: {step.why}", flush=True)
        code = play(FOLDER, step.phase, step.at)
        if code:
            print(f"{step.phase} at {step.at} ended with exit code {code}; its output above says why.")
            return 1
    print(f"\nThe day is over. Its audit trail: {FOLDER / 'evidence' / 'trail.jsonl'}")
    return 0


def stay(_exchange: Exchange) -> int:
    """Until somebody ends it."""
    print(STAY.format(folder=FOLDER.relative_to(ROOT)), flush=True)
    while True:
        signal.pause()


def main(arguments: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with sandbox() as exchange:
            return (stay if list(arguments) == ["--stay"] else demo)(exchange)
    except ExchangeError as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Everything that was started has been stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
