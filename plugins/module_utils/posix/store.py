# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Journal and blobs of a POSIX workstation: a folder that only its owner may enter."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import stat
import time
from contextlib import suppress
from typing import Any, BinaryIO, List, Mapping, Optional, Set, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, sha256
from ansible_collections.hkex.drill.plugins.module_utils.posix import files, machine
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.places import locate

FOLDER = "/var/lib/hkex-drill"
_WRITE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1024 * 1024
PATIENCE = 30.0  # seconds to wait for another run on the same workstation; a visit takes far less
_TOGETHER = 1000  # blobs that wait for the disk at most
_AT_ONCE = 16  # a disk takes many small files side by side in the time of one


class Store:
    """``journal.jsonl``, ``blobs/SHA256`` and ``lock`` in one folder. Nothing is made before the first write."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.blobs = os.path.join(folder, "blobs")
        self._journal = os.path.join(folder, "journal.jsonl")
        self._lock: Optional[int] = None
        self._made: Set[str] = set()
        self._fresh: List[str] = []  # blobs that need not be on disk yet

    def lock(self, writing: bool) -> None:
        """Keep other runs from writing on this workstation until ``unlock`` (or the end of the process).

        Who only looks makes nothing, and waits: a transaction in progress must not pass for one that was cut off.

        :raises Refusal: the folder is not this user's alone, or another run holds the lock for too long
        """
        if writing:
            self._prepare()
        elif os.path.lexists(self.folder):
            _must_be_private(self.folder)  # as the write will: a check mode that passes must tell the truth
        try:
            descriptor = os.open(
                os.path.join(self.folder, "lock"), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
            )
        except FileNotFoundError:
            return  # nobody ever wrote here
        except OSError as error:
            raise self._useless(error) from error
        self._lock = descriptor
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, (fcntl.LOCK_EX if writing else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                return
            except OSError as error:
                if not isinstance(error, BlockingIOError):
                    self.unlock()
                    raise self._useless(error) from error
                if time.monotonic() > deadline:
                    self.unlock()
                    raise Refusal(
                        self.folder, "another run is at work on this workstation", "Wait for it and run again"
                    ) from None
                time.sleep(0.05)

    def _prepare(self) -> None:
        try:
            _make(self.folder)
            _make(self.blobs)
            os.close(os.open(os.path.join(self.folder, "lock"), _WRITE, 0o600))
        except OSError as error:
            raise self._useless(error) from error

    def _useless(self, error: OSError) -> Refusal:
        return Refusal(
            self.folder,
            f"journal and blobs cannot be kept here: {error.strerror}",
            "Run with become, or give another state_dir",
        )

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def records(self) -> Tuple[Mapping[str, Any], ...]:
        """The journal. A last line without its end was being written when a run was killed: it never happened."""
        return journal.parse(self._lines(), self._journal)

    def _lines(self) -> List[bytes]:
        file = files.read(self._journal)
        return [] if file is None else file.content.split(b"\n")[:-1]

    def append(self, record: Mapping[str, Any], position: int) -> None:
        """Add a record as number ``position`` (from 0); it is on disk when this returns, and so is what it may name."""
        lines = self._lines()
        if len(lines) != position:
            raise Stop(f"{self._journal}: another run wrote on this workstation in between")
        line = journal.line(record).encode() + b"\n"
        try:
            self._settle()
            self._write(sum(len(each) + 1 for each in lines), line)
            _fsync(self.folder)
        except OSError as error:
            remedy = machine.make_room(error, self._journal)
            raise Stop(f"{self._journal}: cannot be written: {error.strerror}", remedy) from error

    def _write(self, end: int, line: bytes) -> None:
        """Put a line at ``end`` of the journal, over what a cut-off write may have left there."""
        descriptor = os.open(self._journal, _WRITE, 0o600)
        try:
            os.ftruncate(descriptor, end)
            os.lseek(descriptor, end, os.SEEK_SET)
            while line:
                line = line[os.write(descriptor, line) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _settle(self) -> None:
        """Have all blobs on disk, and their names."""
        if not self._fresh:
            return
        if len(self._fresh) > _AT_ONCE:
            from concurrent.futures import ThreadPoolExecutor  # takes longer to load than a few files to sync

            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(_fsync, self._fresh))
        else:
            for blob in self._fresh:
                _fsync(blob)
        _fsync(self.blobs)
        self._fresh = []

    def keep(self, path: str, digest: str) -> None:
        """Copy a file, whose SHA-256 must be ``digest``, into the blobs, in pieces: it may be large.

        :raises Stop: it is another one
        """
        place = locate(path)
        if place is None:
            raise _changed(path)
        with place:
            try:
                source = os.open(place.name, _READ, dir_fd=place.folder)
            except FileNotFoundError:
                raise _changed(path) from None
            with os.fdopen(source, "rb") as content:
                if not stat.S_ISREG(os.fstat(source).st_mode):
                    raise _changed(path)
                if not self._keep(content, digest):
                    raise _changed(path)

    def put(self, content: bytes) -> None:
        """Keep a content among the blobs."""
        self._keep(io.BytesIO(content), sha256(content))

    def quarantine(self, below: str) -> None:
        """Make a folder for what is taken away, below that of the journal."""
        if below not in self._made:
            folder = self.folder
            for part in below.split("/"):
                folder = os.path.join(folder, part)
                try:
                    _make(folder)
                except OSError as error:
                    remedy = machine.make_room(error, folder) or "Remove the cause, and run it again"
                    raise Stop(f"{folder}: cannot be made: {error.strerror}", remedy) from error
            self._made.add(below)

    def _keep(self, content: BinaryIO, digest: str) -> bool:
        """Have a blob of what can be read, unless its SHA-256 is another one."""
        if not self._has(digest) and not self._take(content, digest):
            return False
        self._fresh.append(
            os.path.join(self.blobs, digest)
        )  # what was there already a killed run may have left
        if len(self._fresh) == _TOGETHER:
            self._settle()
        return True

    def _has(self, digest: str) -> bool:
        try:
            with open(os.path.join(self.blobs, digest), "rb") as blob:
                return _digest(blob) == digest
        except FileNotFoundError:
            return False

    def _take(self, content: BinaryIO, digest: str) -> bool:
        """Keep what is read, if its SHA-256 is ``digest``: under another name until it is whole.

        What a power cut leaves of it has another SHA-256, and no record names it.
        """
        ready = os.path.join(self.blobs, files.READY.format(digest))
        try:
            descriptor = os.open(ready, _WRITE | os.O_EXCL, 0o600)
        except FileExistsError:  # a run was killed
            os.unlink(ready)
            descriptor = os.open(ready, _WRITE | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as copy:
                whole = _digest(content, copy) == digest
        except OSError as error:
            os.unlink(ready)
            remedy = machine.make_room(error, self.blobs)
            if not remedy:
                raise
            raise Stop(f"{self.blobs}: cannot be written: {error.strerror}", remedy) from error
        if not whole:
            os.unlink(ready)
            return False
        os.rename(ready, os.path.join(self.blobs, digest))
        return True

    def holds(self, digest: str, size: int) -> bool:
        """Whether there is a blob of this SHA-256 that has its size; it is not read."""
        with suppress(OSError):
            return os.stat(os.path.join(self.blobs, digest)).st_size == size
        return False

    def blob(self, digest: str) -> bytes:
        """What was kept under this SHA-256.

        :raises Refusal: it is gone or damaged
        """
        file = files.read(os.path.join(self.blobs, digest))
        if file is None or sha256(file.content) != digest:
            raise Refusal(
                os.path.join(self.blobs, digest),
                "is missing or damaged",
                "Restore the file that it belongs to from a backup of this workstation",
            )
        return file.content


def _changed(path: str) -> Stop:
    return Stop(f"{path}: somebody changed it between look and write; it was left untouched")


def _digest(content: BinaryIO, copy: Optional[BinaryIO] = None) -> str:
    """The SHA-256 of what can be read, which also goes into ``copy``."""
    digest = hashlib.sha256()
    for piece in iter(lambda: content.read(_PIECE), b""):
        digest.update(piece)
        if copy is not None:
            copy.write(piece)
    return digest.hexdigest()


def _make(folder: str) -> None:
    if not os.path.lexists(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _fsync(os.path.dirname(folder))
    _must_be_private(folder)


def _must_be_private(folder: str) -> None:
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise Refusal(
            folder,
            "is not a folder that this user alone may enter (mode 0700), and journal and blobs may hold secrets",
            f"Run as its owner (become), or correct it (chown {os.geteuid()} and chmod 0700 {folder}),"
            " or give another state_dir",
        )


def _fsync(path: str) -> None:
    """Have a file, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
