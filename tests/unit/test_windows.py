# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controller asks of a Windows workstation, and what it makes of the answer, held to their schema."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import jsonschema
import pytest
from ansible_collections.hkex.drill.plugins.module_utils import journal
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    WINDOWS,
    Assign,
    File,
    Keep,
    Kept,
    Key,
    Look,
    Make,
    Move,
    Note,
    Probe,
    Process,
    Profile,
    Prune,
    Put,
    Refresh,
    Refusal,
    Restore,
    Stamp,
    Step,
    Stopped,
    Tree,
    Write,
    sha256,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import BLOBS, HOST_TABLE, SETTLE, Windows
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.fleet import ROOT

SCHEMA = json.loads((ROOT / "plugins" / "plugin_utils" / "windows_io.schema.json").read_text())
GUID = "{8C2B1A5E-0000-4000-8000-0123456789AB}"
PATH = st.sampled_from([HOST_TABLE, r"D:\Clients\WinSCP.ini", r"C:\Users\陳大文\recent.xml"])
STATE = st.none() | st.binary(max_size=4).map(sha256)
KEYS = st.sampled_from([Key("adapter", GUID, "dns"), Key("registry", r"HKU\S-1-5-21-1\Software", "Limit")])
VALUES: st.SearchStrategy[Any] = st.sampled_from([None, [], ["10.243.1.1"], {"kind": "DWord", "data": 1}])
STAMPS = st.builds(
    Stamp, st.integers(0, 9), st.integers(0, 9**9).map(lambda n: 100 * n), st.binary(max_size=4).map(sha256)
)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Keep, PATH, st.binary(max_size=4).map(sha256)),
    st.builds(Note, st.just(journal.note(1, "now", "done")), st.integers(0, 9)),
    st.builds(Write, PATH, STATE, st.binary(max_size=20)),
    st.builds(Restore, PATH, STATE, STATE),
    st.builds(Assign, KEYS, VALUES, VALUES),
    st.just(Refresh("resolver")),
    st.builds(Put, st.binary(max_size=4)),
    st.builds(Make, PATH),
    st.builds(Prune, PATH),
    st.builds(Move, PATH, st.none() | PATH, STAMPS, st.just("why"), st.none()),
    st.builds(Move, PATH, st.none(), STAMPS, st.just("why"), st.just(Kept("0" * 64, "", 0))),
)
PROBES = st.builds(
    Probe,
    st.sampled_from(["dns", "tcp", "ssh", "https"]),
    st.just("127.0.0.1"),
    st.integers(1, 65535),
    st.sampled_from(["", "rap.example"]),
    st.just(""),
    st.just(5.0),
    st.none(),
)
LOOKS = st.builds(
    Look,
    st.frozensets(PATH),
    st.frozensets(KEYS),
    st.frozensets(PROBES, max_size=4),
    st.frozensets(st.binary(max_size=4).map(sha256), max_size=2),
    st.frozensets(st.sampled_from([r"HKLM\Software\X", r"HKU\S-1-5-21-1\Software\X"])),
    st.frozensets(st.sampled_from(["filezilla", "WinSCP"])),
    st.frozensets(st.builds(Tree, PATH, st.just(("CSESM01*",)), st.just(""), st.booleans()), max_size=2),
)


REQUEST, ANSWER = (
    jsonschema.Draft202012Validator({**SCHEMA, "anyOf": [{"$ref": f"#/$defs/{part}"}]})
    for part in ("request", "answer")
)


class Answers:
    """A workstation that answers every request alike, and remembers them."""

    def __init__(self, **changed: Any) -> None:
        self.requests: list[dict[str, Any]] = []
        self.changed = changed

    def __call__(self, text: str) -> str:
        asked = json.loads(text)
        REQUEST.validate(asked)
        self.requests.append(asked)
        look = asked["look"]
        answer = {
            "version": 1,
            "refused": None,
            "stopped": None,
            "facts": {
                "hostname": "WS-1",
                "clock": "2021-11-06T04:20:00Z",
                "system": "Microsoft Windows 10 Enterprise 10.0.19045",
                "host_table": HOST_TABLE,
                "blobs": BLOBS,
                "adapters": [
                    {
                        "guid": GUID,
                        "name": "SDNet",
                        "addresses": ["10.135.0.9"],
                        "dns": ["10.243.1.1"],
                        "effective": ["10.243.1.1"],
                    }
                ],
                "profiles": [
                    {
                        "sid": "S-1-5-21-1",
                        "folder": r"C:\Users\chan",
                        "loaded": True,
                        "proxy": "p:1",
                        "bypass": "<local>",
                        "pac": "",
                    }
                ],
            },
            "files": {path: {"content": "AP8=", "attributes": "ReadOnly"} for path in look["files"]},
            "settings": [{"kind": "String", "data": key["name"]} for key in look["settings"]],
            "probes": [
                {"ok": True, "what": str(probe["port"]), "values": [probe["kind"]], "seconds": 0.1}
                for probe in look["probes"]
            ],
            "blobs": {digest: b64encode(digest.encode()).decode() for digest in look["blobs"]},
            "trees": [{"stamps": {}, "gone": [], "links": ["away"]} for _tree in look["trees"]],
            "keys": {place: {place: {}} for place in look["keys"]},
            "processes": [{"name": name.lower(), "id": 7, "user": ""} for name in look["processes"]],
            "nowhere": [],
            "unreadable": {},
            "journal": [journal.line(journal.note(1, "now", "done"))],
            **self.changed,
        }
        ANSWER.validate(answer)
        return json.dumps(answer)


