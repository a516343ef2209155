# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a schedule is kept, by whom, what of it and of earlier ones is there, and when nothing could keep it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible import constants, context
from ansible_collections.hkex.drill.plugins.action import schedule as action
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import schedule_there as there
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import Controller, Schedule, plan
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_command import command_line
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_files import HEADER
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule_there import (
    Place,
    can_start,
    look,
    ours,
    place_of,
)

from tests.unit.gate_drills import DRILLS, REHEARSAL, SESSIONS, at

REHEARSED = replace(DRILLS[REHEARSAL], data={"checklists": [{"id": "clean-up"}]})
BEFORE = at("2021-11-06T15:00")
CHAN, ROOT = 1000, 0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """A controller whose places of root and of chan are all below one folder; systemd runs, and both may ask it."""
    for each in ("units", "cron.d", "running", "evidence", "run/systemd", "bin"):
        (tmp_path / each).mkdir(parents=True)
    (tmp_path / "run" / "bus").touch()
    for name, folder in {"UNITS": "units", "CRON_D": "cron.d", "RUNNING_SYSTEMD": "running"}.items():
        monkeypatch.setattr(there, name, tmp_path / folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    crontab(tmp_path, "")
    for name, program in {"timeout": "timeout", "flock": "flock", "cat": "cat", "crond": "true"}.items():
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(program)))
    monkeypatch.setattr(there, "SBIN", "")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    yield Controller(
        program="/opt/drill/ansible-playbook",
        folder="/opt/drill",
        config="/opt/drill/ansible.cfg",
        evidence=str(tmp_path / "evidence"),
        arguments=("--inventory=/home/chan/fleet",),
        variables={},
    )


def crontab(folder: Path, text: str) -> None:
    """The crontab that `crontab -l` shows."""
    (folder / "table").write_text(text)
    program = folder / "bin" / "crontab"
    program.write_text(f"#!/bin/sh\nexec cat {folder}/table\n")
    program.chmod(0o755)


def as_user(monkeypatch: pytest.MonkeyPatch, user: int) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)


def kept(here: Controller, place: Place, drill: Drill = REHEARSED, day: str | None = None) -> dict[str, Any]:
    schedule = plan(drill, day, BEFORE)
    return action._kept(drill, schedule, here, place, look(place, here.owner(drill.id), Path(here.evidence)))


def install(
    here: Controller, place: Place, drill: Drill = REHEARSED, day: str | None = None
) -> dict[str, Any]:
    """As the role would."""
    planned = kept(here, place, drill, day)
    for each in planned["gone"]:
        Path(each).unlink()
    for each in planned["files"]:
        Path(each["path"]).parent.mkdir(parents=True, exist_ok=True)
        Path(each["path"]).write_text(each["content"])
    for each in planned["timers"]:
        link = Path(each).parent / there.WANTED / Path(each).name
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(each)
    lines = [
        f"#Ansible: {each['name']}\n{each['minute']} * {each['day']} {each['month']} * {each['job']}\n"
        for each in planned["entries"]
    ]
    crontab(Path(here.evidence).parent, "".join(["#Ansible: other\n0 1 * * * other\n", *lines]))
    return planned


def standing(planned: dict[str, Any]) -> set[str]:
    return {each.partition(": ")[2] for each in planned["standing"]}


