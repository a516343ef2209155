# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ruff: noqa: E402 - ansible-test wants the documentation above the imports

"""Test: whether an address lies in SDNet."""

from __future__ import annotations

DOCUMENTATION = r"""
name: in_sdnet
short_description: Whether an address lies in SDNet
version_added: 0.1.0
author:
  - The hkex.drill maintainers (!UNKNOWN)
description:
  - True for an address in one of the three ranges of the exchange's SDNet, V(10.135.0.0/16), V(10.136.0.0/16) and
    V(10.176.0.0/14), false for any other address, IPv6 included.
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
  - plugin: hkex.drill.sdnet_subnet
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Refuse a workstation that is not in SDNet
  ansible.builtin.assert:
    that: ansible_facts.all_ipv4_addresses | select('hkex.drill.in_sdnet') | length > 0

- name: Judge one address
  ansible.builtin.assert:
    that: "'10.135.10.12' is hkex.drill.in_sdnet"
"""

RETURN = r"""
_value:
  description: Whether the address lies in SDNet.
  type: bool
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.sdnet import subnet


def in_sdnet(value: object) -> bool:
    """Whether the address lies in one of SDNet's ranges.

    :raises AnsibleFilterError: it is no IP address, or netaddr is not installed
    """
    try:
        return subnet(value) is not None
    except Refusal as refusal:
        raise AnsibleFilterError(f"hkex.drill.in_sdnet: {refusal}") from None


class TestModule:
    """What Ansible asks for the tests of this file."""

    def tests(self) -> dict[str, Any]:
        return {"in_sdnet": in_sdnet}
