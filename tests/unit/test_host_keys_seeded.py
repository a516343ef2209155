# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host keys in each client's own store: what was verified is added, what stands there stays, nothing else is done."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    POSIX,
    WARNING,
    WINDOWS,
    Assign,
    File,
    Finding,
    Key,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import filezilla, openssh, winscp
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import HostKey
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Client, Move, Part, Wish
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.host_keys import ED25519, KEYS, OTHER, RSA

OLD, NEW, PORT = "10.243.2.141", "10.243.66.141", 18801
CHAN = Profile("1001", "/home/chan", name="chan")
WONG = Profile("S-1-5-21-1", r"C:\Users\wong", name="wong")
AT = f"@{PORT}:{NEW}"


def wish(*keys: HostKey, **others: Any) -> Wish:
    return Wish(1, (Move(frozenset({(OLD, PORT), (NEW, PORT)}), NEW, PORT, keys),), **others)


class World:
    """A workstation with these files and values of the registry, and no others."""

    def __init__(
        self,
        client: Client,
        person: Profile,
        files: Mapping[str, bytes],
        keys: Mapping[str, Any] | None = None,
    ) -> None:
        self.client, self.person = client, person
        self.files, self.keys = dict(files), dict(keys or {})
        self.nowhere: set[str] = set()

    def seen(self, asked: Wish) -> Seen:
        seen = Seen(WINDOWS if self.person is WONG else POSIX)
        for _round in range(5):
            more = self.client.look(asked, self.person, seen).without(seen)
            if not more:
                return seen
            files = {path: File(self.files[path]) if path in self.files else None for path in more.files}
            newer = Seen(seen.system, files=files, keys={place: self.keys.get(place) for place in more.keys})
            seen = seen.update(newer._replace(nowhere=frozenset(self.nowhere & set(more.files))))
        raise AssertionError("it asks without end")

    def plan(self, asked: Wish) -> Part:
        return self.client.plan(asked, self.person, self.seen(asked))

    def after(self, asked: Wish) -> World:
        """The same with the edits made; they are checked to be all that is needed."""
        seen = self.seen(asked)
        made = apply(seen, self.client.plan(asked, self.person, seen).edits)
        assert self.client.plan(asked, self.person, made).edits == ()  # twice is once
        files = {path: file.content for path, file in made.files.items() if file is not None}
        new = World(self.client, self.person, files, self.keys)
        new.nowhere = self.nowhere
        for key, value in made.settings.items():
            below = {**(new.keys.get(key.place) or {})}
            below[""] = {**below.get("", {}), key.name: value}
            new.keys[key.place] = below
        return new


def told(part: Part, about: str = "host key") -> list[tuple[str, str]]:
    """Level and place of what is said of host keys."""
    return [(each.level, each.where) for each in part.findings if about in each.what + each.remedy]


# ---- FileZilla up to 3.69: PuTTY's store -----------------------------------------------------------------------------

FZ = "/home/chan/.config/filezilla/"
PUTTY = "/home/chan/.putty/sshhostkeys"
XDG = "/home/chan/.config/putty/sshhostkeys"
SERVER = f"<Server><Host>{OLD}</Host><Port>{PORT}</Port><Protocol>1</Protocol></Server>"
KEPT = f"rsa2@22:example 0x10001,0x5\nssh-ed25519@{PORT}:{OLD} 0x1,0x2\n".encode()
LINE = f"ssh-ed25519{AT} {ED25519.putty}\n".encode()


def fz(
    version: str = "3.63.0", *, server: str = SERVER, folder: str = FZ, **files: bytes
) -> dict[str, bytes]:
    slash = "" if folder.endswith(("/", "\\")) else "\\"
    return {
        f"{folder}{slash}sitemanager.xml": f"<FileZilla3><Servers>{server}</Servers></FileZilla3>".encode(),
        f"{folder}{slash}filezilla.xml": f'<FileZilla3 version="{version}"><Settings/></FileZilla3>'.encode(),
        **{f"{folder}{slash}{name}.xml": content for name, content in files.items()},
    }


