# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FileZilla's queue, with a Python that cannot hold a database in memory, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Refusal,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import _filezilla_queue
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.filezilla import CLIENT

from tests.unit.filezilla_person import (
    HOME,
    MOVED,
    ONE,
    PORT,
    PRIMARY,
    RAP,
    SECONDARY,
    SECRET,
    SERVER,
    TO_SECONDARY,
    fixture,
    queue,
    rows,
    seen,
    sites,
)


def test_the_way_of_older_pythons_makes_the_same_rows_and_no_file_has_a_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = queue([(PRIMARY, PORT, 1, 0), (PRIMARY + "1", PORT, 1, 0)])
    changes = {1: _filezilla_queue.Change(SECONDARY, PORT, 1)}
    expected = rows(_filezilla_queue.changed("q", content, changes))
    assert _filezilla_queue._in_memory(_filezilla_queue.MEMORY)
    monkeypatch.setattr(_filezilla_queue, "_in_memory", lambda _: True)
    monkeypatch.setattr(_filezilla_queue, "MEMORY", str(tmp_path))
    monkeypatch.setattr(_filezilla_queue, "_deserialised", _filezilla_queue._unnamed)
    assert rows(_filezilla_queue.changed("q", content, changes)) == expected
    assert len(_filezilla_queue.rows("q", content)) == 2
    with _filezilla_queue._database("q", content) as (connection, _):
        connection.execute("UPDATE servers SET password = 'x'")  # not yet committed: a journal would be there
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(Refusal, match="no whole queue"):
        _filezilla_queue.rows("q", content[:5000])
    assert list(tmp_path.iterdir()) == []


def test_an_older_python_without_memory_for_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_filezilla_queue, "_deserialised", _filezilla_queue._unnamed)
    monkeypatch.setattr(_filezilla_queue, "MEMORY", "/")
    with pytest.raises(Refusal, match=r"Python 3\.11"):
        _filezilla_queue.rows("q", queue([]))


def test_a_row_whose_columns_hold_other_types_is_nobodys() -> None:
    content = queue([(b"10.243.2.14", "x", 1.5, b"1")])
    assert _filezilla_queue.rows("q", content) == (_filezilla_queue.Row(1, "", None, None, None),)


def test_edits_of_all_files_fit_together() -> None:
    world = seen({**fixture(), "sitemanager.xml": sites(SERVER, SERVER + ONE)})
    done = apply(world, CLIENT.plan(TO_SECONDARY, RAP, world).edits)
    file = done.files[HOME + "sitemanager.xml"]
    assert file is not None
    assert file.content == sites(MOVED + ONE, MOVED + ONE)
    assert SECRET.encode() not in file.content
