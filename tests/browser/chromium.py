# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine's own Chromium, headless, led by Playwright; no browser of Playwright's is fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

PROGRAMS = ("chromium", "google-chrome")

# Nothing but what a page itself fetches would go there.
_PROXY = "http://127.0.0.1:1"


def installed() -> str | None:
    """The program, or None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def chromium() -> Iterator[Page]:
    """An empty page. Scripts of the tests run beside it, whatever it forbids itself.

    :raises FileNotFoundError: there is no Chromium here
    """
    program = installed()
    if program is None:
        raise FileNotFoundError("no Chromium here: install the package chromium")
    with sync_playwright() as playwright:
        # Its own sandbox needs what root does not have and containers do not give; the pages are ours.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox"], proxy={"server": _PROXY}
        )
        try:
            yield browser.new_context(bypass_csp=True).new_page()
        finally:
            browser.close()
