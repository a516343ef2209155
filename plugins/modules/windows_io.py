#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of a PowerShell module (plugins/modules/windows_io.ps1)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: windows_io
short_description: The hands of this collection on a Windows workstation
version_added: 0.1.0
description:
  - Carries out steps, then looks. It decides nothing. Everything is decided on the controller, by the actions of
    M(hkex.drill.host_table), M(hkex.drill.dns_servers), M(hkex.drill.workstation) and M(hkex.drill.workstation_info),
    which run it.
  - It is not for playbooks. Use the modules named above.
  - Runs with Windows PowerShell 5.1 and brings along no C#. Request and answer are described, field by field, in
    C(plugins/plugin_utils/windows_io.schema.json).
  - Every step that changes something has a guard, which is what it must find. Where it finds something else it
    changes nothing, and the steps after it are not carried out.
  - Asking for steps needs an administrator, because journal and earlier states of files lie in a folder that only
    administrators and SYSTEM may enter.
options:
  request:
    description: What is asked, as JSON.
    type: str
    required: true
attributes:
  check_mode:
    description: In check mode it looks, and fails where it is asked for steps.
    support: partial
    details:
      - The actions ask for no steps in check mode, so this is a second lock.
  diff_mode:
    description: The actions show what changes.
    support: none
  idempotent:
    description: A step is carried out once. Carried out again, it does not find what it must find.
    support: none
  platform:
    description: Kinds of workstation it works on.
    platforms: windows
    support: full
    details:
      - It needs Windows PowerShell 5.1, which Windows 10 and later bring along.
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
"""

EXAMPLES = r"""
---
- name: What this workstation says about itself (for a first test of a connection)
  hkex.drill.windows_io:
    request: >-
      {{ {"version": 1, "state_dir": none, "steps": [], "settle": 0,
          "look": {"files": [], "settings": [], "probes": [], "blobs": [], "trees": [], "processes": []}} | to_json }}
  register: look
"""

RETURN = r"""
---
answer:
  description: What was found, as JSON.
  returned: success
  type: str
  sample: '{"version": 1, "refused": null, "stopped": null}'
changed:
  description: Whether a step changed something.
  returned: success
  type: bool
"""
