# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forms that the options of several concerns are held to."""

import re

from ansible_collections.hkex.drill.plugins.module_utils.model import WINDOWS, Refusal, Seen

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_DRIVE_OR_SHARE = re.compile(r"[A-Za-z]:[\\/]|\\\\[^\\/]")


def is_host_name(text: str) -> bool:
    """Whether DNS could be asked for it: no dot at its end; underscores, which Windows allows, are letters."""
    return len(text) <= 253 and _HOST_NAME.fullmatch(text) is not None


def is_ipv4(text: str) -> bool:
    """Four decimal numbers of 0 to 255 without leading zeros: the one spelling that all readers agree on."""
    return _IPV4.fullmatch(text) is not None


def is_posix(path: str) -> bool:
    """Whether the path is absolute for POSIX."""
    return path.startswith("/")


def is_windows(path: str) -> bool:
    """Whether the path is absolute for Windows: it names a drive or a share."""
    return _DRIVE_OR_SHARE.match(path) is not None


def is_absolute(path: str) -> bool:
    """Whether the path is absolute for either; ``fits`` says for which, once that is known of a workstation."""
    return is_posix(path) or is_windows(path)


def fits(
    where: str,
    path: str,
    seen: Seen,
    shown: str = "it",
    remedy: str = "Give the full path as this workstation writes it",
) -> None:
    """Hold a path to the kind of system.

    :param shown: the path as the message has it, unless it is not to be repeated
    :raises Refusal: it is a path of the other kind
    """
    windows = seen.system == WINDOWS
    if not (is_windows if windows else is_posix)(path):
        raise Refusal(
            where,
            f"{shown} is not an absolute path on a {'Windows' if windows else 'POSIX'} workstation",
            remedy,
        )
