# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host table is after a request, what is found in it, and what is refused: as data."""

from __future__ import annotations

from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import POSIX, WINDOWS

from tests.unit.host_table_tables import PRIMARY, SECONDARY, entries

TO_PRIMARY, TO_SECONDARY = entries(PRIMARY), entries(SECONDARY)
RAP = "rap.example"
RAP_ONLY = entries({RAP: "10.2.0.51"})
NO_RAP = {"entries": [{"name": RAP}], "state": "absent"}

MANY = b" ".join(b"n%d.example" % number for number in range(10))

CASES: dict[str, tuple[bytes | None, dict[str, Any], bytes]] = {
    "only the address changes": (
        b"10.1.0.51\t rap.example  # RAP\r\n",
        RAP_ONLY,
        b"10.2.0.51\t rap.example  # RAP\r\n",
    ),
    "its spelling stays": (b"10.1.0.51 RAP.Example\n", RAP_ONLY, b"10.2.0.51 RAP.Example\n"),
    "already right": (b"10.2.0.51 rap.example other\n", RAP_ONLY, b"10.2.0.51 rap.example other\n"),
    "names that go together stay together": (
        b"10.1.0.15\tsso.example  idm.example\n",
        entries({"sso.example": "10.2.0.15", "idm.example": "10.2.0.15"}),
        b"10.2.0.15\tsso.example  idm.example\n",
    ),
    "others keep line, spacing and comment": (
        b"a\n 10.1.0.51\tone  rap.example\ttwo # who\r\nb\n",
        RAP_ONLY,
        b"a\n 10.1.0.51\tone\ttwo # who\r\n 10.2.0.51\trap.example\r\nb\n",
    ),
    "the next name takes the column of the first": (
        b"10.1.0.51\t\trap.example one two\n",
        RAP_ONLY,
        b"10.1.0.51\t\tone two\n10.2.0.51\t\trap.example\n",
    ),
    "a split at the end leaves the file without a line end": (
        b"10.1.0.51 one rap.example",
        RAP_ONLY,
        b"10.1.0.51 one\n10.2.0.51 rap.example",
    ),
    "names that part": (
        b"10.1.0.9 rap.example rmcd.example # both\n",
        entries({"rap.example": "10.2.0.51", "rmcd.example": "10.2.0.32"}),
        b"10.2.0.51 rap.example # both\n10.2.0.32 rmcd.example\n",
    ),
    "the name that is right keeps the line": (
        b"10.2.0.51 rmcd.example rap.example # both\n",
        entries({"rap.example": "10.2.0.51", "rmcd.example": "10.2.0.32"}),
        b"10.2.0.51 rap.example # both\n10.2.0.32 rmcd.example\n",
    ),
    "the first line wins, further ones go": (
        b"10.1.0.1 rap.example\n10.2.0.51 rap.example\n10.1.0.3 x rap.example y\n",
        RAP_ONLY,
        b"10.2.0.51 rap.example\n10.1.0.3 x y\n",
    ),
    "a comment outlives its line": (
        b"10.2.0.51 rap.example\n10.1.0.51 rap.example # ask Wong\r\n",
        RAP_ONLY,
        b"10.2.0.51 rap.example\n# ask Wong\r\n",
    ),
    "localhost addresses are ordinary": (b"127.0.0.1 rap.example\n", RAP_ONLY, b"10.2.0.51 rap.example\n"),
    "commented lines are not active": (
        b"#10.1.0.51 rap.example\n",
        RAP_ONLY,
        b"#10.1.0.51 rap.example\n10.2.0.51 rap.example\n",
    ),
    "missing names, each on a line": (
        b"127.0.0.1 localhost\r\n",
        entries({"sso.example": "10.2.0.15", "idm.example": "10.2.0.15"}),
        b"127.0.0.1 localhost\r\n10.2.0.15 sso.example\r\n10.2.0.15 idm.example\r\n",
    ),
    "most lines decide the line end": (b"a\r\nb\nc\n", RAP_ONLY, b"a\r\nb\nc\n10.2.0.51 rap.example\n"),
    "no line end at the end": (b"a\r\nb", RAP_ONLY, b"a\r\nb\r\n10.2.0.51 rap.example\r\n"),
    "the end mark stays last": (b"a\r\n\x1a", RAP_ONLY, b"a\r\n10.2.0.51 rap.example\r\n\x1a"),
    "the end mark with a line end stays last": (b"a\n\x1a\n", RAP_ONLY, b"a\n10.2.0.51 rap.example\n\x1a\n"),
    "an end mark behind other text is none": (b"a\x1a", RAP_ONLY, b"a\x1a\n10.2.0.51 rap.example\n"),
    "a last line that goes needs no line end": (
        b"a\n10.1.0.15 sso.example",
        {**RAP_ONLY, "leftovers": ["sso.example"], "leftovers_state": "absent"},
        b"a\n10.2.0.51 rap.example\n",
    ),
    "a CR alone ends no line": (
        b"127.0.0.1 a\r10.1.0.51 rap.example\n",
        RAP_ONLY,
        b"127.0.0.1 a\r10.1.0.51\n10.2.0.51 rap.example\n",
    ),
    "what follows a NUL is never read": (
        b"10.1.0.5 one\0 rap.example\n",
        RAP_ONLY,
        b"10.1.0.5 one\0 rap.example\n10.2.0.51 rap.example\n",
    ),
    "an unreadable address is left alone": (
        b"010.1.0.51 rap.example\n",
        RAP_ONLY,
        b"010.1.0.51 rap.example\n10.2.0.51 rap.example\n",
    ),
    "IPv6 is left alone": (
        b"::1 rap.example\n10.1.0.51 rap.example\n",
        RAP_ONLY,
        b"::1 rap.example\n10.2.0.51 rap.example\n",
    ),
    "a byte order mark stays": (
        b"\xef\xbb\xbf10.1.0.51 rap.example\n",
        RAP_ONLY,
        b"\xef\xbb\xbf10.2.0.51 rap.example\n",
    ),
    "a split leaves the mark on its line": (
        b"\xef\xbb\xbf10.1.0.51 rap.example x\n",
        RAP_ONLY,
        b"\xef\xbb\xbf10.1.0.51 x\n10.2.0.51 rap.example\n",
    ),
    "a mark does not slip onto the next line": (
        b"\xef\xbb\xbf10.1.0.51 rap.example\nx\n",
        NO_RAP,
        b"\xef\xbb\xbf\nx\n",
    ),
    "a mark alone is no line to write on": (
        b"\xef\xbb\xbf",
        RAP_ONLY,
        b"\xef\xbb\xbf\n10.2.0.51 rap.example\n",
    ),
    "beyond the eighth name": (
        b"10.1.0.9 " + MANY + b"\n",
        entries({f"n{number}.example": "10.2.0.9" for number in range(10)}),
        b"10.2.0.9 " + b" ".join(MANY.split()[:8]) + b"\n10.2.0.9 n8.example n9.example\n",
    ),
    "absent takes every mapping": (
        b"10.1.0.51 rap.example a\n10.2.0.51 RAP.example\n",
        NO_RAP,
        b"10.1.0.51 a\n",
    ),
    "absent takes the one mapping": (
        b"10.1.0.51 rap.example\n10.2.0.51 rap.example\n",
        {"entries": [{"name": RAP, "address": "10.2.0.51"}], "state": "absent"},
        b"10.1.0.51 rap.example\n",
    ),
    "leftovers go when asked": (
        b"10.1.0.51 rap.example\nb\n",
        {"leftovers": [RAP], "leftovers_state": "absent"},
        b"b\n",
    ),
    "leftovers stay when only reported": (
        b"10.1.0.51 rap.example\n",
        {"leftovers": [RAP]},
        b"10.1.0.51 rap.example\n",
    ),
    "no file": (None, RAP_ONLY, b"10.2.0.51 rap.example\n"),
}


