# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local folder of sites in FileZilla: the laws over ugly files, through the engine and its journal."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    INFO,
    PENDING,
    WARNING,
    WINDOWS,
    File,
    Finding,
    Process,
    Profile,
    Refusal,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._local_folder import (
    UNKNOWN,
    Stored,
    Was,
    before_drill,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import LocalFolder
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.filezilla_person import (
    HOME,
    PORT,
    PRIMARY,
    SECONDARY,
    SECRET,
    SERVER,
    any_site,
    fixture,
    site_managers,
    sites,
)
from tests.unit.local_folders import FOLDER, Desk, asked, desk, play, roll_back

laws = settings(deadline=None)  # a busy machine breaks no law

SITES, SETTINGS = HOME + "sitemanager.xml", HOME + "filezilla.xml"
ELSEWHERE = st.sampled_from(
    [
        None,
        None,
        "",
        "/",
        "/home/rap/報表",
        "/home/rap/rehearsals",
        f" {FOLDER}2 ",
        "<![CDATA[/a&b]]>",
        "/a&amp;b&#x31;",
    ]
)
LOCAL = st.builds(lambda fields, local: {**fields, "LocalDir": local}, any_site, ELSEWHERE)
MANAGERS = site_managers(LOCAL)


def tab(user: str, host: str, local: str | None) -> str:
    kept = {None: "", "/": "<LocalPath />"}.get(local, f"<LocalPath>{local}</LocalPath>")
    server = f"<Host>{host}</Host><Port>{PORT}</Port><Protocol>1</Protocol><User>{user}</User>"
    return f"<Tab>{server}<Site></Site>{kept}</Tab>"


TABS = st.lists(
    st.builds(tab, st.sampled_from(["a", "b"]), st.sampled_from([PRIMARY, SECONDARY, "", "x"]), ELSEWHERE),
    max_size=3,
).map(lambda tabs: with_tabs(*tabs))


def with_tabs(*tabs: str) -> bytes:
    """A filezilla.xml that opens these tabs."""
    inside = f'<Setting name="Tab data"><Tabs>{"".join(tabs)}</Tabs></Setting>'
    return f"<FileZilla3><Settings>{inside}</Settings></FileZilla3>".encode()


def places(workstation: Desk) -> Iterator[tuple[bool, str, str | None]]:
    """Sites and tabs as an independent reader finds them: whether they lead to RAP, what they are, their folder."""
    for path, tag, name in ((SITES, "Server", "LocalDir"), (SETTINGS, "Tab", "LocalPath")):
        for one in ElementTree.fromstring(workstation.contents()[path]).iter(tag):
            says = {child.tag: (child.text or "").strip() for child in reversed(list(one))}
            mine = says.get("Host") in (PRIMARY, SECONDARY) and says.get("Port") == str(PORT)
            yield mine and says.get("Protocol") == "1", tag, says.get(name)


def emptied(content: bytes) -> bytes:
    """An XML file without what it says of local folders."""
    root = ElementTree.fromstring(content)
    for one in [*root.iter("Server"), *root.iter("Tab")]:
        for name in ("LocalDir", "LocalPath"):
            child = one.find(name)
            if child is not None:
                one.remove(child)
        one.tail = one.text = None
        for child in one:
            child.tail = None
    return ElementTree.tostring(root)


@laws
@given(MANAGERS, TABS)
def test_there_and_back_leaves_what_was_there(managers: bytes, tabs: bytes) -> None:
    pc = desk({"sitemanager.xml": managers, "filezilla.xml": tabs})
    play(pc, asked(PRIMARY))
    start = pc.contents()
    play(pc, asked(PRIMARY, "present"))
    play(pc, asked(SECONDARY, "present"))
    play(pc, asked(PRIMARY, "present"))
    done = play(pc, asked(state="absent"))
    assert pc.contents() == start
    assert not [each for each in done.plan.findings if "nothing is known" in each.what]
    assert play(pc, asked(state="absent")).state == "unchanged"


@laws
@given(MANAGERS, TABS)
def test_sites_of_the_moves_and_their_tabs_have_it_and_nothing_else_moves(
    managers: bytes, tabs: bytes
) -> None:
    with_folder, without = (desk({"sitemanager.xml": managers, "filezilla.xml": tabs}) for _ in range(2))
    was = list(places(without))
    predicted = play(with_folder, asked(SECONDARY, "present"), check=True)
    play(without, asked(SECONDARY))
    done = play(with_folder, asked(SECONDARY, "present"))
    assert {path: file for path, file in predicted.after.files.items() if file} == with_folder.files
    for before, (mine, tag, after) in zip(was, places(with_folder), strict=True):
        if mine and tag == "Server":
            assert after == FOLDER
        elif mine and before[2] is not None:
            assert after == FOLDER + "/"
        else:
            assert after == before[2]
    for path, content in without.contents().items():
        assert emptied(with_folder.contents()[path]) == emptied(content)
    assert SECRET not in repr(done.plan.findings)
    assert play(with_folder, asked(SECONDARY, "present")).state == "unchanged"


@laws
@given(MANAGERS, TABS)
def test_a_rollback_brings_back_every_byte(managers: bytes, tabs: bytes) -> None:
    pc = desk({"sitemanager.xml": managers, "filezilla.xml": tabs})
    start = pc.contents()
    play(pc, asked(SECONDARY, "present"))
    roll_back(pc)
    assert pc.contents() == start
    play(pc, asked(SECONDARY, "present"))
    play(pc, asked(PRIMARY, "absent"))
    roll_back(pc)
    assert pc.contents() == start


# ---- what people and programs do meanwhile ---------------------------------------------------------------------------


def person(*site: str) -> Desk:
    """Somebody with sites, all of them RAP's unless they say otherwise."""
    return desk({"sitemanager.xml": sites(*(SERVER + each for each in site)), "filezilla.xml": with_tabs()})


def change(pc: Desk, old: str, new: str, path: str = SITES) -> None:
    """The person, or a program, writes something else."""
    content = pc.files[path].content
    assert old.encode() in content
    pc.files[path] = File(content.replace(old.encode(), new.encode()))


def local(name: str, path: str | None) -> str:
    return f"<Name>{name}</Name>" + ("" if path is None else f"<LocalDir>{path}</LocalDir>")


def folders(pc: Desk) -> list[str | None]:
    return [folder for _mine, _tag, folder in places(pc)]


def unknown(outcome: object) -> list[Finding]:
    return [each for each in outcome.plan.findings if "nothing is known" in each.what]  # type: ignore[attr-defined]


def test_a_folder_that_somebody_chose_meanwhile_is_left_alone() -> None:
    pc = person(local("a", "/home/rap/reports"), local("b", None))
    play(pc, asked(SECONDARY, "present"))
    change(pc, local("a", FOLDER), local("a", "/mnt/mine"))
    done = play(pc, asked(PRIMARY, "absent"))
    assert folders(pc) == ["/mnt/mine", None] and not unknown(done)


@pytest.mark.parametrize("stored", [FOLDER + "/", FOLDER + "/HKMK/20211106", FOLDER])
def test_a_folder_below_it_is_the_drills_too(stored: str) -> None:
    pc = person(local("a", "/home/rap/reports"))
    play(pc, asked(SECONDARY, "present"))
    change(pc, local("a", FOLDER), local("a", stored))
    assert play(pc, asked(SECONDARY, "present")).state == "unchanged"
    play(pc, asked(state="absent"))
    assert folders(pc) == ["/home/rap/reports"]


def test_what_was_there_before_the_drill_comes_back_and_not_what_was_in_between() -> None:
    pc = person(local("a", "/home/rap/reports"))
    play(pc, asked(SECONDARY, "present"))
    change(pc, local("a", FOLDER), local("a", "/tmp"))
    play(pc, asked(PRIMARY, "present"))
    assert folders(pc) == [FOLDER]
    play(pc, asked(state="absent"))
    assert folders(pc) == ["/home/rap/reports"]


OURS, OTHER, LATE = Stored(FOLDER, 1), Stored("/home/rap/reports", 2), Stored("/late", 3)
HISTORIES = {
    "nothing is known": ([], UNKNOWN),
    "none before": ([Was(True, None, OURS)], None),
    "the first of the drill's own": ([Was(True, OTHER, OURS), Was(True, LATE, OURS)], OTHER),
    "not what an earlier drill found": ([Was(False, LATE, OURS), Was(True, OTHER, OURS)], OTHER),
    "what an earlier drill found, where it never cleaned up": (
        [Was(False, LATE, OURS), Was(True, OURS, OURS)],
        LATE,
    ),
    "anew after a cleanup": (
        [Was(True, OTHER, OURS), Was(True, OURS, OTHER), Was(True, LATE, OURS), Was(True, OURS, OURS)],
        LATE,
    ),
    "what a cleanup put back": ([Was(True, OTHER, OURS), Was(True, OURS, OTHER)], OTHER),
    "a site that was not there yet": ([Was(True, UNKNOWN, UNKNOWN), Was(True, LATE, OURS)], LATE),
    "a write that was taken back": ([Was(True, OTHER, UNKNOWN), Was(True, OTHER, OURS)], OTHER),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_what_a_place_held_before_the_drill(case: str) -> None:
    history, expected = HISTORIES[case]
    assert before_drill(history, LocalFolder(FOLDER, False)) is expected


def test_a_site_made_during_the_drill_goes_back_to_its_own() -> None:
    pc = person(local("a", None))
    play(pc, asked(SECONDARY, "present"))
    change(pc, "</Servers>", f"<Server>{SERVER}{local('late', '/late')}</Server></Servers>")
    play(pc, asked(PRIMARY, "present"))
    play(pc, asked(state="absent"))
    assert folders(pc) == [None, "/late"]


def test_where_nothing_is_known_of_before_it_is_taken_out_and_said() -> None:
    pc = desk(
        {
            "sitemanager.xml": sites(
                SERVER + local("a", FOLDER), SERVER.replace(PRIMARY, "rap.x") + local("b", FOLDER)
            ),
            "filezilla.xml": with_tabs(tab("u", PRIMARY, FOLDER + "/"), tab("v", "other", FOLDER + "/x/")),
        }
    )
    play(pc, asked(SECONDARY))
    done = play(pc, asked(state="absent"))
    assert folders(pc) == [None, FOLDER, "", ""]  # a site that is none of RAP's is the person's own business
    assert [(each.level, each.where) for each in unknown(done)] == [
        (INFO, f"{SITES}: site a"),
        (INFO, f"{SETTINGS}: tab"),  # once for both
    ]


def test_another_occurrence_that_was_never_cleaned_up_is_looked_through() -> None:
    pc = person(local("a", "/home/rap/reports"))
    play(pc, asked(SECONDARY, "present"), occurrence="2021-10-30")
    play(pc, asked(PRIMARY, "present"))
    done = play(pc, asked(state="absent"))
    assert folders(pc) == ["/home/rap/reports"] and not unknown(done)


def test_a_tab_that_a_person_left_in_it_goes_back_whatever_its_site() -> None:
    pc = desk({"sitemanager.xml": sites(SERVER), "filezilla.xml": with_tabs(tab("u", "other", "/home/rap/"))})
    play(pc, asked(SECONDARY, "present"))
    assert folders(pc) == [FOLDER, "/home/rap/"]
    change(pc, "<LocalPath>/home/rap/<", f"<LocalPath>{FOLDER}/<", SETTINGS)
    play(pc, asked(PRIMARY, "absent"))
    assert folders(pc) == [None, "/home/rap/"]


def test_a_running_filezilla_is_waited_for_and_closed_all_is_done() -> None:
    pc = person(local("a", "/home/rap/reports"))
    play(pc, asked(SECONDARY, "present"))
    pc.running = [Process("filezilla", 7, "rap")]
    there = pc.contents()
    waiting = play(pc, asked(state="absent"))
    assert pc.contents() == there and PENDING in [each.level for each in waiting.plan.findings]
    pc.running = []
    play(pc, asked(state="absent"))
    assert folders(pc) == ["/home/rap/reports"]


def test_an_earlier_state_that_cannot_be_read_is_passed_over() -> None:
    pc = person(local("a", "/home/rap/reports"))
    play(pc, asked(SECONDARY, "present"))
    digest = next(each for each, content in pc.blobs.items() if b"reports" in content)
    pc.blobs[digest] = b"<cut"
    done = play(pc, asked(state="absent"))
    assert folders(pc) == [None] and len(unknown(done)) == 1


def test_damaged_settings_wait() -> None:
    pc = desk({"sitemanager.xml": b"<FileZilla3><cut", "filezilla.xml": with_tabs()})
    for state in ("present", "absent"):
        assert PENDING in [each.level for each in play(pc, asked(SECONDARY, state)).plan.findings]


def test_the_person_is_told_what_filezilla_does_by_itself() -> None:
    pc = person(local("a", None))
    told = [each for each in play(pc, asked(SECONDARY, "present")).plan.findings if "tab keeps" in each.what]
    assert [(each.level, each.where) for each in told] == [(INFO, HOME.rstrip("/"))]
    assert "Tell rap to open the site from the Site Manager" in told[0].remedy and FOLDER in told[0].remedy
    assert not [each for each in play(pc, asked(state="absent")).plan.findings if "tab keeps" in each.what]


@pytest.mark.parametrize(("stored", "level"), [(None, WARNING), (FOLDER, INFO)])
def test_a_site_that_came_with_filezilla_is_told(stored: str | None, level: str) -> None:
    laid = sites(SERVER + "<MaximumMultipleConnections>1</MaximumMultipleConnections>" + local("a", stored))
    pc = desk({"filezilla.xml": with_tabs()})
    pc.files["/etc/filezilla/fzdefaults.xml"] = File(laid)
    told = [each for each in play(pc, asked(PRIMARY, "present")).plan.findings if "fzdefaults" in each.where]
    assert [each.level for each in told] == [level]
    assert (f"its local folder to {FOLDER}" in told[0].remedy) == (level == WARNING)
    assert pc.files["/etc/filezilla/fzdefaults.xml"].content == laid


def test_on_windows_a_tab_ends_in_a_backslash() -> None:
    where = r"C:\Users\rap\AppData\Roaming\FileZilla"
    pc = Desk(
        files={
            rf"{where}\sitemanager.xml": File(sites(SERVER + local("a", r"C:\Users\rap\Reports"))),
            rf"{where}\filezilla.xml": File(with_tabs(tab("u", PRIMARY, "C:\\Users\\rap\\"))),
        },
        system=WINDOWS,
        people=(Profile("S-1", r"C:\Users\rap", name="rap"),),
    )
    start = pc.contents()
    play(pc, asked(PRIMARY))
    limited = pc.contents()
    play(pc, asked(SECONDARY, "present", folder="D:\\Rehearsal\\"))
    made = b"".join(pc.contents().values())
    assert b"<LocalDir>D:\\Rehearsal</LocalDir>" in made and b"<LocalPath>D:\\Rehearsal\\</LocalPath>" in made
    play(pc, asked(PRIMARY, "absent", folder=r"d:\rehearsal"))
    assert pc.contents() == limited
    roll_back(pc)
    assert pc.contents() == start


def test_without_the_option_local_folders_stay() -> None:
    pc = desk(fixture())
    done = play(pc, asked(SECONDARY))
    assert "LocalDir" not in repr(done.plan) and done.state == "unchanged"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("rehearsal", "'rehearsal' is not an absolute path"),
        ("/", "'/' is the root of all folders"),
        ("C:\\", "is the root of all folders"),
        ("/a\nb", "has signs in it that no client could keep"),
        ("/a\udcff", "has signs in it that no client could keep"),
        ("/a ", "has signs in it that no client could keep"),
        (r"C:\rehearsal", "is not an absolute path on a POSIX workstation"),
    ],
)
def test_a_folder_that_is_none_is_refused_by_its_option(path: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        play(person(local("a", None)), asked(SECONDARY, "present", folder=path))
    assert refused.value.where == "sftp_client.local_folder.path" and why in str(refused.value)
