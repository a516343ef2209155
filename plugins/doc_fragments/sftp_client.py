# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of SFTP clients, for its own module and for those of whole workstations."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.documenting import as_option


class ModuleDocFragment:
    """The options, and all of them as one."""

    DOCUMENTATION = r"""
options:
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
  local_folder:
    description:
      - The folder on the workstation to which files of a drill go, for the clients that store one with a site.
      - Those are FileZilla and, on Windows, WinSCP. For others that have such a site, a finding says what to do.
      - Without it, what clients store of local folders stays as it is.
      - A folder below it counts as the same, because programs store where a person was last.
    type: dict
    suboptions:
      path:
        description: Full path. The folder need not be there yet. With V(absent) it may be left out.
        type: str
      state:
        description:
          - With V(present) every one of the sites has it, and every tab of them that is opened again.
          - With V(absent) each that has it, or one that any baseline of the drill named, gets back what it had before
            the drill and its occurrence, as the journal of the workstation knows it. A folder that somebody chose
            meanwhile is left alone.
          - Tabs of other sites and the last folders of WinSCP's windows go back with them, since programs write these
            by themselves.
          - Where nothing is known of before, V(absent) takes the folder out, and a finding says so.
        type: str
        choices: [present, absent]
        default: present
  if_running:
    description:
      - What becomes of a client that runs and would lose or undo the change, or whose settings are damaged.
      - With V(pending) no client of the workstation is changed, and a finding says what has to be done.
      - With V(fail) the task fails.
    type: str
    choices: [pending, fail]
    default: pending
"""

    OPTION: str = as_option(
        "sftp_client", "Asks for SFTP clients, as M(hkex.drill.sftp_client) does.", DOCUMENTATION
    )
