# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of a phase holds SSH servers to the verified host keys of the inventory."""

from __future__ import annotations

from pathlib import Path

from tests.integration.play import TABLE, exchange, fleet
from tests.unit.host_keys import TEXTS

SERVING = "2021-11-06T14:35"
RAP = "127.243.66.51"


def test_a_server_with_another_key_than_the_verified_one_fails_the_proof(tmp_path: Path) -> None:
    with exchange(tmp_path) as playing:
        own = (playing.folder / "secondary" / "host_key.pub").read_text(encoding="ascii").strip()
        box = fleet(
            tmp_path,
            {
                "pc-1": {"drill_access": TABLE, "drill_host_keys": {RAP: [own]}},
                "pc-2": {"drill_access": TABLE, "drill_host_keys": {RAP: [TEXTS["ssh-ed25519"]]}},
            },
        )
        for name in ("pc-1", "pc-2"):
            (box.etc(name) / "hosts").write_text(f"{RAP} rapcc.hkexposttrade.com.hk\n", encoding="ascii")
        ran = box.phase("status", SERVING)
    table = ran.table()
    assert [table[name, "RAP", "host_table"][-1] for name in ("pc-1", "pc-2")] == ["ok", "failed"], ran.said
    assert "presents none of the host keys that were verified, but ssh-ed25519 SHA256:" in ran.text
    assert "Log nobody on there" in ran.text
