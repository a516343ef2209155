#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/trail.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: trail
short_description: Verify audit trails and read them
version_added: 0.1.0
description:
  - Verifies the chain of the audit trail of this controller, or of trails that were gathered from several ones, each
    by itself, and reads all of them as one list in the order of time.
  - A trail that is broken does not fail the task, so that it can be read all the same. See RV(ok).
  - Runs on the controller, contacts no workstation and waits for no other run.
options:
  folders:
    description: Evidence folders, each with C(trail.jsonl) and C(trail.mark). Defaults to that of this controller.
    type: list
    elements: path
    default: []
  head:
    description: The hash of a last record as it was noted earlier, or its first 16 digits. One of the trails must have
      it.
    type: str
  reading:
    description:
      - File on the controller to write all records to, as lines for a person.
      - What is there already is replaced only if it is an earlier reading. Where no trail has a record, or two of them
        are copies of one, nothing is written.
    type: path
attributes:
  check_mode:
    description: Writes no reading, and does all else.
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
  - module: hkex.drill.note
"""

EXAMPLES = r"""
---
- name: Are the trails of both controllers whole
  hkex.drill.trail:
    folders: [/srv/gathered/ctl-1, /srv/gathered/ctl-2]
  register: trails
  failed_when: not trails.ok
"""

RETURN = r"""
---
ok:
  description: Whether every trail is whole, and one of them has the noted hash.
  returned: success
  type: bool
wrong:
  description: What is not, for a person.
  returned: success
  type: list
  elements: str
trails:
  description: What came of verifying each.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    ok:
      description: Whether it is whole.
      type: bool
    records:
      description: How many whole records there are, up to the end or the break.
      type: int
    broken_at:
      description: The first line that is not what was written or, where RV(trails[].why) says so, may not be. Null if
        there is none.
      type: int
    why:
      description: Why that line is not what was written.
      type: str
    truncated_last:
      description: Whether it ends in a torn line, as a crash leaves it. That is no break.
      type: bool
    unmarked:
      description: Numbers of the records that C(trail.mark) did not know of when the next one was written, or does not
        know of yet.
      type: list
      elements: int
    head:
      description: SHA-256 of the last line, or of the one before the break.
      type: str
told:
  description: The same for a person, with who extended it last.
  returned: success
  type: list
  elements: str
reading:
  description: All records in the order of time, in lines for a person. Further lines of a record are indented.
  returned: success
  type: list
  elements: str
"""
