# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One login of an account at a time over the fleet: between processes, and between the forks of stock Ansible."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import login_lock

from tests.checks.bench import environment
from tests.lab.exchange import Logins
from tests.lab.exchange_clients import ACCOUNT, OTHER, small_config, small_exchange, until
from tests.lab.fleet import ROOT
from tests.lab.windows import WindowsFleet
from tests.lab.windows.simulation import HOSTS, STATE_DIR, SimulatedMachine
from tests.lab.windows.volume import WindowsFile

KEY = r"C:\RAP\key"
HOLDER = """
import sys, time
from pathlib import Path
from ansible_collections.hkex.drill.plugins.plugin_utils import login_lock
with login_lock.held(sys.argv[2:], Path(sys.argv[1]), "ws-01"):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(folder: Path, *accounts: str) -> subprocess.Popen[str]:
    """Another process that has these accounts until it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *accounts],
        env={**os.environ, "PYTHONPATH": str(ROOT / "collections")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_two_processes_do_not_have_an_account_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    with holder(folder, ACCOUNT) as other:
        assert (folder.stat().st_mode & 0o777, len(list(folder.iterdir()))) == (0o700, 1)
        with pytest.raises(Refusal) as refused, login_lock.held([ACCOUNT], folder, "ws-02", patience=0.3):
            pass
        assert ACCOUNT in refused.value.what and f"ws-01, process {other.pid}" in refused.value.what
        with login_lock.held([OTHER], folder, "ws-02", patience=0.3):  # another account is free
            pass
        other.communicate("\n", timeout=30)
    with login_lock.held([ACCOUNT], folder, "ws-02", patience=0.3):
        pass


def test_who_waits_gets_it_when_the_other_is_done_or_killed(tmp_path: Path) -> None:
    with holder(tmp_path, ACCOUNT, OTHER) as other:
        os.kill(other.pid, signal.SIGKILL)
        with login_lock.held([OTHER, ACCOUNT], tmp_path, "ws-02", patience=30):
            pass


def test_a_lock_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"login-{ACCOUNT}.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refusal), login_lock.held([ACCOUNT], tmp_path, "ws-02", patience=0.3):
        pass
    assert not (tmp_path / "elsewhere").exists()


def endpoint(**more: Any) -> dict[str, Any]:
    at = small_config().primary.rap[0]
    return {"kind": "ssh", "address": at.address, "port": at.port, **more}


def test_the_accounts_are_found_in_whatever_form_the_options_come() -> None:
    def asked(account: str) -> dict[str, Any]:
        return endpoint(login={"account": account, "private_key": "/k", "reports": ["x"]})

    assert login_lock.accounts({"endpoints": [asked("B"), asked("A"), asked("B"), endpoint()]}) == ("A", "B")
    words = endpoint(login="account=A private_key=/k reports=x")
    assert login_lock.accounts({"endpoints": [json.dumps(words)]}) == ("A",)
    assert login_lock.accounts({"endpoints": [{"kind": "none"}]}) == ()


def test_forks_of_ansible_log_on_one_after_the_other(tmp_path: Path) -> None:
    """Workstations of both kinds with one account: the exchange, which refuses a second login, refuses none."""
    hosts, boxes = (
        ("ws-01", "ws-02", "ws-03"),
        [SimulatedMachine(name, {HOSTS: b""}, []) for name in ("pc-1", "pc-2")],
    )
    with small_exchange(tmp_path) as exchange, WindowsFleet(tmp_path / "windows", boxes) as fleet:
        for box in boxes:
            box.put(KEY, WindowsFile((tmp_path / ACCOUNT).read_bytes()))
        key = (exchange.folder / "primary" / "host_key.pub").read_text(encoding="ascii").strip()
        login = {
            "account": ACCOUNT,
            "private_key": "{{ private_key }}",
            "reports": ["inbox/*.zip"],
            "how_many": 2,
        }
        task = {
            "hkex.drill.endpoint_info": {
                "endpoints": [endpoint(host_keys=[key], login=login)],
                "state_dir": "{{ state }}",
            },
            "register": "told",
            "failed_when": "not told.services.endpoints[0].login.ok",
        }
        play = [{"hosts": "all", "gather_facts": False, "tasks": [task]}]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
        here = {"ansible_connection": "local", "private_key": str(tmp_path / ACCOUNT)}
        there = {"state": STATE_DIR, "private_key": KEY}
        inventory = {
            "all": {
                "hosts": {
                    **{name: {**here, "state": str(tmp_path / name)} for name in hosts},
                    **{box.name: {**there, **fleet.variables(box.name)} for box in boxes},
                },
                "vars": {"ansible_python_interpreter": sys.executable},
            }
        }
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
        ran = subprocess.run(
            ["ansible-playbook", "-i", str(tmp_path / "hosts.yml"), str(tmp_path / "play.yml")],
            cwd=ROOT,
            env={**environment(Path(sys.executable)), "HKEX_DRILL_EVIDENCE": str(tmp_path / "evidence")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        until(lambda: not exchange.status()["logged_in"])
        assert exchange.logins() == {ACCOUNT: Logins(accepted=3 + 2 * 2)}  # from Windows it takes two each
    assert [each.name for each in (tmp_path / "evidence").iterdir()] == [f"login-{ACCOUNT}.lock"]
