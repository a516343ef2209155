# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that there is to show of one occurrence, as files of one folder and as one zip of it. Pure functions.

It holds nothing that the trail does not hold, and so no secret: the rest is the drill file and what people add.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, sha256
from ansible_collections.hkex.drill.plugins.plugin_utils.board import board
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import MARK, Verdict
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, Occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record, of_occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import called, merged, reading
from ansible_collections.hkex.drill.plugins.plugin_utils.notes import NOTE
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import TRAIL, Snapshot

SUMS, BOARD = "SHA256SUMS", "board.html"
FOLDER = "bundles"  # within the evidence folder
OWN = ""  # the name of this controller's trail
_DRILL, _TRAILS, _WORKSTATIONS = "drill", "trails", "workstations"  # its folders

_OF_WORKSTATIONS = ("result", "failed", "unreachable", NOTE)
_STRANGE = re.compile(r"[^A-Za-z0-9._-]|^\.")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of a zip: the same content is the same file, whenever it was made


def named(drill: Drill, occurrence: Occurrence | None) -> str:
    """What folder and zip of an occurrence are called."""
    return f"{drill.id}_{occurrence.id}" if occurrence else drill.id


def gathered(trails: Mapping[str, Snapshot]) -> list[dict[str, Any]]:
    """The records of these trails, of several by time.

    :raises Refusal: there is none, or two of the trails are copies of one
    """
    found = {name: trail.records() for name, trail in trails.items()}
    if not any(found.values()):
        what = "it has no record, so there is nothing to show"
        remedy = "Is it that of this controller? ansible.cfg or HKEX_DRILL_EVIDENCE name the folder"
        raise Refusal("audit trail", what, remedy)
    return merged(found) if len(found) > 1 else next(iter(found.values()))


def strayed(known: Iterable[Record], drill: Drill, occurrence: Occurrence | None) -> list[str]:
    """Whether the gate went by another drill file than this one, in a line; none if not, or if nobody recorded it."""
    mine = of_occurrence(known, drill.id, occurrence.id if occurrence else None)
    other = [str(record.get("seq")) for record in mine if _followed(record) not in (None, drill.digest)]
    more = f" and {len(other) - 1} more" if len(other) > 1 else ""
    what = f"drill/{drill.id}.yml is not what was followed throughout: the gate had another file at record"
    return [f"{what} {other[0]}{more}"] if other else []


def files(
    trails: Mapping[str, Snapshot],
    known: Sequence[Record],
    told: Sequence[str],
    drill: Drill,
    occurrence: Occurrence | None,
    drill_file: bytes,
    added: Iterable[tuple[str, bytes]],
) -> dict[str, bytes]:
    """The files of a bundle by their names in it, all but their checksums.

    :param trails: by their names, ``OWN`` that of this controller; they go in whole: other drills' records vouch for
        those of this one
    :param known: their records, see ``gathered``
    :param told: the verdict on them
    :param added: what else is to be in it, by name
    :raises Refusal: one that is added has the name of another or of a folder, or one that cannot be read
    """
    mine = of_occurrence(known, drill.id, occurrence.id if occurrence else None)
    found = {
        "verdict.txt": _text(told),
        "reading.txt": _text(reading(mine)),
        # As of the last record, so that the same trails make the same page.
        BOARD: board(day(known, drill, occurrence), _together(trails)).encode(),
        f"{_DRILL}/{drill.id}.yml": drill_file,
    }
    for name, trail in trails.items():
        folder = f"{_TRAILS}/{_safe(name)}/" if name else ""
        found |= {f"{folder}{TRAIL}": trail.content, f"{folder}{MARK}": trail.mark}
    for host, of_it in _by_workstation(mine).items():
        name = f"{_WORKSTATIONS}/{_safe(host)}"
        found[f"{name}.jsonl"] = _text(json.dumps(record, separators=(",", ":")) for record in of_it)
        found[f"{name}.txt"] = _text(reading(of_it))
    for name, content in added:
        if not name.isprintable():
            what = "its name has characters that cannot be read, and checksums have a line for each name"
            raise Refusal(f"bundle_files {name!r}", what, "Give it another one")
        if name in (*found, SUMS, _DRILL, _TRAILS, _WORKSTATIONS):
            what = "a file or folder of the bundle has that name"
            raise Refusal(f"bundle_files {name}", what, "Give it another one")
        found[name] = content
    return found


def _followed(record: Record) -> str | None:
    """The digest of the drill file that the gate went by."""
    detail = record.get("detail")
    digest = detail.get("digest") if isinstance(detail, dict) else None
    return digest if isinstance(digest, str) else None


def _together(trails: Mapping[str, Snapshot]) -> Verdict:
    """One verdict on all: whole if each is."""
    verdicts = {name: trail.verify() for name, trail in trails.items()}
    if len(verdicts) == 1:
        return next(iter(verdicts.values()))
    heads = ", ".join(f"{verdict.head} ({called(name)})" for name, verdict in verdicts.items())
    for name, verdict in verdicts.items():
        if not verdict.ok:
            return replace(verdict, why=f"{verdict.why} ({called(name)})", head=heads)
    return Verdict(True, sum(verdict.records for verdict in verdicts.values()), head=heads)


def sums(content: Mapping[str, bytes]) -> bytes:
    """The checksums, as ``sha256sum --check`` reads them."""
    return _text(f"{sha256(content[name])}  {name}" for name in sorted(content))


def zipped(folder: str, content: Mapping[str, bytes]) -> bytes:
    """A zip that unpacks to ``folder``, readable by its owner alone; the same content makes the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(f"{folder}/{name}", _EPOCH)
            entry.external_attr = 0o100600 << 16
            entry.create_system = 3  # Unix, wherever it was made
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content[name])
    return out.getvalue()


def _by_workstation(records: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        if record.get("host") and record.get("event") in _OF_WORKSTATIONS:
            found.setdefault(str(record["host"]), []).append(record)
    return found


def _safe(host: str) -> str:
    """A file name for a workstation, whatever it is called; its own wherever that is one."""
    plain = _STRANGE.sub("_", host)
    return host if plain == host else f"{plain[:60]}_{sha256(host.encode('utf-8', 'surrogatepass'))[:8]}"


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
