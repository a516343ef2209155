# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to the network, asked from this workstation: service proof, which never changes anything.

A probe says no more than it must to be answered: a DNS question, a TCP connection, a TLS handshake. It never logs on,
but for the one whose only purpose that is (see ``sftp_login``); those come one after the other, after all else. What
the network does is an answer, good or bad; only a probe that cannot be asked at all is refused.
"""

from __future__ import annotations

import os
import secrets
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from typing import Any, Callable, Dict, Iterable, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._services_options import TRIED
from ansible_collections.hkex.drill.plugins.module_utils.model import Answer, Probe, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import dns, host_key, own_resolver
from ansible_collections.hkex.drill.plugins.module_utils.posix.dns import ProbeError

# Threads, so that nobody has to wait for a dead server of others; a drill asks a few dozen questions.
AT_ONCE = 64
_GREETING = 16384  # bytes that a server may say before its SSH banner (RFC 4253, section 4.2, sets no bound)
_BANNER = 255  # bytes of the banner with its line end (RFC 4253, section 4.2)
_OTHER_NAME = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH

Result = Tuple[Tuple[str, ...], str]  # the values of an answer, and what to say about it


def ask(probes: Iterable[Probe]) -> Dict[Probe, Answer]:
    """Ask all of them at once, each within its own ``timeout`` (seconds, for all it does together).

    :raises Refusal: one of them cannot be asked; then none was
    """
    wanted = tuple(dict.fromkeys(probes))
    for probe in wanted:
        _check(probe)
    if not wanted:
        return {}
    logins = [probe for probe in wanted if probe.kind == "sftp"]
    together = [probe for probe in wanted if probe.kind != "sftp"]
    with ThreadPoolExecutor(min(AT_ONCE, len(together)) or 1) as pool:
        answers = dict(zip(together, pool.map(_ask, together)))
    answers.update((probe, _ask(probe)) for probe in logins)
    return answers


def _check(probe: Probe) -> None:
    where = f"probe {probe.kind} of {probe.host}:{probe.port}"
    if probe.kind not in _KINDS:
        raise Refusal(where, f"{probe.kind!r} is no kind of probe", f"Ask one of {', '.join(_KINDS)}")
    own = probe.kind == "resolve"
    try:
        if not own:
            IPv4Address(probe.host)
        if probe.name or own or probe.kind == "dns":
            dns.name(probe.name)
    except ValueError as problem:
        raise Refusal(where, str(problem), "Give the address to ask, and the name to ask for") from None
    if not (own or 1 <= probe.port <= 65535) or not probe.timeout > 0:
        raise Refusal(
            where, "its port or its timeout is out of range", "Give a port of 1 to 65535, some seconds"
        )


def _ask(probe: Probe) -> Answer:
    start = time.monotonic()
    attempt = TRIED[probe.kind].format(name=probe.name)
    try:
        values, said = _KINDS[probe.kind](probe, start + probe.timeout)
        ok = True
    except OSError as problem:
        ok, values, said = False, (), _explained(problem, probe)
    except ProbeError as problem:
        ok, values, said = False, problem.values, str(problem)
    seconds = time.monotonic() - start
    if probe.kind == "resolve":
        return Answer(ok, f"{attempt}: {said}", values, seconds)
    what = f"{attempt} {probe.host}:{probe.port} from {_source(probe)}: {said}"
    return Answer(ok, what, values, seconds)


def _source(probe: Probe) -> str:
    """The address of this workstation that the kernel takes for that host. Sends nothing."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probing:
            probing.connect((probe.host, probe.port))
            return str(probing.getsockname()[0])
    except OSError:
        return "no address"


def _explained(problem: OSError, probe: Probe) -> str:
    if isinstance(problem, socket.timeout):
        return f"no answer in {probe.timeout:g} s"
    if isinstance(problem, ssl.SSLError):
        return f"the handshake failed ({problem.reason or problem})"
    if isinstance(problem, ConnectionRefusedError):
        return "refused"
    if problem.errno is not None:
        return os.strerror(problem.errno).lower()
    return str(problem)


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise socket.timeout
    return seconds


def _connected(probe: Probe, deadline: float) -> socket.socket:
    return socket.create_connection((probe.host, probe.port), _left(deadline))


# ---- the kinds -------------------------------------------------------------------------------------------------


def _tcp(probe: Probe, deadline: float) -> Result:
    with _connected(probe, deadline):
        return (), "connected"


