# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH at a RAP that allows one login: each sftp logs in, unless they share a connection.

The second starts when the first is logged in. Of two that start at the same moment neither finds a connection to share:
both log in, and one is refused whatever the settings.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.exchange import Exchange, Logins
from tests.real.desktop import missing, until
from tests.real.openssh_program import PROGRAMS, TIME, client
from tests.real.rap import ACCOUNT, PRIMARY, host_keys, key

pytestmark = pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS) or "all is here")


def two_at_once(exchange: Exchange, folder: Path, *, share: bool) -> tuple[int, int, Logins, list[str]]:
    """The exit codes of the first and the second, the logins, and what arrived."""
    with client(folder / "home", ACCOUNT, key(folder), host_keys(exchange), PRIMARY, share=share) as somebody:
        first = somebody.sftp()
        try:
            assert until(lambda: exchange.status()["logged_in"] == {ACCOUNT: "primary"}, TIME)
            second, _ = somebody.fetch(somebody.sftp(), "/inbox/TP002.zip")
        finally:
            ended, _ = somebody.fetch(first, "/inbox/TP001.zip")
        arrived = sorted(one.name for one in somebody.downloads.iterdir())
        # A refusal is written down when the connection is gone, after the client has learned of it.
        until(lambda: share or exchange.logins()[ACCOUNT].refused, TIME)
        return ended, second, exchange.logins()[ACCOUNT], arrived


def test_without_a_shared_connection_the_second_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    first, second, logins, arrived = two_at_once(exchange, tmp_path, share=False)
    assert (first, second) == (0, 255)
    assert logins == Logins(accepted=1, refused=1)
    assert arrived == ["TP001.zip"]


def test_with_a_shared_connection_both_fetch_in_one_login(exchange: Exchange, tmp_path: Path) -> None:
    first, second, logins, arrived = two_at_once(exchange, tmp_path, share=True)
    assert (first, second) == (0, 0)
    assert logins == Logins(accepted=1)
    assert arrived == ["TP001.zip", "TP002.zip"]
