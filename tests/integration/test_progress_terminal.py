# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line of progress under the real ansible-playbook in a pseudo-terminal, with a stand-in for the phase."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MANY = 23  # workstations: enough for a line
CI = {"CI": "true"}  # without the line
TIME_OUT = 120.0  # seconds for one playbook

# ws-01 fails, ws-02 is gone, ws-03 warns from its worker, ws-04 waits for a file.
STAND_IN = """
import os, time
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        name, wait = task_vars["inventory_hostname"], self._task.args.get("wait")
        if name == "ws-02":
            raise AnsibleConnectionFailure("no route to host")
        if name == "ws-03":
            Display().warning("odd")
        end = time.monotonic() + 60
        while name == "ws-04" and wait and not os.path.exists(wait) and time.monotonic() < end:
            time.sleep(0.02)
        return {"failed": name == "ws-01", "msg": "as told"}
"""
JSON_OUTPUT = """
import json
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "stdout", "json"
    def v2_playbook_on_stats(self, stats):
        self._display.display(json.dumps(sorted(stats.processed)))
"""


class Run:
    """An ansible-playbook on a terminal: standard error, and standard output too if it has no file."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        output: Path | None = None,
        width: int = 60,
        env: Mapping[str, str] = {},
    ) -> None:
        self.said = b""  # to the terminal
        self.terminal, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        with output.open("wb") if output else os.fdopen(os.dup(end), "wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ansible", "playbook", "play.yml", *arguments],
                cwd=folder,
                env={**environment, "ANSIBLE_CONFIG": str(folder / "ansible.cfg"), "TERM": "xterm", **env},
                stdin=end,
                stdout=file,
                stderr=end,
                start_new_session=True,
                preexec_fn=lambda: control(end),
            )
        os.close(end)

    def until(self, pattern: bytes) -> None:
        """Read until the terminal has been sent this."""
        end = time.monotonic() + TIME_OUT
        while not re.search(pattern, self.said):
            assert time.monotonic() < end, self.said
            assert self._read(), self.said

    def end(self) -> int:
        """Read all there is; the exit code."""
        while self._read():
            pass
        os.close(self.terminal)
        return self.process.wait(TIME_OUT)

    def interrupt(self) -> None:
        """Ctrl-C, once the workers of the answers that are in have ended.

        One that is interrupted while it sends its answer takes the lock of Ansible's queue along: then Ansible's own
        clean-up waits for that lock until a second Ctrl-C ends it without a word.
        """
        end = time.monotonic() + TIME_OUT
        while len(children(self.process.pid)) > 1:
            assert time.monotonic() < end
            time.sleep(0.02)
        os.write(self.terminal, b"\x03")

    def _read(self) -> bool:
        assert select.select([self.terminal], [], [], TIME_OUT)[0], self.said
        try:
            said = os.read(self.terminal, 65536)
        except OSError:  # nobody has the other end any more
            return False
        self.said += said
        return bool(said)

    @property
    def lines(self) -> list[str]:
        """What a person has on the screen and above it at last."""
        return screen(self.said.decode())

    @property
    def drawn(self) -> list[str]:
        return re.findall(r"\r\x1b\[K([^\r\n]*remaining)\r", self.said.decode())


def control(terminal: int) -> None:
    """Make the terminal's Ctrl-C a signal, but not its end (as nohup does)."""
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def children(process: int) -> list[str]:
    """What it has started and still runs."""
    return [
        child
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        if alive(child)
    ]


def alive(process: str) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def screen(said: str) -> list[str]:
    """A terminal of endless height and width, for the little that is sent to it."""
    lines, column = [""], 0
    for part in re.findall(r"\x1b\[K|\r|\n|[^\x1b\r\n]+|\x1b", said):
        if part == "\n":
            lines.append("")
        elif part == "\r":
            column = 0
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:column]
        else:
            lines[-1] = lines[-1][:column].ljust(column) + part + lines[-1][column + len(part) :]
            column += len(part)
    return lines


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    plugins = folder / "collections/ansible_collections/hkex/drill/plugins"
    (plugins / "action").mkdir(parents=True)
    for name in ("callback", "plugin_utils", "module_utils"):
        (plugins / name).symlink_to(ROOT / "plugins" / name)
    (plugins / "action/phase.py").write_text(STAND_IN)
    (folder / "callback_plugins").mkdir()
    (folder / "callback_plugins/json.py").write_text(JSON_OUTPUT)
    (folder / "inventory").write_text("".join(f"ws-{n:02}\n" for n in range(1, MANY + 1)))
    config = (
        "[defaults]\ncollections_path = collections\ninventory = inventory\nforks = 8\nnocolor = true\n"
        "callback_plugins = callback_plugins\n"
    )
    (folder / "without.cfg").write_text(config)
    (folder / "ansible.cfg").write_text(config + "callbacks_enabled = hkex.drill.progress\n")
    write(folder)
    return folder


def write(folder: Path, name: str = "play.yml", **more: Any) -> Path:
    wait: Mapping[str, Any] = {"wait": str(folder / "go")} if more.pop("wait", False) else {}
    tasks = [
        {"name": "Write", "hkex.drill.phase": wait},
        {"name": "Something else", "ansible.builtin.debug": {"msg": "something else"}},
        {"name": "Prove", "hkex.drill.phase": {}},
    ]
    play = {"hosts": "all", "gather_facts": False, "vars": {"drill_phase": "status"}, "tasks": tasks, **more}
    (folder / name).write_text(json.dumps([play]))
    return folder


