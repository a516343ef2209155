# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of questions to services, for their own module and for that of whole workstations."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.documenting import as_option

_ENDPOINTS = r"""
options:
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
          - Host name. It is looked up in the host table, then at O(servers).
          - The workstation's own resolver is asked beside, unless O(host_table) is another file than the
            system's. Where it gives another address, that is a finding, because it keeps old answers for a time.
          - Without O(servers) its answer counts.
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
"""

_LOGIN = r"""
      login:
        description:
          - Logs on as a person would, lists reports, downloads some, sees whether they are whole, and logs out. Only
            for O(endpoints[].kind=ssh), only on POSIX, and only where O(endpoints[].host_keys) are given.
          - RAP allows one login of an account at a time, so the logins of an account from all workstations wait for
            each other on the controller. Log on only from workstations that are registered for the account, and see
            that no person is logged on.
          - In check mode it logs on, too, because that changes nothing.
          - What was downloaded lies in a folder for its owner alone and is removed at once. Nothing of what is in a
            report is told.
        type: dict
        suboptions:
          account:
            description: Name of the account.
            type: str
            required: true
          private_key:
            description:
              - Path of the private key on the workstation, in OpenSSH's form, without a passphrase, readable by its
                owner alone.
            type: str
            required: true
          reports:
            description:
              - Patterns of paths as the server has them, in which V(*) and V(?) stand for what varies within a name.
              - None at all only with O(endpoints[].login.how_many=none). Then nothing but logging on and out is proved.
            type: list
            elements: str
            required: true
          how_many:
            description: How many of the reports that match are downloaded, the first ones, V(all), or V(none).
            type: str
            choices: [none, "1", "2", all]
            default: "2"
"""

_ASKING = r"""
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
    description:
      - Seconds that all the endpoints together may take, with everything that is asked for them, however many of them
        and of the DNS servers are dead.
      - Names come first, and have half of it at most. What they leave, which is nearly all of it where the DNS servers
        answer, is for each endpoint to answer in. Where a line is so slow that half of it is too short, give more.
    type: float
    default: 5.0
"""


class ModuleDocFragment:
    """The options, and all of them but logins as one."""

    DOCUMENTATION: str = _ENDPOINTS + _LOGIN + _ASKING

    OPTION: str = as_option(
        "services", "Questions over the network, asked from the workstation.", _ENDPOINTS + _ASKING
    )
