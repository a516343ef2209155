# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What RAP has for an account: small valid zip files under the report names of the circulars."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

# 2025 briefing, "Scope of the Enhancement": the codes a market folder can have.
MARKETS = ("GLOB", "HKMK", "MAMK", "SZMK")
# 2021 rehearsal, appendix B1 (statement of stock movement); 2024 connectivity sessions (files to download).
CCASS_REPORTS = ("CSESM01", "CSESM02")
INBOX_REPORTS = ("TP001", "TP002")
FOLDERS = ("inbox", "key_management/publickey")


def report(name: str, text: str, day: str) -> bytes:
    """One report as a zip file of ``day`` (yyyymmdd). The same arguments give the same bytes."""
    noon = (int(day[:4]), int(day[4:6]), int(day[6:]), 12, 0, 0)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.TXT", noon), text)
    return held.getvalue()


def tree(data_centre: str, account: str, day: str) -> Mapping[str, bytes]:
    """Path to content, of all reports of an account. Their text tells which data centre they came from."""
    places = [f"inbox/{name}" for name in INBOX_REPORTS]
    places += [f"ccass/{market}/{day}/{name}" for market in MARKETS for name in CCASS_REPORTS]
    found = {}
    for place in places:
        name = place.rpartition("/")[2]
        text = f"{name} of {account}, {day}, from the {data_centre} data centre: rehearsal data only\r\n"
        found[f"{place}.zip"] = report(name, text, day)
    return found


def lay_out(folder: Path, data_centre: str, account: str, day: str) -> None:
    """Write the account's folders and reports; files carry the report day, as servers' files do."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    noon = datetime.strptime(day, "%Y%m%d").replace(hour=4, tzinfo=UTC).timestamp()  # 12:00 in Hong Kong
    for place, content in tree(data_centre, account, day).items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            os.utime(path, (noon, noon))
