# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is there: Basic over TLS, and NTLM (alone or within SPNEGO) with message encryption ([MS-WSMV] 2.2.9.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path

import spnego
from spnego.channel_bindings import GssChannelBindings

NTLM = b"NTLMSSP\0"
SOAP = "application/soap+xml;charset=UTF-8"
SEALED = "application/HTTP-SPNEGO-session-encrypted"
BOUNDARY = b"--Encrypted Boundary"
OCTETS = b"\tContent-Type: application/octet-stream\r\n"
STORE = "NTLM_USER_FILE"  # where pyspnego's acceptor looks for accounts: the environment only
_ENVIRONMENT = threading.Lock()


class NotSealed(Exception):
    """A body that should be an encrypted message and is not."""


@dataclass(frozen=True)
class Account:
    """The one account of the fleet; the password is made anew for every run."""

    user: str = "drill-admin"
    password: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)

    def keep(self, path: Path) -> None:
        """Write it where the NTLM acceptor reads it, for the owner only."""
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(f":{self.user}:{self.password}\n")

    def admits(self, encoded: str) -> bool:
        """Whether the credentials of a Basic header are the account's."""
        try:
            given = base64.b64decode(encoded, validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(given, f"{self.user}:{self.password}".encode())


@dataclass(frozen=True)
class Gate:
    """What every connection of a server is held against.

    ``certificate``: the server's own in DER, which a client's NTLM answer must be bound to; None without TLS. Then
    Basic is refused and messages must be encrypted, as by Windows' defaults.
    """

    account: Account
    store: Path
    certificate: bytes | None

    @property
    def offers(self) -> list[str]:
        return ["Negotiate", 'Basic realm="WSMAN"'] if self.certificate else ["Negotiate"]


class Login:
    """The authentication of one connection: NTLM holds for the connection, Basic for one request."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._context: spnego.ContextProxy | None = None

    @property
    def sealing(self) -> bool:
        """Whether this connection has the keys for encrypted messages."""
        return self._context is not None and self._context.complete

    def step(self, header: str) -> tuple[bool, list[str]]:
        """One request's Authorization header.

        :return: whether the client may go on, and the WWW-Authenticate headers to answer with
        """
        scheme, _, token = header.partition(" ")
        if not header and self.sealing:
            return True, []
        if scheme.lower() == "basic" and self._gate.certificate and self._gate.account.admits(token):
            return True, []
        if token and scheme.lower() in ("negotiate", "ntlm"):
            return self._negotiate(scheme, token)
        return False, self._gate.offers

    def forget(self) -> list[str]:
        """Refuse this client; what is on offer."""
        self._context = None
        return self._gate.offers

    def _negotiate(self, scheme: str, token: str) -> tuple[bool, list[str]]:
        try:
            given = base64.b64decode(token, validate=True)
            out = self._accept(given)
        except (spnego.exceptions.SpnegoError, LookupError, ValueError, struct.error):
            return False, self.forget()
        answer = [f"{scheme} {base64.b64encode(out).decode()}"] if out else []
        return self.sealing, answer

    def _accept(self, token: bytes) -> bytes | None:
        with _ENVIRONMENT:
            before = os.environ.get(STORE)
            os.environ[STORE] = str(self._gate.store)
            try:
                if self._context is None or self._context.complete:
                    self._context = self._acceptor(token.startswith(NTLM))
                return self._context.step(token)
            finally:
                if before is None:
                    del os.environ[STORE]
                else:
                    os.environ[STORE] = before

    def _acceptor(self, bare: bool) -> spnego.ContextProxy:
        """For NTLM alone (``bare``) or within SPNEGO."""
        options = spnego.NegotiateOptions
        return spnego.server(
            protocol="ntlm" if bare else "negotiate",
            options=options.use_ntlm if bare else options.use_negotiate,
            channel_bindings=_bindings(self._gate.certificate),
        )

    def unseal(self, body: bytes) -> bytes:
        """The message in an encrypted body.

        :raises NotSealed: it is none, or not of this connection
        """
        start, end = body.find(OCTETS), body.rfind(BOUNDARY + b"--")
        if self._context is None or start < 0 or end < 0:
            raise NotSealed
        data = body[start + len(OCTETS) : end]
        try:
            (length,) = struct.unpack_from("<I", data)
            return self._context.unwrap_winrm(data[4 : 4 + length], data[4 + length :])
        except (spnego.exceptions.SpnegoError, struct.error) as error:
            raise NotSealed from error

    def seal(self, message: bytes) -> tuple[str, bytes]:
        """The content type and the encrypted body of a message."""
        if self._context is None:
            raise NotSealed
        header, data, padding = self._context.wrap_winrm(message)
        length = len(message) + padding
        body = b"\r\n".join(
            [
                BOUNDARY,
                f"\tContent-Type: {SEALED}".encode(),
                f"\tOriginalContent: type={SOAP};Length={length}".encode(),
                BOUNDARY,
                OCTETS + struct.pack("<I", len(header)) + header + data + BOUNDARY + b"--\r\n",
            ]
        )
        return f'multipart/encrypted;protocol="{SEALED}";boundary="Encrypted Boundary"', body


def _bindings(certificate: bytes | None) -> GssChannelBindings | None:
    """RFC 5929, tls-server-end-point, for a certificate signed with SHA-256."""
    if certificate is None:
        return None
    return GssChannelBindings(
        application_data=b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    )
