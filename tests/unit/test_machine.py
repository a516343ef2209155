# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The day before on Linux: for each check there is a workstation that fails only that one."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Key, Look
from ansible_collections.hkex.drill.plugins.module_utils.posix import machine, settings
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.unit.machine_pc import GB, NAME, OWN, Linux, looked, only

MB = 1024**2


def test_of_a_workstation_in_order_all_is_told_and_nothing_is_to_be_said() -> None:
    told = looked(Linux())
    assert told["findings"] == [] and not told["changed"]
    assert told["machine"] == {
        "as_asked": True,
        "seconds_ahead": 3,
        "volumes": [
            {"volume": "/", "free_mb": 20480, "holds": [OWN]},
            {"volume": "/home", "free_mb": 9216, "holds": ["/home/chan"]},
        ],
        "rights": True,
        "reboot": [],
        "proxies": [],
        "in_order": True,
    }


# ---- clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "what"),
    [
        ("2025-06-21T01:01:01Z", "61 s ahead of the controller, and 60 s are allowed"),
        ("2025-06-21T00:58:59Z", "61 s behind the controller"),
        ("2025-06-20T01:00:00Z", "86400 s behind the controller"),
    ],
)
def test_a_clock_that_is_off(clock: str, what: str) -> None:
    pc = Linux()
    pc.clock = clock
    finding = only(looked(pc))
    assert (finding["level"], finding["where"]) == ("warning", "clock")
    assert f"it says {clock}, {what}" in finding["what"] and "timedatectl" in finding["remedy"]


@pytest.mark.parametrize("clock", ["2025-06-21T01:01:00Z", "2025-06-21T00:59:00Z"])
def test_a_clock_may_differ_by_the_tolerance(clock: str) -> None:
    pc = Linux()
    pc.clock = clock
    assert looked(pc)["findings"] == []
    assert only(looked(pc, tolerance=59))["where"] == "clock"


def test_without_a_time_clocks_are_not_compared() -> None:
    pc = Linux()
    pc.clock = "2020-01-01T00:00:00Z"
    told = looked(pc, now=None)
    assert told["findings"] == [] and told["machine"]["seconds_ahead"] is None


# ---- disk space and rights ---------------------------------------------------------------------------------------


def test_too_little_space_where_the_collection_keeps_its_own_is_an_error() -> None:
    pc = Linux()
    pc.volumes[OWN] = ("/", 499 * MB)
    finding = only(looked(pc))
    assert (finding["level"], finding["where"]) == ("error", "volume /")
    assert "499 MB are free, of 500 that should be" in finding["what"] and OWN in finding["what"]
    assert looked(pc, free_mb=499)["findings"] == []


def test_too_little_space_in_homes_is_a_warning_once_for_a_volume() -> None:
    pc = Linux()
    pc.volumes["/home/chan"] = ("/home", 3 * MB)
    finding = only(looked(pc))
    assert finding["level"] == "warning" and "reports are downloaded to (/home/chan)" in finding["what"]
    pc.volumes = dict.fromkeys(pc.volumes, ("/", 3 * MB))
    assert only(looked(pc))["level"] == "error"


def test_an_account_that_cannot_write_is_an_error() -> None:
    pc = Linux()
    pc.rights = False
    finding = only(looked(pc))
    assert (finding["level"], finding["where"]) == ("error", OWN) and "Run with become" in finding["remedy"]


# ---- reboot ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"/run/reboot-required": b""}, "it waits for a reboot"),
        (
            {
                "/run/reboot-required": b"*** System restart required ***\n",
                "/run/reboot-required.pkgs": b"linux-image-6.1.0-18-amd64\nlibc6\nlibc6\n",
            },
            "it waits for a reboot because of linux-image-6.1.0-18-amd64, libc6",
        ),
        ({"/run/reboot-needed": b"reboot\n"}, "it waits for a reboot after an update"),
    ],
)
def test_a_pending_reboot(files: dict[str, bytes], what: str) -> None:
    pc = Linux()
    pc.files = files
    told = looked(pc)
    finding = only(told)
    assert (
        finding["level"] == "warning" and finding["what"] == what and "Restart it before" in finding["remedy"]
    )
    assert told["machine"]["reboot"] == [what]


def test_many_packages_are_not_all_named() -> None:
    pc = Linux()
    pc.files = {"/run/reboot-required": b"", "/run/reboot-required.pkgs": b"a b c d e f"}
    assert only(looked(pc))["what"].endswith("because of a, b, c, d, e and others")


