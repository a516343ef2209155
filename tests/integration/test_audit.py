# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit and progress callbacks under the real ansible-playbook, with stand-ins for the gate and the phase."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.run import RunLock
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail

ROOT = Path(__file__).parents[2]

# Returns the result it is given and what a forked worker sees of the run; drops out if told so.
STAND_IN = """
import dataclasses, json
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible_collections.hkex.drill.plugins.plugin_utils.run import current_run

class ActionModule(ActionBase):
    _supports_check_mode = True
    def run(self, tmp=None, task_vars=None):
        if self._task.args.get("gone"):
            raise AnsibleConnectionFailure("no route to host")
        run = current_run()
        seen = json.dumps(dataclasses.asdict(run) if run else None, default=str)
        with open(self._task.args["seen"], "a") as file:
            file.write(seen + "\\n")
        return self._task.args.get("result") or {}
"""
ROW = {
    "workstation": "ws-01",
    "system": "rap",
    "access": "host_table",
    "points_at": "secondary",
    "changed": True,
}


class Site:
    """A folder with a fleet of three, the collection with stand-ins, and the evidence of what runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.evidence, self.seen_path = folder, folder / "evidence", folder / "seen"
        plugins = folder / "collections/ansible_collections/hkex/drill/plugins"
        (plugins / "action").mkdir(parents=True)
        for name in ("callback", "plugin_utils", "module_utils"):
            (plugins / name).symlink_to(ROOT / "plugins" / name)
        for name in ("gate", "phase"):
            (plugins / "action" / f"{name}.py").write_text(STAND_IN)
        hosts = "".join(f"ws-0{n} ansible_connection=local\n" for n in (1, 2, 3))
        (folder / "inventory").write_text(f"{hosts}[all:vars]\nansible_python_interpreter={sys.executable}\n")
        (folder / "ansible.cfg").write_text(
            "[defaults]\ncollections_path = collections\ninventory = inventory\n"
            "callbacks_enabled = hkex.drill.audit, hkex.drill.progress\n[hkex_drill]\nevidence = evidence\n"
        )

    def play(self, *plays: Mapping[str, Any], args: tuple[str, ...] = (), **env: str) -> tuple[str, int]:
        """Run the plays; what was printed, and the exit code."""
        (self.folder / "play.yml").write_text(
            json.dumps([{"hosts": "all", "gather_facts": False, **play} for play in plays])
        )
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "play.yml", *args],
            cwd=self.folder,
            env={**os.environ, "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"), "COLUMNS": "200", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.stdout, done.returncode

    def task(self, action: str, /, **args: Any) -> dict[str, Any]:
        return {"name": action, f"hkex.drill.{action}": {"seen": str(self.seen_path), **args}}

    @property
    def seen(self) -> list[Any]:
        return [json.loads(line) for line in self.seen_path.read_text().splitlines()]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.evidence / "trail.jsonl").read_bytes().splitlines()]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def phase(name: str, *tasks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"vars": {"drill_phase": name}, "tasks": list(tasks), **more}


def test_a_run_leaves_a_chain_of_who_did_what_where(site: Site) -> None:
    decision = {"drill": "a-drill", "occurrence": "2021-11-06", "phase": "to-secondary", "allowed": True}
    decision["digest"] = "5f" * 32
    force = {"force": "told by phone", "overridden": ["window"], "password": "s3cret"}
    result = {
        "drill": "a-drill",
        "occurrence": "2021-11-06",
        "step": "write",
        "changed": True,
        "state": "changed",
    }
    finding = {"level": "warning", "where": "hosts", "what": "odd", "remedy": "Look.", "token": "s3cret"}
    content = {
        "rows": [{**ROW, "token": "s3cret"}],
        "findings": [finding],
        "edits": ["one"],
        "diff": "s3cret",
    }
    output, code = site.play(
        phase(
            "to-secondary",
            {**site.task("gate", result={**decision, **force}), "run_once": True},
            {**site.task("phase", result={**result, **content}), "when": "inventory_hostname == 'ws-01'"},
            {**site.task("phase", gone=True), "when": "inventory_hostname == 'ws-02'"},
            {"fail": {"msg": "x" * 3000}, "name": "stop", "when": "inventory_hostname == 'ws-03'"},
            {**site.task("phase", result=result), "no_log": True},
        ),
        args=("--limit", "all"),
    )
    assert code != 0
    verdict = Trail(site.evidence).verify()
    assert verdict.ok, verdict.why
    records = site.records
    assert [(record["event"], record["host"]) for record in records] == [
        ("run_started", None),
        ("gate", "ws-01"),
        ("result", "ws-01"),
        ("unreachable", "ws-02"),
        ("failed", "ws-03"),
        ("result", "ws-01"),
        ("run_ended", None),
    ]
    assert len({(record["run"], record["who"], record["from"], record["phase"]) for record in records}) == 1
    assert {record["phase"] for record in records} == {"to-secondary"}
    assert {record["drill"] for record in records[1:]} == {"a-drill"}
    assert not any(record["check"] for record in records)
    details = [record["detail"] for record in records]
    assert details[0] == {"playbook": "play.yml", "tags": ["all"], "limit": "all"}
    assert details[1] == {
        "task": "gate",
        "allowed": True,
        "force": "told by phone",
        "overridden": ["window"],
        "digest": "5f" * 32,
    }
    assert details[2]["rows"] == [ROW]
    assert details[2]["findings"] == [
        {"level": "warning", "where": "hosts", "what": "odd", "remedy": "Look."}
    ]
    assert (details[2]["edits"], details[2]["state"], details[2]["step"]) == (["one"], "changed", "write")
    assert "no route to host" in details[3]["msg"]
    assert details[4] == {"task": "stop", "msg": "x" * 2000}
    assert details[5] == {"task": "phase", "censored": True}
    assert details[6] == {"hosts": 3, "changed": 1, "failed": 1, "unreachable": 1}
    assert "s3cret" not in (site.evidence / "trail.jsonl").read_text()
    assert all(seen["lock_held"] and seen["error"] is None for seen in site.seen)
    assert {seen["id"] for seen in site.seen} == {records[0]["run"]}
    RunLock.acquire(site.evidence, "to-primary", "now").release()
    assert "warning: hosts: odd (ws-01)\n    Look." in output
    table = output[output.index("Workstation  System") :].splitlines()
    assert [line.split()[0] for line in table[2:5]] == ["ws-01", "ws-02", "ws-03"]
    assert "3 workstations: 1 on secondary; 1 pending (unreachable): ws-02; 1 failed: ws-03" in table[-1]


def test_a_refusing_gate_is_recorded_with_its_reason_and_makes_no_table(site: Site) -> None:
    refusal = {"failed": True, "msg": "outside the window", "drill": "a-drill", "allowed": False}
    output, code = site.play(
        phase("to-secondary", {**site.task("gate", result=refusal), "run_once": True}, site.task("phase"))
    )
    assert code != 0
    assert [record["event"] for record in site.records] == ["run_started", "failed", "run_ended"]
    assert site.records[1]["drill"] == "a-drill"
    assert site.records[1]["detail"] == {"task": "gate", "allowed": False, "msg": "outside the window"}
    assert "Workstation  System" not in output


def test_plays_of_one_playbook_are_one_run_and_check_mode_is_recorded(site: Site) -> None:
    output, code = site.play(
        phase(
            "status", site.task("phase", result={"rows": [{**ROW, "points_at": "primary"}]}), hosts="ws-02"
        ),
        phase("to-primary", site.task("phase", result={"rows": [ROW]}), hosts="ws-02:ws-01"),
        {"tasks": [site.task("phase")]},
        args=("--check",),
    )
    assert code == 0, output
    assert [record["phase"] for record in site.records] == [
        "status",
        "status",
        "to-primary",
        "to-primary",
        *[None] * 4,
    ]
    assert len({record["run"] for record in site.records}) == 1
    assert all(record["check"] for record in site.records)
    assert [seen["lock_held"] for seen in site.seen] == [False, True, True, True, True, True]
    assert "Check mode: nothing was changed" in output
    assert output.rstrip().splitlines()[-1].endswith("2 workstations: 2 on secondary")


def test_plays_that_the_tags_leave_out_say_nothing_of_a_run(site: Site) -> None:
    output, code = site.play(
        phase(
            "to-secondary",
            site.task("phase", result={"rows": [ROW]}),
            hosts="ws-01",
            tags=["to-secondary"],
        ),
        phase("rollback", site.task("phase"), tags=["never", "rollback"]),
        args=("--tags", "to-secondary", "--check"),
    )
    assert code == 0, output
    assert [(record["event"], record["phase"], record["check"]) for record in site.records] == [
        ("run_started", "to-secondary", True),
        ("result", "to-secondary", True),
        ("run_ended", "to-secondary", True),
    ]


def test_a_second_run_sees_who_is_on_and_a_status_goes_through(site: Site) -> None:
    site.evidence.mkdir(0o700)
    lock = RunLock.acquire(site.evidence, "cleanup", "now")
    site.play(phase("status", site.task("phase"), hosts="ws-01"))
    site.play(phase("to-secondary", site.task("phase"), hosts="ws-01"))
    lock.release()
    status, switch = site.seen
    assert (status["lock_held"], status["error"]) == (False, None)
    assert not switch["lock_held"]
    assert f"another run is on (cleanup by {site.records[0]['who']}" in switch["error"]
    assert len({record["run"] for record in site.records}) == 2


def test_a_play_left_out_by_its_tags_starts_no_run(site: Site) -> None:
    output, code = site.play(phase("to-secondary", site.task("phase"), tags=["never", "to-secondary"]))
    assert code == 0, output
    assert not site.evidence.exists()
    assert "Workstation  System" not in output and "Nothing was done: the tags left all of it out" in output


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--inventory=/dev/null", "drill.yml", "--tags=to-secondary"), "the inventory has nobody for it"),
        (("note.yml", "--tags=foo", "--extra-vars=note=go"), "the tags left all of it out"),
    ],
)
def test_a_playbook_of_ours_that_did_nothing_is_no_success(
    site: Site, args: tuple[str, ...], why: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *args],
        cwd=ROOT / "playbooks",
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "HKEX_DRILL_EVIDENCE": str(site.evidence),
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and f"Nothing was done: {why}" in done.stderr
    assert not site.evidence.exists()


def test_a_trail_lost_on_the_way_is_loud_and_seen_by_the_next_task(site: Site) -> None:
    elsewhere = site.folder / "elsewhere"
    lose = f"mv evidence/trail.jsonl {elsewhere}; ln -s {elsewhere} evidence/trail.jsonl"
    output, _ = site.play(
        phase(
            "to-secondary",
            site.task("phase"),
            {"shell": {"cmd": lose, "chdir": str(site.folder)}},
            site.task("phase"),
            site.task("phase"),
            hosts="ws-01",
        )
    )
    first, second, third = site.seen
    assert (first["error"], second["error"]) == (None, None)
    assert "symbolic link" in third["error"]
    assert "[ERROR]: audit trail" in output
    assert [json.loads(line)["event"] for line in elsewhere.read_bytes().splitlines()] == [
        "run_started",
        "result",
    ]


def test_an_evidence_folder_that_cannot_be_is_seen_by_the_first_task(site: Site) -> None:
    (site.folder / "file").write_text("")
    blocked = str(site.folder / "file" / "evidence")
    output, _ = site.play(
        phase("to-secondary", site.task("phase"), hosts="ws-01"), HKEX_DRILL_EVIDENCE=blocked
    )
    assert "Not a directory" in site.seen[0]["error"]
    assert not site.seen[0]["lock_held"]
    assert "[ERROR]: audit trail" in output


def test_without_the_callback_there_is_no_run(site: Site) -> None:
    site.play(
        phase("to-secondary", site.task("phase"), hosts="ws-01"),
        ANSIBLE_CALLBACKS_ENABLED="hkex.drill.progress",
    )
    assert site.seen == [None]
