# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words the whole collection speaks: what can be asked of a workstation, what was seen, what to change.

Everything here is frozen data (named tuples: a target makes them in a tenth of a data class's time, on each visit).
A *concern* (host table, DNS servers, ...) is two pure functions over it:

* ``look(options, seen) -> Look``: what else must be seen; the engine asks until nothing new is asked for;
* ``plan(options, seen) -> Plan``: the edits that make the workstation be what the options say.

A concern also has ``describe(options, seen) -> dict``: what stands there in its own terms, JSON-safe and free of
secrets; it is what results, tables and proofs are made from.
"""

# Without the future import of annotations: as strings, those of named tuples are compiled one by one on every visit.
import hashlib
from typing import Any, Callable, Dict, FrozenSet, Mapping, NamedTuple, Optional, Tuple, Union

POSIX = "posix"
WINDOWS = "windows"

SEVERAL_NAMES = "has {} names (hard links), of which a write would change one"

# Level of a finding.
INFO = "info"
WARNING = "warning"
PENDING = "pending"  # cannot move now; its system is left whole and a later run finishes
ERROR = "error"


class Refusal(Exception):
    """Nothing was changed, and here is why.

    :param where: option, file (and line) or setting it is about
    :param what: what is wrong with it
    :param remedy: what the administrator does about it
    """

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}. {remedy}")
        self.where, self.what, self.remedy = where, what, remedy


class Key(NamedTuple):
    """One setting outside files: a registry value, an adapter's DNS servers, a NetworkManager property."""

    store: str
    place: str
    name: str


def sha256(content: bytes) -> str:
    """Lower-case hexadecimal SHA-256, the name under which a blob is kept."""
    return hashlib.sha256(content).hexdigest()


class File(NamedTuple):
    """A regular file as it was read.

    ``attributes`` is opaque text of everything else that must not move (mode, owner; on Windows the attributes):
    two files are the same only if it is equal too. ``link`` is the path that a symbolic link led to, else None;
    ``names`` how many (hard) links lead to it, of which a write would change one. ``held`` is what keeps it from being
    replaced, and what to do about that.
    """

    content: bytes
    attributes: str = ""
    link: Optional[str] = None
    names: int = 1
    held: Optional[Tuple[str, str]] = None

    @property
    def sha256(self) -> str:
        return sha256(self.content)


class Login(NamedTuple):
    """How to log on to an SFTP server: by key alone, and only to one that shows a key which somebody has verified.

    ``private_key`` is a path on the workstation, ``host_keys`` are as OpenSSH writes them. ``reports`` are patterns of
    paths on the server; of those that match, the first ``how_many`` are downloaded (None: all).
    """

    account: str
    private_key: str
    host_keys: Tuple[str, ...]
    reports: Tuple[str, ...]
    how_many: Optional[int]


class Probe(NamedTuple):
    """A question to the network, asked from the workstation.

    ``kind``: ``dns`` (UDP query at ``host``:``port`` for the A records of ``name``), ``resolve`` (what the
    workstation's own resolver says of ``name``; ``host`` is empty, ``port`` 0), ``tcp``, ``ssh`` (banner), ``host_key``
    (the keys of an SSH server, each "type base64"), ``https`` (handshake; ``name`` is the server name that the
    certificate must carry, ``ca`` the path of an additional certificate authority on the workstation), ``sftp``
    (``login``, list, download, log out; values are "path, size, verdict", between tabs).
    """

    kind: str
    host: str
    port: int
    name: str = ""
    ca: str = ""
    timeout: float = 5.0  # seconds
    login: Optional[Login] = None


class Answer(NamedTuple):
    """What came back: ``ok``; ``values`` (addresses, banner, certificate names); ``what`` says it in a sentence."""

    ok: bool
    what: str
    values: Tuple[str, ...] = ()
    seconds: float = 0.0


class Stamp(NamedTuple):
    """What a file is known by: without reading it by its size and times, and by its SHA-256.

    ``sha256`` is empty where the file cannot be read. ``ctime_ns``: when it was last changed in any way, which unlike
    ``mtime_ns`` no program can set; it changes with a name, too. 0 where that is not told (Windows).
    """

    size: int
    mtime_ns: int  # since 1970
    sha256: str
    ctime_ns: int = 0


class Tree(NamedTuple):
    """A folder and all files below it.

    ``known`` is the SHA-256 of the kept manifest that has the folder (empty: none). A file with the size and times that
    stand there is taken for the same without being read; if ``doubted``, not one whose name fits ``patterns``, nor
    where nothing but the time is told that programs give files as a server has it. Unless it is doubted, the attributes
    of those whose name fits are told, too, because of them there are to be copies.
    """

    path: str
    patterns: Tuple[str, ...] = ()
    known: str = ""
    doubted: bool = False


class Branch(NamedTuple):
    """What below a folder is not as it is known, by the path below the folder.

    ``gone``: known, and not there. ``links``: what is neither file nor folder, or leads elsewhere; it was not followed.
    ``lost``: files with another content than the known one, of which no copy of that size is among the blobs.
    ``root``: which folder of which volume it is; empty where that is not told.
    """

    stamps: Mapping[str, Stamp] = {}
    gone: FrozenSet[str] = frozenset()
    links: Tuple[str, ...] = ()
    attributes: Mapping[str, str] = {}
    lost: FrozenSet[str] = frozenset()
    root: str = ""


class Look(NamedTuple):
    """What a concern must see. Looks add up with ``|``.

    ``tolerated`` are those of the files, blobs and keys that may turn out not to be readable: why is told, not refused.
    """

    files: FrozenSet[str] = frozenset()
    settings: FrozenSet[Key] = frozenset()
    probes: FrozenSet[Probe] = frozenset()
    blobs: FrozenSet[str] = frozenset()
    keys: FrozenSet[str] = frozenset()  # keys of the registry, each with all values below it
    processes: FrozenSet[str] = frozenset()  # names of programs, without .exe
    trees: FrozenSet[Tree] = frozenset()
    tolerated: FrozenSet[str] = frozenset()

    def __or__(self, other: "Look") -> "Look":
        return Look(
            self.files | other.files,
            self.settings | other.settings,
            self.probes | other.probes,
            self.blobs | other.blobs,
            self.keys | other.keys,
            self.processes | other.processes,
            self.trees | other.trees,
            self.tolerated | other.tolerated,
        )

    def __bool__(self) -> bool:
        return any(self[:-1])

    def without(self, seen: "Seen") -> "Look":
        """What of this look has not been seen yet."""
        return Look(
            self.files - set(seen.files),
            self.settings - set(seen.settings),
            self.probes - set(seen.probes),
            self.blobs - set(seen.blobs),
            self.keys - set(seen.keys),
            self.processes - set(seen.processes),
            self.trees - set(seen.trees),
            self.tolerated,
        )


class Adapter(NamedTuple):
    """A network adapter and the IPv4 addresses it really has; ``guid`` is by what Windows keeps its settings.

    ``dns`` are the servers in use, ``static`` whether they are set (not given by DHCP); None where nobody was asked.
    """

    name: str
    addresses: Tuple[str, ...]
    guid: str = ""
    dns: Tuple[str, ...] = ()
    static: Optional[bool] = None


class Profile(NamedTuple):
    """A person who uses a workstation.

    On Windows also through what their programs reach the network while they are logged on.
    """

    sid: str  # on POSIX the number of the user
    folder: str
    proxy: str = ""
    pac: str = ""  # address of a proxy script
    name: str = ""
    bypass: str = ""  # names that do not go by the proxy, as Windows writes them: host;*.example;<local>


class Process(NamedTuple):
    """A program that runs; ``user`` is empty where it is not told."""

    name: str
    id: int
    user: str = ""


class Facts(NamedTuple):
    """What every look brings, unasked."""

    hostname: str = ""
    adapters: Tuple[Adapter, ...] = ()
    host_table: str = "/etc/hosts"  # where this system keeps it
    blobs: str = ""  # the folder in which this workstation keeps what was there before
    profiles: Tuple[Profile, ...] = ()
    system: str = ""  # name and version
    clock: str = ""  # UTC, ISO 8601


class Stopped(NamedTuple):
    """A visit carried out its steps up to ``step`` (an index), where ``why`` kept it from going on.

    ``remedy`` is what to do about it; empty: the message says all that is known.
    """

    step: int
    why: str
    remedy: str = ""


class Seen(NamedTuple):
    """What a visit brought back. What does not exist (file, key, tree) is None; what was not looked at is missing.

    ``nowhere`` are the paths of those that do not exist whose folder does not either: nothing can be created there.
    ``unreadable`` are tolerated files, keys and blobs that cannot be looked at, and why; files and keys are None, too.
    """

    system: str = POSIX
    facts: Facts = Facts()
    files: Mapping[str, Optional[File]] = {}
    settings: Mapping[Key, Any] = {}
    probes: Mapping[Probe, Answer] = {}
    blobs: Mapping[str, bytes] = {}
    keys: Mapping[str, Optional[Mapping[str, Mapping[str, Any]]]] = {}  # values by name, by the key below
    processes: Mapping[str, Tuple[Process, ...]] = {}  # by the name that was asked for
    journal: Tuple[Mapping[str, Any], ...] = ()
    stopped: Optional[Stopped] = None
    nowhere: FrozenSet[str] = frozenset()
    unreadable: Mapping[str, Refusal] = {}
    trees: Mapping[Tree, Optional[Branch]] = {}

    def setting(self, key: Key) -> Any:
        """The value of a setting, seen by itself or with the registry key in which it stands.

        :raises KeyError: neither was looked at
        """
        if key not in self.settings and key.store == "registry":
            for place, tree in self.keys.items():
                if (key.place + "\\").startswith(place + "\\"):
                    return (tree or {}).get(key.place[len(place) + 1 :], {}).get(key.name)
        return self.settings[key]

    def update(self, newer: "Seen") -> "Seen":
        """This and what a later look brought; the later one wins."""
        return newer._replace(
            files={**self.files, **newer.files},
            settings={**self.settings, **newer.settings},
            probes={**self.probes, **newer.probes},
            blobs={**self.blobs, **newer.blobs},
            keys={**self.keys, **newer.keys},
            processes={**self.processes, **newer.processes},
            unreadable={**self.unreadable, **newer.unreadable},
            trees={**self.trees, **newer.trees},
            nowhere=(self.nowhere - set(newer.files)) | newer.nowhere,
        )


class Splice(NamedTuple):
    """Replace ``old``, which stands at byte ``start`` of the file, by ``new``.

    Splices of one file must not overlap; two that insert at one place keep their order. A file that does not exist
    reads as empty, and a splice into it creates it. ``secret`` keeps both texts out of diffs and results.
    """

    path: str
    start: int
    old: bytes
    new: bytes
    secret: bool = False


class Assign(NamedTuple):
    """Give a setting another value (None: the setting does not exist)."""

    key: Key
    before: Any
    after: Any
    secret: bool = False


class Restore(NamedTuple):
    """Make the file, whose SHA-256 is ``before``, what the blob ``after`` holds (None: it does not exist).

    With both the same it only tidies up what a killed write may have left beside the file.
    """

    path: str
    before: Optional[str]
    after: Optional[str]


class Keep(NamedTuple):
    """Copy the file, whose SHA-256 must be this, into the blobs of the workstation."""

    path: str
    sha256: str


class Kept(NamedTuple):
    """A blob, and what the file was that it comes from, besides its content."""

    sha256: str
    attributes: str
    mtime_ns: int


class Move(NamedTuple):
    """Take the file with this stamp to a path where nothing is (None: it goes for good); ``why`` says it to a person.

    ``instead``: the kept file that takes its place, in the same instant.
    """

    path: str
    to: Optional[str]
    stamp: Stamp
    why: str
    instead: Optional[Kept] = None


class Mark(NamedTuple):
    """What the journal says of the files of a drill as a whole; the moves beside it are part of it.

    ``record`` stands in the journal; ``contents`` become blobs, of which the first is the manifest of the folders that
    are ``known``. Files to ``keep`` are copied before, folders to ``make`` belong to who has the folder above, and
    those to ``prune`` lose the empty folders below them, or go themselves if they are the collection's own.
    """

    record: Mapping[str, Any]
    contents: Tuple[bytes, ...]
    keep: Tuple[Keep, ...] = ()
    make: Tuple[str, ...] = ()
    prune: Tuple[str, ...] = ()
    known: Tuple[str, ...] = ()


Edit = Union[Splice, Assign, Restore]


class Write(NamedTuple):
    """Make the file, whose SHA-256 is ``before`` (None: it does not exist), have this content; all else stays."""

    path: str
    before: Optional[str]
    content: bytes


class Note(NamedTuple):
    """Append this record to the journal, which must hold ``position`` records: no other run wrote in between."""

    record: Mapping[str, Any]
    position: int


class Put(NamedTuple):
    """Keep this content among the blobs."""

    content: bytes


class Make(NamedTuple):
    """Make a folder, unless it is there: private to the owner of the folder above, to whom it belongs."""

    path: str


class Prune(NamedTuple):
    """Remove the empty folders below this one; below the collection's own folder this one, too."""

    path: str


class Refresh(NamedTuple):
    """Drop a cache (``resolver``)."""

    what: str


# What a workstation carries out, in order and without decisions; a step whose guard does not hold stops the visit.
Step = Union[Keep, Put, Note, Write, Restore, Assign, Make, Move, Prune, Refresh]


class Finding(NamedTuple):
    """Something a person should know: where, what, and what to do about it."""

    level: str
    where: str
    what: str
    remedy: str = ""


class Plan(NamedTuple):
    """``refresh`` names caches to drop afterwards (``resolver``). ``files`` is a mark and the moves that go with it."""

    edits: Tuple[Edit, ...] = ()
    refresh: FrozenSet[str] = frozenset()
    findings: Tuple[Finding, ...] = ()
    files: Tuple[Union[Mark, Move], ...] = ()

    def __or__(self, other: "Plan") -> "Plan":
        return Plan(
            self.edits + other.edits,
            self.refresh | other.refresh,
            self.findings + other.findings,
            self.files + other.files,
        )


class Concern(NamedTuple):
    """One thing a workstation can be asked to be, with the options it was asked with."""

    name: str
    options: Any
    look: Callable[[Any, Seen], Look]
    plan: Callable[[Any, Seen], Plan]
    describe: Callable[[Any, Seen], Dict[str, Any]]


class Outcome(NamedTuple):
    """What a run of the engine came to.

    ``state``: ``unchanged``, ``changed`` (in check mode: would change), ``undone`` (the change did not hold and was
    taken back) or ``conflict`` (something else stands where ours should be; it was left alone).
    ``after`` is what is there now, or in check mode what would be.
    """

    state: str
    plan: Plan
    before: Seen
    after: Seen
    transaction: Optional[int] = None