@pytest.mark.parametrize(
    ("user", "keeper", "folder", "files", "entries"),
    [
        (ROOT, "systemd", "units", 4, 0),
        (CHAN, "systemd", "config/systemd/user", 4, 0),
        (ROOT, "cron", "cron.d", 1, 0),
        (CHAN, "cron", None, 0, 2),
    ],
)
def test_each_user_has_a_place(
    here: Controller,
    user: int,
    keeper: str,
    folder: str | None,
    files: int,
    entries: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    as_user(monkeypatch, user)
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    place = place_of(keeper, None)
    can_start(place)
    planned = install(here, place)
    assert [str(Path(each["path"]).parent) for each in planned["files"]] == [f"{tmp_path}/{folder}"] * files
    assert [each["phase"] for each in planned["entries"]] == ["cleanup", "status"][:entries]
    assert len(planned["timers"]) == files // 2 and planned["there"] == []
    assert standing(planned) == {"not installed"}
    assert ("enable-linger" in str(planned["hints"])) == (keeper == "systemd" and user == CHAN)
    assert "ssh-agent" in str(planned["hints"])
    again = kept(here, place)
    assert standing(again) == {"installed"} and again["gone"] == again["gone_entries"] == []
    assert len(again["there"]) == files
    other = replace(here, arguments=(*here.arguments, "--become"))
    assert "installed, but not as it would be now: install again" in standing(kept(other, place))


def test_a_folder_of_ones_own_starts_nothing(here: Controller, tmp_path: Path) -> None:
    own = place_of("systemd", str(tmp_path / "own"))
    shutil.rmtree(tmp_path / "running")
    can_start(own)
    planned = install(here, own)
    assert {str(Path(each["path"]).parent) for each in planned["files"]} == {str(own.folder)}
    assert planned["timers"] == planned["entries"] == [] and "start nothing" in str(planned["hints"])
    assert standing(kept(here, own)) == {"installed"}


def test_without_an_own_home_of_settings_it_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    as_user(monkeypatch, CHAN)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/chan")
    assert str(place_of("systemd", None).folder) == "/home/chan/.config/systemd/user"


def test_a_timer_that_was_only_written_is_told_from_one_that_is_enabled(
    here: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, CHAN)
    place = place_of("systemd", None)
    install(here, place)
    shutil.rmtree(place.folder / there.WANTED)
    timers = [each for each in kept(here, place)["standing"] if ".timer: " in each]
    assert len(timers) == 2 and all("written, but not enabled: install again" in each for each in timers)


def test_another_date_or_keeper_is_taken_away_by_install_and_all_by_remove(
    here: Controller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_user(monkeypatch, CHAN)
    by_systemd, by_cron = place_of("systemd", None), place_of("cron", None)
    old = install(here, by_systemd)
    Path(here.stamp(plan(REHEARSED, None, BEFORE))).touch()
    assert "a cleanup has ended with 0" in str(kept(here, by_systemd)["hints"])

    occurrence = replace(REHEARSED.occurrences[0], id="2021-11-13", day=at("2021-11-13T00:00").date())
    postponed = replace(REHEARSED, occurrences=(occurrence,))
    planned = kept(here, by_cron, postponed)
    links = [str(by_systemd.folder / there.WANTED / Path(each).name) for each in old["timers"]]
    stamp = here.stamp(plan(REHEARSED, None, BEFORE))
    assert {*planned["gone"]} == {*(each["path"] for each in old["files"]), *links, stamp}
    assert {*planned["gone_timers"]} == {Path(each).name for each in old["timers"]}
    assert "of another date or keeper, taken away by install" in standing(planned)
    install(here, by_cron, postponed)
    assert kept(here, by_cron, postponed)["gone"] == []

    found = look(by_systemd, here.owner(REHEARSAL), Path(here.evidence))
    removed = action._gone(found, by_systemd)
    assert removed["gone"] == removed["gone_timers"] == [] and len(removed["gone_entries"]) == 2
    assert look(by_systemd, here.owner("another"), Path(here.evidence)) == ()
    assert action._removed((), by_systemd, ())["standing"] == ["Nothing of it was installed"]


def test_the_dates_of_a_drill_of_several_have_a_schedule_each(
    here: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, ROOT)
    place, drill = place_of("systemd", None), DRILLS[SESSIONS]
    first, second = (each.id for each in drill.occurrences)
    install(here, place, drill, first)
    planned = install(here, place, drill, second)
    assert planned["gone"] == [] and f"{first}: this date has a schedule, too" in planned["standing"]
    found = look(place, here.owner(drill.id), Path(here.evidence))
    assert {each.occurrence for each in found} == {first, second}
    assert len(action._gone(found, place)["gone_timers"]) == 2


def test_nothing_is_installed_that_nothing_would_start(
    here: Controller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "running")
    shutil.rmtree(tmp_path / "cron.d")
    (tmp_path / "bin" / "crontab").unlink()
    (tmp_path / "run" / "bus").unlink()
    for user, keeper, what in (
        (ROOT, "systemd", "systemd does not run here. Use cron"),
        (CHAN, "systemd", "your own systemd does not answer.*loginctl enable-linger.*schedule_keeper=cron"),
        (ROOT, "cron", "there is no cron here: no folder"),
        (CHAN, "auto", "there is no cron here: no program crontab"),
    ):
        as_user(monkeypatch, user)
        with pytest.raises(Refusal, match=what):
            can_start(place_of(keeper, None))
        assert kept(here, place_of(keeper, None))["planned"], "shown it is"
    as_user(monkeypatch, CHAN)
    (tmp_path / "run" / "systemd" / "private").touch()
    can_start(place_of("systemd", None))


def test_a_folder_for_cron_is_no_cron(
    here: Controller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_user(monkeypatch, ROOT)
    can_start(place_of("cron", None))
    for each in ("crond", "crontab"):
        can_start(place_of("cron", None))
        (tmp_path / "bin" / each).unlink()
    with pytest.raises(Refusal, match="there is no cron here: no program cron or crond or crontab"):
        can_start(place_of("cron", None))


def test_a_crontab_that_is_refused_is_not_an_empty_one(
    here: Controller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_user(monkeypatch, CHAN)
    place = place_of("cron", None)
    install(here, place)
    program = tmp_path / "bin" / "crontab"
    program.write_text("#!/bin/sh\necho 'You (chan) are not allowed to use this program' >&2; exit 1\n")
    with pytest.raises(Refusal, match=r"not allowed to use this program.*cron\.allow"):
        kept(here, place)
    program.write_text("#!/bin/sh\necho 'no crontab for chan' >&2; exit 1\n")
    assert standing(kept(here, place)) == {"not installed"}


@pytest.mark.parametrize(("user", "keeper"), [(ROOT, "systemd"), (CHAN, "cron")])
def test_schedules_of_other_places_are_named_and_left_alone(
    here: Controller, user: int, keeper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, user)
    place, elsewhere = place_of(keeper, None), replace(here, evidence=f"{here.evidence}-of-others")
    install(elsewhere, place)
    name = elsewhere.name(plan(REHEARSED, None, BEFORE))
    aside = there.others(place, here.owner(REHEARSAL))
    assert aside == (name,) and there.others(place, elsewhere.owner(REHEARSAL)) == ()
    assert name in str(action._removed((), place, aside)["hints"])


def test_a_folder_of_ones_own_is_one_wherever_it_is_looked_at_from(
    here: Controller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_of("systemd", "own").folder == tmp_path / "own"


@pytest.mark.parametrize("program", ["timeout", "flock"])
def test_nothing_is_installed_that_would_have_no_bounds(
    here: Controller, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_user(monkeypatch, ROOT)
    (tmp_path / "bin" / program).unlink()
    with pytest.raises(Refusal, match=f"there is no program {program}"):
        can_start(place_of("systemd", None))


def test_files_are_removed_where_systemd_cannot_be_asked(
    here: Controller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_user(monkeypatch, CHAN)
    place = place_of("systemd", None)
    install(here, place)
    (tmp_path / "run" / "bus").unlink()
    found = look(place, here.owner(REHEARSAL), Path(here.evidence))
    gone = action._gone(found, place)
    assert len(gone["gone"]) == 6 and gone["gone_timers"] == []
    assert "systemctl --user daemon-reload" in str(action._removed(found, place, ())["hints"])


def test_only_a_file_of_ours_is_taken_for_one(tmp_path: Path) -> None:
    mine, link, folder, other = (tmp_path / each for each in ("mine", "link", "folder", "other"))
    link.symlink_to(mine)
    folder.mkdir()
    other.write_text("[Timer]\n")
    for text in (f"{HEADER}[Timer]\n", HEADER[:20], ""):  # also what a full disk has cut off
        mine.write_text(text)
        assert ours(mine) == text
    for each in (link, folder, other):
        with pytest.raises(Refusal, match=re.escape(str(each))):
            ours(each)


@pytest.mark.parametrize("name", action.LOCAL)
def test_extra_variables_that_would_hold_for_the_controller_are_refused(name: str) -> None:
    with pytest.raises(Refusal, match=f"-e {name}: an extra variable, which holds for the controller"):
        action._holds_here({"drill": REHEARSAL, name: "x"})
    action._holds_here({"ansible_user": "drill", "ansible_password": "secret"})


def test_options_of_the_environment_are_carried_where_a_run_needs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for each in [each for each in os.environ if each.startswith("ANSIBLE_")]:
        monkeypatch.delenv(each)
    forks = constants.DEFAULT_FORKS
    given = {"forks": forks, "force_handlers": False, "vault_ids": ("lab@/etc/lab",)}
    monkeypatch.setattr(context, "CLIARGS", given)
    assert command_line() == {"vault_ids": ("lab@/etc/lab",), "vault_password_files": ()}
    monkeypatch.setenv("ANSIBLE_VAULT_PASSWORD_FILE", "~/vault")
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", "prod@/etc/prod, ")
    monkeypatch.setenv("ANSIBLE_FORKS", str(forks))
    found = command_line()
    assert found["vault_password_files"] == ("~/vault",) and found["forks"] == forks
    assert found["vault_ids"] == ("prod@/etc/prod", "lab@/etc/lab")


def test_show_says_how_a_run_that_is_in_the_way_is_ended(
    here: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, CHAN)
    name = here.name(plan(REHEARSED, None, BEFORE))
    said = " ".join(kept(here, place_of("systemd", None))["planned"])
    assert f"systemctl --user stop {name}-cleanup.service" in said
    assert "kill -INT" in " ".join(kept(here, place_of("cron", None))["planned"])
    only: Schedule = plan(DRILLS[SESSIONS], "2024-11-16", BEFORE)
    told = action._told(only, here, place_of("cron", None))
    assert "no cleanup: the circular asks for no files to be removed" in told and "kill" not in str(told)
