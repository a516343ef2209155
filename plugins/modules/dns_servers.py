#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: dns_servers
short_description: Set the DNS servers of a workstation
version_added: 0.1.0
description:
  - Makes the preferred and the alternate DNS server of the exchange the only servers of a workstation, in that order.
  - Refuses a workstation that has no address in the given networks. The servers answer only there.
  - On Linux it finds out who keeps the servers of the adapter that has that address. It sets them in the profile of
    NetworkManager, in a drop-in of systemd-networkd, or in a resolv.conf that no program writes.
  - On Windows it sets them on the adapter.
  - Servers that DHCP gives to this adapter do not count any more. Other adapters keep theirs, and the link stays up.
  - A change in NetworkManager is made under a checkpoint. Unless the servers come to be asked within seconds,
    NetworkManager puts profile and adapter back, also when the module was killed.
  - Where netplan, resolvconf or another program would set the servers again it refuses and says what to do.
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.dns_servers
  - hkex.drill.attributes
  - hkex.drill.attributes.writes
"""

EXAMPLES = r"""
---
- name: The servers of the 2021 circular (section 3)
  hkex.drill.dns_servers:
    servers: [10.243.1.1, 10.243.65.1]
    networks: [10.135.0.0/16, 10.136.0.0/16, 10.176.0.0/14]
    domains: [hkexposttrade.com.hk, ccass.com]
"""

RETURN = r"""
---
state:
  description:
    - V(unchanged) or V(changed).
    - A run that fails says V(undone) when its change did not hold and was taken back, and V(conflict) when something
      else stands there now and was left alone.
  returned: always
  type: str
  sample: changed
transaction:
  description: Number of the change in the journal of the workstation. Null when nothing was written.
  returned: always
  type: int
  sample: 3
before:
  description: What stood there, by concern.
  returned: always
  type: dict
  sample:
    dns_servers:
      backend: NetworkManager
      path: null
      adapter: eth0
      address: 10.135.0.11
      servers: []
      automatic: true
      as_asked: false
after:
  description: What stands there now, by concern. In check mode what would.
  returned: always
  type: dict
  sample:
    dns_servers:
      backend: NetworkManager
      path: null
      adapter: eth0
      address: 10.135.0.11
      servers: [10.243.1.1, 10.243.65.1]
      automatic: false
      as_asked: true
edits:
  description: The planned changes, place by place.
  returned: always
  type: list
  elements: dict
  sample:
    - path: /etc/resolv.conf
      start: 0
      old: "nameserver 192.0.2.53\n"
      new: "nameserver 10.243.1.1\nnameserver 10.243.65.1\n"
files:
  description: SHA-256 and size of each file it is about, after the run. In check mode as they would be.
  returned: always
  type: dict
  sample:
    /etc/resolv.conf:
      sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      size: 0
findings:
  description: What a person should know.
  returned: always
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
from ansible_collections.hkex.drill.plugins.module_utils.concerns import WRITERS
from ansible_collections.hkex.drill.plugins.module_utils.posix.module import run


def main() -> None:
    run(WRITERS["dns_servers"])


if __name__ == "__main__":
    main()
