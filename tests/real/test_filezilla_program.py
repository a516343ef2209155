# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What FileZilla's settings do at a RAP that allows one login: the program itself, not a reading of its source."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.lab.exchange import Exchange, Logins
from tests.real.desktop import Desktop, missing, until
from tests.real.filezilla_program import (
    CONNECT,
    ONE_LOGIN,
    PROGRAMS,
    Person,
    fetch,
    open_filezilla,
    person,
    save_queue,
    save_settings,
    save_site,
    trust,
)
from tests.real.rap import ACCOUNT, FILES, PRIMARY, SECONDARY, host_keys, key

pytestmark = pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS) or "all is here")


@pytest.fixture
def somebody(tmp_path: Path, exchange: Exchange, screen: Desktop) -> Person:
    """FileZilla was started once: its queue has tables."""
    made = person(tmp_path / "home", ACCOUNT, key(tmp_path))
    trust(made, host_keys(exchange))
    with open_filezilla(made, screen):
        pass
    return made


def test_as_it_comes_it_is_refused(exchange: Exchange, screen: Desktop, somebody: Person) -> None:
    save_site(somebody, PRIMARY)
    save_queue(somebody, PRIMARY, FILES)
    fetched = fetch(somebody, screen, exchange, files=len(FILES), seconds=6)
    assert fetched.logins.accepted == 1  # the one that browses; the two that transfer are refused
    assert fetched.logins.refused >= 2
    assert {one.detail for one in fetched.contacts if one.event == "refused"} == {"concurrent login"}
    assert not fetched.arrived


def test_limited_to_one_login_all_arrives(exchange: Exchange, screen: Desktop, somebody: Person) -> None:
    save_settings(somebody, ONE_LOGIN)
    save_site(somebody, PRIMARY, limit=1)
    save_queue(somebody, PRIMARY, FILES, limit=1)
    fetched = fetch(somebody, screen, exchange, files=len(FILES), seconds=20)
    assert fetched.arrived == FILES
    assert fetched.logins == Logins(accepted=1)


def left_open(exchange: Exchange, screen: Desktop, somebody: Person) -> None:
    """A person limited to one login leaves a tab that is restored, and a queue that was not started."""
    save_settings(somebody, {**ONE_LOGIN, "Startup action": "2"})
    save_site(somebody, PRIMARY, limit=1)
    save_queue(somebody, PRIMARY, FILES, limit=1)
    with open_filezilla(somebody, screen, *CONNECT):
        assert until(lambda: exchange.status()["logged_in"], 10)
    assert until(lambda: not exchange.status()["logged_in"], 10)


def replace_address(path: Path) -> None:
    """Lead a file of FileZilla's to secondary."""
    if path.suffix == ".xml":
        path.write_text(path.read_text().replace(PRIMARY.address, SECONDARY.address))
    else:
        with closing(sqlite3.connect(path)) as queue, queue:
            queue.execute("UPDATE servers SET host = ?", (SECONDARY.address,))


def test_led_to_secondary_in_every_file_primary_sees_nothing(
    exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    left_open(exchange, screen, somebody)
    for name in ("sitemanager.xml", "filezilla.xml", "queue.sqlite3"):
        replace_address(somebody.settings / name)
    fetched = fetch(somebody, screen, exchange, files=len(FILES), seconds=20, arguments=())
    assert fetched.arrived == FILES
    assert fetched.logins == Logins(accepted=1)
    assert {one.data_centre for one in fetched.contacts} == {"secondary"}


def test_led_to_secondary_in_the_saved_sites_alone_it_still_goes_to_primary(
    exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    left_open(exchange, screen, somebody)
    replace_address(somebody.settings / "sitemanager.xml")
    fetched = fetch(somebody, screen, exchange, files=len(FILES), seconds=20, arguments=())
    assert fetched.arrived == FILES
    assert {one.data_centre for one in fetched.contacts} == {"primary"}
