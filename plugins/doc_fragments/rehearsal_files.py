# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a drill's files, for their own module and for those of whole workstations."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.documenting import as_option


class ModuleDocFragment:
    """The options, and all of them as one."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - With V(baseline) it is remembered what stands in the folders, with a copy of each file that a name of the drill
        fits. The rehearsal folder is made.
      - With V(purged) the files of the drill are taken away, and what they overwrote is put back.
    type: str
    choices: [baseline, purged]
    required: true
  folders:
    description:
      - Folders in which reports of production lie, and those of a drill might come to lie.
      - The root folder, drives, homes, folders of the system and other machines are refused, and so are links and
        folders that lie within each other.
    type: list
    elements: str
    default: []
  rehearsal_folder:
    description:
      - Folder for files of the drill alone, all of which O(state=purged) takes away.
      - O(state=baseline) makes it, private to the owner of the folder above.
    type: str
  patterns:
    description:
      - Names of files that a drill brings, besides the reports that the circulars name. Test files for upload are some.
      - C(*) and C(?) stand for what varies. With a slash the names of the folders above have to fit, too.
    type: list
    elements: str
    default: []
  keep_days:
    description: Days for which what was taken away stays in quarantine on the workstation, 0 to 10.
    type: int
    default: 10
  purge_unmatched:
    description: Take away new files that no name of the drill fits, too.
    type: bool
    default: false
"""

    OPTION: str = as_option(
        "rehearsal_files",
        "Asks for the files of O(drill), as M(hkex.drill.rehearsal_files) does.",
        DOCUMENTATION,
    )
