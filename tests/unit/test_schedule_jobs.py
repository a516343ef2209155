# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd and cron start after a drill, run by sh with real timeout and flock: in its time, and not beyond it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils import schedule_files
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import Controller, plan
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_files import cron_file, units

from tests.unit import schedule_reading as reading
from tests.unit.gate_drills import DRILLS, REHEARSAL, at

SCHEDULE = plan(
    replace(DRILLS[REHEARSAL], data={"checklists": [{"id": "clean-up"}]}), None, at("2021-11-06T15:00")
)


@pytest.fixture
def box(tmp_path: Path) -> Controller:
    """A controller with a clock that says $NOW, and a playbook that says what it is, writes $DO and ends with $CODE."""
    programs, evidence = tmp_path / "bin", tmp_path / "evidence"
    programs.mkdir()
    for name, text in {
        "date": 'echo "$NOW"',
        "ansible-playbook": f'echo "$3 $HKEX_DRILL_EVIDENCE" >> {tmp_path}/ran; eval "$DO"; exit "$CODE"',
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return Controller(
        program=str(programs / "ansible-playbook"),
        folder=str(tmp_path),
        evidence=str(evidence),
        config="/opt/drill/ansible.cfg",
        arguments=("--inventory=/home/chan/fleet",),
        variables={},
    )


def start(box: Controller, job: str, when: datetime, code: int = 0, do: str = "") -> subprocess.Popen[str]:
    programs = f"{box.folder}/bin:/usr/bin:/bin"
    env = {"PATH": programs, "NOW": str(int(when.timestamp())), "CODE": str(code), "DO": do}
    return subprocess.Popen(
        ["/bin/sh", "-c", job], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str]:
    said = process.communicate(timeout=20)[0]
    return process.returncode, said


def jobs(box: Controller) -> tuple[list[str], list[str]]:
    """Those of cleanup and those of status, by systemd and by cron."""
    texts, name = units(SCHEDULE, box, system=True), box.name(SCHEDULE)
    cleanup, status = (job for _fields, job in reading.cron_lines(cron_file(SCHEDULE, box)))
    scripts = {each: reading.script(texts[f"{name}-{each}.service"]) for each in SCHEDULE.phases}
    return [scripts["cleanup"], cleanup], [scripts["status"], status]


def test_a_job_runs_in_its_time_only_and_cleanup_until_it_has_ended_with_0(box: Controller) -> None:
    noted = Path(box.folder) / "ran"

    def ran(job: str, when: str, code: int = 0) -> bool:
        noted.unlink(missing_ok=True)
        assert end(start(box, job, at(when), code))[0] in (0, code)
        return noted.exists()

    (by_systemd, cleanup), (_status, status) = jobs(box)
    assert not ran(cleanup, "2021-11-06T16:19:59") and not ran(cleanup, "2022-11-06T16:20")
    assert ran(cleanup, "2021-11-06T16:20", code=2) and ran(by_systemd, "2021-11-08T06:20", code=4)
    assert not ran(cleanup, "2021-11-08T07:00"), "a business day has begun"
    assert ran(cleanup, "2021-11-06T17:20", code=0)
    assert noted.read_text() == f"hkex.drill.cleanup {box.evidence}\n"
    assert not ran(cleanup, "2021-11-06T18:20") and not ran(by_systemd, "2021-11-06T18:20"), "all was clean"
    assert not ran(status, "2021-11-08T06:59:59") and not ran(status, "2021-11-08T08:00")
    assert ran(status, "2021-11-08T07:00", code=2) and ran(status, "2021-11-08T07:30")
    assert not ran(status, "2022-11-08T07:00")


def test_what_a_run_leaves_is_for_its_owner_alone(box: Controller) -> None:
    (_by_systemd, cleanup), _status = jobs(box)
    Path(box.evidence).mkdir(mode=0o755)
    assert end(start(box, cleanup, at("2021-11-06T16:20")))[0] == 0
    left = {
        path.name.rpartition("-")[2]: path.stat().st_mode & 0o777 for path in Path(box.evidence).iterdir()
    }
    assert left == {"clean": 0o600, "schedule.lock": 0o600, "schedule.log": 0o600}
    service = units(SCHEDULE, box, system=True)[f"{box.name(SCHEDULE)}-cleanup.service"]
    assert "KillSignal=SIGINT" in service.splitlines(), "a stop is a Ctrl-C"


def test_a_cleanup_that_is_still_on_is_ended_before_a_business_day_begins(
    box: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule_files, "GRACE", 1)
    by_systemd, by_cron = jobs(box)[0]
    noted, late = Path(box.folder) / "ended", at("2021-11-08T06:59:58")
    hears, deaf = (
        f"trap 'echo INT >> {noted}; exit 3' INT; sleep 20",
        f"trap '' INT; sleep 20; echo > {noted}",
    )
    assert [end(start(box, job, late, do=hears))[0] for job in (by_systemd, by_cron)] == [124, 124]
    assert end(start(box, by_systemd, late, do=deaf))[0] != 0
    assert noted.read_text() == "INT\n" * 2 and not [*Path(box.evidence).glob("*-clean")]


def test_a_run_has_an_hour_or_what_is_left_until_7(box: Controller) -> None:
    bound = Path(box.folder) / "bin" / "timeout"
    bound.write_text('#!/bin/sh\necho "$@"\n')
    bound.chmod(0o755)
    (cleanup, _cron), (status, _cron_too) = jobs(box)
    for job, when, seconds in (
        (cleanup, "2021-11-06T16:20", 3540),
        (cleanup, "2021-11-08T05:20", 3540),
        (cleanup, "2021-11-08T06:20", 2340),
        (cleanup, "2021-11-08T06:58:59", 1),
        (status, "2021-11-08T07:00", 3540),
        (status, "2021-11-09T12:00", 3540),
    ):
        Path(box.evidence, f"{box.name(SCHEDULE)}-clean").unlink(missing_ok=True)
        code, said = end(start(box, job, at(when)))
        assert code == 0 and said.startswith(f"-s INT -k 60 {seconds} flock -F {box.evidence}/schedule.lock")
    late = [end(start(box, cleanup, at(when))) for when in ("2021-11-08T06:59", "2021-11-09T16:00")]
    assert {code for code, _said in late} == {1} and "too late" in late[0][1]


def test_two_schedules_of_one_evidence_folder_take_turns(box: Controller) -> None:
    other = replace(box, arguments=("--inventory=/home/chan/other",))
    turns = Path(box.folder) / "turns"
    when, do = at("2021-11-06T16:20"), f"echo in >> {turns}; sleep 0.3; echo out >> {turns}"
    running = [start(each, jobs(each)[0][1], when, do=do) for each in (box, other)]
    assert [end(each)[0] for each in running] == [0, 0]
    assert turns.read_text() == "in\nout\n" * 2


def test_what_did_not_end_with_0_says_its_last_lines_for_cron_to_mail(box: Controller) -> None:
    by_systemd, by_cron = jobs(box)[1]
    do, when = "seq 1 40; echo not known: pc-2", at("2021-11-08T07:00")
    code, said = end(start(box, by_cron, when, 2, do))
    assert code == 2 and said.splitlines() == [*map(str, range(22, 41)), "not known: pc-2"]
    assert end(start(box, by_cron, when, 0, do)) == (0, "")
    assert end(start(box, by_cron, at("2021-11-08T05:00"), 2, do)) == (0, "")
    log = (Path(box.evidence) / "schedule.log").read_text()
    assert log.count("not known: pc-2") == 2
    code, said = end(start(box, by_systemd, when, 2, do))  # the journal has it all
    assert code == 2 and len(said.splitlines()) == 41
