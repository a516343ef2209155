# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One login of an account at a time, over the whole fleet: RAP allows no more (RAP briefing of 2025).

The locks lie in the evidence folder, beside those of the run. They go with the process that holds them, even killed.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils.looks import ENDPOINT
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence import configured
from ansible_collections.hkex.drill.plugins.plugin_utils.run import current_run, now

PATIENCE = (
    900.0  # seconds to wait for the logins of other workstations; one takes seconds, and never more than 300
)
_TURN = 0.1  # seconds between two attempts


def accounts(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The accounts that ``endpoint_info`` is to log on with, by its options as they were given.

    None of options that are wrong: the module says so, and logs nobody on.
    """
    valid = ArgumentSpecValidator(**ENDPOINT.takes).validate(dict(given))
    if valid.error_messages:
        return ()
    endpoints = valid.validated_parameters["endpoints"]
    return tuple(sorted({each["login"]["account"] for each in endpoints if each["login"]}))


def folder() -> Path:
    """The evidence folder: of the run that is on, else as the audit callback is told by ansible.cfg."""
    run = current_run()
    return configured() if run is None else run.folder


@contextmanager
def held(names: Iterable[str], place: Path, who: str, patience: float = PATIENCE) -> Iterator[None]:
    """Have these accounts for oneself.

    :param place: the folder of the locks, made if missing (owner only)
    :param who: what the others are told while they wait
    :raises Refusal: somebody else has one of them for longer than ``patience`` (seconds), or a lock cannot be taken
    """
    deadline = time.monotonic() + patience
    with ExitStack() as locks:
        for name in sorted(set(names)):  # everybody in the same order, so that no two wait for each other
            path = place / f"login-{re.sub('[^A-Za-z0-9._-]', '_', name)}.lock"
            try:
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                locks.callback(os.close, fd)
                _take(fd, name, path, patience, deadline)
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{who}, process {os.getpid()}, since {now()}\n".encode("utf-8", "replace"), 0)
            except OSError as why:
                raise Refusal(
                    str(path),
                    f"cannot be taken, so that nobody else logs on with {name}: {why.strerror or why}",
                    "See that the folder is yours, and that it is no link",
                ) from why
            locks.callback(os.ftruncate, fd, 0)
        yield


def _take(fd: int, name: str, path: Path, patience: float, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(fd, 1000, 0).decode("utf-8", "replace").strip() or "it does not say who"
                raise Refusal(
                    str(path),
                    f"the account {name} is logged on from another workstation ({holder}), for {patience:.0f} s now, "
                    "and the exchange allows one login of it",
                    "Wait until that is over, or end that process if it hangs: the lock goes with it; then run again",
                ) from None
        time.sleep(_TURN)
