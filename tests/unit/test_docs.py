# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts are true: commands, links, times and tables in them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from ansible.cli.playbook import PlaybookCLI
from ansible_collections.hkex.drill.plugins.plugin_utils import gate, notes, table
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import HONG_KONG, Drill, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.schedule import plan
from ansible_collections.hkex.drill.plugins.plugin_utils.tags import phase_of_tags
from ansible_collections.hkex.drill.plugins.plugin_utils.timetable import phase_span, show
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail
from ansible_collections.hkex.drill.plugins.plugin_utils.weather import parse_weather

from tests.checks import gen_docs
from tests.checks.bench import ROOT, environment

PAGES = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SCHEDULE = (ROOT / "docs" / "schedule.md").read_text(encoding="utf-8")
EXAMPLE = gen_docs.variables(gen_docs.EXAMPLE.read_text(encoding="utf-8"))
# Variables of one run that no inventory has.
OF_A_RUN = set(
    re.findall(
        r"\{\{ ((?:note|trail|bundle)\w*) \|",
        (ROOT / "roles" / "evidence" / "defaults" / "main.yml").read_text(encoding="utf-8"),
    )
)
ABROAD = re.compile(r"https?://|mailto:")


def blocks(text: str, language: str) -> list[str]:
    """What stands in the fenced blocks of a language ("" for those without one)."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [content for named, content in fenced if named == language]


def commands(page: Path) -> Iterator[list[str]]:
    """The commands of a page, each in words."""
    for block in blocks(page.read_text(encoding="utf-8"), "sh"):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words:
                yield words


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    level = heading.split()[0]
    after = text.split(f"{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def cells(text: str) -> list[list[str]]:
    """The rows of a Markdown table without its head."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows][2:]