def putty(content: bytes | None, path: str = PUTTY) -> World:
    world = World(filezilla.CLIENT, CHAN, {**fz(), **({} if content is None else {path: content})})
    world.nowhere = {XDG} if path == PUTTY else set()
    return world


def test_filezilla_remembers_a_verified_key_as_putty_does() -> None:
    after = putty(KEPT).after(wish(ED25519, RSA))
    assert after.files[PUTTY] == KEPT + LINE + f"rsa2{AT} {RSA.putty}\n".encode()
    assert not told(putty(KEPT).plan(wish(ED25519, RSA)))


def test_puttys_file_is_made_where_its_folder_is_and_its_newer_folder_goes_first() -> None:
    assert putty(None).after(wish(ED25519)).files[PUTTY] == LINE
    assert putty(KEPT, XDG).after(wish(ED25519)).files[XDG] == KEPT + LINE
    nowhere = putty(None)
    nowhere.nowhere = {PUTTY, XDG}
    part = nowhere.plan(wish(ED25519))
    assert told(part) == [(WARNING, "/home/chan/.putty")]
    assert ED25519.fingerprint in part.findings[0].remedy
    assert all("putty" not in getattr(edit, "path", "") for edit in part.edits) and part.edits
    assert told(nowhere.plan(wish())) == [(INFO, "/home/chan/.putty")]


def test_another_key_is_never_replaced_and_the_same_is_not_added_again() -> None:
    same = putty(KEPT + LINE)
    assert same.after(wish(ED25519)).files[PUTTY] == KEPT + LINE and not told(same.plan(wish(ED25519)))
    other = putty(LINE)
    part = other.plan(wish(OTHER))
    assert other.after(wish(OTHER)).files[PUTTY] == LINE
    ((level, where),) = told(part, "another ssh-ed25519 key")
    assert (level, where) == (WARNING, PUTTY) and OTHER.fingerprint in part.findings[0].what
    assert "compare both with what the exchange published" in part.findings[0].remedy.lower()


def test_putty_reads_no_carriage_return() -> None:
    """plink 0.78 took a key before one for another key."""
    crlf = putty(KEPT.replace(b"\n", b"\r\n"))
    assert crlf.after(wish(ED25519)).files[PUTTY] == crlf.files[PUTTY] + LINE
    same = putty(LINE.replace(b"\n", b"\r\n"))
    assert told(same.plan(wish(ED25519)), "another") == [(WARNING, PUTTY)]


def test_an_address_that_only_begins_so_is_another_one() -> None:
    content = f"ssh-ed25519@{PORT}:{NEW}1 0x1,0x2\nssh-ed25519@1{PORT}:{NEW} 0x1,0x2\n".encode()
    assert putty(content).after(wish(ED25519)).files[PUTTY] == content + LINE


def test_of_who_has_no_place_that_leads_there_no_store_is_touched() -> None:
    elsewhere = SERVER.replace(OLD, "10.243.2.14")
    world = World(filezilla.CLIENT, CHAN, {**fz(server=elsewhere), PUTTY: KEPT})
    assert world.plan(wish(ED25519)) == Part(version="3.63.0")
    nobody = World(filezilla.CLIENT, CHAN, {PUTTY: KEPT})
    assert nobody.plan(wish(ED25519)) == Part()


def test_without_a_key_it_is_said_once_that_filezilla_will_ask() -> None:
    world = putty(KEPT)
    assert told(world.plan(wish())) == [(INFO, PUTTY)]
    after = world.after(wish())
    assert after.files[PUTTY] == KEPT and not told(after.plan(wish()))  # it has moved, and has asked
    assert not told(putty(KEPT + LINE).plan(wish()))


