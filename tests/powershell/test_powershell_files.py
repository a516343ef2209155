# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files, journal and blobs in a real PowerShell: the engine through ``windows_io`` on real files, killed, too."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import engine
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Concern,
    Keep,
    Look,
    Note,
    Outcome,
    Plan,
    Refusal,
    Restore,
    Seen,
    Step,
    Write,
    sha256,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Execute, Windows

from tests.powershell.program import ON_WINDOWS, PowerShell, request
from tests.unit.engine_workstation import line

OLD = b"\xef\xbb\xbf# \xb4\xfa\r\n127.0.0.1 localhost\nrap 10.1\r\n\x00end"
NEW = OLD.replace(b"10.1", b"10.2")
BESIDE = ".hkex-drill-old"


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    path = tmp_path / "hosts"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def pc(powershell: PowerShell, tmp_path: Path) -> Windows:
    return Windows(powershell.execute, str(tmp_path / "state"))


def switch(pc: Windows, *files: Path, value: bytes = b"10.2", check: bool = False) -> Outcome:
    concerns = [without_cache(line(str(path), b"rap", value)) for path in files]
    return engine.run(pc, concerns, lambda: "now", "drill", "day", check=check)


def without_cache(concern: Concern) -> Concern:
    """The same, but for the cache of Windows' DNS client, which is not everywhere."""

    def plan(options: Any, seen: Seen) -> Plan:
        return concern.plan(options, seen)._replace(refresh=frozenset())

    return concern._replace(plan=plan)


def visit(pc: Windows, *steps: Step, files: tuple[Path, ...] = ()) -> Seen:
    return pc.visit(steps, Look(files=frozenset(map(str, files))))