@given(st.lists(STEPS, max_size=5), LOOKS)
def test_a_visit_is_one_request_of_the_schema_and_each_answer_finds_its_question(
    steps: list[Step], look: Look
) -> None:
    answers = Answers()
    seen = Windows(answers).visit(steps, look)
    (asked,) = answers.requests
    assert len(asked["steps"]) == len(steps)
    assert asked["settle"] == (SETTLE if any(isinstance(step, Write) for step in steps) else 0)
    assert seen.system == WINDOWS and not look.without(seen)
    assert all(file == File(b"\x00\xff", "ReadOnly") for file in seen.files.values())
    for key in look.settings:
        assert seen.settings[key] == {"kind": "String", "data": key.name}
    for probe in look.probes:
        assert (seen.probes[probe].what, seen.probes[probe].values) == (str(probe.port), (probe.kind,))
    assert all(seen.blobs[digest] == digest.encode() for digest in look.blobs)
    assert all(seen.keys[place] == {place: {}} for place in look.keys)
    assert all(seen.processes[name] == (Process(name.lower(), 7),) for name in look.processes)


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_bytes_and_records_arrive_as_they_were(content: bytes, occurrence: str) -> None:
    answers = Answers()
    record = journal.begin(1, "now", "drill", occurrence, ())
    Windows(answers, r"D:\state").visit([Write(HOST_TABLE, None, content), Note(record, 3)], Look())
    (asked,) = answers.requests
    write, note = asked["steps"]
    assert b64decode(write["content"]) == content
    assert note["line"].isascii() and "\n" not in note["line"]
    assert journal.parse([note["line"]], "journal") == (record,)
    assert asked["state_dir"] == r"D:\state"


def test_before_anybody_is_known_everybody_is_asked() -> None:
    """So that one execution is enough to see everybody's files."""
    (everybody,) = Windows.blank.facts.profiles
    path, place = rf"{everybody.folder}\AppData\x.ini", rf"HKU\{everybody.sid}\Software\X"
    real, key = r"C:\Users\chan\AppData\x.ini", r"HKU\S-1-5-21-1\Software\X"
    answers = Answers(
        files={real: {"content": "AP8=", "attributes": ""}}, keys={key: {"": {}}, r"HKLM\Software\Y": None}
    )
    look = Look(files=frozenset({path}), keys=frozenset({place, r"HKLM\Software\Y"}))
    seen = Windows(answers).visit((), look)
    (asked,) = answers.requests
    assert asked["look"]["everybody"] == {"files": [r"AppData\x.ini"], "keys": [r"Software\X"]}
    assert (asked["look"]["files"], asked["look"]["keys"]) == ([], [r"HKLM\Software\Y"])
    assert not look.without(seen) and seen.files[real] == File(b"\x00\xff") and seen.keys[key] == {"": {}}


def test_every_look_brings_the_facts_and_the_servers_of_each_adapter() -> None:
    seen = Windows(Answers()).visit((), Look())
    assert seen.settings == {Key("adapter", GUID, "dns"): ["10.243.1.1"]}
    assert (seen.facts.hostname, seen.facts.adapters[0].guid, seen.facts.host_table) == (
        "WS-1",
        GUID,
        HOST_TABLE,
    )
    assert seen.facts.profiles == (Profile("S-1-5-21-1", r"C:\Users\chan", "p:1", "", "chan", "<local>"),)
    assert [record["event"] for record in seen.journal] == ["done"]


def test_a_step_that_could_not_be_carried_out_does_not_raise() -> None:
    answers = Answers(stopped={"step": 1, "why": f"{HOST_TABLE}: somebody changed it"})
    seen = Windows(answers).visit([Refresh("resolver"), Write(HOST_TABLE, None, b"")], Look())
    assert seen.stopped == Stopped(1, f"{HOST_TABLE}: somebody changed it")


def test_what_cannot_be_looked_at_is_refused() -> None:
    answers = Answers(refused={"where": HOST_TABLE, "what": "is a folder", "remedy": "Give a file"})
    with pytest.raises(Refusal, match=r"hosts: is a folder\. Give a file"):
        Windows(answers).visit((), Look(frozenset([HOST_TABLE])))


def test_a_damaged_journal_is_named_by_its_path() -> None:
    with pytest.raises(Refusal, match=r"C:\\ProgramData\\hkex-drill\\journal.jsonl, line 1: is not a record"):
        Windows(Answers(journal=["{}"])).visit((), Look())
