# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked about saved bookmarks, and the message for everything that cannot."""

from typing import Any, FrozenSet, Mapping, NamedTuple, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_absolute, is_host_name, is_ipv4
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal


class Site(NamedTuple):
    """A site, by what a bookmark of it is told, and the address that such a bookmark should have.

    :param name: host name in lower case
    :param url: the right address, as the circular gives it
    :param addresses: IPv4 addresses of the site, of every data centre
    """

    name: str
    url: str
    addresses: FrozenSet[str]


class Options(NamedTuple):
    """``browsers`` must be installed; ``users`` empty: everybody; ``config_dir``: instead of where people have it."""

    sites: Tuple[Site, ...]
    browsers: FrozenSet[str]
    users: FrozenSet[str]
    config_dir: Optional[str]


def parse(params: Mapping[str, Any], browsers: Sequence[str]) -> Options:
    """Options from task parameters.

    :param browsers: the names of those that are known
    :raises Refusal: which option, what is wrong with it, what to write instead
    """
    sites = tuple(_site(f"bookmarks.sites[{index}]", given) for index, given in enumerate(params["sites"]))
    if not sites:
        raise Refusal("bookmarks.sites", "it is empty", "Name at least one site")
    _apart(sites)
    for index, name in enumerate(params.get("browsers") or ()):
        if name not in browsers:
            raise Refusal(
                f"bookmarks.browsers[{index}]",
                f"{name!r} is no browser that is known",
                f"Give some of {', '.join(browsers)}",
            )
    folder = params.get("config_dir") or None
    if folder is not None and not is_absolute(folder):
        raise Refusal(
            "bookmarks.config_dir", f"{folder!r} is not an absolute path", "Give the folder's full path"
        )
    return Options(
        sites, frozenset(params.get("browsers") or ()), frozenset(params.get("users") or ()), folder
    )


def _site(where: str, given: Mapping[str, Any]) -> Site:
    name = str(given["name"]).lower()
    if not _is_site(name):
        raise Refusal(
            f"{where}.name",
            f"{given['name']!r} is no host name",
            "Give a name such as rmcd.hkexposttrade.com.hk",
        )
    if not _is_url(given["url"]):
        raise Refusal(
            f"{where}.url",
            "it is no address of a page by https and a host name",
            "Give it as the circular does, such as https://rmcd.hkexposttrade.com.hk",
        )
    for index, address in enumerate(given.get("addresses") or ()):
        if not is_ipv4(str(address)):
            raise Refusal(
                f"{where}.addresses[{index}]",
                f"{address!r} is not an IPv4 address",
                "Give four numbers, such as 10.243.2.32",
            )
    return Site(name, given["url"], frozenset(given.get("addresses") or ()))


def _is_site(name: str) -> bool:
    return "." in name and is_host_name(name)


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        plain = url.port is None or url.port > 0
    except ValueError:
        return False
    return plain and url.scheme == "https" and "@" not in url.netloc and _is_site(url.hostname or "")


def _apart(sites: Tuple[Site, ...]) -> None:
    """A name or an address of two sites would have two right addresses."""
    for index, site in enumerate(sites):
        for other in sites[:index]:
            both = sorted({site.name, *site.addresses} & {other.name, *other.addresses})
            if both:
                raise Refusal(
                    f"bookmarks.sites[{index}]",
                    f"{both[0]} is an earlier site's, too",
                    "Give each name and each address to one site",
                )