def why(seen: Seen) -> str:
    assert seen.stopped is not None
    return seen.stopped.why


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another program has the file open, and shares it with nobody who would replace it."""
    with path.open("rb") as stream:
        if not ON_WINDOWS:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


# ---- the transaction ---------------------------------------------------------------------------------------------


def test_there_and_back_and_twice_is_once(pc: Windows, hosts: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    predicted = switch(pc, hosts, new, check=True)
    assert predicted.state == "changed" and hosts.read_bytes() == OLD and not (tmp_path / "state").exists()
    done = switch(pc, hosts, new)
    assert done.state == "changed" and (hosts.read_bytes(), new.read_bytes()) == (NEW, b"rap 10.2\n")
    assert {path: file and file.content for path, file in predicted.after.files.items()} == {
        path: file and file.content for path, file in done.after.files.items()
    }
    assert switch(pc, hosts, new).state == "unchanged"
    assert switch(pc, hosts, value=b"10.1").state == "changed" and hosts.read_bytes() == OLD
    journal = (tmp_path / "state" / "journal.jsonl").read_bytes().splitlines()
    assert [json.loads(record)["event"] for record in journal] == ["begin", "done"] * 2
    assert (tmp_path / "state" / "blobs" / sha256(OLD)).read_bytes() == OLD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hosts", "new", "state"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"x" * 3_000_000, bytes(range(256)) * 3])
def test_every_byte_goes_and_comes(pc: Windows, hosts: Path, tmp_path: Path, content: bytes) -> None:
    seen = visit(pc, Write(str(hosts), sha256(OLD), content), files=(hosts, tmp_path / "absent"))
    assert seen.stopped is None and hosts.read_bytes() == content
    file = seen.files[str(hosts)]
    assert file is not None and file.content == content and seen.files[str(tmp_path / "absent")] is None


def test_a_file_that_somebody_edits_in_between_is_left_alone(
    powershell: PowerShell, hosts: Path, tmp_path: Path
) -> None:
    def editing(execute: Execute) -> Execute:
        def edited(asked: str) -> str:
            if json.loads(asked)["steps"]:
                hosts.write_bytes(b"rap 10.9\n")
            return execute(asked)

        return edited

    with pytest.raises(Refusal, match="somebody changed it between look and write"):
        switch(Windows(editing(powershell.execute), str(tmp_path / "state")), hosts)
    assert hosts.read_bytes() == b"rap 10.9\n"


def test_a_write_takes_only_what_it_was_planned_from(pc: Windows, hosts: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    assert "somebody changed it" in why(visit(pc, Write(str(hosts), sha256(b"else"), b"x")))
    assert "somebody changed it" in why(visit(pc, Write(str(hosts), None, b"x")))
    assert "somebody changed it" in why(visit(pc, Write(str(absent), sha256(OLD), b"x")))
    assert "somebody changed it" in why(visit(pc, Keep(str(hosts), sha256(b"else"))))
    assert hosts.read_bytes() == OLD and not absent.exists()


def test_what_comes_after_a_step_that_cannot_be_is_not_done(pc: Windows, hosts: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    steps = (Write(str(new), None, b"1"), Write(str(hosts), None, b"2"), Write(str(new), sha256(b"1"), b"3"))
    seen = visit(pc, *steps)
    assert seen.stopped is not None and seen.stopped.step == 1 and new.read_bytes() == b"1"


def test_read_only_stays_read_only(pc: Windows, hosts: Path) -> None:
    hosts.chmod(stat.S_IREAD)
    assert switch(pc, hosts).state == "changed"
    assert hosts.read_bytes() == NEW and not hosts.stat().st_mode & stat.S_IWRITE


def test_a_file_is_removed_and_put_back_from_its_blob(pc: Windows, hosts: Path) -> None:
    digest = sha256(OLD)
    seen = visit(pc, Keep(str(hosts), digest), Restore(str(hosts), digest, None), files=(hosts,))
    assert seen.stopped is None and seen.files[str(hosts)] is None and not hosts.exists()
    assert visit(pc, Restore(str(hosts), None, digest)).stopped is None and hosts.read_bytes() == OLD
    assert "missing or damaged" in why(visit(pc, Restore(str(hosts), digest, sha256(b"never kept"))))


# ---- what is in the way ------------------------------------------------------------------------------------------


def test_what_a_cut_off_write_took_away_is_seen_and_put_back(pc: Windows, hosts: Path) -> None:
    hosts.rename(f"{hosts}{BESIDE}")
    Path(f"{hosts}.hkex-drill-new").write_bytes(b"half")
    file = visit(pc, files=(hosts,)).files[str(hosts)]
    assert file is not None and file.content == OLD and not hosts.exists()
    assert switch(pc, hosts).state == "changed" and hosts.read_bytes() == NEW
    assert not list(hosts.parent.glob("*.hkex-drill-*"))


def test_links_are_not_followed(pc: Windows, hosts: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(hosts)
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    for way in (tmp_path / "link", tmp_path / "folder" / "hosts"):
        with pytest.raises(Refusal, match="is a junction or symbolic link"):
            switch(pc, way)
        assert "is a junction or symbolic link" in why(visit(pc, Write(str(way), sha256(OLD), b"x")))
    assert hosts.read_bytes() == OLD
    with pytest.raises(Refusal, match="is a folder"):
        switch(pc, tmp_path)


def test_a_file_that_is_held_for_a_moment_is_waited_for(pc: Windows, hosts: Path) -> None:
    taken = threading.Event()

    def hold() -> None:
        with held(hosts):
            taken.set()
            time.sleep(0.4)

    other = threading.Thread(target=hold)
    other.start()
    assert taken.wait(10)
    assert visit(pc, Write(str(hosts), sha256(OLD), NEW)).stopped is None and hosts.read_bytes() == NEW
    other.join()


def test_a_file_that_is_held_is_left_alone(pc: Windows, hosts: Path) -> None:
    with held(hosts):
        seen = visit(pc, Write(str(hosts), sha256(OLD), b"x"))
    assert str(hosts) in why(seen) and hosts.read_bytes() == OLD
    assert visit(pc, Write(str(hosts), sha256(OLD), NEW)).stopped is None and hosts.read_bytes() == NEW


class Killed(Exception):
    """The process that was writing is gone."""


@pytest.mark.parametrize(
    "delay", [0.05, 0.2, 0.35, 0.5, 0.7]
)  # seconds; the first ones hit the loading of modules
def test_a_kill_leaves_every_file_whole_and_the_next_run_finishes(
    pc: Windows, tmp_path: Path, delay: float
) -> None:
    files = [tmp_path / f"file{number}" for number in range(12)]
    for path in files:
        path.write_bytes(OLD)
    with PowerShell() as victim:

        def execute(asked: str) -> str:
            if not json.loads(asked)["steps"]:
                return victim.execute(asked)
            victim.ask(asked)
            time.sleep(delay)
            victim.kill()
            raise Killed

        with pytest.raises(Killed):
            switch(Windows(execute, str(tmp_path / "state")), *files)
    for path in files:
        there = path if path.exists() else Path(f"{path}{BESIDE}")
        assert there.read_bytes() in (OLD, NEW)
    switch(pc, *files)
    assert {path.read_bytes() for path in files} == {NEW}
    assert not list(tmp_path.glob("*.hkex-drill-*"))


# ---- journal, lock, check mode -----------------------------------------------------------------------------------


def test_a_line_follows_only_the_lines_that_were_known(pc: Windows, tmp_path: Path) -> None:
    begin = Note({"event": "begin", "transaction": 1, "who": "\u4ee3\udcff"}, 0)
    assert visit(pc, begin).journal == (begin.record,)
    assert "another run wrote" in why(visit(pc, Note({"event": "done", "transaction": 1}, 0)))
    with (tmp_path / "state" / "journal.jsonl").open("ab") as stream:
        stream.write(b'{"event": "torn')
    assert visit(pc).journal == (begin.record,)
    done = Note({"event": "done", "transaction": 1}, 1)
    assert visit(pc, done).journal == (begin.record, done.record)


def test_who_looks_waits_until_who_writes_has_looked(
    powershell: PowerShell, hosts: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    note = {"do": "note", "line": '{"event": "begin", "transaction": 1}', "position": 0}
    with PowerShell() as other:
        other.execute(request(state, [note]))
        other.ask(request(state, [{**note, "position": 1}], settle=3))
        time.sleep(1)
        start = time.monotonic()
        answer = json.loads(powershell.execute(request(state)))
        waited = time.monotonic() - start
        assert "answer" in other.result()
    assert len(answer["journal"]) == 2 and waited > 1


def test_check_mode_carries_out_no_step(powershell: PowerShell, hosts: Path, tmp_path: Path) -> None:
    written: list[str] = []

    def recorded(asked: str) -> str:
        written.append(asked)
        return powershell.execute(asked)

    switch(Windows(recorded, str(tmp_path / "state")), hosts)
    hosts.write_bytes(OLD)
    (writing,) = [asked for asked in written if json.loads(asked)["steps"]]
    powershell.ask(writing, check=True)
    told = powershell.result()
    assert told["failed"] and "check mode" in told["msg"] and hosts.read_bytes() == OLD
