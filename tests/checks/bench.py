# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a part of ``make test`` works with: a place, a log, a way to run commands, and the Pythons of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
VENV_LOCK = threading.Lock()
LONGEST = 2700  # seconds one command may take


class Skipped(Exception):
    """A part cannot run on this machine.

    :param why: what is missing
    :param remedy: how to enable the part
    """

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(f"{why}; to enable: {remedy}")


class Failed(Exception):
    """A part has found something; its output tells what."""


@dataclass(frozen=True)
class Bench:
    """The place where one part runs.

    :param python: the interpreter (of a virtual environment with requirements-test.txt) the part is about
    :param tmp: an empty folder that is removed afterwards
    :param log: where the part's output goes, ``None`` for straight to the terminal
    """

    python: Path
    tmp: Path
    log: IO[str] | None = None

    def tool(self, name: str) -> str:
        """The path of a command of the virtual environment."""
        return str(self.python.parent / name)

    def say(self, text: str) -> None:
        """A line of the part's own."""
        print(text, file=self.log, flush=True)

    def run(self, name: str, *arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
        """Run a command of the virtual environment, in the checkout unless told otherwise.

        :param env: variables in addition to ``environment``
        :raises Failed: on any exit code but 0, or after LONGEST
        """
        self.say(f"$ {name} {' '.join(arguments)}")
        try:
            done = subprocess.run(
                [self.tool(name), *arguments],
                cwd=cwd,
                env=environment(self.python) | dict(env or {}),
                stdin=subprocess.DEVNULL,
                stdout=self.log,
                stderr=subprocess.STDOUT,
                timeout=LONGEST,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{name}: not done after {LONGEST} s") from None
        if done.returncode:
            raise Failed(f"{name}: exit code {done.returncode}")


def environment(python: Path) -> dict[str, str]:
    """This process's environment, its commands first on the path, without what would bend ansible."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_") and k != "PYTHONPATH"}
    return kept | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}


def tree() -> list[str]:
    """The checkout's files as git knows them (tracked, or new and not ignored), without the self-link.

    :raises Failed: where git does not know the checkout
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if listed.returncode:
        raise Failed(f"git cannot list the checkout, which it must be: {listed.stderr.strip()}")
    names = {name for name in listed.stdout.split("\0") if name and not name.startswith("collections/")}
    return sorted(name for name in names if (ROOT / name).is_file())


def real_copy(top: Path, only: tuple[str, ...] = ("",)) -> Path:
    """The tree as a real ``ansible_collections/hkex/drill``: neither ansible-test nor ansible-lint follows the link.

    :param only: how the names begin that are copied; everything unless told otherwise
    :return: the copy's root
    """
    copy = top / "ansible_collections" / "hkex" / "drill"
    for name in filter(lambda name: name.startswith(only), tree()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    return copy


@cache
def find_python(version: str) -> Path | None:
    """A Python of that version (``3.13``) that starts: on the path, or one of pyenv's.

    A name on the path may be pyenv's stand-in for a version that is not switched on; those do not start.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    on_path = shutil.which(f"python{version}")
    candidates = [Path(on_path)] if on_path else []
    if os.access(pyenv, os.R_OK | os.X_OK):  # PYENV_ROOT may be another user's, who lets nobody in
        candidates += sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    for python in candidates:
        probe = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(probe, capture_output=True, text=True, timeout=30)
        if done.returncode == 0 and done.stdout.strip() == version:
            return python
    return None


def venv_of(version: str) -> Path:
    """The interpreter of the test environment for that Python; made on first need, ``.venv-3.13`` for example.

    :raises Skipped: without such a Python
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    python = find_python(version)
    if python is None:
        raise Skipped(f"no Python {version} here", f"install python{version} (or: pyenv install {version})")
    with VENV_LOCK:
        command = [
            str(python),
            str(ROOT / "tests/checks/venv.py"),
            f".venv-{version}",
            "requirements-test.txt",
        ]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failed(done.stdout + done.stderr)
    return ROOT / f".venv-{version}" / "bin" / "python"
