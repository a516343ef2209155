#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/phase.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: phase
short_description: Do on a workstation what a phase of a drill asks for
version_added: 0.1.0
description:
  - Reads from the circular and from the variables of the workstation what it should be, and makes one visit.
  - A workstation that takes no part in the drill is not contacted.
  - Consumes the result of M(hkex.drill.gate) of the same run, and does nothing without it.
options:
  gate:
    description: The result of M(hkex.drill.gate).
    type: dict
    required: true
  step:
    description:
      - With V(write) everything the phase changes is written, as one transaction.
      - With V(look) nothing is. It tells where the workstation points, and asks the services unless that is deferred.
      - With V(order) nothing is contacted. It tells on which workstations of the run is not proved yet what the
        circular has verified before RAP.
      - With V(log_on), of phase V(status), the workstation logs on to RAP with every account for which it is
        registered, one workstation after the other for each account, and downloads what the present window asks for.
    type: str
    choices: [write, look, order, log_on]
    required: true
  looks:
    description: The results of the step V(look) by workstation, for V(order).
    type: dict
    default: {}
  unproved:
    description: What the step V(order) has told, for V(log_on). As long as there is any, nobody logs on.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Predicts what M(hkex.drill.workstation) would change.
    support: full
  diff_mode:
    description: Shows the lines that change.
    support: full
  idempotent:
    description: A second run of the same phase changes nothing.
    support: full
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
seealso:
  - module: hkex.drill.workstation
  - module: hkex.drill.workstation_info
"""

EXAMPLES = r"""
---
- name: Write what the phase asks for
  hkex.drill.phase:
    gate: "{{ verdict }}"
    step: write

- name: See where the workstation points, and prove it
  hkex.drill.phase:
    gate: "{{ verdict }}"
    step: look
"""

RETURN = r"""
---
astray:
  description:
    - What is not as it should be now, of phase V(status) a sentence for each system, of it and of V(cleanup) what is
      left of the drill. A proof that is deferred and what only a person can do are not in it.
  returned: in phases V(status) and V(cleanup)
  type: list
  elements: str
unproved:
  description: Workstations on which is not proved what comes before RAP, and what is known of it, of step V(order).
  returned: in step V(order)
  type: dict
logins:
  description: What each login did, of step V(log_on).
  returned: in step V(log_on)
  type: list
  elements: dict
  contains:
    account:
      description: The account.
      type: str
    at:
      description: Address and port.
      type: str
    ok:
      description: Whether all went well.
      type: bool
    what:
      description: What was done, from which address, and what came of it.
      type: str
    seconds:
      description: How long it took.
      type: float
    reports:
      description: Names of the reports that were downloaded.
      type: list
      elements: str
cleaned:
  description: What became of files, of phase V(cleanup). Empty where nothing did, and nothing is left or gone.
  returned: in step V(write) of phase V(cleanup)
  type: dict
  contains:
    taken:
      description: How many were taken away.
      type: int
    put_back:
      description: How many reports of production were put back.
      type: int
    gone:
      description: How many files of the baseline are gone, and were not taken.
      type: int
    left:
      description: How many files or folders are left, because nobody knows whose they are or they could not be moved.
      type: int
    quarantine:
      description: The folder to which they were taken. Absent where none was.
      type: str
    until:
      description: The day until which they are kept there, in Hong Kong.
      type: str
not_clean:
  description:
    - What is left of the drill's files, and which client still downloads into its folder. Empty where nothing is. In
      check mode, of phase V(cleanup), what would be left.
  returned: in phases V(status) and V(cleanup), where the files of the drill were looked at
  type: str
rap_keys:
  description: Fingerprints of the RAP keys that were seen, by account, of phase V(pre-drill).
  returned: in phase V(pre-drill)
  type: dict
clients:
  description: The SFTP clients of each person, of phase V(status).
  returned: in phase V(status)
  type: list
  elements: dict
  contains:
    workstation:
      description: Its name in the inventory.
      type: str
    user:
      description: Whose client it is.
      type: str
    client:
      description: Such as V(filezilla).
      type: str
    version:
      description: Its version, where its settings say so.
      type: str
    points_at:
      description: The data centre to which all its sites of RAP lead, or V(mixed).
      type: str
    one_login:
      description: Whether it holds one login at most at each of them, V(yes) or V(no). With V(-) it is not its to say.
      type: str
    left:
      description: What is left for a person to do.
      type: str
rows:
  description: What the table of the fleet shows of this workstation, a row per system and access.
  returned: success
  type: list
  elements: dict
  contains:
    workstation:
      description: Its name in the inventory.
      type: str
    system:
      description: Such as V(rap).
      type: str
    access:
      description: One of V(dns), V(host_table) and V(ip_address).
      type: str
    points_at:
      description:
        - V(primary), V(secondary), V(mixed) or V(none).
        - With V(by DNS) the DNS of the exchange decides and has not said. With V(unknown) a client keeps the address.
      type: str
    dns:
      description: Whether the DNS servers are the right ones (V(ok) or V(differs)). V(-) where they do not matter.
      type: str
    changed:
      description: Whether this run changed it.
      type: bool
    configuration:
      description: Configuration proof. V(ok), V(failed), or V(pending) where a person has to do it.
      type: str
    service:
      description: Service proof. V(ok), V(failed), V(deferred) while nothing serves, or V(-) where it was not asked.
      type: str
findings:
  description: What a person should know, with what to do about it.
  returned: success
  type: list
  elements: dict
phase:
  description: The phase.
  returned: success
  type: str
drill:
  description: Id of the drill.
  returned: success
  type: str
occurrence:
  description: Date of the drill. Null in contingency.
  returned: success
  type: str
step:
  description: The step.
  returned: success
  type: str
"""
