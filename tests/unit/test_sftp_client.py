# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SFTP clients of a workstation as one concern: who is asked, who has to wait, what is said."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import sftp_client
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    PENDING,
    WARNING,
    Facts,
    File,
    Finding,
    Look,
    Process,
    Profile,
    Refusal,
    Seen,
    Splice,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Client, Part, Site, Wish

from tests.unit.host_keys import KEYS, TEXTS

OLD, NEW = "10.243.2.141", "10.243.66.141"
PLACE = {"port": 18801}
SITES = [
    {"known": [{"host": OLD, **PLACE}, {"host": NEW, **PLACE}], "host": NEW, **PLACE},
]
CHAN, LI = Profile("1001", "/home/chan", name="chan"), Profile("1002", "/home/li", name="li")


def tiny(name: str, keeps: bool = True) -> Client:
    """A client whose settings are one address; ``?`` behind it means that a person has to change it."""

    def path(person: Profile) -> str:
        return f"{person.folder}/.{name}"

    def look(_wish: Wish, person: Profile, _seen: Seen) -> Look:
        return Look(files=frozenset({path(person)}))

    def plan(wish: Wish, person: Profile, seen: Seen) -> Part:
        file = seen.files[path(person)]
        if file is None:
            return Part()
        host = file.content.decode().rstrip("?")
        move = wish.move(host, 18801)
        if move is None:
            stale = (Finding(WARNING, path(person), "stale", "remedy"),) if host in wish.stale else ()
            return Part(findings=stale, version="1.0")
        if file.content.endswith(b"?"):
            return Part(findings=(Finding(PENDING, path(person), "by hand", "so"),))
        new = (Splice(path(person), 0, file.content, move.host.encode()),) if host != move.host else ()
        return Part(new, (), (Site(path(person), host, 18801, True),), "1.0")

    return Client(name, (f"{name}-program",), keeps, look, plan)


@pytest.fixture(autouse=True)
def clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sftp_client, "CLIENTS", (tiny("one"), tiny("two", keeps=False)))


def seen(files: dict[str, str | None], *running: tuple[str, str]) -> Seen:
    paths = [f"{person.folder}/.{name}" for person in (CHAN, LI) for name in ("one", "two")]
    held = {path: files.get(path) for path in [*paths, *files]}
    return Seen(
        facts=Facts(profiles=(CHAN, LI)),
        files={path: None if text is None else File(text.encode()) for path, text in held.items()},
        processes={
            f"{name}-program": tuple(
                Process(f"{name}-program", 7, user) for program, user in running if program == name
            )
            for name in ("one", "two")
        },
    )


def asked(**more: Any) -> sftp_client.Options:
    options: sftp_client.Options = sftp_client.concern({"max_connections": 1, "sites": SITES, **more}).options
    return options


BOTH: dict[str, str | None] = {"/home/chan/.one": OLD, "/home/li/.two": OLD}


def test_every_client_of_everybody_is_looked_at_and_what_runs() -> None:
    look = sftp_client.look(asked(), seen({}))
    assert look.processes == {"one-program", "two-program"}
    assert look.files == {f"/home/{who}/.{name}" for who in ("chan", "li") for name in ("one", "two")}
    look = sftp_client.look(asked(users=["li"], clients=["two"]), seen({}))
    assert look.files == {"/home/li/.two"} and look.processes == {"two-program"}
    look = sftp_client.look(asked(config_dir="/srv/fz"), seen({}))
    assert look.files == {"/srv/fz/.one", "/srv/fz/.two"}


def test_all_move_together() -> None:
    before = seen(BOTH)
    plan = sftp_client.plan(asked(), before)
    after = apply(before, plan.edits)
    assert {file.content.decode() for file in after.files.values() if file} == {NEW}
    assert not plan.findings and not sftp_client.plan(asked(), after).edits
    told = sftp_client.describe(asked(), after)
    assert [(site["user"], site["client"], site["host"]) for site in told["sites"]] == [
        ("chan", "one", NEW),
        ("li", "two", NEW),
    ]
    assert not told["pending"]
    assert told["clients"][0] == {
        "user": "chan",
        "client": "one",
        "version": "1.0",
        "running": False,
        "left": "",
    }


