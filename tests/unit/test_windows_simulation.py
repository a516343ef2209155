# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulated Windows workstation does what the schema says of steps and looks that no concern asks for yet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.windows.simulation import HOSTS, PRIVATE_FOLDER, STATE_DIR, SimulatedMachine
from tests.lab.windows.volume import INHERITED, WindowsFile

FOLDER = r"C:\RAP"
REPORT = FOLDER + r"\HKSCC_01.zip"


@pytest.fixture
def box() -> SimulatedMachine:
    machine = SimulatedMachine(
        "pc",
        {
            REPORT: WindowsFile(b"report", written=7),
            FOLDER + r"\notes.txt": b"mine",
            FOLDER + r"\2021\DCASS_02.ZIP": b"deep",
            FOLDER + r"\away.zip": WindowsFile(b"", link=True),
        },
        [],
    )
    machine.processes = [{"name": "filezilla", "id": 7, "user": "BROKER\\chan"}]
    return machine


def ask(box: SimulatedMachine, steps: list[dict[str, Any]] | None = None, **look: Any) -> dict[str, Any]:
    everything = {
        "files": [],
        "settings": [],
        "probes": [],
        "blobs": [],
        "trees": [],
        "keys": [],
        "tolerated": [],
        "everybody": {"files": [], "keys": []},
        "processes": [],
        **look,
    }
    request = {"version": 1, "state_dir": None, "steps": steps or [], "settle": 0, "look": everything}
    told = box.run("windows_io", {"request": json.dumps(request)})
    assert "answer" in told, told
    answer: dict[str, Any] = json.loads(told["answer"])
    return answer


def test_of_a_tree_only_what_is_not_known_travels(box: SimulatedMachine) -> None:
    asked = {"path": FOLDER, "patterns": ["*.zip"], "known": {}, "most": {"files": 9, "bytes": 99}}
    (tree,) = ask(box, trees=[asked])["trees"]
    assert set(tree["stamps"]) == {"HKSCC_01.zip", r"2021\DCASS_02.ZIP"} and tree["links"] == ["away.zip"]
    again = {**asked, "known": {**tree["stamps"], "old.zip": tree["stamps"]["HKSCC_01.zip"]}}
    (tree,) = ask(box, trees=[again])["trees"]
    assert (tree["stamps"], tree["gone"]) == ({}, ["old.zip"])
    assert ask(box, trees=[{**asked, "path": r"C:\None"}])["trees"] == [None]


def test_of_too_much_nothing_is_read(box: SimulatedMachine) -> None:
    asked = {"path": FOLDER, "patterns": ["*.zip"], "known": {}}
    for most in ({"files": 2, "bytes": 10}, {"files": 3, "bytes": 9}):
        assert ask(box, trees=[{**asked, "most": most}])["trees"] == [{"files": 3, "bytes": 10}]
    just = {**asked, "most": {"files": 3, "bytes": 10}}
    (tree,) = ask(box, trees=[just])["trees"]
    known = {**just, "known": tree["stamps"], "most": {"files": 3, "bytes": 0}}
    assert ask(box, trees=[known])["trees"] == [{"stamps": {}, "gone": [], "links": ["away.zip"]}]


def test_a_file_moves_only_with_its_stamp_and_to_where_nothing_is(box: SimulatedMachine) -> None:
    stamp = {"size": 6, "written": 7, "sha256": WindowsFile(b"report").sha256}
    target = FOLDER + r"\2021\HKSCC_01.zip"
    move = {"do": "move", "path": REPORT, "stamp": stamp, "to": target}
    stopped = ask(box, [{**move, "stamp": {**stamp, "written": 8}}])["stopped"]
    assert stopped["step"] == 0 and "somebody changed it" in stopped["why"] and box.read(REPORT) == b"report"
    stopped = ask(box, [{**move, "to": FOLDER + r"\NOTES.TXT"}])["stopped"]
    assert "something is there already" in stopped["why"] and box.read(REPORT) == b"report"
    assert ask(box, [move])["stopped"] is None
    assert (box.read(REPORT), box.read(target)) == (None, b"report")
    assert ask(box, [{**move, "path": target, "to": None}])["stopped"] is None
    assert box.read(target) is None


def test_processes_are_told_by_the_names_that_were_asked_for(box: SimulatedMachine) -> None:
    assert ask(box, processes=["filezilla"])["processes"] == box.processes
    assert ask(box, processes=["winscp"])["processes"] == []


def test_what_is_no_request_is_refused_and_a_link_is_not_written_through(box: SimulatedMachine) -> None:
    assert "not a request" in box.run("windows_io", {"request": "{}"})["msg"]
    write = {"do": "write", "path": FOLDER + r"\away.zip", "before": None, "content": ""}
    assert "not followed" in ask(box, [write])["stopped"]["why"]


def test_a_probe_leaves_the_machine_only_for_loopback(box: SimulatedMachine) -> None:
    probe = {"kind": "tcp", "host": "192.0.2.1", "port": 9, "name": "", "ca": "", "timeout": 1.0}
    (told,) = ask(box, probes=[probe])["probes"]
    assert not told["ok"] and "no way there" in told["what"] and told["seconds"] < 1


