# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E402 - ansible-test wants the documentation above the imports

"""Filter: the range of SDNet that an address lies in."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sdnet_subnet
short_description: The range of SDNet that an address lies in
version_added: 0.1.0
author:
  - The hkex.drill maintainers (!UNKNOWN)
description:
  - Says in which of the three ranges of the exchange's SDNet an address lies, V(10.135.0.0/16), V(10.136.0.0/16) or
    V(10.176.0.0/14), and V(none) for an address outside of them, IPv6 included.
  - What is no IP address is an error, so that a mistyped one does not pass for one outside of SDNet.
  - The ranges are those of the exchange's OCP briefing video of 2025, section 04 for HKSCC Participants and Designated
    Banks. HKCC and SEOCH are reached over SDNet/2 or HSN, of which no document prints a range.
requirements:
  - Python library netaddr on the controller
options:
  _input:
    description: One IP address as text, without a prefix length.
    type: str
    required: true
seealso:
  - plugin: hkex.drill.in_sdnet
    plugin_type: test
"""

EXAMPLES = r"""
- name: See which ranges of SDNet this workstation is in
  ansible.builtin.debug:
    msg: "{{ ansible_facts.all_ipv4_addresses | map('hkex.drill.sdnet_subnet') | select | unique }}"

- name: Name one range
  ansible.builtin.debug:
    msg: "{{ '10.177.20.14' | hkex.drill.sdnet_subnet }}"  # 10.176.0.0/14
"""

RETURN = r"""
_value:
  description: The range in CIDR notation, V(none) if the address lies in none of them.
  type: str
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.sdnet import subnet


def sdnet_subnet(value: object) -> str | None:
    """The range of SDNet that the address lies in.

    :raises AnsibleFilterError: it is no IP address, or netaddr is not installed
    """
    try:
        return subnet(value)
    except Refusal as refusal:
        raise AnsibleFilterError(f"hkex.drill.sdnet_subnet: {refusal}") from None


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"sdnet_subnet": sdnet_subnet}
