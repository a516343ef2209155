# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report Access Platform: SFTP by key, read-only, one login at a time per account.

Source: RAP briefing of 2025, "Concurrent login is not allowed"; rehearsal of 6 November 2021, section 3.2 d.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import asyncssh

from . import reports
from .contacts import ACCEPT, LOGIN, REFUSED

LOGIN_TIME = 10  # seconds from the connection to a completed login
KEEPALIVE = 5  # seconds between signs of life; a client that misses three is gone and its account free

Record = Callable[[str, str, str, str], None]  # event, peer, what, detail

_ACCOUNT = re.compile(r"[A-Z][A-Z0-9]*")


def register_account(folder: Path, account: str, private_key: Path) -> None:
    """Make a key pair: the private key for the workstation, the public one for the exchange in ``folder``."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=account)
    private_key.touch(mode=0o600)
    key.write_private_key(private_key)
    (folder / "accounts").mkdir(parents=True, exist_ok=True)
    key.write_public_key(folder / "accounts" / f"{account}.pub")


class Accounts:
    """The registered keys, and who is logged in now, anywhere at the exchange."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions: dict[str, RapSession] = {}

    def refusal(self, account: str, key: asyncssh.SSHKey) -> str:
        """Why this key does not open this account; empty if it does. Account names are capitals and digits."""
        path = self._folder / f"{account}.pub"
        if not _ACCOUNT.fullmatch(account) or not path.is_file():
            return "unknown account"
        try:
            return "" if key in asyncssh.read_public_key_list(path) else "key is not registered"
        except (OSError, ValueError) as error:
            return f"registered key is unreadable: {error}"

    def claim(self, account: str, session: RapSession) -> bool:
        """Take the account for a session; False if another one has it."""
        return self._sessions.setdefault(account, session) is session

    def release(self, session: RapSession) -> None:
        self._sessions = {account: one for account, one in self._sessions.items() if one is not session}

    @property
    def logged_in(self) -> dict[str, str]:
        """Account to the data centre where it is logged in."""
        return {account: one.data_centre for account, one in self._sessions.items() if one.logged_in}


class RapSession(asyncssh.SSHServer):
    """One connection. Exactly one login or refusal is recorded for each account it names."""

    def __init__(self, data_centre: str, accounts: Accounts, record: Callable[[str, str, str], None]) -> None:
        self.data_centre = data_centre
        self.logged_in = False
        self._accounts = accounts
        self._record = record
        self._account = ""
        self._why = ""
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        self._settle()
        self._account, self._why = username, "no key was offered"
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._why = self._accounts.refusal(username, key)
        if self._why:
            return False
        if not self._accounts.claim(username, self):
            self._why = "concurrent login"
            raise asyncssh.DisconnectError(
                asyncssh.DISC_TOO_MANY_CONNECTIONS,
                f"Account {username} is logged in already: concurrent login is not allowed",
            )
        self._why = "key was not proven"
        return True

    def auth_completed(self) -> None:
        self.logged_in = True
        self._record(LOGIN, self._account, "")

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()

    def _settle(self) -> None:
        """The account named so far is done with: a login ends, anything else was a refusal."""
        self._accounts.release(self)
        if self._account and not self.logged_in:
            self._record(REFUSED, self._account, self._why)

    def abort(self) -> None:
        if self._connection is not None:
            self._connection.abort()


class ReadOnlyFiles(asyncssh.SFTPServer):
    """An account's folder, and nothing in it can be changed."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & ~asyncssh.FXF_READ:
            self._refuse(path)
        return super().open(path, pflags, attrs)

    def _refuse(self, *_what: Any, **_how: Any) -> Any:
        raise asyncssh.SFTPPermissionDenied("RAP is read-only")

    mkdir = rmdir = remove = rename = posix_rename = symlink = link = _refuse
    setstat = lsetstat = fsetstat = _refuse


class RapService:
    """RAP at one data centre: its host key and its files, for as many listeners as it has addresses."""

    def __init__(self, data_centre: str, folder: Path, report_day: str, accounts: Accounts) -> None:
        """``folder``: keeps the host key (the same at every start) and the accounts' files."""
        self._data_centre = data_centre
        self._folder = folder
        self._report_day = report_day
        self._accounts = accounts
        self._host_key = _host_key(folder / "host_key")

    def session(self, record: Record) -> Callable[[socket.socket, str], Coroutine[Any, Any, None]]:
        def accepted(connection: socket.socket, peer: str) -> Coroutine[Any, Any, None]:
            record(ACCEPT, peer, "", "")
            return self._talk(
                connection,
                RapSession(
                    self._data_centre,
                    self._accounts,
                    lambda event, what, detail: record(event, peer, what, detail),
                ),
            )

        return accepted

    async def _talk(self, connection: socket.socket, session: RapSession) -> None:
        try:
            ssh = await asyncssh.run_server(
                connection,
                server_factory=lambda: session,
                server_host_keys=[self._host_key],
                sftp_factory=self._files,
                login_timeout=LOGIN_TIME,
                keepalive_interval=KEEPALIVE,
                password_auth=False,
                kbdint_auth=False,
                agent_forwarding=False,
            )
            await ssh.wait_closed()
        except (OSError, asyncssh.Error):
            pass  # the client left before it was logged in, or was refused: recorded by the session
        finally:
            session.abort()

    def _files(self, channel: asyncssh.SSHServerChannel[bytes]) -> ReadOnlyFiles:
        account = channel.get_extra_info("username")
        folder = self._folder / "files" / account
        reports.lay_out(folder, self._data_centre, account, self._report_day)
        return ReadOnlyFiles(channel, chroot=str(folder).encode())


def _host_key(path: Path) -> asyncssh.SSHKey:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        key = asyncssh.generate_private_key("ssh-ed25519")
        path.touch(mode=0o600)
        key.write_private_key(path)
        key.write_public_key(path.with_suffix(".pub"))
    return asyncssh.read_private_key(path)
