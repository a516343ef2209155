# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A POSIX workstation's journal, blobs and lock, and the engine on real files: killed, and two at once."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine, journal, rollback
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    Assign,
    Keep,
    Key,
    Look,
    Note,
    Outcome,
    Probe,
    Refusal,
    Restore,
    Seen,
    Step,
    Stopped,
    Write,
    sha256,
)
from ansible_collections.hkex.drill.plugins.module_utils.posix import facts, probes, store
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.store import Store
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

from tests.unit.engine_workstation import line, setting
from tests.unit.kill import second_name

ROOT = Path(__file__).resolve().parents[2]
OLD = {"hosts": "# site\r\nrap 10.1\r\n", "resolv.conf": "rap 10.1", "new": None}
NEW = {"hosts": "# site\r\nrap 10.2\r\n", "resolv.conf": "rap 10.2", "new": "rap 10.2\n"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def held(state: Path) -> Iterator[Store]:
    """A store whose lock is held for writing."""
    opened = Store(str(state))
    opened.lock(writing=True)
    yield opened
    opened.unlock()


def run(state: Path, *files: Path, value: bytes = b"10.2", check: bool = False) -> Outcome:
    concerns = [line(str(path), b"rap", value) for path in files]
    return engine.run(Posix(str(state)), concerns, lambda: "now", "drill", "day", check=check)


def tree(folder: Path) -> dict[str, tuple[int, bytes | None, int]]:
    """Everything below a folder: mode, contents, time of change."""
    return {
        str(path): (
            path.lstat().st_mode,
            path.read_bytes() if path.is_file() else None,
            path.lstat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
    }


# ---- journal -----------------------------------------------------------------------------------------------------


def test_a_look_makes_nothing(tmp_path: Path, state: Path) -> None:
    (tmp_path / "hosts").write_bytes(b"rap 10.1\n")
    before = tree(tmp_path)
    assert run(state, tmp_path / "hosts", tmp_path / "absent", check=True).state == "changed"
    assert tree(tmp_path) == before
    (tmp_path / "hosts").write_bytes(b"rap 10.2\n")
    assert run(state, tmp_path / "hosts").state == "unchanged"
    assert not state.exists()


def test_records_come_back_and_are_the_owners_alone(held: Store, state: Path) -> None:
    records = [{"event": "begin", "transaction": 1, "path": "/é\udcff"}, {"event": "done", "transaction": 1}]
    for position, record in enumerate(records):
        held.append(record, position)
    assert Store(str(state)).records() == tuple(records)
    assert {path.stat().st_mode & 0o077 for path in [state, *state.rglob("*")]} == {0}


def test_only_who_knows_all_records_may_add_one(held: Store) -> None:
    held.append({"event": "begin", "transaction": 1}, 0)
    for position in (0, 2):
        with pytest.raises(Stop, match="another run wrote on this workstation in between"):
            held.append({"event": "done", "transaction": 1}, position)
    assert len(held.records()) == 1


@pytest.mark.parametrize("torn", [b"{", b'{"event": "done", "transaction": 1}', b"\xff\x00", b"x" * 5000])
def test_a_last_line_without_its_end_never_happened(held: Store, state: Path, torn: bytes) -> None:
    held.append({"event": "begin", "transaction": 1}, 0)
    with (state / "journal.jsonl").open("ab") as stream:
        stream.write(torn)
    assert held.records() == ({"event": "begin", "transaction": 1},)
    held.append({"event": "done", "transaction": 1}, 1)
    text = (state / "journal.jsonl").read_bytes()
    assert [json.loads(record)["event"] for record in text.splitlines()] == ["begin", "done"]


@pytest.mark.parametrize("line", [b"{\n", b"\n", b"7\n", b"[]\n", b"{}\n", b"\xff\n", b'{"event": "done"}\n'])
def test_a_journal_that_somebody_edited_is_refused_with_the_line(
    held: Store, state: Path, tmp_path: Path, line: bytes
) -> None:
    held.append({"event": "begin", "transaction": 1}, 0)
    held.unlock()
    with (state / "journal.jsonl").open("ab") as stream:
        stream.write(line)
    (tmp_path / "hosts").write_bytes(b"rap 10.1\n")
    with pytest.raises(Refusal, match=r"journal.jsonl, line 2: .*somebody edited it.*blobs by hand"):
        run(state, tmp_path / "hosts")
    assert (tmp_path / "hosts").read_bytes() == b"rap 10.1\n"


# ---- blobs -------------------------------------------------------------------------------------------------------


def test_a_blob_is_kept_once_and_comes_back(held: Store, tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf\xff\r\n"
    (tmp_path / "file").write_bytes(content)
    for _twice in range(2):
        held.keep(str(tmp_path / "file"), sha256(content))
    assert held.blob(sha256(content)) == content
    assert [path.name for path in Path(held.blobs).iterdir()] == [sha256(content)]
    assert (Path(held.blobs) / sha256(content)).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Stop, match="somebody changed it"):
        held.keep(str(tmp_path / "file"), sha256(b"else"))
    with pytest.raises(Stop, match="somebody changed it"):
        held.keep(str(tmp_path / "absent"), sha256(content))


@pytest.mark.parametrize("number", [1, 40])
def test_what_a_record_may_name_is_on_disk_before_it_whoever_wrote_it(
    held: Store, state: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    contents = [b"%d" % each for each in range(number)]
    for content in contents:  # by a run that was killed before its record
        held.put(content)
    held.unlock()
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda file: synced.append(str(Path(f"/proc/self/fd/{file}").readlink()))
    )
    again = Store(str(state))
    again.lock(writing=True)
    for content in contents:
        again.put(content)
    again.append(journal.note(1, "now", journal.DONE), 0)
    again.unlock()
    *blobs, folder, file, top = synced
    assert sorted(blobs) == sorted(str(state / "blobs" / sha256(content)) for content in contents)
    assert [folder, file, top] == [str(state / "blobs"), str(state / "journal.jsonl"), str(state)]


def test_a_damaged_blob_is_never_used_and_is_kept_anew(held: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    held.keep(str(tmp_path / "file"), sha256(b"old"))
    blob = Path(held.blobs) / sha256(b"old")
    blob.write_bytes(b"bad")
    with pytest.raises(Refusal, match=r"missing or damaged.*backup"):
        held.blob(sha256(b"old"))
    held.keep(str(tmp_path / "file"), sha256(b"old"))
    assert held.blob(sha256(b"old")) == b"old"
    blob.unlink()
    with pytest.raises(Refusal, match="missing or damaged"):
        held.blob(sha256(b"old"))


# ---- the folder and the lock -------------------------------------------------------------------------------------


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_a_folder_that_others_may_enter_is_refused(
    tmp_path: Path, state: Path, mode: int, check: bool
) -> None:
    (tmp_path / "hosts").write_bytes(b"rap 10.1\n")
    state.mkdir()
    state.chmod(mode)
    with pytest.raises(Refusal, match=r"this user alone may enter.*chmod 0700"):
        run(state, tmp_path / "hosts", check=check)
    assert (tmp_path / "hosts").read_bytes() == b"rap 10.1\n"
    assert list(state.iterdir()) == []


def test_a_folder_of_somebody_else_or_behind_a_link_is_refused(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    state.symlink_to(tmp_path / "real")
    with pytest.raises(Refusal, match="this user alone may enter"):
        Store(str(state)).lock(writing=True)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(Refusal, match=r"this user alone may enter.*chown 4242"):
        Store(str(tmp_path / "real")).lock(writing=True)


@pytest.mark.parametrize("state", ["relative", "/dev/null/state", "/proc/state"])
def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, state: str) -> None:
    (tmp_path / "hosts").write_bytes(b"rap 10.1\n")
    with pytest.raises(Refusal, match=f"{state}|not a folder"):
        run(Path(state), tmp_path / "hosts")
    assert (tmp_path / "hosts").read_bytes() == b"rap 10.1\n"


@pytest.mark.parametrize("writing", [True, False])
def test_who_finds_another_run_at_work_waits_and_then_gives_up(
    held: Store, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writing: bool
) -> None:
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    steps = [Write(str(tmp_path / "file"), None, b"x")] if writing else []
    if writing:
        seen = Posix(str(state)).visit(steps, Look())
        assert seen.stopped is not None
        assert (seen.stopped.step, "another run is at work" in seen.stopped.why) == (0, True)
        assert not (tmp_path / "file").exists()
    else:
        with pytest.raises(Refusal, match="another run is at work on this workstation"):
            Posix(str(state)).visit(steps, Look())


def test_who_waits_gets_its_turn(held: Store, state: Path, tmp_path: Path) -> None:
    (tmp_path / "hosts").write_bytes(b"rap 10.1\n")
    timer = threading.Timer(0.2, held.unlock)
    timer.start()
    assert run(state, tmp_path / "hosts").state == "changed"
    timer.join()


def test_two_may_look_at_once(held: Store, state: Path) -> None:
    held.unlock()
    first, second = Store(str(state)), Store(str(state))
    first.lock(writing=False)
    second.lock(writing=False)
    first.unlock()
    second.unlock()


def test_others_stay_out_until_what_was_written_has_been_looked_at(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = []
    records = Store.records

    def watching(self: Store) -> Any:
        descriptor = os.open(state / "lock", os.O_RDONLY) if (state / "lock").exists() else None
        if descriptor is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                locked.append(False)
            except BlockingIOError:
                locked.append(True)
            os.close(descriptor)
        return records(self)

    monkeypatch.setattr(Store, "records", watching)
    run(state, tmp_path / "hosts")
    run(state, tmp_path / "hosts")
    assert locked == [True, True]


# ---- the workstation ---------------------------------------------------------------------------------------------


def test_a_visit_brings_what_was_asked_for(tmp_path: Path, state: Path) -> None:
    (tmp_path / "hosts").write_bytes(b"rap 10.1\n")
    run(state, tmp_path / "hosts")
    workstation = Posix(str(state), probes.ask)
    silent = Probe("tcp", "127.0.0.1", 1, timeout=1.0)
    old = sha256(b"rap 10.1\n")
    look = Look(
        files=frozenset({str(tmp_path / "hosts"), str(tmp_path / "none")}),
        blobs=frozenset({old}),
        probes=frozenset({silent}),
    )
    seen = workstation.visit((), look)
    assert {path: file and file.content for path, file in seen.files.items()} == {
        str(tmp_path / "hosts"): b"rap 10.2\n",
        str(tmp_path / "none"): None,
    }
    assert seen.blobs == {old: b"rap 10.1\n"}
    assert not seen.probes[silent].ok
    assert [record["event"] for record in seen.journal] == ["begin", "done"]
    assert seen.facts.hostname == facts.gather().hostname
    assert seen.facts.blobs == workstation.blank.facts.blobs == str(state / "blobs")
    assert seen.stopped is None


def test_a_visit_stops_at_the_first_step_that_cannot_be(tmp_path: Path, state: Path) -> None:
    one, two, three = (str(tmp_path / name) for name in ("one", "two", "three"))
    begin = Note(journal.begin(1, "now", None, None, ()), 0)
    steps: list[Step] = [begin, Write(one, None, b"1"), Keep(two, sha256(b"2")), Write(three, None, b"3")]
    seen = Posix(str(state)).visit(steps, Look(files=frozenset({one, three})))
    assert seen.stopped == Stopped(
        2, f"{two}: somebody changed it between look and write; it was left untouched"
    )
    assert seen.files[one] is not None
    assert seen.files[three] is None
    assert len(seen.journal) == 1


def test_settings_are_refused_where_there_are_none(tmp_path: Path, state: Path) -> None:
    with pytest.raises(Refusal, match="registry/HKLM/a: there is no such store of settings on this system"):
        engine.run(Posix(str(state)), [setting("a", 1)], lambda: "now")
    stopped = Posix(str(state)).visit([Assign(Key("nm", "eth0", "dns"), None, 1)], Look()).stopped
    assert stopped is not None
    assert "nm/eth0/dns" in stopped.why


def test_restore_brings_back_takes_away_and_tidies(tmp_path: Path, state: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    digest = sha256(b"old")
    workstation = Posix(str(state))

    def visit(*steps: Any) -> Seen:
        return workstation.visit(steps, Look())

    assert visit(Keep(str(path), digest), Write(str(path), digest, b"new")).stopped is None
    assert visit(Restore(str(path), sha256(b"new"), digest)).stopped is None
    assert path.read_bytes() == b"old"
    (tmp_path / ".file.hkex-drill").write_bytes(b"half")
    assert visit(Restore(str(path), "any", "any")).stopped is None
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "state"]
    assert visit(Restore(str(path), digest, None)).stopped is None
    assert not path.exists()
    stopped = visit(Restore(str(path), None, sha256(b"unknown"))).stopped
    assert stopped is not None
    assert "missing or damaged" in stopped.why


def test_there_and_back_on_real_files(tmp_path: Path, state: Path) -> None:
    files = [tmp_path / name for name in OLD]
    for path in files[:2]:
        path.write_bytes(b"\xef\xbb\xbfrap\t\xff\r\nrap 10.1 # x\r")
        path.chmod(0o640)
    before = {path: values[:2] for path, values in tree(tmp_path).items()}
    outcome = run(state, *files)
    assert (outcome.state, outcome.transaction) == ("changed", 1)
    after = tree(tmp_path)
    assert run(state, *files).state == "unchanged"
    assert tree(tmp_path) == after
    back = [rollback.concern("drill", "day")]
    assert engine.run(Posix(str(state)), back, lambda: "now", "drill", "day").state == "changed"
    files[0].parent.joinpath("state").rename(tmp_path.parent / f"{tmp_path.name}.state")
    assert {path: values[:2] for path, values in tree(tmp_path).items()} == before


def test_a_file_that_cannot_be_replaced_takes_the_others_back(tmp_path: Path, state: Path) -> None:
    for name in ("hosts", "resolv.conf"):
        (tmp_path / name).write_bytes(b"rap 10.1\n")
    os.link(tmp_path / "resolv.conf", tmp_path / "second name")
    for check in (True, False):
        with pytest.raises(Refusal, match=r"resolv.conf: has 2 names \(hard links\)"):
            run(state, tmp_path / "hosts", tmp_path / "resolv.conf", check=check)
    (tmp_path / "second name").unlink()
    (tmp_path / "new").write_bytes(b"rap 10.1\n")
    (tmp_path / "blocked").touch()
    concerns = [line(str(tmp_path / name), b"rap", b"10.2") for name in ("hosts", "resolv.conf", "new")]
    outcome = engine.run(Posix(str(state)), [*concerns, second_name(tmp_path)], lambda: "now")
    (tmp_path / "blocked").unlink()
    assert outcome.state == "undone"
    assert [(finding.level, finding.where) for finding in outcome.plan.findings] == [(ERROR, "the write")]
    assert "2 names (hard links)" in outcome.plan.findings[0].what
    assert {path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == {b"rap 10.1\n"}


# ---- processes of their own --------------------------------------------------------------------------------------


def trials(what: str) -> list[dict[str, Any]]:
    shared = Path("/dev/shm")
    quick = shared if os.access(shared, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=quick, prefix="hkex-drill-test-") as folder:
        done = subprocess.run(
            [sys.executable, "-B", str(ROOT / "tests/unit/kill.py"), what, folder],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'collections'}:{ROOT}"},
            capture_output=True,
            timeout=90,
        )
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(trial) for trial in done.stdout.splitlines()]


def test_a_kill_at_every_call_leaves_whole_files_and_the_next_run_completes() -> None:
    told = trials("killed")
    ends = {trial["blocked"]: trial for trial in told if "calls" in trial}
    assert {blocked: trial["end"] for blocked, trial in ends.items()} == {False: "changed", True: "undone"}
    kills = [trial for trial in told if "when" in trial]
    assert len(kills) > sum(len(trial["calls"]) for trial in ends.values()) > 80
    cut_off = 0
    for trial in kills:
        old = {**OLD, "new": "rap 10.1\n"} if trial["blocked"] else OLD
        assert trial["signal"] == 9, trial
        assert all(text in (old[name], NEW[name]) for name, text in trial["then"]["files"].items()), trial
        assert trial["again"] in ("changed", "unchanged"), trial
        assert trial["finally"]["files"] == NEW, trial
        assert trial["finally"]["leftovers"] == [], trial
        assert trial["finally"]["journal"][-1] == "done", trial
        cut_off += trial["then"]["journal"][-1:] in (["begin"], ["undo"])
        if trial["again"] == "unchanged":
            assert trial["then"]["files"] == NEW, trial
    assert cut_off > 50


def test_of_two_runs_at_once_each_is_whole_or_refused() -> None:
    told = trials("raced")
    assert len(told) == 12
    for trial in told:
        values = {text.split()[-1] for text in trial["finally"]["files"].values()}
        assert len(values) == 1, trial
        assert values < {"10.2", "10.3"}
        assert trial["finally"]["leftovers"] == []
        assert trial["finally"]["journal"][-1] == "done"
        for end in trial["ends"]:
            assert end in ("changed", "unchanged") or end.startswith("refused: "), trial
            assert "unfinished" not in end
            assert "cut off" not in end
        assert "changed" in trial["ends"]