FINDINGS: list[tuple[bytes, dict[str, Any], str, int, str]] = [
    (b"a\n10.1.0.51 rap.example\n", {"leftovers": [RAP]}, POSIX, 2, "rap.example is fixed to 10.1.0.51"),
    (b"2001:db8::1 x RAP.example\n", RAP_ONLY, POSIX, 1, "rap.example has the IPv6 address 2001:db8::1"),
    (b"fe80::1%eth0 rap.example\n", NO_RAP, POSIX, 1, "IPv6 address fe80::1%eth0"),
    (b"10.1.0.999\xff rap.example\n", RAP_ONLY, POSIX, 1, "rap.example stands behind 10.1.0.999\\xff"),
    (b"\xef\xbb\xbf# hosts\n", RAP_ONLY, POSIX, 1, "byte order mark"),
    (b"a\r\n\x1a\r\nb\r\n", RAP_ONLY, WINDOWS, 2, "Ctrl-Z"),
    (b"10.1.0.51 rap.example # caf\xc3\xa9\r\n", RAP_ONLY, WINDOWS, 1, "not plain ASCII"),
]

NO_FINDINGS: list[tuple[bytes, dict[str, Any], str]] = [
    (b"::1 localhost\nbad rap\n# ::1 rap.example\n", RAP_ONLY, POSIX),
    (b"10.1.0.51 rap.example\n", {"leftovers": [RAP], "leftovers_state": "absent"}, POSIX),
    (b"10.1.0.51 other # caf\xc3\xa9\r\n\x1a", RAP_ONLY, WINDOWS),
    (b"10.1.0.51 rap.example # caf\xc3\xa9\n\x1a\n", RAP_ONLY, POSIX),
]