def test_in_windows_it_is_a_value_of_the_persons_registry() -> None:
    place = r"HKU\S-1-5-21-1\Software\SimonTatham\PuTTY\SshHostKeys"
    files = fz(folder=r"C:\Users\wong\AppData\Roaming\FileZilla")
    setting = Key("registry", place, "ssh-ed25519" + AT)
    stored = {"kind": "String", "data": ED25519.putty}
    for there in (None, {"": {"rsa2@22:x": {"kind": "String", "data": "0x1,0x2"}}}):
        world = World(filezilla.CLIENT, WONG, files, {place: there})
        assert Assign(setting, None, stored) in world.plan(wish(ED25519)).edits
        after = world.after(wish(ED25519))
        assert after.keys[place][""]["ssh-ed25519" + AT] == stored
        assert not [edit for edit in after.plan(wish(OTHER)).edits if isinstance(edit, Assign)]
        assert told(after.plan(wish(OTHER)), "another") == [(WARNING, place)]
        assert told(world.plan(wish())) == [(INFO, place)]


# ---- FileZilla from 3.70 on ------------------------------------------------------------------------------------------

OWN = f"""<?xml version="1.0"?>\r
<FileZilla3 version="3.70.1">\r
\t<Server Host="example" Port="22">\r
\t\t<Hostkey>{RSA.base64}</Hostkey>\r
\t</Server>\r
</FileZilla3>\r
""".encode()


def own(content: bytes | None = OWN, version: str = "3.70.1") -> World:
    more: dict[str, Any] = {} if content is None else {"hostkeys": content}
    return World(filezilla.CLIENT, CHAN, {**fz(version, **more), PUTTY: KEPT})


def test_from_3_70_on_filezilla_has_a_store_of_its_own() -> None:
    after = own().after(wish(ED25519))
    new = f'\t<Server Host="{NEW}" Port="{PORT}"><Hostkey>{ED25519.base64}</Hostkey></Server>\r\n'
    assert after.files[FZ + "hostkeys.xml"] == OWN.replace(b"</FileZilla3>", new.encode() + b"</FileZilla3>")
    assert after.files[PUTTY] == KEPT
    both = after.after(wish(ED25519, RSA)).files[FZ + "hostkeys.xml"].decode()
    assert f"{ED25519.base64}</Hostkey><Hostkey>{RSA.base64}</Hostkey></Server>" in both
    assert told(after.plan(wish(OTHER)), "another") == [(WARNING, FZ + "hostkeys.xml")]
    assert not told(own().after(wish(ED25519)).plan(wish()))
    assert told(own().plan(wish())) == [(INFO, FZ + "hostkeys.xml")]


@pytest.mark.parametrize("content", [None, b"<FileZilla3><Server", b"\xff\xfe<", b"<other/>"])
def test_without_a_whole_store_of_its_own_nothing_is_written_and_it_is_said(content: bytes | None) -> None:
    world = own(content)
    after = world.after(wish(ED25519))
    assert after.files.get(FZ + "hostkeys.xml") == content and after.files[PUTTY] == KEPT
    assert [each.level for each in world.plan(wish(ED25519)).findings if "hostkeys.xml" in each.where] == [
        WARNING
    ]


@pytest.mark.parametrize("version", ["", "unknown", "4"])
def test_a_release_that_is_not_known_is_left_to_people(version: str) -> None:
    assert told(own(version=version).plan(wish(ED25519))) == [(WARNING, FZ[:-1])]
    assert not told(own(version=version).plan(wish()))


def test_a_portable_filezilla_has_its_own_store_or_none_that_is_known() -> None:
    portable = {"config_dir": "/srv/fz"}
    files = {path.replace(FZ, "/srv/fz/"): content for path, content in own().files.items()}
    after = World(filezilla.CLIENT, Profile("", "/srv/fz"), files).after(wish(ED25519, **portable))
    assert ED25519.base64 in after.files["/srv/fz/hostkeys.xml"].decode()
    files = {path.replace(FZ, "/srv/fz/"): content for path, content in fz().items()}
    old = World(filezilla.CLIENT, Profile("", "/srv/fz"), files)
    assert told(old.plan(wish(ED25519, **portable))) == [(WARNING, "/srv/fz")]


