# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Windows workstation in memory that does what ``windows_io`` is asked: files, registry, adapters, journal.

Written from the schema of requests and answers and from Microsoft's documentation; it shares nothing with the code that
sends the requests. Every request and every answer is held to the schema.
"""

from __future__ import annotations

import hashlib
import json
import ntpath
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema

from tests.lab.fleet import ROOT

from .asking import ask
from .registry import Registry
from .volume import Stop, Volume, WindowsFile

SCHEMA = json.loads(
    (ROOT / "plugins" / "plugin_utils" / "windows_io.schema.json").read_text(encoding="utf-8")
)
REQUEST, ANSWER = (
    jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{part}"})
    for part in ("request", "answer")
)
HOSTS = r"C:\Windows\System32\drivers\etc\hosts"
STATE_DIR = r"C:\ProgramData\hkex-drill"
PRIVATE_FOLDER = "O:BAG:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)"
PRIVATE = "O:BAG:BAD:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)"


REMEDY = "Correct what is asked for, or connect as an administrator"


class Cut(Exception):
    """The machine lost its power, or its connection, in the middle of a visit."""


@dataclass
class Network:
    """An adapter: the servers that are set (none: those that DHCP gives)."""

    guid: str
    name: str
    addresses: list[str]
    static: list[str] = field(default_factory=list)
    dhcp: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        shown = {"guid": self.guid, "name": self.name, "addresses": self.addresses, "dns": self.static}
        return {**shown, "effective": self.static or self.dhcp}


class SimulatedMachine:
    """A ``Machine``; several connections may use it at once.

    ``trouble``, if set, is called before every step with its index and the step, and inside a write with "ready" (the
    new file is beside the old one) and "replaced": it may change the machine as other programs do, or raise ``Cut``.
    ``antivirus`` names files that are put back when so many seconds have passed after a write.
    ``cached`` is what the DNS client keeps of earlier answers, by name; its servers are asked at port ``dns_port``.
    """

    def __init__(
        self,
        name: str,
        files: Mapping[str, bytes | WindowsFile],
        adapters: list[Network],
        dns_port: int = 53,
    ) -> None:
        self.name = name
        self.adapters = {each.guid: each for each in adapters}
        self.registry = Registry()
        self.antivirus: dict[str, float] = {}
        self.trouble: Callable[[int | str, Mapping[str, Any]], None] | None = None
        self.flushed = 0
        self.cached: dict[str, list[str]] = {}
        self.dns_port = dns_port
        self.requests: list[dict[str, Any]] = []
        self.processes: list[dict[str, Any]] = []
        self.free = {"C:\\": 80 * 1024**3}  # bytes, by drive
        self.administrator = True  # who visits
        self.clock = ""  # empty: it is right
        self.volume = Volume({ntpath.dirname(path) for path in (HOSTS, *files)})
        self.volume.during = self._during
        self._busy = threading.Lock()
        for path, content in files.items():
            self.put(path, content if isinstance(content, WindowsFile) else WindowsFile(content))

    # ---- what a test sees and does -----------------------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        """What a file holds, whatever case its path is written in."""
        file = self.file(path)
        return None if file is None else file.content

    def file(self, path: str) -> WindowsFile | None:
        return self.volume.file(path)

    def put(self, path: str, file: WindowsFile | None) -> None:
        """Make it so, as another program would; None removes it."""
        self.volume.put(path, file)

    def snapshot(self) -> dict[str, Any]:
        """Everything but journal and blobs."""
        mine = {path: file for path, file in self.volume.all().items() if not path.startswith(STATE_DIR)}
        return {
            "files": mine,
            "adapters": {guid: list(each.static) for guid, each in self.adapters.items()},
        } | {"registry": dict(self.registry.values)}

    # ---- windows_io --------------------------------------------------------------------------------------------------

    def run(self, module: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Be ``windows_io``.

        :raises Cut: in the middle of it
        """
        if module != "windows_io":
            return {"failed": True, "msg": f"the simulation has no module {module}"}
        request = json.loads(arguments["request"])
        problem = next(iter(REQUEST.iter_errors(request)), None)
        if problem is not None:
            return {"failed": True, "msg": f"not a request: {problem.message}"}
        with self._busy:
            self.requests.append(request)
            answer, changed = self._visit(request)
        ANSWER.validate(answer)
        return {"changed": changed, "answer": json.dumps(answer)}

    def _visit(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        self._state = request["state_dir"] or STATE_DIR
        stopped, done, written = None, 0, {}
        if self.volume.folders.get(self._state.lower(), PRIVATE_FOLDER) != PRIVATE_FOLDER:
            return self._strange(request), False
        if request["steps"]:
            self.volume.folders[self._state.lower()] = PRIVATE_FOLDER
            self.volume.folders[rf"{self._state}\blobs".lower()] = PRIVATE_FOLDER
        for index, step in enumerate(request["steps"]):
            if self.trouble:
                self.trouble(index, step)
            if step["do"] == "write":
                written[step["path"]] = self.file(step["path"])
            try:
                self._do(step)
            except Stop as why:
                stopped = {"step": index, "why": str(why)}
                break
            done += 1
        if stopped is None:
            for path, seconds in self.antivirus.items():
                if path in written and request["settle"] >= seconds:
                    self.put(path, written[path])
        return {"version": 1, "stopped": stopped, **self._look(request["look"])}, done > 0

    def _do(self, step: Mapping[str, Any]) -> None:
        getattr(self, f"_{step['do']}")(step)

    def _keep(self, step: Mapping[str, Any]) -> None:
        file = self.volume.guarded(step["path"], step["sha256"])
        if file is not None:
            self.put(rf"{self._state}\blobs\{step['sha256']}", WindowsFile(file.content, sddl=PRIVATE))

    def _note(self, step: Mapping[str, Any]) -> None:
        lines = self._journal()
        if len(lines) != step["position"]:
            raise Stop(f"{self._state}\\journal.jsonl: another run wrote on this workstation in between")
        text = "".join(f"{line}\n" for line in [*lines, step["line"]])
        self.put(rf"{self._state}\journal.jsonl", WindowsFile(text.encode(), sddl=PRIVATE))

    def _write(self, step: Mapping[str, Any]) -> None:
        self.volume.replace(step["path"], step["before"], b64decode(step["content"]))

    def _restore(self, step: Mapping[str, Any]) -> None:
        path, before, after = step["path"], step["before"], step["after"]
        if before == after:
            self.volume.tidy(path)
        elif after is None:
            self.volume.guarded(path, before)
            self.put(path, None)
        else:
            self.volume.replace(path, before, self._blob(after))

    def _assign(self, step: Mapping[str, Any]) -> None:
        key = step["key"]
        if self._setting(key) != step["before"]:
            raise Stop(
                f"{key['place']}: somebody changed {key['name']} between look and write; it was left untouched"
            )
        if key["store"] == "adapter":
            self.adapters[key["place"]].static = list(step["after"] or [])
        else:
            self.registry.write(key["place"], key["name"], step["after"])

    def _refresh(self, step: Mapping[str, Any]) -> None:
        self.flushed += 1
        self.cached = {}

    def _move(self, step: Mapping[str, Any]) -> None:
        self.volume.move(step["path"], step["stamp"], step["to"])

    def _make(self, step: Mapping[str, Any]) -> None:
        self.volume.make(step["path"])

    def _prune(self, step: Mapping[str, Any]) -> None:
        self.volume.prune(step["path"], step["itself"])

    def _during(self, stage: str, path: str) -> None:
        if self.trouble:
            self.trouble(stage, {"path": path})

    def _blob(self, digest: str) -> bytes:
        content = self.read(rf"{self._state}\blobs\{digest}")
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise Stop(rf"{self._state}\blobs\{digest}: is missing or damaged")
        return content

    def _journal(self) -> list[str]:
        return (self.read(rf"{self._state}\journal.jsonl") or b"").decode().split("\n")[:-1]

    def _setting(self, key: Mapping[str, str]) -> Any:
        if key["store"] == "adapter":
            adapter = self.adapters.get(key["place"])
            return [] if adapter is None else list(adapter.static)
        if key["store"] == "volume":
            return (
                {"volume": key["place"], "free": self.free[key["place"]]}
                if key["place"] in self.free
                else None
            )
        if key["store"] == "account":
            return self.administrator
        return self.registry.read(key["place"], key["name"])

    # ---- the look ----------------------------------------------------------------------------------------------------

    def _strange(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Others may enter the folder of journal and blobs: nothing is carried out, and a mere look is refused."""
        what = "is not for administrators and SYSTEM alone"
        remedy = "Look at what is in it and move it away, then run again; or give another state_dir"
        answer = {"version": 1, "stopped": None, **self._look(request["look"])}
        if request["steps"]:
            return {**answer, "stopped": {"step": 0, "why": f"{self._state}: {what}. {remedy}"}}
        return {**answer, "refused": {"where": self._state, "what": what, "remedy": remedy}}

    def _look(self, look: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"refused": None, "blobs": {}, "settings": [], "keys": {}, "unreadable": {}}
        told["trees"] = []
        people = self.registry.profiles
        below = [ntpath.join(each["folder"], path) for each in people for path in look["everybody"]["files"]]
        places = [rf"HKU\{each['sid']}\{place}" for each in people for place in look["everybody"]["keys"]]
        files = {path: self.volume.seen(path) for path in (*look["files"], *below)}
        names = {name.lower() for name in look["processes"]}
        try:
            for digest in look["blobs"]:
                content = self._tolerant(told, look, [], digest, self._blob)
                if content is not None:
                    told["blobs"][digest] = b64encode(content).decode()
            told["trees"] = [self.volume.tree(tree) for tree in look["trees"]]
            told["settings"] = [self._setting(key) for key in look["settings"]]
            for place in (*look["keys"], *places):
                told["keys"][place] = self._tolerant(told, look, places, place, self.registry.below)
            for path in (*look["files"], *below):
                self._tolerant(told, look, below, path, self._not_a_folder)
        except Stop as why:
            where, _, what = str(why).partition(": ")
            told["refused"] = {"where": where, "what": what, "remedy": REMEDY}
        return {
            **told,
            "facts": self._facts(),
            "files": {
                path: None if file is None or path in told["unreadable"] else file.told()
                for path, file in files.items()
            },
            "nowhere": [path for path in files if ntpath.dirname(path).lower() not in self.volume.folders],
            "probes": ask(look["probes"], self.read, self._resolve),
            "processes": [each for each in self.processes if each["name"].lower() in names],
            "journal": self._journal(),
        }

    def _resolve(self, name: str) -> list[str]:
        """By its own resolver: host table, cache, the servers of its adapters; those outside loopback are silent."""
        lines = (self.read(HOSTS) or b"").decode("latin-1").splitlines()
        for words in (line.partition("#")[0].lower().split() for line in lines):
            if name.lower() in words[1:]:
                return words[:1]
        if name.lower() in self.cached:
            return self.cached[name.lower()]
        for server in (each for network in self.adapters.values() for each in network.told()["effective"]):
            probe = {"kind": "dns", "host": server, "port": self.dns_port, "name": name, "timeout": 1.0}
            (told,) = ask([probe], self.read, self._resolve)
            if told["ok"]:
                return list(told["values"])
        return []

    def _tolerant(
        self,
        told: dict[str, Any],
        look: Mapping[str, Any],
        everybodys: list[str],
        name: str,
        see: Callable[[str], Any],
    ) -> Any:
        try:
            return see(name)
        except Stop as why:
            if name not in (*look["tolerated"], *everybodys):
                raise
            where, _, what = str(why).partition(": ")
            told["unreadable"][name] = {"where": where, "what": what, "remedy": REMEDY}
            return None

    def _not_a_folder(self, path: str) -> None:
        if path.lower() in self.volume.folders:
            raise Stop(f"{path}: is a folder")
        file = self.file(path)
        if file is not None and file.link:
            raise Stop(f"{path}: is not followed, because it is a junction or symbolic link")

    def _facts(self) -> dict[str, Any]:
        return {
            "hostname": self.name.upper(),
            "clock": self.clock or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "system": "Microsoft Windows 10 Enterprise 10.0.19045 (simulated)",
            "host_table": HOSTS,
            "blobs": rf"{self._state}\blobs",
            "adapters": [adapter.told() for adapter in self.adapters.values()],
            "profiles": self.registry.profiles,
        }
