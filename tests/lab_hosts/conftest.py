# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that boot the lab: skipped, with what is missing, where it cannot run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.hosts import Lab, missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if "tests/lab_hosts/" in item.path.as_posix()]
    if here and (lacking := missing()):
        for item in here:
            item.add_marker(pytest.mark.skip(reason=f"no lab of real hosts: {' '.join(lacking)}"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One boot for all tests of a module; beside a lab of the checkout that may be on."""
    with Lab(tmp_path_factory.mktemp("lab")) as booted:
        yield booted
