# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a host table, for its own module and for those of whole workstations."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.documenting import as_option


class ModuleDocFragment:
    """The options, and all of them as one."""

    DOCUMENTATION = r"""
options:
  path:
    description:
      - The host table.
      - Defaults to where the system keeps it, which is V(/etc/hosts) on POSIX.
    type: str
  entries:
    description: Names and their addresses.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: A host name. Names compare without case.
        type: str
        required: true
      address:
        description:
          - IPv4 address.
          - Required when O(state=present).
          - When O(state=absent) only this mapping of the name goes, without it every IPv4 mapping.
        type: str
  state:
    description:
      - With V(present) the first active line that has the name keeps its place and gets the address, further IPv4
        mappings of the name go, and a missing name is appended. All else stays byte for byte.
      - With V(absent) the mappings go.
    type: str
    choices: [present, absent]
    default: present
  leftovers:
    description:
      - Names that the DNS servers of the exchange must answer on this workstation.
      - A line for one of them in the host table defeats the DNS failover.
    type: list
    elements: str
    default: []
  leftovers_state:
    description: Whether lines for O(leftovers) are a finding (V(reported)) or are removed (V(absent)).
    type: str
    choices: [reported, absent]
    default: reported
"""

    OPTION: str = as_option(
        "host_table", "Asks for a host table, as M(hkex.drill.host_table) does.", DOCUMENTATION
    )
