# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tag schedule as an administrator meets it, and a scheduled command that really runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from tests.integration.play import BACK, OFF, Ran, Sandbox, fleet
from tests.lab.fleet import ROOT
from tests.unit import schedule_reading as reading

PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))
TIME_OUT = 60.0
BEFORE = "2021-11-06T15:00"

# Stand-ins that keep what they were asked, for a machine on which neither systemd nor cron runs.
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$KEPT/systemctl"
case "$*" in
    *is-enabled*) grep -q enable "$KEPT/state" 2> /dev/null && echo enabled || { echo disabled; exit 1; } ;;
    *show*) echo LoadState=loaded; echo ActiveState=$(cat "$KEPT/active" 2> /dev/null || echo inactive) ;;
    *disable*) rm -f "$KEPT/state" ;;
    *enable*) echo enable > "$KEPT/state" ;;
    *stop*) echo inactive > "$KEPT/active" ;;
    *start*) echo active > "$KEPT/active" ;;
esac
"""
CRONTAB = """#!/bin/sh
case "$1" in
    -l) cat "$KEPT/crontab" 2> /dev/null || { echo "no crontab" >&2; exit 1; } ;;
    *) cp "$1" "$KEPT/crontab"; cat "$1" >> "$KEPT/crontab.all"; echo "--" >> "$KEPT/crontab.all" ;;
esac
"""


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    """Two workstations, one of them off, in an inventory that needs no more variables; become is for workstations."""
    box = fleet(tmp_path, {"pc-1": {"ansible_become": False}, "pc-2": dict(OFF)})
    path = box.inventory / "group_vars" / "all.yml"
    own: dict[str, object] = {
        "sandbox_root": str(tmp_path),
        "ansible_become": True,
        "drill_pretend_now": BEFORE,
    }
    own["drill_holidays"] = [date(2021, 11, 8)]  # as YAML has it without quotes
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **own}))
    return box


def playbook(box: Sandbox, *arguments: str, env: dict[str, str] | None = None) -> Ran:
    process = subprocess.run(
        [PLAYBOOK, f"--inventory={box.inventory}", *arguments],
        cwd=ROOT,
        env={**box.environment(), "ANSIBLE_PIPELINING": "1", **(env or {})},
        check=False,
        capture_output=True,
        text=True,
        timeout=TIME_OUT,
    )
    return Ran(process.returncode, process.stdout + process.stderr)


def schedule(box: Sandbox, state: str, *arguments: str, keeper: str = "cron") -> Ran:
    """Run the tag; the files go to a folder of the test's own."""
    given = {"drill_schedule": state, "schedule_keeper": keeper, "schedule_folder": f"{box.folder}/kept"}
    variables = f"--extra-vars={json.dumps(given)}"
    return playbook(box, "hkex.drill.drill", "--tags=schedule", variables, *arguments)


def kept(box: Sandbox) -> dict[str, str]:
    """What lies in that folder."""
    return {path.name: path.read_text() for path in sorted(box.folder.glob("kept/*"))}


def test_install_again_run_and_remove(box: Sandbox) -> None:
    before = box.everything()
    looked = schedule(box, "install", "--check", "--diff")
    assert looked.code == 0, looked.said
    assert kept(box) == {}
    assert "+# cleanup: Sat 2021-11-06 16:20 of Hong Kong" in looked.said

    assert schedule(box, "install").code == 0
    installed = kept(box)
    (text,) = installed.values()
    again = schedule(box, "install")
    assert again.code == 0 and "changed=0" in again.said and kept(box) == installed
    assert box.everything() == before and box.trail() == [], "a workstation was contacted"

    status = as_cron_would(box, text, "hkex.drill.status")
    assert status.code != 0 and "not known (1): pc-2" in status.text
    assert status.table()["pc-1", "RAP", "host_table"][0] == "primary"
    assert [record["phase"] for record in box.trail() if record["event"] == "run_started"] == ["status"]

    (box.folder / "kept" / "of-somebody").write_text("")
    (box.folder / "kept").chmod(0o700)
    assert schedule(box, "install", keeper="systemd").code == 0
    assert (box.folder / "kept").stat().st_mode & 0o777 == 0o700
    assert len(kept(box)) == 5 and not {*installed} & {*kept(box)}, "the other keeper's is gone"
    for path in (box.folder / "drills").glob("2021-11-06-*.yml"):
        path.unlink()
    shown = schedule(box, "show")
    assert shown.code == 0 and "There is no drill" in shown.text and shown.text.count("timer: installed") == 2
    assert schedule(box, "remove").code == 0
    assert [*kept(box)] == ["of-somebody"]


def as_cron_would(box: Sandbox, text: str, name: str) -> Ran:
    """Run the job with nothing of this environment, at its time; the playbook must be told that, too."""
    (job,) = (job for _fields, job in reading.cron_lines(text) if name in job)
    (begins,) = re.findall(r"-ge (\d+)", job)
    clock = box.folder / "bin" / "date"
    clock.parent.mkdir()
    clock.write_text(f"#!/bin/sh\necho {begins}\n")
    clock.chmod(0o755)
    (path,) = re.findall(r"^PATH=(.*)$", text, re.MULTILINE)
    done = subprocess.run(
        ["/bin/sh", "-c", job.replace(name, f"{name} --extra-vars=drill_pretend_now={BACK}")],
        env={"PATH": f"{clock.parent}:{path}"},
        check=False,
        timeout=TIME_OUT,
    )
    return Ran(done.returncode, (box.folder / "evidence" / "schedule.log").read_text())


