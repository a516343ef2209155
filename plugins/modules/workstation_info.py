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
            description:
              - Host name. It is looked up in the host table, then at O(services.servers).
              - The workstation's own resolver is asked beside, unless O(services.host_table) is another file than the
                system's. Where it gives another address, that is a finding, because it keeps old answers for a time.
              - Without O(services.servers) its answer counts.
            type: str
          address:
            description: IPv4 address, for a client that stores one.
            type: str
          access:
            description:
              - How the workstation reaches it by name.
              - With V(host_table) a name that the host table does not give leads nowhere, and no DNS server is asked.
            type: str
            choices: [dns, host_table]
            default: dns
          port:
            description: TCP port.
            type: int
            required: true
          host_keys:
            description:
              - Public keys of an SSH server as OpenSSH writes them, which somebody has verified.
              - A server that presents none of them is not the one that was meant, which is a finding of level V(error).
              - They are asked for by C(ssh-keyscan), which comes with OpenSSH and logs nobody on.
            type: list
            elements: str
            default: []
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
      own_resolver:
        description:
          - Whether the workstation's own resolver is asked beside, and held against where the name should lead.
          - Without its right DNS servers it does not know the exchange's names yet.
        type: bool
        default: true
      timeout:
        description: Seconds that each question may take.
        type: float
        default: 5.0
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
  rap_key:
    description: Looks at the keys of RAP accounts, as M(hkex.drill.rap_key_info) does.
    type: dict
    suboptions:
      accounts:
        description: RAP accounts whose keys are on this workstation.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the account, in capital letters.
            type: str
            required: true
          public_key:
            description: Path of the public key file that was registered with the exchange.
            type: str
            required: true
          private_key:
            description:
              - Path of the private key.
              - Of the forms of OpenSSH and PuTTY, and of PEM without a passphrase, the public part is compared with
                O(rap_key.accounts[].public_key).
            type: str
            required: true
          registered:
            description:
              - Day on which the public key was registered or last renewed, as year-month-day.
              - Two years later it has run out. A finding says so from 60 days before.
            type: str
          recorded:
            description:
              - Fingerprint that the key had before the drill, as an earlier RV(rap_key) tells it (C(sha256) or C(md5)).
            type: str
          folders:
            description:
              - Folders into which C(SSHKeyExpireWarning.txt), the warning of the exchange, may have been downloaded.
            type: list
            elements: str
            default: []
      renewal:
        description:
          - Whether keys may be renewed. The exchange forbids it during some drills.
          - With V(forbidden) a key that differs from O(rap_key.accounts[].recorded) is an error.
        type: str
        choices: [allowed, forbidden]
        default: allowed
      today:
        description:
          - Day by which the age of keys is judged, as year-month-day.
          - Defaults to what the clock of the workstation says, in Hong Kong.
        type: str
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
