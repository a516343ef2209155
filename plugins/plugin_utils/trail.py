# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happened, so that it can be shown afterwards.

The evidence folder holds ``trail.jsonl`` (see ``chain`` for what its lines are), ``trail.mark`` and ``run.lock`` (see
``run``).
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import (
    MARK,
    START,
    Head,
    Verdict,
    extend,
    parse,
    place,
    read_mark,
    verify,
)

TRAIL = "trail.jsonl"

_PATIENCE = 30.0  # seconds to wait for another process that writes its record


@dataclass(frozen=True)
class Snapshot:
    """A trail and its mark at one instant, as the bytes of their files."""

    content: bytes
    mark: bytes

    @property
    def lines(self) -> list[bytes]:
        return io.BytesIO(self.content).readlines()

    def verify(self) -> Verdict:
        mark = read_mark(self.mark)
        if mark is None and self.content:
            return Verdict(False, 0, 1, f"{MARK} is missing or unreadable")
        return verify(self.lines, mark)

    def records(self) -> list[dict[str, Any]]:
        """The whole records, in their order."""
        return [*filter(None, map(parse, self.lines))]

    def place(self, noted: str) -> int | None:
        """The number of the line whose SHA-256 begins as somebody noted it; None if no line's does."""
        return place(self.lines, noted)


class Trail:
    """The trail of an evidence folder. Every method opens the files anew and holds its lock only for one record."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / TRAIL
        self._mark = folder / MARK

    @classmethod
    def open(cls, folder: Path) -> Trail:
        """The trail in ``folder``, made if missing (owner only).

        :raises Refusal: others could write there, or it cannot be made or written
        """
        trail = cls(folder)
        with explained(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise Refusal(
                    f"evidence folder {folder}",
                    "others than its owner may write there, and so replace the audit trail",
                    f"Choose a folder of your own, or: chmod go-w {folder}",
                )
            with trail._opened(os.O_RDWR | os.O_APPEND | os.O_CREAT):
                pass
        return trail

    def append(self, record: Mapping[str, Any]) -> int:
        """Add a record; it is on the disk when this returns its number.

        :raises Refusal: it could not be written; what was there before still is
        """
        with explained(self.path), self._opened(os.O_RDWR | os.O_APPEND | os.O_CREAT) as fd:
            _flock(fd, fcntl.LOCK_EX)
            data, head = extend(_tail(fd), read_mark(self._read_mark()), record)
            if head.seq == 1:
                self._write_mark(START)  # a trail without a mark has lost it
                _sync_folder(self.path.parent)
            for line in data.splitlines(keepends=True):
                _write(fd, line)
            self._write_mark(head)
        return head.seq

    def verify(self) -> Verdict:
        """Check what is there now; a trail that was never begun is whole.

        :raises Refusal: it cannot be read
        """
        return self.snapshot().verify()

    def snapshot(self) -> Snapshot:
        """Trail and mark as they belong together at this instant; both are empty where it was never begun.

        :raises Refusal: it cannot be read
        """
        with explained(self.path):
            try:
                with self._opened(os.O_RDONLY) as fd:
                    _flock(fd, fcntl.LOCK_SH)
                    mark, size = self._read_mark(), os.fstat(fd).st_size
                    # It only grows: what stands there now can be read while others go on.
                    fcntl.flock(fd, fcntl.LOCK_UN)
                    return Snapshot(b"".join(_lines(fd, size)), mark)
            except FileNotFoundError:
                return Snapshot(b"", self._read_mark())

    def records(self) -> Iterator[dict[str, Any]]:
        """The whole records, in their order.

        :raises Refusal: it cannot be read
        """
        with explained(self.path), suppress(FileNotFoundError), self._opened(os.O_RDONLY) as fd:
            yield from filter(None, map(parse, _lines(fd, os.fstat(fd).st_size)))

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        fd = open_regular(self.path, flags)
        try:
            yield fd
        finally:
            # Closing alone would leave the lock to a worker forked meanwhile.
            fcntl.flock(fd, fcntl.LOCK_UN)
            os.close(fd)

    def _read_mark(self) -> bytes:
        try:
            fd = open_regular(self._mark, os.O_RDONLY)
        except FileNotFoundError:
            return b""
        try:
            return os.pread(fd, 200, 0)
        finally:
            os.close(fd)

    def _write_mark(self, head: Head) -> None:
        # Always of one length and in place: no instant has half a mark. The first is on the disk before any record is,
        # so that there is a mark whatever is lost with the power: a later one that is only lags.
        fd = open_regular(self._mark, os.O_RDWR | os.O_CREAT)
        try:
            os.pwrite(fd, b"%012d %s\n" % (head.seq, head.sha256.encode("ascii")), 0)
            if head == START:
                os.fsync(fd)
        finally:
            os.close(fd)


def _write(fd: int, line: bytes) -> None:
    while line:
        line = line[os.write(fd, line) :]
    os.fsync(fd)


def _tail(fd: int) -> list[bytes]:
    """The last lines of the file, from the last whole record on."""
    size, block = os.fstat(fd).st_size, 1 << 16
    while True:
        start = max(0, size - block)
        lines = io.BytesIO(os.pread(fd, size - start, start)).readlines()
        lines = lines[1:] if start else lines
        whole = next((index for index in reversed(range(len(lines))) if parse(lines[index])), None)
        if whole is not None or not start:
            return lines[whole or 0 :]
        block *= 8


def _lines(fd: int, size: int) -> Iterator[bytes]:
    with os.fdopen(os.dup(fd), "rb") as file:
        while size and (line := file.readline(size)):
            size -= len(line)
            yield line


def open_regular(path: Path, flags: int) -> int:
    """A descriptor of a regular file (made if asked for, owner only), never through a symbolic link."""
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return fd


def _flock(fd: int, how: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.005)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says into a message for the administrator."""
    try:
        yield
    except OSError as error:
        what = {
            errno.ELOOP: "it is a symbolic link, and the audit trail is not written through one",
            errno.EAGAIN: f"another process has kept it locked for {_PATIENCE:.0f} s",
        }.get(error.errno or 0, f"{error.strerror or error}")
        remedy = "Nothing is changed without an audit trail: put this right, or choose another folder"
        raise Refusal(f"audit trail {path}", what, remedy) from error
