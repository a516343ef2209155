# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module sftp_client makes of the real programs: one login, and no contact with the other data centre."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine, sftp_client
from ansible_collections.hkex.drill.plugins.module_utils.model import Look, Outcome, Profile, Seen, Step
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.lab.exchange import Endpoint, Exchange, Logins
from tests.real import filezilla_program, openssh_program
from tests.real.desktop import Desktop, missing, until
from tests.real.filezilla_program import (
    CONNECT,
    Person,
    fetch,
    open_filezilla,
    person,
    save_queue,
    save_settings,
    save_site,
    trust,
)
from tests.real.openssh_program import TIME, client
from tests.real.rap import ACCOUNT, FILES, PRIMARY, SECONDARY, host_keys, key
from tests.unit.module_process import run

PROGRAMS = (*filezilla_program.PROGRAMS, *openssh_program.PROGRAMS)
pytestmark = pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS) or "all is here")


@pytest.fixture
def somebody(tmp_path: Path, exchange: Exchange, screen: Desktop) -> Person:
    """As FileZilla comes: a saved site, a queue that was not started, a tab that is restored; nothing is limited."""
    made = person(tmp_path / "home", ACCOUNT, key(tmp_path))
    trust(made, host_keys(exchange))
    with open_filezilla(made, screen):
        pass
    save_settings(made, {"Startup action": "2"})
    save_site(made, PRIMARY)
    save_queue(made, PRIMARY, FILES)
    with open_filezilla(made, screen, *CONNECT):
        assert until(lambda: exchange.status()["logged_in"], 10)
    assert until(lambda: not exchange.status()["logged_in"], 10)
    return made


class Home:
    """This workstation with one person, whose home is a folder of the test's."""

    def __init__(self, state: Path, home: Path) -> None:
        self._posix = Posix(str(state))
        self.blank = self._posix.blank
        self._people = (Profile("0", str(home), name="rap"),)

    def visit(self, steps: Sequence[Step], look: Look) -> Seen:
        seen = self._posix.visit(steps, look)
        return seen._replace(facts=seen.facts._replace(profiles=self._people))


def seed(home: Path, wanted: Endpoint, name: str, public_key: str) -> Outcome:
    """As the module does it in the person's home, which has no ``config_dir``; the key is the wanted server's."""
    known = [{"host": each.address, "port": each.port} for each in (PRIMARY, SECONDARY)]
    keys = [public_key] if public_key else []
    site = {"known": known, "host": wanted.address, "port": wanted.port, "host_keys": keys}
    concern = sftp_client.concern({"max_connections": 1, "sites": [site], "clients": [name]})
    return engine.run(Home(home / "state", home), [concern], lambda: "now")


def lead(state: Path, wanted: Endpoint, **more: Any) -> dict[str, Any]:
    """Run the module: whichever data centre stands somewhere becomes this one, with one login."""
    known = [{"host": each.address, "port": each.port} for each in (PRIMARY, SECONDARY)]
    site = {"known": known, "host": wanted.address, "port": wanted.port}
    result = run("sftp_client", {"sites": [site], "state_dir": str(state), **more})
    assert not result.get("failed"), result
    return result


def filezilla(somebody: Person, wanted: Endpoint, **more: Any) -> dict[str, Any]:
    settings = str(somebody.settings)
    told = lead(somebody.home / "state", wanted, clients=["filezilla"], config_dir=settings, **more)
    sites = told["after"]["sftp_client"]["sites"]
    assert sites and {site["host"] for site in sites} == {wanted.address}
    assert {site["limited"] for site in sites} <= {True, None}
    return told


