# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be said of a login to RAP: which reports were there, which were downloaded, whether they were whole.

Sources: Information Packages of the 2024 and 2025 circulars, 3.2 (log on, download one or two reports or all of them,
see that they came); OCP briefing video (2025), 05 Technical Tips (no concurrent login).
"""

from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._services_options import Endpoint
from ansible_collections.hkex.drill.plugins.module_utils.model import ERROR, WARNING, Answer, Finding, Login

# What is said of a login at a server that is off or another one. The server has its finding: that one says what to do.
NOBODY = "nobody was logged on, because the server did not answer as it should"

_REPORTS = "Information Packages of the 2024 and 2025 circulars, 3.2"

# The verdict of a report that was downloaded; none: it was only listed; any other: why it is not whole.
WHOLE = "whole"
UNPROVED = "unproved: "

# By what the program says, in small letters; the first that fits.
_REMEDIES: Tuple[Tuple[Tuple[str, ...], str], ...] = (
    (
        ("host key",),
        "Log nobody on there. Ask the exchange for the fingerprint of that address by a way you trust, and put the "
        "verified key in the inventory if the server has a new one",
    ),
    (
        ("private key", "load key", "passphrase"),
        "Give the path of a key in OpenSSH's form that only its owner may read (on Windows: administrators, SYSTEM and "
        "who the controller connects as, and nobody else) and that needs no passphrase; of a key in PuTTY's form: "
        "puttygen KEY.ppk -O private-openssh -o KEY",
    ),
    (
        ("permission denied", "too many authentication failures"),
        "The key is refused: see whether its public half is the one that is registered for this account, whether it "
        "has expired, and whether it needs a passphrase, which nobody can type here",
    ),
    (
        ("concurrent", "logged in", "received disconnect", "connection closed", "connection reset"),
        "Another login of this account may be on, and the exchange allows one (OCP briefing video (2025), 05 Technical "
        "Tips): log it out in the SFTP client of every workstation, wait a minute, and run the same again",
    ),
    (
        ("is not installed",),
        "Install the client of OpenSSH on the workstation: the package openssh-client or openssh-clients, on Windows "
        "the optional feature OpenSSH.Client",
    ),
    (("no report matches",), "Compare the patterns with what the SFTP client shows of the account's folders"),
    (("no space",), "Make room in the folder for temporary files of the workstation"),
    (
        ("in time", "timed out", "connection refused", "no route to host", "unreachable"),
        "See whether the data centre serves and the way there is fast enough, then run it again",
    ),
)
_AGAIN = "Look at what the program says, log on by hand in the SFTP client, and compare"


def remedy(what: str) -> str:
    """What to do about a login that failed so."""
    said = what.lower()
    return next(
        (what_to_do for signs, what_to_do in _REMEDIES if any(sign in said for sign in signs)), _AGAIN
    )


def described(login: Login, answer: Optional[Answer]) -> Dict[str, Any]:
    """A login in words: names and sizes of reports, never what is in them."""
    if answer is None:
        return {"account": login.account, "ok": False, "what": NOBODY, "seconds": 0.0, "reports": []}
    return {
        "account": login.account,
        "ok": answer.ok,
        "what": answer.what,
        "seconds": answer.seconds,
        "reports": [_report(*line.split("\t")) for line in answer.values],
    }


def _report(name: str, size: str, verdict: str) -> Dict[str, Any]:
    whole = None if not verdict or verdict.startswith(UNPROVED) else verdict == WHOLE
    why = "" if whole else verdict
    return {"name": name, "size": int(size), "downloaded": bool(verdict), "whole": whole, "why": why}


def findings(endpoint: Endpoint, told: Mapping[str, Any]) -> Iterator[Finding]:
    """A login that failed, and each report that is not whole, or of which that could not be told.

    Nothing of one that did not take place, see ``NOBODY``.
    """
    if told["what"] == NOBODY:
        return
    where = f"{endpoint.where}, account {told['account']}"
    for report in told["reports"]:
        what = f"{report['name']}: {report['why']} ({_REPORTS})"
        if report["whole"] is False:
            yield Finding(
                ERROR,
                where,
                what,
                "Download it again in the SFTP client; if it stays so, tell the exchange which report it is",
            )
        elif report["why"]:
            yield Finding(WARNING, where, what, "Download and open it by hand")
    if not told["ok"] and not any(report["whole"] is False for report in told["reports"]):
        yield Finding(WARNING, where, f"{told['what']} ({_REPORTS})", remedy(told["what"]))
