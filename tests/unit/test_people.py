# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a POSIX workstation, and what they run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from ansible_collections.hkex.drill.plugins.module_utils.model import Process, Profile
from ansible_collections.hkex.drill.plugins.module_utils.posix import people


def test_people_are_those_of_the_file_with_a_home_and_those_of_a_directory_with_a_folder(
    tmp_path: Path,
) -> None:
    homes = tmp_path / "home"
    for name in ("chan", "li", "ho"):
        (homes / name).mkdir(parents=True)
    (homes / "file").write_text("")
    (homes / "link").symlink_to(homes / "chan")
    passwd = tmp_path / "passwd"
    passwd.write_bytes(
        b"root:x:0:0:root:%(t)s:/bin/sh\nwww:x:33:33:www:%(t)s:/bin/false\n"
        b"chan:x:1001:1001:\xff,,,:%(t)s/home/chan:/bin/sh\ngone:x:1002:1002::/nowhere:/bin/sh\n"
        b"wong:x:1234501105:1::%(t)s:/bin/sh\nnobody:x:65534:65534::%(t)s:/bin/false\n# rubbish\n\n"
        % {b"t": bytes(tmp_path)}
    )
    root, chan = Profile("0", str(tmp_path), name="root"), Profile("1001", str(homes / "chan"), name="chan")
    wong = Profile("1234501105", str(tmp_path), name="wong")
    assert [each for each in people.profiles(str(passwd), str(homes)) if each in (root, chan, wong)] == [
        root,
        chan,
        wong,
    ]
    if os.geteuid() == 0:  # only root can give a folder away
        for name, owner in (("chan", 1001), ("li", 0), ("ho", 1234500001)):
            os.chown(homes / name, owner, owner)
        assert people.profiles(str(passwd), str(homes)) == (
            root,
            chan,
            Profile("1234500001", str(homes / "ho"), name="ho"),
            wong,
        )
        (homes / "li" / "ng").mkdir()
        os.chown(homes / "li" / "ng", 70000, 70000)
        assert Profile("70000", str(homes / "li" / "ng"), name="ng") in people.profiles(
            str(passwd), str(homes)
        )
    assert people.profiles(str(tmp_path / "none"), str(tmp_path / "none")) == ()


def test_processes_are_found_by_their_programs_name(tmp_path: Path) -> None:
    program = tmp_path / "a-name-longer-than-15"
    shutil.copy(str(shutil.which("sleep")), program)
    running = subprocess.Popen([str(program), "60"])
    try:
        told = people.processes(frozenset({program.name, "sleep", "no-such"}))
        user = pwd.getpwuid(os.geteuid()).pw_name
        assert told[program.name] == (Process(program.name, running.pid, user),)
        assert told["no-such"] == () and running.pid not in [each.id for each in told["sleep"]]
        running.kill()
        os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has asked how
        assert people.processes(frozenset({program.name})) == {program.name: ()}
    finally:
        running.kill()
        running.wait(10)
    assert people.processes(frozenset()) == {}
