# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drill on a workstation in memory: what it finds, what a switch wants of it, runs of the engine, any wishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ansible_collections.hkex.drill.plugins.module_utils import engine, journal, rollback
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Concern,
    File,
    Key,
    Outcome,
    Seen,
)
from hypothesis import strategies as st

from tests.unit.engine_workstation import (
    Killed,
    Memory,
    line,
    setting,
)

HOSTS, RESOLV, NEW = "/etc/hosts", "/etc/resolv.conf", "/etc/new"
DNS = Key("registry", "HKLM", "NameServer")
DRILL = ("2021-11-06-ccass", "2021-11-06")


def clock() -> str:
    return "2021-11-06T10:00:00+08:00"


def world() -> Memory:
    """A workstation as a drill finds it."""
    return Memory(
        files={
            HOSTS: File(b"\xef\xbb\xbf# site\r\nrap 10.1\r\nccass\t10.9 # \xff\r\n", "0640 7:7"),
            RESOLV: File(b"search office\nnameserver 192.0.2.1\nnameserver 192.0.2.2", "0644 0:0"),
        },
        settings={DNS: ["192.0.2.1"]},
    )


def switch(value: bytes) -> tuple[Concern, ...]:
    """A switch of five targets: two lines of one file, another file, a file to be made, two settings."""
    return (
        line(HOSTS, b"rap", value),
        line(HOSTS, b"var", value),
        line(RESOLV, b"nameserver", value),
        line(NEW, b"made", value),
        setting("NameServer", [value.decode(), "alt"]),
        setting("Fresh", value.decode()),
    )


SECONDARY, PRIMARY = switch(b"10.2"), switch(b"10.1")


def run(memory: Memory, concerns: Sequence[Concern] = SECONDARY, check: bool = False) -> Outcome:
    return engine.run(memory, concerns, clock, *DRILL, check=check)


def back(memory: Memory, check: bool = False, whose: tuple[str, str] = DRILL) -> Outcome:
    return engine.run(memory, [rollback.concern(*whose)], clock, *whose, check=check)


def contents(seen: Seen) -> dict[str, bytes | None]:
    return {path: None if file is None else file.content for path, file in seen.files.items()}


def switched(start: Memory | None = None) -> Memory:
    """What a run that nothing disturbs leaves."""
    memory = start or world()
    assert run(memory).state == "changed"
    return memory


def closed(memory: Memory) -> bool:
    """No transaction is open and nothing unfinished lies about."""
    return journal.cut_off(memory.records()) is None and not memory.litter


def whole(memory: Memory, *others: Memory) -> bool:
    """Every file is wholly as in one of the other workstations."""
    return all(
        memory.files.get(path) in [other.files.get(path) for other in others] for path in (HOSTS, RESOLV, NEW)
    )


def levels(outcome: Outcome) -> list[tuple[str, str]]:
    return [(finding.level, finding.where) for finding in outcome.plan.findings]


def kills(start: Callable[[], Memory]) -> Iterator[tuple[int, Memory]]:
    """A workstation for each instant at which a switch can be killed, just killed there."""
    for instant in range(1, 500):
        memory = start()
        memory.kill_at = memory.instants + instant
        try:
            run(memory)
        except Killed:
            yield instant, memory.calm()
        else:
            return
    raise AssertionError("it never ends")


def killed_halfway() -> Memory:
    """A switch that was killed in the middle of its writes."""
    return next(memory for _instant, memory in kills(world) if memory.files[HOSTS] != world().files[HOSTS])


# ---- any workstation, any wishes --------------------------------------------------------------------------------

WORDS = st.sampled_from([b"rap", b"var", b"ccass", b"#", b"\xff\xfe", b"\tx"])
VALUES = st.sampled_from([b"10.1", b"10.2", b"10.243.2.14 \xff"])
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b""])
CONTENTS = st.lists(st.tuples(WORDS, VALUES, ENDS), max_size=5).map(
    lambda lines: b"".join(word + b" " + value + end for word, value, end in lines)
)
FILES = st.dictionaries(
    st.sampled_from([HOSTS, RESOLV, NEW]),
    st.builds(File, CONTENTS, st.sampled_from(["0644", "0600"]), st.none(), st.just(1), st.none()),
)
WISHES = st.tuples(
    st.lists(
        st.builds(line, st.sampled_from([HOSTS, RESOLV, NEW]), st.sampled_from([b"rap", b"var"]), VALUES),
        max_size=4,
        unique_by=lambda concern: (concern.options.path, concern.options.name),
    ),
    st.lists(
        st.builds(setting, st.sampled_from(["a", "b"]), st.one_of(st.none(), st.text("xy"))),
        max_size=2,
        unique_by=lambda concern: concern.options[0],
    ),
).map(lambda both: [*both[0], *both[1]])
