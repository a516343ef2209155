# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' documentation shares."""

from __future__ import annotations


class ModuleDocFragment:
    """Of every module; of those that write; of those that change nothing, and among them of those that look."""

    DOCUMENTATION = r"""
options: {}
attributes:
  async:
    description: Can run in the background.
    support: none
    details:
      - The result of a background task would pass the action plugin by.
  platform:
    description: Kinds of workstation it works on.
    platforms: posix
    support: full
    details:
      - On POSIX it needs Python 3.8 or later and nothing but its standard library.
"""

    WRITES = r"""
options:
  state_dir:
    description:
      - Folder on the workstation in which the journal and the earlier states of files are kept.
      - Nobody but its owner may enter it. It is made when first needed.
      - Defaults to V(/var/lib/hkex-drill).
    type: path
attributes:
  check_mode:
    description: Predicts the change without making it, down to the SHA-256 of every file in RV(ignore:files).
    support: full
  diff_mode:
    description: Shows the lines that change, place by place; never a secret.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    READS = r"""
options: {}
attributes:
  check_mode:
    description: It changes nothing, so it does the same in check mode.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
"""

    LOOKS = r"""
options:
  state_dir:
    description:
      - Folder on the workstation in which the journal lies, if it is not the default one.
      - Defaults to V(/var/lib/hkex-drill).
    type: path
"""
