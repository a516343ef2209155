# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a workstation is visited: counted on stock ssh, never timed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml

from tests.integration.play import BACK, GAP, RAP, Sandbox, fleet, resolve
from tests.lab.ssh_fleet import SshFleet

NAMES = ["canary", "other"]


@pytest.fixture
def over_ssh(tmp_path: Path) -> Iterator[tuple[Sandbox, SshFleet]]:
    # A control socket's path must be short.
    with TemporaryDirectory(prefix="fl") as short, SshFleet(Path(short), [*NAMES, "away"]) as hosts:
        box = fleet(tmp_path, {name: {} for name in NAMES} | {"away": {"drill_takes_part": False}})
        path = box.inventory / "group_vars" / "all.yml"
        variables = yaml.safe_load(path.read_text()) | hosts.variables()
        path.write_text(yaml.safe_dump(variables))
        yield box, hosts


def test_a_switch_is_two_visits_and_a_status_one(over_ssh: tuple[Sandbox, SshFleet]) -> None:
    box, hosts = over_ssh
    for phase, at, visits in (("to-secondary", GAP, 2), ("status", GAP, 1), ("to-primary", BACK, 2)):
        hosts.forget()
        ran = box.phase(phase, at)
        assert ran.code == 0, ran.said
        assert hosts.commands == dict.fromkeys(NAMES, visits), phase
    assert {resolve(box.hosts(name), RAP) for name in NAMES} == {"127.243.2.51"}


def test_pre_drill_is_a_look_and_a_write(over_ssh: tuple[Sandbox, SshFleet]) -> None:
    box, hosts = over_ssh
    assert box.phase("pre-drill", "2021-11-06T10:00").code == 0
    assert hosts.commands == dict.fromkeys(NAMES, 2)
