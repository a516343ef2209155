# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where FileZilla's settings are, and what the one who installed it laid down."""

from __future__ import annotations

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    POSIX,
    WARNING,
    WINDOWS,
    File,
    Look,
    Profile,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._filezilla_folder import (
    DEFAULTS,
    FLATPAK,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Part, Wish
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.filezilla import CLIENT

from tests.unit.filezilla_person import (
    HOME,
    LIMIT,
    ONE,
    PORT,
    PRIMARY,
    RAP,
    SERVER,
    TO_PRIMARY,
    TO_SECONDARY,
    planned,
    queue,
    seen,
    sites,
)

ANALYST = Profile("S-1-5-21-1", r"C:\Users\analyst", name="analyst")


def asked(wish: Wish, profile: Profile, world: Seen) -> Seen:
    """The world after looks until nothing new is asked for; what is not there does not exist."""
    for _ in range(3):
        more = CLIENT.look(wish, profile, world).without(world)
        if not more:
            return world
        world = world._replace(
            files={**dict.fromkeys(more.files), **world.files},
            keys={**dict.fromkeys(more.keys), **world.keys},
        )
    raise AssertionError("FileZilla asks for ever")


def moved(profile: Profile, system: str, files: dict[str, bytes], wish: Wish = TO_SECONDARY) -> set[str]:
    """The paths that a plan edits."""
    world = asked(
        wish, profile, Seen(system=system, files={path: File(text) for path, text in files.items()})
    )
    return {edit.path for edit in CLIENT.plan(wish, profile, world).edits}  # type: ignore[union-attr]


def test_only_files_are_looked_at_and_only_those_of_filezilla() -> None:
    look = CLIENT.look(TO_SECONDARY, RAP, Seen())
    assert look == Look(files=look.files)
    assert {path for path in look.files if not path.startswith("/home/rap/")} == set(DEFAULTS[False])
    assert f"{HOME}queue.sqlite3-journal" in look.files


FOLDERS = [f"/home/rap/{one}/" for one in (".config/filezilla", ".filezilla", FLATPAK)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_of_the_usual_folders_that_one_is_taken_that_exists(folder: str) -> None:
    path = folder + "sitemanager.xml"
    assert moved(RAP, POSIX, {path: sites(SERVER)}) == {path}


def test_of_several_folders_all_move() -> None:
    files = {folder + "sitemanager.xml": sites(SERVER) for folder in FOLDERS}
    assert moved(RAP, POSIX, files) == set(files)


def test_a_flatpak_stays_where_it_is_whatever_the_installer_says() -> None:
    path = f"/home/rap/{FLATPAK}/sitemanager.xml"
    assert moved(RAP, POSIX, {DEFAULTS[False][0]: location("/srv/fz"), path: sites(SERVER)}) == {path}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("queue.sqlite3", queue([(PRIMARY, PORT, 1, 0)])),
        ("recentservers.xml", b"<FileZilla3><RecentServers>%b</RecentServers></FileZilla3>"),
        ("filezilla.xml", b"<FileZilla3><Settings><LastServer>%b</LastServer></Settings></FileZilla3>"),
    ],
)
def test_one_file_makes_a_person_one_who_uses_filezilla(name: str, content: bytes) -> None:
    server = SERVER if "LastServer" in str(content) else f"<Server>{SERVER}</Server>"
    text = content if name.endswith("sqlite3") else content % server.encode()
    assert moved(RAP, POSIX, {HOME + name: text}) == {HOME + name}


def test_what_says_nothing_by_itself_is_no_filezilla() -> None:
    assert planned({"queue.sqlite3-journal": b"x", "hostkeys.xml": b"<FileZilla3/>"}) == Part()


@pytest.mark.parametrize(("system", "profile"), [(POSIX, RAP), (WINDOWS, ANALYST)])
def test_all_is_asked_for_at_once(system: str, profile: Profile) -> None:
    blank = Seen(system=system)
    first = CLIENT.look(TO_SECONDARY, profile, blank)
    seen_all = Seen(system=system, files=dict.fromkeys(first.files), keys=dict.fromkeys(first.keys))
    assert not CLIENT.look(TO_SECONDARY, profile, seen_all).without(seen_all)
    there = seen_all._replace(files={path: File(b"<FileZilla3/>") for path in first.files})
    assert not CLIENT.look(TO_SECONDARY, profile, there).without(there)


