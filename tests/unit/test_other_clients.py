# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that are only found: each by its places, what is said of it, and that nothing of it is ever changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    POSIX,
    WARNING,
    WINDOWS,
    File,
    Profile,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import others
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import (
    Client,
    Move,
    Part,
    Site,
    Wish,
)
from hypothesis import given
from hypothesis import strategies as st

PERSON = {POSIX: Profile("1000", "/home/chan"), WINDOWS: Profile("S-1-5-21-1", r"C:\Users\chan")}
HOME, SOFTWARE, ROAMING = "/home/chan/", "HKU\\S-1-5-21-1\\Software\\", "C:\\Users\\chan\\AppData\\Roaming\\"
CLIENTS = {client.name: client for client in others.clients()}

PRIMARY, SECONDARY = ("10.243.2.141", 18801), ("10.243.66.141", 18802)
KNOWN = frozenset([PRIMARY, SECONDARY])


def wish(to: tuple[str, int], stale: frozenset[str] = frozenset()) -> Wish:
    return Wish(1, (Move(KNOWN, *to),), stale)


def planned(client: Client, asked: Wish, seen: Seen) -> Part:
    return client.plan(asked, PERSON[seen.system], seen)


def string(text: str) -> dict[str, Any]:
    return {"kind": "String", "data": text}


SIGNS = [
    ("cyberduck", WINDOWS, ROAMING + r"Cyberduck\cyberduck.user.config"),
    ("cyberduck", POSIX, HOME + "Library/Preferences/ch.sudo.cyberduck.plist"),
    ("lftp", POSIX, "/etc/lftp.conf"),
    ("lftp", POSIX, HOME + ".lftp/bookmarks"),
    ("bitvise", WINDOWS, SOFTWARE + "Bitvise"),
    ("cuteftp", WINDOWS, ROAMING + r"GlobalSCAPE\CuteFTP\9.0\sm.dat"),
    ("coreftp", WINDOWS, SOFTWARE + r"FTPWare\CoreFTP"),
    ("crossftp", POSIX, HOME + ".crossftp/sites.xml"),
    ("crossftp", WINDOWS, r"C:\Users\chan\.crossftp\sites.xml"),
]


def having(system: str, place: str, content: bytes = b"") -> Seen:
    if place.startswith("HKU"):
        return Seen(system, keys={place: {"": {}}})
    return Seen(system, files={place: File(content)})


@pytest.mark.parametrize(("name", "system", "place"), SIGNS)
def test_each_is_looked_for_and_found_by_its_places_alone(name: str, system: str, place: str) -> None:
    look = CLIENTS[name].look(wish(PRIMARY), PERSON[system], Seen(system))
    assert place in look.files | look.keys
    seen = having(system, place)
    assert {other for other, client in CLIENTS.items() if planned(client, wish(PRIMARY), seen) != Part()} == {
        name
    }
    (finding,) = planned(CLIENTS[name], wish(PRIMARY), seen).findings
    assert (finding.level, finding.where) == (INFO, place)
    assert "not changed from here" in finding.what and "10.243.2.141 port 18801" in finding.remedy


@pytest.mark.parametrize("system", [POSIX, WINDOWS])
def test_where_there_is_none_nothing_is_said(system: str) -> None:
    for client in CLIENTS.values():
        look = client.look(wish(PRIMARY), PERSON[system], Seen(system))
        seen = Seen(system, files=dict.fromkeys(look.files), keys=dict.fromkeys(look.keys))
        assert planned(client, wish(PRIMARY), seen) == Part()
        assert client.look(wish(PRIMARY), PERSON[system], seen) == look
    assert not any(client.look(wish(PRIMARY), PERSON[POSIX], Seen()).keys for client in CLIENTS.values())


def test_every_client_that_is_only_found_is_in_the_table() -> None:
    assert list(CLIENTS) == ["cyberduck", "lftp", "bitvise", "cuteftp", "coreftp", "crossftp"]
    assert not any(client.keeps for client in CLIENTS.values())


def test_of_one_maker_only_the_client_counts() -> None:
    key = SOFTWARE + "GlobalSCAPE"
    cuteftp = CLIENTS["cuteftp"]
    assert cuteftp.look(wish(PRIMARY), PERSON[WINDOWS], Seen(WINDOWS)).keys == frozenset([key])
    other = Seen(WINDOWS, keys={key: {"": {}, "EFT Server": {}}})
    assert planned(cuteftp, wish(PRIMARY), other) == Part()
    mine = Seen(WINDOWS, keys={key: {"": {}, r"CuteFTP 9\Settings": {}}})
    assert [each.where for each in planned(cuteftp, wish(PRIMARY), mine).findings] == [key]


BOOKMARKS = HOME + ".local/share/lftp/bookmarks"


