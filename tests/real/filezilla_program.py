# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's FileZilla in somebody's home: its files as a person leaves them, and the program itself, made to fetch."""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tests.lab.exchange import Contact, Endpoint, Exchange, Logins, logins
from tests.real.desktop import Desktop, Window, running, until

PROGRAMS = ("filezilla", "Xvfb", "xdotool")
SITE = "RAP"
CONNECT = (f"--site=0/{SITE}",)
TITLE = "FileZilla"  # its main window's title ends so; an open site stands before it
CLOSING = "Close FileZilla"  # the title of the question when transfers are not finished
WINDOW = 20.0  # seconds until FileZilla has a window
LOGIN = 15.0  # seconds until it has logged in
CLOSE = 15.0  # seconds until it has written its files and is gone
KEYS = 3.0  # seconds in which the queue shows that it was started
SFTP, KEY_FILE = 1, 5  # Protocol and Logontype
NORMAL, DOWNLOAD = 2, 16  # priority and flags of a queued file: found by trial, an upload has no flag
# Nothing is asked at the start (a greeting) and nobody is asked for a newer release.
QUIET = {"Greeting version": "99", "Disable update check": "1"}
# What the limit of the site itself needs beside it; a site that is open already is reused (3), not opened again.
ONE_LOGIN = {
    "Number of Transfers": "1",
    "Concurrent download limit": "1",
    "Concurrent upload limit": "1",
    "Already connected choice": "3",
}

_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3 version="3.63.0" platform="*nix">\n{}</FileZilla3>\n'
)


@dataclass(frozen=True)
class Person:
    """Somebody who fetches reports from RAP."""

    home: Path
    account: str
    key: Path  # private, without a passphrase

    @property
    def settings(self) -> Path:
        return self.home / ".config" / "filezilla"

    @property
    def downloads(self) -> Path:
        return self.home / "downloads"

    def arrived(self) -> list[str]:
        """The downloaded files, as their paths on the server."""
        found = (one for one in self.downloads.rglob("*") if one.is_file())
        return sorted(f"/{one.relative_to(self.downloads)}" for one in found)

    def environment(self, display: str = "") -> dict[str, str]:
        """Nothing of the one who runs the tests but the PATH."""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "XDG_DATA_HOME": str(self.home / ".local" / "share"),
            "XDG_RUNTIME_DIR": str(self.home / "run"),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "NO_AT_BRIDGE": "1",
            "DISPLAY": display,
        }


def person(home: Path, account: str, key: Path) -> Person:
    """Make the home, with folders that only this person may enter."""
    somebody = Person(home, account, key)
    for folder in (somebody.settings, somebody.downloads, home / "run", home / ".putty"):
        folder.mkdir(mode=0o700, parents=True)
    save_settings(somebody, {})
    return somebody


def trust(somebody: Person, host_keys: Mapping[Endpoint, str]) -> None:
    """Remember host keys (OpenSSH's form), so that no question about them comes."""
    lines = [f"ssh-ed25519@{at.port}:{at.address} {_putty_key(key)}\n" for at, key in host_keys.items()]
    (somebody.home / ".putty" / "sshhostkeys").write_text("".join(lines), encoding="ascii")


