#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_table
short_description: Map names to addresses in the host table
version_added: 0.1.0
description:
  - Gives host names the addresses they should have in the host table of a workstation, all of them in one write.
  - Only the lines that must change do.
  - Comments, order, spacing, line ends, bytes that are no text, mode and owner stay.
  - The earlier content is kept on the workstation.
  - A run that is cut off is finished or taken back by the next one.
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.host_table
  - hkex.drill.attributes
  - hkex.drill.attributes.writes
"""

EXAMPLES = r"""
---
- name: RAP and VaR Online at the secondary data centre (2021 circular, section 3.2 h)
  hkex.drill.host_table:
    entries:
      - {name: rapcc.hkexposttrade.com.hk, address: 10.243.66.51}
      - {name: rmcd.hkexposttrade.com.hk, address: 10.243.66.32}
      - {name: sso.hkexposttrade.com.hk, address: 10.243.66.15}
      - {name: idm.hkexposttrade.com.hk, address: 10.243.66.14}

- name: Leave RAP to the DNS servers of the exchange
  hkex.drill.host_table:
    entries:
      - name: rapcc.hkexposttrade.com.hk
    state: absent
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
    run(WRITERS["host_table"])


if __name__ == "__main__":
    main()
