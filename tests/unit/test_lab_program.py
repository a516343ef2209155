# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lab's program where no lab is on, and the exchange that refuses the circulars' addresses outside one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.exchange import ExchangeError
from tests.lab.exchange.enclosure import require_enclosed
from tests.lab.hosts import Folder, requirements
from tests.lab.hosts.__main__ import main, table
from tests.lab.hosts.reach import ssh_config, wrapper
from tests.lab.hosts.site import lab_config

ROOT = Path(__file__).parents[2]
NETWORK = Path("/proc/self/ns/net")
HEADER = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n"


# --- the exchange ----------------------------------------------------------------------------------------------


def test_the_exchange_refuses_the_machines_own_network(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(lab_config().to_json(), "utf-8")
    folder = tmp_path / "exchange"
    program = [sys.executable, "-m", "tests.lab.exchange", "--folder", str(folder), "--config", str(config)]
    inside = ["--enclosed", str(NETWORK.stat().st_ino)]
    for arguments, why in (
        (inside, "in the lab's network only, and this is the machine's"),
        ([], "loopback"),
    ):
        refused = subprocess.run(
            [*program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        )
        assert refused.returncode == 2
        assert why in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
    assert not folder.exists()


@pytest.mark.parametrize(
    "route",
    [
        "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0",
        "eth0 00000000 010200C0 0003 0 0 0 00000080 0 0 0",  # one half of everywhere
        "ppp0 00000000 00000000 0001 0 0 0 00000000 0 0 0",  # no gateway needed
        "eth0 0000F30A 0100870A 0003 0 0 0 0000FFFF 0 0 0",  # the exchange's own range
    ],
)
def test_the_exchange_refuses_a_network_that_leads_outside(route: str, tmp_path: Path) -> None:
    routes = tmp_path / "route"
    lab = "br0 0000000A 00000000 0001 0 0 0 000000FF 0 0 0\n"
    routes.write_text(HEADER + lab)
    require_enclosed(0, NETWORK, routes)
    with pytest.raises(ExchangeError, match="this is the machine's"):
        require_enclosed(NETWORK.stat().st_ino, NETWORK, routes)
    routes.write_text(f"{HEADER}{lab}{route}\n")
    with pytest.raises(ExchangeError, match=f"this network has a route out by {route[:4]}"):
        require_enclosed(0, NETWORK, routes)


# --- ssh -------------------------------------------------------------------------------------------------------


def test_ssh_runs_nothing_when_the_lab_is_gone(tmp_path: Path) -> None:
    """The keeper's pid may be another process's by now, and the machine's network has the real addresses."""
    script = tmp_path / "ssh"
    script.write_text(wrapper(Folder(tmp_path), os.getpid(), network=1))
    script.chmod(0o755)
    refused = subprocess.run(
        [script, "plain", "true"], capture_output=True, text=True, timeout=10, check=False
    )
    assert (refused.returncode, refused.stdout) == (255, "")
    assert refused.stderr == "The lab is not on. Start it: python -m tests.lab.hosts up\n"


def test_ssh_always_checks_host_keys_and_takes_nothing_of_the_users(tmp_path: Path) -> None:
    settings = ssh_config(Folder(tmp_path))
    assert "StrictHostKeyChecking yes" in settings
    assert f"UserKnownHostsFile {tmp_path / 'known_hosts'}\n" in settings
    assert "IdentitiesOnly yes" in settings and "IdentityAgent none" in settings
    assert "Host two-adapters\n  HostName 10.179.0.15\n" in settings


# --- the program -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["list"], ["cut", "plain"], ["reboot", "plain"], ["boot", "plain"]])
def test_without_a_lab_a_command_says_how_to_start_one(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--folder", str(tmp_path), *command]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        f"lab: The lab in {tmp_path} is not on. Start it: python -m tests.lab.hosts up\n",
    )


def test_without_a_lab_its_exchange_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path), "exchange", "off", "primary"]) == 1
    assert "no exchange answers here" in capsys.readouterr().err


def test_down_without_a_lab_is_no_error(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path), "down"]) == 0


def test_check_names_each_thing_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(requirements, "KEYRING", Path("/nowhere"))
    monkeypatch.setattr(
        shutil, "which", lambda name, path: None if name in ("mmdebstrap", "ssh", "ssh-keygen") else name
    )
    assert main(["check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "lab: The lab needs root: start it with sudo." in said
    assert "lab: No mmdebstrap here: apt-get install mmdebstrap." in said
    assert "lab: No ssh and no ssh-keygen here: apt-get install openssh-client." in said
    assert "lab: Debian's keys are not here: apt-get install debian-archive-keyring." in said
    assert not [line for line in said if "nspawn" in line]


def test_check_that_misses_nothing_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.lab.hosts.__main__.missing", list)
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "lab: it can run here\n"


def test_the_table_has_a_line_for_each_host_and_data_centre() -> None:
    host = {"name": "plain", "addresses": ["10.0.0.9", "10.0.0.8"], "backend": "a file", "state": "on, cut"}
    centre = {"name": "primary", "addresses": ["10.243.1.1", "10.243.2.51"], "state": "cut"}
    assert table({"hosts": [host], "data_centres": [centre]}, Path("/lab/ssh")).splitlines() == [
        "HOST     ADDRESS            BACKEND                     STATE    REACH",
        "plain    10.0.0.9 10.0.0.8  a file                      on, cut  /lab/ssh plain",
        "primary  2 addresses        the exchange's data centre  cut",
    ]
