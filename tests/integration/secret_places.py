# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets of one run, planted wherever SFTP clients keep theirs, and a search that knows their disguises."""

from __future__ import annotations

import random
import re
import sqlite3
import string
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.integration.play import PORT
from tests.lab.windows.simulation import SimulatedMachine
from tests.lab.windows.volume import WindowsFile
from tests.unit.filezilla_person import FIXTURES, NAMES

HERE = "127.243.2.51"  # RAP's address at the primary data centre
SITES, SETTINGS, RECENT, QUEUE = NAMES
SIGNS = string.ascii_letters + string.digits
ODD = ("/+", " <", "&%", '"é', "")  # between random parts, so that no two secrets share a piece
PIECE = 16  # bytes: what is as long as this cannot be somewhere by chance

# ---- the search ------------------------------------------------------------------------------------------------------


def in_base64(content: bytes) -> Iterator[bytes]:
    """The base64 of something that has these bytes at any place: the letters that they alone decide."""
    for before in range(3):
        first = -(-before * 4 // 3)
        whole = (before + len(content)) * 8 // 6
        yield b64encode(b"\0" * before + content)[first:whole]


def disguises(secret: str) -> Iterator[bytes]:
    """How a secret looks in a client's file, and how output or a file of ours would show that."""
    for stored in (secret.encode(), b64encode(secret.encode())):
        yield from (stored, stored.hex().encode(), stored.hex().upper().encode(), *in_base64(stored))
        for once in in_base64(stored):  # the answer of a workstation, in a message that carries it so
            yield from in_base64(once)
    wide = secret.encode("utf-16-le")  # FileZilla's queue, and what PowerShell is given as a command
    yield from (wide, *in_base64(wide))
    yield from (quote(secret, safe="").encode(), escape(secret).encode(), secret.encode("unicode_escape"))


@dataclass
class Secrets:
    """All that were made, by where they were planted.

    ``_shown`` leads from every stretch of ``PIECE`` bytes of every disguise to that place. So it is enough to look at
    each ``PIECE``-th byte of something, and twice that much of a secret cannot be there unseen.
    """

    planted: dict[str, str] = field(default_factory=dict)
    _shown: dict[bytes, str] = field(default_factory=dict, repr=False)

    def new(self, place: str) -> str:
        """A secret with signs that XML, JSON, URLs and code pages each write in their own way."""
        parts = ("".join(random.SystemRandom().choices(SIGNS, k=10)) for _part in range(5))
        return self._plant(place, "".join(f"{part}{odd}" for part, odd in zip(parts, ODD, strict=True)))

    def opaque(self, place: str) -> str:
        """What is encrypted already: it is as secret, where the key is the same for everybody."""
        return self._plant(place, "".join(random.SystemRandom().choices(SIGNS, k=64)))

    def _plant(self, place: str, secret: str) -> str:
        assert place not in self.planted
        self.planted[place] = secret
        for shown in disguises(secret):
            self._shown.update((shown[at : at + PIECE], place) for at in range(len(shown) - PIECE + 1))
        return secret

    def within(self, content: bytes) -> set[str]:
        """Where those were planted that stand in something."""
        ends = range(0, len(content), PIECE)
        return {self._shown[piece] for at in ends if (piece := content[at : at + PIECE]) in self._shown}

    def below(self, folder: Path, but: Callable[[Path], bool] = lambda path: False) -> dict[str, set[str]]:
        """The files below a folder in which some stand, or in whose names."""
        found: dict[str, set[str]] = {}
        for path in folder.rglob("*"):
            name = str(path.relative_to(folder))
            told = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            if not but(path) and (here := self.within(told) | self.within(name.encode())):
                found[name] = here
        return found


# ---- the places ------------------------------------------------------------------------------------------------------


def filezilla(secrets: Secrets, whose: str) -> dict[str, bytes]:
    """What the real program wrote, about the sandbox's RAP, each password a new one in one of the forms it may have."""
    files = {name: (FIXTURES / name).read_bytes() for name in NAMES}
    for name in (SITES, SETTINGS, RECENT):
        text = re.sub(r"<Host>127\.2\.2\.14<", f"<Host>{HERE}<", files[name].decode())
        text = text.replace("<Port>18801<", f"<Port>{PORT + 2}<")
        files[name] = _passwords(secrets, f"{whose} {name}", text).encode()
    one = f"<Host>{HERE}</Host><Port>{PORT + 2}</Port><Protocol>1</Protocol><Keyfile>/srv/rap.ppk</Keyfile>"
    note = escape(secrets.new(f"{whose} {SITES} Comments"))
    last = base64_pass(secrets.new(f"{whose} {SITES} Pass as the last that a limit follows"))
    site = f"<Server>{one}<Comments>{note}</Comments><User>C12345001</User>{last}</Server></Servers>"
    files[SITES] = files[SITES].replace(b"</Servers>", site.encode())
    for setting in ("FTP Proxy password", "Proxy password", "Master password encryptor"):
        filled = f'<Setting name="{setting}">{escape(secrets.new(f"{whose} {SETTINGS} {setting}"))}</Setting>'
        empty = f'<Setting name="{setting}" />'.encode()
        assert empty in files[SETTINGS]
        files[SETTINGS] = files[SETTINGS].replace(empty, filled.encode())
    return {**files, QUEUE: _queue(secrets, f"{whose} {QUEUE}", files[QUEUE])}


def base64_pass(secret: str) -> str:
    """The element as FileZilla writes it."""
    return f'<Pass encoding="base64">{b64encode(secret.encode()).decode()}</Pass>'


def _passwords(secrets: Secrets, whose: str, text: str) -> str:
    """Give each site a password of its own: as releases of today write it, as old ones did, under a master password."""
    count = 0

    def one(found: re.Match[str]) -> str:
        nonlocal count
        place = f"{whose} Pass {count}"
        count += 1
        if count % 3 == 2:
            return f"<Pass>{escape(secrets.new(place))}</Pass>"
        if count % 3 == 0:
            return f'<Pass encoding="crypt" pubkey="{"A" * 43}=">{secrets.opaque(place)}</Pass>'
        return base64_pass(secrets.new(place))

    text = re.sub(r"<Pass [^>]*>[^<]*</Pass>", one, text)
    assert count
    return text


def _queue(secrets: Secrets, whose: str, content: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        for (row,) in connection.execute("SELECT id FROM servers").fetchall():
            connection.execute(
                "UPDATE servers SET password = ?, account = ?, post_login_commands = ? WHERE id = ?",
                (
                    *(secrets.new(f"{whose} {column} {row}") for column in ("password", "account", "post")),
                    row,
                ),
            )
        connection.execute("UPDATE servers SET host = ? WHERE host = '127.2.2.14'", (HERE,))
        connection.execute("UPDATE servers SET port = ? WHERE port = 18801", (PORT + 2,))
        connection.commit()
        return bytes(connection.serialize())


def plant_posix(secrets: Secrets, whose: str, settings: Path) -> None:
    """FileZilla, OpenSSH, lftp and CrossFTP in a folder of settings."""
    files = filezilla(secrets, whose)

    def new(place: str) -> str:
        return secrets.new(f"{whose} {place}")

    files["config"] = (
        f"# {new('OpenSSH comment')}\nHost rap # {new('OpenSSH comment beside')}\n\tHostName {HERE}\n"
        f"\tPort {PORT + 2}\n\t# {new('OpenSSH comment inside')}\n"
        f"\tProxyCommand sshpass -p '{new('OpenSSH ProxyCommand')}' nc %h %p\n"
    ).encode()
    key = new("private key")
    files[".ssh/id_ed25519"] = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{key}\n".encode()
    address = f"{HERE}:{PORT + 2}"
    bookmark = f"rap\tsftp://C12345001:{quote(new('lftp bookmark'), safe='')}@{address}/\n"
    files[".local/share/lftp/bookmarks"] = bookmark.encode()
    files[".lftprc"] = f"open -u C12345001,'{new('lftp rc')}' sftp://{address}\n".encode()
    files[".crossftp/sites.xml"] = crossftp(secrets, whose)
    for name, content in files.items():
        path = settings / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)


def crossftp(secrets: Secrets, whose: str) -> bytes:
    """Its list of sites."""
    secret = escape(secrets.new(f"{whose} CrossFTP"), {'"': "&quot;"})
    return f'<sites><site name="rap" hName="{HERE}" port="{PORT + 2}" pWord="{secret}" /></sites>'.encode()


ROAMING = "AppData\\Roaming\\"
WINSCP = "Software\\Martin Prikryl\\WinSCP 2"
# Beside a login by key WinSCP keeps these, which do not depend on the host.
BESIDE = ("ProxyPassword", "ProxyPasswordEnc", "TunnelPassword", "TunnelPasswordPlain", "TunnelPassphrase")
WITH_HOST = ("Password", "PasswordPlain", "NewPassword", "EncryptKey")


def plant_windows(secrets: Secrets, box: SimulatedMachine, waits: bool) -> None:
    """Every client for two people: chan's WinSCP in the registry, li's in an ini file.

    :param waits: WinSCP keeps passwords with RAP's address, so that all waits for a person
    """
    box.registry.profiles = []
    for number, name in enumerate(("chan", "li"), 1001):
        whose, sid, home = f"{box.name} {name}", f"S-1-5-21-1-2-3-{number}", rf"C:\Users\{name}"
        person = {"sid": sid, "folder": home, "loaded": name == "chan", "proxy": "", "bypass": "", "pac": ""}
        box.registry.profiles.append(person)
        files = {f"{ROAMING}FileZilla\\{file}": text for file, text in filezilla(secrets, whose).items()}
        for path in ("Cyberduck\\cyberduck.user.config", "GlobalSCAPE\\CuteFTP\\9.0\\sm.dat"):
            files[ROAMING + path] = secrets.new(f"{whose} {path}").encode()
        files[".crossftp\\sites.xml"] = crossftp(secrets, whose)
        files[".ssh\\config"] = (
            f"Host rap\r\n HostName {HERE}\r\n Port {PORT + 2}\r\n # {secrets.new(whose + ' ssh')}\r\n".encode()
        )
        core = rf"HKU\{sid}\Software\FTPWare\CoreFTP\Sites\Site0"
        for value, data in (
            ("Host", HERE),
            ("Port", str(PORT + 2)),
            ("PW", secrets.new(f"{whose} Core FTP")),
        ):
            box.registry.write(core, value, {"kind": "String", "data": data})
        box.registry.write(
            rf"HKU\{sid}\Software\Bitvise\Profile",
            "Secret",
            {"kind": "String", "data": secrets.new(f"{whose} Bitvise")},
        )
        sections = winscp(secrets, whose, waits)
        if name == "chan":
            for section, values in sections.items():
                for value, text in values.items():
                    told: dict[str, str | int] = {"kind": "String", "data": text}
                    if text.isdigit() and value.startswith(("Port", "FS")):
                        told = {"kind": "DWord", "data": int(text)}
                    box.registry.write(rf"HKU\{sid}\{WINSCP}\{section}", value, told)
        else:
            files[ROAMING + "WinSCP.ini"] = ini(sections)
        for path, content in files.items():
            box.volume.folders[rf"{home}\{path}".rpartition("\\")[0].lower()] = ""
            box.put(rf"{home}\{path}", WindowsFile(content))


def winscp(secrets: Secrets, whose: str, waits: bool) -> dict[str, dict[str, str]]:
    """RAP by key behind a proxy and a tunnel with passwords, another server by password."""
    server = {"UserName": "C12345001", "PortNumber": str(PORT + 2), "FSProtocol": "2"}

    def hidden(site: str, names: tuple[str, ...]) -> dict[str, str]:
        return {
            name: (secrets.new if name.endswith("Plain") else secrets.opaque)(f"{whose} WinSCP {site} {name}")
            for name in names
        }

    rap = (*BESIDE, *WITH_HOST) if waits else BESIDE
    return {
        "Configuration\\Security": hidden("security", ("MasterPasswordVerifier",)),
        "Sessions\\RAP": {"HostName": HERE, **server, **hidden("RAP", rap)},
        "Sessions\\Other": {"HostName": "192.0.2.9", **server, **hidden("Other", (*BESIDE, *WITH_HOST))},
    }


def ini(sections: dict[str, dict[str, str]]) -> bytes:
    """As WinSCP writes it: values with what is not plain as %XX."""
    lines = []
    for section, values in sections.items():
        lines.append(f"[{section}]")
        lines += [f"{name}={quote(text, safe=' /+')}" for name, text in values.items()]
    return "\r\n".join(["\ufeff" + lines[0], *lines[1:], ""]).encode()