def test_its_own_resolver_goes_by_the_host_table_and_what_it_keeps(box: SimulatedMachine) -> None:
    def resolved(name: str) -> tuple[bool, list[str]]:
        probe = {"kind": "resolve", "host": "", "port": 0, "name": name, "ca": "", "timeout": 1.0}
        (told,) = ask(box, probes=[probe])["probes"]
        return told["ok"], told["values"]

    box.put(HOSTS, WindowsFile(b"# 127.9.9.9 rap.example\r\n127.9.9.1 RAP.example other.example\r\n"))
    box.cached = {"var.example": ["127.9.9.2"], "rap.example": ["127.9.9.3"]}
    assert resolved("rap.example") == (True, ["127.9.9.1"])
    assert resolved("VAR.example") == (True, ["127.9.9.2"])
    ask(box, [{"do": "refresh", "what": "resolver"}])
    assert resolved("var.example") == (False, [])


# ---- registry, and the folder of the journal ---------------------------------------------------------------------

SID, AWAY = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"
TEXT = {"kind": "String", "data": "1"}


def with_people(box: SimulatedMachine) -> SimulatedMachine:
    profile = {"folder": r"C:\Users\chan", "proxy": "", "bypass": "", "pac": ""}
    box.registry.profiles = [
        {**profile, "sid": SID, "loaded": True},
        {**profile, "sid": AWAY, "loaded": False},
    ]
    return box


@pytest.mark.parametrize("place", [r"HKLM\Software\X", rf"HKU\{SID}\Software\X", rf"HKU\{AWAY}\Software\X"])
def test_a_value_is_guarded_by_what_it_was_and_a_hive_is_loaded_for_it(
    box: SimulatedMachine, place: str
) -> None:
    with_people(box)
    key = {"store": "registry", "place": place, "name": "Limit"}
    assign = {"do": "assign", "key": key, "before": None, "after": TEXT}
    assert ask(box, [assign])["stopped"] is None
    assert ask(box, settings=[{**key, "name": "LIMIT"}])["settings"] == [TEXT]
    assert "somebody changed Limit" in ask(box, [assign])["stopped"]["why"]
    assert ask(box, [{**assign, "before": TEXT, "after": None}], settings=[key])["settings"] == [None]
    assert box.registry.values == {} and set(box.registry.mounted) == ({AWAY} if AWAY in place else set())


def test_a_key_is_told_with_all_below_it(box: SimulatedMachine) -> None:
    with_people(box)
    top = rf"HKU\{AWAY}\Software\X"
    for place in (top, top + r"\Deep\er", rf"HKU\{AWAY}\Software\XY"):
        key = {"store": "registry", "place": place, "name": "Limit"}
        ask(box, [{"do": "assign", "key": key, "before": None, "after": TEXT}])
    other = rf"HKU\{SID}\Software\X"
    expected = {top: {"": {"Limit": TEXT}, r"Deep\er": {"Limit": TEXT}}, other: None}
    assert ask(box, keys=[top, other])["keys"] == expected
    assert ask(box, everybody={"files": [], "keys": [r"Software\X"]})["keys"] == expected


def test_a_file_of_everybody_is_told_by_its_real_path(box: SimulatedMachine) -> None:
    with_people(box)
    box.registry.profiles[1]["folder"] = r"C:\Users\li"
    box.put(r"C:\Users\li\x.ini", WindowsFile(b"1"))
    told = ask(box, everybody={"files": ["x.ini"], "keys": []})
    assert {path: file is not None for path, file in told["files"].items()} == {
        r"C:\Users\chan\x.ini": False,
        r"C:\Users\li\x.ini": True,
    }


def test_a_hive_that_cannot_be_had_is_named(box: SimulatedMachine) -> None:
    with_people(box)
    key = {"store": "registry", "place": r"HKU\S-1-5-21-9\Software\X", "name": "Limit"}
    assert "no profile of this SID" in ask(box, settings=[key])["refused"]["what"]
    box.registry.busy = {AWAY}
    assign = {
        "do": "assign",
        "key": {**key, "place": rf"HKU\{AWAY}\Software\X"},
        "before": None,
        "after": TEXT,
    }
    assert "used by another process" in ask(box, [assign])["stopped"]["why"] and box.registry.values == {}


def test_a_folder_that_others_may_enter_takes_no_journal(box: SimulatedMachine) -> None:
    note = {"do": "note", "line": "{}", "position": 0}
    box.volume.folders[STATE_DIR.lower()] = INHERITED
    assert "administrators and SYSTEM alone" in ask(box, [note])["stopped"]["why"]
    assert "administrators and SYSTEM alone" in ask(box)["refused"]["what"]
    assert box.read(rf"{STATE_DIR}\journal.jsonl") is None
    del box.volume.folders[STATE_DIR.lower()]
    assert ask(box, [note])["journal"] == ["{}"] and ask(box)["refused"] is None
    assert box.volume.folders[STATE_DIR.lower()] == PRIVATE_FOLDER
