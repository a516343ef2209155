#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: workstation_info
short_description: Look at a workstation
version_added: 0.1.0
description:
  - Says where the names of a workstation lead, which DNS servers it has, and what its services answer.
  - Takes what is wished as M(hkex.drill.workstation) does, and says what differs from it. It changes nothing.
options:
  host_table:
    description: Asks for a host table, as M(hkex.drill.host_table) does.
    type: dict
    suboptions:
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
              - Required when O(host_table.state=present).
              - When O(host_table.state=absent) only this mapping of the name goes, without it every IPv4 mapping.
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
        description: Whether lines for O(host_table.leftovers) are a finding (V(reported)) or are removed (V(absent)).
        type: str
        choices: [reported, absent]
        default: reported
  dns_servers:
    description: Asks for DNS servers, as M(hkex.drill.dns_servers) does.
    type: dict
    suboptions:
      servers:
        description: IPv4 addresses of the DNS servers, the preferred one first. No other server stays.
        type: list
        elements: str
        required: true
      networks:
        description:
          - IPv4 networks (SDNet) of which the workstation must have an address.
          - Required unless O(dns_servers.adapter) is given.
        type: list
        elements: str
      adapter:
        description: Name of the network adapter whose servers these are.
        type: str
      backend:
        description: What keeps the DNS servers of this workstation. V(plain) is a resolv.conf that nothing else writes.
        type: str
        choices: [auto, plain]
        default: auto
      path:
        description: The file of the V(plain) backend. Defaults to V(/etc/resolv.conf).
        type: path
      state:
        description: With V(absent) these servers are taken out.
        type: str
        choices: [present, absent]
        default: present
  services:
    description: Questions over the network, asked from the workstation.
    type: dict
    suboptions:
      endpoints:
        description: Where to knock.
        type: list
        elements: dict
        required: true
        suboptions:
          kind:
            description: How. V(tcp) connects, V(ssh) reads the banner, V(https) verifies the certificate.
            type: str
            choices: [tcp, ssh, https]
            required: true
          name:
            description: Host name. It is looked up in the host table, then at O(services.servers).
            type: str
          address:
            description: IPv4 address, for a client that stores one.
            type: str
          port:
            description: TCP port.
            type: int
            required: true
      host_table:
        description: The host table. Defaults to where the system keeps it.
        type: path
      servers:
        description: DNS servers, each of which is asked for every name that the host table does not give.
        type: list
        elements: str
        default: []
      server_port:
        description: UDP port of the DNS servers.
        type: int
        default: 53
      ca:
        description: File on the workstation with certificate authorities to trust besides those of the system.
        type: path
      timeout:
        description: Seconds that each question may take.
        type: float
        default: 5.0
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
  - hkex.drill.attributes.looks
"""

EXAMPLES = r"""
---
- name: Where does RAP lead from here
  hkex.drill.workstation_info:
    services:
      servers: [10.243.1.1, 10.243.65.1]
      endpoints:
        - {kind: ssh, name: rapcc.hkexposttrade.com.hk, port: 22}
  register: look
"""

RETURN = r"""
---
hostname:
  description: Name that the workstation gives itself.
  returned: success
  type: str
  sample: ws-01
adapters:
  description: Network adapters with the IPv4 addresses they really have.
  returned: success
  type: list
  elements: dict
  sample:
    - name: eth0
      addresses: [10.135.0.11]
host_table:
  description: What the host table says of the names asked for, and whether that is what was asked for.
  returned: when O(host_table) is given
  type: dict
  sample:
    path: /etc/hosts
    names:
      rapcc.hkexposttrade.com.hk:
        address: 10.243.2.51
        further: []
    as_asked: true
dns_servers:
  description: The DNS servers, and whether they are what was asked for.
  returned: when O(dns_servers) is given
  type: dict
  sample:
    servers: [10.243.1.1, 10.243.65.1]
    as_asked: true
services:
  description: Where each endpoint leads, by what, and what answered there.
  returned: when O(services) is given
  type: dict
  sample:
    endpoints:
      - name: rapcc.hkexposttrade.com.hk
        by: dns
        address: 10.243.2.51
        port: 22
        ok: true
        what: SSH-2.0 banner from 10.243.2.51 port 22
findings:
  description: What a person should know.
  returned: success
  type: list
  elements: dict
  contains:
    level:
      description: One of V(info), V(warning), V(pending) and V(error).
      type: str
    where:
      description: File, line or setting.
      type: str
    what:
      description: What is the matter with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
"""

# First: it makes what follows load once.
from ansible_collections.hkex.drill.plugins.module_utils import _loading  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.hkex.drill.plugins.module_utils.looks import LOOKER
from ansible_collections.hkex.drill.plugins.module_utils.posix import probes
from ansible_collections.hkex.drill.plugins.module_utils.posix.module import run


def main() -> None:
    run(LOOKER, probes.ask)


if __name__ == "__main__":
    main()