def _dns(probe: Probe, deadline: float) -> Result:
    """Ask twice if need be, as resolvers do. The connected socket takes datagrams from that server alone."""
    ident = secrets.randbelow(1 << 16)
    question = dns.encode(ident, probe.name)
    first = deadline - probe.timeout / 2
    stray = ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.connect((probe.host, probe.port))
        for until in (first, deadline):
            server.send(question)
            while True:
                try:
                    server.settimeout(_left(until))
                    reply = dns.decode(server.recv(1 << 16), ident, probe.name)
                except socket.timeout:
                    break
                except ProbeError as problem:
                    stray = f"; what came was {problem}"
                else:
                    return _resolved(reply, probe)
    raise ProbeError(f"no answer in {probe.timeout:g} s{stray}")


def _resolved(reply: dns.Reply, probe: Probe) -> Result:
    cut = ", and the answer was truncated" if reply.truncated else ""
    if reply.rcode != dns.NO_ERROR:
        raise ProbeError(f"the server answered {dns.RCODES.get(reply.rcode, reply.rcode)}{cut}")
    if not reply.addresses:
        raise ProbeError(f"the server knows no IPv4 address of {probe.name}{cut}")
    return reply.addresses, ", ".join(reply.addresses) + cut


def _ssh(probe: Probe, deadline: float) -> Result:
    """Read up to the server's identification; it may say other lines before (RFC 4253, section 4.2)."""
    heard = b""
    with _connected(probe, deadline) as server:
        while len(heard) <= _GREETING:
            *lines, begun = heard.split(b"\n")
            for line in lines:
                if line.startswith(b"SSH-"):
                    return _identified(line)
            if begun.startswith(b"SSH-") and len(begun) > _BANNER:
                break
            server.settimeout(_left(deadline))
            more = server.recv(4096)
            if not more:
                raise ProbeError("connected, but it was closed before an SSH banner came")
            heard += more
    raise ProbeError("connected, but no SSH banner came in what the server said")


def _identified(line: bytes) -> Result:
    banner = _printable(line.rstrip(b"\r").decode("latin-1"))
    if not banner.startswith(("SSH-2.0-", "SSH-1.99-")):
        raise ProbeError(f"the server does not speak SSH 2 but says {banner}")
    return (banner,), banner


def _printable(text: str) -> str:
    """Server's words, fit for a terminal."""
    return "".join(sign if " " <= sign <= "~" else "?" for sign in text)


def _https(probe: Probe, deadline: float) -> Result:
    try:
        context = ssl.create_default_context()
        if probe.ca:
            context.load_verify_locations(probe.ca)
    except OSError as problem:
        raise ProbeError(f"the certificate authority {probe.ca} cannot be read ({problem})") from None
    try:
        certificate = _handshake(probe, deadline, context)
    except ssl.SSLCertVerificationError as problem:
        if problem.verify_code not in _OTHER_NAME:
            raise ProbeError(f"the certificate is not trusted ({problem.verify_message})") from None
        # A refused certificate is not shown; a second handshake, without its name, is.
        context.check_hostname = False
        other = ", ".join(_names(_handshake(probe, deadline, context))) or "no name"
        raise ProbeError(f"the certificate is for {other}, not for {probe.name or probe.host}") from None
    expiry = time.gmtime(ssl.cert_time_to_seconds(certificate["notAfter"]))
    names = _names(certificate)
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", expiry)
    return (*names, f"until {until}"), f"the certificate is for {', '.join(names)}, until {until}"


def _handshake(probe: Probe, deadline: float, context: ssl.SSLContext) -> Dict[str, Any]:
    with _connected(probe, deadline) as plain:
        plain.settimeout(_left(deadline))
        with context.wrap_socket(plain, server_hostname=probe.name or probe.host) as server:
            return server.getpeercert() or {}


def _names(certificate: Dict[str, Any]) -> Tuple[str, ...]:
    return tuple(_printable(value) for _kind, value in certificate.get("subjectAltName", ()))


def _resolve(probe: Probe, deadline: float) -> Result:
    addresses = own_resolver.addresses(probe.name, _left(deadline))
    return addresses, ", ".join(addresses)


def _host_key(probe: Probe, deadline: float) -> Result:
    keys = host_key.keys(probe.host, probe.port, _left(deadline))
    return keys, f"it has {', '.join(key.split()[0] for key in keys)}"


def _sftp(probe: Probe, _deadline: float) -> Result:
    # Imported here: nearly nobody asks for it.
    from ansible_collections.hkex.drill.plugins.module_utils.posix import sftp_login

    if probe.login is None:
        raise ProbeError("no account is named")
    return sftp_login.login(probe.host, probe.port, probe.login, probe.timeout)


_KINDS: Dict[str, Callable[[Probe, float], Result]] = {
    "dns": _dns,
    "tcp": _tcp,
    "ssh": _ssh,
    "https": _https,
    "resolve": _resolve,
    "host_key": _host_key,
    "sftp": _sftp,
}
