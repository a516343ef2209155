# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A person with a FileZilla: its files as bytes, what a plan makes of them, and strategies for ugly ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import File, Profile, Seen, Splice
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Move, Part, Wish
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.filezilla import CLIENT
from hypothesis import strategies as st

FIXTURES = Path(__file__).parent / "fixtures" / "filezilla"
NAMES = ("sitemanager.xml", "filezilla.xml", "recentservers.xml", "queue.sqlite3")
HOME = "/home/rap/.config/filezilla/"
SECRET = "Pl4nted-Secret"
STALE = "10.9.9.9"

PRIMARY, SECONDARY, PORT = "10.243.2.14", "10.250.222.111", 18801
RAP = Profile("1000", "/home/rap", name="rap")


def to(host: str, limit: int | None = 1, known: frozenset[str] = frozenset({PRIMARY, SECONDARY})) -> Wish:
    moves = (Move(frozenset((one, PORT) for one in known), host, PORT),)
    return Wish(limit, moves, frozenset({STALE}))


TO_PRIMARY, TO_SECONDARY = to(PRIMARY), to(SECONDARY)

LIMIT = "MaximumMultipleConnections"
SERVER = f"<Host>{PRIMARY}</Host><Port>{PORT}</Port><Protocol>1</Protocol>"
MOVED = SERVER.replace(PRIMARY, SECONDARY)
ONE = f"<{LIMIT}>1</{LIMIT}>"


def sites(*inside: str) -> bytes:
    servers = "".join(f"<Server>{one}</Server>" for one in inside)
    return f"<FileZilla3><Servers>{servers}</Servers></FileZilla3>".encode()


def seen(files: dict[str, bytes], others: dict[str, bytes] | None = None) -> Seen:
    """A workstation on which all was seen that is asked for, and only these files exist (others by their path)."""
    paths = {**{HOME + name: content for name, content in files.items()}, **(others or {})}
    blank = Seen(files={path: File(content) for path, content in paths.items()})
    asked = CLIENT.look(TO_SECONDARY, RAP, blank).files
    return blank._replace(files={**dict.fromkeys(asked), **blank.files})


def planned(files: dict[str, bytes], wish: Wish = TO_SECONDARY) -> Part:
    return CLIENT.plan(wish, RAP, seen(files))


def after(files: dict[str, bytes], wish: Wish = TO_SECONDARY) -> dict[str, bytes]:
    """The files after the edits of a plan."""
    before = seen(files)
    made = apply(before, CLIENT.plan(wish, RAP, before).edits).files
    return {path[len(HOME) :]: file.content for path, file in made.items() if file is not None}


def fixture(folder: str = "") -> dict[str, bytes]:
    return {name: (FIXTURES / folder / name).read_bytes() for name in NAMES}


def told(part: Part) -> str:
    """All of a part that may be told."""
    edits = [
        edit._replace(old=b"", new=b"") if isinstance(edit, Splice) and edit.secret else edit
        for edit in part.edits
    ]
    return repr(part._replace(edits=tuple(edits)))


def servers(content: bytes, tag: str = "Server") -> list[dict[str, str]]:
    """What an independent reader finds: each server's elements, the first of several."""
    found = []
    for one in ElementTree.fromstring(content).iter(tag):
        found.append({child.tag: (child.text or "").strip() for child in reversed(list(one))})
    return found


SCHEMA = (
    "CREATE TABLE servers (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, host TEXT NOT NULL, port INTEGER, user TEXT,"
    " password TEXT, protocol INTEGER, max_connections INTEGER)"
)


def queue(rows: list[tuple[Any, ...]], *more: str, schema: str = SCHEMA) -> bytes:
    """A queue with these rows of host, port, protocol, limit."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in ("PRAGMA encoding = 'UTF-16le'", schema, *more):
            connection.execute(statement)
        for row in rows:
            connection.execute(
                "INSERT INTO servers (host, port, protocol, max_connections, password) VALUES (?, ?, ?, ?, ?)",
                (*row, SECRET),
            )
        connection.commit()
        return bytes(connection.serialize())


def rows(content: bytes, table: str = "servers") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]


# Ugly files. A site is a mapping of what stands in it to its text; None: the element is missing, "/": closed by itself.
hosts = st.sampled_from([PRIMARY, SECONDARY, PRIMARY + "1", "1" + PRIMARY, STALE, "rap.example"])
any_site = st.fixed_dictionaries(
    {
        "Host": hosts,
        "Port": st.sampled_from([str(PORT), str(PORT), str(PORT), "22", "0", "", "/", None]),
        "Protocol": st.sampled_from(["1", "1", "1", "0", "", None]),
        "Pass": st.just(SECRET),
        "MaximumMultipleConnections": st.sampled_from([None, None, "0", "1", "7", "", "/"]),
        "Name": st.sampled_from(["RAP", f"RAP {PRIMARY}", "a &lt;b&gt; &amp; &#x98A8;", "", None]),
        "Comments": st.sampled_from(
            [None, f"was {PRIMARY}", f"<!-- <Host>{PRIMARY}</Host> -->", "<![CDATA[<Host>]]>"]
        ),
        "Unknown": st.sampled_from(
            [None, "<Host>10.243.2.14</Host><Port>18801</Port><Protocol>1</Protocol>"]
        ),
    }
)


@st.composite
def layouts(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """Line end, indentation, and what stands before all."""
    end = draw(st.sampled_from(["\n", "\r\n", ""]))
    indent = draw(st.sampled_from(["\t", "  "])) if end else ""
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    head = draw(st.sampled_from(["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>']))
    return end, indent, mark + head.encode() + end.encode()


def site(fields: dict[str, str | None], end: str, indent: str, depth: int, order: list[str]) -> str:
    lines = []
    for name in order:
        text = fields[name]
        if text is not None:
            lines.append(f"<{name} />" if text == "/" else f"<{name}>{text}</{name}>")
    gap = end + indent * (depth + 1)
    return (
        end
        + indent * depth
        + "<Server>"
        + "".join(gap + line for line in lines)
        + end
        + indent * depth
        + "</Server>"
    )


@st.composite
def site_managers(draw: st.DrawFn, a_site: st.SearchStrategy[dict[str, str | None]] = any_site) -> bytes:
    """A sitemanager.xml: sites, folders in folders, comments that hold an address."""
    end, indent, head = draw(layouts())
    body, depth = "", 2
    for fields in draw(st.lists(a_site, max_size=6)):
        order = draw(st.permutations(sorted(fields)))
        body += site(fields, end, indent, depth, order)
        if draw(st.booleans()):
            body += f'<Folder expanded="1">{PRIMARY} &amp; more'
            depth += 1
        body += draw(st.sampled_from(["", f"<!-- {PRIMARY}:{PORT} -->", "<?x y?>", end]))
    body += "</Folder>" * (depth - 2)
    return head + f"<FileZilla3 a='>'>{end}<Servers>{body}{end}</Servers></FileZilla3>{end}".encode()