def anchors(page: Path) -> set[str]:
    """The names by which GitHub links to the headings of a page."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# ---- commands and links ----


def test_links_lead_somewhere() -> None:
    seen = 0
    for page in PAGES:
        prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if ABROAD.match(target):
                continue
            name, _, anchor = target.partition("#")
            there = (page.parent / name).resolve() if name else page
            assert there.exists(), f"{page.name}: {target}"
            assert not anchor or anchor in anchors(there), f"{page.name}: {target}"
            seen += 1
    assert seen > 10


def test_tests_named_by_the_architecture_exist() -> None:
    named = re.findall(
        r"`(tests/[\w/]+\.py)`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    )
    assert len(set(named)) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {words[1] for page in PAGES for words in commands(page) if words[0] == "make"}
    assert {"demo", "test", "build"} <= named <= targets


def playbook_runs() -> list[tuple[str, list[str]]]:
    """Page and words of every ansible-playbook command."""
    return [
        (page.name, words) for page in PAGES for words in commands(page) if words[0] == "ansible-playbook"
    ]


def test_playbook_commands_ask_for_what_there_is() -> None:
    known = {each.name for each in EXAMPLE} | OF_A_RUN
    runs = playbook_runs()
    assert {name for name, _ in runs} == {
        "README.md",
        "evidence.md",
        "offline.md",
        "schedule.md",
        "windows.md",
    }
    for _, words in runs:
        cli = PlaybookCLI(words)
        cli.init_parser()
        options = cli.parser.parse_args(words[1:])
        assert [
            (ROOT / "playbooks" / f"{name.rpartition('.')[2]}.yml").is_file() for name in options.args
        ] == [True]
        tags = [tag for given in options.tags or [] if given != "all" for tag in given.split(",")]
        assert phase_of_tags(tags) == (tags[0] if tags else None)
        assert {given.split("=")[0] for given in options.extra_vars or []} <= known


def test_the_playbook_of_the_readme_is_found_by_its_name() -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            "--syntax-check",
            "-i",
            "inventory/example",
            "hkex.drill.drill",
            "hkex.drill.to_secondary",
        ],
        cwd=ROOT,
        env=environment(Path(sys.executable)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_extra_variables_in_the_prose_exist() -> None:
    known = {each.name for each in EXAMPLE}
    named = {
        name for page in PAGES for name in re.findall(r"-e \"?(drill\w*)=", page.read_text(encoding="utf-8"))
    }
    assert {"drill", "drill_force"} <= named <= known
    ids = set(re.findall(r"-e drill=([\w-]+)", README))
    assert len(ids) == 3
    for name in ids:
        assert load(ROOT / "drills", name).id == name


def test_the_page_of_evidence_has_every_variable_of_a_note() -> None:
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    rows = [row[0] for row in cells(section(page, "## What people say"))]
    assert rows == list(notes.VARIABLES) and set(rows) < OF_A_RUN
    assert all(name in page for name in OF_A_RUN)


def test_the_trail_can_be_verified_by_hand_as_the_runbook_says(tmp_path: Path) -> None:
    trail = Trail.open(tmp_path / "evidence")
    for number in range(9):
        trail.append({"event": "result", "host": "pc-02" if number < 3 else "pc-03"})
    (hashes, grep) = blocks(section(RUNBOOK, "## The trail by hand"), "sh")
    said = [
        subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=10
        ).stdout
        for line in (*hashes.splitlines(), *grep.splitlines())
    ]
    lines = trail.path.read_text(encoding="utf-8").splitlines()
    assert said[0].split()[0] == json.loads(lines[7])["prev"]
    assert said[1].split()[0] == said[2].split()[1]
    assert int(said[2].split()[0]) == len(lines)
    assert json.loads(lines[0])["prev"] == "0" * 64
    assert said[3].count("\n") == 3


def test_offline_settings_are_those_of_the_checkout_where_it_matters() -> None:
    (ini,) = blocks((ROOT / "docs" / "offline.md").read_text(encoding="utf-8"), "ini")
    shared = (ROOT / "ansible.cfg").read_text(encoding="utf-8").splitlines()
    for line in ini.splitlines():
        if "=" in line and not line.startswith(("#", "inventory")):
            assert line in shared
    assert "callbacks_enabled = hkex.drill.audit, hkex.drill.progress" in ini


def test_the_artefact_has_the_version_that_the_page_names() -> None:
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    named = re.findall(
        r"hkex-drill-([\d.]+)\.tar", (ROOT / "docs" / "offline.md").read_text(encoding="utf-8")
    )
    assert set(named) == {version}


# ---- times and tables ----


def timetable(heading: str, name: str) -> tuple[Drill, date, list[tuple[datetime, str, str]]]:
    """A runbook of the README: its drill and day, and for each row the time, the phase, and what the toolkit does."""
    drill = load(ROOT / "drills", name)
    (occurrence,) = drill.occurrences
    rows = []
    for when, phase, does, _ in cells(section(README, heading)):
        moment = datetime.strptime(f"{when} {occurrence.day.year}", "%a %d %b %H:%M %Y").replace(
            tzinfo=HONG_KONG
        )
        assert f"{moment:%a}" == when[:3], f"{when}: the weekday is wrong"
        rows.append((moment, phase, does))
    return drill, occurrence.day, rows


RUNBOOKS = pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("## Runbook: 6 November 2021", "2021-11-06-ccass-failover-rehearsal"),
        ("## Runbook: 21 June 2025", "2025-06-21-rap-practice-session"),
    ],
)


@RUNBOOKS
def test_each_phase_of_a_runbook_may_run_when_it_says(heading: str, name: str) -> None:
    drill, _day, rows = timetable(heading, name)
    assert [moment for moment, _, _ in rows] == sorted(moment for moment, _, _ in rows)
    assert {"pre-drill", "to-secondary", "to-primary", "cleanup", "status"} == {phase for _, phase, _ in rows}
    for moment, phase, does in rows:
        decision = gate.decide(drill, None, phase, now=moment)
        assert decision.allowed, f"{moment} {phase}: {decision.refusals}"
        waits = re.search(r"deferred until (\d\d:\d\d)", does)
        assert decision.deferred == bool(waits), f"{moment} {phase}: {decision.why}"
        if waits:
            assert decision.deferred_until and f"{decision.deferred_until:%H:%M}" == waits[1]
        proved = re.search(r"proves (\w+)", does)
        if proved:
            assert decision.serving == proved[1], f"{moment} {phase}: {decision.why}"


@RUNBOOKS
def test_a_runbook_has_a_row_at_each_turn_of_the_day(heading: str, name: str) -> None:
    drill, day, rows = timetable(heading, name)
    turns = {window.on(day)[0] for window in drill.windows}
    assert turns <= {moment for moment, _, _ in rows}
    going = {moment for moment, phase, _ in rows if phase == "to-secondary"}
    assert phase_span(drill, day, "to-secondary").start in going


def test_addresses_for_people_are_those_of_the_circular() -> None:
    drill = load(ROOT / "drills", "2021-11-06-ccass-failover-rehearsal")
    (rap,) = [endpoint for endpoint in drill.endpoints if endpoint.system == "rap"]
    written = re.findall(r"10\.\d+\.\d+\.\d+", section(README, "## Runbook: 6 November 2021"))
    assert written == [*rap.addresses["secondary"], *rap.addresses["primary"]]


def clock(moment: datetime | None) -> str | None:
    return f"{moment:%H:%M}" if moment else None


def test_the_windows_of_the_runbook_are_those_of_the_drills() -> None:
    rows = cells(section(RUNBOOK, "## The gate refuses"))
    assert {row[0] for row in rows} == {path.stem for path in (ROOT / "drills").glob("*.yml")}
    for name, *said in rows:
        drill = load(ROOT / "drills", name)
        if not drill.occurrences:
            assert said == ["always", "always", "refused"]
            continue
        for occurrence in drill.occurrences:
            day = occurrence.day
            before, there, after = (
                phase_span(drill, day, each) for each in ("pre-drill", "to-secondary", "cleanup")
            )
            going = f"{clock(there.start)} to {clock(there.end)}" if drill.has_secondary else None
            assert said[0] == f"until {clock(before.end)}"
            assert said[1] == (going or "refused: no such session")
            assert said[2] == f"from {clock(after.start)}"


def test_the_schedules_of_their_page_are_those_of_the_drills() -> None:
    found = []
    for name in available(ROOT / "drills"):
        drill = load(ROOT / "drills", name)
        for occurrence in drill.occurrences:
            schedule = plan(drill, occurrence.id, datetime.now(HONG_KONG))
            cleanups = [show(moment) for moment in schedule.of("cleanup")]
            title = name if len(drill.occurrences) == 1 else f"{name}, {occurrence.id}"
            found.append([title, cleanups[0] if cleanups else "none", show(schedule.until)])
    assert cells(SCHEDULE.partition("\n## ")[0]) == found


def test_the_weather_of_the_runbook_is_that_of_the_drills() -> None:
    rows = {name: said for name, *said in cells(section(RUNBOOK, "## Weather"))}
    drills = {path.stem: load(ROOT / "drills", path.stem) for path in (ROOT / "drills").glob("*.yml")}
    assert rows.keys() == {name for name, drill in drills.items() if drill.weather}
    for name, said in rows.items():
        rules = {rule.effect: rule for rule in drills[name].weather}
        cancelled, terminated = rules["cancelled"], rules["terminated"]
        assert said[0] == f"{cancelled.start:%H:%M} to {cancelled.end:%H:%M}"
        assert said[1] == f"after {terminated.start:%H:%M}"
        assert terminated.after_minutes == 15
        assert said[2] == "changes nothing"
        assert rules["continues"].signals == ("black_rainstorm",)
    (example,) = blocks(section(RUNBOOK, "## Weather"), "yaml")
    assert len(parse_weather(yaml.safe_load(example)["drill_weather"])) == 2


def test_the_table_of_the_readme_is_one_that_the_toolkit_prints() -> None:
    (shown,) = blocks(README, "")
    lines = shown.splitlines()
    count = lines.index("") - 2
    systems = {title: name for name, title in table.SYSTEMS.items()}
    rows = []
    for line in lines[2 : 2 + count]:
        name, system, access, points_at, dns, changed, configuration, service = re.split(r"  +", line)
        rows.append(
            table.Row(name, systems[system], access, points_at, dns, changed == "yes", configuration, service)
        )
    again = table.render(rows, []).splitlines()
    assert again[:-1] == lines[:-1]
    for column in table.COLUMNS[3:]:
        assert f"**{column}**" in README
