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

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal, sha256
from ansible_collections.hkex.drill.plugins.plugin_utils.board import board
from ansible_collections.hkex.drill.plugins.plugin_utils.chain import MARK
from ansible_collections.hkex.drill.plugins.plugin_utils.day import day
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill, Occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record, of_occurrence
from ansible_collections.hkex.drill.plugins.plugin_utils.merge import reading
from ansible_collections.hkex.drill.plugins.plugin_utils.notes import NOTE
from ansible_collections.hkex.drill.plugins.plugin_utils.trail import TRAIL, Snapshot

SUMS, BOARD = "SHA256SUMS", "board.html"
FOLDER = "bundles"  # within the evidence folder

_OF_WORKSTATIONS = ("result", "failed", "unreachable", NOTE)
_STRANGE = re.compile(r"[^A-Za-z0-9._-]|^\.")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # of a zip: the same content is the same file, whenever it was made


def named(drill: Drill, occurrence: Occurrence | None) -> str:
    """What folder and zip of an occurrence are called."""
    return f"{drill.id}_{occurrence.id}" if occurrence else drill.id


def files(
    trail: Snapshot,
    verdict: Sequence[str],
    drill: Drill,
    occurrence: Occurrence | None,
    drill_file: bytes,
    added: Mapping[str, bytes],
) -> dict[str, bytes]:
    """The files of a bundle by their names in it, all but their checksums.

    :param trail: it goes in whole: other drills' records vouch for those of this one
    :param added: what else is to be in it
    :raises Refusal: one that is added has the name of another
    """
    known = trail.records()
    mine = of_occurrence(known, drill.id, occurrence.id if occurrence else None)
    found = {
        TRAIL: trail.content,
        MARK: trail.mark,
        "verdict.txt": _text(verdict),
        "reading.txt": _text(reading(mine)),
        # As of the last record, so that the same trail makes the same page.
        BOARD: board(day(known, drill, occurrence), trail.verify()).encode(),
        f"drill/{drill.id}.yml": drill_file,
    }
    for host, told in _by_workstation(mine).items():
        name = f"workstations/{_safe(host)}"
        found[f"{name}.jsonl"] = _text(json.dumps(record, separators=(",", ":")) for record in told)
        found[f"{name}.txt"] = _text(reading(told))
    for name, content in added.items():
        if name in found or name == SUMS:
            raise Refusal(f"bundle_files {name}", "a file of the bundle has that name", "Give it another one")
        found[name] = content
    return found


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
