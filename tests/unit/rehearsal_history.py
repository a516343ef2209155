# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens in the folders of a workstation around a drill, as chance has it.

A history knows whose each file is; the toolkit has to find out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace
from random import Random

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import shown
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import PATTERNS, matcher

from tests.unit.rehearsal_world import FOLDERS, REHEARSAL, File

REPORTS = (
    "CSESM01.zip",
    "csesm02_20211105.ZIP",
    "CSEOP01",
    "20211106/TP001.zip",
    "報告/CCLSI01.zip",
    "GLOB/20211105/x",
)
OTHERS = ("notes.txt", "old/CSESM.zip", "帳目.xls", "a\nb", "caf\udce9", "Thumbs.db", "20211106/mine")


class History:
    """What happens in the folders before and during a drill, as chance has it: ``files`` are what there is, ``before``
    was there at the last baseline. Two names of one file are one ``File``, and ``written`` those overwritten in place.
    """

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.files: dict[str, File] = {}
        self.before: dict[str, File] = {}
        self.second: dict[str, str] = {}  # the report of which it is a second name
        self.written: set[str] = set()
        self._number = 0

    def live(self) -> None:
        """Production before the baseline."""
        for _each in range(self.chance.randrange(7)):
            path = self._place(self.chance.choice(REPORTS + OTHERS))
            self.files[path] = File(self._content("production"), self._time(), "production")
        reports = [path for path in sorted(self.files) if path.endswith(REPORTS)]
        if reports and self.chance.random() < 0.3:
            report = self.chance.choice(reports)
            second = next(f"{folder}/keep/latest.dat" for folder in FOLDERS if report.startswith(folder))
            self.files[second] = self.files[report]
            self.second[second] = report
        self._remember()

    def live_on(self) -> None:
        """Production until a second baseline: reports of the same size and date, but not the same."""
        for path, file in sorted(self.files.items()):
            if path.endswith(REPORTS) and file.content and self.chance.random() < 0.5:
                content = self._content("production")[: len(file.content)].ljust(len(file.content), b"!")
                self.files[path] = File(content, file.mtime, file.of)
        self.second = {second: path for second, path in self.second.items() if self._one(second, path)}
        self._remember()

    def monday(self) -> None:
        """Production after the drill was over, while a client still downloads into the rehearsal folder."""
        for _each in range(self.chance.randrange(4)):
            path = self._place(self.chance.choice(REPORTS + OTHERS))
            self.files[path] = File(self._content("production"), self._time(), "production")
        self.files[f"{REHEARSAL}/late"] = File(b"late", self._time(), "drill")

    def _remember(self) -> None:
        self.before = {path: replace(file) for path, file in self.files.items()}

    def _one(self, path: str, other: str) -> bool:
        return self.files[path] is self.files[other]

    def drill(self) -> None:
        """The drill, while production goes on."""
        events = (
            self._download,
            self._download,
            self._rehearse,
            self._rehearse,
            self._leave_about,
            self._work,
            self._report,
            self._rename,
            self._remove,
            self._copy,
            self._move_into_rehearsal,
            self._change_names,
            self._move_over_report,
        )
        for _each in range(self.chance.randrange(9)):
            self.chance.choice(events)()

    # ---- what a drill does ----

    def _download(self) -> None:
        """A report comes into a folder of production, and may replace one of the baseline."""
        path = self._place(self.chance.choice(REPORTS))
        there = self.files.get(path)
        replaces = there is not None and path in self.before and there.content == self.before[path].content
        if there is not None and there.of == "production" and not replaces:
            return  # what production made of it since nobody has a copy of
        new = self._from_server(there)
        if there is None and not new.content and path in self.before:
            return  # if that was empty, too, and was renamed, nobody can tell which is which
        if there is None or self.chance.random() < 0.5:
            self.files[path] = new
        else:
            there.content, there.mtime, there.of, there.changed = new.content, new.mtime, new.of, new.changed
            self.written.add(path)

    def _rehearse(self) -> None:
        name = self.chance.choice((*REPORTS, *OTHERS, "SITEST.TXT"))
        there = self.files.get(f"{REHEARSAL}/{name}")
        if there is None or there.of == "drill":
            self.files[f"{REHEARSAL}/{name}"] = self._from_server(there)

    def _leave_about(self) -> None:
        path = self._place(f"unknown{self.chance.randrange(3)}.dat")
        self.files.setdefault(path, File(self._content("drill"), self._time(), "drill"))

    def _from_server(self, there: File | None) -> File:
        """With the server's date, which may be that of what it replaces, and its size, too."""
        reports = [file.content for path, file in self.before.items() if path.endswith(REPORTS)]
        if reports and self.chance.random() < 0.2:
            return File(self.chance.choice(reports), self._time(), "drill")
        content = self._content("drill")
        if there is not None and self.chance.random() < 0.4:
            content = content[: len(there.content)].ljust(len(there.content), b".")
            return File(content, there.mtime, "drill")
        return File(content, self._time(), "drill")

    # ---- what production does ----

    def _work(self) -> None:
        path = self._place(self.chance.choice(OTHERS))
        there = self.files.get(path)
        if there is None or there.of == "production":
            self.files[path] = File(self._content("production") or b"entry", self._time(), "production")

    def _report(self) -> None:
        """A report of production's own, which nobody can tell from one of the drill."""
        path = self._place(self.chance.choice(REPORTS))
        there = self.files.get(path)
        if there is None or (path in self.before and there.content == self.before[path].content):
            self.files[path] = File(self._content("either"), self._time(), "either")

    def _rename(self) -> None:
        """To a name that no report had: where one stood, its copy comes back."""
        path, to = self._mine(), self._place(self.chance.choice(REPORTS + OTHERS))
        if path and to not in self.files and to not in self.before:
            self.files[to] = self.files.pop(path)

    def _copy(self) -> None:
        path, to = self._mine(), self._place(f"copy-{self.chance.choice(REPORTS)[-9:]}")
        if path and to not in self.files and self.files[path].content:
            self.files[to] = File(self.files[path].content, self._time(), "production")

    def _remove(self) -> None:
        path = self._mine()
        if path:
            del self.files[path]

    def _move_into_rehearsal(self) -> None:
        path = self._mine()
        to = f"{REHEARSAL}/{self.chance.choice(REPORTS + OTHERS)}"
        if path and to not in self.files and self.files[path].content:
            self.files[to] = self.files.pop(path)

    def _change_names(self) -> None:
        """Two files of production change names."""
        one, other = self._mine(alone=True), self._mine(alone=True)
        if one and other and self.files[one].content and self.files[other].content:
            self.files[one], self.files[other] = self.files[other], self.files[one]

    def _move_over_report(self) -> None:
        """A file of production is moved over a report, and may be begun anew."""
        path, report = self._mine(alone=True), self._mine(alone=True)
        if path == report or not report.endswith(REPORTS) or report not in self.before:
            return
        if not self.files[path].content:
            return
        self.files[report] = self.files.pop(path)
        if not path.endswith(REPORTS) and self.chance.random() < 0.5:
            self.files[path] = File(self._content("production") or b"anew", self._time(), "production")

    def _mine(self, alone: bool = False) -> str:
        """A file of production with a content of the baseline; ``alone``: that has no second name, and had none."""
        names = {*self.second, *self.second.values()} if alone else ()
        contents = {file.content for file in self.before.values() if file.of == "production"}
        mine = [
            path
            for path, file in sorted(self.files.items())
            if file.of == "production" and file.content in contents
            if not path.startswith(REHEARSAL) and path not in names
        ]
        return self.chance.choice(mine) if mine else ""

    def _place(self, name: str) -> str:
        return f"{self.chance.choice(FOLDERS)}/{name}"

    def _content(self, of: str) -> bytes:
        self._number += 1
        if self.chance.random() < 0.1:
            return b""
        if of == "production" and self.chance.random() < 0.2:
            return b"NO DATA"
        return f"{of} {self._number}".encode() * self.chance.randrange(1, 3)

    def _time(self) -> int:
        return self.chance.choice((0, 1636070400 * 10**9, self.chance.randrange(10**18)))


