# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of DNS servers, for its own module and for those of whole workstations."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.documenting import as_option


class ModuleDocFragment:
    """The options, and all of them as one."""

    DOCUMENTATION = r"""
options:
  servers:
    description: IPv4 addresses of the DNS servers, the preferred one first. No other server stays.
    type: list
    elements: str
    required: true
  networks:
    description:
      - IPv4 networks (SDNet) of which the workstation must have an address.
      - Required unless O(adapter) is given.
    type: list
    elements: str
  domains:
    description:
      - Domains that are asked at these servers whatever servers other adapters have, where systemd-resolved keeps them
        apart. All other names are asked where they were.
      - Required where the default route is another adapter's.
    type: list
    elements: str
    default: []
  adapter:
    description: Name of the network adapter whose servers these are.
    type: str
  backend:
    description:
      - What keeps the DNS servers of this workstation. With V(auto) that is found out.
      - V(plain) is a resolv.conf of which you know that nothing else writes it.
    type: str
    choices: [auto, plain]
    default: auto
  path:
    description: The file of the V(plain) backend, which is then meant. Defaults to V(/etc/resolv.conf).
    type: path
  state:
    description: With V(absent) these servers are taken out.
    type: str
    choices: [present, absent]
    default: present
"""

    OPTION: str = as_option(
        "dns_servers", "Asks for DNS servers, as M(hkex.drill.dns_servers) does.", DOCUMENTATION
    )
