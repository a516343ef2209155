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
  drill:
    description: Drill whose files O(rehearsal_files) is about.
    type: str
  occurrence:
    description: Occurrence of O(drill).
    type: str
  bookmarks:
    description:
      - Compares saved bookmarks of Chrome and Edge, in every profile of every person, with what a circular gives.
      - Nothing is told of bookmarks that lead to no site of O(bookmarks.sites), and of the others no path and no query.
    type: dict
    suboptions:
      sites:
        description: Sites, by what a bookmark of one is known, and what its address should be.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Host name of the site. One that a site had before, or logs on at, is a site of its own.
            type: str
            required: true
          url:
            description: The address that bookmarks of it should have, by https and a name.
            type: str
            required: true
          addresses:
            description: IPv4 addresses of the site in every data centre. A bookmark of one follows no switch.
            type: list
            elements: str
            default: []
      browsers:
        description: Browsers that must be installed, of C(chrome) and C(edge). Both are looked into in any case.
        type: list
        elements: str
        default: []
      users:
        description: Names of the people who are meant. Empty for everybody who has a home on the workstation.
        type: list
        elements: str
        default: []
      config_dir:
        description:
          - Folder of settings to look into instead of each person's.
          - It stands for C(~/.config), and on Windows for C(%LOCALAPPDATA%).
        type: str
  machine:
    description:
      - Looks for what would stand in the way on the day - a clock that is off, too little disk space, missing rights,
        a pending reboot, and proxies that fetch pages of the exchange.
      - The reboot is told by what Debian, Ubuntu, openSUSE and Windows leave behind.
      - Proxies are those of each person on Windows while they are logged on, and on Linux those of C(/etc/environment).
        What desktops and browsers keep for themselves is not read.
    type: dict
    suboptions:
      now:
        description:
          - The time when this was asked, in UTC as C(2025-06-21T01:00:00Z).
          - Without it clocks are not compared.
        type: str
      tolerance:
        description: Seconds by which the clock may differ from O(machine.now), what the visit itself takes included.
        type: int
        default: 60
      free_mb:
        description: Megabytes that should be free where the collection keeps what was there before, and in homes.
        type: int
        default: 500
      names:
        description: Host names that no proxy is to fetch.
        type: list
        elements: str
        default: []
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.host_table.option
  - hkex.drill.dns_servers.option
  - hkex.drill.sftp_client.option
  - hkex.drill.rehearsal_files.option
  - hkex.drill.services.option
  - hkex.drill.rap_key.option
  - hkex.drill.attributes
  - hkex.drill.attributes.reads
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

- name: Do bookmarks of VaR Online hold the address that the circular gives
  hkex.drill.workstation_info:
    bookmarks:
      browsers: [chrome]
      sites:
        - name: rmcd.hkexposttrade.com.hk
          url: https://rmcd.hkexposttrade.com.hk
          addresses: [10.243.2.32, 10.243.66.32]
"""

RETURN = r"""
---
rehearsal_files:
  description:
    - What is remembered of the folders, or whether files of the drill are left.
    - A verdict is V(clean), V(not clean) or V(no baseline).
  returned: when O(rehearsal_files) is given
  type: dict
  sample:
    state: purged
    verdict: clean
    summary: nothing of the drill is there
    left: []
    left_count: 0
    to_go: 0
    to_go_why: {}
    unknown_folders: []
    rehearsal_folders: [/home/rap/rehearsal]
    gone: 0
    came_since: 0
    same_as_production: 0
    quarantines_due: 0
    as_asked: true
hostname:
  description: Name that the workstation gives itself.
  returned: success
  type: str
  sample: ws-01
system:
  description: Name and version of the system of the workstation.
  returned: success
  type: str
  sample: Windows 11 Enterprise 23H2 (build 22631.4460)
clock:
  description: The time on the workstation, in UTC.
  returned: success
  type: str
  sample: "2021-11-06T04:20:00Z"
people:
  description:
    - Who has a home on the workstation.
    - On Windows also the proxy and the proxy script that their programs use while they are logged on.
  returned: success
  type: list
  elements: dict
  sample:
    - name: chan
      folder: C:\Users\chan
      proxy: ""
      pac: ""
adapters:
  description:
    - Network adapters with the IPv4 addresses they really have.
    - On Windows also the DNS servers in use, and whether they are set (V(static)) or given by DHCP.
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
  description: The DNS servers that are set (without those of DHCP), and whether they are what was asked for.
  returned: when O(dns_servers) is given
  type: dict
  sample:
    backend: NetworkManager
    adapter: eth0
    servers: [10.243.1.1, 10.243.65.1]
    automatic: false
    as_asked: true
sftp_client:
  description: Where the SFTP clients of each person lead, whether they hold one login, and whether they run.
  returned: when O(sftp_client) is given
  type: dict
  sample:
    sites:
      - user: chan
        client: filezilla
        where: "/home/chan/.config/filezilla/sitemanager.xml: site RAP"
        host: 10.243.2.141
        port: 18801
        limited: true
        local_folder: ""
    clients:
      - user: chan
        client: filezilla
        version: 3.63.0
        running: false
        left: ""
    pending: false
    as_asked: true
services:
  description: Where each endpoint leads, by what, and what answered there.
  returned: when O(services) is given
  type: dict
  sample:
    endpoints:
      - name: rapcc.hkexposttrade.com.hk
        by: dns
        resolved: [10.243.2.51]
        address: 10.243.2.51
        port: 22
        ok: true
        what: "SSH banner of 10.243.2.51:22 from 10.135.0.11: SSH-2.0-RAP"
bookmarks:
  description:
    - Saved bookmarks of the sites that were asked for, and whether the browsers that must be there are.
    - C(url) is without path and query. C(in_order) says that nothing is to be done about any of it.
  returned: when O(bookmarks) is given
  type: dict
  sample:
    browsers:
      - name: chrome
        installed: true
    bookmarks:
      - user: chan
        browser: chrome
        profile: Default (Dealing)
        folder: Bookmarks bar
        name: VaR Online
        url: https://10.243.2.32
        right: false
    in_order: false
    as_asked: true
machine:
  description:
    - What of the workstation itself would stand in the way on the day.
    - C(rights) says whether the account may write where the collection keeps what was there before (on Windows, whether
      it is an administrator). C(in_order) says that nothing is to be done about any of it.
  returned: when O(machine) is given
  type: dict
  sample:
    seconds_ahead: 2
    volumes:
      - volume: /
        free_mb: 20480
        holds: [/var/lib/hkex-drill, /home/chan]
    rights: true
    reboot: []
    proxies:
      - user: everybody
        script: false
        address: http://proxy.broker.example:3128
        names: [rmcd.hkexposttrade.com.hk]
    in_order: false
    as_asked: true
rap_key:
  description: The keys of RAP accounts, and whether they are in order, as M(hkex.drill.rap_key_info) tells them.
  returned: when O(rap_key) is given
  type: dict
  sample:
    in_order: true
    as_asked: true
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