def judged(history: History, files: dict[str, bytes], left: Container[str] = ()) -> list[str]:
    """What is wrong with the files after a purge, in the light of the history. Nothing: the laws hold.

    :param left: the paths that it told as left
    """
    wrong = []
    fits = matcher(PATTERNS, "/")
    production = {file.content for file in history.before.values() if file.of == "production"}
    for path, file in history.files.items():
        was = history.before.get(path)
        if file.of != "production" or path.startswith(REHEARSAL):
            continue
        if fits(path.split("/", 3)[-1]) and was is not None and was.content != file.content:
            if files.get(path) != was.content and shown(path) not in left:
                wrong.append(f"of production over a report, and not told: {path!r}")
        elif files.get(path) != file.content:
            wrong.append(f"production lost or altered: {path!r}")
    there = Counter(file.content for file in history.files.values() if file.of == "production")
    before = Counter(file.content for file in history.before.values())
    now = Counter(files.values())
    for content in there.keys() & before.keys() - {b""}:
        if now[content] < min(there[content], before[content]):
            wrong.append(f"production lost that had been moved: {content!r}")
    for path, file in history.before.items():
        stands = history.files.get(path)
        report = history.second.get(path, path)
        if report != path and (report not in history.files or history.files[report] is not stands):
            continue
        overwritten = stands is not None and stands.of != "production" and file.of == "production"
        told = shown(path) in left and files.get(path) in production
        if overwritten and fits(report.split("/", 3)[-1]) and files.get(path) != file.content and not told:
            wrong.append(f"overwritten and not put back: {path!r}")
    for path, content in files.items():
        file_now = history.files.get(path)
        if file_now is None or file_now.of != "drill" or file_now.content != content:
            continue
        if path.startswith(REHEARSAL) and not (shown(path) in left and content in production):
            wrong.append(f"left in the rehearsal folder: {path!r}")
        elif fits(path.split("/", 3)[-1]) and content and content not in production:
            wrong.append(f"left of the drill: {path!r}")
    return wrong
