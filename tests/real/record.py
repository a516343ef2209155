# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record what the real FileZilla writes, for the tests of what edits it: ``python -m tests.real.record FOLDER``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.lab.exchange import Endpoint, Exchange, register_account, sandbox_config
from tests.real import filezilla_program as fz
from tests.real.desktop import Desktop, desktop, until
from tests.real.rap import ACCOUNT, FILES

HOME = Path("/tmp/analyst")  # stands in what is recorded, so it is the same at each recording
RAP, TWIN = Endpoint("127.243.2.51", 18801), Endpoint("127.243.2.141", 18801)
RECORDED = ("sitemanager.xml", "filezilla.xml", "recentservers.xml", "queue.sqlite3")
SECONDS = 15.0  # for one step of the program
# Beside RAP: a folder, its name before its site; the same address in a comment, at another port, by another protocol.
OTHERS = """\t\t<Folder expanded="1">Old &amp; new &lt;結算&gt;
{twin}\t\t</Folder>
\t\t<Server><Host>127.243.2.51</Host><Port>22</Port><Protocol>1</Protocol><Type>0</Type><User>archive</User>
<Logontype>2</Logontype><EncodingType>Auto</EncodingType><BypassProxy>0</BypassProxy><Name>Archive</Name>
<Comments>Beside RAP, 127.243.2.51:18801.
Second line.</Comments>
<Bookmark><Name>Reports</Name><RemoteDir>1 0 5 inbox</RemoteDir></Bookmark></Server>
\t\t<Server><Host>127.243.2.51</Host><Port>21</Port><Protocol>0</Protocol><Type>0</Type><Logontype>0</Logontype>
<EncodingType>Auto</EncodingType><BypassProxy>0</BypassProxy><Name>Plain FTP</Name></Server>
"""


def record(folder: Path, limit: int, settings: dict[str, str]) -> None:
    """Use FileZilla as a person does, and keep the files it leaves in ``folder``."""
    HOME.mkdir(mode=0o700)  # refuses a home that is there: it is removed at the end
    try:
        with tempfile.TemporaryDirectory() as temporary:
            lab = Path(temporary)
            register_account(lab / "exchange", ACCOUNT, HOME / "rap_key")
            with Exchange(sandbox_config(), lab / "exchange") as exchange, desktop(lab) as screen:
                analyst = fz.person(HOME, ACCOUNT, HOME / "rap_key")
                host_key = (exchange.folder / "primary" / "host_key.pub").read_text(encoding="ascii")
                fz.trust(analyst, {RAP: host_key})
                _connect_quickly(analyst, screen, exchange)
                _work(analyst, screen, exchange, limit, settings)
            folder.mkdir(parents=True, exist_ok=True)
            for name in RECORDED:
                assert b"PRIVATE KEY" not in (analyst.settings / name).read_bytes()
                shutil.copyfile(analyst.settings / name, folder / name)
    finally:
        shutil.rmtree(HOME)


def _connect_quickly(analyst: fz.Person, screen: Desktop, exchange: Exchange) -> None:
    """Quickconnect is what fills recentservers.xml. It asks for a password; none is given, the key logs in."""
    fz.save_settings(analyst, {"SFTP keyfiles": str(analyst.key)})
    with fz.open_filezilla(analyst, screen) as window:
        screen.type(window, f"sftp://{RAP.address}\t{ACCOUNT}\t\t{RAP.port}\r")
        _press_in(screen, "Enter password", "Return")
        assert until(exchange.logins, SECONDS)


def _work(
    analyst: fz.Person, screen: Desktop, exchange: Exchange, limit: int, settings: dict[str, str]
) -> None:
    """Saved sites, a queue, a tab to restore; the Site Manager is closed with OK, so that it is written."""
    fz.save_settings(analyst, {"Startup action": "2", **settings})
    sites = fz.site(analyst, RAP, fz.SITE, limit) + OTHERS.format(
        twin=fz.site(analyst, TWIN, "RAP 141", limit)
    )
    fz.write(analyst, "sitemanager.xml", f"\t<Servers>\n{sites}\t</Servers>\n")
    fz.save_queue(analyst, RAP, FILES, limit=limit)
    with fz.open_filezilla(analyst, screen, f"--site=0/{fz.SITE}") as window:
        assert until(lambda: exchange.logins()[ACCOUNT].accepted == 2, SECONDS)
        screen.press(window, "ctrl+s")
        _press_in(screen, "Site Manager", "alt+o")


def _press_in(screen: Desktop, title: str, key: str) -> None:
    """Answer a dialog and see it go."""

    def found() -> list[object]:
        there = [one for one in screen.windows() if one.title == title]
        for one in there:
            screen.press(one, key)
        return list(there)

    assert until(found, SECONDS), f"no window {title!r}: {screen.windows()}"
    assert until(lambda: not found(), SECONDS), f"{title!r} stays: {screen.windows()}"


if __name__ == "__main__":
    record(Path(sys.argv[1]) / "default", 0, {})
    record(Path(sys.argv[1]) / "one-login", 1, fz.ONE_LOGIN)