@pytest.mark.parametrize(
    ("line", "level", "sites"),
    [
        (b"rap\tsftp://rap:Hunter2@10.243.2.141:18801/reports", WARNING, [PRIMARY]),
        (b"rap\tsftp://10.243.2.141", WARNING, []),
        (b"rap\tsftp://rap:Hun@ter2@10.243.66.141:18802", INFO, [SECONDARY]),
        (b"rap\tsftp://10.243.2.14:18801/10.243.2.141", INFO, []),
        (b"rap\tsftp://10.243.2.141:22/", INFO, []),
        (b"rap\tftp://10.243.2.141:18801/", INFO, []),
        (b"rap\tsftp://10.243.2.1411:18801/", INFO, []),
        (b"rap\tsftp://10.9.9.9:18801/", WARNING, []),
        (b"rap\tsftp://u:Hun/ss@10.243.2.141:18801", WARNING, [PRIMARY]),
        (b"rap\tsftp://u:Hun/s@s/@10.243.66.141:18802/a", INFO, [SECONDARY]),
        (b"open sftp://10.243.2.141; get x", WARNING, []),
        (b"(open 'sftp://10.243.2.141:18801'; get x)", WARNING, [PRIMARY]),
        (b"open sftp://10.243.2.141:18801;sftp://u@10.243.66.141:18802", WARNING, [PRIMARY, SECONDARY]),
        (b"open sftp://10.243.2.141:18801&& get x", WARNING, [PRIMARY]),
        (b"rap\tSFTP://10.243.2.141.:18801", WARNING, [PRIMARY]),
        (b"rap\tsftp://10.243.2.141-old:18801", INFO, []),
        (b"rap\tsftp://10.243.2.141.example:18801", INFO, []),
        (b"rap\tsftp://10.243.2.141:188011", INFO, []),
        (b"rap\tsftp://10.243.2.141:Hunter2@ftp.example", INFO, []),
        (b"rap\tsftp://10.9.9.9:77012/x@ftp.example", WARNING, []),
    ],
)
def test_lftp_bookmarks_are_read(line: bytes, level: str, sites: list[tuple[str, int]]) -> None:
    seen = having(POSIX, BOOKMARKS, line + b"\n")
    part = planned(CLIENTS["lftp"], wish(SECONDARY, frozenset(["10.9.9.9"])), seen)
    assert [finding.level for finding in part.findings] == [level]
    assert list(part.sites) == [Site(BOOKMARKS, host, port) for host, port in sites]
    assert "Hun" not in repr(part) and "77012" not in repr(part) and not part.edits


NAMED = Wish(1, (Move(frozenset([("rap.example", 18801), SECONDARY]), *SECONDARY),))


@pytest.mark.parametrize(
    ("name", "place", "content", "sites"),
    [
        ("lftp", BOOKMARKS, b"rap\tsftp://u:p@RAP.example:18801/", 1),
        ("lftp", BOOKMARKS, b"open sftp://rap.example; get x", 0),
        ("crossftp", HOME + ".crossftp/sites.xml", b'<site hName="Rap.Example" port="18801"/>', 1),
    ],
)
def test_a_host_name_of_a_move_is_known_whatever_its_case(
    name: str, place: str, content: bytes, sites: int
) -> None:
    part = planned(CLIENTS[name], NAMED, having(POSIX, place, content))
    assert [finding.level for finding in part.findings] == [WARNING]
    assert "leads to rap.example" in part.findings[0].what.lower()
    assert len(part.sites) == sites
    as_wanted = NAMED._replace(moves=(NAMED.moves[0]._replace(host="rap.example", port=18801),))
    part = planned(CLIENTS[name], as_wanted, having(POSIX, place, content))
    assert [finding.level for finding in part.findings] == [INFO]


def test_core_ftps_registry_is_read() -> None:
    site = {
        "Host": string(PRIMARY[0]),
        "Port": {"kind": "DWord", "data": PRIMARY[1]},
        "PW": string("Hunter2"),
    }
    place = SOFTWARE + r"FTPWare\CoreFTP"
    seen = Seen(WINDOWS, keys={place: {"": {}, r"Sites\000001": site}})
    part = planned(CLIENTS["coreftp"], wish(SECONDARY), seen)
    assert part.sites == (Site(place, *PRIMARY),)
    assert part.findings[0].level == WARNING and "leads to 10.243.2.141 port 18801" in part.findings[0].what
    assert "Hunter2" not in repr(part)


def test_crossftps_sites_are_read() -> None:
    text = b'<sites><site name="a" port="18801" hName="10.243.2.141" pw="Hunter2"/><site hName="10.243.2.14"/></sites>'
    place = HOME + ".crossftp/sites.xml"
    part = planned(CLIENTS["crossftp"], wish(SECONDARY), having(POSIX, place, text))
    assert part.sites == (Site(place, *PRIMARY),)
    assert part.findings[0].level == WARNING and "Hunter2" not in repr(part)


PIECES = [b"sftp://", b"rap:Hunter2@", b"10.243.2.141", b":18801", b"/", b" ", b"\n", b"<site ", b'hName="', b'"',
    b' port="', b"\xff", b">"]  # fmt: skip


@given(st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(b"".join)))
def test_junk_is_only_looked_at_and_no_secret_is_told(content: bytes) -> None:
    for client in CLIENTS.values():
        look = client.look(wish(SECONDARY), PERSON[POSIX], Seen())
        seen = Seen(files=dict.fromkeys(look.files, File(content)))
        part = planned(client, wish(SECONDARY), seen)
        assert part.edits == () and "Hunter2" not in repr(part)


DATA = st.dictionaries(
    st.sampled_from(["Host", "Port", "x"]), st.dictionaries(st.just("data"), st.integers() | st.text())
)


@given(st.dictionaries(st.text(max_size=3), DATA))
def test_any_registry_is_only_looked_at(below: dict[str, Any]) -> None:
    for client in CLIENTS.values():
        look = client.look(wish(SECONDARY), PERSON[WINDOWS], Seen(WINDOWS))
        assert (
            planned(client, wish(SECONDARY), Seen(WINDOWS, keys=dict.fromkeys(look.keys, below))).edits == ()
        )
