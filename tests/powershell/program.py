# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real PowerShell that runs ``windows_io``: Windows PowerShell 5.1 on Windows, elsewhere ``pwsh`` if there is one."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import jsonschema

ON_WINDOWS = sys.platform == "win32"
PROGRAM = shutil.which("powershell.exe" if ON_WINDOWS else "pwsh")
# Windows PowerShell does not find its own modules with the path of PowerShell 7, from which this may have been started.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name.upper() != "PSMODULEPATH"}
RUN = Path(__file__).with_name("run.ps1")
PLUGINS = Path(__file__).parents[2] / "plugins"
SCHEMA = json.loads((PLUGINS / "plugin_utils" / "windows_io.schema.json").read_text(encoding="utf-8"))

# Seconds until a PowerShell that was started, or asked, has answered.
PATIENCE = 90


def schema_of(part: str) -> dict[str, Any]:
    """The schema of the request or the answer; where this is not Windows, paths are not Windows' either."""
    definitions = SCHEMA["$defs"] if ON_WINDOWS else {**SCHEMA["$defs"], "path": {"type": "string"}}
    return {"$schema": SCHEMA["$schema"], "$defs": definitions, "$ref": f"#/$defs/{part}"}


def request(
    state: Path | None, steps: Sequence[Mapping[str, Any]] | None = None, settle: float = 0, **look: Any
) -> str:
    """The text of a request.

    :param state: where journal and blobs lie, None: the usual place
    :param look: what is to be seen, by its names in the schema; nothing else is asked for
    """
    names = ("files", "settings", "probes", "blobs", "trees", "keys", "processes")
    given = None if state is None else str(state)
    everything = {
        "tolerated": [],
        "everybody": {"files": [], "keys": []},
        **{name: [] for name in names},
        **look,
    }
    return json.dumps(
        {"version": 1, "state_dir": given, "steps": list(steps or ()), "settle": settle, "look": everything}
    )


def legacy() -> Path:
    """Ansible's PowerShell utilities for modules. Found, not imported: Ansible's Python does not run on Windows."""
    spec = importlib.util.find_spec("ansible")
    assert spec is not None and spec.submodule_search_locations
    (folder,) = spec.submodule_search_locations
    return Path(folder, "module_utils", "powershell", "Ansible.ModuleUtils.Legacy.psm1")


class PowerShell:
    """One process of it; it runs the module whenever it is asked, until it is closed or killed."""

    def __init__(self) -> None:
        assert PROGRAM is not None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed with the rest
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(PATIENCE)
            bypass = ("-ExecutionPolicy", "Bypass") if ON_WINDOWS else ()
            arguments = (
                "-Port",
                str(listening.getsockname()[1]),
                "-Plugins",
                str(PLUGINS),
                "-Legacy",
                str(legacy()),
            )
            self.process = subprocess.Popen(
                [PROGRAM, "-NoProfile", "-NonInteractive", *bypass, "-File", str(RUN), *arguments],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=subprocess.STDOUT,
            )
            try:
                self._connection, _peer = listening.accept()
            except TimeoutError:
                self.kill()
                raise AssertionError(f"{PROGRAM} did not start: {self._said()}") from None
        self._connection.settimeout(PATIENCE)
        self._lines = self._connection.makefile("rwb")

    def __enter__(self) -> PowerShell:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.kill()
        self._lines.close()
        self._connection.close()
        self._errors.close()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def ask(self, request: str, check: bool = False) -> None:
        """Have the module run, without waiting for it."""
        jsonschema.validate(json.loads(request), schema_of("request"))
        parameters = json.dumps({"request": request, "_ansible_check_mode": check})
        self._lines.write(b64encode(parameters.encode()) + b"\n")
        self._lines.flush()

    def result(self) -> dict[str, Any]:
        """What the module gave back."""
        told: dict[str, Any] = json.loads(b64decode(self._lines.readline()) or b"{}")
        assert told, f"{PROGRAM} gave no result: {self._said()}"
        return told

    def execute(self, request: str) -> str:
        """Run the module: the text of a request to the text of its answer, both held to the schema."""
        self.ask(request)
        told = self.result()
        assert "answer" in told, told
        jsonschema.validate(json.loads(told["answer"]), schema_of("answer"))
        return str(told["answer"])

    def _said(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")