# ---- WinSCP ----------------------------------------------------------------------------------------------------------

INI = r"C:\Users\wong\AppData\Roaming\WinSCP.ini"
TOP = r"HKU\S-1-5-21-1\Software\Martin Prikryl\WinSCP 2"
WINSCP = f"[Sessions\\RAP]\r\nHostName={OLD}\r\nPortNumber={PORT}\r\n"


def test_winscps_ini_file_gets_a_section_of_keys_or_a_line_in_it() -> None:
    line = f"ssh-ed25519{AT}={ED25519.putty}\r\n"
    after = World(winscp.CLIENT, WONG, {INI: WINSCP.encode()}).after(wish(ED25519)).files[INI].decode()
    assert f"[SshHostKeys]\r\n{line}\r\n" in after
    there = "[SshHostKeys]\r\nrsa2@22:example=0x10001,0x5\r\n\r\n"
    world = World(winscp.CLIENT, WONG, {INI: (there + WINSCP).encode()})
    assert world.after(wish(ED25519)).files[INI].decode().startswith(there.strip() + "\r\n" + line + "\r\n")
    where = f"{INI}, SshHostKeys"
    assert told(world.plan(wish())) == [(INFO, where)]
    assert told(world.after(wish(ED25519)).plan(wish(OTHER)), "another") == [(WARNING, where)]


@pytest.mark.parametrize("stored", [ED25519.putty, f"0x1,0x2;{ED25519.putty}", ED25519.fingerprint[7:]])
def test_winscp_takes_any_of_several_and_a_fingerprint(stored: str) -> None:
    content = f"[SshHostKeys]\r\nssh-ed25519{AT}={stored}\r\n{WINSCP}".encode()
    world = World(winscp.CLIENT, WONG, {INI: content})
    assert not told(world.plan(wish(ED25519)), "another")
    assert f"{AT}={stored}\r\n" in world.after(wish(ED25519)).files[INI].decode()


def test_winscps_registry_gets_a_value() -> None:
    string = {"kind": "String", "data": OLD}
    tree = {r"Sessions\RAP": {"HostName": string, "PortNumber": {"kind": "DWord", "data": PORT}}}
    world = World(winscp.CLIENT, WONG, {}, {TOP: tree})
    setting = Key("registry", TOP + r"\SshHostKeys", "ssh-ed25519" + AT)
    edits = world.plan(wish(ED25519)).edits
    assert Assign(setting, None, {"kind": "String", "data": ED25519.putty}) in edits
    tree["SshHostKeys"] = {setting.name: {"kind": "String", "data": "0x1,0x2"}}
    assert setting not in [getattr(edit, "key", None) for edit in world.plan(wish(ED25519)).edits]
    assert told(world.plan(wish(ED25519)), "another") == [(WARNING, f"{TOP}, SshHostKeys")]


def test_a_winscp_site_that_has_to_wait_brings_no_key() -> None:
    locked = World(winscp.CLIENT, WONG, {INI: (WINSCP + "Password=A35C\r\n").encode()})
    assert "SshHostKeys" not in repr(locked.plan(wish(ED25519)))


# ---- OpenSSH ---------------------------------------------------------------------------------------------------------

SSH = "/home/chan/.ssh/"
CONFIG = f"Host rap\n    HostName {OLD}\n    Port {PORT}\n"
KNOWN = f"[{NEW}]:{PORT} ssh-ed25519 {ED25519.base64}\n".encode()


def ssh(known: bytes | None, config: str = CONFIG, everybody: bytes | None = None) -> World:
    files = {
        SSH + "config": config.encode(),
        SSH + "known_hosts": known,
        "/etc/ssh/ssh_known_hosts": everybody,
    }
    return World(openssh.CLIENT, CHAN, {path: text for path, text in files.items() if text is not None})


