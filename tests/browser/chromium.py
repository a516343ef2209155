# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium, led by its own ChromeDriver over WebDriver (W3C) on the loopback interface."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AXE_VERSION = "4.14.1"
AXE = Path(__file__).parents[2] / ".lab" / "axe.min.js"

_PATIENCE = 60.0  # seconds for one command
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
)
# Nothing but what a page itself fetches would go there.
_PROXY = "--proxy-server=127.0.0.1:1"


class Missing(Exception):
    """What the tests of a browser need and this machine does not have, and how to get it."""


@dataclass(frozen=True)
class Browser:
    """One session of it."""

    base: str

    def open(self, path: Path, width: int = 1280, height: int = 900) -> None:
        """Show a page in a window of this size; returns when it is loaded."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", screen)
        self._post("url", {"url": path.as_uri()})

    def ask(self, script: str) -> Any:
        """What a script, a function's body, returns; it runs beside the page, whatever that forbids itself."""
        return self._post("execute/sync", {"script": script, "args": []})

    def wait(self, script: str) -> Any:
        """What a script gives to its last argument, a function."""
        return self._post("execute/async", {"script": script, "args": []})

    def media(self, name: str) -> None:
        """Show the page as for ``print`` or ``screen``."""
        self._devtools("Emulation.setEmulatedMedia", {"media": name})

    def screenshot(self) -> bytes:
        """The whole page as PNG, however long."""
        return base64.b64decode(
            self._devtools("Page.captureScreenshot", {"captureBeyondViewport": True})["data"]
        )

    def pdf(self) -> bytes:
        """The page as it prints."""
        return base64.b64decode(self._post("print", {}))

    def _devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def _post(self, command: str, data: dict[str, Any]) -> Any:
        return post(f"{self.base}/{command}", data)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with nothing of anybody in it.

    :raises Missing: there is none here
    """
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        raise Missing(
            "Neither can be told of a page without chromium and chromedriver: install both packages"
        )
    with tempfile.TemporaryDirectory(prefix="hkex-drill-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [driver, "--port=0"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "HOME": folder},
            )
        try:
            base = f"http://127.0.0.1:{_port(log)}/session"
            arguments = [*_ARGUMENTS, _PROXY, f"--user-data-dir={folder}/data"]
            options = {"binary": program, "args": arguments}
            asked = {"browserName": "chrome", "goog:chromeOptions": options, "timeouts": {"script": 60000}}
            session = post(base, {"capabilities": {"alwaysMatch": asked}})["sessionId"]
            try:
                yield Browser(f"{base}/{session}")
            finally:
                post(f"{base}/{session}", None)
        finally:
            process.terminate()
            process.wait(10)


def axe() -> str:
    """The program of the accessibility check.

    :raises Missing: it is not here
    """
    path = Path(os.environ.get("HKEX_DRILL_AXE") or AXE)
    if not path.is_file():
        raise Missing(
            f"{path} is not there. Get it with: npm pack axe-core@{AXE_VERSION} && tar -xzf axe-core-{AXE_VERSION}.tgz "
            f"package/axe.min.js, and put it there, or name another place in HKEX_DRILL_AXE"
        )
    return path.read_text(encoding="utf-8")


def post(url: str, data: dict[str, Any] | None) -> Any:
    """A command of WebDriver (None: delete), and what it answers.

    :raises AssertionError: an error, with what ChromeDriver says of it
    """
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    request.method = "DELETE" if data is None else "POST"
    try:
        with _DIRECT.open(request, timeout=_PATIENCE) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url}: {error.read().decode('utf-8', 'replace')[:2000]}") from error


def _port(log: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = re.search(rb"started successfully on port (\d+)", log.read_bytes())
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise Missing(f"chromedriver does not start: {log.read_text(errors='replace')[:1000]}")


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
