#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/gate.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: gate
short_description: Decide whether a phase of a drill may run now
version_added: 0.1.0
description:
  - Decides from the circular, the time in Hong Kong, the weather and the fleet whether a phase may run now.
  - Runs on the controller and contacts no workstation. Use it with C(run_once), in the play that changes the
    workstations, before M(hkex.drill.phase), which consumes its result.
  - The way back, C(to-primary) and C(rollback), knows no window, weather, canary or bound.
  - Refuses without the audit trail and the lock, which the callback plugin P(hkex.drill.audit#callback) keeps.
options:
  phase:
    description:
      - The phase that is about to run.
      - Without it, only the tags of the run are checked. They must ask for one known phase, or for none.
    type: str
    choices: [pre-drill, to-secondary, to-primary, cleanup, status, rollback]
  drill:
    description: Id of the drill. Required with O(phase).
    type: str
  occurrence:
    description: Date of the drill, for one that has several.
    type: str
  directory:
    description: Folder with the files of the drills. Defaults to those of the collection.
    type: path
  force:
    description: Reason for which window, weather, an unreachable canary and what is not ready do not count this time.
    type: str
  weather:
    description: Signals of the day. Each has C(kind), C(start), for a typhoon C(level), and C(end) once it is over.
      A wrong list refuses, but not the way back.
    type: raw
    default: []
  pretend_now:
    description: Time to pretend it is. Only an inventory whose hosts all set C(drill_sandbox) to true may.
    type: str
  failure_limit:
    description: Percentage of all workstations of the play that may be lost before the rest is left alone.
    type: raw
    default: 20.0
  holidays:
    description: Dates that are no business days in Hong Kong, besides Saturdays and Sundays. C(cleanup) says by them
      since when production downloads again.
    type: raw
    default: []
  canaries:
    description: Workstations that went first, and must hold before the rest follows.
    type: list
    elements: str
    default: []
  verify_trail:
    description: Whether to verify the chain of the audit trail, and to fail where it is broken.
    type: bool
    default: false
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
  - hkex.drill.attributes.reads
"""

EXAMPLES = r"""
---
- name: May the fleet go to the secondary data centre now
  hkex.drill.gate:
    phase: to-secondary
    drill: 2021-11-06-ccass-failover-rehearsal
    weather:
      - kind: typhoon
        level: 8
        start: "2021-11-06T05:40"
        end: "2021-11-06T06:40"
  run_once: true
  register: verdict
"""

RETURN = r"""
---
allowed:
  description: Whether the phase may run. The task fails where it may not.
  returned: when O(phase) is given
  type: bool
run:
  description: Id of the run in the audit trail.
  returned: when O(phase) is given
  type: str
drill:
  description: Id of the drill.
  returned: when O(phase) is given
  type: str
occurrence:
  description: Date of the drill. Null in contingency.
  returned: when O(phase) is given
  type: str
phase:
  description: The phase.
  returned: when O(phase) is given
  type: str
directory:
  description: Folder that the drill was read from.
  returned: when O(phase) is given
  type: str
digest:
  description: SHA-256 of the drill file, by which M(hkex.drill.phase) knows that it has been held to its schema.
  returned: when O(phase) is given
  type: str
stale:
  description: Addresses of SFTP servers in earlier circulars, to which no client should lead any more.
  returned: when O(phase) is given
  type: list
  elements: str
recorded_keys:
  description: In phase V(status), the fingerprints of RAP keys that pre-drill has seen, by workstation and account.
  returned: when O(phase) is given
  type: dict
overridden:
  description: Refusals that the force overrode.
  returned: when O(phase) is given
  type: list
  elements: str
force:
  description: The reason that was given.
  returned: when O(phase) is given
  type: str
notes:
  description: What else is to be known.
  returned: when O(phase) is given
  type: list
  elements: str
now:
  description: The time that was decided by.
  returned: when O(phase) is given
  type: str
pretend:
  description: Whether that is a pretended time.
  returned: when O(phase) is given
  type: bool
wanted:
  description: The data centre at which the fleet should point now. Null where either is right.
  returned: when O(phase) is given
  type: str
window:
  description: Id of the window that is on. Null where none is.
  returned: when O(phase) is given
  type: str
serving:
  description: The data centre that serves now by the timetable. Null while none does.
  returned: when O(phase) is given
  type: str
today:
  description: Whether it is the day of the drill in Hong Kong.
  returned: when O(phase) is given
  type: bool
cleaning:
  description: Whether the sessions at the secondary data centre are over, so that nothing of the drill should be left.
  returned: when O(phase) is given
  type: bool
deferred:
  description: Whether the service proof has to wait, because what it is about does not serve now.
  returned: when O(phase) is given
  type: bool
deferred_until:
  description: Until when. Null where nobody knows.
  returned: when O(phase) is given
  type: str
why:
  description: The same in a sentence.
  returned: when O(phase) is given
  type: str
canaries:
  description: Workstations of this batch that go first.
  returned: when O(phase) is given
  type: list
  elements: str
"""