def hashed(name: str) -> str:
    salt = b"salt"
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return "|1|" + "|".join(base64.b64encode(each).decode() for each in (salt, digest))


@pytest.mark.parametrize(
    ("before", "between"),
    [(b"", b""), (b"# mine\n", b""), (b"example ssh-rsa AAAA", b"\n"), (b"\xff\n", b"")],
)
def test_openssh_gets_a_line(before: bytes, between: bytes) -> None:
    assert ssh(before).after(wish(ED25519)).files[SSH + "known_hosts"] == before + between + KNOWN
    assert told(ssh(before).plan(wish())) == [(INFO, SSH + "known_hosts")]


def test_a_line_ends_as_the_others_do_and_port_22_is_not_said() -> None:
    after = ssh(b"example ssh-rsa AAAA\r\n").after(wish(ED25519)).files[SSH + "known_hosts"]
    assert after.endswith(KNOWN[:-1] + b"\r\n") and after.count(b"\r\n") == 2
    plain = Wish(1, (Move(frozenset({(NEW, 22)}), NEW, 22, (ED25519,)),))
    world = ssh(b"", f"Host rap\n  HostName {NEW}\nHost rap2\n  HostName {NEW}\n")
    line = f"{NEW} ssh-ed25519 {ED25519.base64}\n".encode()
    assert world.after(plain).files[SSH + "known_hosts"] == line


NAME = f"[{NEW}]:{PORT}"


@pytest.mark.parametrize(
    "names",
    [NAME, hashed(NAME), f"x,{NAME},y", "[10.243.*]:18801", f"[10.243.66.14?]:{PORT},!rap", NAME + ",!x"],
)
def test_a_key_that_openssh_has_is_found_under_any_name(names: str) -> None:
    same = f"{names} ssh-ed25519 {ED25519.base64} comment\n".encode()
    assert ssh(same).after(wish(ED25519)).files[SSH + "known_hosts"] == same
    assert not told(ssh(same).plan(wish(ED25519))) and not told(ssh(same).plan(wish()))
    everybodys = ssh(b"", everybody=same)
    assert everybodys.after(wish(ED25519)).files[SSH + "known_hosts"] == b""
    assert ssh(same).after(wish(OTHER)).files[SSH + "known_hosts"] == same
    assert told(ssh(same).plan(wish(OTHER)), "another") == [(WARNING, SSH + "known_hosts")]


@pytest.mark.parametrize(
    "line",
    [
        f"{NEW} ssh-ed25519 {{}}",
        f"[{NEW}]:22 ssh-ed25519 {{}}",
        f"[{NEW}1]:{PORT} ssh-ed25519 {{}}",
        f"*,!{NAME} ssh-ed25519 {{}}",
        f"{hashed('[10.243.2.141]:18801')} ssh-ed25519 {{}}",
        f"# {NAME} ssh-ed25519 {{}}",
        f"@cert-authority {NAME} ssh-ed25519 {{}}",
        f"{NAME} ssh-rsa {{}}",
        f"{NAME} ssh-ed25519",
        "|1|salt|hash ssh-ed25519 {}",
        "|1|é|= ssh-ed25519 {}",
        "|2|c2FsdA==|c2FsdA== ssh-ed25519 {}",
    ],
)
def test_a_line_about_another_server_or_another_type_is_not_it(line: str) -> None:
    before = line.format(OTHER.base64).encode() + b"\n"
    assert ssh(before).after(wish(ED25519)).files[SSH + "known_hosts"] == before + KNOWN


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("    UserKnownHostsFile /srv/known\n", "UserKnownHostsFile is /srv/known"),
        ("    HostKeyAlias rap\n", "HostKeyAlias"),
        ("Host *\n    UserKnownHostsFile none\n", "UserKnownHostsFile is none"),
    ],
)
def test_where_ssh_looks_elsewhere_it_is_left_to_people(more: str, why: str) -> None:
    world = ssh(b"", CONFIG + more)
    part = world.plan(wish(ED25519))
    (finding,) = [each for each in part.findings if "host key" in each.what]
    assert finding.level == WARNING and why in finding.what and ED25519.fingerprint in finding.remedy
    assert world.after(wish(ED25519)).files[SSH + "known_hosts"] == b""
    assert not told(world.plan(wish()))


