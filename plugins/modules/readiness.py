#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/readiness.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: readiness
short_description: Decide which workstations are ready for a drill
version_added: 0.1.0
description:
  - Holds the whole inventory against the rules of the circulars on RAP accounts, registered addresses, SDNet and keys,
    with the limits of the drill's own date, and against the addresses that the workstations really have.
  - A workstation is not ready if one of these rules is broken, or if it was itself found to have an error.
  - Runs on the controller and contacts no workstation. Use it with C(run_once), after M(hkex.drill.phase) has looked at
    the workstations and before it writes.
  - Consumes the result of M(hkex.drill.gate) of the same run, and does nothing without it.
options:
  gate:
    description:
      - The result of M(hkex.drill.gate).
      - Where it was forced, nobody is refused. What would have been is told and goes into the audit trail.
    type: dict
    required: true
  looks:
    description:
      - What M(hkex.drill.phase) told of each workstation, by its name in the inventory.
      - Those of earlier batches may be among them, for what was seen of them. Only those of this batch are told of and
        refused.
    type: dict
    required: true
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
  - hkex.drill.attributes.reads
seealso:
  - module: hkex.drill.gate
  - module: hkex.drill.phase
"""

EXAMPLES = r"""
---
- name: See what stands in the way
  hkex.drill.phase:
    gate: "{{ verdict }}"
    step: look
  register: look

- name: Hold the whole fleet against the rules
  hkex.drill.readiness:
    gate: "{{ verdict }}"
    looks: "{{ dict(ansible_play_batch | zip(ansible_play_batch | map('extract', hostvars, 'look'))) }}"
  run_once: true
  register: ready

- name: Leave out who is not ready
  ansible.builtin.fail:
    msg: "{{ ready.refused[inventory_hostname] }}"
  when: inventory_hostname in ready.refused
"""

RETURN = r"""
---
refused:
  description: Why a workstation is not ready, by its name in the inventory. Empty where the gate was forced.
  returned: success
  type: dict
  sample:
    pc-02: "pc-02 is not ready, and was not changed. See what was found, and what to do: RAP account CB99999001"
findings_of:
  description: What the rules say of each workstation, by its name in the inventory, the gravest first.
  returned: success
  type: dict
findings:
  description: What the rules say of workstations that are not part of this run, with their names; warnings at most.
  returned: success
  type: list
  elements: dict
overridden:
  description: What would have been refused if the gate had not been forced.
  returned: success
  type: list
  elements: str
force:
  description: The reason for which the gate was forced.
  returned: success
  type: str
msg:
  description: How many are not ready.
  returned: success
  type: str
"""
