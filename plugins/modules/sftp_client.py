#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sftp_client
short_description: Hold SFTP clients to one login, and point them at an address
version_added: 0.1.0
description:
  - Makes stored addresses of SFTP clients become the wanted ones, wherever a client keeps them, for every person on the
    workstation, in one write. That is saved sites, restored tabs and queues, and recent servers.
  - Limits the clients at these sites to so many logins at once.
  - Everything else in the settings stays byte for byte. Passwords are never told.
  - Puts host keys that somebody verified where a client looks for them, and none that nobody verified.
  - A client that runs would lose or undo the change, so the whole change waits until it is closed.
  - What no setting prevents is left to people, and said. That is a second window or tab of a client.
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.sftp_client
  - hkex.drill.attributes
  - hkex.drill.attributes.writes
"""

EXAMPLES = r"""
---
- name: RAP at the secondary data centre (2025 circular)
  hkex.drill.sftp_client:
    sites:
      - known:
          - {host: 10.243.2.141, port: 18801}
          - {host: 10.243.66.141, port: 18801}
        host: 10.243.66.141
        port: 18801
        host_keys: # compared with what the exchange published
          - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHXUM/fjepD090kxLWVArVPLAcjK+eY77XwynuXPtBVE

- name: Files of the drill go to a folder of their own, until the same with absent
  hkex.drill.sftp_client:
    local_folder:
      path: /home/chan/rehearsal
    sites:
      - known:
          - {host: 10.243.66.141, port: 18801}
        host: 10.243.66.141
        port: 18801

- name: Only FileZilla of one person, and fail if it runs
  hkex.drill.sftp_client:
    clients: [filezilla]
    users: [chan]
    if_running: fail
    sites:
      - known:
          - {host: 10.243.66.141, port: 18801}
        host: 10.243.2.141
        port: 18801
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
    sftp_client:
      sites:
        - user: chan
          client: filezilla
          where: "/home/chan/.config/filezilla/sitemanager.xml: site RAP"
          host: 10.243.2.141
          port: 18801
          limited: false
          local_folder: ""
      clients:
        - user: chan
          client: filezilla
          version: 3.63.0
          running: false
          left: ""
      pending: false
      as_asked: false
after:
  description: What stands there now, by concern. In check mode what would.
  returned: always
  type: dict
  sample:
    sftp_client:
      sites:
        - user: chan
          client: filezilla
          where: "/home/chan/.config/filezilla/sitemanager.xml: site RAP"
          host: 10.243.66.141
          port: 18801
          limited: true
          local_folder: /home/chan/rehearsal
      clients:
        - user: chan
          client: filezilla
          version: 3.63.0
          running: false
          left: ""
      pending: false
      as_asked: true
edits:
  description: The planned changes, place by place. What may hold a secret is hidden.
  returned: always
  type: list
  elements: dict
  sample:
    - path: /home/chan/.config/filezilla/sitemanager.xml
      start: 312
      old: 10.243.2.141
      new: 10.243.66.141
files:
  description: SHA-256 and size of each file it is about, after the run. In check mode as they would be.
  returned: always
  type: dict
  sample:
    /home/chan/.config/filezilla/sitemanager.xml:
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
    run(WRITERS["sftp_client"])


if __name__ == "__main__":
    main()