@pytest.mark.parametrize(
    "path", ["~/.ssh/known_hosts", '"/home/chan/.ssh/known_hosts" ~/x', "%d/.ssh/known_hosts"]
)
def test_the_usual_file_may_be_said(path: str) -> None:
    world = ssh(b"", f"{CONFIG}    UserKnownHostsFile {path}\n")
    assert world.after(wish(ED25519)).files[SSH + "known_hosts"] == KNOWN


@pytest.mark.parametrize("known", [None, "example ssh-rsa AAAA\n".encode("utf-16")])
def test_without_a_readable_file_nothing_is_written_and_it_is_said(known: bytes | None) -> None:
    world = ssh(known)
    assert told(world.plan(wish(ED25519))) == [(WARNING, SSH + "known_hosts")]
    assert world.after(wish(ED25519)).files.get(SSH + "known_hosts") == known


def test_an_alias_that_stays_elsewhere_brings_no_key_and_config_dir_has_no_home() -> None:
    held = ssh(b"", f"Port 22\nHost rap\n  HostName {OLD}\nHostName {OLD}\n")
    moves = (Move(frozenset({(OLD, 22), (NEW, PORT)}), NEW, PORT, (ED25519,)),)
    assert "host key" not in repr(held.plan(Wish(1, moves)))
    files = {"/srv/ssh/config": CONFIG.encode(), "/srv/ssh/known_hosts": b""}
    elsewhere = World(openssh.CLIENT, Profile("", "/srv/ssh"), files)
    (finding,) = elsewhere.plan(wish(ED25519, config_dir="/srv/ssh")).findings
    assert finding.level == WARNING and "config_dir" in finding.what


# ---- whatever stands there -------------------------------------------------------------------------------------------

JUNK = st.binary(max_size=60) | st.lists(
    st.sampled_from(
        [KNOWN, LINE, KEPT, OWN, b"\r\n", NAME.encode(), b" ", b"|1|", b"*", b"\0", b"<Server>", b"\x85"]
    ),
    max_size=8,
).map(b"".join)
GIVEN = st.lists(st.sampled_from(sorted(KEYS)), max_size=3, unique=True).map(
    lambda kinds: [KEYS[each] for each in kinds]
)


@given(JUNK, GIVEN, st.sampled_from(["putty", "own", "ssh"]))
def test_what_stands_there_stays_and_twice_is_once(content: bytes, keys: list[HostKey], store: str) -> None:
    world, path = {
        "putty": (putty(content), PUTTY),
        "own": (own(content), FZ + "hostkeys.xml"),
        "ssh": (ssh(content), SSH + "known_hosts"),
    }[store]
    after = world.after(wish(*keys)).files[path]  # checks that twice is once
    assert after.startswith(content) if store != "own" else len(after) >= len(content)
    if not keys:
        assert after == content


def test_people_without_an_alias_get_nothing_and_are_told_nothing() -> None:
    for config in (None, CONFIG.replace(OLD, "10.243.2.14")):
        world = ssh(b"", config or "")
        assert world.plan(wish(ED25519)) == Part()


def test_findings_are_whole_sentences_with_a_remedy() -> None:
    parts = [putty(LINE).plan(wish(OTHER)), putty(KEPT).plan(wish()), ssh(None).plan(wish(ED25519))]
    for part in parts:
        for finding in part.findings:
            assert isinstance(finding, Finding) and finding.where and finding.what and finding.remedy