def test_before_it_logins_are_refused_and_after_it_all_arrives_in_one(
    exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    before = fetch(somebody, screen, exchange, files=len(FILES), seconds=6, arguments=())
    assert before.logins.refused >= 1 and before.arrived != FILES
    shutil.rmtree(somebody.downloads)
    assert filezilla(somebody, PRIMARY)["changed"] and not filezilla(somebody, PRIMARY)["changed"]
    after = fetch(somebody, screen, exchange, files=len(FILES), seconds=20, arguments=())
    assert after.arrived == FILES
    assert after.logins == Logins(accepted=1)


def test_queue_and_tab_go_to_secondary_and_back(
    exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    filezilla(somebody, PRIMARY)
    filezilla(somebody, SECONDARY)
    there = fetch(somebody, screen, exchange, files=len(FILES), seconds=20, arguments=())
    assert there.arrived == FILES
    assert there.logins == Logins(accepted=1)
    assert {one.data_centre for one in there.contacts} == {"secondary"}

    shutil.rmtree(somebody.downloads)
    save_queue(somebody, SECONDARY, FILES)
    filezilla(somebody, PRIMARY)
    back = fetch(somebody, screen, exchange, files=len(FILES), seconds=20, arguments=())
    assert back.arrived == FILES
    assert back.logins == Logins(accepted=1)
    assert {one.data_centre for one in back.contacts} == {"primary"}


def test_filezilla_opens_in_the_folder_of_the_drill_and_after_it_where_it_was(
    exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    folder = somebody.home / "rehearsal"
    folder.mkdir()

    def opened(*arguments: str) -> str:
        """The folder in which the one tab of FileZilla is, as it leaves it behind."""
        with open_filezilla(somebody, screen, *arguments):
            assert until(lambda: exchange.status()["logged_in"], 10)
        assert until(lambda: not exchange.status()["logged_in"], 10)
        (found,) = re.findall(
            "<LocalPath>(.*)</LocalPath>", (somebody.settings / "filezilla.xml").read_text()
        )
        return str(found)

    def local(state: str) -> dict[str, Any]:
        return {"local_folder": {"path": str(folder), "state": state}}

    filezilla(somebody, PRIMARY)
    start = (somebody.settings / "sitemanager.xml").read_bytes()
    assert opened() == f"{somebody.home}/"
    filezilla(somebody, SECONDARY, **local("present"))
    assert opened() == f"{folder}/"  # the tab that is restored
    assert opened(*CONNECT) == f"{folder}/"  # the site
    filezilla(somebody, PRIMARY, **local("present"))
    filezilla(somebody, PRIMARY, **local("absent"))
    assert (somebody.settings / "sitemanager.xml").read_bytes() == start
    assert opened() == f"{somebody.home}/"


def test_while_it_runs_it_is_waited_for(exchange: Exchange, screen: Desktop, somebody: Person) -> None:
    sites = somebody.settings / "sitemanager.xml"
    before = sites.read_bytes()
    with open_filezilla(somebody, screen):
        told = lead(somebody.home / "state", SECONDARY, config_dir=str(somebody.settings))
    (waiting,) = [finding for finding in told["findings"] if finding["level"] == "pending"]
    assert not told["changed"] and sites.read_bytes() == before
    assert "filezilla (process" in waiting["what"] and "Close it there" in waiting["remedy"]
    assert filezilla(somebody, SECONDARY)["changed"]


def test_an_alias_of_openssh_leads_to_secondary_over_one_connection(
    exchange: Exchange, tmp_path: Path
) -> None:
    with client(
        tmp_path / "home", ACCOUNT, key(tmp_path), host_keys(exchange), PRIMARY, share=True
    ) as somebody:
        text = somebody.config.read_text().replace("    ControlMaster auto\n", "")
        somebody.config.write_text(text)
        told = lead(
            tmp_path / "state", SECONDARY, clients=["openssh"], config_dir=str(somebody.config.parent)
        )
        assert told["changed"] and "    ControlMaster auto\n" in somebody.config.read_text()
        first = somebody.sftp()
        try:
            assert until(lambda: exchange.status()["logged_in"] == {ACCOUNT: "secondary"}, TIME)
            second, _said = somebody.fetch(somebody.sftp(), "/inbox/TP002.zip")
        finally:
            ended, _said = somebody.fetch(first, "/inbox/TP001.zip")
        assert (ended, second) == (0, 0) and exchange.logins()[ACCOUNT] == Logins(accepted=1)
        assert {one.data_centre for one in exchange.contacts()} == {"secondary"}


def test_filezilla_asks_nothing_about_a_key_that_was_verified(
    exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    store = somebody.home / ".putty" / "sshhostkeys"
    trust(somebody, {PRIMARY: host_keys(exchange)[PRIMARY]})
    before = store.read_bytes()
    done = seed(somebody.home, SECONDARY, "filezilla", host_keys(exchange)[SECONDARY])
    assert done.state == "changed" and not [each for each in done.plan.findings if "host key" in each.what]
    assert store.read_bytes().startswith(before)
    fetched = fetch(somebody, screen, exchange, files=len(FILES), seconds=20, arguments=())
    assert fetched.arrived == FILES and fetched.logins == Logins(accepted=1)
    assert {one.data_centre for one in fetched.contacts} == {"secondary"}
    assert seed(somebody.home, SECONDARY, "filezilla", host_keys(exchange)[SECONDARY]).plan.edits == ()


@pytest.mark.parametrize("whose", ["nobody's", "another server's"])
def test_without_it_filezilla_asks_and_nobody_logs_in(
    whose: str, exchange: Exchange, screen: Desktop, somebody: Person
) -> None:
    trust(somebody, {})
    other = "" if whose == "nobody's" else host_keys(exchange)[PRIMARY]
    done = seed(somebody.home, SECONDARY, "filezilla", other)
    said = [each for each in done.plan.findings if "host key" in each.what]
    assert [each.level for each in said] == (["info"] if whose == "nobody's" else [])
    with pytest.raises(RuntimeError, match="did not log in"):
        fetch(somebody, screen, exchange, files=1, seconds=1, arguments=())
    assert not exchange.status()["logged_in"]


def test_sftp_that_trusts_only_its_known_hosts_logs_in_where_a_key_was_verified(
    exchange: Exchange, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    trusted = {PRIMARY: host_keys(exchange)[PRIMARY]}
    with client(home / ".ssh", ACCOUNT, key(tmp_path), trusted, PRIMARY, share=True) as somebody:
        known = home / ".ssh" / "known_hosts"
        before = known.read_text()
        seed(home, SECONDARY, "openssh", "")
        ended, said = somebody.fetch(somebody.sftp(), "/inbox/TP001.zip")
        assert ended == 255 and "Host key verification failed" in said and known.read_text() == before

        done = seed(home, SECONDARY, "openssh", host_keys(exchange)[SECONDARY])
        assert done.state == "changed" and known.read_text().startswith(before)
        ended, said = somebody.fetch(somebody.sftp(), "/inbox/TP001.zip")
        assert ended == 0, said
        assert {one.data_centre for one in exchange.contacts()} == {"secondary"}