@pytest.mark.parametrize("user", ["chan", "BROKER\\Chan", "", "chan.BROKER"])
def test_while_a_client_runs_that_would_lose_the_change_nothing_moves(user: str) -> None:
    before = seen(BOTH, ("one", user))
    plan = sftp_client.plan(asked(), before)
    (finding,) = plan.findings
    assert not plan.edits and finding.level == PENDING and finding.where == "one of chan"
    assert "one-program (process 7" in finding.what and "Close it there" in finding.remedy
    told = sftp_client.describe(asked(), before)
    assert told["pending"] and [each["left"] for each in told["clients"]] == ["close it", ""]
    with pytest.raises(Refusal, match="one of chan: one-program"):
        sftp_client.plan(asked(if_running="fail"), before)
    assert sftp_client.describe(asked(if_running="fail"), before)["pending"]


@pytest.mark.parametrize(
    "running",
    [("one", "li"), ("two", "li"), ("two", "")],
    ids=["somebody else's", "one that reads its settings anew", "of nobody knows whom"],
)
def test_what_runs_and_is_not_in_the_way_stops_nothing(running: tuple[str, str]) -> None:
    assert len(sftp_client.plan(asked(), seen(BOTH, running)).edits) == 2


def test_a_client_that_has_nothing_to_change_may_run() -> None:
    files: dict[str, str | None] = {"/home/chan/.one": NEW, "/home/li/.two": OLD}
    assert len(sftp_client.plan(asked(), seen(files, ("one", "chan"))).edits) == 1


def test_what_a_person_has_to_change_keeps_the_rest_where_it_is() -> None:
    plan = sftp_client.plan(asked(), seen({**BOTH, "/home/chan/.two": f"{OLD}?"}))
    assert not plan.edits and [finding.what for finding in plan.findings] == ["by hand"]


def test_damaged_settings_of_one_person_make_it_all_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(_wish: Wish, person: Profile, _seen: Seen) -> Part:
        if person == LI:
            raise Refusal("/home/li/.three", "is cut off", "Restore it")
        return Part()

    three = Client("three", (), True, lambda *_: Look(), damaged)
    monkeypatch.setattr(sftp_client, "CLIENTS", (tiny("one"), three))
    before = seen(BOTH)
    plan = sftp_client.plan(asked(), before)
    assert plan.edits == () and plan.findings == (
        Finding(PENDING, "/home/li/.three", "is cut off", "Restore it"),
    )
    assert sftp_client.describe(asked(), before)["pending"]
    with pytest.raises(Refusal, match="is cut off"):
        sftp_client.plan(asked(if_running="fail"), before)
    assert len(sftp_client.plan(asked(clients=["one"]), before).edits) == 1


def test_a_portable_clients_settings_are_anybodys() -> None:
    options = asked(config_dir="/srv/fz")
    plan = sftp_client.plan(options, seen({"/srv/fz/.one": OLD, "/srv/fz/.two": None}, ("one", "li")))
    (finding,) = plan.findings
    assert finding.where == "one of /srv/fz" and not plan.edits


def test_a_settings_folder_that_is_not_there_is_said() -> None:
    nothing = seen({"/srv/fz/.one": None, "/srv/fz/.two": None})
    assert sftp_client.plan(asked(config_dir="/srv/fz"), nothing).findings == ()
    nowhere = nothing._replace(nowhere=frozenset({"/srv/fz/.one", "/srv/fz/.two"}))
    (finding,) = sftp_client.plan(asked(config_dir="/srv/fz"), nowhere).findings
    assert (finding.level, finding.where) == (WARNING, "sftp_client.config_dir /srv/fz")


