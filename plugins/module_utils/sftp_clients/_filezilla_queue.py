# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's queue of transfers: an SQLite database, read and changed in memory.

The passwords of its servers stand in it in clear, so no file on a disk ever holds a copy.
"""

import contextlib
import os
import sqlite3
import struct
import tempfile
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

MEMORY = "/dev/shm"
REMEDY = "Nothing was changed: start FileZilla once and close it again, so that it puts its queue right; then run again"


class Row(NamedTuple):
    """A server whose files wait in the queue. What is of another type than the column's is empty or None."""

    id: int
    host: str
    port: Optional[int]
    protocol: Optional[int]
    max_connections: Optional[int]


class Change(NamedTuple):
    """What a row becomes. ``max_connections`` None: that stays."""

    host: str
    port: int
    max_connections: Optional[int]


def rows(path: str, content: bytes) -> Tuple[Row, ...]:
    """The servers of a queue.

    :raises Refusal: it is no queue of FileZilla
    """
    if not content:  # a database in which nothing was ever written
        return ()
    with _database(path, content) as (connection, _serialised):
        return tuple(_rows(connection))


def changed(path: str, content: bytes, changes: Mapping[int, Change]) -> bytes:
    """The database after these changes of rows, by their id; all else in it stays.

    :raises Refusal: it is no queue of FileZilla
    """
    with _database(path, content) as (connection, serialised):
        for row, change in changes.items():
            done = connection.execute(
                "UPDATE servers SET host = ?, port = ?, max_connections = ifnull(?, max_connections) WHERE rowid = ?",
                (change.host, change.port, change.max_connections, row),
            )
            if done.rowcount != 1:
                raise Refusal(path, "its table of servers has rows that cannot be told apart", REMEDY)
        connection.commit()
        return serialised()


def refuse_live(path: str, journals: Iterable[Tuple[str, bytes]]) -> None:
    """A journal beside a database holds a part of its truth: what stands in the database itself may be undone.

    :param journals: path and content of those that exist; one that is empty or whose header was zeroed is none
    :raises Refusal: there is one
    """
    for journal, content in journals:
        if any(content[:28]):
            raise Refusal(
                path, f"a program is writing to it, or was killed while it did: {journal} exists", REMEDY
            )


def _rows(connection: sqlite3.Connection) -> Iterator[Row]:
    found = connection.execute(
        "SELECT rowid, host, port, protocol, max_connections FROM servers ORDER BY rowid"
    )
    for row, host, port, protocol, limit in found:
        yield Row(
            row, host if isinstance(host, str) else "", _number(port), _number(protocol), _number(limit)
        )


def _number(value: Any) -> Optional[int]:
    return value if isinstance(value, int) else None


@contextlib.contextmanager
def _database(path: str, content: bytes) -> Iterator[Tuple[sqlite3.Connection, Callable[[], bytes]]]:
    """The database, open in memory, and what tells its bytes.

    :raises Refusal: it is none, or holds what FileZilla never makes: a person's file must not make us run triggers
    """
    if content[:16] != b"SQLite format 3\0" or content[18:20] != b"\1\1":  # 2: with a write-ahead log
        raise Refusal(path, "this is no SQLite database of the kind that FileZilla makes", REMEDY)
    _refuse_cut(path, content)
    opened = _deserialised if hasattr(sqlite3.Connection, "deserialize") else _unnamed
    try:
        with opened(content) as (connection, serialised):
            connection.text_factory = _text
            connection.execute("PRAGMA trusted_schema = OFF")
            _refuse_strange(path, connection)
            if connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
                raise Refusal(path, "this is no whole queue of FileZilla: SQLite finds it damaged", REMEDY)
            yield connection, serialised
    except (sqlite3.Error, OverflowError, ValueError) as error:
        # Not its text: a message of SQLite may quote what it read.
        raise Refusal(path, f"this is no whole queue of FileZilla ({type(error).__name__})", REMEDY) from None


def _refuse_cut(path: str, content: bytes) -> None:
    """SQLite reads what is there of a database, be it less or more than there should be.

    The size in pages at byte 28 counts where the numbers at bytes 24 and 92 agree (sqlite.org/fileformat2.html, 1.3).
    """
    page, changes, pages = struct.unpack_from(">16xH6xII", content.ljust(100, b"\0"))
    (counted,) = struct.unpack_from(">92xI", content.ljust(100, b"\0"))
    count, rest = divmod(len(content), 65536 if page == 1 else max(page, 1))
    if rest or (changes == counted and pages not in (0, count)):
        raise Refusal(
            path, "this is no whole queue of FileZilla: its size is not the one that it says", REMEDY
        )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _refuse_strange(path: str, connection: sqlite3.Connection) -> None:
    made: Dict[str, str] = {}
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind not in ("table", "index") or str(sql).upper().startswith("CREATE VIRTUAL"):
            raise Refusal(path, "it holds triggers, views or the like, which FileZilla never makes", REMEDY)
        made[str(name)] = str(kind)
    if made.get("servers") != "table":
        raise Refusal(path, "this is no queue of FileZilla: it has no table of servers", REMEDY)


@contextlib.contextmanager
def _deserialised(content: bytes) -> Iterator[Tuple[sqlite3.Connection, Callable[[], bytes]]]:
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        memory: Any = connection  # the types of Python 3.8 do not have these two
        memory.deserialize(content)
        yield connection, lambda: bytes(memory.serialize())


@contextlib.contextmanager
def _unnamed(content: bytes) -> Iterator[Tuple[sqlite3.Connection, Callable[[], bytes]]]:
    """For Python before 3.11: a file in memory that has lost its name before anything stands in it.

    SQLite opens no file of ``memfd_create``: it follows /proc/self/fd to a path that does not exist.
    """
    if not _in_memory(MEMORY):
        raise Refusal(
            MEMORY,
            "there is no file system in memory, in which FileZilla's queue could be changed with Python before 3.11",
            "Run this with Python 3.11 or later on that workstation (ansible_python_interpreter)",
        )
    handle, name = tempfile.mkstemp(dir=MEMORY)
    with os.fdopen(handle, "r+b") as file:
        try:
            connection = sqlite3.connect(name)
        finally:
            os.unlink(name)  # noqa: PTH108 # with the file still open at both
        with contextlib.closing(connection):
            file.write(content)
            file.flush()
            connection.execute("PRAGMA journal_mode = MEMORY")

            def serialised() -> bytes:
                file.seek(0)
                return file.read()

            yield connection, serialised


def _in_memory(folder: str) -> bool:
    try:
        with open("/proc/mounts", encoding="utf-8", errors="replace") as mounts:  # noqa: PTH123
            return any(line.split()[1:3] == [folder, "tmpfs"] for line in mounts)
    except OSError:
        return False
