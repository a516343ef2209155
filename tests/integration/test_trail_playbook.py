# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that verifies trails, as an administrator or an auditor without an inventory runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import write_reading
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

from tests.integration.play import Ran
from tests.lab.fleet import ROOT


def verify(folder: Path, *words: str) -> Ran:
    """Run from ``folder``, with its ``evidence`` for that of the controller."""
    playbook = str(Path(sys.executable).with_name("ansible-playbook"))
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "HKEX_DRILL_EVIDENCE": str(folder / "evidence")}
    done = subprocess.run(
        [playbook, "hkex.drill.trail", *(f"--extra-vars={each}" for each in words)],
        cwd=folder,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", **settings},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def trail(folder: Path, controller: str, *texts: str) -> Trail:
    made = Trail.open(folder)
    for minute, text in enumerate(texts):
        at = f"2021-11-06T04:{minute:02}:{len(controller):02}+00:00"
        said = {"event": "note", "phase": "note", "host": None, "detail": {"text": text}}
        made.append({"at": at, "who": "li", "from": controller, **said})
    return made


def test_trails_of_two_controllers_are_verified_and_read_as_one(tmp_path: Path) -> None:
    one, two = tmp_path / "evidence", tmp_path / "other"
    head = trail(one, "ctl-1", "hotline says go", "{{ 1 + 1 }}").verify().head
    theirs = trail(two, "ctl-two", "officer there", "BOS backed up")
    said = {"event": "note", "phase": "note", "host": None, "detail": {"text": "at the desk", "corrects": 1}}
    theirs.append({"at": "2021-11-06T04:02:00+00:00", "who": "li", "from": "ctl-two", **said})
    words = ("trail_folders=evidence,other/trail.jsonl", f"trail_head={head[:16]}", "trail_reading=read.txt")
    ran = verify(tmp_path, *words)
    assert ran.code == 0, ran.said
    assert f"{one}/trail.jsonl: whole, 2 records" in ran.text
    assert f"{two}/trail.jsonl: whole, 3 records" in ran.text
    assert "last extended at Sat 2021-11-06 12:02 by li on ctl-two" in ran.text
    assert f"the noted head is record 2 of {one}/trail.jsonl: up to there nothing was altered" in ran.text
    assert (tmp_path / "read.txt").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "read.txt").read_text().splitlines()[1:] == [
        "Sat 2021-11-06 12:00:05  1  li@ctl-1  note: says: hotline says go",
        "Sat 2021-11-06 12:00:07  1  li@ctl-two  note: says: officer there",
        "Sat 2021-11-06 12:01:05  2  li@ctl-1  note: says: {{ 1 + 1 }}",
        "Sat 2021-11-06 12:01:07  2  li@ctl-two  note: says: BOS backed up",
        f"Sat 2021-11-06 12:02  3  li@ctl-two  note: says, in place of entry 1 of {two}/trail.jsonl: at the desk",
    ]


def test_a_broken_trail_is_read_all_the_same_and_fails(tmp_path: Path) -> None:
    made = trail(tmp_path / "evidence", "ctl-1", "one", "two", "three")
    made.path.write_bytes(made.path.read_bytes().replace(b"two", b"2wo"))
    ran = verify(tmp_path, "trail_reading=read.txt")
    assert ran.code == 2
    assert "trail.jsonl: BROKEN, 1 record before the break" in ran.text
    assert (
        "is broken at record 2: it is not the record that was written. Keep it as it is and find" in ran.text
    )
    assert (tmp_path / "read.txt").read_text().count("\n") == 1 + 3


def test_a_head_that_no_record_has_accuses_nobody(tmp_path: Path) -> None:
    made = trail(tmp_path / "evidence", "ctl-1", "one")
    made.append({"event": "note", "detail": {"text": "two", "corrects": 1}})
    ran = verify(tmp_path, f"trail_head={'3fa9' * 4}", "trail_reading=read.txt")
    assert ran.code == 2 and "no record has the noted hash 3fa93fa93fa93fa9: mistyped" in ran.text
    assert "Keep it as it is" not in ran.text
    assert (tmp_path / "read.txt").read_text().endswith("says, in place of entry 1: two\n")


def test_copies_are_judged_and_what_is_no_reading_is_never_overwritten(tmp_path: Path) -> None:
    made = trail(tmp_path / "evidence", "ctl-1", "one")
    shutil.copytree(tmp_path / "evidence", tmp_path / "copy")
    made.append({"event": "note"})
    write_reading(tmp_path / "read.txt", ["an earlier one"], check=False)
    ran = verify(tmp_path, "trail_folders=evidence,copy", "trail_reading=read.txt")
    assert ran.code == 2 and "they are copies of one trail" in ran.text and "Keep it as it is" not in ran.text
    assert (tmp_path / "read.txt").read_text().endswith("\nan earlier one\n")
    assert f"{made.path}: whole, 2 records" in ran.text and "copy/trail.jsonl: whole, 1 record" in ran.text

    before = made.path.read_bytes()
    ran = verify(tmp_path, "trail_reading=evidence/trail.jsonl")
    assert ran.code == 2 and "only an earlier reading is replaced" in ran.text
    assert made.path.read_bytes() == before
