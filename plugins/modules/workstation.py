#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: workstation
short_description: Change a workstation in one transaction
version_added: 0.1.0
description:
  - Makes several things of a workstation be as asked in one visit and one transaction. All of it holds, or none of it.
  - The transaction belongs to an occurrence of a drill, and a rollback puts back what that occurrence found.
options:
  drill:
    description: Drill whose transaction it is.
    type: str
  occurrence:
    description: Occurrence of O(drill). The contingency has none.
    type: str
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
      domains:
        description:
          - Domains that are asked at these servers whatever servers other adapters have, where systemd-resolved keeps
            them apart. All other names are asked where they were.
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
  sftp_client:
    description: Asks for SFTP clients, as M(hkex.drill.sftp_client) does.
    type: dict
    suboptions:
      clients:
        description:
          - Names of clients, or V(auto) for every one that is known.
          - Settings are changed of C(filezilla), C(winscp) (on Windows) and C(openssh). Others are only found.
        type: list
        elements: str
        default: [auto]
      max_connections:
        description: How many logins a client may hold at once at these sites. RAP accepts one.
        type: int
        default: 1
      sites:
        description: Addresses that clients store, and what they are to become.
        type: list
        elements: dict
        required: true
        suboptions:
          known:
            description: Whichever of these stands in a client now becomes the host and port of the site.
            type: list
            elements: dict
            required: true
            suboptions:
              host:
                description: IPv4 address, or a host name where the client stores one.
                type: str
                required: true
              port:
                description: Port. Both have to match, and the protocol has to be SFTP.
                type: int
                required: true
          host:
            description: Address or name that is wanted.
            type: str
            required: true
          port:
            description: Port that is wanted.
            type: int
            required: true
          host_keys:
            description:
              - Public keys of the server at the wanted address as OpenSSH writes them, one of a type, which somebody
                has verified.
              - They are put where each client looks for them, if it has a site that leads there. A key that it has
                already is never replaced.
              - Without them no key is put anywhere, and a finding says that the client will ask.
            type: list
            elements: str
            default: []
      stale:
        description: IPv4 addresses of earlier generations. A site that still has one is a finding.
        type: list
        elements: str
        default: []
      users:
        description: Names of the people whose clients are meant. Empty for everybody who has a home on the workstation.
        type: list
        elements: str
        default: []
      config_dir:
        description: Folder in which the clients keep their settings, if it is not the usual one, and whoever uses them.
        type: str
      if_running:
        description:
          - What becomes of a client that runs and would lose or undo the change, or whose settings are damaged.
          - With V(pending) no client of the workstation is changed, and a finding says what has to be done.
          - With V(fail) the task fails.
        type: str
        choices: [pending, fail]
        default: pending
  rollback:
    description: Put back, byte for byte, what this occurrence of O(drill) found on the workstation.
    type: bool
    default: false
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
  - hkex.drill.attributes.writes
"""

EXAMPLES = r"""
---
- name: Point a workstation at the secondary data centre
  hkex.drill.workstation:
    drill: 2021-11-06-ccass-failover-rehearsal
    occurrence: "2021-11-06"
    host_table:
      entries:
        - {name: rapcc.hkexposttrade.com.hk, address: 10.243.66.51}
    dns_servers:
      servers: [10.243.1.1, 10.243.65.1]
      networks: [10.135.0.0/16, 10.136.0.0/16, 10.176.0.0/14]

- name: Put back what the rehearsal found
  hkex.drill.workstation:
    drill: 2021-11-06-ccass-failover-rehearsal
    occurrence: "2021-11-06"
    rollback: true
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
    host_table:
      path: /etc/hosts
      names:
        rapcc.hkexposttrade.com.hk:
          address: 10.243.2.51
          further: []
      as_asked: false
after:
  description: What stands there now, by concern. In check mode what would.
  returned: always
  type: dict
  sample:
    host_table:
      path: /etc/hosts
      names:
        rapcc.hkexposttrade.com.hk:
          address: 10.243.66.51
          further: []
      as_asked: true
edits:
  description: The planned changes, place by place.
  returned: always
  type: list
  elements: dict
  sample:
    - path: /etc/hosts
      start: 20
      old: "10.243.2.51 rapcc.hkexposttrade.com.hk\n"
      new: "10.243.66.51 rapcc.hkexposttrade.com.hk\n"
files:
  description: SHA-256 and size of each file it is about, after the run. In check mode as they would be.
  returned: always
  type: dict
  sample:
    /etc/hosts:
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
    run(WRITERS["workstation"])


if __name__ == "__main__":
    main()
