# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every real program needs: RAP at both data centres, and a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.exchange import Exchange
from tests.real.desktop import Desktop, desktop
from tests.real.rap import rap


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with rap(tmp_path) as playing:
        yield playing


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Desktop]:
    with desktop(tmp_path) as there:
        yield there
