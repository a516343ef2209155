# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked about the day before, and the message for everything that cannot."""

import re
from datetime import datetime
from typing import Any, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_host_name
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)")


class Options(NamedTuple):
    """What a workstation is held to.

    :param now: the time when it was asked, UTC; None: clocks are not compared
    :param tolerance: seconds by which its clock may be off, the way there included
    :param free: bytes that must be free where the collection keeps what was there before, and in people's homes
    :param names: host names that no proxy is to fetch, in lower case
    """

    now: Optional[datetime]
    tolerance: int
    free: int
    names: Tuple[str, ...]


def parse(params: Mapping[str, Any]) -> Options:
    """Options from task parameters.

    :raises Refusal: which option, what is wrong with it, what to write instead
    """
    for option in ("tolerance", "free_mb"):
        if params[option] < 0:
            raise Refusal(
                f"machine.{option}", f"{params[option]} is less than nothing", "Give a number from 0"
            )
    names = tuple(str(name).lower() for name in params.get("names") or ())
    for index, name in enumerate(names):
        if not is_host_name(name):
            raise Refusal(
                f"machine.names[{index}]",
                f"{params['names'][index]!r} is no host name",
                "Give a name such as rmcd.hkexposttrade.com.hk",
            )
    return Options(_now(params.get("now")), params["tolerance"], params["free_mb"] * 1024 * 1024, names)


def moment(text: str) -> Optional[datetime]:
    """A time in UTC as ISO 8601 writes it, to the second; None: it is none."""
    found = _MOMENT.fullmatch(text)
    try:
        return datetime.strptime(found.group(1), "%Y-%m-%dT%H:%M:%S") if found else None
    except ValueError:
        return None


def _now(given: Optional[str]) -> Optional[datetime]:
    now = moment(given) if given else None
    if given and now is None:
        raise Refusal(
            "machine.now", f"{given!r} is no time in UTC", "Write it as 2025-06-21T01:00:00Z, or leave it out"
        )
    return now