def test_show_is_the_default_and_secrets_and_files_of_others_are_refused(box: Sandbox) -> None:
    given = {"schedule_keeper": "systemd", "schedule_folder": f"{box.folder}/kept"}
    shown = playbook(box, "hkex.drill.schedule", f"--extra-vars={json.dumps(given)}")
    assert shown.code == 0 and "changed=0" in shown.said and kept(box) == {}
    assert "cleanup: Sat 2021-11-06 16:20, then hourly" in shown.text
    assert "status: Tue 2021-11-09 07:00" in shown.text
    found = re.search(r"kept/(hkex-drill-2021-11-06-\w{6})\S*: not installed", shown.text)
    assert found, shown.said

    secret = schedule(box, "install", "-e", "ansible_password=hunter2", keeper="systemd")
    assert secret.code == 2 and kept(box) == {}
    assert "-e ansible_password: given on the command line" in secret.text and "hunter2" not in secret.said

    (box.folder / "kept").mkdir()
    (box.folder / "kept" / f"{found[1]}-cleanup.timer").write_text("[Timer]\n")
    refused = schedule(box, "remove", keeper="systemd")
    assert refused.code == 2 and "it was not made by hkex.drill. Move it away" in refused.text
    assert [*kept(box).values()] == ["[Timer]\n"]


def test_what_reaches_workstations_does_not_reach_the_controller(box: Sandbox) -> None:
    path = box.inventory / "group_vars" / "all.yml"
    windows = {"ansible_shell_type": "powershell", "ansible_remote_tmp": f"{path}/no/folder"}
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **windows}))
    installed = schedule(box, "install", keeper="systemd")
    assert installed.code == 0, installed.said
    assert len(kept(box)) == 4

    (box.folder / "more.yml").write_text("ansible_connection: ssh\nansible_user: drill\n")
    refused = schedule(box, "remove", f"--extra-vars=@{box.folder}/more.yml", keeper="systemd")
    assert (
        refused.code == 2 and "-e ansible_connection: an extra variable, which holds for the" in refused.text
    )
    assert len(kept(box)) == 4


def test_timers_are_started_and_entries_of_a_crontab_come_and_go(box: Sandbox) -> None:
    """The role's own tasks, with stand-ins for systemctl and crontab: what it asks of them."""
    programs, keeps = box.folder / "bin", box.folder / "kept"
    programs.mkdir()
    keeps.mkdir()
    for name, text in {"systemctl": SYSTEMCTL, "crontab": CRONTAB}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (keeps / "crontab").write_text("0 1 * * * somebody\n")
    timer = str(box.folder / "units" / "x.timer")
    entry = {"name": "hkex-drill, x cleanup", "minute": "0", "day": "6,7", "month": "11", "job": "true \\% x"}
    plan: dict[str, object] = {
        "folder": str(box.folder / "units"),
        "files": [{"path": timer, "content": "[Timer]\n"}],
        "there": [timer],
        "timers": [timer],
        "scope": "user",
        "entries": [entry],
        "gone": [timer],
        "gone_timers": ["x.timer"],
        "gone_entries": [entry["name"]],
    }
    steps = [
        {
            "ansible.builtin.include_role": {"name": "hkex.drill.schedule", "tasks_from": step},
            "vars": {"schedule_plan": {**plan, "files": files}},
        }
        for step, files in (("install", plan["files"]), ("install", []), ("remove", []))
    ]
    given = {"ansible_become": False}
    play = {"hosts": "pc-1", "gather_facts": False, "vars": given, "tasks": steps}
    (box.folder / "play.yml").write_text(yaml.safe_dump([play]))
    setting = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "KEPT": str(keeps),
        "XDG_RUNTIME_DIR": str(keeps),
    }
    ran = playbook(box, str(box.folder / "play.yml"), env=setting)
    assert ran.code == 0, ran.said
    asked = [line.split() for line in (keeps / "systemctl").read_text().splitlines()]
    told = [words[1:] for words in asked if not {"show", "is-enabled", "is-active"} & {*words}]
    assert all(words[0] == "--user" for words in asked)
    assert told == [
        ["daemon-reload"],
        ["enable", "x.timer"],
        ["start", "x.timer"],
        ["disable", "x.timer"],
        ["stop", "x.timer"],
        ["daemon-reload"],
    ]
    tables = (keeps / "crontab.all").read_text().split("--\n")
    assert len(tables) == 3, "it was written twice, when it came and when it went"
    assert "0 * 6,7 11 * true \\% x\n" in tables[0] and "hkex-drill" not in tables[1]
    assert all("0 1 * * * somebody\n" in table for table in tables[:2]) and not Path(timer).exists()
