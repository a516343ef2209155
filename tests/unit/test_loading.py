# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes in a zip is loaded as Python loads it, and compiled once."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.lab.fleet import ROOT

LOADING = ROOT / "plugins" / "module_utils" / "_loading.py"

# Counts how often each file of the zip is compiled, and tells where its modules say they are.
PROGRAM = """
import json, sys, zipimport
compiled = []
wrapped = zipimport._compile_source
zipimport._compile_source = lambda path, source: compiled.append(path) or wrapped(path, source)
sys.path.insert(0, sys.argv[1])
import room.early
if sys.argv[2] == "once":
    import _loading
del compiled[:]
import room.one, room.inner.two
import room.inner
print(json.dumps([[room.one.__file__, room.inner.__file__, room.inner.two.__file__], compiled]))
"""


def load(archive: Path, how: str) -> tuple[list[str], list[str]]:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(archive), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    files, compiled = json.loads(ran.stdout)
    return files, compiled


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "a module.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name in ("room/__init__", "room/early", "room/one", "room/inner/__init__", "room/inner/two"):
            packed.writestr(f"{name}.py", "")
        packed.write(LOADING, "_loading.py")
    return path


def test_each_file_is_compiled_once_and_is_where_it_would_have_been(archive: Path) -> None:
    plain, twice = load(archive, "as python does")
    files, once = load(archive, "once")
    assert files == plain
    assert sorted(once) == sorted(files) == sorted(set(twice))
    assert len(twice) == 2 * len(once), "Python loads once by itself now: _loading has had its day"
