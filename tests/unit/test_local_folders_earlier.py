# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that is led to a rehearsal folder which the inventory names no more, or never named since."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import sftp_client
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._local_folder import before_drill
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import LocalFolder
from ansible_collections.hkex.drill.plugins.plugin_utils.rehearsal import not_clean

from tests.unit.filezilla_person import PRIMARY, SERVER, sites
from tests.unit.local_folders import DRILL, OCCURRENCE, asked, play
from tests.unit.rehearsal_desk import Desk, desk
from tests.unit.test_local_folders import HISTORIES
from tests.unit.test_local_folders import OURS as EARLIER
from tests.unit.test_local_folders_winscp import FOLDER as WINSCP_FOLDER
from tests.unit.test_local_folders_winscp import asked as winscp_asked
from tests.unit.test_local_folders_winscp import desk as winscp
from tests.unit.test_local_folders_winscp import values
from tests.unit.test_winscp import SECONDARY as THERE

__all__ = ["desk"]

OWN = "/home/rap/own"


def client(desk: Desk, folder: Path | None, state: str) -> Concern:
    """What a phase asks of somebody's FileZilla beside the files."""
    options: dict[str, Any] = {**asked(PRIMARY), "config_dir": str(desk.folder)}
    local = {**({"path": str(folder)} if folder else {}), "state": state}
    return sftp_client.concern({**options, "local_folder": local, "drill": "d", "occurrence": "o"})


def stored(desk: Desk) -> list[str]:
    return re.findall("<LocalDir>(.*?)</LocalDir>", (desk.folder / "sitemanager.xml").read_text())


def led(desk: Desk) -> Path:
    """Somebody's FileZilla, on the day led to the drill's folder; the one that is named afterwards."""
    (desk.folder / "sitemanager.xml").write_bytes(sites(f"{SERVER}<Name>a</Name><LocalDir>{OWN}</LocalDir>"))
    desk.run("baseline", also=[client(desk, desk.rehearsal, "present")])
    assert stored(desk) == [str(desk.rehearsal)]
    return desk.folder / "second"


@pytest.mark.parametrize("named", [True, False])
def test_cleanup_gives_a_client_its_folder_back_from_one_that_is_not_named_any_more(
    desk: Desk, named: bool
) -> None:
    second = led(desk)
    folder = second if named else None
    own = str(folder) if folder else None
    predicted = desk.run("purged", True, also=[client(desk, folder, "absent")], rehearsal_folder=own)
    told = desk.run("purged", also=[client(desk, folder, "absent")], rehearsal_folder=own)
    assert stored(desk) == [OWN] and predicted["files"] == told["files"]
    assert not [each for each in told["findings"] if "nothing is known" in each["what"]]
    assert not desk.run("purged", also=[client(desk, folder, "absent")], rehearsal_folder=own)["changed"]


def test_a_client_that_goes_from_one_rehearsal_folder_to_the_next_comes_back_to_its_own(desk: Desk) -> None:
    second = led(desk)
    desk.run("baseline", rehearsal_folder=str(second), also=[client(desk, second, "present")])
    assert stored(desk) == [str(second)]
    desk.run("purged", rehearsal_folder=str(second), also=[client(desk, second, "absent")])
    assert stored(desk) == [OWN]


def test_what_is_production_s_by_the_last_baseline_is_somebody_s_choice_again(desk: Desk) -> None:
    second = led(desk)
    named: dict[str, Any] = {
        "folders": [str(desk.reports), str(desk.rehearsal)],
        "rehearsal_folder": str(second),
    }
    desk.run("baseline", **named)
    told = desk.run("purged", also=[client(desk, second, "absent")], **named)
    assert stored(desk) == [str(desk.rehearsal)]
    assert told["after"]["rehearsal_files"]["rehearsal_folders"] == [str(second)]


def test_who_still_downloads_into_an_earlier_rehearsal_folder_is_not_clean(desk: Desk) -> None:
    second = led(desk)
    desk.run("baseline", rehearsal_folder=str(second))
    for own in (str(second), None):
        files = desk.run("purged", rehearsal_folder=own)["after"]["rehearsal_files"]
        site = {"client": "filezilla", "user": "", "where": "here", "local_folder": str(desk.rehearsal)}
        for folder, still in ((desk.rehearsal, True), (desk.rehearsal / "x", True), (OWN, False)):
            told = not_clean(
                {"rehearsal_files": files, "sftp_client": {"sites": [{**site, "local_folder": str(folder)}]}}
            )
            assert (f"filezilla still downloads into {folder}" in told) == still


def test_the_journal_of_another_drill_says_nothing(desk: Desk) -> None:
    second = led(desk)
    desk.run("purged")
    desk.run("baseline", drill="another", rehearsal_folder=str(second))
    files = desk.run("purged", drill="another", rehearsal_folder=str(second))["after"]["rehearsal_files"]
    assert files["rehearsal_folders"] == [str(second)]


@pytest.mark.parametrize("case", HISTORIES)
def test_what_a_place_held_before_the_drill_had_another_folder(case: str) -> None:
    history, expected = HISTORIES[case]
    folder = LocalFolder("/elsewhere", False, earlier=(EARLIER.text,))
    assert before_drill(history, folder) is expected


def test_winscp_gets_its_own_back_too() -> None:
    host, port = THERE
    own = f"[Sessions\\a]\r\nHostName={host}\r\nPortNumber={port}\r\nLocalDirectory=D:%5Cown\r\n".encode()
    pc = winscp(own)
    record = {"kind": "baseline", "drill": DRILL, "occurrence": OCCURRENCE, "rehearsal": WINSCP_FOLDER}
    begin = {"event": "begin", "transaction": 1, "at": "now", "changes": [], "files": record}
    whose = {"drill": DRILL, "occurrence": OCCURRENCE}
    done = {"event": "done", "transaction": 1, "at": "now"}
    pc.journal = "".join(json.dumps(each) + "\n" for each in ({**begin, **whose}, done))
    start = values(pc)
    play(pc, winscp_asked(THERE, "present"))
    assert set(values(pc).values()) == {WINSCP_FOLDER}
    play(pc, {**winscp_asked(), "local_folder": {"state": "absent"}})
    assert values(pc) == start


def test_to_lead_a_client_anywhere_needs_a_path() -> None:
    with pytest.raises(Refusal, match="is not an absolute path"):
        sftp_client.concern({**asked(PRIMARY), "local_folder": {"path": None, "state": "present"}})