BAD_ADDRESSES = [
    "010.1.1.1",
    "10.1.1.01",
    "10.1.1",
    "10.1.1.256",
    "10.1.1.1/24",
    "::1",
    "10.1.1.1:22",
    " 10.1.1.1",
    "10.1.1.1\n",
    "\u0661.1.1.1",
    7,
]

BAD_NAMES = [
    "",
    None,
    5,
    "rap example",
    "rap_cc",
    "-rap",
    "rap-",
    "rap..example",
    "rap.example.",
    "10.1.1.1",
    "1.2.3",
    "a" * 64,
    ".".join(["a" * 63] * 4),
    "caf\u00e9",
    "ban\u212a",
    "rap#",
    "rap\n",
]

ONE = {"name": "A.example", "address": "10.1.1.1"}

BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    ({}, "entries", "nothing is asked"),
    ({"entries": [], "state": "absent"}, "entries", "nothing is asked"),
    ({"entries": [{"name": RAP}]}, "entries[0].address", "rap.example has no address"),
    (
        {"entries": [ONE, {"name": "a.EXAMPLE", "address": "10.1.1.2"}]},
        "entries[1].address",
        "10.1.1.2 here and 10.1.1.1 before",
    ),
    (
        {"entries": [ONE, {"name": "a.example"}], "state": "absent"},
        "entries[1].address",
        "no address here",
    ),
    ({"entries": [ONE], "leftovers": ["a.example"]}, "leftovers[0]", "stands in entries too"),
    ({"entries": ["a.example"]}, "entries[0]", "is not an entry"),
    ({"leftovers": "a.example"}, "leftovers", "is not a list"),
    ({"entries": [ONE], "state": "gone"}, "state", "'gone'"),
    ({"entries": [ONE], "leftovers_state": "present"}, "leftovers_state", "'present'"),
    ({"entries": [ONE], "path": "etc/hosts"}, "path", "'etc/hosts' is not an absolute path"),
    ({"entries": [ONE], "path": ""}, "path", "'' is not an absolute path"),
]

NO_HOST_TABLES = [
    ("10.1.0.51 rap.example\r\n".encode("utf-16"), "UTF-16"),
    ("10.1.0.51 rap.example\r\n".encode("utf-16-le"), "UTF-16"),
    (bytes(512), "damaged"),
    (b"#" * (16 * 1024 * 1024 + 1), "larger than 16 MB"),
]
