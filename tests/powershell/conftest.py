# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""These tests run the PowerShell source for real, wherever there is a PowerShell; elsewhere they say they did not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.powershell.program import ON_WINDOWS, PROGRAM, PowerShell

NOT_RUN = "no pwsh here: the PowerShell source was parsed, not run"
NOT_WINDOWS = "not Windows: its registry, adapters and access lists were not tried"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/powershell/" not in item.path.as_posix():
            continue
        if PROGRAM is None:
            item.add_marker(pytest.mark.skip(reason=NOT_RUN))
        elif item.path.name == "test_powershell_windows.py" and not ON_WINDOWS:
            item.add_marker(pytest.mark.skip(reason=NOT_WINDOWS))


@pytest.fixture(scope="session")
def powershell() -> Iterator[PowerShell]:
    """One for all tests that do not kill it."""
    with PowerShell() as program:
        yield program
