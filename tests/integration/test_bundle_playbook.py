# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bundle of a day on which clients with secrets were written: it is whole, and the secrets are not in it."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

from tests.integration.play import GAP
from tests.integration.play_secrets import lab
from tests.integration.secret_places import SITES

NAME = "2021-11-06-ccass-failover-rehearsal_2021-11-06"


def test_planted_secrets_are_not_in_the_bundle(tmp_path: Path) -> None:
    with lab(tmp_path, ["pc-1"], {}) as made:
        sites = made.settings("pc-1") / SITES
        before = sites.read_bytes()
        assert made.secrets.within(before)
        switched = made.phase("to-secondary", GAP, "--diff")
        assert switched.code == 0 and sites.read_bytes() != before, switched.said
        ran = made.run("bundle", "playbooks/bundle.yml", at=GAP)
        assert ran.code == 0 and "trail.jsonl: whole" in ran.text, ran.said

        bundles = tmp_path / "evidence" / "bundles"
        with zipfile.ZipFile(bundles / f"{NAME}.zip") as archive:
            archive.extractall(tmp_path / "unpacked")
        unpacked = tmp_path / "unpacked" / NAME
        packed = {
            path.relative_to(unpacked): path.read_bytes() for path in unpacked.rglob("*") if path.is_file()
        }
        kept = {path: (bundles / NAME / path).read_bytes() for path in packed}
        assert kept == packed and Path("workstations/pc-1.jsonl") in packed
        assert b"pc-1: write, changed\n    RAP by ip_address: " in packed[Path("workstations/pc-1.txt")]
        check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        subprocess.run(check, cwd=unpacked, check=True, timeout=10)
        assert Trail(unpacked).verify().ok
        assert made.leaks() == {}

        # Once more, with a trail of another controller, a drill file that was changed since, and a stranger's file.
        other = Trail.open(tmp_path / "ctl-2")
        other.append({"at": "2021-11-06T04:00:00+00:00", "event": "note", "from": "ctl-2"})
        (drill_file,) = (tmp_path / "drills").glob("2021-11-06-*.yml")
        drill_file.write_text(f"{drill_file.read_text()}# changed\n")
        (bundles / NAME / "of-somebody").write_text("")
        words = f"--extra-vars=trail_folders={other.path.parent}"
        again = made.run("bundle", "playbooks/bundle.yml", words, at=GAP)
        assert again.code == 0 and "ctl-2/trail.jsonl: whole, 1 record" in again.text, again.said
        assert "neither in SHA256SUMS nor in the zip: of-somebody" in again.text
        assert "is not what was followed throughout: the gate had another file" in again.text
        assert Trail(bundles / NAME / "trails" / "ctl-2").snapshot() == other.snapshot()
        assert "is not what was followed" in (bundles / NAME / "verdict.txt").read_text()
