#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rehearsal_files
short_description: Leave no file of a drill behind, and lose none of production
version_added: 0.1.0
description:
  - Remembers before a drill what stands in the folders for reports, and takes away afterwards what the drill brought.
  - Everything in the rehearsal folder goes. Elsewhere only what was not there before goes, and only if a name of the
    drill fits it. A report of production that was overwritten is put back.
  - Dates of files are not trusted, since clients give files those of the server. What counts is the content.
  - What was moved or renamed meanwhile is known by its content, and stays.
  - New files that no name of the drill fits stay too, and the verdict is then that the workstation is not clean.
  - No link is followed. What is taken away goes into a quarantine on the workstation first.
  - A run that is cut off leaves every file whole, and the next one goes on.
  - Once everything was taken away from a folder of production, what comes to it later is production's own.
  - A folder that could not be looked at as a whole makes the workstation not clean, and a later run judges it.
options:
  drill:
    description: Drill whose files they are. Baseline and quarantine are kept by it.
    type: str
    required: true
  occurrence:
    description: Occurrence of O(drill). The contingency has none.
    type: str
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.rehearsal_files
  - hkex.drill.attributes
  - hkex.drill.attributes.writes
"""

EXAMPLES = r"""
---
- name: Remember what stands in the folders for reports (2021 circular, Appendix B, notes)
  hkex.drill.rehearsal_files:
    state: baseline
    drill: 2021-11-06-ccass-failover-rehearsal
    occurrence: "2021-11-06"
    folders: [/srv/ccass/reports]
    rehearsal_folder: /srv/ccass/rehearsal

- name: Take away what the rehearsal brought (2021 circular, section 3.1 g)
  hkex.drill.rehearsal_files:
    state: purged
    drill: 2021-11-06-ccass-failover-rehearsal
    occurrence: "2021-11-06"
    folders: [/srv/ccass/reports]
    rehearsal_folder: /srv/ccass/rehearsal
    patterns: [SITEST*.TXT]
"""

RETURN = r"""
---
state:
  description:
    - V(unchanged) or V(changed).
    - A run that fails says V(undone) when its change did not hold and was taken back, and V(conflict) when something
      else stands there now and was left alone.
  returned: always
  type: str
  sample: changed
transaction:
  description: Number of the change in the journal of the workstation. Null when nothing was written.
  returned: always
  type: int
  sample: 3
before:
  description: What stood there.
  returned: always
  type: dict
  sample:
    rehearsal_files:
      state: purged
      verdict: not clean
      summary: "2 files are to go, the first /home/rap/reports/CSEOP01.zip (not in the baseline and matches CSEOP01*)"
      left: []
      left_count: 0
      to_go: 2
      to_go_why:
        not in the baseline and matches CSEOP01*: 1
        in the rehearsal folder: 1
      unknown_folders: []
      rehearsal_folders: [/home/rap/rehearsal]
      gone: 0
      came_since: 0
      same_as_production: 0
      quarantines_due: 0
      as_asked: false
after:
  description:
    - What stands there now. In check mode what would.
    - The verdict is V(clean), V(not clean) or V(no baseline).
  returned: always
  type: dict
  sample:
    rehearsal_files:
      state: purged
      verdict: clean
      summary: nothing of the drill is there
      left: []
      left_count: 0
      to_go: 0
      to_go_why: {}
      unknown_folders: []
      rehearsal_folders: [/home/rap/rehearsal]
      gone: 0
      came_since: 0
      same_as_production: 0
      quarantines_due: 0
      as_asked: true
edits:
  description:
    - What becomes of each file, with the reason.
    - The first entry names the list of all, which is kept on the workstation.
    - No more than a thousand are told.
  returned: always
  type: list
  elements: dict
  sample:
    - path: rehearsal_files
      new: purged, listed in /var/lib/hkex-drill/blobs/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      list: /var/lib/hkex-drill/blobs/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      quarantine: /var/lib/hkex-drill/quarantine/1
    - path: /home/rap/rehearsal/CSESM01.zip
      to: /var/lib/hkex-drill/quarantine/1/000001
      why: in the rehearsal folder
      new: /var/lib/hkex-drill/quarantine/1/000001 (in the rehearsal folder)
files:
  description: Always empty. What becomes of files is told by RV(edits).
  returned: always
  type: dict
  sample: {}
findings:
  description: What a person should know.
  returned: always
  type: list
  elements: dict
  contains:
    level:
      description: One of V(info), V(warning), V(pending) and V(error).
      type: str
    where:
      description: File, line or setting.
      type: str
    what:
      description: What is the matter with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
"""

# First: it makes what follows load once.
from ansible_collections.hkex.drill.plugins.module_utils import _loading  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.hkex.drill.plugins.module_utils.concerns import WRITERS
from ansible_collections.hkex.drill.plugins.module_utils.posix.module import run


def main() -> None:
    run(WRITERS["rehearsal_files"])


if __name__ == "__main__":
    main()
