# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workshop: what is pinned is what is installed, an environment is whole or made again, no failure is lost."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.checks import bench, parts, run, venv

REQUIREMENTS = ("requirements.txt", "requirements-demo.txt", "requirements-test.txt")
# String methods newer than Python 3.8, which no checker finds on a variable.
NEWER_METHODS = re.compile(r"\.(removeprefix|removesuffix)\(")


def pins(name: str) -> dict[str, dict[str, str]]:
    """package -> marker -> version, as one requirements file states them."""
    found: dict[str, dict[str, str]] = {}
    for line in (bench.ROOT / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r ")):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            assert pin.operator == "==", f"{name}: {line} is not pinned"
            assert requirement.url is None, f"{name}: {line} names a place"
            package = found.setdefault(canonicalize_name(requirement.name), {})
            package[str(requirement.marker or "")] = pin.version
    return found


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_and_constraints_pin_the_same(name: str) -> None:
    constraints = pins("constraints.txt")
    wanted = pins(name)
    assert wanted
    assert {package: constraints.get(package) for package in wanted} == wanted


def test_whatever_the_requirements_bring_along_is_pinned_as_installed() -> None:
    constraints = pins("constraints.txt")
    todo, seen = [package for name in REQUIREMENTS for package in pins(name)], set()
    while todo:
        package = canonicalize_name(todo.pop())
        if package in seen:
            continue
        seen.add(package)
        try:
            installed = version(package)
        except PackageNotFoundError:
            continue  # a part of the tests not installed here
        needed = [Requirement(text) for text in requires(package) or ()]
        todo += [r.name for r in needed if r.marker is None or r.marker.evaluate({"extra": ""})]
        assert installed in constraints.get(package, {}).values(), (
            f"{package} {installed} is not in constraints.txt"
        )
    assert len(seen) > len(pins("requirements.txt"))


def test_requirements_name_no_index() -> None:
    for name in (*REQUIREMENTS, "constraints.txt"):
        text = (bench.ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text and "--" not in text, f"{name} names a place to install from"


def test_code_for_workstations_uses_no_newer_string_methods() -> None:
    files = [path for folder in parts.TARGET_CODE for path in (bench.ROOT / folder).rglob("*.py")]
    assert files
    assert [p.name for p in files if NEWER_METHODS.search(p.read_text(encoding="utf-8"))] == []


def test_ci_tests_the_pinned_ansible_cores_and_both_pythons() -> None:
    workflow = yaml.safe_load((bench.ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["sanity"]["strategy"]["matrix"]["include"]
    cores = {".".join(v.split(".")[:2]) for v in pins("requirements.txt")["ansible-core"].values()}
    assert {row["ansible"] for row in matrix} == cores
    assert {row["python"] for row in matrix} == set(parts.PYTHONS)


def test_files_an_execution_environment_names_are_there() -> None:
    described = yaml.safe_load((bench.ROOT / "meta/execution-environment.yml").read_text(encoding="utf-8"))
    for name in described["dependencies"].values():
        assert (bench.ROOT / name).is_file() and name in parts.SHIPPED


# The virtual environment


class Commands:
    """Takes the place of ``venv.run``; makes folders like the real thing, and breaks when told to."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []
        self.broken = False

    def __call__(self, *command: str) -> None:
        self.said.append(command)
        if "--clear" in command:
            Path(command[-1]).mkdir(exist_ok=True)
        if self.broken and "install" in command:
            raise subprocess.CalledProcessError(1, command)

    def take(self) -> list[str]:
        """What was run since the last time: ``create`` or ``install``."""
        verbs = ["create" if "--clear" in command else "install" for command in self.said]
        self.said.clear()
        return verbs


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three requirements files like ours."""
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "requirements-demo.txt").write_text("-r requirements.txt\nb==1\n")
    (tmp_path / "requirements-test.txt").write_text("-r requirements-demo.txt\nc==1\n")
    (tmp_path / "constraints.txt").write_text("d==1\n")
    return tmp_path


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    """No real command is run."""
    fake = Commands()
    monkeypatch.setattr(venv, "run", fake)
    return fake


def test_environment_is_made_once_and_only_added_to(project: Path, commands: Commands) -> None:
    folder = project / ".venv"
    assert venv.ensure(folder, "requirements-demo.txt", project)
    assert commands.take() == ["create", "install"]
    assert not venv.ensure(folder, "requirements-demo.txt", project)
    assert venv.ensure(folder, "requirements-test.txt", project)
    assert commands.take() == ["install"]
    for name in REQUIREMENTS:
        assert not venv.ensure(folder, name, project)
    assert commands.take() == []


@pytest.mark.parametrize("changed", [*REQUIREMENTS, "constraints.txt"])
def test_environment_is_made_again_when_a_pin_changes(
    project: Path, commands: Commands, changed: str
) -> None:
    folder = project / ".venv"
    venv.ensure(folder, "requirements-test.txt", project)
    commands.take()
    (project / changed).write_text((project / changed).read_text() + "e==1\n")
    assert venv.ensure(folder, "requirements-test.txt", project)
    assert commands.take() == ["create", "install"]


def test_environment_is_made_again_elsewhere(project: Path, commands: Commands) -> None:
    venv.ensure(project / ".venv", "requirements.txt", project)
    (project / ".venv").rename(project / "moved")
    assert venv.whole(project / "moved", project) == []


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", "null", '{"fingerprint": 1, "whole": []}'])
def test_doubtful_record_counts_as_none(project: Path, record: str) -> None:
    (project / venv.RECORD).write_text(record)
    assert venv.whole(project, project) == []


def test_interrupted_installation_starts_afresh(project: Path, commands: Commands) -> None:
    folder = project / ".venv"
    venv.ensure(folder, "requirements-demo.txt", project)
    commands.broken = True
    with pytest.raises(
        SystemExit, match=r"could not install requirements-test\.txt(.|\n)*PIP_FIND_LINKS"
    ) as stopped:
        venv.ensure(folder, "requirements-test.txt", project)
    assert stopped.value.code != 0
    commands.take()
    commands.broken = False
    assert venv.ensure(folder, "requirements-demo.txt", project)
    assert commands.take() == ["create", "install"]


def test_python_without_means_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, commands: Commands, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit, match="python3-venv"):
        venv.create(tmp_path / "nowhere")
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/virtualenv")
    venv.create(tmp_path / "elsewhere")
    assert commands.said[0][0] == "virtualenv"


# The run


def nothing(_bench: bench.Bench) -> None:
    """A part that passes."""


def fails(_bench: bench.Bench) -> None:
    """A part that finds something."""
    raise bench.Failed("ruff: exit code 1")


def breaks(_bench: bench.Bench) -> None:
    """A part with an error of its own."""
    raise OSError("disk full")


def cannot(_bench: bench.Bench) -> None:
    """A part that needs what is not here."""
    raise bench.Skipped("no Python 3.99 here", "install python3.99")


FOUR = [
    parts.Part("good", "lint", "w", nothing),
    parts.Part("bad", "tests", "w", fails),
    parts.Part("broken", "lint", "w", breaks),
    parts.Part("absent", "lint", "w", cannot),
]


def test_every_part_runs_and_the_count_closes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "chosen", lambda names: FOUR)
    assert run.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "parts: 1 passed, 2 failed, 1 skipped"
    told = {line.split()[1]: line for line in lines[lines.index("=== summary") + 1 : -1]}
    assert set(told) == {"good", "bad", "broken", "absent"}
    assert told["bad"].startswith("FAILED") and told["bad"].endswith("ruff: exit code 1")
    assert told["broken"].endswith("OSError: disk full")
    assert told["absent"].endswith("no Python 3.99 here; to enable: install python3.99")


def test_tests_that_were_skipped_stand_in_the_summary(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def some(here: bench.Bench) -> None:
        here.say("....ss\nSKIPPED [2] tests/x.py: no pwsh here\n4 passed, 2 skipped in 0.12s\n")

    monkeypatch.setattr(run, "chosen", lambda names: [parts.Part("some", "lint", "w", some), FOUR[0]])
    assert run.main([]) == 0
    some_line, good_line = capsys.readouterr().out.splitlines()[-3:-1]
    assert some_line.endswith(" s  4 passed, 2 skipped") and good_line.endswith(" s")


@pytest.mark.parametrize(("no_skip", "code"), [("", 0), ("1", 1)])
def test_skipped_part_fails_only_where_nothing_may_be_skipped(
    monkeypatch: pytest.MonkeyPatch, no_skip: str, code: int
) -> None:
    monkeypatch.setenv("HKEX_DRILL_NO_SKIP", no_skip)
    monkeypatch.setattr(run, "chosen", lambda names: [FOUR[0], FOUR[3]])
    assert run.main([]) == code


def test_parts_are_chosen_by_name_and_by_group() -> None:
    assert [part.name for part in run.chosen(["absent", "tests"], FOUR)] == ["bad", "absent"]
    assert run.chosen([], FOUR) == FOUR
    with pytest.raises(SystemExit, match=r"is called ruf\. There are: .*\bbad\b"):
        run.chosen(["ruf"], FOUR)


def test_part_names_are_unique_and_make_knows_the_groups() -> None:
    names = [part.name for part in parts.PARTS]
    assert len(set(names)) == len(names)
    makefile = (bench.ROOT / "Makefile").read_text(encoding="utf-8")
    for group in re.findall(r"tests\.checks\.run (\w+)", makefile):
        assert run.chosen([group])


def test_command_that_fails_fails_its_part(tmp_path: Path) -> None:
    here = bench.Bench(Path(sys.executable), tmp_path, (tmp_path / "log").open("w+"))
    here.run("python", "-c", "print('well')")
    with pytest.raises(bench.Failed, match="python: exit code 3"):
        here.run("python", "-c", "raise SystemExit(3)")
    assert "well" in (tmp_path / "log").read_text()


def test_missing_python_is_skipped_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_python", lambda version: None)
    with pytest.raises(bench.Skipped, match=r"no Python 3\.99 here; to enable: install python3\.99"):
        bench.venv_of("3.99")


def test_python_that_does_not_start_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, code in (("path", 1), ("pyenv/versions/3.99.0/bin", 0)):
        (tmp_path / place).mkdir(parents=True)
        stand_in = tmp_path / place / "python3.99"
        stand_in.write_text(f"#!/bin/sh\necho 3.99\nexit {code}\n")
        stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    found = bench.find_python.__wrapped__("3.99")
    assert found == tmp_path / "pyenv/versions/3.99.0/bin/python3.99"


# What the parts look for


def test_artefact_is_exactly_what_is_shipped() -> None:
    tree = [
        "README.md",
        "plugins/modules/host_table.py",
        "tests/unit/test_x.py",
        "inventory/sandbox/hosts.yml",
    ]
    whole = ["MANIFEST.json", "FILES.json", "README.md", "plugins/modules/host_table.py"]
    assert parts.strays(whole, tree) == []
    assert any("tests/unit/test_x.py" in line for line in parts.strays([*whole, tree[2]], tree))
    assert any(
        "evidence/trail.jsonl" in line for line in parts.strays([*whole, "evidence/trail.jsonl"], tree)
    )
    assert any("README.md: missing" in line for line in parts.strays(whole[:2] + whole[3:], tree))


@pytest.mark.parametrize("place", ["root", "work"])
def test_folder_of_one_machine_is_found(place: str) -> None:
    assert parts.places(f"ok\nsee /{place}/main/x\n") == [2]
    assert parts.places(f"'/{place}/.pyenv'") == [1]
    assert parts.places(f"a/{place}/b, /{place} alone, ~/{place}/x, https://example.org/{place}/x") == []


def test_settings_for_pip_reach_ansible_test_in_a_file_of_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@example.org/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.org:3128")
    for _again in range(2):
        parts.sanity_home(tmp_path / "home")
    said = configparser.RawConfigParser()
    said.read(tmp_path / "home/.pip/pip.conf")
    assert said["global"]["index-url"] == "https://user:secret@example.org/simple"
    assert said["global"]["proxy"] == "http://proxy.example.org:3128"
    assert "config-file" not in said["global"]
    assert (tmp_path / "home/.pip").stat().st_mode & 0o077 == 0


def test_real_copy_has_the_tree_and_not_the_link(tmp_path: Path) -> None:
    copy = bench.real_copy(tmp_path)
    assert copy == tmp_path / "ansible_collections/hkex/drill"
    assert (copy / "galaxy.yml").read_bytes() == (bench.ROOT / "galaxy.yml").read_bytes()
    assert not (copy / "collections").exists() and not (copy / ".git").exists()
