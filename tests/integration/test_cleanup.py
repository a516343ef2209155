# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""After a drill nothing of it is left in the folders for downloads, and nothing of production is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.integration.play import GAP, OFF, PORT, RAP, SESSION_1, TABLE, Sandbox, fleet
from tests.lab.fleet import SITES

BEFORE, AFTER, MONDAY = "2021-11-05T17:00", "2021-11-06T16:15", "2021-11-08T07:00"
PRODUCTION = {"CSESM01_20211105.txt": b"production's\n", "letter.txt": b"not a report\n"}


def prepared(folder: Path, **hosts: dict[str, Any]) -> tuple[Sandbox, Path, Path]:
    """Workstations of which pc-1 has folders with files, after pre-drill; and these two folders."""
    reports, rehearsal = folder / "pc-1" / "reports", folder / "pc-1" / "rehearsal"
    reports.mkdir(parents=True)
    for name, content in PRODUCTION.items():
        (reports / name).write_bytes(content)
    own: dict[str, Any] = {
        "drill_access": TABLE,
        "drill_download_folders": [str(reports)],
        "drill_rehearsal_folder": str(rehearsal),
        "drill_test_files": ["SI_TEST*"],
    }
    all_hosts: dict[str, dict[str, Any]] = {"pc-1": own, "pc-2": {"drill_access": TABLE}, **hosts}
    box = fleet(folder, all_hosts)
    ran = box.phase("pre-drill", BEFORE, "--limit=!off", drill_force="the lab serves nothing")
    assert ran.code == 0, ran.said
    assert rehearsal.is_dir()
    return box, reports, rehearsal


def drill(reports: Path, rehearsal: Path) -> None:
    (reports / "CSESM01_20211105.txt").write_bytes(b"the rehearsal's\n")
    (reports / "TP001.zip").write_bytes(b"the rehearsal's\n")
    (reports / "SI_TEST1.txt").write_bytes(b"uploaded\n")
    (rehearsal / "anything").write_bytes(b"downloaded\n")


def there(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_the_drill_brought_goes_and_what_it_overwrote_comes_back(tmp_path: Path) -> None:
    box, reports, rehearsal = prepared(tmp_path, off=dict(OFF))
    drill(reports, rehearsal)
    found = there(reports)
    predicted = box.phase("cleanup", AFTER, "--check", "--diff", "--limit=!off")
    assert there(reports) == found
    assert predicted.code == 0 and "clean (1): pc-1" in predicted.said.splitlines(), "as it would be"
    early = box.phase("status", GAP, "--limit=!off")
    assert "clean (" not in early.said, "the rehearsal is on"

    ran = box.phase("cleanup", AFTER)
    assert ran.code == 4, ran.said
    (told,) = [line.split() for line in ran.said.splitlines() if re.match(r"pc-1 +\d", line)]
    assert told[:5] == ["pc-1", "4", "1", "-", "-"]
    assert Path(told[5]).name == "1" and len([*Path(told[5]).iterdir()]) == 4
    assert there(reports) == PRODUCTION
    assert there(rehearsal) == {}
    assert "not clean" not in ran.said
    assert "not known (1): off" in ran.said.splitlines()
    assert "1 pending (unreachable): off" in ran.said
    again = box.phase("cleanup", AFTER, "--limit=!off")
    assert again.code == 0
    assert "changed=1" not in again.said


def test_who_is_not_clean_is_named_until_a_person_has_looked(tmp_path: Path) -> None:
    box, reports, rehearsal = prepared(tmp_path)
    drill(reports, rehearsal)
    (reports / "notes.txt").write_bytes(b"whose is this?\n")
    late = box.phase("status", MONDAY)
    assert late.code == 2
    assert "not clean (1): pc-1" in late.said.splitlines()

    ran = box.phase("cleanup", AFTER)
    assert ran.code == 2
    assert there(reports) == {**PRODUCTION, "notes.txt": b"whose is this?\n"}
    assert "not clean (1): pc-1" in ran.said.splitlines()
    assert "notes.txt" in ran.text
    assert "[pc-1]: FAILED!" in ran.said and "[pc-2]: FAILED!" not in ran.said
    (reports / "notes.txt").unlink()
    assert box.phase("cleanup", AFTER).code == 0
    assert box.phase("to-primary", MONDAY).code == 0
    assert "not clean" not in box.phase("status", MONDAY).said


def test_a_client_that_still_downloads_into_the_drill_s_folder_is_not_clean(tmp_path: Path) -> None:
    rehearsal = tmp_path / "pc-1" / "rehearsal"
    rehearsal.mkdir(parents=True)
    site: dict[str, object] = {
        "drill_access": {**TABLE, "rap": "ip_address"},
        "drill_rehearsal_folder": str(rehearsal),
    }
    box = fleet(tmp_path, {"pc-1": site})
    assert box.phase("pre-drill", BEFORE, drill_force="the lab serves nothing").code == 0
    settings = box.folder / "fleet" / "pc-1" / "settings" / "sitemanager.xml"
    stored = SITES.format(rap=SESSION_1[RAP], port=PORT + 2)
    local = f"<LocalDir>{rehearsal}</LocalDir>"  # as a client had it that ran whenever cleanup came
    settings.write_text(stored.replace("</Server>", f"{local}</Server>"))
    late = box.phase("status", MONDAY)
    assert late.code == 2
    assert "not clean (1): pc-1" in late.said.splitlines()
    assert f"filezilla still downloads into {rehearsal} (" in late.text
    assert "close it, and run cleanup again" in late.text
    assert box.phase("cleanup", AFTER).code == 0
    assert local not in settings.read_text()


def test_without_a_circular_that_asks_for_it_nothing_is_remembered_and_nothing_goes(tmp_path: Path) -> None:
    box, reports, _folder = prepared(tmp_path)
    (reports / "TP001.zip").write_bytes(b"of the practice session\n")
    found = there(reports)
    other = {"drill": "2025-06-21-rap-practice-session"}
    assert box.phase("cleanup", "2025-06-21T19:30", **other).code == 0
    assert there(reports) == found
