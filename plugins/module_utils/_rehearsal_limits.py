# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much a folder of reports may hold, on whatever system: it is counted before anything is read."""

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

# More than any folder of reports holds: beyond this it is some other folder, and reading it takes too long.
MOST_FILES = 200000
MOST_BYTES = 50 * 1024**3
# A workstation reads no larger blob (``LARGEST`` of posix/files.py); as it is compressed, a million files fit in.
MOST_MANIFEST = 64 * 1024**2


def hold(path: str, files: int, size: int) -> None:
    """Hold a folder to the limits.

    :param files: all that lie below it
    :param size: bytes of those that would have to be read
    :raises Refusal: that is too much
    """
    if files > MOST_FILES or size > MOST_BYTES:
        raise Refusal(
            path,
            f"holds {files} files, of which {size // 1024**2} MB would have to be read; no more than"
            f" {MOST_FILES} files and {MOST_BYTES // 1024**2} MB are",
            "Name the folder of the reports itself, or move away what is old",
        )


def readable(where: str, files: int, size: int) -> None:
    """Hold what would be remembered of all folders together to what can be read again.

    :raises Refusal: that is too much
    """
    if size > MOST_MANIFEST:
        raise Refusal(
            where,
            f"the list of {files} files takes {size} bytes, and no more than {MOST_MANIFEST} could be read again",
            "Name fewer folders, or those of the reports alone",
        )
