# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tag note as an administrator meets it: one entry a run, no workstation contacted, no lock waited for."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.run import RunLock
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

from tests.integration.play import OFF, Ran, Sandbox, fleet

AT = "2021-11-06T09:40"
DRILL = "2021-11-06-ccass-failover-rehearsal"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Two workstations, both of them off."""
    return fleet(tmp_path_factory.mktemp("notes"), {"ws-01": dict(OFF), "ws-02": dict(OFF)})


def note(box: Sandbox, *words: str, check: bool = False, **variables: Any) -> Ran:
    given = [f"--extra-vars={each}" for each in words]
    return box.phase("note", AT, *given, *(["--check"] if check else []), **variables)


def test_what_people_say_is_added_to_the_one_trail(box: Sandbox) -> None:
    evidence, before = box.folder / "evidence", box.everything()
    looked = note(box, "note=hotline says go", check=True)
    assert looked.code == 0 and "Check mode: this would be an entry" in looked.text
    assert not evidence.exists()

    evidence.mkdir(0o700)
    lock = RunLock.acquire(evidence, "to-secondary", "now")
    said = note(box, "note=hotline says go", "note_items=hotline", "note_by=Ms Chan")
    lock.release()
    assert said.code == 0, said.said
    assert "Entry 1 for 2021-11-06-ccass-failover-rehearsal on 2021-11-06" in said.text
    assert "attests: hotline" in said.text and '"> hotline says go"' in said.text

    (box.folder / "said.txt").write_bytes("\ufeffofficer there\r\nCCASS: {{ 1 + 1 }}\r\n".encode())
    correction = {"note_file": f"{box.folder}/said.txt", "note_workstation": "ws-02", "note_corrects": 1}
    assert note(box, json.dumps(correction)).code == 0

    first, second = box.trail()
    assert Trail(evidence).verify().ok
    assert (first["event"], first["phase"], first["host"], first["check"]) == ("note", "note", None, False)
    assert first["detail"] == {
        "text": "hotline says go",
        "items": ["hotline"],
        "corrects": None,
        "by": "Ms Chan",
        "now": "2021-11-06T09:40:00+08:00",
        "pretend": True,
    }
    assert (second["host"], second["detail"]["corrects"]) == ("ws-02", 1)
    assert second["detail"]["text"] == "officer there\nCCASS: {{ 1 + 1 }}"
    assert box.everything() == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"note": "x", "note_workstation": "ws-3"}, "note_workstation: the inventory has no 'ws-3'"),
        ({"note": ["a", "b"]}, "note: ['a', 'b'] is no text"),
        ({"note": "x", "note_file": "/dev/null"}, "note: it is given beside note_file"),
    ],
)
def test_what_is_refused_is_not_recorded(box: Sandbox, given: dict[str, Any], message: str) -> None:
    before = box.trail()
    ran = note(box, json.dumps(given))
    assert ran.code == 2 and f"{message}. " in ran.text and "Nothing was recorded." in ran.text, ran.said
    assert "Nothing is recorded" not in ran.text
    assert box.trail() == before


def test_a_sandbox_may_pretend_a_time_also_where_only_its_workstations_are_marked_as_one(
    tmp_path: Path,
) -> None:
    group = {"hosts": {"ws-01": dict(OFF)}, "vars": {"drill_sandbox": True, "drill": DRILL}}
    (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"children": {"lab": group}}}))
    lab = Sandbox(tmp_path, tmp_path / "hosts.yml")
    assert note(lab, "note=go").code == 0
    real = {**group, "vars": {"drill": DRILL}}
    (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"children": {"lab": real}}}))
    refused = note(lab, "note=go")
    assert refused.code == 2 and "only a sandbox inventory may pretend another time" in refused.text
    assert len(lab.trail()) == 1


def test_an_entry_is_kept_whatever_the_inventory_has_and_tells_of_a_damaged_trail(box: Sandbox) -> None:
    before = len(box.trail())
    words = ("--inventory=/dev/null", "--extra-vars=drill=contingency", "--extra-vars=note=go")
    nobody = dataclasses.replace(box, inventory=Path("/dev/null"))
    ran = nobody.phase("note", "", *words)
    assert ran.code == 0 and f"Entry {before + 1} for contingency" in ran.text and "BROKEN" not in ran.text
    assert "Nothing was done" not in ran.text

    refused = nobody.phase("note", "", "--inventory=/dev/null", "--extra-vars=note=go")
    asked = "drill: nobody said which one is meant. Give -e drill=ID, or write it into the inventory; ID is one of "
    assert refused.code == 2 and asked in refused.text, refused.said
    assert DRILL in refused.text and "Nothing was recorded." in refused.text
    assert "is undefined" not in refused.text and len(box.trail()) == before + 1
    refused = nobody.run("playbooks/bundle.yml", "--inventory=/dev/null")
    assert refused.code == 2 and asked in refused.text and "is undefined" not in refused.text

    path = box.folder / "evidence" / "trail.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"go"', b'"no"'))
    ran = nobody.phase("note", "", *words)
    assert ran.code == 0 and f"Entry {before + 3} for contingency" in ran.text
    assert f"the trail is BROKEN at record {before + 1}" in ran.text