def test_windows() -> None:
    path = r"C:\Users\analyst\AppData\Roaming\FileZilla\sitemanager.xml"
    assert moved(ANALYST, WINDOWS, {path: sites(SERVER)}) == {path}


@pytest.mark.parametrize(
    ("system", "path"), [(POSIX, "/opt/fz/sitemanager.xml"), (WINDOWS, r"D:\fz\sitemanager.xml")]
)
def test_a_folder_that_is_given_is_the_only_one(system: str, path: str) -> None:
    other = HOME if system == POSIX else "C:\\Users\\analyst\\AppData\\Roaming\\FileZilla\\"
    profile = RAP if system == POSIX else ANALYST
    files = {path: sites(SERVER), other + "sitemanager.xml": sites(SERVER)}
    wish = TO_SECONDARY._replace(config_dir=path[: -len("/sitemanager.xml")])
    assert moved(profile, system, files, wish) == {path}


@pytest.mark.parametrize(
    ("system", "told", "folder"),
    [
        (POSIX, "/srv/fz/", "/srv/fz"),
        (POSIX, "$HOME/fz", "/home/rap/fz"),
        (POSIX, "/srv/$USER/fz", "/srv/rap/fz"),
        (POSIX, "/srv/$$USER", "/srv/$USER"),
        (POSIX, "settings", "/etc/filezilla/settings"),
        (POSIX, ".", "/etc/filezilla"),
        (WINDOWS, r"$APPDATA\fz", r"C:\Users\analyst\AppData\Roaming\fz"),
        (WINDOWS, r"$USERPROFILE/fz/", r"C:\Users\analyst\fz"),
        (WINDOWS, r"D:\fz\$USERNAME", r"D:\fz\analyst"),
        (WINDOWS, ".", r"C:\Program Files\FileZilla FTP Client"),
    ],
)
def test_the_installers_config_location_is_followed(system: str, told: str, folder: str) -> None:
    profile = RAP if system == POSIX else ANALYST
    path = folder + ("/" if system == POSIX else "\\") + "sitemanager.xml"
    files = {DEFAULTS[system == WINDOWS][0]: location(told), path: sites(SERVER)}
    assert moved(profile, system, files) == {path}


def location(told: str) -> bytes:
    return f'<FileZilla3><Settings><Setting name="Config Location">{told}</Setting></Settings></FileZilla3>'.encode()


def test_a_config_location_that_cannot_be_known_is_told() -> None:
    world = seen(
        {"sitemanager.xml": sites(SERVER)}, others={DEFAULTS[False][0]: location("$SOMEDIR/filezilla/")}
    )
    part = CLIENT.plan(TO_SECONDARY, RAP, world)
    assert (part.findings[0].level, part.findings[0].where) == (WARNING, DEFAULTS[False][0])
    assert "config_dir" in part.findings[0].remedy


def test_an_installers_file_that_is_broken_is_refused_by_the_plan_and_not_by_the_look() -> None:
    world = seen({}, others={DEFAULTS[False][0]: b"<FileZilla3>"})
    assert set(DEFAULTS[False]) <= CLIENT.look(TO_SECONDARY, RAP, world).files
    with pytest.raises(Refusal, match=r"fzdefaults\.xml, line 1: this is not a whole XML file"):
        CLIENT.plan(TO_SECONDARY, RAP, world)


