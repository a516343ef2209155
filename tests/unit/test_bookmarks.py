# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saved bookmarks of VaR Online: for each check there is a workstation that fails only that one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _bookmarks_file, _bookmarks_places, bookmarks

from tests.unit import bookmarks_pc as made
from tests.unit.bookmarks_pc import BANK, LOGIN, RIGHT, SITE, looked, pc, put, url
from tests.unit.module_process import tree

CHROME, EDGE = ".config/google-chrome", ".config/microsoft-edge"
WRONG = "https://10.243.2.32/"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Chan has VaR Online in Chrome and Li in Edge, both as the circular says; Chrome is installed."""
    put(tmp_path / "chan" / CHROME / "Local State", made.local_state(Default="Dealing", Profile_1="Home"))
    var = made.folder("Exchange", url("VaR Online", RIGHT + "/"), url("Bank", BANK))
    put(tmp_path / "chan" / CHROME / "Default" / "Bookmarks", made.bookmarks(var))
    put(tmp_path / "chan" / CHROME / "Profile 1" / "Bookmarks", made.bookmarks(other=(url("Bank", BANK),)))
    put(tmp_path / "li" / EDGE / "Local State", made.local_state(Default="Work"))
    put(tmp_path / "li" / EDGE / "Default" / "Bookmarks", made.bookmarks(url("VaR", RIGHT + "/")))
    put(tmp_path / "opt" / "google-chrome", b"#!/bin/bash\n")
    browsers = tuple(
        each._replace(scripts=(str(tmp_path / "opt" / each.linux),)) for each in _bookmarks_places.BROWSERS
    )
    monkeypatch.setattr(bookmarks, "BROWSERS", browsers)
    return tmp_path


def play(home: Path, *sites: dict[str, Any], **more: Any) -> dict[str, Any]:
    return looked(pc(home, "chan", "li"), *sites, **{"browsers": ["chrome"], **more})


def only(told: dict[str, Any]) -> dict[str, str]:
    """The one finding."""
    (finding,) = told["findings"]
    assert "(Information Package (2021), 3.2 f)" in finding["what"]
    assert finding["remedy"] and not finding["remedy"].endswith(".")
    assert told["bookmarks"]["in_order"] == (finding["level"] == "info")
    found: dict[str, str] = finding
    return found


# ---- in order ----------------------------------------------------------------------------------------------------


def test_of_a_workstation_in_order_its_bookmarks_are_told_and_no_others(home: Path) -> None:
    before = tree(home)
    told = play(home)
    assert told["findings"] == [] and not told["changed"] and tree(home) == before
    right = {"name": "VaR Online", "url": "https://rmcd.hkexposttrade.com.hk", "right": True}
    assert told["bookmarks"] == {
        "as_asked": True,
        "browsers": [{"name": "chrome", "installed": True}],
        "bookmarks": [
            {
                "user": "chan",
                "browser": "chrome",
                "profile": "Default (Dealing)",
                "folder": "Bookmarks bar/Exchange",
                **right,
            },
            {
                "user": "li",
                "browser": "edge",
                "profile": "Default (Work)",
                "folder": "Bookmarks bar",
                **right,
                "name": "VaR",
            },
        ],
        "in_order": True,
    }
    assert "bank.example" not in json.dumps(told)


@pytest.mark.parametrize("address", [RIGHT, RIGHT + ":443/", "HTTPS://RMCD.hkexposttrade.com.HK"])
def test_every_way_to_write_the_right_address_is_in_order(home: Path, address: str) -> None:
    put(home / "chan" / CHROME / "Default" / "Bookmarks", made.bookmarks(url("VaR", address)))
    assert play(home)["findings"] == []


def test_nobody_need_have_a_bookmark_or_a_browser_that_is_not_demanded(home: Path) -> None:
    for file in home.rglob("Bookmarks"):
        file.unlink()
    (home / "opt" / "google-chrome").unlink()
    assert play(home, browsers=[])["findings"] == []


# ---- wrong bookmarks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "what"),
    [
        (
            WRONG,
            "it is https://10.243.2.32, which leads to the address 10.243.2.32 of one data centre instead of",
        ),
        ("https://10.243.66.32", "so follows no switch to the other"),
        (
            "http://rmcd.hkexposttrade.com.hk/",
            "which goes by http instead of https; it should be https://rmcd.",
        ),
        (
            "https://rmcd.hkexposttrade.com.hk:8443",
            "is https://rmcd.hkexposttrade.com.hk:8443, which goes to port 8443",
        ),
        ("https://rmcd.hkexposttrade.com.hk.", "which has a dot behind the name"),
        ("https://rmcd.hkexposttrade.com.hk:99999", "goes to port 0 instead of 443"),
        ("https://sso.hkexposttrade.com.hk", "leads to sso.hkexposttrade.com.hk instead of rmcd."),
        ("https://10.243.66.15", "leads to the address 10.243.66.15 of one data centre"),
        ("https://chan:hunter2@rmcd.hkexposttrade.com.hk", "which holds a user name or password"),
        (
            "http://10.243.2.32:81",
            "follows no switch to the other, and goes by http instead of https, and goes to port",
        ),
    ],
)
def test_a_bookmark_that_is_not_what_the_circular_gives(home: Path, address: str, what: str) -> None:
    put(home / "chan" / CHROME / "Profile 1" / "Bookmarks", made.bookmarks(url("VaR", address)))
    told = play(home)
    finding = only(told)
    assert finding["level"] == "warning" and what in finding["what"]
    assert finding["where"] == "Chrome of chan, profile Profile 1 (Home): bookmark Bookmarks bar/VaR"
    assert "chrome://bookmarks" in finding["remedy"] and finding["remedy"].endswith(RIGHT)
    assert [each["right"] for each in told["bookmarks"]["bookmarks"]] == [True, False, True]
    assert "hunter2" not in json.dumps(told)


def test_a_page_inside_the_site_is_told_without_its_path(home: Path) -> None:
    deep = f"{RIGHT}/margin/view;jsessionid=S3CRET?user=chan#x"
    put(home / "li" / EDGE / "Default" / "Bookmarks", made.bookmarks(url(deep, deep)))
    told = play(home)
    finding = only(told)
    assert finding["level"] == "info" and f"it is {RIGHT}/..., a page inside" in finding["what"]
    assert finding["where"].startswith(
        "Edge of li, profile Default (Work): bookmark Bookmarks bar/(called by"
    )
    assert "S3CRET" not in json.dumps(told) and "user=chan" not in json.dumps(told)


@pytest.mark.parametrize(
    "address", ["http://rmcd.hkexposttrade.com.hk:80", "http://rmcd.hkexposttrade.com.hk"]
)
def test_the_port_that_follows_from_the_scheme_is_no_fault_of_its_own(home: Path, address: str) -> None:
    put(home / "chan" / CHROME / "Default" / "Bookmarks", made.bookmarks(url("VaR", address)))
    assert "port" not in only(play(home))["what"]


def test_an_older_name_of_the_site_is_a_site_of_its_own_with_the_new_address(home: Path) -> None:
    put(home / "chan" / CHROME / "Default" / "Bookmarks", made.bookmarks(url("VaR", "https://old.example/")))
    assert play(home)["findings"] == []
    told = play(home, SITE, {"name": "old.example", "url": RIGHT})
    assert "leads to old.example instead of rmcd.hkexposttrade.com.hk" in only(told)["what"]


@pytest.mark.parametrize("name", ["AccountBookmarks", "Bookmarks"])
def test_bookmarks_of_an_account_count_like_those_of_the_computer(home: Path, name: str) -> None:
    put(home / "chan" / CHROME / "Default" / name, made.bookmarks(url("VaR", WRONG)))
    assert "10.243.2.32" in only(play(home))["what"]


def test_the_first_profile_is_looked_at_where_nobody_names_it(home: Path) -> None:
    (home / "chan" / CHROME / "Local State").unlink()
    put(home / "chan" / CHROME / "Default" / "Bookmarks", made.bookmarks(url("VaR", WRONG)))
    assert only(play(home))["where"] == "Chrome of chan, profile Default: bookmark Bookmarks bar/VaR"


def test_only_the_people_who_are_named_are_looked_at(home: Path) -> None:
    put(home / "li" / EDGE / "Default" / "Bookmarks", made.bookmarks(url("VaR", WRONG)))
    assert play(home, users=["chan"])["findings"] == []
    only(play(home, users=["li"]))
    (refused,) = play(home, users=["wong"])["findings"]
    assert "'wong' has no home" in refused["what"] and "chan, li" in refused["remedy"]
    assert not play(home, users=["wong"])["bookmarks"]["in_order"]


def test_another_folder_of_settings_is_looked_at_instead(home: Path) -> None:
    put(home / "apart" / "google-chrome" / "Default" / "Bookmarks", made.bookmarks(url("VaR", WRONG)))
    put(home / "chan" / CHROME / "Default" / "Bookmarks", b"no JSON")
    finding = only(play(home, config_dir=str(home / "apart")))
    assert finding["where"].startswith(f"Chrome in {home}/apart/google-chrome, profile Default: ")


# ---- what cannot be compared -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "it is no JSON"),
        (b'{"roots": {', "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it is no JSON object"),
        (b'{"version": 1}', "it has no folders of bookmarks"),
        (b" " * (_bookmarks_file.LARGEST + 1), "more than 16777216 are not read"),
    ],
)
def test_a_damaged_or_huge_file_is_told(home: Path, content: bytes, what: str) -> None:
    path = home / "chan" / CHROME / "Default" / "Bookmarks"
    put(path, content)
    finding = only(play(home))
    assert finding["level"] == "warning" and finding["where"] == f"Chrome of chan: {path}"
    assert "bookmarks were not compared: it " in finding["what"] and what in finding["what"]
    assert "chrome://bookmarks" in finding["remedy"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"{}", "does not say which profiles"),
        (made.local_state(**{"..": "x"}), "whose folder cannot be one"),
        (made.local_state(**{"../../li": "x"}), "whose folder cannot be one"),
        (made.local_state(**{f"Profile_{number}": "x" for number in range(101)}), "more than 100 profiles"),
    ],
)
def test_profiles_that_nobody_can_know_are_told(home: Path, content: bytes, what: str) -> None:
    put(home / "chan" / CHROME / "Local State", content)
    finding = only(play(home))
    assert finding["where"].endswith("Local State") and what in finding["what"]


def test_bookmarks_that_the_browser_encrypts_are_left_to_a_person(home: Path) -> None:
    profile = home / "chan" / CHROME / "Default"
    put(profile / "EncryptedBookmarks2", b"v10\x17\x99")
    assert play(home)["findings"] == []  # beside the plain ones they say the same
    (profile / "Bookmarks").unlink()
    finding = only(play(home))
    assert (
        "it is encrypted for this person" in finding["what"]
        and "Look in chrome://bookmarks" in finding["remedy"]
    )


def test_what_cannot_be_read_is_told_once_for_a_person(home: Path) -> None:
    for name in ("Local State", "Default/Bookmarks"):
        (home / "li" / EDGE / name).unlink()
        os.mkfifo(home / "li" / EDGE / name)
    finding = only(play(home))
    assert (
        "is not a regular file" in finding["what"] and "look by hand in edge://favorites" in finding["remedy"]
    )
    (home / "li" / EDGE / "Local State").unlink()
    assert only(play(home))["where"].endswith("Default/Bookmarks")


# ---- browsers ----------------------------------------------------------------------------------------------------


def test_a_demanded_browser_that_is_not_there_is_an_error(home: Path) -> None:
    (home / "opt" / "google-chrome").unlink()
    told = play(home)
    finding = only(told)
    assert (finding["level"], finding["where"]) == ("error", "Chrome") and "Install Chrome" in finding[
        "remedy"
    ]
    assert told["bookmarks"]["browsers"] == [{"name": "chrome", "installed": False}]


def test_a_browser_of_which_nobody_can_say_is_told(home: Path) -> None:
    (home / "opt" / "google-chrome").unlink()
    (home / "opt" / "google-chrome").mkdir()
    told = play(home)
    assert only(told)["level"] == "warning" and "nobody can say" in told["findings"][0]["what"]
    assert told["bookmarks"]["browsers"] == [{"name": "chrome", "installed": None}]


# ---- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sites", "more", "where", "what"),
    [
        ([], {}, "bookmarks.sites", "is empty"),
        ([{**SITE, "name": "rmcd"}], {}, "bookmarks.sites[0].name", "'rmcd' is no host name"),
        ([{**SITE, "url": "http://rmcd.example"}], {}, "bookmarks.sites[0].url", "by https"),
        ([{**SITE, "url": "https://a:b@rmcd.example"}], {}, "bookmarks.sites[0].url", "by https"),
        ([{**SITE, "url": "https://rmcd.example:0"}], {}, "bookmarks.sites[0].url", "by https"),
        ([{**SITE, "url": "https://[rmcd"}], {}, "bookmarks.sites[0].url", "by https"),
        ([SITE, {**LOGIN, "addresses": ["10.243.2"]}], {}, "bookmarks.sites[1].addresses[0]", "not an IPv4"),
        (
            [SITE, {**LOGIN, "addresses": ["10.243.2.32"]}],
            {},
            "bookmarks.sites[1]",
            "10.243.2.32 is an earlier",
        ),
        ([SITE, SITE], {}, "bookmarks.sites[1]", "is an earlier site's"),
        ([SITE], {"browsers": ["chrome", "opera"]}, "bookmarks.browsers[1]", "'opera' is no browser"),
        ([SITE], {"config_dir": "settings"}, "bookmarks.config_dir", "not an absolute path"),
        ([SITE], {"config_dir": r"C:\x"}, "bookmarks.config_dir", "on a POSIX workstation"),
    ],
)
def test_a_wrong_option_is_refused(
    home: Path, sites: list[dict[str, Any]], more: dict[str, Any], where: str, what: str
) -> None:
    told = looked(pc(home, "chan"), **{"sites": sites, **more})
    assert told["failed"] and told["where"] == where and what in told["what"] and told["remedy"]
