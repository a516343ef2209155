#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/note.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: note
short_description: Add what a person has to say to the audit trail
version_added: 0.1.0
description:
  - Adds one entry to the audit trail of this controller, the folder of which the callback plugin
    P(hkex.drill.audit#callback) is told. It is on the disk when the task ends.
  - An entry is never changed. A later one can correct it, and then takes the place of all of it.
  - Runs on the controller, contacts no workstation and waits for no other run. Use it with C(run_once).
  - Entries are printed as they are given. Keep secrets out of them.
options:
  text:
    description:
      - What happened, 1 to 4000 characters. Of control characters it may have line ends only.
      - Give this or O(file).
      - Where the variable C(note) was given on the command line without quotes of its own, all of it is taken, although
        Ansible ends it at the first blank.
    type: str
  file:
    description: File on the controller with the text, in UTF-8.
    type: path
  items:
    description: Ids of the drill's checklist that the entry attests.
    type: list
    elements: str
    default: []
  workstation:
    description: The workstation that it is about, by its name in the inventory.
    type: str
  corrects:
    description: Number of the earlier entry of the same drill and occurrence whose place it takes.
    type: int
  by:
    description: Whose word it is, if it is not that of the user who runs this.
    type: str
  drill:
    description: Id of the drill.
    type: str
    required: true
  occurrence:
    description: Date of the drill, for one that has several.
    type: str
  directory:
    description: Folder with the files of the drills. Defaults to those of the collection.
    type: path
  pretend_now:
    description: Time to pretend it is, kept beside the real one. Only an inventory whose hosts all set C(drill_sandbox)
      to true may.
    type: str
attributes:
  check_mode:
    description: Says what the entry would be, and writes nothing.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Every time it adds an entry.
    support: none
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
seealso:
  - module: hkex.drill.gate
  - module: hkex.drill.trail
"""

EXAMPLES = r"""
---
- name: The hotline has been asked
  hkex.drill.note:
    text: The rehearsal takes place.
    items: [hotline]
    by: Ms Chan, on the phone
    drill: 2021-11-06-ccass-failover-rehearsal
  run_once: true
"""

RETURN = r"""
---
entry:
  description: Its number in the trail, by which a later one corrects it. Null in check mode.
  returned: success
  type: int
record:
  description: What was added.
  returned: success
  type: dict
told:
  description: The same for a person.
  returned: success
  type: list
  elements: str
"""
