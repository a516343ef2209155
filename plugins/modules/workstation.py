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
  - Files of a drill are remembered or taken away after all else holds. That is not taken back.
  - The transaction belongs to an occurrence of a drill, and a rollback puts back what that occurrence found.
options:
  drill:
    description: Drill whose transaction it is.
    type: str
  occurrence:
    description: Occurrence of O(drill). The contingency has none.
    type: str
  rollback:
    description: Put back, byte for byte, what this occurrence of O(drill) found on the workstation.
    type: bool
    default: false
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.host_table.option
  - hkex.drill.dns_servers.option
  - hkex.drill.sftp_client.option
  - hkex.drill.rehearsal_files.option
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
