# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stood in folders, as it is kept and read again; and by what a file is known without reading it."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_limits as limits
from ansible_collections.hkex.drill.plugins.module_utils import _rehearsal_manifest as manifests
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, Stamp
from ansible_collections.hkex.drill.plugins.module_utils.posix import files
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rehearsal_desk import REPORT, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    (desk.reports / "CSESM01.zip").write_bytes(REPORT)
    desk.run("baseline")
    return desk


BELOW = ["../x", "a/../../x", "/etc/passwd", "a//b", "", ".", "a/.", "a\0b", "..\\x", 7, None]


@pytest.mark.parametrize("below", BELOW)
def test_a_manifest_that_leads_out_of_its_folder_is_refused(below: Any) -> None:
    line = json.dumps([0, below, 1, 1, "0" * 64, 1, None])
    with pytest.raises(Refusal, match=r"is not a manifest of this collection.*leads out of /srv/a"):
        manifests.read(gzip.compress(f'{{"form": 2, "folders": ["/srv/a"]}}\n{line}\n'.encode()))


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal):
        manifests.read(content)
    with pytest.raises(Refusal):
        manifests.read(gzip.compress(content))
    with pytest.raises(Refusal):
        manifests.read(gzip.compress(b'{"form": 2, "folders": ["/a"]}\n' + b"x" + content))


STAMPS = st.builds(
    Stamp,
    st.integers(0, 2**63),
    st.integers(-(2**80), 2**80),
    st.binary(min_size=32, max_size=32).map(bytes.hex) | st.just(""),
    st.integers(0, 2**80),
)
PATHS = st.lists(
    st.binary(min_size=1, max_size=5)
    .filter(lambda name: name not in (b".", b"..") and not {0, 47} & set(name))
    .map(os.fsdecode),
    min_size=1,
    max_size=3,
).map("/".join)


@given(
    st.dictionaries(st.sampled_from(["/srv/a", "/srv/報告"]), st.dictionaries(PATHS, STAMPS, max_size=4)),
    st.data(),
)
def test_a_manifest_gives_back_what_was_written(folders: Any, data: st.DataObject) -> None:
    files = [(folder, below) for folder, known in folders.items() for below in known]
    kept = data.draw(st.lists(st.sampled_from(files), unique=True)) if files else []
    manifest = manifests.Manifest({"drill": "d"}, folders, dict.fromkeys(kept, "0644 0:0"))
    assert manifests.read(manifests.write(manifest)) == manifest


def test_a_damaged_baseline_takes_nothing(desk: Desk) -> None:
    (desk.rehearsal / "x").write_bytes(b"x")
    blob = desk.folder / "state" / "blobs" / desk.journal()[0]["files"]["manifest"]
    blob.write_bytes(gzip.compress(gzip.decompress(blob.read_bytes()).replace(b"CSESM01", b"CSESM02")))
    with pytest.raises(Refusal, match="is missing or damaged"):
        desk.run("purged")
    assert (desk.rehearsal / "x").exists()


def test_long_names_in_chinese_take_no_more_room_than_others_and_can_be_found_in_the_list(desk: Desk) -> None:
    names = [f"{number:06d}{'帳' * 80}.dat" for number in range(2000)]
    stamp = Stamp(1, 1, "ab" * 32, 1)
    manifest = manifests.Manifest({}, {"/srv/a": dict.fromkeys(names, stamp)}, {})
    content = manifests.write(manifest)
    assert len(content) < 40 * len(names) and manifests.read(content) == manifest
    (desk.rehearsal / names[0]).write_bytes(b"drill")
    listed = Path(desk.run("purged")["edits"][0]["list"]).read_bytes()
    assert names[0].encode() in gzip.decompress(listed)  # as zgrep finds it


def test_a_list_that_could_not_be_read_again_is_refused_before_anything_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.MOST_MANIFEST <= files.LARGEST
    (desk.reports / "new.txt").write_bytes(b"new")
    journal, blobs = desk.journal(), sorted((desk.folder / "state" / "blobs").iterdir())
    monkeypatch.setattr(limits, "MOST_MANIFEST", 200)
    with pytest.raises(
        Refusal, match=r"the list of 2 files takes \d+ bytes, and no more than 200 could be read again"
    ):
        desk.run("baseline")
    assert (desk.journal(), sorted((desk.folder / "state" / "blobs").iterdir())) == (journal, blobs)


def test_a_manifest_of_another_form_is_refused_by_name() -> None:
    with pytest.raises(Refusal, match=r"its form is 1, not 2\. Take a new baseline"):
        manifests.read(gzip.compress(b'{"folders":[],"form":1}'))
    with pytest.raises(Refusal, match=r"is not a manifest of this collection.*Take a new baseline"):
        manifests.read(b'{"folders":[],"form":1}')


def test_a_report_that_production_wrote_anew_with_the_size_and_date_of_the_last_is_read_again(
    desk: Desk,
) -> None:
    report = desk.reports / "CSESM01.zip"
    date = report.stat().st_mtime_ns
    report.write_bytes(REPORT.upper())
    os.utime(report, ns=(date, date))  # as clients do with a server's date
    assert desk.run("baseline")["after"]["rehearsal_files"]["new"] == 0
    report.write_bytes(b"of the drill")
    desk.run("purged")
    assert report.read_bytes() == REPORT.upper()
