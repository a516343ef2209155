# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment from the pinned requirements, or leave it alone when it is whole.

``python3 tests/checks/venv.py .venv requirements-demo.txt`` runs on a bare Python, before anything is installed.
A record inside the environment, written last and removed first, says what is whole in it: an installation that
was interrupted has none and is made again from nothing. The environment is also made again when a requirements
file, the Python or its own place changes (its scripts carry their absolute path).
"""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parents[2]
RECORD = "hkex-drill.json"

NO_VENV = """\
{python} cannot make virtual environments: it has neither ensurepip nor virtualenv.
Install one of them (Debian and Ubuntu: apt-get install python3-venv; elsewhere: python3 -m pip install virtualenv)
or name another Python: make PYTHON=/path/to/python3."""

NO_PACKAGES = """\
pip could not install {requirements}; its own message stands above.
It needs a package index: behind a proxy set HTTPS_PROXY or PIP_INDEX_URL; without any network point PIP_NO_INDEX=1
and PIP_FIND_LINKS at a folder of wheels (CONTRIBUTING.md tells how to fill one). Running make again starts afresh."""


def closure(requirements: str, root: Path = ROOT) -> "list[str]":
    """The requirements file and every file it includes by ``-r``, sorted, relative to the root."""
    found = {requirements}
    for line in (root / requirements).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found.update(closure(line[3:].strip(), root))
    return sorted(found)


def fingerprint(folder: Path, root: Path = ROOT) -> str:
    """SHA-256 over what the environment depends on: pins, Python, place."""
    digest = hashlib.sha256("\0".join([sys.version, sys.base_prefix, str(folder.resolve())]).encode())
    for path in [*sorted(root.glob("requirements*.txt")), root / "constraints.txt"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def whole(folder: Path, root: Path = ROOT) -> "list[str]":
    """The requirements files that are completely installed in the folder: none if anything is in doubt."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return sorted(record["whole"]) if record["fingerprint"] == fingerprint(folder, root) else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def run(*command: str) -> None:
    """Run a command, its output for all to see.

    :raises subprocess.CalledProcessError: on any exit code but 0
    """
    subprocess.run(command, check=True, timeout=1800)


def create(folder: Path) -> None:
    """An empty environment with pip, in place of whatever stood there.

    :raises SystemExit: where this Python has no means to
    """
    if importlib.util.find_spec("ensurepip"):
        run(sys.executable, "-m", "venv", "--clear", str(folder))
    elif importlib.util.find_spec("virtualenv"):
        run(sys.executable, "-m", "virtualenv", "--quiet", "--clear", str(folder))
    elif shutil.which("virtualenv"):
        run("virtualenv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    else:
        raise SystemExit(NO_VENV.format(python=sys.executable))


def ensure(folder: Path, requirements: str, root: Path = ROOT) -> bool:
    """Make the requirements whole in the folder's environment.

    :return: whether anything had to be installed
    :raises SystemExit: with what to do, where they cannot be installed
    """
    wanted, present = closure(requirements, root), whole(folder, root)
    if set(wanted) <= set(present):
        return False
    print(
        "Installing {} into {} (Python {}.{})".format(requirements, folder.name, *sys.version_info),
        flush=True,
    )
    (folder / RECORD).unlink(missing_ok=True)
    if not present:
        create(folder)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input"]
    pins = ["--constraint", str(root / "constraints.txt"), "--requirement", str(root / requirements)]
    try:
        run(*pip, "--disable-pip-version-check", *pins)
    except subprocess.SubprocessError:
        raise SystemExit(NO_PACKAGES.format(requirements=requirements)) from None
    record = {"fingerprint": fingerprint(folder, root), "whole": sorted({*wanted, *present})}
    (folder / RECORD).write_text(json.dumps(record), encoding="utf-8")
    return True


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.exit(
            "hkex.drill needs Python {}.{} or later on this machine, and {} is {}.{}. "
            "Name another one: make PYTHON=python3.13".format(*OLDEST, sys.executable, *sys.version_info)
        )
    ensure(ROOT / sys.argv[1], sys.argv[2])