@pytest.mark.parametrize(
    ("wish", "limit", "level"),
    [(TO_SECONDARY, "1", WARNING), (TO_PRIMARY, "1", INFO), (TO_PRIMARY, "0", WARNING)],
)
def test_an_installers_site_is_told_and_never_edited(wish: Wish, limit: str, level: str) -> None:
    installed = sites(f"{SERVER}<{LIMIT}>{limit}</{LIMIT}><Name>House</Name>")
    world = seen({"filezilla.xml": b"<FileZilla3/>"}, others={DEFAULTS[False][0]: installed})
    part = CLIENT.plan(wish, RAP, world)
    (finding,) = part.findings
    assert (finding.level, finding.where) == (level, f"{DEFAULTS[False][0]}: site House")
    assert bool(finding.remedy) == (level == WARNING)
    assert part.edits == ()
    assert [(one.host, one.limited) for one in part.sites] == [(PRIMARY, limit == "1")]


OWN = HOME + "fzdefaults.xml"


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize(("wish", "level"), [(TO_SECONDARY, WARNING), (TO_PRIMARY, INFO)])
def test_a_site_of_a_persons_own_defaults_is_told_and_never_edited(
    folder: str, wish: Wish, level: str
) -> None:
    path = folder + "fzdefaults.xml"
    for settings in ({}, {folder + "filezilla.xml": b"<FileZilla3/>"}):
        part = CLIENT.plan(wish, RAP, seen({}, {path: sites(SERVER + ONE), **settings}))
        (finding,) = part.findings
        assert (finding.level, finding.where, part.edits) == (level, f"{path}: site", ())
        assert "this person's" in finding.what
        assert bool(finding.remedy) == (level == WARNING)
        assert [one.where for one in part.sites] == [finding.where]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_config_location_of_a_persons_own_is_followed(folder: str) -> None:
    path = "/srv/fz/sitemanager.xml"
    files = {folder + "fzdefaults.xml": location("/srv/fz"), path: sites(SERVER)}
    assert moved(RAP, POSIX, files) == {path}


def test_a_persons_own_defaults_take_the_place_of_the_installers() -> None:
    files = {DEFAULTS[False][0]: location("/srv/all"), OWN: location("$HOME/mine")}
    paths = {f"{folder}/sitemanager.xml": sites(SERVER) for folder in ("/home/rap/mine", HOME[:-1])}
    assert moved(RAP, POSIX, {**files, **paths}) == {"/home/rap/mine/sitemanager.xml"}


def test_a_config_location_of_a_persons_own_that_cannot_be_known_is_told() -> None:
    part = CLIENT.plan(TO_SECONDARY, RAP, seen({"sitemanager.xml": sites(SERVER)}, {OWN: location("$X/fz")}))
    assert (part.findings[0].level, part.findings[0].where) == (WARNING, OWN)
    assert part.edits


def test_a_persons_own_defaults_that_are_broken_are_refused() -> None:
    with pytest.raises(Refusal, match=r"rap/\.config/filezilla/fzdefaults\.xml, line 1"):
        CLIENT.plan(TO_SECONDARY, RAP, seen({}, {OWN: b"<FileZilla3>"}))


BACKUP = "sitemanager.xml~"


@pytest.mark.parametrize("others", [{}, {"filezilla.xml": b"<FileZilla3/>"}])
def test_a_copy_that_filezilla_would_put_back_is_told(others: dict[str, bytes]) -> None:
    for wish in (TO_SECONDARY, TO_PRIMARY):
        part = planned({BACKUP: sites(SERVER, SERVER), **others}, wish)
        (finding,) = part.findings
        assert (finding.level, finding.where) == (WARNING, HOME + BACKUP)
        assert f"lead to {PRIMARY}:{PORT}" in finding.what and finding.what.count(PRIMARY) == 1
        assert "Delete it" in finding.remedy and "run again" in finding.remedy
        assert (part.edits, part.sites) == ((), ())


@pytest.mark.parametrize(
    "files",
    [
        {BACKUP: sites(SERVER), "sitemanager.xml": sites()},
        {BACKUP: sites(SERVER.replace(PRIMARY, "10.1.1.1"))},
        {BACKUP: sites(SERVER)[:-9]},
        {BACKUP: b""},
    ],
)
def test_any_other_copy_is_nobodys_business(files: dict[str, bytes]) -> None:
    assert planned(files) == Part()
