# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Journal and blobs of a POSIX workstation: a folder that only its owner may enter."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from typing import Any, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, sha256
from ansible_collections.hkex.drill.plugins.module_utils.posix import files
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

FOLDER = "/var/lib/hkex-drill"
_WRITE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
PATIENCE = 30.0  # seconds to wait for another run on the same workstation; a visit takes far less


class Store:
    """``journal.jsonl``, ``blobs/SHA256`` and ``lock`` in one folder. Nothing is made before the first write."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.blobs = os.path.join(folder, "blobs")
        self._journal = os.path.join(folder, "journal.jsonl")
        self._lock: Optional[int] = None

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
        """Add a record as number ``position`` (from 0); it is on disk when this returns."""
        lines = self._lines()
        if len(lines) != position:
            raise Stop(f"{self._journal}: another run wrote on this workstation in between")
        line = journal.line(record).encode() + b"\n"
        try:
            self._write(sum(len(each) + 1 for each in lines), line)
            _fsync_folder(self.folder)
        except OSError as error:
            raise Stop(f"{self._journal}: cannot be written: {error.strerror}") from error

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

    def keep(self, path: str, digest: str) -> None:
        """Copy a file, whose SHA-256 must be ``digest``, into the blobs."""
        file = files.read(path)
        if file is None or file.sha256 != digest:
            raise Stop(f"{path}: somebody changed it between look and write; it was left untouched")
        blob = os.path.join(self.blobs, digest)
        kept = files.read(blob)
        if kept is None or kept.sha256 != digest:
            files.write(blob, None if kept is None else kept.sha256, file.content)
            os.chmod(blob, 0o600)

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


def _make(folder: str) -> None:
    if not os.path.lexists(folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _fsync_folder(os.path.dirname(folder))
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


def _fsync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
