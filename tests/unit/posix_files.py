# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real file, read and written; links of strangers; and what happens at the wrong moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import File, sha256
from ansible_collections.hkex.drill.plugins.module_utils.posix import files

ROOT = os.geteuid() == 0
OLD, NEW = b"\xef\xbb\xbfold\r\n\xff", b"new \xfe\r"
STRANGER = 4242


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    """Opening a pipe in the wrong way waits for ever."""

    def alarm(_signal: int, _frame: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def write(path: Path, before: bytes | None = OLD, content: bytes = NEW) -> None:
    files.write(str(path), None if before is None else sha256(before), content)


def read(path: Path | str) -> File | None:
    return files.read(str(path))


def untouched(path: Path, content: bytes = OLD) -> bool:
    """The file is as it was and nothing lies beside it."""
    beside = [each.name for each in path.parent.iterdir() if each.name.endswith(".hkex-drill")]
    return path.read_bytes() == content and not beside


def strangers_link(link: Path, to: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that is neither root's nor this user's: really so for root, else by being somebody else ourselves."""
    link.symlink_to(to)
    if ROOT:
        os.lchown(link, STRANGER, STRANGER)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


def put_in_place_of(path: Path, what: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Do something at the moment of this call, that is between look and write, once."""
    real = getattr(files, call)

    def first(*arguments: Any) -> Any:
        monkeypatch.setattr(files, call, real)
        what()
        return real(*arguments)

    monkeypatch.setattr(files, call, first)