def test_people_whose_settings_are_one_file_change_it_once() -> None:
    before = seen(BOTH)
    shared = File(OLD.encode(), link="/srv/shared")
    both = before._replace(files={**before.files, "/home/chan/.one": shared, "/home/li/.one": shared})
    plan = sftp_client.plan(asked(clients=["one"]), both)
    assert [edit.path for edit in plan.edits if isinstance(edit, Splice)] == ["/home/chan/.one"]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (File(OLD.encode(), names=2), "2 names"),
        (File(OLD.encode(), held=("is immutable", "chattr -i")), "is immutable"),
    ],
)
def test_a_file_that_cannot_be_replaced_waits(file: File, why: str) -> None:
    before = seen(BOTH)
    linked = before._replace(files={**before.files, "/home/chan/.one": file})
    (finding,) = sftp_client.plan(asked(), linked).findings
    assert (finding.level, finding.where) == (PENDING, "/home/chan/.one") and why in finding.what


def test_stale_addresses_are_said_and_left() -> None:
    options = asked(stale=["10.243.2.51", NEW])
    plan = sftp_client.plan(options, seen({"/home/chan/.one": "10.243.2.51", "/home/li/.one": NEW}))
    assert not plan.edits and [finding.where for finding in plan.findings] == ["/home/chan/.one"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"clients": ["filezila"]}, r"clients\[0\]: 'filezila' is no client.*auto, or some of one, two"),
        ({"max_connections": 0}, r"max_connections: 0 is no number"),
        ({"max_connections": 11}, r"max_connections: 11 is no number"),
        ({"stale": ["10.1"]}, r"stale\[0\]: '10.1' is not an IPv4 address"),
        ({"sites": [{"known": [], "host": OLD, **PLACE}]}, r"sites\[0\].known: it is empty"),
        (
            {"sites": [{"known": [{"host": "a b", **PLACE}], "host": OLD, **PLACE}]},
            r"known\[0\].host: 'a b' is",
        ),
        (
            {"sites": [{"known": [{"host": OLD, "port": 0}], "host": OLD, **PLACE}]},
            r"known\[0\].port: 0 is no",
        ),
        (
            {"sites": [{"known": [{"host": OLD, **PLACE}], "host": OLD, "port": 65536}]},
            r"sites\[0\].port: 65536",
        ),
        (
            {"sites": [{**SITES[0], "host_keys": [TEXTS["ssh-rsa"], "AAAA"]}]},
            r"sites\[0\].host_keys\[1\]: 'AAAA' is no public key .* Give it as OpenSSH writes it",
        ),
        (
            {"sites": [{**SITES[0], "host_keys": [TEXTS["ssh-rsa"]] * 2}]},
            r"sites\[0\].host_keys\[1\]: it is the second ssh-rsa key",
        ),
        (
            {"sites": [{"known": [{"host": OLD, **PLACE}], "host": "10.243.66.1411", **PLACE}]},
            r"host: '10.243.66",
        ),
        (
            {"sites": [{"known": [{"host": "010.243.2.141", **PLACE}], "host": OLD, **PLACE}]},
            r"host: '010.243",
        ),
        (
            {"sites": [{"known": [{"host": "-rap", **PLACE}], "host": OLD, **PLACE}]},
            r"host: '-rap' is neither",
        ),
        ({"config_dir": "fz"}, r"config_dir: 'fz' is not an absolute path"),
        ({"sites": SITES * 2}, r"sites\[1\]: 10.243.2.141 port 18801 is known to an earlier site"),
    ],
)
def test_bad_options_are_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=rf"sftp_client\..*{message}"):
        asked(**wrong)


def test_host_keys_go_with_their_address() -> None:
    (move,) = asked(sites=[{**SITES[0], "host_keys": list(TEXTS.values())}]).wish.moves
    assert move.host_keys == tuple(KEYS.values()) and move.host == NEW
    assert asked().wish.moves[0].host_keys == ()


def test_a_person_who_is_not_here_is_named() -> None:
    with pytest.raises(Refusal, match=r"users: 'wong' has no home on this workstation\. There is chan, li"):
        sftp_client.plan(asked(users=["wong"]), seen({}))


def test_names_compare_without_case() -> None:
    place = {"host": "RAPcc.Example", "port": 22}
    (move,) = asked(sites=[{"known": [place], **place}]).wish.moves
    assert move.host == "rapcc.example" and ("rapcc.example", 22) in move.known