def _putty_key(public_key: str) -> str:
    """An Ed25519 key as PuTTY keeps it: the point's two coordinates (RFC 8032, section 5.1.3)."""
    raw = base64.b64decode(public_key.split()[1])[-32:]
    prime = 2**255 - 19
    coded = int.from_bytes(raw, "little")
    y, odd = coded % 2**255, coded >> 255
    square = (y * y - 1) * pow(-121665 * pow(121666, -1, prime) * y * y + 1, -1, prime) % prime
    x = pow(square, (prime + 3) // 8, prime)
    if x * x % prime != square:
        x = x * pow(2, (prime - 1) // 4, prime) % prime
    if x % 2 != odd:
        x = prime - x
    return f"0x{x:x},0x{y:x}"


def save_settings(somebody: Person, settings: Mapping[str, str]) -> None:
    lines = [
        f"\t\t<Setting name={quoteattr(name)}>{escape(value)}</Setting>\n"
        for name, value in {**QUIET, **settings}.items()
    ]
    write(somebody, "filezilla.xml", f"\t<Settings>\n{''.join(lines)}\t</Settings>\n")


def save_site(somebody: Person, endpoint: Endpoint, *, limit: int = 0) -> None:
    """Save the one site; ``limit`` is its number of connections (0: none, as FileZilla comes)."""
    write(somebody, "sitemanager.xml", f"\t<Servers>\n{site(somebody, endpoint, SITE, limit)}\t</Servers>\n")


def site(somebody: Person, endpoint: Endpoint, name: str, limit: int) -> str:
    limited = f"<MaximumMultipleConnections>{limit}</MaximumMultipleConnections>" if limit else ""
    return (
        f"\t\t<Server><Host>{endpoint.address}</Host><Port>{endpoint.port}</Port><Protocol>{SFTP}</Protocol>"
        f"<Type>0</Type><User>{somebody.account}</User><Keyfile>{escape(str(somebody.key))}</Keyfile>"
        f"<Logontype>{KEY_FILE}</Logontype>{limited}<EncodingType>Auto</EncodingType>"
        f"<BypassProxy>0</BypassProxy><Name>{escape(name)}</Name></Server>\n"
    )


def write(somebody: Person, name: str, content: str) -> None:
    """Write one of FileZilla's XML files around ``content``."""
    path = somebody.settings / name
    path.write_text(_XML.format(content), encoding="utf-8")
    path.chmod(0o600)


def save_queue(somebody: Person, endpoint: Endpoint, files: Iterable[str], *, limit: int = 0) -> None:
    """Put downloads into the queue that FileZilla restores; it must have been started once, for its tables.

    :param files: absolute paths on the server
    :param limit: the number of connections that the queue remembers of the site (0: none)
    """
    with sqlite3.connect(somebody.settings / "queue.sqlite3") as queue:
        server = queue.execute(
            "INSERT INTO servers (host, port, user, keyfile, protocol, type, logontype, timezone_offset,"
            " transfer_mode, max_connections, encoding, bypass_proxy, name, site_path)"
            " VALUES (?, ?, ?, ?, ?, 0, ?, 0, 'default', ?, 'Auto', 0, ?, ?)",
            (
                endpoint.address,
                endpoint.port,
                somebody.account,
                str(somebody.key),
                SFTP,
                KEY_FILE,
                limit,
                SITE,
                f"/{SITE}",
            ),
        ).lastrowid
        for file in files:
            folder, _, name = file.rpartition("/")
            local, remote = (
                queue.execute(f"INSERT INTO {table} (path) VALUES (?)", (path,)).lastrowid
                for table, path in (
                    ("local_paths", f"{somebody.downloads}{folder}/"),
                    ("remote_paths", _safe(folder)),
                )
            )
            queue.execute(
                "INSERT INTO files (server, source_file, target_file, local_path, remote_path, error_count,"
                " priority, flags) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                (server, name, name, local, remote, NORMAL, DOWNLOAD),
            )
    queue.close()


def _safe(folder: str) -> str:
    """A remote folder as FileZilla writes it down: its type, no prefix, each part with its length before it."""
    return " ".join(["1 0", *(f"{len(part)} {part}" for part in folder.strip("/").split("/"))])


@dataclass(frozen=True)
class Fetched:
    """``logins``: of all accounts at both data centres. None refused means one at once: RAP refuses a second."""

    arrived: list[str]  # the downloaded files, as their paths on the server
    contacts: list[Contact]  # all that reached the exchange meanwhile

    @property
    def logins(self) -> Logins:
        counted = logins(self.contacts).values()
        return Logins(sum(one.accepted for one in counted), sum(one.refused for one in counted))


def fetch(
    somebody: Person,
    desktop: Desktop,
    exchange: Exchange,
    *,
    files: int,
    seconds: float,
    arguments: Sequence[str] = CONNECT,
) -> Fetched:
    """Start FileZilla, let it log in, start its queue, wait for the files, close it.

    That ``files`` have not arrived within ``seconds`` of the start of the queue is a result like another.

    :param arguments: FileZilla's own; none if it connects by itself (restored tabs)
    :raises RuntimeError: FileZilla did not log in, asked something, or did not close
    """
    began = time.time()

    def contacts() -> list[Contact]:
        return exchange.contacts(began)

    with open_filezilla(somebody, desktop, *arguments) as window:
        if not until(lambda: logins(contacts()), LOGIN):
            raise RuntimeError(f"FileZilla did not log in within {LOGIN:.0f} s: {desktop.windows()}")
        deadline = time.monotonic() + seconds
        known = len(contacts())
        # The key stops a queue that runs, so it is pressed again only when nothing came of it.
        while time.monotonic() < deadline and len(contacts()) == known and not somebody.arrived():
            desktop.press(window, "ctrl+p")
            until(lambda: len(contacts()) > known or somebody.arrived(), KEYS)
        until(lambda: len(somebody.arrived()) >= files, deadline - time.monotonic())
        if asked := [one.title for one in desktop.windows() if one.id != window.id]:
            raise RuntimeError(f"FileZilla asks: {asked}")
    return Fetched(somebody.arrived(), contacts())


@contextmanager
def open_filezilla(somebody: Person, desktop: Desktop, *arguments: str) -> Iterator[Window]:
    """FileZilla with its main window; closed as a person closes it at the end of the block, so that it saves.

    :raises RuntimeError: it showed no window, or did not close, in time; the message names the windows it had
    """
    command = ["filezilla", *arguments]
    log = somebody.home / "filezilla.log"
    with running(command, somebody.environment(desktop.display), log) as process:
        window = None

        def shown() -> bool:
            nonlocal window
            window = next((one for one in desktop.windows() if one.title.endswith(TITLE)), None)
            return window is not None or process.poll() is not None

        until(shown, WINDOW)
        if window is None:
            raise RuntimeError(f"FileZilla shows no window, it ended with {process.poll()}: see {log}")
        yield window
        _close(process, desktop, window)


def _close(process: subprocess.Popen[bytes], desktop: Desktop, window: Window) -> None:
    def gone() -> bool:
        for question in desktop.windows():
            if question.title == CLOSING:
                desktop.press(question, "Return")
        return process.poll() is not None

    desktop.press(window, "ctrl+q")
    if not until(gone, CLOSE):
        raise RuntimeError(f"FileZilla did not close in {CLOSE:.0f} s: {desktop.windows()}")
