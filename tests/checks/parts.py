# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ``make test``: one function each, and the table of them."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.browser.chromium import installed
from tests.checks.bench import ROOT, Bench, Failed, Skipped, find_python, real_copy, tree

TARGET_CODE = ("plugins/modules", "plugins/module_utils")
TARGET_PYTHONS = tuple(f"3.{minor}" for minor in range(8, 15))

# What the artefact holds. Everything else is for working on the collection.
SHIPPED = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "LICENSES/",
    "README.md",
    "REUSE.toml",
    "bindep.txt",
    "changelogs/",
    "docs/",
    "drills/",
    "inventory/example/",
    "meta/",
    "playbooks/",
    "plugins/",
    "requirements.txt",
    "roles/",
)

# Folders of one machine, which a text of the project never needs.
PLACES_OF_ONE_MACHINE = re.compile(r"(?<![\w.~*-])/(?:root|work)/[\w.]")

# ansible-test fetches pip's installer from a place that many networks do not reach; this stands in its cache.
PIP_INSTALLER = """\
import ensurepip, subprocess, sys
ensurepip.version()
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
wanted = [argument for argument in sys.argv[1:] if "==" in argument]
subprocess.check_call([sys.executable, "-m", "pip", "install", *wanted])
"""
PIP_VERSIONS = ("24_2", "25_2")  # what the ansible-test of the two pinned ansible-cores asks for


@dataclass(frozen=True)
class Part:
    """One part of ``make test``.

    :param group: what ``make GROUP`` runs; ``tests`` share ports: they run beside all the others, one after the other
    :param version: the Python it is about, ``None`` for the one that runs it
    """

    name: str
    group: str
    what: str
    run: Callable[[Bench], None]
    version: str | None = None


def command(name: str, *arguments: str) -> Callable[[Bench], None]:
    """A part that is one command."""
    return lambda bench: bench.run(name, *arguments)


def mypy(bench: Bench) -> None:
    """Strict types, each file under the one name it is imported by."""
    bench.run("mypy", "-p", "ansible_collections.hkex.drill.plugins", "-p", "tests")


def ansible_lint(bench: Bench) -> None:
    """ansible-lint on a real copy, where it finds the collection's own modules and roles by full name."""
    copy = real_copy(bench.tmp)
    bench.run(
        "ansible-lint", "--offline", "--nocolor", cwd=copy, env={"ANSIBLE_COLLECTIONS_PATH": str(bench.tmp)}
    )


def pip_settings(environ: Mapping[str, str]) -> str:
    """The settings for pip that stand in the environment, as a file: ansible-test hands no variables on.

    :param environ: ``PIP_*`` variables and proxies as pip itself reads them
    """
    given = {
        name[4:].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_")
    }
    proxy = environ.get("HTTPS_PROXY") or environ.get("https_proxy")
    settings = ({"proxy": proxy} if proxy else {}) | given | {"quiet": "2", "disable-pip-version-check": "1"}
    return "[global]\n" + "".join(
        f"{name} = {value}\n" for name, value in settings.items() if name != "config-file"
    )


def sanity_home(home: Path) -> None:
    """A home for ansible-test: its tools stay there for the next run, and the user's own home stays as it is."""
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in PIP_VERSIONS:
        (cache / f"get_pip_{version}.py").write_text(PIP_INSTALLER, encoding="utf-8")
    settings = home / ".pip" / "pip.conf"
    settings.parent.mkdir(mode=0o700, exist_ok=True)  # the address of an index may hold a password
    settings.write_text(pip_settings(os.environ), encoding="utf-8")
    users = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    if users.is_dir() and not (home / ".config").is_symlink():
        (home / ".config").symlink_to(users)


def sanity(bench: Bench) -> None:
    """ansible-test sanity on a real copy of what is shipped, with every Python this machine has for the target's side.

    The tests stay out: ruff and mypy look after them, and ansible-test's own rules are about plugins.
    """
    if importlib.util.find_spec("ensurepip") is None:
        raise Skipped("this Python has no ensurepip", "install python3-venv, then: make clean test")
    pythons = bench.tmp / "bin"
    pythons.mkdir()
    for version in TARGET_PYTHONS:
        found = find_python(version)
        if found:
            (pythons / f"python{version}").symlink_to(found)
    home = bench.python.parents[1] / "ansible-test"
    sanity_home(home)
    path = os.pathsep.join([str(bench.python.parent), str(pythons), os.environ["PATH"]])
    copy = real_copy(bench.tmp, (*SHIPPED, "galaxy.yml", "tests/sanity/"))
    bench.run("ansible-test", "sanity", "--color", "no", cwd=copy, env={"HOME": str(home), "PATH": path})


def strays(held: Iterable[str], files: Iterable[str]) -> list[str]:
    """How an artefact's files differ from the shipped part of the tree, one line each; empty if they do not."""
    expected = {name for name in files if name.startswith(SHIPPED)} | {"MANIFEST.json", "FILES.json"}
    there = set(held)
    extra = [f"{name}: in the artefact but not meant to be shipped" for name in sorted(there - expected)]
    missing = [f"{name}: missing in the artefact" for name in sorted(expected - there)]
    advice = ["Say so in SHIPPED (tests/checks/parts.py) and build_ignore (galaxy.yml), which must agree."]
    return extra + missing + (advice if extra or missing else [])


