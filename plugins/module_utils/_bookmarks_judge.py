# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a bookmark is one of a site, and what is wrong with it.

Of what stands there only scheme, host and port are told, and only of a site's own bookmarks: path, query and a login in
the address may be secrets, and all other bookmarks are nobody's business.
"""

import re
from typing import List, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import SplitResult, urlsplit

from ansible_collections.hkex.drill.plugins.module_utils._bookmarks_options import Site

_PORTS = {"http": 80, "https": 443}
_LONGEST = 80  # signs of a name that are told
_ADDRESS = re.compile(r"://|[@?=;#]|\w\.\w+(:\d*)?/")


class Verdict(NamedTuple):
    """A bookmark of a site.

    :param shown: its address, as much of it as may be told
    :param faults: what is wrong with it, each the end of a sentence that begins with "it"
    :param deeper: it opens a page inside the site; that may or may not be wanted
    """

    site: Site
    shown: str
    faults: Tuple[str, ...]
    deeper: bool


def judge(url: str, sites: Sequence[Site]) -> Optional[Verdict]:
    """What a bookmark of a site comes to, None for any other."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    plain = host.rstrip(".")
    site = next((each for each in sites if plain == each.name or plain in each.addresses), None)
    if site is None or parts.scheme not in _PORTS:
        return None
    deeper = parts.path.strip("/") != urlsplit(site.url).path.strip("/") or bool(
        parts.query or parts.fragment
    )
    return Verdict(site, _shown(parts, host, deeper), tuple(_faults(parts, host, plain, site)), deeper)


def _faults(parts: SplitResult, host: str, plain: str, site: Site) -> List[str]:
    right = urlsplit(site.url)
    found = []
    if plain in site.addresses:
        found.append(
            f"leads to the address {plain} of one data centre instead of a name, and so follows no switch to the other"
        )
    elif plain != right.hostname:
        found.append(f"leads to {plain} instead of {right.hostname}")
    if host != plain:
        found.append("has a dot behind the name, with which no host table gives an address")
    if parts.scheme != right.scheme:
        found.append(f"goes by {parts.scheme} instead of {right.scheme}")
    usual, wanted = _PORTS[parts.scheme], right.port or _PORTS[right.scheme]
    given = _port(parts)
    port = usual if given is None else given
    if port != wanted and (parts.scheme == right.scheme or port != usual):  # else the scheme says it
        found.append(f"goes to port {port} instead of {wanted}")
    if "@" in parts.netloc:
        found.append("holds a user name or password, which everybody can read who can read the bookmark")
    return found


def _port(parts: SplitResult) -> Optional[int]:
    try:
        return parts.port
    except ValueError:  # no number, or out of range
        return 0


def _shown(parts: SplitResult, host: str, deeper: bool) -> str:
    port = _port(parts)
    return f"{parts.scheme}://{host}" + ("" if port is None else f":{port}") + ("/..." if deeper else "")


def printable(text: str) -> str:
    """A name that a person gave, for a person's eyes.

    One that may hold an address is not told: a page without a title is called by its address, with all of its query.
    """
    if _ADDRESS.search(text):
        return "(called by an address)"
    plain = "".join(sign if sign.isprintable() else "?" for sign in text)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 3] + "..."
