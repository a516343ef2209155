#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: endpoint_info
short_description: Ask what answers where the services of the exchange should be
version_added: 0.1.0
description:
  - Asks from the workstation, as its programs would, where the names of the exchange lead, and whether something
    answers there that is what it should be. That is UDP queries at each DNS server, the workstation's own resolver,
    TCP, the banner and the host keys of SSH, and HTTPS with its certificate.
  - All is asked at the same time in two rounds, first the names and then the endpoints. However many are dead, both
    together take no longer than O(timeout). Logins come after it, one after the other.
  - Each result says what was tried, from which address, how long it took, and what to do where it failed.
  - It changes nothing, and what does not answer does not fail the task. See RV(findings) and RV(services).
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.services
  - hkex.drill.attributes
  - hkex.drill.attributes.reads
  - hkex.drill.attributes.looks
"""

EXAMPLES = r"""
---
- name: What answers from here
  hkex.drill.endpoint_info:
    servers: [10.243.1.1, 10.243.65.1]
    endpoints:
      - {kind: https, name: www.ccass.com, port: 443}
      - {kind: ssh, name: rapcc.hkexposttrade.com.hk, port: 22}
  register: answers

- name: RAP at the secondary data centre, by its address, and two reports from it
  hkex.drill.endpoint_info:
    endpoints:
      - kind: ssh
        address: 10.243.66.141
        port: 18801
        host_keys:
          - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm
        login:
          account: CB99999001
          private_key: /home/chan/rap/CB99999001
          reports: [inbox/*.zip]
  register: answers
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
  sample: "2025-06-21T06:00:00Z"
people:
  description: Who has a home on the workstation.
  returned: success
  type: list
  elements: dict
  sample:
    - name: chan
      folder: C:\Users\chan
      proxy: ""
      pac: ""
adapters:
  description: Network adapters with the IPv4 addresses they really have.
  returned: success
  type: list
  elements: dict
  sample:
    - name: eth0
      addresses: [10.135.0.11]
services:
  description: What was found.
  returned: success
  type: dict
  contains:
    as_asked:
      description: Always true, since nothing is asked to change.
      type: bool
    endpoints:
      description: Each endpoint, in the order asked for.
      type: list
      elements: dict
      contains:
        kind:
          description: How it was knocked at.
          type: str
        name:
          description: Its name, where it was given.
          type: str
        port:
          description: Its port.
          type: int
        by:
          description:
            - By what it leads to RV(services.endpoints[].address). V(host_table), V(dns), V(ip_address), or V(resolver)
              where no DNS server was named.
          type: str
        address:
          description: Address that was knocked at. Null where the name leads nowhere.
          type: str
        dns:
          description: What each DNS server said of the name, where it leads by V(dns).
          type: list
          elements: dict
        resolved:
          description:
            - Addresses that the workstation's own resolver gives for the name.
            - Null where it was not asked, because the endpoint has an address or O(host_table) is not the system's.
          type: list
          elements: str
        ok:
          description: Whether it answered as it should, and with a verified host key where there are any.
          type: bool
        what:
          description: What was tried, from which address, and what came of it.
          type: str
          sample: "TLS handshake with 10.243.2.32:443 from 10.135.0.11: no answer in 5 s"
        remedy:
          description: What to do about it. Empty where it answered.
          type: str
        answers:
          description: Banner, or names and last day of the certificate.
          type: list
          elements: str
        seconds:
          description: How long the endpoint took to answer.
          type: float
        host_keys:
          description:
            - Keys that an SSH server presents, each with C(type), C(sha256) and C(md5) (fingerprints) and C(verified).
            - Null where they were not seen.
          type: list
          elements: dict
        verified:
          description: Whether one of them is among O(endpoints[].host_keys). Null where there is nothing to compare.
          type: bool
        login:
          description: What came of the login. Null where none was asked for.
          type: dict
          contains:
            account:
              description: The account.
              type: str
            ok:
              description: Whether it was logged on and out, and all that was downloaded is whole.
              type: bool
            what:
              description:
                - What was done, and what came of it. Where nobody was logged on because the server does not answer, or
                  is not the verified one, the finding is that of the server.
              type: str
            seconds:
              description: How long it took.
              type: float
            reports:
              description:
                - Reports that match, those that were downloaded first. Each has C(name), C(size) in bytes,
                  C(downloaded), C(whole) (null where that could not be told) and C(why) it is not.
              type: list
              elements: dict
        tried:
          description:
            - Everything that was tried for the endpoint, each with C(kind), C(ok), C(what), C(seconds) and C(remedy).
          type: list
          elements: dict
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
      description: The endpoint, and the account.
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
from ansible_collections.hkex.drill.plugins.module_utils.looks import ENDPOINT
from ansible_collections.hkex.drill.plugins.module_utils.posix import probes
from ansible_collections.hkex.drill.plugins.module_utils.posix.module import run


def main() -> None:
    run(ENDPOINT, probes.ask)


if __name__ == "__main__":
    main()