def artefact(bench: Bench) -> None:
    """Build, look inside, install into an empty place, and use it there."""
    bench.run("ansible-galaxy", "collection", "build", "--output-path", str(bench.tmp))
    (archive,) = bench.tmp.glob("hkex-drill-*.tar.gz")
    with tarfile.open(archive) as opened:
        problems = strays((member.name for member in opened if not member.isdir()), tree())
    if problems:
        raise Failed("\n".join(problems))
    place = bench.tmp / "elsewhere"
    place.mkdir()
    env = {"ANSIBLE_COLLECTIONS_PATH": str(place), "ANSIBLE_LOCAL_TEMP": str(bench.tmp / "ansible")}
    bench.run(
        "ansible-galaxy", "collection", "install", str(archive), "-p", str(place), "--offline", cwd=place
    )
    modules = [f"hkex.drill.{path.stem}" for path in sorted((ROOT / "plugins/modules").glob("*.py"))]
    bench.run("ansible-doc", "-t", "module", "--snippet", *modules, cwd=place, env=env)
    for playbook in sorted((ROOT / "playbooks").glob("*.yml")):
        name = f"hkex.drill.{playbook.stem}"
        bench.run("ansible-playbook", "--syntax-check", "-i", "localhost,", name, cwd=place, env=env)


def lab(bench: Bench) -> None:
    """Real hosts: the program that boots them, then every Molecule scenario over one boot."""
    able = subprocess.run(
        [str(bench.python), "-m", "tests.lab.hosts", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if able.returncode:
        lacking = " ".join(line.removeprefix("lab: ") for line in able.stdout.splitlines())
        raise Skipped(lacking.rstrip(".") or able.stderr.strip(), "do that, then make test")
    bench.run("pytest", "tests/lab_hosts")
    try:
        # Without a folder of its own Molecule goes on where an earlier run was cut off.
        env = {"MOLECULE_EPHEMERAL_DIRECTORY": str(bench.tmp / "molecule")}
        bench.run("molecule", "test", "--all", env=env)
    finally:  # where the lab cannot be booted, Molecule does not call destroy
        bench.run("python", "-m", "tests.lab.hosts", "down")


def browser(bench: Bench) -> None:
    """Board and confirmation, as a browser shows them."""
    if installed() is None:
        raise Skipped("there is no Chromium here", "install the package chromium, then: make browser")
    bench.run("pytest", "tests/browser")


def places(text: str) -> list[int]:
    """The numbers of the lines that name a folder of one machine only."""
    return [n for n, line in enumerate(text.splitlines(), 1) if PLACES_OF_ONE_MACHINE.search(line)]


def words(bench: Bench) -> None:
    """No file of the tree names a folder that only one machine has."""
    texts = {name: (ROOT / name).read_text(encoding="utf-8", errors="replace") for name in tree()}
    found = [f"{name}:{n}: a folder of one machine" for name, text in texts.items() for n in places(text)]
    if found:
        raise Failed("\n".join([*found, "Write the path relative to the project, or as an option."]))
    bench.say(f"{len(texts)} files name no folder of one machine")


PYTHONS = ("3.11", "3.13")

# Of the playbooks, those that the second Python and its ansible-core play too: with the demo, which has Windows
# workstations, each phase, role, action, callback and transport at least once. The others are further cases of the
# same code.
PLAYED_TWICE = (
    "audit",
    "bundle_playbook",
    "drill_day",
    "notes_playbook",
    "progress_terminal",
    "schedule_runs",
    "trail_playbook",
    "wire",
)
# What one Python has tried at length, and no other need: the same code of workstations, thousands of times.
AT_LENGTH = ("dns_programs", "rehearsal_histories", "rehearsal_kill")
PARTS = (
    Part("pytest-3.11", "tests", "all tests with Python 3.11", command("pytest"), "3.11"),
    Part(
        "days-3.13",
        "tests",
        "whole days with Python 3.13",
        command("pytest", *(f"tests/integration/test_{name}.py" for name in PLAYED_TWICE)),
        "3.13",
    ),
    Part(
        "demo",
        "tests",
        "the drill day of make demo, with Python 3.13",
        command("python", "-m", "tests.lab.demo"),
        "3.13",
    ),
    Part(
        "unit-3.13",
        "unit",
        "unit tests with Python 3.13",
        command(
            "pytest",
            "--hypothesis-profile=brief",
            "tests/unit",
            *(f"--ignore=tests/unit/test_{name}.py" for name in AT_LENGTH),
        ),
        "3.13",
    ),
    Part("ruff", "lint", "ruff's rules", command("ruff", "check", ".")),
    Part("format", "lint", "ruff's layout", command("ruff", "format", "--check", ".")),
    Part("mypy", "lint", "strict types in plugins and tests", mypy),
    Part(
        "target-code",
        "lint",
        "code that runs on workstations needs no more than Python 3.8",
        command("vermin", "--target=3.8-", "--violations", "--no-tips", *TARGET_CODE),
    ),
    Part(
        "powershell",
        "lint",
        "PowerShell parses, and all it names is documented",
        command("python", "-m", "tests.checks.powershell"),
    ),
    Part("yamllint", "lint", "layout of YAML files", command("yamllint", "--strict", ".")),
    Part("ansible-lint", "lint", "profile production, on a real copy", ansible_lint),
    Part("reuse", "lint", "every file has its licence", command("reuse", "lint")),
    Part("changelog", "lint", "change log fragments", command("antsibull-changelog", "lint")),
    Part("words", "lint", "no folders of one machine", words),
    Part("lab", "lab", "real hosts, and Molecule over them", lab),
    Part("browser", "browser", "the board in Chromium, with axe-core", browser),
    Part("artefact", "build", "build, content, use elsewhere", artefact),
    *(
        Part(f"sanity-{v}", "sanity", f"ansible-test sanity of Python {v}'s ansible-core", sanity, v)
        for v in PYTHONS
    ),
)
