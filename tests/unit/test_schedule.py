# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs by itself after a drill: only cleanup and status, when they should, by the command that was given."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import gate
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import (
    DIRECTORY,
    HONG_KONG,
    PRIMARY,
    SECONDARY,
    Drill,
    available,
    load,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import (
    HOURLY,
    LATER,
    Controller,
    Planned,
    Schedule,
    carried,
    inventories,
    not_over,
    parse_holidays,
    plan,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_files import (
    HEADER,
    calendar,
    cron_entries,
    cron_file,
    script,
    units,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import PHASES, next_business_day
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import schedule_reading as reading
from tests.unit.gate_drills import CONTINGENCY, DRILLS, REHEARSAL, SESSIONS, TEST, at, make_drill, window

SWITCHING = re.compile(r"to[-_]secondary|to[-_]primary|pre[-_]drill|rollback")
WHOLE = ("Asia/Hong_Kong", "UTC", "Europe/London", "America/New_York", "Pacific/Kiritimati")
BROKEN = ("Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham")  # off by a fraction of an hour
CHANGES = (
    "2021-03-28",
    "2021-10-31",
    "2021-11-07",
    "2021-03-14",
    "2021-04-04",
    "2021-09-26",
)  # of their clocks

HERE = Controller(
    program="/opt/drill/.venv/bin/ansible-playbook",
    folder="/opt/drill",
    config="/opt/drill/ansible.cfg",
    evidence="/opt/drill/evidence",
    arguments=("--inventory=/home/chan/fleet",),
    variables={},
)


def asking(drill: Drill) -> Drill:
    """The drill, of a circular that asks for files to be removed."""
    return replace(drill, data={**drill.data, "checklists": [{"id": "clean-up"}]})


CLEANED = asking(DRILLS[REHEARSAL])


@st.composite
def drills(draw: st.DrawFn) -> Drill:
    """Any drill of one day with windows of every kind."""
    day = draw(
        st.dates(date(2021, 1, 1), date(2026, 12, 31)) | st.sampled_from(CHANGES).map(date.fromisoformat)
    )
    times = sorted(draw(st.sets(st.integers(0, 24 * 12 - 1), min_size=2, max_size=8)))
    windows = []
    for start, end in pairwise(times):
        kind = draw(st.sampled_from(["prepare", "serving", "failover", "return", "verification"]))
        centre = draw(st.sampled_from([PRIMARY, SECONDARY])) if kind in ("serving", "verification") else None
        begins, ends = (f"{each // 12:02}:{each % 12 * 5:02}" for each in (start, end))
        windows.append(window(kind, begins, ends, centre, draw(st.booleans())))
    return asking(make_drill("any", (day.isoformat(),), tuple(windows)))


HOLIDAYS = st.sets(st.dates(date(2021, 1, 1), date(2027, 1, 31)), max_size=400)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)).map(
    lambda each: each.replace(tzinfo=HONG_KONG)
)


# ---- what is planned ----


@given(drills(), MOMENTS, HOLIDAYS)
def test_what_is_planned_for_any_drill_at_any_time(drill: Drill, now: datetime, holidays: set[date]) -> None:
    schedule = plan(drill, None, now, holidays)
    day = drill.occurrences[0].day
    *cleanups, status = schedule.runs
    assert cleanups and {run.phase for run in cleanups} == {"cleanup"} and status.phase == "status"
    ends = [each.on(day)[1] for each in drill.windows if each.kind == "serving" and not each.optional]
    assert all(run.at >= end + LATER for run in schedule.runs for end in ends)
    assert all(after.at - before.at == HOURLY for before, after in pairwise(cleanups))
    assert timedelta(0) < status.at - cleanups[-1].at <= HOURLY
    local = status.at.astimezone(HONG_KONG)
    assert (local.hour, local.minute, local.second) == (7, 0, 0)
    off = [day + timedelta(days=each) for each in range(1, (local.date() - day).days)]
    assert local.date() > day and all(each.isoweekday() > 5 or each in holidays for each in off)
    assert local.date().isoweekday() <= 5 and local.date() not in holidays
    assert schedule.until == status.at


@given(drills(), MOMENTS, HOLIDAYS)
def test_the_gate_lets_every_planned_run_pass(drill: Drill, now: datetime, holidays: set[date]) -> None:
    for run in plan(drill, None, now, holidays).runs:
        assert gate.decide(drill, None, run.phase, now=run.at).allowed


@given(drills(), MOMENTS, MOMENTS)
def test_a_plan_does_not_depend_on_when_it_is_made(drill: Drill, now: datetime, later: datetime) -> None:
    assert plan(drill, None, now) == plan(drill, None, later)


@given(drills(), MOMENTS, HOLIDAYS)
def test_nothing_that_switches_is_ever_scheduled(drill: Drill, now: datetime, holidays: set[date]) -> None:
    schedule = plan(drill, None, now, holidays)
    assert {run.phase for run in schedule.runs}.isdisjoint({*gate.SWITCHES, "pre-drill"})
    texts = [*units(schedule, HERE, system=True).values(), cron_file(schedule, HERE)]
    for text in texts:
        assert not SWITCHING.search(text)
    playbooks = {found for text in texts for found in re.findall(r"hkex\.drill\.\w+$", text, re.MULTILINE)}
    assert playbooks <= {"hkex.drill.cleanup", "hkex.drill.status", "hkex.drill.schedule"}
    for phase in {*PHASES} - {"cleanup", "status"}:
        with pytest.raises(KeyError):
            HERE.command(schedule, phase)


@pytest.mark.parametrize(
    ("name", "occurrence", "holidays", "first", "count", "until"),
    [
        (REHEARSAL, None, (), "2021-11-06T16:20", 39, "2021-11-08T07:00"),
        (TEST, None, (), None, 0, "2021-08-16T07:00"),
        (SESSIONS, "2024-11-30", ("2024-12-02",), None, 0, "2024-12-03T07:00"),
        ("2025-06-21-rap-practice-session", None, ("2025-07-01",), None, 0, "2025-06-23T07:00"),
    ],
)
def test_the_circulars_own_drills(
    name: str, occurrence: str | None, holidays: tuple[str, ...], first: str | None, count: int, until: str
) -> None:
    days = {date.fromisoformat(each) for each in holidays}
    schedule = plan(load(DIRECTORY, name), occurrence, at("2020-01-01T00:00"), days)
    assert schedule.runs[0] == (Planned("cleanup", at(first)) if first else Planned("status", at(until)))
    assert {*units(schedule, HERE, system=True)} == {
        f"{HERE.name(schedule)}-{phase}.{kind}" for phase in schedule.phases for kind in ("service", "timer")
    }
    assert len(schedule.of("cleanup")) == count and schedule.until == at(until)


def test_every_drill_there_is_has_a_schedule_but_contingency() -> None:
    for name in available(DIRECTORY):
        drill = load(DIRECTORY, name)
        for occurrence in drill.occurrences:
            assert plan(drill, occurrence.id, at("2030-01-01T00:00")).occurrence == occurrence.id
        assert bool(drill.occurrences) == (name != "contingency")


def test_what_has_no_schedule_says_why() -> None:
    now = at("2021-11-06T15:00")
    with pytest.raises(Refusal, match="a real failover has no timetable"):
        plan(CONTINGENCY, None, now)
    with pytest.raises(Refusal, match="this drill has several dates"):
        plan(DRILLS[SESSIONS], None, now)
    with pytest.raises(Refusal, match="there is none on '2021-11-07'"):
        plan(DRILLS[REHEARSAL], "2021-11-07", now)


def test_a_schedule_is_over_when_its_last_run_has_begun() -> None:
    schedule = plan(CLEANED, None, at("2021-11-06T15:00"))
    not_over(schedule, at("2021-11-08T06:59:59"))
    with pytest.raises(
        Refusal, match="would have been at Mon 2021-11-08 07:00, and now it is Mon 2021-11-08 07:00"
    ):
        not_over(schedule, at("2021-11-08T07:00"))


def test_business_days() -> None:
    friday = date(2021, 12, 24)
    assert next_business_day(friday, ()) == date(2021, 12, 27)
    assert next_business_day(friday, {date(2021, 12, 27)}) == date(2021, 12, 28)
    assert next_business_day(date(2021, 12, 28), ()) == date(2021, 12, 29)


def test_holidays_are_dates_as_yaml_has_them_or_in_quotes() -> None:
    assert parse_holidays([date(2021, 12, 27), "2021-12-25"]) == (date(2021, 12, 27), date(2021, 12, 25))


@pytest.mark.parametrize(
    "value", ["2021-12-25", None, ["25.12.2021"], [20211225], [at("2021-12-25T00:00")], 7]
)
def test_other_holidays_are_refused(value: object) -> None:
    with pytest.raises(Refusal, match="drill_holidays"):
        parse_holidays(value)


# ---- the command ----


def test_the_command_line_is_carried_over_but_for_its_own_variables() -> None:
    cli = {
        "inventory": ("/srv/fleet", "pc-1,"),
        "vault_password_files": ("/etc/vault",),
        "vault_ids": ("lab@/etc/lab", "plain"),
        "private_key_file": "/etc/key",
        "become_password_file": "/etc/become",
        "remote_user": "drill",
        "connection": "ssh",
        "become_method": "su",
        "become": True,
        "forks": 7,
        "module_path": ("/srv/modules", "more"),
        "tags": ("schedule",),
        "skip_tags": ("notest",),
        "extra_vars": ("@more.yml", "drill_schedule=install"),
        "subset": None,
    }
    arguments = carried(cli, ["drill", "drill_schedule", "schedule_keeper"])
    assert arguments == (
        "--inventory=/srv/fleet",
        "--inventory=pc-1,",
        "--vault-password-file=/etc/vault",
        "--vault-id=lab@/etc/lab",
        f"--vault-id={Path('plain').absolute()}",
        "--private-key=/etc/key",
        "--become-password-file=/etc/become",
        "--user=drill",
        "--become-method=su",
        "--forks=7",
        "--become",
        f"--module-path=/srv/modules:{Path('more').absolute()}",
        f"--extra-vars=@{Path('more.yml').absolute()}",
    )
    assert inventories(cli) == arguments[:2]


@pytest.mark.parametrize(
    ("cli", "inline", "text"),
    [
        ({"ask_pass": True}, [], "--ask-pass: a scheduled run has nobody to ask"),
        ({"become_ask_pass": True}, [], "--ask-become-pass"),
        ({"ask_vault_pass": True}, [], "--ask-vault-pass"),
        ({"vault_ids": ("prompt",)}, [], "--vault-id prompt"),
        ({"vault_ids": ("lab@prompt",)}, [], "--vault-id lab@prompt"),
        ({"vault_password_files": ("-",)}, [], "nobody to ask"),
        ({"subset": "pc-1"}, [], "--limit: a scheduled run would be without it"),
        ({"ssh_common_args": "-o x"}, [], "--ssh-common-args"),
        ({"start_at_task": "Look"}, [], "--start-at-task"),
        ({"step": True}, [], "--step"),
        ({"force_handlers": True}, [], "--force-handlers"),
        ({}, ["ansible_password"], "-e ansible_password"),
        ({}, ["drill", "drill_force"], "-e drill_force: a reason holds for the one run"),
    ],
)
def test_what_a_scheduled_run_cannot_have_is_refused(
    cli: dict[str, Any], inline: list[str], text: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        carried(cli, inline)
    assert text in str(refusal.value)


def rehearsal(controller: Controller = HERE) -> tuple[Schedule, Controller]:
    return plan(CLEANED, None, at("2021-11-06T15:00")), controller


def test_two_fleets_have_files_of_their_own() -> None:
    schedule, here = rehearsal()
    others = [
        replace(here, arguments=("--inventory=/home/chan/other",)),
        replace(here, evidence="/home/chan/evidence"),
        replace(here, config="/home/chan/ansible.cfg"),
        replace(here, variables={"drill_directory": "/home/chan/drills"}),
    ]
    same = replace(here, arguments=(*here.arguments, "--vault-password-file=/etc/vault"))
    names = [each.name(schedule) for each in (here, *others)]
    assert len({*names}) == len(names) and same.name(schedule) == names[0]
    assert re.fullmatch(r"hkex-drill-2021-11-06-[0-9a-f]{6}", names[0])  # cron reads no file with a dot
    assert here.owner(schedule.drill) in names[0] and here.owner("another") not in names[0]


# ---- systemd ----


@given(drills(), HOLIDAYS)
def test_calendar_events_are_the_planned_times(drill: Drill, holidays: set[date]) -> None:
    schedule = plan(drill, None, at("2021-01-01T00:00"), holidays)
    for phase in ("cleanup", "status"):
        text = units(schedule, HERE, system=True)[f"{HERE.name(schedule)}-{phase}.timer"]
        timer = reading.unit(text)
        moments = [moment for event in timer["OnCalendar"] for moment in reading.elapses(event)]
        assert tuple(moments) == schedule.of(phase)
        assert timer["Persistent"] == ["true"] and timer["WantedBy"] == ["timers.target"]


NASTY = st.text("aZ9é中 '\"\\$%;|&{}#~!*?<>`()=,:.-_", min_size=1, max_size=12)


@given(NASTY, NASTY)
def test_any_path_comes_through_the_quoting_of_units_and_shells(inventory: str, folder: str) -> None:
    schedule, here = rehearsal()
    odd = replace(
        here,
        program=f"/x/{folder}/ansible-playbook",
        folder=f"/x/{folder}",
        evidence=f"/x/{folder}/e",
        arguments=(f"--inventory=/{inventory}",),
    )
    for system in (True, False):
        text = units(schedule, odd, system)[f"{odd.name(schedule)}-cleanup.service"]
        said = reading.script(text)
        assert said == script(schedule, odd, "cleanup")
        assert ("network-online.target" in text) == system  # a user's manager has none
    assert f"E={shlex.quote(odd.evidence)}; cd {shlex.quote(odd.folder)} && " in said
    assert shlex.join(odd.command(schedule, "cleanup")) in said
    try:
        job = cron_entries(schedule, odd)[0].job
    except Refusal as refusal:
        assert "cron takes no more than 998" in str(refusal) or "a backslash before a percent" in str(refusal)
    else:
        read = re.sub(r"\\%", "%", job)
        assert len(job) <= 998 and shlex.join(odd.command(schedule, "cleanup")) in read
        assert not re.search(r"(?<!\\)%|\\\\%", job), "the end of a command, to cron"


@pytest.mark.parametrize("bad", ["/a\nExecStart=/bin/x", "/a\r", "/a\udcff", "/a\x00"])
def test_what_would_end_a_line_is_refused(bad: str) -> None:
    schedule, here = rehearsal()
    for odd in (replace(here, folder=bad), replace(here, arguments=(f"--inventory={bad}",))):
        with pytest.raises(Refusal, match="no unit or crontab can hold it"):
            units(schedule, odd, system=True)
        with pytest.raises(Refusal, match="no unit or crontab can hold it"):
            cron_file(schedule, odd)


def test_systemd_itself_takes_the_units(tmp_path: Path) -> None:
    """Where it is installed; what it would say is held to in any case by the tests above."""
    schedule, here = rehearsal(
        replace(HERE, program="/bin/true", folder="/", variables={"x": "it's 100% $HOME"})
    )
    texts = units(schedule, here, system=True)
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        assert all(reading.unit(text) for text in texts.values())
        return
    done = subprocess.run(
        [analyze, "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, timeout=30
    )
    complaints = [line for line in done.stderr.splitlines() if "hkex-drill" in line]
    assert (done.returncode, complaints) == (0, [])
    events = calendar(schedule.of("cleanup"))
    command = [analyze, "calendar", "--iterations=30", "--base-time=2021-11-01 00:00:00 UTC"]
    said = subprocess.run(
        [*command, *events],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={"TZ": "UTC", "LC_ALL": "C"},
    ).stdout
    found = re.findall(r"(?:Next elapse|Iter\. *#\d+): \w+ (\S+ \S+) UTC", said)
    assert [datetime.fromisoformat(f"{each}+00:00") for each in found] == list(schedule.of("cleanup"))


# ---- cron ----


@given(drills(), HOLIDAYS, st.sampled_from((*WHOLE, *BROKEN)))
def test_cron_starts_what_is_planned_in_any_zone(drill: Drill, holidays: set[date], zone: str) -> None:
    schedule = plan(drill, None, at("2021-01-01T00:00"), {each for each in holidays if each.day % 3 == 0})
    around = (schedule.runs[0].at.replace(minute=0) - timedelta(days=2), schedule.until + timedelta(days=2))
    for phase, (fields, job) in zip(
        ("cleanup", "status"), reading.cron_lines(cron_file(schedule, HERE)), strict=True
    ):
        start, end = (int(re.findall(rf"-{each} (\d+)", job)[0]) for each in ("ge", "lt"))
        fires = reading.fires(fields, *around, ZoneInfo(zone))
        started = [each for each in fires if start <= each.timestamp() < end]
        planned = schedule.of(phase)
        late = started[0] - planned[0]
        assert timedelta(0) <= late < HOURLY and (late == timedelta(0) or zone in BROKEN)
        assert started == [
            each + late for each in planned if each + late < schedule.until or phase == "status"
        ]


def test_texts_are_recognised_as_ours_and_say_their_time() -> None:
    schedule, here = rehearsal()
    text = cron_file(schedule, here)
    for each in (text, *units(schedule, here, system=True).values()):
        assert each.startswith(HEADER) and each.endswith("\n")
    assert (
        "# cleanup: Sat 2021-11-06 16:20 of Hong Kong, hourly, the last one at Mon 2021-11-08 06:20" in text
    )
    assert "# status: Mon 2021-11-08 07:00 of Hong Kong\n" in text
