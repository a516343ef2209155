# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One folder and one zip of an occurrence: what is in it, for whom, and that it is the same each time."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, sha256
from ansible_collections.hkex.drill.plugins.plugin_utils import bundle
from ansible_collections.hkex.drill.plugins.plugin_utils.evidence_files import besides, keep, write_reading
from ansible_collections.hkex.drill.plugins.plugin_utils.history import of_occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Snapshot, Trail

from tests.unit.board_days import drill

DRILL, DAY = "2021-11-06-ccass-failover-rehearsal", "2021-11-06"


def record(event: str, run: str = "r1", of: str | None = DRILL, **more: Any) -> dict[str, Any]:
    own = {"at": "2021-11-06T04:00:00+00:00", "run": run, "who": "li", "from": "ctl-1", "event": event}
    return {
        **own,
        "drill": of,
        "occurrence": DAY if of else None,
        "phase": "status",
        "host": None,
        **more,
    }


TOLD = (
    record("run_started", of=None),
    record("gate", host="ws-01", detail={"allowed": True}),
    record("result", host="ws-02", detail={"step": "look"}),
    record("unreachable", host="../etc/x"),
    record("note", run="r2", host="ws-02", detail={"text": "officer there"}),
    record("run_started", run="r3", of=None),
    record("result", run="r3", of="another", host="ws-03"),
    record("run_ended"),
)


@pytest.fixture
def trail(tmp_path: Path) -> Snapshot:
    made = Trail.open(tmp_path / "evidence")
    for each in TOLD:
        made.append(each)
    return made.snapshot()


def files(trail: Snapshot, *added: tuple[str, bytes], **others: Snapshot) -> dict[str, bytes]:
    trails = {bundle.OWN: trail, **others}
    return bundle.files(trails, bundle.gathered(trails), ["whole"], *drill(), b"id: a-drill\n", added)


def test_the_records_of_an_occurrence_are_its_runs_from_their_start_and_its_notes() -> None:
    mine = of_occurrence(TOLD, DRILL, DAY)
    assert mine == [*TOLD[:5], TOLD[7]]
    assert of_occurrence(TOLD, DRILL, None) == of_occurrence(TOLD, "x", DAY) == []


def test_a_bundle_has_the_whole_trail_and_what_it_says_of_each_workstation(trail: Snapshot) -> None:
    found = files(trail, ("form.pdf", b"%PDF"))
    strange = f"_._etc_x_{sha256(b'../etc/x')[:8]}"
    assert sorted(found) == [
        "board.html",
        f"drill/{DRILL}.yml",
        "form.pdf",
        "reading.txt",
        "trail.jsonl",
        "trail.mark",
        "verdict.txt",
        f"workstations/{strange}.jsonl",
        f"workstations/{strange}.txt",
        "workstations/ws-02.jsonl",
        "workstations/ws-02.txt",
    ]
    assert Snapshot(found["trail.jsonl"], found["trail.mark"]).verify().records == len(TOLD)
    assert found["reading.txt"].count(b"\n") == 6 and b"another" not in found["reading.txt"]
    told = [json.loads(line)["event"] for line in found["workstations/ws-02.jsonl"].splitlines()]
    assert told == ["result", "note"]
    assert b"says: officer there" in found["workstations/ws-02.txt"]


def test_what_is_added_may_not_hide_what_is_there(trail: Snapshot) -> None:
    for name in ("trail.jsonl", "SHA256SUMS", "form.pdf", "workstations", "trails", "drill"):
        with pytest.raises(
            Refusal, match=f"bundle_files {name}: a file or folder of the bundle has that name"
        ):
            files(trail, ("form.pdf", b"one"), (name, b"another"))


@pytest.mark.parametrize("name", ["form\n.pdf", "form\x1b[2J.pdf", "form\udcff.pdf", "\u202eform.pdf"])
def test_what_is_added_has_a_name_that_can_be_read(trail: Snapshot, name: str) -> None:
    with pytest.raises(Refusal, match="its name has characters that cannot be read") as refused:
        files(trail, (name, b"%PDF"))
    assert str(refused.value).isprintable()


def test_a_trail_without_a_record_makes_no_bundle() -> None:
    with pytest.raises(Refusal, match="it has no record"):
        bundle.gathered({bundle.OWN: Snapshot(b"", b"")})


def test_trails_of_several_controllers_make_one_bundle(trail: Snapshot, tmp_path: Path) -> None:
    other = Trail.open(tmp_path / "other")
    for event, minute in (("gate", 1), ("result", 2)):
        at = f"2021-11-06T04:{minute:02}:00+00:00"
        other.append(record(event, host="ws-07", at=at, detail={"allowed": True}, **{"from": "ctl-2"}))
    theirs = other.snapshot()
    found = files(trail, **{"ctl 2": theirs})
    (folder,) = {name.rpartition("/")[0] for name in found if name.startswith("trails/")}
    assert Snapshot(found[f"{folder}/trail.jsonl"], found[f"{folder}/trail.mark"]) == theirs
    assert Snapshot(found["trail.jsonl"], found["trail.mark"]) == trail
    assert b"li@ctl-2" in found["reading.txt"] and b"li@ctl-1" in found["reading.txt"]
    assert "workstations/ws-07.txt" in found
    page = found["board.html"].decode()
    assert "ws-02" in page and "ws-07" in page and "is whole" in page
    assert trail.verify().head in page and theirs.verify().head in page
    broken = Snapshot(theirs.content.replace(b"ctl-2", b"ctl-3", 1), theirs.mark)
    assert (
        "is BROKEN at record 1: it is not the record that was written (two)"
        in files(trail, two=broken)["board.html"].decode()
    )
    with pytest.raises(Refusal, match="copies of one trail"):
        files(trail, copy=trail)