# ---- proxies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environment",
    [
        'https_proxy="http://proxy.example:3128/"\n',
        "PATH=/usr/bin\nexport HTTPS_PROXY=http://chan:hunter2@proxy.example:3128/\n",
        "https_proxy=http://other.example\nhttps_proxy=http://proxy.example:3128/\nno_proxy=localhost,.example",
        "all_proxy='http://proxy.example:3128/'\nno_proxy=xrmcd.hkexposttrade.com.hk,hkexposttrade.com",
    ],
)
def test_a_proxy_of_everybody(environment: str) -> None:
    pc = Linux()
    pc.files["/etc/environment"] = environment.encode()
    told = looked(pc)
    finding = only(told)
    assert finding["level"] == "warning" and finding["where"].startswith("/etc/environment, ")
    assert f"the proxy http://proxy.example:3128/ fetches {NAME} for everybody" in finding["what"]
    assert "Add them to no_proxy" in finding["remedy"] and "hunter2" not in json.dumps(told)


@pytest.mark.parametrize(
    "environment",
    [
        "",
        "# https_proxy=http://proxy.example\n",
        "http_proxy=http://proxy.example\n",  # none of the exchange's pages is by http
        "https_proxy=\n",
        f"https_proxy=http://proxy.example\nno_proxy=localhost,{NAME}",
        "https_proxy=http://proxy.example\nNO_PROXY=' .hkexposttrade.com.hk '",
        "https_proxy=http://proxy.example\nno_proxy=hkexposttrade.com.hk:443",
        "https_proxy=http://proxy.example\nno_proxy=*.hkexposttrade.com.hk",
        "https_proxy=http://proxy.example\nno_proxy=*",
        "\xff\xfe\x00 = =\n",
    ],
)
def test_a_proxy_that_fetches_none_of_the_names(environment: str) -> None:
    pc = Linux()
    pc.files["/etc/environment"] = environment.encode("latin-1")
    assert looked(pc)["findings"] == []


def test_a_proxy_script_of_everybody() -> None:
    pc = Linux()
    pc.files["/etc/environment"] = b"auto_proxy=http://wpad.example/proxy.pac?user=chan\nno_proxy=*\n"
    finding = only(looked(pc))
    assert "the proxy script http://wpad.example/proxy.pac decides" in finding["what"]
    assert f"answers DIRECT for {NAME}" in finding["remedy"]


def test_without_names_nobody_is_in_their_way() -> None:
    pc = Linux()
    pc.files["/etc/environment"] = b"https_proxy=http://proxy.example\n"
    assert looked(pc, names=[])["findings"] == []


# ---- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"now": "yesterday"}, "machine.now"),
        ({"now": "2025-06-21T09:00:00+08:00"}, "machine.now"),
        ({"now": "2025-06-31T09:00:00Z"}, "machine.now"),
        ({"tolerance": -1}, "machine.tolerance"),
        ({"free_mb": -1}, "machine.free_mb"),
        ({"names": ["rmcd.hkexposttrade.com.hk", "rm cd"]}, "machine.names[1]"),
    ],
)
def test_a_wrong_option_is_refused(more: dict[str, Any], where: str) -> None:
    told = looked(Linux(), **more)
    assert told["failed"] and told["where"] == where and told["what"] and told["remedy"]


@pytest.mark.parametrize("now", ["2025-06-21T01:00:00.123456+00:00", "2025-06-21T01:00:00Z"])
def test_the_time_is_taken_as_programs_write_it(now: str) -> None:
    assert looked(Linux(), now=now)["machine"]["seconds_ahead"] == 3


# ---- on this machine ---------------------------------------------------------------------------------------------


def test_a_real_workstation_tells_it_all(tmp_path: Path) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = looked(Posix(str(tmp_path / "state")), now=now, free_mb=0)
    assert abs(told["machine"]["seconds_ahead"]) <= 60 and told["machine"]["rights"]
    own = next(each for each in told["machine"]["volumes"] if str(tmp_path / "state") in each["holds"])
    assert os.path.ismount(own["volume"]) and own["free_mb"] > 0
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_on_the_volume_of_the_one_above(tmp_path: Path) -> None:
    here, below = machine.free(str(tmp_path)), machine.free(str(tmp_path / "a" / "b"))
    assert here and below and here["volume"] == below["volume"] and below["free"] > 0
    assert machine.may_write(str(tmp_path / "a" / "b"))


def test_nothing_can_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert not machine.may_write(str(tmp_path / "file" / "x")) and not machine.may_write(
        str(tmp_path / "file")
    )
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    assert not machine.may_write(str(tmp_path / "link" / "x"))
    assert machine.free(str(tmp_path / "link" / "x")) is None
    seen = Posix(str(tmp_path / "state")).visit((), Look(settings=frozenset({Key("account", "/", "rights")})))
    assert seen.settings[Key("account", "/", "rights")] == os.access("/", os.W_OK)


def test_nobody_sets_what_the_machine_tells_of_itself() -> None:
    with pytest.raises(Exception, match="no such store"):
        settings.assign(Key("volume", "/", "free"), None, GB)
