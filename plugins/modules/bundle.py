#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/bundle.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle
short_description: Put together what there is to show of a drill
version_added: 0.1.0
description:
  - Puts the audit trail with its verdict, the board, what the trail says of each workstation, and the drill file into
    one folder and one zip per occurrence, with the checksums of all, in C(bundles) within the evidence folder.
  - The same content makes the same zip, whenever it is made. A trail that is broken does not fail the task. See RV(ok).
  - Runs on the controller, contacts no workstation and waits for no other run. Use it with C(run_once).
options:
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
  files:
    description: Files on the controller to add, each under its own name. Keep secrets out of them.
    type: list
    elements: path
    default: []
  trails:
    description: Evidence folders of other controllers that took part, each with C(trail.jsonl) and C(trail.mark). Their
      trails go in beside that of this one, and what is made of trails is made of all.
    type: list
    elements: path
    default: []
attributes:
  check_mode:
    description: Says what it would write, and writes nothing.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Where nothing has been recorded since, a second run changes nothing.
    support: full
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
seealso:
  - module: hkex.drill.trail
"""

EXAMPLES = r"""
---
- name: Put together what there is to show
  hkex.drill.bundle:
    drill: 2021-11-06-ccass-failover-rehearsal
    files: [/home/chan/signed-form.pdf]
  run_once: true
"""

RETURN = r"""
---
folder:
  description: The folder of the occurrence.
  returned: success
  type: str
zip:
  description: The same as a zip.
  returned: success
  type: str
files:
  description: Names of the files in it.
  returned: success
  type: list
  elements: str
ok:
  description: Whether the trails are whole.
  returned: success
  type: bool
told:
  description: What was put together, what lies in the folder besides, the verdict on each trail, and whether the drill
    file is another than the gate went by, for a person.
  returned: success
  type: list
  elements: str
"""
