# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils import trail as module
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import (
    parse,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.run import RunLock, who
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Snapshot, Trail

ROOT = Path(__file__).parents[2]


def split(content: bytes) -> list[bytes]:
    return io.BytesIO(content).readlines()


# ---- the files ----


def test_a_new_trail_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "evidence"
    trail = Trail.open(folder)
    trail.append({"event": "one"})
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, trail.path, folder / "trail.mark")]
    assert modes == [0o700, 0o600, 0o600]


def test_records_are_numbered_lines_that_sha256sum_can_check(tmp_path: Path) -> None:
    trail = Trail.open(tmp_path)
    for event in ("one", "two", "three"):
        trail.append({"event": event})
    lines = trail.path.read_bytes().splitlines(keepends=True)
    records = [json.loads(line) for line in lines]
    assert [(record["seq"], record["event"]) for record in records] == [(1, "one"), (2, "two"), (3, "three")]
    digest = subprocess.run(["sha256sum"], input=lines[1], capture_output=True, check=True).stdout.split()[0]
    assert records[2]["prev"] == digest.decode()
    assert records[0]["prev"] == "0" * 64
    assert trail.verify().records == 3


def test_a_trail_never_begun_is_whole_and_a_vanished_one_is_not(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    assert trail.verify().ok
    trail.append({"event": "one"})
    trail.path.unlink()
    assert trail.verify().broken_at == 1
    trail.append({"event": "two"})
    assert "damaged: record 1 had gone" in trail.verify().why


def test_a_lost_mark_is_damage(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.append({"event": "one"})
    (tmp_path / "trail.mark").unlink()
    assert not trail.verify().ok
    trail.append({"event": "two"})
    assert trail.verify().broken_at == 2


@pytest.mark.parametrize("seq", ["-1", "-12", "+0", "1_0"])
def test_a_mark_with_another_number_than_is_written_is_damage(tmp_path: Path, seq: str) -> None:
    trail = Trail(tmp_path)
    trail.append({"event": "one"})
    (tmp_path / "trail.mark").write_text(f"{seq} {'0' * 64}\n")
    assert "missing or unreadable" in trail.verify().why
    trail.append({"event": "two"})
    assert trail.verify().broken_at == 2


def test_whatever_is_lost_with_the_power_no_honest_trail_is_accused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file that was never synced the name alone may be left; of others, what was there when they were."""
    disk, after = dict.fromkeys(("trail.jsonl", "trail.mark"), b""), list[Snapshot]()
    fsync = os.fsync

    def synced(fd: int) -> None:
        fsync(fd)
        path = Path(f"/proc/self/fd/{fd}").readlink()
        if path.is_file():
            disk[path.name] = path.read_bytes()
        after.append(Snapshot(disk["trail.jsonl"], disk["trail.mark"]))

    monkeypatch.setattr(os, "fsync", synced)
    trail = Trail.open(tmp_path / "evidence")
    for event in ("one", "two"):
        trail.append({"event": event})
    monkeypatch.undo()
    assert [len(left.lines) for left in after] == [0, 0, 1, 2]
    for number, left in enumerate(after):
        folder = tmp_path / str(number)
        folder.mkdir(0o700)
        (folder / "trail.jsonl").write_bytes(left.content)
        (folder / "trail.mark").write_bytes(left.mark)
        assert left.verify().ok, left.verify().why
        Trail(folder).append({"event": "after"})
        assert Trail(folder).verify().ok


def test_an_altered_last_record_is_found(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.append({"event": "one"})
    trail.append({"event": "two"})
    trail.path.write_bytes(trail.path.read_bytes().replace(b"two", b"too"))
    assert trail.verify().broken_at == 2


@pytest.mark.parametrize("name", ["trail.jsonl", "trail.mark"])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious\n")
    folder = tmp_path / "evidence"
    folder.mkdir(0o700)
    (folder / name).symlink_to(victim)
    with pytest.raises(Refusal, match="symbolic link"):
        Trail.open(folder).append({"event": "one"})
    assert victim.read_bytes() == b"precious\n"


def test_a_fifo_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "trail.jsonl")
    with pytest.raises(Refusal, match=r"not a regular file"):
        Trail.open(tmp_path).append({"event": "one"})


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(Refusal, match="chmod go-w"):
        Trail.open(tmp_path)


def test_a_full_disk_is_said_and_loses_nothing_written_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = Trail.open(tmp_path)
    trail.append({"event": "one"})
    write = os.write

    def full(fd: int, data: bytes) -> int:
        if len(data) < 60:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(fd, data[:50])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Refusal, match="No space left"):
        trail.append({"event": "two"})
    monkeypatch.undo()
    assert trail.verify().truncated_last
    trail.append({"event": "three"})
    events = [(parse(line) or {}).get("event") for line in split(trail.path.read_bytes())]
    assert events == ["one", None, "recovered", "three"]
    assert trail.verify().ok


def test_a_record_longer_than_a_block_is_still_the_one_before(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    for size in (200_000, 10, 70_000):
        trail.append({"event": "long", "detail": "x" * size})
    assert trail.verify().ok
    assert trail.verify().records == 3


def test_a_lock_that_nobody_gives_back_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = Trail.open(tmp_path)
    monkeypatch.setattr(module, "_PATIENCE", 0.05)
    code = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    with running(code, str(trail.path)), pytest.raises(Refusal, match="kept it locked"):
        trail.append({"event": "one"})


# ---- several processes, and their sudden ends ----

APPEND = """
import sys
from pathlib import Path
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import Trail
trail = Trail.open(Path(sys.argv[1]))
print("held", flush=True)
for number in range(int(sys.argv[2])):
    trail.append({"event": "result", "run": sys.argv[3], "number": number, "detail": "x" * 5000})
"""
HOLD = """
import sys
from pathlib import Path
from ansible_collections.hkex.drill.plugins.plugin_utils.run import RunLock
lock = RunLock.acquire(Path(sys.argv[1]), "to-secondary", "today")
print("held", flush=True)
input()
"""


@contextmanager
def running(code: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process, from the moment it says so until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *args],
        env={**os.environ, "PYTHONPATH": str(ROOT / "collections")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout and process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=20)


def test_a_kill_amid_appends_leaves_a_trail_that_verifies_and_goes_on(tmp_path: Path) -> None:
    trail = Trail.open(tmp_path)
    for delay in (0.0, 0.003, 0.011, 0.02):
        with running(APPEND, str(tmp_path), "1000000", "killed") as process:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        before = trail.verify()
        assert before.ok, before.why
        trail.append({"event": "after"})
        after = trail.verify()
        assert after.ok, after.why
        assert after.records > before.records


def test_two_processes_append_to_one_intact_chain(tmp_path: Path) -> None:
    with running(APPEND, str(tmp_path), "50", "a") as a, running(APPEND, str(tmp_path), "50", "b") as b:
        assert (a.wait(60), b.wait(60)) == (0, 0)
    verdict = Trail(tmp_path).verify()
    assert (verdict.ok, verdict.records) == (True, 100)
    records = [json.loads(line) for line in (tmp_path / "trail.jsonl").read_bytes().splitlines()]
    for run in ("a", "b"):
        assert [record["number"] for record in records if record["run"] == run] == list(range(50))


def test_the_lock_names_its_holder_and_goes_with_it(tmp_path: Path) -> None:
    with running(HOLD, str(tmp_path)) as process:
        with pytest.raises(Refusal) as refusal:
            RunLock.acquire(tmp_path, "to-primary", "later")
        assert f"to-secondary by {who()} on " in refusal.value.what
        assert f"process {process.pid}, since today" in refusal.value.what
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        RunLock.acquire(tmp_path, "to-primary", "later").release()


def test_a_released_lock_is_free_and_says_nothing(tmp_path: Path) -> None:
    RunLock.acquire(tmp_path, "cleanup", "now").release()
    assert (tmp_path / "run.lock").read_bytes() == b""
    again = RunLock.acquire(tmp_path, "cleanup", "now")
    with pytest.raises(Refusal, match="another run is on"):
        RunLock.acquire(tmp_path, "cleanup", "now")
    again.release()


def test_who_stands_behind_sudo_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "somebody-else")
    assert who().endswith(" (sudo by somebody-else)")
    monkeypatch.delenv("SUDO_USER")
    assert "sudo" not in who()


def test_records_are_read_back_in_their_order_without_a_torn_line(tmp_path: Path) -> None:
    trail = Trail.open(tmp_path / "evidence")
    assert list(trail.records()) == []
    for number in range(3):
        trail.append({"event": str(number)})
    with trail.path.open("ab") as file:
        file.write(b'{"seq":4,"event"')
    assert [record["event"] for record in trail.records()] == ["0", "1", "2"]
    assert list(Trail(tmp_path / "none").records()) == []