def test_another_drill_file_than_the_gate_went_by_is_named() -> None:
    known, occurrence = drill()
    assert bundle.strayed(TOLD, known, occurrence) == []
    same = [{**record("gate", detail={"digest": known.digest}), "seq": 1}]
    assert known.digest and bundle.strayed(same, known, occurrence) == []
    other = [
        {**record(event, detail={"digest": "5f"}), "seq": seq} for seq, event in ((3, "gate"), (9, "failed"))
    ]
    (told,) = bundle.strayed([*same, *other], known, occurrence)
    assert told.startswith(f"drill/{DRILL}.yml is not what was followed") and told.endswith(
        "record 3 and 1 more"
    )
    assert bundle.strayed(other, known, None) == []


@pytest.mark.parametrize("run", [["r1"], {"r": 1}, 7, None])
def test_a_record_of_whatever_run_is_bundled(trail: Snapshot, tmp_path: Path, run: object) -> None:
    made = Trail(tmp_path / "evidence")
    made.append({**record("result", host="ws-09"), "run": run})
    made.append({**record("run_started", of=None), "run": run})
    assert b'"run":' in files(made.snapshot())["workstations/ws-09.jsonl"]


def test_the_same_content_is_the_same_zip_and_only_its_owners(trail: Snapshot) -> None:
    found = files(trail)
    packed = bundle.zipped("x", found)
    assert bundle.zipped("x", dict(reversed(found.items()))) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == {
            f"x/{name}": content for name, content in found.items()
        }
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100600}


def test_what_is_kept_can_be_checked_and_is_written_once(trail: Snapshot, tmp_path: Path) -> None:
    found, root = files(trail), tmp_path / "bundles"
    found[bundle.SUMS] = bundle.sums(found)
    assert keep(root, found, check=True) == [*found] and not root.exists()
    assert keep(root, found, check=False) == [*found]
    subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", bundle.SUMS], cwd=root, check=True, timeout=10
    )
    (root / "of-somebody").write_text("")
    (root / "verdict.txt").write_text("forged")
    (tmp_path / "victim").write_bytes(found["reading.txt"])
    (root / "reading.txt").unlink()
    (root / "reading.txt").symlink_to(tmp_path / "victim")
    assert sorted(keep(root, found, check=False)) == ["reading.txt", "verdict.txt"]
    assert not (root / "reading.txt").is_symlink() and (root / "of-somebody").exists()
    assert {name: (root / name).read_bytes() for name in found} == found
    assert {(root / name).stat().st_mode & 0o777 for name in found} == {0o600}
    assert [path.name for path in root.rglob(".*")] == []
    assert {path.stat().st_mode & 0o777 for path in (root, *root.rglob("*")) if path.is_dir()} == {0o700}
    assert besides(root, found) == ["of-somebody"]


def test_every_folder_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    keep(tmp_path / "a" / "b", {"c/d/e": b""}, check=False)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if path.is_dir()} == {0o700}


def test_a_reading_replaces_nothing_but_a_reading(tmp_path: Path, trail: Snapshot) -> None:
    path = tmp_path / "read.txt"
    assert write_reading(path, ["one"], check=True) and not path.exists()
    assert write_reading(path, ["one"], check=False) and not write_reading(path, ["one"], check=False)
    assert write_reading(path, ["two"], check=False) and path.read_text().splitlines()[1:] == ["two"]
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "empty").touch()
    evidence = tmp_path / "evidence"
    taken = [
        tmp_path / "link",
        tmp_path / "empty",
        evidence,
        evidence / "trail.jsonl",
        evidence / "trail.mark",
    ]
    for place in taken:
        with pytest.raises(Refusal, match="only an earlier reading is replaced"):
            write_reading(place, ["three"], check=False)
    assert Trail(evidence).snapshot() == trail and path.read_text().endswith("two\n")


def test_what_cannot_be_written_is_said(trail: Snapshot, tmp_path: Path) -> None:
    (tmp_path / "bundles").write_text("")
    with pytest.raises(Refusal, match="See what is there"):
        keep(tmp_path / "bundles", files(trail), check=False)


def test_an_occurrence_has_a_name_of_its_own() -> None:
    known, occurrence = drill()
    assert bundle.named(known, occurrence) == f"{DRILL}_{DAY}"
    assert bundle.named(known, None) == DRILL


def test_its_board_is_that_of_its_last_record_and_tells_of_the_trail(trail: Snapshot) -> None:
    page = files(trail)["board.html"].decode()
    assert "As known at Sat 2021-11-06 12:00" in page
    assert "is whole" in page and "officer there" in page and "ws-02" in page and "ws-03" not in page
    broken = Snapshot(trail.content.replace(b"officer", b"0fficer"), trail.mark)
    assert "is BROKEN at record 5" in files(broken)["board.html"].decode()