def sort(lines: list[str]) -> list[list[str]]:
    """For comparison: workstations answer in any order."""
    return sorted(sorted(line.split()) for line in lines)


@pytest.mark.parametrize("fatal", [False, True])
def test_what_stays_on_the_terminal_is_what_stays_without_the_line(site: Path, fatal: bool) -> None:
    write(site, any_errors_fatal=fatal)
    with_line, without = Run(site), Run(site, env=CI)
    assert with_line.end() == without.end()
    write(site)
    assert sort(with_line.lines) == sort(without.lines)
    assert "[WARNING]: odd" in with_line.lines
    assert {name.partition(":")[0] for name in with_line.drawn} == (
        {"Write"} if fatal else {"Write", "Prove"}
    )
    assert b"\x1b" not in without.said


def test_it_is_on_standard_error_and_counts_to_the_end(site: Path, tmp_path: Path) -> None:
    run = Run(site, "--forks=1", output=tmp_path / "with")
    without = Run(site, "--forks=1", output=tmp_path / "without", env=CI)
    assert run.end() == without.end()
    assert (tmp_path / "with").read_bytes() == (tmp_path / "without").read_bytes()
    assert run.drawn[0] == f"Write: 0 done, 0 failed, 0 pending, {MANY} remaining"
    assert f"Prove: 0 done, 1 failed, 1 pending, {MANY - 2} remaining" in run.drawn
    assert run.drawn[-1] == f"Prove: {MANY - 3} done, 1 failed, 1 pending, 1 remaining"
    assert len(run.drawn) == MANY + MANY - 2
    assert run.lines == without.lines


def test_a_pipe_gets_not_a_byte_more(site: Path) -> None:
    command = [sys.executable, "-m", "ansible", "playbook", "play.yml", "--forks=1"]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    with_callback, without = (
        subprocess.run(
            command,
            cwd=site,
            env={**environment, "ANSIBLE_CONFIG": str(site / config), "TERM": "xterm"},
            capture_output=True,
            check=False,
            timeout=TIME_OUT,
        )
        for config in ("ansible.cfg", "without.cfg")
    )
    assert with_callback.stderr == without.stderr
    assert with_callback.stdout.startswith(without.stdout)  # the table follows
    assert b"remaining" not in with_callback.stdout
    assert b"\x1b" not in with_callback.stdout


def test_what_a_program_reads_stays_as_it_is_and_the_table_stands_beside_it(site: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "play.yml"],
        cwd=site,
        env={**os.environ, "ANSIBLE_CONFIG": str(site / "ansible.cfg"), "ANSIBLE_STDOUT_CALLBACK": "json"},
        capture_output=True,
        check=False,
        timeout=TIME_OUT,
    )
    assert len(json.loads(ran.stdout)) == MANY
    assert b"without a report" in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["-v"], {}),
        ([], {"TERM": "dumb"}),
        ([], CI),
        ([], {"ANSIBLE_STDOUT_CALLBACK": "json"}),
        (["--limit=ws-0*,ws-1*,ws-20"], {}),
    ],
    ids=["verbose", "dumb", "ci", "json", "few"],
)
def test_nothing_of_it(site: Path, arguments: list[str], environment: dict[str, str]) -> None:
    run = Run(site, *arguments, env=environment)
    run.end()
    assert b"ws-20" in run.said
    assert b"\x1b" not in run.said
    assert b"remaining" not in run.said


def test_after_ctrl_c_it_is_gone_from_a_narrow_terminal_too(site: Path) -> None:
    write(site, wait=True)
    run = Run(site, width=40)
    run.until(rb"\D1 remaining")
    run.interrupt()
    run.end()
    write(site)
    assert run.drawn[0] == f"{MANY} remaining"
    assert "[ERROR]: User interrupted execution" in run.lines
    assert not [said for said in run.lines if "remaining" in said]


def test_a_step_that_ends_in_silence_takes_its_line_along(site: Path) -> None:
    ask = {"hosts": "ws-03", "vars_prompt": [{"name": "what", "prompt": "What", "private": False}]}
    write(site)
    plays = json.loads((site / "play.yml").read_text())
    (site / "play.yml").write_text(json.dumps([*plays, {**ask, "gather_facts": False}]))
    run = Run(site, "--forks=1", env={"ANSIBLE_DISPLAY_OK_HOSTS": "no"})
    run.until(rb"What.*: ")
    os.write(run.terminal, b"this\n")
    run.end()
    write(site)
    assert run.drawn[-1].startswith("Prove: ")
    assert not [said for said in run.lines if "remaining" in said]


def test_the_play_goes_on_when_the_terminal_is_gone(site: Path, tmp_path: Path) -> None:
    write(site, wait=True)
    output = tmp_path / "output"
    run = Run(site, output=output)
    run.until(b" 1 remaining")
    os.close(run.terminal)
    (site / "go").touch()
    code = run.process.wait(TIME_OUT)
    (site / "go").unlink()
    write(site)
    assert "without a report" in output.read_text()
    assert code == 4
