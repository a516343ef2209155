# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of RAP keys, for its own module and for those of whole workstations."""

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.documenting import as_option


class ModuleDocFragment:
    """The options, and all of them as one."""

    DOCUMENTATION = r"""
options:
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
            O(accounts[].public_key).
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
      - With V(forbidden) a key that differs from O(accounts[].recorded) is an error.
    type: str
    choices: [allowed, forbidden]
    default: allowed
  today:
    description:
      - Day by which the age of keys is judged, as year-month-day.
      - Defaults to what the clock of the workstation says, in Hong Kong.
    type: str
"""

    OPTION: str = as_option(
        "rap_key", "Looks at the keys of RAP accounts, as M(hkex.drill.rap_key_info) does.", DOCUMENTATION
    )
